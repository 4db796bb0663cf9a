//! What a Pexip node says when it refuses or disconnects, with the vendor's stable codes, and what that means for a room.
//! Texts and codes as in the vendor's client of 2026 (`@pexip/infinity-api` 20).

use room_core::event::{CallSeen, EndReason, PersonNeeded};
use room_core::failure::CallFailure;

macro_rules! reasons {
    ($($variant:ident = $code:literal $text:literal => $meaning:expr,)*) => {
        /// A reason, closed; each carries the vendor's code for people and IT.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is its text")]
        pub enum Reason {
            $($variant,)*
            Unknown,
        }

        impl Reason {
            /// Every one that has a text.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),*];

            /// Reads the node's text, or the code in it.
            pub fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::by_code(text),
                }
            }

            /// The vendor's code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown => "#pex117",
                }
            }

            /// The node's text.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown => "",
                }
            }

            /// What it means.
            pub fn meaning(self) -> Meaning {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Unknown => Meaning::Page,
                }
            }
        }
    };
}

/// What a reason means for the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The PIN was refused.
    WrongPin,
    /// The token is not valid any more: ask for another.
    Renew,
    /// A person has to go on.
    Person(PersonNeeded),
    /// The call is over and is not joined again by itself.
    Over(EndReason),
    /// It failed.
    Failed(CallFailure),
    /// The page knows better.
    Page,
}

use CallFailure as F;
use EndReason as E;
use Meaning::{Failed, Over, Page, Person, Renew, WrongPin};

reasons! {
    InvalidRole = "#pex100" "Invalid role" => Failed(F::Denied),
    InvalidPin = "#pex101" "Invalid PIN" => WrongPin,
    NoProxying = "#pex109" "Out of proxying resource" => Failed(F::Full),
    Maintenance = "#pex110" "System in maintenance mode" => Failed(F::Unreachable),
    BadGateway = "#pex111" "502 Bad Gateway" => Failed(F::Unreachable),
    Unavailable = "#pex112" "503 Service Unavailable" => Failed(F::Unreachable),
    InvalidToken = "#pex113" "Invalid token" => Renew,
    TokenExpired = "#pex113" "Timer expired awaiting token refresh" => Renew,
    OutOfResource = "#pex114" "Out of resource" => Failed(F::Full),
    NoTranscoding = "#pex114" "Out of transcoding resource" => Failed(F::Full),
    TransferFailed = "#pex115" "transfer failed" => Failed(F::ConnectionLost),
    Unexpected503 = "#pex116" "Unexpected Response: 503" => Failed(F::Unreachable),
    NotForwarded = "#pex119" "Failed to forward request" => Failed(F::Unreachable),
    EndedByHost = "#pex120" "Conference host ended the conference with a DTMF command" => Over(E::EndedByHost),
    EndedByApi = "#pex121" "API initiated conference termination" => Over(E::EndedByHost),
    RemovedByApi = "#pex122" "API initiated participant disconnect" => Over(E::Removed),
    EndedByAdministrator = "#pex122" "Conference terminated by an administrator" => Over(E::EndedByHost),
    RemovedByAdministrator = "#pex123" "Disconnected by an administrator" => Over(E::Removed),
    RemovedByParticipant = "#pex124" "Disconnected by another participant" => Over(E::Removed),
    EndedByParticipant = "#pex125" "Conference terminated by another participant" => Over(E::EndedByHost),
    HostNeverCame = "#pex126"
        "Timeout waiting for conference host to join or permit access to locked conference" => Failed(F::HostTimeout),
    Disabled = "#pex127" "Disabled" => Failed(F::NotFound),
    SignalingNodeLost = "#pex129" "Signaling node disconnected" => Failed(F::ConnectionLost),
    MediaProcessLost = "#pex130" "Media process disconnected" => Failed(F::ConnectionLost),
    MediaNodeLost = "#pex131" "Media node disconnected" => Failed(F::ConnectionLost),
    ProxiedLost = "#pex132" "Proxied participant disconnected" => Failed(F::ConnectionLost),
    NobodyKeepsItAlive = "#pex140" "No participants can keep conference alive" => Over(E::EndedByHost),
    HostsGone = "#pex141" "All conference hosts departed hosted conference" => Over(E::EndedByHost),
    LastOne = "#pex142" "Last remaining participant removed from conference after timeout" => Over(E::TimeLimit),
    TestCallOver = "#pex143" "Test call finished" => Over(E::TimeLimit),
    Rejected = "#pex150" "Call rejected" => Over(E::Denied),
    Disconnected = "#pex151" "Call disconnected" => Failed(F::ConnectionLost),
    DialOutFailed = "#pex152" "Gateway dial out failed" => Failed(F::Unreachable),
    NoRoute = "#pex153" "invalid gateway routing rule transform" => Failed(F::Unreachable),
    NotFound = "#pex154" "Neither conference nor gateway found" => Failed(F::NotFound),
    NoDirectRoute = "#pex156" "No direct route between Edge and Transcoding" => Failed(F::Unreachable),
    NotFound404 = "#pex157" "404 Not Found" => Failed(F::NotFound),
    ResourceUnavailable = "#pex191" "Resource unavailable" => Failed(F::Full),
    TooManyPins = "#pex192" "Participant exceeded PIN entry retries" => Failed(F::WrongPasscode),
    InvalidLicence = "#pex193" "Invalid license" => Failed(F::Full),
    ParticipantLimit = "#pex194" "Participant limit reached" => Failed(F::Full),
    NoLicences = "#pex195" "Insufficient licenses" => Failed(F::Full),
    IceFailure = "#pex196" "Ice failure" => Failed(F::NoMedia),
    Telehealth = "#pex197" "Telehealth Call failure" => Page,
    SsoFailed = "#pex200" "SSO Authentication Failed" => Person(PersonNeeded::Login),
    SsoUnset = "#pex201" "SSO enabled but no Identity Providers configured" => Failed(F::LoginNeeded),
    SsoMaintenance = "#pex203" "SSO Authentication Failed. The system is in Maintenance mode" => Failed(F::Unreachable),
    SsoElsewhere = "#pex204"
        "SSO Authentication Failed. SSO is not available from this domain" => Failed(F::LoginNeeded),
    NotIntoConference = "#pex210" "Failed to transfer into a multi-party conference" => Failed(F::ConnectionLost),
    NotIntoCall = "#pex211" "Failed to transfer into a one-to-one conference" => Failed(F::ConnectionLost),
}

impl Reason {
    fn by_code(text: &str) -> Self {
        let with = |reason: &&Reason| text.contains(reason.code());
        Self::ALL
            .iter()
            .find(with)
            .copied()
            .unwrap_or(Self::Unknown)
    }
}

impl Meaning {
    /// As a fact of the call, where it is one.
    pub fn seen(self) -> Option<CallSeen> {
        match self {
            WrongPin => Some(CallSeen::PasscodeAsked { rejected: true }),
            Person(needed) => Some(CallSeen::PersonNeeded(needed)),
            Over(reason) => Some(CallSeen::Over(reason)),
            Failed(failure) => Some(CallSeen::Failed(failure)),
            Renew | Page => None,
        }
    }
}
