//! The host's side of the conversation, without I/O or clock: bytes and times in, frames and facts out.
//! Knows no port; times are since the line's opening.

use room_core::event::{Key, KeyPress};
use std::time::Duration;
use wire::{
    ALIVE_EVERY_MS, Decoder, Display, Face, Frame, HostHello, HostToPuck, KeyKind, PuckHello,
    PuckToHost, Received, SILENT_AFTER_MS, Text,
};

const ALIVE_EVERY: Duration = Duration::from_millis(ALIVE_EVERY_MS as u64);
const SILENT_AFTER: Duration = Duration::from_millis(SILENT_AFTER_MS as u64);
/// The button's sign of life is answered with ours, so that one waking serves both; without it, ours goes out this much later.
/// Two such pauses fit into the button's patience.
const LATE: Duration = Duration::from_millis(150);

/// The first schema whose buttons understand [`HostToPuck::Face`].
const KNOWS_FACES: u8 = 2;
/// The first schema whose buttons say [`PuckToHost::Built`].
pub(crate) const SAYS_ITS_BUILD: u8 = 3;

/// What follows from a byte, a wish or the passing of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Put this on the line.
    Send(Frame),
    /// The button is there and understood.
    Here(PuckHello),
    /// Which display the button is built for.
    Built(Display),
    /// The button is silent.
    Silent,
    /// The button speaks another version of the wire.
    Foreign(u8),
    /// A key was pressed, once.
    Pressed(Key, KeyPress),
    /// A key that this build does not know was pressed.
    UnknownKey,
    /// Why the button's firmware ended before this start.
    Trouble(Text),
    /// A frame was damaged or unknown, and passed over.
    PassedOver,
}

enum Phase {
    /// Said hello, not answered.
    Greeting,
    /// Understood; the count of the last key, and the schema of the button.
    Open { count: u16, schema: u8 },
}

/// One opening of a line.
pub(crate) struct Session {
    id: u32,
    phase: Phase,
    decoder: Decoder<PuckToHost>,
    face: Option<Face>,
    heard_at: Duration,
    said_at: Duration,
    told: Told,
}

#[derive(PartialEq)]
enum Told {
    Nothing,
    Here,
    Silent,
    Foreign(u8),
}

impl Session {
    /// Begins, and says the first frame. `id` should differ from that of earlier openings.
    pub(crate) fn begin(id: u32, face: Option<Face>, steps: &mut Vec<Step>) -> Session {
        let mut session = Session {
            id,
            phase: Phase::Greeting,
            decoder: Decoder::new(),
            face,
            heard_at: Duration::ZERO,
            said_at: Duration::ZERO,
            told: Told::Nothing,
        };
        session.greet(Duration::ZERO, steps);
        session
    }

    /// When [`Session::tick`] is due.
    pub(crate) fn due(&self) -> Duration {
        let speak = self.speaks_at();
        match self.told {
            Told::Silent | Told::Foreign(_) => speak,
            Told::Nothing | Told::Here => speak.min(self.heard_at + SILENT_AFTER),
        }
    }

    /// Takes bytes from the line.
    pub(crate) fn hear(&mut self, now: Duration, bytes: &[u8], steps: &mut Vec<Step>) {
        for byte in bytes {
            match self.decoder.push(*byte) {
                None => {}
                Some(Ok(Received::Message(message))) => self.take(now, message, steps),
                Some(Ok(Received::Foreign(version))) => self.greeted_by_other(version, steps),
                Some(Ok(Received::Unknown(_))) | Some(Err(_)) => steps.push(Step::PassedOver),
            }
        }
        let is_open = matches!(self.phase, Phase::Open { .. });
        if is_open && self.heard_at == now && now >= self.said_at + ALIVE_EVERY / 2 {
            self.say(now, self.sign_of_life(), steps);
        }
    }

    /// Shows this from now on.
    pub(crate) fn show(&mut self, now: Duration, face: Face, steps: &mut Vec<Step>) {
        self.face = Some(face);
        if let Phase::Open { schema, .. } = self.phase {
            self.say(now, said_to(schema, face), steps);
        }
    }

    /// Lets time pass.
    pub(crate) fn tick(&mut self, now: Duration, steps: &mut Vec<Step>) {
        if now >= self.heard_at + SILENT_AFTER {
            self.fell_silent(now, steps);
        }
        if now >= self.speaks_at() {
            match self.phase {
                Phase::Greeting => self.greet(now, steps),
                Phase::Open { .. } => self.say(now, self.sign_of_life(), steps),
            }
        }
    }

