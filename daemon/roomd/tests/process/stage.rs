//! What is said into a real sound server and what is heard there, sample for sample by the machine's own clock. Knows no room and no
//! call.

use sound_line::{Line, LineError, Next, Ports, Strand, Tie, Turn, Way, hold};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use voices::RATE;

/// Where a person is heard, and how much softer than they speak.
pub struct Mouth {
    pub node: &'static str,
    pub gain: f32,
}

/// A person and ears in one graph, until dropped.
pub struct Stage {
    state: Arc<State>,
    thread: Option<JoinHandle<Result<(), LineError>>>,
}

struct State {
    end: AtomicBool,
    /// When the newest turn began, in nanoseconds.
    now: AtomicI64,
    said: Mutex<Said>,
    tapes: Vec<Mutex<Tape>>,
}

/// Words, and when they begin.
#[derive(Default)]
struct Said {
    from: i64,
    words: Vec<f32>,
}

/// All that an ear heard, from its first turn on.
#[derive(Default)]
struct Tape {
    began: Option<(i64, u64)>,
    samples: Vec<f32>,
}

impl Stage {
    /// Comes back when sound goes through all of it.
    pub fn open(socket: PathBuf, name: &str, mouths: &[Mouth], ears: &[&str]) -> Stage {
        let state = Arc::new(State {
            end: AtomicBool::new(false),
            now: AtomicI64::new(0),
            said: Mutex::default(),
            tapes: ears.iter().map(|_| Mutex::default()).collect(),
        });
        let line = Line {
            socket: Some(socket),
            rate: RATE as u32,
            latency: RATE as u32 / 100,
            nodes: Duration::from_secs(20),
            links: Duration::from_secs(20),
        };
        let mut strands: Vec<Strand> = Vec::new();
        let mut ties = Vec::new();
        for (n, mouth) in mouths.iter().enumerate() {
            ties.push(tie(strands.len(), mouth.node));
            strands.push(speaks(&state, format!("{name}-mouth-{n}"), mouth.gain));
        }
        for (n, ear) in ears.iter().enumerate() {
            ties.push(tie(strands.len(), ear));
            strands.push(listens(&state, format!("{name}-ear-{n}"), n));
        }
        let (told, stands) = mpsc::channel();
        let (before, after) = (state.clone(), state.clone());
        let thread = std::thread::spawn(move || {
            let given_up = move || before.end.load(Ordering::Relaxed);
            let watch = move || {
                if after.heard_all() {
                    // Whoever waits hears it once; later nobody listens.
                    let _ = told.send(());
                }
                Next::On
            };
            hold(&line, strands, &ties, (given_up, watch))
        });
        let heard = stands.recv_timeout(Duration::from_secs(40));
        assert!(heard.is_ok(), "{name}: no sound goes through");
        Stage {
            state,
            thread: Some(thread),
        }
    }

    /// When the newest turn began, in nanoseconds of the machine's clock.
    pub fn now(&self) -> i64 {
        self.state.now.load(Ordering::Relaxed)
    }

    /// Speaks from an instant on.
    pub fn say(&self, from: i64, words: Vec<f32>) {
        *self.state.said.lock().unwrap() = Said { from, words };
    }

    /// What an ear has heard from an instant on.
    pub fn heard(&self, ear: usize, from: i64) -> Vec<f32> {
        let tape = self.state.tapes[ear].lock().unwrap();
        let (began, _) = tape.began.unwrap();
        tape.samples[samples(from - began)..].to_vec()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.state.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl State {
    fn heard_all(&self) -> bool {
        let mut tapes = self.tapes.iter();
        tapes.all(|tape| tape.lock().unwrap().began.is_some())
    }
}

fn samples(nanoseconds: i64) -> usize {
    usize::try_from(nanoseconds * RATE as i64 / 1_000_000_000).unwrap()
}

fn tie(strand: usize, node: &str) -> Tie {
    Tie {
        strand,
        channel: 0,
        node: node.to_owned(),
        ports: Ports::First,
    }
}

fn speaks(state: &Arc<State>, name: String, gain: f32) -> Strand {
    let state = state.clone();
    let mut began = None;
    let takt = move |turn: Turn<'_>| {
        state.now.store(turn.now, Ordering::Relaxed);
        let said = state.said.lock().unwrap();
        if said.words.is_empty() || turn.now < said.from {
            return;
        }
        // The clock of samples goes on evenly, that of the machine is read at each turn.
        let (first, at) = *began.get_or_insert((turn.place, samples(turn.now - said.from)));
        let from = at + (turn.place - first) as usize;
        let rest = said.words.get(from..).unwrap_or_default();
        for (sample, word) in turn.samples[0].iter_mut().zip(rest) {
            *sample = word * gain;
        }
    };
    Strand {
        name,
        way: Way::Plays,
        channels: 1,
        takt: Box::new(takt),
    }
}

fn listens(state: &Arc<State>, name: String, ear: usize) -> Strand {
    let state = state.clone();
    let takt = move |turn: Turn<'_>| {
        let mut tape = state.tapes[ear].lock().unwrap();
        let (_, first) = *tape.began.get_or_insert((turn.now, turn.place));
        // What a missed turn held was never heard.
        tape.samples
            .resize(turn.place.saturating_sub(first) as usize, 0.0);
        tape.samples.extend_from_slice(&turn.samples[0]);
    };
    Strand {
        name,
        way: Way::Hears,
        channels: 1,
        takt: Box::new(takt),
    }
}

/// What this thread starts comes before what else its session does, where that is allowed; see [`before_others`].
pub fn thread_before_others() {
    let thread = nix::unistd::gettid().to_string();
    let mut command = Command::new("renice");
    done(command.args(["-n", "-15", "-p", &thread]));
}

fn done(command: &mut Command) {
    let output = command.output();
    if !output.is_ok_and(|output| output.status.success()) {
        eprintln!("this machine gives sound no turn before others");
    }
}

/// Sound comes before whatever else the machine does, where that is allowed: as on a room's board, where a turn that is lost is
/// heard. A server is given turns before everybody's, a browser with all of its processes a larger share.
pub fn before_others(servers: &[u32], browser: u32) {
    for server in servers {
        let mut command = Command::new("chrt");
        done(command.args(["-f", "-p", "20"]).arg(server.to_string()));
    }
    let mut all = vec![browser];
    while let Some(one) = all.pop() {
        // A session is one to the scheduler, and that of Chromium is its own: nobody's nice counts beyond it (sched(7)). Where the
        // kernel has it not, there is no such file.
        let _ = fs::write(format!("/proc/{one}/autogroup"), "-15");
        // Any of a process's threads may have started others.
        let threads = fs::read_dir(format!("/proc/{one}/task")).into_iter();
        for thread in threads.flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children"));
            let children = children.unwrap_or_default();
            all.extend(children.split_whitespace().flat_map(str::parse::<u32>));
        }
    }
}
