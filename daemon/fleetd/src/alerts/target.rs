//! Where notices go. Addresses and passwords are secrets: they print as a placeholder and no answer of the server has them.

use crate::secrets::Hidden;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use texts::Language;
use url::Url;

/// Where notices go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// A program that takes what Alertmanager's webhooks send.
    Webhook {
        /// Its address, which often holds a secret.
        url: Hidden,
        /// Sent as `Authorization: Bearer`, where there is one.
        #[serde(default)]
        token: Hidden,
    },
    /// An Alertmanager: its own address, to which `/api/v2/alerts` is added.
    Alertmanager {
        /// Its address.
        url: Hidden,
        /// Sent as `Authorization: Bearer`, where there is one.
        #[serde(default)]
        token: Hidden,
    },
    /// People, by mail.
    Mail {
        /// The mail server: `smtps://name:password@host`, or `smtp://host:587?tls=required`.
        server: Hidden,
        /// From whom.
        from: String,
        /// To whom.
        to: Vec<String>,
        /// In which language: `de` or `en`.
        #[serde(default = "german")]
        language: String,
    },
}

fn german() -> String {
    "de".to_owned()
}

/// Why a target is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Its address.
    #[error("an address begins with https:// or http://")]
    Address,
    /// The mail server's.
    #[error("a mail server is smtps://name:password@host, or smtp://host:587?tls=required")]
    Server,
    /// A person's.
    #[error("a mail address is name@host")]
    Person,
    /// The language.
    #[error("the language is de or en")]
    Language,
}

impl Target {
    /// Looks whether it is one.
    ///
    /// # Errors
    /// When not, and why.
    pub fn check(&self) -> Result<(), BadTarget> {
        match self {
            Target::Webhook { url, .. } | Target::Alertmanager { url, .. } => {
                let scheme = Url::parse(url.shown()).ok();
                let web = scheme.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
                web.then_some(()).ok_or(BadTarget::Address)
            }
            Target::Mail {
                server,
                from,
                to,
                language,
            } => {
                let scheme = Url::parse(server.shown()).ok();
                let mail = scheme.is_some_and(|url| matches!(url.scheme(), "smtp" | "smtps"));
                let person = |text: &String| text.parse::<lettre::Address>().is_ok();
                match (mail, !to.is_empty() && to.iter().chain([from]).all(person)) {
                    (false, _) => Err(BadTarget::Server),
                    (true, false) => Err(BadTarget::Person),
                    (true, true) => Language::of_tag(language)
                        .map(drop)
                        .ok_or(BadTarget::Language),
                }
            }
        }
    }

    /// Whether it forgets what is not said again.
    #[must_use]
    pub fn forgets(&self) -> bool {
        matches!(self, Target::Alertmanager { .. })
    }

    /// As a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Target::Webhook { .. } => "webhook",
            Target::Alertmanager { .. } => "alertmanager",
            Target::Mail { .. } => "mail",
        }
    }

    /// In which language people read it.
    #[must_use]
    pub fn language(&self) -> Language {
        match self {
            Target::Mail { language, .. } => Language::of_tag(language).unwrap_or(Language::De),
            Target::Webhook { .. } | Target::Alertmanager { .. } => Language::En,
        }
    }

    /// What may be seen of it.
    #[must_use]
    pub fn seen(&self) -> Value {
        match self {
            Target::Webhook { url, .. } | Target::Alertmanager { url, .. } => {
                json!({ "kind": self.word(), "host": url.host() })
            }
            Target::Mail {
                server,
                from,
                to,
                language,
            } => json!({
                "kind": self.word(), "host": server.host(), "from": from, "to": to, "language": language,
            }),
        }
    }

    /// The same in one line.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Target::Webhook { url, .. } | Target::Alertmanager { url, .. } => url.host(),
            Target::Mail { to, .. } => to.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(server: &str, to: &str, language: &str) -> Target {
        Target::Mail {
            server: Hidden::of(server),
            from: "fleet@stadt.example".to_owned(),
            to: vec![to.to_owned()],
            language: language.to_owned(),
        }
    }

    #[test]
    fn only_what_can_be_reached_is_a_target() {
        let web = |url: &str| Target::Webhook {
            url: Hidden::of(url),
            token: Hidden::default(),
        };
        assert_eq!(web("https://chat.example/hook/geheim").check(), Ok(()));
        assert_eq!(web("ftp://chat.example").check(), Err(BadTarget::Address));
        assert_eq!(web("chat").check(), Err(BadTarget::Address));
        let server = "smtps://me:geheim@mail.example";
        assert_eq!(mail(server, "it@stadt.example", "de").check(), Ok(()));
        assert_eq!(
            mail("mail.example", "it@stadt.example", "de").check(),
            Err(BadTarget::Server)
        );
        assert_eq!(mail(server, "it", "de").check(), Err(BadTarget::Person));
        assert_eq!(
            mail(server, "it@stadt.example", "fr").check(),
            Err(BadTarget::Language)
        );
    }

    #[test]
    fn nothing_secret_is_printed_or_shown() {
        for target in [
            mail("smtps://me:geheim@mail.example", "it@stadt.example", "en"),
            Target::Alertmanager {
                url: Hidden::of("https://am.example/geheim"),
                token: Hidden::of("geheim"),
            },
        ] {
            let shown = format!("{target:?} {} {}", target.seen(), target.line());
            assert!(!shown.contains("geheim"), "{shown}");
            let kept = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&kept).unwrap(), target);
        }
    }
}
