//! A room's request for a certificate: only its key counts, and that it has the key. Knows no authority.

use rcgen::{CertificateSigningRequestParams, PKCS_ECDSA_P256_SHA256, PublicKey, PublicKeyData};
use sha2::{Digest, Sha256};

/// The longest request, in bytes; those of P-256 keys have some 500.
const LONGEST: usize = 4096;

/// A request whose sender has the key.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) key: PublicKey,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// No request for a certificate (PKCS #10, RFC 2986).
    #[error("this is no request for a certificate")]
    Unreadable,
    /// Its signature is not of its key.
    #[error("the request is not signed by its own key")]
    Unsigned,
    /// Another kind of key.
    #[error("only keys on the curve P-256 are signed")]
    OtherKey,
}

impl Request {
    /// Reads a request (PEM).
    ///
    /// # Errors
    /// When it is none, its sender does not have the key, or the key is of another kind.
    pub fn read(pem: &str) -> Result<Request, BadRequest> {
        if pem.len() > LONGEST {
            return Err(BadRequest::Unreadable);
        }
        let read = CertificateSigningRequestParams::from_pem(pem);
        let params = read.map_err(|error| match error {
            rcgen::Error::InvalidCertificationRequestSignature => BadRequest::Unsigned,
            rcgen::Error::UnsupportedSignatureAlgorithm => BadRequest::OtherKey,
            _ => BadRequest::Unreadable,
        })?;
        let key = params.public_key;
        match *key.algorithm() == PKCS_ECDSA_P256_SHA256 {
            true => Ok(Request { key }),
            false => Err(BadRequest::OtherKey),
        }
    }

    /// The public key as certificates carry it (SubjectPublicKeyInfo).
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.key.subject_public_key_info()
    }

    /// SHA-256 of the public key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.public_key()))
    }
}
