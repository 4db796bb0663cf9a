//! One release from the server to its end: fetched and held against the signed list, used on trial, proven by what the room does, and
//! kept, or given up for what was. Knows no connection of the agent's and no calendar.

use super::packages::{Upgrades, until};
use super::releases::{Way, hindered};
use super::{About, Ask, Hands, Kept, PackChange};
use crate::boards::Boards;
use crate::buttons::Buttons;
use crate::clock;
use crate::renewal::{Original, Renewal};
use chrono::{DateTime, Utc};
use fleet_agent::link::Dialler;
use fleet_agent::{NotFetched, Repository};
use fleet_proto::{Offer, Outcome, Refusal, Stage, Wait};
use releases::{Custom, Kind, Refused, TargetName};
use room_api::PackKind;
use room_core::preflight::Light;
use room_core::view::{self, View};
use serde::{Deserialize, Serialize};
use service_packs::{MAX_BYTES, SEAL_SUFFIX};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// The daemon takes packs into use in this time, or is not well.
const TAKEN: Duration = Duration::from_secs(30);

/// Everything that it takes.
#[derive(Clone)]
pub(super) struct Proving {
    pub root: Option<PathBuf>,
    pub kept: Kept,
    pub about: About,
    pub hands: Hands,
    pub renewal: Renewal,
    pub asks: mpsc::Sender<Ask>,
    pub dialler: Dialler,
    /// What is offered now.
    pub offered: watch::Receiver<Vec<Offer>>,
    /// What it takes to bring packages, where the machine has it.
    pub upgrades: Option<Upgrades>,
    /// The room's table buttons, where it takes firmware for them.
    pub buttons: Option<Buttons>,
    /// The files of its board.
    pub boards: Boards,
    /// How long the room is waited for after a new start.
    pub patience: Patience,
    /// The daemon ended while it was being proven; how the room was before.
    pub cut_off: Option<Before>,
}

/// How long a room that was begun anew is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// It knows all of its faults after this: a camera is looked at once a minute.
    pub settles: Duration,
    /// Devices that were there before are found again in this time after that, or are a fault.
    pub finds: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            settles: Duration::from_secs(120),
            finds: Duration::from_secs(300),
        }
    }
}

/// What is said on the way.
#[derive(Debug)]
pub(super) struct Said {
    pub offer: Offer,
    pub stage: Stage,
    pub before: Before,
    /// Answered once it is kept.
    pub kept: oneshot::Sender<()>,
}

/// Why it did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stop {
    /// Not now; it is looked at again.
    Wait(Wait),
    /// Nothing was changed.
    Refused(String),
    /// The room is back on what it had.
    Failed(String),
}

impl Stop {
    pub fn refused(code: &str) -> Stop {
        Stop::Refused(code.to_owned())
    }

    pub fn failed(code: &str) -> Stop {
        Stop::Failed(code.to_owned())
    }
}

/// How the room was, to be compared, also by another version of the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    faults: BTreeSet<String>,
    /// The rank of its check's light.
    light: Option<u8>,
    /// Test meetings that it got into, where they were tried.
    #[serde(default)]
    pub(super) meetings: BTreeSet<String>,
}

impl Proving {
    /// Until its end; the answer is the last stage.
    pub async fn run(self, offer: Offer, say: mpsc::Sender<Said>) -> Stage {
        let ended = match Way::of(&offer) {
            Way::Package => self.take_package(&offer, &say).await,
            Way::Firmware => self.take_firmware(&offer, &say).await,
            Way::Board => self.take_board(&offer, &say).await,
            Way::Pack => self.take(&offer, &say).await,
        };
        let code = |code: &str| code.parse().ok();
        let target = offer.target.as_str();
        match ended {
            Ok(()) => {
                info!(target, "a release of the fleet's is proven and kept");
                Stage::Proven {}
            }
            Err(Stop::Wait(why)) => Stage::Waiting { why },
            Err(Stop::Refused(why)) => {
                warn!(target, why, "a release of the fleet's is refused");
                let code = code(&why);
                code.map_or(Stage::Waiting { why: Wait::Busy }, |code| Stage::Refused {
                    code,
                })
            }
            Err(Stop::Failed(why)) => {
                warn!(
                    target,
                    why, "a release of the fleet's failed; the room is back on what it had"
                );
                let code = code(&why);
                code.map_or(Stage::Waiting { why: Wait::Busy }, |code| Stage::Failed {
                    code,
                })
            }
        }
    }

