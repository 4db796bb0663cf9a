//! What listens to the roles: pipes that the server fills, their samples into meters, figures and findings out. Samples stay in memory
//! for a tenth of a second and go nowhere else. Must not know devices.
//!
//! A stream of our own would be woken in each turn of the server: 200 times a second for both roles, at 40 µs each.

use super::conf;
use crate::meter::{Change, Ear, Echo, Meter, Reading};
use crate::ports::{GraphFact, Level, Role};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes that wait at most, by pipe(7) a whole number of pages: of two channels 0.68 s. What the server finds no room for is lost.
const MOST: usize = 1 << 18;
const SAMPLE: usize = size_of::<f32>();
/// A server that has come up has made its pipes before it answers; so often they are looked for all the same.
const PATIENCE: u32 = 50;

/// What comes of one role.
struct Tap {
    role: Role,
    path: PathBuf,
    pipe: Option<File>,
    looks: u32,
}

/// The pipes of one server.
pub(super) struct Taps {
    taps: Vec<Tap>,
    bytes: Vec<u8>,
}

impl Taps {
    /// Of the server whose socket that is. Roles that nothing comes of are heard nowhere.
    pub(super) fn of(socket: &Path) -> Taps {
        let folder = socket.parent().unwrap_or(Path::new("."));
        let one = |role| {
            let path = conf::pipe(folder, role)?;
            Some(Tap {
                role,
                path,
                pipe: None,
                looks: 0,
            })
        };
        Taps {
            taps: Role::ALL.into_iter().filter_map(one).collect(),
            bytes: vec![0; MOST],
        }
    }

    /// Whether a role can be listened to.
    pub(super) fn hears(&self, role: Role) -> bool {
        let of = |tap: &&Tap| tap.role == role && tap.pipe.is_some();
        self.taps.iter().any(|tap| of(&tap))
    }

    /// What each has heard since the last time.
    pub(super) fn take(&mut self) -> Vec<(Role, Vec<f32>)> {
        let bytes = &mut self.bytes;
        let one = |tap: &mut Tap| (tap.role, samples(tap.read(bytes)));
        self.taps.iter_mut().map(one).collect()
    }
}

impl Tap {
    fn read<'a>(&mut self, bytes: &'a mut [u8]) -> &'a [u8] {
        let Some(pipe) = &mut self.pipe else {
            self.look(bytes);
            return &[];
        };
        // The whole pipe fits. One that is empty says that reading would have to wait; another trouble ends with the connection.
        let count = pipe.read(bytes).unwrap_or(0);
        &bytes[..count]
    }

    fn look(&mut self, bytes: &mut [u8]) {
        self.looks = self.looks.saturating_add(1);
        match open(&self.path, bytes) {
            Ok(pipe) => self.pipe = Some(pipe),
            Err(error) if self.looks == PATIENCE => {
                tracing::warn!(role = ?self.role, %error, "a role cannot be listened to");
            }
            Err(_) => {}
        }
    }
}

/// Opens a pipe and leaves what had been waiting in it: nobody knows since when.
fn open(path: &Path, bytes: &mut [u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut pipe = options
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    // With the size that it has by itself it holds 0.17 s of two channels.
    if let Err(error) = fcntl(&pipe, FcntlArg::F_SETPIPE_SZ(MOST as i32)) {
        tracing::debug!(%error, "a small pipe");
    }
    match pipe.read(bytes) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        Ok(_) | Err(_) => Ok(pipe),
    }
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    let all = bytes.as_chunks::<SAMPLE>().0;
    all.iter().map(|one| f32::from_le_bytes(*one)).collect()
}

/// The meters of both roles and what is between them.
pub(super) struct Meters {
    microphone: Meter,
    loudspeaker: Meter,
    echo: Echo,
}

impl Meters {
    pub(super) fn new() -> Meters {
        Meters {
            microphone: Meter::new(Ear::Microphone, conf::channels(Role::Microphone)),
            loudspeaker: Meter::new(Ear::Loudspeaker, conf::channels(Role::Loudspeaker)),
            echo: Echo::new(),
        }
    }

    /// What there is to say of what was heard at the same time. `factor`: what the loudspeaker's role multiplies by, so that a
    /// far end that is quiet is told from a room that is turned down.
    pub(super) fn hear(&mut self, heard: Vec<(Role, Vec<f32>)>, factor: f32) -> Vec<GraphFact> {
        let mut facts = Vec::new();
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for (role, mut samples) in heard {
            let meter = match role {
                Role::Microphone => &mut self.microphone,
                Role::Loudspeaker | Role::Second => &mut self.loudspeaker,
            };
            if role != Role::Microphone && factor > 0.0 && factor != 1.0 {
                samples.iter_mut().for_each(|sample| *sample /= factor);
            }
            let blocks = meter.hear(&samples);
            facts.extend(blocks.last().map(|block| level(role, &block.reading)));
            let changes = blocks.into_iter().flat_map(|block| block.changes);
            facts.extend(changes.map(|change| finding(role, change)));
            match role {
                Role::Microphone => near = samples,
                Role::Loudspeaker | Role::Second => far = samples,
            }
        }
        let change = self
            .echo
            .hear(&near, &far, conf::channels(Role::Loudspeaker));
        facts.extend(change.map(|change| finding(Role::Microphone, change)));
        facts
    }

    /// Something else is heard from now on: every finding of the role ceases.
    pub(super) fn forget(&mut self, role: Role) -> Vec<GraphFact> {
        let mut changes = match role {
            Role::Microphone => self.microphone.forget(),
            Role::Loudspeaker => self.loudspeaker.forget(),
            Role::Second => return Vec::new(),
        };
        if role == Role::Microphone {
            changes.extend(self.echo.forget());
        }
        changes
            .into_iter()
            .map(|change| finding(role, change))
            .collect()
    }
}

fn level(role: Role, reading: &Reading) -> GraphFact {
    GraphFact::Level(Level {
        role,
        rms: reading.rms,
        peak: reading.peak,
        loudness: reading.short_term,
    })
}

fn finding(role: Role, change: Change) -> GraphFact {
    GraphFact::Finding {
        role,
        finding: change.finding,
        holds: change.holds,
    }
}
