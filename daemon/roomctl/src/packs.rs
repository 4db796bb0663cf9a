//! `roomctl packs`: which services this version joins and how sure it is of them, and the checks of packs. Owns the
//! words; `pack-check` owns the judgement. Only `in-use` needs a daemon.

use crate::client::Client;
use crate::renewed;
use anyhow::{Context, Result, bail};
use call_browser::pack::{Pack, PackError, PageState};
use call_browser::{Packs, pack::Certainty};
use clap::{Args, Subcommand};
use pack_check::{Drift, Level, Pages, Report, Verdict, against, check};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Shows and checks service packs: how conference services are joined.
#[derive(Args)]
pub struct PacksArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Which services are joined by page, and how sure each pack is.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Which packs a running room uses, built-in or renewed, and which it refused; exits with 1 when it refused any.
    InUse {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Whether a renewed pack is signed by a trusted key and makes sense; exits with 1 when not.
    Verify(renewed::VerifyArgs),
    /// Everything one pack says about itself.
    Show {
        /// The service's slug, or a pack's file.
        pack: String,
    },
    /// Proves what can be proven without a browser; exits with 1 when something is wrong.
    Check {
        /// A pack, or a folder of packs; without it, the packs that are built in.
        path: Option<PathBuf>,
        /// The folder with each service's pages; without it `tests/pages` or `pages` beside the packs, when there is one.
        #[arg(long, value_name = "DIR")]
        pages: Option<PathBuf>,
        /// An unpacked package or a checkout of the vendor, in which the packs' markers are looked for.
        #[arg(long, value_name = "DIR")]
        against: Option<PathBuf>,
        /// What no page shows counts as wrong too.
        #[arg(long)]
        strict: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What a check found.
#[derive(Serialize)]
struct Outcome {
    reports: Vec<Report>,
    drift: Vec<Drift>,
    /// Packs that could not even be read.
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
struct Unreadable {
    path: PathBuf,
    problem: String,
}

#[derive(Serialize)]
struct Listed {
    service: String,
    version: u32,
    certainty: &'static str,
    seen: Option<String>,
    rules: usize,
    unverified: usize,
}

/// What is to be printed, and whether all is well.
pub fn run(client: &Client, args: PacksArgs) -> Result<(String, bool)> {
    match args.command {
        Command::InUse { json } => renewed::in_use(client, json),
        Command::Verify(args) => renewed::check(&args),
        Command::List { json } => Ok((list(json)?, true)),
        Command::Show { pack } => Ok((show(&find(&pack)?), true)),
        Command::Check {
            path,
            pages,
            against: vendor,
            strict,
            json,
        } => {
            let (packs, unreadable) = load(path.as_deref())?;
            let pages = pages.or_else(|| beside(path.as_deref()));
            let outcome = Outcome {
                reports: reports(&packs, pages.as_deref())?,
                drift: drift(&packs, vendor.as_deref())?,
                unreadable,
            };
            let text = if json {
                serde_json::to_string_pretty(&outcome).context("cannot write the outcome")?
            } else {
                table(&outcome)
            };
            Ok((text, outcome.good(strict)))
        }
    }
}

impl Outcome {
    fn good(&self, strict: bool) -> bool {
        let unproven = |report: &Report| strict && report.count(Level::Unproven) > 0;
        self.unreadable.is_empty()
            && self.drift.iter().all(|drift| drift.lost().next().is_none())
            && !self
                .reports
                .iter()
                .any(|r| r.count(Level::Wrong) > 0 || unproven(r))
    }
}

fn find(name: &str) -> Result<Pack> {
    if name.ends_with(".toml") {
        return Pack::read(Path::new(name)).with_context(|| format!("the pack {name}"));
    }
    let packs = Packs::built_in();
    let Some(pack) = packs.iter().find(|pack| pack.service.as_str() == name) else {
        let known: Vec<&str> = packs.iter().map(|pack| pack.service.as_str()).collect();
        bail!("there is no pack {name:?}; known are {}", known.join(", "));
    };
    Ok(pack.clone())
}

fn load(path: Option<&Path>) -> Result<(Vec<Pack>, Vec<Unreadable>)> {
    let Some(path) = path else {
        return Ok((Packs::built_in().iter().cloned().collect(), Vec::new()));
    };
    if path.is_file() {
        return Ok(match Pack::read(path) {
            Ok(pack) => (vec![pack], Vec::new()),
            Err(problem) => (Vec::new(), vec![unreadable(path.to_owned(), &problem)]),
        });
    }
    let mut packs = Packs::default();
    let bad = packs
        .add_folder(path)
        .with_context(|| format!("reading the packs of {}", path.display()))?;
    let bad: Vec<_> = bad
        .into_iter()
        .map(|(path, problem)| unreadable(path, &problem))
        .collect();
    if packs.iter().next().is_none() && bad.is_empty() {
        bail!("there is no pack in {}", path.display());
    }
    Ok((packs.iter().cloned().collect(), bad))
}

fn unreadable(path: PathBuf, problem: &PackError) -> Unreadable {
    Unreadable {
        path,
        problem: problem.to_string(),
    }
}

/// Where a pack's pages lie when nobody says it.
fn beside(path: Option<&Path>) -> Option<PathBuf> {
    let path = path?;
    let folder = if path.is_file() { path.parent()? } else { path };
    let places = [folder.join("../tests/pages"), folder.join("pages")];
    places.into_iter().find(|place| place.is_dir())
}

fn reports(packs: &[Pack], pages: Option<&Path>) -> Result<Vec<Report>> {
    let report = |pack: &Pack| {
        let folder = pages.map(|pages| pages.join(pack.service.as_str()));
        let pages = folder.map(|folder| Pages::read(&folder)).transpose();
        let pages = pages.with_context(|| format!("the pages of {}", pack.service))?;
        Ok(check(pack, pages.as_ref()))
    };
    packs.iter().map(report).collect()
}

fn drift(packs: &[Pack], vendor: Option<&Path>) -> Result<Vec<Drift>> {
    let Some(vendor) = vendor else {
        return Ok(Vec::new());
    };
    let look =
        |pack| against(pack, vendor).with_context(|| format!("reading {}", vendor.display()));
    packs.iter().map(look).collect()
}

fn list(json: bool) -> Result<String> {
    let packs = Packs::built_in();
    let listed = |pack: &Pack| {
        let unverified = |rule: &&call_browser::pack::Rule| rule.certainty == Certainty::Unverified;
        Listed {
            service: pack.service.as_str().to_owned(),
            version: pack.version,
            certainty: pack.certainty.code(),
            seen: pack.seen.map(|month| month.to_string()),
            rules: pack.rules.len(),
            unverified: pack.rules.iter().filter(unverified).count(),
        }
    };
    let all: Vec<Listed> = packs.iter().map(listed).collect();
    if json {
        return serde_json::to_string_pretty(&all).context("cannot write the list");
    }
    let mut text = format!(
        "{:<10} {:>7}  {:<20} {:<8} {:>5} {:>10}\n",
        "service", "version", "certainty", "seen", "rules", "unverified"
    );
    for pack in all {
        let seen = pack.seen.as_deref().unwrap_or("unknown");
        let _ = writeln!(
            text,
            "{:<10} {:>7}  {:<20} {:<8} {:>5} {:>10}",
            pack.service, pack.version, pack.certainty, seen, pack.rules, pack.unverified
        );
    }
    Ok(text)
}

fn show(pack: &Pack) -> String {
    let seen = pack
        .seen
        .map_or_else(|| "unknown".to_owned(), |month| month.to_string());
    let mut text = format!(
        "{} ({}), version {}\n",
        pack.name.en, pack.service, pack.version
    );
    let _ = writeln!(
        text,
        "  {}, as of {seen}; learned from",
        pack.certainty.code()
    );
    for source in &pack.sources {
        let _ = writeln!(text, "    {source}");
    }
    if let Some(own) = &pack.own_page {
        let _ = writeln!(
            text,
            "  opened through a page of the room's own in the place of {}",
            own.at
        );
    }
    for (name, value) in &pack.link_query {
        let _ = writeln!(text, "  sets {name}={value} in every link");
    }
    let _ = writeln!(text, "  {:<26} {:<18} certainty", "rule", "state");
    for rule in &pack.rules {
        let _ = writeln!(
            text,
            "  {:<26} {:<18} {}",
            rule.id,
            state(rule.state),
            rule.certainty.code()
        );
    }
    text
}

/// As packs write it.
fn state(state: PageState) -> String {
    let mut text = String::new();
    for c in format!("{state:?}").chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn table(outcome: &Outcome) -> String {
    let mut text = String::new();
    for bad in &outcome.unreadable {
        let _ = writeln!(
            text,
            "{}: cannot be used: {}",
            bad.path.display(),
            bad.problem
        );
    }
    for report in &outcome.reports {
        let pages = match report.pages {
            Some(pages) => format!("{pages} pages"),
            None => "without pages, so nothing shows that its selectors match".to_owned(),
        };
        let (wrong, unproven) = (report.count(Level::Wrong), report.count(Level::Unproven));
        let _ = writeln!(
            text,
            "{} {}: {} rules, {pages}: {wrong} wrong, {unproven} unproven",
            report.service, report.version, report.rules
        );
        for finding in &report.findings {
            let level = match finding.level {
                Level::Wrong => "WRONG",
                Level::Unproven => "unproven",
            };
            let _ = writeln!(text, "  {level:<9} {}: {}", finding.at, finding.what);
        }
    }
    for drift in &outcome.drift {
        drifted(drift, &mut text);
    }
    text
}

fn drifted(drift: &Drift, text: &mut String) {
    let _ = writeln!(text, "{} against {} files:", drift.service, drift.files);
    for part in &drift.parts {
        let verdict = match part.verdict {
            Verdict::Found => "found",
            Verdict::Missing => "MISSING",
            Verdict::OnlyInPack => "only-in-pack",
            Verdict::Nothing => "nothing",
        };
        let gone: Vec<&str> = part
            .markers
            .iter()
            .filter(|m| m.files == 0)
            .map(|m| m.text.as_str())
            .collect();
        let gone = if gone.is_empty() {
            String::new()
        } else {
            format!("  not there: {}", gone.join(", "))
        };
        let _ = writeln!(
            text,
            "  {verdict:<13} {:<30} {:<20}{gone}",
            part.part, part.certainty
        );
    }
}
