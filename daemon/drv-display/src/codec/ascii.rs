//! Displays whose words stand in a file: Sharp, Epson, BenQ and others that speak lines of text.
//! Must not know any of them.

use super::Codec;
use super::frames::text;
use crate::words::{Answer, Heard, InputCode, Muted, Power, Refusal, Request, Turn};
use room_core::units::Percent;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The longest answer that is believed.
const MOST: usize = 128;

/// Requests and answers of one model, as its file says. In requests `{}` stands for the value, `{4}` for at least four
/// characters of it, filled with zeros, `{4 }` for four filled with blanks behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsciiTable {
    /// The characters that end an answer, each alone.
    ends: String,
    /// Answers that accept a command.
    done: Vec<String>,
    /// Answers that say nothing yet.
    #[serde(default)]
    ignored: Vec<String>,
    /// Answers that refuse.
    #[serde(default)]
    refused: BTreeMap<String, Word>,
    power: Pair,
    input: Pair,
    #[serde(default)]
    volume: Pair,
    #[serde(default)]
    muted: Pair,
}

/// Why an answer refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    NotSupported,
    NotNow,
    WrongPassword,
    Failed,
}

/// What to say about one quantity, and what is said back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    /// Sets it.
    #[serde(default)]
    tell: Option<String>,
    /// Asks for it.
    #[serde(default)]
    ask: Option<String>,
    /// Stands before and behind the value in an answer, around `{}`.
    #[serde(default)]
    answer: Option<String>,
    /// What values mean: `on`, `standby`, `warming`, `cooling`; `yes`, `no`. Inputs and volumes mean themselves.
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// The value to tell for a meaning, where several mean it.
    #[serde(default)]
    told: BTreeMap<String, String>,
}

impl AsciiTable {
    /// Whether an acceptance carries no value at all.
    fn done_alone(&self, line: &str) -> bool {
        [&self.power, &self.input, &self.volume, &self.muted]
            .iter()
            .all(|pair| pair.answer.is_none() || pair.value(line).is_none())
    }

    /// What would make its codec dumb.
    pub(crate) fn flaw(&self) -> Option<String> {
        let says = |text: &str| Some(text.to_owned());
        if self.ends.is_empty() || !self.ends.is_ascii() {
            return says("`ends` needs at least one ASCII character");
        }
        if self.power.tell.is_none() || self.power.ask.is_none() {
            return says("`power` needs `tell` and `ask`");
        }
        for (pair, names) in [
            (
                &self.power,
                ["on", "standby", "warming", "cooling"].as_slice(),
            ),
            (&self.muted, &["yes", "no"]),
        ] {
            if let Some(value) = pair.values.values().find(|v| !names.contains(&v.as_str())) {
                return Some(format!("`{value}` is none of {}", names.join(", ")));
            }
            let told = names[..2].iter().all(|name| pair.code(name).is_some());
            if pair.tell.is_some() && !told {
                return Some(format!("`values` needs {} and {}", names[0], names[1]));
            }
        }
        None
    }
}

impl Pair {
    /// What stands on the wire for a meaning.
    fn code(&self, meaning: &str) -> Option<&str> {
        let found = self.values.iter().find(|(_, known)| *known == meaning);
        let told = self.told.get(meaning).map(String::as_str);
        told.or(found.map(|(code, _)| code.as_str()))
    }

    fn meaning(&self, code: &str) -> Option<&str> {
        let mut known = self.values.iter();
        let found = known.find(|(known, _)| known.eq_ignore_ascii_case(code));
        found.map(|(_, meaning)| meaning.as_str())
    }

    fn say(&self, value: &str) -> Option<Vec<u8>> {
        fill(self.tell.as_deref()?, value).map(String::into_bytes)
    }

    fn asked(&self) -> Option<Vec<u8>> {
        self.ask.clone().map(String::into_bytes)
    }

    /// The value in an answer.
    fn value<'a>(&self, line: &'a str) -> Option<&'a str> {
        let (before, behind) = self.answer.as_deref().unwrap_or("{}").split_once("{}")?;
        let value = line.strip_prefix(before)?.strip_suffix(behind)?.trim();
        (!value.is_empty()).then_some(value)
    }
}

