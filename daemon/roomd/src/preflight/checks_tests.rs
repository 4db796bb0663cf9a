//! What is said of a meeting and of people's devices, by the room's view alone.

use super::*;
use room_core::ids::{HostName, MeetingId, Private, PuckId, ServiceId};
use room_core::units::Wall;
use room_core::view::PuckState;

fn coming(conference: Conference) -> Coming {
    Coming {
        id: MeetingId::new("a"),
        start: Wall(0),
        conference,
    }
}

fn at(link: &str) -> Coming {
    let target = Target::page(
        ServiceId::new("practice"),
        HostName::new("meet.example.org"),
        Private::new(link),
        None,
    );
    coming(Conference::At(target))
}

#[test]
fn the_way_leads_where_the_link_does() {
    let host = |link| host(&at(link)).map(|h| (h.name, h.port, h.secret));
    let there = |name: &str, port, secret| Some((name.to_owned(), port, secret));
    assert_eq!(
        host("https://meet.example.org/a?pwd=x"),
        there("meet.example.org", 443, true)
    );
    assert_eq!(host("https://[::1]:8443/a"), there("::1", 8443, true));
    assert_eq!(
        host("http://127.0.0.1:7070/a"),
        there("127.0.0.1", 7070, false)
    );
    assert_eq!(host("no link"), None);
    let nowhere = coming(Conference::Nowhere(NoTarget::NoLink));
    assert_eq!(super::host(&nowhere).map(|h| h.port), None);
}

#[test]
fn one_who_speaks_is_heard_and_a_room_that_hums_is_empty() {
    let tone = |level: f32, from: usize| {
        (0..72_000).map(move |n| {
            let noise = ((n * 7919) % 997) as f32 / 997.0 - 0.5;
            let sound = (n as f32 * 0.05).sin() * if n > from { level } else { 0.0 };
            noise * 0.002 + sound
        })
    };
    let quiet: Vec<f32> = tone(0.0, 0).collect();
    assert!(!speaks(&quiet));
    let speech: Vec<f32> = tone(0.1, 24_000).collect();
    assert!(speaks(&speech));
    let click: Vec<f32> = tone(0.1, 71_000).collect();
    assert!(!speaks(&click));
}

#[test]
fn buttons_and_lamps_that_are_away_are_named_once() {
    let puck = |id: &str, here| PuckView {
        id: PuckId::new(id),
        here,
        firmware: None,
        offered: None,
        state: PuckState::Usual,
        may_update: false,
    };
    let pucks = [puck("table", false), puck("desk", true)];
    let fault = |code, subject: &str| Fault {
        code,
        subject: Some(subject.to_owned()),
        cause: None,
        since: Wall(0),
    };
    let faults = [
        fault(FaultCode::PuckGone, "table"),
        fault(FaultCode::FittingGone, "lamp.door"),
        fault(FaultCode::CameraGone, "front"),
    ];
    let silent = |name: &str| Trouble::FittingSilent(name.to_owned());
    let expected = [silent("lamp.door"), silent("table")];
    assert_eq!(people(&pucks, &faults).troubles, expected);
}
