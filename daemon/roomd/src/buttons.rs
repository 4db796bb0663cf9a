//! The room's table buttons beside what they show: which image each gets, and what people who look after them may know.
//! Knows no line and no loader; the driver does.

use drv_puck::Handle;
use drv_puck::update::{Display, Image, Line};
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
    /// Each button's line, in the order of the room's file.
    pub lines: Vec<(PuckId, Handle)>,
    /// Their sockets.
    pub sockets: watch::Receiver<BTreeMap<PuckId, String>>,
}

impl Buttons {
    /// What is known now.
    pub fn answer(&self) -> ButtonsAnswer {
        let sockets = self.sockets.borrow();
        let line = |(id, handle): &(PuckId, Handle)| {
            let known = handle.acquaintance();
            let silent = known.heard.map(|heard| heard.elapsed().as_millis());
            ButtonLine {
                id: id.as_str().to_owned(),
                place: sockets.get(id).cloned(),
                serial: known.serial,
                firmware: known.firmware,
                foreign_wire: known.foreign,
                silent_ms: silent.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
            }
        };
        ButtonsAnswer {
            buttons: self.lines.iter().map(line).collect(),
        }
    }
}

/// The image in this folder for a button with this display; nothing when there is none, or none that may be written.
pub fn image(folder: &Path, display: PuckDisplay) -> Option<Arc<Image>> {
    let (wanted, name) = match display {
        PuckDisplay::Oled => (Display::Oled, "puck-oled-usb.uf2"),
        PuckDisplay::Tft => (Display::Tft, "puck-tft-usb.uf2"),
    };
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
