//! Each invariant can be broken: a step that breaks it is found, under its name.

use super::{Step, Watcher};
use crate::effect::{CallCommand, CallRequest, Effect, HeadCommand, Screen};
use crate::event::{
    BrowserSeen, CallSeen, ClockHealth, Drive, Event, HeadPress, HeadSeen, Origin, PersonNeeded,
    Press,
};
use crate::failure::CallFailure;
use crate::hand::{Consent, Hand, PageKey, Spot};
use crate::ids::{CallId, HeadId, MeetingId, RequestId};
use crate::limits;
use crate::meeting::{By, CalendarHealth, CalendarSeen};
use crate::plan::JoinPolicy;
use crate::room::Room;
use crate::sample;
use crate::units::{Mono, Percent, Switch, Wall};
use crate::view::{MicNote, Offer};
use core::time::Duration;

/// A room and its watcher, step by step.
pub(super) struct Pair {
    pub(super) room: Room,
    pub(super) watcher: Watcher,
}

impl Pair {
    pub(super) fn begin() -> Pair {
        let mut plan = sample::plan();
        plan.policy.join = JoinPolicy::ByItself;
        let mut pair = Pair {
            room: Room::new(plan, Mono(0)),
            watcher: Watcher::default(),
        };
        pair.tell(Event::Clock {
            wall: Wall(0),
            health: ClockHealth::Good,
        });
        pair.tell(Event::Browser(BrowserSeen::Ready));
        pair.tell(Event::Head(HeadId::new("front"), HeadSeen::Online));
        pair
    }

    /// In a call with microphone and camera closed.
    pub(super) fn inside() -> Pair {
        let mut pair = Pair::begin();
        pair.tell(calendar());
        for seen in [
            CallSeen::Mic(Switch::Closed),
            CallSeen::Camera(Switch::Closed),
            CallSeen::Inside,
        ] {
            pair.tell(Event::Call(CallId(1), seen));
        }
        pair
    }

    /// A meeting from one minute to another.
    pub(super) fn calendar_at(start: i64, end: i64) -> Event {
        Event::Calendar(CalendarSeen {
            meetings: vec![sample::meeting("a", start, end)],
            health: CalendarHealth::Fresh,
        })
    }

    pub(super) fn tell(&mut self, event: Event) {
        let effects = self.room.step(Mono(0), event.clone());
        assert_eq!(self.check(&event, &effects), None);
    }

    /// The room steps; the watcher does not see it.
    pub(super) fn behind_its_back(&mut self, event: Event) -> Vec<Effect> {
        self.room.step(Mono(0), event)
    }

    pub(super) fn check(&mut self, event: &Event, effects: &[Effect]) -> Option<&'static str> {
        let step = Step {
            event,
            effects,
            room: &self.room,
        };
        self.watcher.check(step).err().map(|b| b.invariant)
    }

    fn foresee(&self) -> Option<&'static str> {
        let step = Step {
            event: &Event::Deadline,
            effects: &[],
            room: &self.room,
        };
        self.watcher.foresee(step).err().map(|b| b.invariant)
    }
}

fn calendar() -> Event {
    Event::Calendar(CalendarSeen {
        meetings: vec![sample::meeting("a", 0, 60)],
        health: CalendarHealth::Fresh,
    })
}

pub(super) fn pressed(press: Press, origin: Origin) -> Event {
    Event::Pressed { press, origin }
}

fn request() -> CallRequest {
    CallRequest {
        by: By::Page,
        target: Some(sample::target("a")),
        display_name: "Room".to_owned(),
    }
}

pub(super) fn seen(seen: CallSeen) -> Event {
    Event::Call(CallId(1), seen)
}

fn call(number: u64, command: CallCommand) -> Effect {
    Effect::Call(CallId(number), command)
}

fn head(command: HeadCommand) -> Effect {
    Effect::Head {
        head: HeadId::new("front"),
        request: RequestId(1),
        command,
    }
}

#[test]
fn arrive_dark_and_silent() {
    let mut pair = Pair::inside();
    let effects = [call(1, CallCommand::Mic(Switch::Open))];
    let found = pair.check(&Event::Deadline, &effects);
    assert_eq!(found, Some("arrive_dark_and_silent"));
    let mut pair = Pair::inside();
    let event = pressed(Press::Mic(Switch::Open), Origin::Panel);
    let effects = pair.behind_its_back(event.clone());
    assert_eq!(pair.check(&event, &effects), None);
}

#[test]
fn nothing_opens_from_afar() {
    let mut pair = Pair::inside();
    pair.behind_its_back(pressed(Press::Mic(Switch::Open), Origin::Panel));
    let told = pressed(Press::Mic(Switch::Open), Origin::Fleet);
    assert_eq!(pair.check(&told, &[]), Some("nothing_opens_from_afar"));
}

