//! IT's own server for its rooms: who is enrolled, how each room is, how it shall be set, what it was told, and who did it.
//! Knows no room from inside; all that a room is for it stands in `fleet-proto`.

pub mod audit;
pub mod authority;
pub mod commands;
pub mod enrol;
pub mod fleet;
pub mod history;
pub mod hub;
pub mod kept;
pub mod people;
pub mod rooms;
pub mod secrets;
pub mod store;
pub mod twin;
