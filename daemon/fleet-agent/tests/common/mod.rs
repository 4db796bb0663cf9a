//! A fleet server of one room for these tests: its own authority, TLS that asks for the room's certificate, and a WebSocket.

use fleet_agent::{Membership, RoomKey, Server};
use fleet_proto::{Approved, RoomId};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, DnType,
    IsCa, KeyPair,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub const ROOM: &str = "rathaus-3-14";

/// An authority with a server's certificate for 127.0.0.1.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    certificate: String,
    key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "the fleet's authority");
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let server = KeyPair::generate().expect("a key");
        let names = vec!["127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names)
            .expect("a name")
            .signed_by(&server, &issuer)
            .expect("signed");
        Self {
            certificate: certificate.pem(),
            key: server.serialize_pem(),
            issuer,
        }
    }

    /// The server's certificate, DER.
    pub fn shown(&self) -> Vec<u8> {
        let pem = self.certificate.as_bytes();
        CertificateDer::from_pem_slice(pem).expect("PEM").to_vec()
    }

    pub fn approve(&self, request: &str, name: &str) -> Approved {
        let mut request = CertificateSigningRequestParams::from_pem(request).expect("a request");
        request.params.distinguished_name = rcgen::DistinguishedName::new();
        request
            .params
            .distinguished_name
            .push(DnType::CommonName, name);
        let certificate = request.signed_by(&self.issuer).expect("signed");
        Approved {
            room: name.parse::<RoomId>().expect("a room"),
            tenant: "stadt".parse().expect("a tenant"),
            certificate_pem: certificate.pem(),
            authority_pem: self.issuer.pem(),
        }
    }

    pub fn member(&self, key: &RoomKey, server: Server) -> Membership {
        let approved = self.approve(&key.request().expect("a request"), ROOM);
        Membership::of(server, approved, key).expect("fitting")
    }

    fn tls(&self, rooms_only: bool) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(self.issuer.pem().as_bytes());
        roots.add(authority.expect("PEM")).expect("an authority");
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let verifier = match rooms_only {
            true => verifier,
            false => verifier.allow_unauthenticated(),
        };
        let chain = vec![CertificateDer::from(self.shown())];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("PEM");
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier.build().expect("a verifier"))
            .with_single_cert(chain, key)
            .expect("a certificate")
    }
}

/// Where it listens.
pub struct Listening {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    address: SocketAddr,
}

impl Listening {
    /// `rooms_only`: nobody without a room's certificate.
    pub async fn with(authority: &Authority, rooms_only: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self {
            address: listener.local_addr().expect("an address"),
            listener,
            acceptor: TlsAcceptor::from(Arc::new(authority.tls(rooms_only))),
        }
    }

    pub fn server(&self) -> Server {
        format!("https://{}", self.address)
            .parse()
            .expect("an address")
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection, or why TLS refused it.
    pub async fn next(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (tcp, _) = self.listener.accept().await?;
        self.acceptor.accept(tcp).await
    }
}
