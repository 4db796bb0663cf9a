//! Looks after the firmware of a room's buttons: tells what they run, and does the updates that the room orders, one at a time.
//! Owns looking, waiting and the note that outlives a restart; what comes next stands in `job.rs` and `register.rs`.

use super::{
    Built, Display, Found, Image, Images, Job, Next, Register, Roots, UpdateError, Version, Ward,
};
use super::{look, touch, write_mounted};
use room_core::event::Event;
use room_core::failure::FirmwareFailure;
use room_core::ids::PuckId;
use room_core::pucks::FirmwareSeen;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

/// Between two looks while nothing is done. A look is a few dozen small files of the kernel's.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same during an update.
const PACE: Duration = Duration::from_millis(250);
/// From one step of an update to the next. A loader's disk takes some seconds to be found on a small board.
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// What a button has said of its build.
pub type Says = Box<dyn Fn(&PuckId) -> Built + Send + Sync>;

/// What to look after, and how.
pub struct Attendance {
    /// Where to look.
    pub roots: Roots,
    /// The room's buttons.
    pub wards: Vec<Ward>,
    /// What the room has for them; may change while they are looked after.
    pub images: watch::Receiver<Images>,
    /// Asks what a button has said on its line.
    pub says: Says,
    /// A folder that outlives the daemon; in it, one note for each update that is not finished.
    pub notes: PathBuf,
    /// Told the socket of each button.
    pub sockets: watch::Sender<BTreeMap<PuckId, String>>,
}

