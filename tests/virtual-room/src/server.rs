//! The room between the devices of a real sound server: what its loudspeakers' nodes play comes through the air to its microphones'
//! nodes, as late as the room says and not a sample later. Knows no fault.

use crate::air::Air;
use crate::room::Room;
use sound_line::{Line, LineError, Next, Ports, Strand, Tie, Turn, Way, hold};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// The nodes that the room lies between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices {
    /// The server's socket; `None` for that of this machine's user.
    pub socket: Option<PathBuf>,
    /// Nodes that play, by name, in the order of the room's loudspeakers.
    pub loudspeakers: Vec<String>,
    /// Nodes that hear, by name, in the order of the room's microphones.
    pub microphones: Vec<String>,
}

/// Why the room is not there.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Numbers differ.
    #[error("the room has other numbers of loudspeakers and microphones than there are nodes")]
    Numbers,
    /// A way is shorter than what a sound server can do.
    #[error(
        "a way of {0} ms is too short: a sound server's turns take longer; give it at least {LEAST_MS} ms"
    )]
    TooShort(u64),
    /// The server.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The system gives no thread.
    #[error("cannot start the room's thread")]
    Thread(#[from] std::io::Error),
}

/// Sound is worked out in blocks, and heard a turn later at the latest.
const LEAST_MS: u64 = 25;
const LATENCY_MS: u32 = 10;
/// Beyond this, the server's clock has begun anew.
const LONGEST_MISS: u64 = 1 << 20;

/// A room that sounds for as long as it is kept.
#[derive(Debug)]
pub struct VirtualRoom {
    state: Arc<State>,
    thread: Option<JoinHandle<Result<(), LineError>>>,
}

struct State {
    middle: Mutex<Middle>,
    end: AtomicBool,
    missed: AtomicU64,
    torn: AtomicU64,
    stall_ms: AtomicU64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({} missed)", self.missed.load(Ordering::Relaxed))
    }
}

/// The air, and how the two streams' clocks lie to each other.
struct Middle {
    air: Air,
    heard: Option<(i64, u64)>,
    /// Whether the last turn was no silence.
    sounded: bool,
    played: Option<(i64, u64)>,
    ahead: Option<u64>,
}

impl VirtualRoom {
    /// Joins the devices, and comes back when sound goes through.
    ///
    /// # Errors
    /// When there is no server, or not all nodes come within ten seconds.
    pub fn open(room: &Room, devices: Devices) -> Result<VirtualRoom, OpenError> {
        let size = room.size;
        if (size.loudspeakers, size.microphones)
            != (devices.loudspeakers.len(), devices.microphones.len())
        {
            return Err(OpenError::Numbers);
        }
        let state = Arc::new(State {
            middle: Mutex::new(Middle {
                air: air(room)?,
                heard: None,
                sounded: false,
                played: None,
                ahead: None,
            }),
            end: AtomicBool::new(false),
            missed: AtomicU64::new(0),
            torn: AtomicU64::new(0),
            stall_ms: AtomicU64::new(0),
        });
        let (told, stands) = mpsc::channel();
        let thread = std::thread::Builder::new().name(String::from("virtual-room"));
        let thread = thread.spawn({
            let state = state.clone();
            move || run(&state, size.rate, devices, told)
        })?;
        let stands = stands.recv();
        let mut opened = VirtualRoom {
            state,
            thread: Some(thread),
        };
        match stands {
            Ok(()) => Ok(opened),
            Err(_) => Err(opened.ended().err().unwrap_or(LineError::Gone).into()),
        }
    }

    /// The room becomes another, of the same size, from now on.
    ///
    /// # Errors
    /// When the other has another size, or a way that is too short.
    pub fn become_another(&self, room: &Room) -> Result<(), OpenError> {
        let mut next = air(room)?;
        let mut middle = self.state.middle();
        if middle.air.size() != room.size {
            return Err(OpenError::Numbers);
        }
        next.begin_at(middle.air.heard());
        middle.air = next;
        Ok(())
    }

    /// Its next turn takes so long, as on a machine that is busy with something else.
    pub fn stall(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.state.stall_ms.store(millis, Ordering::Relaxed);
    }

    /// How many turns of the server it has missed: sound that was never in the room.
    pub fn missed(&self) -> u64 {
        self.state.missed.load(Ordering::Relaxed)
    }

    /// How many of these were in the middle of something that was played.
    pub fn torn(&self) -> u64 {
        self.state.torn.load(Ordering::Relaxed)
    }

