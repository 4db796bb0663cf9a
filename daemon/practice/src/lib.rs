//! practice: the room's own small WebRTC conference, for facility teams, the demo and the tests.
//!
//! Owns a page, its signalling over one WebSocket, and the rules of who gets in; media flows between the
//! browsers themselves. Knows nothing of rooms, calendars or devices. TODO-CONTRACT

mod clock;
pub mod conference;
mod error;
mod ids;
mod keep;
mod limits;
mod messages;
mod page;
mod practice;
mod reach;
mod serve;
mod socket;
pub mod tls;
mod token;

pub use conference::{Notice, Rules};
pub use error::PracticeError;
pub use ids::{Code, ConferenceId, DisplayName, ParticipantId, Unfit};
pub use messages::{Gone, Role, Waiting};
pub use page::router;
pub use practice::{ConferenceConfig, Config, OnDemand, OwnerNotice, Practice};
pub use serve::{Serving, Transport, serve};
pub use token::ResumeKey;
