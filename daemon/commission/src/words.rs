//! What people read of a commissioning, German and English, from the Fluent files of this crate. Knows no layout.

use std::sync::LazyLock;
use texts::{FluentArgs, FluentValue, Texts};

pub(crate) use texts::Language;

const DE: &str = include_str!("../assets/i18n/de.ftl");
const EN: &str = include_str!("../assets/i18n/en.ftl");
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(DE, EN));

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

impl Says for Language {
    fn say(self, key: &str, values: &Values) -> String {
        let filled = values.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.clone()),
                Value::Count(count) => FluentValue::from(*count),
            };
            (*name, value)
        });
        TEXTS.say(self, key, &filled.collect::<FluentArgs<'_>>())
    }

    fn plain(self, key: &str) -> String {
        self.say(key, &Values::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use texts::keys;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(keys(DE), keys(EN));
    }

    #[test]
    fn every_key_that_the_code_names_is_there() {
        let known = keys(EN);
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
