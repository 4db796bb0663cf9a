//! Every word people read: loaded once from the Fluent files, looked up by key.
//! Knows no page; a message keeps its placeholders as `{$name}` until somebody fills them, here or in the browser.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::Entry;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language the faces speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// German.
    #[default]
    De,
    /// English.
    En,
}

/// The text is no language of the faces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is none of the languages \"de\" and \"en\"")]
pub struct UnknownLang(String);

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "de" => Ok(Lang::De),
            "en" => Ok(Lang::En),
            other => Err(UnknownLang(other.chars().take(20).collect())),
        }
    }
}

impl Lang {
    /// Every language.
    pub const ALL: [Lang; 2] = [Lang::De, Lang::En];

    /// As in `lang="de"`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::De => "de",
            Lang::En => "en",
        }
    }

    /// The other one.
    pub fn other(self) -> Lang {
        match self {
            Lang::De => Lang::En,
            Lang::En => Lang::De,
        }
    }

    /// The best match of an `Accept-Language` header (RFC 9110, 12.5.4); `None` when it names neither.
    pub fn accepted(header: &str) -> Option<Lang> {
        ::texts::Language::accepted(header).map(|language| match language {
            ::texts::Language::De => Lang::De,
            ::texts::Language::En => Lang::En,
        })
    }

    fn source(self) -> &'static str {
        match self {
            Lang::De => include_str!("../../assets/i18n/de.ftl"),
            Lang::En => include_str!("../../assets/i18n/en.ftl"),
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        // Only plural rules depend on it, and no message here uses them.
        self.code().parse().unwrap_or_default()
    }
}

/// The texts of one language by key; an attribute's key is `message.attribute`.
#[derive(Debug, Clone)]
pub struct Texts(BTreeMap<String, String>);

static DE: LazyLock<Texts> = LazyLock::new(|| Texts::load(Lang::De));
static EN: LazyLock<Texts> = LazyLock::new(|| Texts::load(Lang::En));

/// The texts of a language.
pub fn texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::De => &DE,
        Lang::En => &EN,
    }
}

impl Texts {
    /// The text; the key itself when there is none, which a test forbids.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or_else(
            || {
                tracing::error!(key, "a text is missing");
                key
            },
            String::as_str,
        )
    }

    /// The text with its placeholders filled.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = self.get(key).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{${name}}}"), value);
        }
        text
    }

    /// Every key and text, for the browser.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    fn load(lang: Lang) -> Texts {
        let resource = FluentResource::try_new(lang.source().to_owned())
            .expect("the Fluent files are built in and a test parses them");
        let keys = keys(&resource);
        let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .expect("a test finds keys that stand twice in a built-in Fluent file");
        let texts = keys.into_iter().filter_map(|(message, attribute)| {
            let found = bundle.get_message(&message)?;
            let (key, pattern) = match attribute {
                None => (message.clone(), found.value()?),
                Some(name) => (
                    format!("{message}.{name}"),
                    found.get_attribute(&name)?.value(),
                ),
            };
            let text = bundle
                .format_pattern(pattern, Some(&FluentArgs::new()), &mut Vec::new())
                .into_owned();
            Some((key, text))
        });
        let mut texts: BTreeMap<String, String> = texts.collect();
        // Product names are the same in every language; a translated one stands in the file.
        for (service, name) in calendar::recognise::service_names() {
            let key = format!("service-{service}");
            texts.entry(key).or_insert_with(|| name.to_owned());
        }
        Texts(texts)
    }

    #[cfg(test)]
    pub(super) fn marked(lang: Lang) -> Texts {
        let marked = |(key, text): (&String, &String)| (key.clone(), format!("⟦{text}⟧"));
        Texts(texts(lang).all().iter().map(marked).collect())
    }
}

fn keys(resource: &FluentResource) -> Vec<(String, Option<String>)> {
    let mut keys = Vec::new();
    for entry in resource.entries() {
        if let Entry::Message(message) = entry {
            let name = message.id.name.to_owned();
            if message.value.is_some() {
                keys.push((name.clone(), None));
            }
            for attribute in &message.attributes {
                keys.push((name.clone(), Some(attribute.id.name.to_owned())));
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_language_of_a_browser_is_taken() {
        assert_eq!(Lang::accepted("en-GB,en;q=0.9,de;q=0.8"), Some(Lang::En));
        assert_eq!(Lang::accepted("fr, de-AT;q=0.5, en;q=0.4"), Some(Lang::De));
        assert_eq!(Lang::accepted("en;q=0, fr"), None);
        assert_eq!(Lang::accepted(""), None);
    }

    #[test]
    fn placeholders_stay_until_filled() {
        let texts = texts(Lang::En);
        assert_eq!(texts.get("help-call"), "Help: {$number}");
        assert_eq!(texts.fill("help-call", &[("number", "4711")]), "Help: 4711");
    }
}
