//! A release of the daemon's own package: brought for the helper that installs it, and after that, as the new daemon, the word whether
//! the room works as before. Installs nothing; what the helper decides is read from what it remembers.

use super::proving::{Proving, Said, Stop, not_fetched, now, refused};
use crate::state_dir::write_whole;
use fleet_agent::Repository;
use fleet_proto::{Offer, Outcome, Refusal, TAKES_PACKAGES, Wait};
use releases::{Kind, Refused, TargetName, Version};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};
use upgrade::{
    ARCHITECTURE, Ended, Is, LARGEST, PACKAGE, PROVING, Places, State, Step, Wish, Word,
};

/// What the package brings to be installed by.
const HELPER: &str = "usr/lib/systemd/system/roomd-upgrade.path";
/// systemd starts the helper at once.
const TAKEN: Duration = Duration::from_secs(60);
/// Between two looks at the helper's state.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// What it takes to bring packages, where the machine has it.
#[derive(Debug, Clone)]
pub struct Upgrades {
    /// What the helper and the daemon leave for each other.
    pub places: Places,
}

impl Upgrades {
    /// Of the system below this folder; only where its helper is there, and where the daemon trusts the root that the helper trusts.
    #[must_use]
    pub fn of(folder: &Path, root: Option<&PathBuf>) -> Option<Upgrades> {
        let places = Places::below(folder);
        let fits = root == Some(&places.root) && folder.join(HELPER).exists();
        fits.then_some(Upgrades { places })
    }

    /// What a room that takes packages says among its verbs.
    #[must_use]
    pub fn verb() -> String {
        format!("{TAKES_PACKAGES}{ARCHITECTURE}")
    }

