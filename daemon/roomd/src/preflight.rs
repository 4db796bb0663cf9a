//! The room proves itself: one task that runs the checks in their order when the room says so, repairs once what it can, and
//! keeps what came of it. Decides no time and no verdict. Dropping a run ends it: sound falls silent, and a head is told to
//! stop by whoever says so, at once.

mod around;
mod checks;
mod echo;
mod heads;
mod hours;
mod loops;
mod repair;
mod reports;
mod sip;

pub use around::{Devices, Limits, Reach, RoomSound};
pub use checks::limits;
pub use heads::{Heads, Moves};
pub use hours::{hours, keep as keep_hours};
pub use reports::{Reports, Told};
pub use sip::SipServer;

use crate::clock;
use checks::Kit;
use loops::Hearings;
use preflight::sound::Verdict;
use preflight::{Check, Checked, Input, Order, Plan, Run, Stop, Surroundings, Trouble};
use preflight_probe::shelf::{Ahead, Kept, Shelf};
use room_core::event::Event;
use room_core::ids::CheckCode;
use room_core::preflight::{Coming, Light, MeetingJudged, PreflightCommand, PreflightSeen, RunId};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tracing::{info, warn};

/// What shall be run now.
#[derive(Debug, Clone)]
enum Wanted {
    Room {
        run: RunId,
        aloud: bool,
        meeting: Option<Box<Coming>>,
    },
    Ahead {
        run: RunId,
        meetings: Vec<Coming>,
    },
}

/// Where the room says what it wants. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    wanted: watch::Sender<Option<Wanted>>,
    moves: Moves,
}

/// The owner of the checks.
pub struct Prover {
    kit: Kit,
    shelf: Shelf,
    told: watch::Sender<Arc<Told>>,
    out: mpsc::Sender<Event>,
}

impl Desk {
    /// With nothing wanted yet. What `moves` was moving stands still when the room says stop.
    pub fn new(moves: Moves) -> Desk {
        Desk {
            wanted: watch::Sender::new(None),
            moves,
        }
    }

    /// Hands over a command; returns at once.
    pub fn command(&self, command: PreflightCommand) {
        self.moves.stop();
        self.wanted.send_replace(match command {
            PreflightCommand::Start {
                run,
                aloud,
                meeting,
            } => Some(Wanted::Room {
                run,
                aloud,
                meeting,
            }),
            PreflightCommand::LookAhead { run, meetings } => Some(Wanted::Ahead { run, meetings }),
            PreflightCommand::Stop => None,
        });
    }
}

impl Prover {
    /// With whatever it can reach; what came of earlier runs is read.
    pub fn new(reach: Reach, shelf: Shelf, out: mpsc::Sender<Event>) -> Prover {
        let told = Told::read(&shelf);
        Prover {
            kit: Kit::new(reach),
            told: watch::Sender::new(Arc::new(told)),
            shelf,
            out,
        }
    }

    /// What came of runs, as it changes.
    pub fn told(&self) -> watch::Receiver<Arc<Told>> {
        self.told.subscribe()
    }

