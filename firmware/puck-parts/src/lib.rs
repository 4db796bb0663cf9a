//! The table button's inside between behaviour and chip: the loop's one turn, two displays on any bus, a panic's last words,
//! and how a USB host knows it. Owns no pin, no interrupt, no clock and no `unsafe`; decides nothing that `puck-ui` could.
#![no_std]

mod body;
mod identity;
mod mask;
mod note;
mod oled;
mod tft;

pub use body::{Body, Happened, Panel, Turn, still};
pub use identity::{
    LOADER_BAUD, MAKER, PACKET, PRODUCT, PRODUCT_NAME, VENDOR, packets, release, serial,
};
pub use note::Note;
pub use oled::{Oled, Writes};
pub use puck_ui::{Config, Glass, Key, LIGHTS, Level, Line, Text, Tongue};
pub use tft::Tft;
