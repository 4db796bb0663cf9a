//! What the file says about services and their hosts, checked: the allow-list, and what the operator agrees to.

use crate::assemble::{Build, HOST_HELP};
use crate::hosts::{HostEntry, HostSection};
use crate::per_service::ConsentKinds;
use crate::profile::{AllowedHost, ChecksumChoice, Door, FrontEnd};
use crate::section::At;
use crate::sections::ConsentWord;
use crate::suggest;
use room_core::hand::Consent;
use room_core::ids::ServiceId;

impl Build<'_> {
    pub fn known_service<T>(&mut self, at: &At<T>, slug: &str) {
        let known = &self.sources.services;
        if !known.iter().any(|known| known == slug) {
            let help = suggest::among(slug, known.iter().map(String::as_str));
            self.wrong(at, format!("there is no service `{slug}`"), help);
        }
    }

    pub fn hosts(&mut self, entries: &[(At<String>, HostEntry)]) -> Vec<AllowedHost> {
        let mut hosts = Vec::new();
        for (key, HostEntry(entry)) in entries {
            let service = &entry.service;
            self.known_service(service, &service.value.0);
            let service = ServiceId::new(&*service.value.0);
            match AllowedHost::parse(&key.value, service) {
                Some(host) => hosts.push(AllowedHost {
                    door: self.door(entry),
                    ..host
                }),
                None => {
                    let message = format!("`{}` is not a host name", key.value);
                    self.wrong(key, message, HOST_HELP);
                }
            }
        }
        hosts
    }

    fn door(&mut self, entry: &HostSection) -> Door {
        let secret = &entry.secret_file;
        let (front, checksum) = (entry.front_end.value.0, entry.checksum.value.0);
        if front == FrontEnd::BbbApi && secret.is_none() {
            let help = "add `secret_file = \"…\"`: a file with the server's shared secret";
            self.wrong(&entry.front_end, "`bbb-api` without `secret_file`", help);
        }
        if checksum != ChecksumChoice::BySecret && secret.is_none() {
            self.wrong(
                &entry.checksum,
                "`checksum` goes with `secret_file`",
                "remove it",
            );
        }
        Door {
            front,
            secret_file: secret.as_ref().map(|file| self.path(file)),
            checksum,
        }
    }

    pub fn consents(
        &mut self,
        entries: &[(At<String>, ConsentKinds)],
    ) -> Vec<(ServiceId, Consent)> {
        let mut consents = Vec::new();
        for (service, ConsentKinds(kinds)) in entries {
            self.known_service(service, &service.value);
            let of = |kind: &At<ConsentWord>| (ServiceId::new(&*service.value), kind.value.0);
            consents.extend(kinds.iter().map(of));
        }
        consents
    }
}
