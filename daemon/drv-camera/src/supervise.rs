//! Keeps one camera in sight: hears the bell, does what the engine orders away from the loop, and reports. Decides nothing.

use crate::bell::Bell;
use crate::engine::{Engine, Input, Job, Lost, Opened, Order, Proof, Use};
use crate::error::CameraError;
use crate::find::Wanted;
use crate::machine::{Machine, Shot};
use crate::mode::{Mode, Purpose, choose};
use crate::preset::{self, AntiFlicker, CameraModel, Preset};
use crate::{health, machine};
use core::time::Duration;
use room_core::event::Event;
use room_core::failure::CameraFailure;
use room_core::ids::CameraId;
use room_core::units::Mono;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A camera of the room, as values that were checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraConfig {
    /// Its role in the room; stands in every event.
    pub id: CameraId,
    /// Which one it is.
    pub wanted: Wanted,
    /// Against the flicker of lamps.
    pub flicker: AntiFlicker,
    /// What it looks at.
    pub preset: Preset,
    /// What is known about its model.
    pub model: CameraModel,
    /// Between two looks at its picture while nobody has it.
    pub look_every: Duration,
}

/// A look that has no picture by then gets none.
const LOOK_WITHIN: Duration = Duration::from_secs(6);
/// Should a ring get lost, a camera is found after this. Reading sysfs opens no device.
const LOOK_ROUND: Duration = Duration::from_secs(10);

/// What a camera's driver lives in.
#[derive(Debug)]
pub struct Surroundings {
    /// Where the cameras are.
    pub machine: Arc<dyn Machine>,
    /// Rings when something is plugged, pulled, opened or closed.
    pub bell: Bell,
    /// Whose the cameras are.
    pub uses: watch::Receiver<Use>,
    /// What is asked of it beside.
    pub asks: mpsc::Receiver<Ask>,
}

/// What a camera's driver can be asked.
#[derive(Debug)]
pub enum Ask {
    /// What the picture is good for now: some looks in a row. Whoever does not wait any more drops the receiver.
    Prove(oneshot::Sender<Proof>),
    /// Let go of the camera and open it again.
    Reopen,
}

/// Runs the camera until nobody listens to its events any more.
pub async fn supervise(config: CameraConfig, around: Surroundings, out: mpsc::Sender<Event>) {
    let Surroundings {
        machine,
        bell,
        mut uses,
        mut asks,
    } = around;
    let began = Instant::now();
    let used = *uses.borrow_and_update();
    let mut keeper = Keeper {
        engine: Engine::new(config.wanted.clone(), config.look_every, used),
        config: Arc::new(config),
        machine,
        bell,
        job: None,
        told: Vec::new(),
        asked: Vec::new(),
        began,
    };
    keeper.step(Input::Nodes(keeper.machine.find()));
    let mut round = tokio::time::interval_at(began + LOOK_ROUND, LOOK_ROUND);
    let mut used_for_ever = false;
    let mut asked_for_ever = false;
    loop {
        for seen in std::mem::take(&mut keeper.told) {
            tracing::debug!(camera = %keeper.config.id, ?seen, "camera");
            if out
                .send(Event::Camera(keeper.config.id.clone(), seen))
                .await
                .is_err()
            {
                return;
            }
        }
        let deadline = keeper
            .engine
            .next_deadline()
            .map(|at| began + Duration::from_millis(at.0));
        let input = tokio::select! {
            ended = ended(&mut keeper.job) => {
                keeper.job = None;
                // Our own hands are not somebody's.
                keeper.bell.hush();
                ended
            }
            ring = keeper.bell.ring() => {
                if ring.touched && keeper.job.is_none() {
                    keeper.step(Input::Touched);
                }
                match ring.plugged {
                    true => Input::Nodes(keeper.machine.find()),
                    false => Input::Tick,
                }
            }
            changed = uses.changed(), if !used_for_ever => {
                used_for_ever = changed.is_err();
                Input::Use(*uses.borrow_and_update())
            }
            ask = asks.recv(), if !asked_for_ever => match ask {
                Some(Ask::Prove(answer)) => {
                    keeper.asked.push(answer);
                    Input::Prove
                }
                Some(Ask::Reopen) => Input::Reopen,
                None => {
                    asked_for_ever = true;
                    Input::Tick
                }
            },
            _ = round.tick() => Input::Nodes(keeper.machine.find()),
            () = wait_until(deadline) => Input::Tick,
            () = out.closed() => return,
        };
        keeper.step(input);
    }
}

