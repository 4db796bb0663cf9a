//! Wires that carry text: LG, Sony Simple IP, Panasonic, PJLink, Sharp.

use super::body::{Outcome, PowerState, Request};
use super::wire::Wire;
use md5::{Digest, Md5};

/// Characters up to an end.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn take(&mut self, bytes: &[u8], end: u8) -> Vec<String> {
        self.0.extend(bytes);
        let mut lines = Vec::new();
        while let Some(at) = self.0.iter().position(|byte| *byte == end) {
            let line: Vec<u8> = self.0.drain(..=at).collect();
            lines.push(String::from_utf8_lossy(&line[..at]).into_owned());
        }
        lines
    }
}

fn on(power: PowerState) -> u8 {
    u8::from(matches!(power, PowerState::On))
}

fn number(text: &str) -> u8 {
    text.trim().parse().unwrap_or(0)
}

/// LG, display 1.
#[derive(Default)]
pub(super) struct Lg(Lines);

impl Wire for Lg {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        let lines = self.0.take(bytes, b'\r');
        let requests = lines.iter().map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [command, "01", data] = words[..] else {
                return Request::Unknown;
            };
            let value = u8::from_str_radix(data, 16).unwrap_or(0);
            match (command, value) {
                ("ka", 0xFF) => Request::AskPower,
                ("xb", 0xFF) => Request::AskInput,
                ("kf", 0xFF) => Request::AskVolume,
                ("ke", 0xFF) => Request::AskMuted,
                ("ka", value) => Request::Power(value == 1),
                ("xb", value) => Request::Input(format!("{value:02X}")),
                ("kf", value) => Request::Volume(value),
                ("ke", value) => Request::Muted(value == 0),
                _ => Request::Unknown,
            }
        });
        requests.collect()
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let letter = match request {
            Request::AskPower | Request::Power(_) => 'a',
            Request::AskInput | Request::Input(_) => 'b',
            Request::AskVolume | Request::Volume(_) => 'f',
            Request::AskMuted | Request::Muted(_) => 'e',
            _ => return None,
        };
        let value = match (outcome, request) {
            (Outcome::Power(power), _) => format!("{:02x}", on(*power)),
            (Outcome::Done, Request::Power(value)) => format!("{:02x}", u8::from(*value)),
            (Outcome::Input(code), _) | (Outcome::Done, Request::Input(code)) => {
                code.to_lowercase()
            }
            (Outcome::Volume(value), _) | (Outcome::Done, Request::Volume(value)) => {
                format!("{value:02x}")
            }
            (Outcome::Muted(value), _) | (Outcome::Done, Request::Muted(value)) => {
                format!("{:02x}", u8::from(!value))
            }
            _ => return Some(format!("{letter} 01 NG00x").into_bytes()),
        };
        Some(format!("{letter} 01 OK{value}x").into_bytes())
    }
}

/// Sony Simple IP.
#[derive(Default)]
pub(super) struct SimpleIp(Lines);

impl Wire for SimpleIp {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        let lines = self.0.take(bytes, b'\n');
        let requests = lines.iter().map(|line| {
            let (Some(kind), Some(name), Some(value)) =
                (line.get(..3), line.get(3..7), line.get(7..23))
            else {
                return Request::Unknown;
            };
            match (kind, name) {
                ("*SE", "POWR") => Request::AskPower,
                ("*SE", "INPT") => Request::AskInput,
                ("*SE", "VOLU") => Request::AskVolume,
                ("*SE", "AMUT") => Request::AskMuted,
                ("*SC", "POWR") => Request::Power(number(value) == 1),
                ("*SC", "INPT") => Request::Input(value.trim_start_matches('0').to_owned()),
                ("*SC", "VOLU") => Request::Volume(number(value)),
                ("*SC", "AMUT") => Request::Muted(number(value) == 1),
                _ => Request::Unknown,
            }
        });
        requests.collect()
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let name = match request {
            Request::AskPower | Request::Power(_) => "POWR",
            Request::AskInput | Request::Input(_) => "INPT",
            Request::AskVolume | Request::Volume(_) => "VOLU",
            Request::AskMuted | Request::Muted(_) => "AMUT",
            _ => return None,
        };
        let value = match outcome {
            Outcome::Done => "0".repeat(16),
            Outcome::Power(power) => format!("{:016}", on(*power)),
            Outcome::Input(code) => format!("{code:0>16}"),
            Outcome::Volume(value) => format!("{value:016}"),
            Outcome::Muted(value) => format!("{:016}", u8::from(*value)),
            Outcome::NotNow => "N".repeat(16),
            _ => "F".repeat(16),
        };
        let answer = format!("*SA{name}{value}\n");
        // A change is announced to everybody, the one who asked for it included; "on" only once there is a picture.
        let notice = match (outcome, request) {
            (Outcome::Done, Request::Power(false)) => format!("*SNPOWR{:016}\n", 0),
            _ => String::new(),
        };
        Some((answer + &notice).into_bytes())
    }
}

