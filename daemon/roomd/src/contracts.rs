//! From the profile to what may be asked of a conference's server before a page is opened. Knows the shapes of both
//! sides and reads the files of shared secrets; opens no connection.

use call_contract::bbb::{Checksum, Key};
use call_contract::{Consent, Door, FrontEnd, Table};
use room_core::ids::{Private, ServiceId};
use room_profile::{ChecksumChoice, Profile};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::warn;

/// A first line longer than this is no secret.
const LONGEST_SECRET: u64 = 1024;

/// What the operator agreed to beforehand, as it stands now.
pub type Consents = watch::Receiver<Vec<(ServiceId, room_core::hand::Consent)>>;

/// The allow-list, and the room's own practice conferences, which are `host:port`.
pub fn table(profile: &Profile, own_conferences: &[String], consents: Consents) -> Table {
    let profile = profile.clone();
    let own: Vec<String> = own_conferences.to_vec();
    Arc::new(move |host, port| {
        if own
            .iter()
            .any(|conference| *conference == format!("{host}:{port}"))
        {
            return Some(Door {
                service: ServiceId::new("practice"),
                front: FrontEnd::Page,
                key: None,
                consent: Consent::Ask,
            });
        }
        profile.host_entry(host, port).map(|entry| {
            let records = |(service, kind): &(ServiceId, room_core::hand::Consent)| {
                *service == entry.service && *kind == room_core::hand::Consent::Recording
            };
            let agreed = consents.borrow().iter().any(records);
            door(entry, if agreed { Consent::Given } else { Consent::Ask })
        })
    })
}

/// A secret is read each time it is needed, so that a renewed one needs no restart.
fn door(entry: &room_profile::AllowedHost, consent: Consent) -> Door {
    use room_profile::FrontEnd as F;
    let said = &entry.door;
    let key = said.secret_file.as_deref().and_then(secret);
    Door {
        service: entry.service.clone(),
        front: match said.front {
            F::Auto => FrontEnd::Auto,
            F::Greenlight3 => FrontEnd::Greenlight3,
            F::Greenlight2 => FrontEnd::Greenlight2,
            F::Pilos => FrontEnd::Pilos,
            F::BbbApi => FrontEnd::BbbApi,
            F::Page => FrontEnd::Page,
        },
        key: key.map(|secret| Key::new(secret, checksum(said.checksum))),
        consent,
    }
}

fn checksum(choice: ChecksumChoice) -> Option<Checksum> {
    match choice {
        ChecksumChoice::BySecret => None,
        ChecksumChoice::Sha1 => Some(Checksum::Sha1),
        ChecksumChoice::Sha256 => Some(Checksum::Sha256),
        ChecksumChoice::Sha384 => Some(Checksum::Sha384),
        ChecksumChoice::Sha512 => Some(Checksum::Sha512),
    }
}

fn secret(file: &Path) -> Option<Private> {
    let mut line = String::new();
    let read = File::open(file)
        .and_then(|opened| BufReader::new(opened.take(LONGEST_SECRET)).read_line(&mut line));
    let secret = line.trim();
    match read {
        Ok(_) if !secret.is_empty() => Some(Private::new(secret)),
        Ok(_) => {
            warn!(file = %file.display(), "the file of a shared secret is empty");
            None
        }
        Err(error) => {
            warn!(file = %file.display(), %error, "a shared secret cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_profile::AllowedHost;

    fn profile(consent: &str) -> Profile {
        let room = format!(
            "[room]\nname = \"R\"\n[hosts]\n\"bbb.example.org\" = \"bbb\"\n[consent]\n{consent}\n"
        );
        let sources = room_profile::Sources {
            room: room_profile::SourceFile::new("room.toml", &*room),
            board: None,
            boards: Vec::new(),
            ptz_models: Vec::new(),
            camera_models: Vec::new(),
            audio_models: Vec::new(),
            display_models: Vec::new(),
            services: vec!["bbb".to_owned(), "jitsi".to_owned()],
            folder: "/etc/roomd".into(),
        };
        room_profile::check(&sources).expect("a profile")
    }

    #[test]
    fn a_contract_may_agree_to_recordings_where_the_operator_did_for_the_service() {
        let consent = |given: &str| {
            let profile = profile(given);
            let (_now, consents) = watch::channel(profile.plan.consents.clone());
            table(&profile, &[], consents)("bbb.example.org", 443).map(|door| door.consent)
        };
        assert_eq!(consent(""), Some(Consent::Ask));
        assert_eq!(consent("bbb = [\"terms\"]"), Some(Consent::Ask));
        assert_eq!(consent("jitsi = [\"recording\"]"), Some(Consent::Ask));
        assert_eq!(consent("bbb = [\"recording\"]"), Some(Consent::Given));
    }

    #[test]
    fn what_is_agreed_to_later_counts_from_then_on() {
        let profile = profile("");
        let (now, consents) = watch::channel(profile.plan.consents.clone());
        let table = table(&profile, &[], consents);
        let consent = || table("bbb.example.org", 443).map(|door| door.consent);
        assert_eq!(consent(), Some(Consent::Ask));
        now.send_replace(super::tests::profile("bbb = [\"recording\"]").plan.consents);
        assert_eq!(consent(), Some(Consent::Given));
    }

    #[test]
    fn the_secret_is_the_first_line_and_a_renewed_one_counts_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bbb");
        let mut entry = AllowedHost::parse("bbb.example.org", ServiceId::new("bbb")).unwrap();
        entry.door.secret_file = Some(file.clone());
        assert_eq!(door(&entry, Consent::Ask).key, None, "there is no file");
        for text in ["one\n# a note\n", "two"] {
            std::fs::write(&file, text).unwrap();
            let want = Key::new(Private::new(&text[..3]), None);
            assert_eq!(door(&entry, Consent::Ask).key, Some(want));
        }
    }
}
