//! `roomctl preflight`: lets the room's daemon check the room, or checks by hand what the command line names, without it.
//! Owns words, files and exit codes; what is checked in which order and what it means is the crate's of that name.

mod checks;
mod daemon;
mod keep;

use crate::client::Client;
use crate::{Found, in_runtime, print, room_file};
use anyhow::{Context, Result, bail};
use checks::{Kit, Place};
use clap::{Args, ValueEnum};
use config_files::Files;
pub(crate) use keep::machine;
use preflight::sound::Verdict;
use preflight::{Check, Checked, Input, Language, Order, Plan, Run, Stop, Surroundings};
use preflight_probe::shelf::{Kept, Shelf};
use preflight_probe::stage::Seat;
use room_api::Phase;
use room_profile::Profile;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{Duration, Instant};

const HELP: &str = "\
Checks a room: do cameras give a picture, do camera heads reach a preset, are displays on the right input, do buttons answer,
is the next meeting's link known and allowed, does the way to its host carry a call, does each microphone hear each
loudspeaker? Each finding comes with its code, what was tried to mend it, and what to do about it.

Without --room, --meeting, --host, --loudspeaker and --microphone the room's running daemon does it, as it does by itself
before each booked meeting (`[preflight]` in the room's file). With one of them this command opens devices and lines itself.

Heads move and short tones may be heard, so do it in an empty room. Ctrl-C, or any press in the room, ends it at once.
What is stored at the installation (--baseline) is what later runs are compared with.

Examples:
  roomctl preflight      everything, by the daemon, with its progress
  roomctl preflight --history
                         what earlier checks found, and what was seen of tomorrow's meetings
  roomctl preflight --report room.html
                         the same check, with a page to print
  roomctl preflight --last --report room.html --language de
                         the page of the last check, without a new one
  roomctl preflight --meeting https://meet.example.de/x --room /etc/roomd/room.toml
                         by hand: the link, the way to its host, and the cameras of the room's file
  roomctl preflight --only path --host meet.example.de
                         by hand: the way to a host alone
  roomctl preflight --loudspeaker front=room-loudspeaker --microphone table=room-microphone --baseline
                         by hand: the sound, and remember it as that of the installation

ROLE=NODE names a node of the sound server; `pw-link -io` shows what there is.
By hand, displays, camera heads, SIP and buttons are left out: only the running daemon can ask them.

Exit code 0: all well. 1: something was found, or nothing could be checked.";

/// Checks the room before people sit down.
#[derive(Args)]
#[command(long_about = HELP)]
pub struct PreflightArgs {
    /// The room's file: its name, its cameras, its allow-list.
    #[arg(long, value_name = "FILE")]
    room: Option<PathBuf>,
    /// By hand: only this check; may be given several times.
    #[arg(long, value_enum, value_name = "CHECK")]
    only: Vec<Only>,
    /// A link of the meeting to come: is it known and allowed, and how is the way to its host?
    #[arg(long, value_name = "LINK")]
    meeting: Option<String>,
    /// The host of the meeting to come.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "meeting")]
    host: Option<String>,
    /// A loudspeaker of the sound server.
    #[arg(long, value_name = "ROLE=NODE", value_parser = seat)]
    loudspeaker: Vec<Seat>,
    /// A microphone of the sound server.
    #[arg(long, value_name = "ROLE=NODE", value_parser = seat)]
    microphone: Vec<Seat>,
    /// Remember the sound as that of the installation; refused when something is red.
    #[arg(long)]
    baseline: bool,
    /// Show what earlier checks of the daemon found; checks nothing.
    #[arg(long, conflicts_with_all = ["baseline", "only"])]
    history: bool,
    /// Show the daemon's last check once more; checks nothing.
    #[arg(long, conflicts_with_all = ["baseline", "only", "history"])]
    last: bool,
    /// Write a page for the installer's folder.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// The result as JSON; progress still goes to standard error.
    #[arg(long)]
    json: bool,
    /// The language of the result; without it, that of the room's file, else English.
    #[arg(long, value_enum)]
    language: Option<Spoken>,
    /// Where the installation's sound and the history are kept.
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/var/lib/roomd/preflight"
    )]
    state: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The meeting's link.
    Meeting,
    /// The way to the meeting's host.
    Path,
    /// Cameras.
    Picture,
    /// Loudspeakers and microphones.
    Sound,
}

