//! UF2: blocks of 512 bytes that each carry 256 bytes of flash and their place, so that a disk may take them in any order.
//! Format: <https://github.com/microsoft/uf2>; families: its `utils/uf2families.json`.

use crate::{ImageError, Marker, Segment, marker};
use crc::{CRC_32_ISO_HDLC, Crc};
use std::fmt;

/// Bytes of one block in the file.
pub const BLOCK: usize = 512;
/// The family of RP2040 chips. Their loader ignores blocks of others.
pub const RP2040_FAMILY: u32 = 0xe48b_ff56;

const PAYLOAD: usize = 256;
const MAGIC: [u32; 2] = [0x0a32_4655, 0x9e5d_5157];
const MAGIC_END: u32 = 0x0ab1_6f30;
const HAS_FAMILY: u32 = 0x2000;
const FLASH: std::ops::Range<u32> = 0x1000_0000..0x1020_0000;
/// Behind the payload each block carries a checksum of the whole flash, in bytes that loaders pass over.
const CHECKSUM_AT: usize = 32 + PAYLOAD;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A file that is whole, for this chip, and ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    file: Vec<u8>,
    marker: Marker,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({})", self.marker)
    }
}

impl Image {
    /// Reads a UF2 file and refuses what a table button must not get.
    ///
    /// # Errors
    /// The first reason why it must not be written.
    pub fn read(file: &[u8]) -> Result<Image, ImageError> {
        let mut pages = Vec::new();
        let (blocks, rest) = file.as_chunks::<BLOCK>();
        if blocks.is_empty() || word(&blocks[0], 0) != MAGIC[0] {
            return Err(ImageError::NotUf2);
        }
        let count = blocks.len() as u32;
        if !rest.is_empty() {
            return Err(ImageError::Incomplete(count));
        }
        for (number, block) in (0..).zip(blocks) {
            pages.push((word(block, 12), check(block, number, count)?));
        }
        pages.sort_unstable_by_key(|(place, _)| *place);
        let without_gaps = (FLASH.start..).step_by(PAYLOAD);
        if let Some(((place, _), _)) = pages.iter().zip(without_gaps).find(|((p, _), n)| p != n) {
            return Err(ImageError::Gap(*place));
        }
        let flash: Vec<u8> = pages
            .iter()
            .flat_map(|(_, bytes)| *bytes)
            .copied()
            .collect();
        let sum = CRC.checksum(&flash);
        if blocks.iter().any(|block| word(block, CHECKSUM_AT) != sum) {
            return Err(ImageError::Checksum);
        }
        Ok(Image {
            file: file.to_vec(),
            marker: marker::find(&flash)?,
        })
    }

    /// What it says of itself.
    pub fn marker(&self) -> &Marker {
        &self.marker
    }

    /// The bytes for the loader's disk.
    pub fn file(&self) -> &[u8] {
        &self.file
    }
}

/// The file that brings these pieces into flash; what lies between them on a page is filled with ones.
pub fn pack(segments: &[Segment]) -> Vec<u8> {
    let mut pages = std::collections::BTreeMap::<u32, [u8; PAYLOAD]>::new();
    for segment in segments {
        for (place, byte) in (segment.place..).zip(&segment.bytes) {
            let page = place - place % PAYLOAD as u32;
            let bytes = pages.entry(page).or_insert([0xff; PAYLOAD]);
            bytes[(place - page) as usize] = *byte;
        }
    }
    let count = pages.len() as u32;
    // The loader erases a sector with the first page that falls into it. So the sector with the boot code comes first, its
    // first page last: until then the chip finds no valid start, and its ROM offers the loader again after a pulled plug.
    let start = pages.pop_first();
    let flash: Vec<u8> = start
        .iter()
        .map(|(_, bytes)| bytes)
        .chain(pages.values())
        .flatten()
        .copied()
        .collect();
    let sum = CRC.checksum(&flash);
    let pages: Vec<_> = pages.into_iter().chain(start).collect();
    let block = |(number, (place, bytes)): (u32, &(u32, [u8; PAYLOAD]))| {
        let head = [
            MAGIC[0],
            MAGIC[1],
            HAS_FAMILY,
            *place,
            PAYLOAD as u32,
            number,
            count,
            RP2040_FAMILY,
        ];
        let mut block = [0; BLOCK];
        for (at, word) in head.iter().enumerate() {
            block[4 * at..4 * at + 4].copy_from_slice(&word.to_le_bytes());
        }
        block[32..32 + PAYLOAD].copy_from_slice(bytes);
        block[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&sum.to_le_bytes());
        block[BLOCK - 4..].copy_from_slice(&MAGIC_END.to_le_bytes());
        block
    };
    (0..).zip(&pages).flat_map(block).collect()
}

fn check(block: &[u8; BLOCK], number: u32, count: u32) -> Result<&[u8], ImageError> {
    let [start, second, flags, place, size, at, of, family] =
        std::array::from_fn(|n| word(block, 4 * n));
    let magic = [start, second] == MAGIC && word(block, BLOCK - 4) == MAGIC_END;
    if !magic || at != number || of != count || size as usize != PAYLOAD {
        return Err(ImageError::Incomplete(number));
    }
    if flags & HAS_FAMILY == 0 || family != RP2040_FAMILY {
        return Err(ImageError::OtherChip(family));
    }
    if !FLASH.contains(&place) || !place.is_multiple_of(PAYLOAD as u32) {
        return Err(ImageError::OutsideFlash(place));
    }
    Ok(&block[32..32 + PAYLOAD])
}

fn word(block: &[u8; BLOCK], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}
