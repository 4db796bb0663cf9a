//! What the emulated camera sees: a council chamber all around it, cropped by pan, tilt and zoom, with a band of colour
//! along the lower edge that says which way the head looks.
//!
//! `canvas` (planes and painting), `chamber` (the scene), `lens` (from direction to picture), `hue` (the band),
//! `film` (the file that Chromium reads as its camera).
//! Chromium reads such a file again for every frame that it delivers, so a file of one frame, rewritten in place,
//! is live: a change is in the browser's picture within one frame interval (measured: 40 to 50 ms at 20 frames a second).

mod canvas;
mod chamber;
mod film;
mod hue;
mod lens;
#[cfg(test)]
mod tests;

pub use film::{FRAMES_PER_SECOND, Film, PictureFile};
pub use hue::{BAND_ROWS, hue_distance, hue_of_rgb, pan_hue};
pub use lens::{Camera, Frame, HEIGHT, WIDTH};
