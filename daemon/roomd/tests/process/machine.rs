//! Whether the machine itself stood still while something was measured in real time: what its host took from it, and how late a thread
//! woke that comes before all others. Knows no sound.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A receiver's buffer covers less.
const LATE: Duration = Duration::from_millis(40);
/// Of all that its processors could have done; measured on a machine whose host has time: 0.0002.
const STOLEN: f64 = 0.02;
const NAP: Duration = Duration::from_millis(5);
/// The kernel counts in hundredths of a second for programs (proc(5)).
const TICKS: f64 = 100.0;

/// What was seen of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Stood {
    /// The longest time in which the first of all threads had no turn.
    pub late: Duration,
    /// The part of its processors' time that the host gave to others, 0 to 1.
    pub stolen: f64,
}

impl Stood {
    /// Whether it stood still for longer than anything on it can hide.
    pub fn still(&self) -> bool {
        self.late > LATE || self.stolen > STOLEN
    }
}

/// Looks until it is asked.
pub struct Watch {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Duration>,
    stolen: f64,
    began: Instant,
}

impl Watch {
    pub fn begin() -> Watch {
        let end = Arc::new(AtomicBool::new(false));
        let ends = end.clone();
        Watch {
            thread: std::thread::spawn(move || latest(&ends)),
            end,
            stolen: stolen(),
            began: Instant::now(),
        }
    }

    pub fn end(self) -> Stood {
        self.end.store(true, Ordering::Relaxed);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let could = self.began.elapsed().as_secs_f64() * processors as f64;
        Stood {
            late: self.thread.join().unwrap(),
            stolen: (stolen() - self.stolen) / could,
        }
    }
}

/// Where the thread may not come before others, its lateness says nothing of the machine.
fn latest(end: &AtomicBool) -> Duration {
    let thread = nix::unistd::gettid().to_string();
    let first = Command::new("chrt")
        .args(["-f", "-p", "40", &thread])
        .output();
    if !first.is_ok_and(|output| output.status.success()) {
        return Duration::ZERO;
    }
    let mut late = Duration::ZERO;
    while !end.load(Ordering::Relaxed) {
        let before = Instant::now();
        std::thread::sleep(NAP);
        late = late.max(before.elapsed().saturating_sub(NAP));
    }
    late
}

/// Seconds that the host gave to others, of all processors.
fn stolen() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let all = stat.lines().next().unwrap_or_default();
    let ticks = all
        .split_whitespace()
        .nth(8)
        .and_then(|ticks| ticks.parse::<f64>().ok());
    ticks.unwrap_or_default() / TICKS
}
