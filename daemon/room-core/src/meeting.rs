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
    /// Which service pack joins it.
    pub service: ServiceId,
    /// Its host, for people and IT.
    pub host: HostName,
    /// The link to open.
    pub link: Private,
    /// The passcode from the invitation.
    pub passcode: Option<Private>,
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
