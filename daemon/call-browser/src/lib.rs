//! Joins conferences in a kiosk Chromium.

pub mod flags;
pub mod frames;
pub mod wire;
