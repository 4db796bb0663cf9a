//! A room around the agent that real rooms have: it does what it is told after a while, keeps what it is to remember, and can be killed
//! at any moment and started again from that. Notes everything that it did.

use super::net::Dialler;
use super::now_ms;
use crate::common::state;
use core::time::Duration;
use fleet_agent::{Agent, Clock, Ends, Input, LinkSeen, Now, Output, Remembered, Terms, drive};
use fleet_proto::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// What survives the room's own end.
#[derive(Default)]
pub struct Disk {
    remembered: Remembered,
    pub applied: Option<Revision>,
    /// How often each command was begun.
    pub begun: BTreeMap<CommandId, u32>,
    /// Commands that were done to their end.
    pub done: Vec<CommandId>,
    /// Documents in the order in which they were laid over the room's file.
    pub revisions: Vec<Revision>,
    starts: u64,
}

pub struct Room {
    pub id: RoomId,
    pub dialler: Dialler,
    pub disk: Arc<Mutex<Disk>>,
    pub faults: Vec<&'static str>,
    seed: u64,
    running: Option<Running>,
}

struct Running {
    inputs: mpsc::Sender<Input>,
    link: watch::Receiver<LinkSeen>,
    boot: Boot,
    tasks: [JoinHandle<()>; 2],
}

struct Clocks(Instant);

impl Clock for Clocks {
    fn now(&self) -> Now {
        Now {
            forward: self.0.elapsed(),
            wall_ms: now_ms(),
        }
    }
}

impl Room {
    pub fn new(id: RoomId, dialler: Dialler, seed: u64) -> Room {
        Room {
            id,
            dialler,
            disk: Arc::default(),
            faults: Vec::new(),
            seed,
            running: None,
        }
    }

    pub async fn start(&mut self) {
        let (remembered, applied, starts) = {
            let mut disk = self.disk.lock().unwrap();
            disk.starts += 1;
            (disk.remembered.clone(), disk.applied, disk.starts)
        };
        let boot: Boot = format!("boot-{starts}").parse().unwrap();
        let agent = Agent::new(Terms {
            room: self.id.clone(),
            software: "0.1.0".into(),
            boot: boot.clone(),
            verbs: vec!["mute".parse().unwrap(), "reset-sound".parse().unwrap()],
            grants: None,
            applied,
            refused: None,
            remembered,
            seed: self.seed ^ starts,
        });
        let (inputs, to_agent) = mpsc::channel(64);
        let (deeds, from_agent) = mpsc::channel(64);
        let (seen, link) = watch::channel(LinkSeen::Down(None));
        let ends = Ends {
            inputs: to_agent,
            deeds,
            seen,
        };
        let clock = Clocks(Instant::now());
        let agent = tokio::spawn(drive(agent, self.dialler.clone(), clock, ends));
        let doing = doing(
            from_agent,
            inputs.clone(),
            Arc::clone(&self.disk),
            StdRng::seed_from_u64(self.seed.wrapping_mul(31) ^ starts),
        );
        self.running = Some(Running {
            inputs,
            link,
            boot,
            tasks: [agent, tokio::spawn(doing)],
        });
        self.say().await;
    }

    /// As a power cut ends it.
    pub async fn die(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        for task in running.tasks {
            task.abort();
            let _ = task.await;
        }
        self.dialler.way.cut();
    }

    /// Says how it is.
    pub async fn say(&self) {
        let Some(running) = &self.running else { return };
        let state = self.state(&running.boot);
        let _ = running.inputs.send(Input::State(Box::new(state))).await;
    }

    pub fn is_up(&self) -> bool {
        let link = self.running.as_ref().map(|running| &running.link);
        link.is_some_and(|link| *link.borrow() == LinkSeen::Up)
    }

    fn state(&self, boot: &Boot) -> RoomState {
        let FromRoom::State(said) = state(0, &self.faults) else {
            unreachable!("a state is one");
        };
        RoomState {
            name: self.id.as_str().into(),
            boot: boot.clone(),
            ..said.of
        }
    }
}

/// Does what the agent says, one after the other.
async fn doing(
    mut deeds: mpsc::Receiver<Output>,
    inputs: mpsc::Sender<Input>,
    disk: Arc<Mutex<Disk>>,
    mut random: StdRng,
) {
    while let Some(deed) = deeds.recv().await {
        let takes = Duration::from_millis(random.random_range(0..4_000));
        let said = match deed {
            Output::Remember(remembered) => {
                disk.lock().unwrap().remembered = *remembered;
                continue;
            }
            Output::Do(command) => {
                let id = command.id.clone();
                *disk.lock().unwrap().begun.entry(id.clone()).or_default() += 1;
                sleep(takes).await;
                disk.lock().unwrap().done.push(id.clone());
                Input::Ended(id, Outcome::Done {})
            }
            Output::Apply(desired) => {
                sleep(takes / 4).await;
                let mut disk = disk.lock().unwrap();
                disk.applied = Some(desired.revision);
                disk.revisions.push(desired.revision);
                Input::Settled(desired.revision, Settled::Applied { later: Vec::new() })
            }
            Output::Measure => Input::Figures(Sample::default()),
            _ => continue,
        };
        if inputs.send(said).await.is_err() {
            return;
        }
    }
}
