//! The stage on PipeWire: one client of our own plays and hears in the same turns of the server. Beside the microphones it hears the
//! loudspeaker's own monitor: by it recordings are brought to the take's first sample, and what the server missed is noticed.
//! Knows no meaning of what it records.

use crate::stage::{Seat, Stage};
use crate::whole::{Flaw, begin_of};
use preflight::Trouble;
use preflight::sound::Take;
use sound_line::{Line, LineError, Next, Ports, Strand, Tie, Turn, Way, hold};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Why nothing was played or recorded.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// No sound server answers.
    #[error("the sound server does not answer: {0}")]
    NoServer(String),
    /// No such microphone or loudspeaker.
    #[error(
        "there is no {what} named \"{name}\" at the sound server; `pw-link -io` shows what there is"
    )]
    NoNode {
        /// Microphone or loudspeaker.
        what: &'static str,
        /// As it was asked for.
        name: String,
    },
    /// The server made no ports, links or sound of it in time.
    #[error("the sound server did not {0} in time")]
    Overdue(&'static str),
    /// What was played never came to the loudspeaker's node.
    #[error("what was played did not arrive at the loudspeaker \"{0}\"")]
    NotPlayed(String),
    /// Turns were missed in each of several takes, or no two of them agreed.
    #[error("the machine was too busy to measure the loudspeaker \"{0}\"; try again when it rests")]
    Busy(String),
    /// Something else was played at the same loudspeaker in each of several takes.
    #[error("something else was playing at the loudspeaker \"{0}\"")]
    Disturbed(String),
    /// The system gives no thread.
    #[error("no thread can be started")]
    Thread(#[from] io::Error),
}

impl StudioError {
    /// What it says of the room; microphones and loudspeakers are called by their roles.
    pub fn trouble<'a>(&self, seats: impl IntoIterator<Item = &'a Seat>) -> Trouble {
        let role = |place: &String| {
            let seat = seats.into_iter().find(|seat| seat.place == *place);
            seat.map_or_else(|| place.clone(), |seat| seat.role.clone())
        };
        match self {
            StudioError::Busy(_) => Trouble::SoundBusy,
            StudioError::Disturbed(place) => Trouble::SoundDisturbed(role(place)),
            StudioError::NoNode { name: place, .. } | StudioError::NotPlayed(place) => {
                Trouble::SoundUnreachable(role(place))
            }
            StudioError::NoServer(_) | StudioError::Overdue(_) | StudioError::Thread(_) => {
                Trouble::SoundUnreachable("PipeWire".to_owned())
            }
        }
    }
}

/// PipeWire's own stage.
#[derive(Debug, Clone, Default)]
pub struct Studio {
    socket: Option<PathBuf>,
}

/// Ports come within one turn of the server's loop; a loaded board is given more.
const PORTS: Duration = Duration::from_secs(5);
/// Beyond the take itself.
const SPARE: Duration = Duration::from_secs(4);
/// So often a take is played until one is whole.
const TAKES: usize = 3;
/// The server's own turns may be longer.
const LATENCY_MS: u32 = 20;
/// Streams begin a turn or two apart, which the recording has more than the take.
const MORE: Duration = Duration::from_millis(250);
/// Samples a second where nothing is played.
const LISTENING: u32 = 48_000;

impl Studio {
    /// At the server of this machine's user.
    pub fn here() -> Studio {
        Studio::default()
    }

    /// At the server whose socket is in this folder.
    pub fn at(runtime: PathBuf) -> Studio {
        Studio {
            socket: Some(runtime.join("pipewire-0")),
        }
    }

    /// What each microphone hears while nothing is played, 48000 samples a second.
    ///
    /// # Errors
    /// As for a recording.
    pub async fn listen(
        &self,
        microphones: &[&str],
        how_long: Duration,
    ) -> Result<Vec<Vec<f32>>, StudioError> {
        let ears = microphones.iter().zip(0..);
        let ties = ears.map(|(node, channel)| tie((EAR, channel), node, Ports::First));
        let silence = Tape::of(&[], (LISTENING, how_long), microphones.len());
        let tape = self.once(ties.collect(), silence).await;
        let tape = tape.map_err(|error| named(error, "", microphones))?;
        let heard = std::mem::take(&mut *tape.heard());
        Ok(heard)
    }

