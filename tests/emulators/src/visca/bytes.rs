//! How VISCA writes directions and numbers.

/// -1, 0 or 1 for a direction byte of which `plus` is 1.
pub(super) fn direction(byte: u8, plus: u8) -> Option<i8> {
    match byte {
        3 => Some(0),
        1 | 2 => Some(if byte == plus { 1 } else { -1 }),
        _ => None,
    }
}

/// A number as its last four nibbles.
pub(super) fn nibbles(value: i32) -> [u8; 4] {
    [12, 8, 4, 0].map(|shift| (value >> shift & 0x0F) as u8)
}

/// Nibbles as a number; `None` when a byte is more than a nibble.
pub(super) fn number(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0, |sum, byte| {
        (*byte < 16).then(|| sum << 4 | i32::from(*byte))
    })
}

/// Four nibbles as a number with sign.
pub(super) fn signed(bytes: &[u8]) -> Option<i32> {
    number(bytes).map(|value| i32::from(value as u16 as i16))
}
