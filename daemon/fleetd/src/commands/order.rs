//! One command from being said to its end. Pure; the clock is an argument.
//!
//! Invariant: what is over stays as it is.

use fleet_proto::{Code, Command, Outcome, Refusal, RoomId};
use serde::{Deserialize, Serialize};

/// A room that took a command has this long beyond the command's end to say what became of it.
const PATIENCE_MS: i64 = 10 * 60_000;

/// A command for a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// For which room.
    pub room: RoomId,
    /// What the room is told.
    pub command: Command,
    /// Who said it.
    pub by: String,
    /// How it stands.
    pub standing: Standing,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
}

/// How a command stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Standing {
    /// Waits for the room's line.
    Queued,
    /// On its way.
    Sent,
    /// The room has begun.
    Begun,
    /// Done, and seen to be done.
    Done,
    /// The room did not begin.
    Refused {
        /// Why.
        why: Refusal,
    },
    /// The room began and did not get through.
    Failed {
        /// The failure.
        code: Code,
    },
    /// The room's line was down, and nobody wanted to wait.
    Offline,
    /// The room's line did not come up in time.
    Expired,
    /// The room never said what became of it.
    Unanswered,
}

impl Standing {
    /// Whether nothing more comes.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self, Standing::Queued | Standing::Sent | Standing::Begun)
    }

    /// As a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Queued => "queued",
            Standing::Sent => "sent",
            Standing::Begun => "begun",
            Standing::Done => "done",
            Standing::Refused { .. } => "refused",
            Standing::Failed { .. } => "failed",
            Standing::Offline => "offline",
            Standing::Expired => "expired",
            Standing::Unanswered => "unanswered",
        }
    }
}

impl Order {
    /// The room says what became of it; whether that changes anything.
    pub fn hear(&mut self, outcome: Outcome, now_ms: i64) -> bool {
        let standing = match outcome {
            Outcome::Begun {} => Standing::Begun,
            Outcome::Done {} => Standing::Done,
            Outcome::Refused { why } => Standing::Refused { why },
            Outcome::Failed { code } => Standing::Failed { code },
        };
        // An answer may be later than the patience with it, and is the truth all the same.
        let open = !self.standing.is_over() || self.standing == Standing::Unanswered;
        open && self.pass_to(standing, now_ms)
    }

    /// It goes to the room; whether that changes anything.
    pub fn send(&mut self, now_ms: i64) -> bool {
        self.standing == Standing::Queued && self.pass_to(Standing::Sent, now_ms)
    }

    /// Time goes by; whether that changes anything.
    pub fn tick(&mut self, now_ms: i64) -> bool {
        let end = self.command.expires_ms;
        match self.standing {
            Standing::Queued if now_ms > end => self.pass_to(Standing::Expired, now_ms),
            Standing::Sent | Standing::Begun if now_ms > end + PATIENCE_MS => {
                self.pass_to(Standing::Unanswered, now_ms)
            }
            _ => false,
        }
    }

    fn pass_to(&mut self, standing: Standing, now_ms: i64) -> bool {
        let changes = standing != self.standing;
        if changes {
            self.standing = standing;
            self.since_ms = now_ms;
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_proto::Verb;

    fn order(standing: Standing) -> Order {
        Order {
            room: "saal-2".parse().unwrap(),
            command: Command {
                id: "0123456789".parse().unwrap(),
                verb: Verb::Mute {},
                issued_ms: 1_000,
                expires_ms: 61_000,
                grant: None,
            },
            by: "anna".to_owned(),
            standing,
            since_ms: 1_000,
        }
    }

    #[test]
    fn a_queued_one_expires_and_is_then_never_sent() {
        let mut queued = order(Standing::Queued);
        assert!(!queued.tick(61_000));
        assert!(queued.tick(61_001));
        assert_eq!(queued.standing, Standing::Expired);
        assert!(!queued.send(61_002));
        assert!(!queued.hear(Outcome::Done {}, 61_003), "it was never there");
    }

    #[test]
    fn what_is_over_stays_as_it_is_but_a_late_answer_is_the_truth() {
        let mut sent = order(Standing::Queued);
        assert!(sent.send(2_000));
        assert!(sent.hear(Outcome::Begun {}, 3_000));
        assert!(!sent.hear(Outcome::Begun {}, 4_000), "said twice");
        assert!(!sent.tick(61_000 + PATIENCE_MS));
        assert!(sent.tick(61_001 + PATIENCE_MS));
        assert_eq!(sent.standing, Standing::Unanswered);
        assert!(sent.hear(Outcome::Done {}, 900_000));
        let why = Refusal::Busy;
        assert!(!sent.hear(Outcome::Refused { why }, 900_001));
        assert_eq!((sent.standing, sent.since_ms), (Standing::Done, 900_000));
    }

    #[test]
    fn offline_is_an_end() {
        let mut offline = order(Standing::Offline);
        assert!(!offline.send(2_000) && !offline.tick(i64::MAX));
        assert!(!offline.hear(Outcome::Done {}, 3_000));
    }
}
