//! Owns what a service pack is: how a conference service's pages are recognised and operated, as data.
//! Knows no service by name and touches no page; `parse` reads packs from text, `program` makes them ready for the page.
//!
//! Terms: a *rule* says by which signs a screen is known and which state it means; a *step* is one thing to do on a
//! page; a *control* is microphone or camera in the call. Rules are weighed in the order of [`PageState`].

mod built_in;
mod controls;
mod door;
mod file;
mod open;
mod parse;
mod program;
mod shelf;
mod sure;
#[cfg(test)]
mod tests;

pub use door::{Door, Guest, OwnPage, Served};
pub use open::{Hosts, NamePattern, Opening};
pub use parse::{PackError, Problem};
pub use program::Program;
pub use shelf::Shelf;
pub use sure::{Certainty, Month};

use built_in::{BUILT_IN, PAGES};
use room_core::hand::Consent;
use room_core::ids::ServiceId;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How one conference service is joined, operated and left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its slug, as targets name it.
    pub service: ServiceId,
    /// Grows with each change of the pack.
    pub version: u32,
    /// Its name for people.
    pub name: TextPair,
    /// How sure it is as a whole; single rules may say otherwise.
    pub certainty: Certainty,
    /// When its signs were last held against what they were learned from; `None` when it does not say.
    pub seen: Option<Month>,
    /// What they were learned from, for people who check it.
    pub sources: Vec<String>,
    /// What is set in the query of every link before it is opened; `{display-name}` stands for the room's name.
    pub link_query: BTreeMap<String, String>,
    /// A page of our own that is opened in the link's place.
    pub own_page: Option<OwnPage>,
    /// Whose pages it needs.
    pub hosts: Hosts,
    /// Links that are opened under another address.
    pub openings: Vec<Opening>,
    /// Whether media statistics can be had from the page.
    pub media: MediaSource,
    /// How its screens are known, in the order they are weighed.
    pub rules: Vec<Rule>,
    /// What can be done, by name.
    pub steps: BTreeMap<String, Step>,
    /// The microphone in the call.
    pub microphone: Option<Control>,
    /// The camera in the call.
    pub camera: Option<Control>,
    /// Controls are hidden until the mouse moves: it is moved before a device is turned and before leaving.
    pub controls_hide: bool,
    /// Steps of the page's own way out.
    pub leave: Vec<String>,
    /// How people are counted.
    pub people: Option<People>,
    /// Patience.
    pub limits: Limits,
}

/// The same text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPair {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// Whether the page's media can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaSource {
    /// By the statistics of its peer connections.
    #[default]
    Webrtc,
    /// Not at all: the page decodes by itself.
    Unseen,
}

/// What a screen means. The order is the order of weighing: what stands first wins when several match.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PageState {
    /// The room was removed.
    Removed,
    /// Somebody refused to let the room in.
    Denied,
    /// The service's own time limit.
    TimeLimit,
    /// The room left.
    Left,
    /// No such conference.
    NotFound,
    /// No more seats.
    Full,
    /// Locked by the host.
    Locked,
    /// Nobody answered the door in time.
    LobbyTimeout,
    /// This browser is not supported.
    BrowserRefused,
    /// The conference was ended; the pages that say more about why weigh more.
    Ended,
    /// A captcha to solve.
    Captcha,
    /// A wall against robots.
    BotWall,
    /// A sign-in is asked for.
    Login,
    /// A registration is asked for.
    Registration,
    /// Somebody must agree to something.
    Consent,
    /// The conference invites the room into a group of its own.
    Breakout,
    /// The page asks whether anybody is still there.
    StillThere,
    /// Something stands in front that steps can clear away.
    Dialog,
    /// The host has not started.
    WaitingHost,
    /// Somebody inside must let the room in.
    WaitingLobby,
    /// A passcode was given and refused, and is asked for again.
    PasscodeRejected,
    /// A passcode is asked for.
    Passcode,
    /// The point before entering.
    Prejoin,
    /// Entering goes on by itself.
    Entering,
    /// In the call.
    Inside,
    /// The page says that it lost the connection and tries again; stands beside another state.
    Reconnecting,
    /// Somebody in the conference asks the room to open its microphone; stands beside another state, and nothing is done.
    AskedToUnmute,
}

impl PageState {
    /// Whether only a person may act on such a screen.
    pub fn needs_a_person(self) -> bool {
        use PageState as P;
        match self {
            P::Captcha | P::BotWall | P::Login | P::Registration | P::Consent => true,
            P::Breakout | P::StillThere => true,
            P::Removed | P::Denied | P::TimeLimit | P::Ended | P::Left | P::NotFound => false,
            P::Full | P::Locked | P::LobbyTimeout | P::BrowserRefused | P::Dialog => false,
            P::WaitingHost | P::WaitingLobby | P::PasscodeRejected | P::Passcode => false,
            P::Prejoin | P::Entering | P::Inside | P::Reconnecting | P::AskedToUnmute => false,
        }
    }

