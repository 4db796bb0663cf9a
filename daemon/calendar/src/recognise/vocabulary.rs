//! Owns the words by which invitations label numbers and codes, and the finding of such a label in a text. Knows no
//! service; the words come from a pack, those for telephones and video systems are shared by all.

use std::collections::HashMap;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The number or name of the conference.
    Id,
    /// The passcode that people type.
    Passcode,
    /// The numeric passcode of telephones and video systems.
    SipPasscode,
    /// The number that a video system dials or is asked for.
    Number,
}

/// How every service calls the passcode of a video system.
const SIP_PASSCODE: &[&str] = &[
    "Passwort für Telefon- und Videosysteme",
    "Passwort für Telefone und Videosysteme",
    "Kennwort für Telefon- und Videosysteme",
    "Passwort für Videosysteme",
    "Passwort für Videogeräte",
    "Passwort für Telefon und Video",
    "Numerisches Kennwort",
    "Numerisches Passwort",
    "Numerischer Kenncode",
    "Kenncode für Videosysteme",
    "PIN für Videosysteme",
    "PIN für Videokonferenzsysteme",
    "Videosystem-PIN",
    "Videosystem-Passwort",
    "Phone and video system password",
    "Video system password",
    "Video system passcode",
    "Video system PIN",
    "Numeric password",
    "Numeric passcode",
    "Numeric meeting password",
    "H.323/SIP Passcode",
    "H.323/SIP Kenncode",
    "SIP passcode",
    "SIP PIN",
    "SIP-PIN",
];

/// Words of a label that make it somebody else's: the moderator's, or a telephone's.
const NOT_FOR_THE_ROOM: &[&str] = &[
    "host",
    "gastgeber",
    "moderator",
    "organis",
    "organiz",
    "leiter",
    "telefon",
    "phone",
    "audio",
    "wlan",
    "wifi",
];

/// Words between a label and its value at most: "Zugangscode für alle Gäste: 1234".
const MAX_FILLERS: usize = 3;
/// Longest remark in brackets between a label and its value, in bytes.
const MAX_REMARK_BYTES: usize = 60;
const FILTER_BITS: usize = 4096;

/// The labels of one service, ready to be looked for.
pub(crate) struct Vocabulary {
    by_first: HashMap<String, Vec<Label>>,
    /// Which words can be the first of a label, roughly: most words of a text are dismissed by one look.
    filter: Vec<bool>,
}

struct Label {
    rest: Vec<String>,
    kind: Kind,
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} words>", self.by_first.len())
    }
}

/// A label in a text, and where its value begins.
pub(super) struct Labelled {
    pub kind: Kind,
    /// Place of the label.
    pub start: usize,
    /// Place behind the separator.
    pub value: usize,
    /// The value must hold a digit: no separator announced it.
    pub unsure: bool,
}

impl Vocabulary {
    pub(super) fn new(labels: Vec<(Kind, String)>) -> Self {
        let mut all = Self {
            by_first: HashMap::new(),
            filter: Vec::new(),
        };
        if labels.is_empty() {
            return all;
        }
        all.filter = vec![false; FILTER_BITS];
        for (kind, label) in &labels {
            all.add(*kind, label);
        }
        for label in SIP_PASSCODE {
            all.add(Kind::SipPasscode, label);
        }
        for labels in all.by_first.values_mut() {
            labels.sort_by_key(|label| std::cmp::Reverse(label.rest.len()));
        }
        all
    }

    fn add(&mut self, kind: Kind, label: &str) {
        let mut words = Words::of(label).map(|word| word.text.to_lowercase());
        let Some(first) = words.next() else {
            return;
        };
        let rest = words.collect();
        self.filter[filter_bit(&first)] = true;
        let known = self.by_first.entry(first).or_default();
        known.push(Label { rest, kind });
    }

