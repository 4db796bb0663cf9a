//! Stories: what happens to a room and what it does, as text that people can read, write, and paste from a failing test.
//!
//! ```text
//! # the host lets the room wait; a person gives up
//! plan join=self heads=front                      options that differ from the usual room
//! 08:40        clock right                        time on a clock that is right, then the event
//! 08:40        calendar
//!     a 09:00 to 10:00 practice                   meetings stand below their calendar
//! 08:59        time                               -> call-1 join a
//! 08:59:02     call-1 waiting host                -> screen call
//! panel  waiting for host since 08:59:02 / mic closed / offers leave
//! memory last=1 open=call-1:a mic=closed camera=closed end=10:00
//! ```
//!
//! Between two lines the room's own deadlines run; those that ask something of a hand must be told, as `time`.
//! `restart` ends the daemon and begins a new one with what was kept.

mod calls;
mod effects;
mod equipment;
mod events;
mod meetings;
mod panel;
mod plans;
mod play;
mod pucks;
mod sound;
mod teller;
mod times;
mod words;

pub use plans::{camera, display, head, target, usual};
pub use play::{Played, Unreadable, play};
pub use sound::{usual_preflight, usual_sound};
pub use teller::{Teller, right};
pub use times::MIDNIGHT;

/// Reads one event as it stands in a story.
///
/// # Errors
/// Why it cannot be read.
pub fn read_event(
    line: &str,
    right: room_core::units::Wall,
    meetings: Vec<room_core::meeting::Meeting>,
) -> Result<room_core::event::Event, String> {
    events::read(line, right, meetings)
}

/// Prints one event as it stands in a story.
pub fn print_event(event: &room_core::event::Event, right: room_core::units::Wall) -> String {
    events::print(event, right)
}

/// Reads one meeting as it stands below a calendar.
///
/// # Errors
/// Why it cannot be read.
pub fn read_meeting(line: &str) -> Result<room_core::meeting::Meeting, String> {
    meetings::read(line)
}
