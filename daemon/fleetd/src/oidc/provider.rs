//! The provider as an administrator sets it: where it is, as what this server is known there, and what its groups may do here. Pure.

use crate::people::{Grant, Role};
use crate::rooms::Slug;
use crate::secrets::Hidden;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

const LONGEST: usize = 300;
/// Groups that are somebody here.
const MOST_MAPPINGS: usize = 500;

/// What a group may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// As the token says it, letter by letter.
    pub group: String,
    /// What its people are.
    pub role: Role,
    /// On which site; everywhere without one.
    #[serde(default)]
    pub site: Option<Slug>,
}

/// The provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What the button calls it.
    pub label: String,
    /// Its address, as it says it itself.
    pub issuer: String,
    /// As what this server is known to it.
    pub client_id: String,
    /// With which secret; none for a client that is public.
    #[serde(default)]
    pub secret: Hidden,
    /// Where its token has groups or roles.
    #[serde(default = "groups")]
    pub claim: String,
    /// What is asked for.
    #[serde(default = "scopes")]
    pub scopes: String,
    /// Which groups may do what; nobody else is let in.
    #[serde(default)]
    pub mappings: Vec<Mapping>,
}

fn groups() -> String {
    "groups".to_owned()
}

fn scopes() -> String {
    "openid profile".to_owned()
}

/// Why a provider is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProvider {
    /// What it is called.
    #[error("the provider needs a name of at most 60 letters")]
    Label,
    /// Its address.
    #[error(
        "the issuer begins with https:// (http:// for this machine only) and has no ? and no #"
    )]
    Issuer,
    /// The client.
    #[error("the client ID is missing or too long")]
    Client,
    /// The claim.
    #[error("the claim with groups is missing or too long")]
    Claim,
    /// What is asked for.
    #[error("the scopes are words, and openid is one of them")]
    Scopes,
    /// A line of the table.
    #[error("line {0} of the groups is not: group -> role, or: group -> role @ site")]
    Mapping(usize),
    /// The table.
    #[error("there are more than {MOST_MAPPINGS} groups")]
    TooMany,
}

impl Provider {
    /// Looks whether it is one.
    ///
    /// # Errors
    /// When not, and why.
    pub fn check(&self) -> Result<(), BadProvider> {
        let text = |text: &str| !text.trim().is_empty() && text.len() <= LONGEST;
        let label = text(&self.label) && self.label.chars().count() <= 60;
        let line = |mapping: &Mapping| !text(&mapping.group);
        let site = |mapping: &Mapping| mapping.site.as_ref().is_some_and(Slug::is_empty);
        let scope = |scope: &str| {
            scope
                .bytes()
                .all(|c| c.is_ascii_graphic() && c != b'"' && c != b'\\')
        };
        let asks = self.scopes.split(' ').any(|scope| scope == "openid");
        if !label {
            Err(BadProvider::Label)
        } else if !is_issuer(&self.issuer) {
            Err(BadProvider::Issuer)
        } else if !text(&self.client_id) {
            Err(BadProvider::Client)
        } else if !text(&self.claim) {
            Err(BadProvider::Claim)
        } else if !asks || !text(&self.scopes) || !self.scopes.split(' ').all(scope) {
            Err(BadProvider::Scopes)
        } else if let Some(place) = self.mappings.iter().position(|m| line(m) || site(m)) {
            Err(BadProvider::Mapping(place + 1))
        } else if self.mappings.len() > MOST_MAPPINGS {
            Err(BadProvider::TooMany)
        } else {
            Ok(())
        }
    }

