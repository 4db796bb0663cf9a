//! What commissioning asks of the daemon at the control socket: to show its invitation, and to hold a practice conference with
//! the installer's phone.

use crate::private::Private;
use serde::{Deserialize, Serialize};

/// Asks a daemon without a room to show, for some seconds, where a phone finds the page of commissioning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    /// The address that people type.
    pub url: String,
    /// The code that pairs a device; `null` while wrong tries have locked pairing.
    pub code: Option<Private>,
}

/// Whether it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationAnswer {
    /// `false`: there is a room already, whose display shows the room.
    pub shown: bool,
}

/// Opens a practice conference of its own for the room and one more device, or ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeCallRequest {
    /// Whether there shall be one; it ends by itself when nobody has asked for it for half a minute.
    pub open: bool,
}

/// A practice conference of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeCallAnswer {
    /// The meeting by which the room joins it; `null`: there is none any more.
    pub meeting: Option<String>,
    /// Where the other device joins it.
    pub link: Option<Private>,
}
