//! What the page says beside the interview's own words, German and English. Knows no layout.

use preflight::Language;
use std::sync::LazyLock;
use texts::{FluentArgs, FluentValue, Texts};

const DE: &str = include_str!("../assets/i18n/de.ftl");
const EN: &str = include_str!("../assets/i18n/en.ftl");
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(DE, EN));

/// The text of a key.
pub(crate) fn say(language: Language, key: &str) -> String {
    TEXTS.say(language, key, &FluentArgs::new())
}

/// The same with its places filled.
pub(crate) fn fill(language: Language, key: &str, values: &[(&'static str, String)]) -> String {
    let values = values
        .iter()
        .map(|(name, value)| (*name, FluentValue::from(value.clone())));
    TEXTS.say(language, key, &values.collect::<FluentArgs<'_>>())
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
        for text in [
            include_str!("pages.rs"),
            include_str!("screens.rs"),
            include_str!("gate.rs"),
            include_str!("devices.rs"),
        ] {
            for part in text
                .split("say(\"")
                .skip(1)
                .chain(text.split("fill(\"").skip(1))
            {
                let key = part.split('"').next().unwrap();
                assert!(known.contains_key(key), "{key}");
            }
        }
    }
}
