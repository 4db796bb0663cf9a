//! The table button's image as a file: what it says of itself, and the form (UF2) in which a chip's loader takes it.
//! Knows bytes only; neither ports nor disks, nor what the image does.

mod elf;
mod marker;
mod uf2;

pub use elf::{Elf, Segment};
pub use marker::{Chip, Display, Line, Marker};
pub use uf2::{BLOCK, Image, RP2040_FAMILY, pack};

/// Why a file is no image for a table button. Each is a reason to write nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not a UF2 file at all.
    #[error("this is no UF2 file")]
    NotUf2,
    /// A block is missing, doubled or cut short.
    #[error("the file is damaged or incomplete (block {0})")]
    Incomplete(u32),
    /// Made for another chip; its family number.
    #[error(
        "the image is for another chip (family {0:08x}, a table button has {RP2040_FAMILY:08x})"
    )]
    OtherChip(u32),
    /// A block lies outside the chip's flash.
    #[error("the image would write to {0:08x}, outside the flash")]
    OutsideFlash(u32),
    /// Pages are missing or doubled before this place.
    #[error("the image has a gap before {0:08x}")]
    Gap(u32),
    /// A byte differs from what was packed.
    #[error("the image is damaged: its checksum differs")]
    Checksum,
    /// Nothing in it says that it belongs to a table button.
    #[error("the image is none of a table button of roomd")]
    NotOurs,
    /// It belongs to a table button, and says of itself what this build does not understand.
    #[error("the image describes itself in a way that this version does not know: {0:?}")]
    Unreadable(String),
    /// Not an ELF file for this processor.
    #[error("this is no program for the chip: {0}")]
    NotElf(&'static str),
}
