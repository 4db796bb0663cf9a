//! Tables for single rules, measured against what people and other calendars expect; times are local.

use std::time::Instant;

use super::*;
use crate::{
    model::{Rule, When},
    rule_text::rule,
};

fn local(text: &str) -> NaiveDateTime {
    let full = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00")
    };
    NaiveDateTime::parse_from_str(&full, "%Y-%m-%dT%H:%M:%S").expect("a date")
}

fn plan(first: &str, text: &str) -> Plan {
    let Rule::Known(known) = rule(text) else {
        panic!("not understood: {text}");
    };
    let last = known.until.as_ref().map(When::written);
    Plan::new(&known, local(first), Kind::Timed, last).expect("a plan")
}

fn dates(first: &str, text: &str, from: &str, to: &str) -> Vec<String> {
    let span = Span {
        from: local(from),
        core: local(from),
        to: local(to),
    };
    plan(first, text)
        .dates(span, &mut Budget::default())
        .expect("dates")
        .iter()
        .map(|date| date.format("%m-%d %H:%M").to_string())
        .collect()
}

#[test]
fn usual_rules_give_usual_dates() {
    let table = [
        (
            "2010-01-04T09:00:00",
            "FREQ=DAILY",
            "2026-01-05",
            "2026-01-07",
            "01-05 09:00,01-06 09:00",
        ),
        (
            "2010-01-04T09:00:00",
            "FREQ=DAILY;INTERVAL=3",
            "2026-01-05",
            "2026-01-12",
            "01-07 09:00,01-10 09:00",
        ),
        (
            "2026-01-05T09:00:00",
            "FREQ=WEEKLY;COUNT=3",
            "2026-01-01",
            "2026-03-01",
            "01-05 09:00,01-12 09:00,01-19 09:00",
        ),
        (
            "2010-01-04T09:00:00",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
            "2026-01-05",
            "2026-01-19",
            "01-12 09:00,01-14 09:00",
        ),
        (
            "2025-01-31T09:00:00",
            "FREQ=MONTHLY",
            "2026-01-01",
            "2026-04-30",
            "01-31 09:00,03-31 09:00",
        ),
        (
            "2025-01-31T09:00:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2026-01-01",
            "2026-04-01",
            "01-30 09:00,02-27 09:00,03-31 09:00",
        ),
        (
            "2025-01-13T09:00:00",
            "FREQ=MONTHLY;BYDAY=2MO",
            "2026-01-01",
            "2026-03-01",
            "01-12 09:00,02-09 09:00",
        ),
        (
            "2025-01-31T09:00:00",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "2026-01-01",
            "2026-03-01",
            "01-30 09:00,02-27 09:00",
        ),
        (
            "1984-02-29T09:00:00",
            "FREQ=YEARLY",
            "2026-01-01",
            "2029-01-01",
            "02-29 09:00",
        ),
        (
            "1990-05-06T09:00:00",
            "FREQ=YEARLY;INTERVAL=9",
            "2026-01-01",
            "2027-01-01",
            "05-06 09:00",
        ),
        (
            "2025-03-10T09:00:00",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=2MO",
            "2026-01-01",
            "2027-01-01",
            "03-09 09:00",
        ),
        (
            "2025-01-06T09:00:00",
            "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30",
            "2026-01-05",
            "2026-01-06",
            "01-05 09:00,01-05 09:30,01-05 14:00,01-05 14:30",
        ),
        (
            "2025-01-06T09:00:00",
            "FREQ=HOURLY;INTERVAL=6",
            "2026-01-05",
            "2026-01-06",
            "01-05 03:00,01-05 09:00,01-05 15:00,01-05 21:00",
        ),
        (
            "2025-01-06T09:00:00",
            "FREQ=DAILY;COUNT=400",
            "2026-02-08",
            "2026-03-01",
            "02-08 09:00,02-09 09:00",
        ),
        (
            "2026-01-05T09:00:00",
            "FREQ=WEEKLY;UNTIL=20260119T090000",
            "2026-01-01",
            "2026-03-01",
            "01-05 09:00,01-12 09:00,01-19 09:00",
        ),
        (
            "2026-01-05T09:00:00",
            "FREQ=WEEKLY;UNTIL=20250119T090000",
            "2026-01-01",
            "2026-03-01",
            "01-05 09:00",
        ),
    ];
    for (first, text, from, to, want) in table {
        assert_eq!(
            dates(first, text, from, to).join(","),
            want,
            "{first} {text}"
        );
    }
}

#[test]
fn families_that_dateutil_and_libical_read_differently_follow_libical() {
    let table = [
        (
            "2025-01-08T09:00:00",
            "FREQ=YEARLY;BYWEEKNO=2",
            "01-07 09:00",
        ),
        (
            "2025-03-08T09:00:00",
            "FREQ=YEARLY;BYMONTHDAY=15",
            "03-15 09:00",
        ),
        (
            "2025-03-08T09:00:00",
            "FREQ=YEARLY;BYYEARDAY=-1",
            "12-31 09:00",
        ),
    ];
    for (first, text, want) in table {
        assert_eq!(
            dates(first, text, "2026-01-01", "2027-01-01").join(","),
            want,
            "{text}"
        );
    }
}

