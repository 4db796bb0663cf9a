//! When a table button is given new firmware, moment by moment.

use super::*;
use crate::event::{ClockHealth, Event, Origin, Press};
use crate::failure::FaultCode;
use crate::meeting::{CalendarHealth, CalendarSeen, Meeting};
use crate::plan::RoomPlan;
use crate::sample;

const OLD: Firmware = Firmware(0, 1, 0);
const NEW: Firmware = Firmware(0, 2, 0);

fn minute(n: u64) -> Mono {
    Mono(n * 60_000)
}

fn id(name: &str) -> PuckId {
    PuckId::new(name)
}

fn runs(name: &str, version: Firmware) -> Event {
    let newest = Some(NEW);
    Event::Firmware(id(name), FirmwareSeen::Runs { version, newest })
}

fn begun(effects: &[Effect]) -> Vec<&str> {
    let begun = effects.iter().filter_map(|effect| match effect {
        Effect::UpdatePuck(id) => Some(id.as_str()),
        Effect::Call(..) | Effect::Head { .. } | Effect::Display { .. } => None,
        Effect::BrowserSound => None,
        Effect::Sound(_) | Effect::Preflight(_) | Effect::Screen(_) | Effect::Persist(_) => None,
        Effect::BrowserAnew => None,
    });
    begun.collect()
}

/// A room that knows the time, and no calendar yet.
fn at_noon(plan: RoomPlan) -> Room {
    let mut room = Room::new(plan, Mono(0));
    let clock = Event::Clock {
        wall: sample::at(0),
        health: ClockHealth::Good,
    };
    room.step(Mono(0), clock);
    room
}

/// At noon, with two buttons on the table and these meetings.
fn room(meetings: Vec<Meeting>, update_buttons: bool) -> Room {
    let mut plan = sample::plan();
    plan.pucks = vec![id("table"), id("door")];
    plan.policy.update_buttons = update_buttons;
    let mut room = at_noon(plan);
    let health = CalendarHealth::Fresh;
    room.step(Mono(0), Event::Calendar(CalendarSeen { meetings, health }));
    for name in ["table", "door"] {
        room.step(Mono(0), Event::Puck(id(name), Presence::Here));
    }
    room
}

fn state(room: &Room, at: usize) -> PuckState {
    room.view().pucks[at].state
}

#[test]
fn an_older_button_is_updated_and_one_after_the_other() {
    let mut room = room(Vec::new(), true);
    assert_eq!(begun(&room.step(Mono(1), runs("table", OLD))), ["table"]);
    assert_eq!(begun(&room.step(Mono(2), runs("door", OLD))), [""; 0]);
    let gone = Event::Puck(id("table"), Presence::Gone);
    room.step(Mono(3), gone);
    let codes: Vec<_> = room.view().faults.iter().map(|f| f.code).collect();
    assert_eq!(
        codes,
        [FaultCode::PuckUpdating],
        "a button that is written is not missing"
    );
    let done = Event::Firmware(id("table"), FirmwareSeen::Updated(NEW));
    assert_eq!(begun(&room.step(Mono(4), done)), ["door"]);
    assert_eq!(state(&room, 0), PuckState::Usual);
    assert_eq!(room.view().pucks[0].firmware, Some(NEW));
}

#[test]
fn a_button_with_the_same_or_newer_firmware_is_left_alone() {
    let mut room = room(Vec::new(), true);
    for version in [NEW, Firmware(0, 3, 0)] {
        assert_eq!(begun(&room.step(Mono(1), runs("table", version))), [""; 0]);
        let puck = room.view().pucks.swap_remove(0);
        assert_eq!((puck.firmware, puck.offered), (Some(version), None));
    }
    let press = Press::UpdatePuck(id("table"));
    let origin = Origin::Console;
    assert_eq!(
        begun(&room.step(Mono(2), Event::Pressed { press, origin })),
        [""; 0]
    );
}

