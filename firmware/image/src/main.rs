//! Packs a linked image for the chip's loader: `puck-image IMAGE.elf IMAGE.uf2`. Used by `firmware/build`.
//! Prints the sizes and refuses an image that is too large or does not say whose it is.

use anyhow::{Context, Result, bail};
use puck_image::{Elf, Image, pack};
use std::fs;

/// Most bytes of flash.
const FLASH_LIMIT: usize = 128 << 10;
/// Most bytes of memory, without the stack.
const MEMORY_LIMIT: u32 = 48 << 10;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &arguments[..] else {
        bail!("usage: puck-image IMAGE.elf IMAGE.uf2");
    };
    let elf = fs::read(from).with_context(|| format!("reading {from}"))?;
    let elf = Elf::read(&elf).with_context(|| format!("reading {from}"))?;
    let file = pack(&elf.segments);
    let image = Image::read(&file).with_context(|| format!("checking what {from} became"))?;
    println!(
        "{}: {} bytes of flash (limit {FLASH_LIMIT}), {} bytes of memory (limit {MEMORY_LIMIT})",
        image.marker(),
        elf.flash(),
        elf.memory
    );
    if elf.flash() > FLASH_LIMIT || elf.memory > MEMORY_LIMIT {
        bail!("the image is too large");
    }
    fs::write(to, file).with_context(|| format!("writing {to}"))
}