/// Looks and updates until nobody orders or listens any more.
pub async fn attend(
    what: Attendance,
    mut orders: mpsc::Receiver<PuckId>,
    out: mpsc::Sender<Event>,
) {
    let mut nurse = Nurse::new(what, out);
    loop {
        if nurse.look().await.is_none() {
            return;
        }
        let pause = match nurse.register.expects_words() {
            true => PACE,
            false => LOOK_EVERY,
        };
        let order = tokio::select! {
            order = timeout(pause, orders.recv()) => order,
            // Where nobody changes them any more, orders alone are waited for.
            Ok(()) = nurse.images.changed() => continue,
        };
        match order {
            Ok(Some(id)) => {
                let seen = nurse.carry_out(&id).await;
                if nurse.tell(id, seen).await.is_none() {
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => {}
        }
    }
}

struct Nurse {
    roots: Roots,
    register: Register,
    images: watch::Receiver<Images>,
    says: Says,
    notes: PathBuf,
    sockets: watch::Sender<BTreeMap<PuckId, String>>,
    out: mpsc::Sender<Event>,
}

impl Nurse {
    fn new(what: Attendance, out: mpsc::Sender<Event>) -> Nurse {
        let ids: Vec<PuckId> = what.wards.iter().map(|ward| ward.id.clone()).collect();
        let mut register = Register::new(what.wards, what.images.borrow().clone());
        for id in ids {
            if let Ok(text) = fs::read_to_string(note(&what.notes, &id)) {
                let mut words = text.split_whitespace();
                let socket = words.next().unwrap_or_default();
                register.remember(&id, socket, words.next().and_then(Display::read));
            }
        }
        Nurse {
            roots: what.roots,
            register,
            images: what.images,
            says: what.says,
            notes: what.notes,
            sockets: what.sockets,
            out,
        }
    }

    /// Says what is new; `None` when nobody listens any more.
    async fn look(&mut self) -> Option<Found> {
        let roots = self.roots.clone();
        let found = spawn_blocking(move || look(&roots))
            .await
            .unwrap_or_default();
        self.register.renew(self.images.borrow_and_update().clone());
        let leads = |path: &Path| fs::canonicalize(path).ok();
        for (id, seen) in self.register.look(&found, leads, &self.says) {
            self.tell(id, seen).await?;
        }
        let sockets = self.register.sockets();
        let sockets: BTreeMap<_, _> = sockets
            .map(|(id, at)| (id.clone(), at.to_owned()))
            .collect();
        self.sockets.send_if_modified(|known| {
            let changed = *known != sockets;
            *known = sockets;
            changed
        });
        Some(found)
    }

    async fn tell(&self, id: PuckId, seen: FirmwareSeen) -> Option<()> {
        debug!(puck = %id, ?seen, "firmware");
        self.out.send(Event::Firmware(id, seen)).await.ok()
    }

    async fn carry_out(&mut self, id: &PuckId) -> FirmwareSeen {
        let Some((socket, image)) = self.register.order(id) else {
            warn!(puck = %id, "no firmware for a table button, or it was never seen on USB");
            return FirmwareSeen::Failed(FirmwareFailure::NoLoader);
        };
        // A board that loses its power in the middle knows afterwards whose loader that is.
        let note = note(&self.notes, id);
        let known = format!("{socket} {}", image.marker().display);
        if let Err(error) = keep(&note, &known) {
            warn!(%error, note = %note.display(), "an update that is cut off could not be continued after a restart");
        }
        info!(puck = %id, socket, image = %image.marker(), "a table button gets new firmware");
        match self.update(&socket, image).await {
            Ok(version) => {
                info!(puck = %id, %version, "a table button runs its new firmware");
                let _ = fs::remove_file(&note);
                FirmwareSeen::Updated(version)
            }
            Err(error) => {
                warn!(puck = %id, "{error}");
                FirmwareSeen::Failed(reason(&error))
            }
        }
    }

    async fn update(&mut self, socket: &str, image: Arc<Image>) -> Result<Version, UpdateError> {
        let mut job = Job::new(socket, &image)?;
        let mut since = Instant::now();
        loop {
            let found = self.look().await.unwrap_or_default();
            let what = match job.next(&found)? {
                Next::Done => return Ok(job.wanted()),
                Next::Enter(line) => {
                    let asked = spawn_blocking(move || touch(&line)).await;
                    asked.unwrap_or(Ok(()))?;
                    job.entered();
                    since = Instant::now();
                    continue;
                }
                Next::Write(disk) => match put(&disk, &image).await {
                    Ok(()) => {
                        job.written();
                        since = Instant::now();
                        continue;
                    }
                    // Whoever mounts it for the daemon takes a moment; a plug that is pulled comes back.
                    Err(error) if since.elapsed() > STEP_LIMIT => return Err(error),
                    Err(error) => {
                        debug!("{error}");
                        "the loader's disk"
                    }
                },
                Next::Wait(what) => what,
            };
            if since.elapsed() > STEP_LIMIT {
                return Err(UpdateError::Late(what));
            }
            sleep(PACE).await;
        }
    }
}

async fn put(disk: &Path, image: &Arc<Image>) -> Result<(), UpdateError> {
    let (disk, image) = (disk.to_owned(), Arc::clone(image));
    let written = spawn_blocking(move || write_mounted(&disk, &image)).await;
    // A panic ends the daemon by itself.
    written.unwrap_or(Err(UpdateError::Late("the loader's disk")))
}

/// On the disk before the button forgets what it was.
fn keep(note: &Path, known: &str) -> io::Result<()> {
    let mut file = File::create(note)?;
    file.write_all(known.as_bytes())?;
    file.sync_all()
}

fn note(notes: &Path, id: &PuckId) -> PathBuf {
    notes.join(format!("update-{id}"))
}

fn reason(error: &UpdateError) -> FirmwareFailure {
    match error {
        UpdateError::Disk { .. } => FirmwareFailure::Disk,
        UpdateError::OtherVersion { .. } | UpdateError::Late(Job::START) => {
            FirmwareFailure::OtherVersion
        }
        UpdateError::Late(_)
        | UpdateError::Line { .. }
        | UpdateError::Image(_)
        | UpdateError::OtherDisplay { .. }
        | UpdateError::NotForUsb => FirmwareFailure::NoLoader,
    }
}