/// Panasonic: a display on a serial line, or a projector on the network.
pub(super) struct Panasonic {
    lines: Lines,
    /// The password of the network; `None` on a serial line.
    password: Option<String>,
}

/// The random part of a greeting. Always the same here, so that tests repeat.
const RANDOM: &str = "09dcd4b0";

impl Panasonic {
    pub(super) fn serial() -> Panasonic {
        Panasonic {
            lines: Lines::default(),
            password: None,
        }
    }

    pub(super) fn network(password: String) -> Panasonic {
        Panasonic {
            lines: Lines::default(),
            password: Some(password),
        }
    }

    fn command<'a>(&self, line: &'a str) -> Option<&'a str> {
        match &self.password {
            None => line.rsplit('\u{2}').next(),
            Some(password) if password.is_empty() => line.strip_prefix("00"),
            Some(password) => {
                let digest = digest(&format!("admin1:{password}:{RANDOM}"));
                line.strip_prefix(&digest)?.strip_prefix("00")
            }
        }
    }
}

fn digest(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

impl Wire for Panasonic {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        let greeting = match self.password.as_deref()? {
            "" => "NTCONTROL 0\r".to_owned(),
            _ => format!("NTCONTROL 1 {RANDOM}\r"),
        };
        Some(greeting.into_bytes())
    }

    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        let end = if self.password.is_some() { b'\r' } else { 3 };
        let lines = self.lines.take(bytes, end);
        let requests = lines.iter().map(|line| {
            let Some(command) = self.command(line) else {
                return Request::Stranger;
            };
            let (name, value) = command.split_once(':').unwrap_or((command, ""));
            match name {
                "QPW" => Request::AskPower,
                "QMI" | "QIN" => Request::AskInput,
                "QAV" => Request::AskVolume,
                "QAM" => Request::AskMuted,
                "PON" => Request::Power(true),
                "POF" => Request::Power(false),
                "IMS" | "IIS" => Request::Input(value.to_owned()),
                "AVL" => Request::Volume(number(value)),
                "AMT" => Request::Muted(value == "1"),
                _ => Request::Unknown,
            }
        });
        requests.collect()
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let network = self.password.is_some();
        let value = match (outcome, request) {
            (Outcome::Power(power), _) => format!("QPW:{}", on(*power)),
            (Outcome::Input(code), _) => format!("QMI:{code}"),
            (Outcome::Volume(value), _) => format!("QAV:{value:02}"),
            (Outcome::Muted(value), _) => format!("QAM:{}", u8::from(*value)),
            (Outcome::Done, Request::Power(true)) => "PON".to_owned(),
            (Outcome::Done, Request::Power(false)) => "POF".to_owned(),
            (Outcome::Done, Request::Input(code)) => {
                format!("{}:{code}", if network { "IIS" } else { "IMS" })
            }
            (Outcome::Done, Request::Volume(value)) => format!("AVL:{value:03}"),
            (Outcome::Done, Request::Muted(value)) => format!("AMT:{}", u8::from(*value)),
            (Outcome::Stranger, _) => return Some(b"ERRA\r".to_vec()),
            (Outcome::NotNow, _) if network => return Some(b"ERR3\r".to_vec()),
            (_, _) if network => return Some(b"ERR1\r".to_vec()),
            (_, _) => "ER401".to_owned(),
        };
        if !network {
            return Some(format!("\u{2}{value}\u{3}").into_bytes());
        }
        // A projector repeats no question, and pads its power.
        let bare = match (request.is_question(), value.split_once(':')) {
            (true, Some(("QPW" | "QAV" | "QAM", value))) => format!("{value:0>3}"),
            (true, Some((_, value))) => value.to_owned(),
            _ => value,
        };
        Some(format!("00{bare}\r").into_bytes())
    }
}

/// PJLink, class 2.
pub(super) struct Pjlink {
    lines: Lines,
    password: String,
    trusted: bool,
}

