//! The stories: what is done to the rooms, what is waited for, and what the server must say of it.

use super::cast::{Mischief, Part, Story};
use super::gauge::Gauge;
use super::outcome::{Outcome, round};
use super::stage::{Played, Stage};
use super::traffic::mute;
use super::{SimulateError, Wanted};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// A server that needs longer for anything has failed.
const LIMIT: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(50);
const SAY: Duration = Duration::from_secs(5);

/// Plays it. Stopped early, it ends its rooms and says what there is to say.
///
/// # Errors
/// When it cannot begin, or the server's API fails.
pub async fn simulate(
    wanted: Wanted,
    stop: &CancellationToken,
    mut progress: impl FnMut(String),
) -> Result<Outcome, SimulateError> {
    let stage = Stage::set(&wanted, stop, &mut progress).await?;
    let outcome = Outcome::of(wanted.story, stage.rooms.len(), stage.honest());
    let began = Instant::now();
    let mut run = Run {
        stage,
        wanted,
        outcome,
        progress,
        stop: stop.clone(),
        said: began,
    };
    run.watched("server_before");
    run.stage.begin();
    let played = run.story().await;
    run.watched("server_at_the_end");
    run.stage.end().await;
    let Run {
        stage,
        wanted,
        mut outcome,
        ..
    } = run;
    outcome.take(&stage.world.tally);
    outcome.put("seconds", json!(round(began.elapsed().as_secs_f64())));
    if wanted.turn_out {
        stage.turn_out().await?;
    }
    played.map(|()| outcome)
}

/// A run that is under way.
pub(super) struct Run<P> {
    pub stage: Stage,
    pub wanted: Wanted,
    pub outcome: Outcome,
    progress: P,
    stop: CancellationToken,
    said: Instant,
}

impl<P: FnMut(String)> Run<P> {
    async fn story(&mut self) -> Result<(), SimulateError> {
        let began = Instant::now();
        self.all_up("connected").await;
        let took = began.elapsed().as_secs_f64();
        self.outcome.put("connected_after_s", json!(round(took)));
        match self.wanted.story {
            Story::Day => {
                self.go_on(self.wanted.lasts.map(Duration::from_secs)).await;
                self.all_up("connected_at_the_end").await;
            }
            Story::Storm => self.storm().await,
            Story::Slow => self.slow().await?,
            Story::Clocks | Story::Duplicates => self.noticed().await?,
            Story::Hostile => {
                self.villains().await;
                self.noticed().await?;
            }
            Story::Numbers => self.numbers().await?,
        }
        self.innocent().await
    }

    /// Waits until something is so; false when it was not in time, or the run was stopped.
    pub async fn until(&mut self, mut is: impl FnMut(&Stage) -> bool) -> bool {
        let end = Instant::now() + LIMIT;
        while !is(&self.stage) {
            if Instant::now() > end || self.stop.is_cancelled() {
                return false;
            }
            self.look();
            sleep(LOOK).await;
        }
        true
    }

    fn look(&mut self) {
        if self.said.elapsed() < SAY {
            return;
        }
        self.said = Instant::now();
        let world = &self.stage.world;
        let (_, at) = world.squeeze.at(crate::fleet::now_ms());
        let calls = world.tally.in_calls.load(Ordering::Relaxed);
        let (up, of) = (world.tally.is_up(), self.stage.honest());
        let out = of - self.stage.plugged();
        (self.progress)(format!(
            "{at}  {up} of {of} rooms connected, {out} without a network, {calls} in calls"
        ));
    }

    /// Every honest room whose cable is in has a line.
    async fn all_up(&mut self, name: &str) {
        let up = self.until(|stage| {
            let plugged = i64::try_from(stage.plugged()).unwrap_or(i64::MAX);
            stage.world.tally.is_up() >= plugged
        });
        let up = up.await;
        let (count, of) = (self.stage.world.tally.is_up(), self.stage.plugged());
        self.outcome.put(name, json!(count));
        if !up && !self.stop.is_cancelled() {
            self.outcome
                .failed(format!("{count} of {of} rooms connected in time"));
        }
    }

    /// For so long, or until told to stop.
    pub async fn go_on(&mut self, lasts: Option<Duration>) {
        let end = lasts.map(|lasts| Instant::now() + lasts);
        while !self.stop.is_cancelled() && end.is_none_or(|end| Instant::now() < end) {
            self.look();
            sleep(LOOK).await;
        }
    }

