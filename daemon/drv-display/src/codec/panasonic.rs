//! Panasonic's displays and projectors: `STX PON ETX` on a serial line; over TCP 1024 a greeting, a digest where it is asked
//! for, and lines. Sources: "Commands for RS-232C / LAN" of the TH and PT series.

use super::frames::{Lines, text};
use super::{Carrier, Codec, Login};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use md5::{Digest, Md5};
use room_core::units::Percent;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// Which family; they differ in inputs and in how they repeat a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Display,
    Projector,
}

#[derive(Debug)]
pub(super) struct Panasonic {
    kind: Kind,
    carrier: Carrier,
    login: Login,
    /// Stands before each command of a connection that wants a password.
    digest: String,
    lines: Lines,
}

impl Panasonic {
    pub(super) fn new(kind: Kind, carrier: Carrier, login: Login) -> Panasonic {
        let ends: &[u8] = match carrier {
            Carrier::Serial => &[ETX],
            Carrier::Network => b"\r",
        };
        Panasonic {
            kind,
            carrier,
            login,
            digest: String::new(),
            lines: Lines::new(ends, 64),
        }
    }

    fn word(&self, request: &Request) -> Option<String> {
        let input = match self.kind {
            Kind::Display => ("IMS", "QMI"),
            Kind::Projector => ("IIS", "QIN"),
        };
        Some(match request {
            Request::AskPower => "QPW".to_owned(),
            Request::AskInput => input.1.to_owned(),
            Request::AskVolume => "QAV".to_owned(),
            Request::AskMuted => "QAM".to_owned(),
            Request::Power(Turn::On) => "PON".to_owned(),
            Request::Power(Turn::Standby) => "POF".to_owned(),
            Request::Input(code) => {
                let letters = code.as_str();
                let good = letters.len() <= 12 && letters.bytes().all(|b| b.is_ascii_graphic());
                good.then(|| format!("{}:{letters}", input.0))?
            }
            Request::Volume(volume) => format!("AVL:{:03}", volume.get()),
            Request::Muted(Muted::Yes) => "AMT:1".to_owned(),
            Request::Muted(Muted::No) => "AMT:0".to_owned(),
            Request::AskTroubles => return None,
        })
    }

    fn greeted(&mut self, greeting: &str) -> Heard {
        let mut words = greeting.split_ascii_whitespace();
        self.digest = match (words.next(), words.next()) {
            (Some("0"), None) => String::new(),
            (Some("1"), Some(random)) => {
                let Login { user, password } = &self.login;
                hex(&Md5::digest(format!("{user}:{password}:{random}")))
            }
            _ => return Heard::Nothing,
        };
        Heard::Ready
    }
}

impl Codec for Panasonic {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let word = self.word(request)?;
        Some(match self.carrier {
            Carrier::Serial => [&[STX], word.as_bytes(), &[ETX]].concat(),
            Carrier::Network => format!("{}00{word}\r", self.digest).into_bytes(),
        })
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.lines.take(bytes)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let line = match self.carrier {
            // Whatever stands before the last start is noise or half a frame.
            Carrier::Serial => frame.rsplit(|byte| *byte == STX).next().unwrap_or(&[]),
            Carrier::Network => frame,
        };
        let started = self.carrier == Carrier::Network || line.len() < frame.len();
        let Some(line) = text(line).filter(|line| started && !line.is_empty()) else {
            return Heard::Nothing;
        };
        if let Some(greeting) = line.strip_prefix("NTCONTROL ") {
            return self.greeted(greeting);
        }
        let Some(request) = under_way else {
            return Heard::Nothing;
        };
        if let Some(refusal) = refusal(line) {
            return Heard::Answer(Answer::Refused(refusal));
        }
        let line = match self.carrier {
            Carrier::Serial => line,
            Carrier::Network => line.strip_prefix("00").unwrap_or(line),
        };
        if !request.is_question() {
            return self.echo(line, request);
        }
        // Displays repeat the question before their answer, projectors do not.
        let value = match (self.word(request), line.split_once(':')) {
            (Some(question), Some((asked, value))) if asked == question => value,
            (_, Some(_)) if self.kind == Kind::Display => return Heard::Nothing,
            _ => line,
        };
        said(request, value).map_or(Heard::Nothing, Heard::Answer)
    }

    fn forget(&mut self) {
        self.lines.forget();
    }

    fn is_greeted(&self) -> bool {
        self.carrier == Carrier::Network
    }
}

impl Panasonic {
    /// A command is accepted by its own name, with or without the value.
    fn echo(&self, line: &str, request: &Request) -> Heard {
        let told = self.word(request).unwrap_or_default();
        let name = |text: &str| text.get(..3).map(str::to_owned);
        if name(line).is_some() && name(line) == name(&told) {
            Heard::Answer(Answer::Done)
        } else {
            Heard::Nothing
        }
    }
}

fn refusal(line: &str) -> Option<Refusal> {
    match line {
        "ERR1" | "ERR2" | "ERR5" => Some(Refusal::NotSupported),
        "ERR3" | "ERR4" | "ER401" | "ER402" => Some(Refusal::NotNow),
        "ERRA" | "PASSWORD ERROR" => Some(Refusal::WrongPassword),
        _ => None,
    }
}

fn said(request: &Request, value: &str) -> Option<Answer> {
    let number = || value.parse::<u16>().ok();
    match request {
        Request::AskPower => match number()? {
            0 => Some(Answer::Power(Power::Standby)),
            1 => Some(Answer::Power(Power::On)),
            2 => Some(Answer::Power(Power::Warming)),
            3 => Some(Answer::Power(Power::Cooling)),
            _ => None,
        },
        Request::AskInput => {
            let letters = value.len() <= 12 && value.bytes().all(|b| b.is_ascii_alphanumeric());
            letters.then(|| Answer::Input(InputCode::new(value)))
        }
        Request::AskVolume => {
            let loudness = u8::try_from(number()?).ok().filter(|n| *n <= 100)?;
            Some(Answer::Volume(Percent::new(loudness)))
        }
        Request::AskMuted => match number()? {
            0 => Some(Answer::Muted(Muted::No)),
            1 => Some(Answer::Muted(Muted::Yes)),
            _ => None,
        },
        _ => None,
    }
}

/// A digest as lower-case hex digits.
pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
