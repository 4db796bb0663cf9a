//! Each check with what the room has: asks owners of devices and looks at what was seen. Opens no device and knows no order.

use super::around::{Reach, RoomSound};
use super::loops::{self, Hearings, studio};
use crate::watchers::Views;
use drv_audio::meter::{Ear, Meter};
use drv_camera::Ask;
use preflight::path::PathLimits;
use preflight::{Check, Checked, Figure, Measure, Skipped, Trouble};
use preflight_probe::path::{Host, Patience, look, trusted};
use room_core::event::PictureSeen;
use room_core::failure::{CameraFailure, FaultCode};
use room_core::ids::CameraId;
use room_core::meeting::{Conference, NoTarget, Target, Way};
use room_core::preflight::Coming;
use room_core::units::Seen;
use room_core::view::{CameraState, DisplayState, Fault, Phase, PuckView, View};
use rustls::RootCertStore;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::{debug, warn};

/// What is reached, and how it is checked.
pub(super) struct Kit {
    pub(super) reach: Reach,
}

/// Three looks at a slow camera.
const PROOF: Duration = Duration::from_secs(14);
/// A display that was told something is given this long; its own driver tells it again and names it after that.
const DISPLAY: Duration = Duration::from_secs(14);
/// Whoever speaks is heard within this.
const LISTEN: Duration = Duration::from_secs(3);
/// A tenth of a second each: so many of them must be speech, so that a door does not count.
const SPEECH_BLOCKS: usize = 4;
/// Over the quietest tenth, and at least, in hundredths of a decibel.
const OVER_FLOOR: i32 = 1_000;
const LEAST_SPEECH: i32 = -7_000;
/// A day to come is looked at without haste, and each host not for long.
const AHEAD: Patience = Patience {
    tries: 3,
    apart: Duration::from_millis(200),
    each: Duration::from_secs(2),
};

impl Kit {
    pub(super) fn new(reach: Reach) -> Kit {
        Kit { reach }
    }

    fn view(&self) -> View {
        View::clone(&self.reach.views.borrow())
    }

    /// Every check with the number of its devices.
    pub(super) fn wanted(&self, _meeting: Option<&Coming>) -> Vec<(Check, u32)> {
        let view = self.view();
        let pairs = |sound: &RoomSound| sound.loudspeakers.len() * sound.microphones.len();
        let count = |check: &Check| match check {
            Check::Meeting | Check::Path | Check::Sip => 1,
            Check::Displays => view.displays.len(),
            Check::Picture => self.reach.cameras.len(),
            Check::Heads => 2 * view.heads.len(),
            Check::People => 1,
            Check::Sound => self.reach.sound.as_ref().map_or(0, pairs),
        };
        let counted = |check: Check| (check, u32::try_from(count(&check)).unwrap_or(u32::MAX));
        Check::ALL.map(counted).into()
    }

    pub(super) async fn check(
        &self,
        check: Check,
        meeting: Option<&Coming>,
        hearings: &Hearings,
    ) -> Checked {
        let view = self.view();
        let nothing = Checked::skipped(check, Skipped::NothingThere);
        match check {
            Check::Meeting => match meeting {
                Some(meeting) => self.meeting(meeting, &view),
                None => nothing,
            },
            Check::Path => match meeting.and_then(host) {
                Some(host) => self.path(&host, Patience::default()).await,
                None => nothing,
            },
            Check::Sip => match &self.reach.sip {
                Some(server) => server.check(AHEAD.each).await,
                None => nothing,
            },
            Check::Displays if view.displays.is_empty() => nothing,
            Check::Displays => self.displays().await,
            Check::Picture if self.reach.cameras.is_empty() => nothing,
            Check::Picture => self.picture().await,
            Check::Heads if view.heads.is_empty() => nothing,
            Check::Heads => self.reach.heads.check(&self.reach.views).await,
            Check::People if view.pucks.is_empty() && self.reach.fittings == 0 => nothing,
            Check::People => people(&view.pucks, &view.faults),
            Check::Sound => match &self.reach.sound {
                // Whoever turned the room down does not want to hear it now, and it tells nothing of the amplifier.
                Some(sound) => match view.volume.seen {
                    Seen::Is(volume) if volume.get() > 0 => {
                        loops::check(sound, &view, volume, hearings).await
                    }
                    Seen::Is(_) | Seen::Unknown => Checked::skipped(check, Skipped::Quiet),
                },
                None => nothing,
            },
        }
    }

    /// What can be said of a meeting of a day to come.
    pub(super) async fn ahead(&self, meeting: &Coming) -> Vec<Trouble> {
        let mut troubles = self.meeting(meeting, &self.view()).troubles;
        // The browser of today is no matter of tomorrow.
        troubles.retain(|trouble| *trouble != Trouble::BrowserGone);
        if let Some(host) = host(meeting) {
            troubles.extend(self.path(&host, AHEAD).await.troubles);
        }
        troubles
    }

