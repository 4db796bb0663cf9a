//! Who is to be told what now. Pure.
//!
//! Invariant: whoever was told of an alert is told of its end.

use super::engine::Told;
use super::{Alert, Rule, Standing, Target};
use crate::rooms::Slug;

/// A cause gathers its rooms before anybody is told: until none was added for so long,
const CALM_MS: i64 = 45_000;
/// but no longer than this.
const GATHERS_MS: i64 = 120_000;
/// More rooms are told of at most this often.
const AGAIN_MS: i64 = 300_000;
/// An Alertmanager forgets what is not said again; it is told that it may after five minutes.
const REFRESH_MS: i64 = 60_000;
/// After so many tries that came to nothing nobody is told any more: more than a day.
pub const TRIES: u32 = 150;
const FIRST_PAUSE_MS: i64 = 2_500;
const LONGEST_PAUSE_MS: i64 = 600_000;

/// A notice that is to go out now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// To whom.
    pub target: Slug,
    /// Which version of the alert this says.
    pub version: u32,
    /// What it says.
    pub standing: Standing,
}

/// What is to be said of an alert now; `kind` finds a target by its name.
pub fn due<'a>(
    alert: &Alert,
    rule: &Rule,
    kind: impl Fn(&Slug) -> Option<&'a Target>,
    now_ms: i64,
) -> Vec<Due> {
    let quiet = rule.quiet.as_ref().is_some_and(|quiet| quiet.is(now_ms));
    let to = rule.to.iter().filter_map(|name| Some((name, kind(name)?)));
    let standing = match alert.ended_ms {
        Some(_) => Standing::Resolved,
        None => Standing::Firing,
    };
    to.filter(|(name, target)| {
        let told = alert.told.get(*name).copied().unwrap_or_default();
        // What is not said again to one who forgets would be over for them.
        let held = quiet && !(target.forgets() && told.version > 0);
        let first = rule.after_s == 0 || is_gathered(alert, now_ms);
        !held && is_due(alert, told, (target, first), now_ms) && is_rested(told, now_ms)
    })
    .map(|(name, _)| Due {
        target: name.clone(),
        version: alert.version,
        standing,
    })
    .collect()
}

fn is_due(alert: &Alert, told: Told, (target, first): (&Target, bool), now_ms: i64) -> bool {
    let news = alert.version > told.version;
    match (alert.ended_ms, told.version) {
        // Nobody has to hear of what was over before it was told.
        (Some(_), 0) => false,
        (Some(_), _) => news,
        (None, 0) => first,
        (None, _) => {
            let since = now_ms - told.at_ms;
            (news && since >= AGAIN_MS) || (target.forgets() && since >= REFRESH_MS)
        }
    }
}

/// Rooms of one cause are told of together; a rule that waits for nothing does not wait for them either.
fn is_gathered(alert: &Alert, now_ms: i64) -> bool {
    now_ms - alert.grown_ms >= CALM_MS || now_ms - alert.opened_ms >= GATHERS_MS
}

fn is_rested(told: Told, now_ms: i64) -> bool {
    if told.failed == 0 {
        return true;
    }
    let doubled = FIRST_PAUSE_MS.saturating_mul(1 << told.failed.min(16));
    told.failed < TRIES && now_ms - told.tried_ms >= doubled.min(LONGEST_PAUSE_MS)
}

impl Alert {
    /// A notice went out, or could not.
    pub fn was_told(&mut self, due: &Due, went: bool, now_ms: i64) {
        let told = self.told.entry(due.target.clone()).or_default();
        *told = match went {
            true => Told {
                version: told.version.max(due.version),
                at_ms: now_ms,
                failed: 0,
                tried_ms: 0,
            },
            false => Told {
                failed: told.failed.saturating_add(1),
                tried_ms: now_ms,
                ..*told
            },
        };
    }
}
