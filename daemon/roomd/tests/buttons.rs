//! What lies open on the table: ring, light, microphone, words, what the key does, minutes.

use drv_puck::{Light, Mic, Ring, Tongue};
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
        audio_models: Vec::new(),
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
        (view(lobby, closed), Ring::WhiteDouble, Mic::Closed, None),
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
            let words = [shown.headline, shown.detail, shown.action, shown.trouble];
            let lines = words.each_ref().map(|words| words.as_str());
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
    let line = |zone| show(&view, voice(zone), NINE).detail.as_str().to_owned();
    assert_eq!(line(chrono_tz::Europe::Berlin), "09:10 – 09:40");
    assert_eq!(line(chrono_tz::UTC), "08:10 – 08:40");
}

const GERMAN: Voice = Voice {
    lang: Lang::De,
    zone: chrono_tz::Europe::Berlin,
};

/// The words for a view: headline, what the key does, what is wrong.
fn words(view: &View) -> [String; 3] {
    let shown = show(view, GERMAN, NINE);
    [shown.headline, shown.action, shown.trouble].map(|text| text.as_str().to_owned())
}

#[test]
fn the_button_says_what_its_key_does() {
    let closed = Seen::Is(Switch::Closed);
    let mut announced = view(
        Phase::Announced {
            joins_at: None,
            warm: false,
        },
        closed,
    );
    assert_eq!(words(&announced), ["Beginnt um 09:10", "", ""]);
    announced.offers = vec![Offer::Join(MeetingId::new("m"))];
    assert_eq!(words(&announced), ["Beginnt um 09:10", "Beitreten", ""]);
    let mut other = announced.meetings[0].clone();
    other.id = MeetingId::new("n");
    announced.meetings.push(other);
    announced.offers.push(Offer::Join(MeetingId::new("n")));
    assert_eq!(words(&announced)[1], "", "of two, the panel lets choose");

    let leaves = Some((Wall(NINE.0 + 90_000), LeaveWhy::BookedEnd));
    let in_call = Phase::InCall {
        since: NINE,
        leaves,
    };
    let mut ends = view(in_call, closed);
    assert_eq!(words(&ends), ["Gebuchte Zeit endet", "", ""]);
    ends.offers = vec![Offer::Leave, Offer::Extend];
    assert_eq!(words(&ends), ["Gebuchte Zeit endet", "Länger bleiben", ""]);

    let failed = |retry| Phase::Failed {
        failure: CallFailure::Denied,
        retry,
    };
    let mut again = view(failed(true), closed);
    again.offers = vec![Offer::Retry];
    assert_eq!(words(&again), ["Nicht eingelassen", "Noch einmal", ""]);
    let never = view(failed(false), closed);
    assert_eq!(words(&never), ["Nicht eingelassen", "", "Siehe Bedienpult"]);
}

#[test]
fn a_button_is_dim_when_nothing_comes_soon_and_dark_when_nothing_comes_today() {
    let light = |begins_in: i64| {
        let mut view = view(Phase::Standby, Seen::Is(Switch::Closed));
        view.meetings[0].start = Wall(NINE.0 + begins_in * MINUTE);
        view.meetings[0].end = Wall(NINE.0 + (begins_in + 30) * MINUTE);
        show(&view, GERMAN, NINE).light
    };
    assert_eq!(
        [10, 15, 16].map(light),
        [Light::Full, Light::Full, Light::Dim]
    );
    assert_eq!(
        [14 * 60 + 59, 15 * 60].map(light),
        [Light::Dim, Light::Dark]
    );
    for (view, ..) in table() {
        let awake = view.phase != Phase::Standby;
        let shown = show(&view, GERMAN, NINE);
        assert!(!awake || shown.light == Light::Full, "{:?}", view.phase);
        assert_eq!(shown.tongue, Tongue::German);
    }
}
