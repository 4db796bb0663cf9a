//! Models of displays: what a file in `boards/devices/display/` says, checked. Read here and not with the room's file,
//! because only a codec can tell whether an input can be said. Must not know where files lie.

use crate::codec::cec::ROOM;
use crate::codec::{AsciiTable, Carrier, Login, Protocol, Speech};
use crate::words::{InputCode, Request};
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How long things take. All in whole milliseconds in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// An answer later than this is none.
    pub answer: Duration,
    /// Between an answer and the next request.
    pub gap: Duration,
    /// Between telling and looking, and between looks while something shall change.
    pub settle: Duration,
    /// From "on" until it must be seen on.
    pub warm_up: Duration,
    /// From "standby" until it must be seen asleep.
    pub cool_down: Duration,
    /// Between looks when nothing shall change.
    pub poll: Duration,
}

/// A model, as values that were checked.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayModel {
    /// What people call it.
    pub title: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// Bits a second of its serial line; 8 data bits, no parity, 1 stop bit.
    pub baud: u32,
    /// Its TCP port.
    pub tcp: u16,
    /// Its inputs, by the names that a room's file uses.
    pub inputs: BTreeMap<String, InputCode>,
    /// How long things take.
    pub times: Times,
    /// It says nothing while it sleeps, so that silence is how its standby looks.
    pub silent_in_standby: bool,
    /// Its words, where they stand in the file.
    pub ascii: Option<AsciiTable>,
}

/// What is wrong with a model's file.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is no TOML, or has unknown keys or values.
    #[error("{name}.toml: {source}")]
    Unreadable {
        /// The model's name.
        name: String,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// It can be read and makes no sense.
    #[error("{name}.toml: {what}")]
    Wrong {
        /// The model's name.
        name: String,
        /// What.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    protocol: Protocol,
    /// Manuals and code that the values were read from; for people.
    sources: Vec<String>,
    #[serde(default = "usual_baud")]
    baud: u32,
    #[serde(default)]
    tcp: u16,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    times: TimesFile,
    #[serde(default)]
    silent_in_standby: bool,
    ascii: Option<AsciiTable>,
}

fn usual_baud() -> u32 {
    9600
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TimesFile {
    answer_ms: u32,
    gap_ms: u32,
    settle_ms: u32,
    warm_up_ms: u32,
    cool_down_ms: u32,
    poll_ms: u32,
}

impl Default for TimesFile {
    fn default() -> TimesFile {
        TimesFile {
            answer_ms: 1000,
            gap_ms: 100,
            settle_ms: 1000,
            warm_up_ms: 20_000,
            cool_down_ms: 10_000,
            poll_ms: 5000,
        }
    }
}

impl DisplayModel {
    /// Reads a model's file.
    ///
    /// # Errors
    /// When it is no such file, or says what its protocol has no word for.
    pub fn read(name: &str, text: &str) -> Result<DisplayModel, ModelError> {
        let file: File = toml::from_str(text).map_err(|source| ModelError::Unreadable {
            name: name.to_owned(),
            source: Box::new(source),
        })?;
        let wrong = |what: String| ModelError::Wrong {
            name: name.to_owned(),
            what,
        };
        let long = |ms: u32| Duration::from_millis(ms.into());
        let model = DisplayModel {
            title: file.title,
            protocol: file.protocol,
            baud: file.baud,
            tcp: file.tcp,
            inputs: file
                .inputs
                .iter()
                .map(|(name, code)| (name.clone(), InputCode::new(code)))
                .collect(),
            times: Times {
                answer: long(file.times.answer_ms),
                gap: long(file.times.gap_ms),
                settle: long(file.times.settle_ms),
                warm_up: long(file.times.warm_up_ms),
                cool_down: long(file.times.cool_down_ms),
                poll: long(file.times.poll_ms),
            },
            silent_in_standby: file.silent_in_standby,
            ascii: file.ascii,
        };
        if file.sources.is_empty() {
            return Err(wrong(
                "`sources` is empty: where were the values read?".into(),
            ));
        }
        model.flaw().map_or(Ok(model), |what| Err(wrong(what)))
    }

    /// The code of an input by the name that people use for it; `None` where the model has no such input.
    pub fn input(&self, name: &str) -> Option<InputCode> {
        match self.protocol {
            // Whatever it is called: the board can only be chosen by the socket it hangs on.
            Protocol::Cec => Some(InputCode::new(ROOM)),
            _ => self.inputs.get(name).cloned(),
        }
    }

    /// The built-in model of this name.
    ///
    /// # Errors
    /// Never for a model of the project: a test reads them all.
    pub fn built_in(name: &str) -> Option<Result<DisplayModel, ModelError>> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(DisplayModel::read(name, text))
    }

    fn flaw(&self) -> Option<String> {
        let Times {
            answer,
            settle,
            poll,
            ..
        } = self.times;
        if [answer, settle, poll].iter().any(Duration::is_zero) {
            return Some("`answer_ms`, `settle_ms` and `poll_ms` must be more than 0".into());
        }
        if !(1200..=230_400).contains(&self.baud) {
            return Some(format!("no line has {} bits per second", self.baud));
        }
        match (&self.ascii, self.protocol) {
            (None, Protocol::Ascii) => return Some("`ascii` is missing".into()),
            (Some(_), protocol) if protocol != Protocol::Ascii => {
                return Some(format!(
                    "`ascii` is for that protocol, not for {}",
                    protocol.name()
                ));
            }
            (Some(table), _) => {
                if let Some(flaw) = table.flaw() {
                    return Some(format!("`ascii`: {flaw}"));
                }
            }
            (None, _) => {}
        }
        let mut codec = self.speech(Carrier::Serial, 1, Login::default()).codec();
        let dumb = self
            .inputs
            .iter()
            .find(|(_, code)| codec.say(&Request::Input((*code).clone())).is_none());
        dumb.map(|(name, code)| {
            let protocol = self.protocol.name();
            format!(
                "input {name}: `{}` cannot be said in {protocol}",
                code.as_str()
            )
        })
    }

    /// What a codec must know to speak to one of these.
    pub fn speech(&self, carrier: Carrier, id: u8, login: Login) -> Speech {
        Speech {
            protocol: self.protocol,
            carrier,
            id,
            ascii: self.ascii.clone(),
            login,
        }
    }
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// Models that come with the program, by name.
        pub const BUILT_IN: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../boards/devices/display/", $name, ".toml")))),*
        ];
    };
}