    /// All labels of a text, in order.
    pub(super) fn find(&self, text: &str) -> Vec<Labelled> {
        let mut found = Vec::new();
        if self.by_first.is_empty() {
            return found;
        }
        let mut words = Words::of(text);
        let mut before: [Option<Word<'_>>; 2] = [None, None];
        while let Some(word) = words.next() {
            let Some((kind, end)) = self.label(&word, words.clone()) else {
                before = [before[1], Some(word)];
                continue;
            };
            words.at = end;
            if !belongs_to_others(text, before, &word)
                && let Some((value, unsure)) = self.value_place(text, word.start, end)
            {
                found.push(Labelled {
                    kind,
                    start: word.start,
                    value,
                    unsure,
                });
            }
            before = [None, None];
        }
        found
    }

    /// The longest label that begins with a word, and its end.
    fn label(&self, first: &Word<'_>, behind: Words<'_>) -> Option<(Kind, usize)> {
        if !self.filter[filter_bit(first.text)] {
            return None;
        }
        let labels = self.by_first.get(first.text.to_lowercase().as_str())?;
        labels.iter().find_map(|label| {
            let mut words = behind.clone();
            let mut end = first.end();
            for part in &label.rest {
                let word = words.next()?;
                let gap = &behind.text[end..word.start];
                let near = gap.chars().all(|c| matches!(c, ' ' | '\u{a0}'));
                if !near || word.text.to_lowercase() != *part {
                    return None;
                }
                end = word.end();
            }
            Some((label.kind, end))
        })
    }

    /// Where the value of a label begins, which ends at `end`, and whether that is a guess.
    fn value_place(&self, text: &str, start: usize, end: usize) -> Option<(usize, bool)> {
        let mut at = end;
        let mut fillers = 0;
        loop {
            let rest = &text[at..];
            let skipped = rest.trim_start_matches([' ', '\u{a0}', '*', '_', '\t', '\r']);
            at += rest.len() - skipped.len();
            match skipped.chars().next() {
                None | Some('\n') => {
                    let line = text[..start].rfind('\n').map_or(0, |n| n + 1);
                    let alone = text[line..start].chars().all(|c| !c.is_alphanumeric());
                    return (alone && fillers == 0 && !skipped.is_empty()).then_some((at, true));
                }
                Some(':' | '=') => return Some((at + 1, false)),
                Some('(') => {
                    let close = skipped
                        .bytes()
                        .take(MAX_REMARK_BYTES)
                        .position(|b| b == b')')?;
                    if skipped[..close].contains('\n') {
                        return None;
                    }
                    at += close + 1;
                }
                Some(c) if c.is_ascii_digit() && fillers == 0 => return Some((at, true)),
                Some(c) if c.is_alphabetic() => {
                    let word = Words::of(skipped).next()?;
                    if word.start != 0 || foreign(word.text) {
                        return None;
                    }
                    at += word.end();
                    if word.text.eq_ignore_ascii_case("lautet") {
                        let colon = text[at..].trim_start_matches(' ').strip_prefix(':');
                        return Some((colon.map_or(at, |rest| text.len() - rest.len()), false));
                    }
                    let another = self.filter[filter_bit(word.text)]
                        && self.by_first.contains_key(&word.text.to_lowercase());
                    fillers += 1;
                    if another || fillers > MAX_FILLERS {
                        return None;
                    }
                }
                Some(_) => return None,
            }
        }
    }
}

/// True when a word in front of a label makes it somebody else's: "Moderator: PIN 1", "host meeting PIN: 1"; not one
/// of another sentence.
fn belongs_to_others(text: &str, before: [Option<Word<'_>>; 2], label: &Word<'_>) -> bool {
    let [far, near] = before;
    let Some(near) = near else {
        return false;
    };
    let gap = |from: &Word<'_>, to: &Word<'_>| &text[from.end()..to.start];
    if gap(&near, label).contains(['.', '!', '?', ';', ',', '\n']) {
        return false;
    }
    let joined = |far: &Word<'_>| gap(far, &near).chars().all(|c| matches!(c, ' ' | '\u{a0}'));
    foreign(near.text) || far.is_some_and(|far| joined(&far) && foreign(far.text))
}

fn foreign(word: &str) -> bool {
    // Bytes, because the words of the list are plain and most words differ in the first.
    NOT_FOR_THE_ROOM.iter().any(|start| {
        word.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    })
}

fn filter_bit(word: &str) -> usize {
    let bytes = word.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return 0;
    };
    // Only plain letters are the same in both cases after this; others are not told apart, which costs a look-up.
    let fold = |byte: u8| {
        if byte.is_ascii() {
            usize::from(byte | 0x20)
        } else {
            0
        }
    };
    (fold(*first) * 31 + fold(*last) * 7 + bytes.len()) % FILTER_BITS
}

/// Length of the letter or digit that begins with this byte; 0 when none does. Letters of two bytes are those of
/// Europe; a byte inside one begins nothing, so words are cut between characters.
fn letter(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => 1,
        0xc3..=0xd4 => 2,
        _ => 0,
    }
}

