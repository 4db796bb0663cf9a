//! One honest room: the agent that real rooms have, over a line of its own, and a room that lives its day around it.
//! Decides nothing about the protocol.

use super::cast;
use super::day::{Day, Moment, OfDay};
use super::net::{Cable, Dialler};
use super::squeeze::Squeeze;
use super::tally::Tally;
use crate::fleet::now_ms;
use core::time::Duration;
use fleet_agent::{Agent, Clock, Clocks, Ends, Input, LinkSeen, Now, Output, Remembered, Terms};
use fleet_proto::{
    Boot, BoundedText, CalendarNow, CallNow, ClockNow, Code, Desired, Device, Fault, Outcome,
    Phase, Problem, RoomId, RoomState, Sample, Settled, SwitchNow, Tomorrow, Verb, Way,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Inputs and deeds that wait for each other's side; more never do.
const QUEUE: usize = 32;
/// A line says goodbye at the end within this.
const FAREWELL: Duration = Duration::from_secs(3);
const VERBS: [&str; 6] = [
    "mute",
    "leave",
    "identify",
    "preflight",
    "tomorrow",
    "reset-sound",
];

/// What all rooms of a run share.
#[derive(Debug)]
pub struct World {
    /// Of all days.
    pub seed: u64,
    /// How days lie in real time.
    pub squeeze: Squeeze,
    /// Whether buildings are cut off now and then.
    pub outages: bool,
    /// What is counted.
    pub tally: Arc<Tally>,
    /// Ends the run.
    pub stop: CancellationToken,
}

/// A room.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its number.
    pub number: u32,
    /// Its id.
    pub id: RoomId,
    /// Which board of those that have its key.
    pub board: &'static str,
    /// How it connects.
    pub dialler: Dialler,
    /// How far its clock is ahead, in milliseconds.
    pub ahead_ms: i64,
    /// Whether what happens to its line is judged.
    pub judged: bool,
}

/// A clock that is ahead, or behind.
struct Ahead {
    clocks: Clocks,
    ms: i64,
}

impl Clock for Ahead {
    fn now(&self) -> Now {
        let now = self.clocks.now();
        Now {
            wall_ms: now.wall_ms.saturating_add(self.ms),
            ..now
        }
    }
}

fn code(text: &str) -> Option<Code> {
    text.parse().ok()
}

/// What is different from the day's plan, because somebody told the room.
#[derive(Debug, Default)]
struct Told {
    muted: bool,
    left: bool,
}

struct Living {
    actor: Actor,
    world: Arc<World>,
    day: (u32, Day),
    told: Told,
    phase: Phase,
    inputs: mpsc::Sender<Input>,
    /// How often its cable had been cut when its line came up; nothing while it is down.
    up: Option<u64>,
    in_call: bool,
    calls: u32,
    boot: Boot,
}

/// Lives until the run ends. `None` when the room's words are none of the protocol's, which is a mistake in here.
pub async fn live(actor: Actor, world: Arc<World>) -> Option<()> {
    let boot: Boot = format!("{}-{}", actor.board, world.squeeze.began_ms)
        .parse()
        .ok()?;
    let agent = Agent::new(Terms {
        room: actor.id.clone(),
        software: env!("CARGO_PKG_VERSION").into(),
        boot: boot.clone(),
        verbs: VERBS.iter().filter_map(|verb| code(verb)).collect(),
        grants: None,
        applied: None,
        refused: None,
        remembered: Remembered::default(),
        seed: world.seed ^ u64::from(actor.number),
    });
    let (to_agent, inputs) = mpsc::channel(QUEUE);
    let (deeds, mut from_agent) = mpsc::channel(QUEUE);
    let (seen, mut link) = watch::channel(LinkSeen::Down(None));
    let ends = Ends {
        inputs,
        deeds,
        seen,
    };
    let clock = Ahead {
        clocks: Clocks::default(),
        ms: actor.ahead_ms,
    };
    let dialler = actor.dialler.clone();
    let driven = tokio::spawn(fleet_agent::drive(agent, dialler, clock, ends));
    let (today, _) = world.squeeze.at(now_ms());
    let mut living = Living {
        day: (today, Day::of(world.seed, actor.number, today)),
        actor,
        world,
        told: Told::default(),
        phase: Phase::Standby,
        inputs: to_agent,
        up: None,
        in_call: false,
        calls: 0,
        boot,
    };
    let stop = living.world.stop.clone();
    let mut next = living.turn().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep_until(next) => next = living.turn().await,
            deed = from_agent.recv() => match deed {
                Some(deed) => living.perform(deed).await,
                None => break,
            },
            changed = link.changed() => match changed {
                Ok(()) => { let now = link.borrow_and_update().clone(); living.line(&now); }
                Err(_) => break,
            },
        }
    }
    living.ends();
    drop(living);
    // Whoever listens no more must not hold up what still wants to be said.
    from_agent.close();
    let _ = timeout(FAREWELL, driven).await;
    Some(())
}

