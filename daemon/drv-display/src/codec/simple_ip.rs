//! Sony's Simple IP Control: 24 bytes, `*S`, kind, four letters, sixteen characters, line feed. TCP 20060.
//! Source: Sony "Simple IP control" of the BRAVIA Professional Displays knowledge centre.

use super::Codec;
use super::frames::{Cut, Window};
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;

const FRAME: usize = 24;

#[derive(Debug)]
pub(super) struct SimpleIp {
    window: Window,
}

impl SimpleIp {
    pub(super) fn new() -> SimpleIp {
        SimpleIp {
            window: Window::default(),
        }
    }
}

impl Codec for SimpleIp {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let name = name_of(request)?;
        let value = match request {
            Request::Power(Turn::On) | Request::Muted(Muted::Yes) => "1".to_owned(),
            Request::Power(Turn::Standby) | Request::Muted(Muted::No) => "0".to_owned(),
            Request::Volume(volume) => volume.get().to_string(),
            Request::Input(code) => {
                let digits = code.as_str();
                let good = digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_digit());
                good.then(|| digits.to_owned())?
            }
            _ => return Some(format!("*SE{name}{:#<16}\n", "").into_bytes()),
        };
        Some(format!("*SC{name}{value:0>16}\n").into_bytes())
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.window.take(bytes, cut)
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some(text) = core::str::from_utf8(frame).ok().filter(|t| t.is_ascii()) else {
            return Heard::Nothing;
        };
        let (Some(kind), Some(name), Some(value)) =
            (text.get(2..3), text.get(3..7), text.get(7..23))
        else {
            return Heard::Nothing;
        };
        if kind == "N" {
            return said(name, value).map_or(Heard::Nothing, Heard::Notice);
        }
        let asked = under_way.filter(|request| name_of(request) == Some(name));
        let (Some(request), "A") = (asked, kind) else {
            return Heard::Nothing;
        };
        let all = |c: char| value.chars().all(|other| other == c);
        let answer = if all('F') {
            Answer::Refused(Refusal::Failed)
        } else if all('N') {
            Answer::Refused(Refusal::NotNow)
        } else if !request.is_question() {
            Answer::Done
        } else {
            match said(name, value) {
                Some(answer) => answer,
                None => return Heard::Nothing,
            }
        };
        Heard::Answer(answer)
    }

    fn forget(&mut self) {
        self.window.forget();
    }
}

fn cut(bytes: &[u8]) -> Cut {
    let begins = bytes
        .iter()
        .zip(b"*S")
        .all(|(byte, expected)| byte == expected);
    // A line feed where none may stand: the rest of the frame was lost.
    let broken = bytes.iter().position(|byte| *byte == b'\n');
    match (begins, broken) {
        (false, _) => Cut::Skip,
        (true, Some(at)) if at + 1 != FRAME => Cut::Skip,
        (true, None) if bytes.len() >= FRAME => Cut::Skip,
        (true, Some(_)) => Cut::Frame(FRAME),
        (true, None) => Cut::More,
    }
}

fn name_of(request: &Request) -> Option<&'static str> {
    match request {
        Request::AskPower | Request::Power(_) => Some("POWR"),
        Request::AskInput | Request::Input(_) => Some("INPT"),
        Request::AskVolume | Request::Volume(_) => Some("VOLU"),
        Request::AskMuted | Request::Muted(_) => Some("AMUT"),
        Request::AskTroubles => None,
    }
}

fn said(name: &str, value: &str) -> Option<Answer> {
    if name == "INPT" {
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        return digits.then(|| Answer::Input(InputCode::new(value.trim_start_matches('0'))));
    }
    let number: u64 = value.parse().ok()?;
    match (name, number) {
        ("POWR", 0) => Some(Answer::Power(Power::Standby)),
        ("POWR", 1) => Some(Answer::Power(Power::On)),
        ("VOLU", 0..=100) => Some(Answer::Volume(Percent::new(
            u8::try_from(number).unwrap_or(100),
        ))),
        ("AMUT", 0) => Some(Answer::Muted(Muted::No)),
        ("AMUT", 1) => Some(Answer::Muted(Muted::Yes)),
        _ => None,
    }
}
