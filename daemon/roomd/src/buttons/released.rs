//! Firmware for table buttons that the fleet released, beside what came with the daemon: what was proven, what is on trial, what was gone
//! back from, each a file; and which image a button gets. Knows no fleet and no button.
//!
//! Invariant: what is on trial when the daemon ends, however it ends, is gone back from.
//! Invariant: of what came with the daemon and what was proven the newer one counts.

use super::DISPLAYS;
use crate::state_dir::Drawer;
use anyhow::Result;
use drv_puck::update::{Chosen, Display, Image, Images, Version};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::{info, warn};

/// What a file of the folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Proven,
    Trial,
    /// Buttons that run it get what counts in its place.
    GoneBackFrom,
}

/// What the room has for its buttons.
#[derive(Debug, Clone)]
pub struct Firmware {
    came: Images,
    kept: Drawer,
    now: watch::Sender<Images>,
}

/// The version of an image; one that says none was not released.
pub fn version(image: &Image) -> Option<Version> {
    Version::read(&image.marker().version)
}

impl Firmware {
    /// What came with the daemon, and what was kept in this folder.
    pub fn open(came: Images, folder: PathBuf) -> Firmware {
        let firmware = Firmware {
            came,
            kept: Drawer::new(folder),
            now: watch::Sender::default(),
        };
        firmware.give_up();
        firmware
    }

    /// What buttons get, now and whenever it changes.
    pub fn images(&self) -> watch::Receiver<Images> {
        self.now.subscribe()
    }

    /// The image that counts for this display while nothing is on trial.
    pub fn counts(&self, display: Display) -> Option<Arc<Image>> {
        let came = self.came.of(display).map(Arc::clone);
        let proven = self.read(Part::Proven, display).map(Arc::new);
        // Of the same version the one that came with the daemon.
        [proven, came]
            .into_iter()
            .flatten()
            .max_by_key(|image| version(image))
    }

    /// Uses this one from now on; until it is kept, the next start goes back from it.
    ///
    /// # Errors
    /// When it cannot be written; nothing is changed then.
    pub fn try_on(&self, image: &Arc<Image>) -> Result<()> {
        let display = image.marker().display;
        self.kept.put(&file(Part::Trial, display), image.file())?;
        self.tell(Some(image));
        Ok(())
    }

    /// What is on trial was proven.
    ///
    /// # Errors
    /// When it cannot be written; it is still on trial then.
    pub fn keep(&self, image: &Arc<Image>) -> Result<()> {
        let display = image.marker().display;
        self.kept.put(&file(Part::Proven, display), image.file())?;
        self.kept.remove(&file(Part::Trial, display));
        let gone = self.read(Part::GoneBackFrom, display);
        if gone.is_some_and(|gone| version(&gone) == version(image)) {
            self.kept.remove(&file(Part::GoneBackFrom, display));
        }
        self.tell(None);
        Ok(())
    }

    /// Goes back from what is on trial, if anything is.
    pub fn give_up(&self) {
        for display in DISPLAYS {
            let trial = file(Part::Trial, display);
            let Some(bytes) = self.kept.get(&trial) else {
                continue;
            };
            match self.kept.put(&file(Part::GoneBackFrom, display), &bytes) {
                Ok(()) => {
                    self.kept.remove(&trial);
                    info!(file = trial, "firmware for table buttons is gone back from");
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    warn!(
                        file = trial,
                        error,
                        "cannot be kept as gone back from; what was tried may stay on a button"
                    );
                }
            }
        }
        self.tell(None);
    }

    fn tell(&self, trial: Option<&Arc<Image>>) {
        let chosen = |display| {
            let tried = trial.filter(|image| image.marker().display == display);
            let image = tried.map(Arc::clone).or_else(|| self.counts(display))?;
            let gone = self.read(Part::GoneBackFrom, display);
            Some(Chosen {
                image,
                instead_of: gone.as_ref().and_then(version),
            })
        };
        let images = DISPLAYS.into_iter().filter_map(chosen).collect();
        self.now.send_replace(images);
    }

    /// One that cannot be read is none: the room goes on with what came.
    fn read(&self, part: Part, display: Display) -> Option<Image> {
        let name = file(part, display);
        match Image::read(&self.kept.get(&name)?) {
            Ok(image) if image.marker().display == display => Some(image),
            Ok(_) | Err(_) => {
                warn!(file = %self.kept.path(&name).display(), "released firmware for table buttons is damaged; the room goes on without it");
                None
            }
        }
    }
}

