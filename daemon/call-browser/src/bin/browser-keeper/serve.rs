//! The keeper's one loop: Chromium, the client, the door, the clock and the signals, in one order.
//! Decisions are made in `ledger`, `backoff` and `newborn`; this file only carries them out.

use crate::backoff::Backoff;
use crate::chromium::{Chromium, Next};
use crate::launch::Account;
use crate::ledger::{Down, Ledger, Up};
use crate::newborn::{self, Newborn};
use crate::profile::Profiles;
use crate::seat::{Client, Door, turn_away};
use anyhow::Context as _;
use call_browser::flags::Looks;
use call_browser::wire::{Gone, Said, say};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

const CLEANED_WITHIN: Duration = Duration::from_secs(2);
const NOTICED_WITHIN: Duration = Duration::from_millis(300);
const CLOSES_WITHIN: Duration = Duration::from_secs(3);

/// What the keeper was asked to do.
pub struct Plan {
    /// Where to offer the pipe.
    pub socket: PathBuf,
    /// The account that may use it.
    pub owner: Option<String>,
    /// The account Chromium runs under.
    pub account: Account,
    /// Chromium.
    pub program: PathBuf,
    /// Where its profiles are made.
    pub profiles: Profiles,
    /// How it looks.
    pub looks: Looks,
}

/// Runs until a signal ends it.
///
/// # Errors
/// The socket cannot be offered.
pub async fn serve(plan: Plan) -> anyhow::Result<()> {
    let door = Door::open(&plan.socket, plan.owner.as_deref()).await?;
    let mut keeper = Keeper::new(plan);
    let mut terminate = signal(SignalKind::terminate()).context("listen for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for signals")?;
    tracing::info!(socket = %keeper.plan.socket.display(), "the browser keeper is ready");
    loop {
        let (due, doorstep) = (keeper.due, keeper.waiting_until());
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            next = next_of(&mut keeper.chromium) => keeper.hear_chromium(next).await,
            text = text_of(&mut keeper.client) => keeper.hear_client(text),
            visitor = door.knock(), if keeper.waiting.is_none() => keeper.visited(visitor),
            () = sleep_until(doorstep) => keeper.turn_waiting_away(),
            () = sleep_until(due) => keeper.is_due().await,
        }
    }
    keeper.end().await;
    Ok(())
}

struct Keeper {
    plan: Plan,
    ledger: Ledger,
    backoff: Backoff,
    chromium: Option<Chromium>,
    newborn: Newborn,
    generation: u64,
    version_asked: u64,
    last_end: String,
    client: Option<Client>,
    /// Somebody at the door, and since when.
    waiting: Option<(UnixStream, Instant)>,
    due: Instant,
}

async fn next_of(chromium: &mut Option<Chromium>) -> Next {
    match chromium {
        Some(chromium) => chromium.next().await,
        None => std::future::pending().await,
    }
}

async fn text_of(client: &mut Option<Client>) -> Option<Vec<u8>> {
    match client {
        Some(client) => client.next().await,
        None => std::future::pending().await,
    }
}

fn never() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 3600)
}

