//! Owns the working out of one recurrence rule in local time, inside a span and with bounded work.
//! rrule does the stepping; it sees only local times as if they were UTC, so zones, gaps and folds stay ours.
//! Terms: the *first* time is DTSTART; a *span* is half open; a *step* is one date that rrule yields.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use rrule::{NWeekday, RRule, RRuleSet, Unvalidated};

use crate::model::{Frequency, KnownRule};

/// Half-open stretch of local time. Dates before `core` matter only while there is room for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub from: NaiveDateTime,
    pub core: NaiveDateTime,
    pub to: NaiveDateTime,
}

/// Whether a series consists of whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole,
    Timed,
}

/// Why a rule could not be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RuleFault {
    Invalid(String),
    TooCostly,
    /// The span holds more dates than allowed; these are the first.
    TooMany(Vec<NaiveDateTime>),
}

/// What a calendar may spend on its rules. A rule that never matches costs the same as many that do.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: u32,
}

/// Most dates of one series in one window.
pub(crate) const MAX_DATES: usize = 400;
/// Most dates that are stepped over for one series whose COUNT forbids a shortcut.
const MAX_STEPS_PER_SERIES: u32 = 100_000;
/// Steps of all series of a calendar together.
const MAX_STEPS: u32 = 2_000_000;
/// What a fruitless search costs: rrule gives up after 100,000 periods.
const FRUITLESS: u32 = 100_000;
/// Most times of day that one rule may list.
const MAX_TIMES: usize = 288;
/// Longest span whose days are looked at one by one.
const MAX_PROBED_DAYS: u64 = 800;

impl Default for Budget {
    fn default() -> Self {
        Self { steps: MAX_STEPS }
    }
}

impl Budget {
    fn spend(&mut self, steps: u32) {
        self.steps = self.steps.saturating_sub(steps);
    }

    fn is_spent(&self) -> bool {
        self.steps == 0
    }
}

/// A rule ready to be followed: everything that DTSTART says silently has been written out.
pub(crate) struct Plan {
    rule: KnownRule,
    first: NaiveDateTime,
    /// Last local time that may occur.
    last: Option<NaiveDateTime>,
}

impl Plan {
    /// `last` is UNTIL in the local time of the series.
    pub(crate) fn new(
        rule: &KnownRule,
        first: NaiveDateTime,
        days: Kind,
        last: Option<NaiveDateTime>,
    ) -> Result<Self, RuleFault> {
        let mut rule = rule.clone();
        rule.until = None;
        if days == Kind::Whole {
            (rule.hours, rule.minutes, rule.seconds) = (Vec::new(), Vec::new(), Vec::new());
        }
        let times = rule.hours.len().max(1) * rule.minutes.len().max(1) * rule.seconds.len().max(1);
        if times > MAX_TIMES {
            return Err(RuleFault::TooCostly);
        }
        write_out_defaults(&mut rule, first.date());
        Ok(Self { rule, first, last })
    }

