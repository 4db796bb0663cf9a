//! Owns how old a place of a text is: in the newest message, in one that it quotes, or in a signature; and whether
//! the words in front of a link call it old. Knows German and English mail programs, no service.

/// Words between dashes above a quoted message.
const QUOTES: &[&str] = &[
    "ursprüngliche nachricht",
    "ursprünglicher termin",
    "originalnachricht",
    "original message",
    "original appointment",
    "forwarded message",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten",
    "begin forwarded message",
];

/// Where the age of a text changes.
pub(super) struct Threads {
    /// Places and ages, by place.
    changes: Vec<(usize, u8)>,
}

impl Threads {
    pub(super) fn of(text: &str) -> Self {
        let mut changes = Vec::new();
        let (mut quoted, mut signature, mut last) = (0u8, 0u8, 0u8);
        let mut at = 0;
        while at < text.len() {
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
            let line = &text[at..end];
            let mut marks = 0u8;
            // Most lines begin like none of these.
            if line
                .bytes()
                .find(|b| *b != b' ')
                .is_some_and(|b| b"->VFAOBD*".contains(&b))
            {
                marks = quote_marks(line);
                if line.trim_end() == "--" {
                    signature = 1;
                } else if opens_quote(line.trim_start_matches(['>', ' ']), &text[end..]) {
                    quoted = quoted.saturating_add(1);
                    signature = 0;
                }
            }
            let age = quoted.saturating_add(signature).saturating_add(marks);
            if age != last {
                changes.push((at, age));
                last = age;
            }
            at = end;
        }
        Self { changes }
    }

    /// How old a place is; 0 is the newest message.
    pub(super) fn age(&self, place: usize) -> u8 {
        let behind = self.changes.partition_point(|(start, _)| *start <= place);
        behind
            .checked_sub(1)
            .and_then(|at| self.changes.get(at))
            .map_or(0, |(_, age)| *age)
    }
}

fn quote_marks(line: &str) -> u8 {
    let marks = line
        .chars()
        .take_while(|c| matches!(c, '>' | ' '))
        .filter(|c| *c == '>')
        .count();
    u8::try_from(marks).unwrap_or(u8::MAX)
}

fn opens_quote(line: &str, behind: &str) -> bool {
    let words = line.trim().trim_matches('*');
    if words.starts_with('-') || words.starts_with("Anfang") || words.starts_with("Begin") {
        let lower = words.to_lowercase();
        return QUOTES.iter().any(|quote| lower.contains(quote));
    }
    if words.starts_with("Am ") || words.starts_with("On ") {
        let says = words.contains("schrieb") || words.ends_with("wrote:");
        return says && words.ends_with(':');
    }
    if ["Von:", "From:"].iter().any(|from| words.starts_with(from)) {
        return behind.lines().take(3).any(|line| {
            let line = line.trim_start_matches(['>', ' ', '*']);
            ["Gesendet:", "Sent:", "Datum:", "Date:"]
                .iter()
                .any(|sent| line.starts_with(sent))
        });
    }
    false
}

/// True when the words in front of a link say that it is no longer the one: "Alter Link: ...", "statt https://...".
pub(super) fn said_to_be_old(text: &str, link: usize) -> bool {
    const OLD: &[&str] = &[
        "alt",
        "alte",
        "alten",
        "alter",
        "altes",
        "bisher",
        "bisherige",
        "bisheriger",
        "bisherigen",
        "statt",
        "anstelle",
        "ungültig",
        "ungültiger",
        "old",
        "former",
        "previous",
        "previously",
        "outdated",
        "obsolete",
    ];
    const LINK: &[&str] = &[
        "link",
        "konferenzlink",
        "zugangslink",
        "besprechungslink",
        "adresse",
        "zugang",
        "meeting",
        "url",
    ];
    let line = text[..link]
        .rfind(['\n', '/', ',', ';', '.'])
        .map_or(0, |at| at + 1);
    // "Altes Rathaus: https://..." is a place, and not an old link.
    text[line..link]
        .rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
        .map(str::to_lowercase)
        .find(|word| !LINK.contains(&word.as_str()))
        .is_some_and(|word| OLD.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_messages_and_signatures_are_older() {
        for (text, want) in [
            ("neu X\nalt", 0),
            ("neu\n-----Ursprüngliche Nachricht-----\nX", 1),
            ("neu\n-------- Original Message --------\nX", 1),
            ("neu\nVon: A\nGesendet: heute\nX", 1),
            ("neu\n*From:* A\n*Sent:* today\nX", 1),
            ("neu\nVon: A\nbis: B\nX", 0),
            (
                "neu\nAm 2. November 2026 um 10:00 schrieb A <a@b.example>:\nX",
                1,
            ),
            ("neu\nOn Mon, 2 Nov 2026, A wrote:\n> X", 2),
            ("neu\n> X", 1),
            ("neu\n-- \nAmt 50 X", 1),
            ("a\n-----Original Message-----\nb\nVon: A\nSent: x\nX", 2),
            ("Am Montag treffen wir uns hier: X", 0),
            ("____________\nX", 0),
        ] {
            let place = text.find('X').expect("a place");
            assert_eq!(Threads::of(text).age(place), want, "{text}");
        }
    }

    #[test]
    fn a_link_can_be_called_old() {
        for (text, want) in [
            ("Alt: X", true),
            ("Alter Link: X", true),
            ("the previous meeting link X", true),
            ("statt X", true),
            ("Altes Rathaus: X", false),
            ("Neu: X", false),
            ("alt https://a.example/alt Neu: X", false),
        ] {
            let place = text.find('X').expect("a place");
            assert_eq!(said_to_be_old(text, place), want, "{text}");
        }
    }
}
