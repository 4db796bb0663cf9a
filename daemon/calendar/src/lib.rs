//! calendar: from invitation text to the meetings of a room, and from their text to the conference to join.
//!
//! Two halves. The pure half ([`parse()`], [`expand()`], [`meetings`], [`merge`], [`recognise()`]) does no I/O and reads
//! no clock. The shell ([`source`], [`watch`]) fetches files, links and CalDAV collections, keeps the last good copy on
//! disk and publishes snapshots.
//!
//! Terms: an *event* is one VEVENT; a *series* is all events of one UID; a *slot* is a start that a rule gives; an
//! *occurrence* is an event on a date; a *meeting* is an occurrence as the room is told of it; a *target* is what a
//! press joins; *why* explains why there is one or none; a *source* is one calendar; the *table* is the operator's list
//! of hosts.
//!
//! Invariant: whatever a text says, reading it takes bounded time and memory and never panics.
//! Invariant: a cancelled meeting has no target.
//! Invariant: a target's link is https, without user name, on a host of the operator's table or of a service's pack;
//! only the practice conference on a loopback name of the table may be plain http.
//! Invariant: a target's SIP address is on a domain of the operator's table or of a service's pack.
//! Invariant: a conference of an older message or of a signature is never joined in place of what the newest names.
//! Invariant: a meeting keeps its key when it is moved.
//! Invariant: titles, people, links and passcodes print redacted; a private meeting carries no title and no people.
//! Invariant: a source that fails keeps serving its last good copy and says how old it is.

#![warn(clippy::unwrap_used)]

mod error;
mod expand;
mod meeting;
mod model;
pub mod parse;
mod pasted;
mod private;
mod properties;
pub mod recognise;
mod rule;
mod rule_text;
mod scan;
mod series;
mod slots;
pub mod source;
mod timezone;
pub mod watch;
mod zone;

pub use error::{LooksLike, ParseError, Problem, Sentence};
pub use expand::{Expansion, Instance, Occurrence, Window, expand};
pub use meeting::{Found, MAX_MEETINGS, Meeting, MeetingKey, RoomView, meetings, merge};
pub use model::{
    AddedDate, Answer, Attendee, Calendar, Event, Frequency, KnownRule, Replaces, Revision, Rule,
    Status, Until, When,
};
pub use parse::{parse, parse_bytes};
pub use pasted::pasted;
pub use private::{ConferenceId, Link, Person, Secret, SipAddress, Title};
pub use recognise::{
    CannotJoin, Chosen, HostTable, HostTableError, Invitation, Origin, Refusal, ServiceId, Target,
    Why, recognise,
};
pub use source::{HttpLimits, Login, Place, Source, SourceError};
pub use watch::{
    CalendarSnapshot, Clock, Health, SourceHealth, WatchConfig, Watcher, system_clock,
};
pub use zone::{UnixMs, Zone};
