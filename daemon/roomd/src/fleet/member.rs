//! A room that belongs to its fleet: its agent, fed with the room's views, and what the agent hands out.

use super::proving::{Proving, Said};
use super::releases::{Follows, Offered, Releases, hindered};
use super::said::{Since, state};
use super::{Ask, Given, Kept, Parts};
use crate::clock;
use anyhow::{Context, Result};
use fleet_agent::link::{Dialler, Proxy};
use fleet_agent::{Agent, Clocks, Ends, Input, LinkSeen, Membership, Output, Terms, drive};
use fleet_proto::{
    Command, Desired, Offer, PackNow, ReleaseNow, RoomState, Sample, Settled, Stage, Wait,
};
use minisign_verify::PublicKey;
use rand::random;
use room_api::{FleetStanding, PackKind};
use room_core::view::{Phase, View};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, interval};
use tracing::{info, warn};

/// How often it is looked whether the certificate is due; it lasts for weeks.
const LOOK_AT_PAPERS: Duration = Duration::from_secs(3600);
/// Offers wait for a quiet hour; each look costs nothing.
const LOOK_AT_OFFERS: Duration = Duration::from_secs(10);
/// What could not be fetched, or had to wait when it was to begin, is looked at again after this.
const AFTER_A_WAIT: Duration = Duration::from_secs(60);
/// Settings are taken in this time, or the daemon is not well.
const TAKEN: Duration = Duration::from_secs(30);

/// Stays in the fleet until the daemon ends.
///
/// # Errors
/// When the room's own files cannot be used.
pub async fn stay(parts: &Parts, member: Membership, proxy: Option<Proxy>) -> Result<()> {
    let settings = parts.kept.settings();
    let grants = grants(parts)?;
    let terms = Terms {
        room: member.room.clone(),
        software: parts.about.software.clone(),
        boot: parts.about.boot.clone(),
        verbs: parts.hands.knows(grants.is_some(), parts.takes()),
        grants,
        applied: settings.applied.as_ref().map(|desired| desired.revision),
        refused: settings.refused,
        remembered: parts.kept.remembered(),
        seed: random(),
    };
    let (members, member) = watch::channel(member);
    let dialler = Dialler {
        key: parts.kept.key()?,
        member,
        proxy,
    };
    let (inputs, room) = mpsc::channel(32);
    let (deeds, outputs) = mpsc::channel(32);
    let (seen, link) = watch::channel(LinkSeen::Down(None));
    let ends = Ends {
        inputs: room,
        deeds,
        seen,
    };
    let driven = drive(Agent::new(terms), dialler.clone(), Clocks::default(), ends);
    let since = Since::new(&parts.about, &parts.hands.views.borrow(), clock::wall());
    let memory = parts.kept.releases();
    let (steps, said) = mpsc::channel(4);
    let desk = Desk {
        parts,
        since,
        inputs,
        jobs: JoinSet::new(),
        figures: Figures::default(),
        members,
        dialler,
        offered: Offered::default(),
        offers: watch::Sender::default(),
        memory,
        proving: JoinSet::new(),
        busy: None,
        again: (Instant::now(), Wait::Busy),
        steps,
        said,
    };
    tokio::select! {
        () = driven => Ok(()),
        done = desk.run(outputs, link) => done,
    }
}

fn grants(parts: &Parts) -> Result<Option<PublicKey>> {
    let key = parts.link.grant_key.as_deref();
    let read = key.map(PublicKey::from_base64).transpose();
    read.context("`fleet.grant_key` of the room's file is no key of minisign")
}

