//! A USB adapter for I2C whose far side is in the test's hands: the kernel's driver `hid-cp2112` speaks to a chip made through
//! `/dev/uhid`, and what it wants of the bus reaches chips of the test. A missing chip does not acknowledge, as on a real bus.
//! Reports: Silicon Labs AN495. Weighed: `hid-mcp2221`, which in Debian 12 hears no answer while it starts and takes 24 s for that.

use crate::uhid::{Hid, Wish};
use crate::{read, run};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Silicon Labs' number, and that of the adapter.
const VENDOR: u16 = 0x10C4;
const PRODUCT: u16 = 0xEA90;
/// Reports of 63 bytes behind their numbers: 13 and 16 to the host, 14 from it.
const DESCRIPTOR: &[u8] = &[
    0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x3F,
    0x85, 0x13, 0x09, 0x01, 0x81, 0x02, 0x85, 0x16, 0x09, 0x01, 0x81, 0x02, 0x85, 0x14, 0x09, 0x01,
    0x91, 0x02, 0xC0,
];
const REPORT: usize = 64;
/// Bytes of the bus that one report carries.
const PIECE: usize = 61;
/// How the kernel's name for the bus begins.
const NAME: &str = "CP2112 SMBus Bridge";
/// Its second version: the first one cannot write and then read in one go.
const VERSION: &[u8] = &[0x05, 0x0C, 0x02];
/// 100 kHz, an address of its own that nobody calls, and no limits of time.
const SETTINGS: &[u8] = &[0x06, 0x00, 0x01, 0x86, 0xA0, 0x02, 0, 0, 0, 0, 0, 0, 0, 0];
/// Between two looks whether it is over.
const LOOK: Duration = Duration::from_millis(100);

/// A chip on the bus, at an address of its own.
pub trait Chip: Send {
    /// Takes one message.
    fn written(&mut self, bytes: &[u8]);

    /// Gives so many bytes.
    fn read(&mut self, count: usize) -> Vec<u8>;
}

type Chips = Arc<Mutex<BTreeMap<u8, Box<dyn Chip>>>>;

/// An adapter that is plugged in. Dropping it pulls it, and waits for whoever holds its node open.
pub struct Bus {
    node: PathBuf,
    chips: Chips,
    over: Arc<AtomicBool>,
    firmware: Option<JoinHandle<()>>,
}

impl Bus {
    /// Plugs an adapter in, with nothing on its bus yet.
    ///
    /// # Errors
    /// The kernel does not make a bus of it within `limit`.
    pub fn plug(limit: Duration) -> Result<Bus> {
        run("modprobe", &["-a", "uhid", "i2c-dev", "hid-cp2112"])?;
        let before = buses()?;
        let hid = Hid::plug("Lab I2C adapter", VENDOR, PRODUCT, DESCRIPTOR)?;
        let mut bus = Bus {
            node: PathBuf::new(),
            chips: Chips::default(),
            over: Arc::default(),
            firmware: None,
        };
        let (chips, over) = (Arc::clone(&bus.chips), Arc::clone(&bus.over));
        bus.firmware = Some(std::thread::spawn(move || serve(hid, &chips, &over)));
        let deadline = Instant::now() + limit;
        loop {
            let found = buses()?.into_iter().find(|name| !before.contains(name));
            if let Some(name) = found {
                bus.node = PathBuf::from("/dev").join(name);
                crate::udev::appears(&bus.node.to_string_lossy(), limit)?;
                return Ok(bus);
            }
            if Instant::now() > deadline {
                bail!("the kernel makes no bus of the adapter");
            }
            std::thread::yield_now();
        }
    }

    /// Its node, `/dev/i2c-1`.
    pub fn node(&self) -> &std::path::Path {
        &self.node
    }

    /// Puts a chip on the bus.
    pub fn attach(&self, address: u8, chip: impl Chip + 'static) {
        lock(&self.chips).insert(address, Box::new(chip));
    }

    /// Takes a chip off the bus.
    pub fn detach(&self, address: u8) {
        lock(&self.chips).remove(&address);
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(firmware) = self.firmware.take() {
            let _ = firmware.join();
        }
    }
}

fn lock(chips: &Chips) -> MutexGuard<'_, BTreeMap<u8, Box<dyn Chip>>> {
    chips.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names of the kernel's buses that are adapters of this kind.
