//! What lamps, a speakerphone and small panels show of every state a room can be in: only what was seen.

#[path = "faces/views.rs"]
#[allow(dead_code, reason = "the faces' tests use the rest")]
mod views;

use chrono_tz::Europe::Berlin;
use drv_gpio::Pattern;
use drv_panel::{Mic, Tone};
use room_core::units::{Percent, Seen, Switch, Wall};
use room_core::view::{Phase, SwitchView, View};
use room_profile::LampShows;
use roomd::faces::Lang;
use roomd::panel_face::{Subjects, show};
use roomd::puck_face::Voice;
use roomd::{clock, lamp_face};

const ALL_LAMPS: [LampShows; 4] = [
    LampShows::Busy,
    LampShows::MicOpen,
    LampShows::MicClosed,
    LampShows::Attention,
];

const SEEN: [Seen<Switch>; 3] = [
    Seen::Unknown,
    Seen::Is(Switch::Open),
    Seen::Is(Switch::Closed),
];

/// Every state, with every microphone and every wish.
fn every_view() -> Vec<View> {
    let mut all = Vec::new();
    for (_, view) in views::all() {
        for seen in SEEN {
            for becoming in [None, Some(Switch::Open), Some(Switch::Closed)] {
                all.push(View {
                    mic: SwitchView { seen, becoming },
                    ..view.clone()
                });
            }
        }
    }
    all
}

fn pattern(view: &View, shows: LampShows) -> Pattern {
    lamp_face::light(view, shows, Percent::new(40)).pattern
}

#[test]
fn lamp_tells_the_truth() {
    for view in every_view() {
        let (open, closed) = (
            pattern(&view, LampShows::MicOpen),
            pattern(&view, LampShows::MicClosed),
        );
        match view.mic.seen {
            Seen::Is(Switch::Open) => assert_eq!((open, closed), (Pattern::On, Pattern::Off)),
            Seen::Is(Switch::Closed) => assert_eq!(open, Pattern::Off),
            Seen::Unknown => assert_eq!((open, closed), (Pattern::BlinkFast, Pattern::Off)),
        }
        let phone = lamp_face::phone(&view);
        assert_eq!(phone.mic, view.mic.seen);
    }
}

/// What was asked for changes no lamp.
#[test]
fn a_wish_is_not_shown() {
    for view in every_view() {
        let without = View {
            mic: SwitchView {
                becoming: None,
                ..view.mic
            },
            ..view.clone()
        };
        for shows in ALL_LAMPS {
            assert_eq!(pattern(&view, shows), pattern(&without, shows));
        }
        assert_eq!(lamp_face::phone(&view), lamp_face::phone(&without));
    }
}

#[test]
fn the_busy_light_says_whether_to_knock() {
    for (name, view) in views::all() {
        let expected = match view.phase {
            Phase::InCall { .. } => Pattern::On,
            Phase::Standby | Phase::Announced { .. } | Phase::Failed { .. } | Phase::Ended(_) => {
                Pattern::Off
            }
            _ => Pattern::BlinkSlow,
        };
        assert_eq!(pattern(&view, LampShows::Busy), expected, "{name}");
    }
}

fn voice(lang: Lang) -> Voice {
    Voice { lang, zone: Berlin }
}

fn now() -> Wall {
    clock::wall()
}

#[test]
fn a_panel_shows_the_microphone_as_it_was_seen() {
    for view in every_view() {
        let shown = show(&view, voice(Lang::De), Subjects::Hidden, now());
        let expected = match view.mic.seen {
            Seen::Is(Switch::Open) => (Mic::Open, "Mikrofon an"),
            Seen::Is(Switch::Closed) => (Mic::Closed, "Mikrofon aus"),
            Seen::Unknown => (Mic::Unknown, "Mikrofon unbekannt"),
        };
        assert_eq!((shown.mic, shown.mic_text.as_str()), expected);
    }
}

#[test]
fn subjects_stay_away_from_the_door() {
    let mut seen = 0;
    for (name, view) in views::all() {
        let titles: Vec<&str> = view
            .meetings
            .iter()
            .chain(&view.current)
            .filter_map(|m| m.title.as_ref())
            .map(|title| title.reveal())
            .collect();
        let text = |subjects| {
            let shown = show(&view, voice(Lang::De), subjects, now());
            format!(
                "{} {} {}",
                shown.headline,
                shown.next.unwrap_or_default(),
                shown.trouble.unwrap_or_default()
            )
        };
        let hidden = text(Subjects::Hidden);
        let shown = text(Subjects::Shown);
        for title in titles {
            assert!(!hidden.contains(title), "{name}: {hidden}");
            seen += u32::from(shown.contains(title));
        }
    }
    assert!(seen > 0, "where they are allowed, they do stand there");
}

#[test]
fn a_failure_is_one_sentence_in_both_languages() {
    for (name, view) in views::all() {
        let Phase::Failed { .. } = view.phase else {
            continue;
        };
        for lang in Lang::ALL {
            let shown = show(&view, voice(lang), Subjects::Hidden, now());
            assert_eq!(shown.tone, Tone::Attention, "{name}");
            let sentence = shown.trouble.unwrap_or_default();
            assert!(
                sentence.ends_with('.') && !sentence.contains("call-"),
                "{name}: {sentence}"
            );
        }
    }
}

#[test]
fn every_state_has_words_and_is_drawn_on_every_panel() {
    for (name, view) in views::all() {
        for lang in Lang::ALL {
            let shown = show(&view, voice(lang), Subjects::Shown, now());
            assert!(
                !shown.headline.is_empty() && !shown.headline.contains("small-"),
                "{name}"
            );
            for kind in drv_panel::Kind::ALL {
                let palette = drv_panel::Palette::colour();
                let mut canvas = drv_panel::Canvas::new(kind.size(), palette.ground());
                let empty = canvas.clone();
                let Ok(()) = drv_panel::draw(&mut canvas, &palette, &shown);
                assert_ne!(canvas, empty, "{name}");
            }
        }
    }
}
