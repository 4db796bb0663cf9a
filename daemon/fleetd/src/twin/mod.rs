//! How rooms shall be set: texts by level, from everything down to one room, and what they make together. A room is given the whole
//! and says what became of it. Knows no connection, and not what a setting means: that is the room's business.
//!
//! Terms: a *level* is a set of rooms (all, a site, …, one room); its *text* is TOML; a room's *document* is the texts of its levels
//! laid over each other, the narrower one on top.

mod desk;
mod level;
mod merge;

pub use desk::{
    Author, DesiredDoc, Earlier, Effect, Template, Tried, TwinDesk, TwinError, may_try,
};
pub use level::Level;
pub use merge::{BadText, Difference, Merged, difference, merge, read};
