//! Which broker rooms are shown to, under which names, and which of them. Pure.

use crate::rooms::Slug;
use crate::secrets::Hidden;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use texts::Language;
use url::Url;

const LONGEST_PREFIX: usize = 100;
const LONGEST_WORD: usize = 1_000;
const LONGEST_AUTHORITY: usize = 64 << 10;
const MOST_SITES: usize = 500;

/// A customer's broker, and what it is told. What is not known of it is refused: a misspelt `sites` would show all rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// `mqtts://host`, `mqtt://host`, with a port where it is not the usual one.
    pub broker: String,
    /// As whom; empty: as nobody.
    #[serde(default)]
    pub user: String,
    /// With which password.
    #[serde(default)]
    pub password: Hidden,
    /// Whose certificates are believed (PEM); empty: those that the machine believes.
    #[serde(default)]
    pub ca: String,
    /// Topics of rooms begin so.
    #[serde(default = "topics")]
    pub topics: String,
    /// Topics of Home Assistant's discovery begin so; empty: nobody is told how to read the others.
    #[serde(default = "discovery")]
    pub discovery: String,
    /// In which language entities are named there: `de` or `en`.
    #[serde(default = "language")]
    pub language: String,
    /// Rooms of these sites; empty: all rooms.
    #[serde(default)]
    pub sites: BTreeSet<Slug>,
    /// Whether rooms can be told anything from there.
    #[serde(default)]
    pub takes_verbs: bool,
}

fn topics() -> String {
    "roomd".to_owned()
}

fn discovery() -> String {
    "homeassistant".to_owned()
}

fn language() -> String {
    "de".to_owned()
}

/// Where a broker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether by TLS.
    pub tls: bool,
}

/// A broker and the prefixes under which rooms stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// Its address as it was written.
    pub broker: String,
    /// Topics of rooms begin so.
    pub topics: String,
    /// Topics of discovery begin so; empty: there are none.
    pub discovery: String,
}

/// Why settings are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBridge {
    /// The broker's address.
    #[error("a broker is mqtts://host or mqtt://host, with a port where it is not 8883 or 1883")]
    Broker,
    /// The user.
    #[error("a password wants a user, and both are at most 1000 characters")]
    User,
    /// The certificates.
    #[error("the certificates are not PEM, or none that can vouch for a broker")]
    Authority,
    /// A prefix.
    #[error("a prefix is letters, digits, - and _ in parts between slashes, at most 100")]
    Prefix,
    /// The language.
    #[error("the language is de or en")]
    Language,
    /// The sites.
    #[error("there are more than 500 sites, or one without a name")]
    Sites,
}

impl BadBridge {
    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            BadBridge::Broker => "broker",
            BadBridge::User => "user",
            BadBridge::Authority => "authority",
            BadBridge::Prefix => "prefix",
            BadBridge::Language => "language",
            BadBridge::Sites => "sites",
        }
    }

    /// All of them.
    pub const ALL: [BadBridge; 6] = [
        BadBridge::Broker,
        BadBridge::User,
        BadBridge::Authority,
        BadBridge::Prefix,
        BadBridge::Language,
        BadBridge::Sites,
    ];
}

impl Bridge {
    /// What stands in an empty form.
    #[must_use]
    pub fn empty() -> Bridge {
        Bridge {
            broker: String::new(),
            user: String::new(),
            password: Hidden::default(),
            ca: String::new(),
            topics: topics(),
            discovery: discovery(),
            language: language(),
            sites: BTreeSet::new(),
            takes_verbs: false,
        }
    }

    /// Looks whether they are settings.
    ///
    /// # Errors
    /// When not, and why.
    pub fn check(&self) -> Result<(), BadBridge> {
        let holds = |holds: bool, bad| if holds { Ok(()) } else { Err(bad) };
        self.address().ok_or(BadBridge::Broker)?;
        let words = [self.user.as_str(), self.password.shown()];
        let fit = |word: &&str| word.len() <= LONGEST_WORD && !word.contains('\0');
        let whose = !self.user.is_empty() || self.password.is_empty();
        holds(whose && words.iter().all(fit), BadBridge::User)?;
        self.authorities().ok_or(BadBridge::Authority)?;
        let prefixes = is_prefix(&self.topics)
            && (self.discovery.is_empty() || is_prefix(&self.discovery))
            && self.topics != self.discovery;
        holds(prefixes, BadBridge::Prefix)?;
        self.language().ok_or(BadBridge::Language)?;
        let named = self.sites.iter().all(|site| !site.is_empty());
        holds(named && self.sites.len() <= MOST_SITES, BadBridge::Sites)
    }

    /// Where the broker is.
    #[must_use]
    pub fn address(&self) -> Option<Broker> {
        let url = Url::parse(&self.broker).ok()?;
        let (tls, usual) = match url.scheme() {
            "mqtt" => (false, 1883),
            "mqtts" => (true, 8883),
            _ => return None,
        };
        let bare = url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none();
        let host = url.host_str().filter(|host| bare && !host.is_empty())?;
        Some(Broker {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            tls,
        })
    }

