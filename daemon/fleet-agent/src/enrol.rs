//! Asking to be taken in. The room believes no certificate yet; it notes the one that it sees, holds on to it, and its code binds it.
//! Knows no display: whoever begins this shows the code.

use crate::link::{Proxy, http};
use crate::papers::{Membership, PapersError, RoomKey};
use crate::server::Server;
use core::fmt;
use core::time::Duration;
use fleet_proto::{BoundedText, ENROL_PATH, EnrolAnswer, EnrolRequest, EnrolTicket, code};
use reqwest::{Client, StatusCode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// A request that the server holds; can be kept over a restart.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrolment {
    /// Where.
    pub server: Server,
    /// What the room shows, and the administrator compares.
    pub code: String,
    /// The room's key, made for this request: whoever sits between and knew it beforehand could look for a certificate with which both
    /// sides show the same code.
    pub key: RoomKey,
    ticket: EnrolTicket,
    /// The certificate that the server showed, DER; from now on it must show the same one.
    certificate: Vec<u8>,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Enrolment");
        out.field("server", &self.server).finish_non_exhaustive()
    }
}

/// What a room says of itself when it asks.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// The room's name.
    pub name: BoundedText,
    /// The daemon's version.
    pub software: BoundedText,
    /// The board's slug.
    pub board: Option<BoundedText>,
}

/// How a request stands.
#[derive(Debug)]
pub enum Standing {
    /// Ask again after this.
    Waiting(Duration),
    /// It was refused, or is forgotten.
    Refused,
    /// Taken in.
    Member(Box<Membership>),
}

/// Why a room cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The server did not answer, or not as one does.
    #[error("the fleet server at {server} cannot be asked: {source}")]
    Unreached {
        /// Where.
        server: String,
        /// What happened.
        source: reqwest::Error,
    },
    /// The server answered something else.
    #[error("{server} answered {status}: is this a fleet server, and does it take in rooms?")]
    Declined {
        /// Where.
        server: String,
        /// What it answered.
        status: StatusCode,
    },
    /// It showed no certificate, which cannot be.
    #[error("{0} showed no certificate")]
    NoCertificate(String),
    /// The room's key, or what the server gave.
    #[error(transparent)]
    Papers(#[from] PapersError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Enrolment {
    /// Asks.
    ///
    /// # Errors
    /// See [`EnrolError`].
    pub async fn begin(
        server: Server,
        applicant: Applicant,
        proxy: Option<&Proxy>,
    ) -> Result<Self, EnrolError> {
        let pin = Arc::new(Pin::new(None));
        let client = client(&pin, proxy, &server)?;
        let key = RoomKey::generate()?;
        let request = EnrolRequest {
            csr_pem: key.request()?,
            name: applicant.name,
            software: applicant.software,
            board: applicant.board,
        };
        let answer = client
            .post(server.at(ENROL_PATH))
            .json(&request)
            .send()
            .await;
        let ticket: EnrolTicket = read(&server, answer).await?;
        let certificate = pin
            .seen()
            .ok_or(EnrolError::NoCertificate(server.to_string()))?;
        Ok(Self {
            code: code(&key.public_key()?, &certificate),
            key,
            server,
            ticket,
            certificate,
        })
    }

    /// For how long the server keeps the request, less a pause between two questions; a minute at least, a day at most.
    pub fn lasts(&self) -> Duration {
        let ticket = &self.ticket;
        let seconds = ticket
            .lasts_s
            .saturating_sub(ticket.poll_s.saturating_mul(2));
        Duration::from_secs(u64::from(seconds.clamp(60, 86_400)))
    }

    /// Asks how it went.
    ///
    /// # Errors
    /// See [`EnrolError`]; the request stands all the same, ask again later.
    pub async fn ask(&self, proxy: Option<&Proxy>) -> Result<Standing, EnrolError> {
        let pin = Arc::new(Pin::new(Some(self.certificate.clone())));
        let client = client(&pin, proxy, &self.server)?;
        let mut address = self.server.at(ENROL_PATH);
        if let Ok(mut path) = address.path_segments_mut() {
            path.push(&self.ticket.request);
        }
        let answer = client
            .get(address)
            .bearer_auth(&self.ticket.secret)
            .send()
            .await;
        if let Ok(answer) = &answer
            && answer.status() == StatusCode::NOT_FOUND
        {
            return Ok(Standing::Refused);
        }
        Ok(match read(&self.server, answer).await? {
            EnrolAnswer::Waiting {} => Standing::Waiting(Duration::from_secs(
                u64::from(self.ticket.poll_s).clamp(1, 60),
            )),
            EnrolAnswer::Refused {} => Standing::Refused,
            EnrolAnswer::Approved(approved) => {
                let member = Membership::of(self.server.clone(), *approved, &self.key)?;
                member.believes(&self.certificate, UnixTime::now())?;
                Standing::Member(Box::new(member))
            }
        })
    }
}

async fn read<T: serde::de::DeserializeOwned>(
    server: &Server,
    answer: Result<reqwest::Response, reqwest::Error>,
) -> Result<T, EnrolError> {
    let unreached = |source: reqwest::Error| EnrolError::Unreached {
        server: server.to_string(),
        source: source.without_url(),
    };
    let answer = answer.map_err(unreached)?;
    if !answer.status().is_success() {
        return Err(EnrolError::Declined {
            server: server.to_string(),
            status: answer.status(),
        });
    }
    answer.json().await.map_err(unreached)
}

fn client(pin: &Arc<Pin>, proxy: Option<&Proxy>, server: &Server) -> Result<Client, EnrolError> {
    let config = ClientConfig::builder_with_provider(pin.provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(pin.clone())
        .with_no_client_auth();
    http(config, proxy).map_err(|source| EnrolError::Unreached {
        server: server.to_string(),
        source,
    })
}

/// Believes one certificate: the one it was told, else the first that it sees. That the server has its key is checked all the same.
#[derive(Debug)]
struct Pin {
    provider: Arc<CryptoProvider>,
    one: Mutex<Option<Vec<u8>>>,
}

impl Pin {
    fn new(one: Option<Vec<u8>>) -> Self {
        Self {
            provider: Arc::new(ring::default_provider()),
            one: Mutex::new(one),
        }
    }

    fn seen(&self) -> Option<Vec<u8>> {
        self.one
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let one = one.get_or_insert_with(|| end_entity.to_vec());
        if one.as_slice() == end_entity.as_ref() {
            Ok(ServerCertVerified::assertion())
        } else {
            let other = CertificateError::ApplicationVerificationFailure;
            Err(Error::InvalidCertificate(other))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let with = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, with)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let with = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, with)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
