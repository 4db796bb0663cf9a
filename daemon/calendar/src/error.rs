//! Owns what can go wrong with a calendar: errors that refuse a text whole, and problems that a text survives.
//! Both can be said to people in German and English.

use std::fmt;

use thiserror::Error;

/// One sentence in both languages of the product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    /// English, with a capital and a full stop.
    pub en: String,
    /// German, the same.
    pub de: String,
}

impl Sentence {
    /// Joins the two translations.
    pub fn new(en: impl Into<String>, de: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            de: de.into(),
        }
    }
}

/// A text that cannot be used as a calendar at all. The caller keeps its last good copy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The text is longer than [`crate::parse::MAX_TEXT_BYTES`].
    #[error("the calendar is {bytes} bytes long, more than the {limit} allowed")]
    TooLarge {
        /// Length of what was given.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// No `BEGIN:VCALENDAR` and no event in it.
    #[error("this is not an iCalendar text: no BEGIN:VCALENDAR ({seen})")]
    NotCalendar {
        /// What it looks like instead.
        seen: LooksLike,
    },
    /// More events than [`crate::parse::MAX_EVENTS`].
    #[error("the calendar holds more than {limit} events")]
    TooManyEvents {
        /// The bound.
        limit: usize,
    },
}

/// What a text that is no calendar most probably is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksLike {
    /// Nothing but white space.
    Empty,
    /// A web page, mostly a log-in page.
    WebPage,
    /// JSON.
    Json,
    /// Bytes that are no text.
    Binary,
    /// Anything else.
    OtherText,
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::WebPage => "it looks like a web page, perhaps a log-in page",
            Self::Json => "it looks like JSON",
            Self::Binary => "it is not text",
            Self::OtherText => "it is some other text",
        })
    }
}

impl ParseError {
    /// The sentence for people.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::TooLarge { bytes, limit } => Sentence::new(
                format!(
                    "The calendar is too large ({} MB, at most {} MB).",
                    bytes >> 20,
                    limit >> 20
                ),
                format!(
                    "Der Kalender ist zu groß ({} MB, höchstens {} MB).",
                    bytes >> 20,
                    limit >> 20
                ),
            ),
            Self::NotCalendar { .. } => Sentence::new(
                "The calendar address does not deliver a calendar.",
                "Die Kalenderadresse liefert keinen Kalender.",
            ),
            Self::TooManyEvents { limit } => Sentence::new(
                format!("The calendar holds more than {limit} entries."),
                format!("Der Kalender enthält mehr als {limit} Einträge."),
            ),
        }
    }
}

/// Something odd that a calendar survives. The rest of the calendar is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The text ends before `END:VCALENDAR`; complete entries before this line were read.
    HalfFile {
        /// The last line that could be used, counted from 1.
        line: usize,
    },
    /// A line longer than [`crate::parse::MAX_LINE_BYTES`] was left out.
    LineTooLong {
        /// Where it starts, counted from 1.
        line: usize,
    },
    /// An entry longer than [`crate::parse::MAX_EVENT_BYTES`] was left out.
    EventTooLarge {
        /// Where it starts, counted from 1.
        line: usize,
    },
    /// An entry without a usable start was left out.
    NoStart {
        /// Its UID.
        uid: String,
    },
    /// A zone that nobody knows; the room's own was used.
    UnknownZone {
        /// Its name.
        name: String,
    },
    /// A repetition that could not be understood; only the first date is shown.
    RuleNotUnderstood {
        /// UID of the series.
        uid: String,
        /// What is wrong.
        detail: String,
    },
    /// A series with more dates in the window than allowed; the first ones are shown.
    TooManyDates {
        /// UID of the series.
        uid: String,
    },
    /// A series that costs too much to work out; only its first date and its changed dates are shown.
    RuleTooCostly {
        /// UID of the series.
        uid: String,
    },
    /// More meetings in the window than [`crate::MAX_MEETINGS`]; the earliest are shown.
    TooManyMeetings,
}

impl Problem {
    /// The sentence for people.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::HalfFile { line } => Sentence::new(
                format!("The calendar was cut off after line {line}; complete entries are used."),
                format!(
                    "Der Kalender bricht nach Zeile {line} ab; vollständige Einträge werden verwendet."
                ),
            ),
            Self::LineTooLong { line } => Sentence::new(
                format!("Line {line} of the calendar is too long and was left out."),
                format!("Zeile {line} des Kalenders ist zu lang und wurde ausgelassen."),
            ),
            Self::EventTooLarge { line } => Sentence::new(
                format!("The entry at line {line} is too large and was left out."),
                format!("Der Eintrag ab Zeile {line} ist zu groß und wurde ausgelassen."),
            ),
            Self::NoStart { .. } => Sentence::new(
                "An entry without a start was left out.",
                "Ein Eintrag ohne Beginn wurde ausgelassen.",
            ),
            Self::UnknownZone { name } => Sentence::new(
                format!("The time zone \"{name}\" is unknown; the room's own is used."),
                format!("Die Zeitzone \"{name}\" ist unbekannt; es gilt die des Raums."),
            ),
            Self::RuleNotUnderstood { detail, .. } => Sentence::new(
                format!(
                    "A repetition was not understood ({detail}); only its first date is shown."
                ),
                format!(
                    "Eine Wiederholung ist unverständlich ({detail}); nur der erste Termin wird gezeigt."
                ),
            ),
            Self::TooManyDates { .. } => Sentence::new(
                "A series has too many dates; only the first ones are shown.",
                "Eine Serie hat zu viele Termine; nur die ersten werden gezeigt.",
            ),
            Self::RuleTooCostly { .. } => Sentence::new(
                "A repetition is too costly to work out; only its first date is shown.",
                "Eine Wiederholung ist zu aufwendig; nur der erste Termin wird gezeigt.",
            ),
            Self::TooManyMeetings => Sentence::new(
                "There are too many meetings; only the earliest are shown.",
                "Es gibt zu viele Termine; nur die frühesten werden gezeigt.",
            ),
        }
    }
}
