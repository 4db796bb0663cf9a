//! Which of a room's buttons is plugged in where, what it runs, which image is for it, and which one waits in its loader. Pure.
//! A loader tells neither its serial number nor whose it is: only one in a socket where a button of the room was seen is the room's.

use super::images::{known, said};
use super::{Built, Display, Found, Image, Images, Plugged, Version};
use room_core::ids::PuckId;
use room_core::pucks::FirmwareSeen;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A button of the room.
#[derive(Debug, Clone)]
pub struct Ward {
    /// Its role.
    pub id: PuckId,
    /// The serial device, or a stable link to it.
    pub link: PathBuf,
    /// Its display, when it cannot say so itself.
    pub display: Display,
}

/// What was told of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Runs(Version, Option<Version>),
    Reverts(Version, Version),
    Waits(Option<Version>),
}

/// What was learned of the very button that is in a socket, or was.
#[derive(Debug, Default)]
struct Learned {
    serial: Option<String>,
    built: Built,
    /// How often it was looked at and had not said it.
    waited: u8,
}

/// A button that has not said its display by then is taken to be too old, or too broken, to say it. What is written for a
/// display that it does not have stays dark, so a slow start must not look like that: ten seconds at the pace of an update.
const PATIENCE: u8 = 40;

#[derive(Debug)]
struct Entry {
    ward: Ward,
    socket: Option<String>,
    learned: Learned,
    told: Told,
}

impl Entry {
    /// Takes what the button in its socket says now; what another one said before is void.
    fn learn(&mut self, button: &Plugged, says: Built) {
        self.socket = Some(button.port.clone());
        if self.learned.serial.as_ref() != Some(&button.serial) {
            self.learned = Learned {
                serial: Some(button.serial.clone()),
                ..Learned::default()
            };
        }
        let learned = &mut self.learned;
        match (says, learned.built) {
            (Built::NotYet, Built::NotYet) => {
                learned.waited += 1;
                if learned.waited >= PATIENCE {
                    learned.built = Built::Unsaid;
                }
            }
            (Built::NotYet, _) => {}
            (said, _) => learned.built = said,
        }
    }

    /// The display that it has; nothing while it may still say so, or when this build knows no such display.
    fn display(&self) -> Option<Display> {
        match self.learned.built {
            Built::NotYet => None,
            Built::Unsaid => Some(self.ward.display),
            Built::For(display) => known(display),
        }
    }
}

/// All of a room's buttons.
#[derive(Debug)]
pub struct Register {
    entries: Vec<Entry>,
    images: Images,
}

impl Register {
    /// Nothing was seen yet.
    pub fn new(wards: Vec<Ward>, images: Images) -> Register {
        let entry = |ward| Entry {
            ward,
            socket: None,
            learned: Learned::default(),
            told: Told::Nothing,
        };
        Register {
            entries: wards.into_iter().map(entry).collect(),
            images,
        }
    }

    /// From now on the room has these.
    pub fn renew(&mut self, images: Images) {
        self.images = images;
    }

    /// An update that an earlier daemon began went to this socket, with an image for this display.
    pub fn remember(&mut self, id: &PuckId, socket: &str, display: Option<Display>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.ward.id == *id) {
            entry.socket = Some(socket.to_owned());
            entry.learned.built =
                display.map_or(Built::Unsaid, |display| Built::For(said(display)));
        }
    }

    /// Takes a look at what is plugged in; says what is new. `leads` follows a link to the device itself, `says` asks what a button
    /// has said on its line.
    pub fn look(
        &mut self,
        found: &Found,
        leads: impl Fn(&Path) -> Option<PathBuf>,
        says: impl Fn(&PuckId) -> Built,
    ) -> Vec<(PuckId, FirmwareSeen)> {
        let mut news = Vec::new();
        for entry in &mut self.entries {
            let device = leads(&entry.ward.link);
            let is_it = |line: &PathBuf| device.is_some() && leads(line) == device;
            let button = found
                .buttons
                .iter()
                .find(|b| b.line.as_ref().is_some_and(is_it));
            if let Some(button) = button {
                entry.learn(button, says(&entry.ward.id));
            }
            let display = entry.display();
            let newest = display.and_then(|display| self.images.newest(display));
            let instead = |of| display.and_then(|display| self.images.instead(display, of));
            let in_its_place = |port: &String| Some(port) == entry.socket.as_ref();
            let waits = found
                .loaders
                .iter()
                .any(|loader| in_its_place(&loader.port));
            let now = match button.and_then(|button| button.version) {
                Some(version) => match instead(version) {
                    Some(to) => Told::Reverts(version, to),
                    None => Told::Runs(version, newest),
                },
                None if waits => Told::Waits(newest),
                // What it ran is not forgotten while it is away; that it waits has to be seen again.
                None if matches!(entry.told, Told::Waits(_)) => Told::Nothing,
                None => continue,
            };
            if now == entry.told {
                continue;
            }
            entry.told = now;
            let seen = match now {
                Told::Runs(version, newest) => FirmwareSeen::Runs { version, newest },
                Told::Reverts(version, to) => FirmwareSeen::Reverts { version, to },
                Told::Waits(Some(newest)) => FirmwareSeen::Waits { newest },
                Told::Waits(None) | Told::Nothing => continue,
            };
            news.push((entry.ward.id.clone(), seen));
        }
        news
    }

    /// Whether one that runs may still say what it is built for: then another look is due soon.
    pub fn expects_words(&self) -> bool {
        let runs = |entry: &Entry| matches!(entry.told, Told::Runs(..) | Told::Reverts(..));
        let mut entries = self.entries.iter().filter(|entry| runs(entry));
        entries.any(|entry| entry.learned.built == Built::NotYet)
    }

    /// Where a button is or was, and what it shall get.
    pub fn order(&self, id: &PuckId) -> Option<(String, Arc<Image>)> {
        let entry = self.entries.iter().find(|entry| entry.ward.id == *id)?;
        let image = self.images.of(entry.display()?)?;
        Some((entry.socket.clone()?, Arc::clone(image)))
    }

    /// The socket of each button that was seen in one.
    pub fn sockets(&self) -> impl Iterator<Item = (&PuckId, &str)> {
        let seen = |entry: &Entry| entry.socket.is_some();
        let seen = self.entries.iter().filter(move |entry| seen(entry));
        seen.map(|entry| (&entry.ward.id, entry.socket.as_deref().unwrap_or_default()))
    }
}
