//! Owns the calendar as we understand it: events with their times, rules and invitation, nothing worked out yet.
//! Knows no text format, no window and no clock.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use crate::{
    error::Problem,
    private::{Person, Title},
    recognise::Invitation,
    zone::{UnixMs, Zone},
};

/// A calendar that has been read.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// All events, in the order of the text.
    pub events: Vec<Event>,
    /// What was odd about it.
    pub problems: Vec<Problem>,
}

impl Calendar {
    /// Takes in the events of another calendar.
    pub fn append(&mut self, other: Calendar) {
        self.events.extend(other.events);
        self.problems.extend(other.problems);
    }

    /// Adds from `older` every event whose UID is not here: a half file must not hide what was known before.
    pub fn fill_from(&mut self, older: &Calendar) {
        let known: std::collections::BTreeSet<&str> =
            self.events.iter().map(|event| event.uid.as_str()).collect();
        let missing: Vec<Event> = older
            .events
            .iter()
            .filter(|event| !known.contains(event.uid.as_str()))
            .cloned()
            .collect();
        self.events.extend(missing);
    }

    /// Drops the invitation text of single events that ended before `at`. The event itself stays: it may still
    /// outrank an older version of itself.
    pub fn forget_before(&mut self, at: UnixMs, room: &Zone) {
        for event in &mut self.events {
            if event.rules.is_empty() && event.dates.is_empty() && event.end_instant(room) < at {
                event.invitation = Invitation::default();
                event.title = Title::default();
                event.attendees = Vec::new();
            }
        }
    }
}

/// A point in time as a calendar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Date(NaiveDate),
    /// A local time without a zone: the room's zone, or that of the series it belongs to.
    Floating(NaiveDateTime),
    /// A local time in a zone; UTC counts as one.
    Zoned(NaiveDateTime, Zone),
}

impl When {
    /// The date and time as written.
    pub fn written(&self) -> NaiveDateTime {
        match self {
            When::Date(date) => date.and_time(chrono::NaiveTime::MIN),
            When::Floating(local) | When::Zoned(local, _) => *local,
        }
    }

    /// The zone it is written in, else the one that holds around it.
    pub fn zone<'a>(&'a self, around: &'a Zone) -> &'a Zone {
        match self {
            When::Zoned(_, zone) => zone,
            When::Date(_) | When::Floating(_) => around,
        }
    }

    /// The instant it means, floating values and dates being local to `around`.
    pub fn instant(&self, around: &Zone) -> UnixMs {
        self.zone(around).instant(self.written())
    }

    /// True for a whole day.
    pub fn is_date(&self) -> bool {
        matches!(self, When::Date(_))
    }
}

/// How long an event lasts, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// DTEND.
    At(When),
    /// DURATION: whole days in local time, then exact milliseconds.
    For {
        /// Whole days.
        days: i64,
        /// The rest, in milliseconds.
        ms: i64,
    },
    /// Neither: a date lasts one day, a time no time at all (RFC 5545 3.6.1).
    Unsaid,
}

/// An added date of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedDate {
    /// When it starts.
    pub start: When,
    /// Its own end when RDATE gave a period.
    pub until: Option<Until>,
}

/// The instance that an event replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaces {
    /// RECURRENCE-ID.
    pub slot: When,
    /// RANGE=THISANDFUTURE.
    pub and_future: bool,
}

/// STATUS and all other ways of cancelling, put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may take place; shown and joinable.
    Tentative,
    /// It does not take place; never joinable.
    Cancelled,
}

/// What an attendee has answered, as far as a room cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// PARTSTAT=DECLINED.
    Declined,
    /// PARTSTAT=TENTATIVE.
    Tentative,
    /// Everything else.
    Other,
}

/// Somebody invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Mail address in lower case.
    pub mail: Person,
    /// The answer.
    pub answer: Answer,
}

/// Which version of an event this is; the highest wins (RFC 5546 2.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision {
    /// SEQUENCE.
    pub sequence: i64,
    /// DTSTAMP.
    pub stamp: UnixMs,
}

