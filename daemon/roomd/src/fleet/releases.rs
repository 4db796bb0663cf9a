//! Which of the fleet's offers the room begins with and when, and what is remembered of them. Pure, but for being told the view and the
//! time: fetching and proving stand elsewhere.
//!
//! Invariant: a release is begun only while it is offered, and while no meeting is on or near by the room's own calendar.
//! Invariant: what ended is not begun again under the same number.

use super::proving::Before;
use fleet_proto::{NEAR_MS, Offer, ReleaseNow, Stage, Target, Wait};
use room_core::event::ClockHealth;
use room_core::meeting::CalendarHealth;
use room_core::units::Wall;
use room_core::view::{Phase, View};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// More than this are not remembered; those of the smallest names go first.
const MOST: usize = 200;

/// What is kept over restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Releases {
    /// How each ended last, and under which number.
    ended: BTreeMap<Target, (u32, Stage)>,
    /// The one that is being proven.
    begun: Option<Offer>,
    /// How the room was before that.
    #[serde(default)]
    before: Option<Before>,
}

impl Releases {
    /// Whether it was being proven when the daemon ended: a pack on trial went with it, one that was kept is there.
    pub fn is_begun(&self, offer: &Offer) -> bool {
        self.begun.as_ref() == Some(offer)
    }

    /// A trial to which a new start of the daemon belongs. Its proof needs no server, which may not be there by now.
    pub(super) fn goes_on(&self) -> Option<Offer> {
        let begun = self.begun.as_ref();
        begun.filter(|offer| Way::of(offer) == Way::Board).cloned()
    }

    /// How the room was before what is being proven, when this is that one.
    pub fn before(&self, offer: &Offer) -> Option<Before> {
        let before = self.before.clone().unwrap_or_default();
        self.is_begun(offer).then_some(before)
    }

    /// From now on the room is at risk.
    pub fn begin(&mut self, offer: &Offer, before: Before) {
        self.begun = Some(offer.clone());
        self.before = Some(before);
    }

    /// How it ended; or that it is tried again later.
    pub fn end(&mut self, offer: &Offer, stage: Stage) {
        self.begun = None;
        self.before = None;
        if !stage.is_final() {
            return;
        }
        while self.ended.len() >= MOST {
            self.ended.pop_first();
        }
        self.ended
            .insert(offer.target.clone(), (offer.attempt, stage));
    }

    fn stage_of(&self, offer: &Offer) -> Option<Stage> {
        let (attempt, stage) = self.ended.get(&offer.target)?;
        (*attempt >= offer.attempt).then(|| stage.clone())
    }
}

/// How a release is taken, told by the folder of its name; what it is the signed list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A service pack.
    Pack,
    /// The daemon's own package.
    Package,
    /// An image for table buttons.
    Firmware,
    /// The file of the room's board.
    Board,
}

impl Way {
    pub fn of(offer: &Offer) -> Way {
        let folder = offer.target.as_str().split('/').next();
        match folder {
            Some("packages") => Way::Package,
            Some("table-buttons") => Way::Firmware,
            Some("boards") => Way::Board,
            Some(_) | None => Way::Pack,
        }
    }
}

/// What is offered, and what was said of it.
#[derive(Debug, Default)]
pub(super) struct Offered {
    now: Vec<Offer>,
    said: BTreeMap<Offer, Stage>,
}

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Say this.
    Say(ReleaseNow),
    /// Fetch and prove this.
    Begin(Offer),
}

impl Offered {
    /// The server says what is offered; whatever was said is said anew to it.
    pub fn renew(&mut self, offers: Vec<Offer>) {
        self.now = offers;
        self.said.clear();
    }

    /// What follows from offers, room and memory. `busy` is the one that is being fetched or proven.
    pub fn look(
        &mut self,
        memory: &Releases,
        busy: Option<&Offer>,
        hindered: Option<Wait>,
    ) -> Vec<Follows> {
        let mut out = Vec::new();
        let mut taken = busy.is_some();
        for offer in self.now.clone() {
            if busy == Some(&offer) {
                continue;
            }
            // A version on trial says that people came; who waits instead is gone back from.
            let on_trial = Way::of(&offer) == Way::Package && memory.is_begun(&offer);
            let hindered = hindered.filter(|_| !on_trial);
            let stage = match (memory.stage_of(&offer), hindered) {
                (Some(stage), _) => stage,
                (None, Some(why)) => Stage::Waiting { why },
                (None, None) if taken => Stage::Waiting { why: Wait::Busy },
                (None, None) => {
                    taken = true;
                    out.push(Follows::Begin(offer));
                    continue;
                }
            };
            if self.said.get(&offer) != Some(&stage) {
                self.said.insert(offer.clone(), stage.clone());
                out.push(Follows::Say(ReleaseNow { offer, stage }));
            }
        }
        out
    }
}

