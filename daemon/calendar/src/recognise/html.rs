//! Owns the flattening of HTML to text with its links in place (`Hier klicken <https://...>`). Not a browser: it
//! knows tags, attributes and entities, and forgives everything.

/// True when a text carries markup of its own, as Google's descriptions do.
pub(super) fn looks_like_html(text: &str) -> bool {
    const TAGS: [&str; 9] = [
        "<br", "<a ", "</a>", "<p>", "</p>", "<div", "<span", "<html", "<table",
    ];
    let begins = |rest: &str, tag: &str| {
        rest.get(..tag.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(tag))
    };
    text.contains("&#")
        || text
            .match_indices('<')
            .any(|(at, _)| TAGS.iter().any(|tag| begins(&text[at..], tag)))
}

/// Longest tag that is taken for one.
const MAX_TAG_BYTES: usize = 8 << 10;

/// The text of HTML, one line per block, each link behind its words in angle brackets.
pub(super) fn flatten(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut out = String::with_capacity(html.len() / 2);
    let mut at = 0;
    // Where the next closing bracket stands; looked for once, or a text of opening ones would cost its square.
    let mut close = 0;
    while let Some(open) = html[at..].find('<').map(|n| at + n) {
        out.push_str(&decode_entities(&html[at..open]));
        if close <= open {
            close = html[open..].find('>').map_or(usize::MAX, |n| open + n);
        }
        let tag = if close.saturating_sub(open) > MAX_TAG_BYTES {
            None
        } else {
            Tag::at(&html[open..])
        };
        let Some(tag) = tag else {
            out.push('<');
            at = open + 1;
            continue;
        };
        at = open + tag.length;
        tag.write(&mut out);
        if let Some(end) = tag.hides_until() {
            at = lower[at..].find(end).map_or(html.len(), |n| at + n);
        }
    }
    out.push_str(&decode_entities(&html[at..]));
    out
}

struct Tag<'h> {
    name: String,
    attributes: &'h str,
    length: usize,
}

impl<'h> Tag<'h> {
    /// The tag at the head of a text; `<https://...>` is a link in brackets and no tag.
    fn at(text: &'h str) -> Option<Self> {
        let inside = text.strip_prefix('<')?;
        if inside.starts_with("!--") {
            let length = inside.find("-->").map_or(text.len(), |at| at + 4);
            return Some(Tag {
                name: "!".into(),
                attributes: "",
                length,
            });
        }
        let name_length = inside
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '/' || c == '!'))
            .unwrap_or(inside.len());
        let name = inside[..name_length].to_ascii_lowercase();
        let starts_well =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if !starts_well || matches!(name.as_str(), "http" | "https") {
            return None;
        }
        let end = tag_end(inside)?;
        Some(Tag {
            name,
            attributes: &inside[name_length..end],
            length: end + 2,
        })
    }

    fn write(&self, out: &mut String) {
        if let Some(link) = attribute(self.attributes, "href") {
            out.push_str(&format!(" <{}> ", decode_entities(link)));
        }
        let inline = [
            "a", "/a", "b", "/b", "i", "/i", "u", "/u", "em", "/em", "strong", "/strong", "span",
            "/span", "font", "/font", "!",
        ];
        if !inline.contains(&self.name.as_str()) {
            out.push('\n');
        }
    }

    fn hides_until(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "style" => Some("</style"),
            "script" => Some("</script"),
            "head" => Some("</head"),
            _ => None,
        }
    }
}

/// The closing bracket of a tag, not counting those inside quotes.
fn tag_end(inside: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inside.char_indices().take(MAX_TAG_BYTES) {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    inside.find('>')
}

fn attribute<'h>(attributes: &'h str, name: &str) -> Option<&'h str> {
    let lower = attributes.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(name) {
        let at = from + found;
        from = at + name.len();
        let own_word = lower[..at].ends_with(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        let Some(value) = attributes[from..].trim_start().strip_prefix('=') else {
            continue;
        };
        if !own_word {
            continue;
        }
        let value = value.trim_start();
        return Some(match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
            _ => value
                .split(|c: char| c.is_whitespace())
                .next()
                .unwrap_or_default(),
        });
    }
    None
}

/// Resolves the entities that occur in links and passcodes.
pub(super) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.char_indices().take(12).find(|(_, c)| *c == ';')?.0;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_words_stay_in_order() {
        for (html, want) in [
            (
                "<p>Hier <a href=\"https://a.de/?x=1&amp;y=2\">klicken</a></p>",
                "Hier  <https://a.de/?x=1&y=2> klicken",
            ),
            ("<A class='x' HREF='https://a.de'>x</A>", "<https://a.de> x"),
            (
                "<a href=https://a.de/b target=_blank>x</a>",
                "<https://a.de/b> x",
            ),
            (
                "<a data-href=\"https://no.de\" href=\"https://a.de\">x</a>",
                "<https://a.de> x",
            ),
            ("Zugang&nbsp;&uuml;ber &#39;A&#x27;", "Zugang über 'A'"),
            (
                "Klick <https://a.de/x> hier<br>1 < 2",
                "Klick <https://a.de/x> hier\n1 < 2",
            ),
            (
                "<style>a{b:url(https://no.de)}</style>Text<!-- https://no.de -->",
                "Text",
            ),
            ("<head><title>x</title></head>T", "T"),
            ("a <b", "a <b"),
            ("&amp;amp; &unknown; &", "&amp; &unknown; &"),
            ("<script>unclosed", ""),
        ] {
            assert_eq!(flatten(html).trim(), want, "{html}");
        }
    }
}
