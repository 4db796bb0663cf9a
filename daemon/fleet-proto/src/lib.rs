//! What a room and IT's fleet server say to each other: messages, their limits, and how a room is enrolled.
//! Knows no room, no server, no socket. Nothing in here can open a microphone or a camera: there is no message for it.
//!
//! A room connects out, once, over TLS with its own certificate: a WebSocket at [`SOCKET_PATH`] that carries JSON texts, one message each.
//! The room says [`Hello`], the server [`Welcome`]; then either speaks when it has something to say. Documents go whole, with numbers that
//! grow; there are no partial updates, so that one lost message never leaves a wrong picture behind.
//!
//! Newer peers may add fields and kinds of messages: unknown fields are passed over, an unknown kind is [`Unread::Unknown`], an unknown
//! verb is answered as one. Times are milliseconds since 1970-01-01 UTC and end in `_ms`.

mod enrol;
mod frame;
mod ids;
mod message;
mod release;
mod state;
mod twin;
mod verb;

pub use enrol::{Approved, EnrolAnswer, EnrolRequest, EnrolTicket, Renewal, code};
pub use frame::{MAX_MESSAGE, Unread, read, write};
pub use ids::{
    Boot, BoundedText, Code, CommandId, Epoch, NotAnId, Revision, RoomId, Sequence, Target,
    TenantId,
};
pub use message::{
    Answer, FromFleet, FromRoom, Goodbye, GoodbyeWhy, Hello, Outcome, Refusal, Sample, Stamped,
    Welcome,
};
pub use release::{NEAR_MS, NOT_FOR_THE_ROOM, Offer, Offers, ReleaseNow, Stage, Wait};
pub use state::{
    CalendarNow, CallNow, ClockNow, Device, Fault, PackNow, Phase, ProofNow, RoomState, SwitchNow,
    Tomorrow, Verdict, Way,
};
pub use twin::{Desired, MAX_SETTINGS, Problem, Reported, Settled};
pub use verb::{Command, Danger, Failure, Grant, Part, Upload, Verb};

/// What both sides name in the WebSocket's handshake; another major version is another name.
pub const SUBPROTOCOL: &str = "roomd-fleet.1";

/// Where a room connects to; wants the room's certificate.
pub const SOCKET_PATH: &str = "/room/v1/socket";

/// Where a room asks for a new certificate before its old one ends; wants the old one.
pub const RENEW_PATH: &str = "/room/v1/renew";

/// Below this a room puts what it was asked for ([`Upload`]); wants the room's certificate.
pub const UPLOAD_PATH: &str = "/room/v1/uploads/";

/// Below this a room fetches signed lists and releases; wants the room's certificate.
pub const RELEASES_PATH: &str = "/room/v1/releases/";

/// What a room that takes releases says among its verbs.
pub const TAKES_PACKS: &str = "take-service-pack";

/// What a room that takes packages says among its verbs, followed by its machine's architecture as Debian names it.
pub const TAKES_PACKAGES: &str = "take-package-";

/// What a room that takes firmware for its table buttons says among its verbs.
pub const TAKES_FIRMWARE: &str = "take-firmware";

/// What a room that takes the file of its board says among its verbs.
pub const TAKES_BOARDS: &str = "take-board";

/// Where a room asks to be taken in, and below which it asks how that went.
pub const ENROL_PATH: &str = "/enrol/v1/requests";