struct Desk<'a> {
    parts: &'a Parts,
    /// Since when the room does what it does.
    since: Since,
    inputs: mpsc::Sender<Input>,
    /// Commands and settings that are being carried out; each ends with what the agent is told.
    jobs: JoinSet<Input>,
    figures: Figures,
    members: watch::Sender<Membership>,
    dialler: Dialler,
    /// What the server offers now, and what was said of it.
    offered: Offered,
    /// The same for the one that is being proven.
    offers: watch::Sender<Vec<Offer>>,
    /// What is remembered of releases.
    memory: Releases,
    /// The release that is being fetched or proven; ends with its last stage.
    proving: JoinSet<(Offer, Stage)>,
    busy: Option<Offer>,
    /// Before that none is begun again that had to wait, and for what it had to.
    again: (Instant, Wait),
    /// Its steps on the way.
    steps: mpsc::Sender<Said>,
    said: mpsc::Receiver<Said>,
}

impl Desk<'_> {
    async fn run(
        mut self,
        mut outputs: mpsc::Receiver<Output>,
        mut link: watch::Receiver<LinkSeen>,
    ) -> Result<()> {
        let mut views = self.parts.hands.views.clone();
        let about = &self.parts.about;
        let mut papers = interval(LOOK_AT_PAPERS);
        let mut looks = interval(LOOK_AT_OFFERS);
        self.show(&link.borrow_and_update().clone());
        self.tell(Input::State(self.state())).await;
        if let Some(offer) = self.memory.goes_on() {
            self.prove(offer);
        }
        loop {
            tokio::select! {
                changed = views.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let view = views.borrow_and_update().clone();
                    self.since.note(about, &view, clock::wall());
                    self.figures.note(&view);
                    self.tell(Input::State(self.state())).await;
                }
                output = outputs.recv() => match output {
                    Some(output) => self.perform(output).await?,
                    None => return Ok(()),
                },
                Some(job) = self.jobs.join_next() => match job {
                    Ok(input) => self.tell(input).await,
                    Err(error) => warn!(%error, "a job of the fleet's did not end"),
                },
                Ok(()) = link.changed() => self.show(&link.borrow_and_update().clone()),
                Some(said) = self.said.recv() => self.goes_on(said).await?,
                Some(ended) = self.proving.join_next() => self.ended(ended).await?,
                _ = papers.tick() => self.renew().await,
                _ = looks.tick() => self.look_at_offers().await,
            }
        }
    }

    fn state(&self) -> Box<RoomState> {
        let packs = self.parts.renewal.told().packs.into_iter();
        let joins = packs.filter(|pack| pack.kind == PackKind::Join);
        let packs = joins.filter_map(|pack| {
            Some(PackNow {
                service: pack.service.parse().ok()?,
                version: pack.version.to_string().as_str().into(),
            })
        });
        let view = self.parts.hands.views.borrow();
        Box::new(state(&self.parts.about, &view, self.since, packs.collect()))
    }

    async fn tell(&self, input: Input) {
        // An agent that has ended takes the whole part with it.
        let _ = self.inputs.send(input).await;
    }

    fn show(&self, link: &LinkSeen) {
        let member = self.members.borrow();
        let problem = match link {
            LinkSeen::Up => None,
            LinkSeen::Down(why) => why.clone(),
        };
        self.parts.stand(FleetStanding::Member {
            room: member.room.to_string(),
            tenant: member.tenant.to_string(),
            connected: *link == LinkSeen::Up,
            since_ms: clock::wall().0,
            problem,
        });
    }

    async fn perform(&mut self, output: Output) -> Result<()> {
        match output {
            Output::Remember(remembered) => self.parts.kept.keep_remembered(&remembered)?,
            Output::Do(command) => self.begin(*command),
            Output::Apply(desired) => self.apply(desired),
            Output::Measure => {
                let sample = self.figures.sample(&self.parts.hands.views.borrow());
                self.tell(Input::Figures(sample)).await;
            }
            // What is there is offered when it is this room's turn.
            Output::Look => {}
            Output::Offered(offers) => {
                self.offers.send_replace(offers.clone());
                self.offered.renew(offers);
                self.look_at_offers().await;
            }
            Output::Connect | Output::Send(_) | Output::Ping | Output::Close => {}
        }
        Ok(())
    }

    /// Begins with a release when its time has come, and says why not when it has not.
    async fn look_at_offers(&mut self) {
        let hindered = {
            let view = self.parts.hands.views.borrow();
            hindered(&view, self.parts.about.has_calendar, clock::wall())
        };
        let (again, why) = self.again;
        let rests = (Instant::now() < again).then_some(why);
        let hindered = hindered.or(rests);
        for follows in self
            .offered
            .look(&self.memory, self.busy.as_ref(), hindered)
        {
            match follows {
                Follows::Say(now) => self.tell(Input::Release(now)).await,
                Follows::Begin(offer) => self.prove(offer),
            }
        }
    }

    fn prove(&mut self, offer: Offer) {
        let target = offer.target.as_str();
        match self.memory.is_begun(&offer) {
            true => info!(
                target,
                "a release of the fleet's is looked at after a new start"
            ),
            false => info!(target, "the fleet offers the room a release"),
        }
        self.busy = Some(offer.clone());
        let parts = self.parts;
        let proving = Proving {
            root: parts.link.release_root.clone(),
            kept: parts.kept.clone(),
            about: parts.about.clone(),
            hands: parts.hands.clone(),
            renewal: parts.renewal.clone(),
            asks: parts.asks.clone(),
            dialler: self.dialler.clone(),
            offered: self.offers.subscribe(),
            upgrades: parts.upgrades.clone(),
            buttons: parts.buttons.clone(),
            boards: parts.boards.clone(),
            patience: parts.patience,
            cut_off: self.memory.before(&offer),
        };
        let steps = self.steps.clone();
        self.proving.spawn(async move {
            let stage = proving.run(offer.clone(), steps).await;
            (offer, stage)
        });
    }

    /// Kept before the room is changed.
    async fn goes_on(&mut self, said: Said) -> Result<()> {
        let Said {
            offer,
            stage,
            before,
            kept,
        } = said;
        self.memory.begin(&offer, before);
        self.parts.kept.keep_releases(&self.memory)?;
        self.tell(Input::Release(ReleaseNow { offer, stage })).await;
        // Whoever proves has ended when nobody listens.
        let _ = kept.send(());
        Ok(())
    }

    async fn ended(&mut self, ended: Result<(Offer, Stage), JoinError>) -> Result<()> {
        let (offer, stage) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // A panic ends the daemon; this is a job that was called off with it.
                warn!(%error, "a release did not come to its end");
                return Ok(());
            }
        };
        self.busy = None;
        if let Stage::Waiting { why } = stage {
            self.again = (Instant::now() + AFTER_A_WAIT, why);
        }
        self.memory.end(&offer, stage.clone());
        self.parts.kept.keep_releases(&self.memory)?;
        self.tell(Input::State(self.state())).await;
        self.tell(Input::Release(ReleaseNow { offer, stage })).await;
        Ok(())
    }

    fn begin(&mut self, command: Command) {
        info!(verb = command.verb.name(), "the fleet asks the room");
        let hands = self.parts.hands.clone();
        let given = Given {
            dialler: self.dialler.clone(),
            state: self.state(),
        };
        self.jobs.spawn(async move {
            let outcome = hands.perform(&command.verb, &given).await;
            Input::Ended(command.id, outcome)
        });
    }

    fn apply(&mut self, desired: Desired) {
        let (asks, kept) = (self.parts.asks.clone(), self.parts.kept.clone());
        let standing = self.parts.standing.clone();
        self.jobs.spawn(async move {
            let revision = desired.revision;
            let settled = take(&asks, desired.clone()).await;
            note(&kept, desired, &settled);
            if let Settled::Applied { .. } = settled {
                standing.send_modify(|answer| answer.settings = Some(revision.0));
            }
            Input::Settled(revision, settled)
        });
    }

    /// A new certificate before the old one ends; the connection goes on with the old one.
    async fn renew(&self) {
        let member = self.members.borrow().clone();
        let due = match member.renew_at_s() {
            Ok(at) => at <= clock::wall().0 / 1000,
            Err(error) => {
                warn!(%error, "the room's certificate cannot be looked at");
                return;
            }
        };
        if !due {
            return;
        }
        match self.dialler.renew().await {
            Ok(member) => {
                info!("the room's certificate for its fleet was renewed");
                if let Err(error) = self.parts.kept.keep_membership(&member) {
                    let error = format!("{error:#}");
                    warn!(
                        error,
                        "the renewed certificate cannot be kept; it counts until the next start"
                    );
                }
                self.members.send_replace(member);
            }
            Err(error) => {
                warn!(%error, "the room's certificate for its fleet was not renewed; it is tried again in an hour")
            }
        }
    }
}