    /// Plays once, on a thread of its own; whoever drops the future has silence with the next turn.
    async fn once(&self, ties: Vec<Tie>, tape: Tape) -> Result<Arc<Tape>, LineError> {
        let line = Line {
            socket: self.socket.clone(),
            rate: tape.rate,
            latency: tape.rate * LATENCY_MS / 1000,
            nodes: Duration::ZERO,
            links: PORTS,
        };
        let longest = Duration::from_secs_f64(tape.wanted as f64 / f64::from(tape.rate)) + SPARE;
        let tape = Arc::new(tape);
        let _silence = EndOf(tape.clone());
        let (done, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name(String::from("preflight-studio"));
        let spawned = thread.spawn({
            let tape = tape.clone();
            // Nobody waits for an answer any more only when the future was dropped.
            move || drop(done.send(run(&line, &tape, &ties, longest)))
        });
        match spawned {
            Ok(_) => ended.await.unwrap_or(Err(LineError::Gone))?,
            Err(_) => return Err(LineError::Overdue),
        }
        Ok(tape)
    }
}

/// Ends what still plays.
struct EndOf(Arc<Tape>);

impl Drop for EndOf {
    fn drop(&mut self) {
        self.0.end.store(true, Ordering::Relaxed);
    }
}

const EAR: usize = 0;
const MOUTH: usize = 1;

/// What goes between the streams' turns and whoever waits.
struct Tape {
    take: Vec<f32>,
    rate: u32,
    wanted: usize,
    /// Streams that have had a turn.
    turning: AtomicU32,
    go: AtomicBool,
    end: AtomicBool,
    full: AtomicBool,
    missed: AtomicU32,
    heard: Mutex<Vec<Vec<f32>>>,
}

impl Tape {
    /// Records for so long, and longer when what is played is.
    fn of(take: &[f32], (rate, long): (u32, Duration), channels: usize) -> Tape {
        let second = rate as usize;
        let wanted = take.len() + second * long.as_millis() as usize / 1000;
        // A turn may go beyond what is wanted, and must not allocate.
        let room = wanted + second;
        Tape {
            take: take.to_vec(),
            rate,
            wanted,
            turning: AtomicU32::new(0),
            go: AtomicBool::new(false),
            end: AtomicBool::new(false),
            full: AtomicBool::new(false),
            missed: AtomicU32::new(0),
            heard: Mutex::new((0..channels).map(|_| Vec::with_capacity(room)).collect()),
        }
    }

    fn heard(&self) -> MutexGuard<'_, Vec<Vec<f32>>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn runs(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        is(&self.go) && !is(&self.end) && !is(&self.full)
    }

    /// Counts a turn that does not follow the last one.
    fn follow(&self, next: &mut Option<u64>, turn: &Turn<'_>) {
        if next.is_some_and(|next| next != turn.place) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        let count = turn.samples.first().map_or(0, Vec::len);
        *next = Some(turn.place + count as u64);
    }
}

fn run(line: &Line, tape: &Arc<Tape>, ties: &[Tie], longest: Duration) -> Result<(), LineError> {
    let (name, channels) = (names(), tape.heard().len());
    let (ear, mouth) = (tape.clone(), tape.clone());
    let mut next = None;
    let hears = move |turn: Turn<'_>| {
        ear.turning.fetch_or(1 << EAR, Ordering::Relaxed);
        if !ear.runs() {
            return;
        }
        ear.follow(&mut next, &turn);
        let mut heard = ear.heard();
        for (all, samples) in heard.iter_mut().zip(turn.samples.iter()) {
            all.extend_from_slice(samples);
        }
        if heard.iter().all(|all| all.len() >= ear.wanted) {
            ear.full.store(true, Ordering::Relaxed);
        }
    };
    let (mut next, mut at) = (None, 0);
    let plays = move |turn: Turn<'_>| {
        mouth.turning.fetch_or(1 << MOUTH, Ordering::Relaxed);
        if !mouth.runs() {
            return;
        }
        if at < mouth.take.len() {
            mouth.follow(&mut next, &turn);
        }
        if let Some(samples) = turn.samples.first_mut() {
            let left = &mouth.take[at.min(mouth.take.len())..];
            let count = left.len().min(samples.len());
            samples[..count].copy_from_slice(&left[..count]);
            at += count;
        }
    };
    let mut strands = vec![
        Strand {
            name: format!("{name}-ear"),
            way: Way::Hears,
            channels,
            takt: Box::new(hears),
        },
        Strand {
            name: format!("{name}-mouth"),
            way: Way::Plays,
            channels: 1,
            takt: Box::new(plays),
        },
    ];
    if tape.take.is_empty() {
        strands.truncate(1);
    }
    let all = (1 << strands.len()) - 1;
    let (dropped, tape) = (tape.clone(), tape.clone());
    let mut until = None;
    hold(
        line,
        strands,
        ties,
        (
            move || dropped.end.load(Ordering::Relaxed),
            move || {
                // Links stand before the server takes the streams into its turns.
                if tape.turning.load(Ordering::Relaxed) == all {
                    tape.go.store(true, Ordering::Relaxed);
                }
                let until = *until.get_or_insert_with(|| Instant::now() + longest);
                match tape.full.load(Ordering::Relaxed) || Instant::now() > until {
                    true => Next::End,
                    false => Next::On,
                }
            },
        ),
    )
}

