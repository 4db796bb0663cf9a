//! What a display says of itself in the first bytes of its EDID (VESA E-EDID 1.4, CTA-861): who it is, how large, and which of
//! its HDMI sockets this board hangs on. Reads no file.

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edid {
    /// Three letters of its maker and its name.
    pub title: String,
    /// The maker's letters and the product's number.
    pub model: String,
    /// Its serial number, as text or as a number.
    pub serial: Option<String>,
    /// Width and height in millimetres; projectors have none.
    pub size: Option<(u32, u32)>,
    /// The number of its HDMI socket.
    pub input: Option<u8>,
}

const BLOCK: usize = 128;
const MAGIC: [u8; 8] = [0, 255, 255, 255, 255, 255, 255, 0];
/// The identifier of HDMI Licensing, low byte first (HDMI 1.4b, 8.3.2).
const HDMI: [u8; 3] = [0x03, 0x0C, 0x00];

/// Reads it; `None` when it is none.
pub fn read(bytes: &[u8]) -> Option<Edid> {
    let base = bytes.get(..BLOCK)?;
    if base[..8] != MAGIC {
        return None;
    }
    let letters = u16::from_be_bytes([base[8], base[9]]);
    let letter = |shift: u16| char::from(b'@' + ((letters >> shift) & 31) as u8);
    let maker: String = [letter(10), letter(5), letter(0)].into_iter().collect();
    let product = u16::from_le_bytes([base[10], base[11]]);
    let number = u32::from_le_bytes([base[12], base[13], base[14], base[15]]);
    let name = text(base, 0xFC);
    let title = format!("{maker} {}", name.unwrap_or_default());
    let centimetres = (u32::from(base[21]), u32::from(base[22]));
    Some(Edid {
        title: title.trim().to_owned(),
        model: format!("{maker}{product:04X}"),
        serial: text(base, 0xFF).or_else(|| (number != 0).then(|| number.to_string())),
        size: detailed(base).or_else(|| match centimetres {
            (0, _) | (_, 0) => None,
            (width, height) => Some((width * 10, height * 10)),
        }),
        input: bytes[BLOCK..].chunks_exact(BLOCK).find_map(socket),
    })
}

/// The four descriptors of the base block.
fn descriptors(base: &[u8]) -> impl Iterator<Item = &[u8]> {
    base[54..126].chunks_exact(18)
}

fn text(base: &[u8], tag: u8) -> Option<String> {
    let found = descriptors(base).find(|d| d[..3] == [0, 0, 0] && d[3] == tag)?;
    let line = found[5..].split(|byte| *byte == b'\n').next()?;
    let printable = line
        .iter()
        .filter(|byte| byte.is_ascii_graphic() || **byte == b' ');
    let text: String = printable.map(|byte| char::from(*byte)).collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The first timing has the size in millimetres, in twelve bits each.
fn detailed(base: &[u8]) -> Option<(u32, u32)> {
    let timing = descriptors(base).find(|d| d[..2] != [0, 0])?;
    let width = u32::from(timing[12]) | u32::from(timing[14] >> 4) << 8;
    let height = u32::from(timing[13]) | u32::from(timing[14] & 15) << 8;
    (width > 0 && height > 0).then_some((width, height))
}

/// The first digit of the physical address in HDMI's own block.
fn socket(block: &[u8]) -> Option<u8> {
    if block[0] != 2 {
        return None;
    }
    let end = usize::from(block[2]).clamp(4, BLOCK - 1);
    let mut at = 4;
    while at < end {
        let (tag, length) = (block[at] >> 5, usize::from(block[at] & 31));
        let data = block.get(at + 1..at + 1 + length)?;
        if tag == 3 && data.len() >= 5 && data[..3] == HDMI {
            return Some(data[3] >> 4).filter(|socket| *socket > 0);
        }
        at += 1 + length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display() -> Vec<u8> {
        let mut bytes = vec![0; 2 * BLOCK];
        bytes[..8].copy_from_slice(&MAGIC);
        // S, N and Y in five bits each.
        bytes[8..10].copy_from_slice(&[0x4D, 0xD9]);
        bytes[10..12].copy_from_slice(&[0x01, 0xAB]);
        bytes[21..23].copy_from_slice(&[143, 80]);
        bytes[72..77].copy_from_slice(&[0, 0, 0, 0xFC, 0]);
        bytes[77..85].copy_from_slice(b"BRAVIA\n ");
        bytes[90..95].copy_from_slice(&[0, 0, 0, 0xFF, 0]);
        bytes[95..101].copy_from_slice(b"700123");
        bytes[101] = b'\n';
        bytes[BLOCK..BLOCK + 3].copy_from_slice(&[2, 3, 16]);
        bytes[BLOCK + 4..BLOCK + 7].copy_from_slice(&[0x42, 1, 2]);
        bytes[BLOCK + 7..BLOCK + 13].copy_from_slice(&[0x65, 0x03, 0x0C, 0x00, 0x20, 0x00]);
        bytes
    }

    #[test]
    fn a_display_tells_who_it_is_and_where_we_hang() {
        let wanted = Edid {
            title: "SNY BRAVIA".to_owned(),
            model: "SNYAB01".to_owned(),
            serial: Some("700123".to_owned()),
            size: Some((1430, 800)),
            input: Some(2),
        };
        assert_eq!(read(&display()), Some(wanted));
    }

    #[test]
    fn no_bytes_of_any_kind_end_the_program() {
        let whole = display();
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]).is_some(), cut >= BLOCK, "{cut}");
        }
        for at in 0..whole.len() {
            for value in [0, 1, 31, 127, 255] {
                let mut other = whole.clone();
                other[at] = value;
                let _ = read(&other);
            }
        }
    }
}
