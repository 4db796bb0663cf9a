//! Spoken words for tests of sound: espeak-ng's voices, rooms to speak in, and what is measured of both: level, delay, loss,
//! intelligibility. Knows no server, no call, no driver.

mod measure;
mod room;
mod say;
mod wave;

pub use measure::{in_step, intelligibility, later, level, silence, weighted_loss};
pub use room::{Dice, answer, through};
pub use say::{ANSWER, ENGLISH, ENGLISH_ANSWER, GERMAN, can_run, speech};
pub use wave::{read, resampled, wav};

/// Samples a second of every sound here.
pub const RATE: usize = 48_000;
