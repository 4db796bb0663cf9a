//! Fingers: levels of a bouncing key in, presses out. Knows neither the link nor what a press means.

use core::time::Duration;
use wire::KeyKind;

/// A level counts when it has stood for this long. Tactile keys mostly bounce for less.
pub const SETTLES_AFTER: Duration = Duration::from_millis(5);
/// The big key held for this long is a long press.
pub const LONG_AFTER: Duration = Duration::from_secs(2);

/// A key's electrical state, whatever its polarity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Pressed.
    Down,
    /// Released.
    Up,
}

impl Level {
    /// Of a key whose contact is closed, or not.
    pub fn of(closed: bool) -> Level {
        match closed {
            true => Level::Down,
            false => Level::Up,
        }
    }
}

/// When a press counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At the touch, always short.
    AtTouch,
    /// Short at the release, or long as soon as it has been held.
    TapOrHold,
}

/// What a finger did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Did {
    Touch,
    Press(KeyKind),
}

/// One key.
#[derive(Debug, Clone)]
pub(crate) struct Finger {
    manner: Manner,
    settled: Level,
    settling: Option<Duration>,
    /// Since when it is held; nothing once its press has been told.
    held: Option<Duration>,
}

impl Finger {
    pub const fn new(manner: Manner) -> Finger {
        Finger {
            manner,
            settled: Level::Up,
            settling: None,
            held: None,
        }
    }

    /// Takes an edge. What was due before must have been asked for by [`Finger::next`].
    pub fn edge(&mut self, level: Level, at: Duration) {
        self.settling = (level != self.settled).then_some(at);
    }

    /// What has happened by now, one after the other.
    pub fn next(&mut self, at: Duration) -> Option<Did> {
        let settles = self.settling.map(|since| since + SETTLES_AFTER);
        let long = self.held.map(|since| since + LONG_AFTER);
        if let Some(due) = long.filter(|due| *due <= at && settles.is_none_or(|s| *due <= s)) {
            debug_assert!(due <= at);
            self.held = None;
            return Some(Did::Press(KeyKind::Long));
        }
        let due = settles.filter(|due| *due <= at)?;
        self.settling = None;
        match self.settled {
            Level::Up => {
                self.settled = Level::Down;
                self.held = (self.manner == Manner::TapOrHold).then_some(due);
                Some(Did::Touch)
            }
            Level::Down => {
                self.settled = Level::Up;
                self.held.take().map(|_| Did::Press(KeyKind::Short))
            }
        }
    }

    /// For how long it is held, while a long press may still come of it.
    pub fn held(&self, at: Duration) -> Option<Duration> {
        self.held.map(|since| at.saturating_sub(since))
    }

    /// When [`Finger::next`] has something to say.
    pub fn due(&self) -> Option<Duration> {
        let settles = self.settling.map(|since| since + SETTLES_AFTER);
        let long = self.held.map(|since| since + LONG_AFTER);
        settles.into_iter().chain(long).min()
    }
}
