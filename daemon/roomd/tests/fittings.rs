//! What lamps, a speakerphone and small panels show of every state a room can be in: only what was seen. And that the
//! speakerphone which the room's file binds is the one that the driver takes.

#[path = "faces/views.rs"]
#[allow(dead_code, reason = "the faces' tests use the rest")]
mod views;

#[path = "../../identity/tests/common/mod.rs"]
mod common;

use chrono_tz::Europe::Berlin;
use common::Tree;
use config_files::Files;
use drv_gpio::Pattern;
use drv_panel::{Mic, Tone};
use room_core::units::{Percent, Seen, Switch, Wall};
use room_core::view::{AfarView, Phase, SwitchView, View};
use room_profile::{LampShows, PhonePlace};
use roomd::faces::Lang;
use roomd::links::Links;
use roomd::panel_face::{Subjects, show};
use roomd::puck_face::Voice;
use roomd::{clock, lamp_face};
use std::fs;
use std::path::Path;
use std::time::Duration;

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
        let sought = view.afar == Some(AfarView::Identify);
        let expected = match view.phase {
            Phase::InCall { .. } => Pattern::On,
            Phase::Standby if sought => Pattern::BlinkFast,
            Phase::Standby | Phase::Announced { .. } | Phase::Failed { .. } | Phase::Ended(_) => {
                Pattern::Off
            }
            _ => Pattern::BlinkSlow,
        };
        assert_eq!(pattern(&view, LampShows::Busy), expected, "{name}");
        let attention = pattern(&view, LampShows::Attention);
        assert!(!sought || attention == Pattern::BlinkFast, "{name}");
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

/// A mute key and a mute lamp.
const TELEPHONE: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x01, 0x15, 0x00, 0x25, 0x01, 0x09, 0x2F, 0x75, 0x01,
    0x95, 0x01, 0x81, 0x06, 0x75, 0x07, 0x81, 0x01, 0x85, 0x02, 0x05, 0x08, 0x09, 0x09, 0x75, 0x01,
    0x95, 0x01, 0x91, 0x22, 0x75, 0x07, 0x91, 0x01, 0xC0,
];
const NO_TELEPHONE: &[u8] = &[0x06, 0x00, 0xFF, 0xA1, 0x01, 0xC0];

/// A speakerphone in this port, whose first node has no keys of a phone; its nodes are named from `first`.
fn plug_speakerphone(tree: &Tree, dev: &Path, port: u8, first: u8) {
    let device = format!("/devices/pci0000:00/0000:00:14.0/usb1/1-{port}");
    tree.add(&format!(
        "P: {device}\nE: SUBSYSTEM=usb\nA: idVendor=0b0e\nA: idProduct=245d\nA: bDeviceClass=00\n"
    ));
    for (number, descriptor) in [(0, NO_TELEPHONE), (1, TELEPHONE)] {
        let interface = format!("{device}/1-{port}:1.{number}");
        tree.add(&format!("P: {interface}\nA: bInterfaceNumber=0{number}\n"));
        let hid = format!("{interface}/0003:0B0E:245D.{port}{number}");
        tree.add(&format!(
            "P: {hid}\nE: HID_ID=0003:00000B0E:0000245D\nE: HID_NAME=Jabra Speak2\n"
        ));
        let folder = tree.sys().join(hid.trim_start_matches('/'));
        fs::write(folder.join("report_descriptor"), descriptor).expect("a file");
        let node = format!("hidraw{}", first + number);
        let path = dev.join(&node);
        fs::write(&path, "").expect("a file");
        tree.add(&format!(
            "P: {hid}/hidraw/{node}\nE: SUBSYSTEM=hidraw\nE: DEVNAME={}\nL: device=../../../0003:0B0E:245D.{port}{number}\n",
            path.display()
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn the_speakerphone_that_the_file_binds_is_taken_whatever_its_nodes_are_called() {
    let tree = Tree::of("pc.umockdev");
    let folder = tempfile::tempdir().expect("a folder");
    let (dev, room) = (folder.path().join("dev"), folder.path().join("room.toml"));
    fs::create_dir(&dev).expect("a folder");
    let socket = folder.path().join("roomd.sock");
    let text = format!(
        "[room]\nname = \"S\"\n[faces]\nsocket = \"{}\"\n[speakerphone]\nusb = \"1-7\"\nusb_model = \"0b0e:245d\"\n",
        socket.display()
    );
    fs::write(&room, text).expect("a file");
    let profile = Files::new(room, None).profile().expect("it is right");
    let Some(PhonePlace::DeviceOf(link)) = profile.fittings.speakerphone.map(|phone| phone.place)
    else {
        panic!("it is bound");
    };
    let roots = drv_hid::Roots {
        sys: tree.sys(),
        dev: dev.clone(),
    };
    let taken = || drv_hid::find(&roots, &drv_hid::Which::DeviceOf(link.clone()));
    let settle = || tokio::time::sleep(Duration::from_secs(30));
    plug_speakerphone(&tree, &dev, 8, 2);
    let links = Links::lay(&tree.sys(), &profile.links, profile.roles).expect("links");
    let keeping = tokio::spawn(links.keep());
    assert!(
        taken().is_err(),
        "one of the same model in another socket is not it"
    );
    plug_speakerphone(&tree, &dev, 7, 4);
    settle().await;
    assert_eq!(taken().expect("it is there").node, dev.join("hidraw5"));
    // Pulled; another takes its nodes' names, and it comes back under others.
    tree.pull("1-7");
    tree.pull("1-8");
    settle().await;
    plug_speakerphone(&tree, &dev, 8, 4);
    settle().await;
    assert!(taken().is_err(), "nothing is in its socket");
    plug_speakerphone(&tree, &dev, 7, 6);
    settle().await;
    assert_eq!(taken().expect("it is there").node, dev.join("hidraw7"));
    keeping.abort();
}
