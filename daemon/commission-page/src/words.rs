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

/// The other one.
pub(crate) fn other(language: Language) -> Language {
    match language {
        Language::De => Language::En,
        Language::En => Language::De,
    }
}

/// A language by its tag.
pub(crate) fn spoken(tag: &str) -> Option<Language> {
    [Language::De, Language::En]
        .into_iter()
        .find(|language| language.tag() == tag)
}

/// The best match of an `Accept-Language` header (RFC 9110, 12.5.4); German when it names neither.
pub(crate) fn accepted(header: &str) -> Language {
    let mut best = (0.0, Language::De);
    for part in header.split(',').take(32) {
        let mut words = part.split(';').map(str::trim);
        let tag = words.next().unwrap_or_default().to_ascii_lowercase();
        let weight = words.find_map(|word| word.strip_prefix("q="));
        let weight: f32 = weight.map_or(1.0, |q| q.parse().unwrap_or(0.0));
        let primary = tag.split('-').next().unwrap_or_default();
        if let Some(language) = spoken(primary)
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
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
    fn the_phones_language_is_taken() {
        assert_eq!(accepted("en-GB,en;q=0.9,de;q=0.8"), Language::En);
        assert_eq!(accepted("fr, de-AT;q=0.5, en;q=0.4"), Language::De);
        assert_eq!(accepted("fr, en;q=0"), Language::De);
        assert_eq!(accepted(""), Language::De);
    }

    #[test]
    fn every_key_that_the_code_names_is_there() {
        let known = keys(EN);
        for text in [
            include_str!("pages.rs"),
            include_str!("screens.rs"),
            include_str!("gate.rs"),
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