/// Lays the settings over the room's file.
pub(super) async fn take(asks: &mpsc::Sender<Ask>, desired: Desired) -> Settled {
    let (settled, answer) = oneshot::channel();
    let refused = |message: &str| Settled::Refused {
        problems: vec![fleet_proto::Problem {
            line: None,
            message: message.into(),
            help: None,
        }],
    };
    let ask = Ask::Settings { desired, settled };
    if asks.send(ask).await.is_err() {
        return refused("the daemon is ending");
    }
    match tokio::time::timeout(TAKEN, answer).await {
        Ok(Ok(settled)) => settled,
        Ok(Err(_)) | Err(_) => refused("the daemon did not take the settings in time"),
    }
}

fn note(kept: &Kept, desired: Desired, settled: &Settled) {
    let mut settings = kept.settings();
    match settled {
        Settled::Applied { .. } => settings.applied = Some(desired),
        Settled::Refused { .. } => settings.refused = Some(desired.revision),
    }
    if let Err(error) = kept.keep_settings(&settings) {
        let error = format!("{error:#}");
        warn!(
            error,
            "the fleet's settings cannot be kept; they count until the next start"
        );
    }
}

/// Seconds by what the room did, since the daemon's start; nothing about whom and what.
#[derive(Debug)]
struct Figures {
    doing: Doing,
    since: Instant,
    seconds: BTreeMap<Doing, f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Idle,
    InCall,
    /// On its way into a call, or back into it.
    Entering,
    /// A call that could not be had.
    Failed,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            doing: Doing::Idle,
            since: Instant::now(),
            seconds: BTreeMap::new(),
        }
    }
}

