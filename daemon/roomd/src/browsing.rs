//! From the profile to what the browser may do: the one table that both Chromium's managed policy and our own checks come from.
//! Knows the shapes of both sides; opens nothing.

use crate::faces::PackKnown;
use crate::practice_room::OwnNames;
use anyhow::{Context, Result};
use call_browser::policy::{Authority, Table};
use call_browser::{Allowed, BrowserConfig, Pack, Packs};
use room_profile::{AllowedHost, Profile};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What the browser's task needs.
///
/// # Errors
/// When an allowed host cannot be an origin.
pub fn config(profile: &Profile, names: &OwnNames, outlines: PathBuf) -> Result<BrowserConfig> {
    Ok(BrowserConfig {
        socket: profile.browser.socket.clone(),
        room_page: format!("{}/display", own_page(profile.faces.listen)),
        packs: packs(),
        allowed: services(profile, names)?,
        agreed: profile.agreed.clone(),
        outlines_dir: Some(outlines),
    })
}

/// How services are joined.
fn packs() -> Packs {
    Packs::built_in()
}

/// How well each service's pages are known, for the faces.
pub fn packs_known() -> BTreeMap<String, PackKnown> {
    let known = |pack: &Pack| PackKnown {
        version: pack.version,
        certainty: pack.certainty,
        seen: pack.seen,
    };
    packs()
        .iter()
        .map(|pack| (pack.service.as_str().to_owned(), known(pack)))
        .collect()
}

/// Chromium's managed policy for this room. `authority` is the room's own, for its practice conference on the network.
///
/// # Errors
/// As [`config`].
pub fn policy(profile: &Profile, names: &OwnNames, authority: Option<Authority>) -> Result<String> {
    let own = own_page(profile.faces.listen);
    Ok(call_browser::policy::managed(&Table {
        own: vec![Allowed::parse(&own).with_context(|| format!("the panel's address {own}"))?],
        services: services(profile, names)?,
        passage: Vec::new(),
        authorities: authority.into_iter().collect(),
    }))
}

fn own_page(listen: SocketAddr) -> String {
    format!("http://{listen}")
}

/// The room's own practice conference, and the operator's allow-list. On this machine pages may come without TLS.
fn services(profile: &Profile, names: &OwnNames) -> Result<Vec<Allowed>> {
    let mut origins = practice(profile, names);
    for host in &profile.hosts {
        let name = host.written();
        if is_this_machine(host) {
            origins.push(format!("http://{name}"));
        }
        origins.push(format!("https://{name}"));
    }
    let parse =
        |origin: &String| Allowed::parse(origin).with_context(|| format!("allowing {origin}"));
    origins.iter().map(parse).collect()
}

fn practice(profile: &Profile, names: &OwnNames) -> Vec<String> {
    let Some(practice) = &profile.practice else {
        return Vec::new();
    };
    let port = practice.listen.port();
    let mut origins = vec![
        format!("http://{}", practice.listen),
        format!("http://localhost:{port}"),
    ];
    if let Some(lan) = practice.lan {
        origins.extend(
            names
                .at(lan.port())
                .iter()
                .map(|name| format!("https://{name}")),
        );
    }
    origins
}

fn is_this_machine(host: &AllowedHost) -> bool {
    let address = host.host.trim_start_matches('[').trim_end_matches(']');
    let loopback = address
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback());
    host.host == "localhost" || loopback
}
