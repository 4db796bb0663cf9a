//! The serial line: opens it whenever it is there, carries bytes, keeps time.
//! Knows no message; the session decides.

use crate::session::{SAYS_ITS_BUILD, Session, Step};
use crate::{Acquaintance, Built, Config, Inbox, Known, PuckError, presence};
use room_core::event::{Event, Origin, Presence, Press};
use std::io;
use std::ops::ControlFlow;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_serial::{ClearBuffer, SerialPort, SerialPortBuilderExt, SerialStream};
use tracing::{debug, info, trace, warn};
use wire::{Face, SCHEMA, schema_hash};

/// A CDC-ACM button ignores it; one behind a real UART uses it.
const BAUD: u32 = 115_200;
/// Between two looks for a line that is away.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A line that takes nothing for this long is broken.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

pub(crate) struct Line {
    config: Config,
    show: watch::Receiver<Option<Face>>,
    known: Known,
    out: mpsc::Sender<Event>,
    said: Option<Presence>,
    session_id: u32,
    last_trouble: String,
}

/// Nobody needs the driver any more.
struct Unneeded;

enum Ended {
    Unneeded,
    Trouble(PuckError),
}

impl From<Unneeded> for Ended {
    fn from(_: Unneeded) -> Self {
        Ended::Unneeded
    }
}

impl Line {
    pub(crate) fn new(
        config: Config,
        Inbox { show, known }: Inbox,
        out: mpsc::Sender<Event>,
    ) -> Line {
        Line {
            config,
            show,
            known,
            out,
            said: None,
            session_id: first_session_id(),
            last_trouble: String::new(),
        }
    }

    pub(crate) async fn serve(mut self) {
        loop {
            let ended = match self.open() {
                Ok(port) => self.talk(port).await,
                Err(error) => Err(Ended::Trouble(error)),
            };
            if self.after(ended).await.is_break() {
                return;
            }
        }
    }

    async fn after(&mut self, ended: Result<(), Ended>) -> ControlFlow<()> {
        let Err(Ended::Trouble(error)) = ended else {
            return ControlFlow::Break(());
        };
        self.note(&error);
        if self.say(Presence::Gone).await.is_err() || self.wait_unneeded().await {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Waits between two looks; true when all handles are gone meanwhile.
    async fn wait_unneeded(&mut self) -> bool {
        let until = Instant::now() + LOOK_EVERY;
        loop {
            tokio::select! {
                changed = self.show.changed() => if changed.is_err() { return true },
                () = sleep_until(until) => return self.out.is_closed(),
            }
        }
    }

    fn open(&self) -> Result<SerialStream, PuckError> {
        let path = self.config.path.to_string_lossy();
        // Shared: an exclusive claim on a pseudo terminal outlives a killed daemon. Two daemons on
        // one room are refused elsewhere.
        let port = tokio_serial::new(path, BAUD)
            .exclusive(false)
            .open_native_async()
            .map_err(open_error)?;
        // What was said before this opening is of no use; the session number guards against the rest.
        let _ = port.clear(ClearBuffer::Input);
        Ok(port)
    }

    async fn talk(&mut self, mut port: SerialStream) -> Result<(), Ended> {
        let started = Instant::now();
        self.note_known(|known| known.built = Built::NotYet);
        let mut steps = Vec::new();
        let shown = *self.show.borrow_and_update();
        self.session_id = self.session_id.wrapping_add(0x1_0000).max(1);
        let mut session = Session::begin(self.session_id, shown, &mut steps);
        let mut buffer = [0; 256];
        loop {
            self.perform(&mut port, &mut steps).await?;
            tokio::select! {
                read = port.read(&mut buffer) => {
                    let bytes = self.check_read(read, &buffer)?;
                    session.hear(started.elapsed(), bytes, &mut steps);
                }
                changed = self.show.changed() => {
                    changed.map_err(|_| Unneeded)?;
                    if let Some(face) = *self.show.borrow_and_update() {
                        session.show(started.elapsed(), face, &mut steps);
                    }
                }
                () = sleep_until(started + session.due()) => session.tick(started.elapsed(), &mut steps),
            }
        }
    }

    fn check_read<'a>(&self, read: io::Result<usize>, buffer: &'a [u8]) -> Result<&'a [u8], Ended> {
        match read {
            Ok(0) => Err(Ended::Trouble(PuckError::Broken(
                io::ErrorKind::UnexpectedEof.into(),
            ))),
            Ok(n) => {
                trace!(puck = %self.config.id, bytes = ?&buffer[..n], "read");
                self.note_known(|known| known.heard = Some(std::time::Instant::now()));
                Ok(&buffer[..n])
            }
            Err(error) => Err(Ended::Trouble(PuckError::Broken(error))),
        }
    }

