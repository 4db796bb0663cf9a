//! Owns the room's own certificate: a small authority that can speak only for this room's names and for
//! private addresses (RFC 5280, 4.2.1.10), and a server certificate renewed before it ends. Both live in
//! one private file. Knows nothing of what is served with them.

use crate::error::PracticeError;
use crate::token::write_private;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_listen::Tls;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tracing::{info, warn};

/// The file in the state folder that holds authority, certificate and keys.
pub const FILE: &str = "practice-tls.json";
const VERSION: u32 = 1;
const DAY: u64 = 24 * 60 * 60;
const CA_DAYS: u64 = 3650;
/// Short, because nobody renews by hand; well under the 398 days browsers accept.
const LEAF_DAYS: u64 = 90;
const RENEW_DAYS_BEFORE: u64 = 30;
/// How far back certificates begin, for boards and phones whose clock is behind.
const BACKDATED_DAYS: u64 = 2;
/// How often is looked whether the certificate is due.
const RENEWAL_LOOK: Duration = Duration::from_secs(12 * 60 * 60);

/// The room's certificate as it is now.
#[derive(Clone)]
pub struct OwnCertificate {
    state_dir: PathBuf,
    names: Vec<String>,
    ca_der: Vec<u8>,
    leaf_der: Vec<u8>,
    key_der: Vec<u8>,
    spki_sha256: String,
    expires: SystemTime,
    config: Tls,
}

impl fmt::Debug for OwnCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnCertificate")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl OwnCertificate {
    /// The authority's certificate, for `CACertificates` of a managed policy or for a phone's store.
    #[must_use]
    pub fn ca_der(&self) -> &[u8] {
        &self.ca_der
    }

    /// The server certificate.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        &self.leaf_der
    }

    /// SHA-256 of the server key's SubjectPublicKeyInfo, in base64 as browsers write pins. It stays the
    /// same when the certificate is renewed.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }

    /// When the server certificate ends, if nobody renews it.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// What a listener serves with. Renewals reach it without a restart.
    #[must_use]
    pub fn listener_config(&self) -> Tls {
        self.config.clone()
    }

    /// Renews the certificate if it is due; running listeners take the new one.
    ///
    /// # Errors
    /// As [`own_certificate`].
    pub fn renew_if_due(&mut self, now: SystemTime) -> Result<Renewal, PracticeError> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let fresh = own_certificate_at(&self.state_dir, &names, now)?;
        if fresh.leaf_der == self.leaf_der {
            return Ok(Renewal::NotDue);
        }
        self.config
            .renew(server_config(&fresh.leaf_der, &fresh.key_der)?);
        let config = self.config.clone();
        *self = Self { config, ..fresh };
        Ok(Renewal::Renewed)
    }

    /// Renews it whenever it is due, for as long as the room runs.
    pub async fn keep_fresh(mut self) {
        loop {
            tokio::time::sleep(RENEWAL_LOOK).await;
            match self.renew_if_due(SystemTime::now()) {
                Ok(Renewal::Renewed) => info!(expires = ?self.expires, "certificate renewed"),
                Ok(Renewal::NotDue) => {}
                Err(error) => warn!(%error, "certificate not renewed"),
            }
        }
    }
}

/// Whether a certificate was renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// There is a new one.
    Renewed,
    /// The old one is good for a while.
    NotDue,
}

/// What is kept, all or nothing, in one file of mode 0600.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    ca_name: String,
    /// What the authority may speak for besides private addresses and local domains.
    ca_names: Vec<String>,
    ca_expires: u64,
    ca_key_pem: String,
    ca_der: String,
    leaf_names: Vec<String>,
    leaf_expires: u64,
    leaf_key_pem: String,
    leaf_der: String,
}