fn buses() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("/sys/bus/i2c/devices").context("asking for I2C buses")? {
        let path = entry?.path();
        if read(path.join("name")).is_ok_and(|name| name.starts_with(NAME)) {
            names.extend(
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    Ok(names)
}

fn serve(mut hid: Hid, chips: &Chips, over: &AtomicBool) {
    let mut firmware = Firmware::default();
    while !over.load(Ordering::Relaxed) {
        // Nothing came meanwhile, or the kernel has let go of it.
        let Ok(wish) = hid.wish(LOOK) else {
            continue;
        };
        let done = match wish {
            Wish::Get { id, number: 0x05 } => hid.give(id, Some(VERSION)),
            Wish::Get { id, number: 0x06 } => hid.give(id, Some(SETTINGS)),
            // Its lines and its own names are not what it is here for.
            Wish::Get { id, .. } => hid.give(id, None),
            Wish::Set { id } => hid.take(id),
            Wish::Output(report) => match firmware.hear(&report, &mut lock(chips)) {
                Some(answer) => hid.input(&answer),
                None => Ok(()),
            },
        };
        if done.is_err() {
            return;
        }
    }
}

/// What the adapter keeps between two reports.
#[derive(Default)]
struct Firmware {
    /// What was read of a chip and is not fetched yet.
    fetched: Vec<u8>,
    /// The address that was called last did not acknowledge.
    nobody: bool,
}

impl Firmware {
    fn hear(
        &mut self,
        report: &[u8],
        chips: &mut BTreeMap<u8, Box<dyn Chip>>,
    ) -> Option<[u8; REPORT]> {
        let byte = |at: usize| report.get(at).copied().unwrap_or(0);
        let part = |from: usize, length: u8| -> Vec<u8> {
            let rest = report.iter().skip(from);
            rest.take(usize::from(length)).copied().collect()
        };
        let wanted = usize::from(u16::from_be_bytes([byte(2), byte(3)]));
        let mut chip = chips.get_mut(&(byte(1) >> 1));
        match (byte(0), chip.as_mut()) {
            // A message, a question, and one behind the other.
            (0x14, Some(chip)) => chip.written(&part(3, byte(2))),
            (0x10, Some(chip)) => self.fetched = chip.read(wanted),
            (0x11, Some(chip)) => {
                chip.written(&part(5, byte(4)));
                self.fetched = chip.read(wanted);
            }
            // How that went.
            (0x15, _) => {
                let [high, low] = (self.fetched.len() as u16).to_be_bytes();
                let ended = if self.nobody { 3 } else { 2 };
                return Some(answer(&[0x16, ended, 0, 0, 0, high, low]));
            }
            // What was read.
            (0x12, _) => {
                let rest = self.fetched.split_off(self.fetched.len().min(PIECE));
                let piece = std::mem::replace(&mut self.fetched, rest);
                let head = [0x13, 2, piece.len() as u8];
                return Some(answer(&[&head[..], &piece].concat()));
            }
            _ => {}
        }
        self.nobody = chip.is_none();
        None
    }
}

fn answer(bytes: &[u8]) -> [u8; REPORT] {
    let mut report = [0; REPORT];
    report[..bytes.len()].copy_from_slice(bytes);
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives back what was written to it, once.
    struct Echo(Vec<u8>);

    impl Chip for Echo {
        fn written(&mut self, bytes: &[u8]) {
            self.0 = bytes.to_vec();
        }

        fn read(&mut self, count: usize) -> Vec<u8> {
            self.0.iter().copied().take(count).collect()
        }
    }

    fn with_an_echo() -> BTreeMap<u8, Box<dyn Chip>> {
        let mut chips: BTreeMap<u8, Box<dyn Chip>> = BTreeMap::new();
        chips.insert(0x3C, Box::new(Echo(Vec::new())));
        chips
    }

    #[test]
    fn what_was_written_is_read_back() {
        let mut chips = with_an_echo();
        let mut firmware = Firmware::default();
        let message = [0x14, 0x78, 3, 7, 8, 9];
        assert!(firmware.hear(&message, &mut chips).is_none());
        firmware.hear(&[0x10, 0x78, 0, 2], &mut chips);
        let status = firmware.hear(&[0x15, 1], &mut chips).unwrap();
        assert_eq!(status[..7], [0x16, 2, 0, 0, 0, 0, 2]);
        let read = firmware.hear(&[0x12, 0, 2], &mut chips).unwrap();
        assert_eq!(read[..5], [0x13, 2, 2, 7, 8]);
    }

    #[test]
    fn nobody_at_an_address_is_no_acknowledgement() {
        let mut chips = with_an_echo();
        let mut firmware = Firmware::default();
        for (called, ended) in [([0x10, 0x6E, 0, 1], 3), ([0x10, 0x78, 0, 1], 2)] {
            firmware.hear(&called, &mut chips);
            assert_eq!(firmware.hear(&[0x15, 1], &mut chips).unwrap()[1], ended);
        }
    }
}