    async fn take(&self, offer: &Offer, say: &mpsc::Sender<Said>) -> Result<(), Stop> {
        let (pack, is) = self.fetch(offer).await?;
        if self.is_used(&is) {
            return Ok(());
        }
        if self.cut_off.is_some() {
            return Err(Stop::failed("interrupted"));
        }
        let before = self.before().await?;
        // A call, a meeting or an emergency stop may have come since.
        self.still(offer)?;
        self.begin(offer, before.clone(), say).await?;
        if let Err(why) = self.ask(PackChange::Try(pack)).await {
            warn!(why, "the pack of a release cannot be used");
            return Err(Stop::refused("release-pack-refused"));
        }
        let proven = self.prove(&before, &is).await;
        let kept = match proven {
            Ok(()) => self.ask(PackChange::Keep).await.map_err(|why| {
                warn!(why, "a proven pack cannot be kept");
                Stop::failed("release-not-kept")
            }),
            Err(stop) => Err(stop),
        };
        if kept.is_err() {
            // A daemon that does not answer ends, and the trial with it.
            let _ = self.ask(PackChange::GiveUp).await;
        }
        kept
    }

    /// From now on the room is at risk; kept when this returns.
    pub(super) async fn begin(
        &self,
        offer: &Offer,
        before: Before,
        say: &mpsc::Sender<Said>,
    ) -> Result<(), Stop> {
        let (kept, known) = oneshot::channel();
        let said = Said {
            offer: offer.clone(),
            stage: Stage::Begun {},
            before,
            kept,
        };
        match say.send(said).await.is_err() || known.await.is_err() {
            true => Err(Stop::Wait(Wait::Busy)),
            false => Ok(()),
        }
    }

    /// The signed list as it is now.
    pub(super) async fn list(&self) -> Result<Repository, Stop> {
        let root = self.root.as_ref().ok_or(Stop::refused("release-no-root"))?;
        let root = std::fs::read(root).map_err(|error| {
            warn!(%error, "the root of releases cannot be read");
            Stop::refused("release-no-root")
        })?;
        let mut list = Repository::open(&root, self.kept.list()).map_err(refused)?;
        let renewed = list.renew(&self.dialler, now()).await;
        if let Err(error) = self.kept.keep_list(list.remembering()) {
            let error = format!("{error:#}");
            warn!(error, "the signed list of releases cannot be kept");
            return Err(Stop::Wait(Wait::Busy));
        }
        renewed.map_err(not_fetched)?;
        Ok(list)
    }

    /// The pack with its seal, and what the signed list says of it.
    async fn fetch(&self, offer: &Offer) -> Result<(Original, Custom), Stop> {
        let name: TargetName = offer
            .target
            .as_str()
            .parse()
            .map_err(|_| Stop::refused("release-not-listed"))?;
        let list = self.list().await?;
        let now = now();
        let most = MAX_BYTES as u64;
        let found = list.release(&self.dialler, (&name, most), now).await;
        let (text, listed) = found.map_err(not_fetched)?;
        let is = listed
            .custom
            .filter(|is| matches!(is.kind, Kind::JoinPack | Kind::RecognisePack))
            .ok_or(Stop::refused("release-unknown-kind"))?;
        let seal: TargetName = format!("{name}{SEAL_SUFFIX}")
            .parse()
            .map_err(|_| Stop::refused("release-not-listed"))?;
        let found = list.release(&self.dialler, (&seal, most), now).await;
        let (seal, _) = found.map_err(not_fetched)?;
        let seal = String::from_utf8(seal).map_err(|_| Stop::refused("release-pack-refused"))?;
        let file = format!("{}-{}-{}.toml", is.kind.word(), is.of, is.version);
        Ok((Original { file, text, seal }, is))
    }

    fn is_used(&self, is: &Custom) -> bool {
        let kind = match is.kind {
            Kind::JoinPack => PackKind::Join,
            Kind::RecognisePack => PackKind::Recognise,
            Kind::Package | Kind::Firmware | Kind::Board | Kind::Unknown => return false,
        };
        self.renewal.told().packs.iter().any(|pack| {
            pack.kind == kind && pack.service == is.of && is.version == pack.version.into()
        })
    }

    /// Whether it may be begun at this moment.
    pub(super) fn still(&self, offer: &Offer) -> Result<(), Stop> {
        match (self.hindered_now(), self.offered.borrow().contains(offer)) {
            (Some(why), _) => Err(Stop::Wait(why)),
            (None, false) => Err(Stop::Wait(Wait::Busy)),
            (None, true) => Ok(()),
        }
    }

    pub(super) fn hindered_now(&self) -> Option<Wait> {
        hindered(
            &self.hands.views.borrow(),
            self.about.has_calendar,
            clock::wall(),
        )
    }

