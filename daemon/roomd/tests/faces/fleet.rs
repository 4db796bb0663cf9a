//! What a room says of itself to its fleet, for every state that a room can show.

use super::views;
use fleet_proto::{Boot, NEAR_MS, Phase, RoomState, SwitchNow, Wait, write};
use room_core::event::ClockHealth;
use room_core::meeting::CalendarHealth;
use room_core::units::{Seen, Switch, Wall};
use room_core::view::View;
use roomd::fleet::{About, Since, hindered, state};

fn about() -> About {
    About {
        software: "0.1.0".into(),
        board: None,
        zone: "Europe/Berlin".into(),
        boot: "b1".parse::<Boot>().unwrap(),
        started: Wall(1),
        has_calendar: true,
        unwritten: false,
    }
}

fn said(view: &View) -> RoomState {
    let about = about();
    state(&about, view, Since::new(&about, view, Wall(2)), Vec::new())
}

/// Subjects and inviters.
fn private(view: &View) -> Vec<String> {
    let meetings = view.meetings.iter().chain(&view.current);
    let texts = meetings.flat_map(|meeting| [&meeting.title, &meeting.organizer]);
    texts
        .flatten()
        .map(|text| text.reveal().to_owned())
        .collect()
}

#[test]
fn no_subject_no_name_and_no_meeting_leaves_the_room() {
    let mut looked_for = 0;
    for (name, view) in views::all() {
        let text = write(&said(&view)).unwrap();
        for private in private(&view).iter().filter(|text| text.len() > 3) {
            looked_for += 1;
            assert!(
                !text.contains(private.as_str()),
                "{name}: {private} in {text}"
            );
        }
    }
    assert!(looked_for > 100, "{looked_for}");
}

#[test]
fn what_is_unknown_is_said_to_be() {
    for (name, view) in views::all() {
        let said = said(&view);
        let seen = match view.mic.seen {
            Seen::Is(Switch::Open) => SwitchNow::Open,
            Seen::Is(Switch::Closed) => SwitchNow::Closed,
            Seen::Unknown => SwitchNow::Unknown,
        };
        assert_eq!(said.microphone, seen, "{name}");
        assert_eq!(said.faults.len(), view.faults.len(), "{name}");
        let failed = said
            .call
            .as_ref()
            .is_some_and(|call| call.failure.is_some());
        assert_eq!(failed, said.phase == Phase::Failed, "{name}");
    }
}

#[test]
fn the_meeting_that_the_room_is_in_is_not_the_next_one() {
    let mut compared = 0;
    for (name, view) in views::all() {
        let said = said(&view);
        if let (Phase::InCall, Some(current)) = (said.phase, &view.current) {
            compared += 1;
            assert_ne!(said.next_meeting_ms, Some(current.start.0), "{name}");
        }
    }
    assert!(compared > 0);
}

#[test]
fn since_when_goes_with_the_phase_and_not_with_what_else_changes() {
    let about = about();
    let idle = views::base();
    let call = views::named("in-call");
    let mut since = Since::new(&about, &idle, Wall(10));
    let mut louder = idle.clone();
    louder.faults.clear();
    louder.people = Some(4);
    since.note(&about, &louder, Wall(20));
    assert_eq!(state(&about, &louder, since, Vec::new()).phase_since_ms, 10);
    since.note(&about, &call, Wall(30));
    assert_eq!(state(&about, &call, since, Vec::new()).phase_since_ms, 30);
}

#[test]
fn proofs_and_tomorrow_are_counted() {
    let view = views::all().into_iter().map(|(_, view)| view);
    let mut with_proof =
        view.filter(|view| view.preflight.as_ref().is_some_and(|p| p.last.is_some()));
    let said = said(&with_proof.next().unwrap());
    let proof = said.proof.unwrap();
    assert_eq!(proof.findings[0].as_str(), "sound-hum");
    let tomorrow = said.tomorrow.unwrap();
    assert_eq!(
        (tomorrow.meetings, tomorrow.red, tomorrow.yellow),
        (1, 1, 0)
    );
}

#[test]
fn no_release_is_begun_in_a_call_in_a_meeting_or_near_one_by_the_rooms_own_calendar() {
    let (mut calls, mut meetings) = (0, 0);
    for (name, view) in views::all() {
        let idle = matches!(said(&view).phase, Phase::Standby | Phase::Ended);
        let first = view.meetings.iter().find(|meeting| !meeting.all_day);
        let start = first.map_or(Wall(0), |meeting| meeting.start);
        let before = |ms: i64| hindered(&view, true, Wall(start.0 - ms));
        if !idle {
            calls += 1;
            assert!(before(10 * NEAR_MS).is_some(), "{name}: in use");
        }
        if first.is_some() {
            meetings += 1;
            for ms in [NEAR_MS, 1, 0, -60_000] {
                assert!(before(ms).is_some(), "{name}: {ms} ms before a meeting");
            }
        }
    }
    assert!(calls > 10 && meetings > 10, "{calls} {meetings}");
}

#[test]
fn an_idle_room_whose_next_meeting_is_far_may_begin_and_one_that_cannot_know_it_may_not() {
    let mut view = views::base();
    view.meetings = vec![views::budget()];
    let start = views::budget().start;
    let far = Wall(start.0 - NEAR_MS - 1);
    assert_eq!(hindered(&view, true, far), None);
    let near = Wall(far.0 + 1);
    assert_eq!(hindered(&view, true, near), Some(Wait::MeetingNear));
    view.calendar = CalendarHealth::Never;
    assert_eq!(hindered(&view, true, far), Some(Wait::CalendarUnknown));
    assert_eq!(
        hindered(&view, false, far),
        None,
        "a room without a calendar"
    );
    view.clock = ClockHealth::Wrong;
    assert_eq!(hindered(&view, false, far), Some(Wait::ClockWrong));
}