/// Why nothing may be begun now.
pub fn hindered(view: &View, has_calendar: bool, now: Wall) -> Option<Wait> {
    if view.clock == ClockHealth::Wrong {
        return Some(Wait::ClockWrong);
    }
    if !matches!(view.phase, Phase::Standby | Phase::Ended(_)) {
        return Some(Wait::InUse);
    }
    if has_calendar && view.calendar == CalendarHealth::Never {
        return Some(Wait::CalendarUnknown);
    }
    let near = |start: Wall| start.0.saturating_sub(now.0) <= NEAR_MS;
    let mut meetings = view.meetings.iter().filter(|meeting| !meeting.all_day);
    meetings
        .any(|meeting| near(meeting.start))
        .then_some(Wait::MeetingNear)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(version: u32, attempt: u32) -> Offer {
        Offer {
            target: format!("service-packs/zoom/{version}.toml")
                .parse()
                .unwrap(),
            attempt,
        }
    }

    fn failed() -> Stage {
        let code = "release-canary".parse().unwrap();
        Stage::Failed { code }
    }

    fn say(offer: Offer, stage: Stage) -> Follows {
        Follows::Say(ReleaseNow { offer, stage })
    }

    #[test]
    fn one_is_begun_at_a_time_and_only_while_nothing_hinders() {
        let (mut offered, memory) = (Offered::default(), Releases::default());
        offered.renew(vec![offer(1, 1), offer(2, 1)]);
        let near = Stage::Waiting {
            why: Wait::MeetingNear,
        };
        let said = offered.look(&memory, None, Some(Wait::MeetingNear));
        assert_eq!(
            said,
            [say(offer(1, 1), near.clone()), say(offer(2, 1), near)]
        );
        assert_eq!(
            offered.look(&memory, None, Some(Wait::MeetingNear)),
            [],
            "said once"
        );
        let busy = Stage::Waiting { why: Wait::Busy };
        let begun = offered.look(&memory, None, None);
        assert_eq!(begun, [Follows::Begin(offer(1, 1)), say(offer(2, 1), busy)]);
        assert_eq!(offered.look(&memory, Some(&offer(1, 1)), None), []);
        offered.renew(Vec::new());
        assert_eq!(offered.look(&memory, None, None), [], "not begun any more");
    }

    #[test]
    fn what_failed_is_tried_again_under_a_greater_number_only() {
        let (mut offered, mut memory) = (Offered::default(), Releases::default());
        memory.begin(&offer(1, 1), Before::default());
        memory.end(&offer(1, 1), failed());
        offered.renew(vec![offer(1, 1)]);
        assert_eq!(
            offered.look(&memory, None, None),
            [say(offer(1, 1), failed())]
        );
        offered.renew(vec![offer(1, 1)]);
        assert_eq!(
            offered.look(&memory, None, Some(Wait::InUse)),
            [say(offer(1, 1), failed())],
            "a new connection hears it again"
        );
        offered.renew(vec![offer(1, 2)]);
        assert_eq!(
            offered.look(&memory, None, None),
            [Follows::Begin(offer(1, 2))]
        );
    }

    #[test]
    fn a_package_on_trial_is_spoken_of_also_when_people_have_come() {
        let (mut offered, mut memory) = (Offered::default(), Releases::default());
        let target = "packages/roomd/0.2.0".parse().unwrap();
        let package = Offer { target, attempt: 1 };
        offered.renew(vec![package.clone()]);
        let why = Wait::InUse;
        let waits = say(package.clone(), Stage::Waiting { why });
        assert_eq!(offered.look(&memory, None, Some(why)), [waits]);
        memory.begin(&package, Before::default());
        let begun = offered.look(&memory, None, Some(why));
        assert_eq!(begun, [Follows::Begin(package)]);
    }

    #[test]
    fn of_what_a_restart_cut_off_a_boards_file_goes_on_by_itself() {
        for (target, goes_on) in [
            ("boards/rock-5b/2.toml", true),
            ("packages/roomd/0.2.0", false),
            ("service-packs/zoom/1.toml", false),
        ] {
            let target = target.parse().unwrap();
            let offer = Offer { target, attempt: 1 };
            let mut memory = Releases::default();
            assert_eq!(memory.goes_on(), None);
            memory.begin(&offer, Before::default());
            assert_eq!(memory.goes_on(), goes_on.then_some(offer));
        }
    }

    #[test]
    fn what_a_restart_cut_off_is_known_and_what_waits_again_is_not_cut_off() {
        let mut memory = Releases::default();
        memory.begin(&offer(1, 1), Before::default());
        let text = serde_json::to_string(&memory).unwrap();
        let again: Releases = serde_json::from_str(&text).unwrap();
        assert!(again.is_begun(&offer(1, 1)) && !again.is_begun(&offer(1, 2)));
        memory.end(&offer(1, 1), Stage::Waiting { why: Wait::InUse });
        assert!(!memory.is_begun(&offer(1, 1)));
    }
}
