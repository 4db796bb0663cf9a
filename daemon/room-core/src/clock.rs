//! The wall clock as last read, carried on by our own forward-only counting.
//! Knows no meeting; says only whether a reading was a jump.

use crate::event::ClockHealth;
use crate::limits;
use crate::units::{Mono, Wall};
use serde::{Deserialize, Serialize};

/// Translates between the two times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    anchor: Option<(Mono, Wall)>,
    health: ClockHealth,
    since: Mono,
}

impl Clock {
    /// A clock that nobody has read yet.
    pub fn unread(now: Mono) -> Clock {
        Clock {
            anchor: None,
            health: ClockHealth::Wrong,
            since: now,
        }
    }

    /// Takes a reading; `true` when time jumped. The first reading never is a jump.
    pub fn read(&mut self, now: Mono, wall: Wall, health: ClockHealth) -> bool {
        let expected = self.wall(now);
        if self.health != health {
            self.since = now;
        }
        self.health = health;
        self.anchor = Some((now, wall));
        expected.is_some_and(|e| e.since(wall).max(wall.since(e)) > limits::JUMP)
    }

    /// The wall time; `None` until it was read once.
    pub fn wall(&self, now: Mono) -> Option<Wall> {
        self.anchor.map(|(mono, wall)| wall.plus(now.since(mono)))
    }

    /// The wall time of a moment for the faces; counts from 1970 while the clock was never read.
    pub fn wall_of(&self, moment: Mono) -> Wall {
        let (mono, wall) = self.anchor.unwrap_or((Mono(0), Wall(0)));
        if moment >= mono {
            wall.plus(moment.since(mono))
        } else {
            wall.minus(mono.since(moment))
        }
    }

    /// The moment of a wall time; the daemon's start when it is before that, `None` when it never comes or is not known.
    pub fn mono_of(&self, time: Wall) -> Option<Mono> {
        let (mono, wall) = self.anchor?;
        let moment = i128::from(mono.0) + i128::from(time.0) - i128::from(wall.0);
        u64::try_from(moment.max(0)).ok().map(Mono)
    }

    /// Whether anything may happen by itself because of the time.
    pub fn trusted(&self) -> bool {
        self.anchor.is_some() && self.health == ClockHealth::Good
    }

    /// As told; wrong until it was read.
    pub fn health(&self) -> ClockHealth {
        self.health
    }

    /// Since when the clock is wrong by somebody's word; silence counts from [`limits::SETTLE`] on.
    pub fn wrong_since(&self, now: Mono) -> Option<Mono> {
        let told = self.anchor.is_some();
        let settled = told || now.since(self.since) >= limits::SETTLE;
        (self.health == ClockHealth::Wrong && settled).then_some(self.since)
    }

    /// When silence becomes a fault.
    pub fn settles_at(&self) -> Option<Mono> {
        self.anchor
            .is_none()
            .then(|| self.since.plus(limits::SETTLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translates_both_ways_and_knows_a_jump() {
        let mut clock = Clock::unread(Mono(0));
        assert_eq!(clock.wall(Mono(5)), None);
        assert!(!clock.read(Mono(1000), Wall(50_000), ClockHealth::Good));
        assert_eq!(clock.wall(Mono(3000)), Some(Wall(52_000)));
        assert_eq!(clock.mono_of(Wall(52_000)), Some(Mono(3000)));
        assert_eq!(clock.mono_of(Wall(-1)), Some(Mono(0)));
        assert_eq!(clock.wall_of(Mono(0)), Wall(49_000));
        assert!(!clock.read(Mono(3000), Wall(56_000), ClockHealth::Good));
        assert!(clock.read(Mono(3000), Wall(62_000), ClockHealth::Good));
        assert!(clock.read(Mono(3000), Wall(0), ClockHealth::Wrong));
        assert_eq!(clock.wrong_since(Mono(3000)), Some(Mono(3000)));
    }

    #[test]
    fn survives_absurd_times() {
        let mut clock = Clock::unread(Mono(0));
        clock.read(Mono(u64::MAX), Wall(i64::MIN), ClockHealth::Good);
        assert_eq!(clock.mono_of(Wall(i64::MAX)), None);
        assert_eq!(clock.wall(Mono(u64::MAX)), Some(Wall(i64::MIN)));
        clock.read(Mono(0), Wall(i64::MAX), ClockHealth::Good);
        assert_eq!(clock.wall(Mono(u64::MAX)), Some(Wall(i64::MAX)));
    }
}
