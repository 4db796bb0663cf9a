//! Files that may become releases: what each says of itself, and the name that follows from that. Nothing is typed by whoever signs, and
//! a file that is not ours is refused before anything is signed. Knows no key and no list.

use super::repository::LARGEST;
use super::signing::{SigningError, file};
use config_files::{ConfigError, MAX_BYTES, Released, judge_board};
use puck_image::{Image, Line};
use releases::{Custom, Kind, TargetName, Version};
use room_profile::SourceFile;
use service_packs::{Claim, SEAL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What rooms run.
const PACKAGE: &str = "roomd";

/// A release's name, and its files as targets.
pub(super) type Candidate = (TargetName, Vec<(TargetName, Vec<u8>, Option<Custom>)>);

/// Of a file, by its ending.
pub(super) fn candidate(path: &Path) -> Result<Candidate, SigningError> {
    let ending = path.extension().unwrap_or_default();
    match ending.to_str() {
        Some("deb") => package(path),
        Some("uf2") => firmware(path),
        Some("toml") if !is_pack(path) => board(path),
        Some(_) | None => pack(path),
    }
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> SigningError {
    SigningError::Unfit {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

/// The file beside a pack that seals it.
fn seal_of(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(SEAL_SUFFIX);
    beside.into()
}

/// Packs and boards end alike. A pack is sealed, and names its service also where the seal is missing; no board's file has such a key.
fn is_pack(path: &Path) -> bool {
    let names_service = || {
        let text = fs::read_to_string(path).ok()?;
        let table: toml::Table = text.parse().ok()?;
        Some(table.contains_key("service"))
    };
    seal_of(path).exists() || names_service() == Some(true)
}

/// A pack with its seal, under the name that its own claim gives it. Whose seal it is rooms look at: they have the keys.
fn pack(path: &Path) -> Result<Candidate, SigningError> {
    let text = fs::read(path).map_err(file(path))?;
    let beside = seal_of(path);
    let seal = fs::read(&beside).map_err(file(&beside))?;
    let said = String::from_utf8_lossy(&seal).into_owned();
    let comment = said
        .lines()
        .find_map(|line| line.strip_prefix("trusted comment: "));
    let comment = comment.ok_or_else(|| wrong(&beside, &"it is no seal of minisign"))?;
    let claim: Claim = comment.parse().map_err(|error| wrong(&beside, &error))?;
    let table: toml::Table = String::from_utf8_lossy(&text)
        .parse()
        .map_err(|error| wrong(path, &error))?;
    let service = table.get("service").and_then(toml::Value::as_str);
    let version = table.get("version").and_then(toml::Value::as_integer);
    if service != Some(&claim.service) || version != Some(i64::from(claim.version)) {
        return Err(wrong(path, &"its seal is for another service or version"));
    }
    let kind = match claim.kind {
        service_packs::Kind::Join => Kind::JoinPack,
        service_packs::Kind::Recognise => Kind::RecognisePack,
    };
    let name = format!(
        "service-packs/{}/{}/{}.toml",
        claim.kind, claim.service, claim.version
    );
    let name: TargetName = name.parse().map_err(|error| wrong(path, &error))?;
    let beside = format!("{name}{SEAL_SUFFIX}");
    let beside = beside.parse().map_err(|error| wrong(path, &error))?;
    let custom = Custom {
        kind,
        of: claim.service,
        version: claim.version.into(),
        architecture: None,
    };
    let targets = vec![(name.clone(), text, Some(custom)), (beside, seal, None)];
    Ok((name, targets))
}

/// What `dpkg-deb --field` is asked, in the order of its answer.
const FIELDS: [&str; 3] = ["Package", "Version", "Architecture"];

/// A Debian package, under the name that it gives itself.
fn package(path: &Path) -> Result<Candidate, SigningError> {
    let bytes = fs::read(path).map_err(file(path))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(path, &"it is larger than a release may be"));
    }
    let asked = Command::new("dpkg-deb")
        .arg("--field")
        .arg(path)
        .args(FIELDS)
        .output();
    let asked = asked.map_err(|error| wrong(path, &format!("dpkg-deb cannot be run: {error}")))?;
    if !asked.status.success() {
        return Err(wrong(path, &String::from_utf8_lossy(&asked.stderr).trim()));
    }
    let said = String::from_utf8_lossy(&asked.stdout);
    let field = |name: &str| {
        let mut lines = said.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let [Some(of), Some(version), Some(architecture)] = FIELDS.map(field) else {
        return Err(wrong(
            path,
            &"it does not say package, version and architecture",
        ));
    };
    if of != PACKAGE {
        return Err(wrong(
            path,
            &format!("it is the package {of}; rooms take {PACKAGE} and nothing else"),
        ));
    }
    let release = TargetName::packages(of, version).map_err(|error| wrong(path, &error))?;
    let name = release.for_machine(architecture);
    let name = name.map_err(|error| wrong(path, &error))?;
    let custom = Custom {
        kind: Kind::Package,
        of: of.to_owned(),
        version: Version::Named(version.to_owned()),
        architecture: Some(architecture.to_owned()),
    };
    Ok((name.clone(), vec![(name, bytes, Some(custom))]))
}

/// An image for table buttons, under the name that its own mark gives it.
fn firmware(path: &Path) -> Result<Candidate, SigningError> {
    let bytes = fs::read(path).map_err(file(path))?;
    let image = Image::read(&bytes).map_err(|error| wrong(path, &error))?;
    let mark = image.marker();
    if mark.line != Line::Usb {
        return Err(wrong(
            path,
            &"it is for a button on two wires, which no room can write to",
        ));
    }
    if mark.number().is_none() {
        return Err(wrong(
            path,
            &format!(
                "its version is {:?}: rooms compare three numbers below ten, such as 0.2.0",
                mark.version
            ),
        ));
    }
    let of = mark.button();
    let name = TargetName::firmware(&of, &mark.version).map_err(|error| wrong(path, &error))?;
    let custom = Custom {
        kind: Kind::Firmware,
        of,
        version: Version::Named(mark.version.clone()),
        architecture: None,
    };
    Ok((name.clone(), vec![(name, bytes, Some(custom))]))
}

/// A board's file, under the name that it has everywhere and the revision that it says, judged as rooms read it.
fn board(path: &Path) -> Result<Candidate, SigningError> {
    let text = fs::read_to_string(path).map_err(file(path))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(wrong(path, &"it is larger than a board's file may be"));
    }
    let of = path.file_stem().unwrap_or_default().to_string_lossy();
    let released = Released {
        board: of.clone().into_owned(),
        file: SourceFile::new(path.display().to_string(), text.as_str()),
    };
    let revision = released.revision();
    let name = TargetName::board(&of, &revision.to_string());
    let name = name.map_err(|_| {
        wrong(
            path,
            &"a board's file is named after its board: small letters, digits and hyphens",
        )
    })?;
    judge_board(&released).map_err(|error| match error {
        ConfigError::Wrong(problems) => SigningError::Board {
            path: path.to_owned(),
            problems,
        },
        ConfigError::Unreadable(error) => wrong(path, &error),
    })?;
    let custom = Custom {
        kind: Kind::Board,
        of: of.into_owned(),
        version: revision.into(),
        architecture: None,
    };
    Ok((name.clone(), vec![(name, text.into_bytes(), Some(custom))]))
}
