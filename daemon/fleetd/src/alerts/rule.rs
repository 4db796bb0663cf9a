//! Rules as people write them: what matters where, after how long, how grave it is, who is told and when not. Pure.

use super::{Cause, Facts, Wall, Zone};
use crate::rooms::Slug;
use fleet_proto::Code;
use serde::{Deserialize, Serialize};

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// Rooms without a line.
    Offline,
    /// Rooms with a fault: any, or the one of the rule's code.
    Fault,
    /// Calls that did not come about.
    CallFailed,
    /// Settings that rooms refused.
    SettingsRefused,
    /// Clocks that are wrong.
    Clock,
    /// Two boards with one key.
    TwoBoards,
    /// Keys that say what no room says.
    Misbehaves,
    /// Rooms where a release did not prove itself.
    ReleaseFailed,
    /// Rooms with meetings on the next day that will not work: once a day.
    Tomorrow,
}

impl On {
    /// All of them.
    pub const ALL: [On; 9] = [
        On::Offline,
        On::Fault,
        On::CallFailed,
        On::SettingsRefused,
        On::Clock,
        On::TwoBoards,
        On::Misbehaves,
        On::ReleaseFailed,
        On::Tomorrow,
    ];

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            On::Offline => "offline",
            On::Fault => "fault",
            On::CallFailed => "call-failed",
            On::SettingsRefused => "settings-refused",
            On::Clock => "clock",
            On::TwoBoards => "two-boards",
            On::Misbehaves => "misbehaves",
            On::ReleaseFailed => "release-failed",
            On::Tomorrow => "tomorrow",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<On> {
        On::ALL.into_iter().find(|on| on.word() == word)
    }
}

/// How grave an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// To know.
    Info,
    /// To look at.
    Warning,
    /// To do something at once.
    Critical,
}

impl Severity {
    /// All of them.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

    /// As a word, as Alertmanager's users know it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// When nobody is told. What began meanwhile and is still so is told afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From then.
    pub from: Wall,
    /// Until then; earlier than `from` means the next morning.
    pub to: Wall,
    /// Saturdays and Sundays, too, all day.
    #[serde(default)]
    pub weekends: bool,
    /// Where these are the times.
    pub zone: Zone,
}

impl Quiet {
    /// Whether it is quiet now.
    #[must_use]
    pub fn is(&self, now_ms: i64) -> bool {
        let (_, weekend, wall) = self.zone.at(now_ms);
        let night = match self.from <= self.to {
            true => (self.from..self.to).contains(&wall),
            false => wall >= self.from || wall < self.to,
        };
        night || (self.weekends && weekend)
    }
}

/// A rule. Its name stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it looks for.
    pub on: On,
    /// Only this fault; all where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Only on this site; everywhere where none is given.
    #[serde(default, skip_serializing_if = "Slug::is_empty")]
    pub site: Slug,
    /// Only in this building.
    #[serde(default, skip_serializing_if = "Slug::is_empty")]
    pub building: Slug,
    /// What passes within so many seconds is nothing.
    #[serde(default)]
    pub after_s: u32,
    /// How grave it is.
    pub severity: Severity,
    /// Who is told, by the names of targets; nobody where none is given: then it stands on the page alone.
    #[serde(default)]
    pub to: Vec<Slug>,
    /// When nobody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// For [`On::Tomorrow`]: when people want to have it, by the site's own time; 18:00 where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Wall>,
    /// Whether it is in force.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// Why a rule is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// The time.
    #[error("after_s is at most {}", Rule::LONGEST_S)]
    After,
    /// A fault's code at a rule that looks for none.
    #[error("only a rule on faults has a code")]
    Code,
    /// A building without a site.
    #[error("a building stands on a site: name that, too")]
    Building,
    /// A target that there is not.
    #[error("there is no target {0:?}")]
    Target(String),
}

impl Rule {
    /// Nobody waits longer than a day to be told.
    pub const LONGEST_S: u32 = 24 * 3600;

    /// Looks whether it is one.
    ///
    /// # Errors
    /// When not, and why.
    pub fn check(&self, targets: &[String]) -> Result<(), BadRule> {
        if self.after_s > Self::LONGEST_S {
            return Err(BadRule::After);
        }
        if self.code.is_some() && self.on != On::Fault {
            return Err(BadRule::Code);
        }
        if self.site.is_empty() && !self.building.is_empty() {
            return Err(BadRule::Building);
        }
        let unknown = |to: &&Slug| !targets.iter().any(|known| known == to.as_str());
        match self.to.iter().find(unknown) {
            Some(to) => Err(BadRule::Target(to.as_str().to_owned())),
            None => Ok(()),
        }
    }

