//! Owns the reading of single properties out of a component that calcard has parsed.
//! Knows calcard's types so that no other file has to.

use calcard::{
    common::PartialDateTime,
    icalendar::{
        ICalendarClassification, ICalendarComponent, ICalendarDuration, ICalendarEntry,
        ICalendarFeatureType, ICalendarParameterName, ICalendarParameterValue,
        ICalendarParticipationStatus, ICalendarPeriod, ICalendarStatus, ICalendarTransparency,
        ICalendarValue, Uri,
    },
};
use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

use crate::{
    model::{AddedDate, Answer, Until, When},
    parse::{MAX_LISTED_DATES, Reader},
    private::Person,
    zone::Zone,
};

fn entries<'c>(
    component: &'c ICalendarComponent,
    name: &str,
) -> impl Iterator<Item = &'c ICalendarEntry> {
    component
        .entries
        .iter()
        .filter(move |entry| entry.name.as_str().eq_ignore_ascii_case(name))
}

/// All values of a property as text. calcard cuts unknown properties at semicolons that are part of the value
/// (`&amp;`, links), so those are put together again.
pub(crate) fn texts(component: &ICalendarComponent, name: &str) -> Vec<String> {
    let listed = name == "CATEGORIES";
    entries(component, name)
        .flat_map(|entry| {
            let values = entry.values.iter().filter_map(value_text);
            if listed {
                values.collect::<Vec<_>>()
            } else {
                vec![values.collect::<Vec<_>>().join(";")]
            }
        })
        .collect()
}

/// The first value of a property as text.
pub(crate) fn text(component: &ICalendarComponent, name: &str) -> Option<String> {
    texts(component, name).into_iter().next()
}

fn value_text(value: &ICalendarValue) -> Option<String> {
    Some(match value {
        ICalendarValue::Text(text) => text.clone(),
        ICalendarValue::Uri(Uri::Location(uri)) => uri.clone(),
        ICalendarValue::Integer(number) => number.to_string(),
        ICalendarValue::Boolean(value) => value.to_string(),
        ICalendarValue::Status(ICalendarStatus::Cancelled) => "CANCELLED".into(),
        ICalendarValue::Status(ICalendarStatus::Tentative) => "TENTATIVE".into(),
        ICalendarValue::Classification(ICalendarClassification::Private) => "PRIVATE".into(),
        ICalendarValue::Classification(ICalendarClassification::Confidential) => {
            "CONFIDENTIAL".into()
        }
        ICalendarValue::Transparency(ICalendarTransparency::Transparent) => "TRANSPARENT".into(),
        _ => return None,
    })
}

/// A whole number.
pub(crate) fn integer(component: &ICalendarComponent, name: &str) -> Option<i64> {
    text(component, name)?.trim().parse().ok()
}

/// The first value of a property as a point in time.
pub(crate) fn when(
    component: &ICalendarComponent,
    name: &str,
    reader: &mut Reader,
) -> Option<When> {
    whens(component, name, reader).into_iter().next()
}

/// All values of a property that are points in time.
pub(crate) fn whens(component: &ICalendarComponent, name: &str, reader: &mut Reader) -> Vec<When> {
    let mut found = Vec::new();
    for entry in entries(component, name) {
        let zone = entry.tz_id().and_then(|id| reader.zone(id));
        for value in &entry.values {
            if let ICalendarValue::PartialDateTime(partial) = value
                && let Some(when) = point(partial, zone.as_ref())
                && found.len() < MAX_LISTED_DATES
            {
                found.push(when);
            }
        }
    }
    found
}

/// All values of a property that are periods.
pub(crate) fn periods(
    component: &ICalendarComponent,
    name: &str,
    reader: &mut Reader,
) -> Vec<AddedDate> {
    let mut found = Vec::new();
    for entry in entries(component, name) {
        let zone = entry.tz_id().and_then(|id| reader.zone(id));
        let given = entry.values.iter().filter_map(|value| match value {
            ICalendarValue::Period(period) => period_of(period, zone.as_ref()),
            _ => None,
        });
        found.extend(given.take(MAX_LISTED_DATES - found.len()));
    }
    found
}

fn period_of(period: &ICalendarPeriod, zone: Option<&Zone>) -> Option<AddedDate> {
    let (start, until) = match period {
        ICalendarPeriod::Range { start, end } => (start, Until::At(point(end, zone)?)),
        ICalendarPeriod::Duration { start, duration } => (start, lasting(duration)),
    };
    Some(AddedDate {
        start: point(start, zone)?,
        until: Some(until),
    })
}

fn point(partial: &PartialDateTime, zone: Option<&Zone>) -> Option<When> {
    let date = NaiveDate::from_ymd_opt(
        i32::from(partial.year?),
        u32::from(partial.month?),
        u32::from(partial.day?),
    )?;
    let Some(hour) = partial.hour else {
        return Some(When::Date(date));
    };
    let local = date.and_hms_opt(
        u32::from(hour),
        u32::from(partial.minute.unwrap_or(0)),
        // 60 is a leap second, which no meeting needs.
        u32::from(partial.second.unwrap_or(0).min(59)),
    )?;
    Some(match (offset(partial), zone) {
        (Some(0), _) => When::Zoned(local, Zone::UTC),
        (Some(seconds), _) => When::Zoned(local, fixed(seconds)?),
        (None, Some(zone)) => When::Zoned(local, zone.clone()),
        (None, None) => When::Floating(local),
    })
}

