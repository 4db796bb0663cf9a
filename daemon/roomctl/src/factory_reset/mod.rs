//! `roomctl factory-reset`: a machine forgets its room. Owns words, the question and the units; what is removed and how that is
//! proven stands in the files below.

mod places;
mod proof;

use crate::client::{Client, NoDaemon};
use crate::preflight::in_call;
use crate::{Found, print};
use anyhow::{Context, Result, bail};
use clap::Args;
use places::Places;
use proof::Secrets;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const HELP: &str = "\
Makes a machine forget its room: the room's file and its earlier copies, passwords, keys and certificates, paired devices, copies of
calendars, results of checks, pictures and reports of commissioning, recordings, the browser's profile and policy. Devices stay as
they are, table buttons keep their firmware, and the package stays installed: afterwards the display says \"set me up\" again.

It lists what it will remove and asks first. Then the room's services are stopped, each file is overwritten and removed, and the proof
follows: before the removal it takes note of what is secret, and afterwards it reads all that is left, journal and temporary files
too, and looks for those bytes. Where one is found, the file is named, and the exit code is 1.

Overwriting reaches what the file system still holds. A memory card keeps worn blocks that nothing can reach: one that leaves the
house for good is destroyed, or was encrypted from the start.

Examples:
  sudo roomctl factory-reset             list, ask, remove, prove, and begin as a fresh machine
  sudo roomctl factory-reset --yes       by script
  sudo roomctl factory-reset --stopped   leave the room's services stopped
  sudo roomctl factory-reset --root /mnt the disk of another machine

Exit code 0: removed and proven. 1: something is left, or it could not be done; run it again when the cause is gone.";

/// Makes this machine forget its room, and proves that the secrets are gone.
#[derive(Args)]
#[command(long_about = HELP)]
pub struct FactoryResetArgs {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Leave the room's services stopped.
    #[arg(long)]
    stopped: bool,
    /// The system below this folder instead of the one that runs.
    #[arg(long, value_name = "FOLDER", default_value = "/")]
    root: PathBuf,
    /// The room's file, as that system names it.
    #[arg(long, value_name = "FILE", default_value = "/etc/roomd/room.toml")]
    room: PathBuf,
}

impl FactoryResetArgs {
    fn is_this_machine(&self) -> bool {
        self.root == Path::new("/")
    }
}

/// Asks, removes, proves.
///
/// # Errors
/// What stands in the way, and what to do; or something secret is left.
pub fn run(client: &Client, args: &FactoryResetArgs) -> Result<()> {
    if args.is_this_machine() {
        if !nix::unistd::geteuid().is_root() {
            bail!("only root can do this: sudo roomctl factory-reset");
        }
        if in_call(client) {
            bail!("the room is in a call; `roomctl leave` ends it");
        }
    }
    let places = Places::of(&args.root, &args.room);
    let found = places.files()?;
    if found.is_empty() {
        print("nothing of a room is here; the proof is made all the same")?;
    } else {
        print("of this room, these go:")?;
        for (kind, count) in places.kinds(&found) {
            print(&format!("  {kind}: {count} files"))?;
        }
    }
    if !args.yes && !agreed()? {
        bail!("nothing was changed");
    }
    let services = args.is_this_machine() && Path::new("/run/systemd/system").is_dir();
    if services {
        systemctl(&["stop"], UNITS)?;
    }
    if args.is_this_machine() {
        nobody_is_left(client)?;
    }
    // What a service wrote as its last word is there now.
    let found = places.files()?;
    let secrets = Secrets::noted(&places, &found)?;
    for file in &found {
        wipe(file)?;
    }
    places.clear()?;
    print(&format!(
        "{} files are overwritten and removed",
        found.len()
    ))?;
    let proven = prove(&places, &secrets)?;
    if args.is_this_machine() {
        fresh(services && !args.stopped)?;
    }
    if proven { Ok(()) } else { Err(Found.into()) }
}

