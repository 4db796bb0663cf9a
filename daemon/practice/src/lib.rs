//! practice: the room's own small WebRTC conference, for facility teams, the demo and the tests.
//!
//! Owns a page, its signalling over one WebSocket, and the rules of who gets in; media flows between the
//! browsers themselves, at most four of them. Knows nothing of rooms, calendars or devices.
//!
//! [`conference::Conference`] is the rules, pure. [`Practice`] runs conferences, [`router`] serves them,
//! [`serve()`] listens, [`tls`] makes the certificate. A server that dies takes no call with it: pages
//! keep their media, come back within a second, and show a token signed with [`ResumeKey`]. Whoever
//! starts the server again with the same key and revocation file has the same conferences again.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use practice::{Code, ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules, Transport};
//! let state = std::path::Path::new("/var/lib/roomd");
//! let mut config = Config::new(ResumeKey::load_or_create(&state.join("practice.key"))?);
//! config.revocations = Some(state.join("practice-revoked.json"));
//! let rules = Rules { host_code: Some(Code::new("…")?), lobby: true, ..Rules::default() };
//! config.conferences = vec![ConferenceConfig { id: ConferenceId::new("room-207")?, rules }];
//! let certificate = practice::tls::own_certificate(state, &["room-207.local", "192.168.7.9"])?;
//! config.ca_der = Some(certificate.ca_der().to_vec());
//! let practice = Practice::new(config)?;
//! let router = practice::router(practice.clone());
//! let serving = practice::serve(([0, 0, 0, 0], 8443).into(), Transport::Tls(certificate.listener_config()), router)?;
//! // Restarting soon: serving.stop().await and nothing more. For good: practice.end_all() before.
//! # drop(serving); Ok(()) }
//! ```
#![doc = include_str!("../PAGE.md")]

mod clock;
pub mod conference;
mod error;
mod ids;
mod keep;
mod limits;
mod messages;
mod names;
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
pub use names::OwnNames;
pub use page::router;
pub use practice::{ConferenceConfig, Config, OnDemand, OwnerNotice, Practice};
pub use serve::{Serving, Transport, serve};
pub use token::ResumeKey;
