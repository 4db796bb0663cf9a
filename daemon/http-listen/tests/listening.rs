//! Listeners over real sockets of the loopback.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http_listen::{Listener, Terms, Tls};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

const NAME: &str = "saal2.test";
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: saal2.test\r\n\r\n";

struct Room {
    addr: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<io::Result<()>>,
}

fn open(seats: usize, tls: Option<Tls>) -> Room {
    let router = Router::new().route(
        "/",
        get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("<{peer}>") }),
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let terms = Terms { seats, tls };
    let served = http_listen::serve(
        Listener::tcp(listener).unwrap(),
        router,
        terms,
        stop.clone(),
    );
    Room {
        addr,
        stop,
        served: tokio::spawn(served),
    }
}

/// Asks on a connection that stays open, and reads up to the end of the answer's text.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(ASK).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b">") {
        assert_ne!(stream.read_buf(&mut said).await.unwrap(), 0, "cut off");
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test]
async fn a_peer_is_known_by_its_address() {
    let room = open(1, None);
    let mut stream = TcpStream::connect(room.addr).await.unwrap();
    let own = stream.local_addr().unwrap();
    assert!(ask(&mut stream).await.ends_with(&format!("<{own}>")));
}

#[tokio::test]
async fn a_connection_between_two_requests_ends_with_the_listener() {
    let room = open(1, None);
    let mut stream = TcpStream::connect(room.addr).await.unwrap();
    ask(&mut stream).await;
    room.stop.cancel();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
    room.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(room.addr).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_dropped_and_leaves_its_seat() {
    let room = open(1, None);
    let mut slow = TcpStream::connect(room.addr).await.unwrap();
    slow.write_all(&ASK[..20]).await.unwrap();
    let mut next = TcpStream::connect(room.addr).await.unwrap();
    ask(&mut next).await;
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.unwrap();
    assert!(!String::from_utf8(rest).unwrap().contains(" 200 "));
}

#[tokio::test]
async fn a_socket_file_is_served_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let router = Router::new().route("/", get(|| async { "from the file" }));
    let terms = Terms {
        seats: 1,
        tls: None,
    };
    let stop = CancellationToken::new();
    let served = http_listen::serve(
        Listener::unix(listener).unwrap(),
        router,
        terms,
        stop.clone(),
    );
    let served = tokio::spawn(served);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"from the file") {
        assert_ne!(stream.read_buf(&mut said).await.unwrap(), 0, "cut off");
    }
    stop.cancel();
    served.await.unwrap().unwrap();
}

fn certificate() -> (CertificateDer<'static>, Arc<rustls::ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.der().clone(), Arc::new(config))
}

async fn greet(addr: SocketAddr, trusted: &CertificateDer<'static>) -> io::Result<()> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(addr).await?;
    let name = ServerName::try_from(NAME).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.map(|_| ())
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let ((old, config), (new, renewed)) = (certificate(), certificate());
    let tls = Tls::new(config);
    let room = open(4, Some(tls.clone()));
    greet(room.addr, &old).await.unwrap();
    greet(room.addr, &new).await.unwrap_err();
    tls.renew(renewed);
    greet(room.addr, &new).await.unwrap();
    greet(room.addr, &old).await.unwrap_err();
}
