//! All that a commissioning remembers, as one text after each step, and what of it a report or another room keeps.
//! Knows no file.

use crate::facts::Facts;
use crate::named::Named;
use crate::proof::{Proof, Proven};
use crate::roles::Role;
use crate::topic::Topic;
use crate::words::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form of the text; another one is refused and not guessed at.
const VERSION: u32 = 1;

/// A commissioning at any point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// In which language the room speaks: `de` or `en`.
    pub language: String,
    /// What was found.
    pub facts: Facts,
    /// What a person named because nothing finds it.
    #[serde(default)]
    pub named: Vec<Named>,
    /// The room that this one is like.
    pub template: Option<Template>,
    /// Answers by the keys of their topics.
    pub answers: BTreeMap<String, String>,
    /// So many of them a person gave.
    pub given: u32,
    /// Seconds that it took so far, interruptions left out.
    pub took: u64,
    /// What was proven.
    pub proofs: Vec<Proven>,
    /// Whether the room's file was written.
    pub written: bool,
}

/// What one room passes on to another of the same kit: nothing that is its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Answers that hold for each room of the kit.
    pub answers: BTreeMap<String, String>,
    /// Its roles.
    pub roles: Vec<Role>,
}

/// The installation as the report tells it: what later comparisons start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// The room's name.
    pub room: String,
    /// When it was written, in seconds since 1970.
    pub at: i64,
    /// `de` or `en`.
    pub language: String,
    /// What was found.
    pub facts: Facts,
    /// Who does what.
    pub roles: Vec<Role>,
    /// Answers that hold for each room of the kit.
    pub answers: BTreeMap<String, String>,
    /// So many answers a person gave.
    pub given: u32,
    /// Seconds that it took, interruptions left out.
    pub took: u64,
    /// What was proven.
    pub proofs: Vec<Proven>,
    /// Titles of devices that a room's file cannot describe.
    pub refused: Vec<String>,
    /// Limits of the room's file, by the names of their keys.
    pub limits: BTreeMap<String, String>,
}

/// A text is no state, or no record, of this version.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no such text at all.
    #[error("it is damaged, or something else: {0}")]
    Damaged(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("it was written by a version that counts {0} where this one counts {VERSION}")]
    Version(u32),
}

impl State {
    /// A commissioning that begins.
    pub fn new(language: Language, facts: Facts, template: Option<Template>) -> State {
        State {
            version: VERSION,
            language: language.tag().to_owned(),
            facts,
            named: Vec::new(),
            template,
            answers: BTreeMap::new(),
            given: 0,
            took: 0,
            proofs: Vec::new(),
            written: false,
        }
    }

    /// Reads what [`State::text`] wrote.
    ///
    /// # Errors
    /// When it is damaged or of another version.
    pub fn read(text: &str) -> Result<State, Unreadable> {
        let state: State = serde_json::from_str(text)?;
        match state.version {
            VERSION => Ok(state),
            other => Err(Unreadable::Version(other)),
        }
    }

    /// As one text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The language.
    pub fn language(&self) -> Language {
        spoken(&self.language)
    }

    /// What was answered.
    pub fn answer(&self, topic: &Topic) -> Option<&str> {
        self.answers.get(&topic.to_string()).map(String::as_str)
    }

    /// What came of a proof.
    pub fn proven(&self, proof: &Proof) -> Option<&Proven> {
        self.proofs.iter().find(|proven| proven.proof == *proof)
    }
}

fn spoken(tag: &str) -> Language {
    match tag {
        "en" => Language::En,
        _ => Language::De,
    }
}

/// Whether an answer holds for each room of a kit. Names, calendars and whoever looks at lamps are a room's own.
fn is_shared(key: &str) -> bool {
    match Topic::parse(key) {
        Some(Topic::Help | Topic::Join | Topic::Hosts | Topic::Fittings | Topic::Presets(_)) => {
            true
        }
        Some(
            Topic::Name
            | Topic::Calendar
            | Topic::CalendarUser
            | Topic::Front
            | Topic::Main
            | Topic::Loudspeaker
            | Topic::Microphone
            | Topic::Roles
            | Topic::Aimed(..)
            | Topic::LampSeen(_)
            | Topic::DisplaySeen(_),
        )
        | None => false,
    }
}

impl Record {
    /// What stays of a finished commissioning. The calendar's link, which may be a secret, does not.
    pub fn of(state: &State, room: &str, at: i64) -> Record {
        let shared = state.answers.iter().filter(|(key, _)| is_shared(key));
        Record {
            version: VERSION,
            room: room.to_owned(),
            at,
            language: state.language.clone(),
            facts: state.facts.clone(),
            roles: Vec::new(),
            answers: shared
                .map(|(key, answer)| (key.clone(), answer.clone()))
                .collect(),
            given: state.given,
            took: state.took,
            refused: Vec::new(),
            proofs: state.proofs.clone(),
            limits: BTreeMap::new(),
        }
    }

    /// Reads what [`Record::text`] wrote.
    ///
    /// # Errors
    /// When it is damaged or of another version.
    pub fn read(text: &str) -> Result<Record, Unreadable> {
        let record: Record = serde_json::from_str(text)?;
        match record.version {
            VERSION => Ok(record),
            other => Err(Unreadable::Version(other)),
        }
    }

    /// As one text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The language.
    pub fn language(&self) -> Language {
        spoken(&self.language)
    }

    /// What it passes on to another room.
    pub fn template(&self) -> Template {
        Template {
            answers: self.answers.clone(),
            roles: self.roles.clone(),
        }
    }
}
