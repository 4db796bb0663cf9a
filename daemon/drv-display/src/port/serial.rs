//! Serial lines: 8 data bits, no parity, one stop bit, for us alone.

use super::{Line, pump};
use crate::error::LineError;
use std::io;
use std::path::Path;
use tokio_serial::{
    ClearBuffer, DataBits, ErrorKind, FlowControl, Parity, SerialPort, SerialStream, StopBits,
};

pub(super) fn open(path: &Path, baud: u32) -> Result<Line, LineError> {
    let refused = |error| refused(path, error);
    let builder = tokio_serial::new(path.to_string_lossy(), baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .exclusive(true);
    let mut port = SerialStream::open(&builder).map_err(refused)?;
    // Converters draw their power from DTR. Lines without modem signals say that they have none.
    match port.write_data_terminal_ready(true) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Unknown => {
            tracing::debug!(path = %path.display(), %error, "the line has no DTR");
        }
        Err(error) => return Err(refused(error)),
    }
    port.clear(ClearBuffer::All).map_err(refused)?;
    let (line, ends) = Line::pair();
    tokio::spawn(async move {
        let arrived = ends.arrived.clone();
        pump(port, ends).await;
        // The end of a serial line is its loss: nobody closes it at leisure.
        let gone = io::ErrorKind::UnexpectedEof.into();
        let _ = arrived.send(super::Arrived::Lost(gone)).await;
    });
    Ok(line)
}

fn refused(path: &Path, error: tokio_serial::Error) -> LineError {
    let line = path.display().to_string();
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => LineError::Absent(line),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => LineError::Denied(line),
        // Both kinds of lock (TIOCEXCL and flock) are reported like this.
        ErrorKind::NoDevice => LineError::Busy(line),
        ErrorKind::Io(_) | ErrorKind::InvalidInput | ErrorKind::Unknown => LineError::Unusable {
            line,
            source: error.into(),
        },
    }
}
