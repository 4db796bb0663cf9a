//! VISCA as bytes: frames, commands, inquiries and replies, and back. No I/O, no clock, no memory but one half frame.
//! Must not know what a room is or when anything is sent.

mod command;
mod frame;
mod inquiry;
#[cfg(test)]
mod oracles;
mod reply;
#[cfg(test)]
mod tests;

pub use command::{Command, Layout, Motor, PanTiltSpeed, ZoomMove};
pub use frame::{Address, Deframer, Frame, MAX_FRAME, Received};
pub use inquiry::{Answer, Inquiry};
pub use reply::{Data, Refusal, Reply, Socket};

/// Splits the low `N` nibbles of a number, most significant first, as VISCA sends numbers.
fn nibbles<const N: usize>(value: i32) -> [u8; N] {
    let mut out = [0; N];
    let mut rest = value;
    for slot in out.iter_mut().rev() {
        *slot = (rest & 0x0F) as u8;
        rest >>= 4;
    }
    out
}

/// Reads nibbles as a number without sign; `None` when a byte is more than a nibble.
fn unsigned(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0_i32, |sum, byte| {
        (*byte <= 0x0F).then(|| (sum << 4) | i32::from(*byte))
    })
}

/// Reads nibbles as a two's complement number of their own width.
fn signed(bytes: &[u8]) -> Option<i32> {
    let value = unsigned(bytes)?;
    let bits = 4 * bytes.len() as u32;
    let sign = 1_i32.checked_shl(bits.checked_sub(1)?)?;
    Some(if value & sign == 0 {
        value
    } else {
        value - (sign << 1)
    })
}
