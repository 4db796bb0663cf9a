//! Which keys a Fluent file has, and which places each text leaves: what the files of two languages must agree in. For tests.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};

/// Each key, attributes as `KEY.ATTRIBUTE`, with the names of the places in its text.
///
/// # Panics
/// When the text is no Fluent, or a key stands in it twice.
#[must_use]
pub fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let parsed = fluent_syntax::parser::parse(text).expect("Fluent");
    let mut keys = BTreeMap::new();
    let mut add = |key: String, pattern: &Pattern<&str>| {
        let twice = keys.insert(key.clone(), places(pattern)).is_some();
        assert!(!twice, "{key} stands twice");
    };
    for entry in &parsed.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        let name = message.id.name;
        if let Some(pattern) = &message.value {
            add(name.to_owned(), pattern);
        }
        for attribute in &message.attributes {
            add(format!("{name}.{}", attribute.id.name), &attribute.value);
        }
    }
    keys
}

fn places(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(inline) => found.extend(variable(inline)),
            Expression::Select { selector, variants } => {
                found.extend(variable(selector));
                for variant in variants {
                    found.extend(places(&variant.value));
                }
            }
        }
    }
    found
}

fn variable(inline: &InlineExpression<&str>) -> Option<String> {
    match inline {
        InlineExpression::VariableReference { id } => Some(id.name.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_counts_wherever_it_stands() {
        let found = keys(
            "a = x { $n ->\n    [one] { $m }\n   *[other] y\n }\n    .fix = z { $o }\nb = plain\n",
        );
        let names: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(key, places)| (key.as_str(), places.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            names,
            [("a", vec!["m", "n"]), ("a.fix", vec!["o"]), ("b", vec![])]
        );
    }
}
