//! The chain itself: making the next entry, and checking a whole export. Pure.
//!
//! Invariant: an entry's hash covers everything in it and the hash before it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What the first entry has before it.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// A person, a token, a room or the server.
    pub who: String,
    /// What, as a word.
    pub what: &'static str,
    /// To what.
    pub to: String,
    /// More about it; no secrets.
    pub more: BTreeMap<String, String>,
}

/// One link of the chain; a line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place, from 1 on.
    pub sequence: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// To what.
    pub to: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
    /// The hash of the entry before.
    pub before: String,
    /// SHA-256 of this entry's JSON with an empty hash.
    pub hash: String,
}

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its first entry's place; greater than 1 in a part of a chain.
    pub first: u64,
    /// Its last entry's place; 0 for an empty one.
    pub last: u64,
    /// Its last entry's hash, to be compared with the server's.
    pub hash: String,
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// No entry.
    #[error("line {0} is no entry of an audit log")]
    Unreadable(usize),
    /// Changed afterwards.
    #[error("line {0} was changed: its hash does not fit what it says")]
    Changed(usize),
    /// Something between was left out, added or moved.
    #[error("line {0} does not follow the line before it")]
    Apart(usize),
}

impl Entry {
    /// The entry after `last` for this act.
    #[must_use]
    pub fn after(last: Option<&Entry>, act: Act) -> Entry {
        let mut entry = Entry {
            sequence: last.map_or(1, |last| last.sequence + 1),
            at_ms: act.at_ms,
            who: act.who,
            what: act.what.to_owned(),
            to: act.to,
            more: act.more,
            before: last.map_or_else(|| BEGINNING.to_owned(), |last| last.hash.clone()),
            hash: String::new(),
        };
        entry.hash = entry.digest();
        entry
    }

    /// The entry as a line, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn digest(&self) -> String {
        let bare = Entry {
            hash: String::new(),
            ..self.clone()
        };
        hex::encode(Sha256::digest(bare.line()))
    }
}

/// Checks an export line by line; empty lines are passed over. A part that begins in the middle is taken as it begins.
///
/// # Errors
/// At the first line that does not hold.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Verified, Break> {
    let mut first = 0;
    let mut last: Option<Entry> = None;
    for (place, line) in lines.into_iter().enumerate() {
        let number = place + 1;
        if line.trim().is_empty() {
            continue;
        }
        let entry: Entry = serde_json::from_str(line).map_err(|_| Break::Unreadable(number))?;
        if entry.digest() != entry.hash {
            return Err(Break::Changed(number));
        }
        let follows = match &last {
            Some(last) => entry.sequence == last.sequence + 1 && entry.before == last.hash,
            None => (entry.sequence == 1) == (entry.before == BEGINNING),
        };
        if !follows {
            return Err(Break::Apart(number));
        }
        if last.is_none() {
            first = entry.sequence;
        }
        last = Some(entry);
    }
    Ok(Verified {
        first,
        last: last.as_ref().map_or(0, |last| last.sequence),
        hash: last.map_or_else(|| BEGINNING.to_owned(), |last| last.hash),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chain(length: usize) -> Vec<String> {
        let mut entries: Vec<Entry> = Vec::new();
        for place in 0..length {
            let act = Act {
                at_ms: 1_000 * place as i64,
                who: "anna".to_owned(),
                what: "room-told",
                to: format!("saal-{place}"),
                more: BTreeMap::from([("verb".to_owned(), "mute".to_owned())]),
            };
            entries.push(Entry::after(entries.last(), act));
        }
        entries.iter().map(Entry::line).collect()
    }

    fn checked(lines: &[String]) -> Result<Verified, Break> {
        verify(lines.iter().map(String::as_str))
    }

    #[test]
    fn a_whole_chain_and_a_part_of_one_hold() {
        let lines = chain(9);
        let whole = checked(&lines).unwrap();
        assert_eq!((whole.first, whole.last), (1, 9));
        let part = checked(&lines[3..7]).unwrap();
        assert_eq!((part.first, part.last), (4, 7));
        assert_eq!(checked(&[]).unwrap().last, 0);
    }

    #[test]
    fn an_entry_that_was_forged_with_a_fitting_hash_does_not_follow() {
        let mut lines = chain(5);
        let mut entry: Entry = serde_json::from_str(&lines[2]).unwrap();
        entry.who = "berta".to_owned();
        entry.hash = entry.digest();
        lines[2] = entry.line();
        assert_eq!(checked(&lines), Err(Break::Apart(4)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_changed_left_out_or_moved_is_seen(place in 1..8_usize, other in 1..8_usize, at in any::<usize>()) {
            let lines = chain(9);
            let mut without = lines.clone();
            without.remove(place);
            prop_assert_eq!(checked(&without), Err(Break::Apart(place + 1)));
            if place != other {
                let mut swapped = lines.clone();
                swapped.swap(place, other);
                prop_assert!(checked(&swapped).is_err());
            }
            let mut changed = lines;
            let at = at % changed[place].len();
            let mut bytes = std::mem::take(&mut changed[place]).into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            changed[place] = String::from_utf8(bytes).unwrap();
            prop_assert!(checked(&changed).is_err());
        }
    }
}