#[test]
fn it_waits_until_no_meeting_is_near_or_somebody_asks() {
    let near = vec![sample::meeting("a", 14, 60)];
    let mut room = room(near.clone(), true);
    assert_eq!(begun(&room.step(Mono(1), runs("table", OLD))), [""; 0]);
    assert!(room.view().pucks[0].may_update, "a person may");
    let press = Press::UpdatePuck(id("table"));
    let origin = Origin::Console;
    assert_eq!(
        begun(&room.step(Mono(2), Event::Pressed { press, origin })),
        ["table"]
    );
    let far = vec![sample::meeting("a", 16, 60)];
    let mut room = self::room(far, true);
    assert_eq!(begun(&room.step(Mono(1), runs("table", OLD))), ["table"]);
}

#[test]
fn a_button_that_is_not_understood_is_named_and_brought_level() {
    let mut room = room(Vec::new(), true);
    let codes = |room: &Room| -> Vec<FaultCode> {
        room.view().faults.iter().map(|fault| fault.code).collect()
    };
    room.step(Mono(1), Event::Puck(id("table"), Presence::Foreign));
    assert_eq!(codes(&room), [FaultCode::PuckForeign], "and not missing");
    assert!(!room.view().pucks[0].here, "it can neither show nor press");
    assert_eq!(begun(&room.step(Mono(2), runs("table", OLD))), ["table"]);
    assert_eq!(codes(&room), [FaultCode::PuckUpdating]);
    room.step(Mono(3), Event::Puck(id("table"), Presence::Gone));
    room.step(Mono(4), Event::Puck(id("table"), Presence::Here));
    let done = Event::Firmware(id("table"), FirmwareSeen::Updated(NEW));
    room.step(Mono(5), done);
    assert_eq!(codes(&room), [FaultCode::ClockWrong; 0]);
    // A newer one stays as it is, and is named for as long as it is not understood.
    room.step(Mono(6), runs("table", Firmware(0, 9, 0)));
    room.step(Mono(7), Event::Puck(id("table"), Presence::Foreign));
    assert_eq!(codes(&room), [FaultCode::PuckForeign]);
    assert_eq!(room.view().pucks[0].offered, None);
}

#[test]
fn a_button_in_its_loader_is_finished_even_before_a_meeting() {
    let mut room = room(vec![sample::meeting("a", 5, 60)], true);
    let waits = Event::Firmware(id("door"), FirmwareSeen::Waits { newest: NEW });
    assert_eq!(begun(&room.step(Mono(1), waits)), ["door"]);
}

#[test]
fn nothing_is_updated_in_a_call_or_where_the_file_forbids_it() {
    let mut room = room(vec![sample::meeting("a", 0, 60)], true);
    let press = Press::Join(None);
    room.step(
        Mono(1),
        Event::Pressed {
            press,
            origin: Origin::Panel,
        },
    );
    assert!(room.visit.is_some());
    room.step(Mono(2), runs("table", OLD));
    let press = Press::UpdatePuck(id("table"));
    let origin = Origin::Console;
    assert_eq!(
        begun(&room.step(Mono(3), Event::Pressed { press, origin })),
        [""; 0]
    );
    assert!(!room.view().pucks[0].may_update);
    let mut room = self::room(Vec::new(), false);
    assert_eq!(begun(&room.step(Mono(1), runs("table", OLD))), [""; 0]);
    assert_eq!(
        room.view().pucks[0].offered,
        Some(NEW),
        "it is offered all the same"
    );
}

#[test]
fn nothing_begins_before_the_calendar_is_known() {
    let mut plan = sample::plan();
    plan.pucks = vec![id("table")];
    let mut room = at_noon(plan);
    room.step(Mono(1), Event::Puck(id("table"), Presence::Here));
    assert_eq!(begun(&room.step(Mono(2), runs("table", OLD))), [""; 0]);
    assert_eq!(begun(&room.step(minute(1), Event::Deadline)), ["table"]);
}