/// Puts a value into its place; `None` when it has none there or does not fit.
fn fill(shape: &str, value: &str) -> Option<String> {
    let (before, rest) = shape.split_once('{')?;
    let (how, behind) = rest.split_once('}')?;
    let width: usize = match how.trim_end() {
        "" => 0,
        digits => digits.parse().ok().filter(|width| *width <= 16)?,
    };
    if !value.is_ascii() || value.bytes().any(|b| b.is_ascii_control()) {
        return None;
    }
    if width > 0 && value.len() > width {
        return None;
    }
    let filled = if how.ends_with(' ') {
        format!("{value:<width$}")
    } else {
        format!("{value:0>width$}")
    };
    Some(format!("{before}{filled}{behind}"))
}

#[derive(Debug)]
pub(super) struct Ascii {
    table: AsciiTable,
    bytes: Vec<u8>,
}

impl Ascii {
    pub(super) fn new(table: AsciiTable) -> Ascii {
        Ascii {
            table,
            bytes: Vec::new(),
        }
    }
}

impl Codec for Ascii {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        let AsciiTable {
            power,
            input,
            volume,
            muted,
            ..
        } = &self.table;
        match request {
            Request::AskPower => power.asked(),
            Request::AskInput => input.asked(),
            Request::AskVolume => volume.asked(),
            Request::AskMuted => muted.asked(),
            Request::AskTroubles => None,
            Request::Power(Turn::On) => power.say(power.code("on")?),
            Request::Power(Turn::Standby) => power.say(power.code("standby")?),
            Request::Input(code) => input.say(code.as_str()),
            Request::Volume(loudness) => volume.say(&loudness.get().to_string()),
            Request::Muted(Muted::Yes) => muted.say(muted.code("yes")?),
            Request::Muted(Muted::No) => muted.say(muted.code("no")?),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for byte in bytes {
            if self.table.ends.as_bytes().contains(byte) {
                let line = core::mem::take(&mut self.bytes);
                // The end alone is a whole answer where the file lists it as one, such as Epson's colon.
                let alone = char::from(*byte).to_string();
                if line.is_empty() && self.table.done.contains(&alone) {
                    found.push(vec![*byte]);
                } else if !line.is_empty() && line.len() < MOST {
                    found.push(line);
                }
            } else if self.bytes.len() < MOST {
                self.bytes.push(*byte);
            }
        }
        found
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let (Some(request), Some(line)) = (under_way, text(frame)) else {
            return Heard::Nothing;
        };
        if let Some(word) = self.table.refused.get(line) {
            return Heard::Answer(Answer::Refused(match word {
                Word::NotSupported => Refusal::NotSupported,
                Word::NotNow => Refusal::NotNow,
                Word::WrongPassword => Refusal::WrongPassword,
                Word::Failed => Refusal::Failed,
            }));
        }
        let is_one_of = |list: &[String]| list.iter().any(|known| known == line);
        if is_one_of(&self.table.ignored) {
            return Heard::Nothing;
        }
        match (is_one_of(&self.table.done), request.is_question()) {
            (true, false) => return Heard::Answer(Answer::Done),
            // Some repeat the question's own form, which then is an answer too.
            (true, true) if self.table.done_alone(line) => return Heard::Nothing,
            (false, false) => return Heard::Nothing,
            (_, true) => {}
        }
        self.said(request, line)
            .map_or(Heard::Nothing, Heard::Answer)
    }

    fn forget(&mut self) {
        self.bytes.clear();
    }
}

impl Ascii {
    fn said(&self, request: &Request, line: &str) -> Option<Answer> {
        let table = &self.table;
        match request {
            Request::AskPower => {
                let value = table.power.value(line)?;
                Some(Answer::Power(match table.power.meaning(value)? {
                    "on" => Power::On,
                    "standby" => Power::Standby,
                    "warming" => Power::Warming,
                    "cooling" => Power::Cooling,
                    _ => return None,
                }))
            }
            Request::AskInput => Some(Answer::Input(InputCode::new(table.input.value(line)?))),
            Request::AskVolume => {
                let loudness: u8 = table.volume.value(line)?.parse().ok()?;
                (loudness <= 100).then(|| Answer::Volume(Percent::new(loudness)))
            }
            Request::AskMuted => {
                let value = table.muted.value(line)?;
                Some(Answer::Muted(match table.muted.meaning(value)? {
                    "yes" => Muted::Yes,
                    "no" => Muted::No,
                    _ => return None,
                }))
            }
            _ => None,
        }
    }
}
