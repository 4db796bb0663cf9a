//! Owns what a room is told about one meeting, and the decisions that turn an occurrence into one: cancelled, declined,
//! private, whole day, tentative. Pure; knows no source and no clock.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{
    error::Problem,
    expand::{Instance, Occurrence, Window, expand},
    model::{Answer, Calendar, Event, Revision, Status, When},
    private::{Person, Title},
    recognise::{HostTable, Target, Why, recognise},
    zone::{UnixMs, Zone},
};

/// Most meetings that a room is told about at once.
pub const MAX_MEETINGS: usize = 2_000;

/// Names a meeting for as long as it exists, also when it is moved; printable and without any of its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingKey(String);

impl MeetingKey {
    /// The key of one instance of a UID.
    pub fn new(uid: &str, instance: Instance) -> Self {
        let which = match instance {
            Instance::Single => String::new(),
            Instance::Slot(at) => at.0.to_string(),
        };
        let digest = Sha256::digest(format!("{uid}\0{which}"));
        Self(hex::encode(&digest[..8]))
    }

    /// Sixteen hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MeetingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One meeting of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Stays the same when the meeting is moved.
    pub key: MeetingKey,
    /// UID of its series.
    pub uid: String,
    /// When it starts.
    pub start: UnixMs,
    /// When it ends; never before it starts, the same instant when it has no length.
    pub end: UnixMs,
    /// Whole days: shown as a banner, never joined by itself.
    pub all_day: bool,
    /// The zone in which it was written.
    pub zone: String,
    /// What it is called; empty when private.
    pub title: Title,
    /// Who invited; empty when private or unknown.
    pub organizer: Person,
    /// Whether it takes place.
    pub status: Status,
    /// Title and people must not be shown; it stays joinable.
    pub private: bool,
    /// Marked as exempt: never joined by itself.
    pub exempt: bool,
    /// Does not occupy the room (TRANSP:TRANSPARENT).
    pub free: bool,
    /// Name of the source it came from.
    pub source: String,
    /// What a press joins; none for a cancelled meeting.
    pub target: Option<Target>,
    /// Why there is a target or none.
    pub why: Why,
    pub(crate) revision: Revision,
}

impl Meeting {
    /// True when both occupy the room at the same time. A meeting without length occupies its instant.
    pub fn overlaps(&self, other: &Meeting) -> bool {
        let occupies = |meeting: &Meeting| {
            meeting.status != Status::Cancelled && !meeting.free && !meeting.all_day
        };
        let end = |meeting: &Meeting| meeting.end.max(meeting.start.plus(1));
        occupies(self) && occupies(other) && self.start < end(other) && other.start < end(self)
    }
}

/// What a room knows about itself and its surroundings when it looks at a calendar.
#[derive(Debug, Clone)]
pub struct RoomView {
    /// The room's own zone; floating times and whole days are local to it.
    pub zone: Zone,
    /// The room's own mail addresses; its answer counts as the room's.
    pub addresses: Vec<String>,
    /// Which hosts belong to which service.
    pub hosts: HostTable,
}

/// What [`meetings`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// By start, then by key.
    pub meetings: Vec<Meeting>,
    /// What was odd, each once.
    pub problems: Vec<Problem>,
}

/// The meetings of one calendar in a window, decided and sorted.
pub fn meetings(calendar: &Calendar, source: &str, view: &RoomView, window: Window) -> Found {
    let expansion = expand(calendar, &view.zone, window);
    let mut problems = calendar.problems.clone();
    problems.extend(expansion.problems);
    let addresses: Vec<String> = view
        .addresses
        .iter()
        .map(|address| address.trim().to_lowercase())
        .collect();
    let mut links: BTreeMap<*const Event, (Option<Target>, Why)> = BTreeMap::new();
    let mut meetings: Vec<Meeting> = expansion
        .occurrences
        .iter()
        .filter(|occurrence| answer(occurrence.event, &addresses) != Answer::Declined)
        .map(|occurrence| {
            let link = links
                .entry(std::ptr::from_ref(occurrence.event))
                .or_insert_with(|| recognise(&occurrence.event.invitation, &view.hosts));
            decide(occurrence, link.clone(), &addresses, (source, view))
        })
        .collect();
    if limit(&mut meetings) {
        problems.push(Problem::TooManyMeetings);
    }
    sort(&mut meetings);
    problems.sort();
    problems.dedup();
    Found { meetings, problems }
}

