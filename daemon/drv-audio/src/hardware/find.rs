//! Which sound cards are plugged in, by the place where they sit and never by their number. Reads sysfs; opens no card.

use crate::ports::{DeviceId, Direction, Found, Place, Usb};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use usb_place::text;

/// Where the kernel shows its cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// `/sys`.
    pub sys: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
    /// The folder of the daemon's own links, if there is one.
    pub links: Option<PathBuf>,
}

impl Default for Roots {
    fn default() -> Self {
        Roots {
            sys: PathBuf::from("/sys"),
            proc: PathBuf::from("/proc"),
            dev: PathBuf::from("/dev"),
            links: None,
        }
    }
}

impl Roots {
    /// The node of a card's switches.
    pub fn control(&self, card: u32) -> PathBuf {
        self.dev.join(format!("snd/controlC{card}"))
    }

    /// The node of one of a card's devices.
    pub fn pcm(&self, card: u32, pcm: Pcm) -> PathBuf {
        self.dev
            .join(format!("snd/pcmC{card}D{}{}", pcm.device, letter(pcm)))
    }
}

fn letter(pcm: Pcm) -> char {
    match pcm.direction {
        Direction::Capture => 'c',
        Direction::Playback => 'p',
    }
}

/// One direction of one of a card's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pcm {
    /// Its number on the card.
    pub device: u32,
    /// Whether it hears or plays.
    pub direction: Direction,
}

/// A card that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its number, until it is pulled.
    pub number: u32,
    /// The kernel's short name for it, such as `Loopback`.
    pub id: String,
    /// Its driver, such as `USB-Audio`.
    pub driver: String,
    /// What it is called: of a USB device, its product name.
    pub name: String,
    /// What it hangs on: the USB socket, or the kernel's name for the device.
    pub place: String,
    /// Where it sits on USB.
    pub usb: Option<Usb>,
    /// The daemon's links that lead to it.
    pub links: Vec<String>,
    /// What it hears and plays with, in order.
    pub pcms: Vec<Pcm>,
    /// Another number at each plug.
    pub plugged: u64,
}

impl Card {
    /// The lasting name of one of its devices.
    pub fn device_id(&self, pcm: Pcm) -> DeviceId {
        let serial = self.usb.as_ref().and_then(|usb| usb.serial.as_deref());
        let serial = serial
            .map(|serial| format!("#{serial}"))
            .unwrap_or_default();
        let direction = match pcm.direction {
            Direction::Capture => "capture",
            Direction::Playback => "playback",
        };
        DeviceId::new(format!("{}{serial}:{}:{direction}", self.place, pcm.device))
    }

    /// Its devices as the room's sound knows them.
    pub fn found(&self) -> Vec<Found> {
        let one = |pcm: &Pcm| Found {
            id: self.device_id(*pcm),
            direction: pcm.direction,
            name: self.name.clone(),
            usb: self.usb.clone(),
            links: self.links.clone(),
            place: Place::Pcm {
                card: self.number,
                device: pcm.device,
            },
        };
        self.pcms.iter().map(one).collect()
    }

    /// Whether a person means it: by number, short name, name, socket or link.
    pub fn is_called(&self, word: &str) -> bool {
        self.number.to_string() == word
            || self.id.eq_ignore_ascii_case(word)
            || self.name.eq_ignore_ascii_case(word)
            || self.place == word
            || self.links.iter().any(|link| link == word)
    }
}

/// Every card of the machine in the order of their places.
pub fn cards(roots: &Roots) -> Vec<Card> {
    let Ok(entries) = fs::read_dir(roots.sys.join("class/sound")) else {
        return Vec::new();
    };
    let names = fs::read_to_string(roots.proc.join("asound/cards")).unwrap_or_default();
    let mut cards: Vec<Card> = entries
        .filter_map(|entry| one(&entry.ok()?.path(), &names))
        .collect();
    for (name, card) in roots.links.as_deref().map(links).unwrap_or_default() {
        if let Some(found) = cards.iter_mut().find(|found| found.number == card) {
            found.links.push(name);
        }
    }
    cards.sort_by(|a, b| (&a.place, a.number).cmp(&(&b.place, b.number)));
    cards
}

