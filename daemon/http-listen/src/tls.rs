//! Owns the certificate that a listener serves with, and its change while it serves.

use rustls::{ServerConfig, ServerConnection};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A certificate in use. Clones are the same one: what is renewed in one place is served everywhere.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// The certificate (DER) that a client has shown and that [`Tls`]'s verifier has accepted; with each request of its connection as an
/// extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate(pub Arc<[u8]>);

impl PeerCertificate {
    pub(crate) fn of(connection: &ServerConnection) -> Option<Self> {
        let shown = connection.peer_certificates()?.first()?;
        Some(Self(Arc::from(shown.as_ref())))
    }
}

impl Tls {
    /// Serves with `config`, which names the certificate and the protocols offered.
    #[must_use]
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self(Arc::new(RwLock::new(config)))
    }

    /// Serves new connections with `config` from now on.
    pub fn renew(&self, config: Arc<ServerConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(crate) fn now(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
