//! Decides when a Chromium that ended is started again, and how long the next one may do nothing. Pure; knows no process.

use std::time::Duration;

/// A run shorter than this counts as a failure to start.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(60);
/// So many failures in a row are reported as a crash loop.
pub const LOOP: u32 = 4;
const LONGEST: Duration = Duration::from_secs(30);
/// So long a first start that does nothing is waited for.
const IDLE: Duration = Duration::from_secs(30);
/// A board that swaps waits for its disk longer than it works; a Chromium that hangs is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(480);

/// Counts failures in a row: the first restart is at once, then the pause doubles from half a second to 30 s.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A run of this length ended: how long to wait before the next start.
    pub fn ended(&mut self, ran: Duration) -> Duration {
        if ran >= HEALTHY_AFTER {
            self.failures = 0;
        }
        let pause = match self.failures {
            0 => Duration::ZERO,
            n => LONGEST.min(Duration::from_millis(500) * 2u32.pow(n.min(7) - 1)),
        };
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// How long the next one may do nothing before its first answer: twice as long after each failure, since whoever ends a start
    /// that is merely slow again and again never has a browser.
    pub fn patience(&self) -> Duration {
        PATIENCE.min(IDLE * 2u32.pow(self.failures.min(4)))
    }

    /// Runs in a row that ended soon.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether this is a crash loop.
    pub fn looping(&self) -> bool {
        self.failures >= LOOP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_at_once_and_then_pauses_grow_and_end() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..10)
            .map(|_| backoff.ended(Duration::from_secs(1)).as_millis())
            .collect();
        assert_eq!(
            pauses,
            [
                0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000
            ]
        );
        assert!(backoff.looping());
    }

    #[test]
    fn a_start_that_waits_is_given_more_time_each_time_and_one_that_runs_forgives() {
        let mut backoff = Backoff::default();
        let seconds = |backoff: &Backoff| backoff.patience().as_secs();
        assert_eq!(seconds(&backoff), 30);
        let patience = (0..6).map(|_| {
            backoff.ended(Duration::ZERO);
            seconds(&backoff)
        });
        assert_eq!(patience.collect::<Vec<_>>(), [60, 120, 240, 480, 480, 480]);
        backoff.ended(HEALTHY_AFTER);
        assert_eq!(seconds(&backoff), 60);
    }

    #[test]
    fn a_long_run_forgives() {
        let mut backoff = Backoff::default();
        for _ in 0..6 {
            backoff.ended(Duration::from_secs(1));
        }
        assert_eq!(backoff.ended(HEALTHY_AFTER), Duration::ZERO);
        assert!(!backoff.looping());
    }
}
