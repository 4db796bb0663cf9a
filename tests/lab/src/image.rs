//! The guests' kernels and disks: built once by `image/build`, kept below `target/lab` under a name made of what went in.
//! Knows nothing of what runs on them.

use crate::machine::Guest;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A guest that can be booted.
#[derive(Debug)]
pub struct Image {
    folder: PathBuf,
}

impl Image {
    /// The image of this architecture, built first when there is none of these ingredients.
    ///
    /// # Errors
    /// A tool is missing, the packages cannot be fetched, or this is not root.
    pub fn get(guest: Guest, repo: &Path, target: &Path) -> Result<Image> {
        let source = repo.join("tests/lab/image");
        let key = ingredients(guest, &source)?;
        let folder = target.join("lab").join(format!("{}-{key}", guest.arch()));
        if folder.join("root.img").is_file() {
            return Ok(Image { folder });
        }
        if !nix::unistd::Uid::effective().is_root() {
            bail!(
                "building a guest needs root; run this once as root, later runs find it below {}",
                target.display()
            );
        }
        let began = Instant::now();
        eprintln!(
            "building the {} guest (one to two minutes, once)",
            guest.arch()
        );
        fs::create_dir_all(&folder)?;
        let log = target
            .join("test-logs")
            .join(format!("lab-image-{}.log", guest.arch()));
        fs::create_dir_all(target.join("test-logs"))?;
        let output = fs::File::create(&log)?;
        let built = Command::new(source.join("build"))
            .arg(guest.arch())
            .arg(&folder)
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()
            .context("running tests/lab/image/build")?;
        if !built.success() {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let from = text.lines().count().saturating_sub(15);
            let tail: Vec<&str> = text.lines().skip(from).collect();
            bail!(
                "the guest could not be built (whole log: {}):\n{}",
                log.display(),
                tail.join("\n")
            );
        }
        eprintln!("built in {} s", began.elapsed().as_secs());
        Ok(Image { folder })
    }

    /// The kernel.
    pub fn kernel(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }

    /// What mounts the disk.
    pub fn initrd(&self) -> PathBuf {
        self.folder.join("initrd")
    }

    /// What a Raspberry Pi 3 has, for its kernel.
    pub fn device_tree(&self) -> PathBuf {
        self.folder.join("bcm2837-rpi-3-b.dtb")
    }

    /// The disk. Guests write to a copy that ends with them.
    pub fn disk(&self) -> PathBuf {
        self.folder.join("root.img")
    }
}

fn ingredients(guest: Guest, source: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(source)
        .with_context(|| format!("reading {}", source.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut hash = Sha256::new();
    hash.update(guest.arch());
    for file in files {
        hash.update(fs::read(&file)?);
    }
    Ok(hex::encode(&hash.finalize()[..6]))
}
