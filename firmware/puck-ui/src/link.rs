//! The button's side of the conversation: sessions, presses that wait for an answer, and silence.
//! Knows the wire; neither keys as pins nor what is shown.

use core::time::Duration;
use heapless::Deque;
use wire::{
    ALIVE_EVERY_MS, Decoder, Display, Face, Frame, HostHello, HostToPuck, KEY_GIVEN_UP_MS,
    KEY_REPEAT_MS, Key, KeyKind, Light, Line, PuckHello, PuckToHost, Received, SCHEMA,
    SILENT_AFTER_MS, Scene, Show, Text, Tongue, WIRE_VERSION, schema_hash,
};

/// More presses than this do not wait for the host.
const MOST_PENDING: usize = 8;

const fn ms(n: u32) -> Duration {
    Duration::from_millis(n as u64)
}

/// A host that says nothing for so long is gone. A turn of the loop and the display take the rest of the second and a half
/// within which people are told: a coloured display is written anew in less than 90 ms. Two pauses of a host of ours fit in.
pub const GONE_AFTER: Duration = ms(SILENT_AFTER_MS - 100);

/// The host as the button knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Nobody, or silent for 1.5 s.
    None,
    /// A host that is understood.
    Host,
    /// A host of another version of the wire.
    OtherVersion(u8),
}

/// Why a press went nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// There is no host, and nothing is kept for later.
    NoConnection,
    /// Too many presses wait for the host's answer.
    TooMany,
}

#[derive(Debug, Clone)]
struct Pending {
    key: Key,
    kind: KeyKind,
    count: u16,
    pressed: Duration,
    send_at: Duration,
}

impl Pending {
    fn message(&self) -> PuckToHost {
        PuckToHost::Key {
            key: self.key,
            kind: self.kind,
            count: self.count,
        }
    }
}

/// What a link tells about presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Unconfirmed(pub bool);

/// What a button says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub firmware: Text,
    pub serial: Text,
    pub display: Display,
    pub line: Line,
}

#[derive(Debug, Clone)]
pub(crate) struct Link {
    identity: Identity,
    trouble: Option<Text>,
    tongue: Tongue,
    decoder: Decoder<HostToPuck>,
    connection: Connection,
    session: u32,
    heard_at: Duration,
    alive_at: Duration,
    hello_due: Option<u32>,
    built_due: bool,
    trouble_due: bool,
    loader: bool,
    face: Option<Face>,
    count: u16,
    taken: Option<u16>,
    pending: Deque<Pending, MOST_PENDING>,
    damaged: u32,
}

impl Link {
    pub fn new(identity: Identity, tongue: Tongue, trouble: Option<Text>) -> Link {
        Link {
            identity,
            trouble,
            tongue,
            decoder: Decoder::new(),
            connection: Connection::None,
            session: 0,
            heard_at: Duration::ZERO,
            alive_at: ms(ALIVE_EVERY_MS),
            hello_due: Some(0),
            built_due: false,
            trouble_due: false,
            loader: false,
            face: None,
            count: 0,
            taken: None,
            pending: Deque::new(),
            damaged: 0,
        }
    }

    /// Takes one byte of the line; tells of presses that a new session makes void.
    pub fn hear(&mut self, at: Duration, byte: u8) -> Unconfirmed {
        match self.decoder.push(byte) {
            None | Some(Ok(Received::Unknown(_))) => Unconfirmed(false),
            Some(Ok(Received::Message(message))) => self.take(at, message),
            Some(Ok(Received::Foreign(version))) => self.greeted_by_other(at, version),
            Some(Err(_)) => {
                self.damaged = self.damaged.saturating_add(1);
                Unconfirmed(false)
            }
        }
    }

    pub fn take(&mut self, at: Duration, message: HostToPuck) -> Unconfirmed {
        match message {
            HostToPuck::Hello(hello) => return self.greeted(at, hello),
            // The host believes in a session that this button has lost: it speaks first, as after its start.
            _ if self.connection != Connection::Host => self.hello_due = Some(0),
            HostToPuck::Show(show) => self.show(at, self.faced(show)),
            HostToPuck::Face(face) => self.show(at, face),
            HostToPuck::Heard { count } => {
                self.heard_at = at;
                self.taken = Some(count);
                self.pending.retain(|key| key.count != count);
            }
            HostToPuck::Alive => self.heard_at = at,
            HostToPuck::Loader { session } => {
                self.heard_at = at;
                self.loader |= session == self.session;
            }
        }
        Unconfirmed(false)
    }

    fn show(&mut self, at: Duration, face: Face) {
        self.heard_at = at;
        self.tongue = face.tongue;
        self.face = Some(face);
    }

    /// A host of an older schema says less.
    fn faced(&self, show: Show) -> Face {
        Face {
            ring: show.ring,
            mic: show.mic,
            scene: match show.mic {
                wire::Mic::Open => Scene::Call,
                _ => Scene::Free,
            },
            tongue: self.tongue,
            light: Light::Full,
            minutes: show.minutes,
            headline: show.line_one,
            detail: show.line_two,
            action: Text::EMPTY,
            trouble: Text::EMPTY,
        }
    }

