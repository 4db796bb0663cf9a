//! The room in IT's fleet: asks to be taken in, keeps the connection, says the room's state, does what it may be told, and takes settings.
//! Nothing else of the daemon waits for any of this.

mod board;
mod bundle;
mod firmware;
mod kept;
mod member;
mod packages;
mod proving;
mod releases;
mod said;
mod told;

pub use kept::{Kept, Settings, layer, problems};
pub use packages::Upgrades;
pub use proving::Patience;
pub use releases::hindered;
pub use said::{About, Since, state};
pub use told::{Given, Hands};

use crate::boards::Boards;
use crate::buttons::Buttons;
use crate::renewal::{Original, Renewal};
use anyhow::{Context, Result};
use config_files::Released;
use fleet_agent::enrol::{Applicant, Enrolment, Standing};
use fleet_agent::link::{Dialler, Proxy};
use fleet_agent::{Membership, Server};
use fleet_proto::{Desired, Revision, Settled, TAKES_BOARDS, TAKES_FIRMWARE, TAKES_PACKS, Upload};
use room_api::{FleetAnswer, FleetStanding};
use room_profile::FleetLink;
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// A server that did not answer is asked again after pauses that grow to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Whoever was refused does not ask again for a while: an administrator said no.
const AFTER_A_NO: Duration = Duration::from_secs(3600);

/// What the fleet asks of the daemon as a whole.
#[derive(Debug)]
pub enum Ask {
    /// Lay this over the room's file.
    Settings {
        /// What.
        desired: Desired,
        /// What became of it.
        settled: oneshot::Sender<Settled>,
    },
    /// Begin anew; calls go on.
    Anew,
    /// Do this with a released pack.
    Packs {
        /// What.
        change: PackChange,
        /// Whether it was done; else why not.
        done: oneshot::Sender<Result<(), String>>,
    },
    /// Do this with the released file of the room's board.
    Board {
        /// What.
        change: BoardChange,
        /// Whether it was done; else why not. Nothing, when it takes a new start of the daemon.
        done: oneshot::Sender<Result<(), String>>,
    },
}

/// What becomes of a released pack.
#[derive(Debug)]
pub enum PackChange {
    /// Use it, and keep it nowhere.
    Try(Original),
    /// It was proven.
    Keep,
    /// Back to what was.
    GiveUp,
}

/// What becomes of the released file of the room's board.
#[derive(Debug)]
pub enum BoardChange {
    /// Use it on trial.
    Try(Released),
    /// Back to what was.
    GiveUp,
}

/// What the fleet's part of the daemon is made of.
pub struct Parts {
    /// Where the room belongs.
    pub link: FleetLink,
    /// What it keeps.
    pub kept: Kept,
    /// What it says of itself.
    pub about: About,
    /// What it does.
    pub hands: Hands,
    /// Its service packs.
    pub renewal: Renewal,
    /// What it takes to bring packages, where the machine has it.
    pub upgrades: Option<Upgrades>,
    /// The room's table buttons, where it has some and may give them firmware by itself.
    pub buttons: Option<Buttons>,
    /// The files of its board.
    pub boards: Boards,
    /// How long the room is waited for after a new start.
    pub patience: Patience,
    /// Who asks the daemon.
    pub asks: mpsc::Sender<Ask>,
    /// How it stands, for `roomctl fleet` and the room's faces.
    pub standing: watch::Sender<FleetAnswer>,
    /// Somebody at the machine wants the room to be taken in anew.
    pub anew: Arc<Notify>,
}

/// The room in its fleet, for as long as the daemon runs.
///
/// # Errors
/// When the room's own files cannot be used; it is begun again.
pub async fn run(parts: &Parts) -> Result<()> {
    tokio::select! {
        ended = belong(parts) => ended,
        () = parts.anew.notified() => {
            info!("the room forgets its key and asks its fleet anew, as somebody at the machine wants");
            parts.kept.forget_membership();
            // What is on trial for the fleet that was would stay in use, with nobody to prove it or to go back.
            let _ = parts.asks.send(Ask::Anew).await;
            std::future::pending().await
        }
    }
}

async fn belong(parts: &Parts) -> Result<()> {
    if let Some(buttons) = &parts.buttons {
        // This part may have ended and begun anew in the middle of a trial.
        buttons.firmware.give_up();
    }
    let server: Server = parts.link.server.parse()?;
    let proxy = proxy(&parts.link)?;
    let member = match parts.kept.membership() {
        Some(member) if member.server == server => member,
        Some(_) | None => parts.join(&server, proxy.as_ref()).await?,
    };
    member::stay(parts, member, proxy).await
}