    /// What is shown, again: on a line that loses frames a lamp would otherwise go on with what is no longer true.
    fn sign_of_life(&self) -> HostToPuck {
        match (self.face, &self.phase) {
            (Some(face), Phase::Open { schema, .. }) => said_to(*schema, face),
            (_, Phase::Greeting) | (None, _) => HostToPuck::Alive,
        }
    }

    fn speaks_at(&self) -> Duration {
        match self.phase {
            Phase::Greeting => self.said_at + ALIVE_EVERY,
            Phase::Open { .. } => self.said_at + ALIVE_EVERY + LATE,
        }
    }

    fn take(&mut self, now: Duration, message: PuckToHost, steps: &mut Vec<Step>) {
        match (message, &self.phase) {
            (PuckToHost::Hello(hello), _) => self.greeted(now, hello, steps),
            (
                PuckToHost::Key { key, kind, count },
                Phase::Open {
                    count: last,
                    schema,
                },
            ) => {
                let (fresh, schema) = (is_newer(count, *last), *schema);
                self.heard_at = now;
                self.say(now, HostToPuck::Heard { count }, steps);
                if fresh {
                    self.phase = Phase::Open { count, schema };
                    steps.push(pressed(key, kind));
                }
            }
            (PuckToHost::Alive, Phase::Open { .. }) => self.heard_at = now,
            (PuckToHost::Built { display, .. }, Phase::Open { .. }) => {
                self.heard_at = now;
                steps.push(Step::Built(display));
            }
            (PuckToHost::Trouble(why), Phase::Open { .. }) => {
                self.heard_at = now;
                steps.push(Step::Trouble(why));
            }
            // Of an older session: void.
            (_, Phase::Greeting) => {}
        }
    }

    fn greeted_by_other(&mut self, version: u8, steps: &mut Vec<Step>) {
        self.phase = Phase::Greeting;
        self.tell(Told::Foreign(version), Step::Foreign(version), steps);
    }

    fn greeted(&mut self, now: Duration, hello: PuckHello, steps: &mut Vec<Step>) {
        if hello.session != self.id {
            // It has just started, or an answer was under way for very long: a new session, at once.
            if let Phase::Open { .. } = self.phase {
                self.renew();
                self.greet(now, steps);
            }
            return;
        }
        self.heard_at = now;
        let PuckHello { count, schema, .. } = hello;
        self.phase = Phase::Open { count, schema };
        self.tell(Told::Here, Step::Here(hello), steps);
        if let Some(face) = self.face {
            self.say(now, said_to(schema, face), steps);
        }
    }

    fn fell_silent(&mut self, now: Duration, steps: &mut Vec<Step>) {
        if let Phase::Open { .. } = self.phase {
            self.renew();
            self.greet(now, steps);
        }
        if !matches!(self.told, Told::Foreign(_)) {
            self.tell(Told::Silent, Step::Silent, steps);
        }
    }

    fn renew(&mut self) {
        self.phase = Phase::Greeting;
        self.id = self.id.wrapping_add(1).max(1);
    }

    fn greet(&mut self, now: Duration, steps: &mut Vec<Step>) {
        self.say(now, HostToPuck::Hello(HostHello::new(self.id)), steps);
    }

    fn say(&mut self, now: Duration, message: HostToPuck, steps: &mut Vec<Step>) {
        self.said_at = now;
        if let Ok(frame) = Frame::of(&message) {
            steps.push(Step::Send(frame));
        }
    }

    fn tell(&mut self, told: Told, step: Step, steps: &mut Vec<Step>) {
        if self.told != told {
            self.told = told;
            steps.push(step);
        }
    }
}

/// An older button shows less.
fn said_to(schema: u8, face: Face) -> HostToPuck {
    match schema {
        0..KNOWS_FACES => HostToPuck::Show(face.plain()),
        _ => HostToPuck::Face(face),
    }
}

/// Counts wrap; less than half the circle ahead is newer.
fn is_newer(count: u16, last: u16) -> bool {
    let ahead = count.wrapping_sub(last);
    ahead != 0 && ahead < 0x8000
}

fn pressed(key: wire::Key, kind: KeyKind) -> Step {
    let key = match key {
        wire::Key::Main => Key::Main,
        wire::Key::Mute => Key::Mute,
        wire::Key::Other(_) => return Step::UnknownKey,
    };
    match kind {
        KeyKind::Short => Step::Pressed(key, KeyPress::Short),
        KeyKind::Long => Step::Pressed(key, KeyPress::Long),
        KeyKind::Other(_) => Step::UnknownKey,
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "both_sides_tests.rs"]
mod both_sides;
