//! Owns the names of things in a conference and the text people typed in: checked when made, redacted
//! when printed. Knows nothing of the protocol or of who is where.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Why a piece of text is not what it should be. The text itself is not repeated: it may be private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A conference id is 1 to 64 of `A-Z a-z 0-9 - _`, and not the word `assets`.
    #[error("a conference id is 1 to 64 letters, digits, '-' or '_', and not \"assets\"")]
    ConferenceId,
    /// A participant id is 16 hexadecimal digits.
    #[error("a participant id is 16 hexadecimal digits")]
    ParticipantId,
    /// A name has 1 to 60 visible characters.
    #[error("a name has 1 to 60 visible characters")]
    Name,
    /// A passcode or host code has 1 to 128 characters.
    #[error("a code has 1 to 128 characters")]
    Code,
}

/// Names one conference; the last part of its address. Who knows it may knock, so it prints as a short digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConferenceId(String);

impl ConferenceId {
    /// Accepts 1 to 64 of `A-Z a-z 0-9 - _`, except the reserved word `assets`.
    ///
    /// # Errors
    /// [`Unfit::ConferenceId`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, Unfit> {
        let text = text.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fit = (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text != "assets";
        if fit {
            Ok(Self(text))
        } else {
            Err(Unfit::ConferenceId)
        }
    }

    /// The id as it stands in the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Sha256::digest(self.0.as_bytes());
        write!(f, "conference-{}", hex::encode(&digest[..3]))
    }
}

impl TryFrom<String> for ConferenceId {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        Self::new(text)
    }
}

impl From<ConferenceId> for String {
    fn from(id: ConferenceId) -> Self {
        id.0
    }
}

/// Names one person's stay in one conference: drawn at random on arrival, kept over reconnections.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ParticipantId(String);

impl ParticipantId {
    /// Makes an id of eight random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(hex::encode(bytes))
    }
}

impl fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ParticipantId {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let fit = text.len() == 16 && text.bytes().all(digit);
        if fit {
            Ok(Self(text))
        } else {
            Err(Unfit::ParticipantId)
        }
    }
}

impl From<ParticipantId> for String {
    fn from(id: ParticipantId) -> Self {
        id.0
    }
}

/// What a person wants to be called: one line, 1 to 60 visible characters. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// Keeps visible characters, joins blanks, and cuts nothing: too long is an error.
    ///
    /// # Errors
    /// [`Unfit::Name`] when nothing visible is left or more than 60 characters are.
    pub fn new(text: &str) -> Result<Self, Unfit> {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let fit = (1..=60).contains(&name.chars().count());
        if fit {
            Ok(Self(name))
        } else {
            Err(Unfit::Name)
        }
    }

    /// The name, for the participants' pages only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Control characters and those that reorder or hide text: a name must not imitate another one.
fn is_invisible(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let hides = matches!(
        c,
        '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}'
    );
    (c.is_control() && !c.is_whitespace()) || reorders || hides
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<name>")
    }
}

impl TryFrom<String> for DisplayName {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        Self::new(&text)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

/// A passcode or host code. Never printed, compared in constant time.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

impl Code {
    /// Takes 1 to 128 characters; blanks around are not part of the code.
    ///
    /// # Errors
    /// [`Unfit::Code`] when empty or longer.
    pub fn new(text: &str) -> Result<Self, Unfit> {
        let text = text.trim();
        let fit = (1..=128).contains(&text.chars().count());
        if fit {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unfit::Code)
        }
    }

    /// Whether both are the same code, in a time that does not tell where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let (mine, theirs) = (Sha256::digest(&self.0), Sha256::digest(&other.0));
        let difference = mine
            .iter()
            .zip(theirs.iter())
            .fold(0_u8, |sum, (a, b)| sum | (a ^ b));
        difference == 0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<code>")
    }
}

impl TryFrom<String> for Code {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        Self::new(&text)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

/// One WebSocket connection, counted up by the server for its lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conference_ids_are_checked() {
        for good in ["a", "raum-2_07", &"x".repeat(64)] {
            assert_eq!(
                ConferenceId::new(good).map(String::from),
                Ok(good.to_owned())
            );
        }
        for bad in ["", "a b", "ä", "../x", "assets", "a.b", &"x".repeat(65)] {
            assert_eq!(ConferenceId::new(bad), Err(Unfit::ConferenceId), "{bad:?}");
        }
    }

    #[test]
    fn names_lose_what_cannot_be_seen() {
        let shown = |text: &str| DisplayName::new(text).map(|name| name.reveal().to_owned());
        assert_eq!(shown("  Raum \t 2.07\n"), Ok("Raum 2.07".to_owned()));
        assert_eq!(shown("Anna\u{202e}nnA\u{7}"), Ok("AnnannA".to_owned()));
        assert_eq!(
            shown("Zoë 王 👩\u{200d}🔧"),
            Ok("Zoë 王 👩\u{200d}🔧".to_owned())
        );
        assert_eq!(shown(" \u{200b} "), Err(Unfit::Name));
        assert_eq!(shown(&"n".repeat(61)), Err(Unfit::Name));
    }

    #[test]
    fn nothing_private_is_printed() {
        let all = format!(
            "{:?} {:?} {:?} {}",
            DisplayName::new("Erika").unwrap(),
            Code::new("4711").unwrap(),
            ConferenceId::new("geheim").unwrap(),
            ConferenceId::new("geheim").unwrap(),
        );
        for private in ["Erika", "4711", "geheim"] {
            assert!(!all.contains(private), "{all}");
        }
    }

    #[test]
    fn codes_match_only_themselves() {
        let code = |text| Code::new(text).unwrap();
        assert!(code(" 123 456 ").matches(&code("123 456")));
        assert!(!code("123").matches(&code("1234")));
        assert!(Code::new("  ").is_err());
    }
}
