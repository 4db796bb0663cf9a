//! The fleet: where a room belongs, and which keys a fleet may set from afar. The list is short on purpose: nothing in it opens a device,
//! adds a host, a calendar or a key, so that a stolen fleet server cannot lead a room anywhere.

use crate::assemble::Build;
use crate::problem::Problem;
use crate::profile::FleetLink;
use crate::scalars::{FilePath, Link, PackKey};
use crate::section::{At, Scalar, Wrong, section};
use crate::tree::{Entry, Node, Value};

/// Tables and keys that a fleet may set; a table without keys may be set whole.
const MAY_SET: &[(&str, &[&str])] = &[
    ("room", &["language", "help"]),
    (
        "policy",
        &[
            "join",
            "announce_before",
            "warm_before",
            "join_before",
            "join_late_limit",
            "alone_after",
            "leave_after_end",
            "extend_by",
            "join_limit",
            "wait_limit",
            "reconnect_limit",
            "rejoin_tries",
            "display_off_after",
            "update_buttons",
            "volume_at_start",
            "volume_limit",
        ],
    ),
    ("preflight", &[]),
];

section! {
    /// IT's fleet server. A room connects out to it and is never connected to; it works the same without.
    /// Its code is shown by `roomctl fleet`, and is to be compared with the one that the server shows.
    struct FleetSection {
        /// The server's address: `https://`, its name, and perhaps a port.
        server: At<Link>,
        /// The way out of the building's network: an HTTP proxy, as `http://HOST:PORT`.
        proxy: Option<At<Proxy>>,
        /// A file with `NAME:PASSWORD` of the proxy in its first line, readable to the daemon alone.
        proxy_account_file: Option<At<FilePath>>,
        /// The public key of minisign whose grants are believed for what shows the room; without it nothing of
        /// that kind is ever done.
        grant_key: Option<At<PackKey>>,
        /// The file with the root of signed releases (TUF), as `fleetd release init` makes it; without it the room takes
        /// no release from its fleet, whoever offers one.
        release_root_file: Option<At<FilePath>>,
    }
}

/// The address of a proxy.
#[derive(Debug, Clone)]
pub(crate) struct Proxy(pub Option<url::Url>);

impl Scalar for Proxy {
    fn expected() -> String {
        "a proxy's address as `http://HOST:PORT`".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let refused = |why: String| Wrong::new(why).help(format!("expected {}", Self::expected()));
        let Value::Text(text) = value else {
            return Err(refused(format!("expected a text, found {}", value.kind())));
        };
        let url = url::Url::parse(text).map_err(|e| refused(format!("not an address: {e}")))?;
        let anonymous = url.username().is_empty() && url.password().is_none();
        match (url.scheme(), url.host_str()) {
            _ if !anonymous => Err(refused(
                "name and password of a proxy stand in `proxy_account_file`".to_owned(),
            )),
            ("http", Some(_)) => Ok(Proxy(Some(url))),
            _ => Err(refused("not a proxy's address".to_owned())),
        }
    }

    fn fallback() -> Self {
        Proxy(None)
    }
}

impl Build<'_> {
    /// Where the room belongs.
    pub(crate) fn fleet(&mut self, section: &FleetSection) -> Option<FleetLink> {
        let server = section.server.value.0.as_ref()?;
        if server.scheme() != "https" || server.path() != "/" || server.query().is_some() {
            let message = "this is no fleet server's address";
            let help = "write https://, its name, and perhaps a port, without a path";
            self.wrong(&section.server, message, help);
            return None;
        }
        Some(FleetLink {
            server: server.as_str().trim_end_matches('/').to_owned(),
            proxy: section.proxy.as_ref().and_then(|at| at.value.0.clone()),
            proxy_account: section.proxy_account_file.as_ref().map(|at| self.path(at)),
            grant_key: section.grant_key.as_ref().map(|at| at.value.0.clone()),
            release_root: section.release_root_file.as_ref().map(|at| self.path(at)),
        })
    }
}

/// The fleet's settings without what a fleet may not set, each of which is a problem.
pub(crate) fn permitted(settings: Node, problems: &mut Vec<Problem>) -> Node {
    let Value::Table(tables) = settings.value else {
        return settings;
    };
    let tables = tables.into_iter().filter_map(|table| kept(table, problems));
    Node {
        place: settings.place,
        value: Value::Table(tables.collect()),
    }
}

fn kept(table: Entry, problems: &mut Vec<Problem>) -> Option<Entry> {
    let Some((_, keys)) = MAY_SET.iter().find(|(name, _)| *name == table.key) else {
        let message = format!("the fleet may not set `{}`", table.key);
        problems.push(Problem::new(table.place, message, Some(only())));
        return None;
    };
    let Value::Table(entries) = table.node.value else {
        return Some(table);
    };
    let fits = |entry: &Entry| keys.is_empty() || keys.contains(&entry.key.as_str());
    let (good, bad): (Vec<_>, Vec<_>) = entries.into_iter().partition(fits);
    for entry in bad {
        let message = format!("the fleet may not set `{}.{}`", table.key, entry.key);
        let help = format!("it may set: {}", keys.join(", "));
        problems.push(Problem::new(entry.place, message, Some(help)));
    }
    Some(Entry {
        node: Node {
            place: table.node.place,
            value: Value::Table(good),
        },
        ..table
    })
}

fn only() -> String {
    let names: Vec<&str> = MAY_SET.iter().map(|(name, _)| *name).collect();
    format!(
        "it may set: {}; all else stands in the room's own file",
        names.join(", ")
    )
}

/// Which keys a fleet may set, as `table.key`, or the table alone where it may be set whole.
pub fn fleet_may_set() -> impl Iterator<Item = String> {
    let keys = |(table, keys): &(&'static str, &'static [&'static str])| {
        let table = *table;
        let all = keys.iter().map(move |key| format!("{table}.{key}"));
        let whole = keys.is_empty().then(|| table.to_owned());
        all.chain(whole).collect::<Vec<_>>()
    };
    MAY_SET.iter().flat_map(keys)
}
