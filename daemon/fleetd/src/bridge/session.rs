//! One connection to a broker from its welcome to its end: what rooms say goes out, and what the broker says of rooms is carried on as an
//! operator's word would be. Connects nothing.

use super::book::{Book, OFFLINE};
use super::clerk::{Clerk, LOOK};
use super::discovery::View;
use super::line::{Line, LineError, WINDOW};
use super::said::Said;
use super::settings::Bridge;
use super::topics::Topics;
use super::verbs::{Incoming, Pace, Refusal, read};
use super::wire::Login;
use super::{Message, Standing, Status};
use crate::commands::Wish;
use crate::fleet::Fleet;
use crate::rooms::Link;
use crate::secrets::{digest, secret};
use crate::store::StoreError;
use fleet_proto::RoomId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use texts::Language;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Rooms are looked at no more often than this, however often they speak.
const CALM: Duration = Duration::from_millis(500);
/// Who acts, in the log of who did what.
const ACTOR: &str = "mqtt";
/// A press in a building is meant for now.
const LASTS: Duration = Duration::from_secs(20);
/// A goodbye is heard within this,
const GOODBYE: Duration = Duration::from_secs(3);
/// and everything taken away within this.
const CLEARING: Duration = Duration::from_secs(20);

/// Why a connection was ended from this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The server ends.
    Stopped,
    /// The settings are others now.
    Changed,
    /// Another server has the lease.
    Lost,
}

/// One connection.
pub struct Session<'a> {
    clerk: &'a mut Clerk,
    bridge: Bridge,
    book: Book,
    line: Line,
    pace: Pace,
    bell: watch::Receiver<u64>,
    status: Status,
    /// As it was written last.
    shown: Status,
    /// The store would not keep the traces; they are tried again with the next tick.
    stuck: bool,
}

