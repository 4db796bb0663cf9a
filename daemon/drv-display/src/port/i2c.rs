//! The I2C bus of a connector: one message written, one read where an answer is due, with the waits of DDC/CI between.
//! Source: VESA DDC/CI 1.1 section 4.5 for the waits; the kernel's i2c-dev for the bus.

use super::{Arrived, Ends, Line};
use crate::error::LineError;
use core::time::Duration;
use i2cdev::core::I2CDevice;
use i2cdev::linux::{LinuxI2CDevice, LinuxI2CError};
use std::io;
use std::path::Path;
use std::thread;

/// Where every display listens for DDC/CI.
const DISPLAY: u16 = 0x37;
/// From a question to its answer.
const BEFORE_READ: Duration = Duration::from_millis(40);
/// From a command to the next message.
const AFTER_COMMAND: Duration = Duration::from_millis(50);
/// The longest answer to a question that is asked here.
const ANSWER: usize = 11;
/// The second byte of a question: it carries two more.
const QUESTION: u8 = 0x82;

pub(super) fn open(path: &Path) -> Result<Line, LineError> {
    let name = path.display().to_string();
    let device =
        LinuxI2CDevice::new(path, DISPLAY).map_err(|error| LineError::of(&name, system(error)))?;
    let (line, ends) = Line::pair();
    let node = path.to_owned();
    // The bus has no way to wait without a thread. It ends with the line.
    thread::spawn(move || serve(device, &node, ends));
    Ok(line)
}

fn system(error: LinuxI2CError) -> io::Error {
    match error {
        LinuxI2CError::Errno(code) => io::Error::from_raw_os_error(code),
        LinuxI2CError::Io(error) => error,
    }
}

fn serve(mut bus: impl I2CDevice<Error = LinuxI2CError>, node: &Path, mut ends: Ends) {
    while let Some(bytes) = ends.out.blocking_recv() {
        let exchanged = exchange(&mut bus, &bytes);
        let arrived = exchanged.unwrap_or_else(|error| Some(failed(node, error)));
        let over = matches!(arrived, Some(Arrived::Lost(_)));
        let told = arrived.map(|arrived| ends.arrived.blocking_send(arrived));
        if over || told.is_some_and(|told| told.is_err()) {
            return;
        }
    }
}

fn exchange<B: I2CDevice>(bus: &mut B, bytes: &[u8]) -> Result<Option<Arrived>, B::Error> {
    bus.write(bytes)?;
    if bytes.get(1) != Some(&QUESTION) {
        thread::sleep(AFTER_COMMAND);
        return Ok(None);
    }
    thread::sleep(BEFORE_READ);
    let mut answer = [0; ANSWER];
    bus.read(&mut answer)?;
    Ok(Some(Arrived::Bytes(answer.to_vec())))
}

/// A monitor that is busy or asleep does not acknowledge its address. A bus that was pulled answers with whatever its driver says
/// then, but its node is gone: it must be let go of, because the kernel lets its removal wait for us.
fn failed(node: &Path, error: LinuxI2CError) -> Arrived {
    match node.exists() {
        true => Arrived::Unsent,
        false => Arrived::Lost(system(error)),
    }
}
