//! Each check with what this machine has: opens devices and lines itself, gives back what it found. Knows no order and no words.

use calendar::{HostTable, UnixMs};
use drv_camera::health::{self, Sight};
use drv_camera::mode::{Purpose, choose};
use drv_camera::{CameraError, Kernel, Machine, Shot, Wanted};
use preflight::path::PathLimits;
use preflight::sound::{Ear, Limits, Loop, Sweep, judge};
use preflight::{Check, Checked, Figure, Measure, Note, Skipped, Trouble};
use preflight_probe::path::{Host, Patience, look, trusted};
use preflight_probe::stage::{Seat, every_way};
use preflight_probe::studio::Studio;
use room_profile::Profile;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What there is to check.
#[derive(Debug)]
pub struct Kit {
    /// The link of the meeting to come.
    pub meeting: Option<String>,
    /// Hosts that the room allows.
    pub hosts: Option<HostTable>,
    /// The host of the meeting to come.
    pub host: Option<Place>,
    /// Cameras by role.
    pub cameras: Vec<Camera>,
    /// Loudspeakers by role.
    pub loudspeakers: Vec<Seat>,
    /// Microphones by role.
    pub microphones: Vec<Seat>,
    /// The sound at the installation.
    pub baseline: Option<Vec<Loop>>,
}

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Host);

impl Place {
    /// `HOST`, `HOST:PORT`, or either with an address in brackets.
    pub fn parse(text: &str) -> Option<Place> {
        host_of(&format!("https://{text}/"))
    }
}

/// The host that a link leads to.
pub fn host_of(link: &str) -> Option<Place> {
    let link = url::Url::parse(link).ok()?;
    let name = link.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = link.port_or_known_default().unwrap_or(443);
    let secret = link.scheme() == "https";
    Some(Place(Host { name, port, secret }))
}

/// A camera of the room's file.
#[derive(Debug)]
pub struct Camera {
    role: String,
    /// The node where it is plugged in; `None` for one that is known by its label, or is not plugged in.
    node: Option<PathBuf>,
    label: Option<String>,
}

/// Those of the room's file, where they are plugged in.
pub fn cameras(profile: &Profile) -> Vec<Camera> {
    let machine = identity::scan(Path::new("/sys"));
    let seating = identity::seat(&profile.roles, &machine);
    let of = |link: &room_profile::CameraLink| {
        let seat = seating
            .seats
            .iter()
            .find(|seat| link.link.as_ref() == Some(&seat.role.label()));
        Camera {
            role: link.camera.as_str().to_owned(),
            node: seat.and_then(|seat| seat.taken?.node.path.clone()),
            label: link.label.clone(),
        }
    };
    profile.cameras.iter().map(of).collect()
}

impl Kit {
    /// Runs one check.
    pub async fn check(&self, check: Check) -> Checked {
        match check {
            Check::Meeting => self.meeting(),
            Check::Path => self.path().await,
            Check::Picture => self.picture(),
            Check::Sound => self.sound().await,
            Check::Sip | Check::Displays | Check::Heads | Check::People => {
                Checked::skipped(check, Skipped::DaemonOnly)
            }
        }
    }

    fn meeting(&self) -> Checked {
        let (Some(link), Some(hosts)) = (&self.meeting, &self.hosts) else {
            return Checked::skipped(Check::Meeting, Skipped::NothingThere);
        };
        let now = UnixMs(chrono::Utc::now().timestamp_millis());
        let (target, _) = calendar::pasted(link, hosts, now);
        let mut checked = Checked::of(Check::Meeting);
        match target {
            None => checked.troubles.push(Trouble::MeetingUnknown),
            Some(target) if !target.listed => checked.troubles.push(Trouble::MeetingNotAllowed),
            Some(_) => {}
        }
        checked
    }

    async fn path(&self) -> Checked {
        let Some(Place(host)) = &self.host else {
            return Checked::skipped(Check::Path, Skipped::NothingThere);
        };
        match trusted() {
            Ok(trust) => {
                let way = look(host, trust, Patience::default()).await;
                preflight::path::judge(&way, &PathLimits::default())
            }
            Err(error) => {
                eprintln!("roomctl: {error}");
                let mut checked = Checked::of(Check::Path);
                checked.troubles.push(Trouble::CertificateUntrusted);
                checked
            }
        }
    }