    /// Whether it is about this room.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        let at = |wanted: &Slug, is: &Slug| wanted.is_empty() || wanted == is;
        at(&self.site, &facts.place.site) && at(&self.building, &facts.place.building)
    }

    /// Whether it is about this cause.
    #[must_use]
    pub fn is_about(&self, cause: &Cause) -> bool {
        match (self.on, cause) {
            (On::Fault, Cause::Fault(code)) => {
                self.code.as_ref().is_none_or(|wanted| wanted == code)
            }
            (on, cause) => on.word() == cause.to_string(),
        }
    }

    fn on(on: On, after_s: u32, severity: Severity) -> Rule {
        Rule {
            on,
            code: None,
            site: Slug::default(),
            building: Slug::default(),
            after_s,
            severity,
            to: Vec::new(),
            quiet: None,
            by: None,
            active: true,
        }
    }
}

/// Rules that are there before anybody writes one; whoever writes one of the same name replaces it.
#[must_use]
pub fn defaults() -> Vec<(Slug, Rule)> {
    let named = [
        ("offline", Rule::on(On::Offline, 180, Severity::Warning)),
        ("faults", Rule::on(On::Fault, 120, Severity::Warning)),
        (
            "call-failed",
            Rule::on(On::CallFailed, 0, Severity::Warning),
        ),
        ("two-boards", Rule::on(On::TwoBoards, 0, Severity::Critical)),
        (
            "misbehaves",
            Rule::on(On::Misbehaves, 0, Severity::Critical),
        ),
        (
            "release-failed",
            Rule::on(On::ReleaseFailed, 0, Severity::Warning),
        ),
        ("tomorrow", Rule::on(On::Tomorrow, 0, Severity::Info)),
    ];
    let rules = named.into_iter();
    rules
        .filter_map(|(name, rule)| Some((Slug::of(name)?, rule)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_quiet_over_midnight_and_a_weekend_all_day() {
        let quiet = Quiet {
            from: "22:00".parse().unwrap(),
            to: "06:00".parse().unwrap(),
            weekends: true,
            zone: Zone::UTC,
        };
        // 2026-11-27 is a Friday.
        let friday = 1_795_737_600_000;
        let hour = 3_600_000;
        for (at, is) in [
            (0, true),
            (5, true),
            (6, false),
            (12, false),
            (21, false),
            (22, true),
        ] {
            assert_eq!(quiet.is(friday + at * hour), is, "{at}:00");
        }
        assert!(quiet.is(friday + 36 * hour), "Saturday noon");
        let lunch = Quiet {
            from: "12:00".parse().unwrap(),
            to: "13:00".parse().unwrap(),
            weekends: false,
            zone: Zone::UTC,
        };
        assert!(lunch.is(friday + 12 * hour) && !lunch.is(friday + 13 * hour));
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_refused() {
        let good = Rule::on(On::Fault, 60, Severity::Warning);
        assert_eq!(good.check(&[]), Ok(()));
        let code = "mic-gone".parse().ok();
        for (rule, why) in [
            (
                Rule {
                    after_s: 90_000,
                    ..good.clone()
                },
                BadRule::After,
            ),
            (
                Rule {
                    on: On::Clock,
                    code,
                    ..good.clone()
                },
                BadRule::Code,
            ),
            (
                Rule {
                    building: Slug::of("a").unwrap(),
                    ..good.clone()
                },
                BadRule::Building,
            ),
            (
                Rule {
                    to: vec![Slug::of("nobody").unwrap()],
                    ..good.clone()
                },
                BadRule::Target("nobody".to_owned()),
            ),
        ] {
            assert_eq!(rule.check(&["mail".to_owned()]), Err(why));
        }
    }

    #[test]
    fn words_are_what_is_written() {
        for on in On::ALL {
            assert_eq!(serde_json::to_value(on).unwrap(), on.word());
            assert_eq!(On::of_word(on.word()), Some(on));
        }
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.word());
        }
        assert!(defaults().iter().all(|(_, rule)| rule.check(&[]).is_ok()));
    }
}
