//! `roomctl puck`: table buttons on USB, and new firmware for them. Owns words and waiting; the driver knows what to do next.

use crate::client::{Client, NoDaemon};
use crate::status::Heard;
use crate::{print, status};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use drv_puck::update::{Found, Image, Job, Next, Plugged, Roots, fits, look, said, touch, write};
use drv_puck::{Built, ask};
use room_api::{ButtonLine, ButtonUpdate, ButtonsAnswer, Phase, PressRequest, TableButton};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

const HELP: &str = "\
Looks at table buttons on USB, and gives them new firmware. Opens no line of a running room to look.
Where a daemon runs, it says of each button which role it has, when it said something last, and whether an update is offered;
and it does the update, with the image that came with it, when the room is free.

Examples:
  roomctl puck list                      every button and every chip in its loader, with socket and version
  roomctl puck version                   the versions alone, one a line
  roomctl puck version puck-oled-usb.uf2 the same of an image
  roomctl puck update                    the daemon gives the only button what came with it, now instead of by itself
  roomctl puck update --plug table       ... the button with this role, or in this socket
  roomctl puck update puck-oled-usb.uf2  the only button gets this image; never while the room is in a call
  roomctl puck update puck-oled-usb.uf2 --plug 1-1.2
                                         ... the one in this socket

An image for the other display is refused: a button says which one it has, since its firmware 0.2.0.
If the plug was pulled in the middle, put it back and give the same command again.
Without the daemon, mounting the loader's disk needs root, unless the desktop has mounted it.";

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A button answers at once; one that cannot say what it has is not waited for any longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
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
        /// An image as `firmware/build` makes it (UF2); without it, the daemon's own, by the daemon.
        image: Option<PathBuf>,
        /// The button's socket or role, as `roomctl puck list` shows them; needed when there are several.
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
        What::List => list(&look(&roots), &Known::ask(client)?),
        What::Version { image: None } => versions(&look(&roots)),
        What::Version { image: Some(file) } => print(&format!("{}\n", read(&file)?.marker())),
        What::Update {
            image: Some(image),
            plug,
        } => update(&roots, &read(&image)?, plug, client),
        What::Update { image: None, plug } => by_the_daemon(plug, client),
    }
}

fn read(file: &Path) -> Result<Image> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Image::read(&bytes).with_context(|| format!("{} is not written to a button", file.display()))
}

/// What the daemon knows; nothing where none runs.
#[derive(Default)]
struct Known(Vec<(ButtonLine, TableButton)>);

impl Known {
    fn ask(client: &Client) -> Result<Known> {
        let answer: ButtonsAnswer = match client.get("/api/v1/buttons") {
            Ok(answer) => answer,
            Err(error) if error.is::<NoDaemon>() => return Ok(Known::default()),
            Err(error) => return Err(error),
        };
        let state = client.state()?;
        let both = answer.buttons.into_iter().filter_map(|line| {
            let mut buttons = state.buttons.iter();
            let button = buttons.find(|button| button.id == line.id)?.clone();
            Some((line, button))
        });
        Ok(Known(both.collect()))
    }

    fn at(&self, socket: &str) -> Option<&(ButtonLine, TableButton)> {
        let mut all = self.0.iter();
        all.find(|(line, _)| line.place.as_deref() == Some(socket))
    }
}

fn list(found: &Found, known: &Known) -> Result<()> {
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
        text += &known.at(&button.port).map(told).unwrap_or_default();
    }
    for loader in &found.loaders {
        text += &format!("{:<10} {:<8} waits for firmware\n", loader.port, "loader");
        text += &known.at(&loader.port).map(told).unwrap_or_default();
    }
    let listed = |place: &str| {
        let buttons = found.buttons.iter().map(|button| &button.port);
        let mut ports = buttons.chain(found.loaders.iter().map(|loader| &loader.port));
        ports.any(|port| port == place)
    };
    for both in &known.0 {
        match both.0.place.as_deref() {
            Some(place) if listed(place) => {}
            Some(place) => text += &format!("{place:<10} was there\n{}", told(both)),
            None => text += &format!("{:<10} not on USB\n{}", "-", told(both)),
        }
    }
    if text.is_empty() {
        text += "no table button is plugged in\n";
    }
    print(&text)
}

