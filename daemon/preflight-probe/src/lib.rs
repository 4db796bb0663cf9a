//! The hands of preflight: plays and records in the room, and tries the way to a meeting's host. Brings figures home; what they
//! mean is `preflight`'s business.

pub mod path;
pub mod shelf;
pub mod sip;
pub mod stage;
pub mod studio;
mod whole;
