//! The server's own certificate authority: made at the first start, kept in the state folder or in the store that servers share, signs
//! the server's certificate and those of rooms. Knows no people; whom it signs for is decided elsewhere.
//!
//! Invariant: a room's certificate names the tenant and the room as the server says, never as the request did.

mod request;
mod rooms;
mod shared;

pub use request::{BadRequest, Request};
pub use rooms::{Peer, RoomCertificate, peer_of};
pub use shared::KIND;

use crate::kept;
use crate::store::StoreError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const FILE: &str = "authority.json";
const VERSION: u32 = 1;
const DAY: u64 = 24 * 3600;
const CA_DAYS: u64 = 20 * 365;
/// Browsers take no more than 398; the key stays the same over all renewals.
const SERVER_DAYS: u64 = 90;
/// For clocks of rooms that are slow.
const BACKDATED_DAYS: u64 = 2;
/// A room that a network cut off for months comes back by itself; what turns a room out is the list of serials, not the end of this.
pub(crate) const ROOM_DAYS: u64 = 365;

/// The authority, open for use.
pub struct Authority {
    ca_name: String,
    ca_key: KeyPair,
    ca_der: Vec<u8>,
    server_key: KeyPair,
    names: Vec<String>,
    home: Home,
}

/// Where an authority is kept.
enum Home {
    /// In a file of this server alone.
    File(PathBuf),
    /// In the store that servers share; the server's certificate as it was read there last.
    Shared(Mutex<KeptServer>),
}

/// A certificate of the server, in use.
#[derive(Debug, Clone)]
pub struct Serving {
    /// What those who come are shown (DER); enrolment codes are made of it.
    pub certificate_der: Vec<u8>,
    /// To serve with.
    pub config: Arc<rustls::ServerConfig>,
}

/// Why there is no authority, or it did not sign.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Its file.
    #[error("{path}: the certificate authority cannot be kept")]
    State {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store that servers share.
    #[error("the certificate authority in the store: {0}")]
    Store(#[from] StoreError),
    /// What is in the file, or asked of it.
    #[error("the certificate authority failed: {0}")]
    Certificate(String),
}

pub(crate) fn certificate(error: impl fmt::Display) -> AuthorityError {
    AuthorityError::Certificate(error.to_string())
}

/// What is kept, all or nothing.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    ca_name: String,
    ca_key_pem: String,
    ca_der: String,
    server_key_pem: String,
    server: Option<KeptServer>,
}

/// The server's certificate, kept so that a restart changes no code of an open enrolment.
#[derive(Clone, Serialize, Deserialize)]
struct KeptServer {
    names: Vec<String>,
    made_s: u64,
    der: String,
}

impl KeptServer {
    fn is_young(&self, now: SystemTime) -> bool {
        (self.made_s..self.made_s + SERVER_DAYS / 3 * DAY).contains(&seconds(now))
    }
}