/// What the daemon says of it, on a line below.
fn told((line, button): &(ButtonLine, TableButton)) -> String {
    let word = match line.silent_ms {
        Some(ms) => format!("last word {:.1} s ago", ms as f64 / 1000.0),
        None => "no word yet".to_owned(),
    };
    let heard = match line.foreign_wire {
        Some(_) => Heard::Foreign,
        None => Heard::Understood,
    };
    let foreign = line
        .foreign_wire
        .map(|wire| format!(", it speaks version {wire} of the wire"));
    let display = line
        .display
        .as_ref()
        .map(|word| format!(", {word} display"));
    format!(
        "{:<10} {}: {}{}, {word}{}\n",
        "",
        button.id,
        status::button_line(button, heard),
        display.unwrap_or_default(),
        foreign.unwrap_or_default()
    )
}

/// The daemon gives a button what came with it.
fn by_the_daemon(plug: Option<String>, client: &Client) -> Result<()> {
    let known = Known::ask(client)?;
    let meant = |(line, button): &&(ButtonLine, TableButton)| match &plug {
        Some(plug) => button.id == *plug || line.place.as_ref() == Some(plug),
        None => true,
    };
    let (_, button) = match &known.0.iter().filter(meant).collect::<Vec<_>>()[..] {
        [only] => only,
        [] if plug.is_none() => {
            bail!(
                "no daemon with a table button runs here; say which image, see roomctl puck update --help"
            )
        }
        [] => bail!("the room has no such table button; see roomctl puck list"),
        _ => bail!("there are several; say which with --plug, see roomctl puck list"),
    };
    let Some(newer) = &button.offered else {
        return print(&format!(
            "{}: nothing newer came with the daemon\n",
            button.id
        ));
    };
    let request = PressRequest::ButtonUpdate {
        button: button.id.clone(),
    };
    client.press(&request).context(
        "the room does not update now: it is in a call or on its way, proves itself, or updates another button",
    )?;
    print(&format!(
        "{} is given {newer}; leave it plugged in\n",
        button.id
    ))?;
    client.states(|state| ended(&state.buttons, &button.id))
}

/// Whether to listen on.
fn ended(buttons: &[TableButton], id: &str) -> Result<bool> {
    let Some(button) = buttons.iter().find(|button| button.id == id) else {
        bail!("{id} is no table button of the room any more");
    };
    match (button.update, &button.failure) {
        (ButtonUpdate::Runs, _) => Ok(true),
        (ButtonUpdate::Failed, Some(why)) => {
            bail!("{id} did not get its firmware ({why}); the daemon's log says more")
        }
        (ButtonUpdate::None | ButtonUpdate::Waits | ButtonUpdate::Failed, _) => {
            let runs = button.firmware.as_deref().unwrap_or("its firmware");
            print(&format!("{runs} runs\n"))?;
            Ok(false)
        }
    }
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
    let found = look(roots);
    let port = which(&found, plug)?;
    fits(image, built(&found, &port, client)?)?;
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

/// What the button in this socket says of its display: to the daemon, or, where none runs, when it is asked.
fn built(found: &Found, port: &str, client: &Client) -> Result<Built> {
    if let Some((line, _)) = Known::ask(client)?.at(port) {
        let word = line
            .display
            .as_deref()
            .and_then(drv_puck::update::Display::read);
        return Ok(word.map_or(Built::Unsaid, |display| Built::For(said(display))));
    }
    let mut buttons = found.buttons.iter();
    let line = buttons.find(|button| button.port == port);
    match line.and_then(|button| button.line.clone()) {
        Some(line) => asked(line),
        None => Ok(Built::Unsaid),
    }
}

fn asked(line: PathBuf) -> Result<Built> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    Ok(runtime.block_on(ask(line, ANSWERS_WITHIN)).built)
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