struct Keeper {
    engine: Engine,
    config: Arc<CameraConfig>,
    machine: Arc<dyn Machine>,
    bell: Bell,
    job: Option<JoinHandle<Input>>,
    told: Vec<room_core::event::CameraSeen>,
    asked: Vec<oneshot::Sender<Proof>>,
    began: Instant,
}

impl Keeper {
    fn step(&mut self, input: Input) {
        let now = Mono(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX));
        for order in self.engine.step(now, input) {
            match order {
                Order::Tell(seen) => self.told.push(seen),
                Order::Proven(proof) => {
                    for answer in self.asked.drain(..) {
                        // Whoever dropped the receiver does not want to know any more.
                        let _ = answer.send(proof);
                    }
                }
                Order::Mind(node) => self.bell.mind(node.as_deref()),
                Order::Do(job) => {
                    let (machine, config) = (Arc::clone(&self.machine), Arc::clone(&self.config));
                    self.job = Some(tokio::task::spawn_blocking(move || {
                        run(&*machine, &config, job)
                    }));
                }
            }
        }
    }
}

async fn ended(job: &mut Option<JoinHandle<Input>>) -> Input {
    match job {
        // A job that panics ends the daemon before anybody waits for it, and none is ever aborted.
        Some(job) => job.await.unwrap_or(Input::Tick),
        None => core::future::pending().await,
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => core::future::pending().await,
    }
}

fn run(machine: &dyn Machine, config: &CameraConfig, job: Job) -> Input {
    match job {
        Job::Open(nodes) => Input::Opened(open(machine, config, &nodes)),
        Job::AskTaken(node) => {
            Input::Taken(machine.taken(&node).map_err(|error| lost(config, &error)))
        }
        Job::Look(node, mode) => {
            Input::Looked(look(machine, config, &node, mode).map_err(|error| lost(config, &error)))
        }
    }
}

/// The first of these that is a camera, with the room's settings.
fn open(
    machine: &dyn Machine,
    config: &CameraConfig,
    nodes: &[PathBuf],
) -> Result<Opened, CameraFailure> {
    let mut last = CameraError::Absent(config.wanted.to_string());
    for node in nodes {
        match machine.probe(node) {
            Ok(probe) => {
                tracing::info!(camera = %config.id, node = %node.display(), name = probe.card, "camera found");
                set(machine, config, node, &probe);
                return Ok(Opened {
                    mode: choose(&probe.offers, Purpose::Look),
                    node: node.clone(),
                });
            }
            // Of several nodes of one camera the one that is no camera says the least.
            Err(error) if !matches!(error, CameraError::NoCamera { .. }) || nodes.len() == 1 => {
                last = error
            }
            Err(error) => {
                if matches!(last, CameraError::Absent(_)) {
                    last = error;
                }
            }
        }
    }
    tracing::warn!(camera = %config.id, error = %Chain(&last), "camera cannot be used");
    Err(last.failure().unwrap_or(CameraFailure::Broken))
}

fn set(machine: &dyn Machine, config: &CameraConfig, node: &Path, probe: &machine::Probe) {
    let settings = preset::plan(
        config.preset,
        config.flicker,
        &config.model,
        &probe.controls,
    );
    for what in settings.lacking {
        tracing::warn!(camera = %config.id, what, "the room's file asks for what this camera has not");
    }
    for one in settings.set {
        let name = probe
            .controls
            .iter()
            .find(|control| control.id == one.control)
            .map_or("", |control| &control.name);
        match machine.set(node, one.control, one.value) {
            Ok(seen) if seen.is_none_or(|seen| seen == one.value) => {}
            Ok(seen) => {
                tracing::warn!(camera = %config.id, control = name, wanted = one.value, ?seen, "the camera set something else");
            }
            Err(error) => {
                tracing::warn!(camera = %config.id, control = name, error = %Chain(&error), "not set")
            }
        }
    }
}

fn look(
    machine: &dyn Machine,
    config: &CameraConfig,
    node: &Path,
    mode: Mode,
) -> Result<(Option<health::Measures>, bool), CameraError> {
    let shot = Shot {
        mode,
        settle: config.model.settle,
        within: LOOK_WITHIN,
    };
    let frame = machine.take(node, shot)?;
    let measures = health::measure(&frame.grey()?);
    let shuttered = preset::shuttered(&machine.probe(node)?.controls);
    tracing::trace!(camera = %config.id, ?measures, shuttered, "looked");
    Ok((measures, shuttered))
}

fn lost(config: &CameraConfig, error: &CameraError) -> Lost {
    match error.failure() {
        None => Lost::InUse,
        Some(failure) => {
            tracing::warn!(camera = %config.id, error = %Chain(error), "camera cannot be used");
            Lost::Failed(failure)
        }
    }
}

/// An error with its causes on one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl core::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
