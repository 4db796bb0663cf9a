//! Owns the cutting of an iCalendar text into its components, in one pass and without building a tree.
//! Knows lines, folding and BEGIN/END; knows nothing of what a property means. Holds the size limits.

use std::{borrow::Cow, ops::Range};

use crate::{
    error::{LooksLike, ParseError, Problem},
    parse::{MAX_EVENT_BYTES, MAX_EVENTS, MAX_LINE_BYTES},
};

/// Which kind of component a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event,
    Timezone,
}

/// One complete component of a calendar.
#[derive(Debug)]
pub(crate) struct Piece<'t> {
    pub kind: Kind,
    pub text: Cow<'t, str>,
    /// METHOD of the calendar around it.
    pub method: Option<&'t str>,
}

/// Everything that was cut out of a text.
#[derive(Debug, Default)]
pub(crate) struct Scan<'t> {
    pub pieces: Vec<Piece<'t>>,
    pub problems: Vec<Problem>,
}

/// A logical line: where it stands, folded lines included.
struct Line<'t> {
    text: &'t str,
    range: Range<usize>,
    number: usize,
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
    number: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        if self.at >= self.text.len() {
            return None;
        }
        let (start, number) = (self.at, self.number + 1);
        let first_end = self.physical_end();
        self.advance(first_end);
        while matches!(self.text.as_bytes().get(self.at), Some(b' ' | b'\t')) {
            let end = self.physical_end();
            self.advance(end);
        }
        Some(Line {
            text: self.text[start..first_end].trim_end(),
            range: start..self.at,
            number,
        })
    }
}

impl Lines<'_> {
    fn physical_end(&self) -> usize {
        self.text[self.at..]
            .find('\n')
            .map_or(self.text.len(), |n| self.at + n + 1)
    }

    fn advance(&mut self, to: usize) {
        self.at = to;
        self.number += 1;
    }
}

/// The component that is being read.
struct Open {
    kind: Option<Kind>,
    name: String,
    start: usize,
    line: usize,
    left_out: Vec<Range<usize>>,
}

struct Scanner<'t> {
    text: &'t str,
    done: Scan<'t>,
    open: Option<Open>,
    in_calendar: bool,
    seen_calendar: bool,
    method: Option<&'t str>,
    events: usize,
    last_complete_line: usize,
}

/// Cuts a text into its components.
///
/// # Errors
/// When the text is no calendar or holds more events than allowed.
pub(crate) fn scan(text: &str) -> Result<Scan<'_>, ParseError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut scanner = Scanner {
        text,
        done: Scan::default(),
        open: None,
        in_calendar: false,
        seen_calendar: false,
        method: None,
        events: 0,
        last_complete_line: 0,
    };
    let lines = Lines {
        text,
        at: 0,
        number: 0,
    };
    for line in lines {
        scanner.line(&line)?;
    }
    scanner.finish()
}

impl<'t> Scanner<'t> {
    fn line(&mut self, line: &Line<'t>) -> Result<(), ParseError> {
        match keyword(line.text) {
            Some(("BEGIN", name)) => self.begin(name, line),
            Some(("END", name)) => self.end(name, line)?,
            Some(("METHOD", value)) if self.in_calendar && self.open.is_none() => {
                self.method = Some(value);
            }
            _ => self.property(line),
        }
        Ok(())
    }

    fn begin(&mut self, name: &str, line: &Line<'t>) {
        if name.eq_ignore_ascii_case("VCALENDAR") {
            self.drop_open();
            self.in_calendar = true;
            self.seen_calendar = true;
            self.method = None;
            return;
        }
        if !self.in_calendar {
            return;
        }
        let kind = kind_of(name);
        if self.open.is_some() && kind != Some(Kind::Event) {
            return;
        }
        self.drop_open();
        self.open = Some(Open {
            kind,
            name: name.to_ascii_uppercase(),
            start: line.range.start,
            line: line.number,
            left_out: Vec::new(),
        });
    }

    fn end(&mut self, name: &str, line: &Line<'t>) -> Result<(), ParseError> {
        if name.eq_ignore_ascii_case("VCALENDAR") {
            self.drop_open();
            self.in_calendar = false;
            self.last_complete_line = line.number;
            return Ok(());
        }
        let Some(open) = self
            .open
            .take_if(|open| open.name.eq_ignore_ascii_case(name))
        else {
            return Ok(());
        };
        self.last_complete_line = line.number;
        let Some(kind) = open.kind else {
            return Ok(());
        };
        if kind == Kind::Event {
            self.events += 1;
            if self.events > MAX_EVENTS {
                return Err(ParseError::TooManyEvents { limit: MAX_EVENTS });
            }
        }
        self.keep(kind, open, line.range.end);
        Ok(())
    }

    fn keep(&mut self, kind: Kind, open: Open, end: usize) {
        let text = without(self.text, open.start..end, &open.left_out);
        if text.len() > MAX_EVENT_BYTES {
            let line = open.line;
            self.done.problems.push(Problem::EventTooLarge { line });
            return;
        }
        self.done.pieces.push(Piece {
            kind,
            text,
            method: self.method,
        });
    }

    fn property(&mut self, line: &Line<'t>) {
        let attachment = is_attachment(line.text);
        if !attachment && line.range.len() <= MAX_LINE_BYTES {
            return;
        }
        if let Some(open) = &mut self.open {
            open.left_out.push(line.range.clone());
        }
        if !attachment {
            let line = line.number;
            self.done.problems.push(Problem::LineTooLong { line });
        }
    }

    /// Gives up a component that never ended: its last property may be cut in the middle of a link.
    fn drop_open(&mut self) {
        if self.open.take().is_some() {
            let line = self.last_complete_line;
            self.done.problems.push(Problem::HalfFile { line });
        }
    }