impl Figures {
    fn note(&mut self, view: &View) {
        let now = Instant::now();
        let passed = now.duration_since(self.since).as_secs_f64();
        *self.seconds.entry(self.doing).or_default() += passed;
        self.since = now;
        self.doing = match view.phase {
            Phase::InCall { .. } => Doing::InCall,
            Phase::Joining(_)
            | Phase::Waiting { .. }
            | Phase::AsksPasscode { .. }
            | Phase::PersonNeeded(_)
            | Phase::Reconnecting { .. } => Doing::Entering,
            Phase::Failed { .. } => Doing::Failed,
            Phase::Standby | Phase::Announced { .. } | Phase::Leaving | Phase::Ended(_) => {
                Doing::Idle
            }
        };
    }

    fn sample(&mut self, view: &View) -> Sample {
        self.note(view);
        let seconds = |doing| self.seconds.get(&doing).copied().unwrap_or_default();
        let all = [
            ("call-seconds", seconds(Doing::InCall)),
            ("entering-seconds", seconds(Doing::Entering)),
            ("failed-seconds", seconds(Doing::Failed)),
            ("in-call", f64::from(u8::from(self.doing == Doing::InCall))),
            (
                "faults",
                f64::from(u32::try_from(view.faults.len()).unwrap_or(u32::MAX)),
            ),
        ];
        let figures = all.into_iter();
        Sample {
            figures: figures
                .filter_map(|(name, figure)| Some((name.parse().ok()?, figure)))
                .collect(),
        }
    }
}
