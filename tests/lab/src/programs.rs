//! Which crates have tests against the kernel, and their test programs built for a guest.
//! A crate has them when it has a test target `kernel`; which of them make the shorter list of arm64 stands in its
//! `package.metadata.lab`. Tests on a Raspberry Pi are a target `raspberry`.

use crate::cross::cross;
use crate::machine::Guest;
use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, MetadataCommand, Package};
use std::collections::BTreeMap;
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
    /// Words of which a test's name must hold one; none for all tests.
    pub only: Vec<String>,
}

impl Program {
    /// Whether this test is on the guest's list.
    pub fn wants(&self, test: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| test.contains(word))
    }
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

/// Builds the tests of all crates for this guest, or those of the crate named.
///
/// # Errors
/// They do not build; or no crate has any.
pub fn build(guest: Guest, only: Option<&str>) -> Result<Vec<Program>> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let mut crates: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| has_tests(package, guest))
        .filter(|package| only.is_none_or(|only| package.name.as_str() == only))
        .collect();
    crates.sort_by_key(|package| package.name.as_str());
    if crates.is_empty() {
        bail!(
            "no crate {}has tests for {}",
            only.map(|name| format!("'{name}' ")).unwrap_or_default(),
            guest.name()
        );
    }
    // Those of another machine share nothing with what is built here already.
    let all = guest == Guest::Amd64 && only.is_none();
    let chosen = if all { &[][..] } else { &crates[..] };
    let built = cargo(guest, chosen)?;
    let program = |package: &&Package| {
        let path = built.get(package.manifest_path.as_str());
        Ok(Program {
            name: package.name.to_string(),
            path: path.context("a program that cargo did not build")?.clone(),
            only: shorter_list(package, guest),
        })
    };
    crates.iter().map(program).collect()
}

/// The programs of a crate, for this machine; the folder that they are in.
///
/// # Errors
/// They do not build.
pub fn bins(name: &str, target: &Path) -> Result<PathBuf> {
    let metadata = MetadataCommand::new().no_deps().exec()?;
    let package = metadata.packages.iter().find(|p| p.name.as_str() == name);
    let package = package.with_context(|| format!("there is no crate '{name}'"))?;
    let mut command = Command::new("cargo");
    command.args(["build", "--locked", "--quiet", WITH_ALL_FEATURES]);
    for bin in package.targets.iter().filter(|target| target.is_bin()) {
        command.args(["--bin", bin.name.as_str()]);
    }
    let built = command.status().context("starting cargo")?;
    if !built.success() {
        bail!("{name} did not build");
    }
    Ok(target.join("debug"))
}

/// What is used has the features then that it has in all tests, and is compiled once for all.
const WITH_ALL_FEATURES: &str = "--workspace";

/// The test programs of these crates, or of all when there are none, by the crates' manifests.
fn cargo(guest: Guest, crates: &[&Package]) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = Command::new("cargo");
    command.args(["test", "--locked", "--no-run", "--test", guest.tests()]);
    command.arg("--message-format=json-render-diagnostics");
    if crates.is_empty() {
        command.arg(WITH_ALL_FEATURES);
    }
    for package in crates {
        command.args(["-p", package.name.as_str()]);
    }
    if guest != Guest::Amd64 {
        cross(&mut command)?;
    }
    let mut cargo = command
        .stdout(Stdio::piped())
        .spawn()
        .context("starting cargo")?;
    let output = cargo.stdout.take().context("cargo's output")?;
    let mut built = BTreeMap::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.name == guest.tests()
            && let Some(path) = artifact.executable
        {
            built.insert(artifact.manifest_path.into_string(), path.into());
        }
    }
    if !cargo.wait()?.success() {
        bail!("the tests did not build");
    }
    Ok(built)
}

fn has_tests(package: &Package, guest: Guest) -> bool {
    let has = package
        .targets
        .iter()
        .any(|target| target.name == guest.tests() && target.is_test());
    has && (guest != Guest::Arm64 || !package.metadata["lab"]["arm64"].is_null())
}

/// `arm64 = true` is all tests, `arm64 = ["replug"]` those whose names hold one of the words.
fn shorter_list(package: &Package, guest: Guest) -> Vec<String> {
    let words = package.metadata["lab"]["arm64"]
        .as_array()
        .filter(|_| guest == Guest::Arm64);
    words
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}