    fn greeted(&mut self, at: Duration, hello: HostHello) -> Unconfirmed {
        self.connection = Connection::Host;
        self.session = hello.session;
        self.built_due = true;
        self.trouble_due = self.last_words().is_some();
        self.begin(at, hello.session)
    }

    fn greeted_by_other(&mut self, at: Duration, version: u8) -> Unconfirmed {
        self.connection = Connection::OtherVersion(version);
        self.begin(at, 0)
    }

    fn begin(&mut self, at: Duration, session: u32) -> Unconfirmed {
        self.heard_at = at;
        self.hello_due = Some(session);
        self.face = None;
        self.forget_pending()
    }

    fn forget_pending(&mut self) -> Unconfirmed {
        let any = !self.pending.is_empty();
        self.pending.clear();
        Unconfirmed(any)
    }

    /// Sends a press, once it is asked for frames; answers its count.
    pub fn press(&mut self, at: Duration, key: Key, kind: KeyKind) -> Result<u16, NotSent> {
        if self.connection(at) != Connection::Host {
            return Err(NotSent::NoConnection);
        }
        let count = self.count.wrapping_add(1);
        let pending = Pending {
            key,
            kind,
            count,
            pressed: at,
            send_at: at,
        };
        self.pending
            .push_back(pending)
            .map_err(|_| NotSent::TooMany)?;
        self.count = count;
        Ok(count)
    }

    /// Lets time pass; tells of presses that nobody confirmed.
    pub fn tick(&mut self, at: Duration) -> Unconfirmed {
        if self.connection(at) == Connection::None && self.connection != Connection::None {
            self.connection = Connection::None;
            self.face = None;
            return self.forget_pending();
        }
        let before = self.pending.len();
        self.pending
            .retain(|key| at < key.pressed + ms(KEY_GIVEN_UP_MS));
        Unconfirmed(self.pending.len() < before)
    }

    /// The next frame to send, until there is none.
    pub fn say(&mut self, at: Duration) -> Option<Frame> {
        let message = self.message(at)?;
        self.alive_at = at + ms(ALIVE_EVERY_MS);
        Frame::of(&message).ok()
    }

    fn message(&mut self, at: Duration) -> Option<PuckToHost> {
        if let Some(session) = self.hello_due.take() {
            return Some(self.hello(session));
        }
        if core::mem::take(&mut self.built_due) {
            return Some(self.built());
        }
        if core::mem::take(&mut self.trouble_due) {
            return self.last_words();
        }
        if let Some(key) = self.pending.iter_mut().find(|key| at >= key.send_at) {
            key.send_at = at + ms(KEY_REPEAT_MS);
            return Some(key.message());
        }
        (at >= self.alive_at).then_some(PuckToHost::Alive)
    }

    fn hello(&self, session: u32) -> PuckToHost {
        PuckToHost::Hello(PuckHello {
            wire_version: WIRE_VERSION,
            schema: SCHEMA,
            hash: schema_hash(),
            session,
            count: self.count,
            firmware: self.identity.firmware,
            serial: self.identity.serial,
        })
    }

    fn built(&self) -> PuckToHost {
        PuckToHost::Built {
            display: self.identity.display,
            line: self.identity.line,
        }
    }

    #[cfg(not(feature = "tomorrow"))]
    fn last_words(&self) -> Option<PuckToHost> {
        self.trouble.map(PuckToHost::Trouble)
    }

    #[cfg(feature = "tomorrow")]
    fn last_words(&self) -> Option<PuckToHost> {
        Some(PuckToHost::Tomorrow(self.trouble.unwrap_or(Text::EMPTY)))
    }

    /// When a host that stays silent is gone.
    pub fn due(&self, at: Duration) -> Option<Duration> {
        let gone_at = self.heard_at + GONE_AFTER;
        let is_here = self.connection != Connection::None && at < gone_at;
        is_here.then_some(gone_at)
    }

    /// The host now, whether or not the passing of time has been told.
    pub fn connection(&self, at: Duration) -> Connection {
        match at >= self.heard_at + GONE_AFTER {
            true => Connection::None,
            false => self.connection,
        }
    }

    /// What the host wants shown, as long as it is there.
    pub fn face(&self, at: Duration) -> Option<&Face> {
        let here = self.connection(at) == Connection::Host;
        self.face.as_ref().filter(|_| here)
    }

    pub fn tongue(&self) -> Tongue {
        self.tongue
    }

    pub fn loader(&self) -> bool {
        self.loader
    }

    pub fn count(&self) -> u16 {
        self.count
    }

    pub fn taken(&self) -> Option<u16> {
        self.taken
    }

    pub fn damaged(&self) -> u32 {
        self.damaged
    }
}