fn fixed(seconds: i32) -> Option<Zone> {
    FixedOffset::east_opt(seconds).map(Zone::Fixed)
}

fn offset(partial: &PartialDateTime) -> Option<i32> {
    let hours = i32::from(partial.tz_hour?);
    let seconds = hours * 3600 + i32::from(partial.tz_minute.unwrap_or(0)) * 60;
    Some(if partial.tz_minus { -seconds } else { seconds })
}

/// A property that holds an offset from UTC, in seconds.
pub(crate) fn utc_offset(component: &ICalendarComponent, name: &str) -> Option<i64> {
    entries(component, name).find_map(|entry| match entry.values.first()? {
        ICalendarValue::PartialDateTime(partial) => offset(partial).map(i64::from),
        _ => None,
    })
}

/// The first local date and time of a property, whatever zone it names.
pub(crate) fn local(component: &ICalendarComponent, name: &str) -> Vec<NaiveDateTime> {
    entries(component, name)
        .flat_map(|entry| &entry.values)
        .filter_map(|value| match value {
            ICalendarValue::PartialDateTime(partial) => Some(point(partial, None)?.written()),
            _ => None,
        })
        .take(MAX_LISTED_DATES)
        .collect()
}

/// DTEND, else DURATION.
pub(crate) fn until(component: &ICalendarComponent, reader: &mut Reader) -> Until {
    if let Some(end) = when(component, "DTEND", reader) {
        return Until::At(end);
    }
    entries(component, "DURATION")
        .find_map(|entry| match entry.values.first()? {
            ICalendarValue::Duration(duration) => Some(lasting(duration)),
            _ => None,
        })
        .unwrap_or(Until::Unsaid)
}

fn lasting(duration: &ICalendarDuration) -> Until {
    let sign = if duration.neg { -1 } else { 1 };
    let seconds = i64::from(duration.hours) * 3600
        + i64::from(duration.minutes) * 60
        + i64::from(duration.seconds);
    Until::For {
        days: sign * (i64::from(duration.weeks) * 7 + i64::from(duration.days)),
        ms: sign * seconds * 1000,
    }
}

/// True when RECURRENCE-ID carries RANGE=THISANDFUTURE.
pub(crate) fn has_range(component: &ICalendarComponent) -> bool {
    entries(component, "RECURRENCE-ID").any(|entry| {
        entry
            .params
            .iter()
            .any(|param| param.name == ICalendarParameterName::Range)
    })
}

fn parameter<'e>(entry: &'e ICalendarEntry, name: &ICalendarParameterName) -> Option<&'e str> {
    entry.params.iter().find_map(|param| match &param.value {
        ICalendarParameterValue::Text(text) if param.name == *name => Some(text.as_str()),
        _ => None,
    })
}

fn mail_of(entry: &ICalendarEntry) -> Option<String> {
    let address = entry.values.first().and_then(value_text)?;
    let address = address.trim();
    let plain = match address.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &address[7..],
        _ => parameter(entry, &ICalendarParameterName::Email).unwrap_or(address),
    };
    Some(plain.trim().to_lowercase())
}

/// The organiser's name, else the address.
pub(crate) fn organizer(component: &ICalendarComponent) -> Person {
    let Some(entry) = entries(component, "ORGANIZER").next() else {
        return Person::default();
    };
    let name = parameter(entry, &ICalendarParameterName::Cn).map(str::trim);
    match name.filter(|name| !name.is_empty()) {
        Some(name) => Person::new(name),
        None => Person::new(mail_of(entry).unwrap_or_default()),
    }
}

/// Every attendee's address in lower case and the answer.
pub(crate) fn attendees(
    component: &ICalendarComponent,
) -> impl Iterator<Item = (String, Answer)> + '_ {
    entries(component, "ATTENDEE").filter_map(|entry| Some((mail_of(entry)?, answer(entry))))
}

fn answer(entry: &ICalendarEntry) -> Answer {
    let said = entry.params.iter().find_map(|param| match &param.value {
        ICalendarParameterValue::Partstat(status) => Some(status),
        _ => None,
    });
    match said {
        Some(ICalendarParticipationStatus::Declined) => Answer::Declined,
        Some(ICalendarParticipationStatus::Tentative) => Answer::Tentative,
        _ => Answer::Other,
    }
}

/// The links of a structured property, those for video first.
pub(crate) fn conferences(component: &ICalendarComponent, name: &str) -> Vec<String> {
    let mut found: Vec<(bool, String)> = entries(component, name)
        .map(|entry| {
            let values: Vec<_> = entry.values.iter().filter_map(value_text).collect();
            let video = entry.params.iter().any(|param| {
                param.value == ICalendarParameterValue::Feature(ICalendarFeatureType::Video)
            });
            (!video, values.join(";"))
        })
        .collect();
    found.sort_by_key(|(not_video, _)| *not_video);
    found.into_iter().map(|(_, link)| link).collect()
}

/// The HTML form of the description, where there is one.
pub(crate) fn html(component: &ICalendarComponent) -> Option<String> {
    text(component, "X-ALT-DESC").or_else(|| text(component, "STYLED-DESCRIPTION"))
}
