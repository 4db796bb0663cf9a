//! Lines to displays: opens them, moves bytes both ways, says when they end. Each has a task of its own that owns the handle.
//! Decides nothing and knows no protocol.

mod cec;
mod i2c;
mod network;
mod output;
mod serial;

pub use network::Mac;

use crate::codec::{Carrier, Place};
use crate::error::LineError;
use core::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use tokio::sync::mpsc;

/// Frames on their way in either direction; more wait only when somebody stands still.
const KEPT: usize = 32;

/// Where a display is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A serial line.
    Serial(PathBuf),
    /// A host and, unless the model's own is meant, its port.
    Tcp(String, Option<u16>),
    /// The kernel's device for HDMI-CEC.
    Cec(PathBuf),
    /// The I2C bus of the connector that the display hangs on.
    I2c(PathBuf),
    /// A connector of the board, by its name in the kernel and the compositor, such as `HDMI-A-1`.
    Output(String),
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no line: serial:/dev/ttyUSB0, tcp://HOST, tcp://HOST:PORT, cec:/dev/cec0, i2c:/dev/i2c-4 or output:HDMI-A-1"
)]
pub struct NoAddress(String);

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Address, NoAddress> {
        let no = || NoAddress(text.to_owned());
        if let Some(rest) = text.strip_prefix("tcp://") {
            return network::address(rest).ok_or_else(no);
        }
        if text.starts_with('/') {
            return Ok(Address::Serial(text.into()));
        }
        let (kind, rest) = text.split_once(':').ok_or_else(no)?;
        let path = || rest.starts_with('/').then(|| PathBuf::from(rest));
        match kind {
            "serial" => path().map(Address::Serial),
            "cec" => path().map(Address::Cec),
            "i2c" => path().map(Address::I2c),
            "output" => output::is_name(rest).then(|| Address::Output(rest.to_owned())),
            _ => None,
        }
        .ok_or_else(no)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Serial(path) => write!(f, "serial:{}", path.display()),
            Address::Tcp(host, Some(port)) => write!(f, "tcp://{host}:{port}"),
            Address::Tcp(host, None) => write!(f, "tcp://{host}"),
            Address::Cec(path) => write!(f, "cec:{}", path.display()),
            Address::I2c(path) => write!(f, "i2c:{}", path.display()),
            Address::Output(name) => write!(f, "output:{name}"),
        }
    }
}

impl Address {
    /// How frames are carried there.
    pub fn carrier(&self) -> Carrier {
        match self {
            Address::Tcp(..) => Carrier::Network,
            _ => Carrier::Serial,
        }
    }
}

/// What came in.
#[derive(Debug)]
pub enum Arrived {
    /// Bytes, or a whole message where the line carries messages.
    Bytes(Vec<u8>),
    /// The line has found its place on its bus.
    Placed(Place),
    /// What was written reached nobody.
    Unsent,
    /// The other end closed the line, as network lines do at leisure.
    Closed,
    /// The line is gone.
    Lost(io::Error),
}

/// An open line. Dropping it closes it.
#[derive(Debug)]
pub struct Line {
    /// Bytes to be written.
    pub out: mpsc::Sender<Vec<u8>>,
    /// What came in.
    pub arrived: mpsc::Receiver<Arrived>,
}

/// The line's own end: what is to be written, and where to say what came in.
struct Ends {
    out: mpsc::Receiver<Vec<u8>>,
    arrived: mpsc::Sender<Arrived>,
}

impl Line {
    /// A line and its other end.
    fn pair() -> (Line, Ends) {
        let (out, to_write) = mpsc::channel(KEPT);
        let (say, arrived) = mpsc::channel(KEPT);
        let ends = Ends {
            out: to_write,
            arrived: say,
        };
        (Line { out, arrived }, ends)
    }
}

/// How a line is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) address: Address,
    /// Bits a second of a serial line.
    pub(crate) baud: u32,
    /// Port of a host that names none.
    pub(crate) tcp: u16,
}

/// Opens a line.
///
/// # Errors
/// When there is none, or it is not for us.
pub(crate) async fn open(opening: &Opening) -> Result<Line, LineError> {
    match &opening.address {
        Address::Serial(path) => serial::open(path, opening.baud),
        Address::Tcp(host, port) => network::open(host, port.unwrap_or(opening.tcp)).await,
        Address::Cec(path) => cec::open(path).await,
        Address::I2c(path) => i2c::open(path),
        Address::Output(name) => output::open(name),
    }
}

pub(crate) use network::wake;

/// Moves bytes between a stream and its line until either ends.
async fn pump<S>(mut stream: S, mut ends: Ends)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut buffer = [0; 256];
    loop {
        let arrived = tokio::select! {
            bytes = ends.out.recv() => match bytes {
                Some(bytes) => match stream.write_all(&bytes).await {
                    Ok(()) => continue,
                    Err(error) => Arrived::Lost(error),
                },
                None => return,
            },
            read = stream.read(&mut buffer) => match read {
                Ok(0) => Arrived::Closed,
                Ok(count) => Arrived::Bytes(buffer[..count].to_vec()),
                Err(error) => Arrived::Lost(error),
            },
        };
        let over = !matches!(arrived, Arrived::Bytes(_));
        if ends.arrived.send(arrived).await.is_err() || over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "serial:/dev/ttyUSB0",
            "tcp://192.0.2.7",
            "tcp://display.example:1515",
            "tcp://[2001:db8::7]:4352",
            "cec:/dev/cec0",
            "i2c:/dev/i2c-4",
            "output:HDMI-A-1",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        let bare = "/dev/ttyS0".parse::<Address>().unwrap();
        assert_eq!(bare, Address::Serial("/dev/ttyS0".into()));
        for text in [
            "",
            "ttyUSB0",
            "tcp://",
            "tcp://a:b",
            "cec:cec0",
            "output:a/b",
            "http://x",
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains("tcp://HOST"), "{error}");
        }
    }
}
