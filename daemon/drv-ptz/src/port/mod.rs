//! The line under a conversation: opens it, moves bytes and moments, and ends when the line goes.
//! Decides nothing about the heads.

mod net;
mod serial;
mod video;
mod wire;

use crate::config::{LineConfig, Port, Protocol};
use crate::conversation::Conversation;
use crate::error::PtzError;
use crate::inbox::Inbox;
use crate::line::{Order, Output};
use crate::trace::Tracer;
use core::time::Duration;
use room_core::event::{Event, HeadSeen};
use room_core::units::Mono;
use std::collections::VecDeque;
use std::io;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::Wire;

/// A connection on which nobody answers for so long may be one that the far end has forgotten; it is made anew.
const SILENCE: Duration = Duration::from_secs(4);

/// Opens the line and talks to its heads until the line goes or nobody listens.
/// Requests that have not ended by then end as failed; those that arrive later stay in the inbox.
pub async fn run(config: &LineConfig, inbox: &mut Inbox, out: mpsc::Sender<Event>) -> PtzError {
    let wire = match (&config.port, config.protocol) {
        (Port::Video { .. }, Protocol::Uvc) => return video::run(config, inbox, out).await,
        (Port::Video { .. }, _) | (_, Protocol::Uvc) => {
            return PtzError::Mismatch(config.port.to_string());
        }
        (Port::Serial { path, baud }, _) => serial::open(path, *baud).map(Wire::stream),
        (Port::Tcp(peer), _) => net::tcp(peer).await.map(Wire::stream),
        (Port::Udp(peer), _) => net::udp(peer, None).await.map(Wire::datagrams),
        (Port::Sony(peer, _), _) => net::udp(peer, Some(net::SONY)).await.map(Wire::datagrams),
    };
    let wire = match wire {
        Ok(wire) => wire,
        Err(error) => return error,
    };
    tracing::info!(port = %config.port, "line opened");
    let mut talk = Talk::new(config);
    let error = match talk.run(wire, inbox, &out).await {
        Ended::Lost(source) => PtzError::Lost {
            port: config.port.to_string(),
            source,
        },
        Ended::Silent => PtzError::Silent(config.port.to_string()),
        Ended::Unheard => PtzError::Unheard,
    };
    let last = talk.conversation.abandon(error.failure());
    talk.take(last);
    for event in talk.events {
        // Fails only when nobody listens any more, and then nobody waits for an outcome.
        let _ = out.send(event).await;
    }
    error
}

/// The conversation's clock: milliseconds since the line was opened.
#[derive(Debug, Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now())
    }

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

/// Why a talk is over.
enum Ended {
    Lost(io::Error),
    Silent,
    Unheard,
}

struct Talk {
    conversation: Conversation,
    clock: Clock,
    /// Frames that wait for the wire; the first may be half written.
    frames: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    tracer: Option<Tracer>,
    /// Over a connection, since when nobody answers.
    silent_since: Option<Instant>,
    is_connection: bool,
}

impl Talk {
    fn new(config: &LineConfig) -> Talk {
        let trace = config.trace.clone();
        Talk {
            conversation: Conversation::new(config),
            clock: Clock::start(),
            frames: VecDeque::new(),
            events: VecDeque::new(),
            tracer: trace.map(|to| Tracer::new(to, &config.port, config.protocol)),
            silent_since: None,
            is_connection: matches!(config.port, Port::Tcp(_)),
        }
    }

