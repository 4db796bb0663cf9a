//! Programs of the host that do one thing and end.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Runs one; what it said.
///
/// # Errors
/// It is missing, or did not succeed; the error says what it said.
pub fn run(program: &str, arguments: &[&Path]) -> Result<String> {
    let done = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("starting {program}"))?;
    if !done.status.success() {
        bail!(
            "{program}: {}",
            String::from_utf8_lossy(&done.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
