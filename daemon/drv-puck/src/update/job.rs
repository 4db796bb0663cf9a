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
    written: bool,
}

/// Whether the button has been asked into its loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// Not yet.
    No,
    /// Asked.
    Yes,
}

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
            written: false,
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
        self.written = true;
    }

    /// From what is plugged in now.
    ///
    /// # Errors
    /// [`UpdateError::OtherVersion`] after it was written.
    pub fn next(&self, found: &Found) -> Result<Next, UpdateError> {
        let here = |port: &str| port == self.port;
        if let Some(loader) = found.loaders.iter().find(|loader| here(&loader.port)) {
            return Ok(match &loader.disk {
                // Its disk goes a moment after the last block.
                Some(_) if self.written => Next::Wait("the button's start"),
                Some(disk) => Next::Write(disk.clone()),
                None => Next::Wait("the loader's disk"),
            });
        }
        let Some(button) = found.buttons.iter().find(|button| here(&button.port)) else {
            return Ok(Next::Wait(match (self.written, self.entered) {
                (true, _) => "the button's start",
                (false, Entered::Yes) => "the loader",
                (false, Entered::No) => "the button",
            }));
        };
        match (button.version, &button.line) {
            (Some(version), _) if version == self.wanted => Ok(Next::Done),
            (Some(said), _) if self.written => Err(UpdateError::OtherVersion {
                said,
                wanted: self.wanted,
            }),
            (_, Some(line)) if self.entered == Entered::No => Ok(Next::Enter(line.clone())),
            (_, Some(_)) => Ok(Next::Wait("the loader")),
            (_, None) => Ok(Next::Wait("the button's line")),
        }
    }
}
