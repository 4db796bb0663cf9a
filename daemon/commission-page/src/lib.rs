//! Commissioning on a page: the interview of `commission` on a phone or tablet in the room's own network, paired by the code on
//! the room's display. Knows no device and no room; whoever runs the interview stands at the other side of a [`Desk`].
//!
//! Terms: the *desk* lies between the interview's runner, who lays down one screen after another, and the pages, which show it
//! and bring answers back; a *step* numbers the screens, so that an answer to an older one is refused and not misunderstood.
//!
//! Invariant: nothing of the interview is shown to, or taken from, a device that is not paired.
//! Invariant: the runner never waits for a page longer than [`desk::PATIENCE`] after the last sign of one.

pub mod desk;
mod devices;
mod gate;
mod pages;
mod screens;
mod serve;
mod words;

pub use desk::{Came, Desk, Heard, Said, Screen};
pub use serve::{Ears, Eyes, PageError, Setting, serve};
