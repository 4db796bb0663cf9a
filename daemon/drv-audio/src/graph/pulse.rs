//! Whether the room's own canceller lets anything through, by what is heard behind it. Pure; must not know the server.

use std::time::Duration;

/// Nothing may come for so long: a server stands still for less when a device is pulled.
const SILENT: Duration = Duration::from_secs(2);

/// What is known of it. One owner.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Since when nothing has come though something should.
    since: Option<Duration>,
    /// It was given up, and nothing has come since, from whatever place: then it was not its fault.
    given_up: bool,
}

impl Pulse {
    /// Takes whether sound should come through it now, and whether any came to the microphone since the last time; whether it is to
    /// be given up.
    pub(super) fn hangs(&mut self, now: Duration, should: bool, came: bool) -> bool {
        if came {
            *self = Pulse::default();
            return false;
        }
        if !should {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        if self.given_up || now.saturating_sub(since) < SILENT {
            return false;
        }
        (self.since, self.given_up) = (None, true);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it is given up, in tenths of a second, by what should come and what does at each.
    fn given_up(beats: u64, should: impl Fn(u64) -> bool, came: impl Fn(u64) -> bool) -> Vec<u64> {
        let mut pulse = Pulse::default();
        let hangs = |n: &u64| pulse.hangs(Duration::from_millis(100 * n), should(*n), came(*n));
        (0..beats).filter(hangs).collect()
    }

    #[test]
    fn it_is_given_up_after_two_seconds_without_a_sample() {
        assert_eq!(given_up(100, |_| true, |n| n < 50), [70]);
        assert_eq!(given_up(100, |_| true, |n| n % 19 == 0), [] as [u64; 0]);
        assert_eq!(given_up(100, |n| n % 19 > 0, |_| false), [] as [u64; 0]);
    }

    #[test]
    fn where_nothing_comes_without_it_either_it_is_not_to_blame_twice() {
        // A microphone that hangs gives nothing through it and nothing past it, for a minute.
        assert_eq!(given_up(600, |n| n % 40 < 30, |_| false), [20]);
        assert_eq!(given_up(200, |_| true, |n| n == 100), [20, 121]);
    }
}
