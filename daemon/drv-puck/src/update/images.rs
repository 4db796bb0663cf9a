//! The images that the room has for its buttons, by the display they draw on. Pure.

use super::{Built, Image, UpdateError, Version};
pub use puck_image::Display;
use std::sync::Arc;

/// At most one for each display.
#[derive(Debug, Clone, Default)]
pub struct Images(Vec<Chosen>);

/// What buttons with one display get.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// This.
    pub image: Arc<Image>,
    /// Also those that run this version, though it be newer: it was tried, and gone back from.
    pub instead_of: Option<Version>,
}

impl Images {
    /// Of these; of two for one display the first.
    pub fn new(images: Vec<Arc<Image>>) -> Images {
        let chosen = |image| Chosen {
            image,
            instead_of: None,
        };
        images.into_iter().map(chosen).collect()
    }

    /// The one for this display.
    pub fn of(&self, display: Display) -> Option<&Arc<Image>> {
        Some(&self.chosen(display)?.image)
    }

    fn chosen(&self, display: Display) -> Option<&Chosen> {
        let mut all = self.0.iter();
        all.find(|chosen| chosen.image.marker().display == display)
    }

    /// Its version.
    pub fn newest(&self, display: Display) -> Option<Version> {
        Version::read(&self.of(display)?.marker().version)
    }

    /// What takes the place of this version, which was gone back from.
    pub fn instead(&self, display: Display, of: Version) -> Option<Version> {
        let gone = self.chosen(display)?.instead_of == Some(of);
        self.newest(display).filter(|newest| gone && *newest != of)
    }
}

impl FromIterator<Chosen> for Images {
    fn from_iter<T: IntoIterator<Item = Chosen>>(all: T) -> Images {
        Images(all.into_iter().collect())
    }
}

/// Whether a button of which this is known can show what the image draws.
///
/// # Errors
/// [`UpdateError::OtherDisplay`]. One that cannot say what it has is taken at the word of whoever chose the image.
pub fn fits(image: &Image, built: Built) -> Result<(), UpdateError> {
    let Built::For(display) = built else {
        return Ok(());
    };
    let image = image.marker().display;
    match known(display) {
        Some(has) if has == image => Ok(()),
        has => Err(UpdateError::OtherDisplay { has, image }),
    }
}

/// As an image calls it what a button says; nothing for one that only newer builds know.
pub(super) fn known(display: wire::Display) -> Option<Display> {
    match display {
        wire::Display::Oled => Some(Display::Oled),
        wire::Display::Tft => Some(Display::Tft),
        wire::Display::Other(_) => None,
    }
}

/// As a button says it what an image calls so.
pub fn said(display: Display) -> wire::Display {
    match display {
        Display::Oled => wire::Display::Oled,
        Display::Tft => wire::Display::Tft,
    }
}
