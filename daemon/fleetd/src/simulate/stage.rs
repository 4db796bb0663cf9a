//! The rooms of a run: taken in, brought to life, and ended. Plays no story.

use super::api::Api;
use super::cast::{self, Part};
use super::hostile::{Villain, misbehave};
use super::net::{Cable, Dialler};
use super::papers::{self, Papers};
use super::room::{Actor, World, live};
use super::squeeze::Squeeze;
use super::tally::Tally;
use super::{SimulateError, Story, Wanted};
use crate::fleet::now_ms;
use fleet_proto::RoomId;
use reqwest::Method;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Connections that begin at the same time, before the first story.
const RAMP: usize = 100;
/// All rooms have ended within this.
const ENDING: Duration = Duration::from_secs(15);

/// One room of the run.
#[derive(Debug)]
pub(super) struct Played {
    pub number: u32,
    pub id: RoomId,
    pub part: Part,
    pub cable: Arc<Cable>,
}

/// All of them, and what they share.
pub(super) struct Stage {
    pub api: Api,
    pub rooms: Vec<Played>,
    pub world: Arc<World>,
    papers: Vec<Papers>,
    ramp: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Stage {
    /// Takes all rooms in; none lives yet.
    pub async fn set(
        wanted: &Wanted,
        stop: &CancellationToken,
        mut progress: impl FnMut(String),
    ) -> Result<Stage, SimulateError> {
        if !(wanted.speed > 0.0 && wanted.speed <= 100_000.0) {
            return Err(SimulateError::Speed);
        }
        let text = |file: &std::path::Path| {
            let named =
                |e: std::io::Error| std::io::Error::other(format!("{}: {e}", file.display()));
            std::fs::read_to_string(file).map_err(named)
        };
        let (authority, token) = (text(&wanted.authority)?, text(&wanted.token)?);
        let api = Api::new(wanted.server.clone(), &authority, &token)?;
        let ids = (0..wanted.rooms).map(|number| {
            let id = cast::id(&wanted.prefix, number);
            Ok((
                number,
                id.ok_or_else(|| SimulateError::Prefix(wanted.prefix.clone()))?,
            ))
        });
        let ids: Vec<(u32, RoomId)> = ids.collect::<Result<_, SimulateError>>()?;
        let known = match &wanted.papers {
            Some(file) => papers::read(file)?,
            None => HashMap::new(),
        };
        let count = ids.len();
        let said = |made| progress(format!("{made} of {count} rooms are taken in"));
        let papers = papers::for_all((&api, &wanted.server), &ids, &known, said).await?;
        if let Some(file) = &wanted.papers {
            papers::write(file, &papers)?;
        }
        let rooms = ids.into_iter().map(|(number, id)| Played {
            part: cast::part(wanted.story, number),
            number,
            id,
            cable: Arc::default(),
        });
        let squeeze = Squeeze {
            began_ms: now_ms(),
            from: wanted.from,
            speed: wanted.speed,
        };
        Ok(Stage {
            api,
            rooms: rooms.collect(),
            papers,
            world: Arc::new(World {
                seed: wanted.seed,
                squeeze,
                outages: wanted.story == Story::Day,
                tally: Arc::new(Tally::default()),
                // Ended with the run, and by itself when the run is done.
                stop: stop.child_token(),
            }),
            ramp: Arc::new(Semaphore::new(RAMP)),
            tasks: JoinSet::new(),
        })
    }

    /// How many are honest.
    pub fn honest(&self) -> usize {
        self.rooms.iter().filter(|r| r.part.is_honest()).count()
    }

    /// How many of these have their cable in.
    pub fn plugged(&self) -> usize {
        let honest = self.rooms.iter().filter(|r| r.part.is_honest());
        honest.filter(|room| !room.cable.is_out()).count()
    }

    /// Brings all of them to life.
    pub fn begin(&mut self) {
        for place in 0..self.rooms.len() {
            let part = self.rooms[place].part;
            match part {
                Part::Steady => self.room(place, ("a", 0, None)),
                Part::Slow(rate) => self.room(place, ("a", 0, Some(rate))),
                Part::WrongClock(ahead_ms) => self.room(place, ("a", ahead_ms, None)),
                Part::Twins => {
                    self.room(place, ("a", 0, None));
                    self.room(place, ("b", 0, None));
                }
                Part::Hostile(mischief) => {
                    let other = self.rooms[0].id.to_string();
                    let villain = Villain {
                        number: self.rooms[place].number,
                        mischief,
                        dialler: self.dialler(place, None),
                        other,
                    };
                    self.tasks
                        .spawn(misbehave(villain, Arc::clone(&self.world)));
                }
            }
        }
    }

    /// Ways to all rooms' lines, for whoever says on them what rooms do not.
    pub fn diallers(&self) -> Vec<Dialler> {
        (0..self.rooms.len())
            .map(|place| self.dialler(place, None))
            .collect()
    }

    fn dialler(&self, place: usize, slow: Option<u32>) -> Dialler {
        let (room, papers) = (&self.rooms[place], &self.papers[place]);
        Dialler {
            key: papers.key.clone(),
            member: papers.member.clone(),
            cable: Arc::clone(&room.cable),
            slow,
            tally: Arc::clone(&self.world.tally),
            honest: room.part.is_honest(),
            ramp: Some(Arc::clone(&self.ramp)),
        }
    }

    fn room(&mut self, place: usize, (board, ahead_ms, slow): (&'static str, i64, Option<u32>)) {
        let room = &self.rooms[place];
        let actor = Actor {
            number: room.number,
            id: room.id.clone(),
            board,
            dialler: self.dialler(place, slow),
            ahead_ms,
            judged: room.part.is_honest(),
        };
        let world = Arc::clone(&self.world);
        self.tasks.spawn(async move {
            if live(actor, world).await.is_none() {
                tracing::error!("a simulated room has a name that the protocol does not have");
            }
        });
    }

    /// From now on all connect at once, as after a power cut.
    pub fn no_ramp(&self) {
        self.ramp.add_permits(self.rooms.len());
    }

    /// Ends all rooms.
    pub async fn end(&mut self) {
        self.world.stop.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(ENDING, all).await.is_err() {
            self.tasks.abort_all();
        }
    }

    /// Turns all rooms out.
    pub async fn turn_out(&self) -> Result<(), SimulateError> {
        for room in &self.rooms {
            let path = format!("/api/v1/rooms/{}", room.id);
            self.api.ask(Method::DELETE, &path, None).await?;
        }
        Ok(())
    }
}
