//! One line to a display and the conversation over it, kept for ever: opened again when it is back.
//! Must not know other links, nor what the room wants beyond the goals it is given.

use crate::codec::Login;
use crate::engine::{Action, Engine, Goal, Kind, Report, Setup};
use crate::error::LineError;
use crate::model::DisplayModel;
use crate::port::{self, Address, Arrived, Line, Mac, Opening};
use crate::words::{Heard, Request};
use core::time::Duration;
use room_core::failure::DisplayFailure;
use room_core::units::Mono;
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A link, as values that were checked before.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkSetup {
    /// Where the display is.
    pub address: Address,
    /// What it is.
    pub model: DisplayModel,
    /// Its number among several on the line, from 1.
    pub id: u8,
    /// Password and account, where one is asked for.
    pub login: Login,
    /// The hardware address that wakes it, where its network sleeps with it.
    pub wake: Option<Mac>,
}

/// What a link is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkCommand {
    /// The display shall be this.
    Want(Goal),
    /// It need not be anything of this kind any more.
    Forget(Kind),
    /// Look at this soon.
    Look(Kind),
}

/// What a link has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// What the conversation found out.
    Report(Report),
    /// There is no line to talk over.
    Fault(DisplayFailure),
    /// These bytes were put on the line; they are this request, or an answer to the display.
    Sent(Vec<u8>, Option<Request>),
    /// This frame came in and means this.
    Received(Vec<u8>, Heard),
}

/// Talks to the display until nobody listens or commands any more.
pub async fn talk(
    setup: LinkSetup,
    mut commands: mpsc::UnboundedReceiver<LinkCommand>,
    out: mpsc::Sender<LinkEvent>,
) {
    let mut talk = Talk::new(setup, out);
    let first = talk.engine.tick(talk.now());
    if talk.perform(first).await.is_none() {
        return;
    }
    loop {
        let deadline = talk.engine.next_deadline();
        let deadline = deadline.map(|moment| talk.began + Duration::from_millis(moment.0));
        let out = talk.out.clone();
        let happened = tokio::select! {
            command = commands.recv() => match command {
                Some(command) => Happened::Told(command),
                None => return,
            },
            arrived = talk.arrived() => Happened::Arrived(arrived),
            () = wait_until(deadline) => Happened::Waited,
            () = out.closed() => return,
        };
        let now = talk.now();
        let actions = match happened {
            Happened::Told(LinkCommand::Want(goal)) => talk.engine.want(now, goal),
            Happened::Told(LinkCommand::Look(kind)) => talk.engine.look(now, kind),
            Happened::Told(LinkCommand::Forget(kind)) => {
                talk.engine.forget(kind);
                Vec::new()
            }
            Happened::Arrived(arrived) => match talk.take(now, arrived).await {
                Some(actions) => actions,
                None => return,
            },
            Happened::Waited => talk.engine.tick(now),
        };
        if talk.perform(actions).await.is_none() {
            return;
        }
    }
}

enum Happened {
    Told(LinkCommand),
    Arrived(Arrived),
    Waited,
}

struct Talk {
    opening: Opening,
    wake: Option<Mac>,
    engine: Engine,
    line: Option<Line>,
    out: mpsc::Sender<LinkEvent>,
    began: Instant,
    /// The fault that was told last; told again only when it changed.
    fault: Option<DisplayFailure>,
}

impl Talk {
    fn new(setup: LinkSetup, out: mpsc::Sender<LinkEvent>) -> Talk {
        let model = setup.model;
        let speech = model.speech(setup.address.carrier(), setup.id, setup.login);
        Talk {
            engine: Engine::new(Setup {
                speech,
                times: model.times,
                silent_in_standby: model.silent_in_standby || setup.wake.is_some(),
            }),
            opening: Opening {
                address: setup.address,
                baud: model.baud,
                tcp: model.tcp,
            },
            wake: setup.wake,
            line: None,
            out,
            began: Instant::now(),
            fault: None,
        }
    }

    fn now(&self) -> Mono {
        Mono(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// May be dropped while waiting.
    async fn arrived(&mut self) -> Arrived {
        match &mut self.line {
            Some(line) => line.arrived.recv().await.unwrap_or(Arrived::Closed),
            None => core::future::pending().await,
        }
    }

    async fn take(&mut self, now: Mono, arrived: Arrived) -> Option<Vec<Action>> {
        Some(match arrived {
            Arrived::Bytes(bytes) => self.engine.heard(now, &bytes),
            Arrived::Placed(place) => self.engine.placed(now, place),
            Arrived::Unsent => self.engine.unsent(now),
            Arrived::Closed => {
                self.line = None;
                self.engine.closed(now)
            }
            Arrived::Lost(source) => {
                self.line = None;
                let line = self.opening.address.to_string();
                self.failed(now, LineError::Lost { line, source }).await?
            }
        })
    }

    /// `None` when nobody listens any more.
    async fn perform(&mut self, actions: Vec<Action>) -> Option<()> {
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Open => actions.extend(self.open().await?),
                Action::Write(bytes, request) => self.write(bytes, Some(request)).await?,
                Action::Reply(bytes) => self.write(bytes, None).await?,
                Action::Wake => self.send_magic_packet().await,
                Action::Heard(frame, heard) => {
                    self.say(LinkEvent::Received(frame, heard)).await?;
                }
                Action::Report(report) => self.say(LinkEvent::Report(report)).await?,
            }
        }
        Some(())
    }

    async fn say(&self, event: LinkEvent) -> Option<()> {
        self.out.send(event).await.ok()
    }

    async fn write(&mut self, bytes: Vec<u8>, request: Option<Request>) -> Option<()> {
        if let Some(line) = &self.line {
            // A line that ended meanwhile says so itself.
            let _ = line.out.send(bytes.clone()).await;
        }
        self.say(LinkEvent::Sent(bytes, request)).await
    }

    async fn open(&mut self) -> Option<Vec<Action>> {
        match port::open(&self.opening).await {
            Ok(mut line) => {
                self.fault = None;
                // Where the board sits on its bus is known before anything is said, else the first words are in vain.
                let mut actions = match line.arrived.try_recv() {
                    Ok(arrived) => self.take(self.now(), arrived).await?,
                    Err(_) => Vec::new(),
                };
                self.line = Some(line);
                actions.extend(self.engine.opened(self.now()));
                Some(actions)
            }
            Err(error) => self.failed(self.now(), error).await,
        }
    }

    async fn failed(&mut self, now: Mono, error: LineError) -> Option<Vec<Action>> {
        // A host that does not take connections may be asleep: the conversation knows what that means.
        if let LineError::Unreachable { .. } = error {
            tracing::debug!(error = %Chain(&error), "a display cannot be reached");
            return Some(self.engine.closed(now));
        }
        let failure = error.failure();
        if self.fault != Some(failure) {
            tracing::warn!(error = %Chain(&error), "no line to a display");
            self.fault = Some(failure);
            self.say(LinkEvent::Fault(failure)).await?;
        }
        Some(self.engine.lost(now))
    }

    async fn send_magic_packet(&self) {
        if let Some(mac) = self.wake
            && let Err(error) = port::wake(mac).await
        {
            tracing::warn!(%error, "a magic packet could not be sent");
        }
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => core::future::pending().await,
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
