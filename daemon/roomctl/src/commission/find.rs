//! What this machine has, by the finders of the drivers, as the facts of a commissioning. Asks lines only whether somebody
//! answers; decides nothing.

use super::edid;
use crate::board;
use crate::ptz::{self, Asked};
use anyhow::{Result, bail};
use commission::Facts;
use commission::facts::{
    At, BoardFound, CameraFound, DisplayFound, DisplayLine, HeadFound, PuckFound, SoundFound,
    SoundKind, Unit,
};
use drv_audio::hardware::{Card, Roots, cards};
use drv_audio::ports::Direction;
use drv_camera::mode::Sizes;
use drv_camera::{Kernel, Machine as _};
use identity::{Device, Machine, NodeKind, Signs};
use preflight_probe::stage::Seat;
use room_core::event::{Event, Presence};
use room_core::ids::PuckId;
use room_profile::Board;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What a person adds to what is found.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The board, whatever this machine is.
    pub board: Option<String>,
    /// More lines where a head or a table button may answer.
    pub lines: Vec<String>,
    /// Displays, each with its model.
    pub displays: Vec<DisplayLine>,
    /// Microphones of the sound server.
    pub microphones: Vec<Seat>,
    /// Loudspeakers of the sound server.
    pub loudspeakers: Vec<Seat>,
}

impl Named {
    /// And what a person named at a page.
    pub fn and(mut self, more: &[commission::Named]) -> Named {
        for one in more {
            match one {
                commission::Named::Head(line) if !self.lines.contains(line) => {
                    self.lines.push(line.clone());
                }
                commission::Named::Display(display) if !self.displays.contains(display) => {
                    self.displays.push(display.clone());
                }
                commission::Named::Head(_) | commission::Named::Display(_) => {}
            }
        }
        self
    }
}

/// A table button greets within a second.
const GREETING: Duration = Duration::from_millis(1500);

/// Everything.
///
/// # Errors
/// When a board's file is wrong, or there is no board of that name.
pub async fn facts(named: &Named) -> Result<Facts> {
    let machine = identity::scan(Path::new("/sys"));
    let boards = board::known()?;
    let board = match &named.board {
        Some(name) => Some(board::named(&boards, name)?),
        None => board::recognised(&boards, &Signs::read(Path::new("/"))).map(|(board, _)| board),
    };
    let mut facts = Facts {
        machine: crate::preflight::machine(),
        code: identity::kit_code(Path::new("/")).unwrap_or_default(),
        board: board.map(|(name, board)| BoardFound {
            name: name.clone(),
            title: board.title.clone(),
        }),
        pins: board.map(|(_, board)| pins(board)).unwrap_or_default(),
        cameras: cameras(&machine),
        displays: displays(board.map(|(_, board)| board), &named.displays),
        pucks: pucks(&machine),
        sounds: sounds(&machine, named),
        phones: phones(&machine).into_iter().map(unit).collect(),
        ..Facts::default()
    };
    lines(&machine, named, &mut facts).await;
    let known: Vec<String> = facts.units().into_iter().map(Unit::key).collect();
    let usb = machine
        .devices
        .iter()
        .filter(|device| device.usb().is_some());
    let rest = usb.map(unit).filter(|unit| !known.contains(&unit.key()));
    facts.others = rest
        .filter(|unit| !facts.silent.contains(&unit.key()))
        .collect();
    Ok(facts)
}

fn unit(device: &Device) -> Unit {
    Unit {
        title: device.title(),
        place: Some(device.address.to_string()),
        model: device.usb().map(|usb| usb.model.to_string()),
        serial: device.usb().and_then(|usb| usb.serial.clone()),
        firmware: None,
    }
}

/// Lines that can be named, where the kernel has any.
fn pins(board: &Board) -> Vec<String> {
    let (there, _) = drv_gpio::found_lines();
    match there.is_empty() {
        true => Vec::new(),
        false => board.lines.iter().map(|(pin, _)| pin.clone()).collect(),
    }
}

/// Devices with a phone's keys.
fn phones(machine: &Machine) -> Vec<&Device> {
    let phones = drv_hid::all(&drv_hid::Roots::default());
    let has = |device: &&Device| {
        let mut nodes = device.nodes.iter().filter_map(|node| node.path.as_ref());
        nodes.any(|path| {
            phones
                .iter()
                .any(|phone| phone.layout.is_phone() && phone.node == *path)
        })
    };
    machine.devices.iter().filter(has).collect()
}

fn cameras(machine: &Machine) -> Vec<CameraFound> {
    let kernel = Kernel::default();
    let phones = phones(machine);
    let mut found = Vec::new();
    for camera in kernel.find() {
        let Ok(probe) = kernel.probe(&camera.node) else {
            continue;
        };
        let here = |device: &&Device| {
            let mut nodes = device.nodes.iter();
            nodes.any(|node| {
                node.kind == NodeKind::Video && node.path.as_ref() == Some(&camera.node)
            })
        };
        let device = machine.devices.iter().find(here);
        let sizes = probe.offers.iter().map(|offer| match offer.sizes {
            Sizes::One(size) | Sizes::Between(_, size) => (size.width, size.height),
        });
        let own = || Unit {
            title: camera.name.clone(),
            place: Some(camera.device.clone()),
            ..Unit::default()
        };
        found.push(CameraFound {
            unit: device
                .filter(|device| device.usb().is_some())
                .map_or_else(own, unit),
            label: camera.label.clone(),
            largest: sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height)),
            in_phone: device
                .is_some_and(|device| phones.iter().any(|phone| phone.address == device.address)),
        });
    }
    found
}