    pub(super) async fn before(&self) -> Result<Before, Stop> {
        let light = self.checked().await?;
        Ok(Before {
            faults: faults(&self.hands.views.borrow()),
            light: light.map(rank),
            meetings: BTreeSet::new(),
        })
    }

    /// The room's own check, where it has one.
    async fn checked(&self) -> Result<Option<Light>, Stop> {
        if self.hands.views.borrow().preflight.is_none() {
            return Ok(None);
        }
        match self.hands.prove().await {
            Outcome::Done {} => {}
            Outcome::Refused { .. } => return Err(Stop::Wait(Wait::InUse)),
            Outcome::Begun {} | Outcome::Failed { .. } => return Ok(None),
        }
        let view = self.hands.views.borrow();
        let last = view.preflight.as_ref().and_then(|p| p.last.as_ref());
        Ok(last.map(|last| last.light))
    }

    /// Whether the room works as before, with the pack in use.
    async fn prove(&self, before: &Before, is: &Custom) -> Result<(), Stop> {
        if !self.is_used(is) {
            return Err(Stop::failed("release-not-in-use"));
        }
        if is.kind == Kind::JoinPack {
            for name in self.hands.trials.names_of(&is.of) {
                match self.hands.canary(&name).await {
                    Outcome::Done {} => {}
                    Outcome::Refused {
                        why: Refusal::InUse | Refusal::Busy,
                    } => {
                        return Err(Stop::Wait(Wait::InUse));
                    }
                    Outcome::Begun {} | Outcome::Refused { .. } | Outcome::Failed { .. } => {
                        return Err(Stop::failed("release-canary"));
                    }
                }
            }
        }
        self.as_before(before).await
    }

    /// Waits until a room that was begun anew has found its devices.
    pub(super) async fn settled(&self, before: &Before) -> Result<(), Stop> {
        sleep(self.patience.settles).await;
        let found = || self.new_faults(before).is_empty() || self.is_needed();
        until(self.patience.finds, found).await;
        match self.is_needed() {
            true => Err(Stop::Wait(Wait::InUse)),
            false => Ok(()),
        }
    }

    /// Whether people are there by now. That a meeting comes near is no reason to go back: it was far enough when this began.
    pub(super) fn is_needed(&self) -> bool {
        self.hindered_now() == Some(Wait::InUse)
    }

    /// Whether the room's check is no worse than before, and no fault is new.
    pub(super) async fn as_before(&self, before: &Before) -> Result<(), Stop> {
        match (before.light, self.checked().await?.map(rank)) {
            (Some(before), Some(after)) if after > before => {
                return Err(Stop::failed("release-proof-worse"));
            }
            (Some(_), None) => return Err(Stop::failed("release-proof-worse")),
            (Some(_) | None, _) => {}
        }
        match self.new_faults(before).is_empty() {
            true => Ok(()),
            false => Err(Stop::failed("release-new-fault")),
        }
    }

    /// Faults that were not there before.
    pub(super) fn new_faults(&self, before: &Before) -> BTreeSet<String> {
        let after = faults(&self.hands.views.borrow());
        after.difference(&before.faults).cloned().collect()
    }

    async fn ask(&self, change: PackChange) -> Result<(), String> {
        let (done, answer) = oneshot::channel();
        self.answered(Ask::Packs { change, done }, answer).await
    }

    /// What the daemon as a whole says to it.
    pub(super) async fn answered(
        &self,
        ask: Ask,
        answer: oneshot::Receiver<Result<(), String>>,
    ) -> Result<(), String> {
        if self.asks.send(ask).await.is_err() {
            return Err("the daemon is ending".to_owned());
        }
        match timeout(TAKEN, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err("the daemon did not do it in time".to_owned()),
        }
    }
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(clock::wall().0).unwrap_or_default()
}

fn rank(light: Light) -> u8 {
    match light {
        Light::Green => 0,
        Light::Yellow => 1,
        Light::Red => 2,
    }
}

fn faults(view: &View) -> BTreeSet<String> {
    let codes = view
        .faults
        .iter()
        .map(|fault: &view::Fault| fault.code.code().to_owned());
    codes.collect()
}

pub(super) fn refused(refused: Refused) -> Stop {
    let why = refused.to_string();
    warn!(why, "the fleet's signed list of releases is refused");
    Stop::refused(refused.code())
}

/// The way there may be better in a while; what is not to be trusted is not.
pub(super) fn not_fetched<E: std::error::Error>(error: NotFetched<E>) -> Stop {
    match error {
        NotFetched::Refused(why) => refused(why),
        NotFetched::Missing(_) => Stop::refused("release-missing"),
        NotFetched::Way(error) => {
            warn!(%error, "a release cannot be fetched; it is tried again");
            Stop::Wait(Wait::Busy)
        }
    }
}
