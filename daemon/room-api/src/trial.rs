//! What IT asks a room to try out, and what was seen: looking at a conference without entering, test meetings, packs.
//! Only ever exchanged over the control socket.

use crate::private::Private;
use crate::state::{By, Certainty, PersonNeed, WaitingFor};
use serde::{Deserialize, Serialize};

/// Asks what the room would do with an invitation, up to the point before entering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookRequest {
    /// A link, the text of an invitation, or an iCalendar text, whose next meeting counts.
    pub invitation: Private,
}

/// One line of the answer to a [`LookRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LookLine {
    /// What the invitation was recognised as; the first line.
    Recognised {
        /// The conference service's slug; `null`: none.
        service: Option<String>,
        /// The host that would be opened.
        host: Option<String>,
        /// By which way the room would join; `null`: by none.
        way: Option<By>,
        /// Whether the operator's allow-list has the host.
        allowed: bool,
        /// Whether the invitation carries a passcode.
        passcode: bool,
        /// Why, for people.
        why: String,
        /// Why, for programs.
        code: String,
        /// The line for `[hosts]` in the room's file with which IT would allow the host; `null`: none would help, or none
        /// is needed.
        #[serde(default)]
        hosts_line: Option<String>,
        /// The version of the pack that would join; `null`: there is none.
        version: Option<u32>,
        /// How sure its signs are.
        certainty: Option<Certainty>,
    },
    /// Something was seen on the page.
    Saw {
        /// So long after the page was asked for.
        ms: u32,
        /// What.
        seen: PageSeen,
    },
    /// How it ended; the last line.
    End {
        /// So long after the page was asked for.
        ms: u32,
        /// How.
        outcome: LookOutcome,
    },
}

/// Something that was seen on a conference's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PageSeen {
    /// The page is being opened.
    Opening {},
    /// A screen that the pack knows.
    Screen {
        /// The pack's rule.
        rule: String,
        /// What it means, such as `prejoin`, `dialog` or `waiting-lobby`.
        state: String,
    },
    /// A step of the pack is being done.
    Step {
        /// Its name.
        step: String,
        /// Which text it puts in, when it does.
        fills: Option<Fills>,
    },
    /// A step could not be done.
    NotDone {
        /// Its name.
        step: String,
        /// Whether the pack can do without it.
        optional: bool,
    },
    /// A screen that no rule knows: its outline, without content, was kept on the board.
    Kept {
        /// Where.
        file: String,
    },
}

/// Which text a step puts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fills {
    /// The room's name.
    DisplayName,
    /// The passcode.
    Passcode,
    /// The mail address that the operator gave the room.
    Mail,
}

/// How a look ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LookOutcome {
    /// The page was not opened: the first line says why.
    NotOpened {},
    /// Everything is filled in; the next press would enter.
    Ready {},
    /// A passcode is asked for first.
    PasscodeAsked {},
    /// The page makes the room wait.
    Waiting {
        /// For whom.
        whom: WaitingFor,
    },
    /// A person must do something first.
    PersonNeeded {
        /// What.
        need: PersonNeed,
    },
    /// The page enters without being asked to; it was closed at once.
    EntersByItself {},
    /// The room would not get in.
    Failed {
        /// The failure's code, such as `call-unknown-screen`.
        failure: String,
    },
    /// The page says that the conference is over or refuses the room.
    Over {},
    /// Nothing more was seen in time.
    TimeUp {},
    /// The room itself was needed; the page was closed at once.
    RoomNeeded {},
    /// The browser is not there.
    BrowserGone {},
}

/// Asks for the operator's test meetings to be joined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryRequest {
    /// Only those of this service.
    pub service: Option<String>,
}

/// The last result of each test meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryAnswer {
    /// In the order of the room's file.
    pub results: Vec<CanaryResult>,
}

/// How one test meeting went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryResult {
    /// The service's slug.
    pub service: String,
    /// What the operator calls it; without a name, its host.
    pub name: String,
    /// The pack's version; `null`: there is no pack.
    pub version: Option<u32>,
    /// How sure the pack's signs are.
    pub certainty: Option<Certainty>,
    /// Whether the pack still fits.
    pub verdict: Verdict,
    /// Why, for programs: `entered`, `screen`, `step`, `control`, `not-dark`, or what kept the room out.
    pub why: String,
    /// The last screen that the pack knew, by its rule.
    pub screen: Option<String>,
    /// The step or control that did not match.
    pub step: Option<String>,
    /// Where the outline of an unknown screen was kept.
    pub outline: Option<String>,
    /// When.
    pub at_ms: i64,
    /// How long it took.
    pub took_ms: u32,
}

/// Whether a pack still fits its service's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The room entered, saw its microphone and camera closed, and left.
    Valid,
    /// A screen, step or control did not match.
    Drifted,
    /// Something else kept the room out, so that nothing is known about the pack.
    Unknown,
}

/// The service packs in use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacksAnswer {
    /// Each of them, by service and kind.
    pub packs: Vec<PackInUse>,
    /// Files of the packs' folder that are not used.
    pub refused: Vec<PackRefused>,
}

/// A service pack in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackInUse {
    /// The service's slug.
    pub service: String,
    /// What it is for.
    pub kind: PackKind,
    /// Its version.
    pub version: u32,
    /// The key that signed it; `null`: it came with the daemon.
    pub signed_by: Option<String>,
    /// How sure its signs are; `null`: of recognition nobody asks that.
    pub certainty: Option<Certainty>,
    /// The month in which they were last held against their source, such as `2026-07`.
    pub seen: Option<String>,
}

/// What a pack is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackKind {
    /// To recognise invitations.
    Recognise,
    /// To join.
    Join,
}

/// A file of the packs' folder that is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackRefused {
    /// Its name.
    pub file: String,
    /// Why, for programs.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// The version of the last good one, which is used instead; `null`: the built-in one is.
    pub instead: Option<u32>,
}
