//! The server over real TLS on the loopback, from both sides: people and programs on one, rooms on the other.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod alertmanager;
mod alerts;
mod boards;
#[path = "../common/mod.rs"]
mod common;
mod doors;
mod enrolment;
mod firmware;
mod lines;
mod lists;
mod monitoring;
mod oidc;
mod oidc_attacks;
mod oidc_settings;
mod packages;
mod people;
mod provision;
mod rollouts;
mod twin;
