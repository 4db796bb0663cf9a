//! Tries each thing that a commissioning asks for with what this machine has: opens devices and lines itself and lets them go
//! again. Owns no order and no words.

use super::keep::Keeper;
use crate::ptz;
use anyhow::{Context, Result};
use calendar::{HostTable, HttpLimits, Link, Login, RoomView, Secret, UnixMs, Window, Zone};
use commission::facts::CameraFound;
use commission::{Figure, Finding, Interview, Kind, Left, Measure, Proof, Proven};
use config_files::Files;
use drv_camera::frame::Frame;
use drv_camera::health::{self, Sight};
use drv_camera::mode::{Purpose, choose};
use drv_camera::{CameraError, Kernel, Machine as _, Shot, Wanted};
use drv_display::codec::Login as DisplayLogin;
use drv_display::words::{Answer, Power, Turn};
use drv_display::{
    DisplayModel, Goal, Kind as Quantity, LinkCommand, LinkEvent, LinkSetup, Report, talk,
};
use preflight::path::PathLimits;
use preflight::sound::{Ear, Limits, Loop, Sweep, judge};
use preflight::{Checked, Trouble};
use preflight_probe::path::{Host, Patience, look, trusted};
use preflight_probe::stage::{Seat, every_way};
use preflight_probe::studio::Studio;
use room_core::event::Event;
use room_core::ids::PuckId;
use room_core::units::PresetNumber;
use room_profile::{CalendarPlace, CalendarSource, DisplayLine, HeadPort, Profile};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// For a person to walk to a button.
const PRESS: Duration = Duration::from_secs(45);
/// For a person to look at a lamp.
const LIT: Duration = Duration::from_secs(4);
/// A display that sleeps deeply needs most of it.
const WAKING: Duration = Duration::from_secs(40);
/// After the power is seen, for what it shows.
const READING: Duration = Duration::from_secs(4);
/// A camera's first pictures are dark.
const SETTLE: u32 = 8;
const WITHIN: Duration = Duration::from_secs(10);
/// Calendars are looked at so far ahead.
const FORTNIGHT: i64 = 14 * UnixMs::DAY;

/// What proofs need beside the interview.
#[derive(Debug)]
pub struct Tools<'a> {
    /// Where pictures are kept.
    pub keeper: &'a Keeper,
    /// Where the room's files stand.
    pub files: &'a Files,
    /// Nodes of the sound server.
    pub microphones: &'a [Seat],
    /// Nodes of the sound server.
    pub loudspeakers: &'a [Seat],
    /// The sound at the installation, for comparisons.
    pub baseline: Option<&'a [Loop]>,
}

