//! Commissioning a room: what was found becomes proposals with reasons, these become questions, the answers and proofs become
//! the room's file and the installation's report. Pure: opens nothing, asks nobody, writes no file.
//!
//! Layers, each knowing only those before it: `facts` (what was found), `named` (what nothing finds), `roles` (who does what, and
//! why), `topic` (what is asked), `proof` (what is tried, and what came of it), `state` (all that is remembered), `interview` (what
//! comes next), `room_file` (the text that a room is run by), `report` (the page), `doctor` (what changed since).
//!
//! Invariant: what is known is never asked.
//! Invariant: no answer makes a file that the daemon would refuse.
//! Invariant: what is remembered after any step continues as if nothing had been interrupted.

pub mod doctor;
pub mod facts;
mod interview;
pub mod limits;
mod named;
mod proof;
mod questions;
pub mod report;
mod roles;
mod room_file;
mod state;
mod steps;
mod topic;
mod words;

pub use facts::Facts;
pub use interview::{Interview, Next, Refused, Unusable};
pub use named::{Carrier, Named};
pub use proof::{Figure, Finding, Left, Measure, Proof, Proven, Way};
pub use roles::{Kind, Reason, Role};
pub use room_file::CALENDAR_SECRET;
pub use state::{Record, State, Template};
pub use topic::{Choice, Form, Question, Topic};
