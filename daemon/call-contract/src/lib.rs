//! call-contract: joins conferences by the documented interface of their front end or node, before a page is opened.
//!
//! ```text
//!  room ──Handle──► desk ──► talk (pure: which contract, what next) ──► desk ──HTTP──► front end, node
//!                    │         └─ greenlight3, greenlight2, pilos, bbb, pexip
//!                    ├── link of the page, or the invitation's own ──► browser
//!  room ◄──Event─────┴── facts of the contract, then those of the browser: one call
//! ```
//!
//! - A contract is asked what a person would have to do: a code, a sign-in, consent, wait for the host. It ends in a
//!   link for the page, or in a named state. A server that does not speak it is left to the page, with the link unchanged.
//! - Before the press nothing is asked that could start a meeting or show the room in a list of participants.
//! - [`talk`] and the contracts are pure, with the clock as an argument; [`desk`] owns all I/O and decides nothing.
//!
//! Knows room-core's types; knows no other adapter and not the daemon.

pub mod bbb;
pub mod contract;
pub mod desk;
mod forms;
mod greenlight2;
mod greenlight3;
mod http;
pub mod pexip;
mod pilos;
pub mod route;
mod sse;
pub mod talk;

pub use desk::{Handle, Inbox, Table, channel, run};
pub use route::{Consent, Door, FrontEnd, Kind};
