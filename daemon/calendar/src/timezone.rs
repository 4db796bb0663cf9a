//! Owns the reading of a VTIMEZONE whose name nobody knows ("Customized Time Zone"): its own rules are worked out.
//! Knows nothing of events.

use std::sync::Arc;

use calcard::icalendar::{ICalendarComponent, ICalendarComponentType};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use crate::{
    model::{KnownRule, Rule, When},
    properties as get,
    rule::{Budget, Kind, Plan, RuleFault, Span},
    rule_text::{Rules, rules_of},
    zone::{Change, RuleZone, Zone},
};

/// Years for which transitions are worked out.
const YEARS: (i32, i32) = (1970, 2100);
/// Most transitions of one zone; a real one has two a year.
const MAX_CHANGES: usize = 2_000;

/// The zone that a VTIMEZONE describes; `components` and `text` are two readings of the same component.
pub(crate) fn rule_zone(name: &str, components: &[ICalendarComponent], text: &str) -> Option<Zone> {
    let rules = rules_of(text);
    let mut changes = Vec::new();
    let mut earliest: Option<(NaiveDateTime, i64)> = None;
    for (component, rules) in components.iter().zip(&rules) {
        if !matches!(
            component.component_type,
            ICalendarComponentType::Standard | ICalendarComponentType::Daylight
        ) {
            continue;
        }
        let from = get::utc_offset(component, "TZOFFSETFROM");
        let to = get::utc_offset(component, "TZOFFSETTO")?;
        let from = from.unwrap_or(to);
        let first = *get::local(component, "DTSTART").first()?;
        if earliest.is_none_or(|(known, _)| first < known) {
            earliest = Some((first, from));
        }
        let onsets = onsets(first, rules, component, from);
        changes.extend(onsets.into_iter().map(|onset| Change {
            at: onset.and_utc().timestamp() - from,
            offset: to,
        }));
    }
    changes.truncate(MAX_CHANGES);
    let (_, before) = earliest?;
    Some(Zone::Rules(Arc::new(RuleZone::new(name, before, changes))))
}

fn onsets(
    first: NaiveDateTime,
    rules: &Rules,
    component: &ICalendarComponent,
    offset: i64,
) -> Vec<NaiveDateTime> {
    let mut found = vec![first];
    found.extend(get::local(component, "RDATE"));
    for rule in &rules.repeat {
        if let Rule::Known(rule) = rule {
            found.extend(yearly_onsets(first, rule, offset));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn yearly_onsets(first: NaiveDateTime, rule: &KnownRule, offset: i64) -> Vec<NaiveDateTime> {
    let last = rule.until.as_ref().map(|until| match until {
        When::Zoned(utc, _) => utc
            .checked_add_signed(TimeDelta::seconds(offset))
            .unwrap_or(*utc),
        local => local.written(),
    });
    let year = |year: i32| {
        NaiveDate::from_ymd_opt(year, 1, 1).map(|day| day.and_time(chrono::NaiveTime::MIN))
    };
    let (Some(from), Some(to)) = (year(YEARS.0.max(first.year())), year(YEARS.1)) else {
        return Vec::new();
    };
    let Ok(plan) = Plan::new(rule, first, Kind::Timed, last) else {
        return Vec::new();
    };
    match plan.dates(
        Span {
            from,
            core: from,
            to,
        },
        &mut Budget::default(),
    ) {
        Ok(dates) | Err(RuleFault::TooMany(dates)) => dates,
        Err(RuleFault::Invalid(_) | RuleFault::TooCostly) => Vec::new(),
    }
}
