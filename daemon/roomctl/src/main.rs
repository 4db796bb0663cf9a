//! The command line of facility teams and IT. Owns words and exit codes; the daemon decides everything.

mod board;
mod calendar;
mod camera;
mod canary;
mod client;
mod commission;
mod devices;
mod display;
mod doctor;
mod explain;
mod factory_reset;
mod fleet;
mod gpio;
mod gpio_line;
mod hid;
mod look;
mod packs;
mod panel;
mod preflight;
mod ptz;
mod puck;
mod renewed;
mod room_file;
mod sound;
mod status;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use client::{Client, NoDaemon, Refused};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_api::{PressRequest, Switch};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const ABOUT: &str = "\
Looks at a room and controls it, through the control socket of its daemon.

Examples:
  roomctl status           what the room sees
  roomctl status --watch   the same at every change
  roomctl join             join the meeting that is due
  roomctl mic off          close the room's microphone
  roomctl camera list      cameras that are plugged in, without a daemon
  roomctl join --dry-run https://meet.example.de/x
                           what would happen, up to the point before entering
  roomctl ptz --port /dev/ttyUSB0 inquire
                           a camera head by hand, without the daemon
  roomctl canary           join your own test meetings: do the packs still fit?
  roomctl devices          what is plugged in where
  roomctl display --port /dev/ttyUSB0 --model samsung-signage on
                           a display, without any daemon
  roomctl preflight --only path --host meet.example.de
                           whether a meeting will work: sound, picture, way to the host
  roomctl sound list       sound cards, their switches and who has them
  roomctl commission       from a box with cables to a proven room and its report
  roomctl doctor           what changed since
  roomctl factory-reset    forget the room, and prove that its secrets are gone
  roomctl gpio watch GPIO27  try a button; `lamp`, `hid` and `panel` are for other fittings
  roomctl puck update puck-oled-usb.uf2
                           new firmware for the table button

The microphone and the camera can be opened only by a person in the room, never from here.

Exit codes: 0 done, 1 failed or something was found wrong (a dry run that would not get in, a pack that does
not fit, a role without a device, a room that is not all well), 2 wrong usage, 3 no daemon at the socket, 4 refused by the room.";

