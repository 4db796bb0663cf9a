//! The life of a visit: the room's being in one conference or on its way there, over any number of calls (a rejoin is a new call).
//! Holds state and answers questions about it; `life.rs` moves it, `facts.rs` feeds it.
//!
//! ```text
//! Pending ──► Joining ◄──► Waiting, AsksPasscode, PersonNeeded ──► Inside ──► Leaving ──► (over)
//!    ▲                              page lost, anywhere                │
//!    └─────────────────────────────────────────────────────────────────┘        Adopting ──► any of them
//! ```

use crate::event::{JoinStep, MediaSeen, PersonNeeded, Trouble, WaitingFor};
use crate::failure::CallFailure;
use crate::hand::Agreed;
use crate::ids::{CallId, MeetingId, Private};
use crate::limits;
use crate::meeting::{By, Meeting, Target};
use crate::memory::Purpose;
use crate::units::{Mono, Switch, Wall};
use crate::view::{EndedWhy, MicNote};
use serde::{Deserialize, Serialize};

/// The room in one conference, or on its way there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub purpose: Purpose,
    /// Started by a person, not by the calendar.
    pub chosen: bool,
    pub call: CallId,
    /// As last seen in the calendar.
    pub booked: Option<Meeting>,
    /// The last known one; a rejoin asks the calendar first.
    pub target: Option<Target>,
    /// Which of the target's ways is taken.
    pub by: By,
    /// Why the best way was given up for the other one; that is done once.
    pub instead_of: Option<CallFailure>,
    pub start: Option<Wall>,
    /// Booked; the last known one when the meeting vanished.
    pub end: Option<Wall>,
    pub extended_to: Option<Wall>,
    /// Ends and begins up to here make nobody leave: a jump, a calendar or a plan leapt over them.
    pub floor: Option<Wall>,
    pub began: Mono,
    pub stage: Stage,
    /// Since when the stage holds.
    pub since: Mono,
    pub patience: Patience,
    /// In this call.
    pub inside: Option<Mono>,
    /// In this visit, for the first time.
    pub entered: Option<Mono>,
    /// Likewise, when that was before this daemon began.
    pub entered_wall: Option<Wall>,
    pub adopted: bool,
    /// The service is being asked, and there is nothing to show but the room's own page.
    pub pageless: bool,
    pub attempt: u8,
    /// Why the last call was lost.
    pub cause: Trouble,
    pub trouble: Option<(Trouble, Mono)>,
    pub code: Code,
    /// What a person in the room had opened when the page was lost.
    pub restore: Opened,
    pub people: Option<u16>,
    pub media: Option<MediaSeen>,
    pub alone_since: Option<Mono>,
    pub agreed: Agreed,
    /// What happened to the microphone from the conference's side, and when.
    pub mic_note: Option<(MicNote, Mono)>,
    /// Since when the page has another camera than the room's.
    pub another_lens: Option<Mono>,
    /// Since when the page neither hears the room nor is heard in it, because the sound server that it began with is gone.
    pub unheard: Option<Mono>,
    /// A call by SIP whose client still keeps to sound that is gone.
    pub stale_sound: bool,
}

/// How far a visit is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// There is no page: waits for its time, the browser, or a target.
    Pending {
        not_before: Mono,
        give_up: Mono,
    },
    Joining(JoinStep),
    Waiting(WaitingFor),
    AsksPasscode {
        rejected: bool,
    },
    PersonNeeded(PersonNeeded),
    Inside,
    /// An earlier daemon's page is being looked for.
    Adopting,
    Leaving {
        until: Mono,
        then: Then,
    },
}

/// Per call: limits that a page cannot start anew by going back and forth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Patience {
    /// First seen before the door.
    pub waits_since: Option<Mono>,
    pub passcode_by: Option<Mono>,
    pub person_by: Option<Mono>,
    /// A person who acts on the page moves `person_by`, up to this.
    pub person_most: Option<Mono>,
}

/// The passcode: the known one is tried once, then a person is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub known: Option<Private>,
    pub tried: bool,
}

/// What a person in the room had opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub mic: Switch,
    pub camera: Switch,
}

impl Opened {
    pub const NOTHING: Opened = Opened {
        mic: Switch::Closed,
        camera: Switch::Closed,
    };
}

/// What follows a leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Then {
    pub show: Option<Shown>,
    /// Not to be joined again by itself.
    pub finished: bool,
    pub next: Option<Next>,
}

/// Where to go after leaving.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Next {
    pub purpose: Purpose,
    pub chosen: bool,
}

/// What the faces say when there is no visit any more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Shown {
    Failed(CallFailure),
    Ended(EndedWhy),
}

/// The last visit, while it is still worth a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Aftermath {
    pub shown: Shown,
    pub purpose: Purpose,
    pub target: Option<Target>,
    pub since: Mono,
}

impl Visit {
    pub fn meeting(&self) -> Option<&MeetingId> {
        match &self.purpose {
            Purpose::Meeting(id) => Some(id),
            Purpose::Standing => None,
        }
    }

    /// Whether a page of this call exists, or is believed to.
    pub fn has_page(&self) -> bool {
        !matches!(self.stage, Stage::Pending { .. })
    }

    pub fn leaving(&self) -> bool {
        matches!(self.stage, Stage::Leaving { .. })
    }

    /// Inside, whatever else is going on there, and not leaving.
    pub fn is_inside(&self) -> bool {
        self.inside.is_some() && self.has_page() && !self.leaving()
    }

