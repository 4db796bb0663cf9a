//! A contact to presses: bounce, long presses, and a contact that never opens again.
//! Knows no line and no meaning of a key.
//!
//! Invariant: a contact that is closed at the start is no press; it counts from its first opening on.
//! Invariant: edges within the time of bouncing give at most one press, and a contact that rests closed for longer gives one.

use room_core::event::KeyPress;
use std::time::Duration;

/// A switch at one moment, whatever its voltage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Nobody presses.
    Open,
    /// Somebody presses.
    Closed,
}

/// How a button is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feel {
    /// A contact that did not rest for this long still bounces. Zero where the kernel waits already.
    pub debounce: Duration,
    /// Held for this long is a long press, told while it is held; a short one is told at release then.
    /// `None`: there is no long press, and a short one is told at once.
    pub hold: Option<Duration>,
    /// Held for this long is no finger any more.
    pub stuck_after: Duration,
}

/// What a contact turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A press.
    Pressed(KeyPress),
    /// Closed for so long that something lies on it, or its wire is broken. Told once.
    Stuck,
    /// A stuck contact opened again.
    Freed,
}

/// One contact's story.
#[derive(Debug)]
pub struct Button {
    feel: Feel,
    heard: Contact,
    heard_at: Duration,
    settled: Settled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    Open,
    Closed {
        since: Duration,
        hold: Hold,
        stuck: bool,
    },
}

/// What is still to come of a closed contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// A short press at its opening, or a long one before.
    Undecided,
    /// Nothing.
    Told,
}

impl Button {
    /// Begins with the contact as read now.
    pub fn begin(feel: Feel, now: Duration, contact: Contact) -> Button {
        let settled = match contact {
            Contact::Open => Settled::Open,
            Contact::Closed => Settled::Closed {
                since: now,
                hold: Hold::Told,
                stuck: false,
            },
        };
        Button {
            feel,
            heard: contact,
            heard_at: now,
            settled,
        }
    }

    /// The contact changed, or may have.
    pub fn hear(&mut self, at: Duration, contact: Contact, found: &mut Vec<Finding>) {
        // Edges come with the kernel's time; one that was held up behind a later look still counts from then.
        let at = at.max(self.heard_at);
        self.tick(at, found);
        // The same contact twice: the edge between was lost, so it moved.
        self.heard = contact;
        self.heard_at = at;
        self.tick(at, found);
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration, found: &mut Vec<Finding>) {
        while let Some(due) = self.due().filter(|due| *due <= now) {
            self.step(due, found);
        }
    }

    /// When [`Button::tick`] is due; `None`: not before the next edge.
    pub fn due(&self) -> Option<Duration> {
        let settles = self.heard_at + self.feel.debounce;
        match (self.settled, self.heard) {
            (Settled::Open, Contact::Open) => None,
            (Settled::Open, Contact::Closed) | (Settled::Closed { .. }, Contact::Open) => {
                Some(settles)
            }
            (Settled::Closed { since, hold, stuck }, Contact::Closed) => {
                let long = self.feel.hold.filter(|_| hold == Hold::Undecided);
                let long = long.map(|hold| since + hold);
                let stuck = (!stuck).then(|| since + self.feel.stuck_after);
                [long, stuck].into_iter().flatten().min()
            }
        }
    }

    fn step(&mut self, at: Duration, found: &mut Vec<Finding>) {
        self.settled = match (self.settled, self.heard) {
            (Settled::Open, Contact::Open) => Settled::Open,
            (Settled::Open, Contact::Closed) => {
                let hold = match self.feel.hold {
                    Some(_) => Hold::Undecided,
                    None => {
                        found.push(Finding::Pressed(KeyPress::Short));
                        Hold::Told
                    }
                };
                Settled::Closed {
                    since: self.heard_at,
                    hold,
                    stuck: false,
                }
            }
            (Settled::Closed { hold, stuck, .. }, Contact::Open) => {
                if hold == Hold::Undecided {
                    found.push(Finding::Pressed(KeyPress::Short));
                }
                if stuck {
                    found.push(Finding::Freed);
                }
                Settled::Open
            }
            (Settled::Closed { since, hold, stuck }, Contact::Closed) => {
                let long = self.feel.hold.filter(|_| hold == Hold::Undecided);
                let is_long = long.is_some_and(|hold| since + hold <= at);
                let is_stuck = !stuck && since + self.feel.stuck_after <= at;
                if is_long {
                    found.push(Finding::Pressed(KeyPress::Long));
                }
                if is_stuck {
                    found.push(Finding::Stuck);
                }
                Settled::Closed {
                    since,
                    hold: if is_long { Hold::Told } else { hold },
                    stuck: stuck || is_stuck,
                }
            }
        };
    }
}

#[cfg(test)]
#[path = "button_tests.rs"]
mod tests;
