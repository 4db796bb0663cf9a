//! Times of a day and time zones, as people write them in rules. Pure; the moment is an argument.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A time of a day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Wall(u16);

impl Wall {
    /// So many minutes earlier, on the same day.
    #[must_use]
    pub fn before(self, minutes: u16) -> Wall {
        Wall(self.0.saturating_sub(minutes))
    }
}

impl FromStr for Wall {
    type Err = String;

    fn from_str(text: &str) -> Result<Wall, String> {
        let parts = text.trim().split_once(':');
        let parts = parts.and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)));
        match parts {
            Some((hour @ 0_u16..24, minute @ 0_u16..60)) => Ok(Wall(hour * 60 + minute)),
            _ => Err(format!("{text:?} is no time of a day, such as 18:00")),
        }
    }
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for Wall {
    type Error = String;

    fn try_from(text: String) -> Result<Wall, String> {
        text.parse()
    }
}

impl From<Wall> for String {
    fn from(wall: Wall) -> String {
        wall.to_string()
    }
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

impl Zone {
    /// No zone's time.
    pub const UTC: Zone = Zone(Tz::UTC);

    /// Day, weekday's kind and time there.
    #[must_use]
    pub fn at(self, now_ms: i64) -> (NaiveDate, bool, Wall) {
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
        let there = utc.with_timezone(&self.0);
        let minutes = there.hour() * 60 + there.minute();
        let weekend = matches!(there.weekday(), Weekday::Sat | Weekday::Sun);
        (there.date_naive(), weekend, Wall(minutes as u16))
    }

    /// A moment there, as people write it.
    #[must_use]
    pub fn written(self, at_ms: i64) -> String {
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        let there = utc.with_timezone(&self.0);
        there.format("%Y-%m-%d %H:%M %Z").to_string()
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Zone, String> {
        let zone = text.trim().parse().map(Zone);
        zone.map_err(|_| format!("{text:?} is no time zone, such as Europe/Berlin"))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(text: String) -> Result<Zone, String> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.to_string()
    }
}

/// RFC 3339 in UTC, for programs.
pub(super) fn rfc3339(at_ms: i64) -> String {
    let utc: DateTime<Utc> = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    utc.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_is_another_time_in_another_zone_and_summer() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        // 2026-11-29T17:00:00Z, a Sunday; 2026-07-01T16:00:00Z.
        for (now_ms, date, weekend, wall) in [
            (1_795_971_600_000, "2026-11-29", true, "18:00"),
            (1_782_921_600_000, "2026-07-01", false, "18:00"),
        ] {
            let (day, is_weekend, time) = berlin.at(now_ms);
            assert_eq!((day.to_string().as_str(), is_weekend), (date, weekend));
            assert_eq!(time.to_string(), wall);
        }
        assert_eq!(Zone::UTC.at(0).2, "00:00".parse().unwrap());
        assert!("Europa/Berlin".parse::<Zone>().is_err());
        assert!("25:00".parse::<Wall>().is_err() && "1800".parse::<Wall>().is_err());
        assert_eq!(
            "18:00".parse::<Wall>().unwrap().before(15).to_string(),
            "17:45"
        );
    }
}