/// Reads the certificate kept in `state_dir`, or makes authority and certificate for `names` (host names
/// and IP addresses). Makes a new certificate when the old one ends within 30 days or the names have
/// changed, and a new authority only when the old one ends or may not speak for a new name.
///
/// # Errors
/// When the file cannot be read or written, is damaged, or a name is not a host name or address.
pub fn own_certificate(state_dir: &Path, names: &[&str]) -> Result<OwnCertificate, PracticeError> {
    own_certificate_at(state_dir, names, SystemTime::now())
}

fn own_certificate_at(
    state_dir: &Path,
    names: &[&str],
    now: SystemTime,
) -> Result<OwnCertificate, PracticeError> {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort();
    names.dedup();
    let path = state_dir.join(FILE);
    let (kept, changed) = match read(&path)? {
        Some(kept) if !ca_serves(&kept, &names, now) => (make_all(&names, now)?, true),
        Some(kept) if !leaf_serves(&kept, &names, now) => (renew_leaf(kept, &names, now)?, true),
        Some(kept) => (kept, false),
        None => (make_all(&names, now)?, true),
    };
    if changed {
        let json = serde_json::to_vec(&kept).map_err(certificate)?;
        write_private(&path, &json).map_err(|source| PracticeError::State { path, source })?;
    }
    opened(state_dir, names, &kept)
}

fn certificate(error: impl fmt::Display) -> PracticeError {
    PracticeError::Certificate(error.to_string())
}

fn read(path: &Path) -> Result<Option<Kept>, PracticeError> {
    let failed = |source| PracticeError::State {
        path: PathBuf::from(path),
        source,
    };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let kept: Kept = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    if kept.version == VERSION {
        Ok(Some(kept))
    } else {
        let why = format!("version {} is not known", kept.version);
        Err(failed(io::Error::new(io::ErrorKind::InvalidData, why)))
    }
}

/// A certificate must not outlive its authority, so that one has to last as long.
fn ca_serves(kept: &Kept, names: &[String], now: u64) -> bool {
    let permitted = |name: &String| is_always_permitted(name) || kept.ca_names.contains(name);
    kept.ca_expires > now + LEAF_DAYS * DAY && names.iter().all(permitted)
}

fn leaf_serves(kept: &Kept, names: &[String], now: u64) -> bool {
    kept.leaf_names == names && kept.leaf_expires > now + RENEW_DAYS_BEFORE * DAY
}

const LOCAL_DOMAINS: [&str; 6] = [
    "localhost",
    "local",
    "lan",
    "internal",
    "home.arpa",
    "fritz.box",
];
/// RFC 1918, 3927, 6598; loopback; RFC 4193, link-local.
const PRIVATE_V4: [([u8; 4], u8); 6] = [
    ([10, 0, 0, 0], 8),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([169, 254, 0, 0], 16),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
];
const PRIVATE_V6: [(u16, u8); 2] = [(0xfc00, 7), (0xfe80, 10)];

fn is_always_permitted(name: &str) -> bool {
    if let Ok(address) = name.parse::<IpAddr>() {
        return is_private(address);
    }
    let within = |domain: &str| name == domain || name.ends_with(&format!(".{domain}"));
    LOCAL_DOMAINS.into_iter().any(within)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => PRIVATE_V4.iter().any(|(net, bits)| {
            let mask = u32::MAX << (32 - bits);
            v4.to_bits() & mask == u32::from_be_bytes(*net)
        }),
        IpAddr::V6(v6) => {
            let within =
                |(net, bits): &(u16, u8)| v6.segments()[0] & (u16::MAX << (16 - bits)) == *net;
            v6.is_loopback() || PRIVATE_V6.iter().any(within)
        }
    }
}

fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let domain = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let subnet = |address: IpAddr, bits| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    };
    let mut all: Vec<_> = LOCAL_DOMAINS.iter().map(|name| domain(name)).collect();
    all.extend(
        PRIVATE_V4
            .iter()
            .map(|(net, bits)| subnet(IpAddr::from(*net), *bits)),
    );
    let v6 = |net: u16| IpAddr::from([net, 0, 0, 0, 0, 0, 0, 0]);
    all.extend(PRIVATE_V6.iter().map(|(net, bits)| subnet(v6(*net), *bits)));
    all.push(subnet(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 128));
    for name in names.iter().filter(|name| !is_always_permitted(name)) {
        all.push(match name.parse::<IpAddr>() {
            Ok(address) => subnet(address, if address.is_ipv4() { 32 } else { 128 }),
            Err(_) => domain(name),
        });
    }
    all
}

fn lasting(params: &mut CertificateParams, now: u64, until: u64) {
    let at = |seconds| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = at(now.saturating_sub(BACKDATED_DAYS * DAY));
    params.not_after = at(until);
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn make_all(names: &[String], now: u64) -> Result<Kept, PracticeError> {
    let ca_name = format!("roomd room {}", hex::encode(rand::random::<[u8; 4]>()));
    let key = KeyPair::generate().map_err(certificate)?;
    let ca_expires = now + CA_DAYS * DAY;
    let mut params = ca_params(&ca_name);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(names),
        excluded_subtrees: Vec::new(),
    });
    lasting(&mut params, now, ca_expires);
    let ca = params.self_signed(&key).map_err(certificate)?;
    let kept = Kept {
        version: VERSION,
        ca_name,
        ca_names: names.to_vec(),
        ca_expires,
        ca_key_pem: key.serialize_pem(),
        ca_der: STANDARD.encode(ca.der()),
        leaf_names: Vec::new(),
        leaf_expires: 0,
        leaf_key_pem: KeyPair::generate().map_err(certificate)?.serialize_pem(),
        leaf_der: String::new(),
    };
    renew_leaf(kept, names, now)
}

fn renew_leaf(kept: Kept, names: &[String], now: u64) -> Result<Kept, PracticeError> {
    let leaf_expires = now + LEAF_DAYS * DAY;
    let leaf = sign_leaf(&kept, names, (now, leaf_expires))?;
    let leaf_der = STANDARD.encode(leaf.der());
    Ok(Kept {
        leaf_names: names.to_vec(),
        leaf_expires,
        leaf_der,
        ..kept
    })
}

fn sign_leaf(
    kept: &Kept,
    names: &[String],
    span: (u64, u64),
) -> Result<Certificate, PracticeError> {
    let ca_key = KeyPair::from_pem(&kept.ca_key_pem).map_err(certificate)?;
    let leaf_key = KeyPair::from_pem(&kept.leaf_key_pem).map_err(certificate)?;
    let mut params = CertificateParams::new(names.to_vec()).map_err(certificate)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    let first = names.first().map_or("room", String::as_str);
    params.distinguished_name.push(DnType::CommonName, first);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    lasting(&mut params, span.0, span.1);
    params
        .signed_by(&leaf_key, &Issuer::new(ca_params(&kept.ca_name), ca_key))
        .map_err(certificate)
}

fn opened(
    state_dir: &Path,
    names: Vec<String>,
    kept: &Kept,
) -> Result<OwnCertificate, PracticeError> {
    let ca_der = STANDARD.decode(&kept.ca_der).map_err(certificate)?;
    let leaf_der = STANDARD.decode(&kept.leaf_der).map_err(certificate)?;
    let key = KeyPair::from_pem(&kept.leaf_key_pem).map_err(certificate)?;
    let key_der = key.serialize_der();
    Ok(OwnCertificate {
        state_dir: state_dir.to_owned(),
        names,
        spki_sha256: STANDARD.encode(Sha256::digest(key.subject_public_key_info())),
        expires: SystemTime::UNIX_EPOCH + Duration::from_secs(kept.leaf_expires),
        config: Tls::new(server_config(&leaf_der, &key_der)?),
        ca_der,
        leaf_der,
        key_der,
    })
}

