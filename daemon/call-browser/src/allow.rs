//! Owns which web origins a room may open: one table from which both the browser's policy and our own checks come.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use url::Url;

/// An origin, or a host with all below it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowed {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
    subdomains: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scheme {
    Http,
    Https,
}

/// An origin that cannot be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not an origin such as https://meet.example.org, https://*.example.org or http://127.0.0.1:8080: {why}"
)]
pub struct BadOrigin {
    text: String,
    why: &'static str,
}

impl Allowed {
    /// Reads `https://host`, `https://*.host` (the host and all below it) or either with a port. `http` is for loopback
    /// only: pages elsewhere get neither microphone nor camera without TLS.
    ///
    /// # Errors
    /// Anything else: another scheme, a path, user info, a wildcard elsewhere.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        let bad = |why| BadOrigin {
            text: text.to_owned(),
            why,
        };
        let (plain, subdomains) = match text.replacen("://*.", "://", 1) {
            plain if plain != text => (plain, true),
            plain => (plain, false),
        };
        let url = Url::parse(&plain).map_err(|_| bad("it does not read as an address"))?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(bad("only https, and http on loopback")),
        };
        let host = url
            .host_str()
            .ok_or_else(|| bad("it has no host"))?
            .to_owned();
        if plain.contains('*') || host.contains('%') {
            return Err(bad(
                "a star may stand only in front, as in https://*.example.org",
            ));
        }
        let name = matches!(url.host(), Some(url::Host::Domain(_)));
        if subdomains && (!name || !host.contains('.')) {
            return Err(bad("a star needs a domain after it"));
        }
        if scheme == Scheme::Http && !loopback(&url) {
            return Err(bad("http is for loopback only"));
        }
        let more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        if more || !url.username().is_empty() || url.password().is_some() {
            return Err(bad("an origin has no path, no query and no user"));
        }
        Ok(Self {
            scheme,
            host,
            port: explicit_port(&plain)
                .then(|| url.port_or_known_default())
                .flatten(),
            subdomains,
        })
    }

    /// Whether a page of this address may be shown.
    pub fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let below = || {
            self.subdomains
                && host
                    .strip_suffix(&self.host)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        url.scheme() == self.scheme()
            && (host == self.host || below())
            && self
                .port
                .is_none_or(|port| url.port_or_known_default() == Some(port))
    }

    /// As an entry of Chromium's URL lists. Without a dot in front these cover all below the host; without a port, all ports.
    pub fn filter(&self) -> String {
        let dot = if self.subdomains || self.is_address() {
            ""
        } else {
            "."
        };
        format!("{}://{dot}{}{}", self.scheme(), self.host, self.port())
    }

    /// As an entry of Chromium's lists of content settings.
    pub fn pattern(&self) -> String {
        let star = if self.subdomains { "[*.]" } else { "" };
        format!("{}://{star}{}{}", self.scheme(), self.host, self.port())
    }

    fn scheme(&self) -> &'static str {
        match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn port(&self) -> String {
        self.port.map(|port| format!(":{port}")).unwrap_or_default()
    }

    fn is_address(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<std::net::Ipv4Addr>().is_ok()
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.subdomains { "*." } else { "" };
        write!(f, "{}://{star}{}{}", self.scheme(), self.host, self.port())
    }
}

impl fmt::Debug for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parser forgets a port that is the scheme's own; for us it still says "this one only".
fn explicit_port(text: &str) -> bool {
    let end = text
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap_or_default();
    !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit())
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Where calls may lead, as it stands now: a renewed pack may name other hosts. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct AllowList(Arc<RwLock<Vec<Allowed>>>);

impl From<Vec<Allowed>> for AllowList {
    fn from(list: Vec<Allowed>) -> Self {
        Self(Arc::new(RwLock::new(list)))
    }
}

impl AllowList {
    /// Whether a page may stand at this address.
    pub fn covers(&self, address: &Url) -> bool {
        let list = self.0.read().unwrap_or_else(PoisonError::into_inner);
        list.iter().any(|allowed| allowed.covers(address))
    }

    /// From now on these count, and no others.
    pub fn renew(&self, list: Vec<Allowed>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = list;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str) -> Allowed {
        Allowed::parse(text).unwrap()
    }

    #[test]
    fn origins_are_read_and_written() {
        let table = [
            (
                "https://meet.example.org",
                "https://.meet.example.org",
                "https://meet.example.org",
            ),
            (
                "https://*.example.org",
                "https://example.org",
                "https://[*.]example.org",
            ),
            (
                "https://a.example:8443/",
                "https://.a.example:8443",
                "https://a.example:8443",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
            ),
            ("http://localhost", "http://.localhost", "http://localhost"),
            (
                "https://MÜLLER.example",
                "https://.xn--mller-kva.example",
                "https://xn--mller-kva.example",
            ),
            ("http://[::1]:80", "http://[::1]:80", "http://[::1]:80"),
            (
                "https://a.example:443",
                "https://.a.example:443",
                "https://a.example:443",
            ),
        ];
        for (text, filter, pattern) in table {
            assert_eq!(allowed(text).filter(), filter, "{text}");
            assert_eq!(allowed(text).pattern(), pattern, "{text}");
        }
    }

    #[test]
    fn anything_but_an_origin_is_refused() {
        let bad = [
            "",
            "example.org",
            "*",
            "https://*",
            "https://*.org",
            "https://a.*.org",
            "http://example.org",
            "ftp://example.org",
            "https://example.org/j",
            "https://u:p@example.org",
            "https://example.org?x",
            "https://*.127.0.0.1",
            "javascript:1",
            "https://*.*.example.org",
            "file:///etc",
            "https://exa mple.org",
        ];
        for text in bad {
            assert!(Allowed::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn coverage_is_exact() {
        let url = |text| Url::parse(text).unwrap();
        let table = [
            ("https://a.example", "https://a.example/j/1?pwd=x", true),
            ("https://a.example", "https://a.example:8443/", true),
            ("https://a.example:443", "https://a.example/", true),
            ("https://a.example", "http://a.example/", false),
            ("https://a.example", "https://b.a.example/", false),
            ("https://*.a.example", "https://b.a.example/", true),
            ("https://*.a.example", "https://a.example/", true),
            ("https://*.a.example", "https://evil-a.example/", false),
            ("https://*.a.example", "https://a.example.evil/", false),
            ("http://127.0.0.1:80", "http://127.0.0.1:81/", false),
            ("http://127.0.0.1:80", "http://127.0.0.1/", true),
        ];
        for (pattern, address, covered) in table {
            assert_eq!(
                allowed(pattern).covers(&url(address)),
                covered,
                "{pattern} {address}"
            );
        }
    }
}