fn prove(places: &Places, secrets: &Secrets) -> Result<bool> {
    eprintln!("reading what is left ...");
    let read = secrets.look_for(&places.searched())?;
    for (file, what) in &read.found {
        print(&format!("LEFT: {} still holds {what}", file.display()))?;
    }
    for file in &read.unread {
        print(&format!("NOT READ: {}", file.display()))?;
    }
    print(&format!(
        "{} secrets looked for in {} files, {} kB: {}",
        secrets.count(),
        read.files,
        read.bytes / 1000,
        match (read.found.len(), read.unread.len()) {
            (0, 0) => "none is left".to_owned(),
            (0, unread) => format!("none was found, but {unread} files could not be read"),
            (left, _) =>
                format!("found in {left} files; remove those by hand, then run this again"),
        }
    ))?;
    if secrets.too_short() > 0 {
        print(&format!(
            "{} secrets are too short to be told from chance and were not looked for; their files are gone",
            secrets.too_short()
        ))?;
    }
    Ok(read.found.is_empty() && read.unread.is_empty())
}

/// What may hold something of the room, the daemon first.
const UNITS: &[&str] = &[
    "roomd-upgrade.path",
    "roomd-upgrade.service",
    "roomd-described.path",
    "roomd-commission.path",
    "roomd-commission.service",
    "roomd.service",
    "roomd-browser.service",
    "roomd-sip.service",
    "roomd-canceller.service",
    "roomd-sound-clients.service",
    "roomd-sound.service",
];

fn systemctl(words: &[&str], units: &[&str]) -> Result<()> {
    let known = |unit: &&&str| {
        let shown = Command::new("systemctl")
            .args(["cat", unit])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        shown.is_ok_and(|status| status.success())
    };
    let units: Vec<&&str> = units.iter().filter(known).collect();
    if units.is_empty() {
        return Ok(());
    }
    let done = Command::new("systemctl")
        .args(words)
        .args(units)
        .status()
        .context("cannot run systemctl")?;
    if !done.success() {
        bail!(
            "the room's services do not stop; `systemctl status roomd` says why. Nothing was removed"
        );
    }
    Ok(())
}

fn nobody_is_left(client: &Client) -> Result<()> {
    match client.process() {
        Err(error) if error.is::<NoDaemon>() => Ok(()),
        Err(error) => Err(error),
        Ok(process) => {
            bail!("a daemon that is no service still runs this room: end process {process} first")
        }
    }
}

fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to be asked; with --yes nobody is");
    }
    let mut out = std::io::stderr().lock();
    write!(out, "Nothing brings them back. Type yes to remove them: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

/// Overwritten where it lies, on the disk, then removed.
fn wipe(file: &Path) -> Result<()> {
    let wiped = || -> std::io::Result<()> {
        let length = fs::symlink_metadata(file)?;
        if length.is_file() {
            let mut open = OpenOptions::new().write(true).open(file)?;
            let zeros = [0_u8; 64 * 1024];
            let mut left = length.len();
            while left > 0 {
                let part = left.min(zeros.len() as u64);
                // It is at most the length of `zeros`.
                open.write_all(&zeros[..usize::try_from(part).unwrap_or(zeros.len())])?;
                left -= part;
            }
            open.sync_all()?;
        }
        fs::remove_file(file)
    };
    match wiped() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.with_context(|| {
            format!(
                "cannot remove {}; run this again when it can be",
                file.display()
            )
        }),
    }
}

/// As the package leaves a machine.
fn fresh(start: bool) -> Result<()> {
    let made = Command::new("systemd-tmpfiles")
        .args(["--create", "roomd.conf"])
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("the room's empty folders could not be made; the next boot makes them");
    }
    if start {
        systemctl(&["start"], &["roomd.service"])?;
        print("the room's services are started: the display asks to be set up")?;
    }
    Ok(())
}
