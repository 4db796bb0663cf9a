//! A release of firmware for the room's table buttons: fetched, given to each button of its kind by the room's own way of updating them,
//! and kept when all of them speak again with it; else each gets back what it had. Writes to no button.

use super::packages::until;
use super::proving::{Proving, Said, Stop, not_fetched, now};
use crate::buttons::{Buttons, Shows, version as version_of};
use drv_puck::update::{Display, Image, Version};
use fleet_proto::{Offer, Wait};
use releases::{Kind, TargetName};
use room_core::ids::PuckId;
use room_core::view::{PuckState, PuckView, View};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tracing::warn;

/// No image is longer: a chip's flash, as its loader takes it.
const LARGEST: u64 = 8 << 20;
/// The room writes to one button after the other, and gives up before that.
const ONE: Duration = Duration::from_secs(240);
/// What was seen so often is not just about to change.
const LOOKS: u8 = 3;

/// One image, and the buttons that it is for.
struct Trial {
    image: Arc<Image>,
    version: Version,
    buttons: Vec<PuckId>,
}

impl Proving {
    pub(super) async fn take_firmware(
        &self,
        offer: &Offer,
        say: &mpsc::Sender<Said>,
    ) -> Result<(), Stop> {
        let all = self.buttons.as_ref();
        let all = all.ok_or(Stop::refused("release-unknown-kind"))?;
        let target: TargetName = offer
            .target
            .as_str()
            .parse()
            .map_err(|_| Stop::refused("release-not-listed"))?;
        if let Some((display, version)) = counting(all, &target) {
            let buttons = self.shown_on(all, display)?;
            return match (buttons.is_empty(), self.all_run(&buttons, version)) {
                (true, _) => Err(Stop::refused("release-no-button")),
                (false, true) => Ok(()),
                // It came otherwise, and the room is about to give it to them by itself.
                (false, false) => Err(Stop::Wait(Wait::Busy)),
            };
        }
        if self.cut_off.is_some() {
            let buttons: Vec<PuckId> = all.lines.iter().map(|line| line.id.clone()).collect();
            self.gone_back(&buttons).await;
            return Err(Stop::failed("interrupted"));
        }
        let trial = self.trial(all, &target).await?;
        let before = self.before().await?;
        self.still(offer)?;
        self.begin(offer, before.clone(), say).await?;
        let kept = |error: anyhow::Error| {
            let error = format!("{error:#}");
            warn!(error, "firmware for table buttons cannot be kept");
        };
        if let Err(error) = all.firmware.try_on(&trial.image) {
            kept(error);
            return Err(Stop::refused("release-not-kept"));
        }
        let proven = match self.came(all, &trial).await {
            Ok(()) => self.as_before(&before).await,
            Err(stop) => Err(stop),
        };
        let proven = proven.and_then(|()| {
            all.firmware.keep(&trial.image).map_err(|error| {
                kept(error);
                Stop::failed("release-not-kept")
            })
        });
        if proven.is_err() {
            all.firmware.give_up();
            self.gone_back(&trial.buttons).await;
        }
        proven
    }

    /// The image with the buttons that it is for; only where what they run now could be written back.
    async fn trial(&self, all: &Buttons, target: &TargetName) -> Result<Trial, Stop> {
        let image = self.fetch_firmware(target).await?;
        let display = image.marker().display;
        let version = version_of(&image).ok_or(Stop::refused("release-firmware-refused"))?;
        let buttons = self.shown_on(all, display)?;
        if buttons.is_empty() {
            return Err(Stop::refused("release-no-button"));
        }
        let old = all.firmware.counts(display).as_deref().and_then(version_of);
        match old {
            Some(old) if old >= version => Err(Stop::refused("release-not-newer")),
            Some(old) if self.all_run(&buttons, old) => Ok(Trial {
                image: Arc::new(image),
                version,
                buttons,
            }),
            Some(_) | None => Err(Stop::refused("release-no-old-firmware")),
        }
    }

    async fn fetch_firmware(&self, target: &TargetName) -> Result<Image, Stop> {
        let list = self.list().await?;
        let found = list.release(&self.dialler, (target, LARGEST), now()).await;
        let (bytes, listed) = found.map_err(not_fetched)?;
        let is = listed.custom.filter(|is| is.kind == Kind::Firmware);
        let is = is.ok_or(Stop::refused("release-unknown-kind"))?;
        let image = Image::read(&bytes).map_err(|error| {
            warn!(%error, "the firmware of a release is refused");
            Stop::refused("release-firmware-refused")
        })?;
        let fits = name_of(&image).as_ref() == Some(target) && is.of == image.marker().button();
        match fits {
            true => Ok(image),
            false => Err(Stop::refused("release-firmware-refused")),
        }
    }

