//! What is tried in a room and what came of it, by name: verdicts, codes and figures. Tries nothing itself.

use crate::words::{Language, Says, Values};
use core::fmt;
use preflight::Trouble;
use preflight::sound::{Loop, Verdict};
use serde::{Deserialize, Serialize};

/// What is tried, by the name of a role where it is about one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A head keeps where it looks as this preset.
    Store(String, u8),
    /// Somebody presses the table button.
    Puck(String),
    /// Somebody presses a button on the wall.
    Button(String),
    /// A lamp is lit, for somebody to see.
    Lamp(String),
    /// A display is woken, and says what it shows.
    Display(String),
    /// A camera gives a picture.
    Picture(String),
    /// A head turns, is read, and turns back.
    Head(String),
    /// The way to a host carries a call.
    Path(String),
    /// Bookings can be read and have links.
    Calendar,
    /// The clock is set from the network.
    Clock,
    /// Each microphone hears each loudspeaker.
    Sound,
    /// The room, in a conference with the installer's phone: seen and heard both ways.
    Call,
}

/// A way that sound or picture takes in a call, as the room sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The room hears the others.
    AudioIn,
    /// The others hear the room.
    AudioOut,
    /// The room sees the others.
    VideoIn,
    /// The others see the room.
    VideoOut,
}

/// Why something was not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// Somebody chose to leave it for later.
    Person,
    /// What it needs is not on this machine.
    NothingThere,
    /// An entry for a whole domain names no host to try.
    WholeDomain,
}

/// What a figure of this crate counts; others are the preflight's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// A picture's width in pixels.
    Width,
    /// A picture's height in pixels.
    Height,
    /// Degrees that a head turned.
    Turned,
    /// Seconds until it was done.
    Took,
    /// Meetings in the next two weeks.
    Meetings,
    /// Meetings of these with a link that the room knows.
    Linked,
    /// The number of the input that a display shows.
    Input,
}

/// A figure of a proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Figure {
    /// As the preflight counts.
    Known(preflight::Figure),
    /// As this crate counts.
    Own {
        /// What it counts.
        counts: Measure,
        /// How much.
        value: f64,
    },
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// As the preflight names it.
    Known(Trouble),
    /// Nobody pressed it in time, or no press came through.
    NotPressed(String),
    /// Nobody saw the lamp lit.
    LampNotSeen(String),
    /// Nobody saw this board's picture on the display.
    DisplayNotSeen(String),
    /// Nobody heard any of the loudspeakers.
    LoudspeakerNotHeard,
    /// The head did not keep the preset.
    PresetNotStored(String, u8),
    /// The calendar cannot be read.
    CalendarUnreadable,
    /// No meeting is booked, so links could not be proven.
    CalendarEmpty,
    /// So many meetings are booked and none has a link: the mailbox strips what invitations say.
    LinksStripped(u32),
    /// Nothing sets the clock.
    ClockFree,
    /// The password's file is not there.
    PasswordMissing,
    /// The room did not get into the practice conference.
    NotInCall,
    /// The room was in the conference, and nothing came this way.
    NothingCame(Way),
}

/// What one proof came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proven {
    /// Which one.
    pub proof: Proof,
    /// Why it was not tried.
    pub left: Option<Left>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// What was measured.
    pub figures: Vec<Figure>,
    /// The ways of sound.
    pub loops: Vec<Loop>,
    /// The name of the picture that was taken, beside the state.
    pub picture: Option<String>,
}

impl Proof {
    /// The word under which its texts stand.
    pub fn word(&self) -> &'static str {
        match self {
            Proof::Store(..) => "store",
            Proof::Puck(_) => "puck",
            Proof::Button(_) => "button",
            Proof::Lamp(_) => "lamp",
            Proof::Display(_) => "display",
            Proof::Picture(_) => "picture",
            Proof::Head(_) => "head",
            Proof::Path(_) => "path",
            Proof::Calendar => "calendar",
            Proof::Clock => "clock",
            Proof::Sound => "sound",
            Proof::Call => "call",
        }
    }

    /// What it is about: a role, a host, or nothing.
    pub fn about(&self) -> Option<&str> {
        match self {
            Proof::Store(name, _)
            | Proof::Puck(name)
            | Proof::Button(name)
            | Proof::Lamp(name)
            | Proof::Display(name)
            | Proof::Picture(name)
            | Proof::Head(name)
            | Proof::Path(name) => Some(name),
            Proof::Calendar | Proof::Clock | Proof::Sound | Proof::Call => None,
        }
    }

    fn values(&self) -> Values {
        let values = Values::of("name", self.about().unwrap_or_default());
        match self {
            Proof::Store(_, number) => values.and("number", number.to_string()),
            _ => values.and("number", ""),
        }
    }

    /// Its heading.
    pub fn title(&self, language: Language) -> String {
        language.say(&format!("proof-{}", self.word()), &self.values())
    }

    /// What the person has to do for it, if anything.
    pub fn please(&self, language: Language) -> Option<String> {
        let needs = matches!(
            self,
            Proof::Puck(_) | Proof::Button(_) | Proof::Lamp(_) | Proof::Call
        );
        needs.then(|| language.say(&format!("proof-{}.please", self.word()), &self.values()))
    }
}

/// The key of records.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        if let Some(about) = self.about() {
            write!(f, "-{about}")?;
        }
        match self {
            Proof::Store(_, number) => write!(f, "-{number}"),
            _ => Ok(()),
        }
    }
}

