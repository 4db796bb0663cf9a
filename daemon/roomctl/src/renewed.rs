//! `roomctl packs verify` and `in-use`: whether a renewed pack would be trusted, and which packs a room uses.
//! Owns the words; what is trusted is decided in `service-packs`.

use crate::client::Client;
use crate::look::sure;
use anyhow::{Context, Result, bail};
use calendar::recognise::RenewedPack;
use call_browser::Pack;
use room_api::{PackKind, PacksAnswer};
use service_packs::{Kind, Refused, SEAL_SUFFIX, Trusted, TrustedKey, verify};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Whether a pack's file and its signature would be taken.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The pack; its signature lies beside it as FILE.minisig.
    file: PathBuf,
    /// A public key that is trusted: the second line of a `.pub` file, or the file. May be repeated.
    #[arg(long = "key", value_name = "KEY|FILE", required = true)]
    keys: Vec<String>,
}

/// What is to be printed, and whether the pack would be taken.
///
/// # Errors
/// The file or a key cannot be read.
pub fn check(args: &VerifyArgs) -> Result<(String, bool)> {
    let keys = args
        .keys
        .iter()
        .map(|key| read_key(key))
        .collect::<Result<Vec<_>>>()?;
    let place = args.file.display();
    let text = std::fs::read(&args.file).with_context(|| format!("cannot read {place}"))?;
    let seal_file = format!("{place}{SEAL_SUFFIX}");
    let verdict = match std::fs::read_to_string(&seal_file) {
        Err(_) => Err(Refused::Unsigned(seal_file)),
        Ok(seal) => verify(&text, &seal, &keys).and_then(makes_sense),
    };
    Ok(match verdict {
        Ok(trusted) => {
            let Trusted {
                claim, signed_by, ..
            } = trusted;
            let text = format!(
                "{place} is good: {} {} version {}, signed by {signed_by}",
                claim.kind, claim.service, claim.version
            );
            (text, true)
        }
        Err(refused) => (
            format!("{place} is refused: {refused} ({})", refused.code()),
            false,
        ),
    })
}

fn makes_sense(trusted: Trusted) -> Result<Trusted, Refused> {
    let kind = trusted.claim.kind;
    match kind {
        Kind::Join => {
            let pack = Pack::parse(&trusted.text).map_err(|e| Refused::Senseless(e.to_string()))?;
            trusted.must_be(kind, pack.service.as_str(), pack.version)?;
        }
        Kind::Recognise => {
            let pack = RenewedPack::read(&trusted.text).map_err(Refused::Senseless)?;
            trusted.must_be(kind, pack.service().as_str(), pack.version())?;
        }
    }
    Ok(trusted)
}

fn read_key(given: &str) -> Result<TrustedKey> {
    if let Ok(key) = TrustedKey::parse(given) {
        return Ok(key);
    }
    let file = std::fs::read_to_string(Path::new(given))
        .with_context(|| format!("--key: \"{given}\" is neither a key nor a file with one"))?;
    match file
        .lines()
        .filter_map(|line| TrustedKey::parse(line).ok())
        .next()
    {
        Some(key) => Ok(key),
        None => bail!("--key: {given} holds no minisign public key"),
    }
}

/// The packs that a running daemon uses, and whether it refused any.
///
/// # Errors
/// No daemon, or a refusal.
pub fn in_use(client: &Client, json: bool) -> Result<(String, bool)> {
    let answer: PacksAnswer = client.get("/api/v1/packs")?;
    let good = answer.refused.is_empty();
    if json {
        let text = serde_json::to_string_pretty(&answer).context("cannot write the packs")?;
        return Ok((text, good));
    }
    let mut text = String::new();
    for pack in &answer.packs {
        let kind = match pack.kind {
            PackKind::Recognise => "recognise",
            PackKind::Join => "join",
        };
        let from = match &pack.signed_by {
            Some(key) => format!("renewed, signed by {key}"),
            None => "built-in".to_owned(),
        };
        let certainty = pack.certainty.map_or("", sure);
        let seen = pack.seen.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "{:<14} {kind:<10} {:>4}  {from:<34} {certainty:<20} {seen}",
            pack.service, pack.version
        );
    }
    for refused in &answer.refused {
        let serves = match refused.instead {
            Some(version) => format!("; version {version} serves on"),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "refused: {}: {} ({}){serves}",
            refused.file, refused.reason, refused.code
        );
    }
    Ok((text, good))
}
