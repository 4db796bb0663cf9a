//! Takes a pack apart into the markers that a vendor's package must hold: ids, class names, attribute values and texts.
//! Reads no file.

use serde::Serialize;

/// What kind of marker it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An element's id.
    Id,
    /// A class name.
    Class,
    /// An attribute's value, or the name of one that has none.
    Attribute,
    /// A part of an attribute's value or of a class name, as `*=` asks for it.
    Part,
    /// The name of an element of the vendor's own, such as `mdc-button`; names of HTML have no hyphen.
    Element,
    /// A word of a contract.
    Word,
    /// A German text.
    German,
    /// An English text.
    English,
}

impl Kind {
    /// Whether it stands alone: in `mic-open-hint` there is no class `mic-open`.
    pub(crate) fn is_whole(self) -> bool {
        !matches!(self, Kind::Part | Kind::German | Kind::English)
    }
}

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Marker {
    pub kind: Kind,
    pub text: String,
}

/// Values that say a state and stand everywhere.
const COMMON: &[&str] = &[
    "", "true", "false", "open", "closed", "button", "submit", "text", "password", "checkbox",
    "dialog", "alert", "img",
];

/// The markers of a selector. What stands in `:not(…)` belongs to it too.
pub(crate) fn of_selector(css: &str) -> Vec<Marker> {
    let mut found = Vec::new();
    let chars: Vec<char> = css.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '#' | '.' => {
                let kind = if chars[at] == '#' {
                    Kind::Id
                } else {
                    Kind::Class
                };
                let name = name_from(&chars, at + 1);
                at += name.chars().count() + 1;
                push(&mut found, kind, name);
            }
            '[' => {
                let end = close_of(&chars, at);
                let inside: String = chars[at + 1..end].iter().collect();
                of_attribute(&inside, &mut found);
                at = end + 1;
            }
            c if c.is_alphabetic() => {
                let name = name_from(&chars, at);
                at += name.chars().count();
                if name.contains('-') {
                    push(&mut found, Kind::Element, name);
                }
            }
            // A pseudo-class is nobody's name.
            ':' => at += 1 + name_from(&chars, at + 1).chars().count(),
            _ => at += 1,
        }
    }
    found
}

fn push(found: &mut Vec<Marker>, kind: Kind, text: String) {
    if !COMMON.contains(&text.as_str()) {
        found.push(Marker { kind, text });
    }
}

fn name_from(chars: &[char], from: usize) -> String {
    let part = |c: &&char| c.is_alphanumeric() || matches!(c, '-' | '_');
    chars[from..].iter().take_while(part).collect()
}

/// Where the bracket that opens here is closed; brackets in quotes do not count.
fn close_of(chars: &[char], open: usize) -> usize {
    let mut quote = None;
    for (at, c) in chars.iter().enumerate().skip(open + 1) {
        match (quote, c) {
            (Some(q), c) if *c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(*c),
            (None, ']') => return at,
            (None, _) => {}
        }
    }
    chars.len()
}

fn of_attribute(inside: &str, found: &mut Vec<Marker>) {
    let Some((name, value)) = inside.split_once('=') else {
        return push(found, Kind::Attribute, inside.trim().to_owned());
    };
    let value = value.trim().trim_end_matches([' ', 'i', 's']).trim();
    let value = value.trim_matches(['"', '\'']);
    if COMMON.contains(&value) {
        let name = name.trim_end_matches(['~', '|', '^', '$', '*']).trim();
        let own = name.starts_with("data-");
        return push(
            found,
            Kind::Attribute,
            if own { name.to_owned() } else { String::new() },
        );
    }
    let kind = match name.trim_end().ends_with('*') {
        true => Kind::Part,
        false => Kind::Attribute,
    };
    push(found, kind, value.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_taken_apart() {
        let table: [(&str, &[&str]); 11] = [
            ("#a .b-c > d", &["a", "b-c"]),
            ("button[data-testid=\"x.y\"]", &["x.y"]),
            ("[data-state='open']", &["data-state"]),
            ("[aria-pressed=true].mic", &["mic"]),
            ("main:not(.gone)[data-trouble]", &["gone", "data-trouble"]),
            ("[id^=\"part]\"]", &["part]"]),
            ("[name=\"cma_x\" i]", &["cma_x"]),
            ("input[type=submit]", &[]),
            (".a mdc-button:nth-child(2)", &["a", "mdc-button"]),
            ("[class*=\"tile-\"]", &["tile-"]),
            ("p:first-child > x-y:not([hidden])", &["x-y", "hidden"]),
        ];
        for (css, expected) in table {
            let found: Vec<String> = of_selector(css).into_iter().map(|m| m.text).collect();
            assert_eq!(found, expected, "{css}");
        }
    }
}
