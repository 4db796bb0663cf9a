//! As much of ELF as it takes to know what goes into flash and how much memory a program claims.
//! Knows nothing of UF2.

use crate::ImageError;

/// Bytes and their place in flash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where they are loaded from.
    pub place: u32,
    /// What is there.
    pub bytes: Vec<u8>,
}

/// A linked program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elf {
    /// What goes into flash.
    pub segments: Vec<Segment>,
    /// Bytes of memory that are taken from the start, without the stack.
    pub memory: u32,
}

const LOAD: u32 = 1;
const MACHINE_ARM: u16 = 40;
const RAM: std::ops::Range<u32> = 0x2000_0000..0x2004_2000;

impl Elf {
    /// Reads a program of 32 bits, least byte first.
    ///
    /// # Errors
    /// [`ImageError::NotElf`].
    pub fn read(file: &[u8]) -> Result<Elf, ImageError> {
        let cut = || ImageError::NotElf("the file is cut short");
        if file.get(..6) != Some(b"\x7fELF\x01\x01") {
            return Err(ImageError::NotElf("its head is another"));
        }
        if half(file, 18) != Some(MACHINE_ARM) {
            return Err(ImageError::NotElf("it is for another processor"));
        }
        let table = word(file, 28).ok_or_else(cut)? as usize;
        let size = usize::from(half(file, 42).ok_or_else(cut)?);
        let count = usize::from(half(file, 44).ok_or_else(cut)?);
        let mut elf = Elf {
            segments: Vec::new(),
            memory: 0,
        };
        for n in 0..count {
            let head = table + n * size;
            let field = |at: usize| word(file, head + at).ok_or_else(cut);
            let [kind, offset, runs_at, place] = [field(0)?, field(4)?, field(8)?, field(12)?];
            let (in_file, in_memory) = (field(16)? as usize, field(20)?);
            if kind != LOAD {
                continue;
            }
            if RAM.contains(&runs_at) {
                elf.memory += in_memory;
            }
            let start = offset as usize;
            let bytes = file.get(start..start + in_file).ok_or_else(cut)?.to_vec();
            if !bytes.is_empty() {
                elf.segments.push(Segment { place, bytes });
            }
        }
        Ok(elf)
    }

    /// Bytes of flash.
    pub fn flash(&self) -> usize {
        self.segments.iter().map(|s| s.bytes.len()).sum()
    }
}

fn word(file: &[u8], at: usize) -> Option<u32> {
    let bytes = file.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn half(file: &[u8], at: usize) -> Option<u16> {
    let bytes = file.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}
