//! Owns which host belongs to which service, as the operator says it. Knows host names and ports, no paths.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use thiserror::Error;

use super::{catalogue, looks::Look};

/// Names a conference service: the file name of its pack without `.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(transparent)]
pub struct ServiceId(String);

impl ServiceId {
    /// The name, such as `jitsi`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a line of the operator's table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HostTableError {
    /// The host is not a host name, an address or `*.` and a domain.
    #[error("\"{0}\" is not a host: write meet.example.de, meet.example.de:8443 or *.example.de")]
    BadHost(String),
    /// A wildcard over a whole top-level domain.
    #[error("\"{0}\" covers far too much: name at least two parts, as in *.example.de")]
    TooWide(String),
    /// No pack has this name.
    #[error("there is no service \"{name}\"; known are {known}")]
    UnknownService {
        /// What was asked for.
        name: String,
        /// All that exist.
        known: String,
    },
}

/// A host as the table names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostPattern {
    /// Lower case, punycode where needed; without the `*.` of a wildcard.
    host: String,
    below: bool,
    port: Option<u16>,
}

impl HostPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, HostTableError> {
        let bad = || HostTableError::BadHost(text.to_owned());
        let trimmed = text.trim();
        let (below, rest) = match trimmed.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port))
                if !name.ends_with(':') && (!name.contains(':') || name.ends_with(']')) =>
            {
                (name, Some(port.parse::<u16>().map_err(|_| bad())?))
            }
            _ => (rest, None),
        };
        if name.is_empty() || name.contains(['/', '@', '*', ' ', '?', '#']) {
            return Err(bad());
        }
        let host = url::Host::parse(name).map_err(|_| bad())?;
        let is_name = matches!(host, url::Host::Domain(_));
        let host = host.to_string().trim_end_matches('.').to_owned();
        if below && (!is_name || !host.contains('.')) {
            return Err(HostTableError::TooWide(text.to_owned()));
        }
        Ok(Self { host, below, port })
    }

    /// How well it fits: the longer the better, an exact host and a port best of all.
    fn fit(&self, host: &str, port: u16, default_port: u16) -> Option<(bool, bool, usize)> {
        let named = if self.below {
            host.strip_suffix(&self.host)
                .is_some_and(|front| front.ends_with('.') && front.len() > 1)
        } else {
            host == self.host
        };
        let reachable = match self.port {
            Some(own) => own == port,
            None => port == default_port || is_loopback(host),
        };
        (named && reachable).then_some((!self.below, self.port.is_some(), self.host.len()))
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// True when the pattern covers this host, on whatever port.
    pub(crate) fn is(&self, host: &str) -> bool {
        let port = self.port.unwrap_or_default();
        self.fit(host, port, port).is_some()
    }
}

/// True for names and addresses of this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// The operator's list of hosts. A host without a port stands for the default port of its scheme, on loopback names
/// for any; `*.example.de` stands for every host below `example.de`, not for `example.de` itself.
#[derive(Debug, Clone, Default)]
pub struct HostTable {
    entries: BTreeMap<HostPattern, ServiceId>,
    /// Of which the room has the server's secret.
    signing: BTreeSet<HostPattern>,
    /// How the hosts look, for telling imitations; follows from the entries.
    looks: Vec<Look>,
}

impl PartialEq for HostTable {
    fn eq(&self, other: &Self) -> bool {
        (&self.entries, &self.signing) == (&other.entries, &other.signing)
    }
}

impl Eq for HostTable {}

impl HostTable {
    /// A table without hosts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a host; a later line for the same host replaces the earlier one.
    ///
    /// # Errors
    /// When the host cannot be one, covers too much, or the service does not exist.
    pub fn add(&mut self, host: &str, service: &str) -> Result<(), HostTableError> {
        self.add_pattern(host, service).map(|pattern| {
            self.signing.remove(&pattern);
        })
    }

