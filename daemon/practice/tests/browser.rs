//! Two real Chromium pages with each other through a served practice conference: media both ways, doors,
//! host's acts, and a server that dies and returns while the media goes on.
//!
//! Needs Debian's `chromium`. With `PRACTICE_SCREENS=folder` every screen is also drawn to a PNG there.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

#[path = "browser/call.rs"]
mod call;
#[path = "browser/cdp.rs"]
mod cdp;
#[path = "browser/door.rs"]
mod door;
#[path = "browser/network.rs"]
mod network;
#[path = "browser/room.rs"]
mod room;
#[path = "browser/screens.rs"]
mod screens;
