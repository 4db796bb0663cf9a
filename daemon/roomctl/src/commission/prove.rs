//! Tries each thing that a commissioning asks for with what this machine has: opens devices and lines itself and lets them go
//! again. Owns no order and no words.

use super::keep::Keeper;
use super::{pictures, screens};
use crate::ptz;
use anyhow::{Context, Result};
use calendar::{HostTable, HttpLimits, Link, Login, RoomView, Secret, UnixMs, Window, Zone};
use commission::{Figure, Finding, Interview, Kind, Left, Measure, Proof, Proven};
use config_files::Files;
use drv_camera::frame::Frame;
use drv_camera::{CameraError, Kernel};
use preflight::path::PathLimits;
use preflight::sound::{Ear, Limits, Loop, Sweep, judge};
use preflight::{Checked, Trouble};
use preflight_probe::path::{Host, Patience, look, trusted};
use preflight_probe::stage::{Seat, every_way};
use preflight_probe::studio::Studio;
use room_core::event::Event;
use room_core::ids::PuckId;
use room_core::units::PresetNumber;
use room_profile::{CalendarPlace, CalendarSource, HeadPort, Profile};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// For a person to walk to a button.
const PRESS: Duration = Duration::from_secs(45);
/// For a person to look at a lamp.
const LIT: Duration = Duration::from_secs(4);
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
            // Held by whoever runs the interview: it takes a person, a daemon and time.
            Proof::Call => Proven::left(proof.clone(), Left::Person),
        }
    }

    fn picture(&self, proof: &Proof, interview: &Interview, name: &str) -> Proven {
        let has = |role: &&commission::Role| role.kind == Kind::Camera && role.name == name;
        let role = interview.roles().find(has);
        let mut cameras = interview.state().facts.cameras.iter();
        let found = role.and_then(|role| cameras.find(|found| found.unit.key() == role.device));
        let kernel = Kernel::default();
        let known = |trouble| Proven::found(proof.clone(), Finding::Known(trouble));
        let Some(node) = found.and_then(|found| pictures::camera_node(&kernel, found)) else {
            return known(Trouble::CameraMissing(name.to_owned()));
        };
        let frame = match pictures::shot(&kernel, &node, 1280) {
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
        let mut proven = pictures::seen(proof, name, &frame);
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
            match screens::setup(line, &models) {
                Ok(setup) => {
                    if let Some(proven) = screens::wake(proof, setup, name).await {
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
        secret: true,
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
