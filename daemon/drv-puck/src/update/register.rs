//! Which of a room's buttons is plugged in where, what it runs, and which one waits in its loader. Pure.
//! A loader tells neither its serial number nor whose it is: only one in a socket where a button of the room was seen is the room's.

use super::{Found, Image, Version};
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
    /// The image that came with the daemon for it.
    pub image: Option<Arc<Image>>,
}

impl Ward {
    fn newest(&self) -> Option<Version> {
        Version::read(&self.image.as_ref()?.marker().version)
    }
}

/// What was told of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Runs(Version),
    Waits,
}

#[derive(Debug)]
struct Entry {
    ward: Ward,
    socket: Option<String>,
    told: Told,
}

/// All of a room's buttons.
#[derive(Debug)]
pub struct Register(Vec<Entry>);

impl Register {
    /// Nothing was seen yet.
    pub fn new(wards: Vec<Ward>) -> Register {
        let entry = |ward| Entry {
            ward,
            socket: None,
            told: Told::Nothing,
        };
        Register(wards.into_iter().map(entry).collect())
    }

    /// An update that an earlier daemon began went to this socket.
    pub fn remember(&mut self, id: &PuckId, socket: &str) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.ward.id == *id) {
            entry.socket = Some(socket.to_owned());
        }
    }

    /// Takes a look at what is plugged in; says what is new. `leads` follows a link to the device itself.
    pub fn look(
        &mut self,
        found: &Found,
        leads: impl Fn(&Path) -> Option<PathBuf>,
    ) -> Vec<(PuckId, FirmwareSeen)> {
        let mut news = Vec::new();
        for entry in &mut self.0 {
            let device = leads(&entry.ward.link);
            let is_it = |line: &PathBuf| device.is_some() && leads(line) == device;
            let button = found
                .buttons
                .iter()
                .find(|b| b.line.as_ref().is_some_and(is_it));
            if let Some(button) = button {
                entry.socket = Some(button.port.clone());
            }
            let in_its_place = |port: &String| Some(port) == entry.socket.as_ref();
            let waits = found
                .loaders
                .iter()
                .any(|loader| in_its_place(&loader.port));
            let now = match button.and_then(|button| button.version) {
                Some(version) => Told::Runs(version),
                None if waits => Told::Waits,
                // What it ran is not forgotten while it is away; that it waits has to be seen again.
                None if entry.told == Told::Waits => Told::Nothing,
                None => continue,
            };
            if now == entry.told {
                continue;
            }
            entry.told = now;
            let newest = entry.ward.newest();
            let seen = match (now, newest) {
                (Told::Runs(version), newest) => FirmwareSeen::Runs { version, newest },
                (Told::Waits, Some(newest)) => FirmwareSeen::Waits { newest },
                (Told::Waits | Told::Nothing, _) => continue,
            };
            news.push((entry.ward.id.clone(), seen));
        }
        news
    }

    /// Where a button is or was, and what it shall get.
    pub fn order(&self, id: &PuckId) -> Option<(String, Arc<Image>)> {
        let entry = self.0.iter().find(|entry| entry.ward.id == *id)?;
        Some((entry.socket.clone()?, entry.ward.image.clone()?))
    }

    /// The socket of each button that was seen in one.
    pub fn sockets(&self) -> impl Iterator<Item = (&PuckId, &str)> {
        let seen = |entry: &Entry| entry.socket.is_some();
        let seen = self.0.iter().filter(move |entry| seen(entry));
        seen.map(|entry| (&entry.ward.id, entry.socket.as_deref().unwrap_or_default()))
    }
}