/// Each socket of a graphics card at which something hangs, and what a person names.
fn displays(board: Option<&Board>, named: &[DisplayLine]) -> Vec<DisplayFound> {
    let entries = fs::read_dir("/sys/class/drm")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    let hung = folders.iter().filter_map(|folder| at_socket(folder, board));
    let by_line = named.iter().map(|line| DisplayFound {
        unit: Unit {
            title: line.model.clone(),
            place: Some(line.line.clone()),
            ..Unit::default()
        },
        size: None,
        input: None,
        lines: vec![line.clone()],
    });
    hung.chain(by_line).collect()
}

fn at_socket(folder: &Path, board: Option<&Board>) -> Option<DisplayFound> {
    let status = fs::read_to_string(folder.join("status")).ok()?;
    if status.trim() != "connected" {
        return None;
    }
    // `card1-HDMI-A-1`: the card's number may change, the connector's name does not.
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let (_, connector) = name.split_once('-')?;
    let edid = fs::read(folder.join("edid")).ok();
    let edid = edid
        .and_then(|bytes| edid::read(&bytes))
        .unwrap_or_default();
    let outputs = board.into_iter().flat_map(|board| &board.outputs);
    let cec = outputs
        .filter(|output| output.connector == connector)
        .find_map(|output| output.cec.clone());
    let cec = cec.filter(|node| node.exists()).map(|node| DisplayLine {
        line: format!("cec:{}", node.display()),
        model: "cec".to_owned(),
    });
    let bus = fs::read_link(folder.join("ddc")).ok();
    let bus = bus.and_then(|link| Some(Path::new("/dev").join(link.file_name()?)));
    let ddc = bus.filter(|node| node.exists()).map(|node| DisplayLine {
        line: format!("i2c:{}", node.display()),
        model: "ddc".to_owned(),
    });
    Some(DisplayFound {
        unit: Unit {
            title: if edid.title.is_empty() {
                connector.to_owned()
            } else {
                edid.title
            },
            place: Some(connector.to_owned()),
            model: Some(edid.model).filter(|model| !model.is_empty()),
            serial: edid.serial,
            firmware: None,
        },
        size: edid.size,
        input: edid.input,
        lines: cec.into_iter().chain(ddc).collect(),
    })
}

/// The kernel's name of a device's plug.
fn plug(device: &Device) -> Option<String> {
    let usb = device.usb()?;
    Some(format!("{}-{}", usb.bus, usb.place.ports))
}

fn pucks(machine: &Machine) -> Vec<PuckFound> {
    let found = drv_puck::update::look(&drv_puck::update::Roots::default());
    let one = |button: &drv_puck::update::Plugged| {
        let at_plug = |device: &&Device| plug(device).as_ref() == Some(&button.port);
        let device = machine.devices.iter().find(at_plug)?;
        let firmware = button.version.map(|version| version.to_string());
        let unit = Unit {
            firmware,
            ..unit(device)
        };
        Some(PuckFound { unit, at: At::Usb })
    };
    found.buttons.iter().filter_map(one).collect()
}

fn sounds(machine: &Machine, named: &Named) -> Vec<SoundFound> {
    let phones = phones(machine);
    let one = |card: &Card| {
        let at = |device: &&Device| {
            card.usb
                .as_ref()
                .is_some_and(|usb| device.address.to_string() == usb.socket)
        };
        let device = machine.devices.iter().find(at);
        let first = |direction| {
            let pcm = card.pcms.iter().find(|pcm| pcm.direction == direction)?;
            Some(card.device_id(*pcm).as_str().to_owned())
        };
        let (hears, plays) = (first(Direction::Capture), first(Direction::Playback));
        let is_phone =
            device.is_some_and(|d| phones.iter().any(|phone| phone.address == d.address));
        let kind = match (hears.is_some(), plays.is_some()) {
            (true, true) if is_phone => SoundKind::Speakerphone,
            (true, _) if device.is_some_and(|d| d.node(NodeKind::Video, None).is_some()) => {
                SoundKind::Webcam
            }
            (true, true) => SoundKind::Both,
            (false, true) if card.name.to_uppercase().contains("HDMI") => SoundKind::Display,
            _ => SoundKind::Card,
        };
        let own = || Unit {
            title: card.name.clone(),
            place: Some(card.place.clone()),
            ..Unit::default()
        };
        SoundFound {
            unit: device.map_or_else(own, unit),
            kind,
            hears,
            plays,
        }
    };
    let node = |seat: &Seat, hears: bool| SoundFound {
        unit: Unit {
            title: seat.role.clone(),
            place: Some(seat.place.clone()),
            ..Unit::default()
        },
        kind: SoundKind::Card,
        hears: hears.then(|| seat.place.clone()),
        plays: (!hears).then(|| seat.place.clone()),
    };
    // Whoever names nodes of the sound server means these and no cards.
    let microphones = named.microphones.iter().map(|seat| node(seat, true));
    let nodes: Vec<SoundFound> = microphones
        .chain(named.loudspeakers.iter().map(|seat| node(seat, false)))
        .collect();
    match nodes.is_empty() {
        true => cards(&Roots::default()).iter().map(one).collect(),
        false => nodes,
    }
}

