//! Who a room is to its fleet: its key, its certificate, and the authority that it believes. Types and their checks; whoever owns the
//! room's files keeps them. The key is made in the room and never leaves it.

use crate::server::Server;
use core::fmt;
use fleet_proto::{Approved, RoomId, TenantId};
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The room's own key, PEM (P-256).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomKey(String);

impl fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<key>")
    }
}

/// Whose a room is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The fleet server.
    pub server: Server,
    /// The room's id.
    pub room: RoomId,
    /// Whose room it is.
    pub tenant: TenantId,
    /// The room's certificate and what stands above it, PEM.
    pub certificate_pem: String,
    /// The authority that the server's certificate must come from, PEM.
    pub authority_pem: String,
}

/// Why papers are no good.
#[derive(Debug, thiserror::Error)]
pub enum PapersError {
    /// No key can be made or read.
    #[error("the room's key cannot be used: {0}")]
    Key(#[from] rcgen::Error),
    /// A certificate cannot be read.
    #[error("{0} cannot be read as a certificate")]
    Certificate(&'static str),
    /// The certificate is another key's.
    #[error("the certificate that the server gave is not for this room's key")]
    ForeignKey,
    /// The certificate does not name the room that the server named.
    #[error("the certificate that the server gave is for another room than it says")]
    ForeignRoom,
    /// TLS does not take them.
    #[error("certificates do not fit together: {0}")]
    Tls(#[from] rustls::Error),
    /// The authority cannot be one.
    #[error("the authority's certificate cannot be used: {0}")]
    Authority(#[from] rustls::client::VerifierBuilderError),
}

impl RoomKey {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, PapersError> {
        Ok(Self(KeyPair::generate()?.serialize_pem()))
    }

    fn pair(&self) -> Result<KeyPair, PapersError> {
        Ok(KeyPair::from_pem(&self.0)?)
    }

    /// A request for a certificate, PEM. It names nobody: who the room is says the server.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn request(&self) -> Result<String, PapersError> {
        let pair = self.pair()?;
        Ok(CertificateParams::default()
            .serialize_request(&pair)?
            .pem()?)
    }

    /// The public key, as in a certificate: DER of SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn public_key(&self) -> Result<Vec<u8>, PapersError> {
        Ok(self.pair()?.subject_public_key_info())
    }

    /// TLS as this member: only the fleet's authority is believed, nobody's else.
    ///
    /// # Errors
    /// When papers do not fit together.
    pub fn tls(&self, member: &Membership) -> Result<ClientConfig, PapersError> {
        let chain = certificates(&member.certificate_pem, "the room's certificate")?;
        let key = PrivateKeyDer::from_pem_slice(self.0.as_bytes())
            .map_err(|_| PapersError::Certificate("the room's key"))?;
        let roots = roots(&member.authority_pem)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        Ok(config)
    }
}

impl Membership {
    /// What the server approved, held against the room's key.
    ///
    /// # Errors
    /// When the server gave something that does not fit.
    pub fn of(server: Server, approved: Approved, key: &RoomKey) -> Result<Self, PapersError> {
        let member = Membership {
            server,
            room: approved.room,
            tenant: approved.tenant,
            certificate_pem: approved.certificate_pem,
            authority_pem: approved.authority_pem,
        };
        member.is_for(key)?;
        key.tls(&member)?;
        Ok(member)
    }

    /// Holds the certificate that the server showed against the authority that it gave. From now on nothing else is believed, so a
    /// server that could not be reached afterwards is refused now.
    ///
    /// # Errors
    /// When the certificate is another authority's, or for another name.
    pub fn believes(&self, shown: &[u8], now: UnixTime) -> Result<(), PapersError> {
        let roots = Arc::new(roots(&self.authority_pem)?);
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider).build()?;
        let shown = CertificateDer::from(shown);
        verifier.verify_server_cert(&shown, &[], &self.server.name(), &[], now)?;
        Ok(())
    }

    /// The same with a renewed certificate.
    ///
    /// # Errors
    /// When it is for another key or another room.
    pub fn renewed(&self, certificate_pem: String, key: &RoomKey) -> Result<Self, PapersError> {
        let member = Membership {
            certificate_pem,
            ..self.clone()
        };
        member.is_for(key)?;
        key.tls(&member)?;
        Ok(member)
    }

    /// When the certificate shall be renewed: two thirds of its life are over. Seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn renew_at_s(&self) -> Result<i64, PapersError> {
        self.look(|certificate| {
            let life = certificate.validity();
            let (from, to) = (life.not_before.timestamp(), life.not_after.timestamp());
            from + (to - from) / 3 * 2
        })
    }

    fn is_for(&self, key: &RoomKey) -> Result<(), PapersError> {
        let (public, name) = self.look(|certificate| {
            let name = certificate.subject().iter_common_name().next();
            let name = name.and_then(|name| name.as_str().ok()).map(str::to_owned);
            (certificate.public_key().raw.to_vec(), name)
        })?;
        if public != key.public_key()? {
            return Err(PapersError::ForeignKey);
        }
        if name.as_deref() != Some(self.room.as_str()) {
            return Err(PapersError::ForeignRoom);
        }
        Ok(())
    }

    fn look<T>(&self, at: impl FnOnce(&X509Certificate<'_>) -> T) -> Result<T, PapersError> {
        const WHAT: &str = "the room's certificate";
        let chain = certificates(&self.certificate_pem, WHAT)?;
        let first = chain.first().ok_or(PapersError::Certificate(WHAT))?;
        let (_, certificate) =
            X509Certificate::from_der(first).map_err(|_| PapersError::Certificate(WHAT))?;
        Ok(at(&certificate))
    }
}

fn roots(pem: &str) -> Result<RootCertStore, PapersError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, "the authority's certificate")? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

fn certificates(
    pem: &str,
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, PapersError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) | Err(_) => Err(PapersError::Certificate(what)),
    }
}
