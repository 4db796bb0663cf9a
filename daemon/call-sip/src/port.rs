//! The control line itself: connects to the client whenever it is there, carries orders out and events in.
//! Owns the socket and the clock; decides nothing.

use crate::engine::{Engine, Input, Output, Setup};
use crate::frame::{self, Decoder};
use crate::handle::Inbox;
use crate::message;
use room_core::event::Event;
use room_core::units::Mono;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, trace, warn};

/// What the client's task needs to know.
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// Where the control line is, on this machine.
    pub control: SocketAddr,
    /// What else the engine must know of it.
    pub setup: Setup,
}

/// Why the client's task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SipError {
    /// Every handle is gone: nobody can ask anything any more.
    #[error("nobody asks any more")]
    NobodyAsks,
    /// Events are not taken any more.
    #[error("nobody listens any more")]
    NobodyListens,
}

/// Between two tries to reach the client; short, because a call may wait for it.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs until nobody asks or listens any more; finds the client again as often as needed.
pub async fn run(config: SipConfig, inbox: &mut Inbox, out: mpsc::Sender<Event>) -> SipError {
    let mut port = Port {
        engine: Engine::new(config.setup),
        out,
        began: Instant::now(),
        line: None,
    };
    let mut again = Instant::now();
    loop {
        let due = port.engine.next_deadline().map(|at| port.instant(at));
        let told = tokio::select! {
            wish = inbox.next() => match wish {
                Some((call, command)) => port.take(Input::Command(call, command)).await,
                None => return SipError::NobodyAsks,
            },
            read = read(&mut port.line) => port.heard(read).await,
            () = sleep_until(again), if port.line.is_none() => {
                again = Instant::now() + PAUSE;
                port.connect(config.control).await
            }
            () = sleep_until(due.unwrap_or(again)), if due.is_some() => port.take(Input::Deadline).await,
        };
        if let Err(error) = told {
            return error;
        }
    }
}

struct Port {
    engine: Engine,
    out: mpsc::Sender<Event>,
    began: Instant,
    line: Option<Line>,
}

struct Line {
    stream: TcpStream,
    decoder: Decoder,
    bytes: Vec<u8>,
}

/// Whether more has come; waits for ever without a line.
async fn read(line: &mut Option<Line>) -> bool {
    let Some(line) = line else {
        return std::future::pending().await;
    };
    let mut bytes = [0; 16 * 1024];
    match line.stream.read(&mut bytes).await {
        Ok(count @ 1..) => {
            line.bytes.extend_from_slice(&bytes[..count]);
            true
        }
        Ok(0) | Err(_) => false,
    }
}

impl Port {
    async fn connect(&mut self, control: SocketAddr) -> Result<(), SipError> {
        let Ok(stream) = TcpStream::connect(control).await else {
            return Ok(());
        };
        // Orders are short and urgent.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "orders may be late");
        }
        info!("the SIP client obeys");
        self.line = Some(Line {
            stream,
            decoder: Decoder::default(),
            bytes: Vec::new(),
        });
        self.take(Input::LineUp).await
    }

    async fn heard(&mut self, more: bool) -> Result<(), SipError> {
        if !more {
            return self.lose("the line ended").await;
        }
        let Some(line) = &mut self.line else {
            return Ok(());
        };
        line.decoder.push(&line.bytes);
        line.bytes.clear();
        loop {
            let Some(line) = &mut self.line else {
                return Ok(());
            };
            match line.decoder.take() {
                Ok(Some(bytes)) => {
                    let said = message::read(&bytes);
                    trace!(?said, "the SIP client");
                    self.take(Input::Said(said)).await?;
                }
                Ok(None) => return Ok(()),
                Err(_) => return self.lose("it does not speak as it should").await,
            }
        }
    }

    async fn lose(&mut self, why: &str) -> Result<(), SipError> {
        warn!(why, "the SIP client is gone");
        self.line = None;
        self.take(Input::LineDown).await
    }

    async fn take(&mut self, input: Input) -> Result<(), SipError> {
        let now = self.began.elapsed().as_millis();
        let now = Mono(u64::try_from(now).unwrap_or(u64::MAX));
        let outputs = self.engine.step(now, input);
        let mut orders = Vec::new();
        for output in outputs {
            match output {
                Output::Order(token, order) => {
                    trace!(?order, "to the SIP client");
                    orders.extend(frame::encode(&order.encode(token)));
                }
                Output::Tell(call, seen) => {
                    let event = Event::Call(call, seen);
                    self.out
                        .send(event)
                        .await
                        .map_err(|_| SipError::NobodyListens)?;
                }
            }
        }
        self.write(&orders).await;
        Ok(())
    }

    /// A line that takes nothing is seen as lost by its reader.
    async fn write(&mut self, orders: &[u8]) {
        if let Some(line) = self.line.as_mut().filter(|_| !orders.is_empty())
            && let Err(error) = line.stream.write_all(orders).await
        {
            debug!(%error, "the SIP client takes no orders");
        }
    }

    fn instant(&self, at: Mono) -> Instant {
        self.began + Duration::from_millis(at.0)
    }
}
