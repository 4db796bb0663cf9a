//! A room for the tests beside the code.

use super::{Card, Certificate, Place, Room, Seen, Slug};
use fleet_proto::{CalendarNow, ClockNow, Phase, RoomState, SwitchNow};

/// One that has said how it is and whose line is down.
pub(crate) fn card(id: &str, site: &str) -> Card {
    Card {
        room: Room {
            id: id.parse().unwrap(),
            name: id.into(),
            place: Place {
                site: Slug::of(site).unwrap(),
                ..Place::default()
            },
            ring: Default::default(),
            enrolled_ms: 0,
            certificate: Certificate {
                serial: "01".to_owned(),
                ends_s: 0,
            },
            next: None,
        },
        seen: Seen {
            state: Some(state()),
            ..Seen::default()
        },
    }
}

/// A healthy one.
pub(crate) fn state() -> RoomState {
    RoomState {
        name: "Saal 2".into(),
        software: "0.1.0".into(),
        board: None,
        zone: "Europe/Berlin".into(),
        boot: "boot-1".parse().unwrap(),
        started_ms: 0,
        phase: Phase::Standby,
        phase_since_ms: 0,
        call: None,
        microphone: SwitchNow::Closed,
        camera: SwitchNow::Closed,
        next_meeting_ms: None,
        faults: Vec::new(),
        devices: Vec::new(),
        proof: None,
        tomorrow: None,
        calendar: CalendarNow::None {},
        clock: ClockNow::Right,
        packs: Vec::new(),
    }
}