fn file(part: Part, display: Display) -> String {
    let word = match part {
        Part::Proven => "proven",
        Part::Trial => "trial",
        Part::GoneBackFrom => "gone-back-from",
    };
    format!("{word}-{display}.uf2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use puck_image::{Segment, pack};
    use std::fs;
    use tempfile::TempDir;

    fn made(what: &str) -> Vec<u8> {
        let marker = format!("roomd-table-button/1 rp2040 {what}\0");
        let mut bytes = vec![0x5a; 2_000];
        bytes[900..900 + marker.len()].copy_from_slice(marker.as_bytes());
        let place = 0x1000_0000;
        pack(&[Segment { place, bytes }])
    }

    fn image(what: &str) -> Arc<Image> {
        Arc::new(Image::read(&made(what)).unwrap())
    }

    fn came(version: &str) -> Images {
        let images = ["oled", "tft"].map(|display| image(&format!("{display} usb {version}")));
        Images::new(images.to_vec())
    }

    fn opened(folder: &TempDir, came: Images) -> Firmware {
        Firmware::open(came, folder.path().join("firmware"))
    }

    /// What a button with the small display gets, and one that runs this version in spite of being newer.
    fn gets(firmware: &Firmware, runs: Version) -> (Option<Version>, Option<Version>) {
        let images = firmware.images();
        let images = images.borrow();
        let display = Display::Oled;
        (images.newest(display), images.instead(display, runs))
    }

    const OLD: Version = Version(0, 1, 0);
    const NEW: Version = Version(0, 2, 0);

    #[test]
    fn a_proven_release_outlives_restarts_until_a_package_brings_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let firmware = opened(&folder, came("0.1.0"));
        assert_eq!(gets(&firmware, NEW), (Some(OLD), None));
        let new = image("oled usb 0.2.0");
        firmware.try_on(&new).unwrap();
        assert_eq!(gets(&firmware, NEW), (Some(NEW), None));
        let counts = firmware.counts(Display::Oled).unwrap();
        assert_eq!(version(&counts), Some(OLD), "not before it is proven");
        firmware.keep(&new).unwrap();
        for (package, counts) in [("0.1.0", NEW), ("0.2.0", NEW), ("0.3.0", Version(0, 3, 0))] {
            let firmware = opened(&folder, came(package));
            assert_eq!(gets(&firmware, NEW), (Some(counts), None), "{package}");
            let images = firmware.images();
            let other = images.borrow().newest(Display::Tft);
            assert_eq!(other, Version::read(package), "the other display's");
        }
    }

    #[test]
    fn what_was_on_trial_is_gone_back_from_also_after_a_power_cut() {
        for cut in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let firmware = opened(&folder, came("0.1.0"));
            let new = image("oled usb 0.2.0");
            firmware.try_on(&new).unwrap();
            let firmware = match cut {
                true => opened(&folder, came("0.1.0")),
                false => {
                    firmware.give_up();
                    firmware
                }
            };
            assert_eq!(gets(&firmware, NEW), (Some(OLD), Some(OLD)));
            assert_eq!(gets(&firmware, OLD), (Some(OLD), None));
            // Also for a button that was away meanwhile, and until it is proven after all.
            let firmware = opened(&folder, came("0.1.0"));
            assert_eq!(gets(&firmware, NEW).1, Some(OLD));
            firmware.try_on(&new).unwrap();
            assert_eq!(gets(&firmware, NEW), (Some(NEW), None));
            firmware.keep(&new).unwrap();
            let firmware = opened(&folder, came("0.1.0"));
            assert_eq!(gets(&firmware, NEW), (Some(NEW), None));
        }
    }

    #[test]
    fn a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let firmware = opened(&folder, came("0.1.0"));
        let new = image("oled usb 0.2.0");
        firmware.try_on(&new).unwrap();
        firmware.keep(&new).unwrap();
        let path = folder.path().join("firmware/proven-oled.uf2");
        for bytes in [&made("oled usb 0.2.0")[..700], &made("tft usb 0.2.0"), b"x"] {
            fs::write(&path, bytes).unwrap();
            let firmware = opened(&folder, came("0.1.0"));
            assert_eq!(gets(&firmware, NEW), (Some(OLD), None));
        }
    }
}
