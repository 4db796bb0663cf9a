//! What people read of a commissioning, German and English, from the Fluent files of this crate. Knows no layout.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

pub(crate) use preflight::Language;

/// What stands in the places of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(Vec<(&'static str, Value)>);

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Count(u64),
}

impl Values {
    /// One text.
    pub(crate) fn of(name: &'static str, text: impl Into<String>) -> Values {
        Values::default().and(name, text)
    }

    /// And another text.
    pub(crate) fn and(mut self, name: &'static str, text: impl Into<String>) -> Values {
        self.0.push((name, Value::Text(text.into())));
        self
    }

    /// And a number that a text may be chosen by.
    pub(crate) fn counting(mut self, name: &'static str, count: u64) -> Values {
        self.0.push((name, Value::Count(count)));
        self
    }
}

/// Says texts of this crate.
pub(crate) trait Says {
    /// The text of a key, or of `KEY.ATTRIBUTE`.
    fn say(self, key: &str, values: &Values) -> String;

    /// The same without places.
    fn plain(self, key: &str) -> String;
}

type Bundle = FluentBundle<FluentResource>;

static DE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::De));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En));

fn source(language: Language) -> &'static str {
    match language {
        Language::De => include_str!("../assets/i18n/de.ftl"),
        Language::En => include_str!("../assets/i18n/en.ftl"),
    }
}

fn bundle(language: Language) -> Bundle {
    let resource = FluentResource::try_new(source(language).to_owned())
        .expect("the Fluent files are built in and a test parses them");
    let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .expect("a test finds keys that stand twice in a built-in Fluent file");
    bundle
}

impl Says for Language {
    fn say(self, key: &str, values: &Values) -> String {
        let bundle = match self {
            Language::De => &*DE,
            Language::En => &*EN,
        };
        let (message, attribute) = match key.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (key, None),
        };
        let pattern = bundle
            .get_message(message)
            .and_then(|found| match attribute {
                Some(name) => found.get_attribute(name).map(|found| found.value()),
                None => found.value(),
            });
        let Some(pattern) = pattern else {
            return key.to_owned();
        };
        let filled = values.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.clone()),
                Value::Count(count) => FluentValue::from(*count),
            };
            (*name, value)
        });
        let args: FluentArgs<'_> = filled.collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
        text.into_owned()
    }

    fn plain(self, key: &str) -> String {
        self.say(key, &Values::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
    use std::collections::{BTreeMap, BTreeSet};

    /// Each key, attributes too, with the places in its text.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let parsed = fluent_syntax::parser::parse(source(language)).unwrap();
        let mut keys = BTreeMap::new();
        for entry in parsed.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let name = message.id.name.to_owned();
            if let Some(pattern) = &message.value {
                assert!(
                    keys.insert(name.clone(), places(pattern)).is_none(),
                    "{name} twice"
                );
            }
            for attribute in &message.attributes {
                keys.insert(
                    format!("{name}.{}", attribute.id.name),
                    places(&attribute.value),
                );
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
                    variants
                        .iter()
                        .for_each(|variant| found.extend(places(&variant.value)));
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

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(keys(Language::De), keys(Language::En));
    }

    #[test]
    fn every_key_that_the_code_names_is_there() {
        let known = keys(Language::En);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for part in text
                .split("plain(\"")
                .skip(1)
                .chain(text.split(".say(\"").skip(1))
            {
                let key = part.split('"').next().unwrap();
                assert!(known.contains_key(key), "{key}");
            }
        }
    }
}