/// One VEVENT.
#[derive(Debug, Clone)]
pub struct Event {
    /// UID, made up from start and title when the text has none.
    pub uid: String,
    /// Set when it replaces instances of a series.
    pub replaces: Option<Replaces>,
    /// DTSTART.
    pub start: When,
    /// DTEND or DURATION.
    pub until: Until,
    /// RRULE.
    pub rules: Vec<Rule>,
    /// EXRULE.
    pub except_rules: Vec<Rule>,
    /// RDATE.
    pub dates: Vec<AddedDate>,
    /// EXDATE.
    pub except_dates: Vec<When>,
    /// SEQUENCE and DTSTAMP.
    pub revision: Revision,
    /// Whether it takes place.
    pub status: Status,
    /// CLASS is PRIVATE or CONFIDENTIAL.
    pub private: bool,
    /// TRANSP:TRANSPARENT: it does not occupy the room.
    pub free: bool,
    /// Marked as exempt from automatic joining.
    pub exempt: bool,
    /// SUMMARY.
    pub title: Title,
    /// ORGANIZER: the name, else the address.
    pub organizer: Person,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// Where a conference link may stand.
    pub invitation: Invitation,
}

impl Event {
    /// When a single event ends; floating values are local to the room.
    pub fn end_instant(&self, room: &Zone) -> UnixMs {
        let start = self.start.instant(room);
        end_of(&self.start, &self.until, room).max(start)
    }
}

/// The instant at which something ends that starts at `start`.
pub fn end_of(start: &When, until: &Until, around: &Zone) -> UnixMs {
    match until {
        Until::At(When::Date(date)) if start.is_date() && *date <= start.written().date() => {
            next_day(start, around)
        }
        Until::At(end) => end.instant(around),
        Until::For { days, ms } => {
            let local = TimeDelta::try_days(*days)
                .and_then(|days| start.written().checked_add_signed(days))
                .unwrap_or(start.written());
            let end = start.zone(around).instant(local).plus(*ms);
            let unsaid = start.is_date() && end <= start.instant(around);
            if unsaid { next_day(start, around) } else { end }
        }
        Until::Unsaid if start.is_date() => next_day(start, around),
        Until::Unsaid => start.instant(around),
    }
}

fn next_day(start: &When, around: &Zone) -> UnixMs {
    let day = start.written();
    let next = day.checked_add_signed(TimeDelta::days(1)).unwrap_or(day);
    start.zone(around).instant(next)
}

/// How often a rule repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// FREQ=YEARLY.
    Yearly,
    /// FREQ=MONTHLY.
    Monthly,
    /// FREQ=WEEKLY.
    Weekly,
    /// FREQ=DAILY.
    Daily,
    /// FREQ=HOURLY.
    Hourly,
    /// FREQ=MINUTELY.
    Minutely,
    /// FREQ=SECONDLY.
    Secondly,
}

/// A recurrence rule (RFC 5545 3.3.10), or the reason why it was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A rule to follow.
    Known(Box<KnownRule>),
    /// A rule that was not understood, with what is wrong.
    Unknown(String),
}

/// The parts of a recurrence rule, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRule {
    /// FREQ.
    pub frequency: Frequency,
    /// INTERVAL, at least 1.
    pub interval: u16,
    /// COUNT.
    pub count: Option<u32>,
    /// UNTIL.
    pub until: Option<When>,
    /// WKST.
    pub week_start: Weekday,
    /// BYMONTH.
    pub months: Vec<u8>,
    /// BYWEEKNO.
    pub weeks: Vec<i8>,
    /// BYYEARDAY.
    pub year_days: Vec<i16>,
    /// BYMONTHDAY.
    pub month_days: Vec<i8>,
    /// BYDAY, each with its ordinal.
    pub days: Vec<(Option<i16>, Weekday)>,
    /// BYHOUR.
    pub hours: Vec<u8>,
    /// BYMINUTE.
    pub minutes: Vec<u8>,
    /// BYSECOND.
    pub seconds: Vec<u8>,
    /// BYSETPOS.
    pub positions: Vec<i32>,
}

impl KnownRule {
    /// A rule with nothing but its frequency.
    pub fn new(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
        }
    }
}
