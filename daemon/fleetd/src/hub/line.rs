//! One room's line from its first message to its last. Speaks `fleet-proto` over a WebSocket; what is said goes to the fleet.

use super::pace::Pace;
use crate::authority::Peer;
use crate::fleet::{Fleet, Heard};
use crate::rooms::Misdeed;
use crate::secrets::secret;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use fleet_proto::{
    Epoch, FromFleet, FromRoom, Goodbye, GoodbyeWhy, Hello, MAX_MESSAGE, RoomId, SUBPROTOCOL,
    TenantId, Unread, Welcome, read, write,
};
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval, sleep_until, timeout, timeout_at};

/// A room that says nothing after its handshake is let go.
const HELLO_TIME: Duration = Duration::from_secs(10);
/// Proxies drop lines that are quiet for a minute; half of that, less a margin.
const PING: Duration = Duration::from_secs(25);
/// Two pings without any sign, and some.
const SILENCE: Duration = Duration::from_secs(60);
/// A room that does not take a message within this is too slow.
const SEND_TIME: Duration = Duration::from_secs(10);
/// What was seen is written at most this often; each reading is in memory at once.
const KEEP: Duration = Duration::from_secs(10);
/// Where nothing but figures is new, this long lies between two writings: rooms that send them faster than they were told to cost the
/// store nothing.
const KEEP_FIGURES: Duration = Duration::from_secs(SAMPLE_EVERY_S as u64);
/// What lines have seen is written together, so often: each sync of the store's file costs as much as many documents.
const TOGETHER_MS: u64 = 100;
/// A room that is there answers a ping within this.
const ALIVE: Duration = Duration::from_secs(5);
/// What was said before may be said again so often; rooms that do so at all have something wrong.
const AGAIN: u32 = 8;
const SAMPLE_EVERY_S: u32 = 60;
/// So many rooms a second come back after all have lost their lines: a fraction of what one core greets, since it is also a small
/// machine's core, and other things go on meanwhile.
const BACK_A_SECOND: usize = 500;
/// The default buffers of 128 KiB are fifteen times as large as what a line needs: measured 134 KB a line against 8.6.
const READ_BUFFER: usize = 1024;

/// Takes the handshake; from then on the line lives by itself.
pub fn welcome_here(upgrade: WebSocketUpgrade, fleet: Arc<Fleet>, peer: Peer) -> Response {
    as_lines(upgrade).on_upgrade(move |socket| attend(socket, fleet, peer))
}

/// A WebSocket with a line's protocol, limits and buffers.
pub(crate) fn as_lines(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
}

/// Everything that is said on one line. A line waits nearly always, and there are thousands: whatever it does when it does something is
/// boxed, so that it takes no room meanwhile.
pub async fn attend(mut socket: WebSocket, fleet: Arc<Fleet>, peer: Peer) {
    let whose = (peer.tenant.clone(), peer.room.clone());
    let Some((hello, epoch)) = Box::pin(begins(&mut socket, &fleet, &peer)).await else {
        return;
    };
    let Some(ends) = fleet.hub.join(&whose, epoch) else {
        return Box::pin(goodbye(&mut socket, GoodbyeWhy::Replaced)).await;
    };
    let mut line = Line {
        fleet: &fleet,
        whose: &whose,
        epoch,
        socket: &mut socket,
        pace: Pace::new(Instant::now()),
        keep_at: None,
        kept: Instant::now(),
        again: 0,
    };
    let why = line.live(ends, &hello).await;
    let ended = async {
        fleet.hub.part(&whose, epoch);
        fleet.line_ends(&whose, epoch).await;
        if why == Some(GoodbyeWhy::Replaced) && answers(&mut socket).await {
            fleet.still_there(&whose, &hello.boot).await;
        }
        if let Some(why) = why {
            goodbye(&mut socket, why).await;
        }
    };
    Box::pin(ended).await;
}