#[derive(Parser)]
#[command(name = "roomctl", version, about = "Looks at a meeting room and controls it.", long_about = ABOUT)]
struct Cli {
    /// The daemon's control socket; without it, the environment's ROOMD_SOCKET, else /run/roomd/control.sock.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows what the room sees.
    Status {
        /// As JSON: the state of the control API; with --watch one line for each change.
        #[arg(long)]
        json: bool,
        /// Go on and show every change.
        #[arg(long)]
        watch: bool,
    },
    /// Joins a meeting, with microphone and camera closed.
    Join {
        /// The meeting's name as `roomctl status` shows it; without it, the meeting that is due.
        /// With --dry-run: a link, a file with an invitation or a calendar entry, or `-`.
        meeting: Option<String>,
        /// The operator's standing conference instead of a meeting.
        #[arg(long, conflicts_with = "meeting")]
        standing: bool,
        /// Enter nothing: say what the invitation is recognised as, open its page up to the point before entering, and say
        /// what was seen. The room must be free; its microphone and camera are refused to the page.
        #[arg(long, requires = "meeting", conflicts_with = "standing")]
        dry_run: bool,
        /// Recognise by the allow-list of this room's file instead, without a daemon, and open nothing.
        #[arg(long, requires = "dry_run", value_name = "FILE")]
        room: Option<PathBuf>,
        /// As JSON, one text a line.
        #[arg(long, requires = "dry_run")]
        json: bool,
    },
    Fleet(Box<fleet::FleetArgs>),
    /// Leaves the call, or gives up joining.
    Leave,
    /// Closes the room's microphone; opening it is for people in the room.
    Mic {
        /// What it shall be.
        to: OnOff,
    },
    Camera(camera::CameraArgs),
    /// Sets the loudness in the room.
    Volume {
        /// Percent; the room's limit applies.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Turns a camera to a preset.
    Preset {
        /// The camera's role, such as `front`.
        head: String,
        /// The preset's number.
        number: u8,
    },
    /// Stops a camera that moves.
    Stop {
        /// The camera's role.
        head: String,
    },
    /// Turns a camera to its home position.
    Home {
        /// The camera's role.
        head: String,
    },
    /// Stays in the call longer than booked.
    Extend,
    /// Tries again after a failure.
    Retry,
    /// Puts a message of failure away.
    Dismiss,
    Calendar(calendar::CalendarArgs),
    Packs(packs::PacksArgs),
    /// Prints what a shell needs to complete this command; packages bring it along.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    Board(board::BoardArgs),
    Commission(Box<commission::CommissionArgs>),
    Doctor(Box<doctor::DoctorArgs>),
    Explain(explain::ExplainArgs),
    FactoryReset(factory_reset::FactoryResetArgs),
    Devices(devices::DevicesArgs),
    Udev(devices::UdevArgs),
    Ptz(ptz::PtzArgs),
    /// Joins the operator's own test meetings (`[[canary]]` in the room's file), dark and silent, when the room is free, and
    /// says of each pack: valid, drifted or unknown.
    Canary(canary::CanaryArgs),
    Display(display::DisplayArgs),
    Gpio(gpio::GpioArgs),
    Lamp(gpio::LampArgs),
    Hid(hid::HidArgs),
    Panel(panel::PanelArgs),
    Puck(puck::PuckArgs),
    Preflight(Box<preflight::PreflightArgs>),
    Sound(sound::SoundArgs),
    /// Has the daemon write down its last steps, for `roomd replay`.
    Dump,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnOff {
    /// Lets sound or picture through.
    On,
    /// Lets nothing through.
    Off,
}

impl From<OnOff> for Switch {
    fn from(to: OnOff) -> Switch {
        match to {
            OnOff::On => Switch::Open,
            OnOff::Off => Switch::Closed,
        }
    }
}

const FAILED: u8 = 1;
const NO_DAEMON: u8 = 3;
const REFUSED: u8 = 4;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Found>() {
                eprintln!("roomctl: {error:#}");
            }
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<NoDaemon>().is_some() {
        NO_DAEMON
    } else if error.downcast_ref::<Refused>().is_some() {
        REFUSED
    } else {
        FAILED
    }
}

fn run(cli: Cli) -> Result<()> {
    let socket = socket(cli.socket);
    let client = Client::new(socket.clone());
    let press = match cli.command {
        Command::Status { json, watch } => return show(&client, json, watch),
        Command::Fleet(args) => return fleet::run(&client, *args),
        Command::Dump => return dump(&client),
        Command::Calendar(args) => return in_runtime(calendar::run(args)),
        Command::Packs(args) => return show_packs(&client, args),
        Command::Completions { shell } => return print(&completions(shell)?),
        Command::Board(args) => return show_board(&client, &args),
        Command::Commission(args) => return commission::run(&client, *args),
        Command::Doctor(args) => return doctor::run(&client, *args),
        Command::Explain(args) => return print(&explain::run(&args)?),
        Command::FactoryReset(args) => return factory_reset::run(&client, &args),
        Command::Devices(args) => return show_devices(args),
        Command::Udev(args) => return print(&devices::udev(args)?),
        Command::Ptz(args) => return ptz::run(args),
        Command::Canary(args) => return canary::run(&client, args),
        Command::Display(args) => return in_runtime(display::run(args)),
        Command::Gpio(args) => return in_runtime(gpio::run(args)),
        Command::Lamp(args) => return in_runtime(gpio::lamp(args)),
        Command::Hid(args) => return in_runtime(hid::run(args)),
        Command::Panel(args) => return panel::run(&args),
        Command::Puck(args) => return puck::run(args, &client),
        Command::Preflight(args) => return preflight::run(&client, *args),
        Command::Sound(args) => return sound::run(args, &socket),
        Command::Join {
            meeting: Some(what),
            dry_run: true,
            room,
            json,
            ..
        } => {
            let look = look::Look {
                what: &what,
                room: room.as_deref(),
                json,
            };
            return look::run(&client, &look);
        }
        Command::Join { standing: true, .. } => PressRequest::JoinStanding {},
        Command::Join {
            meeting,
            standing: false,
            ..
        } => PressRequest::Join { meeting },
        Command::Leave => PressRequest::Leave {},
        Command::Mic { to } => PressRequest::Mic { to: to.into() },
        Command::Camera(args) => match camera::run(args)? {
            camera::Asked::Switch(to) => PressRequest::Camera { to: to.into() },
            camera::Asked::Done => return Ok(()),
        },
        Command::Volume { percent } => PressRequest::Volume { percent },
        Command::Preset { head, number } => PressRequest::HeadPreset { head, number },
        Command::Stop { head } => PressRequest::HeadStop { head },
        Command::Home { head } => PressRequest::HeadHome { head },
        Command::Extend => PressRequest::Extend {},
        Command::Retry => PressRequest::Retry {},
        Command::Dismiss => PressRequest::Dismiss {},
    };
    client.press(&press)?;
    print(&status::line(&client.state()?))
}

fn socket(given: Option<PathBuf>) -> PathBuf {
    given
        .or_else(|| std::env::var_os("ROOMD_SOCKET").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("/run/roomd/control.sock"))
}

fn show(client: &Client, json: bool, watch: bool) -> Result<()> {
    let text = |state: &room_api::PanelState| match (json, watch) {
        (true, true) => serde_json::to_string(state).context("cannot write the state"),
        (true, false) => serde_json::to_string_pretty(state).context("cannot write the state"),
        (false, _) => Ok(status::text(state)),
    };
    if !watch {
        return print(&text(&client.state()?)?);
    }
    client.states(|state| print(&text(&state)?).map(|()| true))
}

fn in_runtime(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?
        .block_on(work)
}

/// Something was found wrong, and printed already.
#[derive(Debug, thiserror::Error)]
#[error("something is wrong")]
struct Found;

fn show_packs(client: &Client, args: packs::PacksArgs) -> Result<()> {
    let (text, good) = packs::run(client, args)?;
    print(&text)?;
    if good { Ok(()) } else { Err(Found.into()) }
}

fn completions(shell: clap_complete::Shell) -> Result<String> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "roomctl", &mut text);
    Ok(String::from_utf8(text)?.trim_end().to_owned())
}

fn show_board(client: &Client, args: &board::BoardArgs) -> Result<()> {
    match board::run(client, args, print)? {
        true => Ok(()),
        false => Err(Found.into()),
    }
}

fn show_devices(args: devices::DevicesArgs) -> Result<()> {
    match devices::run(args, print)? {
        true => Ok(()),
        false => Err(Found.into()),
    }
}

fn dump(client: &Client) -> Result<()> {
    let process = client.process()?;
    kill(Pid::from_raw(process), Signal::SIGUSR1).with_context(|| {
        format!("roomd (process {process}) cannot be told; use sudo, or the account it runs under")
    })?;
    print(&format!(
        "roomd (process {process}) writes its last steps into the folder `recordings` of the room's state folder;\n\
         its log names the file, and `roomd replay FILE` plays it"
    ))
}

/// A reader that stops reading early, such as `head`, ends the command without a word.
fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context("cannot print"),
    }
}
