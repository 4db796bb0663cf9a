//! Compiling for the boards' processor: cargo as usual, with a standard library and a linker for arm64.
//! rustup's library where rustup can fetch it; else this compiler must have one already.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};

/// As Rust calls it.
pub const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";

/// Turns a cargo command into one that builds for arm64.
///
/// # Errors
/// There is no standard library for it, or no linker.
pub fn cross(command: &mut Command) -> Result<()> {
    if !has_library()? {
        let fetched = Command::new("rustup")
            .args(["target", "add", TARGET])
            .status();
        if !fetched.is_ok_and(|status| status.success()) || !has_library()? {
            bail!("this Rust has no library for {TARGET}, and rustup cannot fetch it");
        }
    }
    let linker = Command::new(LINKER)
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !linker.is_ok_and(|status| status.success()) {
        bail!("{LINKER} is missing (tests/setup installs it)");
    }
    command.args(["--target", TARGET]);
    command.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
    command.env("CC_aarch64_unknown_linux_gnu", LINKER);
    Ok(())
}

fn has_library() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("asking rustc for its library")?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(std::path::Path::new(&folder).is_dir())
}
