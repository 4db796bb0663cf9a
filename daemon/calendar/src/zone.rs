//! Owns the way from a local time to an instant: named zones, fixed offsets, and zones that only a VTIMEZONE describes.
//! Knows nothing of events. A gap takes the offset before it, a fold the first of its two instants (RFC 5545 3.3.5).

use std::{fmt, str::FromStr, sync::Arc};

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone};

/// An instant: milliseconds since 1970-01-01 UTC, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// One minute.
    pub const MINUTE: i64 = 60_000;
    /// Twenty-four hours.
    pub const DAY: i64 = 86_400_000;

    /// This instant moved by so many milliseconds.
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The same instant as a UTC date and time; far-away values are clamped.
    pub fn utc(self) -> NaiveDateTime {
        DateTime::from_timestamp_millis(self.0)
            .unwrap_or(if self.0 < 0 {
                DateTime::UNIX_EPOCH
            } else {
                DateTime::<chrono::Utc>::MAX_UTC
            })
            .naive_utc()
    }

    /// The instant of a UTC date and time.
    pub fn from_utc(utc: NaiveDateTime) -> Self {
        Self(utc.and_utc().timestamp_millis())
    }
}

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub enum Zone {
    /// A zone of the IANA database.
    Named(chrono_tz::Tz),
    /// A constant distance from UTC.
    Fixed(FixedOffset),
    /// A zone known only from the calendar's own VTIMEZONE.
    Rules(Arc<RuleZone>),
}

/// The transitions that a VTIMEZONE describes, worked out for the years that matter.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleZone {
    name: String,
    before: i64,
    changes: Vec<Change>,
}

/// From `at` (seconds since 1970 UTC) the local time is `offset` seconds ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Seconds since 1970-01-01 UTC.
    pub at: i64,
    /// Seconds ahead of UTC from then on.
    pub offset: i64,
}

impl RuleZone {
    /// A zone with `before` as its offset until the first change.
    pub fn new(name: impl Into<String>, before: i64, mut changes: Vec<Change>) -> Self {
        changes.sort_unstable();
        changes.dedup_by_key(|change| change.at);
        Self {
            name: name.into(),
            before,
            changes,
        }
    }

    fn offset_at(&self, utc: i64) -> i64 {
        let next = self.changes.partition_point(|change| change.at <= utc);
        self.offset_before(next)
    }

    fn offset_before(&self, next: usize) -> i64 {
        match next.checked_sub(1) {
            Some(last) => self.changes[last].offset,
            None => self.before,
        }
    }

