//! The kinds of value that keys have: texts, numbers, times, zones, addresses, hosts, links.
//! Each says what it expects and refuses with a sentence. Knows no key.

use crate::profile::AllowedHost;
use crate::section::{Scalar, Wrong};
use crate::suggest;
use crate::tree::{Node, Value};
use room_core::ids::{Private, ServiceId};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

fn text<'a>(value: &'a Value, expected: &str) -> Result<&'a str, Wrong> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Wrong::new(format!(
            "expected {expected}, found {}",
            other.kind()
        ))),
    }
}

/// A line of text that people read, at most so many characters.
#[derive(Debug, Clone)]
pub(crate) struct Line<const MAX: usize>(pub String);

impl<const MAX: usize> AsRef<str> for Line<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Scalar for Line<MAX> {
    fn expected() -> String {
        format!("a text of 1 to {MAX} characters")
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let line = text(value, &Self::expected())?.trim();
        let length = line.chars().count();
        if length == 0 || length > MAX {
            let message = format!("expected {}, found {length}", Self::expected());
            return Err(Wrong::new(message));
        }
        if line.chars().any(char::is_control) {
            return Err(Wrong::new(
                "a line break or control character stands in the text",
            ));
        }
        Ok(Line(line.to_owned()))
    }

    fn fallback() -> Self {
        Line(String::new())
    }
}

/// A passcode: never printed.
#[derive(Debug, Clone)]
pub(crate) struct Passcode(pub Private);

impl Scalar for Passcode {
    fn expected() -> String {
        "a passcode as text, in quotes, of 1 to 64 characters".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let code = text(value, &Self::expected())?;
        match code.chars().count() {
            1..=64 => Ok(Passcode(Private::new(code))),
            _ => Err(Wrong::new(format!("expected {}", Self::expected()))),
        }
    }

    fn fallback() -> Self {
        Passcode(Private::new(""))
    }
}

/// A short name for use in files, addresses and logs.
#[derive(Debug, Clone)]
pub(crate) struct Slug(pub String);

impl Slug {
    /// Whether a text is one.
    pub fn fits(text: &str) -> bool {
        (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
    }
}

impl Scalar for Slug {
    fn expected() -> String {
        "a short name of small letters, digits and hyphens, at most 32".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let slug = text(value, &Self::expected())?;
        if Slug::fits(slug) {
            return Ok(Slug(slug.to_owned()));
        }
        Err(Wrong::new(format!(
            "expected {}, found `{slug}`",
            Self::expected()
        )))
    }

    fn fallback() -> Self {
        Slug(String::new())
    }
}

impl Scalar for bool {
    fn expected() -> String {
        "`true` or `false`".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        match value {
            Value::Flag(flag) => Ok(*flag),
            other => Err(Wrong::new(format!(
                "expected {}, found {}",
                Self::expected(),
                other.kind()
            ))
            .help("write it without quotes")),
        }
    }

    fn fallback() -> Self {
        false
    }
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Scalar for Whole<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        match value {
            Value::Whole(number) if (MIN..=MAX).contains(number) => Ok(Whole(*number)),
            Value::Whole(number) => Err(Wrong::new(format!(
                "expected {}, found {number}",
                Self::expected()
            ))),
            other => Err(Wrong::new(format!(
                "expected {}, found {}",
                Self::expected(),
                other.kind()
            ))
            .help("write it without quotes")),
        }
    }

    fn fallback() -> Self {
        Whole(MIN)
    }
}

/// A length of time within bounds in seconds, written such as "15 min".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time<const MIN: u64, const MAX: u64>(pub Duration);

impl<const MIN: u64, const MAX: u64> Scalar for Time<MIN, MAX> {
    fn expected() -> String {
        format!("a time from \"{}\" to \"{}\"", written(MIN), written(MAX))
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let written = match value {
            Value::Whole(number) => {
                return Err(Wrong::new(format!(
                    "expected {}, found a bare number",
                    Self::expected()
                ))
                .help(format!("say the unit: \"{number} s\" or \"{number} min\"")));
            }
            other => text(other, &Self::expected())?,
        };
        let time = duration(written)?;
        let (min, max) = (Duration::from_secs(MIN), Duration::from_secs(MAX));
        if time < min || time > max {
            let message = format!("expected {}, found \"{written}\"", Self::expected());
            return Err(Wrong::new(message));
        }
        Ok(Time(time))
    }

    fn fallback() -> Self {
        Time(Duration::from_secs(MIN))
    }
}

/// A length of time, or "never".
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeOrNever<const MIN: u64, const MAX: u64>(pub Option<Duration>);

impl<const MIN: u64, const MAX: u64> Scalar for TimeOrNever<MIN, MAX> {
    fn expected() -> String {
        format!("{}, or \"never\"", Time::<MIN, MAX>::expected())
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        match value {
            Value::Text(text) if text.trim() == "never" => Ok(TimeOrNever(None)),
            other => Time::<MIN, MAX>::read(other).map(|time| TimeOrNever(Some(time.0))),
        }
    }

    fn fallback() -> Self {
        TimeOrNever(None)
    }
}