impl Tools<'_> {
    /// Tries it.
    pub async fn prove(&self, proof: &Proof, interview: &Interview, profile: &Profile) -> Proven {
        match proof {
            Proof::Store(head, number) => store(proof, profile, (head, *number)).await,
            Proof::Head(head) => turn(proof, profile, head).await,
            Proof::Puck(name) => puck(proof, profile, name).await,
            Proof::Button(name) => button(proof, profile, name).await,
            Proof::Lamp(name) => lamp(proof, profile, name).await,
            Proof::Display(name) => self.display(proof, profile, name).await,
            Proof::Picture(name) => self.picture(proof, interview, name),
            Proof::Path(host) => path(proof, host).await,
            Proof::Calendar => bookings(proof, profile).await,
            Proof::Clock => clock(proof).await,
            Proof::Sound => self.sound(proof).await,
        }
    }

    fn picture(&self, proof: &Proof, interview: &Interview, name: &str) -> Proven {
        let has = |role: &&commission::Role| role.kind == Kind::Camera && role.name == name;
        let role = interview.roles().find(has);
        let mut cameras = interview.state().facts.cameras.iter();
        let found = role.and_then(|role| cameras.find(|found| found.unit.key() == role.device));
        let kernel = Kernel::default();
        let known = |trouble| Proven::found(proof.clone(), Finding::Known(trouble));
        let Some(node) = found.and_then(|found| camera_node(&kernel, found)) else {
            return known(Trouble::CameraMissing(name.to_owned()));
        };
        let frame = match shot(&kernel, &node, 1280) {
            Ok(frame) => frame,
            Err(error) => {
                let taken = matches!(error.downcast_ref(), Some(CameraError::InUse(_)));
                eprintln!("roomctl: {error:#}");
                return known(match taken {
                    true => Trouble::CameraTaken(name.to_owned()),
                    false => Trouble::CameraSilent(name.to_owned()),
                });
            }
        };
        let mut proven = seen(proof, name, &frame);
        let file = format!("{proof}.png");
        match self.keep_picture(&frame, &file) {
            Ok(()) => proven.picture = Some(file),
            Err(error) => eprintln!("roomctl: {error:#}"),
        }
        proven
    }

    fn keep_picture(&self, frame: &Frame, file: &str) -> Result<()> {
        super::keep::replace(&self.keeper.file(file), &frame.colour()?.png()?, 0o600)
    }

    async fn display(&self, proof: &Proof, profile: &Profile, name: &str) -> Proven {
        let silent = || {
            let trouble = Trouble::DisplaySilent(name.to_owned());
            Proven::found(proof.clone(), Finding::Known(trouble))
        };
        let mut displays = profile.displays.iter();
        let link = displays.find(|link| link.display.as_str() == name);
        let (Some(link), Ok(models)) = (link, self.files.display_models()) else {
            return silent();
        };
        for line in &link.lines {
            match setup(line, &models) {
                Ok(setup) => {
                    if let Some(proven) = wake(proof, setup, name).await {
                        return proven;
                    }
                }
                Err(error) => eprintln!("roomctl: {error:#}"),
            }
        }
        silent()
    }

    async fn sound(&self, proof: &Proof) -> Proven {
        if self.microphones.is_empty() || self.loudspeakers.is_empty() {
            return Proven::left(proof.clone(), Left::NothingThere);
        }
        let ear = Ear::of(Sweep::at(48_000).take());
        let mut studio = Studio::here();
        let heard = |one: &Loop| eprintln!("  {} > {}", one.loudspeaker, one.microphone);
        let seats = (self.loudspeakers, self.microphones);
        match every_way(&mut studio, seats, &ear, heard).await {
            Ok(loops) => {
                let findings = judge(&loops, self.baseline, &Limits::default());
                let findings = findings.into_iter().map(Trouble::Sound).map(Finding::Known);
                Proven {
                    findings: findings.collect(),
                    loops,
                    ..Proven::of(proof.clone())
                }
            }
            Err(error) => {
                eprintln!("roomctl: {error}");
                let trouble = Trouble::SoundUnreachable("PipeWire".to_owned());
                Proven::found(proof.clone(), Finding::Known(trouble))
            }
        }
    }
}

/// Where a camera's picture is to be had now.
pub fn camera_node(kernel: &Kernel, camera: &CameraFound) -> Option<PathBuf> {
    let wanted = match (&camera.unit.place, &camera.unit.model) {
        (Some(place), Some(_)) => Wanted {
            usb: Some(place.clone()),
            ..Wanted::default()
        },
        _ => Wanted {
            label: Some(camera.label.clone()),
            ..Wanted::default()
        },
    };
    let fits = kernel.find().into_iter().filter(|found| wanted.fits(found));
    fits.map(|found| found.node)
        .find(|node| kernel.probe(node).is_ok())
}

/// One picture, up to this width.
pub fn shot(kernel: &Kernel, node: &Path, width: u32) -> Result<Frame> {
    let offers = kernel.probe(node)?.offers;
    let mode = choose(&offers, Purpose::Show(width));
    let mode = mode.with_context(|| format!("{} gives no readable picture", node.display()))?;
    let shot = Shot {
        mode,
        settle: SETTLE,
        within: WITHIN,
    };
    Ok(kernel.take(node, shot)?)
}