impl Living {
    fn now(&self) -> (u32, OfDay) {
        self.world.squeeze.at(now_ms())
    }

    fn moment(&mut self) -> Moment {
        let (day, at) = self.now();
        if day != self.day.0 {
            self.day = (day, Day::of(self.world.seed, self.actor.number, day));
        }
        self.day.1.at(at)
    }

    /// Says how it is now; the answer is when that changes.
    async fn turn(&mut self) -> Instant {
        let moment = self.moment();
        if moment.phase != self.phase {
            self.told = Told::default();
            self.phase = moment.phase;
        }
        if self.world.outages && self.actor.judged {
            self.actor.dialler.cable.unplug_once(moment.away);
        }
        self.say(&moment).await;
        let (day, at) = self.now();
        let next = match self.day.1.next_change(at) {
            Some(next) => (day, next),
            None => (day + 1, OfDay(0)),
        };
        let wait = self.world.squeeze.until(next, now_ms());
        Instant::now() + wait.max(Duration::from_millis(5))
    }

    async fn say(&mut self, moment: &Moment) {
        let state = self.state(moment);
        let in_call = state.phase == Phase::InCall;
        if in_call != self.in_call {
            self.in_call = in_call;
            let by = if in_call { 1 } else { -1 };
            self.world.tally.in_calls.fetch_add(by, Ordering::Relaxed);
            self.calls += u32::from(in_call);
        }
        let _ = self.inputs.send(Input::State(Box::new(state))).await;
    }

    fn line(&mut self, seen: &LinkSeen) {
        let cuts = self.actor.dialler.cable.cuts();
        let tally = &self.world.tally;
        match (seen, self.up) {
            (LinkSeen::Up, None) => {
                self.up = Some(cuts);
                if self.actor.judged {
                    tally.up.fetch_add(1, Ordering::Relaxed);
                    tally.connects.fetch_add(1, Ordering::Relaxed);
                }
            }
            (LinkSeen::Down(why), Some(before)) => {
                self.up = None;
                if self.actor.judged {
                    tally.up.fetch_sub(1, Ordering::Relaxed);
                    if before == cuts {
                        tally.lost(why.as_deref().unwrap_or("ended"));
                    }
                }
            }
            (LinkSeen::Up, Some(_)) | (LinkSeen::Down(_), None) => {}
        }
    }

    fn ends(&mut self) {
        if std::mem::take(&mut self.in_call) {
            self.world.tally.in_calls.fetch_sub(1, Ordering::Relaxed);
        }
    }

    async fn perform(&mut self, deed: Output) {
        match deed {
            Output::Measure => {
                let figures = self.figures();
                let _ = self.inputs.send(Input::Figures(figures)).await;
            }
            Output::Do(command) => {
                let outcome = self.done(&command.verb).await;
                let _ = self.inputs.send(Input::Ended(command.id, outcome)).await;
            }
            Output::Apply(desired) => {
                let settled = settle(&desired);
                self.world.tally.settled.fetch_add(1, Ordering::Relaxed);
                let said = Input::Settled(desired.revision, settled);
                let _ = self.inputs.send(said).await;
            }
            // A simulated room does not outlive its run, and has nothing to update.
            Output::Remember(_)
            | Output::Look
            | Output::Offered(_)
            | Output::Connect
            | Output::Send(_)
            | Output::Ping
            | Output::Close => {}
        }
    }