    fn finish(mut self) -> Result<Scan<'t>, ParseError> {
        if !self.seen_calendar {
            return Err(ParseError::NotCalendar {
                seen: looks_like(self.text),
            });
        }
        let half = self.open.is_some() || self.in_calendar;
        if half {
            let line = self.last_complete_line;
            self.done.problems.push(Problem::HalfFile { line });
        }
        self.done.problems.dedup();
        Ok(self.done)
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    if name.eq_ignore_ascii_case("VEVENT") {
        Some(Kind::Event)
    } else if name.eq_ignore_ascii_case("VTIMEZONE") {
        Some(Kind::Timezone)
    } else {
        None
    }
}

/// The structural keyword of a line, in upper case, and its value.
fn keyword(line: &str) -> Option<(&'static str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.split(';').next().unwrap_or(name);
    ["BEGIN", "END", "METHOD"]
        .into_iter()
        .find(|keyword| name.eq_ignore_ascii_case(keyword))
        .map(|keyword| (keyword, value.trim()))
}

fn is_attachment(line: &str) -> bool {
    line.get(..6)
        .is_some_and(|name| name.eq_ignore_ascii_case("ATTACH"))
        && matches!(line.as_bytes().get(6), Some(b';' | b':'))
}

fn without<'t>(text: &'t str, whole: Range<usize>, left_out: &[Range<usize>]) -> Cow<'t, str> {
    if left_out.is_empty() {
        return Cow::Borrowed(&text[whole]);
    }
    let mut kept = String::new();
    let mut at = whole.start;
    for hole in left_out {
        kept.push_str(&text[at..hole.start]);
        at = hole.end;
    }
    kept.push_str(&text[at..whole.end]);
    Cow::Owned(kept)
}

fn looks_like(text: &str) -> LooksLike {
    let start = text.trim_start();
    let head: String = start.chars().take(200).collect::<String>().to_lowercase();
    if start.is_empty() {
        LooksLike::Empty
    } else if head.starts_with("<!doctype")
        || head.starts_with("<html")
        || head.starts_with("<?xml")
    {
        LooksLike::WebPage
    } else if head.starts_with('{') || head.starts_with('[') {
        LooksLike::Json
    } else if head.contains('\0') || head.contains('\u{fffd}') {
        LooksLike::Binary
    } else {
        LooksLike::OtherText
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(inside: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n")
    }

    const ONE: &str = "BEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\n";

    #[test]
    fn a_component_is_cut_with_its_alarms_and_folded_lines() {
        let text = calendar(ONE);
        let scan = scan(&text).unwrap();
        assert_eq!(scan.pieces.len(), 1);
        assert_eq!(scan.pieces[0].text, ONE);
        assert!(scan.problems.is_empty());
    }

    #[test]
    fn a_file_cut_in_the_middle_of_a_link_gives_only_whole_entries() {
        let text = calendar(&format!(
            "{ONE}BEGIN:VEVENT\r\nUID:2\r\nURL:https://meet.jit.si/Ha"
        ));
        let cut = &text[..text.find("/Ha").unwrap()];
        let scan = scan(cut).unwrap();
        assert_eq!(scan.pieces.len(), 1);
        assert_eq!(scan.problems, [Problem::HalfFile { line: 10 }]);
    }

    #[test]
    fn only_the_last_line_missing_is_named_too() {
        let text = calendar(ONE);
        let cut = text.trim_end().strip_suffix("END:VCALENDAR").unwrap();
        let scan = scan(cut).unwrap();
        assert_eq!((scan.pieces.len(), scan.problems.len()), (1, 1));
    }

    #[test]
    fn what_is_no_calendar_says_what_it_looks_like() {
        for (text, seen) in [
            ("", LooksLike::Empty),
            ("  \r\n", LooksLike::Empty),
            ("<!DOCTYPE html><html>", LooksLike::WebPage),
            ("{\"error\":1}", LooksLike::Json),
            ("a\u{0}b", LooksLike::Binary),
            ("BEGIN:VCARD\nEND:VCARD", LooksLike::OtherText),
            ("hello", LooksLike::OtherText),
        ] {
            assert_eq!(
                scan(text).unwrap_err(),
                ParseError::NotCalendar { seen },
                "{text:?}"
            );
        }
    }

    #[test]
    fn attachments_and_over_long_lines_are_left_out() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let text = calendar(&format!(
            "BEGIN:VEVENT\r\nUID:1\r\nATTACH;ENCODING=BASE64:{long}\r\nSUMMARY:s\r\nX-BIG:{long}\r\nEND:VEVENT\r\n"
        ));
        let scan = scan(&text).unwrap();
        assert_eq!(
            scan.pieces[0].text,
            "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:s\r\nEND:VEVENT\r\n"
        );
        assert_eq!(scan.problems, [Problem::LineTooLong { line: 7 }]);
    }

    #[test]
    fn more_events_than_allowed_are_refused() {
        let text = calendar(&"BEGIN:VEVENT\nEND:VEVENT\n".repeat(MAX_EVENTS + 1));
        let refused = scan(&text).unwrap_err();
        assert_eq!(refused, ParseError::TooManyEvents { limit: MAX_EVENTS });
    }

    #[test]
    fn the_method_belongs_to_its_own_calendar() {
        let text = format!(
            "{}{}",
            calendar(&format!("METHOD:CANCEL\r\n{ONE}")),
            calendar(ONE)
        );
        let scan = scan(&text).unwrap();
        let methods: Vec<_> = scan.pieces.iter().map(|piece| piece.method).collect();
        assert_eq!(methods, [Some("CANCEL"), None]);
    }
}
