//! A HID device made through `/dev/uhid`: the kernel sees it as plugged in, the test is its firmware.
//! Layout of the events: `include/uapi/linux/uhid.h`.

use anyhow::{Context, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

const DESTROY: u32 = 1;
const OUTPUT: u32 = 6;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;
const EIO: u16 = 5;
const BUS_USB: u16 = 3;
/// Bytes of the longest report, descriptor and of a whole event.
const LONGEST: usize = 4096;
const EVENT: usize = 4 + 280 + LONGEST;

/// What the host wants of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Takes a report, with its number in front where the descriptor has numbers.
    Output(Vec<u8>),
    /// Asks for a report.
    Get {
        /// For the answer.
        id: u32,
        /// Which.
        number: u8,
    },
    /// Sets one, and wants to hear that it was taken.
    Set {
        /// For the answer.
        id: u32,
    },
}

/// A HID device. Dropping it pulls it.
#[derive(Debug)]
pub struct Hid {
    file: File,
}

impl Hid {
    /// Plugs a device in.
    ///
    /// # Errors
    /// The kernel refuses, or the descriptor is too long.
    pub fn plug(name: &str, vendor: u16, product: u16, descriptor: &[u8]) -> Result<Hid> {
        let file = File::options()
            .read(true)
            .write(true)
            .open("/dev/uhid")
            .context("opening /dev/uhid")?;
        let length = u16::try_from(descriptor.len())
            .ok()
            .filter(|length| usize::from(*length) <= LONGEST);
        let length = length.context("a report descriptor has 4096 bytes at most")?;
        let mut event = CREATE2.to_le_bytes().to_vec();
        for (text, size) in [(name, 128), ("lab", 64), ("lab", 64)] {
            let end = event.len() + size;
            event.extend(text.bytes().take(size - 1));
            event.resize(end, 0);
        }
        event.extend(length.to_le_bytes());
        event.extend(BUS_USB.to_le_bytes());
        for number in [u32::from(vendor), u32::from(product), 0, 0] {
            event.extend(number.to_le_bytes());
        }
        event.extend(descriptor);
        let mut hid = Hid { file };
        hid.send(event)?;
        Ok(hid)
    }

    fn send(&mut self, mut event: Vec<u8>) -> Result<()> {
        event.resize(EVENT, 0);
        self.file.write_all(&event).context("speaking to /dev/uhid")
    }

    /// Sends a report to the host, with its number in front where the descriptor has numbers.
    ///
    /// # Errors
    /// The device is gone.
    pub fn input(&mut self, report: &[u8]) -> Result<()> {
        let mut event = INPUT2.to_le_bytes().to_vec();
        event.extend(u16::try_from(report.len())?.to_le_bytes());
        event.extend(report);
        self.send(event)
    }

    /// The next report that the host sends; questions for reports are answered with a refusal meanwhile.
    ///
    /// # Errors
    /// Nothing comes within `limit`.
    pub fn output(&mut self, limit: Duration) -> Result<Vec<u8>> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.wish(left)? {
                Wish::Output(report) => return Ok(report),
                Wish::Get { id, .. } => self.reply(GET_REPORT_REPLY, id, None)?,
                Wish::Set { id } => self.reply(SET_REPORT_REPLY, id, None)?,
            }
        }
    }

    /// The next thing that the host wants of the device.
    ///
    /// # Errors
    /// Nothing comes within `limit`.
    pub fn wish(&mut self, limit: Duration) -> Result<Wish> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut waits = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
            if poll(&mut waits, PollTimeout::try_from(left)?)? == 0 {
                bail!("the host sent no report within {limit:?}");
            }
            let mut event = [0; EVENT];
            let count = self.file.read(&mut event)?;
            let body = &event[4..count.max(9)];
            let id = u32::from_le_bytes([body[0], body[1], body[2], body[3]]);
            match u32::from_le_bytes([event[0], event[1], event[2], event[3]]) {
                OUTPUT => {
                    let size =
                        usize::from(u16::from_le_bytes([event[4 + LONGEST], event[5 + LONGEST]]));
                    return Ok(Wish::Output(body[..size.min(LONGEST)].to_vec()));
                }
                GET_REPORT => {
                    let number = body[4];
                    return Ok(Wish::Get { id, number });
                }
                SET_REPORT => return Ok(Wish::Set { id }),
                _ => {}
            }
        }
    }

    /// Answers [`Wish::Get`] with a report, its number in front; `None` refuses.
    ///
    /// # Errors
    /// The device is gone.
    pub fn give(&mut self, id: u32, report: Option<&[u8]>) -> Result<()> {
        self.reply(GET_REPORT_REPLY, id, report)
    }

    /// Answers [`Wish::Set`]: taken.
    ///
    /// # Errors
    /// The device is gone.
    pub fn take(&mut self, id: u32) -> Result<()> {
        self.reply(SET_REPORT_REPLY, id, Some(&[]))
    }

    fn reply(&mut self, kind: u32, id: u32, report: Option<&[u8]>) -> Result<()> {
        let error = if report.is_some() { 0 } else { EIO };
        let report = report.unwrap_or_default();
        let size = u16::try_from(report.len())?;
        let head = [&kind.to_le_bytes()[..], &id.to_le_bytes()].concat();
        let body = [&error.to_le_bytes()[..], &size.to_le_bytes(), report].concat();
        self.send([head, body].concat())
    }
}

impl Drop for Hid {
    fn drop(&mut self) {
        let _ = self.send(DESTROY.to_le_bytes().to_vec());
    }
}