#[test]
fn a_first_date_off_the_rule_still_counts() {
    let found = dates(
        "2026-01-05T09:00:00",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=3",
        "2026-01-01",
        "2026-03-01",
    );
    assert_eq!(found.join(","), "01-05 09:00,01-06 09:00,01-13 09:00");
}

#[test]
fn the_shortcut_gives_what_stepping_from_the_start_gives() {
    let rules = [
        "FREQ=SECONDLY;INTERVAL=60000",
        "FREQ=MINUTELY;INTERVAL=470",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO,FR",
        "FREQ=DAILY;INTERVAL=4",
        "FREQ=DAILY;BYMONTH=1,3;INTERVAL=2",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO,TH",
        "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=SU,MO",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=MONTHLY;BYMONTHDAY=-1,31",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-2TH",
        "FREQ=MONTHLY;BYSETPOS=2;BYDAY=TU,WE",
        "FREQ=YEARLY;INTERVAL=3",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=1,2;BYDAY=MO",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
        "FREQ=DAILY;COUNT=1500",
        "FREQ=WEEKLY;COUNT=200;INTERVAL=2",
        "FREQ=HOURLY;INTERVAL=5;COUNT=40000",
    ];
    for first in ["2023-01-31T10:20:30", "2024-02-29T23:59:59"] {
        for text in rules {
            let plan = plan(first, text);
            let span = Span {
                from: local("2026-01-01"),
                core: local("2026-01-01"),
                to: local("2026-02-20"),
            };
            let quick = plan.dates(span, &mut Budget::default()).expect("dates");
            let whole = plan
                .rrule(plan.first, plan.rule.count, None)
                .expect("a rule");
            let slow: Vec<_> = (&whole)
                .into_iter()
                .map(|date| date.naive_utc())
                .take_while(|date| *date < span.to)
                .filter(|date| *date >= span.from)
                .collect();
            assert_eq!(quick, slow, "{first} {text}");
        }
    }
}

#[test]
fn rules_that_never_match_and_rules_every_second_cost_next_to_nothing() {
    let span = Span {
        from: local("2026-01-04"),
        core: local("2026-01-04"),
        to: local("2026-01-19"),
    };
    let begun = Instant::now();
    let mut budget = Budget::default();
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=1000;BYMONTH=1",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTH=2",
        "FREQ=DAILY;COUNT=4000000000;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYSECOND=47,30;BYSETPOS=14,-5",
        "FREQ=MINUTELY;BYSECOND=47,30;BYSETPOS=3",
        "FREQ=DAILY;BYHOUR=9,10;BYSETPOS=-3",
    ] {
        assert_eq!(
            plan("1970-01-05T09:00:00", text).dates(span, &mut budget),
            Ok(vec![]),
            "{text}"
        );
    }
    assert_eq!(budget.steps, MAX_STEPS);
    for text in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;COUNT=4000000000",
    ] {
        let outcome = plan("1970-01-01T00:00:00", text).dates(span, &mut budget);
        let Err(RuleFault::TooMany(dates)) = outcome else {
            panic!("{text}: {outcome:?}");
        };
        assert_eq!((dates.len(), dates[0]), (MAX_DATES, span.from), "{text}");
    }
    assert!(begun.elapsed().as_secs() < 5, "took {:?}", begun.elapsed());
}

#[test]
fn fruitless_searches_use_up_the_budget_and_then_stop() {
    let span = Span {
        from: local("2026-01-04"),
        core: local("2026-01-04"),
        to: local("2026-01-19"),
    };
    let vain = plan("2020-01-06T09:00:00", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6");
    let good = plan("2020-01-06T09:00:00", "FREQ=WEEKLY");
    let mut budget = Budget {
        steps: 2 * FRUITLESS,
    };
    assert_eq!(vain.dates(span, &mut budget), Ok(vec![]));
    assert_eq!(vain.dates(span, &mut budget), Ok(vec![]));
    assert_eq!(vain.dates(span, &mut budget), Err(RuleFault::TooCostly));
    assert_eq!(
        good.dates(span, &mut budget).map(|dates| dates.len()),
        Ok(2)
    );
}

#[test]
fn a_rule_that_lists_every_second_of_the_day_is_refused_before_it_takes_memory() {
    let list = |n: usize| (0..n).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let text = format!("FREQ=YEARLY;BYHOUR={};BYMINUTE={}", list(24), list(60));
    let Rule::Known(known) = rule(&text) else {
        panic!("not understood");
    };
    let refused = Plan::new(&known, local("2026-01-05"), Kind::Timed, None).err();
    assert_eq!(refused, Some(RuleFault::TooCostly));
}
