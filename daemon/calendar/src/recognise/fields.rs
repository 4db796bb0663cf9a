//! Owns the reading of what stands behind a label: a conference's number, a passcode, a video system's number. Knows
//! no service; labels and the form of a passcode come from a pack.

use super::{
    pack::Pack,
    vocabulary::{Kind, Labelled},
};

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
    "den",
    "dem",
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
    "ohne",
    "without",
    "identisch",
    "meeting-id",
    "kenncode",
    "passcode",
    "passwort",
    "password",
    "pin",
    "oder",
    "or",
    "und",
    "and",
];

/// Longest passcode that is read.
const MAX_VALUE_BYTES: usize = 128;

/// Something that a text says about a conference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub kind: Kind,
    pub value: String,
    /// Place of its label.
    pub place: usize,
}

/// Everything that the labels of a service announce in a text, in order.
pub(super) fn fields(text: &str, pack: &Pack) -> Vec<Field> {
    let mut found = Vec::new();
    for label in pack.words.find(text) {
        let rest = value_text(text, label.value);
        let field = |kind, value| Field {
            kind,
            value,
            place: label.start,
        };
        match label.kind {
            Kind::Passcode => {
                let (number, others) = bracketed(rest, MAX_VALUE_BYTES);
                found.extend(passcode(&label, rest, pack).map(|v| field(Kind::Passcode, v)));
                found.extend(
                    number
                        .filter(|_| others)
                        .map(|v| field(Kind::SipPasscode, v)),
                );
            }
            Kind::SipPasscode => found.extend(digits(rest, 3, 20).map(|v| field(label.kind, v))),
            Kind::Id | Kind::Number => {
                found.extend(digits(rest, 5, 16).map(|v| field(label.kind, v)));
            }
        }
    }
    found
}

/// What stands behind a separator: on its line, else on the next one with anything on it.
fn value_text(text: &str, at: usize) -> &str {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '\t', '*', '_', '\r', '"', '„', '“']);
    let rest = match rest.strip_prefix('\n') {
        Some(next) => next.trim_start_matches([' ', '\u{a0}', '\t', '*', '\r', '•', '\n']),
        None => rest,
    };
    rest.split('\n').next().unwrap_or(rest)
}

fn passcode(label: &Labelled, line: &str, pack: &Pack) -> Option<String> {
    let pattern = pack.passcode.as_ref()?;
    let whole: String = line
        .split(|c: char| c.is_whitespace() || "<>\"„“”,;".contains(c))
        .next()?
        .chars()
        .take(MAX_VALUE_BYTES)
        .collect();
    let whole = grouped(&whole).unwrap_or(whole);
    let plain = whole.trim_end_matches(['.', '!', ')', '*', '_', '\'', '#', '?', ':']);
    let word = match plain.split_once('(') {
        Some((head, _)) if !head.is_empty() => head,
        _ => plain,
    };
    let known = NOT_A_PASSCODE.contains(&word.to_lowercase().as_str());
    let sure = !label.unsure || word.bytes().any(|byte| byte.is_ascii_digit());
    let good = !known && sure && !word.contains("://") && pattern.is_match(word);
    good.then(|| word.to_owned())
}

/// `123-456-789` as it is typed: without dashes.
fn grouped(word: &str) -> Option<String> {
    let groups: Vec<&str> = word.split('-').collect();
    let three = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    (groups.len() > 1 && groups.iter().all(three)).then(|| groups.concat())
}

/// A number in groups, `2731 234 5678` or `321-819-862`, without what separates them.
fn digits(line: &str, least: usize, most: usize) -> Option<String> {
    let mut number = String::new();
    let mut gap = 0;
    for c in line.chars() {
        match c {
            '0'..='9' => {
                number.push(c);
                gap = 0;
            }
            ' ' | '\u{a0}' | '-' | '\u{2013}' | '/' if gap == 0 && !number.is_empty() => gap += 1,
            _ => break,
        }
        if number.len() > most {
            return None;
        }
    }
    (number.len() >= least).then_some(number)
}

/// `word (98476838 from phones and video systems)`: the number, and whether the words are about such systems.
fn bracketed(line: &str, within: usize) -> (Option<String>, bool) {
    let Some(open) = line.bytes().take(within).position(|byte| byte == b'(') else {
        return (None, false);
    };
    let inside = &line[open + 1..];
    let inside = inside.split(')').next().unwrap_or(inside).to_lowercase();
    let about = ["phone", "video", "telefon", "sip"];
    let about = about.iter().any(|word| inside.contains(word));
    let start = inside.find(|c: char| c.is_ascii_digit());
    let number = start.and_then(|at| {
        let run: String = inside[at..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        (3..=20).contains(&run.len()).then_some(run)
    });
    (number, about)
}

/// The numeric passcode in a telephone number that dials by itself: `+49..,,<id>#,,,,*<code>#`.
pub(super) fn one_tap(text: &str, id: &str) -> Option<String> {
    if id.len() < 6 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.match_indices(",,").find_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest
            .find(|c: char| !(c.is_ascii_hexdigit() || "#,*%".contains(c)))
            .unwrap_or(rest.len());
        let dialled = rest[..end].replace("%23", "#").replace("%2C", ",");
        let mut numbers = dialled
            .split(|c: char| !c.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .skip_while(|number| *number != id);
        numbers.next()?;
        numbers
            .find(|number| (4..=12).contains(&number.len()))
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_what_groups_them() {
        for (line, want) in [
            ("2731 234 5678", Some("27312345678")),
            ("321-819-862 ", Some("321819862")),
            ("964 1234 5678 (Zugang)", Some("96412345678")),
            ("123", None),
            ("12345678901234567", None),
            ("keine", None),
        ] {
            assert_eq!(digits(line, 5, 16).as_deref(), want, "{line}");
        }
    }

    #[test]
    fn a_number_that_dials_by_itself_gives_its_code() {
        for (text, want) in [
            (
                "+496971049922,,98765432101#,,,,*654321# Deutschland",
                Some("654321"),
            ),
            ("tel:+49,,*01*98765432101%2398742%23*01*", Some("98742")),
            ("+49,,98765432101#,,#,4711#", Some("4711")),
            ("+49,,98765432101# US", None),
            ("+49,,11111111111#,,,,*654321#", None),
        ] {
            assert_eq!(one_tap(text, "98765432101").as_deref(), want, "{text}");
        }
    }
}