#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The words of a text: letters, digits and what joins them.
#[derive(Clone)]
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = Word<'t>;

    fn next(&mut self) -> Option<Word<'t>> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while start < bytes.len() && letter(bytes[start]) == 0 {
            start += 1;
        }
        let mut end = start;
        while let Some(byte) = bytes.get(end) {
            let next = bytes.get(end + 1).copied().unwrap_or_default();
            let length = letter(*byte);
            if length > 0 {
                end += length;
            } else if matches!(byte, b'-' | b'.' | b'/') && letter(next) > 0 {
                end += 1;
            } else {
                // Telefon- und Videosysteme
                end += usize::from(*byte == b'-' && next == b' ' && end > start);
                break;
            }
        }
        self.at = end;
        (start < end).then(|| Word {
            text: &self.text[start..end],
            start,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, String)> {
        let words = ["Kenncode", "PIN", "Gäste-PIN", "Access code", "Passwort"];
        let mut labels: Vec<(Kind, String)> = words
            .iter()
            .map(|word| (Kind::Passcode, (*word).to_owned()))
            .collect();
        labels.push((Kind::Id, "Meeting-ID".into()));
        Vocabulary::new(labels)
            .find(text)
            .into_iter()
            .map(|label| {
                let value = text[label.value..].trim_start();
                (
                    label.kind,
                    value.split('\n').next().unwrap_or_default().to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn a_label_is_found_with_its_value() {
        use Kind::*;
        for (text, kind, value) in [
            ("Kenncode: 123", Passcode, "123"),
            ("Der KENNCODE lautet 123", Passcode, "123"),
            ("*Kenncode*: 123", Passcode, "123"),
            ("Kenncode für alle Gäste: 1", Passcode, "1"),
            ("Kenncode (Teilnehmer): 1", Passcode, "1"),
            ("Gäste-PIN: 1", Passcode, "1"),
            ("access code = 5", Passcode, "5"),
            ("PIN 4711", Passcode, "4711"),
            ("Der Gastgeber öffnet. PIN: 1", Passcode, "1"),
            ("Fragen an den Moderator\n• PIN: 1", Passcode, "1"),
            ("Host: Anna, PIN: 1", Passcode, "1"),
            ("PIN für die Einwahl: 1", Passcode, "1"),
            ("Kenncode\n4711", Passcode, "4711"),
            ("Meeting-ID: 1 2", Id, "1 2"),
            (
                "Passwort für Telefon- und Videosysteme: 9",
                SipPasscode,
                "9",
            ),
            ("Video system PIN: 9", SipPasscode, "9"),
        ] {
            if text.starts_with("Video") || text.starts_with("Passwort f") {
                assert!(found(text).contains(&(kind, value.into())), "{text}");
                continue;
            }
            assert_eq!(found(text), [(kind, value.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_belongs_to_others_is_left_alone() {
        for text in [
            "Moderatoren-PIN: 1234",
            "Moderator: PIN 1234",
            "Telefon PIN: 1234",
            "PIN für Moderatoren: 1234",
            "Host PIN: 1234",
            "Telefon-PIN: 1234",
            "Den Kenncode bekommen Sie am Empfang von Frau Meier: 12",
            "Kenncode, siehe Anhang",
            "Spinnen: 1234",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
