//! Which crates have tests against the kernel, and their test programs built for a guest.
//! A crate has them when it has a test target `kernel`; for arm64 it must say so in `package.metadata.lab`.

use crate::machine::Arch;
use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, MetadataCommand, TargetKind};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One crate's tests.
#[derive(Debug)]
pub struct Program {
    /// The crate.
    pub name: String,
    /// The program.
    pub path: PathBuf,
}

/// The repository and the folder of built things.
///
/// # Errors
/// This is no workspace, or cargo is missing.
pub fn folders() -> Result<(PathBuf, PathBuf)> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .context("asking cargo about the workspace")?;
    Ok((
        metadata.workspace_root.into(),
        metadata.target_directory.into(),
    ))
}

/// Builds the kernel tests of all crates, or of the one named.
///
/// # Errors
/// They do not build; or no crate has any.
pub fn build(arch: Arch, only: Option<&str>) -> Result<Vec<Program>> {
    let names = crates(arch)?;
    let names: Vec<&String> = names
        .iter()
        .filter(|name| only.is_none_or(|only| only == name.as_str()))
        .collect();
    if names.is_empty() {
        bail!(
            "no crate {}has tests named `kernel` for {}",
            only.map(|name| format!("'{name}' ")).unwrap_or_default(),
            arch.name()
        );
    }
    let mut command = Command::new("cargo");
    command.args([
        "test",
        "--locked",
        "--no-run",
        "--test",
        "kernel",
        "--message-format=json-render-diagnostics",
    ]);
    for name in &names {
        command.args(["-p", name]);
    }
    if arch == Arch::Arm64 {
        command.args(["--target", "aarch64-unknown-linux-gnu"]);
        command.env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "aarch64-linux-gnu-gcc",
        );
    }
    let mut cargo = command
        .stdout(Stdio::piped())
        .spawn()
        .context("starting cargo")?;
    let output = cargo.stdout.take().context("cargo's output")?;
    let mut programs = Vec::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.kind.contains(&TargetKind::Test)
            && let Some(path) = artifact.executable
        {
            let manifest = Path::new(artifact.manifest_path.as_str());
            programs.push(Program {
                name: package_name(manifest)?,
                path: path.into(),
            });
        }
    }
    if !cargo.wait()?.success() {
        bail!("the tests did not build");
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

fn package_name(manifest: &Path) -> Result<String> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path.as_std_path() == manifest);
    Ok(package
        .context("a program of a crate that is not in the workspace")?
        .name
        .to_string())
}

fn crates(arch: Arch) -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let on_arm64 = |package: &cargo_metadata::Package| package.metadata["lab"]["arm64"] == true;
    Ok(metadata
        .packages
        .iter()
        .filter(|package| {
            package
                .targets
                .iter()
                .any(|target| target.name == "kernel" && target.is_test())
        })
        .filter(|package| arch == Arch::Amd64 || on_arm64(package))
        .map(|package| package.name.to_string())
        .collect())
}