    /// Whether it says something beside what the screen is.
    pub fn stands_beside(self) -> bool {
        matches!(self, PageState::Reconnecting | PageState::AskedToUnmute)
    }
}

/// How one screen is known, and what is done on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, unique in the pack.
    pub id: String,
    /// What it means.
    pub state: PageState,
    /// How sure its signs are.
    pub certainty: Certainty,
    /// It is weighed only on the way in: the same signs in the call are nothing to act on.
    pub until_inside: bool,
    /// How long the screen must stay before its steps begin (dialog only): it may be about to go by itself.
    pub after: Duration,
    /// Its signs.
    pub when: Signs,
    /// Steps to get ready: before entering (prejoin), or to clear the screen away (dialog, passcode).
    pub prepare: Vec<String>,
    /// Steps that enter (prejoin only).
    pub enter: Vec<String>,
    /// What consent is asked for (consent only), as far as the page says.
    pub consent: Option<Consent>,
    /// Steps that agree, done only for an operator who agreed beforehand (consent only); without them the screen is for a
    /// person in any case.
    pub agree: Vec<String>,
    /// Signs that microphone and camera will be closed on entering; entering waits for them.
    pub dark: Option<Signs>,
}

/// Signs of a screen. All groups that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signs {
    /// Each must be there.
    pub all: Vec<Sign>,
    /// At least one must be there, when any is given.
    pub any: Vec<Sign>,
    /// None may be there.
    pub none: Vec<Sign>,
    /// At least one text must be there, when any is given.
    pub text: Vec<TextSign>,
    /// At least one must be said inside a closed shadow root, when any is given. Those can be read and not operated.
    pub sealed: Vec<Words>,
    /// The address's host must be one of these, when any is given.
    pub host: Vec<NamePattern>,
    /// The address's path must start with one of these, when any is given.
    pub path: Vec<String>,
}

/// Something that is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// A CSS selector, looked up in the document and in every open shadow root.
    pub css: String,
    /// Whether it must be visible; by default it must.
    pub visible: bool,
    /// Whether it must be enabled.
    pub enabled: bool,
}

/// A text that is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSign {
    /// Where, as a CSS selector.
    pub within: String,
    /// What it says.
    pub words: Words,
}

/// Wordings in either language; capitals and blanks do not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// German wordings.
    pub de: Vec<String>,
    /// English wordings.
    pub en: Vec<String>,
}

/// One thing to do on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub id: String,
    /// What.
    pub act: Act,
    /// Of several elements the one that is called so, by its whole text or its accessible name.
    pub says: Option<Words>,
    /// While this is visible, the step is done already.
    pub unless: Option<String>,
    /// How long its element may take to be there, visible and enabled.
    pub within: Duration,
    /// Whether it is left out when its element does not come.
    pub optional: bool,
}

/// What a step does. Each is absolute: done twice it is as if done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Press an element.
    Click {
        /// A CSS selector.
        at: String,
        /// With what.
        by: ClickBy,
    },
    /// Put text into a field, replacing what is there.
    Fill {
        /// A CSS selector.
        at: String,
        /// Which text.
        with: Text,
        /// As one piece, or key by key.
        how: FillHow,
    },
    /// Give a check box this state.
    Check {
        /// A CSS selector.
        at: String,
        /// Checked or not.
        checked: bool,
    },
    /// Only wait until an element is there.
    Wait {
        /// A CSS selector.
        at: String,
    },
    /// Press a key in an element.
    Key {
        /// A CSS selector.
        at: String,
        /// Its name as in DOM key events, such as `Enter`.
        key: String,
    },
}

/// What presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClickBy {
    /// The element's own activation: nothing that lies above it can catch it.
    #[default]
    Script,
    /// Real mouse events at the element's centre, for pages that insist on them.
    Mouse,
}

/// Which text goes into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// The room's name.
    DisplayName,
    /// The conference's passcode.
    Passcode,
    /// The mail address that the room gives; without one, a person is asked to register the room.
    Mail,
}

/// How text gets into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillHow {
    /// Inserted as one piece, as from an input method.
    Whole,
    /// Key by key.
    Keys,
}

