//! One release from the server to its end: fetched and held against the signed list, used on trial, proven by what the room does, and
//! kept, or given up for what was. Knows no connection of the agent's and no calendar.

use super::releases::hindered;
use super::{About, Ask, Hands, Kept, PackChange};
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
use service_packs::{MAX_BYTES, SEAL_SUFFIX};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
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
    /// The daemon ended while it was being proven.
    pub cut_off: bool,
}

/// What is said on the way.
#[derive(Debug)]
pub(super) struct Said {
    pub offer: Offer,
    pub stage: Stage,
    /// Answered once it is kept.
    pub kept: oneshot::Sender<()>,
}

/// Why it did not come to its end.
enum Stop {
    /// Not now; it is looked at again.
    Wait(Wait),
    /// Nothing was changed.
    Refused(&'static str),
    /// The room is back on what it had.
    Failed(&'static str),
}

/// How the room was, to be compared.
struct Before {
    faults: BTreeSet<&'static str>,
    light: Option<Light>,
}

impl Proving {
    /// Until its end; the answer is the last stage.
    pub async fn run(self, offer: Offer, say: mpsc::Sender<Said>) -> Stage {
        let ended = self.take(&offer, &say).await;
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
                let code = code(why);
                code.map_or(Stage::Waiting { why: Wait::Busy }, |code| Stage::Refused {
                    code,
                })
            }
            Err(Stop::Failed(why)) => {
                warn!(
                    target,
                    why, "a release of the fleet's failed; the room is back on what it had"
                );
                let code = code(why);
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
        if self.cut_off {
            return Err(Stop::Failed("interrupted"));
        }
        let before = self.before().await?;
        // A call, a meeting or an emergency stop may have come since.
        self.still(offer)?;
        let (kept, known) = oneshot::channel();
        let said = Said {
            offer: offer.clone(),
            stage: Stage::Begun {},
            kept,
        };
        if say.send(said).await.is_err() || known.await.is_err() {
            return Err(Stop::Wait(Wait::Busy));
        }
        if let Err(why) = self.ask(PackChange::Try(pack)).await {
            warn!(why, "the pack of a release cannot be used");
            return Err(Stop::Refused("release-pack-refused"));
        }
        let proven = self.prove(&before, &is).await;
        let kept = match proven {
            Ok(()) => self.ask(PackChange::Keep).await.map_err(|why| {
                warn!(why, "a proven pack cannot be kept");
                Stop::Failed("release-not-kept")
            }),
            Err(stop) => Err(stop),
        };
        if kept.is_err() {
            // A daemon that does not answer ends, and the trial with it.
            let _ = self.ask(PackChange::GiveUp).await;
        }
        kept
    }

    /// The pack with its seal, and what the signed list says of it.
    async fn fetch(&self, offer: &Offer) -> Result<(Original, Custom), Stop> {
        let root = self.root.as_ref().ok_or(Stop::Refused("release-no-root"))?;
        let root = std::fs::read(root).map_err(|error| {
            warn!(%error, "the root of releases cannot be read");
            Stop::Refused("release-no-root")
        })?;
        let name: TargetName = offer
            .target
            .as_str()
            .parse()
            .map_err(|_| Stop::Refused("release-not-listed"))?;
        let now = now();
        let mut list = Repository::open(&root, self.kept.list()).map_err(refused)?;
        let renewed = list.renew(&self.dialler, now).await;
        if let Err(error) = self.kept.keep_list(list.remembering()) {
            let error = format!("{error:#}");
            warn!(error, "the signed list of releases cannot be kept");
            return Err(Stop::Wait(Wait::Busy));
        }
        renewed.map_err(not_fetched)?;
        let most = MAX_BYTES as u64;
        let found = list.release(&self.dialler, (&name, most), now).await;
        let (text, listed) = found.map_err(not_fetched)?;
        let is = listed
            .custom
            .filter(|is| is.kind != Kind::Unknown)
            .ok_or(Stop::Refused("release-unknown-kind"))?;
        let seal: TargetName = format!("{name}{SEAL_SUFFIX}")
            .parse()
            .map_err(|_| Stop::Refused("release-not-listed"))?;
        let found = list.release(&self.dialler, (&seal, most), now).await;
        let (seal, _) = found.map_err(not_fetched)?;
        let seal = String::from_utf8(seal).map_err(|_| Stop::Refused("release-pack-refused"))?;
        let file = format!("{}-{}-{}.toml", is.kind.word(), is.of, is.version);
        Ok((Original { file, text, seal }, is))
    }

    fn is_used(&self, is: &Custom) -> bool {
        let kind = match is.kind {
            Kind::JoinPack => PackKind::Join,
            Kind::RecognisePack => PackKind::Recognise,
            Kind::Unknown => return false,
        };
        self.renewal
            .told()
            .packs
            .iter()
            .any(|pack| pack.kind == kind && pack.service == is.of && pack.version == is.version)
    }

    /// Whether it may be begun at this moment.
    fn still(&self, offer: &Offer) -> Result<(), Stop> {
        let hindered = hindered(
            &self.hands.views.borrow(),
            self.about.has_calendar,
            clock::wall(),
        );
        match (hindered, self.offered.borrow().contains(offer)) {
            (Some(why), _) => Err(Stop::Wait(why)),
            (None, false) => Err(Stop::Wait(Wait::Busy)),
            (None, true) => Ok(()),
        }
    }

    async fn before(&self) -> Result<Before, Stop> {
        let light = self.checked().await?;
        Ok(Before {
            faults: faults(&self.hands.views.borrow()),
            light,
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
            return Err(Stop::Failed("release-not-in-use"));
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
                        return Err(Stop::Failed("release-canary"));
                    }
                }
            }
        }
        match (before.light, self.checked().await?) {
            (Some(before), Some(after)) if rank(after) > rank(before) => {
                return Err(Stop::Failed("release-proof-worse"));
            }
            (Some(_), None) => return Err(Stop::Failed("release-proof-worse")),
            (Some(_) | None, _) => {}
        }
        let after = faults(&self.hands.views.borrow());
        match after.is_subset(&before.faults) {
            true => Ok(()),
            false => Err(Stop::Failed("release-new-fault")),
        }
    }

    async fn ask(&self, change: PackChange) -> Result<(), String> {
        let (done, answer) = oneshot::channel();
        let ask = Ask::Packs { change, done };
        if self.asks.send(ask).await.is_err() {
            return Err("the daemon is ending".to_owned());
        }
        match timeout(TAKEN, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err("the daemon did not do it in time".to_owned()),
        }
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(clock::wall().0).unwrap_or_default()
}

fn rank(light: Light) -> u8 {
    match light {
        Light::Green => 0,
        Light::Yellow => 1,
        Light::Red => 2,
    }
}

fn faults(view: &View) -> BTreeSet<&'static str> {
    let codes = view
        .faults
        .iter()
        .map(|fault: &view::Fault| fault.code.code());
    codes.collect()
}

fn refused(refused: Refused) -> Stop {
    let why = refused.to_string();
    warn!(why, "the fleet's signed list of releases is refused");
    Stop::Refused(refused.code())
}

/// The way there may be better in a while; what is not to be trusted is not.
fn not_fetched<E: std::error::Error>(error: NotFetched<E>) -> Stop {
    match error {
        NotFetched::Refused(why) => refused(why),
        NotFetched::Missing(_) => Stop::Refused("release-missing"),
        NotFetched::Way(error) => {
            warn!(%error, "a release cannot be fetched; it is tried again");
            Stop::Wait(Wait::Busy)
        }
    }
}