fn server_config(
    leaf_der: &[u8],
    key_der: &[u8],
) -> Result<Arc<rustls::ServerConfig>, PracticeError> {
    let chain = vec![CertificateDer::from(leaf_der.to_vec())];
    let key = PrivatePkcs8KeyDer::from(key_der.to_vec()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(certificate)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(certificate)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::{ServerName, UnixTime};
    use std::os::unix::fs::PermissionsExt as _;

    const NAMES: [&str; 3] = ["room-207.rathaus.example", "192.168.7.9", "localhost"];

    fn at(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs((20_000 + days) * DAY)
    }

    fn trusts(own: &OwnCertificate, name: &str, now: SystemTime) -> Result<(), rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from(own.ca_der().to_vec()))
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let leaf = CertificateDer::from(own.leaf_der().to_vec());
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap());
        builder
            .build()
            .unwrap()
            .verify_server_cert(&leaf, &[], &name, &[], now)
            .map(|_| ())
    }

    #[test]
    fn a_client_that_trusts_the_room_accepts_its_names_only() {
        let folder = tempfile::tempdir().unwrap();
        let own = own_certificate_at(folder.path(), &NAMES, at(0)).unwrap();
        for name in NAMES {
            assert_eq!(trusts(&own, name, at(1)), Ok(()), "{name}");
        }
        assert!(trusts(&own, "elsewhere.example", at(1)).is_err());
        assert!(trusts(&own, NAMES[0], at(91)).is_err());
    }

    #[test]
    fn the_authority_cannot_speak_for_the_rest_of_the_world() {
        let folder = tempfile::tempdir().unwrap();
        own_certificate_at(folder.path(), &NAMES, at(0)).unwrap();
        let kept = read(&folder.path().join(FILE)).unwrap().unwrap();
        let stolen = ["bank.example".to_owned()];
        let now = 20_000 * DAY;
        let leaf = sign_leaf(&kept, &stolen, (now, now + DAY)).unwrap();
        let mut own = opened(folder.path(), Vec::new(), &kept).unwrap();
        own.leaf_der = leaf.der().to_vec();
        let refused = trusts(&own, "bank.example", at(0)).unwrap_err().to_string();
        assert!(refused.contains("NameConstraint"), "{refused}");
    }

    #[test]
    fn it_is_kept_private_and_renewed_before_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = own_certificate_at(folder.path(), &NAMES, at(0)).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut own = own_certificate_at(folder.path(), &NAMES, at(59)).unwrap();
        assert_eq!(own.leaf_der(), first.leaf_der());
        assert_eq!(own.renew_if_due(at(59)).unwrap(), Renewal::NotDue);
        assert_eq!(own.renew_if_due(at(61)).unwrap(), Renewal::Renewed);
        assert_ne!(own.leaf_der(), first.leaf_der());
        assert_eq!(
            (own.ca_der(), own.spki_sha256()),
            (first.ca_der(), first.spki_sha256())
        );
        assert_eq!(trusts(&own, NAMES[0], at(150)), Ok(()));
    }

    #[test]
    fn a_new_private_address_keeps_the_authority_and_a_new_public_name_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = own_certificate_at(folder.path(), &NAMES, at(0)).unwrap();
        let moved = own_certificate_at(folder.path(), &["10.4.4.4", "raum.local"], at(1)).unwrap();
        assert_eq!(moved.ca_der(), first.ca_der());
        assert_eq!(trusts(&moved, "10.4.4.4", at(2)), Ok(()));
        assert_eq!(trusts(&moved, "raum.local", at(2)), Ok(()));
        let renamed = own_certificate_at(folder.path(), &["raum.example"], at(1)).unwrap();
        assert_ne!(renamed.ca_der(), first.ca_der());
        assert_eq!(trusts(&renamed, "raum.example", at(2)), Ok(()));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "{\"version\":1").unwrap();
        let said = own_certificate(folder.path(), &NAMES)
            .unwrap_err()
            .to_string();
        assert!(said.contains(FILE), "{said}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"version\":1");
    }
}
