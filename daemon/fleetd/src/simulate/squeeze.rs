//! Simulated days in real time: at speed 60 an hour is a minute. What rooms say of times is real, so that pages that show how long ago
//! something was agree with what is seen. Pure.

use super::day::OfDay;
use core::time::Duration;

const DAY_MS: f64 = 86_400_000.0;

/// How simulated days lie in real time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Squeeze {
    /// When the first day was begun, in milliseconds since 1970.
    pub began_ms: i64,
    /// At which of its moments.
    pub from: OfDay,
    /// So many simulated seconds in a real one.
    pub speed: f64,
}

impl Squeeze {
    /// Which simulated day it is, and which moment of it.
    #[must_use]
    pub fn at(&self, now_ms: i64) -> (u32, OfDay) {
        let gone = (now_ms.saturating_sub(self.began_ms)).max(0) as f64 * self.speed;
        let whole = f64::from(self.from.0) * 1000.0 + gone;
        let day = (whole / DAY_MS).floor();
        (day as u32, OfDay(((whole - day * DAY_MS) / 1000.0) as u32))
    }

    /// When a moment of a simulated day is, in milliseconds since 1970.
    #[must_use]
    pub fn real_ms(&self, day: u32, at: OfDay) -> i64 {
        let simulated = f64::from(day) * DAY_MS + f64::from(at.0) * 1000.0;
        let since = (simulated - f64::from(self.from.0) * 1000.0) / self.speed;
        self.began_ms.saturating_add(since.ceil() as i64)
    }

    /// How long it is until then.
    #[must_use]
    pub fn until(&self, (day, at): (u32, OfDay), now_ms: i64) -> Duration {
        let left = self.real_ms(day, at).saturating_sub(now_ms);
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_hour_is_a_minute_at_speed_sixty_and_midnight_is_passed() {
        let squeeze = Squeeze {
            began_ms: 1_000_000,
            from: OfDay(23 * 3600),
            speed: 60.0,
        };
        assert_eq!(squeeze.at(1_000_000), (0, OfDay(23 * 3600)));
        assert_eq!(squeeze.at(1_030_000), (0, OfDay(23 * 3600 + 1800)));
        assert_eq!(squeeze.at(1_060_000), (1, OfDay(0)));
        assert_eq!(squeeze.real_ms(1, OfDay(3600)), 1_120_000);
        assert_eq!(squeeze.at(0), (0, OfDay(23 * 3600)), "not before it began");
    }

    proptest! {
        #[test]
        fn when_a_moment_has_come_it_is_that_moment(
            from in 0_u32..86_400, speed in 0.5_f64..5000.0, day in 0_u32..5, at in 0_u32..86_400,
        ) {
            let squeeze = Squeeze { began_ms: 1_700_000_000_000, from: OfDay(from), speed };
            prop_assume!(day > 0 || at >= from);
            let real = squeeze.real_ms(day, OfDay(at));
            let (then, moment) = squeeze.at(real);
            // A real millisecond is some simulated seconds at high speed.
            let late = (f64::from(then) - f64::from(day)) * 86_400.0 + f64::from(moment.0) - f64::from(at);
            prop_assert!((-1.0..=speed / 1000.0 + 1.0).contains(&late), "{} late", late);
        }
    }
}
