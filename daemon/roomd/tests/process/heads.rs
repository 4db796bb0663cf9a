//! The real daemon and heads on every kind of line at once: a chain with a silent camera, TCP, Sony's datagrams, Pelco-D.
//! Pressed over its API; judged by the bytes that reach the emulators.

use crate::kit::{Daemon, Folder, ROOM, until};
use emulators::line::{LineServer, Site};
use emulators::pelco::{Dialect, PelcoHead, PelcoLine};
use emulators::visca::{CameraServer, Options, Quirks, preset_position};
use room_api::HeadState;
use room_core::units::Position;

/// The lectern of the emulated dome.
const DOME_LECTERN: Position = Position {
    pan: -4500,
    tilt: -250,
    zoom: 250,
};

/// Heads that work: the one called `front` shares its line with a silent one.
const ROLES: [&str; 4] = ["front", "wall", "balcony", "dome"];

struct Heads {
    chain: CameraServer,
    wall: CameraServer,
    balcony: CameraServer,
    dome: LineServer<PelcoLine>,
}

impl Heads {
    fn start(folder: &Folder) -> Heads {
        let line = Options {
            link: folder.path("kit/front"),
            baud: Some(9600),
        };
        let chain = CameraServer::chain(line, 2).unwrap();
        chain.camera(1).set_quirks(Quirks {
            mute: true,
            ..Quirks::default()
        });
        let dome = PelcoLine::new(vec![PelcoHead::new(Dialect::D, 3, false)]);
        Heads {
            chain,
            wall: CameraServer::on_network(Site::Tcp { port: 0 }).unwrap(),
            balcony: CameraServer::on_network(Site::Sony { port: 0 }).unwrap(),
            dome: dome
                .start(Site::Pty {
                    link: folder.path("kit/dome"),
                    baud: Some(2400),
                })
                .unwrap(),
        }
    }

    /// What the room's file says of them.
    fn room(&self) -> String {
        let presets = "presets = [{ number = 1, name = \"Pult\" }]";
        let (wall, balcony) = (self.wall.address(), self.balcony.address());
        format!(
            "{ROOM}[heads.rear]\nport = \"kit/front\"\nbaud = 9600\naddress = 2\n\
             [heads.wall]\nport = \"tcp://{}\"\n{presets}\n[heads.balcony]\nport = \"sony://{}\"\n{presets}\n\
             [heads.dome]\nport = \"kit/dome\"\nprotocol = \"pelco-d\"\nbaud = 2400\naddress = 3\n{presets}\n",
            wall.unwrap(),
            balcony.unwrap()
        )
    }

    fn camera(&self, role: &str) -> Option<&CameraServer> {
        match role {
            "front" => Some(&self.chain),
            "wall" => Some(&self.wall),
            "balcony" => Some(&self.balcony),
            _ => None,
        }
    }

    /// Frames that this head heard so far, in hex.
    fn heard(&self, role: &str) -> Vec<String> {
        let hex = |bytes: &[u8]| {
            let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            bytes.join(" ")
        };
        match self.camera(role) {
            Some(camera) => {
                let frames = camera.frames_since(0);
                frames.iter().map(|frame| hex(&frame.bytes)).collect()
            }
            None => self.dome.look(|line| {
                let frames = line.head(0).seen();
                frames.map(|frame| hex(&frame.bytes)).collect()
            }),
        }
    }

    fn is_moving(&self, role: &str) -> bool {
        match self.camera(role) {
            Some(camera) => camera.is_moving(),
            None => {
                let now = self.dome.elapsed();
                self.dome.look(|line| line.head(0).is_moving(now))
            }
        }
    }

    fn stands_at_preset(&self, role: &str) -> bool {
        let now = self.dome.elapsed();
        let (position, wanted) = match self.camera(role) {
            Some(camera) => (camera.position(), preset_position(1).unwrap()),
            None => {
                let dome = self.dome.look(|line| line.head(0).position(now));
                (dome, DOME_LECTERN)
            }
        };
        position.pan.abs_diff(wanted.pan) <= 8 && position.tilt.abs_diff(wanted.tilt) <= 8
    }

    fn lines(&self, plugged: bool) {
        for camera in [&self.chain, &self.wall, &self.balcony] {
            match plugged {
                true => camera.plug(),
                false => camera.unplug(),
            }
        }
        match plugged {
            true => self.dome.plug(),
            false => self.dome.unplug(),
        }
    }
}

