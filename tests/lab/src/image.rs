//! The guests' kernels and disks: built once by `image/build`, kept below `target/lab` under a name made of what went in.
//! Knows nothing of what runs on them.

use crate::machine::Guest;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What is installed in a guest beside Debian's base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outfit {
    /// The kernel's own tools for each kind of device.
    Devices,
    /// Also what shows a room: compositor and Chromium.
    Display,
}

impl Outfit {
    fn name(self) -> &'static str {
        match self {
            Outfit::Devices => "devices",
            Outfit::Display => "display",
        }
    }
}

/// A release of Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// Debian 12.
    Bookworm,
    /// Debian 13.
    Trixie,
}

impl Suite {
    /// As Debian calls it.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Bookworm => "bookworm",
            Suite::Trixie => "trixie",
        }
    }
}

/// Which image.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// For which machine.
    pub guest: Guest,
    /// Of which release.
    pub suite: Suite,
    /// With what in it.
    pub outfit: Outfit,
}

/// A guest that can be booted.
#[derive(Debug)]
pub struct Image {
    folder: PathBuf,
    outfit: Outfit,
}

impl Image {
    /// The image of this kind, built first when there is none of these ingredients.
    ///
    /// # Errors
    /// A tool is missing, the packages cannot be fetched, or this is not root.
    pub fn get(kind: Kind, repo: &Path, target: &Path) -> Result<Image> {
        let Kind {
            guest,
            suite,
            outfit,
        } = kind;
        let source = repo.join("tests/lab/image");
        let key = ingredients(kind, &source)?;
        let folder = target.join("lab").join(format!("{}-{key}", guest.arch()));
        if folder.join("root.img").is_file() {
            return Ok(Image { folder, outfit });
        }
        if !nix::unistd::Uid::effective().is_root() {
            bail!(
                "building a guest needs root; run this once as root, later runs find it below {}",
                target.display()
            );
        }
        let began = Instant::now();
        eprintln!(
            "building the {} guest with {} of {} (one to three minutes, once)",
            guest.arch(),
            outfit.name(),
            suite.name()
        );
        fs::create_dir_all(&folder)?;
        let log = target.join("test-logs").join(format!(
            "lab-image-{}-{}.log",
            guest.arch(),
            outfit.name()
        ));
        fs::create_dir_all(target.join("test-logs"))?;
        let output = fs::File::create(&log)?;
        let built = Command::new(source.join("build"))
            .arg(guest.arch())
            .arg(&folder)
            .args([suite.name(), outfit.name()])
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
        Ok(Image { folder, outfit })
    }

    /// What is in it.
    pub fn outfit(&self) -> Outfit {
        self.outfit
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

    /// What the board of no maker has, with a slower clock: written at each boot.
    pub fn slow_device_tree(&self) -> PathBuf {
        self.folder.join("slow.dtb")
    }

    /// The disk. Guests write to a copy that ends with them.
    pub fn disk(&self) -> PathBuf {
        self.folder.join("root.img")
    }
}

fn ingredients(kind: Kind, source: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(source)
        .with_context(|| format!("reading {}", source.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut hash = Sha256::new();
    for word in [kind.guest.arch(), kind.suite.name(), kind.outfit.name()] {
        hash.update(word);
    }
    for file in files {
        hash.update(fs::read(&file)?);
    }
    Ok(hex::encode(&hash.finalize()[..6]))
}
