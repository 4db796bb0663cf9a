//! What can be asked of a display and told to it, and what it can say, whatever it speaks.
//! Must not know bytes or lines.

use core::fmt;
use room_core::units::Percent;

/// What a display's power is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// It shows a picture, or would.
    On,
    /// It sleeps and listens.
    Standby,
    /// On its way to on.
    Warming,
    /// On its way to standby.
    Cooling,
}

/// What a display's power shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Show a picture.
    On,
    /// Sleep.
    Standby,
}

impl Power {
    /// Whether this is what was wanted.
    pub fn is(self, turn: Turn) -> bool {
        matches!(
            (self, turn),
            (Power::On, Turn::On) | (Power::Standby, Turn::Standby)
        )
    }

    /// Whether it changes by itself now.
    pub fn is_between(self) -> bool {
        matches!(self, Power::Warming | Power::Cooling)
    }
}

/// Whether sound is silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Muted {
    /// Nothing is heard.
    Yes,
    /// Sound is heard.
    No,
}

/// An input by the code of the display's own protocol: hex digits where it is bytes, else as it is written.
#[derive(Clone, Eq)]
pub struct InputCode(Box<str>);

/// Displays say codes in other cases than they take them.
impl PartialEq for InputCode {
    fn eq(&self, other: &InputCode) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl InputCode {
    /// Without blanks: so codes from files and from displays compare.
    pub fn new(code: &str) -> InputCode {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        InputCode(code.into())
    }

    /// These bytes as hex digits.
    pub fn of_bytes(bytes: &[u8]) -> InputCode {
        let text: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        InputCode(text.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes that its hex digits mean; `None` when they are none.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if !self.0.is_ascii() || self.0.is_empty() || self.0.len() % 2 == 1 {
            return None;
        }
        (0..self.0.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&self.0[at..at + 2], 16).ok())
            .collect()
    }

    /// The only byte that its hex digits mean.
    pub fn byte(&self) -> Option<u8> {
        match self.bytes()?.as_slice() {
            [byte] => Some(*byte),
            _ => None,
        }
    }
}

impl fmt::Debug for InputCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing to say to a display. Absolute: nothing turns around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What is your power?
    AskPower,
    /// Which input do you show?
    AskInput,
    /// How loud are you?
    AskVolume,
    /// Are you silenced?
    AskMuted,
    /// What is wrong with you?
    AskTroubles,
    /// Be on, or sleep.
    Power(Turn),
    /// Show this input.
    Input(InputCode),
    /// Be this loud.
    Volume(Percent),
    /// Be silent, or be heard.
    Muted(Muted),
}

impl Request {
    /// Be this loud; more than 100 percent become 100.
    pub fn volume(percent: u8) -> Request {
        Request::Volume(Percent::new(percent))
    }

    /// Whether it only asks.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Request::AskPower
                | Request::AskInput
                | Request::AskVolume
                | Request::AskMuted
                | Request::AskTroubles
        )
    }
}

/// Why a display did not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It does not know this, or this value.
    NotSupported,
    /// Not in this state: it sleeps, warms up or cools down.
    NotNow,
    /// It does not accept the password.
    WrongPassword,
    /// It tried and could not, or does not say why.
    Failed,
}

/// How a part of a projector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Good.
    Good,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

/// The parts that a projector reports on, in the order of PJLink's `ERST`.
pub const PARTS: [&str; 6] = ["fan", "lamp", "temperature", "cover", "filter", "other"];

/// Something that a display said about itself, or about what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It accepted what it was told. Whether it does it is another matter.
    Done,
    /// Its power.
    Power(Power),
    /// Its input.
    Input(InputCode),
    /// Its loudness.
    Volume(Percent),
    /// Whether it is silenced.
    Muted(Muted),
    /// Its parts, as [`PARTS`].
    Troubles([Health; 6]),
    /// It did not.
    Refused(Refusal),
}

/// What a frame from a display means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It ends what is under way.
    Answer(Answer),
    /// It was said unasked.
    Notice(Answer),
    /// The line is ready for requests now.
    Ready,
    /// The display asks us; these bytes answer it.
    Reply(Vec<u8>),
    /// A whole frame without meaning here.
    Nothing,
}
