//! Doors: who is let through to an act. Pure.

use super::ask::Who;
use crate::people::Right;

/// Who may come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Whoever reaches the server.
    Anyone,
    /// A room, by its certificate.
    Room,
    /// A person who is signed in, or a program with a token.
    Known,
    /// One of those who has this right somewhere; where, the act looks for itself.
    Person(Right),
}

/// What somebody before a door is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// To be known at all.
    Known,
    /// The right.
    Right,
    /// A room's certificate.
    Certificate,
}

impl Door {
    /// Whether this one is let through.
    ///
    /// # Errors
    /// When not, and what is missing.
    pub fn open(self, who: &Who) -> Result<(), Missing> {
        match (self, who) {
            (Door::Anyone, _) | (Door::Room, Who::Room(_)) => Ok(()),
            (Door::Room, _) => Err(Missing::Certificate),
            (Door::Known, Who::Person(_) | Who::Program(_)) => Ok(()),
            (Door::Person(right), who) => match who.caller() {
                Some(caller) if caller.may_somewhere(right) => Ok(()),
                Some(_) => Err(Missing::Right),
                None => Err(Missing::Known),
            },
            (Door::Known, Who::Nobody | Who::Room(_)) => Err(Missing::Known),
        }
    }
}
