//! Owns the reading of RRULE and EXRULE values (RFC 5545 3.3.10). calcard reads them too, but wraps numbers silently
//! (`INTERVAL=65537` becomes 1), so a wrong rule would look like a right one; here every doubt has a name.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use crate::{
    model::{Frequency, KnownRule, Rule, When},
    zone::Zone,
};

/// Rules of one component.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub repeat: Vec<Rule>,
    pub except: Vec<Rule>,
}

/// Most rules of one kind that one component may have; further ones are not read.
const MOST_RULES: usize = 8;

/// The rules of every component in a text, in the order in which the components begin.
pub(crate) fn rules_of(text: &str) -> Vec<Rules> {
    let mut found: Vec<Rules> = Vec::new();
    let mut inside: Vec<usize> = Vec::new();
    for line in logical_lines(text) {
        let Some((head, value)) = line.split_once(':') else {
            continue;
        };
        let name = head.split(';').next().unwrap_or(head).to_ascii_uppercase();
        match name.as_str() {
            "BEGIN" => {
                inside.push(found.len());
                found.push(Rules::default());
            }
            "END" => {
                inside.pop();
            }
            "RRULE" | "EXRULE" => {
                let Some(rules) = inside.last().and_then(|&at| found.get_mut(at)) else {
                    continue;
                };
                let list = match name.as_str() {
                    "RRULE" => &mut rules.repeat,
                    _ => &mut rules.except,
                };
                if list.len() < MOST_RULES && !value.trim().is_empty() {
                    list.push(rule(value.trim()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Unfolded lines, but only those that matter here.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if let Some(more) = line.strip_prefix([' ', '\t']) {
            if wanted && let Some(last) = lines.last_mut() {
                last.push_str(more);
            }
            continue;
        }
        wanted = ["BEGIN", "END", "RRULE", "EXRULE"].iter().any(|name| {
            line.get(..name.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(name))
        });
        if wanted {
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

/// Reads one rule.
pub(crate) fn rule(text: &str) -> Rule {
    match known(text) {
        Ok(rule) => Rule::Known(Box::new(rule)),
        Err(detail) => Rule::Unknown(detail),
    }
}

fn known(text: &str) -> Result<KnownRule, String> {
    let parts: Vec<(String, &str)> = text
        .split(';')
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_uppercase(), value.trim())
        })
        .collect();
    let frequency = parts
        .iter()
        .find(|(name, _)| name == "FREQ")
        .ok_or("FREQ is missing")?
        .1;
    let mut rule = KnownRule::new(frequency_of(frequency)?);
    for (name, value) in &parts {
        take(&mut rule, name, value)?;
    }
    if rule.frequency > Frequency::Monthly {
        for day in &mut rule.days {
            day.0 = None;
        }
    }
    Ok(rule)
}

fn take(rule: &mut KnownRule, name: &str, value: &str) -> Result<(), String> {
    match name {
        "INTERVAL" => rule.interval = number(name, value, 1, i64::from(u16::MAX))?,
        "COUNT" => rule.count = Some(number(name, value, 1, i64::from(u32::MAX))?),
        "UNTIL" => rule.until = Some(until(value)?),
        "WKST" => rule.week_start = weekday(value)?,
        "BYMONTH" => rule.months = list(name, value, 1, 12)?,
        "BYWEEKNO" => rule.weeks = either_sign(name, value, 53)?,
        "BYYEARDAY" => rule.year_days = either_sign(name, value, 366)?,
        "BYMONTHDAY" => rule.month_days = either_sign(name, value, 31)?,
        "BYSETPOS" => rule.positions = either_sign(name, value, 366)?,
        "BYHOUR" => rule.hours = list(name, value, 0, 23)?,
        "BYMINUTE" => rule.minutes = list(name, value, 0, 59)?,
        // 60 is a leap second, which no meeting needs.
        "BYSECOND" => {
            let seconds: Vec<u8> = list(name, value, 0, 60)?;
            rule.seconds = seconds.into_iter().map(|second| second.min(59)).collect();
        }
        "BYDAY" => {
            let days = value.split(',').map(|day| nth_weekday(day.trim()));
            rule.days = days.collect::<Result<_, _>>()?;
        }
        "RSCALE" if !value.eq_ignore_ascii_case("GREGORIAN") => {
            return Err("it does not use the Gregorian calendar".into());
        }
        unknown if unknown.starts_with("BY") => {
            return Err(format!("{} is unknown", clipped(unknown)));
        }
        _ => {}
    }
    Ok(())
}

fn clipped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(24).collect()
}

fn number<T: TryFrom<i64>>(name: &str, value: &str, low: i64, high: i64) -> Result<T, String> {
    let wrong = || format!("{name} is {}", clipped(value));
    let number = i64::from_str(value.trim_start_matches('+')).map_err(|_| wrong())?;
    if !(low..=high).contains(&number) {
        return Err(wrong());
    }
    T::try_from(number).map_err(|_| wrong())
}

fn list<T: TryFrom<i64> + Ord>(
    name: &str,
    value: &str,
    low: i64,
    high: i64,
) -> Result<Vec<T>, String> {
    let mut found = value
        .split(',')
        .map(|one| number(name, one.trim(), low, high))
        .collect::<Result<Vec<T>, String>>()?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn either_sign<T: TryFrom<i64> + Ord>(
    name: &str,
    value: &str,
    bound: i64,
) -> Result<Vec<T>, String> {
    if value
        .split(',')
        .any(|one| one.trim().trim_start_matches(['+', '-', '0']).is_empty())
    {
        return Err(format!("{name} is {}", clipped(value)));
    }
    list(name, value, -bound, bound)
}

fn frequency_of(value: &str) -> Result<Frequency, String> {
    Ok(match value.to_ascii_uppercase().as_str() {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        _ => return Err(format!("FREQ is {}", clipped(value))),
    })
}

fn weekday(value: &str) -> Result<Weekday, String> {
    Ok(match value.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return Err(format!("there is no weekday {}", clipped(value))),
    })
}

fn nth_weekday(value: &str) -> Result<(Option<i16>, Weekday), String> {
    let cut = value
        .len()
        .checked_sub(2)
        .filter(|&cut| value.is_char_boundary(cut));
    let (nth, day) = value.split_at(cut.ok_or_else(|| format!("BYDAY is {}", clipped(value)))?);
    let day = weekday(day)?;
    if nth.trim_start_matches('+').is_empty() {
        return Ok((None, day));
    }
    let nth: i16 = number("BYDAY", nth, -53, 53)?;
    Ok(((nth != 0).then_some(nth), day))
}

fn until(value: &str) -> Result<When, String> {
    let date = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
    let found = match value.len() {
        8 => date(value).map(When::Date),
        15 => local(value).map(When::Floating),
        16 => value
            .strip_suffix(['Z', 'z'])
            .and_then(local)
            .map(|utc| When::Zoned(utc, Zone::UTC)),
        _ => None,
    };
    found.ok_or_else(|| format!("UNTIL is {}", clipped(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_fit_are_named_and_never_wrapped() {
        for (text, detail) in [
            ("FREQ=DAILY;INTERVAL=65537", "INTERVAL is 65537"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL is 0"),
            ("FREQ=DAILY;COUNT=-5", "COUNT is -5"),
            ("FREQ=DAILY;COUNT=4294967297", "COUNT is 4294967297"),
            (
                "FREQ=DAILY;COUNT=99999999999999999999",
                "COUNT is 99999999999999999999",
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is 0"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY is 32"),
            ("FREQ=MONTHLY;BYSETPOS=-0", "BYSETPOS is -0"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is 13"),
            ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH is 5L"),
            ("FREQ=WEEKLY;BYDAY=XX", "there is no weekday XX"),
            ("FREQ=WEEKLY;BYDAY=é", "there is no weekday é"),
            ("FREQ=WEEKLY;UNTIL=morgen", "UNTIL is morgen"),
            ("FREQ=FORTNIGHTLY", "FREQ is FORTNIGHTLY"),
            (
                "RSCALE=HEBREW;FREQ=YEARLY",
                "it does not use the Gregorian calendar",
            ),
            ("FREQ=YEARLY;BYEASTER=1", "BYEASTER is unknown"),
            ("INTERVAL=2", "FREQ is missing"),
            ("", "FREQ is missing"),
        ] {
            assert_eq!(rule(text), Rule::Unknown(detail.into()), "{text}");
        }
    }

    #[test]
    fn a_usual_rule_is_read_in_any_case_and_order() {
        let Rule::Known(rule) =
            rule("until=20260119T080000Z;byday=mo,-1TU,+2We;freq=monthly;X-A=1")
        else {
            panic!("not understood");
        };
        assert_eq!(rule.frequency, Frequency::Monthly);
        let want = [
            (None, Weekday::Mon),
            (Some(-1), Weekday::Tue),
            (Some(2), Weekday::Wed),
        ];
        assert_eq!(rule.days, want);
        assert!(matches!(rule.until, Some(When::Zoned(_, Zone::UTC))));
    }

    #[test]
    fn an_ordinal_that_a_weekly_rule_must_not_have_is_ignored() {
        let Rule::Known(rule) = rule("FREQ=WEEKLY;BYDAY=1MO") else {
            panic!("not understood");
        };
        assert_eq!(rule.days, [(None, Weekday::Mon)]);
    }

    #[test]
    fn rules_go_to_the_component_they_stand_in() {
        let text = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nRRULE:FREQ=YEARLY;BYMONTH=10;\n BYDAY=-1SU\nEND:STANDARD\nBEGIN:DAYLIGHT\nrrule;X=1:FREQ=DAILY\nEXRULE:FREQ=DAILY\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
        let counts: Vec<_> = rules_of(text)
            .iter()
            .map(|rules| (rules.repeat.len(), rules.except.len()))
            .collect();
        assert_eq!(counts, [(0, 0), (1, 0), (1, 1)]);
    }
}
