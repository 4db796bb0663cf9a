//! What people read, in German and English, out of a crate's two Fluent files: found by key, its places filled.
//! Knows no text and no layout.

mod keys;

pub use fluent_bundle::{FluentArgs, FluentValue};
pub use keys::keys;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use unic_langid::LanguageIdentifier;

/// In which language something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// The tag of BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Language::De => "de",
            Language::En => "en",
        }
    }

    /// The one of this tag.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Language> {
        match tag {
            "de" => Some(Language::De),
            "en" => Some(Language::En),
            _ => None,
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Language {
        match self {
            Language::De => Language::En,
            Language::En => Language::De,
        }
    }

    /// The best match of an `Accept-Language` header (RFC 9110, 12.5.4); `None` when it names neither.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Language> {
        let mut best: Option<(f32, Language)> = None;
        for part in header.split(',').take(32) {
            let mut words = part.split(';').map(str::trim);
            let tag = words.next().unwrap_or_default().to_ascii_lowercase();
            let weight = words.find_map(|word| word.strip_prefix("q="));
            let weight: f32 = weight.map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let language = Language::of_tag(tag.split('-').next().unwrap_or_default());
            if let Some(language) = language
                && weight > best.map_or(0.0, |(most, _)| most)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// A number as people write it.
    #[must_use]
    pub fn number(self, value: f64, digits: usize) -> String {
        let text = format!("{:.digits$}", value.abs());
        let zero = text.chars().all(|c| matches!(c, '0' | '.'));
        let sign = if value < 0.0 && !zero { "\u{2212}" } else { "" };
        let text = match self {
            Language::De => text.replace('.', ","),
            Language::En => text,
        };
        format!("{sign}{text}")
    }
}

/// The texts of a crate. Meant for a static: reading the files takes a millisecond.
pub struct Texts {
    de: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Texts {
    /// Out of these two files, which are built in.
    ///
    /// # Panics
    /// When one of them is no Fluent, or has a key twice; a test of [`keys`] finds that.
    #[must_use]
    pub fn of(de: &str, en: &str) -> Texts {
        Texts {
            de: bundle(Language::De, de),
            en: bundle(Language::En, en),
        }
    }

    /// The text of a key, or of `KEY.ATTRIBUTE`; the key itself when there is none, which the crate's tests forbid.
    #[must_use]
    pub fn say(&self, language: Language, key: &str, values: &FluentArgs<'_>) -> String {
        let bundle = match language {
            Language::De => &self.de,
            Language::En => &self.en,
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
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(values), &mut errors);
        text.into_owned()
    }
}

fn bundle(language: Language, text: &str) -> FluentBundle<FluentResource> {
    let resource = FluentResource::try_new(text.to_owned())
        .expect("the Fluent files are built in and a test parses them");
    let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    bundle.set_use_isolating(false);
    bundle
        .add_resource(resource)
        .expect("a test finds keys that stand twice in a built-in Fluent file");
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_a_device_prefers_is_taken() {
        for (header, language) in [
            ("en-GB,en;q=0.9,de;q=0.8", Some(Language::En)),
            ("fr, de-AT;q=0.5, en;q=0.4", Some(Language::De)),
            ("fr, en;q=0", None),
            ("DE", Some(Language::De)),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn a_text_is_found_by_its_key_and_filled() {
        let texts = Texts::of(
            "saal = Saal { $name }\n    .kurz = { $zahl ->\n        [one] ein Saal\n       *[other] { $zahl } Säle\n    }\n",
            "saal = Hall { $name }\n    .kurz = halls\n",
        );
        let named = FluentArgs::from_iter([("name", FluentValue::from("Nord"))]);
        assert_eq!(texts.say(Language::De, "saal", &named), "Saal Nord");
        assert_eq!(texts.say(Language::En, "saal", &named), "Hall Nord");
        let counted = |count: u64| FluentArgs::from_iter([("zahl", FluentValue::from(count))]);
        let short = |count| texts.say(Language::De, "saal.kurz", &counted(count));
        assert_eq!([short(1), short(3)], ["ein Saal", "3 Säle"]);
        assert_eq!(texts.say(Language::De, "keller", &named), "keller");
    }

    #[test]
    fn numbers_are_written_as_in_their_language() {
        assert_eq!(Language::De.number(-1.25, 1), "\u{2212}1,2");
        assert_eq!(Language::En.number(-0.01, 1), "0.0");
    }
}
