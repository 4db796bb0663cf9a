//! What a person is asked, under keys that files of answers use. Knows neither order nor answers.

use crate::words::{Language, Says, Values};
use core::fmt;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What the room is called.
    Name,
    /// Whom people call when something fails.
    Help,
    /// Who starts a call.
    Join,
    /// Which conference hosts the room may open.
    Hosts,
    /// Where bookings are read.
    Calendar,
    /// The account at the calendar's server.
    CalendarUser,
    /// Which camera is the front one.
    Front,
    /// Which display is the main one.
    Main,
    /// Which loudspeaker a person in the room hears.
    Loudspeaker,
    /// Which microphone hears a person in the room.
    Microphone,
    /// Whether the proposed roles are right.
    Roles,
    /// Lamps and buttons on lines of the board.
    Fittings,
    /// Names of a head's presets.
    Presets(String),
    /// Whether a head looks where this preset shall look.
    Aimed(String, u8),
    /// Whether a lamp was seen lit.
    LampSeen(String),
    /// Whether a display was seen to show this board's picture.
    DisplaySeen(String),
}

/// What an answer looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Words.
    Text,
    /// Words, or nothing.
    MayBeEmpty,
    /// `yes` or `no`.
    YesNo,
    /// One of these.
    Choice(Vec<Choice>),
    /// Some of these, with commas between, or nothing.
    LeaveOut(Vec<Choice>),
}

/// One of several answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is answered.
    pub word: String,
    /// What it means.
    pub label: String,
}

impl Choice {
    /// Whether it stands for a device, and not for none of them.
    pub fn is_device(&self) -> bool {
        self.word != crate::roles::NONE
    }
}

/// A question, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub topic: Topic,
    /// What is asked.
    pub text: String,
    /// What helps to answer at a terminal.
    pub hint: String,
    /// The same for whoever answers on a page.
    pub page: String,
    /// What an answer looks like.
    pub form: Form,
    /// The answer that is taken when nothing is said.
    pub proposal: Option<String>,
}

impl Topic {
    /// Reads a key.
    pub fn parse(key: &str) -> Option<Topic> {
        let plain = match key {
            "name" => Topic::Name,
            "help" => Topic::Help,
            "join" => Topic::Join,
            "hosts" => Topic::Hosts,
            "calendar" => Topic::Calendar,
            "calendar-user" => Topic::CalendarUser,
            "front" => Topic::Front,
            "main" => Topic::Main,
            "loudspeaker" => Topic::Loudspeaker,
            "microphone" => Topic::Microphone,
            "roles" => Topic::Roles,
            "fittings" => Topic::Fittings,
            _ => return Topic::of_a_role(key),
        };
        Some(plain)
    }

    fn of_a_role(key: &str) -> Option<Topic> {
        let role = |rest: &str| (!rest.is_empty()).then(|| rest.to_owned());
        if let Some(rest) = key.strip_prefix("presets-") {
            return role(rest).map(Topic::Presets);
        }
        if let Some(rest) = key.strip_prefix("lamp-seen-") {
            return role(rest).map(Topic::LampSeen);
        }
        if let Some(rest) = key.strip_prefix("display-seen-") {
            return role(rest).map(Topic::DisplaySeen);
        }
        let (head, number) = key.strip_prefix("aimed-")?.rsplit_once('-')?;
        Some(Topic::Aimed(role(head)?, number.parse().ok()?))
    }

    /// The word under which its texts stand.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Topic::Name => "name",
            Topic::Help => "help",
            Topic::Join => "join",
            Topic::Hosts => "hosts",
            Topic::Calendar => "calendar",
            Topic::CalendarUser => "calendar-user",
            Topic::Front => "front",
            Topic::Main => "main",
            Topic::Loudspeaker => "loudspeaker",
            Topic::Microphone => "microphone",
            Topic::Roles => "roles",
            Topic::Fittings => "fittings",
            Topic::Presets(_) => "presets",
            Topic::Aimed(..) => "aimed",
            Topic::LampSeen(_) => "lamp-seen",
            Topic::DisplaySeen(_) => "display-seen",
        }
    }

    /// The question without what only the room knows.
    pub(crate) fn ask(&self, language: Language, values: &Values, form: Form) -> Question {
        let say = |part: &str| language.say(&format!("ask-{}{part}", self.word()), values);
        // Where a page offers what a terminal only describes, its words are others.
        let page = match self {
            Topic::Front
            | Topic::Loudspeaker
            | Topic::Microphone
            | Topic::Roles
            | Topic::Aimed(..) => ".page",
            _ => ".hint",
        };
        Question {
            topic: self.clone(),
            text: say(""),
            hint: say(".hint"),
            page: say(page),
            form,
            proposal: None,
        }
    }
}

/// The key.
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Presets(role) | Topic::LampSeen(role) | Topic::DisplaySeen(role) => {
                write!(f, "{}-{role}", self.word())
            }
            Topic::Aimed(role, number) => write!(f, "{}-{role}-{number}", self.word()),
            _ => f.write_str(self.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_as_it_is_written() {
        let role = || "front".to_owned();
        let all = [
            Topic::Name,
            Topic::Help,
            Topic::Join,
            Topic::Hosts,
            Topic::Calendar,
            Topic::CalendarUser,
            Topic::Front,
            Topic::Main,
            Topic::Loudspeaker,
            Topic::Microphone,
            Topic::Roles,
            Topic::Fittings,
            Topic::Presets(role()),
            Topic::Aimed("head-5".to_owned(), 12),
            Topic::LampSeen(role()),
            Topic::DisplaySeen(role()),
        ];
        for topic in all {
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }
        for key in [
            "",
            "names",
            "presets-",
            "aimed-front",
            "aimed--1",
            "aimed-front-x",
        ] {
            assert_eq!(Topic::parse(key), None, "{key}");
        }
    }
}