fn seen(proof: &Proof, name: &str, frame: &Frame) -> Proven {
    let size = (f64::from(frame.size.width), f64::from(frame.size.height));
    let proven = Proven::of(proof.clone()).with(Measure::Width, size.0);
    let mut proven = proven.with(Measure::Height, size.1);
    let measures = frame.grey().ok().and_then(|grey| health::measure(&grey));
    let Some(measures) = measures else {
        return proven;
    };
    let figure = |measure, value: f32| {
        Figure::Known(preflight::Figure {
            measure,
            of: name.to_owned(),
            value: f64::from(value),
        })
    };
    proven
        .figures
        .push(figure(preflight::Measure::Brightness, measures.mean));
    if let Some(sharpness) = measures.sharpness {
        proven
            .figures
            .push(figure(preflight::Measure::Sharpness, sharpness));
    }
    let trouble = match health::judge(&measures) {
        Sight::Black | Sight::Flat => Some(Trouble::PictureCovered(name.to_owned())),
        Sight::Soft => Some(Trouble::PictureBlurred(name.to_owned())),
        // An empty room is dark at night, and no fault.
        Sight::Dark | Sight::Room => None,
    };
    proven.findings.extend(trouble.map(Finding::Known));
    proven
}

/// The line of a head: where the room's file names a link that only the daemon lays, the node behind it.
fn head_line(profile: &Profile, name: &str) -> Option<drv_ptz::LineConfig> {
    let mut heads = profile.heads.iter();
    let mut link = heads.find(|link| link.head.as_str() == name)?.clone();
    if let HeadPort::Serial { path, .. } | HeadPort::Video(path) = &mut link.port
        && let Some(node) = seat(profile, &format!("ptz-{name}"))
    {
        *path = node;
    }
    ptz_setup::lines(&[link], None).pop()
}

/// The node that has a role now.
fn seat(profile: &Profile, label: &str) -> Option<PathBuf> {
    let machine = identity::scan(Path::new("/sys"));
    let seating = identity::seat(&profile.roles, &machine);
    seating.nodes().get(label).map(|path| path.to_path_buf())
}

async fn store(proof: &Proof, profile: &Profile, (head, number): (&str, u8)) -> Proven {
    let Some(line) = head_line(profile, head) else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    match ptz::store(line, PresetNumber(number)).await {
        Ok(()) => Proven::of(proof.clone()),
        Err(error) => {
            eprintln!("roomctl: {error:#}");
            Proven::found(
                proof.clone(),
                Finding::PresetNotStored(head.to_owned(), number),
            )
        }
    }
}

async fn turn(proof: &Proof, profile: &Profile, head: &str) -> Proven {
    let Some(line) = head_line(profile, head) else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    let began = Instant::now();
    let trouble = match ptz::sweep(line).await {
        Ok(ptz::Swept::Turned(degrees)) => {
            let proven = Proven::of(proof.clone()).with(Measure::Turned, degrees);
            return proven.with(Measure::Took, began.elapsed().as_secs_f64());
        }
        Ok(ptz::Swept::Untold) => return Proven::left(proof.clone(), Left::NothingThere),
        Ok(ptz::Swept::Astray) => Trouble::HeadAstray(head.to_owned()),
        Err(error) => {
            eprintln!("roomctl: {error:#}");
            Trouble::HeadSilent(head.to_owned())
        }
    };
    Proven::found(proof.clone(), Finding::Known(trouble))
}

/// Waits for a press among the events of a driver.
async fn pressed(proof: &Proof, name: &str, mut events: mpsc::Receiver<Event>) -> Proven {
    let began = Instant::now();
    let press = async {
        while let Some(event) = events.recv().await {
            if let Event::Pressed { .. } = event {
                return true;
            }
        }
        false
    };
    match timeout(PRESS, press).await {
        Ok(true) => Proven::of(proof.clone()).with(Measure::Took, began.elapsed().as_secs_f64()),
        Ok(false) | Err(_) => Proven::found(proof.clone(), Finding::NotPressed(name.to_owned())),
    }
}

async fn puck(proof: &Proof, profile: &Profile, name: &str) -> Proven {
    let mut pucks = profile.pucks.iter();
    let Some(link) = pucks.find(|link| link.puck.as_str() == name) else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    let (_kept, inbox) = drv_puck::channel();
    let (out, events) = mpsc::channel(16);
    let config = drv_puck::Config {
        id: PuckId::new(name),
        path: seat(profile, &format!("puck-{name}")).unwrap_or_else(|| link.serial.clone()),
    };
    let driver = tokio::spawn(drv_puck::supervise(config, inbox, out));
    let proven = pressed(proof, name, events).await;
    driver.abort();
    proven
}

