//! What a USB host is told of the button, and how frames become packets. Knows no port.

use wire::Text;

/// Open for tests and private use (pid.codes); a maker of these buttons asks there for one of their own.
pub const VENDOR: u16 = 0x1209;
/// See [`VENDOR`].
pub const PRODUCT: u16 = 0x0001;
/// Who made it.
pub const MAKER: &str = "roomd";
/// What it is called.
pub const PRODUCT_NAME: &str = "Table button";
/// Most bytes of a packet: a full-speed bulk endpoint's (USB 2.0, 5.8.3).
pub const PACKET: usize = 64;

/// A host that sets this speed asks for the chip's own loader.
pub const LOADER_BAUD: u32 = 1200;

/// The version where a host reads it without opening the line (`bcdDevice`): one digit each of major, minor and patch.
///
/// # Panics
/// When the image is built, if a part has not one digit.
pub const fn release(version: &str) -> u16 {
    match version.as_bytes() {
        [major, b'.', minor, b'.', patch] => {
            (digit(*major) << 8) | (digit(*minor) << 4) | digit(*patch)
        }
        _ => panic!("a version has three parts of one digit"),
    }
}

const fn digit(sign: u8) -> u16 {
    assert!(sign.is_ascii_digit(), "each part of the version is a digit");
    (sign - b'0') as u16
}

/// The number that the maker of the flash gave it, as text: the chip has none of its own.
pub fn serial(id: [u8; 8]) -> Text {
    let digits: [u8; 16] = core::array::from_fn(|n| {
        let four = id[n / 2] >> (4 * (1 - n % 2)) & 15;
        b"0123456789ABCDEF"[usize::from(four)]
    });
    Text::cut(core::str::from_utf8(&digits).unwrap_or_default())
}

/// A frame in packets. One that fills its last packet is followed by an empty one, else a host waits for more
/// (USB 2.0, 5.8.3).
pub fn packets(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends_full: Option<&[u8]> = frame.len().is_multiple_of(PACKET).then_some(&[]);
    frame.chunks(PACKET).chain(ends_full)
}