fn state(daemon: &Daemon, role: &str) -> HeadState {
    let state = daemon.state();
    let head = state.heads.iter().find(|head| head.id == role);
    head.unwrap().state
}

/// A head that answers is seen at rest; one that never does is there, and that is all that is known.
fn all_there(daemon: &Daemon) {
    for role in ROLES {
        let there = match role {
            "dome" => HeadState::Unknown,
            _ => HeadState::Still,
        };
        until(role, || (state(daemon, role) == there).then_some(()));
    }
}

fn press_all(daemon: &Daemon, press: &str, more: &str) {
    for role in ROLES {
        let press = format!(r#"{{"press":"{press}","head":"{role}"{more}}}"#);
        assert_eq!(daemon.press(&press), 202, "{press}");
    }
}

/// How a frame begins and ends, in hex.
type Shape = (&'static str, &'static str);

const RECALL: [Shape; 4] = [
    ("81 01 04 3F 02 01", "FF"),
    ("81 01 04 3F 02 01", "FF"),
    ("81 01 04 3F 02 01", "FF"),
    ("FF 03 00 07 00 01", "0B"),
];
/// To the left, at whatever speed.
const DRIVE: [Shape; 4] = [
    ("81 01 06 01", "01 03 FF"),
    ("81 01 06 01", "01 03 FF"),
    ("81 01 06 01", "01 03 FF"),
    ("FF 03 00 04", ""),
];
const STOP: [Shape; 4] = [
    ("81 01 06 01", "03 03 FF"),
    ("81 01 06 01", "03 03 FF"),
    ("81 01 06 01", "03 03 FF"),
    ("FF 03 00 00", "00 00 03"),
];

fn heard(heads: &Heads, role: &str, (begin, end): Shape) -> usize {
    let frames = heads.heard(role);
    let fits = |frame: &&String| frame.starts_with(begin) && frame.ends_with(end);
    frames.iter().filter(fits).count()
}

fn counts(heads: &Heads, shapes: [Shape; 4]) -> [usize; 4] {
    std::array::from_fn(|at| heard(heads, ROLES[at], shapes[at]))
}

/// Waits until each head has heard such a frame once more than `before`.
fn each_hears(heads: &Heads, shapes: [Shape; 4], before: [usize; 4]) {
    for ((role, shape), before) in ROLES.into_iter().zip(shapes).zip(before) {
        let more = || (heard(heads, role, shape) > before).then_some(());
        until(&format!("{role}: {shape:?}"), more);
    }
}

fn recalls(daemon: &Daemon, heads: &Heads) {
    let before = counts(heads, RECALL);
    press_all(daemon, "head-preset", r#","number":1"#);
    each_hears(heads, RECALL, before);
    for role in ROLES {
        until(role, || heads.stands_at_preset(role).then_some(()));
    }
}

#[test]
fn heads_on_every_kind_of_line_are_moved_stopped_lost_and_found() {
    let folder = Folder::with(ROOM);
    let heads = Heads::start(&folder);
    folder.write("room.toml", &heads.room());
    let daemon = folder.start(&[]);
    all_there(&daemon);
    until("the silent camera", || {
        let state = daemon.state();
        let rear = state.heads.iter().find(|head| head.id == "rear").unwrap();
        (rear.failure.as_deref() == Some("head-no-answer")).then_some(())
    });

    recalls(&daemon, &heads);
    for role in ["front", "wall", "balcony"] {
        let arrived = || {
            let state = daemon.state();
            let head = state.heads.iter().find(|head| head.id == role)?;
            (head.at_preset == Some(1)).then_some(())
        };
        until("the preset seen", arrived);
    }
    let others = heads.chain.camera(1).frames_since(0);
    let recalled = others
        .iter()
        .any(|frame| frame.bytes.starts_with(&[0x82, 0x01, 0x04, 0x3F]));
    assert!(!recalled, "the silent camera was not meant");

    let before = counts(&heads, DRIVE);
    press_all(&daemon, "head-drive", r#","pan":-30"#);
    each_hears(&heads, DRIVE, before);
    let before = counts(&heads, STOP);
    press_all(&daemon, "head-stop", "");
    each_hears(&heads, STOP, before);
    for role in ROLES {
        until(role, || (!heads.is_moving(role)).then_some(()));
    }

    heads.lines(false);
    for role in ROLES {
        until(&format!("{role} gone"), || {
            (state(&daemon, role) == HeadState::Gone).then_some(())
        });
    }
    heads.lines(true);
    all_there(&daemon);
    recalls(&daemon, &heads);
}
