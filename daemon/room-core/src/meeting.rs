//! A meeting as the core needs it, and where its conference is.
//! Knows no calendar format and no service; the shell converts.

use crate::ids::{HostName, MeetingId, Private, ServiceId};
use crate::plan::JoinPolicy;
use crate::units::Wall;
use serde::{Deserialize, Serialize};

/// One occurrence of one meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meeting {
    /// Stable name of this occurrence, also when it is moved.
    pub id: MeetingId,
    /// The subject; faces show "private meeting" instead when [`Meeting::private`] is set.
    pub title: Private,
    /// Who invited.
    pub organizer: Option<Private>,
    /// Begin.
    pub start: Wall,
    /// End; never before the begin.
    pub end: Wall,
    /// A whole-day entry: shown as a banner, never joined by itself.
    pub all_day: bool,
    /// Marked private in the calendar.
    pub private: bool,
    /// Confirmed, tentative or cancelled.
    pub status: MeetingStatus,
    /// Marked so that the room never joins it by itself and offers no button.
    pub exempt: bool,
    /// Overrides the room's policy for this meeting.
    pub join: Option<JoinPolicy>,
    /// Where the conference is, or why there is none.
    pub conference: Conference,
}

/// The invitation's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MeetingStatus {
    /// Takes place.
    Confirmed,
    /// Not sure yet; shown and joinable.
    Tentative,
    /// Does not take place; never joinable.
    Cancelled,
}

/// Where a meeting's conference is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Conference {
    /// Recognised, allowed and joinable.
    At(Target),
    /// None that this room can join.
    Nowhere(NoTarget),
}

/// A conference this room may join.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Which service it is; its pack joins by page.
    pub service: ServiceId,
    /// Its host, for people and IT.
    pub host: HostName,
    /// The way in that is tried first.
    pub best: Way,
    /// The way in that is tried once when the best one cannot work.
    pub other: Option<Way>,
}

/// One way into a conference, with the passcode that it asks for: many services have another one for SIP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Way {
    /// A page in the browser.
    Page {
        /// The link to open.
        link: Private,
        /// The passcode from the invitation.
        passcode: Option<Private>,
    },
    /// A call by SIP.
    Sip {
        /// The address to dial, as `user@domain`.
        address: Private,
        /// The digits from the invitation.
        passcode: Option<Private>,
    },
}

/// The two kinds of ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum By {
    /// In the browser.
    #[default]
    Page,
    /// By SIP.
    Sip,
}

impl By {
    /// As logs and metrics name it.
    pub fn code(self) -> &'static str {
        match self {
            By::Page => "page",
            By::Sip => "sip",
        }
    }
}

impl Way {
    /// Which kind it is.
    pub fn by(&self) -> By {
        match self {
            Way::Page { .. } => By::Page,
            Way::Sip { .. } => By::Sip,
        }
    }

    /// Where it leads: the link, or the address.
    pub fn place(&self) -> &Private {
        match self {
            Way::Page { link, .. } => link,
            Way::Sip { address, .. } => address,
        }
    }

    /// What it asks for at the door, as far as the invitation says.
    pub fn passcode(&self) -> Option<&Private> {
        match self {
            Way::Page { passcode, .. } | Way::Sip { passcode, .. } => passcode.as_ref(),
        }
    }
}

impl Target {
    /// A conference that is joined in the browser and in no other way.
    pub fn page(
        service: ServiceId,
        host: HostName,
        link: Private,
        passcode: Option<Private>,
    ) -> Self {
        Target {
            service,
            host,
            best: Way::Page { link, passcode },
            other: None,
        }
    }

    /// The same conference, whose page is now this one and asks for no passcode any more.
    pub fn at_page(mut self, link: Private) -> Self {
        let page = Way::Page {
            link,
            passcode: None,
        };
        match self.best.by() {
            By::Page => self.best = page,
            By::Sip => self.other = Some(page),
        }
        self
    }

    /// The ways, best first.
    pub fn ways(&self) -> impl Iterator<Item = &Way> {
        core::iter::once(&self.best).chain(&self.other)
    }

    /// The way of this kind; the best one when there is none.
    pub fn way(&self, by: By) -> &Way {
        self.ways().find(|way| way.by() == by).unwrap_or(&self.best)
    }

    /// Whether both lead into the same conference: they have a way in common.
    pub fn same_place(&self, other: &Target) -> bool {
        let there = |way: &Way| {
            other
                .ways()
                .any(|w| (w.by(), w.place()) == (way.by(), way.place()))
        };
        self.ways().any(there)
    }
}

/// Why a meeting has no join button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoTarget {
    /// The invitation names no conference.
    NoLink,
    /// A link to a host that the operator has not allowed.
    UnknownHost(HostName),
    /// A link that is refused for what it is (not https, look-alike, user info, registration page).
    Refused(HostName),
    /// A known service that this room cannot join.
    NotJoinable(ServiceId),
    /// A known service, whose link leads to a page and not into a conference.
    Page(ServiceId, Page),
    /// A link that a mail filter of this host replaced; only the filter knows where it leads.
    Sealed(HostName),
}

/// What a link of a conference service leads to, when it is no conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Page {
    /// Somebody must register first.
    Registration,
    /// A recording.
    Recording,
    /// A log-in page.
    SignIn,
    /// Help, a start page or anything else.
    Other,
}

/// What the calendar says, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalendarSeen {
    /// Meetings in the window, sorted by start.
    pub meetings: Vec<Meeting>,
    /// How fresh this is.
    pub health: CalendarHealth,
}

/// How fresh the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalendarHealth {
    /// No calendar is configured, or none was read yet.
    Never,
    /// Every source answered at its last reading.
    Fresh,
    /// At least one source fails; its last good copy from this time is used.
    StaleSince(Wall),
}
