//! A room against its report: what changed since, by name, each with a sentence and what to do. Looks at nothing itself.

use crate::facts::{DisplayFound, Facts, Unit};
use crate::proof::{Finding, Proven};
use crate::roles::{Kind, Role};
use crate::state::Record;
use crate::words::{Language, Says, Values};
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing that is no longer as the report has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Change {
    /// A device is gone.
    Missing {
        /// What it is called.
        device: String,
        /// What it was for.
        role: String,
        /// Where it sat.
        place: String,
    },
    /// A device sits in another socket.
    Moved {
        /// What it is called.
        device: String,
        /// What it is for.
        role: String,
        /// Where it sat.
        from: String,
        /// Where it sits.
        to: String,
    },
    /// Another unit of the same model sits there.
    OtherSerial {
        /// Where.
        place: String,
        /// What it is for.
        role: String,
        /// The serial number then.
        was: String,
        /// The serial number now.
        is: String,
    },
    /// Something else sits there.
    OtherDevice {
        /// Where.
        place: String,
        /// What it is for.
        role: String,
        /// What sat there.
        was: String,
        /// What sits there.
        is: String,
    },
    /// A device was not there then.
    New {
        /// What it is called.
        device: String,
        /// Where it sits.
        place: String,
    },
    /// A device runs another version.
    Firmware {
        /// What it is called.
        device: String,
        /// What it is for.
        role: String,
        /// The version then.
        was: String,
        /// The version now.
        is: String,
    },
    /// The board hangs on another input of a display.
    Input {
        /// What it is called.
        device: String,
        /// What it is for.
        role: String,
        /// The input then.
        was: String,
        /// The input now.
        is: String,
    },
    /// It is another board.
    Board {
        /// The board then.
        was: String,
        /// The board now.
        is: String,
    },
    /// The room's file says something else.
    Limit {
        /// The key.
        key: String,
        /// What it was.
        was: String,
        /// What it is.
        is: String,
    },
    /// The room's file cannot be read or is wrong.
    Unread,
    /// A check finds what it did not find then.
    Worse(Found),
    /// A check no longer finds what it found then.
    Better(Found),
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Which check, by its key.
    pub proof: String,
    /// Its code.
    pub finding: String,
    #[serde(skip)]
    what: Finding,
}

/// What is seen now.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// What is found.
    pub facts: &'a Facts,
    /// What is proven, of whatever was tried.
    pub proofs: &'a [Proven],
    /// Limits of the room's file; `None` when it is wrong.
    pub limits: Option<&'a BTreeMap<String, String>>,
}

/// Everything that changed, in the order in which one would look for it.
pub fn compare(record: &Record, now: Now<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    board(&record.facts, now.facts, &mut changes);
    devices(record, now.facts, &mut changes);
    for (role, was) in &roled(record) {
        let is = same(now.facts, was);
        if let (Some(is), Some(before)) = (is.and_then(|unit| unit.firmware.clone()), &was.firmware)
            && is != *before
        {
            changes.push(Change::Firmware {
                device: was.title.clone(),
                role: role.clone(),
                was: before.clone(),
                is,
            });
        }
    }
    inputs(record, now.facts, &mut changes);
    match now.limits {
        Some(limits) => changed_limits(&record.limits, limits, &mut changes),
        None => changes.push(Change::Unread),
    }
    proofs(&record.proofs, now.proofs, &mut changes);
    changes
}

fn board(was: &Facts, is: &Facts, changes: &mut Vec<Change>) {
    let title = |facts: &Facts| facts.board.as_ref().map(|board| board.title.clone());
    if let (Some(was), Some(is)) = (title(was), title(is))
        && was != is
    {
        changes.push(Change::Board { was, is });
    }
}

/// Each unit that had a task, with the labels of its roles.
fn roled(record: &Record) -> Vec<(String, &Unit)> {
    let mut all: Vec<(String, &Unit)> = Vec::new();
    for role in &record.roles {
        let Some(unit) = crate::roles::unit(&record.facts, role) else {
            continue;
        };
        match all.iter_mut().find(|(_, known)| known.key() == unit.key()) {
            Some((labels, _)) => *labels = format!("{labels}, {}", role.label()),
            None => all.push((role.label(), unit)),
        }
    }
    all
}

/// The same unit now: in its socket first, so that two of one model keep their places.
fn same<'a>(facts: &'a Facts, was: &Unit) -> Option<&'a Unit> {
    let units = facts.units();
    let here = units
        .iter()
        .find(|unit| unit.is(was) && unit.place == was.place);
    here.or_else(|| units.iter().find(|unit| unit.is(was)))
        .copied()
}

fn devices(record: &Record, now: &Facts, changes: &mut Vec<Change>) {
    let mut known: Vec<String> = Vec::new();
    let place = |unit: &Unit| unit.place.clone().unwrap_or_else(|| unit.key());
    for (role, was) in roled(record) {
        let there = now.units().into_iter().find(|unit| unit.key() == was.key());
        match (same(now, was), there) {
            (Some(is), _) => {
                known.push(is.key());
                if is.place != was.place {
                    changes.push(Change::Moved {
                        device: was.title.clone(),
                        role,
                        from: place(was),
                        to: place(is),
                    });
                }
            }
            (None, Some(is)) => {
                known.push(is.key());
                changes.push(exchanged(role, was, is));
            }
            (None, None) => changes.push(Change::Missing {
                device: was.title.clone(),
                role,
                place: place(was),
            }),
        }
    }
    let before = record.facts.units();
    for unit in now.units() {
        let was_there = before.iter().any(|old| old.is(unit));
        if !was_there && !known.contains(&unit.key()) {
            changes.push(Change::New {
                device: unit.title.clone(),
                place: place(unit),
            });
        }
    }
}

