//! From the profile to what the browser may do: the one table that both Chromium's managed policy and our own checks come from.
//! Knows the shapes of both sides; opens nothing.

use crate::cameras;
use crate::faces::PackKnown;
use crate::practice_room::OwnNames;
use anyhow::{Context, Result};
use call_browser::pack::NamePattern;
use call_browser::policy::{Authority, Table};
use call_browser::{
    AllowList, Allowed, BrowserConfig, CleaningChoice, Pack, Packs, PageSound, Shelf,
};
use room_core::ids::Private;
use room_profile::{AllowedHost, Profile};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What the browser's task needs.
pub fn config(
    profile: &Profile,
    packs: Shelf,
    allowed: AllowList,
    (outlines, cleaning): (PathBuf, CleaningChoice),
) -> BrowserConfig {
    BrowserConfig {
        socket: profile.browser.socket.clone(),
        room_page: room_page(profile),
        packs,
        guest_mail: profile.browser.guest_mail.as_deref().map(Private::new),
        allowed,
        camera: cameras::choice(profile),
        sound: PageSound::default(),
        cleaning,
        outlines_dir: Some(outlines),
        keeper_met: Arc::default(),
    }
}

/// Where calls may lead with these packs.
///
/// # Errors
/// When an allowed host cannot be an origin.
pub fn allowed(profile: &Profile, names: &OwnNames, packs: &Packs) -> Result<Vec<Allowed>> {
    let mut allowed = services(profile, names, packs)?;
    allowed.extend(passage(profile, packs)?);
    Ok(allowed)
}

/// How well each service's pages are known, for the faces.
pub fn packs_known(packs: &Packs) -> BTreeMap<String, PackKnown> {
    let known = |pack: &Pack| PackKnown {
        version: pack.version,
        certainty: pack.certainty,
        seen: pack.seen,
    };
    packs
        .iter()
        .map(|pack| (pack.service.as_str().to_owned(), known(pack)))
        .collect()
}

/// Chromium's managed policy for this room and these packs. `authority` is the room's own, for its practice conference on the network.
///
/// # Errors
/// As [`allowed`].
pub fn policy(
    profile: &Profile,
    names: &OwnNames,
    authority: Option<Authority>,
    packs: &Packs,
) -> Result<String> {
    let own = own_page(profile.faces.listen);
    Ok(call_browser::policy::managed(&Table {
        own: vec![Allowed::parse(&own).with_context(|| format!("the panel's address {own}"))?],
        services: services(profile, names, packs)?,
        passage: passage(profile, packs)?,
        authorities: authority.into_iter().collect(),
    }))
}

/// The page of the main display.
pub fn room_page(profile: &Profile) -> String {
    format!("{}/display", own_page(profile.faces.listen))
}

fn own_page(listen: SocketAddr) -> String {
    format!("http://{listen}")
}

/// The room's own practice conference, the operator's allow-list, and where the services in it have their conferences. On
/// this machine pages may come without TLS.
fn services(profile: &Profile, names: &OwnNames, packs: &Packs) -> Result<Vec<Allowed>> {
    let mut origins = practice(profile, names);
    // What only SIP goes to, no page may open.
    let opened = |host: &&AllowedHost| packs.of(&host.service).is_some();
    for host in profile.hosts.iter().filter(opened) {
        let name = host.written();
        if is_this_machine(host) {
            origins.push(format!("http://{name}"));
        }
        origins.push(format!("https://{name}"));
    }
    origins.extend(of_packs(profile, packs, |pack| &pack.hosts.rooms));
    origins.iter().map(|origin| parse(origin)).collect()
}

/// What lies on the way to the conferences of services that the operator allowed.
fn passage(profile: &Profile, packs: &Packs) -> Result<Vec<Allowed>> {
    let origins = of_packs(profile, packs, |pack| &pack.hosts.passage);
    origins.iter().map(|origin| parse(origin)).collect()
}

/// Hosts of the services that the operator's allow-list names, each once. No other service's pages are allowed.
fn of_packs(
    profile: &Profile,
    packs: &Packs,
    list: impl Fn(&Pack) -> &[NamePattern],
) -> BTreeSet<String> {
    let named: BTreeSet<&str> = profile
        .hosts
        .iter()
        .map(|host| host.service.as_str())
        .collect();
    let allowed = packs
        .iter()
        .filter(|pack| named.contains(pack.service.as_str()));
    allowed
        .flat_map(|pack| list(pack).iter().map(|name| format!("https://{name}")))
        .collect()
}

fn parse(origin: &str) -> Result<Allowed> {
    Allowed::parse(origin).with_context(|| format!("allowing {origin}"))
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
