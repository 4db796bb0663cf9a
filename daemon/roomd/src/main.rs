//! The command line of the daemon. Owns words and exit codes; knows no room.

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use config_files::{ConfigError, Files};
use drv_puck::update::Roots;
use room_profile::Profile;
use roomd::fleet::Patience;
use roomd::practice_room::{self, OwnNames};
use roomd::renewal::Renewal;
use roomd::sound_server::{Deed, Part};
use roomd::{browsing, keeper, logs, replay, screens, sip, sound_server, wiring};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const ABOUT: &str = "\
Joins the conferences a meeting room was invited to and drives the room.

First steps:
  roomd check room.toml       every mistake in the file at once, each with its place
  roomd run --room room.toml  the daemon, in the foreground
  roomctl status              what the room sees

Signals to the running daemon:
  SIGHUP    read the room's file anew; a bad one is refused whole
  SIGUSR1   write down the last steps, for `roomd replay`
  SIGTERM   end; a running call goes on without the daemon";

/// The exit code of a sound server, a second browser or a SIP client that nobody needs.
const NOT_NEEDED: u8 = 2;

#[derive(Parser)]
#[command(name = "roomd", version, about = "The daemon of a meeting room.", long_about = ABOUT)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a room until it is told to end.
    Run(Run),
    /// Checks a room's file and shows all its problems; exit code 1 when there are any.
    Check(Config),
    /// Plays a recording again (see SIGUSR1 and `roomctl dump`); exit code 1 when the room asks for something else now.
    Replay {
        /// A file from the folder `recordings` in the room's state folder.
        file: PathBuf,
    },
    /// Prints Chromium's managed policy for this room, for the folder `/etc/chromium/policies/managed`: which pages may be
    /// opened, and which of them may use microphone and camera.
    Policy(Config),
    /// Writes that policy and becomes the keeper of the room's browser, with the options of the room's file.
    Keeper {
        #[command(flatten)]
        config: RoomFiles,
        /// The browser of a second display, which shows the room's page and never a call.
        #[arg(long)]
        second: bool,
        /// More options of `browser-keeper`, such as `-- --owner roomd`.
        #[arg(last = true)]
        more: Vec<OsString>,
    },
    /// Writes the file of the compositor (sway) that shows the room's browsers, one on each display, into its folder.
    Screens {
        #[command(flatten)]
        config: RoomFiles,
        /// The folder for `sway.conf`.
        #[arg(long, value_name = "FOLDER", default_value = "/run/roomd-screen")]
        folder: PathBuf,
        /// Write nothing, and say by exit code 2 that no second display is connected.
        #[arg(long)]
        second: bool,
    },
    /// Writes the files of the room's SIP client and becomes it, with the settings of the room's file.
    SipClient {
        #[command(flatten)]
        config: RoomFiles,
        /// The client.
        #[arg(long, value_name = "FILE", default_value = "baresip")]
        program: PathBuf,
        /// Start nothing, and say by exit code 2 that the room's file has no `[sip]`.
        #[arg(long)]
        needed: bool,
    },
    /// Writes the file of the room's sound server and becomes it (PipeWire), with the roles of the room's file as its nodes. Pages
    /// and the SIP client speak to a second program, which `--clients` becomes. Exit code 2 when the room's file names no sound.
    SoundServer {
        #[command(flatten)]
        config: RoomFiles,
        /// The part for pages and the SIP client.
        #[arg(long)]
        clients: bool,
        /// Only write the file, for a unit that runs PipeWire itself.
        #[arg(long)]
        write: bool,
    },
    /// Prints the reference of all keys of a room's file as Markdown.
    Reference,
}

#[derive(Args)]
struct RoomFiles {
    /// The room's file.
    #[arg(long, value_name = "FILE", default_value = "/etc/roomd/room.toml")]
    room: PathBuf,
    /// Lay the room over this board's file, whatever its `board` says.
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    config: RoomFiles,
    /// Keep what must survive in this folder, whatever `room.state_dir` says.
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// Look for table buttons here instead of /sys; for trying things out.
    #[arg(long, hide = true, value_name = "FOLDER")]
    sys: Option<PathBuf>,
    /// Look for their lines and disks here instead of /dev; for trying things out.
    #[arg(long, hide = true, value_name = "FOLDER")]
    dev: Option<PathBuf>,
    /// Firmware for table buttons instead of what the package brought; for trying things out.
    #[arg(long, hide = true, value_name = "FOLDER")]
    button_images: Option<PathBuf>,
    /// What root's helper for packages leaves stands below this folder; for trying things out, where nobody waits until a room is settled.
    #[arg(long, hide = true, value_name = "FOLDER")]
    system: Option<PathBuf>,
    /// The version that this says to be; for trying things out.
    #[arg(long, hide = true, value_name = "VERSION", requires = "system")]
    software: Option<String>,
}

#[derive(Args)]
struct Config {
    /// The room's file.
    #[arg(value_name = "FILE", default_value = "/etc/roomd/room.toml")]
    room: PathBuf,
    /// Lay the room over this board's file, whatever its `board` says.
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(run) => start(run),
        Command::Check(config) => check(config.files()),
        Command::Policy(config) => policy(&config.files()),
        Command::Replay { file } => play(&file),
        Command::Keeper {
            config,
            second,
            more,
        } => keep_browser(config.files(), second, &more),
        Command::Screens {
            config,
            folder,
            second,
        } => lay_out_screens(&config.files(), &folder, second),
        Command::SipClient {
            config,
            program,
            needed,
        } => call_by_sip(&config.files(), &program, needed),
        Command::SoundServer {
            config,
            clients,
            write,
        } => serve_sound(config.files(), clients, write),
        Command::Reference => print(&room_profile::reference()).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("roomd: {error:#}");
        ExitCode::FAILURE
    })
}