    /// The buttons with this display that are there.
    fn shown_on(&self, all: &Buttons, display: Display) -> Result<Vec<PuckId>, Stop> {
        let view = self.hands.views.borrow();
        let mut of = Vec::new();
        for line in &all.lines {
            if !puck(&view, &line.id).is_some_and(|puck| puck.here) {
                continue;
            }
            match line.shows() {
                Shows::On(shown) if shown == display => of.push(line.id.clone()),
                Shows::On(_) | Shows::Unknown => {}
                Shows::NotYet => return Err(Stop::Wait(Wait::Busy)),
            }
        }
        Ok(of)
    }

    /// Whether all of these are there with this version.
    fn all_run(&self, buttons: &[PuckId], version: Version) -> bool {
        let view = self.hands.views.borrow();
        buttons.iter().all(|id| {
            puck(&view, id).is_some_and(|puck| {
                let usual = puck.state == PuckState::Usual;
                puck.here && usual && puck.firmware == Some(version)
            })
        })
    }

    /// Waits until all have the new version and have spoken since.
    async fn came(&self, all: &Buttons, trial: &Trial) -> Result<(), Stop> {
        let limit = ONE * u32::try_from(trial.buttons.len()).unwrap_or(u32::MAX);
        let (mut since, mut over) = (None, None);
        let ended = || {
            if !self.all_run(&trial.buttons, trial.version) {
                since = None;
            } else if spoken(all, trial, *since.get_or_insert_with(Instant::now)) {
                over = Some(Ok(()));
            }
            if self.hindered_now() == Some(Wait::InUse) {
                over = Some(Err(Stop::Wait(Wait::InUse)));
            } else if self.fails(trial) {
                over = Some(Err(Stop::failed("release-button-not-back")));
            }
            over.is_some()
        };
        until(limit, ended).await;
        over.unwrap_or_else(|| Err(Stop::failed("release-button-not-back")))
    }

    /// Whether the room has given up on one of them.
    fn fails(&self, trial: &Trial) -> bool {
        let view = self.hands.views.borrow();
        trial.buttons.iter().any(|id| {
            let puck = puck(&view, id);
            puck.is_some_and(|puck| matches!(puck.state, PuckState::Failed(_)))
        })
    }

    /// Waits until each that is there has what counts again. The room goes on with it also after that, and in a call not at all.
    async fn gone_back(&self, buttons: &[PuckId]) {
        let limit = ONE * u32::try_from(buttons.len()).unwrap_or(u32::MAX);
        let mut looks = 0;
        let settled = || {
            let view = Arc::clone(&self.hands.views.borrow());
            let mut of_view = buttons.iter().map(|id| puck(&view, id));
            looks = match of_view.all(|puck| puck.is_none_or(is_settled)) {
                true => looks + 1,
                false => 0,
            };
            looks >= LOOKS || self.hindered_now() == Some(Wait::InUse)
        };
        until(limit, settled).await;
    }
}

/// Whether each of them has said something since then.
fn spoken(all: &Buttons, trial: &Trial, since: Instant) -> bool {
    let lines = all.lines.iter();
    let mut lines = lines.filter(|line| trial.buttons.contains(&line.id));
    lines.all(|line| {
        let heard = line.handle.acquaintance().heard;
        heard.is_some_and(|heard| heard > since)
    })
}

/// Whether nothing is about to be written to it. Where that failed the room tries again by itself, much later.
fn is_settled(puck: &PuckView) -> bool {
    match puck.state {
        PuckState::Updating | PuckState::Waits => false,
        PuckState::Usual => puck.offered.is_none() || !puck.here,
        PuckState::Failed(_) => true,
    }
}

fn puck<'a>(view: &'a View, id: &PuckId) -> Option<&'a PuckView> {
    view.pucks.iter().find(|puck| puck.id == *id)
}

fn name_of(image: &Image) -> Option<TargetName> {
    let mark = image.marker();
    TargetName::firmware(&mark.button(), &mark.version).ok()
}

/// The display and version of the image that counts, when that is this release.
fn counting(all: &Buttons, target: &TargetName) -> Option<(Display, Version)> {
    [Display::Oled, Display::Tft]
        .into_iter()
        .find_map(|display| {
            let image = all.firmware.counts(display)?;
            let is = name_of(&image).as_ref() == Some(target);
            version_of(&image)
                .filter(|_| is)
                .map(|version| (display, version))
        })
}
