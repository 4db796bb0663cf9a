//! One verb for many rooms: which of them can be told and which cannot and why, shown before anything is done; and what became of it.
//! Draws nothing; each room is told as any room is.

mod desk;
mod plan;

pub use desk::{Batch, BulkDesk, BulkError};
pub use plan::{Hindrance, Plan, VERBS, hindrance};
