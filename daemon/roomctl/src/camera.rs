//! `roomctl camera`: finds, shows, tries and sets a camera, without a daemon. Owns words; the driver does the work.

mod json;
mod tell;

use crate::print;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use config_files::Files;
use drv_camera::control::{Control, named};
use drv_camera::mode::{Purpose, choose};
use drv_camera::preset::{AntiFlicker, CameraModel, Preset};
use drv_camera::{
    Bell, CameraConfig, CameraError, Found, Kernel, Machine, Shot, Surroundings, Use, Wanted,
    health, supervise,
};
use room_core::event::Event;
use room_core::ids::CameraId;
use room_profile::{CameraLink, Profile};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Finds, shows, tries and sets cameras at this machine, without a daemon; or closes the room's camera in a call.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub struct CameraArgs {
    /// As JSON; of `watch`, one line for each change.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: CameraCommand,
}

const EXAMPLES: &str = "\
CAMERA is a USB place such as 1-3.2, a label, a serial number, a node such as /dev/video0, or with --room a role.

Examples:
  roomctl camera list                                 what is plugged in, and who has it
  roomctl camera info 1-3.2                           formats, rates, and what does not fit through USB 2
  roomctl camera snapshot 1-3.2 front.png             a picture, and whether it is dark or out of focus
  roomctl camera controls 1-3.2                       what can be set, with units and ranges
  roomctl camera set 1-3.2 power_line_frequency='50 Hz'
  roomctl camera watch --room /etc/roomd/room.toml front
  roomctl camera list --json | jq '.[].label'         the same for other programs
  roomctl camera off                                  close the room's camera in the call";

#[derive(Subcommand)]
enum CameraCommand {
    /// Opens the room's camera in the call; refused, because that is for people in the room.
    On,
    /// Closes the room's camera in the call.
    Off,
    /// Lists cameras by their place, with the label that pages see, and whether somebody has them.
    List {
        /// Also nodes that are no cameras, each with what it is.
        #[arg(long)]
        all: bool,
    },
    /// Shows formats, sizes and rates.
    Info(Which),
    /// Takes a picture and judges it: .png, or .jpg from a camera that gives JPEG.
    Snapshot {
        #[command(flatten)]
        which: Which,
        /// Where to write it.
        file: PathBuf,
        /// At most so many pixels across.
        #[arg(long, value_name = "PIXELS")]
        width: Option<u32>,
    },
    /// Shows what can be set: value, unit, range, factory setting.
    Controls(Which),
    /// Sets controls, and shows what the camera then reads. Works also while the conference has the picture.
    Set {
        #[command(flatten)]
        which: Which,
        /// Such as `brightness=140`, in this order.
        #[arg(required = true, value_name = "CONTROL=VALUE")]
        settings: Vec<String>,
    },
    /// Follows a camera: plugged, pulled, taken, and what its picture is good for.
    Watch {
        #[command(flatten)]
        which: Which,
        /// Seconds between two looks at its picture.
        #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(2..=3600))]
        every: u64,
    },
}

#[derive(Args)]
struct Which {
    /// USB place, label, serial number, node, or role.
    camera: String,
    /// The room's file whose roles count.
    #[arg(long, value_name = "FILE")]
    room: Option<PathBuf>,
}

/// What the room's own camera shall be, where that was asked.
pub enum Asked {
    /// Of the daemon.
    Switch(crate::OnOff),
    /// Of this machine, and done.
    Done,
}

/// Does what was asked, but for switching, which is the daemon's.
///
/// # Errors
/// No such camera, or it does not do it.
pub fn run(args: CameraArgs) -> Result<Asked> {
    let machine = Kernel::default();
    let json = args.json;
    match args.command {
        CameraCommand::On => return Ok(Asked::Switch(crate::OnOff::On)),
        CameraCommand::Off => return Ok(Asked::Switch(crate::OnOff::Off)),
        CameraCommand::List { all } => match json {
            true => print(&format!("{:#}", json::list(&machine, all)))?,
            false => print(&tell::list(&machine, all))?,
        },
        CameraCommand::Info(which) => {
            let (node, found) = which.node(&machine)?;
            let probe = machine.probe(&node)?;
            match json {
                true => print(&format!("{:#}", json::info(&node, found.as_ref(), &probe)))?,
                false => print(&tell::info(&node, found.as_ref(), &probe))?,
            }
        }
        CameraCommand::Snapshot { which, file, width } => {
            snapshot(&machine, &which, (&file, width), json)?;
        }
        CameraCommand::Controls(which) => {
            let (node, _) = which.node(&machine)?;
            let controls = machine.probe(&node)?.controls;
            match json {
                true => print(&format!("{:#}", json::controls(&controls)))?,
                false => print(&tell::controls(&controls))?,
            }
        }
        CameraCommand::Set { which, settings } => set(&machine, &which, &settings, json)?,
        CameraCommand::Watch { which, every } => follow(&which, Duration::from_secs(every), json)?,
    }
    Ok(Asked::Done)
}

