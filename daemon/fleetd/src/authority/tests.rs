//! The authority against the checks of the TLS library that browsers' peers use.

use super::*;
use fleet_proto::{RoomId, TenantId};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{ServerName, UnixTime};
use std::os::unix::fs::PermissionsExt as _;

fn at(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((20_000 + days) * DAY)
}

fn unix(at: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds(at)))
}

fn opened(folder: &Path) -> Authority {
    let names = ["fleet.stadt.example".to_owned(), "10.1.2.3".to_owned()];
    Authority::open(folder, &names, at(0)).unwrap()
}

fn request() -> (KeyPair, Request) {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default().serialize_request(&key);
    let request = Request::read(&csr.unwrap().pem().unwrap()).unwrap();
    (key, request)
}

fn whose() -> (TenantId, RoomId) {
    ("own".parse().unwrap(), "saal-2".parse().unwrap())
}

#[test]
fn it_is_made_once_and_kept_closed() {
    let folder = tempfile::tempdir().unwrap();
    let first = opened(folder.path());
    let again = opened(folder.path());
    assert_eq!(first.ca_der(), again.ca_der());
    let key = |authority: &Authority| authority.server_key.serialize_der();
    assert_eq!(key(&first), key(&again));
    let mode = std::fs::metadata(folder.path().join(FILE)).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_restart_shows_the_same_certificate_until_it_ages_or_the_names_change() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |names: &[&str], days| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let authority = Authority::open(folder.path(), &names, at(days)).unwrap();
        authority.serving(at(days)).unwrap().certificate_der
    };
    let first = shown(&["a.example"], 0);
    assert_eq!(shown(&["a.example"], 29), first);
    let aged = shown(&["a.example"], 30);
    assert_ne!(aged, first);
    let named = shown(&["a.example", "b.example"], 31);
    assert_ne!(named, aged);
    assert_eq!(shown(&["a.example", "b.example"], 40), named);
}

#[test]
fn who_trusts_the_authority_trusts_the_server_by_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let authority = opened(folder.path());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.ca_der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().unwrap();
    let made = authority.server_certificate(authority.names.clone(), at(0));
    let leaf = CertificateDer::from(STANDARD.decode(made.unwrap().der).unwrap());
    let trusts = |name: &str, days| {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier
            .verify_server_cert(&leaf, &[], &name, &[], unix(at(days)))
            .is_ok()
    };
    assert!(trusts("fleet.stadt.example", 1) && trusts("10.1.2.3", 89));
    assert!(!trusts("elsewhere.example", 1) && !trusts("10.1.2.3", 91));
}

#[test]
fn a_rooms_certificate_says_whose_it_is_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let authority = opened(folder.path());
    let (_, request) = request();
    let (tenant, room) = whose();
    let signed = authority.sign_room(&request, (&tenant, &room), at(0));
    let signed = signed.unwrap();
    let leaf = CertificateDer::from_pem_slice(signed.certificate_pem.as_bytes()).unwrap();
    let peer = peer_of(&leaf).unwrap();
    assert_eq!((peer.tenant, peer.room), (tenant, room));
    assert_eq!(peer.serial, signed.serial);
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.ca_der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().unwrap();
    let valid = |days| {
        verifier
            .verify_client_cert(&leaf, &[], unix(at(days)))
            .is_ok()
    };
    assert!(valid(0) && valid(ROOM_DAYS - 1) && !valid(ROOM_DAYS + 1));
    assert_eq!(signed.ends, seconds(at(ROOM_DAYS)));
}

#[test]
fn another_authoritys_rooms_are_strangers() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (opened(folder.path()), opened(elsewhere.path()));
    let (_, request) = request();
    let (tenant, room) = whose();
    let signed = there.sign_room(&request, (&tenant, &room), at(0)).unwrap();
    let leaf = CertificateDer::from_pem_slice(signed.certificate_pem.as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(here.ca_der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let checked = verifier
        .build()
        .unwrap()
        .verify_client_cert(&leaf, &[], unix(at(1)));
    assert!(checked.is_err());
}

#[test]
fn a_request_must_be_signed_by_its_own_key_of_the_right_kind() {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default().serialize_request(&key);
    let mut der = csr.unwrap().der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let forged = Request::read(&pem("CERTIFICATE REQUEST", &der)).unwrap_err();
    assert_eq!(forged, BadRequest::Unsigned);
    let other = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let csr = CertificateParams::default().serialize_request(&other);
    let refused = Request::read(&csr.unwrap().pem().unwrap()).unwrap_err();
    assert_eq!(refused, BadRequest::OtherKey);
    for junk in ["", "junk", &"A".repeat(5000)] {
        assert_eq!(Request::read(junk).unwrap_err(), BadRequest::Unreadable);
    }
}

#[test]
fn what_a_request_says_of_itself_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let authority = opened(folder.path());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["bank.example".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "another-room");
    let csr = params.serialize_request(&key).unwrap();
    let request = Request::read(&csr.pem().unwrap()).unwrap();
    let (tenant, room) = whose();
    let signed = authority
        .sign_room(&request, (&tenant, &room), at(0))
        .unwrap();
    let leaf = CertificateDer::from_pem_slice(signed.certificate_pem.as_bytes()).unwrap();
    assert_eq!(peer_of(&leaf).unwrap().room, room);
    let names = String::from_utf8_lossy(&leaf).contains("bank.example");
    assert!(!names, "no name of the request");
}