fn answer(event: &Event, addresses: &[String]) -> Answer {
    event
        .attendees
        .iter()
        .find(|attendee| addresses.iter().any(|own| own == attendee.mail.reveal()))
        .map_or(Answer::Other, |attendee| attendee.answer)
}

fn decide(
    occurrence: &Occurrence<'_>,
    (target, why): (Option<Target>, Why),
    addresses: &[String],
    (source, view): (&str, &RoomView),
) -> Meeting {
    let event = occurrence.event;
    let status = match (event.status, answer(event, addresses)) {
        (Status::Confirmed, Answer::Tentative) => Status::Tentative,
        (status, _) => status,
    };
    let (target, why) = match status {
        Status::Cancelled => (None, Why::Cancelled),
        Status::Confirmed | Status::Tentative => (target, why),
    };
    let shown = !event.private;
    Meeting {
        key: MeetingKey::new(&event.uid, occurrence.instance),
        uid: event.uid.clone(),
        start: occurrence.start,
        end: occurrence.end,
        all_day: event.start.is_date(),
        zone: match &event.start {
            When::Zoned(_, zone) => zone.name(),
            When::Date(_) | When::Floating(_) => view.zone.name(),
        },
        title: if shown {
            event.title.clone()
        } else {
            Title::default()
        },
        organizer: if shown {
            event.organizer.clone()
        } else {
            Person::default()
        },
        status,
        private: event.private,
        exempt: event.exempt,
        free: event.free,
        source: source.to_owned(),
        target,
        why,
        revision: event.revision,
    }
}

/// Cuts a flood, those series first that have most dates: a rule that repeats every minute must not push out the
/// council session. True when something was cut.
fn limit(meetings: &mut Vec<Meeting>) -> bool {
    if meetings.len() <= MAX_MEETINGS {
        return false;
    }
    let mut dates: BTreeMap<String, usize> = BTreeMap::new();
    for meeting in meetings.iter() {
        *dates.entry(meeting.uid.clone()).or_default() += 1;
    }
    meetings.sort_by_cached_key(|meeting| (dates.get(&meeting.uid).copied(), meeting.start));
    meetings.truncate(MAX_MEETINGS);
    true
}

fn sort(meetings: &mut [Meeting]) {
    meetings.sort_by(|a, b| (a.start, a.end, &a.key).cmp(&(b.start, b.end, &b.key)));
}

/// Puts the meetings of several calendars together. The same instance of the same UID is kept once: the newest version,
/// of equals the one that can be joined, of those the one from the earlier calendar.
pub fn merge(calendars: impl IntoIterator<Item = Vec<Meeting>>) -> Vec<Meeting> {
    let mut kept: BTreeMap<MeetingKey, Meeting> = BTreeMap::new();
    for meeting in calendars.into_iter().flatten() {
        let rank = |meeting: &Meeting| (meeting.revision, meeting.target.is_some());
        match kept.get(&meeting.key) {
            Some(known) if rank(known) >= rank(&meeting) => {}
            _ => {
                kept.insert(meeting.key.clone(), meeting);
            }
        }
    }
    let mut meetings: Vec<Meeting> = kept.into_values().collect();
    limit(&mut meetings);
    sort(&mut meetings);
    meetings
}

#[cfg(test)]
#[path = "meeting_tests.rs"]
mod tests;
