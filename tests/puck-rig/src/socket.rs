//! A socket of a made-up machine with the real image in an emulated chip: what the kernel says of it, its line, and what the chip's
//! ROM, which cannot be emulated, does with its disk. Knows no host.

use crate::button::ChipButton;
use crate::place::Kit;
use crate::rig::{Build, Pace, Rig};
use crate::said::Order;
use anyhow::{Context, Result};
use emulators::puck::{UsbTree, speed};
use puck_image::Image;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// A host that opens a line at this speed asks for the loader.
const LOADER_BAUD: u32 = 1200;
const BLOCK: usize = 512;
/// How often the line and the disk are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A button at a machine's USB, until dropped.
#[derive(Debug)]
pub struct Socket {
    tree: UsbTree,
    port: String,
    line: String,
    kit: Kit,
    button: ChipButton,
}

impl Socket {
    /// Plugs it in: at this port of the tree, with a line of this name in the tree's `/dev`.
    ///
    /// # Errors
    /// The rig, the line or the tree cannot be made.
    pub fn plugged(tree: &UsbTree, (port, line): (&str, &str), kit: Kit) -> Result<Socket> {
        let button = start(tree, (port, line), &kit)?;
        Ok(Socket {
            tree: tree.clone(),
            port: port.to_owned(),
            line: line.to_owned(),
            kit,
            button,
        })
    }

    /// What is plugged in now; another one after it was written.
    pub fn button(&self) -> &ChipButton {
        &self.button
    }

    /// Its line.
    pub fn link(&self) -> PathBuf {
        self.tree.dev().join(&self.line)
    }

    /// From a host's touch to the start of what that writes; waits for the touch without an end.
    ///
    /// # Errors
    /// The chip does not obey, or what was written does not start.
    pub async fn written(&mut self, within: Duration) -> Result<()> {
        while speed(&self.link()) != Some(LOADER_BAUD.into()) {
            sleep(LOOK).await;
        }
        self.button.order(Order::Speed(LOADER_BAUD)).await?;
        self.button.until(within, |seen| seen.loader).await?;
        let name = format!("disk-of-{}", self.line);
        let disk = self.tree.dev().join(&name);
        fs::create_dir_all(&disk)?;
        self.tree.loader(&self.port, &name)?;
        let image = loop {
            match whole(&disk) {
                Some(image) => break image,
                None => sleep(LOOK).await,
            }
        };
        fs::remove_dir_all(&disk)?;
        let flash = self.tree.dev().join(format!("flash-of-{}", self.line));
        fs::write(&flash, image)?;
        self.kit = self.kit.with(&flash);
        self.button = start(&self.tree, (&self.port, &self.line), &self.kit)?;
        Ok(())
    }
}

fn start(tree: &UsbTree, (port, line): (&str, &str), kit: &Kit) -> Result<ChipButton> {
    let image = fs::read(&kit.image).context("the image")?;
    let image = Image::read(&image).context("the image")?;
    let rig = Rig::start(kit, Build::Oled, Pace::Real)?;
    let button = ChipButton::around(rig, &tree.dev().join(line))?;
    tree.button(port, &image.marker().version, line)?;
    Ok(button)
}

/// What is on the disk, once it has all of its blocks.
fn whole(disk: &Path) -> Option<Vec<u8>> {
    let file = fs::read_dir(disk).ok()?.next()?.ok()?.path();
    let image = fs::read(file).ok()?;
    let blocks = image.get(24..28)?.try_into().ok().map(u32::from_le_bytes)?;
    (image.len() == blocks as usize * BLOCK).then_some(image)
}
