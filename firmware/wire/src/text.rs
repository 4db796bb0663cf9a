//! Short UTF-8 text of bounded size, without an allocator.
//! Knows no message.

use core::fmt;
use postcard_schema::Schema;
use postcard_schema::schema::NamedType;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// At most [`Text::MAX`] bytes of UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    bytes: [u8; Text::MAX],
    len: u8,
}

impl Text {
    /// Most bytes that one text can hold.
    pub const MAX: usize = 40;

    /// No text.
    pub const EMPTY: Text = Text {
        bytes: [0; Text::MAX],
        len: 0,
    };

    /// As much of `text` as fits, cut between characters.
    pub fn cut(text: &str) -> Text {
        let mut end = text.len().min(Text::MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut bytes = [0; Text::MAX];
        bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        Text {
            bytes,
            len: end as u8,
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or("")
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::EMPTY
    }
}

/// Prints the length only: a line may carry the subject of a meeting.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.len)
    }
}

/// As a string, whatever its most bytes.
impl Schema for Text {
    const SCHEMA: &'static NamedType = <str as Schema>::SCHEMA;
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A longer text of a newer peer is cut, not refused.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cutting;
        impl Visitor<'_> for Cutting {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::cut(text))
            }
        }
        deserializer.deserialize_str(Cutting)
    }
}