/// Which plug of a card of this number it is, another number at each; `None` when there is none.
pub fn plugged(roots: &Roots, card: u32) -> Option<u64> {
    let folder = roots.sys.join(format!("class/sound/card{card}"));
    // sysfs never gives a number twice between two starts: fs/kernfs/dir.c counts them up.
    Some(fs::metadata(folder).ok()?.ino())
}

/// One card; `None` when it goes while it is looked at.
fn one(folder: &Path, names: &str) -> Option<Card> {
    let number = number_after(folder.file_name()?.to_str()?, "card")?;
    let device = fs::canonicalize(folder.join("device")).ok();
    let plugged = device.as_deref().and_then(usb_place::above);
    let product = plugged.as_ref().and_then(|usb| usb.product.clone());
    let usb = plugged.map(|usb| Usb {
        socket: usb.socket,
        model: usb.model,
        serial: usb.serial,
    });
    let (driver, called) = listed(names, number).unwrap_or_default();
    let id = text(&folder.join("id"))?;
    let place = match (&usb, &device) {
        (Some(usb), _) => usb.socket.clone(),
        (None, Some(device)) => device.file_name()?.to_str()?.to_owned(),
        (None, None) => id.clone(),
    };
    let name = match (product, called.is_empty()) {
        (Some(product), _) => product,
        (None, false) => called,
        (None, true) => id.clone(),
    };
    let mut pcms: Vec<Pcm> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| pcm(entry.ok()?.file_name().to_str()?, number))
        .collect();
    pcms.sort();
    Some(Card {
        number,
        id,
        driver,
        name,
        place,
        usb,
        links: Vec::new(),
        pcms,
        plugged: fs::metadata(folder).ok()?.ino(),
    })
}

fn number_after(text: &str, word: &str) -> Option<u32> {
    text.strip_prefix(word)?.parse().ok()
}

/// `pcmC0D1c`.
fn pcm(name: &str, card: u32) -> Option<Pcm> {
    let rest = name.strip_prefix(&format!("pcmC{card}D"))?;
    let (device, direction) = match rest.strip_suffix('c') {
        Some(device) => (device, Direction::Capture),
        None => (rest.strip_suffix('p')?, Direction::Playback),
    };
    Some(Pcm {
        device: device.parse().ok()?,
        direction,
    })
}

/// Driver and name out of ` 0 [Loopback       ]: Loopback - Loopback`.
fn listed(cards: &str, number: u32) -> Option<(String, String)> {
    cards.lines().find_map(|line| {
        let (head, tail) = line.split_once('[')?;
        let (_, what) = tail.split_once("]:")?;
        let (driver, name) = what.trim().split_once(" - ")?;
        (head.trim().parse() == Ok(number)).then(|| (driver.to_owned(), name.trim().to_owned()))
    })
}

/// Links and the cards of the nodes to which they lead.
fn links(folder: &Path) -> Vec<(String, u32)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let one = |entry: fs::DirEntry| {
        let name = entry.file_name().to_str()?.to_owned();
        let node = fs::read_link(entry.path()).ok()?;
        Some((name, card_of(node.file_name()?.to_str()?)?))
    };
    let mut links: Vec<_> = entries.filter_map(|entry| one(entry.ok()?)).collect();
    links.sort();
    links
}

/// The card of `controlC2` or `pcmC2D0p`.
fn card_of(node: &str) -> Option<u32> {
    let rest = node
        .strip_prefix("controlC")
        .or_else(|| node.strip_prefix("pcmC"))?;
    rest.split('D').next()?.parse().ok()
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
