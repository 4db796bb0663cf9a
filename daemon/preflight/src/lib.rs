//! A room that proves itself: which checks in which order, what they found by name, what that means to people, and the report.
//! Pure: plays nothing, records nothing, opens nothing; whoever runs it brings the clock and the figures.

pub mod check;
pub mod history;
pub mod path;
pub mod plan;
mod plot;
pub mod report;
pub mod sound;
pub mod trouble;
mod words;

pub use check::{Check, Checked, Figure, Measure, Note, Run, Skipped, Stop};
pub use plan::{Input, Order, Plan, Surroundings};
pub use trouble::{Repair, Trouble};
pub use words::Language;
