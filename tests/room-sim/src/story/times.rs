//! Times and durations as a story writes them: `09:30`, `09:30:05.250`, `00:10+1d`, `15m`.
//! The day 0 of every story is the first of March 2027, UTC;
//! a moment of the daemon's own counting is written as the time on a clock that is right.

use room_core::units::{Mono, Wall};
use std::time::Duration;

/// Midnight of day 0 on the wall.
pub const MIDNIGHT: i64 = 1_803_859_200_000;

const DAY: i64 = 86_400_000;
const FAR: i64 = 20_000 * DAY;

/// Prints a wall time.
pub fn wall(time: Wall) -> String {
    match time.0.checked_sub(MIDNIGHT) {
        Some(ms) if ms.abs() < FAR => of_day(ms),
        _ => format!("@{}", time.0),
    }
}

/// Prints a moment.
pub fn mono(moment: Mono) -> String {
    match i64::try_from(moment.0) {
        Ok(ms) if ms < FAR => of_day(ms),
        _ => format!("@{}", moment.0),
    }
}

fn of_day(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (seconds, millis) = (rest / 1000 % 60, rest % 1000);
    let mut text = format!("{hours:02}:{minutes:02}");
    if seconds != 0 || millis != 0 {
        text += &format!(":{seconds:02}");
    }
    if millis != 0 {
        text += &format!(".{millis:03}");
    }
    if day != 0 {
        text += &format!("{day:+}d");
    }
    text
}

/// Reads a wall time.
pub fn read_wall(text: &str) -> Option<Wall> {
    if let Some(raw) = text.strip_prefix('@') {
        return raw.parse().ok().map(Wall);
    }
    read_of_day(text).map(|ms| Wall(MIDNIGHT.saturating_add(ms)))
}

/// Reads a moment.
pub fn read_mono(text: &str) -> Option<Mono> {
    if let Some(raw) = text.strip_prefix('@') {
        return raw.parse().ok().map(Mono);
    }
    read_of_day(text).and_then(|ms| u64::try_from(ms).ok().map(Mono))
}

fn read_of_day(text: &str) -> Option<i64> {
    let (clock, days) = match text.find(['+', '-']) {
        Some(at) => (
            &text[..at],
            text[at..].strip_suffix('d')?.parse::<i64>().ok()?,
        ),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let millis = match parts.next() {
        None => 0,
        Some(seconds) => read_seconds(seconds)?,
    };
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && millis < 60_000;
    fits.then_some(days * DAY + hours * 3_600_000 + minutes * 60_000 + millis)
}

fn read_seconds(text: &str) -> Option<i64> {
    let (seconds, millis) = text.split_once('.').unwrap_or((text, "0"));
    let padded = format!("{millis:0<3}");
    let seconds: i64 = seconds.parse().ok()?;
    let millis: i64 = padded.parse().ok()?;
    (millis < 1000).then_some(seconds * 1000 + millis)
}

/// Prints a duration in its largest whole unit.
pub fn duration(d: Duration) -> String {
    let ms = d.as_millis();
    for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
        if ms != 0 && ms.is_multiple_of(size) {
            return format!("{}{unit}", ms / size);
        }
    }
    format!("{ms}ms")
}

/// Reads a duration.
pub fn read_duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: u64 = text[..split].parse().ok()?;
    let size = match &text[split..] {
        "h" => 3_600_000,
        "m" => 60_000,
        "s" => 1000,
        "ms" => 1,
        _ => return None,
    };
    number.checked_mul(size).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_round_trip() {
        for ms in [
            0,
            1,
            999,
            59_999,
            86_399_999,
            86_400_000,
            -1,
            12 * 3_600_000,
        ] {
            let time = Wall(MIDNIGHT + ms);
            assert_eq!(read_wall(&wall(time)), Some(time), "{}", wall(time));
        }
        assert_eq!(read_wall(&wall(Wall(i64::MIN))), Some(Wall(i64::MIN)));
        assert_eq!(read_mono(&mono(Mono(u64::MAX))), Some(Mono(u64::MAX)));
        assert_eq!(read_wall("25:00"), None);
        assert_eq!(
            read_duration(&duration(Duration::from_secs(90))),
            Some(Duration::from_secs(90))
        );
    }
}