/// The room's first word and its line's number; `None` when the line is over, with a goodbye.
async fn begins(socket: &mut WebSocket, fleet: &Fleet, peer: &Peer) -> Option<(Hello, Epoch)> {
    let whose = (peer.tenant.clone(), peer.room.clone());
    let hello = match hello(socket).await {
        Ok(hello) => hello,
        Err(misdeed) => {
            if let Some(misdeed) = misdeed {
                fleet.misdone(&whose, misdeed).await;
            }
            goodbye(socket, GoodbyeWhy::Broken).await;
            return None;
        }
    };
    let begun = fleet.line_begins(&whose, &peer.serial, &hello).await;
    let why = match begun {
        Ok(Some(epoch)) => return Some((hello, epoch)),
        Ok(None) => GoodbyeWhy::Revoked,
        Err(error) => {
            tracing::warn!(%error, room = %peer.room, "a line could not begin");
            GoodbyeWhy::Restart
        }
    };
    goodbye(socket, why).await;
    None
}

/// The room's first word; else what it said instead, `None` when it only went.
async fn hello(socket: &mut WebSocket) -> Result<Hello, Option<Misdeed>> {
    let end = Instant::now() + HELLO_TIME;
    loop {
        let Ok(Some(said)) = timeout_at(end, socket.recv()).await else {
            return Err(None);
        };
        match said.map_err(|error| too_long(&error))? {
            Message::Text(text) => match read(&text) {
                Ok(FromRoom::Hello(hello)) => return Ok(hello),
                Err(Unread::TooLong(_)) => return Err(Some(Misdeed::TooLong)),
                _ => return Err(Some(Misdeed::Malformed)),
            },
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) => return Err(Some(Misdeed::Malformed)),
            Message::Close(_) => return Err(None),
        }
    }
}

/// Whether a connection broke because the room sent more than a message may be long. The WebSocket's own error is behind a box of
/// another version of its crate than ours, so its words are what there is; `tests/simulate.rs` holds them.
fn too_long(error: &axum::Error) -> Option<Misdeed> {
    let words = error.to_string();
    words
        .contains("Space limit exceeded")
        .then_some(Misdeed::TooLong)
}

/// Whether the room at this line's other end is alive now: it answers with a number that it could not know before.
async fn answers(socket: &mut WebSocket) -> bool {
    let number = secret().into_bytes()[..16].to_vec();
    let asked = async {
        socket
            .send(Message::Ping(number.clone().into()))
            .await
            .ok()?;
        while let Some(Ok(said)) = socket.recv().await {
            if matches!(&said, Message::Pong(answer) if answer.as_ref() == number.as_slice()) {
                return Some(());
            }
        }
        None
    };
    matches!(timeout(ALIVE, asked).await, Ok(Some(())))
}

async fn goodbye(socket: &mut WebSocket, why: GoodbyeWhy) {
    let (after_s, spread_s) = match why {
        GoodbyeWhy::Restart => (1, 30),
        GoodbyeWhy::Full => (30, 300),
        GoodbyeWhy::Replaced => (60, 60),
        GoodbyeWhy::Revoked => (3600, 600),
        GoodbyeWhy::Broken | GoodbyeWhy::TooSlow => (10, 50),
    };
    let said = FromFleet::Goodbye(Goodbye {
        why,
        after_s,
        spread_s,
    });
    let farewell = async {
        if let Ok(text) = write(&said) {
            let _ = socket.send(Message::Text(text.into())).await;
        }
        let _ = socket.send(Message::Close(None)).await;
        // Until the room has closed its side, so that the last message is not cut off.
        while let Some(Ok(_)) = socket.recv().await {}
    };
    let _ = timeout(Duration::from_secs(2), farewell).await;
}

/// Over how many seconds so many rooms spread that come back at once.
fn spread_s(rooms: usize) -> u32 {
    u32::try_from(rooms / BACK_A_SECOND).unwrap_or(u32::MAX)
}

