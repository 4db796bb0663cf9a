//! Telling people that rooms need them: once for each cause, not once for each room. Knows no page and no room from inside.
//!
//! Terms: a *cause* is a kind of trouble; a *rule* says which causes matter where, after how long, and who is told; an *alert* is one
//! cause at one site with all of its rooms; a *target* is where notices go. What happens is decided in `engine` and `outbox`, which are
//! pure; `clerk` looks at the rooms, keeps what was decided, and then sends it.
//!
//! Invariant: an alert is kept before anybody is told, and that somebody was told is kept after.

mod cause;
mod clerk;
mod desk;
mod engine;
mod message;
mod outbox;
mod rule;
mod send;
mod target;
mod wall;

pub use cause::{Cause, Facts, Known};
pub(crate) use clerk::trial;
pub use clerk::watch_rooms;
pub use desk::{AlertDesk, AlertError};
pub use engine::{Alert, Days, Engine, Member};
pub(crate) use message::what;
pub use message::{Notice, Standing};
pub use outbox::{Due, due};
pub use rule::{BadRule, On, Quiet, Rule, Severity, defaults};
pub use send::{Sender, Unsent};
pub use target::{BadTarget, Target};
pub use wall::{Wall, Zone};
