//! Turns the agent's decisions into a connection, and what happens on it into inputs. Decides nothing.

use crate::agent::Agent;
use crate::link::{Dial, LinkError};
use crate::terms::{Input, Now, Output};
use core::pin::Pin;
use core::time::Duration;
use fleet_proto::GoodbyeWhy;
use futures_util::{SinkExt, StreamExt};
use std::collections::VecDeque;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tracing::{debug, info, warn};

/// A server that takes no text for so long is none.
const SENDING: Duration = Duration::from_secs(20);

/// Both clocks.
pub trait Clock: Send + 'static {
    /// As they are now; the forward one goes with tokio's.
    fn now(&self) -> Now;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct Clocks {
    begin: Instant,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            begin: Instant::now(),
        }
    }
}

impl Clock for Clocks {
    fn now(&self) -> Now {
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Now {
            forward: self.begin.elapsed(),
            wall_ms: wall.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
        }
    }
}

type Socket<D> = WebSocketStream<<D as Dial>::Stream>;
type Dialling<D> = Pin<Box<dyn Future<Output = Result<Socket<D>, LinkError>> + Send>>;

/// One agent with its connection.
struct Driven<D: Dial> {
    agent: Agent,
    dial: std::sync::Arc<D>,
    dialling: Option<Dialling<D>>,
    socket: Option<Socket<D>>,
    /// Why the last try failed, so that the same sentence is not said again and again.
    told: Option<String>,
}

/// The daemon's ends of it.
#[derive(Debug)]
pub struct Ends {
    /// What happens in the room.
    pub inputs: mpsc::Receiver<Input>,
    /// What the room shall do, in order; connections are not its business.
    pub deeds: mpsc::Sender<Output>,
    /// How the connection is, for people.
    pub seen: watch::Sender<LinkSeen>,
}

/// How the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkSeen {
    /// There is none; why, once one was tried.
    Down(Option<String>),
    /// The server has greeted the room.
    Up,
}

/// Runs until the daemon's inputs end.
pub async fn drive<D: Dial>(agent: Agent, dial: D, clock: impl Clock, mut ends: Ends) {
    let begin = Instant::now();
    let start = clock.now().forward;
    let mut driven = Driven {
        agent,
        dial: std::sync::Arc::new(dial),
        dialling: None,
        socket: None,
        told: None,
    };
    let mut next = VecDeque::from([Input::Tick]);
    loop {
        let input = match next.pop_front() {
            Some(input) => input,
            None => {
                let wake = driven.agent.deadline();
                let wake = wake.map(|at| begin + at.saturating_sub(start));
                tokio::select! {
                    input = ends.inputs.recv() => match input {
                        Some(input) => input,
                        None => break,
                    },
                    input = driven.happens() => input,
                    () = until(wake) => Input::Tick,
                }
            }
        };
        let outputs = driven.agent.step(clock.now(), input);
        ends.seen.send_if_modified(|seen| driven.show(seen));
        for output in outputs {
            match driven.perform(output).await {
                Done::Yes => {}
                Done::Lost => next.push_back(Input::Lost),
                Done::Daemons(output) => {
                    if ends.deeds.send(output).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
    if let Some(mut socket) = driven.socket {
        let _ = timeout(Duration::from_secs(2), socket.close(None)).await;
    }
}

enum Done {
    Yes,
    Lost,
    Daemons(Output),
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What the server's last word means for people; nothing where the room is called back by itself.
fn sent_away(why: GoodbyeWhy) -> Option<String> {
    let words = match why {
        GoodbyeWhy::Revoked => {
            "the server has turned this room out; `sudo roomctl fleet enrol` asks it to take the room in anew"
        }
        GoodbyeWhy::Replaced => "another device has connected with this room's key",
        GoodbyeWhy::Broken => "the server does not understand this room",
        GoodbyeWhy::Restart | GoodbyeWhy::Full | GoodbyeWhy::TooSlow => return None,
    };
    Some(words.to_owned())
}

impl<D: Dial> Driven<D> {
    /// What comes from the connection next; never, while there is none.
    async fn happens(&mut self) -> Input {
        if let Some(dialling) = &mut self.dialling {
            let dialled = dialling.await;
            self.dialling = None;
            return self.dialled(dialled);
        }
        let Some(socket) = &mut self.socket else {
            return std::future::pending().await;
        };
        match socket.next().await {
            Some(Ok(Message::Text(text))) => Input::Heard(text.to_string()),
            Some(Ok(Message::Pong(_) | Message::Ping(_))) => Input::Alive,
            Some(Ok(Message::Close(_) | Message::Binary(_) | Message::Frame(_))) => self.gone(None),
            Some(Err(error)) => self.gone(Some(&error)),
            None => self.gone(None),
        }
    }

    fn dialled(&mut self, dialled: Result<Socket<D>, LinkError>) -> Input {
        match dialled {
            Ok(socket) => {
                info!("connected to the fleet server");
                self.told = None;
                self.socket = Some(socket);
                Input::Connected
            }
            Err(error) => {
                let error = error.to_string();
                if self.told.as_ref() == Some(&error) {
                    debug!(error, "still no connection to the fleet server");
                } else {
                    warn!(
                        error,
                        "no connection to the fleet server; the room goes on without it"
                    );
                }
                self.told = Some(error);
                Input::Lost
            }
        }
    }

    fn show(&self, seen: &mut LinkSeen) -> bool {
        let now = match self.agent.is_up() {
            true => LinkSeen::Up,
            false => LinkSeen::Down(
                self.told
                    .clone()
                    .or_else(|| self.agent.sent_away().and_then(sent_away)),
            ),
        };
        let changed = *seen != now;
        *seen = now;
        changed
    }

    fn gone(&mut self, error: Option<&SocketError>) -> Input {
        match error {
            Some(error) => info!(%error, "the connection to the fleet server is lost"),
            None => info!("the fleet server ended the connection"),
        }
        self.socket = None;
        Input::Lost
    }

    async fn perform(&mut self, output: Output) -> Done {
        match output {
            Output::Connect => {
                let dial = self.dial.clone();
                self.socket = None;
                self.dialling = Some(Box::pin(async move { dial.dial().await }));
                Done::Yes
            }
            Output::Send(text) => self.send(Message::text(text)).await,
            Output::Ping => self.send(Message::Ping(Vec::new().into())).await,
            Output::Close => {
                self.dialling = None;
                if let Some(mut socket) = self.socket.take() {
                    // A peer that does not say goodbye loses nothing by it.
                    let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
                }
                Done::Yes
            }
            Output::Remember(_)
            | Output::Do(_)
            | Output::Apply(_)
            | Output::Look
            | Output::Offered(_)
            | Output::Measure => Done::Daemons(output),
        }
    }

    async fn send(&mut self, message: Message) -> Done {
        let Some(socket) = &mut self.socket else {
            return Done::Lost;
        };
        match timeout(SENDING, socket.send(message)).await {
            Ok(Ok(())) => Done::Yes,
            Ok(Err(_)) | Err(_) => {
                self.socket = None;
                Done::Lost
            }
        }
    }
}