#[test]
fn the_lamp_tells_the_truth() {
    let mut pair = Pair::inside();
    pair.behind_its_back(Event::Call(CallId(1), CallSeen::Mic(Switch::Open)));
    let found = pair.check(&Event::Deadline, &[]);
    assert_eq!(found, Some("the_lamp_tells_the_truth"));
}

#[test]
fn never_two_calls() {
    let mut pair = Pair::begin();
    let effects = [
        call(50, CallCommand::Warm(request())),
        call(51, CallCommand::Join(request())),
    ];
    let found = pair.check(&Event::Deadline, &effects);
    assert_eq!(found, Some("never_two_calls"));
}

#[test]
fn only_the_current_call_is_commanded() {
    let mut pair = Pair::inside();
    let found = pair.check(&Event::Deadline, &[call(77, CallCommand::Leave)]);
    assert_eq!(found, Some("only_the_current_call_is_commanded"));
}

#[test]
fn finished_is_never_rejoined() {
    let mut pair = Pair::begin();
    let forgotten = (MeetingId::new("a"), Wall(i64::MAX));
    pair.watcher.kept.finished.push(forgotten);
    let effects = pair.behind_its_back(calendar());
    let found = pair.check(&calendar(), &effects);
    assert_eq!(found, Some("finished_is_never_rejoined"));
}

#[test]
fn joins_by_itself_only_when_allowed() {
    let mut pair = Pair::begin();
    let effects = pair.behind_its_back(calendar());
    pair.room.meetings[0].exempt = true;
    let found = pair.check(&calendar(), &effects);
    assert_eq!(found, Some("joins_by_itself_only_when_allowed"));
}

#[test]
fn stop_wins() {
    let mut pair = Pair::begin();
    let stop = Press::Head(HeadId::new("front"), HeadPress::Stop);
    let found = pair.check(&pressed(stop, Origin::Panel), &[]);
    assert_eq!(found, Some("stop_wins"));
}

#[test]
fn drives_end_by_themselves() {
    let drive = |limit| {
        head(HeadCommand::Drive {
            drive: Drive::default(),
            limit,
        })
    };
    let mut pair = Pair::begin();
    let found = pair.check(&Event::Deadline, &[drive(limits::DRIVE)]);
    assert_eq!(found, Some("drives_end_by_themselves"));
    let mut pair = Pair::begin();
    let press = Press::Head(HeadId::new("front"), HeadPress::Drive(Drive::default()));
    let event = pressed(press, Origin::Panel);
    let found = pair.check(&event, &[drive(Duration::from_secs(9))]);
    assert_eq!(found, Some("drives_end_by_themselves"));
}

#[test]
fn volume_within_its_limit() {
    let mut pair = Pair::inside();
    let loud = [call(1, CallCommand::Volume(Percent::new(100)))];
    let found = pair.check(&Event::Deadline, &loud);
    assert_eq!(found, Some("volume_within_its_limit"));
}

#[test]
fn memory_is_kept_and_bounded() {
    let mut pair = Pair::begin();
    pair.room.memory.last_call += 1;
    let found = pair.check(&Event::Deadline, &[]);
    assert_eq!(found, Some("memory_is_kept_and_bounded"));
}

#[test]
fn the_other_way_is_tried_once() {
    let changes = |failures: &[CallFailure]| {
        let mut pair = Pair::inside();
        let mut found = None;
        for failure in failures {
            if let Some(visit) = pair.room.visit.as_mut() {
                visit.instead_of = Some(*failure);
            }
            found = pair.check(&Event::Deadline, &[]);
        }
        found
    };
    let broken = Some("the_other_way_is_tried_once");
    assert_eq!(changes(&[CallFailure::BotWall]), None);
    assert_eq!(changes(&[CallFailure::Denied]), broken);
    assert_eq!(changes(&[CallFailure::BotWall, CallFailure::Busy]), broken);
}

#[test]
fn gone_devices_are_left_alone() {
    let mut pair = Pair::begin();
    pair.tell(Event::Browser(BrowserSeen::Gone));
    let found = pair.check(&Event::Deadline, &[Effect::Screen(Screen::Room)]);
    assert_eq!(found, Some("gone_devices_are_left_alone"));
}

fn tap(origin: Origin) -> Event {
    pressed(Press::Hand(Hand::Tap(Spot::new(5_000, 5_000))), origin)
}

