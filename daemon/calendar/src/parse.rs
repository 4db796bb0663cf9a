//! Owns the way from iCalendar text to our model. calcard reads lines, values and zone names, nothing more: its
//! expansion is wrong in five measured ways and must never be called from here.

use std::{borrow::Cow, collections::BTreeMap};

use calcard::{
    Entry, Parser,
    icalendar::{ICalendarComponent, ICalendarComponentType},
};
use sha2::{Digest, Sha256};

use crate::{
    error::{ParseError, Problem},
    model::{AddedDate, Attendee, Calendar, Event, Replaces, Revision, Status, Until, When},
    private::{Person, Title},
    properties as get,
    recognise::Invitation,
    rule_text::rules_of,
    scan::{Kind, Piece, scan},
    timezone::rule_zone,
    zone::{UnixMs, Zone},
};

/// Longest text that is read at all: 16 MiB. A room's calendar is rarely above one.
pub const MAX_TEXT_BYTES: usize = 16 << 20;
/// Most events in one text.
pub const MAX_EVENTS: usize = 50_000;
/// Longest line, folded parts together: 256 KiB. Longer ones are left out.
pub const MAX_LINE_BYTES: usize = 256 << 10;
/// Longest event without its attachments: 1 MiB. Longer ones are left out.
pub const MAX_EVENT_BYTES: usize = 1 << 20;
/// Most EXDATE or RDATE values of one event; further ones are not read.
pub const MAX_LISTED_DATES: usize = 10_000;
/// Most attendees of one event that are looked at.
pub const MAX_ATTENDEES: usize = 2_000;

/// Reads a calendar from bytes: UTF-8, else Windows-1252 as old German exports have it.
///
/// # Errors
/// When the text is too large, no calendar, or holds too many events.
pub fn parse_bytes(bytes: &[u8]) -> Result<Calendar, ParseError> {
    within_limit(bytes.len())?;
    parse(&decode(bytes))
}

/// Reads a calendar.
///
/// # Errors
/// When the text is too large, no calendar, or holds too many events.
pub fn parse(text: &str) -> Result<Calendar, ParseError> {
    within_limit(text.len())?;
    let scan = scan(text)?;
    let mut reader = Reader {
        zones: BTreeMap::new(),
        problems: scan.problems,
    };
    let (zones, events): (Vec<_>, Vec<_>) = scan
        .pieces
        .into_iter()
        .partition(|piece| piece.kind == Kind::Timezone);
    for piece in zones {
        reader.timezone(&piece.text);
    }
    let events = events
        .iter()
        .filter_map(|piece| reader.event(piece))
        .collect();
    reader.problems.sort();
    reader.problems.dedup();
    Ok(Calendar {
        events,
        problems: reader.problems,
    })
}

fn within_limit(bytes: usize) -> Result<(), ParseError> {
    if bytes > MAX_TEXT_BYTES {
        let limit = MAX_TEXT_BYTES;
        return Err(ParseError::TooLarge { bytes, limit });
    }
    Ok(())
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
    }
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Zones and problems collected while reading one text.
pub(crate) struct Reader {
    zones: BTreeMap<String, Zone>,
    problems: Vec<Problem>,
}

impl Reader {
    fn timezone(&mut self, text: &str) {
        let components = components(text);
        let Some(whole) = components.first() else {
            return;
        };
        let Some(name) = get::text(whole, "TZID") else {
            return;
        };
        let place = get::text(whole, "X-LIC-LOCATION");
        let zone = Zone::by_name(&name)
            .or_else(|| Zone::by_name(&place?))
            .or_else(|| rule_zone(&name, &components, text))
            .or_else(|| match whole.timezone()?.1 {
                calcard::common::timezone::Tz::Tz(tz) => Some(Zone::Named(tz)),
                calcard::common::timezone::Tz::Fixed(offset) => Some(Zone::Fixed(offset)),
                calcard::common::timezone::Tz::Floating => None,
            });
        if let Some(zone) = zone {
            self.zones.insert(name, zone);
        }
    }

    /// The zone of a TZID; an unknown one is named once and leaves the value floating.
    pub(crate) fn zone(&mut self, name: &str) -> Option<Zone> {
        if let Some(zone) = self.zones.get(name) {
            return Some(zone.clone());
        }
        let found = Zone::by_name(name);
        match &found {
            Some(zone) => {
                self.zones.insert(name.to_owned(), zone.clone());
            }
            None => self.problems.push(Problem::UnknownZone {
                name: name.chars().take(80).collect(),
            }),
        }
        found
    }

    fn event(&mut self, piece: &Piece<'_>) -> Option<Event> {
        let answers = ["REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"];
        let method = piece.method.unwrap_or_default();
        if answers
            .iter()
            .any(|answer| method.eq_ignore_ascii_case(answer))
        {
            return None;
        }
        let components = components(&piece.text);
        let rules = rules_of(&piece.text);
        let event = components
            .first()
            .filter(|first| first.component_type == ICalendarComponentType::VEvent)?;
        let title = get::text(event, "SUMMARY").unwrap_or_default();
        let uid = get::text(event, "UID").filter(|uid| !uid.trim().is_empty());
        let Some(start) = get::when(event, "DTSTART", self) else {
            let uid = uid.unwrap_or_default();
            self.problems.push(Problem::NoStart { uid });
            return None;
        };
        let mut event = self.assemble(event, start, (&title, method));
        event.uid = uid.unwrap_or_else(|| made_up_uid(&event.start, &title));
        if let Some(rules) = rules.into_iter().next() {
            (event.rules, event.except_rules) = (rules.repeat, rules.except);
        }
        Some(event)
    }

