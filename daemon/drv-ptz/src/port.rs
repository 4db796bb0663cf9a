//! The serial line under the engine: opens it, moves bytes and moments, and ends when the line goes.
//! Decides nothing about the camera.

use crate::engine::{Action, Engine, HeadSetup};
use crate::error::PtzError;
use crate::inbox::Inbox;
use crate::link::Link;
use crate::model::HeadModel;
use crate::visca::Address;
use core::time::Duration;
use room_core::event::{Event, HeadSeen};
use room_core::ids::HeadId;
use room_core::units::Mono;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_serial::{
    ClearBuffer, DataBits, ErrorKind, FlowControl, Parity, SerialPort, SerialStream, StopBits,
};

/// A head on a serial line, as values that were checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadConfig {
    /// Its role in the room; stands in every event.
    pub id: HeadId,
    /// The line, best a link that stays the same when adapters are plugged anew.
    pub path: PathBuf,
    /// Bits a second; cameras leave the factory with 9600.
    pub baud: u32,
    /// The camera's number on the line.
    pub address: Address,
    /// How the camera counts.
    pub model: HeadModel,
}

/// Opens the line and talks to the camera until the line goes or nobody listens.
/// Requests that have not ended by then end as failed; those that arrive later stay in the inbox.
pub async fn run(config: HeadConfig, inbox: &mut Inbox, out: mpsc::Sender<Event>) -> PtzError {
    let port = match open(&config) {
        Ok(port) => port,
        Err(error) => return error,
    };
    tracing::info!(head = %config.id, path = %config.path.display(), "line opened");
    let setup = HeadSetup {
        id: config.id,
        address: config.address,
        link: Link::Serial { baud: config.baud },
        model: config.model,
    };
    let mut talk = Talk::new(setup);
    let error = match talk.run(port, inbox, &out).await {
        Some(source) => PtzError::Lost {
            path: config.path,
            source,
        },
        None => PtzError::Unheard,
    };
    let last = talk.engine.abandon(error.failure());
    talk.take(last);
    for event in talk.events {
        // Fails only when nobody listens any more, and then nobody waits for an outcome.
        let _ = out.send(event).await;
    }
    error
}

fn open(config: &HeadConfig) -> Result<SerialStream, PtzError> {
    let path = config.path.as_path();
    let builder = tokio_serial::new(path.to_string_lossy(), config.baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .exclusive(true);
    let mut port = SerialStream::open(&builder).map_err(|error| refused(path, error))?;
    // Cameras look at DTR. Lines without modem signals (a pty, some boards' own UART) say that they have none.
    match port.write_data_terminal_ready(true) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Unknown => {
            tracing::debug!(head = %config.id, %error, "the line has no DTR");
        }
        Err(error) => return Err(refused(path, error)),
    }
    port.clear(ClearBuffer::All)
        .map_err(|error| refused(path, error))?;
    Ok(port)
}

fn refused(path: &Path, error: tokio_serial::Error) -> PtzError {
    let path = path.to_path_buf();
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => PtzError::Absent(path),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => PtzError::Denied(path),
        // Both kinds of lock (TIOCEXCL and flock) are reported like this.
        ErrorKind::NoDevice => PtzError::Busy(path),
        ErrorKind::Io(_) | ErrorKind::InvalidInput | ErrorKind::Unknown => PtzError::Unusable {
            path,
            source: error.into(),
        },
    }
}

/// The engine's clock: milliseconds since the line was opened.
#[derive(Debug, Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn now(self) -> Mono {
        Mono(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn at(self, moment: Mono) -> Instant {
        self.0 + Duration::from_millis(moment.0)
    }
}

/// What happened at the line.
enum Happened {
    Asked,
    Wrote(io::Result<usize>),
    Read(io::Result<usize>),
    Told,
    Unheard,
    Waited,
}

struct Talk {
    engine: Engine,
    clock: Clock,
    bytes: VecDeque<u8>,
    events: VecDeque<Event>,
}

impl Talk {
    fn new(setup: HeadSetup) -> Talk {
        Talk {
            engine: Engine::new(setup),
            clock: Clock(Instant::now()),
            bytes: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Until the line fails (with its error) or nobody listens (without).
    async fn run(
        &mut self,
        port: SerialStream,
        inbox: &mut Inbox,
        out: &mpsc::Sender<Event>,
    ) -> Option<io::Error> {
        let (mut reader, mut writer) = tokio::io::split(port);
        let mut buffer = [0; 64];
        let first = self.engine.on_tick(self.clock.now());
        self.take(first);
        loop {
            let deadline = self
                .engine
                .next_deadline()
                .map(|moment| self.clock.at(moment));
            let happened = tokio::select! {
                biased;
                () = inbox.arrived() => Happened::Asked,
                wrote = writer.write(self.bytes.make_contiguous()), if !self.bytes.is_empty() => Happened::Wrote(wrote),
                read = reader.read(&mut buffer) => Happened::Read(read),
                permit = out.reserve(), if !self.events.is_empty() => self.tell(permit.ok()),
                () = wait_until(deadline) => Happened::Waited,
            };
            match happened {
                Happened::Asked => self.ask(inbox),
                Happened::Wrote(Ok(count)) => drop(self.bytes.drain(..count)),
                Happened::Read(Ok(0)) => return Some(io::ErrorKind::UnexpectedEof.into()),
                Happened::Read(Ok(count)) => {
                    let actions = self.engine.on_bytes(self.clock.now(), &buffer[..count]);
                    self.take(actions);
                }
                Happened::Wrote(Err(source)) | Happened::Read(Err(source)) => return Some(source),
                Happened::Told => {}
                Happened::Unheard => return None,
                Happened::Waited => {
                    let actions = self.engine.on_tick(self.clock.now());
                    self.take(actions);
                }
            }
        }
    }

    fn ask(&mut self, inbox: &Inbox) {
        let waiting = inbox.take();
        for (request, outcome) in waiting.ended {
            self.events.push_back(Event::Done { request, outcome });
        }
        for (request, command) in waiting.commands {
            let actions = self.engine.submit(self.clock.now(), request, command);
            self.take(actions);
        }
    }

    fn tell(&mut self, permit: Option<mpsc::Permit<'_, Event>>) -> Happened {
        let Some(permit) = permit else {
            return Happened::Unheard;
        };
        if let Some(event) = self.events.pop_front() {
            permit.send(event);
        }
        Happened::Told
    }

    fn take(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Write(frame) => self.bytes.extend(frame.as_bytes()),
                Action::Event(event) => self.remember(event),
            }
        }
    }

    /// While the room is slow to listen, only the newest place counts.
    fn remember(&mut self, event: Event) {
        let is_place = |event: &Event| matches!(event, Event::Head(_, HeadSeen::At { .. }));
        if is_place(&event) && self.events.back().is_some_and(is_place) {
            self.events.pop_back();
        }
        self.events.push_back(event);
    }
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => core::future::pending().await,
    }
}