#[test]
fn hands_reach_the_page_only_when_asked() {
    let hand = [call(1, CallCommand::Hand(Hand::Key(PageKey::Enter)))];
    let mut pair = Pair::inside();
    pair.tell(tap(Origin::Panel));
    let found = pair.check(&tap(Origin::Panel), &hand);
    assert_eq!(found, Some("hands_reach_the_page_only_when_asked"));
    let mut pair = Pair::inside();
    pair.tell(seen(CallSeen::PersonNeeded(PersonNeeded::Consent(None))));
    assert_eq!(pair.check(&tap(Origin::Panel), &hand), None);
    for from in [Origin::Console, Origin::Fleet] {
        assert_eq!(pair.behind_its_back(tap(from)), [], "{from:?}");
        let found = pair.check(&tap(from), &hand);
        assert_eq!(found, Some("hands_reach_the_page_only_when_asked"));
    }
}

#[test]
fn a_hand_on_the_page_opens_nothing() {
    let mut pair = Pair::inside();
    pair.tell(seen(CallSeen::PersonNeeded(PersonNeeded::Consent(None))));
    let effects = [
        call(1, CallCommand::Hand(Hand::Key(PageKey::Enter))),
        call(1, CallCommand::Camera(Switch::Open)),
    ];
    pair.watcher.camera.by_the_room = true;
    let found = pair.check(&tap(Origin::Panel), &effects);
    assert_eq!(found, Some("a_hand_on_the_page_opens_nothing"));
}

/// What the page's own button opened under the hand is closed by the room, before the door and inside.
#[test]
fn what_a_hand_opened_on_the_page_is_closed_again() {
    let mut before_the_door = Pair::begin();
    before_the_door.tell(calendar());
    for mut pair in [before_the_door, Pair::inside()] {
        pair.tell(seen(CallSeen::PersonNeeded(PersonNeeded::Login)));
        pair.tell(tap(Origin::Panel));
        for (opened, closes) in [
            (
                CallSeen::Mic(Switch::Open),
                CallCommand::Mic(Switch::Closed),
            ),
            (
                CallSeen::Camera(Switch::Open),
                CallCommand::Camera(Switch::Closed),
            ),
        ] {
            let effects = pair.behind_its_back(seen(opened));
            assert_eq!(effects, [call(1, closes)]);
        }
    }
}

#[test]
fn the_room_agrees_only_as_the_operator_said() {
    let mut pair = Pair::inside();
    let asked = |kind| seen(CallSeen::ConsentAsked(kind));
    let agreed = |kind| call(1, CallCommand::Agree(kind));
    let effects = pair.behind_its_back(asked(Consent::Terms));
    assert_eq!(effects, [agreed(Consent::Terms)], "the plan says so");
    assert_eq!(pair.check(&asked(Consent::Terms), &effects), None);
    assert_eq!(pair.behind_its_back(asked(Consent::Recording)), []);
    assert!(
        pair.room.view().offers.contains(&Offer::OperatePage),
        "a person is asked instead"
    );
    let broken = [
        (asked(Consent::Recording), Consent::Recording),
        (asked(Consent::Recording), Consent::Terms),
        (tap(Origin::Panel), Consent::Terms),
    ];
    for (event, kind) in broken {
        let mut pair = Pair::inside();
        let found = pair.check(&event, &[agreed(kind)]);
        assert_eq!(found, Some("the_room_agrees_only_as_the_operator_said"));
    }
}

#[test]
fn being_asked_opens_nothing() {
    let mut pair = Pair::inside();
    pair.watcher.mic.by_the_room = true;
    let open = [call(1, CallCommand::Mic(Switch::Open))];
    let found = pair.check(&seen(CallSeen::UnmuteAsked), &open);
    assert_eq!(found, Some("being_asked_opens_nothing"));
    let mut pair = Pair::inside();
    pair.tell(seen(CallSeen::UnmuteAsked));
    assert_eq!(pair.room.view().mic_note, Some(MicNote::AskedToUnmute));
    assert_eq!(pair.room.mic.wanted(), Switch::Closed);
}

#[test]
fn a_second_look_changes_nothing() {
    let mut pair = Pair::inside();
    assert_eq!(pair.foresee(), None);
    if let Some(visit) = pair.room.visit.as_mut() {
        visit.trouble = Some((crate::event::Trouble::PageCrashed, Mono(0)));
    }
    assert_eq!(pair.foresee(), Some("a_second_look_changes_nothing"));
}

#[test]
fn nothing_happens_between_deadlines() {
    let mut pair = Pair::inside();
    for _ in 0..30 {
        assert_eq!(pair.foresee(), None);
        let Some((at, _)) = pair.room.next_deadline() else {
            return;
        };
        pair.room.step(at, Event::Deadline);
    }
}

#[test]
fn every_offer_answers() {
    let pair = Pair::inside();
    assert!(pair.room.view().offers.len() > 2);
    assert_eq!(pair.foresee(), None);
}
