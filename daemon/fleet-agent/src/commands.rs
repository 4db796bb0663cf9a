//! Commands: each is done once, in its time, and answered; over a restart of the daemon, too. Knows no verb's meaning.

use core::str::FromStr;
use fleet_proto::{Answer, Code, Command, CommandId, Outcome, Part, Refusal, Verb};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What is remembered of one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Which.
    pub id: CommandId,
    /// How it stands.
    pub outcome: Outcome,
    /// It begins the daemon anew: with the next start it is done.
    #[serde(default)]
    pub ends_daemon: bool,
}

/// What is remembered of commands, oldest first; to be kept over restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered(VecDeque<Begun>);

impl Remembered {
    /// More than this are forgotten, the oldest first. A day of one command a minute fits.
    pub const MOST: usize = 1500;
    /// More than this are not done side by side.
    pub const AT_ONCE: usize = 8;

    /// Whether to begin a command that was just heard, or what to answer at once.
    pub(crate) fn consider(&self, command: &Command, now_ms: i64) -> Result<(), Outcome> {
        if let Some(known) = self.0.iter().find(|begun| begun.id == command.id) {
            return Err(known.outcome.clone());
        }
        let refused = |why| Err(Outcome::Refused { why });
        if !command.is_timely(now_ms) {
            return refused(Refusal::Expired);
        }
        let running = self.0.iter().filter(|b| !b.outcome.is_final()).count();
        if running >= Self::AT_ONCE {
            return refused(Refusal::Busy);
        }
        Ok(())
    }

    /// Notes that a command is begun.
    pub(crate) fn begin(&mut self, command: &Command) -> Answer {
        if self.0.len() >= Self::MOST {
            self.0.pop_front();
        }
        let restart = Verb::Restart { part: Part::Daemon };
        self.0.push_back(Begun {
            id: command.id.clone(),
            outcome: Outcome::Begun {},
            ends_daemon: command.verb == restart,
        });
        Answer {
            id: command.id.clone(),
            outcome: Outcome::Begun {},
        }
    }

    /// Notes how a begun command ended; nothing where it was not begun, or has ended.
    pub(crate) fn end(&mut self, id: &CommandId, outcome: Outcome) -> Option<Answer> {
        let begun = self.0.iter_mut().find(|begun| begun.id == *id)?;
        if begun.outcome.is_final() {
            return None;
        }
        begun.outcome = outcome.clone();
        Some(Answer {
            id: id.clone(),
            outcome,
        })
    }

    /// After a start of the daemon nobody carries on what was begun before: it has ended, and how is said.
    pub(crate) fn after_a_restart(&mut self) -> Vec<Answer> {
        let interrupted = Code::from_str("interrupted").ok();
        let open = self.0.iter_mut().filter(|b| !b.outcome.is_final());
        open.map(|begun| {
            begun.outcome = match (&interrupted, begun.ends_daemon) {
                (Some(code), false) => Outcome::Failed { code: code.clone() },
                (None, _) | (Some(_), true) => Outcome::Done {},
            };
            Answer {
                id: begun.id.clone(),
                outcome: begun.outcome.clone(),
            }
        })
        .collect()
    }
}
