//! Owns where a pack's pages are: the hosts that the service needs, and links that are opened under another address, such as
//! straight in the browser instead of by way of an app. Knows no service and opens nothing.

use super::file::{HostsFile, OpenFile};
use super::parse::Reader;
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt;
use url::{Host, Url};

/// Hosts that a service's pages come from, besides those that the operator allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hosts {
    /// Where its conferences are: may use microphone and camera.
    pub rooms: Vec<NamePattern>,
    /// What lies on the way (sign-in, captcha): may be shown, and gets nothing.
    pub passage: Vec<NamePattern>,
}

/// A host's name, or with `*.` in front a domain and all below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePattern {
    name: String,
    below: bool,
}

impl NamePattern {
    /// Reads `name` or `*.domain`; `None` when it is neither, or a whole top-level domain.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, below) = match text.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (text, false),
        };
        let plain = matches!(Host::parse(name), Ok(Host::Domain(domain)) if domain == name);
        (plain && name.contains('.') && !name.contains('*')).then(|| Self {
            name: name.to_owned(),
            below,
        })
    }

    /// Whether it means this host, given in lower case.
    pub fn covers(&self, host: &str) -> bool {
        let below = || {
            self.below
                && host
                    .strip_suffix(&self.name)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        host == self.name || below()
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// The shape of a path.
#[derive(Debug, Clone)]
struct Shape(Regex);

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Shape {}

/// How links of one shape are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    host: NamePattern,
    path: Shape,
    /// Another host; `None`: the link's own.
    to_host: Option<String>,
    /// The new path, with the path's named groups in braces.
    to_path: String,
    /// Parameters of the link that are kept; all others are left out.
    keep: Vec<String>,
    /// Parameters that are added.
    add: BTreeMap<String, String>,
}

impl Opening {
    /// The address under which a link is opened; `None` when the link has another shape. Scheme and port stay.
    pub fn of(&self, link: &Url) -> Option<Url> {
        if !self.host.covers(link.host_str()?) {
            return None;
        }
        let found = self.path.0.captures(link.path())?;
        let mut path = self.to_path.clone();
        for name in self.path.0.capture_names().flatten() {
            let value = found.name(name).map_or("", |part| part.as_str());
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let mut to = link.clone();
        if let Some(host) = &self.to_host {
            to.set_host(Some(host)).ok()?;
        }
        to.set_path(&path);
        to.set_fragment(None);
        let kept = link
            .query_pairs()
            .filter(|(name, _)| self.keep.iter().any(|keep| keep == name));
        let mut query: Vec<(String, String)> = kept
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        query.extend(self.add.clone());
        to.set_query(None);
        if !query.is_empty() {
            to.query_pairs_mut().extend_pairs(query);
        }
        Some(to)
    }
}

impl Reader {
    pub(super) fn hosts(&mut self, file: HostsFile) -> Hosts {
        let mut names = |list: &[String]| -> Vec<NamePattern> {
            list.iter()
                .filter_map(|name| self.name("hosts", name))
                .collect()
        };
        Hosts {
            rooms: names(&file.rooms),
            passage: names(&file.passage),
        }
    }

    pub(super) fn name(&mut self, at: &str, text: &str) -> Option<NamePattern> {
        let name = NamePattern::parse(text);
        if name.is_none() {
            self.wrong(
                at,
                format!("{text:?} is not a host such as meet.example.org or *.example.org"),
            );
        }
        name
    }

    pub(super) fn opening(&mut self, file: OpenFile, hosts: &Hosts) -> Option<Opening> {
        let at = format!("open {:?}", file.path);
        let host = self.name(&at, &file.host)?;
        let path = match Regex::new(&file.path) {
            Ok(path) if file.path.starts_with('^') && file.path.ends_with('$') => path,
            Ok(_) => {
                self.wrong(&at, "the shape of a path begins with ^ and ends with $");
                return None;
            }
            Err(problem) => {
                self.wrong(&at, problem.to_string());
                return None;
            }
        };
        let (to_host, to_path) = match file.to.strip_prefix("https://") {
            Some(rest) => rest
                .split_once('/')
                .map_or((Some(rest), ""), |(host, path)| (Some(host), path)),
            None => (None, file.to.strip_prefix('/').unwrap_or_default()),
        };
        let known = |host: &str| hosts.rooms.iter().any(|room| room.covers(host));
        if to_host.is_some_and(|host| !known(host)) {
            self.wrong(&at, "the other host is not among the pack's rooms");
        }
        if to_host.is_none() && !file.to.starts_with('/') {
            self.wrong(&at, "`to` begins with https:// or /");
        }
        let groups: Vec<&str> = path.capture_names().flatten().collect();
        let foreign = to_path
            .split('{')
            .skip(1)
            .any(|piece| !groups.contains(&piece.split('}').next().unwrap_or_default()));
        if foreign {
            self.wrong(&at, "`to` names a group that the path does not have");
        }
        Some(Opening {
            host,
            to_host: to_host.map(str::to_owned),
            to_path: format!("/{to_path}"),
            path: Shape(path),
            keep: file.keep,
            add: file.add,
        })
    }
}