struct Line<'a> {
    fleet: &'a Arc<Fleet>,
    whose: &'a (TenantId, RoomId),
    epoch: Epoch,
    socket: &'a mut WebSocket,
    pace: Pace,
    /// When what was seen is written, if anything was.
    keep_at: Option<Instant>,
    /// When it was written last.
    kept: Instant,
    /// How often something was said again.
    again: u32,
}

impl Line<'_> {
    /// Until the line ends; the answer is why the server ends it, `None` when the room did.
    async fn live(&mut self, mut ends: super::Ends, hello: &Hello) -> Option<GoodbyeWhy> {
        let welcome = Welcome {
            epoch: self.epoch,
            now_ms: self.fleet.now_ms(),
            sample_every_s: SAMPLE_EVERY_S,
            spread_s: spread_s(self.fleet.roster.count(&self.whose.0)),
        };
        if let ControlFlow::Break(why) = Box::pin(self.begin(welcome, hello)).await {
            return why;
        }
        let mut pings = interval(PING);
        let mut heard = Instant::now();
        // One for the whole line: one for each message costs the clock's lock twice.
        let mut keep = pin!(sleep_until(heard));
        loop {
            if let Some(at) = self.keep_at.filter(|at| *at != keep.deadline()) {
                keep.as_mut().reset(at);
            }
            let going = tokio::select! {
                biased;
                _ = ends.end.changed() => ControlFlow::Break(*ends.end.borrow()),
                message = ends.from.recv() => match message {
                    Some(message) => Box::pin(self.say(&message)).await,
                    None => ControlFlow::Break(None),
                },
                said = self.socket.recv() => {
                    heard = Instant::now();
                    match said {
                        Some(Ok(message)) => Box::pin(self.hear(message)).await,
                        Some(Err(error)) => match too_long(&error) {
                            Some(misdeed) => Box::pin(self.misdone(misdeed)).await,
                            None => ControlFlow::Break(None),
                        },
                        None => ControlFlow::Break(None),
                    }
                }
                _ = pings.tick() => match heard.elapsed() > SILENCE {
                    true => ControlFlow::Break(Some(GoodbyeWhy::TooSlow)),
                    false => Box::pin(self.send(Message::Ping(Vec::new().into()))).await,
                },
                () = keep.as_mut(), if self.keep_at.is_some() => Box::pin(self.keep()).await,
            };
            if let ControlFlow::Break(why) = going {
                return why;
            }
        }
    }

    async fn begin(&mut self, welcome: Welcome, hello: &Hello) -> Going {
        self.say(&FromFleet::Welcome(welcome)).await?;
        let desired = self.fleet.desired_for(self.whose, hello).await;
        match desired {
            Ok(Some(desired)) => self.say(&FromFleet::Desired(desired)).await?,
            Ok(None) => {}
            Err(error) => return self.broken(&error),
        }
        for command in self.fleet.commands.waiting(&self.whose.0, &self.whose.1) {
            self.say(&FromFleet::Command(Box::new(command))).await?;
        }
        let offers = self.fleet.rollouts.offers(&self.whose.0, &self.whose.1);
        if !offers.offers.is_empty() {
            self.say(&FromFleet::Offers(offers)).await?;
        }
        ControlFlow::Continue(())
    }

    async fn hear(&mut self, message: Message) -> Going {
        // Pings count as well: each is answered.
        if !self.pace.take(Instant::now()) {
            return self.misdone(Misdeed::TooFast).await;
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return ControlFlow::Continue(()),
            Message::Close(_) => return ControlFlow::Break(None),
            Message::Binary(_) => return self.misdone(Misdeed::Malformed).await,
        };
        match read::<FromRoom>(&text) {
            Ok(said) => self.take(said).await,
            // A newer room's words.
            Err(Unread::Unknown(_)) => ControlFlow::Continue(()),
            Err(Unread::TooLong(_)) => self.misdone(Misdeed::TooLong).await,
            Err(error @ Unread::Broken(_)) => {
                tracing::debug!(%error, room = %self.whose.1, "a room cannot be understood");
                self.misdone(Misdeed::Malformed).await
            }
        }
    }

    async fn take(&mut self, said: FromRoom) -> Going {
        if matches!(said, FromRoom::State(_) | FromRoom::Sample(_)) {
            self.is_to_be_kept(matches!(said, FromRoom::Sample(_)));
        }
        let done = match said {
            FromRoom::Hello(_) => return self.misdone(Misdeed::Malformed).await,
            FromRoom::State(state) => {
                match self.fleet.said_state(self.whose, self.epoch, *state).await {
                    Ok(Heard::Again) => return self.said_again().await,
                    other => other.map(drop),
                }
            }
            FromRoom::Sample(sample) => {
                match self.fleet.said_sample(self.whose, self.epoch, sample) {
                    Heard::Again => return self.said_again().await,
                    Heard::Taken | Heard::Passed => Ok(()),
                }
            }
            FromRoom::Reported(reported) => {
                let kept = self.fleet.said_reported(self.whose, self.epoch, reported);
                kept.await
            }
            FromRoom::Answer(answer) => self.fleet.said_answer(self.whose, answer).await,
            FromRoom::Release(now) => self.fleet.said_release(self.whose, &now).await,
        };
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.broken(&error),
        }
    }

    async fn said_again(&mut self) -> Going {
        self.again += 1;
        match self.again > AGAIN {
            true => self.misdone(Misdeed::Replayed).await,
            false => ControlFlow::Continue(()),
        }
    }

    /// Says of the room what it did, and ends its line.
    async fn misdone(&mut self, what: Misdeed) -> Going {
        self.fleet.misdone(self.whose, what).await;
        ControlFlow::Break(Some(GoodbyeWhy::Broken))
    }

    fn is_to_be_kept(&mut self, figures_alone: bool) {
        let now = Instant::now();
        let soon = now + KEEP;
        let at = match figures_alone {
            true => soon.max(self.kept + KEEP_FIGURES),
            false => soon,
        };
        let ahead = at.duration_since(now).as_millis() as u64;
        let of_day = self.fleet.now_ms().unsigned_abs() + ahead;
        let at = at + Duration::from_millis(TOGETHER_MS - of_day % TOGETHER_MS);
        self.keep_at = Some(self.keep_at.map_or(at, |before| before.min(at)));
    }

    async fn keep(&mut self) -> Going {
        self.keep_at = None;
        self.kept = Instant::now();
        match self.fleet.keep_seen(self.whose, self.epoch).await {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(Some(GoodbyeWhy::Replaced)),
            Err(error) => self.broken(&error),
        }
    }

    fn broken(&self, error: &crate::store::StoreError) -> Going {
        tracing::warn!(%error, room = %self.whose.1, "what a room said cannot be kept");
        ControlFlow::Break(Some(GoodbyeWhy::Restart))
    }

    /// A command is noted as sent before it goes.
    async fn say(&mut self, message: &FromFleet) -> Going {
        if let FromFleet::Command(command) = message {
            let at = (&self.whose.0, &self.whose.1);
            let now_ms = self.fleet.now_ms();
            match self.fleet.commands.sent(at, &command.id, now_ms).await {
                Ok(true) => {}
                Ok(false) => return ControlFlow::Continue(()),
                Err(error) => return self.broken(&error),
            }
        }
        match write(message) {
            Ok(text) => self.send(Message::Text(text.into())).await,
            Err(error) => {
                tracing::error!(%error, room = %self.whose.1, "a message cannot be written");
                ControlFlow::Continue(())
            }
        }
    }

    async fn send(&mut self, message: Message) -> Going {
        match timeout(SEND_TIME, self.socket.send(message)).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) => ControlFlow::Break(None),
            Err(_) => ControlFlow::Break(Some(GoodbyeWhy::TooSlow)),
        }
    }
}

/// Whether the line goes on; else why the server ends it, `None` when the room did.
type Going = ControlFlow<Option<GoodbyeWhy>>;
