//! Opening a serial line, and saying why not. Knows no protocol.

use crate::error::PtzError;
use std::io;
use std::path::Path;
use tokio_serial::{
    ClearBuffer, DataBits, ErrorKind, FlowControl, Parity, SerialPort, SerialStream, StopBits,
};

pub(super) fn open(path: &Path, baud: u32) -> Result<SerialStream, PtzError> {
    let builder = tokio_serial::new(path.to_string_lossy(), baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .exclusive(true);
    let mut port = SerialStream::open(&builder).map_err(|error| refused(path, error))?;
    // Cameras look at DTR. Lines without modem signals (a pty, some boards' own UART) say that they have none.
    match port.write_data_terminal_ready(true) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Unknown => {
            tracing::debug!(path = %path.display(), %error, "the line has no DTR");
        }
        Err(error) => return Err(refused(path, error)),
    }
    port.clear(ClearBuffer::All)
        .map_err(|error| refused(path, error))?;
    Ok(port)
}

fn refused(path: &Path, error: tokio_serial::Error) -> PtzError {
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => PtzError::Absent(path.to_path_buf()),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => PtzError::denied(path),
        // Both kinds of lock (TIOCEXCL and flock) are reported like this.
        ErrorKind::NoDevice => PtzError::Busy(path.to_path_buf()),
        ErrorKind::Io(_) | ErrorKind::InvalidInput | ErrorKind::Unknown => PtzError::Unusable {
            path: path.to_path_buf(),
            what: "serial line",
            source: error.into(),
        },
    }
}
