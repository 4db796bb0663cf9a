//! What lies open on the table: ring, microphone lamp, two lines, minutes.

use drv_puck::{Mic, Ring};
use room_core::Room;
use room_core::event::{ClockHealth, Event, JoinStep, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::{MeetingId, Private, ServiceId};
use room_core::meeting::MeetingStatus;
use room_core::units::{Mono, Seen, Switch, Wall};
use room_core::view::{EndedWhy, Joinable, LeaveWhy, MeetingView, Offer, Phase, SwitchView, View};
use room_profile::{SourceFile, Sources};
use roomd::faces::Lang;
use roomd::puck_face::{Voice, show};

/// 2027-01-15 08:00 UTC, 09:00 in Berlin.
const NINE: Wall = Wall(1_800_000_000_000);
const MINUTE: i64 = 60_000;

fn view(phase: Phase, mic: Seen<Switch>) -> View {
    let sources = Sources {
        room: SourceFile::new("room.toml", "[room]\nname = \"Sitzungssaal 2\"\n"),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: Vec::new(),
        camera_models: Vec::new(),
        folder: "/".into(),
    };
    let mut room = Room::new(room_profile::check(&sources).expect("right").plan, Mono(0));
    room.step(
        Mono(0),
        Event::Clock {
            wall: NINE,
            health: ClockHealth::Good,
        },
    );
    let meeting = MeetingView {
        id: MeetingId::new("m"),
        title: Some(Private::new("Personalsache Müller")),
        organizer: None,
        start: Wall(NINE.0 + 10 * MINUTE),
        end: Wall(NINE.0 + 40 * MINUTE),
        all_day: false,
        status: MeetingStatus::Confirmed,
        joinable: Joinable::Yes(ServiceId::new("bbb")),
    };
    View {
        phase,
        current: Some(meeting.clone()),
        meetings: vec![meeting],
        mic: SwitchView {
            seen: mic,
            becoming: None,
        },
        ..room.view()
    }
}

fn table() -> Vec<(View, Ring, Mic, Option<u16>)> {
    let closed = Seen::Is(Switch::Closed);
    let open = Seen::Is(Switch::Open);
    let in_call = |leaves| Phase::InCall {
        since: NINE,
        leaves,
    };
    let mut announced = view(
        Phase::Announced {
            joins_at: None,
            warm: false,
        },
        closed,
    );
    announced.offers = vec![Offer::Join(MeetingId::new("m"))];
    let mut nothing_to_join = announced.clone();
    nothing_to_join.offers.clear();
    let lobby = Phase::Waiting {
        whom: WaitingFor::Lobby,
        since: NINE,
    };
    let failed = Phase::Failed {
        failure: CallFailure::Unreachable,
        retry: true,
    };
    let lost = Phase::Reconnecting {
        trouble: Trouble::Network,
        attempt: 1,
    };
    let leaves = Some((Wall(NINE.0 + 90_000), LeaveWhy::NextMeeting));
    vec![
        (
            view(Phase::Standby, closed),
            Ring::Off,
            Mic::Closed,
            Some(10),
        ),
        (announced, Ring::Breathing, Mic::Closed, Some(10)),
        (nothing_to_join, Ring::Off, Mic::Closed, Some(10)),
        (
            view(Phase::Joining(JoinStep::Opening), closed),
            Ring::Sweep,
            Mic::Closed,
            None,
        ),
        (view(lobby, closed), Ring::Sweep, Mic::Closed, None),
        (
            view(in_call(None), closed),
            Ring::Red,
            Mic::Closed,
            Some(40),
        ),
        (view(in_call(None), open), Ring::Green, Mic::Open, Some(40)),
        (
            view(in_call(None), Seen::Unknown),
            Ring::Amber,
            Mic::Unknown,
            Some(40),
        ),
        (view(in_call(leaves), open), Ring::Green, Mic::Open, Some(2)),
        (
            view(lost, Seen::Unknown),
            Ring::Amber,
            Mic::Unknown,
            Some(40),
        ),
        (view(failed, closed), Ring::Amber, Mic::Closed, None),
        (
            view(Phase::Ended(EndedWhy::ByHost), closed),
            Ring::Off,
            Mic::Closed,
            Some(10),
        ),
    ]
}

#[test]
fn the_ring_tells_what_is_seen() {
    for (view, ring, mic, minutes) in table() {
        let voice = Voice {
            lang: Lang::De,
            zone: chrono_tz::Europe::Berlin,
        };
        let shown = show(&view, voice, NINE);
        assert_eq!(
            (shown.ring, shown.mic, shown.minutes),
            (ring, mic, minutes),
            "{:?}",
            view.phase
        );
    }
}

#[test]
fn no_subject_lies_open_on_the_table_and_every_line_fits() {
    for (view, ..) in table() {
        for lang in Lang::ALL {
            let shown = show(
                &view,
                Voice {
                    lang,
                    zone: chrono_tz::Europe::Berlin,
                },
                NINE,
            );
            let lines = [shown.line_one.as_str(), shown.line_two.as_str()];
            assert!(!lines[0].is_empty(), "{:?}", view.phase);
            for line in lines {
                assert!(!line.contains("Müller"), "{line}");
                assert!(line.len() < drv_puck::Text::MAX, "{line} is cut off");
            }
        }
    }
}

#[test]
fn times_are_the_rooms() {
    let voice = |zone| Voice {
        lang: Lang::En,
        zone,
    };
    let view = view(
        Phase::Announced {
            joins_at: None,
            warm: false,
        },
        Seen::Unknown,
    );
    let line = |zone| show(&view, voice(zone), NINE).line_two.as_str().to_owned();
    assert_eq!(line(chrono_tz::Europe::Berlin), "09:10 – 09:40");
    assert_eq!(line(chrono_tz::UTC), "08:10 – 08:40");
}