    /// Runs what is wanted, one after the other, until nobody can want anything any more.
    pub async fn run(self, desk: Desk) {
        let mut wanted = desk.wanted.subscribe();
        drop(desk);
        loop {
            let now = wanted.borrow_and_update().clone();
            let work = async {
                match now {
                    Some(now) => self.work(now).await,
                    None => core::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = wanted.changed() => {
                    self.doing(None);
                    if changed.is_err() {
                        return;
                    }
                    continue;
                }
                () = work => {}
            }
            if wanted.changed().await.is_err() {
                return;
            }
        }
    }

    async fn work(&self, wanted: Wanted) {
        let (run, seen) = match wanted {
            Wanted::Room {
                run,
                aloud,
                meeting,
            } => (run, self.prove(run, aloud, meeting.as_deref()).await),
            Wanted::Ahead { run, meetings } => (run, self.look_ahead(&meetings).await),
        };
        self.doing(None);
        // Without a loop there is nobody to tell.
        let _ = self.out.send(Event::Preflight(run, seen)).await;
    }

    fn doing(&self, check: Option<Check>) {
        self.told.send_if_modified(|told| {
            let news = told.doing != check;
            if news {
                Arc::make_mut(told).doing = check;
            }
            news
        });
    }

    async fn prove(&self, id: RunId, aloud: bool, meeting: Option<&Coming>) -> PreflightSeen {
        let at = clock::wall().0.div_euclid(1000);
        let around = Surroundings {
            call: false,
            occupied: self.kit.somebody_speaks().await,
            quiet: !aloud,
        };
        let hearings = Hearings {
            run: id,
            room: self.out.clone(),
            views: self.kit.reach.views.clone(),
        };
        let run = match self.plan(around, meeting, &hearings).await {
            Ok(run) => run,
            Err(stop) => {
                info!(why = ?stop, "the room is not proven now");
                return PreflightSeen::Occupied;
            }
        };
        if let Some(proof) = echo::proof(&run) {
            info!(?proof, "the microphone's own canceller was tried");
            // Without a loop there is nobody to tell.
            let _ = self
                .out
                .send(Event::Preflight(id, PreflightSeen::Echo(proof)))
                .await;
        }
        let codes = codes(run.troubles());
        let Some(verdict) = run.verdict() else {
            info!("the room has nothing that a check could judge");
            return PreflightSeen::Unable;
        };
        let light = light(verdict);
        info!(?light, ?codes, "the room was proven");
        let view = self.kit.reach.views.borrow().clone();
        let run = run.in_names(|check, role| checks::called(&view, check, role));
        let kept = Kept { at, run };
        if let Err(error) = self.shelf.remember(&kept) {
            let error = format!("{:#}", anyhow::Error::from(error));
            warn!(error, "what came of the check is not kept");
        }
        let history = self.shelf.history();
        self.told.send_modify(|told| {
            let told = Arc::make_mut(told);
            (told.last, told.history) = (Some(kept), history);
        });
        PreflightSeen::Judged(light, codes)
    }

    /// Everything in its order, each within its time, repaired once and judged again.
    async fn plan(
        &self,
        around: Surroundings,
        meeting: Option<&Coming>,
        hearings: &Hearings,
    ) -> Result<Run, Stop> {
        type Doing<'a> = Pin<Box<dyn Future<Output = Input> + Send + 'a>>;
        let begin = Instant::now();
        let wanted = self.kit.wanted(meeting);
        let (mut plan, mut orders) = Plan::begin(Duration::ZERO, &wanted, around)?;
        let mut doing: Option<Doing<'_>> = None;
        let mut found: Vec<Trouble> = Vec::new();
        loop {
            for order in orders {
                match order {
                    Order::Start(check) => {
                        self.doing(Some(check));
                        let checking = self.kit.check(check, meeting, hearings);
                        doing = Some(Box::pin(async move { Input::Checked(checking.await) }));
                    }
                    Order::Abandon(_) => doing = None,
                    Order::Repair(repairs) => {
                        info!(?repairs, "tried, to mend what was found");
                        let found = std::mem::take(&mut found);
                        doing = Some(Box::pin(async move {
                            self.kit.repair(&repairs, &found).await;
                            Input::Repaired
                        }));
                    }
                    Order::Finished(run) => return Ok(run),
                }
            }
            let input = tokio::select! {
                input = done(&mut doing) => input,
                () = tokio::time::sleep_until(begin + plan.next_deadline().unwrap_or_default()) => Input::Tick,
            };
            if let Input::Checked(Checked { troubles, .. }) = &input {
                found.clone_from(troubles);
            }
            if !matches!(input, Input::Tick) {
                doing = None;
            }
            orders = plan.step(begin.elapsed(), input);
        }
    }

    async fn look_ahead(&self, meetings: &[Coming]) -> PreflightSeen {
        let mut ahead = Vec::new();
        let mut judged = Vec::new();
        for meeting in meetings {
            let troubles = self.kit.ahead(meeting).await;
            let worst = troubles.iter().map(Trouble::verdict).max();
            judged.push(MeetingJudged {
                start: meeting.start,
                light: light(worst.unwrap_or(Verdict::Green)),
                codes: codes(troubles.iter().collect()),
            });
            ahead.push(Ahead {
                start_ms: meeting.start.0,
                troubles,
            });
        }
        let bad = judged.iter().filter(|m| m.light != Light::Green).count();
        info!(
            meetings = judged.len(),
            bad, "looked at the next day's meetings"
        );
        if let Err(error) = self.shelf.foresee(&ahead) {
            let error = format!("{:#}", anyhow::Error::from(error));
            warn!(error, "what was seen of the next day is not kept");
        }
        self.told
            .send_modify(|told| Arc::make_mut(told).tomorrow = ahead);
        PreflightSeen::Ahead(judged)
    }
}

async fn done(doing: &mut Option<Pin<Box<dyn Future<Output = Input> + Send + '_>>>) -> Input {
    match doing {
        Some(doing) => doing.await,
        None => core::future::pending().await,
    }
}

fn light(verdict: Verdict) -> Light {
    match verdict {
        Verdict::Green => Light::Green,
        Verdict::Yellow => Light::Yellow,
        Verdict::Red => Light::Red,
    }
}

/// Each once, worst first.
fn codes(troubles: Vec<&Trouble>) -> Vec<CheckCode> {
    let mut known = BTreeSet::new();
    let codes = troubles.into_iter().map(Trouble::code);
    codes
        .filter(|code| known.insert(*code))
        .map(CheckCode::new)
        .collect()
}