built_in![
    "benq-projector",
    "cec",
    "ddc",
    "epson-projector",
    "lg-signage",
    "lg-tv",
    "nec-multisync",
    "output",
    "panasonic-projector",
    "panasonic-th",
    "philips-signage",
    "pjlink",
    "samsung-signage",
    "sharp-pn",
    "sony-bravia-ip",
    "sony-bravia-serial",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_model_of_the_project_comes_with_the_program_and_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../boards/devices/display");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let names: Vec<String> = BUILT_IN.iter().map(|(n, _)| format!("{n}.toml")).collect();
        assert_eq!(names, there);
        for (name, text) in BUILT_IN {
            let model = DisplayModel::read(name, text).unwrap();
            assert!(!model.title.is_empty());
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_by_name() {
        let said = |text: &str| DisplayModel::read("x", text).unwrap_err().to_string();
        let good = "title = \"X\"\nprotocol = \"lg\"\nsources = [\"manual\"]\n";
        assert!(DisplayModel::read("x", good).is_ok());
        assert!(said("title = 1").contains("x.toml"));
        assert!(said(&format!("{good}colour = 3\n")).contains("colour"));
        let input = format!("{good}[inputs]\nhdmi1 = \"zz\"\n");
        assert!(
            said(&input).contains("input hdmi1: `zz` cannot be said in lg"),
            "{}",
            said(&input)
        );
        assert!(said(&good.replace("\"lg\"", "\"ascii\"")).contains("`ascii` is missing"));
        assert!(said(&good.replace("[\"manual\"]", "[]")).contains("sources"));
        let slow = format!("{good}[times]\nanswer_ms = 0\n");
        assert!(said(&slow).contains("answer_ms"));
    }
}
