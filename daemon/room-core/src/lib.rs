//! The room's mind: one pure, total state machine. Events in, effects out, a view for every face.
//! No I/O, no clock, no async, no randomness, no error: a bad world is state.
//!
//! Terms:
//! - *wanted* is what was asked of a device, *seen* what was read back from it; effects are their difference.
//! - A *visit* is the room's being in one conference, or on its way there. It ends when somebody ends it.
//! - A *call* is one attempt at it with one page. A visit whose page is lost goes on with a new call.
//! - The *warm* page is a call that nobody asked to enter yet.
//! - *Finished* meetings are never joined again by themselves; a person may always join them.
//!
//! Invariants, each a check of the same name in `invariants.rs`: arrive dark and silent, nothing opens from afar,
//! the lamp tells the truth, never two calls, only the current call is commanded, finished is never rejoined,
//! joins by itself only when allowed, stop wins, drives end by themselves, volume within its limit, memory is kept and bounded,
//! gone devices are left alone, hands reach the page only when asked, a hand on the page opens nothing, the room agrees only as
//! the operator said, being asked opens nothing, what differs is open, whoever closes closes all, sound opens only for the room,
//! preflight leaves calls alone, updates leave calls alone, a second look changes nothing, nothing happens between deadlines,
//! every offer answers.

#![warn(clippy::wildcard_enum_match_arm)]

mod afar;
mod by_itself;
mod call;
mod clock;
pub mod deadlines;
mod displays;
pub mod effect;
mod equipment;
pub mod event;
mod facts;
pub mod failure;
mod fittings;
pub mod hand;
mod heads;
mod health;
pub mod ids;
pub mod invariants;
mod life;
pub mod limits;
pub mod meeting;
pub mod memory;
pub mod plan;
pub mod preflight;
mod presence;
mod presses;
pub mod pucks;
pub mod room;
#[cfg(test)]
mod sample;
mod schedule;
mod show;
pub mod sound;
mod switches;
mod time;
pub mod units;
pub mod view;
mod warm;
mod ways;

pub use deadlines::Why;
pub use room::{Effects, Room};
