//! Reading a line word by word, and the word tables that reading and printing share.

use room_core::event::{EndReason, Key, KeyPress, Origin};
use room_core::event::{JoinStep, PersonNeeded, Trouble, WaitingFor};
use room_core::hand::{Consent, PageKey};
use room_core::units::{Percent, Switch};

/// What a reader says about a line that it does not understand.
pub type Doubt = String;

/// The words of one line.
pub struct Words<'a> {
    words: std::vec::IntoIter<&'a str>,
}

impl<'a> Words<'a> {
    /// Splits at white space.
    pub fn new(text: &'a str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        Words {
            words: words.into_iter(),
        }
    }

    /// The next word.
    pub fn next(&mut self, what: &str) -> Result<&'a str, Doubt> {
        self.words
            .next()
            .ok_or_else(|| format!("{what} is missing"))
    }

    /// The next word, if it is this one.
    pub fn eat(&mut self, word: &str) -> bool {
        let next = self.words.as_slice().first() == Some(&word);
        if next {
            self.words.next();
        }
        next
    }

    /// The next word without taking it.
    pub fn peek(&self) -> Option<&'a str> {
        self.words.as_slice().first().copied()
    }

    /// The next word through a reader.
    pub fn read<T>(&mut self, what: &str, reader: impl Fn(&str) -> Option<T>) -> Result<T, Doubt> {
        let word = self.next(what)?;
        reader(word).ok_or_else(|| format!("{word:?} is no {what}"))
    }

    /// The next word from a table.
    pub fn pick<T: Copy>(&mut self, what: &str, table: &[(&str, T)]) -> Result<T, Doubt> {
        self.read(what, |word| value_of(table, word))
    }

    /// Nothing must be left.
    pub fn end(mut self) -> Result<(), Doubt> {
        match self.words.next() {
            None => Ok(()),
            Some(word) => Err(format!("{word:?} is too much")),
        }
    }
}

/// The value of a word.
pub fn value_of<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
}

/// The word of a value; every value must have one.
pub fn word_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    let found = table.iter().find(|(_, v)| v == value);
    found.map_or("?", |(word, _)| *word)
}

/// A number from 0 to 100.
pub fn read_percent(word: &str) -> Option<Percent> {
    word.parse().ok().map(Percent::new)
}

/// Switches.
pub const SWITCH: &[(&str, Switch)] = &[("open", Switch::Open), ("closed", Switch::Closed)];

/// Where a finger was.
pub const ORIGIN: &[(&str, Origin)] = &[
    ("panel", Origin::Panel),
    ("puck", Origin::Puck),
    ("button", Origin::Button),
    ("console", Origin::Console),
    ("fleet", Origin::Fleet),
];

/// Keys of a button.
pub const KEY: &[(&str, Key)] = &[("main", Key::Main), ("mute", Key::Mute)];

/// How long a key was pressed.
pub const KEY_PRESS: &[(&str, KeyPress)] = &[("short", KeyPress::Short), ("long", KeyPress::Long)];

/// Steps of entering.
pub const STEP: &[(&str, JoinStep)] = &[
    ("asking", JoinStep::Asking),
    ("opening", JoinStep::Opening),
    ("filling", JoinStep::FillingIn),
    ("knocking", JoinStep::Knocking),
];

/// Whom one waits for.
pub const WHOM: &[(&str, WaitingFor)] = &[
    ("host", WaitingFor::Host),
    ("lobby", WaitingFor::Lobby),
    ("hold", WaitingFor::Hold),
];

/// What a person is needed for.
pub const NEED: &[(&str, PersonNeeded)] = &[
    ("captcha", PersonNeeded::Captcha),
    ("login", PersonNeeded::Login),
    ("registration", PersonNeeded::Registration),
    ("consent", PersonNeeded::Consent(None)),
    (
        "consent-recording",
        PersonNeeded::Consent(Some(Consent::Recording)),
    ),
    (
        "consent-transcript",
        PersonNeeded::Consent(Some(Consent::Transcript)),
    ),
    ("consent-terms", PersonNeeded::Consent(Some(Consent::Terms))),
    ("bot-wall", PersonNeeded::BotWall),
    ("breakout", PersonNeeded::Breakout),
    ("presence", PersonNeeded::Presence),
];

/// What consent is asked for.
pub const CONSENT: &[(&str, Consent)] = &[
    ("recording", Consent::Recording),
    ("transcript", Consent::Transcript),
    ("terms", Consent::Terms),
];

/// Keys that pass to a page.
pub const PAGE_KEY: &[(&str, PageKey)] = &[
    ("tab", PageKey::Tab),
    ("back-tab", PageKey::BackTab),
    ("enter", PageKey::Enter),
    ("escape", PageKey::Escape),
    ("backspace", PageKey::Backspace),
    ("delete", PageKey::Delete),
    ("up", PageKey::Up),
    ("down", PageKey::Down),
    ("left", PageKey::Left),
    ("right", PageKey::Right),
    ("space", PageKey::Space),
];

/// Trouble in a call.
pub const TROUBLE: &[(&str, Trouble)] = &[
    ("network", Trouble::Network),
    ("frozen", Trouble::Frozen),
    ("crashed", Trouble::PageCrashed),
    ("sound-lost", Trouble::SoundLost),
];

/// Ends of a call.
pub const END: &[(&str, EndReason)] = &[
    ("left", EndReason::Left),
    ("by-host", EndReason::EndedByHost),
    ("removed", EndReason::Removed),
    ("denied", EndReason::Denied),
    ("time-limit", EndReason::TimeLimit),
    ("page-gone", EndReason::PageGone),
];