    async fn done(&mut self, verb: &Verb) -> Outcome {
        self.world.tally.done.fetch_add(1, Ordering::Relaxed);
        match verb {
            Verb::Mute {} => self.told.muted = true,
            Verb::Leave {} => self.told.left = true,
            _ => return Outcome::Done {},
        }
        let moment = self.moment();
        self.say(&moment).await;
        Outcome::Done {}
    }

    fn figures(&self) -> Sample {
        let mut sample = Sample::default();
        let minutes = f64::from(self.calls) * 45.0;
        let faults = self.day.1.at(self.now().1).faults.len();
        for (name, figure) in [("minutes-in-calls", minutes), ("faults", faults as f64)] {
            if let Some(code) = code(name) {
                sample.figures.insert(code, figure);
            }
        }
        sample
    }

    fn state(&self, moment: &Moment) -> RoomState {
        let (day, _) = self.now();
        let real = |at| self.world.squeeze.real_ms(day, at) + self.actor.ahead_ms;
        let left = self.told.left && moment.phase == Phase::InCall;
        let closed = |switch| match self.told.muted || left {
            true => SwitchNow::Closed,
            false => switch,
        };
        let (microphone, camera) = moment.switches;
        let in_call = moment.inside.filter(|_| !left);
        let failure = (moment.phase == Phase::Failed)
            .then(|| code("call-unreachable"))
            .flatten();
        let (meetings, red, yellow) = self.day.1.tomorrow;
        RoomState {
            name: cast::name(self.actor.number).as_str().into(),
            software: env!("CARGO_PKG_VERSION").into(),
            board: code("generic-pc"),
            zone: "Europe/Berlin".into(),
            boot: self.boot.clone(),
            started_ms: self.world.squeeze.began_ms,
            phase: if left { Phase::Standby } else { moment.phase },
            phase_since_ms: real(moment.since),
            call: (in_call.is_some() || failure.is_some()).then(|| CallNow {
                since_ms: in_call.map(real),
                way: Some(Way::Page),
                failure,
            }),
            microphone: closed(microphone),
            camera: if left { SwitchNow::Closed } else { camera },
            next_meeting_ms: moment.next.map(real),
            faults: moment
                .faults
                .iter()
                .filter_map(|spell| {
                    Some(Fault {
                        code: code(spell.code)?,
                        about: spell.about.map(BoundedText::from),
                        since_ms: real(spell.begins),
                        cause: None,
                    })
                })
                .collect(),
            devices: devices(moment),
            proof: None,
            tomorrow: Some(Tomorrow {
                at_ms: self.world.squeeze.began_ms,
                meetings,
                red,
                yellow,
            }),
            calendar: CalendarNow::Fresh {},
            clock: ClockNow::Right,
            packs: Vec::new(),
        }
    }
}

fn devices(moment: &Moment) -> Vec<Device> {
    let gone = |code: &str| moment.faults.iter().any(|fault| fault.code == code);
    let all = [
        ("microphone", "room", !gone("mic-gone")),
        ("loudspeaker", "room", !gone("speaker-gone")),
        ("camera", "front", true),
        ("display", "main", true),
    ];
    all.iter()
        .filter_map(|(kind, role, here)| {
            Some(Device {
                kind: code(kind)?,
                role: (*role).into(),
                here: Some(*here),
                model: None,
                firmware: None,
            })
        })
        .collect()
}

/// A room refuses whole what it cannot read; what its settings may be, only a real room knows.
fn settle(desired: &Desired) -> Settled {
    match desired.settings.parse::<toml::Table>() {
        Ok(_) => Settled::Applied { later: Vec::new() },
        Err(error) => Settled::Refused {
            problems: vec![Problem {
                line: None,
                message: error.message().into(),
                help: None,
            }],
        },
    }
}

impl Cable {
    /// Follows the day: unplugged while the building is cut off.
    fn unplug_once(&self, out: bool) {
        if self.is_out() != out {
            self.unplug(out);
        }
    }
}
