//! Rooms on a customer's MQTT broker, for building systems: what a card says, and three harmless verbs where somebody switched them on.
//! Knows no page.
//!
//! Terms: a *ground* is a broker with the prefixes under which rooms stand there; *said* is what a broker is told of a room; the *book* is
//! what the broker holds, room by room; a *trace* names the rooms of which a ground may hold something.
//!
//! What is published and which command counts is decided in `said`, `book` and `verbs`, which are pure; `wire` speaks the protocol without
//! a socket, `line` has the socket, and `clerk` brings them together under a lease, so that of several servers one is on the broker.

mod book;
#[cfg(test)]
mod book_tests;
mod clerk;
mod desk;
mod discovery;
mod line;
mod said;
mod session;
mod settings;
mod topics;
mod verbs;
mod wire;

pub use book::{Book, Message, Trace};
pub use clerk::bridge_rooms;
pub use desk::{BridgeDesk, BridgeError, Standing, Status};
pub use discovery::View;
pub use line::LineError;
pub use said::Said;
pub use settings::{BadBridge, Bridge, Broker, Ground};
pub use topics::Topics;
pub use verbs::{Refusal, VERBS};