    /// Until the line fails or nobody listens.
    async fn run(&mut self, mut wire: Wire, inbox: &Inbox, out: &mpsc::Sender<Event>) -> Ended {
        let first = self.conversation.on_tick(self.clock.now());
        self.take(first);
        loop {
            match self.wait(&mut wire, inbox, out).await {
                Happened::Asked => self.ask(inbox),
                Happened::Wrote(Ok(count)) => self.wrote(count),
                Happened::Read(Ok(0)) if !wire.is_datagrams() => {
                    return Ended::Lost(io::ErrorKind::UnexpectedEof.into());
                }
                Happened::Read(Ok(count)) => self.came(&wire.buffer[..count], wire.is_datagrams()),
                // Nobody has the camera's port now; it may come back, and its silence is noticed all the same.
                Happened::Wrote(Err(error)) | Happened::Read(Err(error))
                    if wire.is_datagrams() && error.kind() == io::ErrorKind::ConnectionRefused => {}
                Happened::Wrote(Err(source)) | Happened::Read(Err(source)) => {
                    return Ended::Lost(source);
                }
                Happened::Told => {}
                Happened::Unheard => return Ended::Unheard,
                Happened::Waited => {
                    let outputs = self.conversation.on_tick(self.clock.now());
                    self.take(outputs);
                }
            }
            if self.is_forgotten() {
                return Ended::Silent;
            }
        }
    }

    async fn wait(
        &mut self,
        wire: &mut Wire,
        inbox: &Inbox,
        out: &mpsc::Sender<Event>,
    ) -> Happened {
        let deadline = self.conversation.next_deadline();
        let deadline = deadline.map(|moment| self.clock.at(moment));
        let frame = self.frames.front().map_or(&[][..], Vec::as_slice);
        tokio::select! {
            biased;
            () = inbox.arrived() => Happened::Asked,
            wrote = wire.writer.write(frame), if !frame.is_empty() => Happened::Wrote(wrote),
            read = wire.reader.read(&mut wire.buffer) => Happened::Read(read),
            permit = out.reserve(), if !self.events.is_empty() => tell(&mut self.events, permit.ok()),
            () = wait_until(deadline) => Happened::Waited,
        }
    }

    fn wrote(&mut self, count: usize) {
        if let Some(frame) = self.frames.front_mut() {
            frame.drain(..count.min(frame.len()));
            if frame.is_empty() {
                self.frames.pop_front();
            }
        }
    }

    fn came(&mut self, bytes: &[u8], is_datagram: bool) {
        if let Some(tracer) = &mut self.tracer {
            tracer.came(bytes);
        }
        let now = self.clock.now();
        let outputs = if is_datagram {
            self.conversation.on_datagram(now, bytes)
        } else {
            self.conversation.on_bytes(now, bytes)
        };
        self.take(outputs);
    }

    fn ask(&mut self, inbox: &Inbox) {
        for head in 0..inbox.heads() {
            let waiting = inbox.take(head);
            for (request, outcome) in waiting.ended {
                self.events.push_back(Event::Done { request, outcome });
            }
            for (request, command) in waiting.commands {
                let now = self.clock.now();
                let order = Order {
                    head,
                    request,
                    command,
                };
                let outputs = self.conversation.submit(now, order);
                self.take(outputs);
            }
        }
    }

    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(bytes) => {
                    if let Some(tracer) = &mut self.tracer {
                        tracer.sent(&bytes);
                    }
                    self.frames.push_back(bytes);
                }
                Output::Event(event) => remember(&mut self.events, event),
            }
        }
    }

    fn is_forgotten(&mut self) -> bool {
        if !self.is_connection || !self.conversation.is_silent() {
            self.silent_since = None;
            return false;
        }
        self.silent_since.get_or_insert_with(Instant::now).elapsed() >= SILENCE
    }
}

fn tell(events: &mut VecDeque<Event>, permit: Option<mpsc::Permit<'_, Event>>) -> Happened {
    let Some(permit) = permit else {
        return Happened::Unheard;
    };
    if let Some(event) = events.pop_front() {
        permit.send(event);
    }
    Happened::Told
}

/// While the room is slow to listen, only a head's newest place counts.
fn remember(events: &mut VecDeque<Event>, event: Event) {
    let place_of = |event: &Event| match event {
        Event::Head(head, HeadSeen::At { .. }) => Some(head.clone()),
        _ => None,
    };
    let is_older = |last: &Event| place_of(last).is_some() && place_of(last) == place_of(&event);
    if events.back().is_some_and(is_older) {
        events.pop_back();
    }
    events.push_back(event);
}

async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => core::future::pending().await,
    }
}