impl<'a> Session<'a> {
    /// Connects and is let in.
    ///
    /// # Errors
    /// When not, or the store does not say what was left on the broker.
    pub async fn begin(clerk: &'a mut Clerk, bridge: &Bridge) -> Result<Session<'a>, Broken> {
        let fleet = Arc::clone(&clerk.fleet);
        let (tenant, ground) = (&fleet.tenant, bridge.ground());
        let traces = fleet.bridge.traces(tenant).await?;
        let view = View {
            language: bridge.language().unwrap_or(Language::De),
            buttons: bridge.takes_verbs,
        };
        let mut book = Book::begin(tenant, &ground, view, traces);
        // The last will may be published from the first moment on.
        if let Some(traces) = book.to_keep() {
            fleet.bridge.keep_traces(tenant, &traces).await?;
            book.kept(traces);
        }
        let line = Line::connect(bridge, &login(bridge, book.topics())).await?;
        let status = Status::since(Standing::Connected, fleet.now_ms());
        fleet.bridge.keep_status(tenant, Some(&status)).await?;
        Ok(Session {
            clerk,
            bridge: bridge.clone(),
            book,
            line,
            pace: Pace::new(Instant::now()),
            bell: fleet.roster.bell(),
            shown: status.clone(),
            status,
            stuck: false,
        })
    }

    /// Until one of both sides ends it.
    ///
    /// # Errors
    /// When that was not this side.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<End, Broken> {
        self.look().await?;
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut rung, mut next_look) = (false, Instant::now() + CALM);
        let end = loop {
            self.keep().await;
            self.send();
            tokio::select! {
                () = stop.cancelled() => break End::Stopped,
                ended = &mut self.line.task => return Err(Broken::Line(over(ended))),
                Some(ack) = self.line.acks.recv() => self.heard(ack),
                Some(incoming) = self.line.came.recv() => self.take(&incoming).await,
                Ok(()) = self.bell.changed(), if !rung => rung = true,
                () = sleep_until(next_look), if rung => {
                    rung = false;
                    self.look().await?;
                    next_look = Instant::now() + CALM;
                }
                _ = looks.tick() => if let Some(end) = self.tick().await? {
                    break end;
                },
            }
        };
        let gone = match end {
            End::Changed => {
                let now = self.clerk.settings().await?;
                now.is_none_or(|now| now.ground() != self.bridge.ground())
            }
            End::Stopped | End::Lost => false,
        };
        if end != End::Lost {
            self.part(gone).await;
        }
        Ok(end)
    }

    /// Looks at all rooms. With thousands of them it takes longer than those may wait who do something meanwhile.
    async fn look(&mut self) -> Result<(), StoreError> {
        let (fleet, bridge) = (Arc::clone(&self.clerk.fleet), self.bridge.clone());
        let looked = spawn_blocking(move || look_at_all(&fleet, &bridge)).await;
        let wanted = looked.map_err(|error| StoreError::Broken(error.to_string()))?;
        self.book.look(wanted);
        Ok(())
    }

    /// As much as may be on its way.
    fn send(&mut self) {
        while self.book.away() < WINDOW {
            let Some(message) = self.book.next_message() else {
                return;
            };
            // There is room for a window; a line that is gone says so itself.
            let _ = self.line.out.try_send(message);
        }
    }

    async fn keep(&mut self) {
        let Some(traces) = self.book.to_keep().filter(|_| !self.stuck) else {
            return;
        };
        let fleet = &self.clerk.fleet;
        match fleet.bridge.keep_traces(&fleet.tenant, &traces).await {
            Ok(()) => self.book.kept(traces),
            Err(error) => {
                tracing::warn!(%error, "what is shown to the broker cannot be kept");
                self.stuck = true;
            }
        }
    }

    fn heard(&mut self, ack: Result<(), String>) {
        let Err(topic) = ack else {
            self.book.holds();
            return;
        };
        if topic != self.book.topics().commands() {
            self.book.holds();
        }
        if self.status.denied.is_none() {
            tracing::warn!(topic, "the broker does not let the server use a topic");
            self.status.denied = Some(topic);
        }
    }

    async fn tick(&mut self) -> Result<Option<End>, StoreError> {
        self.stuck = false;
        if !self.clerk.holds().await {
            return Ok(Some(End::Lost));
        }
        match self.clerk.settings().await {
            Ok(now) if now.as_ref() != Some(&self.bridge) => return Ok(Some(End::Changed)),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the broker's settings cannot be read"),
        }
        let missed = self.line.missed.swap(0, Ordering::Relaxed);
        self.status.refuse(Refusal::Pace, missed);
        if self.status != self.shown {
            let fleet = &self.clerk.fleet;
            let kept = fleet.bridge.keep_status(&fleet.tenant, Some(&self.status));
            if kept.await.is_ok() {
                self.shown = self.status.clone();
            }
        }
        Ok(None)
    }

    /// Carries a command on, or counts that it is none.
    async fn take(&mut self, incoming: &Incoming) {
        match self.wish(incoming) {
            Ok((room, wish)) => {
                let fleet = &self.clerk.fleet;
                match fleet.tell((&fleet.tenant, &room), wish).await {
                    Ok(_) => self.status.told += 1,
                    Err(error) => tracing::warn!(%error, "a command of the broker's is lost"),
                }
            }
            Err(why) => {
                self.status.refuse(why, 1);
                tracing::debug!(why = why.word(), "a command of the broker's is none");
            }
        }
    }

    fn wish(&mut self, incoming: &Incoming) -> Result<(RoomId, Wish), Refusal> {
        if !self.bridge.takes_verbs {
            return Err(Refusal::Off);
        }
        let (room, verb) = read(self.book.topics(), incoming)?;
        let fleet = &self.clerk.fleet;
        let card = fleet.roster.card(&fleet.tenant, &room);
        let card = card.filter(|card| self.bridge.reaches(&card.room.place.site));
        let card = card.ok_or(Refusal::Room)?;
        if !matches!(card.seen.presence.link(), Link::Up { .. }) {
            return Err(Refusal::Away);
        }
        self.pace.take(&room, &verb, Instant::now())?;
        let id = format!("mqtt-{}", &secret()[..24]).parse();
        let wish = Wish {
            id: id.map_err(|_| Refusal::Verb)?,
            verb,
            lasts: LASTS,
            until_ms: None,
            waits: false,
            grant: None,
            by: ACTOR.to_owned(),
        };
        Ok((room, wish))
    }

    /// Says goodbye; with everything that was shown, where it shall not stay.
    async fn part(mut self, gone: bool) {
        let within = if gone { CLEARING } else { GOODBYE };
        match gone {
            true => self.book.leave_for_good(),
            false => self.book.leave(),
        }
        let parting = async {
            while !self.book.has_left() {
                self.keep().await;
                self.send();
                tokio::select! {
                    _ = &mut self.line.task => return,
                    Some(ack) = self.line.acks.recv() => self.heard(ack),
                }
            }
        };
        // What stays behind is in the traces.
        let _ = timeout(within, parting).await;
        self.keep().await;
        let Line {
            out, task, polite, ..
        } = self.line;
        polite.store(self.book.has_left(), Ordering::Relaxed);
        drop(out);
        let _ = timeout(GOODBYE, task).await;
    }
}

/// Why a connection did not come about, or broke.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn over(ended: Result<LineError, tokio::task::JoinError>) -> LineError {
    ended.unwrap_or(LineError::Closed)
}

/// All servers of a tenant come under one name, so that the broker itself ends the connection of one that has lost the lease.
fn login(bridge: &Bridge, topics: &Topics) -> Login {
    let own = topics.bridge();
    Login {
        client: format!("roomd-{}", &digest(&own)[..16]),
        user: bridge.user.clone(),
        password: bridge.password.clone(),
        will: Message {
            topic: own,
            payload: OFFLINE.into(),
        },
        commands: bridge.takes_verbs.then(|| topics.commands()),
    }
}

fn look_at_all(fleet: &Fleet, bridge: &Bridge) -> BTreeMap<RoomId, Said> {
    let mut wanted = BTreeMap::new();
    fleet.roster.each(&fleet.tenant, |card| {
        if bridge.reaches(&card.room.place.site) {
            wanted.insert(card.room.id.clone(), Said::of(card));
        }
    });
    wanted
}