async fn button(proof: &Proof, profile: &Profile, name: &str) -> Proven {
    let id = format!("button.{name}");
    let mut buttons = profile.fittings.buttons.iter();
    let Some(button) = buttons.find(|button| button.id.as_str() == id) else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    let hand = crate::gpio::hand(profile.fittings.driver);
    let (out, events) = mpsc::channel(16);
    let driver = tokio::spawn(drv_gpio::serve_button(
        crate::gpio::button(button),
        hand,
        out,
    ));
    let proven = pressed(proof, name, events).await;
    driver.abort();
    proven
}

async fn lamp(proof: &Proof, profile: &Profile, name: &str) -> Proven {
    let id = format!("lamp.{name}");
    let mut lamps = profile.fittings.lamps.iter();
    let Some(lamp) = lamps.find(|lamp| lamp.id.as_str() == id) else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    let hand = crate::gpio::hand(profile.fittings.driver);
    let lit = crate::gpio::lit(lamp, hand, LIT).await;
    match lit {
        Ok(()) => Proven::of(proof.clone()),
        Err(error) => {
            eprintln!("roomctl: {error:#}");
            Proven::found(proof.clone(), Finding::LampNotSeen(name.to_owned()))
        }
    }
}

fn setup(line: &DisplayLine, models: &[(String, DisplayModel)]) -> Result<LinkSetup> {
    let found = models.iter().find(|(name, _)| *name == line.model);
    let (_, model) = found.with_context(|| format!("there is no model {}", line.model))?;
    Ok(LinkSetup {
        address: line.line.parse()?,
        model: model.clone(),
        id: line.number,
        login: DisplayLogin {
            user: line.user.clone(),
            password: String::new(),
        },
        wake: line.wake.as_deref().and_then(|mac| mac.parse().ok()),
    })
}

/// Wakes a display over one line; `None` when nobody answers there.
async fn wake(proof: &Proof, setup: LinkSetup, name: &str) -> Option<Proven> {
    let model = setup.model.clone();
    let (commands, inbox) = mpsc::unbounded_channel();
    let (out, mut events) = mpsc::channel(64);
    let link = tokio::spawn(talk(setup, inbox, out));
    let goal = Goal::power(Turn::On);
    let _ = commands.send(LinkCommand::Want(goal.clone()));
    let began = Instant::now();
    let mut proven = None;
    let mut until = began + WAKING;
    while let Ok(Some(event)) = timeout(
        until.saturating_duration_since(Instant::now()),
        events.recv(),
    )
    .await
    {
        match event {
            LinkEvent::Report(Report::Seen(Answer::Power(Power::On))) if proven.is_none() => {
                let took = began.elapsed().as_secs_f64();
                proven = Some(Proven::of(proof.clone()).with(Measure::Took, took));
                let _ = commands.send(LinkCommand::Look(Quantity::Input));
                until = Instant::now() + READING;
            }
            LinkEvent::Report(Report::Seen(Answer::Input(code))) => {
                let named = model.inputs.iter().find(|(_, known)| **known == code);
                let number =
                    named.and_then(|(name, _)| name.strip_prefix("hdmi")?.parse::<f64>().ok());
                if let (Some(number), Some(known)) = (number, proven.take()) {
                    proven = Some(known.with(Measure::Input, number));
                    break;
                }
            }
            LinkEvent::Report(Report::GivenUp(given, _)) if given == goal => {
                let trouble = Trouble::DisplayDark(name.to_owned());
                proven = Some(Proven::found(proof.clone(), Finding::Known(trouble)));
                break;
            }
            LinkEvent::Report(Report::Silent | Report::Unproven) | LinkEvent::Fault(_) => break,
            _ => {}
        }
    }
    link.abort();
    proven
}

