//! What to do next for one button, from what is plugged in now and what was done before. Pure.
//! An attempt that was cut off needs no memory: it is continued from what is seen.

use super::{Found, Image, Line, UpdateError, Version};
use std::path::PathBuf;

/// One button, and the image that it shall have.
#[derive(Debug, Clone)]
pub struct Job {
    port: String,
    wanted: Version,
    entered: Entered,
    written: Written,
    times: u8,
}

/// Whether the button has been asked into its loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// Not yet.
    No,
    /// Asked.
    Yes,
}

/// Whether the image has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    No,
    Yes,
    /// And the loader was gone since: when it comes back, the image was none for the chip, or the plug was pulled.
    AndGone,
}

/// So often an image is written to a chip that comes back as a loader.
const TIMES: u8 = 3;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask it into the loader over this line.
    Enter(PathBuf),
    /// Write the image to this disk.
    Write(PathBuf),
    /// Nothing but to look again, for this.
    Wait(&'static str),
    /// It runs the wanted version.
    Done,
}

impl Job {
    /// What is waited for after the image was written.
    pub const START: &'static str = "the button's start";

    /// Of this image, for the button in this socket.
    ///
    /// # Errors
    /// The image is none for a button on USB, or says no version.
    pub fn new(port: &str, image: &Image) -> Result<Job, UpdateError> {
        let marker = image.marker();
        if marker.line != Line::Usb {
            return Err(UpdateError::NotForUsb);
        }
        let unreadable = || puck_image::ImageError::Unreadable(marker.version.clone());
        Ok(Job {
            port: port.to_owned(),
            wanted: Version::read(&marker.version).ok_or_else(unreadable)?,
            entered: Entered::No,
            written: Written::No,
            times: 0,
        })
    }

    /// The image's version.
    pub fn wanted(&self) -> Version {
        self.wanted
    }

    /// It was asked into the loader.
    pub fn entered(&mut self) {
        self.entered = Entered::Yes;
    }

    /// The image was written.
    pub fn written(&mut self) {
        self.written = Written::Yes;
        self.times += 1;
    }

    /// From what is plugged in now.
    ///
    /// # Errors
    /// [`UpdateError::OtherVersion`] after it was written, [`UpdateError::Late`] when it never starts.
    pub fn next(&mut self, found: &Found) -> Result<Next, UpdateError> {
        let here = |port: &str| port == self.port;
        let loader = found.loaders.iter().find(|loader| here(&loader.port));
        self.written = match (self.written, loader) {
            (Written::Yes | Written::AndGone, None) => Written::AndGone,
            (Written::AndGone, Some(_)) if self.times < TIMES => Written::No,
            (Written::AndGone, Some(_)) => return Err(UpdateError::Late(Self::START)),
            (written, _) => written,
        };
        let is_written = self.written != Written::No;
        if let Some(loader) = loader {
            return Ok(match &loader.disk {
                // Its disk goes a moment after the last block.
                Some(_) if is_written => Next::Wait(Self::START),
                Some(disk) => Next::Write(disk.clone()),
                None => Next::Wait("the loader's disk"),
            });
        }
        let Some(button) = found.buttons.iter().find(|button| here(&button.port)) else {
            return Ok(Next::Wait(match (is_written, self.entered) {
                (true, _) => Self::START,
                (false, Entered::Yes) => "the loader",
                (false, Entered::No) => "the button",
            }));
        };
        match (button.version, &button.line) {
            (Some(version), _) if version == self.wanted => Ok(Next::Done),
            (Some(said), _) if is_written => Err(UpdateError::OtherVersion {
                said,
                wanted: self.wanted,
            }),
            (_, Some(line)) if self.entered == Entered::No => Ok(Next::Enter(line.clone())),
            (_, Some(_)) => Ok(Next::Wait("the loader")),
            (_, None) => Ok(Next::Wait("the button's line")),
        }
    }
}