impl Parts {
    /// Asks until an administrator has taken the room in.
    async fn join(&self, server: &Server, proxy: Option<&Proxy>) -> Result<Membership> {
        let mut pause = Duration::from_secs(5);
        let mut begun = None;
        loop {
            let enrolment = match self.kept.enrolment().filter(|e| e.server == *server) {
                Some(enrolment) => enrolment,
                None => match Enrolment::begin(server.clone(), self.applicant(), proxy).await {
                    Ok(enrolment) => {
                        begun = Some(Instant::now());
                        self.kept.keep_enrolment(&enrolment)?;
                        info!(
                            code = enrolment.code,
                            "the room asks its fleet to take it in; compare this code with the one that the server shows"
                        );
                        enrolment
                    }
                    Err(error) => {
                        self.asking(Some(error.to_string()));
                        warn!(%error, "the fleet server cannot be asked; the room goes on without it");
                        sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                        continue;
                    }
                },
            };
            pause = Duration::from_secs(5);
            self.waiting(&enrolment, None);
            match enrolment.ask(proxy).await {
                Ok(Standing::Waiting(rest)) => sleep(rest).await,
                Ok(Standing::Refused) => {
                    self.kept.forget_enrolment();
                    // A server says the same of a request whose time is over. One of an earlier start is of unknown age.
                    if begun.is_none_or(|begun: Instant| begun.elapsed() >= enrolment.lasts()) {
                        info!("nobody decided about the room's request in time; it asks again");
                        continue;
                    }
                    self.asking(Some(
                        "an administrator refused it; it asks again in an hour, or at once with `sudo roomctl fleet enrol`"
                            .to_owned(),
                    ));
                    info!(
                        "an administrator of the fleet refused the room; it asks again in an hour"
                    );
                    sleep(AFTER_A_NO).await;
                }
                Ok(Standing::Member(member)) => {
                    self.without_old_settings().await?;
                    self.kept.keep_key(&enrolment.key)?;
                    self.kept.keep_membership(&member)?;
                    info!(room = %member.room, "the room belongs to its fleet now");
                    return Ok(*member);
                }
                Err(error) => {
                    self.waiting(&enrolment, Some(error.to_string()));
                    sleep(Duration::from_secs(30)).await;
                }
            }
        }
    }

    /// What another membership had set ends with it: the new one counts its writings from the start.
    async fn without_old_settings(&self) -> Result<()> {
        if self.kept.settings() == Settings::default() {
            return Ok(());
        }
        let nothing = Desired {
            revision: Revision(0),
            settings: String::new(),
        };
        if let Settled::Refused { problems } = member::take(&self.asks, nothing).await {
            let why = problems
                .first()
                .map(|problem| problem.message.as_str().to_owned());
            warn!(
                why,
                "what the fleet had set before counts until the next start"
            );
        }
        self.standing.send_modify(|answer| answer.settings = None);
        self.kept.keep_settings(&Settings::default())
    }

    /// Releases that the room takes: of packs, where its file names a root that they must come from; of firmware, where it has table
    /// buttons besides; of its board's file, where it names one; and of packages, where the machine can install them.
    fn takes(&self) -> Vec<String> {
        let packages = self.upgrades.as_ref().map(|_| Upgrades::verb());
        let root = self.link.release_root.as_ref();
        let packs = root.map(|_| TAKES_PACKS.to_owned());
        let firmware = root.and(self.buttons.as_ref());
        let firmware = firmware.map(|_| TAKES_FIRMWARE.to_owned());
        let board = root.and_then(|_| self.boards.in_use());
        let board = board.map(|_| TAKES_BOARDS.to_owned());
        let all = [packs, firmware, board, packages];
        all.into_iter().flatten().collect()
    }

    fn applicant(&self) -> Applicant {
        Applicant {
            name: self.hands.views.borrow().room.as_str().into(),
            software: self.about.software.clone(),
            board: self.about.board.as_ref().map(|board| board.as_str().into()),
        }
    }

    fn asking(&self, problem: Option<String>) {
        self.stand(FleetStanding::Asking { problem });
    }

    fn waiting(&self, enrolment: &Enrolment, problem: Option<String>) {
        let code = enrolment.code.clone();
        self.stand(FleetStanding::Waiting { code, problem });
    }

    fn stand(&self, standing: FleetStanding) {
        self.standing
            .send_modify(|answer| answer.standing = standing);
    }
}

/// Puts what was asked for on the server; whether it is there now.
async fn sent(dialler: &Dialler, to: &Upload, what: Vec<u8>) -> bool {
    let most = usize::try_from(to.most).unwrap_or(usize::MAX);
    if what.is_empty() || what.len() > most {
        warn!(
            bytes = what.len(),
            most, "what the fleet asked for is larger than it takes"
        );
        return false;
    }
    match dialler.put(to, what).await {
        Ok(()) => true,
        Err(error) => {
            warn!(%error, "what the fleet asked for cannot be put on its server");
            false
        }
    }
}

fn proxy(link: &FleetLink) -> Result<Option<Proxy>> {
    let Some(mut url) = link.proxy.clone() else {
        return Ok(None);
    };
    if let Some(file) = &link.proxy_account {
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the proxy's account in {}", file.display()))?;
        let line = text.lines().next().unwrap_or_default();
        let (name, password) = line.split_once(':').with_context(|| {
            format!("the first line of {} is not NAME:PASSWORD", file.display())
        })?;
        // A proxy's address has a host, so that both can be set.
        let _ = url.set_username(name);
        let _ = url.set_password(Some(password));
    }
    Ok(Some(Proxy(url)))
}