    async fn perform(
        &mut self,
        port: &mut SerialStream,
        steps: &mut Vec<Step>,
    ) -> Result<(), Ended> {
        for step in steps.drain(..) {
            match step {
                Step::Send(frame) => write(port, frame.bytes()).await.map_err(Ended::Trouble)?,
                Step::Here(hello) => {
                    self.last_trouble.clear();
                    self.note_known(|known| {
                        known.firmware = Some(hello.firmware.as_str().to_owned());
                        known.serial = Some(hello.serial.as_str().to_owned());
                        known.foreign = None;
                        if hello.schema < SAYS_ITS_BUILD {
                            known.built = Built::Unsaid;
                        }
                    });
                    info!(puck = %self.config.id, firmware = hello.firmware.as_str(),
                        serial = hello.serial.as_str(), schema = hello.schema, "table button connected");
                    if hello.schema == SCHEMA && hello.hash != schema_hash() {
                        warn!(puck = %self.config.id, "table button has another idea of the same messages; \
                            update its firmware");
                    }
                    self.say(Presence::Here).await?;
                }
                Step::Built(glass) => {
                    debug!(puck = %self.config.id, ?glass, "built for");
                    self.note_known(|known| known.built = Built::For(glass));
                }
                Step::Silent => {
                    warn!(puck = %self.config.id, "table button is silent");
                    self.say(Presence::Gone).await?;
                }
                Step::Foreign(version) => {
                    self.note_known(|known| {
                        known.foreign = Some(version);
                        known.built = Built::Unsaid;
                    });
                    warn!(puck = %self.config.id, version, understood = wire::WIRE_VERSION,
                        "table button speaks another version; one of the two needs an update");
                    self.say(Presence::Foreign).await?;
                }
                Step::Pressed(key, press) => {
                    debug!(puck = %self.config.id, ?key, ?press, "pressed");
                    let press = Press::Key(key, press);
                    let origin = Origin::Puck;
                    self.tell(Event::Pressed { press, origin }).await?;
                }
                Step::Trouble(why) => {
                    warn!(puck = %self.config.id, why = why.as_str(), "table button had restarted by itself");
                }
                Step::UnknownKey => debug!(puck = %self.config.id, "a key of a newer button"),
                Step::PassedOver => debug!(puck = %self.config.id, "a frame was passed over"),
            }
        }
        Ok(())
    }

    async fn say(&mut self, seen: Presence) -> Result<(), Unneeded> {
        if self.said == Some(seen) {
            return Ok(());
        }
        self.said = Some(seen);
        self.tell(presence(&self.config.id, seen)).await
    }

    async fn tell(&self, event: Event) -> Result<(), Unneeded> {
        self.out.send(event).await.map_err(|_| Unneeded)
    }

    fn note_known(&self, note: impl FnOnce(&mut Acquaintance)) {
        note(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn note(&mut self, error: &PuckError) {
        let trouble = error.to_string();
        if self.last_trouble != trouble {
            info!(puck = %self.config.id, path = %self.config.path.display(), "{trouble}; waiting for it");
            self.last_trouble = trouble;
        }
    }
}

async fn write(port: &mut SerialStream, bytes: &[u8]) -> Result<(), PuckError> {
    trace!(?bytes, "write");
    timeout(WRITE_LIMIT, port.write_all(bytes))
        .await
        .map_err(|_| PuckError::Broken(io::ErrorKind::TimedOut.into()))?
        .map_err(PuckError::Broken)
}

fn open_error(error: tokio_serial::Error) -> PuckError {
    use tokio_serial::ErrorKind;
    match error.kind() {
        ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::NotFound) => PuckError::Absent,
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => PuckError::Denied,
        ErrorKind::InvalidInput | ErrorKind::Unknown | ErrorKind::Io(_) => {
            PuckError::Unusable(error.description)
        }
    }
}

/// Differs from start to start, so that answers to an earlier daemon are not taken for ours.
fn first_session_id() -> u32 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (since.as_millis() as u32) ^ std::process::id().rotate_left(16)
}
