//! The two hands of an update: the touch that asks for the loader, and the loader's disk. Thin; decides nothing.

use super::{Image, UpdateError};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio_serial::SerialPort;

/// Whoever sets this speed asks for the loader, as it is usual for these chips.
const LOADER_BAUD: u32 = 1200;
const FILE: &str = "BUTTON.UF2";
/// So much at a time, so that there is something to say.
const PIECE: usize = 16 * 1024;

/// Asks the button on this line into its loader. A daemon that has the line open does not hinder it.
///
/// # Errors
/// [`UpdateError::Line`].
pub fn touch(line: &Path) -> Result<(), UpdateError> {
    let opened = serialport::new(line.to_string_lossy(), LOADER_BAUD)
        .exclusive(false)
        .open_native();
    match opened {
        Ok(port) => {
            // The speed is what it hears; the line may be gone by now.
            let _ = port.baud_rate();
            Ok(())
        }
        Err(error) => Err(UpdateError::Line {
            path: line.to_owned(),
            source: error.into(),
        }),
    }
}

/// Writes the image to the loader's disk, where it is mounted or else to a mount of its own; says how many bytes are there.
/// The disk goes away with the last block, so what fails after it is no failure: the button's version tells.
///
/// # Errors
/// [`UpdateError::Disk`].
pub fn write(
    disk: &Path,
    image: &Image,
    mut progress: impl FnMut(usize),
) -> Result<(), UpdateError> {
    let failed = |doing, source| UpdateError::Disk {
        path: disk.to_owned(),
        doing,
        source,
    };
    if let Some(folder) = folder_of(disk) {
        return copy(&folder, image, &mut progress).map_err(|error| failed("writing", error));
    }
    let folder = std::env::temp_dir().join(format!("roomd-loader-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| failed("making a folder for it", error))?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let mounting = mount(Some(disk), &folder, Some("vfat"), flags, None::<&str>);
    if let Err(error) = mounting {
        let _ = fs::remove_dir(&folder);
        return Err(failed("mounting it (this needs root)", error.into()));
    }
    let copied = copy(&folder, image, &mut progress);
    let _ = umount2(&folder, MntFlags::MNT_DETACH);
    let _ = fs::remove_dir(&folder);
    copied.map_err(|error| failed("writing", error))
}

/// The same where somebody else mounts the disk: a daemon whose system calls are counted would be killed for trying.
///
/// # Errors
/// [`UpdateError::Disk`], also while it is not mounted yet.
pub fn write_mounted(disk: &Path, image: &Image) -> Result<(), UpdateError> {
    let failed = |doing, source| UpdateError::Disk {
        path: disk.to_owned(),
        doing,
        source,
    };
    let none = || failed("waiting for its mount", io::ErrorKind::NotFound.into());
    let folder = folder_of(disk).ok_or_else(none)?;
    copy(&folder, image, &mut |_| {}).map_err(|error| failed("writing", error))
}

fn folder_of(disk: &Path) -> Option<PathBuf> {
    match disk.is_dir() {
        true => Some(disk.to_owned()),
        false => mounted(disk),
    }
}

fn copy(folder: &Path, image: &Image, progress: &mut impl FnMut(usize)) -> io::Result<()> {
    let mut file = File::create(folder.join(FILE))?;
    let mut done = 0;
    for piece in image.file().chunks(PIECE) {
        file.write_all(piece)?;
        // Piece by piece: the order of the blocks is what makes a pulled plug harmless.
        let synced = file.sync_data();
        done += piece.len();
        progress(done);
        if done < image.file().len() {
            synced?;
        }
    }
    Ok(())
}

fn mounted(disk: &Path) -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let line = mounts.lines().find(|line| {
        let mut words = line.split(' ');
        words.next() == disk.to_str()
    })?;
    line.split(' ').nth(1).map(PathBuf::from)
}