    /// Adds a host of which the room has the server's secret: links that nobody signed lead in there, too.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_signing(&mut self, host: &str, service: &str) -> Result<(), HostTableError> {
        self.add_pattern(host, service).map(|pattern| {
            self.signing.insert(pattern);
        })
    }

    fn add_pattern(&mut self, host: &str, service: &str) -> Result<HostPattern, HostTableError> {
        let known = catalogue::service_ids();
        let Some(service) = known.iter().find(|known| known.as_str() == service) else {
            let known: Vec<&str> = known.iter().map(ServiceId::as_str).collect();
            return Err(HostTableError::UnknownService {
                name: service.to_owned(),
                known: known.join(", "),
            });
        };
        let pattern = HostPattern::parse(host)?;
        if !self.entries.contains_key(&pattern) {
            self.looks.push(Look::of(pattern.host()));
        }
        self.entries.insert(pattern.clone(), service.clone());
        Ok(pattern)
    }

    /// The same, for building a table in one go.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn with(mut self, host: &str, service: &str) -> Result<Self, HostTableError> {
        self.add(host, service)?;
        Ok(self)
    }

    /// The service of a host, the best fitting line winning.
    pub(crate) fn service(&self, host: &str, port: u16, default_port: u16) -> Option<&ServiceId> {
        best_fit(self.entries.iter(), host, port, default_port)
    }

    /// Whether the room has the secret of the server at this host.
    pub(crate) fn signs(&self, host: &str, port: u16, default_port: u16) -> bool {
        let patterns = self.entries.keys().map(|pattern| (pattern, pattern));
        best_fit(patterns, host, port, default_port)
            .is_some_and(|pattern| self.signing.contains(pattern))
    }

    pub(crate) fn looks(&self) -> &[Look] {
        &self.looks
    }
}

/// The best fitting of several patterns.
pub(crate) fn best_fit<'p, T>(
    patterns: impl Iterator<Item = (&'p HostPattern, T)>,
    host: &str,
    port: u16,
    default_port: u16,
) -> Option<T> {
    patterns
        .filter_map(|(pattern, value)| Some((pattern.fit(host, port, default_port)?, value)))
        .max_by_key(|(fit, _)| *fit)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> HostTable {
        HostTable::new()
            .with("Meet.Stadt.DE", "jitsi")
            .and_then(|t| t.with("*.stadt.de", "bbb"))
            .and_then(|t| t.with("room.local:8443", "practice"))
            .and_then(|t| t.with("127.0.0.1", "practice"))
            .and_then(|t| t.with("[::1]:9000", "practice"))
            .and_then(|t| t.with("büro.de", "jitsi"))
            .expect("a table")
    }

    #[test]
    fn the_best_fitting_line_decides() {
        let table = table();
        for (host, port, want) in [
            ("meet.stadt.de", 443, Some("jitsi")),
            ("meet.stadt.de", 444, None),
            ("bbb.stadt.de", 443, Some("bbb")),
            ("a.b.stadt.de", 443, Some("bbb")),
            ("stadt.de", 443, None),
            ("evilstadt.de", 443, None),
            ("room.local", 8443, Some("practice")),
            ("room.local", 443, None),
            ("127.0.0.1", 40123, Some("practice")),
            ("[::1]", 9000, Some("practice")),
            ("xn--bro-hoa.de", 443, Some("jitsi")),
        ] {
            let found = table.service(host, port, 443).map(ServiceId::as_str);
            assert_eq!(found, want, "{host}:{port}");
        }
    }

    #[test]
    fn a_wrong_line_says_what_is_wrong() {
        let mut table = HostTable::new();
        for bad in [
            "",
            "https://meet.example.de",
            "a b",
            "meet.example.de:http",
            "me@x.de",
            "x.*.de",
        ] {
            assert_eq!(
                table.add(bad, "jitsi"),
                Err(HostTableError::BadHost(bad.into())),
                "{bad}"
            );
        }
        assert_eq!(
            table.add("*.de", "jitsi"),
            Err(HostTableError::TooWide("*.de".into()))
        );
        let unknown = table.add("a.de", "skype").unwrap_err().to_string();
        assert_eq!(
            unknown,
            "there is no service \"skype\"; known are bbb, cms, goto, jitsi, meet, pexip, practice, sip, teams, webex, zoom"
        );
    }
}
