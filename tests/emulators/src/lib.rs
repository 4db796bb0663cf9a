//! Devices and conference servers that speak the real wire, byte for byte, and can be told to misbehave.
//! For tests and the demo, never for the product.

pub mod conference;
pub mod display;
pub mod line;
pub mod pelco;
pub mod picture;
pub mod ports;
pub mod puck;
pub mod sip;
pub mod visca;
