//! The button without wires: bytes and times in, bytes out, and what it shows.
//! Pure; times are since its start.

use std::collections::VecDeque;
use std::time::Duration;
use wire::{
    ALIVE_EVERY_MS, Decoder, Frame, HostHello, HostToPuck, KEY_GIVEN_UP_MS, KEY_REPEAT_MS, Key,
    KeyKind, Message, PuckHello, PuckToHost, Received, SCHEMA, SILENT_AFTER_MS, Show, Text,
    WIRE_VERSION,
};

/// More presses than this do not wait for the host.
const MOST_PENDING: usize = 8;

fn ms(n: u32) -> Duration {
    Duration::from_millis(u64::from(n))
}

/// What a person at the table sees, and what a test wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Whether there is a host.
    pub connection: Connection,
    /// What the host said last in this session; nothing while there is no host.
    pub show: Option<Show>,
    /// Count of the last key pressed.
    pub count: u16,
    /// Count of the last key that the host took.
    pub heard: Option<u16>,
    /// How many frames were damaged.
    pub damaged: u32,
}

/// The host as the button knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Nobody, or silent for 1.5 s: the button says "no connection".
    None,
    /// A host that is understood.
    Host,
    /// A host of another version of the wire.
    OtherVersion(u8),
}

/// Why a press went nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The button says "no connection", and nothing is kept for later.
    NoConnection,
    /// Too many presses wait for the host's answer.
    TooMany,
}

struct Pending {
    key: Key,
    kind: KeyKind,
    count: u16,
    pressed: Duration,
    sent: Duration,
}

/// The button.
pub struct Model {
    firmware: Text,
    serial: Text,
    decoder: Decoder<HostToPuck>,
    connection: Connection,
    heard_at: Duration,
    said_at: Duration,
    show: Option<Show>,
    count: u16,
    heard: Option<u16>,
    pending: VecDeque<Pending>,
    damaged: u32,
}

impl Model {
    /// Switched on; answers its first bytes.
    pub fn start(serial: &str) -> (Model, Vec<u8>) {
        let mut model = Model {
            firmware: Text::cut(concat!("emulated ", env!("CARGO_PKG_VERSION"))),
            serial: Text::cut(serial),
            decoder: Decoder::new(),
            connection: Connection::None,
            heard_at: Duration::ZERO,
            said_at: Duration::ZERO,
            show: None,
            count: 0,
            heard: None,
            pending: VecDeque::new(),
            damaged: 0,
        };
        let hello = model.hello(0);
        let bytes = model.say(Duration::ZERO, &hello);
        (model, bytes)
    }

    /// What it shows.
    pub fn shown(&self) -> Shown {
        Shown {
            connection: self.connection,
            show: self.show,
            count: self.count,
            heard: self.heard,
            damaged: self.damaged,
        }
    }

    /// Takes bytes from the host; answers bytes.
    pub fn hear(&mut self, now: Duration, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for byte in bytes {
            match self.decoder.push(*byte) {
                None | Some(Ok(Received::Unknown(_))) => {}
                Some(Ok(Received::Message(message))) => out.extend(self.take(now, message)),
                Some(Err(_)) => self.damaged += 1,
            }
        }
        out
    }

    /// A finger; answers bytes, or why nothing was sent.
    pub fn press(&mut self, now: Duration, key: Key, kind: KeyKind) -> Result<Vec<u8>, NotSent> {
        if self.connection != Connection::Host {
            return Err(NotSent::NoConnection);
        }
        if self.pending.len() >= MOST_PENDING {
            return Err(NotSent::TooMany);
        }
        self.count = self.count.wrapping_add(1);
        let count = self.count;
        self.pending.push_back(Pending {
            key,
            kind,
            count,
            pressed: now,
            sent: now,
        });
        Ok(self.say(now, &PuckToHost::Key { key, kind, count }))
    }

    /// Lets time pass; answers bytes. To be called at least each 50 ms.
    pub fn tick(&mut self, now: Duration) -> Vec<u8> {
        if self.connection != Connection::None && now >= self.heard_at + ms(SILENT_AFTER_MS) {
            self.connection = Connection::None;
            self.show = None;
            self.pending.clear();
        }
        self.pending
            .retain(|key| now < key.pressed + ms(KEY_GIVEN_UP_MS));
        let mut out = Vec::new();
        for key in &mut self.pending {
            if now >= key.sent + ms(KEY_REPEAT_MS) {
                key.sent = now;
                out.extend(frame(&PuckToHost::Key {
                    key: key.key,
                    kind: key.kind,
                    count: key.count,
                }));
            }
        }
        if now >= self.said_at + ms(ALIVE_EVERY_MS) {
            out.extend(self.say(now, &PuckToHost::Alive));
        }
        out
    }