    /// Recognised, allowed, its pages known, and somebody there to open them.
    fn meeting(&self, meeting: &Coming, view: &View) -> Checked {
        let mut checked = Checked::of(Check::Meeting);
        let target = match &meeting.conference {
            Conference::At(target) => target,
            Conference::Nowhere(NoTarget::UnknownHost(_)) => {
                checked.troubles.push(Trouble::MeetingNotAllowed);
                return checked;
            }
            Conference::Nowhere(_) => {
                checked.troubles.push(Trouble::MeetingUnknown);
                return checked;
            }
        };
        if let Way::Page { .. } = target.best {
            if self.reach.packs.of(&target.service).is_none() {
                let service = target.service.as_str().to_owned();
                checked.troubles.push(Trouble::NoPack(service));
            }
            let gone = |fault: &Fault| fault.code == FaultCode::BrowserGone;
            if view.faults.iter().any(gone) {
                checked.troubles.push(Trouble::BrowserGone);
            }
        }
        checked
    }

    async fn path(&self, host: &Host, patience: Patience) -> Checked {
        let way = look(host, self.trust(), patience).await;
        preflight::path::judge(&way, &self.reach.limits)
    }

    /// The machine's list and the room's own authority. Without a list nobody is trusted, which is what is found then.
    fn trust(&self) -> RootCertStore {
        let mut store = trusted().unwrap_or_else(|error| {
            warn!(%error, "no certificates are known here");
            RootCertStore::empty()
        });
        store.add_parsable_certificates(self.reach.own.iter().cloned());
        store
    }

    /// What displays say of themselves, when they have had their time. One that nobody needs now sleeps and is left asleep.
    async fn displays(&self) -> Checked {
        let mut views = self.reach.views.clone();
        let settled = settled(&mut views);
        let _ = timeout(DISPLAY, settled).await;
        let view = self.view();
        let announced = needs_displays(&view);
        let mut checked = Checked::of(Check::Displays);
        for display in &view.displays {
            let name = display.id.as_str().to_owned();
            let trouble = match display.state {
                DisplayState::Unknown | DisplayState::Gone(_) => Trouble::DisplaySilent(name),
                DisplayState::OtherInput => Trouble::DisplayWrongInput(name),
                DisplayState::Asleep if announced && !display.by_hand => Trouble::DisplayDark(name),
                DisplayState::Asleep
                | DisplayState::On
                | DisplayState::Warming
                | DisplayState::Cooling => continue,
            };
            checked.troubles.push(trouble);
        }
        checked
    }

    async fn picture(&self) -> Checked {
        let mut checked = Checked::of(Check::Picture);
        for (camera, asks) in &self.reach.cameras {
            self.camera(camera, asks, &mut checked).await;
        }
        checked
    }

    async fn camera(&self, camera: &CameraId, asks: &mpsc::Sender<Ask>, checked: &mut Checked) {
        let role = || camera.as_str().to_owned();
        let (answer, proof) = oneshot::channel();
        // Without a driver the view says what there is.
        let _ = asks.send(Ask::Prove(answer)).await;
        let proof = timeout(PROOF, proof).await.ok().and_then(Result::ok);
        let measures = proof.and_then(|proof| proof.measures);
        let mut figure = |measure, value: f32| {
            checked.figures.push(Figure {
                measure,
                of: role(),
                value: f64::from(value),
            });
        };
        if let Some(seen) = measures {
            figure(Measure::Brightness, seen.mean);
            if let Some(sharpness) = seen.sharpness {
                figure(Measure::Sharpness, sharpness);
            }
        }
        let trouble = match proof.and_then(|proof| proof.picture) {
            // An empty room is dark at night, and no fault.
            Some(PictureSeen::Good | PictureSeen::Dark) => None,
            Some(PictureSeen::Black | PictureSeen::Covered) => {
                Some(Trouble::PictureCovered(role()))
            }
            Some(PictureSeen::Frozen) => Some(Trouble::PictureFrozen(role())),
            Some(PictureSeen::Blurred) => Some(Trouble::PictureBlurred(role())),
            None => Some(no_picture(&self.view(), camera)),
        };
        checked.troubles.extend(trouble);
    }

    /// Whether somebody is heard in the room. Where nothing listens, nobody is.
    pub(super) async fn somebody_speaks(&self) -> bool {
        let Some(sound) = &self.reach.sound else {
            return false;
        };
        let microphones: Vec<&str> = sound.microphones.iter().map(|s| s.place.as_str()).collect();
        match studio(sound).listen(&microphones, LISTEN).await {
            Ok(heard) => heard.iter().any(|samples| speaks(samples)),
            Err(error) => {
                debug!(%error, "nobody can be listened to");
                false
            }
        }
    }