    fn state(&self) -> State {
        let text = fs::read(self.places.state()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Removes what was brought: the helper has what it needs.
    fn clear(&self) {
        // What cannot be removed is written over by the next release.
        let _ = fs::remove_dir_all(self.places.brought());
        let _ = fs::remove_file(self.places.wish());
    }
}

/// What the helper says of an offer that has come to its end.
fn ended(state: &State, offer: &Offer) -> Option<Result<(), Stop>> {
    let failed = |code: &fleet_proto::Code| Stop::Failed(code.to_string());
    Some(match state.ended(offer)? {
        upgrade::Outcome::Proven {} => Ok(()),
        upgrade::Outcome::Failed { code } => Err(failed(code)),
        upgrade::Outcome::Refused { code } => Err(Stop::Refused(code.to_string())),
        upgrade::Outcome::Later {} => Err(Stop::Wait(Wait::InUse)),
    })
}

impl Proving {
    /// A package from the server to its end. The daemon that begins is ended by the installation; the next one comes here again.
    pub(super) async fn take_package(
        &self,
        offer: &Offer,
        say: &mpsc::Sender<Said>,
    ) -> Result<(), Stop> {
        let upgrades = self.upgrades.as_ref();
        let upgrades = upgrades.ok_or(Stop::refused("release-unknown-kind"))?;
        let state = upgrades.state();
        let trial = state.trial.as_ref();
        if let Some(trial) = trial.filter(|trial| trial.offer == *offer) {
            return match trial.new.version == self.about.software.as_str() {
                true => self.speak(upgrades, offer, &state.ended).await,
                false => waited(upgrades, offer, &state.ended).await,
            };
        }
        match (ended(&state, offer), &self.cut_off) {
            // People came, and now it may be begun again.
            (Some(Err(Stop::Wait(why))), Some(_)) => return Err(Stop::Wait(why)),
            (Some(Err(Stop::Wait(_))), None) => {}
            (Some(over), _) => {
                upgrades.clear();
                return over;
            }
            (None, Some(_)) => {
                upgrades.clear();
                return Err(Stop::failed("interrupted"));
            }
            (None, None) => {}
        }
        if trial.is_some() {
            return Err(Stop::Wait(Wait::Busy));
        }
        let release: TargetName = offer
            .target
            .as_str()
            .parse()
            .map_err(|_| Stop::refused("release-not-listed"))?;
        if TargetName::packages(PACKAGE, self.about.software.as_str())
            .is_ok_and(|own| own == release)
        {
            return Ok(());
        }
        self.bring(upgrades, (&state, &release)).await?;
        let mut before = self.before().await?;
        before.meetings = self.entered().await?;
        self.still(offer)?;
        self.begin(offer, before, say).await?;
        info!(
            release = release.as_str(),
            "the room's helper is asked to install a package"
        );
        let wish = Wish {
            offer: offer.clone(),
        };
        if let Err(error) = write(&upgrades.places.wish(), &wish) {
            warn!(error, "the room's helper for packages cannot be asked");
            return Err(Stop::refused("release-no-helper"));
        }
        let taken = || !upgrades.places.wish().exists();
        if !until(TAKEN, taken).await {
            upgrades.clear();
            return Err(Stop::refused("release-no-helper"));
        }
        waited(upgrades, offer, &state.ended).await
    }

    /// Fetches the package, and that of the version that runs where the helper does not have it.
    async fn bring(
        &self,
        upgrades: &Upgrades,
        (state, release): (&State, &TargetName),
    ) -> Result<(), Stop> {
        let list = self.list().await?;
        let folder = upgrades.places.brought();
        if let Err(error) = fs::create_dir_all(&folder) {
            warn!(%error, "there is no place for a package");
            return Err(Stop::refused("release-no-place"));
        }
        let kept = state.kept(self.about.software.as_str()).is_some();
        if !kept {
            let own = TargetName::packages(PACKAGE, self.about.software.as_str());
            let own = own.map_err(|_| Stop::refused("release-no-way-back"))?;
            match self
                .fetch_package(&list, &own, &folder.join(Places::OLD))
                .await
            {
                Err(Stop::Refused(why)) => {
                    warn!(why, "the version that runs cannot be had again");
                    return Err(Stop::refused("release-no-way-back"));
                }
                other => other?,
            }
        }
        self.fetch_package(&list, release, &folder.join(Places::NEW))
            .await?;
        write(&folder.join(Places::LIST), list.remembering()).map_err(|error| {
            warn!(error, "there is no place for a package");
            Stop::refused("release-no-place")
        })
    }

    async fn fetch_package(
        &self,
        list: &Repository,
        release: &TargetName,
        to: &Path,
    ) -> Result<(), Stop> {
        let name = release.for_machine(ARCHITECTURE);
        let name = name.map_err(|_| Stop::refused("release-not-listed"))?;
        let folder = format!("{release}/");
        let mut all = list.trust().all();
        let others = all.any(|(one, _)| *one != name && one.as_str().starts_with(&folder));
        let custom = match list.trust().listed(&name, now()) {
            Err(Refused::NotListed) if others => {
                return Err(Stop::refused("release-other-machine"));
            }
            other => other.map_err(refused)?.custom.clone(),
        };
        // The helper looks at all of this again; a room that would be refused there is not made ready first.
        let fits = custom.is_some_and(|is| {
            is.kind == Kind::Package && is.of == PACKAGE && matches!(is.version, Version::Named(_))
        });
        if !fits {
            return Err(Stop::refused("release-other-package"));
        }
        let found = list.release(&self.dialler, (&name, LARGEST), now()).await;
        let (bytes, _) = found.map_err(not_fetched)?;
        write_whole(to, &bytes).map_err(|error| {
            let error = format!("{error:#}");
            warn!(error, "there is no place for a package");
            Stop::refused("release-no-place")
        })
    }

    /// The test meetings that the room gets into.
    async fn entered(&self) -> Result<BTreeSet<String>, Stop> {
        let mut entered = BTreeSet::new();
        for name in self.hands.trials.names() {
            match self.hands.canary(&name).await {
                Outcome::Done {} => drop(entered.insert(name.to_string())),
                Outcome::Refused {
                    why: Refusal::InUse | Refusal::Busy,
                } => return Err(Stop::Wait(Wait::InUse)),
                Outcome::Begun {} | Outcome::Refused { .. } | Outcome::Failed { .. } => {}
            }
        }
        Ok(entered)
    }

    /// The new version's word about itself; then the helper ends the trial, and with it this daemon unless the word is good.
    async fn speak(&self, upgrades: &Upgrades, offer: &Offer, known: &[Ended]) -> Result<(), Stop> {
        let installed = || {
            let state = upgrades.state();
            let trial = state.trial.as_ref();
            trial.is_none_or(|trial| trial.step != Step::Installing {})
        };
        until(TAKEN, installed).await;
        let is = match self.works().await {
            Ok(()) => Is::Proven {},
            Err(Stop::Wait(_)) => Is::Later {},
            Err(Stop::Refused(why) | Stop::Failed(why)) => {
                warn!(
                    why,
                    "this version does not prove itself; the room goes back"
                );
                match why.parse() {
                    Ok(code) => Is::Failed { code },
                    Err(_) => Is::Later {},
                }
            }
        };
        let word = Word {
            offer: offer.clone(),
            software: self.about.software.as_str().to_owned(),
            is,
        };
        if let Err(error) = write(&upgrades.places.word(), &word) {
            warn!(error, "the room's helper for packages cannot be told");
        }
        waited(upgrades, offer, known).await
    }

    /// Whether the room works as before, with this version.
    async fn works(&self) -> Result<(), Stop> {
        let Some(before) = &self.cut_off else {
            return Err(Stop::failed("interrupted"));
        };
        self.settled(before).await?;
        for name in self.hands.trials.names() {
            if !before.meetings.contains(name.as_str()) {
                continue;
            }
            match self.hands.canary(&name).await {
                Outcome::Done {} => {}
                Outcome::Refused {
                    why: Refusal::InUse | Refusal::Busy,
                } => return Err(Stop::Wait(Wait::InUse)),
                Outcome::Begun {} | Outcome::Refused { .. } | Outcome::Failed { .. } => {
                    return Err(Stop::failed("release-canary"));
                }
            }
        }
        self.as_before(before).await
    }
}

/// What the helper says in the end; mostly nobody is left to hear it. Until it has said more than was known, it is still looking at what
/// was brought, or at work.
async fn waited(upgrades: &Upgrades, offer: &Offer, known: &[Ended]) -> Result<(), Stop> {
    let over = || {
        let state = upgrades.state();
        state.trial.is_none() && state.ended != known
    };
    let over = match until(PROVING, over).await {
        true => ended(&upgrades.state(), offer),
        false => None,
    };
    upgrades.clear();
    over.unwrap_or_else(|| Err(Stop::failed("release-no-helper")))
}

pub(super) async fn until(limit: Duration, mut is: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if is() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        sleep(LOOK).await;
    }
}

fn write<T: serde::Serialize>(path: &Path, what: &T) -> Result<(), String> {
    let text = serde_json::to_vec(what).map_err(|error| error.to_string())?;
    write_whole(path, &text).map_err(|error| format!("{error:#}"))
}
