//! The room's table buttons beside what they show: which images came for them, and what people who look after them may know.
//! Knows no line and no loader; the driver does.

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

/// The images in this folder, one for each display that any came for.
pub fn images(folder: &Path) -> Images {
    let all = [Display::Oled, Display::Tft];
    Images::new(
        all.into_iter()
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
