//! Patterns of a lamp: how bright it is at a moment, and when that changes. Knows no line.

use room_core::units::Percent;
use std::time::Duration;

/// What a lamp does. Absolute: each says all that the lamp shall show from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pattern {
    /// Dark.
    #[default]
    Off,
    /// Lit.
    On,
    /// One second lit, one second dark.
    BlinkSlow,
    /// A quarter of a second lit, a quarter dark: two flashes in a second, since more than three may harm people
    /// (WCAG 2.2, 2.3.1).
    BlinkFast,
}

impl Pattern {
    /// Lit and dark, one after the other, each for this long; `None` for what stands still.
    fn half(self) -> Option<Duration> {
        match self {
            Pattern::Off | Pattern::On => None,
            Pattern::BlinkSlow => Some(Duration::from_secs(1)),
            Pattern::BlinkFast => Some(Duration::from_millis(250)),
        }
    }
}

/// A pattern at a brightness. A line that knows only on and off takes every brightness above zero as on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Light {
    /// What it does.
    pub pattern: Pattern,
    /// How bright it is when lit.
    pub brightness: Percent,
}

impl Light {
    /// Dark.
    pub fn dark() -> Light {
        Light {
            pattern: Pattern::Off,
            brightness: Percent::new(0),
        }
    }

    /// How bright it is now. Lamps with the same clock blink together, and begin lit.
    pub fn duty(self, now: Duration) -> Percent {
        let lit = match (self.pattern, self.pattern.half()) {
            (Pattern::Off, _) => false,
            (_, None) => true,
            (_, Some(half)) => (now.as_millis() / half.as_millis()).is_multiple_of(2),
        };
        if lit {
            self.brightness
        } else {
            Percent::new(0)
        }
    }

    /// When [`Light::duty`] next changes; `None`: never.
    pub fn changes(self, now: Duration) -> Option<Duration> {
        let half = self.pattern.half()?;
        let past = now.as_millis() % half.as_millis();
        let left = half - Duration::from_millis(u64::try_from(past).unwrap_or_default());
        Some(now + left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pattern: Pattern, now: u64) -> (u8, Option<u64>) {
        let light = Light {
            pattern,
            brightness: Percent::new(40),
        };
        let now = Duration::from_millis(now);
        let changes = light.changes(now);
        (
            light.duty(now).get(),
            changes.map(|at| u64::try_from(at.as_millis()).unwrap()),
        )
    }

    #[test]
    fn patterns_in_time() {
        assert_eq!(at(Pattern::Off, 17), (0, None));
        assert_eq!(at(Pattern::On, 17), (40, None));
        assert_eq!(at(Pattern::BlinkSlow, 0), (40, Some(1000)));
        assert_eq!(at(Pattern::BlinkSlow, 999), (40, Some(1000)));
        assert_eq!(at(Pattern::BlinkSlow, 1000), (0, Some(2000)));
        assert_eq!(at(Pattern::BlinkFast, 260), (0, Some(500)));
        assert_eq!(at(Pattern::BlinkFast, 500), (40, Some(750)));
    }

    #[test]
    fn no_pattern_flashes_more_often_than_people_can_bear() {
        for pattern in [Pattern::BlinkSlow, Pattern::BlinkFast] {
            let light = Light {
                pattern,
                brightness: Percent::new(100),
            };
            let mut now = Duration::ZERO;
            let mut flashes = 0;
            while let Some(next) = light
                .changes(now)
                .filter(|at| *at <= Duration::from_secs(10))
            {
                flashes += u32::from(light.duty(now).get() == 0 && light.duty(next).get() > 0);
                assert_ne!(light.duty(now), light.duty(next), "a change is one");
                now = next;
            }
            assert!(flashes <= 30, "{flashes} in ten seconds");
        }
    }
}