    /// The certificates to believe; none where the machine's are meant.
    #[must_use]
    pub fn authorities(&self) -> Option<Vec<CertificateDer<'static>>> {
        if self.ca.len() > LONGEST_AUTHORITY {
            return None;
        }
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(self.ca.as_bytes()).collect();
        let all = all.ok()?;
        let mut roots = rustls::RootCertStore::empty();
        let (good, bad) = roots.add_parsable_certificates(all.iter().cloned());
        (bad == 0 && (good > 0 || self.ca.trim().is_empty())).then_some(all)
    }

    /// In which language entities are named.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        Language::of_tag(&self.language)
    }

    /// Whether rooms of a site are shown.
    #[must_use]
    pub fn reaches(&self, site: &Slug) -> bool {
        self.sites.is_empty() || self.sites.contains(site)
    }

    /// Where rooms stand.
    #[must_use]
    pub fn ground(&self) -> Ground {
        Ground {
            broker: self.broker.clone(),
            topics: self.topics.clone(),
            discovery: self.discovery.clone(),
        }
    }

    /// What may be seen of them.
    #[must_use]
    pub fn seen(&self) -> Value {
        json!({
            "broker": self.broker, "user": self.user, "has_password": !self.password.is_empty(),
            "has_ca": !self.ca.is_empty(), "topics": self.topics, "discovery": self.discovery,
            "language": self.language, "sites": self.sites, "takes_verbs": self.takes_verbs,
        })
    }
}

/// Nothing of a prefix means anything to a broker but itself.
fn is_prefix(text: &str) -> bool {
    let letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.bytes().all(letter);
    text.len() <= LONGEST_PREFIX && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bridge(broker: &str) -> Bridge {
        Bridge {
            broker: broker.to_owned(),
            ..Bridge::empty()
        }
    }

    #[test]
    fn a_broker_is_a_host_and_nothing_else() {
        let at = |broker: &str| {
            bridge(broker)
                .address()
                .map(|at| (at.host, at.port, at.tls))
        };
        let here = |host: &str, port, tls| Some((host.to_owned(), port, tls));
        assert_eq!(
            at("mqtts://mqtt.stadt.example"),
            here("mqtt.stadt.example", 8883, true)
        );
        assert_eq!(at("mqtt://10.0.0.7:2883/"), here("10.0.0.7", 2883, false));
        assert_eq!(at("mqtts://[fd00::1]"), here("fd00::1", 8883, true));
        for none in [
            "",
            "mqtt.stadt.example",
            "https://mqtt.stadt.example",
            "mqtt://",
            "mqtt://me@host",
            "mqtt://me:geheim@host",
            "mqtt://host/topic",
            "mqtt://host?a=b",
            "mqtt://host#a",
            "mqtt://host:70000",
        ] {
            assert_eq!(at(none), None, "{none}");
            assert_eq!(bridge(none).check(), Err(BadBridge::Broker), "{none}");
        }
    }

    #[test]
    fn what_is_no_setting_is_refused_by_name() {
        let good = bridge("mqtt://broker");
        assert_eq!(good.check(), Ok(()));
        let with = |change: fn(&mut Bridge)| {
            let mut changed = good.clone();
            change(&mut changed);
            changed.check()
        };
        for (change, bad) in [
            (
                (|b| b.password = Hidden::of("geheim")) as fn(&mut Bridge),
                BadBridge::User,
            ),
            (|b| b.user = "x".repeat(1_001), BadBridge::User),
            (|b| b.ca = "no certificate".to_owned(), BadBridge::Authority),
            (|b| b.topics = String::new(), BadBridge::Prefix),
            (|b| b.topics = "roomd/#".to_owned(), BadBridge::Prefix),
            (|b| b.topics = "/roomd".to_owned(), BadBridge::Prefix),
            (|b| b.topics = "$SYS".to_owned(), BadBridge::Prefix),
            (|b| b.discovery = "home+".to_owned(), BadBridge::Prefix),
            (|b| b.discovery = "roomd".to_owned(), BadBridge::Prefix),
            (|b| b.language = "fr".to_owned(), BadBridge::Language),
            (
                |b| b.sites = BTreeSet::from([Slug::default()]),
                BadBridge::Sites,
            ),
        ] {
            assert_eq!(with(change), Err(bad));
        }
        assert_eq!(with(|b| b.discovery = String::new()), Ok(()));
        let more: Result<Bridge, _> =
            serde_json::from_str(r#"{"broker":"mqtt://b","site":["nord"]}"#);
        assert!(more.is_err(), "a word that is misspelt shows no room");
    }

    #[test]
    fn nothing_secret_is_printed_or_shown_and_it_is_kept_as_it_is() {
        let mut bridge = bridge("mqtts://broker");
        bridge.user = "fleet".to_owned();
        bridge.password = Hidden::of("geheim");
        let shown = format!("{bridge:?} {}", bridge.seen());
        assert!(!shown.contains("geheim"), "{shown}");
        let kept = serde_json::to_string(&bridge).unwrap();
        assert_eq!(serde_json::from_str::<Bridge>(&kept).unwrap(), bridge);
    }
}
