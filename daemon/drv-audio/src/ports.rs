//! What the two ports under the room's sound can be asked, and what they report: cards with their switches (ALSA), and the graph
//! above them (PipeWire). Types and traits only; knows no preference of a device, no policy, no file.
//!
//! Invariant: every command is absolute, and none is answered: what came of it is seen, and comes as a fact, as does what
//! somebody else changed.

use core::fmt;
use core::future::Future;
use room_core::failure::{SoundFailure, SoundFinding};
use room_core::units::{Percent, Switch};

/// One direction of a device, stable over restarts, other cards and new kernels: made of the USB socket, the serial number and the
/// place on the card, or the name of a node that no card is behind. A card that hears and plays has two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// Wraps the text as it stands.
    pub fn new(text: impl Into<String>) -> DeviceId {
        DeviceId(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which way sound goes through a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Into the room's machine: a microphone.
    Capture,
    /// Out of it: a loudspeaker.
    Playback,
}

/// A microphone or loudspeaker that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which one.
    pub id: DeviceId,
    /// Whether it hears or plays.
    pub direction: Direction,
    /// What its driver calls it; of a USB device, its product name.
    pub name: String,
    /// Where it sits on USB; `None` for what is part of the board, and for nodes without a card.
    pub usb: Option<Usb>,
    /// The daemon's own links that lead to it, by their names, such as `sound-table`.
    pub links: Vec<String>,
    /// How the graph reaches it, for as long as it stays plugged in.
    pub place: Place,
}

/// A place on USB and what sits there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usb {
    /// The controller's own name and the ports, such as `0000:00:14.0/3.2`.
    pub socket: String,
    /// Vendor and product.
    pub model: (u16, u16),
    /// The serial number, when it has one.
    pub serial: Option<String>,
}

/// How the graph reaches a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `hw:CARD,DEVICE` of ALSA. Numbers change with every plug.
    Pcm {
        /// The card's number.
        card: u32,
        /// The device's number on it.
        device: u32,
    },
    /// A node that is in the graph already, by its `node.name`.
    Node(String),
}

/// A level or an amplification in hundredths of a decibel, as ALSA counts. Levels are of full scale by AES17: a full sine is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Db(pub i32);

impl fmt::Display for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} dB", f64::from(self.0) / 100.0)
    }
}

/// A card's own switch for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardSwitch {
    /// The card has none: nobody can close it in hardware.
    Absent,
    /// It has one that cannot be read now.
    Unread,
    /// Read back. Closed means that every channel is.
    Is(Switch),
}

/// A card's own amplification for one direction, as read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardGain {
    /// In decibels, when the card says how many.
    pub db: Option<Db>,
    /// Within its own range.
    pub share: Percent,
}

/// What the cards can be asked. A device that is not there is nobody's business, and nothing comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardOrder {
    /// Every channel of the device's switch.
    Switch(DeviceId, Switch),
    /// Every channel of the device's amplification, to the nearest step that is not louder.
    Gain(DeviceId, Db),
    /// Look at everything anew, and report it as if for the first time.
    Look,
}

/// What is seen at the cards. All of it comes once by itself after the begin, and whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardFact {
    /// Every device that is there now; a list without a device says that it is gone. The first fact of all, empty or not.
    Devices(Vec<Found>),
    /// A device's switch.
    Switch(DeviceId, CardSwitch),
    /// A device's amplification; nothing is said of one that has none.
    Gain(DeviceId, CardGain),
    /// An order, or looking at it, did not succeed.
    Failed(DeviceId, SoundFailure),
}

/// What conferences, the SIP client and preflight see instead of devices: nodes that stay while the hardware under them changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// "Room microphone", a source.
    Microphone,
    /// "Room loudspeaker", a sink.
    Loudspeaker,
    /// The second output (hearing loop, recorder, foyer): plays what the loudspeaker plays.
    Second,
}

impl Role {
    /// Every one.
    pub const ALL: [Role; 3] = [Role::Microphone, Role::Loudspeaker, Role::Second];

    /// What devices for it do.
    pub fn direction(self) -> Direction {
        match self {
            Role::Microphone => Direction::Capture,
            Role::Loudspeaker | Role::Second => Direction::Playback,
        }
    }
}

/// Whether the room's own canceller works between microphone and conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canceller {
    /// Sound passes as it comes.
    Off,
    /// Echo, noise and gain are ours.
    On,
}

/// What the graph can be asked. What was asked last holds, also over a server that was gone and over [`GraphOrder::Rebuild`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphOrder {
    /// This device for that role, while whoever uses the role goes on; `None`: silence.
    Use(Role, Option<Found>),
    /// The role's own mute. A closed one lets nothing through, and no sample that came before.
    Switch(Role, Switch),
    /// The role's own loudness.
    Volume(Role, Percent),
    /// The room's own canceller.
    Cancel(Canceller),
    /// Take everything between roles and devices away and make it anew; whoever uses a role stays.
    Rebuild,
}

/// What is seen in the graph. What holds comes by itself after each [`GraphFact::Up`], and whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphFact {
    /// The server runs and has the roles' nodes; everything else follows.
    Up,
    /// It does not: whatever was seen is not known any more. It is started again without being asked.
    Down(SoundFailure),
    /// Every device that no card is behind: null sinks of a demo, network sound.
    Nodes(Vec<Found>),
    /// What a role is linked with: sound runs between the two; `None`: with nothing.
    Using(Role, Option<DeviceId>),
    /// A role's own mute.
    Switch(Role, Switch),
    /// A role's own loudness.
    Volume(Role, Percent),
    /// A device cannot be used for a role.
    Failed(Role, DeviceId, SoundFailure),
    /// Whether the room's own canceller works.
    Cancels(Canceller),
    /// [`GraphOrder::Rebuild`] was done; what is seen now follows.
    Rebuilt,
    /// What is heard at a role, at most ten times a second.
    Level(Level),
    /// Something begins or ceases to be wrong with what is heard at a role.
    Finding {
        /// Where.
        role: Role,
        /// What.
        finding: SoundFinding,
        /// Whether it is so now.
        holds: bool,
    },
}

/// What was heard at a role since the last one. Figures, never sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Where.
    pub role: Role,
    /// Root mean square.
    pub rms: Db,
    /// The highest sample.
    pub peak: Db,
    /// Short-term loudness by EBU R128, in hundredths of LUFS, when there is enough to say so.
    pub loudness: Option<Db>,
}

/// The cards of the machine. One owner: whoever runs the room's sound.
pub trait Cards: Send {
    /// Asks for something and never waits.
    fn order(&mut self, order: CardOrder);

    /// The next fact, in the order in which they were seen. May be dropped while it waits, and no fact is lost by that.
    /// `None`: there will never be another one.
    fn next(&mut self) -> impl Future<Output = Option<CardFact>> + Send;
}

/// The room's sound graph. One owner: whoever runs the room's sound.
pub trait Graph: Send {
    /// Asks for something and never waits.
    fn order(&mut self, order: GraphOrder);

    /// The next fact, in the order in which they were seen. May be dropped while it waits, and no fact is lost by that.
    /// `None`: there will never be another one.
    fn next(&mut self) -> impl Future<Output = Option<GraphFact>> + Send;
}
