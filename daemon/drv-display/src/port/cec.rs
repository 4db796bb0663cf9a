//! The kernel's CEC device: claims an address as a playback device, carries whole messages, says where it sits.
//! Source: the kernel's "CEC userspace API".

use super::{Arrived, Ends, Line};
use crate::codec::Place;
use crate::error::LineError;
use cec_linux::tokio::AsyncCec;
use cec_linux::{
    Capabilities, CecDevice, CecLogAddrType, CecLogAddrs, CecLogicalAddress, CecModeFollower,
    CecModeInitiator, CecMsg, CecOpcode, CecPrimDevType, VendorID, Version,
};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The name that displays show for the board; at most 14 characters.
const NAME: &str = "roomd";
/// An address of nowhere: the display is unplugged, or sleeps so deeply that its data sheet cannot be read.
const NOWHERE: u16 = 0xFFFF;

/// Two handles: one waits for the end of each message it sends, the other listens.
pub(super) async fn open(path: &Path) -> Result<Line, LineError> {
    let name = path.display().to_string();
    let wrong = |source| LineError::of(&name, source);
    let listener = AsyncCec::open(path).map_err(wrong)?;
    listener
        .set_mode(CecModeInitiator::Send, CecModeFollower::Exclusive)
        .map_err(wrong)?;
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || claim(&path)).await;
    let sender = match opened {
        Ok(sender) => sender.map_err(wrong)?,
        Err(_) => return Err(wrong(io::ErrorKind::Other.into())),
    };
    let (line, ends) = Line::pair();
    // The place stands in the line before anything is said over it. There is room in a new line.
    let first = place(&sender).map_or_else(Arrived::Lost, Arrived::Placed);
    let _ = ends.arrived.try_send(first);
    tokio::spawn(serve(Arc::new(sender), listener, ends));
    Ok(line)
}

/// Takes an address unless another program has taken one as a playback device already.
fn claim(path: &Path) -> io::Result<CecDevice> {
    let device = CecDevice::open(path)?;
    device.set_mode(CecModeInitiator::Send, CecModeFollower::RepliesOnly)?;
    let taken = device.get_log()?;
    let can_claim = device
        .get_capas()?
        .capabilities()
        .contains(Capabilities::LOG_ADDRS);
    if can_claim && taken.addresses().is_empty() {
        // A claim of before that found no display is dropped first; the kernel refuses a second one.
        device.set_log(CecLogAddrs::default())?;
        let name = NAME.to_owned().try_into();
        let name = name.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let wanted = CecLogAddrs::new(
            VendorID::NONE,
            Version::V1_4,
            name,
            &[CecPrimDevType::PLAYBACK],
            &[CecLogAddrType::PLAYBACK],
        );
        device.set_log(wanted)?;
    }
    Ok(device)
}

fn place(device: &CecDevice) -> io::Result<Place> {
    let physical = device.get_phys()?.to_num();
    let logical = device.get_log()?.addresses().first().copied();
    let logical = logical.filter(|_| physical != NOWHERE);
    Ok(Place {
        logical: logical.map_or(15, u8::from),
        physical,
    })
}

async fn serve(sender: Arc<CecDevice>, listener: AsyncCec, mut ends: Ends) {
    loop {
        let arrived = tokio::select! {
            bytes = ends.out.recv() => match bytes {
                Some(bytes) => send(&sender, bytes).await,
                None => return,
            },
            message = listener.rec() => match message {
                Ok(message) => bytes_of(&message).map(Arrived::Bytes),
                // The display went away while the kernel waited for it.
                Err(error) if error.raw_os_error() == Some(NOT_CONFIGURED) => None,
                Err(error) => Some(Arrived::Lost(error)),
            },
            event = listener.get_event() => match event.and_then(|_| place(&sender)) {
                Ok(place) => Some(Arrived::Placed(place)),
                Err(error) => Some(Arrived::Lost(error)),
            },
        };
        let Some(arrived) = arrived else {
            continue;
        };
        let over = matches!(arrived, Arrived::Lost(_));
        if ends.arrived.send(arrived).await.is_err() || over {
            return;
        }
    }
}

/// ENONET: the adapter has no address.
const NOT_CONFIGURED: i32 = 64;

async fn send(sender: &Arc<CecDevice>, bytes: Vec<u8>) -> Option<Arrived> {
    let device = Arc::clone(sender);
    let sent = tokio::task::spawn_blocking(move || transmit(&device, &bytes)).await;
    match sent {
        Ok(Ok(())) => None,
        Ok(Err(error)) if error.raw_os_error() == Some(NO_DEVICE) => Some(Arrived::Lost(error)),
        // Nobody acknowledged it, or the bus is stuck, or there is no bus at all now.
        Ok(Err(_)) | Err(_) => Some(Arrived::Unsent),
    }
}

const NO_DEVICE: i32 = 19;

fn transmit(device: &CecDevice, bytes: &[u8]) -> io::Result<()> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    let [header, opcode, data @ ..] = bytes else {
        return Err(invalid());
    };
    let address = |number: u8| CecLogicalAddress::try_from(number).map_err(|_| invalid());
    let opcode = CecOpcode::try_from(*opcode).map_err(|_| invalid())?;
    device.transmit_data(address(header >> 4)?, address(header & 0x0F)?, opcode, data)
}

/// `None` for polls and for opcodes that no table names.
fn bytes_of(message: &CecMsg) -> Option<Vec<u8>> {
    let opcode: u8 = message.opcode()?.ok()?.into();
    let header = u8::from(message.initiator()) << 4 | u8::from(message.destination());
    let mut bytes = vec![header, opcode];
    bytes.extend_from_slice(message.parameters());
    Some(bytes)
}