impl RoomFiles {
    fn files(self) -> Files {
        Files::new(self.room, self.board)
    }
}

impl Config {
    fn files(self) -> Files {
        Files::new(self.room, self.board)
    }
}

fn start(run: Run) -> Result<ExitCode> {
    logs::start();
    let files = run.config.files();
    let unwritten = files.is_unwritten();
    let profile = match known(&files) {
        Ok(profile) => profile,
        Err(error) => return refuse(error),
    };
    // Two workers: one may be busy with a handshake while the other moves the room.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let usual = wiring::Machine::default();
    let ended = runtime.block_on(wiring::run(wiring::Start {
        files,
        profile,
        state_dir: run.state_dir,
        machine: wiring::Machine {
            usb: Roots {
                sys: run.sys.unwrap_or(usual.usb.sys),
                dev: run.dev.unwrap_or(usual.usb.dev),
            },
            button_images: run.button_images.unwrap_or(usual.button_images),
            patience: match run.system {
                Some(_) => Patience {
                    settles: Duration::from_secs(1),
                    finds: Duration::from_secs(15),
                },
                None => usual.patience,
            },
            system: run.system.unwrap_or(usual.system),
            software: run.software.unwrap_or(usual.software),
        },
        unwritten,
    }));
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

/// The room as its file says, or what stands in for it until somebody has described it.
fn known(files: &Files) -> Result<Profile, ConfigError> {
    match files.is_unwritten() {
        true => files.unwritten(),
        false => files.profile(),
    }
}

fn check(files: Files) -> Result<ExitCode> {
    match files.profile() {
        Ok(profile) => {
            let plan = &profile.plan;
            print(&format!(
                "{} is right: room \"{}\", {} calendars, {} cameras with a motor, {} table buttons, {} allowed hosts\n",
                files.room.display(),
                plan.name,
                profile.calendars.len(),
                plan.heads.len(),
                plan.pucks.len(),
                profile.hosts.len(),
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => refuse(error),
    }
}

fn policy(files: &Files) -> Result<ExitCode> {
    let profile = match files.profile() {
        Ok(profile) => profile,
        Err(error) => return refuse(error),
    };
    let names = OwnNames::read();
    let authority = practice_room::known_authority(&profile, &names);
    let packs = Renewal::would_use(&profile.state_dir, &profile.packs);
    print(&browsing::policy(&profile, &names, authority, &packs)?)?;
    Ok(ExitCode::SUCCESS)
}

fn refuse(error: ConfigError) -> Result<ExitCode> {
    let problems = match error {
        ConfigError::Unreadable(error) => return Err(error.into()),
        ConfigError::Wrong(problems) => problems,
    };
    eprintln!("{}", problems.drawn(std::io::stderr().is_terminal()));
    Ok(ExitCode::FAILURE)
}

fn play(file: &PathBuf) -> Result<ExitCode> {
    let recording = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut out = std::io::stdout().lock();
    let outcome = replay::replay(BufReader::new(recording), &mut out)?;
    let replay::Outcome { steps, different } = outcome;
    match different {
        0 => writeln!(out, "equal: {steps} steps asked for the same as then")?,
        _ => writeln!(out, "DIFFERENT: {different} of {steps} steps")?,
    }
    Ok(if different == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn keep_browser(files: Files, second: bool, more: &[OsString]) -> Result<ExitCode> {
    logs::start();
    let profile = match known(&files) {
        Ok(profile) => profile,
        Err(error) => return refuse(error),
    };
    match second {
        true => keeper::become_second(&profile, more)?,
        false => keeper::become_keeper(profile, || known(&files).ok(), more)?,
    }
    Ok(ExitCode::FAILURE)
}

fn lay_out_screens(files: &Files, folder: &Path, second: bool) -> Result<ExitCode> {
    logs::start();
    let drm = Path::new("/sys/class/drm");
    let outputs = screens::outputs(drm);
    match (second, screens::has_second(&outputs)) {
        (true, true) => return Ok(ExitCode::SUCCESS),
        (true, false) => return Ok(ExitCode::from(NOT_NEEDED)),
        (false, _) => {}
    }
    match known(files) {
        Ok(profile) => {
            let plain = screens::draws_plainly(drm);
            screens::write(&profile, &outputs, plain, folder).map(|()| ExitCode::SUCCESS)
        }
        Err(error) => refuse(error),
    }
}

fn call_by_sip(files: &Files, program: &Path, needed: bool) -> Result<ExitCode> {
    logs::start();
    match files.profile() {
        Ok(profile) if needed => Ok(match profile.sip {
            Some(_) => ExitCode::SUCCESS,
            None => ExitCode::from(NOT_NEEDED),
        }),
        Ok(profile) => sip::become_client(&profile, program).map(|()| ExitCode::FAILURE),
        Err(error) => refuse(error),
    }
}

fn serve_sound(files: Files, clients: bool, write: bool) -> Result<ExitCode> {
    logs::start();
    let part = match clients {
        true => Part::Clients,
        false => Part::Graph,
    };
    let deed = match write {
        true => Deed::Write,
        false => Deed::Become,
    };
    match files.profile() {
        Ok(profile) => match sound_server::serve(&profile, part, deed)? {
            true => Ok(ExitCode::SUCCESS),
            false => Ok(ExitCode::from(NOT_NEEDED)),
        },
        Err(error) => refuse(error),
    }
}

/// A reader that stops reading early, such as `head`, is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot print"),
    }
}
