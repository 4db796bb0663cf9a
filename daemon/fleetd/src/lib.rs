//! IT's own server for its rooms: who is enrolled, how each room is, how it shall be set, what it was told, and who did it.
//! Knows no room from inside; all that a room is for it stands in `fleet-proto`.

mod acts;
pub mod alerts;
pub mod audit;
pub mod authority;
pub mod bridge;
pub mod bulk;
pub mod cluster;
pub mod commands;
pub mod enrol;
pub mod fleet;
pub mod history;
pub mod hub;
pub mod kept;
pub mod oidc;
mod pages;
pub mod people;
pub mod rollouts;
pub mod rooms;
pub mod secrets;
pub mod serve;
pub mod simulate;
pub mod store;
pub mod twin;
pub mod uploads;
pub mod views;
pub mod web;
mod words;
