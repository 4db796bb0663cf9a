//! Owns the finding of a passcode that stands in words behind its label. Knows no service; the pattern comes from a pack.

use regex::Regex;

use crate::private::Secret;

/// Words that follow a label without being a passcode: "Passwort: siehe Anhang".
const NOT_A_PASSCODE: &[&str] = &[
    "siehe",
    "see",
    "folgt",
    "follows",
    "wird",
    "will",
    "kein",
    "keins",
    "keine",
    "keiner",
    "none",
    "no",
    "nicht",
    "not",
    "tba",
    "tbd",
    "per",
    "via",
    "in",
    "im",
    "ist",
    "is",
    "the",
    "der",
    "die",
    "das",
    "erhalten",
    "required",
    "erforderlich",
    "unverändert",
    "unchanged",
    "wie",
    "same",
    "bitte",
    "please",
    "n/a",
    "www",
    "http",
    "https",
];

/// The passcode that belongs to a link ending at `behind`: the first one behind it, else the first of the text.
pub(super) fn find(pattern: &Regex, text: &str, behind: usize) -> Option<Secret> {
    let mut first = None;
    for found in pattern.captures_iter(text) {
        let Some(value) = found.name("value") else {
            continue;
        };
        let word = value
            .as_str()
            .trim_end_matches(['.', ',', ';', '!', ')', '*', '_']);
        if word.is_empty() || word.contains("://") || is_no_passcode(word) {
            continue;
        }
        if value.start() >= behind {
            return Some(Secret::new(word));
        }
        first = first.or(Some(word));
    }
    first.map(Secret::new)
}

fn is_no_passcode(word: &str) -> bool {
    let word = word.to_lowercase();
    NOT_A_PASSCODE.contains(&word.as_str())
}