    /// Every date of the rule in the span, in order. The first time itself always counts (RFC 5545 3.8.5.3).
    pub(crate) fn dates(
        &self,
        span: Span,
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDateTime>, RuleFault> {
        let mut dates = Vec::new();
        let first_counts = self.first >= span.from && self.first < span.to;
        if first_counts {
            dates.push(self.first);
        }
        let over = self
            .last
            .is_some_and(|last| last < self.first || last < span.from);
        if over || self.first >= span.to || !self.positions_exist() || !self.may_match(span) {
            return Ok(dates);
        }
        let Some(begin) = self.shortcut(span.from) else {
            return Ok(dates);
        };
        dates.extend(self.step(begin, span, budget)?);
        dates.sort_unstable();
        dates.dedup();
        Ok(dates)
    }

    fn step(
        &self,
        (start, count): (NaiveDateTime, Option<u32>),
        span: Span,
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDateTime>, RuleFault> {
        // An UNTIL behind the span is left out: then dates that end early can only mean a fruitless search.
        let last = self.last.filter(|last| *last < span.to);
        let endless = count.is_none() && last.is_none();
        if budget.is_spent() && (count.is_some() || self.may_search_in_vain()) {
            return Err(RuleFault::TooCostly);
        }
        let set = self.rrule(start, count, last)?;
        let mut dates: Vec<NaiveDateTime> = Vec::new();
        let mut left = count.unwrap_or(u32::MAX);
        let mut steps = 0;
        let mut found = (&set).into_iter().map(|date| date.naive_utc());
        loop {
            let Some(date) = found.next() else {
                budget.spend(if endless { FRUITLESS } else { steps });
                return Ok(dates);
            };
            if steps == 0 && start == self.first && date != self.first {
                left = left.saturating_sub(1);
            }
            if date >= span.to || left == 0 {
                budget.spend(steps);
                return Ok(dates);
            }
            (steps, left) = (steps + 1, left - 1);
            if steps > MAX_STEPS_PER_SERIES {
                budget.spend(steps);
                return Err(RuleFault::TooCostly);
            }
            if date < span.from || dates.last() == Some(&date) {
                continue;
            }
            if dates.len() == MAX_DATES {
                if dates[0] >= span.core {
                    budget.spend(steps);
                    return Err(RuleFault::TooMany(dates));
                }
                dates.remove(0);
            }
            dates.push(date);
        }
    }

    fn rrule(
        &self,
        start: NaiveDateTime,
        count: Option<u32>,
        last: Option<NaiveDateTime>,
    ) -> Result<RRuleSet, RuleFault> {
        let invalid = |error: rrule::RRuleError| RuleFault::Invalid(error.to_string());
        let start = as_utc(start);
        let mut rule = unvalidated(&self.rule);
        if let Some(count) = count {
            rule = rule.count(count);
        }
        if let Some(last) = last {
            rule = rule.until(as_utc(last));
        }
        let rule = rule.validate(start).map_err(invalid)?;
        Ok(RRuleSet::new(start).rrule(rule).limit())
    }

    /// Rules whose dates the look at single days cannot foretell.
    fn may_search_in_vain(&self) -> bool {
        !self.rule.positions.is_empty()
            || !self.rule.weeks.is_empty()
            || self.rule.frequency >= Frequency::Hourly
    }

    /// Starts rrule near the span instead of at DTSTART, so that a series from 1970 costs as much as one from
    /// yesterday. Exact, because the start moves by whole intervals; one interval is left as a margin.
    /// `None` when COUNT is used up before the span.
    fn shortcut(&self, target: NaiveDateTime) -> Option<(NaiveDateTime, Option<u32>)> {
        let rule = &self.rule;
        let interval = i64::from(rule.interval);
        let unchanged = Some((self.first, rule.count));
        if target <= self.first || (rule.count.is_some() && !is_plain(rule, self.first.date())) {
            return unchanged;
        }
        let passed = (target - self.first).num_seconds();
        let jumps = match rule.frequency {
            Frequency::Yearly => i64::from(target.year() - self.first.year()) / interval,
            Frequency::Monthly => months_between(self.first.date(), target.date()) / interval,
            Frequency::Weekly => passed / (604_800 * interval),
            Frequency::Daily => passed / (86_400 * interval),
            Frequency::Hourly => passed / (3_600 * interval),
            Frequency::Minutely => passed / (60 * interval),
            Frequency::Secondly => passed / interval,
        };
        let jumps = (jumps - 1).max(0);
        if jumps == 0 || (rule.count.is_some() && rule.frequency <= Frequency::Monthly) {
            return unchanged;
        }
        let count = match rule.count {
            Some(count) => Some(
                u32::try_from(i64::from(count) - jumps)
                    .ok()
                    .filter(|n| *n > 0)?,
            ),
            None => None,
        };
        Some((self.moved(jumps * interval)?, count))
    }

    fn moved(&self, units: i64) -> Option<NaiveDateTime> {
        let day_one = |date: NaiveDate| date.and_time(self.first.time());
        match self.rule.frequency {
            Frequency::Yearly => {
                let year = self.first.year() + i32::try_from(units).ok()?;
                NaiveDate::from_ymd_opt(year, 1, 1).map(day_one)
            }
            Frequency::Monthly => self
                .first
                .date()
                .with_day(1)?
                .checked_add_months(Months::new(u32::try_from(units).ok()?))
                .map(day_one),
            Frequency::Weekly => self.first.checked_add_signed(TimeDelta::try_weeks(units)?),
            Frequency::Daily => self.first.checked_add_signed(TimeDelta::try_days(units)?),
            Frequency::Hourly => self.first.checked_add_signed(TimeDelta::try_hours(units)?),
            Frequency::Minutely => self
                .first
                .checked_add_signed(TimeDelta::try_minutes(units)?),
            Frequency::Secondly => self
                .first
                .checked_add_signed(TimeDelta::try_seconds(units)?),
        }
    }

    /// False when BYSETPOS asks only for places behind the last time that one period of up to a day has: rrule would look
    /// for them second by second.
    fn positions_exist(&self) -> bool {
        let rule = &self.rule;
        let (hours, minutes, seconds) = (
            rule.hours.len().max(1),
            rule.minutes.len().max(1),
            rule.seconds.len().max(1),
        );
        let most = match rule.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => seconds,
            Frequency::Hourly => minutes * seconds,
            Frequency::Daily => hours * minutes * seconds,
            Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => return true,
        };
        let within = |place: &i32| place.unsigned_abs() as usize <= most;
        rule.positions.is_empty() || rule.positions.iter().any(within)
    }

    /// False when no day of the span can match. Exact but for BYWEEKNO, BYSETPOS and times of day, and cheap:
    /// it keeps rules that can never match, such as 30 February, away from rrule.
    fn may_match(&self, span: Span) -> bool {
        let (from, to) = (span.from.date().max(self.first.date()), span.to.date());
        let days = u64::try_from((to - from).num_days()).unwrap_or(0);
        if days > MAX_PROBED_DAYS {
            return true;
        }
        (0..=days)
            .filter_map(|n| from.checked_add_days(Days::new(n)))
            .any(|day| self.day_may_match(day))
    }

    fn day_may_match(&self, day: NaiveDate) -> bool {
        let rule = &self.rule;
        let fits = |list: &[i32], value: i32, from_end: i32| {
            list.is_empty() || list.contains(&value) || list.contains(&from_end)
        };
        let month_length = days_in_month(day);
        let year_length = if day.leap_year() { 366 } else { 365 };
        let wide = |list: &[i8]| list.iter().map(|n| i32::from(*n)).collect::<Vec<_>>();
        let year_days: Vec<i32> = rule.year_days.iter().map(|n| i32::from(*n)).collect();
        let (in_month, in_year) = (day.day() as i32, day.ordinal() as i32);
        self.in_step(day)
            && (rule.months.is_empty() || rule.months.contains(&(day.month() as u8)))
            && fits(
                &wide(&rule.month_days),
                in_month,
                in_month - month_length - 1,
            )
            && fits(&year_days, in_year, in_year - year_length - 1)
            && (rule.days.is_empty() || rule.days.iter().any(|nth| self.is_nth(day, *nth)))
    }

    fn in_step(&self, day: NaiveDate) -> bool {
        let first = self.first.date();
        let interval = i64::from(self.rule.interval);
        let passed = match self.rule.frequency {
            // Week 1 or 53 may lie in the year beside.
            Frequency::Yearly if !self.rule.weeks.is_empty() => return true,
            Frequency::Yearly => i64::from(day.year() - first.year()),
            Frequency::Monthly => months_between(first, day),
            Frequency::Weekly => {
                let start = |date: NaiveDate| date.week(self.rule.week_start).checked_first_day();
                match (start(first), start(day)) {
                    (Some(first), Some(day)) => (day - first).num_weeks(),
                    _ => return true,
                }
            }
            Frequency::Daily => (day - first).num_days(),
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => return true,
        };
        passed % interval == 0
    }

    fn is_nth(&self, day: NaiveDate, (nth, weekday): (Option<i16>, Weekday)) -> bool {
        let Some(nth) = nth else {
            return day.weekday() == weekday;
        };
        let whole_year = self.rule.frequency == Frequency::Yearly && self.rule.months.is_empty();
        let (at, length) = if whole_year {
            (
                day.ordinal() as i32,
                if day.leap_year() { 366 } else { 365 },
            )
        } else {
            (day.day() as i32, days_in_month(day))
        };
        let from_start = (at - 1) / 7 + 1;
        let from_end = -((length - at) / 7 + 1);
        day.weekday() == weekday && [from_start, from_end].contains(&i32::from(nth))
    }
}

/// Writes out what DTSTART says silently, so that the start may be moved. Two families that rrule and its relatives
/// read differently from libical are settled here: BYWEEKNO alone keeps DTSTART's weekday, and a yearly BYMONTHDAY
/// alone keeps DTSTART's month.
fn write_out_defaults(rule: &mut KnownRule, first: NaiveDate) {
    let month = first.month() as u8;
    let nothing = rule.weeks.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.days.is_empty();
    match rule.frequency {
        Frequency::Yearly if nothing => {
            if rule.months.is_empty() {
                rule.months = vec![month];
            }
            rule.month_days = vec![first.day() as i8];
        }
        Frequency::Yearly
            if !rule.weeks.is_empty()
                && rule.days.is_empty()
                && rule.year_days.is_empty()
                && rule.month_days.is_empty() =>
        {
            rule.days = vec![(None, first.weekday())];
        }
        Frequency::Yearly
            if !rule.month_days.is_empty()
                && rule.months.is_empty()
                && rule.weeks.is_empty()
                && rule.year_days.is_empty()
                && rule.days.is_empty() =>
        {
            rule.months = vec![month];
        }
        Frequency::Monthly if nothing => rule.month_days = vec![first.day() as i8],
        Frequency::Weekly if nothing => rule.days = vec![(None, first.weekday())],
        _ => {}
    }
}

/// True when every interval has exactly one date, so that COUNT can be counted without stepping.
fn is_plain(rule: &KnownRule, first: NaiveDate) -> bool {
    let own_weekday = [(None, first.weekday())];
    rule.months.is_empty()
        && rule.weeks.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.hours.is_empty()
        && rule.minutes.is_empty()
        && rule.seconds.is_empty()
        && rule.positions.is_empty()
        && (rule.days.is_empty()
            || (rule.frequency == Frequency::Weekly && rule.days == own_weekday))
}

fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month())
}