/// Who answers at which line. Lines are asked one beside the other, because most of the time is waiting.
async fn lines(machine: &Machine, named: &Named, facts: &mut Facts) {
    let pucks: Vec<String> = facts.pucks.iter().map(PuckFound::key).collect();
    let serial = machine.devices.iter().filter_map(|device| {
        let path = device.node(NodeKind::Serial, None)?.path.clone()?;
        let unit = unit(device);
        let free = device.usb().is_some() && !pucks.contains(&unit.key());
        free.then(|| (unit, At::Usb, path.display().to_string()))
    });
    let more = named.lines.iter().map(|line| {
        let unit = Unit {
            title: line.clone(),
            ..Unit::default()
        };
        (unit, At::Line(line.clone()), line.clone())
    });
    let mut asking = tokio::task::JoinSet::new();
    for (n, (unit, at, line)) in serial.chain(more).enumerate() {
        asking.spawn(async move { (n, asked(unit, at, line).await) });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(n, _)| *n);
    for (_, answer) in answers {
        match answer {
            Answered::Head(head) => facts.heads.push(head),
            Answered::Puck(puck) => facts.pucks.push(puck),
            Answered::Nobody(line) => facts.silent.push(line),
        }
    }
}

enum Answered {
    Head(HeadFound),
    Puck(PuckFound),
    Nobody(String),
}

async fn asked(unit: Unit, at: At, line: String) -> Answered {
    let network = line.contains("://");
    if !network && greets(Path::new(&line)).await {
        return Answered::Puck(PuckFound { unit, at });
    }
    // Most cameras come with the first of these.
    let bauds: &[u32] = if network { &[0] } else { &[9600, 38400] };
    for baud in bauds {
        let baud = Some(*baud).filter(|baud| *baud > 0);
        if let Ok(Asked::Answers) = ptz::answers(&line, baud).await {
            return Answered::Head(HeadFound {
                unit,
                at,
                protocol: "visca".to_owned(),
                model: "common".to_owned(),
                baud,
                address: 1,
            });
        }
    }
    Answered::Nobody(line)
}

/// Whether a table button answers. What it asks of the line means nothing to a camera.
async fn greets(path: &Path) -> bool {
    let (_kept, inbox) = drv_puck::channel();
    let (out, mut events) = mpsc::channel(8);
    let config = drv_puck::Config {
        id: PuckId::new("found"),
        path: path.to_owned(),
    };
    let driver = tokio::spawn(drv_puck::supervise(config, inbox, out));
    let here = async {
        while let Some(event) = events.recv().await {
            if let Event::Puck(_, Presence::Here) = event {
                return true;
            }
        }
        false
    };
    let greets = timeout(GREETING, here).await.unwrap_or(false);
    driver.abort();
    let _ = driver.await;
    greets
}

/// Reads `LINE=MODEL`.
pub fn display(text: &str) -> Result<DisplayLine, String> {
    match text.rsplit_once('=') {
        Some((line, model)) if !line.is_empty() && !model.is_empty() => Ok(DisplayLine {
            line: line.to_owned(),
            model: model.to_owned(),
        }),
        _ => Err("write it as LINE=MODEL, such as serial:/dev/ttyUSB0=samsung-signage".to_owned()),
    }
}

/// Which camera's picture moves most between two looks; `None` when none can be looked at.
///
/// # Errors
/// When no camera gives a picture.
pub fn waving(facts: &Facts, keys: &[String]) -> Result<String> {
    let kernel = Kernel::default();
    let mut most: Option<(f64, String)> = None;
    for key in keys {
        let found = facts.cameras.iter().find(|found| found.unit.key() == *key);
        let Some(found) = found else { continue };
        let node = super::pictures::camera_node(&kernel, found);
        let Some(node) = node else { continue };
        let look =
            || super::pictures::shot(&kernel, &node, 320).and_then(|frame| Ok(frame.grey()?));
        let (Ok(before), Ok(after)) = (look(), look()) else {
            continue;
        };
        let pairs = before.luma.iter().zip(&after.luma);
        let moved: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let share = moved as f64 / before.luma.len().max(1) as f64;
        if most.as_ref().is_none_or(|(best, _)| share > *best) {
            most = Some((share, key.clone()));
        }
    }
    match most {
        Some((_, key)) => Ok(key),
        None => bail!("no camera gives a picture to compare"),
    }
}
