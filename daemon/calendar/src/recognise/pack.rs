//! Owns what a service pack is, once it is read: its hosts, links, words and SIP addresses, with patterns that are
//! compiled when first needed. Knows no file format and no service by name.

use std::ops::Deref;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use url::Url;

use super::{
    hosts::{HostPattern, ServiceId},
    vocabulary::Vocabulary,
    why::CannotJoin,
};

/// Whether a service may be reached without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlainHttp {
    /// Never.
    #[default]
    Never,
    /// On names of this machine that stand on the operator's table.
    Loopback,
}

/// Whether a room can join conferences of a service. This is the one place that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joins {
    /// It has links or SIP addresses that a room can join.
    Yes,
    /// It is only recognised, to be named.
    No,
}

/// A regular expression of a pack, compiled when it is first needed: most rooms meet few services, and compiling all at
/// the start is most of a daemon's start.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            compiled: OnceLock::new(),
        }
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Deref for Pattern {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            // Invariant: packs in use are well formed: of embedded ones a test compiles each pattern, of renewed ones
            // `RenewedPack::read` does.
            Regex::new(&self.text).unwrap_or_else(|problem| panic!("service pack: {problem}"))
        })
    }
}

/// What is known of one service.
#[derive(Debug)]
pub(crate) struct Pack {
    pub service: ServiceId,
    /// Grows with each change of the pack.
    pub version: u32,
    /// What people call it.
    pub name: String,
    pub joins: Joins,
    pub hosts: Vec<HostPattern>,
    /// Hosts of the service that hold pages for people and no conference.
    pub page_hosts: Vec<HostPattern>,
    pub plain_http: PlainHttp,
    /// Its paths come encoded twice.
    pub decode_twice: bool,
    /// Words in front of a link that make it another form of the conference named above it.
    pub also: Vec<String>,
    pub links: Vec<Shape>,
    pub refused: Vec<(Pattern, CannotJoin)>,
    pub inner: Vec<Inner>,
    pub apps: Vec<App>,
    pub words: Vocabulary,
    /// The whole of a passcode.
    pub passcode: Option<Pattern>,
    pub sip: Vec<SipShape>,
}

impl Pack {
    /// Every pattern in it.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let links = self.links.iter().map(|shape| &shape.path);
        let refused = self.refused.iter().map(|(pattern, _)| pattern);
        let inner = self.inner.iter().map(|inner| &inner.path);
        let sip = self.sip.iter().map(|sip| &sip.user);
        let lists = links.chain(refused).chain(inner).chain(sip);
        lists.chain(&self.passcode)
    }
}

/// A link that leads into a conference.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Only on these of the service's hosts; on all when empty.
    pub hosts: Vec<HostPattern>,
    /// Only on hosts that begin so, when not empty.
    pub host_starts: Vec<String>,
    pub path: Pattern,
    pub needs_query: Vec<String>,
    pub id_query: Option<String>,
    /// Tells conferences apart, and says nothing to people.
    pub key_query: Option<String>,
    pub passcode_query: Vec<String>,
    pub keep_fragment: bool,
    /// Nobody signed the link: it leads in only where the operator gave the room the server's secret.
    pub needs_secret: bool,
    /// The shape alone gives the service away, also on a host that nobody knows.
    pub telling: bool,
}

impl Shape {
    /// True when a link has this shape.
    pub(super) fn fits(&self, url: &Url) -> bool {
        self.path.is_match(url.path())
            && self
                .needs_query
                .iter()
                .all(|name| self.query(url, name).is_some())
    }

    /// True when the shape is meant for this host of its service.
    pub(super) fn is_on(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|own| own.is(host))
    }

    /// True when a host begins as hosts with this shape do.
    pub(super) fn starts_well(&self, host: &str) -> bool {
        self.host_starts.is_empty() || self.host_starts.iter().any(|own| host.starts_with(own))
    }

    /// A parameter of the query, or of the one behind the fragment where the page lives there.
    pub(super) fn query(&self, url: &Url, name: &str) -> Option<String> {
        let pick = |pairs: url::form_urlencoded::Parse<'_>| {
            pairs
                .into_iter()
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        pick(url.query_pairs()).or_else(|| {
            let behind = url.fragment().filter(|_| self.keep_fragment)?;
            let (_, query) = behind.split_once('?')?;
            pick(url::form_urlencoded::parse(query.as_bytes()))
        })
    }
}

/// A page of a service that carries the link proper inside.
#[derive(Debug)]
pub(crate) struct Inner {
    pub path: Pattern,
    /// The parameter that carries it; the fragment does when there is none.
    pub query: Option<String>,
}

/// The address of an application, which stands for a link.
#[derive(Debug)]
pub(crate) struct App {
    pub scheme: String,
    /// The host, where the address names none.
    pub host: Option<String>,
    pub id_query: Option<String>,
    /// The path, with `{id}` in it; the address's own path when there is none.
    pub into: Option<String>,
    /// Parameters that stay.
    pub keep: Vec<String>,
}

impl App {
    /// The link that an address of this application stands for.
    pub(super) fn link(&self, address: &str) -> Option<String> {
        let (_, rest) = address.split_once(':')?;
        let (host, rest) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                (&rest[..end], &rest[end..])
            }
            None => (self.host.as_deref()?, rest),
        };
        let Some(into) = &self.into else {
            return Some(format!("https://{host}{rest}"));
        };
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        let pairs = || url::form_urlencoded::parse(query.as_bytes());
        let (_, id) = pairs().find(|(key, _)| Some(key.as_ref()) == self.id_query.as_deref())?;
        let digits: String = id.chars().filter(char::is_ascii_digit).collect();
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in pairs().filter(|(key, _)| self.keep.iter().any(|keep| keep == key)) {
            kept.append_pair(&key, &value);
        }
        let kept = kept.finish();
        let mark = if kept.is_empty() { "" } else { "?" };
        let path = into.replace("{id}", &digits);
        Some(format!("https://{host}{path}{mark}{kept}"))
    }
}

/// A SIP address that leads into a conference of the service.
#[derive(Debug)]
pub(crate) struct SipShape {
    /// Domains of the service; those of the operator's table when there are none.
    pub domains: Vec<HostPattern>,
    /// Domains below those that belong to something else.
    pub not_domains: Vec<HostPattern>,
    pub user: Pattern,
    /// How the address is made when the invitation names a number to dial: `{number}`, `{user}`, `{domain}`.
    pub dial: Option<String>,
}