impl Which {
    /// The node, and what is known about it.
    fn node(&self, machine: &Kernel) -> Result<(PathBuf, Option<Found>)> {
        let all = machine.find();
        let named = match &self.room {
            Some(room) => role_node(room, &self.camera)?,
            None => self
                .camera
                .starts_with('/')
                .then(|| PathBuf::from(&self.camera)),
        };
        if let Some(node) = named {
            let found = all.into_iter().find(|found| found.node == node);
            return Ok((node, found));
        }
        let wanted = self.wanted()?;
        let mut fit: Vec<Found> = all
            .into_iter()
            .filter(|found| wanted.iter().any(|wanted| wanted.fits(found)))
            .collect();
        if fit.len() > 1 {
            // Of a camera's nodes one carries the picture.
            fit.retain(|found| {
                !matches!(
                    machine.probe(&found.node),
                    Err(CameraError::NoCamera { .. })
                )
            });
        }
        match fit.len() {
            0 => bail!(
                "no camera is called {:?} here; `roomctl camera list` shows what is plugged in",
                self.camera
            ),
            1 => {
                let found = fit.remove(0);
                Ok((found.node.clone(), Some(found)))
            }
            _ => {
                let places: Vec<String> = fit.iter().map(tell::place).collect();
                bail!(
                    "several cameras are called {:?}: say which by its place, {}",
                    self.camera,
                    places.join(" or ")
                )
            }
        }
    }

    /// Everything that the name may mean.
    fn wanted(&self) -> Result<Vec<Wanted>> {
        if let Some(room) = &self.room {
            let label = link_of(&profile(room)?, &self.camera)?.label.clone();
            return Ok(vec![Wanted {
                label,
                ..Wanted::default()
            }]);
        }
        let name = || Some(self.camera.clone());
        let nothing = Wanted::default;
        Ok(vec![
            Wanted {
                usb: name(),
                ..nothing()
            },
            Wanted {
                serial: name(),
                ..nothing()
            },
            Wanted {
                label: name(),
                ..nothing()
            },
        ])
    }
}

fn profile(room: &Path) -> Result<Profile> {
    let files = Files::new(room.to_path_buf(), None);
    files.profile().map_err(|error| anyhow::anyhow!("{error}"))
}

fn link_of<'a>(profile: &'a Profile, role: &str) -> Result<&'a CameraLink> {
    let known = || {
        let roles: Vec<&str> = profile
            .cameras
            .iter()
            .map(|link| link.camera.as_str())
            .collect();
        format!(
            "the room's file has no camera {role:?}, but: {}",
            roles.join(", ")
        )
    };
    profile
        .cameras
        .iter()
        .find(|link| link.camera.as_str() == role)
        .with_context(known)
}

/// Where a role that is bound to USB is plugged in; `None` for one that is known by its label.
fn role_node(room: &Path, role: &str) -> Result<Option<PathBuf>> {
    let profile = profile(room)?;
    let Some(label) = &link_of(&profile, role)?.link else {
        return Ok(None);
    };
    let machine = identity::scan(Path::new("/sys"));
    let seating = identity::seat(&profile.roles, &machine);
    let seat = seating
        .seats
        .iter()
        .find(|seat| seat.role.label() == *label);
    match seat.and_then(|seat| seat.taken?.node.path.clone()) {
        Some(node) => Ok(Some(node)),
        None => bail!(
            "{role} is not plugged in where the room's file says; `roomctl devices --room {}` shows what is",
            room.display()
        ),
    }
}

/// A camera's first pictures are dark.
const SETTLE: u32 = 8;
const WITHIN: Duration = Duration::from_secs(10);

