//! A disk as the chip's loader offers it: a FAT with its note of what it is, on a block device of the kernel's.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use lab_guest::run;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SECTOR: usize = 512;
const SECTORS: usize = 32_768;
const PER_CLUSTER: u8 = 4;
const PER_FAT: u16 = 32;
const ROOT_ENTRIES: u16 = 512;
const NOTE: &[u8] = b"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n";

pub struct Disk {
    device: PathBuf,
    _folder: TempDir,
}

impl Disk {
    pub fn new() -> Disk {
        run("modprobe", &["loop"]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk");
        fs::write(&file, fat()).unwrap();
        let device = run("losetup", &["--find", "--show", &file.to_string_lossy()]).unwrap();
        Disk {
            device: device.trim().into(),
            _folder: folder,
        }
    }

    pub fn device(&self) -> &Path {
        &self.device
    }

    /// Does something with it while it is mounted.
    pub fn mounted(&self, with: impl FnOnce(&Path)) {
        let folder = tempfile::tempdir().unwrap();
        let (device, place) = (
            self.device.to_string_lossy(),
            folder.path().to_string_lossy(),
        );
        run("mount", &["-t", "vfat", &device, &place]).unwrap();
        with(folder.path());
        run("umount", &[&place]).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run("losetup", &["--detach", &self.device.to_string_lossy()]);
    }
}

/// FAT16 with one file (Microsoft's FAT specification, 3.1 and 6).
fn fat() -> Vec<u8> {
    let mut disk = vec![0; SECTORS * SECTOR];
    let mut put = |at: usize, bytes: &[u8]| disk[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[0xeb, 0x3c, 0x90]);
    put(3, b"MSDOS5.0");
    put(11, &(SECTOR as u16).to_le_bytes());
    put(13, &[PER_CLUSTER]);
    // One sector before the first FAT, two FATs.
    put(14, &1_u16.to_le_bytes());
    put(16, &[2]);
    put(17, &ROOT_ENTRIES.to_le_bytes());
    put(19, &(SECTORS as u16).to_le_bytes());
    put(21, &[0xf8]);
    put(22, &PER_FAT.to_le_bytes());
    put(36, &[0x80, 0, 0x29]);
    put(39, &0x0420_0042_u32.to_le_bytes());
    put(43, b"RPI-RP2    FAT16   ");
    put(510, &[0x55, 0xaa]);
    let fat = |number: usize| SECTOR * (1 + number * usize::from(PER_FAT));
    for number in 0..2 {
        // Two reserved entries, and the note's only cluster.
        put(fat(number), &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff]);
    }
    let root = fat(2);
    put(root, b"RPI-RP2    ");
    put(root + 11, &[0x08]);
    put(root + 32, b"INFO_UF2TXT");
    put(root + 32 + 11, &[0x01]);
    put(root + 32 + 26, &2_u16.to_le_bytes());
    put(root + 32 + 28, &(NOTE.len() as u32).to_le_bytes());
    put(root + 32 * usize::from(ROOT_ENTRIES), NOTE);
    disk
}
