//! Keys as subjects of NATS: each part of a key is a token of its own, so that a whole kind is one wildcard. Pure.
//!
//! Invariant: two keys never have one subject, and a subject names its key.

/// Everything of this program begins so.
pub(super) const DOCUMENTS: &str = "KV_fleet";
pub(super) const RECORDS: &str = "fleet_records";
pub(super) const BLOBS: &str = "fleet_blobs";
const DOCUMENT: &str = "$KV.fleet.";

/// Every document's subject.
pub(super) const ALL_DOCUMENTS: &str = "$KV.fleet.>";
/// Every record's of a stream that has a name.
pub(super) const ALL_RECORDS: &str = "fleet.records.>";
/// Every piece's of a blob.
pub(super) const ALL_BLOBS: &str = "fleet.blobs.>";

fn escape(text: &str, slash: &str) -> String {
    let mut tokens = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'/' => tokens.push_str(slash),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => tokens.push(char::from(byte)),
            other => tokens.push_str(&format!("={other:02x}")),
        }
    }
    tokens
}

/// A whole key as tokens.
pub(super) fn tokens(key: &str) -> String {
    escape(key, ".")
}

/// Any text as one token.
pub(super) fn token(text: &str) -> String {
    escape(text, "=2f")
}

/// The subject of a document.
pub(super) fn document(key: &str) -> String {
    format!("{DOCUMENT}{}", tokens(key))
}

/// A subject for what is the store's own: no tenant's id begins with `=`.
pub(super) fn own(kind: &str, name: &str) -> String {
    format!("{DOCUMENT}={kind}.{}", token(name))
}

/// All documents under a prefix, which ends with a slash.
pub(super) fn below(prefix: &str) -> String {
    format!("{DOCUMENT}{}.>", tokens(prefix.trim_end_matches('/')))
}

/// The key of a document's subject; `None` when it is the store's own, or nobody's.
pub(super) fn key(subject: &str) -> Option<String> {
    let tokens = subject.strip_prefix(DOCUMENT)?;
    let mut key = String::with_capacity(tokens.len());
    let mut rest = tokens.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '.' => key.push('/'),
            '=' => {
                let byte: String = rest.by_ref().take(2).collect();
                key.push(char::from(u8::from_str_radix(&byte, 16).ok()?));
            }
            letter => key.push(letter),
        }
    }
    Some(key)
}

/// How a stream is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stream {
    /// One of a whole kind, such as an audit log: a stream of NATS of its own, whose numbers are the records' numbers.
    Own {
        /// Its name.
        name: String,
        /// Its one subject.
        subject: String,
    },
    /// One of many of its kind, such as a room's history: a subject in a stream of NATS that they share.
    Shared {
        /// Its subject.
        subject: String,
    },
}

/// How the stream of a key is kept.
pub(super) fn stream(key: &str) -> Stream {
    match key.strip_suffix('/') {
        Some(whole) => Stream::Own {
            // No tenant's id has an underscore.
            name: format!("fleet_log_{}", token(&whole.replacen('/', "_", 1))),
            subject: format!("fleet.log.{}", tokens(whole)),
        },
        None => Stream::Shared {
            subject: format!("fleet.records.{}", tokens(key)),
        },
    }
}

/// One piece of one writing of a blob.
pub(super) fn piece(key: &str, writing: &str, number: usize) -> String {
    format!("fleet.blobs.{}.{writing}.{number}", tokens(key))
}

/// All pieces of one writing of a blob.
pub(super) fn pieces(key: &str, writing: &str) -> String {
    format!("fleet.blobs.{}.{writing}.*", tokens(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_its_subject_and_a_kind_is_one_wildcard() {
        assert_eq!(
            document("own/people/anna.b"),
            "$KV.fleet.own.people.anna=2eb"
        );
        assert_eq!(below("own/people/"), "$KV.fleet.own.people.>");
        assert_eq!(own("lease", "own/alerts"), "$KV.fleet.=lease.own=2falerts");
        let Stream::Own { name, subject } = stream("stadt-a/audit/") else {
            panic!("a stream of its own");
        };
        assert_eq!(
            (name.as_str(), subject.as_str()),
            ("fleet_log_stadt-a_audit", "fleet.log.stadt-a.audit")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn two_keys_never_have_one_subject_and_a_subject_names_its_key(name in "[a-zA-Z0-9_.=-]{1,12}(/[a-zA-Z0-9_.=-]{1,12}){0,3}") {
            let key_text = format!("own/kind/{name}");
            let subject = document(&key_text);
            prop_assert_eq!(key(&subject), Some(key_text));
            prop_assert!(subject.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.=$".contains(&c)), "{}", subject);
            prop_assert!(subject.split('.').all(|token| !token.is_empty()), "{}", subject);
        }
    }
}