    /// Was inside before, in this call or an earlier one of this visit.
    pub fn was_inside(&self) -> bool {
        self.entered.is_some() || self.entered_wall.is_some()
    }

    /// The end after extensions.
    pub fn end(&self) -> Option<Wall> {
        match (self.end, self.extended_to) {
            (Some(end), Some(extended)) => Some(end.max(extended)),
            (end, extended) => end.or(extended),
        }
    }

    pub fn enter_stage(&mut self, stage: Stage, now: Mono) {
        if self.stage != stage {
            self.since = now;
            self.stage = stage;
        }
    }

    /// Forgets what belonged to one page.
    pub fn forget_page(&mut self) {
        self.patience = Patience::default();
        self.inside = None;
        self.pageless = false;
        self.trouble = None;
        self.people = None;
        self.media = None;
        self.alone_since = None;
        self.agreed.times = 0;
        self.mic_note = None;
        self.another_lens = None;
        self.unheard = None;
        self.stale_sound = false;
    }

    /// When trouble has lasted too long.
    pub fn trouble_limit(&self, reconnect: core::time::Duration) -> Option<Mono> {
        let (trouble, since) = self.trouble?;
        Some(match trouble {
            Trouble::Network => since.plus(reconnect),
            Trouble::Frozen => since.plus(reconnect.min(limits::FROZEN)),
            Trouble::PageCrashed | Trouble::SoundLost => since,
        })
    }
}

/// How a call that a person did not help in time is called.
pub(crate) fn unhelped(needed: PersonNeeded) -> CallFailure {
    match needed {
        PersonNeeded::Captcha => CallFailure::CaptchaNeeded,
        PersonNeeded::Login => CallFailure::LoginNeeded,
        PersonNeeded::Registration => CallFailure::RegistrationNeeded,
        PersonNeeded::Consent(_) => CallFailure::ConsentMissing,
        PersonNeeded::BotWall => CallFailure::BotWall,
        // These are asked in a call, where nobody has to answer in time; before it they would be a page that stands still.
        PersonNeeded::Breakout | PersonNeeded::Presence => CallFailure::NoAnswer,
    }
}

/// How a call that could not be kept is called.
pub(crate) fn beyond_tries(cause: Trouble, by: By) -> CallFailure {
    match (cause, by) {
        (Trouble::Network, _) => CallFailure::ConnectionLost,
        (Trouble::Frozen | Trouble::PageCrashed | Trouble::SoundLost, By::Page) => {
            CallFailure::BrowserBroken
        }
        (Trouble::Frozen | Trouble::PageCrashed | Trouble::SoundLost, By::Sip) => {
            CallFailure::SipBroken
        }
    }
}

/// Whether the same thing tried again may end differently.
pub(crate) fn retry_makes_sense(failure: CallFailure) -> bool {
    use CallFailure as F;
    match failure {
        F::NoPack | F::StrayHost | F::BrowserRefused | F::BotWall | F::KeyRefused => false,
        F::LoginNeeded | F::RegistrationNeeded => true,
        F::Unreachable | F::NoAnswer | F::UnknownScreen | F::NotFound | F::Full => true,
        F::Locked | F::WrongPasscode | F::PasscodeTimeout | F::Denied => true,
        F::LobbyTimeout | F::HostTimeout | F::CaptchaNeeded | F::ConsentMissing => true,
        F::NoMedia | F::ConnectionLost | F::BrowserBroken | F::ActionFailed => true,
        F::Busy | F::Declined | F::NotThere | F::ServiceDown | F::SipBroken => true,
        F::NotAllowed | F::MediaRefused | F::TlsRefused => false,
    }
}

/// Whether the cause may be a line or a machine that comes back by itself.
pub(crate) fn may_pass(failure: CallFailure) -> bool {
    use CallFailure as F;
    match failure {
        F::Unreachable | F::NoAnswer | F::NoMedia | F::ConnectionLost | F::BrowserBroken => true,
        F::UnknownScreen | F::NotFound | F::Full | F::Locked | F::WrongPasscode => false,
        F::PasscodeTimeout | F::Denied | F::LobbyTimeout | F::HostTimeout => false,
        F::LoginNeeded | F::RegistrationNeeded | F::CaptchaNeeded | F::BotWall => false,
        F::ConsentMissing | F::BrowserRefused | F::NoPack | F::StrayHost | F::ActionFailed => false,
        F::KeyRefused => false,
        F::ServiceDown | F::SipBroken => true,
        F::Busy | F::Declined | F::NotAllowed | F::NotThere => false,
        F::MediaRefused | F::TlsRefused => false,
    }
}

/// Whether the failure says that this way cannot work, so that the other one may; not when a person, the host or the
/// meeting itself said no.
pub(crate) fn another_way_may_work(failure: CallFailure) -> bool {
    use CallFailure as F;
    match failure {
        F::Unreachable | F::NoAnswer | F::UnknownScreen | F::NotFound | F::NoMedia => true,
        F::LoginNeeded | F::RegistrationNeeded | F::CaptchaNeeded | F::BotWall => true,
        F::BrowserRefused | F::BrowserBroken | F::NoPack | F::StrayHost | F::ActionFailed => true,
        F::Busy | F::NotAllowed | F::NotThere | F::MediaRefused | F::ServiceDown => true,
        F::TlsRefused | F::SipBroken | F::ConnectionLost | F::KeyRefused => true,
        F::Full | F::Locked | F::WrongPasscode | F::PasscodeTimeout | F::Denied => false,
        F::LobbyTimeout | F::HostTimeout | F::ConsentMissing | F::Declined => false,
    }
}
