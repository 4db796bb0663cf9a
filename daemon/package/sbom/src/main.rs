//! `package-sbom`: asks cargo what is linked into the package's programs and prints the bill of materials.
//! Knows cargo's words; the bill's own are the library's.

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use chrono::{DateTime, SecondsFormat};
use clap::Parser;
use package_sbom::{Crate, Facts, Package, Program, bom};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Prints what a package is made from, as CycloneDX.
#[derive(Parser)]
#[command(after_help = "Example:
  package-sbom --arch amd64 --target x86_64-unknown-linux-gnu --at 1764381600 --program roomd=target/debug/roomd")]
struct Options {
    /// Debian's name of the processor.
    #[arg(long)]
    arch: String,
    /// Rust's name of the processor.
    #[arg(long)]
    target: String,
    /// When the sources were last changed, in seconds since 1970.
    #[arg(long)]
    at: i64,
    /// A crate of the workspace and a program of it, as it is in the package. May be repeated.
    #[arg(long = "program", value_name = "CRATE=FILE", value_parser = pair, required = true)]
    programs: Vec<(String, PathBuf)>,
    /// What the programs load, as `dpkg-shlibdeps` says it.
    #[arg(long, default_value = "")]
    libraries: String,
}

fn pair(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("CRATE=FILE is needed")?;
    Ok((name.to_owned(), file.into()))
}

fn main() -> Result<()> {
    let options = Options::parse();
    let linked = linked(&options)?;
    let crates = facts(&linked, &options.target)?;
    let programs: Vec<Program> = options
        .programs
        .iter()
        .map(|(name, file)| program(name, file, &crates))
        .collect::<Result<_>>()?;
    let at = DateTime::from_timestamp(options.at, 0).context("no moment of time")?;
    let package = Package {
        name: "roomd".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arch: options.arch,
        at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        rust: rust()?,
        programs,
        crates,
        libraries: options
            .libraries
            .split(", ")
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    println!("{}", serde_json::to_string_pretty(&bom(&package))?);
    Ok(())
}

/// What is linked when exactly these crates are built for this processor: features as they are then, and neither what runs in the
/// compiler nor what only tests use.
fn linked(options: &Options) -> Result<BTreeSet<Crate>> {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "tree",
        "--locked",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    cargo.args(["--target", &options.target]);
    for (name, _) in &options.programs {
        cargo.args(["-p", name]);
    }
    let text = said(&mut cargo)?;
    let named = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next()?, words.next()?);
        let version = version.strip_prefix('v')?;
        Some(Crate {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    };
    Ok(text.lines().filter_map(named).collect())
}

fn facts(linked: &BTreeSet<Crate>, target: &str) -> Result<BTreeMap<Crate, Facts>> {
    let mut command = MetadataCommand::new();
    command.other_options([
        "--locked".to_owned(),
        "--filter-platform".to_owned(),
        target.to_owned(),
    ]);
    let metadata = command.exec().context("asking cargo about the workspace")?;
    let named = |package: &cargo_metadata::Package| Crate {
        name: package.name.to_string(),
        version: package.version.to_string(),
    };
    let names: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, named(package)))
        .collect();
    let resolve = metadata
        .resolve
        .as_ref()
        .context("cargo resolved nothing")?;
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let checksums = checksums(metadata.workspace_root.as_std_path())?;
    let mut facts = BTreeMap::new();
    for package in &metadata.packages {
        let name = named(package);
        if !linked.contains(&name) {
            continue;
        }
        let used = nodes
            .get(&package.id)
            .into_iter()
            .flat_map(|node| &node.dependencies);
        let uses = used
            .filter_map(|id| names.get(id))
            .filter(|used| linked.contains(used))
            .cloned()
            .collect();
        let known = Facts {
            license: package.license.clone(),
            license_file: package.license_file.as_ref().map(ToString::to_string),
            checksum: checksums.get(&name).cloned(),
            description: package.description.clone(),
            repository: package.repository.clone(),
            uses,
        };
        facts.insert(name, known);
    }
    let missing: Vec<_> = linked
        .iter()
        .filter(|name| !facts.contains_key(name))
        .collect();
    if !missing.is_empty() {
        bail!("cargo names crates as linked of which it knows nothing: {missing:?}");
    }
    Ok(facts)
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

fn checksums(root: &Path) -> Result<BTreeMap<Crate, String>> {
    let file = root.join("Cargo.lock");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let lock: Lock =
        toml::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    let known = lock.package.into_iter().filter_map(|locked| {
        let name = Crate {
            name: locked.name,
            version: locked.version,
        };
        Some((name, locked.checksum?))
    });
    Ok(known.collect())
}

fn program(of: &str, file: &Path, crates: &BTreeMap<Crate, Facts>) -> Result<Program> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let name = file.file_name().context("a program without a name")?;
    let of = crates.keys().find(|name| name.name == of);
    Ok(Program {
        name: name.to_string_lossy().into_owned(),
        sha256: hex::encode(Sha256::digest(&bytes)),
        of: of.context("a program of no crate that is linked")?.clone(),
    })
}

fn rust() -> Result<String> {
    let text = said(
        Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version"),
    )?;
    let version = text.split_whitespace().nth(1);
    Ok(version
        .context("rustc does not say its version")?
        .to_owned())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
