//! What alerts there are: from rules, what is known of the rooms, and the clock. Total and pure.
//!
//! Rooms whose trouble began within a few minutes, at one site and of one cause, are one alert. It ends when none of its rooms has that
//! trouble any more; where nobody can say, it stays.
//!
//! Invariant: one cause at one site and time is one alert.
//! Invariant: a room that cannot be asked is never said to be well.

use super::{Cause, Facts, Known, On, Rule, Severity, Wall, Zone};
use crate::rooms::Slug;
use fleet_proto::RoomId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Troubles that begin within this of each other have one cause: a line that is dead is noticed within a minute and a half.
pub const WINDOW_MS: i64 = 180_000;
/// A cause gathers rooms for so long and no longer.
const SPAN_MS: i64 = 15 * 60_000;
/// A room is well again when it has been well for so long.
pub const CLEAR_MS: i64 = 60_000;
/// Tomorrow's risks are told so many minutes before they are wanted.
const AHEAD_MIN: u16 = 15;
/// And are no longer said after so long.
const DIGEST_MS: i64 = 18 * 3_600_000;
/// People mean this time when they write none.
const BY: &str = "18:00";

/// One cause at one site, with its rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its name: the rule's, the site's, and when it began.
    pub id: String,
    /// The rule that it comes from.
    pub rule: Slug,
    /// What is wrong.
    pub cause: Cause,
    /// Where.
    pub site: Slug,
    /// How grave it is.
    pub severity: Severity,
    /// Since when there is one, in milliseconds since 1970.
    pub opened_ms: i64,
    /// When a room was added last.
    pub grown_ms: i64,
    /// When it ended.
    #[serde(default)]
    pub ended_ms: Option<i64>,
    /// Its rooms, those that are well again included.
    pub members: BTreeMap<RoomId, Member>,
    /// Grows when people should hear of it again.
    pub version: u32,
    /// Who was told which version when.
    #[serde(default)]
    pub told: BTreeMap<Slug, Told>,
}

/// A room of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What people call it.
    pub name: String,
    /// Its building.
    pub building: Slug,
    /// Since when it has the trouble.
    pub since_ms: i64,
    /// Since when it seems to be well; it may only seem so.
    #[serde(default)]
    pub well_ms: Option<i64>,
    /// It is well, or no longer there.
    #[serde(default)]
    pub ended: bool,
}

/// That somebody was told, or could not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which version.
    pub version: u32,
    /// When.
    pub at_ms: i64,
    /// Tries since then that came to nothing.
    #[serde(default)]
    pub failed: u32,
    /// When the last of these was.
    #[serde(default)]
    pub tried_ms: i64,
}

impl Alert {
    /// Its rooms that still have the trouble.
    pub fn still(&self) -> impl Iterator<Item = (&RoomId, &Member)> {
        self.members.iter().filter(|(_, member)| !member.ended)
    }

    /// The building, where all of its rooms are in one.
    #[must_use]
    pub fn building(&self) -> Option<&Slug> {
        let mut all = self.members.values().map(|member| &member.building);
        let first = all.next().filter(|slug| !slug.is_empty())?;
        all.all(|other| other == first).then_some(first)
    }

    fn onsets(&self) -> (i64, i64) {
        let all = || self.members.values().map(|member| member.since_ms);
        (
            all().min().unwrap_or(self.opened_ms),
            all().max().unwrap_or(self.opened_ms),
        )
    }

    /// Whether a trouble that began then has this cause.
    fn takes(&self, (rule, cause, site): (&Slug, &Cause, &Slug), since_ms: i64) -> bool {
        let (first, last) = self.onsets();
        let near = (first - WINDOW_MS..=last + WINDOW_MS).contains(&since_ms);
        let within = (since_ms - first).abs() <= SPAN_MS;
        self.ended_ms.is_none()
            && near
            && within
            && (&self.rule, &self.cause, &self.site) == (rule, cause, site)
    }
}

/// On which day which rule has last said at which site what tomorrow holds.
pub type Days = BTreeMap<String, String>;

type Key = (Slug, Cause, RoomId);

/// All alerts, and troubles that are not old enough to be one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engine {
    alerts: BTreeMap<String, Alert>,
    days: Days,
    pending: BTreeMap<Key, i64>,
    /// Which open alert a room's trouble belongs to.
    of: HashMap<Key, String>,
}

/// Rules by their names.
pub type Rules = [(Slug, Rule)];

