//! What a test asks of the machine around its guest: devices plugged in and pulled, as a hand does.
//! The lab answers on the host's side and pulls everything again after each test.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

const PORT: &str = "/dev/virtio-ports/lab.host";

/// A device that can be plugged in. Each has its own socket in the guest's USB controller, always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// A serial adapter with an FTDI chip (0403:6001); `ftdi_sio` makes a `/dev/ttyUSB*` of it.
    FtdiA,
    /// Another one, the same to the last letter of its serial number.
    FtdiB,
    /// A USB loudspeaker of its own; `snd-usb-audio` makes a card of it.
    Speaker,
    /// A keyboard.
    Keyboard,
}

impl Device {
    /// All there are.
    pub const ALL: &[Device] = &[
        Device::FtdiA,
        Device::FtdiB,
        Device::Speaker,
        Device::Keyboard,
    ];

    /// Its name in requests.
    pub fn name(self) -> &'static str {
        match self {
            Device::FtdiA => "ftdi-a",
            Device::FtdiB => "ftdi-b",
            Device::Speaker => "speaker",
            Device::Keyboard => "keyboard",
        }
    }

    /// The socket it sits in, as in the end of its udev `ID_PATH`: `usb-0:1:1.0` for the first.
    pub fn port(self) -> &'static str {
        match self {
            Device::FtdiA => "1",
            Device::FtdiB => "2",
            Device::Speaker => "3",
            Device::Keyboard => "4",
        }
    }

    /// The other end of its serial line, for [`crate::cable::Cable`]; it stays while the device comes and goes.
    pub fn wire(self) -> Option<PathBuf> {
        match self {
            Device::FtdiA | Device::FtdiB => Some(PathBuf::from(format!(
                "/dev/virtio-ports/lab.{}",
                self.name()
            ))),
            Device::Speaker | Device::Keyboard => None,
        }
    }
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Put it into its socket.
    Plug(Device),
    /// Pull it, whatever it is doing.
    Unplug(Device),
    /// Press the machine's power button once.
    PressPower,
}

/// The request for it; the button has no socket.
const PRESS_POWER: &str = "press power";

impl Request {
    /// Reads a line of the channel.
    pub fn parse(line: &str) -> Option<Request> {
        if line.trim() == PRESS_POWER {
            return Some(Request::PressPower);
        }
        let (verb, name) = line.trim().split_once(' ')?;
        let device = Device::ALL
            .iter()
            .copied()
            .find(|device| device.name() == name)?;
        match verb {
            "plug" => Some(Request::Plug(device)),
            "unplug" => Some(Request::Unplug(device)),
            _ => None,
        }
    }

    fn line(self) -> String {
        match self {
            Request::Plug(device) => format!("plug {}\n", device.name()),
            Request::Unplug(device) => format!("unplug {}\n", device.name()),
            Request::PressPower => format!("{PRESS_POWER}\n"),
        }
    }
}

/// Plugs it in; returns when it sits, before the kernel has looked at it.
///
/// # Errors
/// This is not the lab's guest, or the host refuses.
pub fn plug(device: Device) -> Result<()> {
    ask(Request::Plug(device))
}

/// Pulls it; returns when it is out.
///
/// # Errors
/// This is not the lab's guest, or the host refuses.
pub fn unplug(device: Device) -> Result<()> {
    ask(Request::Unplug(device))
}

/// Presses the machine's power button for a tenth of a second. On arm64 that is a contact at line 3 of the board's PL061.
///
/// # Errors
/// This is not the lab's guest.
pub fn press_power() -> Result<()> {
    ask(Request::PressPower)
}

fn ask(request: Request) -> Result<()> {
    let mut port = File::options()
        .read(true)
        .write(true)
        .open(PORT)
        .with_context(|| format!("{PORT}: this test runs in the lab: tests/run lab"))?;
    port.write_all(request.line().as_bytes())?;
    let mut answer = String::new();
    BufReader::new(port).read_line(&mut answer)?;
    match answer.trim_end() {
        "ok" => Ok(()),
        refusal => bail!(
            "the host refuses '{}': {refusal}",
            request.line().trim_end()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_read_as_it_was_said() {
        for device in Device::ALL {
            for request in [Request::Plug(*device), Request::Unplug(*device)] {
                assert_eq!(Request::parse(&request.line()), Some(request));
            }
        }
        let press = Request::PressPower;
        assert_eq!(Request::parse(&press.line()), Some(press));
        assert_eq!(Request::parse("plug the-moon"), None);
        assert_eq!(Request::parse("plug"), None);
    }
}
