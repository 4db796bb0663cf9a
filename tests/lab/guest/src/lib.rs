//! What a crate's `tests/kernel.rs` needs inside the lab's guest: drivers loaded, devices plugged and pulled, lines joined to
//! emulators. Everything made here is taken away when its value is dropped, and each wait has an end.
//! Knows the kernel's own interfaces, no device's protocol and no driver of ours.

pub mod cable;
pub mod gadget;
pub mod gpio;
pub mod host;
pub mod i2c;
pub mod module;
pub mod udev;
pub mod uhid;

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A program of the guest that took longer is named in what its test says.
const SLOW: Duration = Duration::from_secs(2);

/// Runs a program of the guest and gives back what it printed.
///
/// # Errors
/// It is not there, or ended with a failure; what it said is in the error.
pub fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let begun = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("starting {program}"))?;
    // A test that ran out of time shows by these where it went.
    if begun.elapsed() >= SLOW {
        let words = arguments.join(" ");
        eprintln!("{program} {words} took {:.1?}", begun.elapsed());
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{program} {}: {} {}{said}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(said)
}

/// Writes one of the kernel's files below `/sys`.
///
/// # Errors
/// The kernel refuses; the error says which file and text.
pub fn write(path: impl AsRef<Path>, text: &str) -> Result<()> {
    let path = path.as_ref();
    std::fs::write(path, text).with_context(|| format!("writing '{text}' to {}", path.display()))
}

/// Reads one of the kernel's files below `/sys`, without the blank at its end.
///
/// # Errors
/// The kernel refuses; the error says which file.
pub fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(text.trim_end().to_owned())
}