impl Stage for Studio {
    type Error = StudioError;

    async fn record(
        &mut self,
        loudspeaker: &str,
        microphones: &[&str],
        take: &Take,
    ) -> Result<Vec<Vec<f32>>, StudioError> {
        let mut ties = vec![
            tie((MOUTH, 0), loudspeaker, Ports::All),
            tie((EAR, 0), loudspeaker, Ports::First),
        ];
        let ears = microphones.iter().zip(1..);
        ties.extend(ears.map(|(node, channel)| tie((EAR, channel), node, Ports::First)));
        let named = |error| named(error, loudspeaker, microphones);
        let (mut missed, mut silent) = (false, true);
        for _ in 0..TAKES {
            let tape = Tape::of(
                &take.samples,
                (take.sweep.rate, MORE),
                1 + microphones.len(),
            );
            let tape = self.once(ties.clone(), tape).await.map_err(named)?;
            let heard = tape.heard();
            let full = tape.full.load(Ordering::Relaxed);
            let late = !full || tape.missed.load(Ordering::Relaxed) > 0;
            match begin_of(&heard[0], take) {
                Ok(start) if !late => {
                    return Ok(heard[1..].iter().map(|all| cut(all, start, take)).collect());
                }
                Ok(_) | Err(Flaw::Other) => silent = false,
                Err(Flaw::Silent) => {}
            }
            missed |= late;
        }
        Err(match (missed, silent) {
            (true, _) => StudioError::Busy(loudspeaker.to_owned()),
            (false, true) => StudioError::NotPlayed(loudspeaker.to_owned()),
            (false, false) => StudioError::Disturbed(loudspeaker.to_owned()),
        })
    }

    fn unsteady(loudspeaker: &str) -> StudioError {
        StudioError::Busy(loudspeaker.to_owned())
    }
}

fn tie((strand, channel): (usize, usize), node: &str, ports: Ports) -> Tie {
    Tie {
        strand,
        channel,
        node: node.to_owned(),
        ports,
    }
}

fn named(error: LineError, loudspeaker: &str, microphones: &[&str]) -> StudioError {
    match error {
        LineError::NoNode { node, .. } => StudioError::NoNode {
            what: match node == loudspeaker || !microphones.contains(&node.as_str()) {
                true => "loudspeaker",
                false => "microphone",
            },
            name: node,
        },
        LineError::Overdue => StudioError::Overdue("make ports and links"),
        LineError::NoServer(error) | LineError::Refused(error) => {
            StudioError::NoServer(error.to_string())
        }
        LineError::Gone => StudioError::NoServer(String::from("it went away")),
    }
}

/// A name that no other run has at the same time.
fn names() -> String {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    format!("roomd-preflight-{}-{run}", std::process::id())
}

/// So long as the take, or shorter when the recording ended early.
fn cut(channel: &[f32], start: isize, take: &Take) -> Vec<f32> {
    let before = usize::try_from(-start).unwrap_or(0);
    let from = usize::try_from(start).unwrap_or(0).min(channel.len());
    let mut samples = vec![0.0; before];
    samples.extend_from_slice(&channel[from..]);
    samples.truncate(take.samples.len());
    samples
}
