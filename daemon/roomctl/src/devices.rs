//! `roomctl devices` and `roomctl udev`: what is plugged in, which role it has, and the rules that give it a stable name.
//! Owns the words and columns; `identity` judges. Needs no daemon and no rights.

use anyhow::{Context, Result, anyhow};
use clap::Args;
use config_files::{ConfigError, Files};
use identity::{
    Bell, Device, Finding, Machine, NodeKind, Role, UsbSpot, Witness, rules, scan, seat,
};
use nix::unistd::{AccessFlags, Gid, Group, eaccess};
use room_profile::Profile;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEVICES: &str = "\
Shows what is plugged in: what it is, where it sits, what programs open, and which role of a room it has.

Examples:
  roomctl devices                    what this machine has
  roomctl devices --room room.toml   which role has which device; what is missing, extra or swapped
  roomctl devices --watch            go on, and say what is plugged and pulled

A place such as 0000:00:14.0/3.2 is port 2 of the hub in port 3 of that controller.
The room's file takes it as it is shown: usb = \"0000:00:14.0/3.2\".
Exit code 1 when a role of the room has no device.";

const UDEV: &str = "\
Prints the rules for udev that belong to a room: a stable name in /dev/roomd for each device that the room's file binds to a
USB socket, model or serial number, the group `roomd` for its lines, and no modem probing on them.

Example:
  roomctl udev --room /etc/roomd/room.toml | sudo tee /etc/udev/rules.d/70-roomd.rules
  sudo udevadm control --reload && sudo udevadm trigger";

/// Shows what is plugged in, and which role of a room it has.
#[derive(Args)]
#[command(long_about = DEVICES)]
pub struct DevicesArgs {
    /// The room's file, for roles and for what is missing, extra or swapped.
    #[arg(long, value_name = "FILE")]
    room: Option<PathBuf>,
    /// Lay the room over this board's file, whatever its `board` says.
    #[arg(long, value_name = "FILE", requires = "room")]
    board: Option<PathBuf>,
    /// As JSON; with --watch one line for each change.
    #[arg(long)]
    json: bool,
    /// Go on and say what changes.
    #[arg(long)]
    watch: bool,
    /// Where the kernel shows its devices.
    #[arg(long, value_name = "FOLDER", default_value = "/sys", hide = true)]
    sysfs: PathBuf,
}

/// Prints the udev rules that belong to a room.
#[derive(Args)]
#[command(long_about = UDEV)]
pub struct UdevArgs {
    /// The room's file.
    #[arg(long, value_name = "FILE", default_value = "/etc/roomd/room.toml")]
    room: PathBuf,
    /// Lay the room over this board's file, whatever its `board` says.
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
}

/// The rules.
///
/// # Errors
/// When the room's file cannot be read or is wrong.
pub fn udev(args: UdevArgs) -> Result<String> {
    let profile = profile(args.room, args.board)?;
    Ok(rules(&profile.plan.name, &profile.roles))
}

/// Prints what there is; true when no role is without a device.
///
/// # Errors
/// When the room's file cannot be read or is wrong, or nobody reads any more.
pub fn run(args: DevicesArgs, print: fn(&str) -> Result<()>) -> Result<bool> {
    let profile = args
        .room
        .map(|room| profile(room, args.board))
        .transpose()?;
    let (roles, places) =
        profile.map_or_else(Default::default, |profile| (profile.roles, profile.places));
    let view = View { roles, places };
    let mut machine = scan(&args.sysfs);
    let first = match (args.json, args.watch) {
        (true, true) => view.json(&machine).to_string(),
        (true, false) => format!("{:#}", view.json(&machine)),
        (false, _) => view.table(&machine),
    };
    print(&first)?;
    if !args.watch {
        return Ok(!view.findings(&machine).iter().any(Finding::leaves_empty));
    }
    let bell = Bell::hang().ok();
    let mut witness = Witness::default();
    witness.look(&view.roles, &machine);
    loop {
        wait(bell.as_ref())?;
        let seen = scan(&args.sysfs);
        if seen == machine {
            continue;
        }
        if args.json {
            print(&view.json(&seen).to_string())?;
        } else {
            let plugs = changes(&machine, &seen);
            let news = witness
                .look(&view.roles, &seen)
                .into_iter()
                .map(|news| news.to_string());
            print(&plugs.into_iter().chain(news).collect::<Vec<_>>().join("\n"))?;
        }
        machine = seen;
    }
}

/// Messages may be withheld, as in containers: a second is the longest that a change stays unseen.
const LOOK_EVERY: Duration = Duration::from_millis(700);

fn wait(bell: Option<&Bell>) -> Result<()> {
    match bell {
        Some(bell) => drop(
            bell.settled(LOOK_EVERY)
                .context("cannot hear what is plugged in")?,
        ),
        None => std::thread::sleep(LOOK_EVERY),
    }
    Ok(())
}

fn profile(room: PathBuf, board: Option<PathBuf>) -> Result<Profile> {
    let files = Files::new(room, board);
    files.profile().map_err(|error| match error {
        ConfigError::Unreadable(error) => error.into(),
        ConfigError::Wrong(problems) => anyhow!("{problems}:\n{}", problems.lines().join("\n")),
    })
}

/// What was plugged and pulled between two looks.
fn changes(before: &Machine, after: &Machine) -> Vec<String> {
    let gone = before
        .devices
        .iter()
        .filter(|old| !after.devices.contains(old))
        .map(|old| ("pulled", old));
    let new = after
        .devices
        .iter()
        .filter(|new| !before.devices.contains(new))
        .map(|new| ("plugged", new));
    gone.chain(new)
        .map(|(what, device)| {
            format!(
                "{what}: {} at {}{}",
                device.title(),
                device.address,
                nodes(device, "; ")
            )
        })
        .collect()
}

