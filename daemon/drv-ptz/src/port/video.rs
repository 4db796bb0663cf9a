//! A USB camera under its head: opens it, sets and reads its controls off the runtime's threads, and ends when it goes.
//! Decides nothing about the head.

use super::{Clock, remember, wait_until};
use crate::config::{LineConfig, Port};
use crate::error::PtzError;
use crate::inbox::Inbox;
use crate::uvc::{Abilities, Controls, PresetBook, Reading, UvcHead, VideoDevice, Wish};
use room_core::event::Event;
use room_core::failure::HeadFailure;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// No such device: the system's answer once a camera was pulled.
const GONE: [i32; 2] = [19, 6];

pub(super) async fn run(
    config: &LineConfig,
    inbox: &mut Inbox,
    out: mpsc::Sender<Event>,
) -> PtzError {
    let (Port::Video { path, presets }, Some(head)) = (&config.port, config.heads.first()) else {
        return PtzError::Mismatch(config.port.to_string());
    };
    let opened = match open(path.clone()).await {
        Ok(opened) => opened,
        Err(error) => return refused(path, error),
    };
    let (device, can) = opened;
    if !UvcHead::turns(&can) {
        return PtzError::NoMotors(path.clone());
    }
    let book = presets.as_deref();
    let book = match book.map_or(Ok(PresetBook::in_memory()), PresetBook::at) {
        Ok(book) => book,
        Err(error) => {
            tracing::warn!(head = %head.id, %error, "stored presets cannot be read; new ones are forgotten at the end");
            PresetBook::in_memory()
        }
    };
    tracing::info!(port = %config.port, controls = ?can.keys(), "camera opened");
    let mut talk = Talk {
        head: UvcHead::new(head.id.clone(), can.clone(), book),
        can,
        clock: Clock::start(),
        wishes: VecDeque::new(),
        events: VecDeque::new(),
        device: Some(Box::new(device)),
    };
    let error = match talk.run(inbox, &out).await {
        Some(source) => PtzError::Lost {
            port: config.port.to_string(),
            source,
        },
        None => PtzError::Unheard,
    };
    let last = talk.head.abandon(error.failure());
    talk.take(last);
    for event in talk.events {
        // Fails only when nobody listens any more, and then nobody waits for an outcome.
        let _ = out.send(event).await;
    }
    error
}

async fn open(path: std::path::PathBuf) -> io::Result<(VideoDevice, Abilities)> {
    let opened = spawn_blocking(move || {
        let device = VideoDevice::open(&path)?;
        let can = device.abilities()?;
        Ok((device, can))
    });
    opened.await.map_err(io::Error::other)?
}

fn refused(path: &Path, error: io::Error) -> PtzError {
    match error.kind() {
        io::ErrorKind::NotFound => PtzError::Absent(path.to_path_buf()),
        io::ErrorKind::PermissionDenied => PtzError::denied(path),
        io::ErrorKind::ResourceBusy => PtzError::Busy(path.to_path_buf()),
        _ => PtzError::Unusable {
            path: path.to_path_buf(),
            what: "camera",
            source: error,
        },
    }
}

struct Talk {
    head: UvcHead,
    can: Abilities,
    clock: Clock,
    wishes: VecDeque<Wish>,
    events: VecDeque<Event>,
    /// Away while a thread uses it.
    device: Option<Box<dyn Controls>>,
}

/// What a wish came to.
enum Came {
    Written,
    Read(Reading),
}

impl Talk {
    /// Until the camera goes (with its error) or nobody listens (without).
    async fn run(&mut self, inbox: &Inbox, out: &mpsc::Sender<Event>) -> Option<io::Error> {
        loop {
            let due = self.head.on_tick(self.clock.now());
            self.take(due);
            while let Some(wish) = self.wishes.pop_front() {
                if let Err(error) = self.grant(wish).await {
                    return Some(error);
                }
                // A stop must not wait behind readings.
                self.ask(inbox);
            }
            let deadline = Some(self.clock.at(self.head.next_deadline()));
            tokio::select! {
                biased;
                () = inbox.arrived() => self.ask(inbox),
                permit = out.reserve(), if !self.events.is_empty() => match (permit, self.events.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    _ => return None,
                },
                () = out.closed() => return None,
                () = wait_until(deadline) => {}
            }
        }
    }

    fn ask(&mut self, inbox: &Inbox) {
        let waiting = inbox.take(0);
        for (request, outcome) in waiting.ended {
            self.events.push_back(Event::Done { request, outcome });
        }
        for (request, command) in waiting.commands {
            let now = self.clock.now();
            let wishes = self.head.submit(now, request, command);
            self.take(wishes);
        }
    }

    fn take(&mut self, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Event(event) => remember(&mut self.events, event),
                wish => self.wishes.push_back(wish),
            }
        }
    }

    async fn grant(&mut self, wish: Wish) -> io::Result<()> {
        let Some(device) = self.device.take() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let can = self.can.clone();
        let job = spawn_blocking(move || {
            let came = perform(device.as_ref(), &can, wish);
            (device, came)
        });
        let (device, came) = job.await.map_err(io::Error::other)?;
        self.device = Some(device);
        let now = self.clock.now();
        let wishes = match came {
            Ok(Came::Written) => Vec::new(),
            Ok(Came::Read(reading)) => self.head.on_read(now, reading),
            Err(error) if error.raw_os_error().is_some_and(|n| GONE.contains(&n)) => {
                return Err(error);
            }
            Err(error) => {
                tracing::debug!(%error, "the camera refuses a control");
                self.head.on_refused(why(&error))
            }
        };
        self.take(wishes);
        Ok(())
    }
}

fn why(error: &io::Error) -> HeadFailure {
    match error.kind() {
        io::ErrorKind::InvalidInput => HeadFailure::NotSupported,
        _ => HeadFailure::NotNow,
    }
}

fn perform(device: &dyn Controls, can: &Abilities, wish: Wish) -> io::Result<Came> {
    match wish {
        Wish::Write(values) => {
            for (control, value) in values {
                tracing::trace!(?control, value, "out");
                device.write(control, value)?;
            }
            Ok(Came::Written)
        }
        Wish::Read => {
            let mut reading = Reading::default();
            for (control, field) in Reading::axes() {
                if can.contains_key(&control) {
                    *field(&mut reading) = Some(device.read(control)?);
                }
            }
            Ok(Came::Read(reading))
        }
        Wish::Event(_) => Ok(Came::Written),
    }
}
