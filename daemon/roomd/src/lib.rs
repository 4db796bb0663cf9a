//! The daemon's parts, as a library so that tests can wire them. Only this crate knows both the core and the wire formats.

pub mod faces;