struct View {
    roles: Vec<Role>,
    places: Vec<(String, UsbSpot)>,
}

#[derive(Serialize)]
struct Shown<'a> {
    roles: Vec<String>,
    label: Option<&'a str>,
    #[serde(flatten)]
    device: &'a Device,
}

/// A group and the nodes that are closed to this account but open to the group.
type Closed = BTreeMap<String, Vec<String>>;

impl View {
    fn findings(&self, machine: &Machine) -> Vec<Finding> {
        seat(&self.roles, machine).findings
    }

    fn devices<'a>(&'a self, machine: &'a Machine) -> Vec<Shown<'a>> {
        let seats = seat(&self.roles, machine).seats;
        let shown = |device: &'a Device| Shown {
            roles: seats
                .iter()
                .filter(|seat| {
                    seat.taken
                        .is_some_and(|taken| core::ptr::eq(taken.device, device))
                })
                .map(|seat| seat.role.label())
                .collect(),
            label: self.label(device),
            device,
        };
        machine.devices.iter().map(shown).collect()
    }

    fn label(&self, device: &Device) -> Option<&str> {
        let usb = device.usb()?;
        let (label, _) = self.places.iter().find(|(_, spot)| usb.is_at(spot))?;
        Some(label)
    }

    /// Of a room, what its roles use; else whatever a room could use.
    fn closed(&self, machine: &Machine) -> Closed {
        let seating = seat(&self.roles, machine);
        let every = || machine.devices.iter().flat_map(|device| &device.nodes);
        let useful = || every().filter(|node| node.kind != NodeKind::Input);
        let paths: Vec<&Path> = match self.roles.is_empty() {
            true => useful().filter_map(|node| node.path.as_deref()).collect(),
            false => seating.nodes().into_values().collect(),
        };
        let mut closed = Closed::new();
        for path in paths {
            if let Some(group) = closed_for(path) {
                let nodes = closed.entry(group).or_default();
                nodes.push(path.display().to_string());
            }
        }
        closed
    }

    fn json(&self, machine: &Machine) -> serde_json::Value {
        let finding = |finding: &Finding| {
            let mut value = serde_json::json!(finding);
            value["sentence"] = finding.to_string().into();
            value
        };
        serde_json::json!({
            "has_usb": machine.has_usb,
            "devices": self.devices(machine),
            "findings": self.findings(machine).iter().map(finding).collect::<Vec<_>>(),
            "closed": self.closed(machine),
        })
    }

    fn table(&self, machine: &Machine) -> String {
        let mut rows =
            vec![["ROLE", "WHAT", "PLACE", "SERIAL NUMBER", "OFFERS"].map(str::to_owned)];
        rows.extend(self.devices(machine).iter().map(row));
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..4).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            for (cell, width) in row.iter().zip(&widths) {
                let _ = write!(text, "{cell:<width$}  ");
            }
            let _ = writeln!(text, "{}", row[4]);
        }
        if !machine.has_usb {
            text.push_str("\nThis system shows no USB bus at all: a container, or its kernel has no driver for the controller.\n");
        }
        let findings = self.findings(machine);
        if !findings.is_empty() {
            text.push('\n');
        }
        for finding in findings {
            let _ = writeln!(text, "{finding}.");
        }
        for (group, nodes) in self.closed(machine) {
            let who = match group.as_str() {
                "root" => "only root may".to_owned(),
                group => format!("the group `{group}` may, so join it"),
            };
            let nodes = nodes.join(", ");
            let _ = writeln!(
                text,
                "\nThis account may not open {nodes}: {who}, or install the rules of `roomctl udev`."
            );
        }
        text
    }
}

fn row(shown: &Shown) -> [String; 5] {
    let device = shown.device;
    let roles = match shown.roles.is_empty() {
        true => "-".to_owned(),
        false => shown.roles.join(", "),
    };
    let what = match device.usb() {
        Some(usb) if usb.model.to_string() != device.title() => {
            format!("{}  {}", device.title(), usb.model)
        }
        Some(usb) => usb.model.to_string(),
        None => "part of the board".to_owned(),
    };
    let place = match shown.label {
        Some(label) => format!("{label} = {}", device.address),
        None => device.address.to_string(),
    };
    let serial = device
        .usb()
        .and_then(|usb| usb.serial.clone())
        .unwrap_or_else(|| "-".to_owned());
    let offers = nodes(device, "");
    let offers = match offers.trim().is_empty() && device.usb().is_some() {
        true => "nothing: it has no driver here, or needs none".to_owned(),
        false => offers,
    };
    [roles, what, place, serial, offers]
}

/// What a device offers, one after the other; `before` stands in front when there is anything.
fn nodes(device: &Device, before: &str) -> String {
    let node = |node: &identity::Node| match (&node.path, &node.label) {
        (Some(path), _) => format!("{} {}", node.kind.word(), path.display()),
        (None, Some(label)) => format!("{} {} ({label})", node.kind.word(), node.name),
        (None, None) => format!("{} {}", node.kind.word(), node.name),
    };
    let nodes: Vec<String> = device.nodes.iter().map(node).collect();
    match nodes.is_empty() {
        true => String::new(),
        false => format!("{before}{}", nodes.join(", ")),
    }
}

/// The group of a node that this account may not open; `None` when it may, or there is none.
fn closed_for(path: &Path) -> Option<String> {
    let node = std::fs::metadata(path).ok()?;
    if eaccess(path, AccessFlags::R_OK | AccessFlags::W_OK).is_ok() {
        return None;
    }
    let group = Group::from_gid(Gid::from_raw(node.gid())).ok().flatten();
    Some(group.map_or_else(|| node.gid().to_string(), |group| group.name))
}
