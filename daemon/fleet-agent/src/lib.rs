//! The room's side of IT's fleet: one connection out, what is said on it, and how a room is taken in.
//! Knows no room and no device: the daemon says the room's state, does what it is told, and holds what may be set.
//!
//! [`Agent`] decides and does nothing; [`link`] carries texts over TLS; [`enrol`] asks to be taken in; [[`RoomKey`]] are the files.
//! Nothing on a room's way into a meeting waits for any of this.

mod agent;
mod commands;
mod drive;
pub mod enrol;
pub mod link;
mod pace;
mod papers;
mod repository;
mod said;
mod server;
mod terms;

pub use agent::Agent;
pub use commands::{Begun, Remembered};
pub use drive::{Clock, Clocks, Ends, LinkSeen, drive};
pub use papers::{Membership, PapersError, RoomKey};
pub use releases::Remembering;
pub use repository::{Fetch, NotFetched, Repository};
pub use server::{NoServer, Server};
pub use terms::{Input, Now, Output, Terms};