    /// So many samples were asked for before they could be worked out.
    pub fn short(&self) -> u64 {
        self.state.middle().air.short()
    }

    /// Whether it still sounds.
    pub fn sounds(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    fn ended(&mut self) -> Result<(), LineError> {
        self.state.end.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Ok(()),
        }
    }
}

impl Drop for VirtualRoom {
    fn drop(&mut self) {
        // Whoever wants to know why it ended early asks before.
        let _ = self.ended();
    }
}

fn air(room: &Room) -> Result<Air, OpenError> {
    let rate = room.size.rate as usize;
    let least = room.paths.iter().flatten().map(|path| path.delay).min();
    let millis = (least.unwrap_or(0) * 1000 / rate) as u64;
    if millis < LEAST_MS {
        return Err(OpenError::TooShort(millis));
    }
    Ok(Air::of(room, rate / 100))
}

fn run(
    state: &Arc<State>,
    rate: u32,
    devices: Devices,
    told: mpsc::Sender<()>,
) -> Result<(), LineError> {
    let line = Line {
        socket: devices.socket,
        rate,
        latency: rate * LATENCY_MS / 1000,
        nodes: Duration::from_secs(10),
        links: Duration::from_secs(10),
    };
    let strand = |name: &str, way, channels, takt| Strand {
        name: format!("virtual-room-{name}-{}", std::process::id()),
        way,
        channels,
        takt,
    };
    let (on_heard, on_played) = (state.clone(), state.clone());
    let strands = vec![
        strand(
            "in",
            Way::Hears,
            devices.loudspeakers.len(),
            Box::new(move |turn: Turn<'_>| on_heard.heard(&turn)),
        ),
        strand(
            "out",
            Way::Plays,
            devices.microphones.len(),
            Box::new(move |turn: Turn<'_>| on_played.played(turn)),
        ),
    ];
    let tie = |strand| {
        move |(channel, node): (usize, &String)| Tie {
            strand,
            channel,
            node: node.clone(),
            // Of a loudspeaker with two channels both are in the room, of a microphone both are one.
            ports: Ports::All,
        }
    };
    let ins = devices.loudspeakers.iter().enumerate().map(tie(0));
    let outs = devices.microphones.iter().enumerate().map(tie(1));
    let ties: Vec<Tie> = ins.chain(outs).collect();
    let (before, after) = (state.clone(), state.clone());
    hold(
        &line,
        strands,
        &ties,
        (
            move || before.end.load(Ordering::Relaxed),
            move || {
                if after.middle().ahead.is_some() {
                    // Whoever waits hears it once; later nobody listens.
                    let _ = told.send(());
                }
                Next::On
            },
        ),
    )
}

impl State {
    fn middle(&self) -> MutexGuard<'_, Middle> {
        self.middle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, turn: &Turn<'_>) {
        let stall = self.stall_ms.swap(0, Ordering::Relaxed);
        if stall > 0 {
            std::thread::sleep(Duration::from_millis(stall));
        }
        let mut middle = self.middle();
        let at = middle.air.heard();
        let begun = middle.heard.is_some();
        let sounds = turn.samples.iter().flatten().any(|sample| *sample != 0.0);
        if begun && turn.place != at {
            self.missed.fetch_add(1, Ordering::Relaxed);
            if sounds || middle.sounded {
                self.torn.fetch_add(1, Ordering::Relaxed);
            }
        }
        middle.sounded = sounds;
        if !begun || turn.place < at || turn.place - at > LONGEST_MISS {
            middle.air.begin_at(turn.place);
        } else if turn.place > at {
            middle.air.miss(turn.place - at);
        }
        middle.air.hear(turn.samples);
        middle.heard = Some((turn.now, turn.place));
        middle.meet();
    }

    fn played(&self, turn: Turn<'_>) {
        let mut middle = self.middle();
        middle.played = Some((turn.now, turn.place));
        middle.meet();
        let Some(ahead) = middle.ahead else { return };
        let place = turn.place.wrapping_add(ahead);
        for (microphone, samples) in turn.samples.iter_mut().enumerate() {
            middle.air.record(place, microphone, samples);
        }
    }
}

impl Middle {
    /// Each stream counts from its own beginning; in a turn that both have, it is seen how far apart they are.
    fn meet(&mut self) {
        if let (Some((now, heard)), Some((then, played))) = (self.heard, self.played)
            && now == then
        {
            self.ahead = Some(heard.wrapping_sub(played));
        }
    }
}