impl Proven {
    /// Was tried, and nothing found yet.
    pub fn of(proof: Proof) -> Proven {
        Proven {
            proof,
            left: None,
            findings: Vec::new(),
            figures: Vec::new(),
            loops: Vec::new(),
            picture: None,
        }
    }

    /// Was not tried.
    pub fn left(proof: Proof, why: Left) -> Proven {
        Proven {
            left: Some(why),
            ..Proven::of(proof)
        }
    }

    /// What was found to be wrong.
    pub fn found(proof: Proof, finding: Finding) -> Proven {
        Proven {
            findings: vec![finding],
            ..Proven::of(proof)
        }
    }

    /// With one more figure.
    pub fn with(mut self, counts: Measure, value: f64) -> Proven {
        self.figures.push(Figure::Own { counts, value });
        self
    }

    /// The worst that it found; `None` when it was not tried.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.left.is_some() {
            return None;
        }
        let worst = self.findings.iter().map(Finding::verdict).max();
        Some(worst.unwrap_or(Verdict::Green))
    }
}

impl Finding {
    /// How bad it is: red takes a meeting away.
    pub fn verdict(&self) -> Verdict {
        match self {
            Finding::Known(trouble) => trouble.verdict(),
            Finding::CalendarUnreadable
            | Finding::LinksStripped(_)
            | Finding::PasswordMissing
            | Finding::NotInCall
            | Finding::LoudspeakerNotHeard
            | Finding::NothingCame(_) => Verdict::Red,
            Finding::NotPressed(_)
            | Finding::LampNotSeen(_)
            | Finding::DisplayNotSeen(_)
            | Finding::PresetNotStored(..)
            | Finding::CalendarEmpty
            | Finding::ClockFree => Verdict::Yellow,
        }
    }

    /// The code for IT.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::Known(trouble) => trouble.code(),
            Finding::NotPressed(_) => "commission-not-pressed",
            Finding::LampNotSeen(_) => "commission-lamp-not-seen",
            Finding::DisplayNotSeen(_) => "commission-display-not-seen",
            Finding::PresetNotStored(..) => "commission-preset-not-stored",
            Finding::CalendarUnreadable => "commission-calendar-unreadable",
            Finding::CalendarEmpty => "commission-calendar-empty",
            Finding::LinksStripped(_) => "commission-links-stripped",
            Finding::ClockFree => "commission-clock-free",
            Finding::LoudspeakerNotHeard => "commission-loudspeaker-not-heard",
            Finding::PasswordMissing => "commission-password-missing",
            Finding::NotInCall => "commission-not-in-call",
            Finding::NothingCame(Way::AudioIn) => "commission-call-audio-in",
            Finding::NothingCame(Way::AudioOut) => "commission-call-audio-out",
            Finding::NothingCame(Way::VideoIn) => "commission-call-video-in",
            Finding::NothingCame(Way::VideoOut) => "commission-call-video-out",
        }
    }

    fn values(&self) -> Values {
        match self {
            Finding::NotPressed(name)
            | Finding::LampNotSeen(name)
            | Finding::DisplayNotSeen(name) => Values::of("name", name),
            Finding::PresetNotStored(name, number) => {
                Values::of("name", name).and("number", number.to_string())
            }
            Finding::LinksStripped(count) => Values::default().counting("by", u64::from(*count)),
            Finding::Known(_)
            | Finding::CalendarUnreadable
            | Finding::CalendarEmpty
            | Finding::ClockFree
            | Finding::LoudspeakerNotHeard
            | Finding::PasswordMissing
            | Finding::NotInCall
            | Finding::NothingCame(_) => Values::default(),
        }
    }

    /// What is wrong.
    pub fn sentence(&self, language: Language) -> String {
        match self {
            Finding::Known(trouble) => trouble.sentence(language),
            _ => language.say(self.code(), &self.values()),
        }
    }

    /// What a person may do about it.
    pub fn suggestion(&self, language: Language) -> String {
        match self {
            Finding::Known(trouble) => trouble.suggestion(language),
            _ => language.say(&format!("{}.fix", self.code()), &self.values()),
        }
    }
}

impl Left {
    /// Why.
    pub fn sentence(self, language: Language) -> String {
        match self {
            Left::Person => language.plain("left-person"),
            Left::NothingThere => language.plain("left-nothing-there"),
            Left::WholeDomain => language.plain("left-whole-domain"),
        }
    }
}

impl Measure {
    fn word(self) -> &'static str {
        match self {
            Measure::Width => "width",
            Measure::Height => "height",
            Measure::Turned => "turned",
            Measure::Took => "took",
            Measure::Meetings => "meetings",
            Measure::Linked => "linked",
            Measure::Input => "input",
        }
    }
}

impl Figure {
    /// Its name.
    pub fn title(&self, language: Language) -> String {
        match self {
            Figure::Known(figure) => figure.measure.title(language),
            Figure::Own { counts, .. } => language.plain(&format!("figure-{}", counts.word())),
        }
    }

    /// Its value with its unit, as people write it.
    pub fn show(&self, language: Language) -> String {
        match self {
            Figure::Known(figure) => figure.measure.show(figure.value, language),
            Figure::Own { counts, value } => {
                let (digits, unit) = match counts {
                    Measure::Width | Measure::Height => (0, "px"),
                    Measure::Turned => (1, "°"),
                    Measure::Took => (1, "s"),
                    Measure::Meetings | Measure::Linked | Measure::Input => (0, ""),
                };
                let number = language.number(*value, digits);
                format!("{number}\u{a0}{unit}").trim_end().to_owned()
            }
        }
    }
}