    fn take(&mut self, now: Duration, message: HostToPuck) -> Vec<u8> {
        match message {
            HostToPuck::Hello(hello) => self.greeted(now, hello),
            HostToPuck::Show(show) if self.connection == Connection::Host => {
                self.heard_at = now;
                self.show = Some(show);
                Vec::new()
            }
            HostToPuck::Heard { count } if self.connection == Connection::Host => {
                self.heard_at = now;
                self.heard = Some(count);
                self.pending.retain(|key| key.count != count);
                Vec::new()
            }
            HostToPuck::Alive if self.connection == Connection::Host => {
                self.heard_at = now;
                Vec::new()
            }
            // The host believes in a session that this button has lost: it speaks first, as after its start.
            HostToPuck::Show(_) | HostToPuck::Heard { .. } | HostToPuck::Alive => {
                let hello = self.hello(0);
                self.say(now, &hello)
            }
        }
    }

    fn greeted(&mut self, now: Duration, hello: HostHello) -> Vec<u8> {
        self.heard_at = now;
        self.pending.clear();
        self.show = None;
        self.connection = if hello.wire_version == WIRE_VERSION {
            Connection::Host
        } else {
            Connection::OtherVersion(hello.wire_version)
        };
        let answer = self.hello(hello.session);
        self.say(now, &answer)
    }

    fn hello(&self, session: u32) -> PuckToHost {
        PuckToHost::Hello(PuckHello {
            wire_version: WIRE_VERSION,
            schema: SCHEMA,
            session,
            count: self.count,
            firmware: self.firmware,
            serial: self.serial,
        })
    }

    fn say(&mut self, now: Duration, message: &PuckToHost) -> Vec<u8> {
        self.said_at = now;
        frame(message)
    }
}

fn frame<M: Message>(message: &M) -> Vec<u8> {
    Frame::of(message).map_or_else(|_| Vec::new(), |frame| frame.bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(message: HostToPuck) -> Vec<u8> {
        frame(&message)
    }

    fn said(bytes: &[u8]) -> Vec<PuckToHost> {
        let mut decoder = Decoder::<PuckToHost>::new();
        bytes
            .iter()
            .filter_map(|b| match decoder.push(*b) {
                Some(Ok(Received::Message(m))) => Some(m),
                _ => None,
            })
            .collect()
    }

    fn connected() -> Model {
        let (mut model, _) = Model::start("1");
        let answer = model.hear(ms(1), &host(HostToPuck::Hello(HostHello::new(5))));
        assert!(matches!(said(&answer)[..], [PuckToHost::Hello(h)] if h.session == 5));
        model
    }

    const PRESS: PuckToHost = PuckToHost::Key {
        key: Key::Main,
        kind: KeyKind::Short,
        count: 1,
    };

    #[test]
    fn says_no_connection_after_a_second_and_a_half_of_silence() {
        let mut model = connected();
        model.tick(ms(1500));
        assert_eq!(model.shown().connection, Connection::Host);
        model.tick(ms(1501));
        assert_eq!(model.shown().connection, Connection::None);
        let refused = model.press(ms(1502), Key::Main, KeyKind::Short);
        assert_eq!(refused, Err(NotSent::NoConnection));
    }

    #[test]
    fn repeats_a_press_until_it_is_heard() {
        let mut model = connected();
        let first = model.press(ms(10), Key::Main, KeyKind::Short).unwrap();
        assert_eq!(said(&first), [PRESS]);
        assert_eq!(said(&model.tick(ms(60))), []);
        assert_eq!(said(&model.tick(ms(110))), [PRESS]);
        model.hear(ms(120), &host(HostToPuck::Heard { count: 1 }));
        assert_eq!(said(&model.tick(ms(300))), []);
        assert_eq!(model.shown().heard, Some(1));
    }

    #[test]
    fn gives_a_press_up_before_it_would_surprise() {
        let mut model = connected();
        model.press(ms(10), Key::Main, KeyKind::Short).unwrap();
        let late = model.tick(ms(1010));
        assert_eq!(said(&late), [PuckToHost::Alive]);
    }

    #[test]
    fn a_new_host_hears_nothing_of_the_old_presses() {
        let mut model = connected();
        model.press(ms(10), Key::Main, KeyKind::Short).unwrap();
        model.hear(ms(20), &host(HostToPuck::Hello(HostHello::new(6))));
        assert_eq!(said(&model.tick(ms(400))), []);
    }

    #[test]
    fn presses_that_nobody_answers_are_bounded() {
        let mut model = connected();
        for _ in 0..MOST_PENDING {
            model.press(ms(10), Key::Mute, KeyKind::Short).unwrap();
        }
        let refused = model.press(ms(10), Key::Mute, KeyKind::Short);
        assert_eq!(refused, Err(NotSent::TooMany));
    }

    #[test]
    fn another_version_is_named() {
        let (mut model, _) = Model::start("1");
        let strange = HostHello {
            wire_version: 9,
            ..HostHello::new(5)
        };
        model.hear(ms(1), &host(HostToPuck::Hello(strange)));
        assert_eq!(model.shown().connection, Connection::OtherVersion(9));
    }
}
