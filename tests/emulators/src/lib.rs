//! Devices that speak the real wire, byte for byte, and can be told to misbehave. For tests and the demo, never for the product.

pub mod picture;
pub mod puck;
pub mod visca;