    fn assemble(
        &mut self,
        event: &ICalendarComponent,
        start: When,
        (title, method): (&str, &str),
    ) -> Event {
        let until = get::until(event, self);
        let (start, until) = as_whole_days(event, start, until);
        Event {
            replaces: self.replaces(event),
            rules: Vec::new(),
            except_rules: Vec::new(),
            dates: self.added_dates(event),
            except_dates: get::whens(event, "EXDATE", self),
            revision: Revision {
                sequence: get::integer(event, "SEQUENCE").unwrap_or(0),
                stamp: get::when(event, "DTSTAMP", self)
                    .map_or(UnixMs(0), |stamp| stamp.instant(&Zone::UTC)),
            },
            status: status(event, method, title),
            private: matches!(
                get::text(event, "CLASS")
                    .as_deref()
                    .map(str::to_ascii_uppercase)
                    .as_deref(),
                Some("PRIVATE" | "CONFIDENTIAL")
            ),
            free: says(event, "TRANSP", "TRANSPARENT"),
            exempt: says(event, "X-ROOMD-EXEMPT", "TRUE")
                || says(event, "X-ROOMD-EXEMPT", "1")
                || get::texts(event, "CATEGORIES")
                    .iter()
                    .any(|category| category.trim().eq_ignore_ascii_case("roomd-exempt")),
            title: Title::new(title.trim()),
            organizer: get::organizer(event),
            attendees: attendees(event),
            invitation: invitation(event),
            uid: String::new(),
            start,
            until,
        }
    }

    fn replaces(&mut self, event: &ICalendarComponent) -> Option<Replaces> {
        let slot = get::when(event, "RECURRENCE-ID", self)?;
        let and_future = get::has_range(event);
        Some(Replaces { slot, and_future })
    }

    fn added_dates(&mut self, event: &ICalendarComponent) -> Vec<AddedDate> {
        let mut dates = get::periods(event, "RDATE", self);
        let plain = get::whens(event, "RDATE", self).into_iter();
        dates.extend(plain.map(|start| AddedDate { start, until: None }));
        dates
    }
}

fn components(text: &str) -> Vec<ICalendarComponent> {
    match Parser::new(text).entry() {
        Entry::ICalendar(calendar) => calendar.components,
        _ => Vec::new(),
    }
}

fn says(event: &ICalendarComponent, property: &str, value: &str) -> bool {
    get::text(event, property).is_some_and(|said| said.trim().eq_ignore_ascii_case(value))
}

/// Outlook writes whole days as midnight to midnight with a mark of its own.
fn as_whole_days(event: &ICalendarComponent, start: When, until: Until) -> (When, Until) {
    let midnight = |when: &When| when.written().time() == chrono::NaiveTime::MIN;
    if !says(event, "X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE") || start.is_date() || !midnight(&start) {
        return (start, until);
    }
    match until {
        Until::At(end) if midnight(&end) => (
            When::Date(start.written().date()),
            Until::At(When::Date(end.written().date())),
        ),
        other => (start, other),
    }
}

fn status(event: &ICalendarComponent, method: &str, title: &str) -> Status {
    const CALLED_OFF: [&str; 5] = [
        "canceled:",
        "cancelled:",
        "abgesagt:",
        "storniert:",
        "abgebrochen:",
    ];
    let title = title.trim_start().to_lowercase();
    if says(event, "STATUS", "CANCELLED")
        || method.eq_ignore_ascii_case("CANCEL")
        || CALLED_OFF.iter().any(|prefix| title.starts_with(prefix))
    {
        Status::Cancelled
    } else if says(event, "STATUS", "TENTATIVE")
        || says(event, "X-MICROSOFT-CDO-BUSYSTATUS", "TENTATIVE")
    {
        Status::Tentative
    } else {
        Status::Confirmed
    }
}

fn attendees(event: &ICalendarComponent) -> Vec<Attendee> {
    get::attendees(event)
        .take(MAX_ATTENDEES)
        .map(|(mail, answer)| Attendee {
            mail: Person::new(mail),
            answer,
        })
        .collect()
}

fn invitation(event: &ICalendarComponent) -> Invitation {
    const STRUCTURED: [&str; 6] = [
        "CONFERENCE",
        "X-GOOGLE-CONFERENCE",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL",
        "X-MICROSOFT-ONLINEMEETINGCONFLINK",
        "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
        "X-MICROSOFT-ONLINEMEETINGINFORMATION",
    ];
    let conference = STRUCTURED
        .iter()
        .flat_map(|name| get::conferences(event, name));
    let html = get::html(event);
    Invitation::new()
        .conference(conference)
        .url(get::text(event, "URL"))
        .location(get::text(event, "LOCATION"))
        .description(get::text(event, "DESCRIPTION"))
        .html(html)
}

fn made_up_uid(start: &When, title: &str) -> String {
    let digest = Sha256::digest(format!("{start:?}\0{title}"));
    format!("no-uid-{}", hex::encode(&digest[..8]))
}