    /// Waits until the view says so, at most so long.
    pub(super) async fn until(&self, within: Duration, seen: impl Fn(&View) -> bool) {
        let mut views = self.reach.views.clone();
        let waiting = views.wait_for(|view| seen(view));
        let _ = timeout(within, waiting).await;
    }
}

/// Speech rises over the room's noise again and again. What is loud all the time hums, what is so once fell down. The meter's own
/// word on speech needs seconds of quiet first.
fn speaks(samples: &[f32]) -> bool {
    let blocks = Meter::new(Ear::Microphone, 1).hear(samples);
    let mut levels: Vec<i32> = blocks.iter().map(|block| block.reading.rms.0).collect();
    levels.sort_unstable();
    let Some(floor) = levels.get(levels.len() / 10) else {
        return false;
    };
    let over = (floor + OVER_FLOOR).max(LEAST_SPEECH);
    levels.iter().filter(|level| **level > over).count() >= SPEECH_BLOCKS
}

/// What people call the device of this role.
pub(super) fn called(view: &View, check: Check, role: &str) -> Option<String> {
    let name = match check {
        Check::Displays => view
            .displays
            .iter()
            .find(|one| one.id.as_str() == role)
            .map(|one| &one.name),
        Check::Picture => view
            .cameras
            .iter()
            .find(|one| one.id.as_str() == role)
            .map(|one| &one.name),
        Check::Heads => view
            .heads
            .iter()
            .find(|one| one.id.as_str() == role)
            .map(|one| &one.name),
        Check::Meeting | Check::Path | Check::Sip | Check::People | Check::Sound => None,
    };
    name.cloned()
}

/// What the camera's driver said last, when it has no picture for us.
fn no_picture(view: &View, camera: &CameraId) -> Trouble {
    let role = camera.as_str().to_owned();
    let seen = view.cameras.iter().find(|seen| seen.id == *camera);
    match seen.map(|seen| seen.state) {
        Some(CameraState::Gone(CameraFailure::Absent)) => Trouble::CameraMissing(role),
        Some(CameraState::InUse) => Trouble::CameraTaken(role),
        Some(CameraState::Gone(_) | CameraState::Free | CameraState::Unknown) | None => {
            Trouble::CameraSilent(role)
        }
    }
}

/// Buttons, lamps, panels and table buttons that do not answer.
fn people(pucks: &[PuckView], faults: &[Fault]) -> Checked {
    let mut checked = Checked::of(Check::People);
    let away = pucks.iter().filter(|puck| !puck.here);
    let mut silent: Vec<String> = away.map(|puck| puck.id.as_str().to_owned()).collect();
    for fault in faults {
        if let (FaultCode::FittingGone | FaultCode::KeyStuck, Some(subject)) =
            (fault.code, &fault.subject)
        {
            silent.push(subject.clone());
        }
    }
    silent.sort();
    silent.dedup();
    let troubles = silent.into_iter().map(Trouble::FittingSilent);
    checked.troubles.extend(troubles);
    checked
}

/// Whether a meeting is announced, so that the room wants its displays lit.
fn needs_displays(view: &View) -> bool {
    view.phase != Phase::Standby
}

async fn settled(views: &mut Views) {
    let on_its_way = |state: DisplayState| {
        matches!(
            state,
            DisplayState::Unknown | DisplayState::Warming | DisplayState::Cooling
        )
    };
    let all = views.wait_for(|view| {
        let dark = |state| needs_displays(view) && state == DisplayState::Asleep;
        let displays = view.displays.iter();
        !displays
            .filter(|display| !display.by_hand)
            .any(|display| on_its_way(display.state) || dark(display.state))
    });
    // Without a room there is nothing to wait for.
    let _ = all.await;
}

/// The host behind the way that is tried first, when that is a page.
fn host(meeting: &Coming) -> Option<Host> {
    let Conference::At(Target { best, .. }) = &meeting.conference else {
        return None;
    };
    let Way::Page { link, .. } = best else {
        return None;
    };
    let link = url::Url::parse(link.reveal()).ok()?;
    Some(Host {
        name: link.host_str()?.trim_matches(['[', ']']).to_owned(),
        port: link.port_or_known_default()?,
        secret: link.scheme() == "https",
    })
}

/// Limits as the room's file says.
pub fn limits(said: &room_profile::PathLimits) -> PathLimits {
    PathLimits {
        round_trip: said.round_trip,
        jitter: said.jitter,
        loss: u32::from(said.loss),
        days: i64::from(said.certificate_days),
        clock: i64::try_from(said.clock.as_secs()).unwrap_or(i64::MAX),
        rate: said.rate,
    }
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
