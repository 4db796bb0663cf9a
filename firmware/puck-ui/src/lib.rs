//! The table button without its chip: keys, link to the host, ring of light and screens.
//! Times come in as durations since power was given, so that a test lives a day in a second. Knows no pin, no bus, no
//! clock and no allocator; what the room does is told by the host, and nothing here is assumed about it.
//!
//! Terms: *face* is what the host wants shown; a press is *taken* when the host has named its count, and *unconfirmed*
//! when it has not within a second.
//! Invariant: any sequence of edges within five milliseconds gives at most one press.
//! Invariant: no press is lost or doubled over a lost link: the host takes it once, or the button says so.
//! Invariant: the ring is never green unless the host said live within the last one and a half seconds.
#![no_std]

mod draw;
mod keys;
mod link;
mod puck;
mod ring;
mod screen;
mod signs;
mod words;

pub use draw::{Glass, Ink, Paint, Stencil};
pub use keys::{LONG_AFTER, Level, SETTLES_AFTER};
pub use link::{Connection, GONE_AFTER, NotSent};
pub use puck::{Areas, Config, Output, Puck};
pub use ring::LIGHTS;
pub use wire::{Key, KeyKind, Line, Text, Tongue};