impl Authority {
    /// Opens the authority of a state folder, or makes one. `names` are the server's host names and addresses.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood, or a name is neither host name nor address.
    pub fn open(state: &Path, names: &[String], now: SystemTime) -> Result<Self, AuthorityError> {
        let path = state.join(FILE);
        let failed = |source| AuthorityError::State {
            path: path.clone(),
            source,
        };
        let kept: Kept = match kept::read(&path).map_err(failed)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| failed(e.into()))?,
            None => {
                let made = make(now)?;
                let json = serde_json::to_vec(&made).map_err(certificate)?;
                kept::write(&path, &json).map_err(failed)?;
                made
            }
        };
        if kept.version != VERSION {
            return Err(certificate(format!(
                "version {} is not known",
                kept.version
            )));
        }
        Authority::of(&kept, names, Home::File(path))
    }

    fn of(kept: &Kept, names: &[String], home: Home) -> Result<Self, AuthorityError> {
        Ok(Authority {
            ca_key: KeyPair::from_pem(&kept.ca_key_pem).map_err(certificate)?,
            ca_der: STANDARD.decode(&kept.ca_der).map_err(certificate)?,
            server_key: KeyPair::from_pem(&kept.server_key_pem).map_err(certificate)?,
            ca_name: kept.ca_name.clone(),
            names: names.to_vec(),
            home,
        })
    }

    /// The certificate that is kept, or a fresh one when that has other names or a third of its time behind it.
    fn kept_certificate(&self, now: SystemTime) -> Result<Vec<u8>, AuthorityError> {
        let file = match &self.home {
            Home::File(file) => file,
            Home::Shared(server) => {
                let server = server.lock().unwrap_or_else(PoisonError::into_inner);
                return STANDARD.decode(&server.der).map_err(certificate);
            }
        };
        let state = |source| AuthorityError::State {
            path: file.clone(),
            source,
        };
        let bytes = kept::read(file).map_err(state)?;
        let mut kept: Kept =
            serde_json::from_slice(&bytes.unwrap_or_default()).map_err(|e| state(e.into()))?;
        let good = kept
            .server
            .as_ref()
            .filter(|server| server.names == self.names && server.is_young(now));
        if let Some(server) = good {
            return STANDARD.decode(&server.der).map_err(certificate);
        }
        let server = self.server_certificate(self.names.clone(), now)?;
        let der = STANDARD.decode(&server.der).map_err(certificate)?;
        kept.server = Some(server);
        let json = serde_json::to_vec(&kept).map_err(certificate)?;
        kept::write(file, &json).map_err(state)?;
        Ok(der)
    }

    /// The authority's own certificate (DER), which rooms and browsers are told to trust.
    #[must_use]
    pub fn ca_der(&self) -> &[u8] {
        &self.ca_der
    }

    /// The same as text.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        pem("CERTIFICATE", &self.ca_der)
    }

    /// A certificate of the server that is good for a month at least, and what to serve with it. Who comes may show a room's
    /// certificate and need not.
    ///
    /// # Errors
    /// When a certificate cannot be made.
    pub fn serving(&self, now: SystemTime) -> Result<Serving, AuthorityError> {
        let ca = CertificateDer::from(self.ca_der.clone());
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).map_err(certificate)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()
                .map_err(certificate)?;
        let certificate_der = self.kept_certificate(now)?;
        let leaf = CertificateDer::from(certificate_der.clone());
        let key = PrivatePkcs8KeyDer::from(self.server_key.serialize_der()).into();
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(certificate)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![leaf, ca], key)
            .map_err(certificate)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Serving {
            certificate_der,
            config: Arc::new(config),
        })
    }

    fn server_certificate(
        &self,
        names: Vec<String>,
        now: SystemTime,
    ) -> Result<KeptServer, AuthorityError> {
        let mut params = CertificateParams::new(names.clone()).map_err(certificate)?;
        params.distinguished_name = DistinguishedName::new();
        let first = names.first().map_or("fleetd", String::as_str);
        params.distinguished_name.push(DnType::CommonName, first);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        lasting(&mut params, now, SERVER_DAYS);
        let made = params.signed_by(&self.server_key, &self.issuer()?);
        Ok(KeptServer {
            names,
            made_s: seconds(now),
            der: STANDARD.encode(made.map_err(certificate)?.der()),
        })
    }

    pub(crate) fn issuer(&self) -> Result<Issuer<'static, KeyPair>, AuthorityError> {
        let key = KeyPair::try_from(self.ca_key.serialize_der()).map_err(certificate)?;
        Ok(Issuer::new(ca_params(&self.ca_name), key))
    }
}

pub(crate) fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

pub(crate) fn lasting(params: &mut CertificateParams, now: SystemTime, days: u64) {
    let at = |seconds| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    let now = seconds(now);
    params.not_before = at(now.saturating_sub(BACKDATED_DAYS * DAY));
    params.not_after = at(now + days * DAY);
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn make(now: SystemTime) -> Result<Kept, AuthorityError> {
    let ca_name = format!("roomd fleet {}", hex::encode(rand::random::<[u8; 4]>()));
    let key = KeyPair::generate().map_err(certificate)?;
    let mut params = ca_params(&ca_name);
    lasting(&mut params, now, CA_DAYS);
    let ca = params.self_signed(&key).map_err(certificate)?;
    Ok(Kept {
        version: VERSION,
        ca_name,
        ca_key_pem: key.serialize_pem(),
        ca_der: STANDARD.encode(ca.der()),
        server_key_pem: KeyPair::generate().map_err(certificate)?.serialize_pem(),
        server: None,
    })
}

#[cfg(test)]
mod tests;
