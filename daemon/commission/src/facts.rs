//! What the finders saw of a kit, as values that can be kept and compared. Knows no finder and no room.

use serde::{Deserialize, Serialize};

/// One device: what tells it from others, and where it sits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Unit {
    /// What people call it.
    pub title: String,
    /// Its socket: of USB as a room's file takes it, of a display the board's output.
    pub place: Option<String>,
    /// Its model: of USB vendor and product.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The version of what runs in it.
    pub firmware: Option<String>,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardFound {
    /// The name of its file.
    pub name: String,
    /// What people call it.
    pub title: String,
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraFound {
    /// Which.
    pub unit: Unit,
    /// The name by which a page sees it.
    pub label: String,
    /// The largest picture that it offers, in pixels.
    pub largest: Option<(u32, u32)>,
    /// Whether it is part of a device with a phone's keys: then it looks at the table.
    pub in_phone: bool,
}

/// How a room's file says where a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// By its USB socket, model and serial number.
    Usb,
    /// By a path or an address.
    Line(String),
}

/// A camera's head that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadFound {
    /// Which: of a serial line its adapter.
    pub unit: Unit,
    /// Where.
    pub at: At,
    /// What it speaks, as a room's file names it.
    pub protocol: String,
    /// Its model, as a room's file names it.
    pub model: String,
    /// Bits a second, of a serial line.
    pub baud: Option<u32>,
    /// Its number on the line.
    pub address: u8,
}

/// A line to a display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayLine {
    /// The line, as a room's file names it.
    pub line: String,
    /// The model, as a room's file names it.
    pub model: String,
}

/// A display at one of the board's outputs, or one that only its line knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayFound {
    /// Which; its place is the output.
    pub unit: Unit,
    /// Width and height in millimetres, as it says itself.
    pub size: Option<(u32, u32)>,
    /// The number of its own HDMI socket that this board hangs on.
    pub input: Option<u8>,
    /// Lines to it, the one to be preferred first.
    pub lines: Vec<DisplayLine>,
}

/// A table button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PuckFound {
    /// Which.
    pub unit: Unit,
    /// Where.
    pub at: At,
}

/// What kind of sound device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SoundKind {
    /// It has a phone's keys.
    Speakerphone,
    /// It hears and plays.
    Both,
    /// It does one of them.
    Card,
    /// The microphone of a camera.
    Webcam,
    /// What leads to a display.
    Display,
}

/// A sound device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundFound {
    /// Which.
    pub unit: Unit,
    /// What it is.
    pub kind: SoundKind,
    /// The lasting name of its first microphone.
    pub hears: Option<String>,
    /// The lasting name of its first loudspeaker.
    pub plays: Option<String>,
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The machine's name on the network.
    pub machine: String,
    /// The code that its display shows until there is a room.
    pub code: String,
    /// Its board, when it is known.
    pub board: Option<BoardFound>,
    /// Lines of the board's header, as a room's file names them.
    pub pins: Vec<String>,
    /// Cameras, in the order of their places.
    pub cameras: Vec<CameraFound>,
    /// Heads that answered.
    pub heads: Vec<HeadFound>,
    /// Displays.
    pub displays: Vec<DisplayFound>,
    /// Table buttons.
    pub pucks: Vec<PuckFound>,
    /// Sound devices.
    pub sounds: Vec<SoundFound>,
    /// Speakerphones with keys.
    pub phones: Vec<Unit>,
    /// What else is plugged in.
    pub others: Vec<Unit>,
    /// Lines at which nobody answered.
    pub silent: Vec<String>,
}

impl Unit {
    /// What tells it from all others of this machine: its place, else its serial number, else its name.
    pub fn key(&self) -> String {
        let parts = [&self.place, &self.serial];
        let known = parts.into_iter().flatten().next();
        // People answer with it, and blanks around an answer say nothing.
        known.unwrap_or(&self.title).trim().to_owned()
    }

    /// Whether both are the same unit, wherever they sit. Without serial numbers, what is of one model is taken for the same.
    pub fn is(&self, other: &Unit) -> bool {
        self.model == other.model && self.serial == other.serial && self.title == other.title
    }
}

impl At {
    /// The line, where it is one.
    pub fn line(&self) -> Option<&str> {
        match self {
            At::Usb => None,
            At::Line(line) => Some(line),
        }
    }
}

impl HeadFound {
    /// What tells it from all other heads: several may hang on one line.
    pub fn key(&self) -> String {
        let line = self
            .at
            .line()
            .map_or_else(|| self.unit.key(), str::to_owned);
        match self.address {
            1 => line,
            number => format!("{line}#{number}"),
        }
    }
}

impl DisplayFound {
    /// The board's output that it hangs on; one that only its line knows has none.
    pub fn output(&self) -> Option<&str> {
        let place = self.unit.place.as_deref()?;
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!place.is_empty() && place.chars().all(good)).then_some(place)
    }
}

impl PuckFound {
    /// What tells it from all other buttons.
    pub fn key(&self) -> String {
        self.at
            .line()
            .map_or_else(|| self.unit.key(), str::to_owned)
    }
}

impl Facts {
    /// Every unit, each once, in the order of the kinds above.
    pub fn units(&self) -> Vec<&Unit> {
        let cameras = self.cameras.iter().map(|found| &found.unit);
        let heads = self.heads.iter().map(|found| &found.unit);
        let displays = self.displays.iter().map(|found| &found.unit);
        let pucks = self.pucks.iter().map(|found| &found.unit);
        let sounds = self.sounds.iter().map(|found| &found.unit);
        let all = cameras.chain(heads).chain(displays).chain(pucks);
        let all = all.chain(sounds).chain(&self.phones).chain(&self.others);
        let mut once: Vec<&Unit> = Vec::new();
        for unit in all {
            if !once.iter().any(|known| known.key() == unit.key()) {
                once.push(unit);
            }
        }
        once
    }
}
