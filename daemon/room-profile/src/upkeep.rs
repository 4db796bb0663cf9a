//! What IT keeps a room's services fresh with: renewed packs and test meetings. Knows how both must fit to the allow-list.

use crate::layers::Sources;
use crate::problem::Problem;
use crate::profile::{AllowedHost, Canary, RenewedPacks, service_of};
use crate::section::At;
use crate::sections::{CanarySection, PacksSection};
use room_core::ids::{HostName, Private, ServiceId};
use room_core::meeting::Target;

/// The renewed packs.
pub(crate) fn packs(section: &PacksSection, sources: &Sources) -> RenewedPacks {
    let folder = section.folder.as_ref();
    let keys = section.keys.0.iter();
    RenewedPacks {
        folder: folder.map(|at| sources.folder.join(&at.value.0)),
        keys: keys.map(|key| key.value.0.clone()).collect(),
    }
}

/// The test meetings.
pub(crate) fn canaries(
    sections: &[CanarySection],
    hosts: &[AllowedHost],
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> Vec<Canary> {
    let mut canaries: Vec<Canary> = Vec::new();
    for section in sections {
        let Some(canary) = canary(section, hosts, sources, problems) else {
            continue;
        };
        if canaries.iter().any(|other| other.name == canary.name) {
            let message = format!("two test meetings are called `{}`", canary.name);
            let at = &section.link;
            wrong(at, message, "give each a `name` of its own", problems);
        }
        canaries.push(canary);
    }
    canaries
}

/// One of them. `None` stands for one that cannot be joined; the problem is told.
fn canary(
    section: &CanarySection,
    hosts: &[AllowedHost],
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> Option<Canary> {
    let url = section.link.value.0.as_ref()?;
    let host = url.host_str()?.to_lowercase();
    let port = url.port_or_known_default().unwrap_or(443);
    let service = ServiceId::new(&*section.service.value.0);
    match service_of(hosts, &host, port) {
        Some(known) if *known == service => {}
        Some(known) => {
            let message = format!("`{host}` is a host of `{known}` in the allow-list");
            wrong(&section.service, message, "name that service", problems);
            return None;
        }
        None => {
            let message = format!("the host `{host}` is not in the allow-list");
            let help = format!("add `\"{host}\" = \"{service}\"` to `[hosts]`");
            wrong(&section.link, message, help, problems);
            return None;
        }
    }
    let passcode_file = section.passcode_file.as_ref();
    let place = url.port().map(|port| format!("{host}:{port}"));
    let name = section.name.as_ref().map(|name| name.value.0.clone());
    Some(Canary {
        name: name.or(place).unwrap_or_else(|| host.clone()),
        target: Target::page(
            service,
            HostName::new(host),
            Private::new(url.as_str()),
            None,
        ),
        passcode_file: passcode_file.map(|file| sources.folder.join(&file.value.0)),
    })
}

fn wrong<T>(
    at: &At<T>,
    message: impl Into<String>,
    help: impl Into<String>,
    problems: &mut Vec<Problem>,
) {
    if !at.bad {
        problems.push(Problem::new(at.place.clone(), message, Some(help.into())));
    }
}