    fn utc_of(&self, local: i64) -> i64 {
        const WIDEST_OFFSET: i64 = 86_400;
        let near = self
            .changes
            .partition_point(|c| c.at < local - WIDEST_OFFSET);
        for next in near..=self.changes.len() {
            let offset = self.offset_before(next);
            let utc = local - offset;
            let end = self.changes.get(next).map_or(i64::MAX, |c| c.at);
            let gap_end = self
                .changes
                .get(next)
                .map_or(i64::MAX, |c| c.at.saturating_add(c.offset - offset));
            if utc < end || utc < gap_end {
                return utc;
            }
        }
        local - self.before
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone::Named(chrono_tz::UTC);

    /// Finds a zone by an IANA name, a Windows name or a Windows display name.
    pub fn by_name(name: &str) -> Option<Zone> {
        let name = name.trim().trim_matches('"');
        let resolved = calcard::common::timezone::Tz::from_str(name)
            .or_else(|()| tail(name).ok_or(())?.parse())
            .ok()?;
        match resolved {
            calcard::common::timezone::Tz::Tz(tz) => Some(Zone::Named(tz)),
            calcard::common::timezone::Tz::Fixed(offset) => Some(Zone::Fixed(offset)),
            calcard::common::timezone::Tz::Floating => None,
        }
    }

    /// The instant of a local time.
    pub fn instant(&self, local: NaiveDateTime) -> UnixMs {
        match self {
            Zone::Named(tz) => UnixMs(named_instant(*tz, local)),
            Zone::Fixed(offset) => {
                UnixMs::from_utc(local).plus(-i64::from(offset.local_minus_utc()) * 1000)
            }
            Zone::Rules(rules) => {
                let utc = rules.utc_of(local.and_utc().timestamp());
                UnixMs(utc.saturating_mul(1000))
            }
        }
    }

    /// The local time of an instant.
    pub fn local(&self, at: UnixMs) -> NaiveDateTime {
        at.plus(self.offset_ms(at)).utc()
    }

    /// Milliseconds that this zone's clocks are ahead of UTC at an instant.
    pub fn offset_ms(&self, at: UnixMs) -> i64 {
        1000 * match self {
            Zone::Named(tz) => i64::from(
                tz.offset_from_utc_datetime(&at.utc())
                    .fix()
                    .local_minus_utc(),
            ),
            Zone::Fixed(offset) => i64::from(offset.local_minus_utc()),
            Zone::Rules(rules) => rules.offset_at(at.0.div_euclid(1000)),
        }
    }

    /// The name to show.
    pub fn name(&self) -> String {
        match self {
            Zone::Named(tz) => tz.name().to_owned(),
            Zone::Fixed(offset) => format!("UTC{offset}"),
            Zone::Rules(rules) => rules.name.clone(),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// `Europe/Berlin` out of `/some.registry/Europe/Berlin`.
fn tail(name: &str) -> Option<&str> {
    let (front, _) = name.strip_prefix('/')?.rsplit_once('/')?;
    let area = front.rsplit('/').next()?;
    name.rfind(&format!("/{area}/")).map(|at| &name[at + 1..])
}

fn named_instant(tz: chrono_tz::Tz, local: NaiveDateTime) -> i64 {
    if let Some(found) = tz.from_local_datetime(&local).earliest() {
        return found.timestamp_millis();
    }
    // One gap swallowed a whole day (Samoa 2011), hence the second, wider step back.
    let before = [3, 27].into_iter().find_map(|hours| {
        let earlier = local.checked_sub_signed(TimeDelta::hours(hours))?;
        tz.from_local_datetime(&earlier).earliest()
    });
    let offset = before.map_or(0, |earlier| {
        i64::from(earlier.offset().fix().local_minus_utc())
    });
    UnixMs::from_utc(local).plus(-offset * 1000).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").expect("a date")
    }

    fn utc(zone: &Zone, text: &str) -> String {
        zone.instant(local(text))
            .utc()
            .format("%Y-%m-%dT%H:%MZ")
            .to_string()
    }

    fn berlin_by_rules() -> Zone {
        let change = |text: &str, offset| Change {
            at: local(text).and_utc().timestamp(),
            offset,
        };
        let changes = vec![
            change("2026-10-25T01:00", 3600),
            change("2026-03-29T01:00", 7200),
        ];
        Zone::Rules(Arc::new(RuleZone::new("Our Zone", 3600, changes)))
    }

    #[test]
    fn a_gap_takes_the_offset_before_it_and_a_fold_its_first_instant() {
        for zone in [Zone::by_name("Europe/Berlin").unwrap(), berlin_by_rules()] {
            for (at, want) in [
                ("2026-01-05T09:00", "2026-01-05T08:00Z"),
                ("2026-07-06T09:00", "2026-07-06T07:00Z"),
                ("2026-03-29T01:59", "2026-03-29T00:59Z"),
                ("2026-03-29T02:30", "2026-03-29T01:30Z"),
                ("2026-03-29T03:00", "2026-03-29T01:00Z"),
                ("2026-10-25T02:30", "2026-10-25T00:30Z"),
                ("2026-10-25T03:00", "2026-10-25T02:00Z"),
                ("2026-12-01T09:00", "2026-12-01T08:00Z"),
            ] {
                assert_eq!(utc(&zone, at), want, "{zone:?} {at}");
            }
        }
    }

    #[test]
    fn a_zone_whose_gap_is_at_midnight_keeps_the_day() {
        let cairo = Zone::by_name("Africa/Cairo").unwrap();
        assert_eq!(utc(&cairo, "2026-04-24T00:00"), "2026-04-23T22:00Z");
        let samoa = Zone::by_name("Pacific/Apia").unwrap();
        assert_eq!(utc(&samoa, "2011-12-30T09:00"), "2011-12-30T19:00Z");
    }

    #[test]
    fn all_styles_of_zone_name_are_known() {
        for name in [
            "Europe/Berlin",
            "W. Europe Standard Time",
            "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
            "/freeassociation.sourceforge.net/Europe/Berlin",
            "/mozilla.org/20050126_1/Europe/Berlin",
            "\"W. Europe Standard Time\"",
        ] {
            let zone = Zone::by_name(name).unwrap_or_else(|| panic!("unknown: {name}"));
            assert_eq!(
                utc(&zone, "2026-01-05T09:00"),
                "2026-01-05T08:00Z",
                "{name}"
            );
            assert_eq!(
                utc(&zone, "2026-07-06T09:00"),
                "2026-07-06T07:00Z",
                "{name}"
            );
        }
        assert_eq!(Zone::by_name("Customized Time Zone"), None);
    }

    #[test]
    fn local_and_instant_are_inverse_outside_gaps() {
        for zone in [Zone::by_name("Europe/Berlin").unwrap(), berlin_by_rules()] {
            for hour in 0..24 * 365 {
                let at = UnixMs(1_767_225_600_000 + hour * 3_600_000);
                let there = zone.local(at);
                let back = zone.instant(there);
                assert!(
                    back == at || back == at.plus(-3_600_000),
                    "{zone:?} {there}"
                );
            }
        }
    }
}