const PJLINK_RANDOM: &str = "498e4a67";

impl Pjlink {
    pub(super) fn new(password: String) -> Pjlink {
        Pjlink {
            lines: Lines::default(),
            trusted: password.is_empty(),
            password,
        }
    }

    fn request(&mut self, line: &str) -> Request {
        let mut line = line;
        if !self.trusted {
            let expected = digest(&format!("{PJLINK_RANDOM}{}", self.password));
            match line.strip_prefix(&expected) {
                Some(rest) => line = rest,
                None => return Request::Stranger,
            }
            self.trusted = true;
        }
        let Some((name, value)) = line.get(2..).and_then(|rest| rest.split_once(' ')) else {
            return Request::Unknown;
        };
        match (name, value) {
            ("POWR", "?") => Request::AskPower,
            ("INPT", "?") => Request::AskInput,
            ("AVMT", "?") => Request::AskMuted,
            ("ERST", "?") => Request::AskTroubles,
            ("POWR", value) => Request::Power(value == "1"),
            ("INPT", value) => Request::Input(value.to_owned()),
            ("AVMT", value) => Request::Muted(value == "21" || value == "31"),
            _ => Request::Unknown,
        }
    }
}

impl Wire for Pjlink {
    fn greeting(&mut self) -> Option<Vec<u8>> {
        self.trusted = self.password.is_empty();
        self.lines = Lines::default();
        Some(match self.trusted {
            true => b"PJLINK 0\r".to_vec(),
            false => format!("PJLINK 1 {PJLINK_RANDOM}\r").into_bytes(),
        })
    }

    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        let lines = self.lines.take(bytes, b'\r');
        lines.iter().map(|line| self.request(line)).collect()
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let name = match request {
            Request::AskPower | Request::Power(_) => "POWR",
            Request::AskInput | Request::Input(_) => "INPT",
            Request::AskMuted | Request::Muted(_) => "AVMT",
            Request::AskTroubles => "ERST",
            Request::Stranger => return Some(b"PJLINK ERRA\r".to_vec()),
            _ => return Some(b"%1INF1=ERR1\r".to_vec()),
        };
        let value = match outcome {
            Outcome::Done => "OK".to_owned(),
            Outcome::Power(PowerState::Standby) => "0".to_owned(),
            Outcome::Power(PowerState::On) => "1".to_owned(),
            Outcome::Power(PowerState::Cooling) => "2".to_owned(),
            Outcome::Power(PowerState::Warming) => "3".to_owned(),
            Outcome::Input(code) => code.clone(),
            Outcome::Muted(true) => "21".to_owned(),
            Outcome::Muted(false) => "30".to_owned(),
            Outcome::Troubles(parts) => parts.iter().map(u8::to_string).collect(),
            Outcome::NotNow => "ERR3".to_owned(),
            _ => "ERR2".to_owned(),
        };
        Some(format!("%1{name}={value}\r").into_bytes())
    }
}

/// Sharp PN.
#[derive(Default)]
pub(super) struct Sharp(Lines);

impl Wire for Sharp {
    fn hear(&mut self, bytes: &[u8]) -> Vec<Request> {
        let lines = self.0.take(bytes, b'\r');
        let requests = lines.iter().map(|line| {
            let (Some(name), Some(value)) = (line.get(..4), line.get(4..8)) else {
                return Request::Unknown;
            };
            match (name, value) {
                ("POWR", "????") => Request::AskPower,
                ("INPS", "????") => Request::AskInput,
                ("VOLM", "????") => Request::AskVolume,
                ("MUTE", "????") => Request::AskMuted,
                ("POWR", value) => Request::Power(number(value) == 1),
                ("INPS", value) => Request::Input(number(value).to_string()),
                ("VOLM", value) => Request::Volume(number(value)),
                ("MUTE", value) => Request::Muted(number(value) == 1),
                _ => Request::Unknown,
            }
        });
        requests.collect()
    }

    fn answer(&mut self, _request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        let value = match outcome {
            // It says that it is busy before it says that it did it.
            Outcome::Done => "WAIT\r\nOK".to_owned(),
            Outcome::Power(power) => on(*power).to_string(),
            Outcome::Input(code) => code.clone(),
            Outcome::Volume(value) => value.to_string(),
            Outcome::Muted(value) => u8::from(*value).to_string(),
            _ => "ERR".to_owned(),
        };
        Some(format!("{value}\r\n").into_bytes())
    }
}