async fn path(proof: &Proof, host: &str) -> Proven {
    if host.starts_with("*.") {
        return Proven::left(proof.clone(), Left::WholeDomain);
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, port.parse().unwrap_or(443)),
        _ => (host, 443),
    };
    let host = Host {
        name: name.to_owned(),
        port,
    };
    match trusted() {
        Ok(trust) => {
            let way = look(&host, trust, Patience::default()).await;
            of(proof, preflight::path::judge(&way, &PathLimits::default()))
        }
        Err(error) => {
            eprintln!("roomctl: {error}");
            Proven::found(proof.clone(), Finding::Known(Trouble::CertificateUntrusted))
        }
    }
}

fn of(proof: &Proof, checked: Checked) -> Proven {
    Proven {
        findings: checked.troubles.into_iter().map(Finding::Known).collect(),
        figures: checked.figures.into_iter().map(Figure::Known).collect(),
        ..Proven::of(proof.clone())
    }
}

async fn bookings(proof: &Proof, profile: &Profile) -> Proven {
    let Some(source) = profile.calendars.first() else {
        return Proven::left(proof.clone(), Left::NothingThere);
    };
    let Ok(place) = place(source) else {
        return Proven::found(proof.clone(), Finding::PasswordMissing);
    };
    let now = UnixMs(chrono::Utc::now().timestamp_millis());
    let calendar = match calendar::source::read_once(&place, now).await {
        Ok(calendar) => calendar,
        Err(error) => {
            eprintln!("roomctl: {}", error.sentence().en);
            return Proven::found(proof.clone(), Finding::CalendarUnreadable);
        }
    };
    let mut hosts = HostTable::new();
    for host in &profile.hosts {
        // A checked file has none that the table refuses.
        let _ = hosts.add(&host.written(), host.service.as_str());
    }
    let view = RoomView {
        zone: Zone::Named(profile.zone),
        addresses: Vec::new(),
        hosts,
    };
    let window = Window {
        from: now,
        to: now.plus(FORTNIGHT),
    };
    let found = calendar::meetings(&calendar, &source.name, &view, window).meetings;
    // What is private says nothing, and whole days are no meetings.
    let meetings: Vec<_> = found.iter().filter(|meeting| !meeting.all_day).collect();
    let linked = meetings
        .iter()
        .filter(|meeting| meeting.target.is_some())
        .count();
    let proven = Proven::of(proof.clone()).with(Measure::Meetings, meetings.len() as f64);
    let mut proven = proven.with(Measure::Linked, linked as f64);
    match (meetings.len(), linked) {
        (0, _) => proven.findings.push(Finding::CalendarEmpty),
        (all, 0) => {
            let all = u32::try_from(all).unwrap_or(u32::MAX);
            proven.findings.push(Finding::LinksStripped(all));
        }
        _ => {}
    }
    proven
}

fn place(source: &CalendarSource) -> Result<calendar::Place> {
    let login = match &source.account {
        Some(account) => {
            let text = std::fs::read_to_string(&account.password_file)?;
            let line = text.lines().next().context("it is empty")?;
            Some(Login {
                user: account.user.clone(),
                password: Secret::new(line),
            })
        }
        None => None,
    };
    let limits = HttpLimits::default();
    Ok(match &source.place {
        CalendarPlace::File(path) => calendar::Place::File { path: path.clone() },
        CalendarPlace::Link(link) => calendar::Place::Url {
            link: Link::new(link.reveal()),
            login,
            limits,
        },
        CalendarPlace::Caldav { base, only } => calendar::Place::CalDav {
            base: Link::new(base.reveal()),
            login,
            only: only.iter().cloned().collect(),
            limits,
        },
    })
}

/// Whether the system keeps its clock from the network, as systemd says it.
async fn clock(proof: &Proof) -> Proven {
    let ask = tokio::process::Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .output();
    match timeout(Duration::from_secs(5), ask).await {
        Ok(Ok(said)) if said.status.success() => match said.stdout.trim_ascii() {
            b"yes" => Proven::of(proof.clone()),
            _ => Proven::found(proof.clone(), Finding::ClockFree),
        },
        _ => Proven::left(proof.clone(), Left::NothingThere),
    }
}
