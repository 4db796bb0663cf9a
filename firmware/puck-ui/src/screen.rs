//! What stands on the display: five slots, filled from the host's face or from what the button knows of itself.
//! Knows no pixel; tells which slots differ, so that only those are drawn.

use crate::draw::Glass;
use crate::link::Connection;
use crate::puck::Areas;
use crate::words::{End, Own};
use core::fmt::Write;
use core::time::Duration;
use heapless::String;
use wire::{Face, Light, Mic, Scene, Text, Tongue};

/// A tap is shorter than this, and should not make the display flicker.
const HOLD_SHOWN_AFTER: Duration = Duration::from_millis(300);

/// What a finger is told when the ordinary way fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    NotSent,
    /// Sent, and nobody said that it was taken.
    Unconfirmed,
}

/// Everything that a screen depends on.
pub(crate) struct Moment<'a> {
    pub connection: Connection,
    pub face: Option<&'a Face>,
    pub tongue: Tongue,
    pub note: Option<Note>,
    pub held: Option<Duration>,
    pub light: Light,
    pub glass: Glass,
}

/// A shape beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sign {
    #[default]
    None,
    Free,
    Coming,
    Moving,
    Waiting,
    Question,
    Trouble,
    NoLink,
    MicOpen,
    MicClosed,
    MicUnknown,
}

/// How the lowest slot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Look {
    #[default]
    Plain,
    /// What the big key does.
    Action,
    /// What is wrong.
    Trouble,
}

/// A place on the display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Sign,
    Detail,
    Count,
    Headline,
    Foot,
}

/// What stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Screen {
    pub dark: bool,
    pub sign: Sign,
    pub detail: Text,
    pub count: Text,
    pub headline: Text,
    pub foot: Text,
    pub look: Look,
}

impl Screen {
    pub const SLOTS: usize = 5;
    pub const ALL: [Slot; Screen::SLOTS] = [
        Slot::Sign,
        Slot::Detail,
        Slot::Count,
        Slot::Headline,
        Slot::Foot,
    ];

    pub fn of(moment: &Moment) -> Screen {
        let own = Own::of(moment.tongue);
        let mut screen = match (moment.connection, moment.face) {
            (Connection::Host, Some(_)) if sleeps(moment) => {
                return Screen {
                    dark: true,
                    ..Screen::default()
                };
            }
            (Connection::Host, Some(face)) => Screen::of_face(face, own, moment.glass),
            (Connection::Host, None) => Screen::of_own(Sign::Moving, own.connecting),
            (Connection::None, _) => Screen::of_own(Sign::NoLink, own.no_connection),
            (Connection::OtherVersion(version), _) => Screen {
                foot: written(format_args!("Version {version}")),
                look: Look::Trouble,
                ..Screen::of_own(Sign::Trouble, own.other_version)
            },
        };
        if let Some((foot, look)) = answered(moment, own) {
            (screen.foot, screen.look) = (Text::cut(foot), look);
        }
        screen
    }

    fn of_own(sign: Sign, headline: &str) -> Screen {
        Screen {
            sign,
            headline: Text::cut(headline),
            ..Screen::default()
        }
    }

    fn of_face(face: &Face, own: &Own, glass: Glass) -> Screen {
        let (foot, look) = match (face.trouble, face.action) {
            (Text::EMPTY, Text::EMPTY) => (Text::EMPTY, Look::Plain),
            (Text::EMPTY, action) => (action, Look::Action),
            (trouble, _) => (trouble, Look::Trouble),
        };
        let end = match face.scene {
            Scene::Call => End::Ends,
            _ => End::Begins,
        };
        let count = face.minutes.map(|minutes| own.count(minutes, end, glass));
        Screen {
            dark: false,
            sign: sign(face),
            detail: face.detail,
            count: count.unwrap_or_default(),
            headline: face.headline,
            foot,
            look,
        }
    }

    /// The places that must be drawn to come from there to here.
    pub fn differences(&self, before: Option<&Screen>, glass: Glass) -> Areas {
        let all = before.is_none_or(|before| before.dark != self.dark);
        let differs =
            |slot: &Slot| all || before.is_some_and(|before| !self.is_alike(before, *slot));
        let slots = Screen::ALL.iter().filter(|slot| differs(slot));
        slots.map(|slot| glass.place(*slot)).collect()
    }

    fn is_alike(&self, other: &Screen, slot: Slot) -> bool {
        match slot {
            Slot::Sign => self.sign == other.sign,
            Slot::Detail => self.detail == other.detail,
            Slot::Count => self.count == other.count,
            Slot::Headline => self.headline == other.headline,
            Slot::Foot => (self.foot, self.look) == (other.foot, other.look),
        }
    }
}

fn sleeps(moment: &Moment) -> bool {
    moment.light == Light::Dark && moment.note.is_none()
}

/// What a finger is told before the host can.
fn answered<'a>(moment: &Moment, own: &'a Own) -> Option<(&'a str, Look)> {
    match moment.note {
        Some(Note::NotSent) => return Some((own.not_sent, Look::Trouble)),
        Some(Note::Unconfirmed) => return Some((own.unconfirmed, Look::Trouble)),
        None => {}
    }
    let held = moment.held.is_some_and(|held| held >= HOLD_SHOWN_AFTER);
    let face = moment.face.filter(|_| held)?;
    let to_leave = match face.scene {
        Scene::Moving | Scene::Waiting | Scene::Call | Scene::Question => true,
        Scene::Free | Scene::Coming | Scene::Trouble | Scene::Other(_) => false,
    };
    to_leave.then_some((own.hold, Look::Action))
}

fn sign(face: &Face) -> Sign {
    match (face.scene, face.mic) {
        (_, Mic::Open) => Sign::MicOpen,
        (Scene::Call, Mic::Closed) => Sign::MicClosed,
        (Scene::Call, Mic::Unknown | Mic::Other(_)) => Sign::MicUnknown,
        (Scene::Free, _) => Sign::Free,
        (Scene::Coming, _) => Sign::Coming,
        (Scene::Moving, _) => Sign::Moving,
        (Scene::Waiting, _) => Sign::Waiting,
        (Scene::Question, _) => Sign::Question,
        (Scene::Trouble, _) => Sign::Trouble,
        (Scene::Other(_), _) => Sign::None,
    }
}

pub(crate) fn written(words: core::fmt::Arguments<'_>) -> Text {
    let mut text: String<{ Text::MAX }> = String::new();
    // What does not fit is cut.
    let _ = text.write_fmt(words);
    Text::cut(&text)
}
