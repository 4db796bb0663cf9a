//! Owns the finding of links in running text: where one starts, where it ends, what surrounds it. Knows no service.

use super::html;

/// Most links of one text that are looked at.
const MAX_CANDIDATES: usize = 200;
/// Longest link; nested wrappers make them long.
const MAX_LINK_BYTES: usize = 8 << 10;
/// Longest name of a scheme that is looked at.
const MAX_SCHEME_BYTES: usize = 16;

/// A link as it stands in a text.
pub(super) struct Candidate {
    pub text: String,
    /// Place of the link.
    pub start: usize,
}

/// All links of a text, in order. What is no web link must be the address of an application.
pub(super) fn candidates(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut behind = 0;
    for (colon, _) in text.match_indices(':') {
        if found.len() == MAX_CANDIDATES {
            break;
        }
        if colon < behind {
            continue;
        }
        let Some(start) = link_start(text, colon, behind) else {
            continue;
        };
        let end = text[colon..]
            .find(ends_link)
            .map_or(text.len(), |n| colon + n);
        behind = end;
        if end - start > MAX_LINK_BYTES {
            continue;
        }
        let link = trimmed(&text[start..end]);
        if link.len() > colon - start + 2 {
            found.push(Candidate {
                text: html::decode_entities(link),
                start,
            });
        }
    }
    found
}

/// Where the link starts whose scheme ends at this colon.
fn link_start(text: &str, colon: usize, least: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if !matches!(bytes.get(colon + 1)?, b'/' | b'\\') {
        return None;
    }
    let least = least.max(colon.saturating_sub(MAX_SCHEME_BYTES));
    let letters = bytes[least..colon]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let start = colon - letters;
    let scheme = &text[start..colon];
    // "Linkhttps://..." happens where HTML lost its blanks.
    for web in ["https", "http"] {
        let at = scheme.len().saturating_sub(web.len());
        if scheme[at..].eq_ignore_ascii_case(web) {
            return Some(start + at);
        }
    }
    (letters > 2).then_some(start)
}

fn ends_link(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>\"'`|{}^„“”»«‘’…\u{ad}\u{200b}\u{feff}".contains(c)
}

/// Takes off what belongs to the sentence around the link.
fn trimmed(link: &str) -> &str {
    let mut link = link;
    loop {
        let before = link.len();
        link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
        for (open, close) in [('(', ')'), ('[', ']')] {
            if link.ends_with(close) && link.matches(close).count() > link.matches(open).count() {
                link = &link[..link.len() - 1];
            }
        }
        for bracket in ["%3E", "%3e", "&gt", "&quot"] {
            link = link.strip_suffix(bracket).unwrap_or(link);
        }
        if link.len() == before {
            return link;
        }
    }
}

/// True when one of these words stands right in front of a link.
pub(super) fn follows(text: &str, link: usize, words: &[String]) -> bool {
    let before = text[..link].trim_end_matches([' ', '<', ':', '(', '\u{a0}']);
    words.iter().any(|word| before.ends_with(word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_where_the_sentence_goes_on() {
        for (text, want) in [
            ("Join <https://a.de/x> now", "https://a.de/x"),
            ("(https://a.de/x)", "https://a.de/x"),
            ("(https://a.de/x(y))", "https://a.de/x(y)"),
            ("[Raum](https://a.de/x).", "https://a.de/x"),
            ("https://a.de/x.,;", "https://a.de/x"),
            ("„https://a.de/x“", "https://a.de/x"),
            ("https://a.de/x%3E", "https://a.de/x"),
            ("**https://a.de/x**", "https://a.de/x"),
            ("https://a.de/?a=1&amp;b=2", "https://a.de/?a=1&b=2"),
            ("HTTPS://A.de/x\nnext", "HTTPS://A.de/x"),
            ("https://a.de/x\u{a0}und", "https://a.de/x"),
            ("klicken<https://a.de/x>", "https://a.de/x"),
            ("Linkhttps://a.de/x", "https://a.de/x"),
            (
                "zoommtg://zoom.us/join?confno=1",
                "zoommtg://zoom.us/join?confno=1",
            ),
            ("msteams:/l/meetup-join/1", "msteams:/l/meetup-join/1"),
            (
                "https://a.de/?u=https://b.de/y",
                "https://a.de/?u=https://b.de/y",
            ),
        ] {
            let found: Vec<String> = candidates(text).into_iter().map(|c| c.text).collect();
            assert_eq!(found, [want], "{text}");
        }
    }

    #[test]
    fn the_place_of_a_link_is_known() {
        let text = "ä https://a.de/x, b https://b.de/y";
        let found: Vec<&str> = candidates(text).iter().map(|c| &text[c.start..]).collect();
        assert_eq!(
            found,
            ["https://a.de/x, b https://b.de/y", "https://b.de/y"]
        );
    }

    #[test]
    fn thousands_of_links_are_cut_off() {
        let text = "https://a.de/ ".repeat(50_000);
        assert_eq!(candidates(&text).len(), MAX_CANDIDATES);
    }
}