const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1000),
    ("sec", 1000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

fn written(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        s if s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s % 3600 == 0 => format!("{} h", s / 3600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// Reads "90 s", "15min", "1 h 30 min".
pub(crate) fn duration(written: &str) -> Result<Duration, Wrong> {
    let refused = || {
        Wrong::new(format!("`{written}` is not a time")).help(
            "write a number and a unit: \"90 s\", \"15 min\", \"2 h\", \"1 h 30 min\", \"1 d\"",
        )
    };
    let mut rest = written.trim();
    if rest.is_empty() {
        return Err(refused());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| refused())?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = &rest[..letters];
        let (_, factor) = UNITS.iter().find(|(u, _)| *u == unit).ok_or_else(refused)?;
        total = number
            .checked_mul(*factor)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(refused)?;
        rest = rest[letters..].trim_start();
    }
    Ok(Duration::from_millis(total))
}

/// A time zone by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone(pub chrono_tz::Tz);

impl Scalar for Zone {
    fn expected() -> String {
        "a time zone's name such as \"Europe/Berlin\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let name = text(value, &Self::expected())?;
        name.parse().map(Zone).map_err(|_| {
            let known = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name());
            let near = suggest::nearest(name, known);
            let help = near.map_or_else(
                || format!("expected {}", Self::expected()),
                |near| format!("did you mean `{near}`?"),
            );
            Wrong::new(format!("`{name}` is not a time zone")).help(help)
        })
    }

    fn fallback() -> Self {
        Zone(chrono_tz::UTC)
    }
}

/// A path; a relative one counts from the folder of the room's file.
#[derive(Debug, Clone)]
pub(crate) struct FilePath(pub PathBuf);

impl Scalar for FilePath {
    fn expected() -> String {
        "a path; a relative one counts from the folder of the room's file".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let path = text(value, &Self::expected())?;
        if path.is_empty() || path.contains('\0') {
            return Err(Wrong::new("expected a path, found an empty text"));
        }
        Ok(FilePath(PathBuf::from(path)))
    }

    fn fallback() -> Self {
        FilePath(PathBuf::new())
    }
}

/// An address to listen at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listen(pub SocketAddr);

impl Scalar for Listen {
    fn expected() -> String {
        "an address and port such as \"127.0.0.1:8080\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let written = text(value, &Self::expected())?;
        written.parse().map(Listen).map_err(|_| {
            Wrong::new(format!("`{written}` is not an address with a port"))
                .help("write \"127.0.0.1:8080\" for this machine alone or \"0.0.0.0:8443\" for every network")
        })
    }

    fn fallback() -> Self {
        Listen(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

/// Domains that may be called by SIP.
#[derive(Debug, Clone)]
pub(crate) struct Domains(pub Vec<AllowedHost>);

impl Scalar for Domains {
    fn expected() -> String {
        "a list of domains such as `[\"conf.example.org\", \"*.example.org\"]`; `*.` means every domain below".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let Value::List(items) = value else {
            let message = format!("expected {}, found {}", Self::expected(), value.kind());
            return Err(Wrong::new(message));
        };
        let domain = |item: &Node| {
            let written = text(&item.value, "a domain")?;
            AllowedHost::parse(written, ServiceId::new("sip"))
                .ok_or_else(|| Wrong::new(format!("`{written}` is not a domain")))
        };
        items
            .iter()
            .map(domain)
            .collect::<Result<_, _>>()
            .map(Domains)
    }

    fn fallback() -> Self {
        Domains(Vec::new())
    }
}

/// A web link; quoted by no message, since links carry secrets.
#[derive(Debug, Clone)]
pub(crate) struct Link(pub Option<url::Url>);

impl Scalar for Link {
    fn expected() -> String {
        "a link that begins with https:// (http:// only to this machine)".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let written = text(value, &Self::expected())?;
        let refused = |why: &str| Wrong::new(why).help(format!("expected {}", Self::expected()));
        let url = url::Url::parse(written).map_err(|e| refused(&format!("not a link: {e}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a link may not carry a user name or password"));
        }
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" | "webcal" => Ok(Link(Some(url))),
            "http" if local => Ok(Link(Some(url))),
            "http" => Err(refused("an unencrypted link is refused")),
            other => Err(refused(&format!("`{other}` links are not opened"))),
        }
    }

    fn fallback() -> Self {
        Link(None)
    }
}

/// A public key of minisign: 42 bytes, of which the first two say what kind of key it is.
#[derive(Debug, Clone)]
pub(crate) struct PackKey(pub String);

impl Scalar for PackKey {
    fn expected() -> String {
        "the second line of a minisign .pub file, which begins with RW".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let key = text(value, &Self::expected())?.trim();
        let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
        let kind = key.starts_with("RW") && key[2..].starts_with(['Q', 'R', 'S', 'T']);
        if kind && key.len() == 56 && key.chars().all(base64) {
            return Ok(PackKey(key.to_owned()));
        }
        Err(Wrong::new("not a public key of minisign")
            .help(format!("expected {}", Self::expected())))
    }

    fn fallback() -> Self {
        PackKey(String::new())
    }
}

/// One word of a fixed set.
macro_rules! choice {
    ($($(#[$doc:meta])* enum $name:ident: $ty:ty { $($word:literal => $value:expr,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub $ty);

        impl $crate::section::Scalar for $name {
            fn expected() -> String {
                let words = [$(concat!("`\"", $word, "\"`")),*];
                format!("one of {}", words.join(", "))
            }

            fn read(value: &$crate::tree::Value) -> Result<Self, $crate::section::Wrong> {
                let word = match value {
                    $crate::tree::Value::Text(word) => word.as_str(),
                    other => return Err($crate::section::Wrong::new(format!(
                        "expected {}, found {}", Self::expected(), other.kind()
                    ))),
                };
                match word {
                    $($word => Ok($name($value)),)*
                    _ => Err($crate::section::Wrong::new(format!("`{word}` is not known here"))
                        .help($crate::suggest::among(word, [$($word),*].into_iter()))),
                }
            }

            fn fallback() -> Self {
                let values = [$($value),*];
                let [first, ..] = values;
                $name(first)
            }
        }
    )*};
}
pub(crate) use choice;