impl Keeper {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            ledger: Ledger::default(),
            backoff: Backoff::default(),
            chromium: None,
            newborn: Newborn::default(),
            generation: 0,
            version_asked: 0,
            last_end: "not started yet".to_owned(),
            client: None,
            waiting: None,
            due: Instant::now(),
        }
    }

    /// The one timer: start Chromium, look whether one that has not answered gets on, or on one that does not clean up.
    async fn is_due(&mut self) {
        self.due = never();
        match &self.chromium {
            None => self.start().await,
            Some(chromium) if chromium.product.is_none() => {
                let patience = self.backoff.patience();
                match self.newborn.look(chromium.worked(), patience) {
                    Some(how) => self.chromium_ended(how).await,
                    None => self.due = Instant::now() + newborn::LOOK,
                }
            }
            Some(_) => {
                self.ledger.give_up_cleaning();
                self.seat_waiting();
            }
        }
    }

    async fn start(&mut self) {
        self.generation += 1;
        self.ledger = Ledger::default();
        let Plan {
            program,
            account,
            profiles,
            looks,
            ..
        } = &self.plan;
        match Chromium::start(program, account, profiles, looks) {
            Ok(chromium) => {
                self.version_asked = self.ledger.own_id();
                let ask =
                    serde_json::json!({ "id": self.version_asked, "method": "Browser.getVersion" });
                let _ = chromium.send(ask.to_string().into_bytes());
                self.chromium = Some(chromium);
                self.newborn = Newborn::default();
                self.due = Instant::now() + newborn::LOOK;
            }
            Err(problem) => self.chromium_ended(format!("{problem:#}")).await,
        }
    }

    async fn hear_chromium(&mut self, next: Next) {
        let frame = match next {
            Next::Frame(frame) => frame,
            Next::Ended(how) => return self.chromium_ended(how).await,
        };
        match self.ledger.down(&frame) {
            Down::Pass => self.tell_client(frame),
            Down::Drop(orders) => self.order(orders),
            Down::Own { id } if id == self.version_asked => self.chromium_answered(&frame).await,
            Down::Own { .. } => self.seat_waiting(),
        }
    }

    async fn chromium_answered(&mut self, answer: &[u8]) {
        let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
        let product = answer["result"]["product"]
            .as_str()
            .unwrap_or("unknown")
            .to_owned();
        let Some(chromium) = &mut self.chromium else {
            return;
        };
        if let Some(flag) = chromium.banned_flag() {
            let how = format!(
                "was started with {flag}, which a room must never use; look into /etc/chromium.d"
            );
            return self.chromium_ended(how).await;
        }
        tracing::info!(%product, pid = chromium.pid, generation = self.generation, "Chromium runs");
        chromium.product = Some(product);
        self.due = never();
        if self.client.is_some() {
            self.greet();
        }
        self.seat_waiting();
    }

    async fn chromium_ended(&mut self, how: String) {
        let ran = match self.chromium.take() {
            Some(chromium) => {
                // One that never answered did not run, however long it was waited for.
                let ran = match chromium.product {
                    Some(_) => chromium.started.elapsed(),
                    None => Duration::ZERO,
                };
                chromium.end(Duration::ZERO).await;
                ran
            }
            None => Duration::ZERO,
        };
        let pause = self.backoff.ended(ran);
        let failures = self.backoff.failures();
        if self.backoff.looping() {
            tracing::error!(%how, failures, "Chromium keeps ending; next try in {} s", pause.as_secs());
        } else {
            tracing::warn!(%how, failures, "Chromium ended");
        }
        self.last_end = how;
        self.ledger = Ledger::default();
        self.due = Instant::now() + pause;
        let gone = self.gone();
        self.tell_client(gone);
        self.seat_waiting();
    }

    fn gone(&self) -> Vec<u8> {
        let wait = self.due.saturating_duration_since(Instant::now());
        say(Said::Gone(Gone {
            generation: self.generation,
            why: self.last_end.clone(),
            failures: self.backoff.failures(),
            restart_in_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        }))
    }

    fn visited(&mut self, visitor: std::io::Result<UnixStream>) {
        match visitor {
            Err(problem) => tracing::warn!(%problem, "a connection failed"),
            Ok(stream) => {
                self.waiting = Some((stream, Instant::now()));
                self.seat_waiting();
            }
        }
    }

    /// A client that died a moment ago may not be noticed yet when the next one knocks.
    fn waiting_until(&self) -> Instant {
        self.waiting
            .as_ref()
            .map_or_else(never, |(_, since)| *since + NOTICED_WITHIN)
    }

    fn turn_waiting_away(&mut self) {
        if let (Some((stream, _)), Some(client)) = (self.waiting.take(), &self.client) {
            turn_away(
                stream,
                &format!(
                    "another client (process {}) drives this browser",
                    client.pid
                ),
            );
        }
    }

    /// Lets the visitor sit down as soon as nothing of the last client is left.
    fn seat_waiting(&mut self) {
        if self.client.is_some() || self.ledger.cleaning() {
            return;
        }
        if let Some((stream, _)) = self.waiting.take() {
            let client = Client::new(stream);
            tracing::debug!(pid = client.pid, "a client drives the browser");
            self.client = Some(client);
            self.greet();
        }
    }

    fn greet(&mut self) {
        let words = match &self.chromium {
            Some(Chromium {
                pid,
                product: Some(product),
                ..
            }) => self.ledger.seat(self.generation, *pid, product),
            _ => self.gone(),
        };
        self.tell_client(words);
    }

    fn hear_client(&mut self, text: Option<Vec<u8>>) {
        let Some(text) = text else {
            return self.client_left("left");
        };
        if !self.ledger.taken() {
            return tracing::debug!("a request came while Chromium is gone; dropped");
        }
        match self.ledger.up(&text) {
            Up::Pass => self.order(vec![text]),
            Up::Answer(words) => self.tell_client(words),
            Up::Taken => {}
            Up::BrowserAnew => {
                if let Some(chromium) = &self.chromium {
                    chromium.begin_anew();
                }
            }
            Up::SoundAnew => {
                if let Some(chromium) = &self.chromium {
                    chromium.begin_sound_anew();
                }
            }
        }
    }

    fn client_left(&mut self, why: &str) {
        tracing::debug!(why, "the client is gone");
        self.client = None;
        let orders = self.ledger.client_gone();
        if !orders.is_empty() {
            self.due = Instant::now() + CLEANED_WITHIN;
        }
        self.order(orders);
        self.seat_waiting();
    }

    fn tell_client(&mut self, text: Vec<u8>) {
        let told = self
            .client
            .as_ref()
            .is_none_or(|client| client.send(text).is_ok());
        if !told {
            self.client_left("does not read");
        }
    }

    fn order(&mut self, texts: Vec<Vec<u8>>) {
        let Some(chromium) = &self.chromium else {
            return;
        };
        if texts.into_iter().any(|text| chromium.send(text).is_err()) {
            tracing::warn!("Chromium does not read its pipe; a request was lost");
        }
    }

    async fn end(mut self) {
        tracing::info!("the browser keeper ends");
        if let Some(chromium) = self.chromium.take() {
            let close =
                serde_json::json!({ "id": self.ledger.own_id(), "method": "Browser.close" });
            let _ = chromium.send(close.to_string().into_bytes());
            chromium.end(CLOSES_WITHIN).await;
        }
    }
}
