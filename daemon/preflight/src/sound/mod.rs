//! The sound loop, from each loudspeaker to each microphone: what is played, what its recording tells, and what that means.
//!
//! Levels are in decibels of full scale by AES17: a sine at full scale has 0 dBFS.

mod decay;
mod echo;
mod finding;
mod hum;
mod judge;
mod measure;
mod quantity;
mod response;
mod spectrum;
mod sweep;

pub use echo::{ENOUGH, Loss, echo_loss, judge_claim, judge_room, speech};
pub use finding::{Finding, Mains, Part, Verdict};
pub use judge::{Limits, Loop, judge};
pub use measure::{Ear, Heard, Measured, Polarity, Unheard};
pub use quantity::{Decibels, Millis, Share};
pub use response::{BANDS, Band};
pub use sweep::{Sweep, Take};
