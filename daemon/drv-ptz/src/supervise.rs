//! Keeps one line's driver running: says when the line is gone, answers for it meanwhile, and starts again when it is back.
//! Knows nothing of cameras.

use crate::config::{LineConfig, Port};
use crate::error::PtzError;
use crate::inbox::Inbox;
use crate::port::run;
use core::time::Duration;
use room_core::event::{Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Between looks for a line that does not exist, and before the first new try.
const LOOK: Duration = Duration::from_millis(250);
/// The longest pause between tries to open a line that exists.
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Runs the line for ever; returns when nobody listens to its heads' events any more.
pub async fn supervise(config: LineConfig, mut inbox: Inbox, out: mpsc::Sender<Event>) {
    let mut told = None;
    let mut pause = LOOK;
    let mut ended = VecDeque::new();
    loop {
        let error = run(&config, &mut inbox, out.clone()).await;
        let failure = error.failure();
        let was_open = matches!(error, PtzError::Lost { .. });
        if matches!(error, PtzError::Unheard) {
            return;
        }
        if was_open || told != Some(failure) {
            tracing::warn!(port = %config.port, error = %Chain(&error), "line gone");
            told = Some(failure);
            for head in &config.heads {
                let gone = Event::Head(head.id.clone(), HeadSeen::Gone(failure));
                if out.send(gone).await.is_err() {
                    return;
                }
            }
        }
        pause = if was_open {
            LOOK
        } else {
            (pause * 2).min(LAST_PAUSE)
        };
        let absent = matches!(error, PtzError::Absent(_));
        let waited = async {
            if absent {
                appears(&config.port).await
            } else {
                tokio::time::sleep(pause).await
            }
        };
        tokio::select! {
            () = waited => {}
            () = refuse(&inbox, &mut ended, &out, failure) => return,
        }
        for (request, outcome) in ended.drain(..) {
            if out.send(Event::Done { request, outcome }).await.is_err() {
                return;
            }
        }
        if absent {
            pause = LOOK;
        }
    }
}

async fn appears(port: &Port) {
    let (Port::Serial { path, .. } | Port::Video { path, .. }) = port else {
        return;
    };
    let mut look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
    loop {
        look.tick().await;
        if path.exists() {
            return;
        }
    }
}

/// Answers requests while nobody can do them; returns when nobody listens.
/// May be dropped at any wait: what is not told yet stays in `ended`.
async fn refuse(
    inbox: &Inbox,
    ended: &mut VecDeque<(RequestId, Outcome)>,
    out: &mpsc::Sender<Event>,
    failure: HeadFailure,
) {
    loop {
        for head in 0..inbox.heads() {
            let waiting = inbox.take(head);
            ended.extend(waiting.ended);
            let failed = |(id, _)| (id, Outcome::Failed(failure));
            ended.extend(waiting.commands.into_iter().map(failed));
        }
        while !ended.is_empty() {
            let Ok(permit) = out.reserve().await else {
                return;
            };
            if let Some((request, outcome)) = ended.pop_front() {
                permit.send(Event::Done { request, outcome });
            }
        }
        tokio::select! {
            () = inbox.arrived() => {}
            () = out.closed() => return,
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