impl Engine {
    /// Goes on with what was kept.
    #[must_use]
    pub fn with(alerts: Vec<Alert>, days: Days) -> Engine {
        let mut engine = Engine {
            days,
            ..Engine::default()
        };
        for alert in alerts {
            if alert.ended_ms.is_none() {
                for room in alert.members.keys() {
                    engine.of.insert(key(&alert, room), alert.id.clone());
                }
            }
            engine.alerts.insert(alert.id.clone(), alert);
        }
        engine
    }

    /// All alerts, by name.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    /// One of them.
    pub fn alert_mut(&mut self, id: &str) -> Option<&mut Alert> {
        self.alerts.get_mut(id)
    }

    /// When tomorrow was told of where.
    #[must_use]
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// Takes an old alert away.
    pub fn forget(&mut self, id: &str) {
        self.alerts.remove(id);
    }

    /// Looks at all rooms; the answer is which alerts are new or otherwise than before.
    pub fn look(&mut self, now_ms: i64, rules: &Rules, rooms: &[Facts]) -> Vec<String> {
        let open = self.alerts.iter().filter(|(_, a)| a.ended_ms.is_none());
        let before: BTreeMap<String, Alert> = open.map(|(id, a)| (id.clone(), a.clone())).collect();
        let active = || rules.iter().filter(|(_, rule)| rule.active);
        for (name, rule) in active() {
            match rule.on {
                On::Tomorrow => self.tomorrow(now_ms, (name, rule), rooms),
                _ => self.troubles(now_ms, (name, rule), rooms),
            }
        }
        let facts: HashMap<&RoomId, &Facts> = rooms.iter().map(|f| (&f.room, f)).collect();
        let known: HashMap<&Slug, &Rule> = active().map(|(name, rule)| (name, rule)).collect();
        self.pending.retain(|(name, cause, room), _| {
            let rule = known.get(name);
            let still = facts.get(room).map_or(Known::No, |f| f.known(cause));
            rule.is_some_and(|rule| rule.is_about(cause)) && still != Known::No
        });
        self.mend(now_ms, &known, &facts);
        let changed = self.alerts.iter();
        changed
            .filter(|(id, alert)| match before.get(*id) {
                Some(before) => before != *alert,
                None => alert.ended_ms.is_none() || alert.opened_ms == now_ms,
            })
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Troubles of one rule.
    fn troubles(&mut self, now_ms: i64, (name, rule): (&Slug, &Rule), rooms: &[Facts]) {
        let mut due = Vec::new();
        for facts in rooms.iter().filter(|facts| rule.holds(facts)) {
            let wrong = facts.wrong.iter().filter(|(cause, _)| rule.is_about(cause));
            for (cause, since) in wrong {
                let key = (name.clone(), cause.clone(), facts.room.clone());
                if self.of.contains_key(&key) {
                    continue;
                }
                // A room's own clock is not believed; what the server knows by its own is.
                let since = self.pending.entry(key).or_insert(since.unwrap_or(now_ms));
                if now_ms - *since >= i64::from(rule.after_s) * 1000 {
                    due.push((*since, cause.clone(), facts));
                }
            }
        }
        due.sort_by_key(|(since, ..)| *since);
        for (since, cause, facts) in due {
            let key = (name.clone(), cause.clone(), facts.room.clone());
            self.pending.remove(&key);
            self.add(now_ms, (name, rule), (cause, since, facts));
        }
    }

    fn add(
        &mut self,
        now_ms: i64,
        (name, rule): (&Slug, &Rule),
        (cause, since_ms, facts): (Cause, i64, &Facts),
    ) {
        let site = &facts.place.site;
        let place = (name, &cause, site);
        let found = self.alerts.values().find(|one| one.takes(place, since_ms));
        let id = match found {
            Some(alert) => alert.id.clone(),
            None => self.open(now_ms, (name, rule), (&cause, site)),
        };
        self.of
            .insert((name.clone(), cause, facts.room.clone()), id.clone());
        if let Some(alert) = self.alerts.get_mut(&id) {
            let grows = alert
                .members
                .insert(facts.room.clone(), member(facts, since_ms));
            if grows.is_none() && alert.grown_ms < now_ms {
                alert.grown_ms = now_ms;
                alert.version += 1;
            }
        }
    }

    fn open(
        &mut self,
        now_ms: i64,
        (name, rule): (&Slug, &Rule),
        (cause, site): (&Cause, &Slug),
    ) -> String {
        let stem = format!("{}.{cause}.{}.{now_ms}", name.as_str(), site.as_str());
        let free = |id: &String| !self.alerts.contains_key(id);
        let mut ids = (0_u32..).map(|n| match n {
            0 => stem.clone(),
            n => format!("{stem}.{n}"),
        });
        let id = ids.find(free).unwrap_or_else(|| stem.clone());
        let alert = Alert {
            id: id.clone(),
            rule: name.clone(),
            cause: cause.clone(),
            site: site.clone(),
            severity: rule.severity,
            opened_ms: now_ms,
            grown_ms: now_ms,
            ended_ms: None,
            members: BTreeMap::new(),
            version: 1,
            told: BTreeMap::new(),
        };
        self.alerts.insert(id.clone(), alert);
        id
    }

    /// Rooms that are well again, and alerts that are over.
    fn mend(
        &mut self,
        now_ms: i64,
        rules: &HashMap<&Slug, &Rule>,
        rooms: &HashMap<&RoomId, &Facts>,
    ) {
        let open = self.alerts.values_mut();
        for alert in open.filter(|alert| alert.ended_ms.is_none()) {
            if alert.cause == Cause::Tomorrow {
                if now_ms - alert.opened_ms >= DIGEST_MS {
                    alert.ended_ms = Some(now_ms);
                }
                continue;
            }
            let rule = rules.get(&alert.rule);
            for (room, member) in &mut alert.members {
                let facts = rooms.get(room).filter(|facts| {
                    rule.is_some_and(|rule| rule.holds(facts) && rule.is_about(&alert.cause))
                });
                match facts {
                    Some(facts) => mend(member, facts.known(&alert.cause), now_ms),
                    // Nobody asks any more.
                    None => member.ended = true,
                }
            }
            if alert.members.values().all(|member| member.ended) {
                alert.ended_ms = Some(now_ms);
                alert.version += 1;
                let ended = alert.id.clone();
                self.of.retain(|_, id| *id != ended);
            }
        }
    }

    /// Once a day, at each site by its own time: rooms with meetings that will not work.
    fn tomorrow(&mut self, now_ms: i64, (name, rule): (&Slug, &Rule), rooms: &[Facts]) {
        let mut sites: BTreeMap<&Slug, Vec<&Facts>> = BTreeMap::new();
        for facts in rooms.iter().filter(|facts| rule.holds(facts)) {
            sites.entry(&facts.place.site).or_default().push(facts);
        }
        let by = rule.by.or_else(|| BY.parse().ok());
        let from = by.map(|by: Wall| by.before(AHEAD_MIN));
        for (site, rooms) in sites {
            let (date, _, wall) = zone(&rooms).at(now_ms);
            let (day, said) = (
                date.to_string(),
                format!("{}/{}", name.as_str(), site.as_str()),
            );
            if from.is_none_or(|from| wall < from) || self.days.get(&said) == Some(&day) {
                continue;
            }
            self.days.insert(said, day);
            let red: Vec<_> = rooms
                .iter()
                .filter(|facts| facts.red_tomorrow > 0)
                .collect();
            if red.is_empty() {
                continue;
            }
            let id = self.open(now_ms, (name, rule), (&Cause::Tomorrow, site));
            if let Some(alert) = self.alerts.get_mut(&id) {
                let members = red
                    .iter()
                    .map(|facts| (facts.room.clone(), member(facts, now_ms)));
                alert.members = members.collect();
            }
        }
    }
}

fn key(alert: &Alert, room: &RoomId) -> Key {
    (alert.rule.clone(), alert.cause.clone(), room.clone())
}

fn member(facts: &Facts, since_ms: i64) -> Member {
    Member {
        name: facts.name.clone(),
        building: facts.place.building.clone(),
        since_ms,
        well_ms: None,
        ended: false,
    }
}

fn mend(member: &mut Member, known: Known, now_ms: i64) {
    match known {
        Known::Yes => {
            member.well_ms = None;
            member.ended = false;
        }
        Known::No => {
            let since = *member.well_ms.get_or_insert(now_ms);
            member.ended = member.ended || now_ms - since >= CLEAR_MS;
        }
        Known::Nobody => member.well_ms = None,
    }
}

/// The zone of most of a site's rooms.
fn zone(rooms: &[&Facts]) -> Zone {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for facts in rooms {
        *counts.entry(&facts.zone).or_default() += 1;
    }
    let mut known: Vec<(usize, Zone)> = counts
        .iter()
        .filter_map(|(name, count)| Some((*count, name.parse().ok()?)))
        .collect();
    known.sort_by_key(|(count, _)| *count);
    known.last().map_or(Zone::UTC, |(_, zone)| *zone)
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