    pub async fn storm(&mut self) {
        let tally = Arc::clone(&self.stage.world.tally);
        let honest = self.stage.honest() as u64;
        let before = tally.connects.load(Ordering::Relaxed);
        self.stage.no_ramp();
        let gauge = self.wanted.watch.map(Gauge);
        let mark = gauge.and_then(|gauge| gauge.mark().ok());
        let began = Instant::now();
        for room in &self.stage.rooms {
            room.cable.cut();
        }
        let back = self.until(|_| tally.connects.load(Ordering::Relaxed) >= before + honest);
        let back = back.await;
        let took = round(began.elapsed().as_secs_f64());
        let came = tally.connects.load(Ordering::Relaxed) - before;
        let core = gauge
            .zip(mark)
            .and_then(|(gauge, mark)| gauge.seconds(mark).ok());
        let said = json!({ "rooms": came, "seconds": took, "server_core_s": core.map(round) });
        self.outcome.put("storm", said);
        if !back {
            self.outcome
                .failed(format!("{came} of {honest} rooms came back from the storm"));
        }
        self.all_up("connected_after_the_storm").await;
    }

    /// A slow room is told something, and answers.
    async fn slow(&mut self) -> Result<(), SimulateError> {
        let slow = self.stage.rooms.iter();
        let slow: Vec<_> = slow
            .filter(|room| matches!(room.part, Part::Slow(_)))
            .collect();
        let mut answered = 0;
        for room in &slow {
            let began = Instant::now();
            match mute(&self.stage.api, &room.id).await {
                Ok(()) => answered += 1,
                Err(SimulateError::Answer) => {
                    let after = began.elapsed();
                    self.outcome
                        .failed(format!("{} did not answer in {after:.1?}", room.id));
                }
                Err(error) => return Err(error),
            }
        }
        self.outcome
            .put("slow", json!({ "rooms": slow.len(), "answered": answered }));
        Ok(())
    }

    /// Every kind of mischief was done and met.
    async fn villains(&mut self) {
        let kinds = |stage: &Stage| -> Vec<Mischief> {
            let parts = stage.rooms.iter().map(|room| room.part);
            parts
                .filter_map(|part| match part {
                    Part::Hostile(mischief) => Some(mischief),
                    _ => None,
                })
                .collect()
        };
        let done = self.until(|stage| {
            let met = stage.world.tally.hostile();
            kinds(stage)
                .iter()
                .all(|mischief| met.contains_key(mischief))
        });
        if !done.await {
            self.outcome.failed("not every mischief was done in time");
        }
        for (mischief, (_, went_on)) in self.stage.world.tally.hostile() {
            if went_on > 0 && mischief != Mischief::Foreign {
                let word = mischief.word();
                self.outcome
                    .failed(format!("{went_on} rooms that were {word} were let go on"));
            }
        }
    }

    async fn ask(&self, room: &Played) -> Result<Value, SimulateError> {
        self.stage
            .api
            .get(&format!("/api/v1/rooms/{}", room.id))
            .await
    }

    /// The server says of each room what it has to say.
    async fn noticed(&mut self) -> Result<(), SimulateError> {
        let end = Instant::now() + LIMIT;
        let (mut wanted, mut seen) = (0, 0);
        let rooms = std::mem::take(&mut self.stage.rooms);
        for room in &rooms {
            let Some(trouble) = room.part.trouble() else {
                continue;
            };
            wanted += 1;
            while Instant::now() < end && !self.stop.is_cancelled() {
                if says(&self.ask(room).await?, trouble) {
                    seen += 1;
                    break;
                }
                sleep(LOOK).await;
            }
        }
        self.stage.rooms = rooms;
        self.outcome
            .put("noticed", json!({ "wanted": wanted, "seen": seen }));
        if seen < wanted {
            self.outcome.failed(format!(
                "the server noticed {seen} of {wanted} rooms that it has to notice"
            ));
        }
        Ok(())
    }

    /// Of rooms that do nothing wrong nothing is said.
    async fn innocent(&mut self) -> Result<(), SimulateError> {
        let mut accused = Vec::new();
        // Of a large fleet some are asked: an answer takes a while each.
        let step = self.stage.rooms.len().div_ceil(200).max(1);
        for room in self.stage.rooms.iter().step_by(step) {
            if room.part.trouble().is_some() || self.stop.is_cancelled() {
                continue;
            }
            let said = self.ask(room).await?;
            if ["two-boards", "misbehaves", "clock"]
                .iter()
                .any(|trouble| says(&said, trouble))
            {
                accused.push(room.id.to_string());
            }
        }
        for id in accused {
            self.outcome
                .failed(format!("the server says of {id} what it did not do"));
        }
        Ok(())
    }
}

fn says(card: &Value, trouble: &str) -> bool {
    let troubles = card["troubles"].as_array();
    troubles.is_some_and(|all| all.iter().any(|one| one == trouble))
}