fn exchanged(role: String, was: &Unit, is: &Unit) -> Change {
    let place = is.place.clone().unwrap_or_else(|| is.key());
    let serial = |unit: &Unit| unit.serial.clone().unwrap_or_else(|| "–".to_owned());
    match was.model == is.model && was.title == is.title {
        true => Change::OtherSerial {
            place,
            role,
            was: serial(was),
            is: serial(is),
        },
        false => Change::OtherDevice {
            place,
            role,
            was: was.title.clone(),
            is: is.title.clone(),
        },
    }
}

fn inputs(record: &Record, now: &Facts, changes: &mut Vec<Change>) {
    let displays = |role: &&Role| role.kind == Kind::Display;
    for role in record.roles.iter().filter(displays) {
        let of = |facts: &Facts| -> Option<u8> {
            let here = |found: &&DisplayFound| found.unit.key() == role.device;
            facts.displays.iter().find(here)?.input
        };
        if let (Some(was), Some(is)) = (of(&record.facts), of(now))
            && was != is
        {
            let unit = crate::roles::unit(&record.facts, role);
            changes.push(Change::Input {
                device: unit.map_or_else(|| role.device.clone(), |unit| unit.title.clone()),
                role: role.label(),
                was: was.to_string(),
                is: is.to_string(),
            });
        }
    }
}

fn changed_limits(
    was: &BTreeMap<String, String>,
    is: &BTreeMap<String, String>,
    changes: &mut Vec<Change>,
) {
    for (key, before) in was {
        let now = is.get(key).cloned().unwrap_or_default();
        if now != *before {
            changes.push(Change::Limit {
                key: key.clone(),
                was: before.clone(),
                is: now,
            });
        }
    }
}

/// Of what was tried both times. A finding is the same when its code is: days until a certificate ends differ each day.
fn proofs(was: &[Proven], is: &[Proven], changes: &mut Vec<Change>) {
    let found = |proven: &Proven, finding: &Finding| Found {
        proof: proven.proof.to_string(),
        finding: finding.code().to_owned(),
        what: finding.clone(),
    };
    for now in is.iter().filter(|now| now.left.is_none()) {
        let before = was.iter().find(|old| old.proof == now.proof);
        let before = before.map_or(&[][..], |old| &old.findings);
        let has = |all: &[Finding], one: &Finding| all.iter().any(|f| f.code() == one.code());
        let new = now.findings.iter().filter(|one| !has(before, one));
        changes.extend(new.map(|one| Change::Worse(found(now, one))));
        let gone = before.iter().filter(|one| !has(&now.findings, one));
        changes.extend(gone.map(|one| Change::Better(found(now, one))));
    }
}

impl Change {
    /// The word of its texts, and its code for IT behind `doctor-`.
    pub fn word(&self) -> &'static str {
        match self {
            Change::Missing { .. } => "missing",
            Change::Moved { .. } => "moved",
            Change::OtherSerial { .. } => "other-serial",
            Change::OtherDevice { .. } => "other-device",
            Change::New { .. } => "new",
            Change::Firmware { .. } => "firmware",
            Change::Input { .. } => "input",
            Change::Board { .. } => "board",
            Change::Limit { .. } => "limit",
            Change::Unread => "unread",
            Change::Worse(_) => "worse",
            Change::Better(_) => "better",
        }
    }

    /// Whether somebody should do something about it.
    pub fn matters(&self) -> bool {
        match self {
            Change::Firmware { .. } | Change::New { .. } | Change::Better(_) => false,
            Change::Missing { .. }
            | Change::Moved { .. }
            | Change::OtherSerial { .. }
            | Change::OtherDevice { .. }
            | Change::Input { .. }
            | Change::Board { .. }
            | Change::Limit { .. }
            | Change::Unread
            | Change::Worse(_) => true,
        }
    }

    fn values(&self, language: Language) -> Values {
        match self {
            Change::Missing {
                device,
                role,
                place,
            } => Values::of("device", device)
                .and("role", role)
                .and("place", place),
            Change::Moved {
                device,
                role,
                from,
                to,
            } => Values::of("device", device)
                .and("role", role)
                .and("from", from)
                .and("to", to),
            Change::OtherSerial {
                place,
                role,
                was,
                is,
            }
            | Change::OtherDevice {
                place,
                role,
                was,
                is,
            } => Values::of("place", place)
                .and("role", role)
                .and("was", was)
                .and("is", is),
            Change::New { device, place } => Values::of("device", device).and("place", place),
            Change::Firmware {
                device,
                role,
                was,
                is,
            }
            | Change::Input {
                device,
                role,
                was,
                is,
            } => Values::of("device", device)
                .and("role", role)
                .and("was", was)
                .and("is", is),
            Change::Board { was, is } => Values::of("was", was).and("is", is),
            Change::Limit { key, was, is } => Values::of("key", key).and("was", was).and("is", is),
            Change::Unread => Values::default(),
            Change::Worse(found) | Change::Better(found) => {
                Values::of("what", found.what.sentence(language))
            }
        }
    }

    /// What changed.
    pub fn sentence(&self, language: Language) -> String {
        language.say(&format!("doctor-{}", self.word()), &self.values(language))
    }

    /// What a person may do about it.
    pub fn suggestion(&self, language: Language) -> String {
        match self {
            Change::Worse(found) => found.what.suggestion(language),
            _ => language.say(&format!("doctor-{}.fix", self.word()), &Values::default()),
        }
    }
}

/// The first line of what is said.
pub fn title(record: &Record, when: &str, language: Language) -> String {
    let values = Values::of("room", &record.room).and("when", when);
    language.say("doctor-title", &values)
}

/// What is said when there is no change.
pub fn same_as_then(language: Language) -> String {
    language.plain("doctor-same")
}
