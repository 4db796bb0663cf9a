//! PJLink, class 1 and what class 2 adds for the same questions: lines over TCP 4352, a digest where a password is set.
//! Source: JBMIA "PJLink Specifications" 2.10, sections 2 to 5.

use super::Codec;
use super::Login;
use super::frames::{Lines, text};
use super::panasonic::hex;
use crate::words::{Answer, Health, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use md5::{Digest, Md5};

/// The longest line, by the specification.
const MOST: usize = 136;

#[derive(Debug)]
pub(super) struct Pjlink {
    login: Login,
    /// Stands before the first command of a connection that wants a password.
    digest: Option<String>,
    lines: Lines,
}

impl Pjlink {
    pub(super) fn new(login: Login) -> Pjlink {
        Pjlink {
            login,
            digest: None,
            lines: Lines::new(b"\r\n", MOST),
        }
    }

    fn greeted(&mut self, greeting: &str) -> Heard {
        let mut words = greeting.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("0"), None) => self.digest = None,
            (Some("1"), Some(random)) => {
                let secret = format!("{random}{}", self.login.password);
                self.digest = Some(hex(&Md5::digest(secret)));
            }
            (Some("ERRA"), None) => {
                return Heard::Answer(Answer::Refused(Refusal::WrongPassword));
            }
            _ => return Heard::Nothing,
        }
        Heard::Ready
    }
}

impl Codec for Pjlink {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let name = name_of(request)?;
        let value = match request {
            Request::Power(Turn::On) => "1",
            Request::Power(Turn::Standby) => "0",
            Request::Input(code) => code.as_str(),
            Request::Muted(Muted::Yes) => "21",
            Request::Muted(Muted::No) => "20",
            _ => "?",
        };
        // Inputs with a letter came with class 2; both are two characters.
        let valid = value == "?" || value.len() <= 2;
        if !valid || !value.bytes().all(|b| b.is_ascii_graphic()) || value.is_empty() {
            return None;
        }
        let class = match request {
            Request::Input(code) if !code.as_str().bytes().all(|b| b.is_ascii_digit()) => 2,
            _ => 1,
        };
        let digest = self.digest.take().unwrap_or_default();
        Some(format!("{digest}%{class}{name} {value}\r").into_bytes())
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.lines.take(bytes)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some(line) = text(frame) else {
            return Heard::Nothing;
        };
        if let Some(greeting) = line.strip_prefix("PJLINK ") {
            return self.greeted(greeting);
        }
        // `%1POWR=1`
        let parts = line
            .strip_prefix(['%'])
            .and_then(|rest| rest.get(1..))
            .and_then(|rest| rest.split_once('='));
        let Some((name, value)) = parts else {
            return Heard::Nothing;
        };
        let asked = under_way.filter(|request| name_of(request) == Some(name));
        let Some(request) = asked else {
            return Heard::Nothing;
        };
        let answer = match value {
            "ERR1" | "ERR2" => Answer::Refused(Refusal::NotSupported),
            "ERR3" => Answer::Refused(Refusal::NotNow),
            "ERR4" => Answer::Refused(Refusal::Failed),
            "ERRA" => Answer::Refused(Refusal::WrongPassword),
            "OK" if !request.is_question() => Answer::Done,
            value => match said(request, value) {
                Some(answer) => answer,
                None => return Heard::Nothing,
            },
        };
        Heard::Answer(answer)
    }

    fn forget(&mut self) {
        self.lines.forget();
    }

    fn is_greeted(&self) -> bool {
        true
    }
}

/// Volume can only be stepped in class 2, which is no absolute command, so there is none.
fn name_of(request: &Request) -> Option<&'static str> {
    match request {
        Request::AskPower | Request::Power(_) => Some("POWR"),
        Request::AskInput | Request::Input(_) => Some("INPT"),
        Request::AskMuted | Request::Muted(_) => Some("AVMT"),
        Request::AskTroubles => Some("ERST"),
        Request::AskVolume | Request::Volume(_) => None,
    }
}

fn said(request: &Request, value: &str) -> Option<Answer> {
    match (request, value) {
        (Request::AskPower, "0") => Some(Answer::Power(Power::Standby)),
        (Request::AskPower, "1") => Some(Answer::Power(Power::On)),
        (Request::AskPower, "2") => Some(Answer::Power(Power::Cooling)),
        (Request::AskPower, "3") => Some(Answer::Power(Power::Warming)),
        (Request::AskInput, code) => {
            let good = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric());
            good.then(|| Answer::Input(InputCode::new(code)))
        }
        (Request::AskMuted, "21" | "31") => Some(Answer::Muted(Muted::Yes)),
        (Request::AskMuted, "11" | "30") => Some(Answer::Muted(Muted::No)),
        (Request::AskTroubles, digits) => {
            let mut parts = [Health::Good; 6];
            if digits.len() != parts.len() {
                return None;
            }
            for (part, digit) in parts.iter_mut().zip(digits.bytes()) {
                *part = match digit {
                    b'0' => Health::Good,
                    b'1' => Health::Warning,
                    b'2' => Health::Error,
                    _ => return None,
                };
            }
            Some(Answer::Troubles(parts))
        }
        _ => None,
    }
}
