//! `roomctl puck`: table buttons on USB, and new firmware for them. Owns words and waiting; the driver knows what to do next.

use crate::client::{Client, NoDaemon};
use crate::print;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use drv_puck::update::{Found, Image, Job, Next, Plugged, Roots, look, touch, write};
use room_api::Phase;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

const HELP: &str = "\
Looks at table buttons on USB, and gives them new firmware. Opens no line of a running room to look.

Examples:
  roomctl puck list                      every button and every chip in its loader, with socket and version
  roomctl puck version                   the versions alone, one a line
  roomctl puck version puck-oled-usb.uf2 the same of an image
  roomctl puck update puck-oled-usb.uf2  the only button gets this image; never while the room is in a call
  roomctl puck update puck-oled-usb.uf2 --plug 1-1.2
                                         ... the one in this socket

If the plug was pulled in the middle, put it back and give the same command again.
Mounting the loader's disk needs root, unless the desktop has mounted it.";

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// From one step to the next. A loader's disk takes some seconds to be found on a small board.
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// Looks at table buttons, and gives them new firmware.
#[derive(Debug, Args)]
#[command(long_about = HELP)]
pub struct PuckArgs {
    #[command(subcommand)]
    what: What,
    /// Look here instead of /sys; for trying things out.
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    sys: Option<PathBuf>,
    /// Look here instead of /dev; for trying things out.
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    dev: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Shows every button and every chip that waits in its loader.
    List,
    /// Shows the versions of all buttons, or of an image.
    Version {
        /// An image as `firmware/build` makes it.
        image: Option<PathBuf>,
    },
    /// Gives a button new firmware, and checks that it runs.
    Update {
        /// An image as `firmware/build` makes it (UF2).
        image: PathBuf,
        /// The button's socket, as `roomctl puck list` shows it; needed when there are several.
        #[arg(long)]
        plug: Option<String>,
    },
}

/// Does what was asked.
///
/// # Errors
/// What stands in the way, and what to do.
pub fn run(args: PuckArgs, client: &Client) -> Result<()> {
    let usual = Roots::default();
    let roots = Roots {
        sys: args.sys.unwrap_or(usual.sys),
        dev: args.dev.unwrap_or(usual.dev),
    };
    match args.what {
        What::List => list(&look(&roots)),
        What::Version { image: None } => versions(&look(&roots)),
        What::Version { image: Some(file) } => print(&format!("{}\n", read(&file)?.marker())),
        What::Update { image, plug } => update(&roots, &read(&image)?, plug, client),
    }
}

fn read(file: &Path) -> Result<Image> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Image::read(&bytes).with_context(|| format!("{} is not written to a button", file.display()))
}

fn list(found: &Found) -> Result<()> {
    let mut text = String::new();
    for button in &found.buttons {
        let line = button.line.as_ref().map(|line| line.display().to_string());
        text += &format!(
            "{:<10} {:<8} serial number {}, line {}\n",
            button.port,
            version(button),
            button.serial,
            line.unwrap_or_else(|| "none".to_owned())
        );
    }
    for loader in &found.loaders {
        text += &format!("{:<10} {:<8} waits for firmware\n", loader.port, "loader");
    }
    if text.is_empty() {
        text += "no table button is plugged in\n";
    }
    print(&text)
}

fn versions(found: &Found) -> Result<()> {
    let lines = found.buttons.iter().map(|b| format!("{}\n", version(b)));
    print(&lines.collect::<String>())
}

fn version(button: &Plugged) -> String {
    match button.version {
        Some(version) => version.to_string(),
        None => "unknown".to_owned(),
    }
}

fn update(roots: &Roots, image: &Image, plug: Option<String>, client: &Client) -> Result<()> {
    must_be_free(client)?;
    let port = which(&look(roots), plug)?;
    let mut job = Job::new(&port, image)?;
    print(&format!("the button in {port} gets {}\n", image.marker()))?;
    let mut told = "";
    let mut since = Instant::now();
    loop {
        match job.next(&look(roots))? {
            Next::Done => return print(&format!("{} runs\n", job.wanted())),
            Next::Enter(line) => {
                must_be_free(client)?;
                print("asking it into its loader\n")?;
                touch(&line)?;
                job.entered();
                since = Instant::now();
            }
            Next::Write(disk) => {
                let all = image.file().len();
                let mut quarter = 0;
                write(&disk, image, |done| {
                    let now = done * 4 / all;
                    if now > quarter {
                        quarter = now;
                        // Words that nobody reads stop no update.
                        let _ = print(&format!("written: {} %", 25 * quarter));
                    }
                })?;
                job.written();
                since = Instant::now();
            }
            Next::Wait(what) => {
                if told != what {
                    print(&format!("waiting for {what}\n"))?;
                    told = what;
                }
                if since.elapsed() > STEP_LIMIT {
                    bail!(
                        "{what} did not come within {} s; unplug the button, plug it in again, and give the same command",
                        STEP_LIMIT.as_secs()
                    );
                }
                sleep(LOOK_EVERY);
            }
        }
    }
}

/// The one button, or chip in its loader, that is meant.
fn which(found: &Found, plug: Option<String>) -> Result<String> {
    let buttons = found.buttons.iter().map(|button| &button.port);
    let ports: Vec<&String> = buttons
        .chain(found.loaders.iter().map(|l| &l.port))
        .collect();
    match (plug, &ports[..]) {
        (Some(plug), ports) if ports.contains(&&plug) => Ok(plug),
        (Some(plug), _) => bail!("no table button is in {plug}; see roomctl puck list"),
        (None, [only]) => Ok((*only).clone()),
        (None, []) => bail!("no table button is plugged in"),
        (None, _) => bail!("there are several; say which with --plug, see roomctl puck list"),
    }
}

/// Without its button a room in a call loses its key to mute.
fn must_be_free(client: &Client) -> Result<()> {
    let state = match client.state() {
        Ok(state) => state,
        // Nobody uses the button, or it is on a machine that is no room.
        Err(error) if error.is::<NoDaemon>() => return Ok(()),
        Err(error) => return Err(error),
    };
    match state.phase {
        Phase::Standby {}
        | Phase::Announced { .. }
        | Phase::Failed { .. }
        | Phase::Ended { .. } => Ok(()),
        Phase::Joining { .. }
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded { .. }
        | Phase::InCall { .. }
        | Phase::Reconnecting { .. }
        | Phase::Leaving {} => bail!("the room is in a call or on its way; update when it is free"),
    }
}
