//! Names and numbers as types. A name is checked where it is read, so no code behind that checks it again.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no name of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {wanted}")]
pub struct NotAnId {
    what: &'static str,
    wanted: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $what:literal, $wanted:literal, $fits:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let fits: fn(&str) -> bool = $fits;
                match fits(text) {
                    true => Ok(Self(text.to_owned())),
                    false => Err(NotAnId { what: $what, wanted: $wanted }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )* };
}

names! {
    /// A room within its tenant. Part of certificates, keys of the store and subjects of a message bus, hence its letters.
    RoomId: "a room's id", "1 to 40 of a-z, 0-9 and -, with neither end a -", |t| slug(t, 40);
    /// Who a room belongs to, where one server serves several.
    TenantId: "a tenant's id", "1 to 40 of a-z, 0-9 and -, with neither end a -", |t| slug(t, 40);
    /// One command. Whoever says it twice means the same one: a room carries it out once.
    CommandId: "a command's id", "8 to 40 of a-z, 0-9 and -, with neither end a -", |t| t.len() >= 8 && slug(t, 40);
    /// Which start of the daemon counts the sequence numbers.
    Boot: "a start's id", "1 to 40 of a-z, 0-9 and -, with neither end a -", |t| slug(t, 40);
    /// The code of a fault, a finding or a check, such as `call-unreachable`; sentences are looked up by it.
    Code: "a code", "1 to 64 of a-z, 0-9 and -, with neither end a -", |t| slug(t, 64);
    /// A release in the signed list: it becomes a path of the server, and nothing of it leaves its folder.
    Target: "a release's name", "1 to 120 of a-z, 0-9, - and . in parts between slashes, none of which begins with a dot", target;
}

fn target(text: &str) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'.');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter);
    text.len() <= 120 && text.split('/').all(part)
}

fn slug(text: &str, most: usize) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=most).contains(&bytes.len())
        && bytes.iter().all(|c| letter(*c) || *c == b'-')
        && bytes.first().is_some_and(|c| letter(*c))
        && bytes.last().is_some_and(|c| letter(*c))
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The one after it.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}

numbers! {
    /// Which writing of a room's desired document this is; counts from 1.
    Revision;
    /// Which connection of a room this is; the server counts, and what an older one says late is refused.
    Epoch;
    /// Counts what a room says about itself since its start.
    Sequence;
}

/// Text of the other side that a person may read: at most [`BoundedText::MOST`] characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct BoundedText(String);

impl BoundedText {
    /// More characters than this are cut off.
    pub const MOST: usize = 400;

    /// The text, cut and cleaned.
    pub fn new(text: &str) -> Self {
        let plain = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .filter(|c| !changes_direction(*c));
        Self(plain.take(Self::MOST).collect())
    }

    /// As it may be shown, escaped as any text of others.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that let text run backwards over what stands beside it (Unicode's UAX 9).
fn changes_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<'de> Deserialize<'de> for BoundedText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(from)?))
    }
}

impl From<&str> for BoundedText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
