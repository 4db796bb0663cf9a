//! What another process takes, by the kernel's accounting (proc(5)). Knows nothing about it.

use std::io;
use std::time::Instant;

/// Ticks of a second in proc(5), on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// One process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauge(pub u32);

/// From here on a share of a core is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    spent: f64,
    at: Instant,
}

impl Gauge {
    /// Memory in use, in KiB: now, and at most so far.
    pub fn memory(self) -> io::Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let of = |field: &str| {
            let line = status.lines().find(|line| line.starts_with(field));
            let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            number.ok_or(io::ErrorKind::InvalidData)
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }

    pub fn mark(self) -> io::Result<Mark> {
        Ok(Mark {
            spent: self.spent()?,
            at: Instant::now(),
        })
    }

    /// The share of one core since then, in percent.
    pub fn percent(self, since: Mark) -> io::Result<f64> {
        Ok(100.0 * self.seconds(since)? / since.at.elapsed().as_secs_f64())
    }

    /// Seconds of a core since then.
    pub fn seconds(self, since: Mark) -> io::Result<f64> {
        Ok(self.spent()? - since.spent)
    }

    fn spent(self) -> io::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name in parentheses may hold blanks.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after.split_whitespace().skip(11).take(2);
        let ticks: Option<Vec<f64>> = ticks.map(|n| n.parse().ok()).collect();
        let ticks = ticks.ok_or(io::ErrorKind::InvalidData)?;
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }
}
