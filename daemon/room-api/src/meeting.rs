//! A meeting as a face shows it, and how it can be joined.
//! Knows no language; texts for people are looked up by code.

use crate::private::Private;
use serde::{Deserialize, Serialize};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// To name it in a press.
    pub id: String,
    /// Its subject; `null` when private.
    pub title: Option<Private>,
    /// Who invited; `null` when private or unknown.
    pub organizer: Option<Private>,
    /// Begin.
    pub start_ms: i64,
    /// End.
    pub end_ms: i64,
    /// A whole-day entry.
    pub all_day: bool,
    /// The invitation's status.
    pub status: MeetingStatus,
    /// Whether and how it can be joined.
    pub joinable: Joinable,
}

/// The invitation's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingStatus {
    /// Takes place.
    Confirmed,
    /// Not sure yet.
    Tentative,
    /// Does not take place.
    Cancelled,
}

/// Whether a meeting has a button, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Joinable {
    /// It has.
    Yes {
        /// The conference service's slug.
        service: String,
    },
    /// Cancelled.
    Cancelled {},
    /// Marked exempt.
    Exempt {},
    /// No conference in the invitation.
    NoLink {},
    /// Its host is not allowed here.
    UnknownHost {
        /// The host.
        host: String,
    },
    /// Its link is refused.
    Refused {
        /// The host.
        host: String,
    },
    /// This room cannot join the service.
    NotJoinable {
        /// The service's slug.
        service: String,
    },
    /// Its link leads to a page of the service and not into a conference.
    Page {
        /// The service's slug.
        service: String,
        /// What the page is.
        page: Page,
    },
    /// A mail filter replaced its link.
    Sealed {
        /// The filter's host.
        host: String,
    },
}

/// What a link of a conference service leads to, when it is no conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
