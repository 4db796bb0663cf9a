//! How fast a room may speak: a little in a burst, and then at a walk. Pure; the clock is an argument.

use std::time::Duration;
use tokio::time::Instant;

/// State, figures, an answer or two and what was wished of it: after a welcome all at once.
const BURST: f64 = 60.0;
/// A room says its state twice a second at most.
const EACH_SECOND: f64 = 10.0;

/// What a room has left to say.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub fn new(now: Instant) -> Pace {
        Pace {
            left: BURST,
            at: now,
        }
    }

    /// One message more; false when it is one too many.
    pub fn take(&mut self, now: Instant) -> bool {
        let gone: Duration = now.saturating_duration_since(self.at);
        self.at = now;
        self.left = (self.left + gone.as_secs_f64() * EACH_SECOND).min(BURST);
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_a_flood_is_not() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!((0..100).filter(|_| pace.take(now)).count(), 60);
        now += Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| pace.take(now)).count(), 10);
        now += Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| pace.take(now)).count(), 60);
    }
}