    /// What somebody of these groups may do.
    #[must_use]
    pub fn grants(&self, groups: &[String]) -> Vec<Grant> {
        let mut grants: Vec<Grant> = Vec::new();
        for mapping in &self.mappings {
            let grant = Grant {
                role: mapping.role,
                site: mapping.site.clone(),
            };
            if groups.contains(&mapping.group) && !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        grants
    }

    /// What may be seen of it.
    #[must_use]
    pub fn seen(&self) -> Value {
        json!({
            "label": self.label, "issuer": self.issuer, "client_id": self.client_id, "claim": self.claim,
            "scopes": self.scopes, "mappings": self.mappings, "has_secret": !self.secret.is_empty(),
        })
    }

    /// The table as lines, as [`mappings_of`] reads them.
    #[must_use]
    pub fn lines(&self) -> String {
        let line = |m: &Mapping| match &m.site {
            Some(site) => format!("{} -> {} @ {}", m.group, m.role.word(), site.as_str()),
            None => format!("{} -> {}", m.group, m.role.word()),
        };
        self.mappings
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A table of lines `group -> role` or `group -> role @ site`.
///
/// # Errors
/// With the first line that is neither.
pub fn mappings_of(text: &str) -> Result<Vec<Mapping>, BadProvider> {
    let mut all = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        all.push(mapping_of(line).ok_or(BadProvider::Mapping(place + 1))?);
    }
    Ok(all)
}

fn mapping_of(line: &str) -> Option<Mapping> {
    let (group, what) = line.rsplit_once("->")?;
    let (role, site) = match what.split_once('@') {
        Some((role, site)) => {
            let site = Slug::of(site.trim()).filter(|site| !site.is_empty());
            (role, Some(site?))
        }
        None => (what, None),
    };
    let group = group.trim().to_owned();
    (!group.is_empty()).then_some(())?;
    Some(Mapping {
        group,
        role: Role::of_word(role.trim())?,
        site,
    })
}

/// Whether an address may be asked: over TLS, or on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let named = url.username().is_empty() && url.password().is_none();
    named && url.host().is_some() && (url.scheme() == "https" || url.scheme() == "http" && here)
}

fn is_issuer(text: &str) -> bool {
    let plain = text.len() <= LONGEST && !text.contains(['?', '#', ' ']);
    plain && Url::parse(text).is_ok_and(|url| is_safe(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        Provider {
            label: "Stadtkonto".to_owned(),
            issuer: "https://login.stadt.example/realms/stadt".to_owned(),
            client_id: "fleet".to_owned(),
            secret: Hidden::of("geheim"),
            claim: groups(),
            scopes: scopes(),
            mappings: mappings_of(
                "/it/räume -> operator @ nord\n\n it-admins->admin\nx -> y -> viewer",
            )
            .unwrap(),
        }
    }

    #[test]
    fn a_table_is_read_as_it_is_written() {
        let provider = provider();
        assert_eq!(provider.mappings.len(), 3);
        assert_eq!(provider.mappings[2].group, "x -> y");
        assert_eq!(mappings_of(&provider.lines()).unwrap(), provider.mappings);
        for (text, line) in [
            ("it -> admin\nit admin", 2),
            ("it -> boss", 1),
            ("-> admin", 1),
            ("it -> admin @", 1),
            ("\n\nit -> admin @ No rd!", 3),
        ] {
            assert_eq!(mappings_of(text), Err(BadProvider::Mapping(line)), "{text}");
        }
    }

    #[test]
    fn only_mapped_groups_are_somebody_letter_by_letter() {
        let grants = |groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
            provider().grants(&groups)
        };
        assert_eq!(grants(&["it-admins", "others"]).len(), 1);
        assert_eq!(grants(&["/it/räume"])[0].site, Slug::of("nord"));
        for other in ["IT-admins", "it-admins ", "/it", "", "*"] {
            assert_eq!(grants(&[other]), [], "{other}");
        }
    }

    #[test]
    fn an_issuer_is_asked_over_tls_or_on_this_machine() {
        let with = |issuer: &str| {
            let issuer = issuer.to_owned();
            Provider {
                issuer,
                ..provider()
            }
            .check()
        };
        for good in [
            "https://login.stadt.example/realms/stadt",
            "http://127.0.0.1:8080",
            "http://localhost:8080/realms/x",
            "http://[::1]:1",
        ] {
            assert_eq!(with(good), Ok(()), "{good}");
        }
        for bad in [
            "http://login.stadt.example",
            "http://localhost.evil.example",
            "https://a:b@login.example",
            "https://login.example/?x=1",
            "https://login.example/#x",
            "ftp://login.example",
            "login.example",
            "",
        ] {
            assert_eq!(with(bad), Err(BadProvider::Issuer), "{bad}");
        }
    }

    #[test]
    fn nothing_secret_is_printed_or_shown() {
        let provider = provider();
        let shown = format!("{provider:?} {} {}", provider.seen(), provider.lines());
        assert!(!shown.contains("geheim"), "{shown}");
        let kept = serde_json::to_string(&provider).unwrap();
        assert_eq!(serde_json::from_str::<Provider>(&kept).unwrap(), provider);
    }
}
