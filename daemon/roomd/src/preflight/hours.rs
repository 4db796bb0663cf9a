//! The operator's hours as times of the wall clock, for the days around now. Knows the room's zone and no room.

use crate::clock::{self, WallTicks};
use chrono::{DateTime, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use room_core::event::Event;
use room_core::preflight::{Evening, Hours};
use room_core::units::Wall;
use room_profile::{PreflightHours, TimeOfDay};
use tokio::sync::mpsc;

/// The hours of yesterday, today and the next two days.
pub fn hours(now: Wall, zone: Tz, said: &PreflightHours) -> Hours {
    let mut hours = Hours::default();
    let Some(today) = DateTime::from_timestamp_millis(now.0) else {
        return hours;
    };
    let today = today.with_timezone(&zone).date_naive();
    let Some(yesterday) = today.checked_sub_days(Days::new(1)) else {
        return hours;
    };
    let start = TimeOfDay { hour: 0, minute: 0 };
    let days: Vec<NaiveDate> = yesterday.iter_days().take(6).collect();
    for days in days.windows(3) {
        let &[day, next, after] = days else {
            continue;
        };
        let at = |day, time| moment(zone, day, time);
        hours.nights.extend(said.night.map(|time| at(day, time)));
        hours.quiet.extend(said.quiet.iter().map(|(from, until)| {
            let last = if until > from { day } else { next };
            (at(day, *from), at(last, *until))
        }));
        hours.evenings.extend(said.tomorrow.map(|time| Evening {
            at: at(day, time),
            from: at(next, start),
            until: at(after, start),
        }));
    }
    hours
}

/// A time that the clock leaps over in spring is the next one that there is; of one that comes twice in autumn, the first.
fn moment(zone: Tz, day: NaiveDate, time: TimeOfDay) -> Wall {
    let time = NaiveTime::from_hms_opt(u32::from(time.hour), u32::from(time.minute), 0);
    let mut local = day.and_time(time.unwrap_or_default());
    for _ in 0..48 {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                return Wall(at.timestamp_millis());
            }
            LocalResult::None => local += Duration::minutes(15),
        }
    }
    Wall(local.and_utc().timestamp_millis())
}

/// Tells the room its hours at once, at each new day, and when the clock was set.
pub async fn keep(zone: Tz, said: PreflightHours, out: mpsc::Sender<Event>) {
    let mut ticks = WallTicks::start();
    let mut told = None;
    loop {
        let now = hours(clock::wall(), zone, &said);
        if told.as_ref() != Some(&now) {
            if out.send(Event::Hours(now.clone())).await.is_err() {
                return;
            }
            told = Some(now);
        }
        ticks.next().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;
    use core::time::Duration as Span;

    fn said() -> PreflightHours {
        let at = |hour, minute| TimeOfDay { hour, minute };
        PreflightHours {
            night: Some(at(2, 30)),
            tomorrow: Some(at(18, 0)),
            quiet: vec![(at(22, 0), at(6, 0)), (at(12, 0), at(13, 0))],
            path: room_profile::PathLimits {
                round_trip: Span::ZERO,
                jitter: Span::ZERO,
                loss: 0,
                rate: 0,
                certificate_days: 0,
                clock: Span::ZERO,
            },
        }
    }

    fn wall(text: &str) -> Wall {
        Wall(
            DateTime::parse_from_rfc3339(text)
                .unwrap()
                .timestamp_millis(),
        )
    }

    fn on(day: &str) -> Hours {
        hours(wall(day), Berlin, &said())
    }

    #[test]
    fn an_ordinary_day_has_its_night_evening_and_quiet_hours() {
        let hours = on("2026-11-28T15:00:00Z");
        assert!(hours.nights.contains(&wall("2026-11-29T02:30:00+01:00")));
        let evening = Evening {
            at: wall("2026-11-28T18:00:00+01:00"),
            from: wall("2026-11-29T00:00:00+01:00"),
            until: wall("2026-11-30T00:00:00+01:00"),
        };
        assert!(hours.evenings.contains(&evening));
        let night = (
            wall("2026-11-27T22:00:00+01:00"),
            wall("2026-11-28T06:00:00+01:00"),
        );
        assert!(hours.quiet.contains(&night), "it began yesterday");
    }

    #[test]
    fn a_night_that_the_clock_leaps_over_is_made_up_for_and_one_that_comes_twice_comes_once() {
        let spring = on("2027-03-28T00:00:00Z");
        assert!(spring.nights.contains(&wall("2027-03-28T03:00:00+02:00")));
        let autumn = on("2026-10-25T00:00:00Z");
        let first = wall("2026-10-25T02:30:00+02:00");
        let second = wall("2026-10-25T02:30:00+01:00");
        assert!(autumn.nights.contains(&first) && !autumn.nights.contains(&second));
        let long = autumn
            .evenings
            .iter()
            .find(|e| e.from == wall("2026-10-25T00:00:00+02:00"));
        let hours = long.map(|e| (e.until.0 - e.from.0) / 3_600_000);
        assert_eq!(hours, Some(25));
    }

    #[test]
    fn within_a_day_they_stay_the_same() {
        assert_eq!(on("2026-11-28T00:00:00Z"), on("2026-11-28T22:59:59Z"));
        assert_ne!(on("2026-11-28T00:00:00Z"), on("2026-11-28T23:00:00Z"));
    }

    #[test]
    fn a_mad_clock_gives_no_hours_and_no_panic() {
        for now in [i64::MIN, i64::MAX, 0] {
            let _ = hours(Wall(now), Berlin, &said());
        }
    }
}