fn days_in_month(day: NaiveDate) -> i32 {
    i32::from(day.num_days_in_month())
}

fn as_utc(local: NaiveDateTime) -> DateTime<rrule::Tz> {
    local.and_utc().with_timezone(&rrule::Tz::UTC)
}

fn unvalidated(rule: &KnownRule) -> RRule<Unvalidated> {
    let months: Vec<chrono::Month> = rule
        .months
        .iter()
        .filter_map(|month| chrono::Month::try_from(*month).ok())
        .collect();
    let frequency = match rule.frequency {
        Frequency::Yearly => rrule::Frequency::Yearly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Hourly => rrule::Frequency::Hourly,
        Frequency::Minutely => rrule::Frequency::Minutely,
        Frequency::Secondly => rrule::Frequency::Secondly,
    };
    let days = rule.days.iter().map(|(nth, day)| NWeekday::new(*nth, *day));
    RRule::new(frequency)
        .interval(rule.interval)
        .week_start(rule.week_start)
        .by_month(&months)
        .by_week_no(rule.weeks.clone())
        .by_year_day(rule.year_days.clone())
        .by_month_day(rule.month_days.clone())
        .by_weekday(days.collect())
        .by_hour(rule.hours.clone())
        .by_minute(rule.minutes.clone())
        .by_second(rule.seconds.clone())
        .by_set_pos(rule.positions.clone())
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