impl Only {
    fn check(self) -> Check {
        match self {
            Only::Meeting => Check::Meeting,
            Only::Path => Check::Path,
            Only::Picture => Check::Picture,
            Only::Sound => Check::Sound,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Spoken {
    /// German.
    De,
    /// English.
    En,
}

pub(crate) fn seat(text: &str) -> Result<Seat, String> {
    match text.split_once('=') {
        Some((role, place)) if !role.is_empty() && !place.is_empty() => Ok(Seat {
            role: role.to_owned(),
            place: place.to_owned(),
        }),
        _ => Err("write it as ROLE=NODE, such as table=room-microphone".to_owned()),
    }
}

/// Checks and prints.
///
/// # Errors
/// A file that cannot be used, a room that must not be disturbed, or [`Found`] when something is wrong.
pub fn run(client: &Client, args: PreflightArgs) -> Result<()> {
    match args.by_hand() {
        true if args.history || args.last => {
            bail!(
                "--history and --last ask the daemon; leave out --room, --meeting, --host and devices"
            )
        }
        true => by_hand(client, args),
        false => daemon::run(client, &args),
    }
}

impl PreflightArgs {
    fn by_hand(&self) -> bool {
        let named = self.room.is_some() || self.meeting.is_some() || self.host.is_some();
        let sound = !self.loudspeaker.is_empty() || !self.microphone.is_empty();
        named || sound || self.baseline || !self.only.is_empty()
    }
}

fn by_hand(client: &Client, args: PreflightArgs) -> Result<()> {
    let profile = args.room.as_deref().map(profile).transpose()?;
    let language = match (args.language, &profile) {
        (Some(Spoken::De), _) => Language::De,
        (Some(Spoken::En), _) | (None, None) => Language::En,
        (None, Some(profile)) => match profile.language {
            room_profile::Language::German => Language::De,
            room_profile::Language::English => Language::En,
        },
    };
    let shelf = Shelf::new(args.state.clone());
    let kit = kit(&args, profile.as_ref(), &shelf)?;
    let around = Surroundings {
        call: in_call(client),
        ..Surroundings::default()
    };
    let name = profile
        .as_ref()
        .map_or_else(keep::machine, |p| p.plan.name.clone());
    let at = chrono::Utc::now();
    let mut done = None;
    in_runtime(async {
        done = Some(all(&kit, &wanted(&args.only, &kit), around, language).await?);
        Ok(())
    })?;
    let run = done.context("nothing was checked")?;
    let kept = Kept {
        at: at.timestamp(),
        run,
    };
    // A history that cannot be kept fails no check.
    if let Err(error) = shelf.remember(&kept) {
        eprintln!(
            "roomctl: the history is not kept: {:#}",
            anyhow::Error::from(error)
        );
    }
    let (history, run) = (shelf.history(), kept.run);
    if args.baseline {
        baseline(&shelf, &run)?;
    }
    if let Some(file) = &args.report {
        let page = keep::Page {
            room: &name,
            at,
            language,
            baseline: kit.baseline.as_deref(),
            history: &history,
        };
        page.write(&run, file)?;
        eprintln!("the report is in {}", file.display());
    }
    match args.json {
        true => print(&serde_json::to_string(&keep::json(at.timestamp(), &run))?)?,
        false => print(&text(&run, language))?,
    }
    match run.verdict() {
        Some(Verdict::Green) => Ok(()),
        Some(Verdict::Yellow | Verdict::Red) | None => Err(Found.into()),
    }
}

fn profile(room: &Path) -> Result<Profile> {
    let files = Files::new(room.to_path_buf(), None);
    files.profile().map_err(|error| anyhow::anyhow!("{error}"))
}

fn kit(args: &PreflightArgs, profile: Option<&Profile>, shelf: &Shelf) -> Result<Kit> {
    let host = match (&args.host, &args.meeting) {
        (Some(host), _) => Some(Place::parse(host).context("--host wants HOST or HOST:PORT")?),
        (None, Some(link)) => checks::host_of(link),
        (None, None) => None,
    };
    let hosts = match (&args.meeting, &args.room) {
        (Some(_), Some(room)) => Some(room_file::hosts(room)?),
        (Some(_), None) if args.only.contains(&Only::Meeting) => {
            bail!("--only meeting needs --room: the room's file has the list of allowed hosts")
        }
        _ => None,
    };
    if args.loudspeaker.is_empty() != args.microphone.is_empty() {
        bail!("the sound needs both: --loudspeaker ROLE=NODE and --microphone ROLE=NODE");
    }
    Ok(Kit {
        meeting: args.meeting.clone(),
        hosts,
        host,
        cameras: profile.map(checks::cameras).unwrap_or_default(),
        loudspeakers: args.loudspeaker.clone(),
        microphones: args.microphone.clone(),
        baseline: shelf.baseline()?,
    })
}

/// A daemon that does not answer has no call.
pub(crate) fn in_call(client: &Client) -> bool {
    client.state().is_ok_and(|state| {
        !matches!(
            state.phase,
            Phase::Standby {}
                | Phase::Announced { .. }
                | Phase::Failed { .. }
                | Phase::Ended { .. }
        )
    })
}

fn wanted(only: &[Only], kit: &Kit) -> Vec<(Check, u32)> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let all = Check::ALL.into_iter();
    let asked = all.filter(|check| only.is_empty() || only.iter().any(|one| one.check() == *check));
    let sized = |check| match check {
        Check::Picture => count(kit.cameras.len()),
        Check::Sound => count(kit.loudspeakers.len()),
        _ => 1,
    };
    asked.map(|check| (check, sized(check))).collect()
}

/// Drives the plan: the clock is real, and Ctrl-C is the press that ends it.
async fn all(
    kit: &Kit,
    wanted: &[(Check, u32)],
    around: Surroundings,
    language: Language,
) -> Result<Run> {
    let begin = Instant::now();
    let (mut plan, mut orders) = match Plan::begin(begin.elapsed(), wanted, around) {
        Ok(begun) => begun,
        Err(Stop::Call) => bail!("the room is in a call; nothing is checked beside it"),
        Err(stop) => bail!("nothing is checked now: {}", stop.sentence(Language::En)),
    };
    type Checking<'a> = Pin<Box<dyn Future<Output = Checked> + 'a>>;
    let mut checking: Option<Checking<'_>> = None;
    loop {
        let mut next = None;
        for order in orders {
            match order {
                Order::Start(check) => {
                    eprintln!("{} ...", check.title(language));
                    checking = Some(Box::pin(kit.check(check)));
                }
                Order::Abandon(_) => checking = None,
                // Everything is opened anew at each try, and more cannot be mended from here.
                Order::Repair(_) => next = Some(Input::Repaired),
                Order::Finished(run) => return Ok(run),
            }
        }
        let input = match next {
            Some(input) => input,
            None => input(&mut checking, &plan, begin).await,
        };
        if let Input::Checked(checked) = &input {
            checking = None;
            tell(checked, language);
        }
        orders = plan.step(begin.elapsed(), input);
    }
}

async fn input(
    checking: &mut Option<Pin<Box<dyn Future<Output = Checked> + '_>>>,
    plan: &Plan,
    begin: Instant,
) -> Input {
    let now = begin.elapsed();
    let left = plan
        .next_deadline()
        .map_or(Duration::ZERO, |at| at.saturating_sub(now));
    let checked = async {
        match checking {
            Some(checking) => checking.await,
            None => core::future::pending().await,
        }
    };
    tokio::select! {
        checked = checked => Input::Checked(checked),
        _ = tokio::signal::ctrl_c() => Input::Stop(Stop::Press),
        () = tokio::time::sleep(left) => Input::Tick,
    }
}

fn tell(checked: &Checked, language: Language) {
    if checked.skipped.is_none() {
        let title = checked.check.title(language);
        let verdict = checked.verdict().unwrap_or(Verdict::Green);
        eprintln!("{title}: {}", verdict.title(language));
    }
}

fn baseline(shelf: &Shelf, run: &Run) -> Result<()> {
    let sound = run.checks.iter().find(|one| one.check == Check::Sound);
    let verdict = sound.and_then(Checked::verdict);
    if run.loops().is_empty() || verdict == Some(Verdict::Red) {
        bail!(
            "the sound of this run is no installation to compare with: name every loudspeaker and microphone, and mend what is red"
        );
    }
    let file = shelf.store(run.loops())?;
    eprintln!(
        "the sound of this run is now that of the installation: {}",
        file.display()
    );
    Ok(())
}

fn text(run: &Run, language: Language) -> String {
    let mut lines = Vec::new();
    for checked in &run.checks {
        let title = checked.check.title(language);
        match (checked.skipped, checked.verdict()) {
            (None, Some(verdict)) => lines.push(format!("{:<7} {title}", verdict.word())),
            (Some(why), _) => lines.push(format!("{:<7} {title}: {}", "-", why.sentence(language))),
            (None, None) => {}
        }
        for trouble in &checked.troubles {
            lines.push(format!(
                "        {} ({})",
                trouble.sentence(language),
                trouble.code()
            ));
            lines.push(format!("        {}", trouble.suggestion(language)));
        }
        for figure in &checked.figures {
            let name = format!("{} {}", figure.measure.title(language), figure.of);
            let value = figure.measure.show(figure.value, language);
            lines.push(format!("        {}: {value}", name.trim_end()));
        }
        for note in &checked.notes {
            lines.push(format!("        {}", note.sentence(language)));
        }
        for one in &checked.loops {
            lines.push(format!(
                "        {} > {}: {}",
                one.loudspeaker,
                one.microphone,
                keep::heard(one, language)
            ));
        }
    }
    if run
        .checks
        .iter()
        .any(|checked| !checked.troubles.is_empty())
    {
        lines.push(crate::explain::HINT.to_owned());
    }
    if let Some(stop) = run.stopped {
        lines.push(stop.sentence(language));
    }
    if let Some(verdict) = run.verdict() {
        lines.push(format!(
            "{}: {}",
            verdict.title(language),
            verdict.sentence(language)
        ));
    }
    lines.join("\n")
}