    fn picture(&self) -> Checked {
        if self.cameras.is_empty() {
            return Checked::skipped(Check::Picture, Skipped::NothingThere);
        }
        let mut checked = Checked::of(Check::Picture);
        for camera in &self.cameras {
            camera.look(&mut checked);
        }
        checked
    }

    async fn sound(&self) -> Checked {
        if self.loudspeakers.is_empty() || self.microphones.is_empty() {
            return Checked::skipped(Check::Sound, Skipped::NothingThere);
        }
        let ear = Ear::of(Sweep::at(48_000).take());
        let mut checked = Checked::of(Check::Sound);
        let heard = |one: &Loop| eprintln!("  {} > {}", one.loudspeaker, one.microphone);
        let mut studio = Studio::here();
        let ways = every_way(
            &mut studio,
            (&self.loudspeakers, &self.microphones),
            &ear,
            heard,
        );
        match ways.await {
            Ok(loops) => {
                let findings = judge(&loops, self.baseline.as_deref(), &Limits::default());
                checked.troubles = findings.into_iter().map(Trouble::Sound).collect();
                checked.notes.push(Note::EchoByDaemon);
                checked.loops = loops;
            }
            Err(error) => {
                eprintln!("roomctl: {error}");
                let seats = self.loudspeakers.iter().chain(&self.microphones);
                checked.troubles.push(error.trouble(seats));
            }
        }
        checked
    }
}

/// A camera's first pictures are dark.
const SETTLE: u32 = 8;
const WITHIN: Duration = Duration::from_secs(6);

impl Camera {
    fn look(&self, checked: &mut Checked) {
        let role = || self.role.clone();
        let machine = Kernel::default();
        let Some(node) = self.node.clone().or_else(|| self.by_label(&machine)) else {
            checked.troubles.push(Trouble::CameraMissing(role()));
            return;
        };
        let (seen, again) =
            match picture(&machine, &node).and_then(|seen| Ok((seen, picture(&machine, &node)?))) {
                Ok((Some(seen), again)) => (seen, again),
                Ok((None, _)) => return checked.troubles.push(Trouble::CameraSilent(role())),
                Err(CameraError::InUse(_)) => {
                    return checked.troubles.push(Trouble::CameraTaken(role()));
                }
                Err(CameraError::Absent(_) | CameraError::Gone(_)) => {
                    return checked.troubles.push(Trouble::CameraMissing(role()));
                }
                Err(error) => {
                    eprintln!("roomctl: {error}");
                    return checked.troubles.push(Trouble::CameraSilent(role()));
                }
            };
        let mut figure = |measure, value: f32| {
            checked.figures.push(Figure {
                measure,
                of: role(),
                value: f64::from(value),
            });
        };
        figure(Measure::Brightness, seen.mean);
        if let Some(sharpness) = seen.sharpness {
            figure(Measure::Sharpness, sharpness);
        }
        // No sensor gives the same picture twice; what stands still comes out of a memory.
        let frozen = again.is_some_and(|again| again.digest == seen.digest);
        match health::judge(&seen) {
            Sight::Black | Sight::Flat => checked.troubles.push(Trouble::PictureCovered(role())),
            _ if frozen => checked.troubles.push(Trouble::PictureFrozen(role())),
            Sight::Soft => checked.troubles.push(Trouble::PictureBlurred(role())),
            // An empty room is dark at night, and no fault.
            Sight::Dark | Sight::Room => {}
        }
    }

    fn by_label(&self, machine: &Kernel) -> Option<PathBuf> {
        let wanted = Wanted {
            label: Some(self.label.clone()?),
            ..Wanted::default()
        };
        let fits = machine
            .find()
            .into_iter()
            .filter(|found| wanted.fits(found));
        fits.map(|found| found.node)
            .find(|node| machine.probe(node).is_ok())
    }
}

fn picture(machine: &Kernel, node: &Path) -> Result<Option<health::Measures>, CameraError> {
    let offers = machine.probe(node)?.offers;
    let Some(mode) = choose(&offers, Purpose::Show(1280)) else {
        return Ok(None);
    };
    let shot = Shot {
        mode,
        settle: SETTLE,
        within: WITHIN,
    };
    Ok(health::measure(&machine.take(node, shot)?.grey()?))
}
