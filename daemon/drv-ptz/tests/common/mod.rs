//! A driver of some heads on one line, and what it said; what both lists of tests ask of it. Knows no line and no emulator.
//! Nothing sleeps: every wait is for an event, with a deadline.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use drv_ptz::{Handle, HeadConfig, HeadModel, LineConfig, channels, supervise};
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::ids::{HeadId, RequestId};
use room_core::units::{Position, PresetNumber, Speed};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub const SOON: Duration = Duration::from_secs(10);
/// For a move from one end to the other.
pub const LATER: Duration = Duration::from_secs(20);

/// A driver, and what it said.
pub struct Driver {
    heads: Vec<Handle>,
    events: mpsc::Receiver<Event>,
    pub seen: Vec<(String, HeadSeen)>,
    ended: BTreeMap<RequestId, Outcome>,
    asked: u64,
    /// Which of several this is, for what is said when it fails.
    pub label: String,
    task: JoinHandle<()>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A head of this number on its line.
pub fn head(number: u8, model: HeadModel) -> HeadConfig {
    HeadConfig {
        id: HeadId::new(format!("head-{number}")),
        address: number,
        model,
    }
}

impl Driver {
    /// A driver of the heads with the numbers from 1.
    pub fn start(config: LineConfig) -> Driver {
        let (heads, inbox) = channels(config.heads.len());
        let (out, events) = mpsc::channel(8);
        Driver {
            heads,
            events,
            seen: Vec::new(),
            ended: BTreeMap::new(),
            asked: 0,
            label: String::new(),
            task: tokio::spawn(supervise(config, inbox, out)),
        }
    }

    /// Takes the next event; whether one came in time.
    pub async fn next(&mut self, deadline: Instant) -> bool {
        let event = tokio::time::timeout_at(deadline, self.events.recv()).await;
        match event {
            Ok(Some(Event::Done { request, outcome })) => {
                let before = self.ended.insert(request, outcome);
                assert_eq!(before, None, "request {request:?} ended twice");
            }
            Ok(Some(Event::Head(head, seen))) => self.seen.push((head.as_str().to_owned(), seen)),
            Ok(Some(other)) => panic!("{other:?}"),
            Ok(None) | Err(_) => return false,
        }
        true
    }

    /// Waits until something that is seen from now on fits.
    pub async fn sees(&mut self, number: u8, what: &str, is: impl Fn(&HeadSeen) -> bool) {
        let (deadline, name) = (Instant::now() + LATER, format!("head-{number}"));
        let mut at = self.seen.len();
        loop {
            let mut new = self.seen[at..].iter();
            if new.any(|(head, seen)| *head == name && is(seen)) {
                return;
            }
            at = self.seen.len();
            let came = self.next(deadline).await;
            assert!(came, "{}: no {what} of {name}; {:?}", self.label, self.seen);
        }
    }

    pub async fn online(&mut self, number: u8) {
        let online = (format!("head-{number}"), HeadSeen::Online);
        if !self.seen.contains(&online) {
            self.sees(number, "head", |seen| *seen == HeadSeen::Online)
                .await;
        }
    }

    pub async fn moves(&mut self) {
        self.sees(1, "motion", |seen| {
            matches!(seen, HeadSeen::At { moving: true, .. })
        })
        .await;
    }

    pub async fn stands_at(&mut self, place: Position) {
        self.sees(1, "rest at the place", |seen| match seen {
            HeadSeen::At {
                position,
                moving: false,
            } => near(*position, place),
            _ => false,
        })
        .await;
    }

    pub fn ask(&mut self, number: u8, command: HeadCommand) -> RequestId {
        self.asked += 1;
        let request = RequestId(self.asked);
        self.heads[usize::from(number) - 1].send(request, command);
        request
    }

    pub async fn outcome(&mut self, request: RequestId) -> Outcome {
        let deadline = Instant::now() + LATER;
        loop {
            if let Some(outcome) = self.ended.get(&request) {
                return *outcome;
            }
            let came = self.next(deadline).await;
            let label = &self.label;
            assert!(came, "{label}: {request:?} did not end; {:?}", self.seen);
        }
    }

    /// Asks the first head and waits for the end.
    pub async fn does(&mut self, command: HeadCommand) -> Outcome {
        let request = self.ask(1, command);
        self.outcome(request).await
    }
}

/// Within a step of the encoder.
pub fn near(a: Position, b: Position) -> bool {
    a.pan.abs_diff(b.pan) <= 8 && a.tilt.abs_diff(b.tilt) <= 8 && a.zoom.abs_diff(b.zoom) <= 1
}

pub fn drive(pan: i8, limit: u64) -> HeadCommand {
    tilting_drive(pan, 0, limit)
}

pub fn tilting_drive(pan: i8, tilt: i8, limit: u64) -> HeadCommand {
    HeadCommand::Drive {
        drive: Drive {
            pan: Speed::new(pan),
            tilt: Speed::new(tilt),
            ..Drive::default()
        },
        limit: Duration::from_millis(limit),
    }
}

pub fn recall(number: u8) -> HeadCommand {
    HeadCommand::Recall(PresetNumber(number))
}
