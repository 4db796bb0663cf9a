//! The room's table buttons beside what they show: which images came for them, and what people who look after them may know.
//! Knows no line and no loader; the driver does.

mod released;

pub use released::{Firmware, version};

use drv_puck::Handle;
use drv_puck::update::{Built, Display, Image, Images, Line};
use room_api::{ButtonLine, ButtonsAnswer};
use room_core::ids::PuckId;
use room_profile::PuckDisplay;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::{info, warn};

/// Where the package puts images.
pub const IMAGES: &str = "/usr/share/roomd/button";

/// Who is to be asked.
#[derive(Debug, Clone)]
pub struct Buttons {
    /// Each button, in the order of the room's file.
    pub lines: Vec<Button>,
    /// What the room has for them.
    pub firmware: Firmware,
    /// Their sockets.
    pub sockets: watch::Receiver<BTreeMap<PuckId, String>>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Button {
    /// Its role.
    pub id: PuckId,
    /// Its line.
    pub handle: Handle,
    /// Its display, where it cannot say so itself.
    pub display: Display,
}

/// What is known of a button's display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// It may still say it.
    NotYet,
    /// No image is for it.
    Unknown,
    /// On this one.
    On(Display),
}

impl Button {
    /// Its display.
    pub fn shows(&self) -> Shows {
        match self.handle.acquaintance().built {
            Built::NotYet => Shows::NotYet,
            Built::Unsaid => Shows::On(self.display),
            Built::For(drv_puck::Display::Oled) => Shows::On(Display::Oled),
            Built::For(drv_puck::Display::Tft) => Shows::On(Display::Tft),
            Built::For(drv_puck::Display::Other(_)) => Shows::Unknown,
        }
    }
}

impl Buttons {
    /// What is known now.
    pub fn answer(&self) -> ButtonsAnswer {
        let sockets = self.sockets.borrow();
        let line = |Button { id, handle, .. }: &Button| {
            let known = handle.acquaintance();
            let silent = known.heard.map(|heard| heard.elapsed().as_millis());
            ButtonLine {
                id: id.as_str().to_owned(),
                place: sockets.get(id).cloned(),
                serial: known.serial,
                firmware: known.firmware,
                foreign_wire: known.foreign,
                display: display_word(known.built),
                silent_ms: silent.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
            }
        };
        ButtonsAnswer {
            buttons: self.lines.iter().map(line).collect(),
        }
    }
}

fn display_word(built: Built) -> Option<String> {
    match built {
        Built::For(drv_puck::Display::Oled) => Some(Display::Oled.to_string()),
        Built::For(drv_puck::Display::Tft) => Some(Display::Tft.to_string()),
        Built::For(drv_puck::Display::Other(_)) | Built::NotYet | Built::Unsaid => None,
    }
}

/// As the room's file says it, for a button that cannot.
pub fn display(display: PuckDisplay) -> Display {
    match display {
        PuckDisplay::Oled => Display::Oled,
        PuckDisplay::Tft => Display::Tft,
    }
}

/// The displays that images are for.
const DISPLAYS: [Display; 2] = [Display::Oled, Display::Tft];

/// The images in this folder, one for each display that any came for.
pub fn images(folder: &Path) -> Images {
    Images::new(
        DISPLAYS
            .into_iter()
            .filter_map(|display| image(folder, display))
            .collect(),
    )
}

/// The image for a button with this display; nothing when there is none, or none that may be written.
fn image(folder: &Path, wanted: Display) -> Option<Arc<Image>> {
    let name = format!("puck-{wanted}-usb.uf2");
    let file = folder.join(name);
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!(file = %file.display(), %error, "firmware for table buttons cannot be read");
            return None;
        }
    };
    match Image::read(&bytes) {
        Ok(image) if image.marker().display == wanted && image.marker().line == Line::Usb => {
            info!(image = %image.marker(), "firmware for table buttons came with the daemon");
            Some(Arc::new(image))
        }
        Ok(image) => {
            warn!(file = %file.display(), image = %image.marker(), "firmware for other table buttons is not used");
            None
        }
        Err(error) => {
            warn!(file = %file.display(), %error, "firmware for table buttons is refused");
            None
        }
    }
}