#[test]
fn a_failure_is_named_and_tried_again_a_few_times() {
    let mut room = room(Vec::new(), true);
    let why = FirmwareFailure::NoLoader;
    let failed = || Event::Firmware(id("table"), FirmwareSeen::Failed(why));
    assert_eq!(begun(&room.step(minute(1), runs("table", OLD))), ["table"]);
    room.step(minute(1), failed());
    for hour in 1..u64::from(limits::FIRMWARE_TRIES) {
        assert_eq!(state(&room, 0), PuckState::Failed(why));
        let (at, _) = room.next_deadline().unwrap();
        assert_eq!(at, minute(60 * hour + 1));
        assert_eq!(begun(&room.step(at, Event::Deadline)), ["table"]);
        room.step(at, failed());
    }
    assert_eq!(begun(&room.step(minute(6000), Event::Deadline)), [""; 0]);
    assert!(room.view().pucks[0].may_update, "a person may try again");
}

#[test]
fn an_update_of_which_nobody_hears_ends_by_itself() {
    let mut room = room(Vec::new(), true);
    room.step(Mono(0), runs("table", OLD));
    room.step(minute(3), Event::Deadline);
    assert_eq!(
        state(&room, 0),
        PuckState::Failed(FirmwareFailure::NoAnswer)
    );
}

#[test]
fn a_late_failure_of_nothing_is_no_failure() {
    let mut room = room(Vec::new(), false);
    room.step(Mono(1), runs("table", OLD));
    let late = FirmwareSeen::Failed(FirmwareFailure::Disk);
    room.step(Mono(2), Event::Firmware(id("table"), late));
    assert_eq!(state(&room, 0), PuckState::Usual);
}

#[test]
fn what_was_gone_back_from_is_written_over_by_something_older_and_under_the_same_rules() {
    let reverts = || {
        let (version, to) = (NEW, OLD);
        Event::Firmware(id("table"), FirmwareSeen::Reverts { version, to })
    };
    let mut room = room(Vec::new(), true);
    assert_eq!(begun(&room.step(Mono(1), runs("table", NEW))), [""; 0]);
    assert_eq!(begun(&room.step(Mono(2), reverts())), ["table"]);
    assert_eq!(room.view().pucks[0].offered, Some(OLD));
    let back = Event::Firmware(id("table"), FirmwareSeen::Updated(OLD));
    room.step(Mono(3), back);
    let (version, newest) = (OLD, Some(OLD));
    let now = Event::Firmware(id("table"), FirmwareSeen::Runs { version, newest });
    assert_eq!(begun(&room.step(Mono(4), now)), [""; 0]);
    assert_eq!(room.view().pucks[0].offered, None);

    // Near a meeting, and where buttons are not to be updated, nothing is written by itself.
    let near = vec![sample::meeting("m", 10, 60)];
    for mut room in [self::room(near, true), self::room(Vec::new(), false)] {
        assert_eq!(begun(&room.step(Mono(1), reverts())), [""; 0]);
        assert!(room.view().pucks[0].offered.is_some());
    }
}

#[test]
fn what_is_gone_back_from_while_it_is_written_is_written_over_at_once() {
    let mut room = room(Vec::new(), true);
    assert_eq!(begun(&room.step(Mono(1), runs("table", OLD))), ["table"]);
    let (version, to) = (NEW, OLD);
    let reverts = Event::Firmware(id("table"), FirmwareSeen::Reverts { version, to });
    assert_eq!(
        begun(&room.step(Mono(2), reverts)),
        [""; 0],
        "one still runs"
    );
    let done = Event::Firmware(id("table"), FirmwareSeen::Updated(NEW));
    assert_eq!(begun(&room.step(Mono(3), done)), ["table"]);
    let done = Event::Firmware(id("table"), FirmwareSeen::Updated(OLD));
    assert_eq!(begun(&room.step(Mono(4), done)), [""; 0]);
}