/// Microphone or camera in the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Signs that it sends.
    pub open: Signs,
    /// Signs that it does not.
    pub closed: Signs,
    /// The way to where it sends: what to press, one after the other. Of those that are shown the last is pressed, each
    /// once, until the signs say that it sends. What is pressed must not exist or do nothing when it does already.
    pub to_open: Vec<String>,
    /// The way to where it does not send; likewise.
    pub to_close: Vec<String>,
    /// What clears away the way to open when it does not lead there, such as a dialog's own "cancel".
    pub give_up: Option<String>,
    /// How long the page may take on the way before it is begun again.
    pub within: Duration,
}

/// How people are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// By what.
    pub by: Count,
    /// How many of those are the room itself.
    pub own: u16,
}

/// What tells how many people there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Count {
    /// One element for each person, also when the list is folded away; a CSS selector.
    Each(String),
    /// An element that says the number, seen or unseen; a CSS selector.
    Number(String),
}

/// Patience of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From opening to the first screen that a rule knows.
    pub first_screen: Duration,
    /// How long no rule may match before or while entering.
    pub unknown: Duration,
    /// How long no rule may match in the call, while no media flow either.
    pub lost: Duration,
    /// From entering, or from giving a passcode, to another screen.
    pub effect: Duration,
    /// How often an effect is tried for.
    pub tries: u8,
    /// How long the page's own word that the room is inside waits for a second sign.
    pub alone: Duration,
    /// How long media may stand before that is called trouble.
    pub still: Duration,
    /// How long the page's own way out may take.
    pub leave: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            first_screen: ms(20_000),
            unknown: ms(12_000),
            lost: ms(20_000),
            effect: ms(8_000),
            tries: 3,
            alone: ms(4_000),
            still: ms(6_000),
            leave: ms(4_000),
        }
    }
}

impl Pack {
    /// Reads a pack that brings no page of its own.
    ///
    /// # Errors
    /// Everything that is wrong with it, with places.
    pub fn parse(text: &str) -> Result<Self, PackError> {
        parse::parse(text, &|_| None)
    }

    /// Reads a pack; `beside` gives the text of a file that lies beside it.
    ///
    /// # Errors
    /// Everything that is wrong with it, with places.
    pub fn parse_with(
        text: &str,
        beside: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, PackError> {
        parse::parse(text, beside)
    }

    /// Reads a pack from a file.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with the pack.
    pub fn read(path: &Path) -> Result<Self, PackError> {
        let text = std::fs::read_to_string(path)
            .map_err(|problem| PackError::Text(problem.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse_with(&text, &|name| {
            std::fs::read_to_string(folder.join(name)).ok()
        })
    }

    /// The address under which a link is opened.
    pub fn address(&self, link: &Url) -> Url {
        let other = self.openings.iter().find_map(|opening| opening.of(link));
        other.unwrap_or_else(|| link.clone())
    }

    /// The rule that weighs most among those that match, apart from what stands beside; `inside` says whether the room is
    /// in the call already.
    pub fn weighs_most(&self, matching: &[usize], inside: bool) -> Option<usize> {
        let counts = |rule: &Rule| !(rule.state.stands_beside() || inside && rule.until_inside);
        let known = matching
            .iter()
            .filter_map(|index| Some((*index, self.rules.get(*index)?)));
        let main = known.filter(|(_, rule)| counts(rule));
        let (index, _) = main.min_by_key(|(index, rule)| (rule.state, *index))?;
        Some(index)
    }
}

/// All packs of a room.
#[derive(Debug, Clone, Default)]
pub struct Packs(BTreeMap<String, Arc<Pack>>);

impl Packs {
    /// The packs that come with this crate.
    ///
    /// # Panics
    /// Never: a test reads each of them.
    pub fn built_in() -> Self {
        let mut packs = Self::default();
        for text in BUILT_IN {
            let pack = Pack::parse_with(text, &page);
            packs.add(pack.expect("packs that come with the crate are tested"));
        }
        packs
    }

    /// Adds a pack, in place of one for the same service.
    pub fn add(&mut self, pack: Pack) {
        self.0
            .insert(pack.service.as_str().to_owned(), Arc::new(pack));
    }

    /// Adds every `.toml` of a folder, in place of packs for the same services. A pack that cannot be used is left out and
    /// told of; the one that was there before stays.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> io::Result<Vec<(PathBuf, PackError)>> {
        let mut bad = Vec::new();
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        {
            match Pack::read(&path) {
                Ok(pack) => self.add(pack),
                Err(problem) => bad.push((path, problem)),
            }
        }
        Ok(bad)
    }

    /// The pack for a service.
    pub fn of(&self, service: &ServiceId) -> Option<Arc<Pack>> {
        self.0.get(service.as_str()).cloned()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Pack> {
        self.0.values().map(Arc::as_ref)
    }
}

fn page(name: &str) -> Option<String> {
    let found = PAGES.iter().find(|(file, _)| *file == name);
    found.map(|(_, text)| (*text).to_owned())
}
