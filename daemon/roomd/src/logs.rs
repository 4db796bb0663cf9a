//! Where the log goes and how much of it. Knows no event.
//! The newest lines are kept in memory, too, so that IT can ask for them where nobody may read the system's journal.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Bytes of lines that are kept: about a day of a busy room.
const KEPT: usize = 256 << 10;
/// A longer line is cut off.
const LONGEST: usize = 4 << 10;

static LINES: Mutex<Lines> = Mutex::new(Lines {
    lines: VecDeque::new(),
    bytes: 0,
});

/// Begins logging to the standard error stream; `RUST_LOG` says how much, "info" when it is not set.
/// Under systemd the journal adds the time.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let timed = (!journal).then(|| fmt::layer().with_writer(io::stderr).with_ansi(colours));
    let timeless = journal.then(|| {
        let shown = fmt::layer().with_writer(io::stderr).with_ansi(colours);
        shown.without_time()
    });
    // Below that, a log may pass on what a page says.
    let kept = fmt::layer().with_writer(|| Keeper).with_ansi(false);
    let kept = kept.with_filter(LevelFilter::INFO);
    let begun = tracing_subscriber::registry()
        .with(filter)
        .with(timed)
        .with(timeless)
        .with(kept)
        .try_init();
    if let Err(error) = begun {
        eprintln!("roomd: cannot begin logging: {error}");
    }
}

/// The newest lines, oldest first.
pub fn kept() -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.lines.iter().cloned().collect()
}

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Lines {
    fn push(&mut self, line: &str) {
        let end = line.floor_char_boundary(LONGEST);
        let line = line[..end].to_owned();
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > KEPT {
            let Some(oldest) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
        }
    }
}

/// Each event comes as one writing.
struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        text.lines().for_each(|line| lines.push(line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_are_kept_within_their_bound() {
        let mut lines = Lines::default();
        for n in 0..20_000 {
            lines.push(&format!("{n:05} {}", "ä".repeat(40)));
        }
        lines.push(&"ä".repeat(LONGEST));
        let whole: usize = lines.lines.iter().map(String::len).sum();
        assert_eq!(whole, lines.bytes);
        assert!(whole <= KEPT && whole > KEPT / 2, "{whole} bytes");
        assert!(lines.lines.back().is_some_and(|line| line.len() <= LONGEST));
        assert!(
            lines
                .lines
                .front()
                .is_some_and(|line| !line.starts_with("00000"))
        );
    }
}