fn snapshot(
    machine: &Kernel,
    which: &Which,
    (file, width): (&Path, Option<u32>),
    json: bool,
) -> Result<()> {
    let (node, _) = which.node(machine)?;
    let probe = machine.probe(&node)?;
    let jpeg = match file.extension().and_then(|end| end.to_str()) {
        Some("png") => false,
        Some("jpg" | "jpeg") => true,
        _ => bail!("{} ends neither in .png nor in .jpg", file.display()),
    };
    let mut offers = probe.offers;
    if jpeg {
        offers.retain(|offer| offer.format == drv_camera::mode::PixelFormat::Mjpeg);
    }
    let Some(mode) = choose(&offers, Purpose::Show(width.unwrap_or(u32::MAX))) else {
        bail!(
            "{} gives no {} picture; try .png",
            node.display(),
            if jpeg { "JPEG" } else { "readable" }
        );
    };
    eprintln!("taking a picture of {} as {} ...", mode.size, mode.format);
    let shot = Shot {
        mode,
        settle: SETTLE,
        within: WITHIN,
    };
    let frame = machine.take(&node, shot)?;
    let bytes = match jpeg {
        true => frame.bytes.clone(),
        false => frame.colour()?.png()?,
    };
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    let judged = health::measure(&frame.grey()?);
    if json {
        let written = json::snapshot(file, frame.size, judged.as_ref());
        return print(&format!("{written:#}"));
    }
    print(&format!(
        "{}  {}  {}",
        file.display(),
        frame.size,
        tell::judged(judged.as_ref())
    ))
}

fn set(machine: &Kernel, which: &Which, settings: &[String], json: bool) -> Result<()> {
    let (node, _) = which.node(machine)?;
    let mut were_set = Vec::new();
    for setting in settings {
        let (name, value) = setting
            .split_once('=')
            .with_context(|| format!("{setting:?} is no CONTROL=VALUE"))?;
        // Asked anew each time: one control can make another take effect.
        let controls = machine.probe(&node)?.controls;
        let control = named(&controls, name)
            .with_context(|| format!("`roomctl camera controls {}` lists them", which.camera))?;
        if !control.writable {
            bail!("{} can only be read", control.name);
        }
        let value = match control.takes {
            drv_camera::control::Takes::Press => 0,
            _ => control.parse(value)?,
        };
        let seen = machine
            .set(&node, control.id, value)
            .with_context(|| format!("{} was not set", control.name))?;
        match json {
            true => were_set.push(json::control(&Control {
                value: seen,
                ..control.clone()
            })),
            false => print(&tell::was_set(control, value, seen))?,
        }
    }
    match json {
        true => print(&format!("{:#}", serde_json::Value::from(were_set))),
        false => Ok(()),
    }
}

fn follow(which: &Which, every: Duration, json: bool) -> Result<()> {
    let machine = Kernel::default();
    let (_, found) = which.node(&machine)?;
    let wanted = match (&which.room, found) {
        (None, Some(found)) => Wanted {
            usb: found.usb.map(|usb| usb.place),
            label: Some(found.label),
            ..Wanted::default()
        },
        _ => which.wanted()?.remove(0),
    };
    let config = CameraConfig {
        id: CameraId::new(which.camera.clone()),
        wanted,
        // To look is not to set.
        flicker: AntiFlicker::AsFound,
        preset: Preset::AsFound,
        model: CameraModel::default(),
        look_every: every,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    runtime.block_on(async {
        let bell = Bell::hang(Path::new("/dev"), None).context("cannot listen at /dev")?;
        let (out, mut events) = mpsc::channel(16);
        let (_uses, used) = watch::channel(Use::Room);
        let (_asks, asked) = mpsc::channel(1);
        let around = Surroundings {
            machine: Arc::new(machine),
            bell,
            uses: used,
            asks: asked,
        };
        tokio::spawn(supervise(config, around, out));
        let began = std::time::Instant::now();
        while let Some(event) = events.recv().await {
            if let Event::Camera(_, seen) = event {
                let at = began.elapsed();
                print(&match json {
                    true => json::seen(at.as_millis(), seen).to_string(),
                    false => format!("{:>8.1} s  {}", at.as_secs_f64(), tell::seen(seen)),
                })?;
            }
        }
        Ok(())
    })
}
