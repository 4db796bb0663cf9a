//! The way to a host on this machine: one that is well, slow, closed, silent, untrusted, over, or has another time.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use chrono::{Duration as Days, Utc};
use preflight::Trouble;
use preflight::path::{NoLine, NoTls, PathLimits, Way, judge};
use preflight_probe::path::{Host, Patience, look};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;

const PATIENCE: Patience = Patience {
    tries: 5,
    apart: Duration::from_millis(5),
    each: Duration::from_millis(800),
};

/// A certificate of its own for a name, from so many days ago to so many days ahead.
fn certificate(name: &str, days: i64) -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let when = |days: i64| {
        let date = (Utc::now() + Days::days(days)).date_naive();
        let part = |format: &str| date.format(format).to_string().parse::<i32>().unwrap();
        rcgen::date_time_ymd(part("%Y"), part("%m") as u8, part("%d") as u8)
    };
    params.not_before = when(days.min(0) - 30);
    params.not_after = when(days);
    let key = KeyPair::generate().unwrap();
    let signed = params.self_signed(&key).unwrap();
    (signed.der().clone(), key)
}

struct Server {
    port: u16,
    trust: RootCertStore,
}

/// Answers with so many bytes and a date that is so many seconds behind.
async fn server(name: &str, days: i64, behind: i64, bytes: usize) -> Server {
    let (der, key) = certificate(name, days);
    let mut trust = RootCertStore::empty();
    trust.add(der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![der],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let Ok((line, _)) = listener.accept().await else {
                return;
            };
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(line).await else {
                    return;
                };
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let date = (Utc::now() - Days::seconds(behind)).format("%a, %d %b %Y %H:%M:%S GMT");
                let head =
                    format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {bytes}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&vec![b'x'; bytes]).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    Server { port, trust }
}

async fn way(name: &str, port: u16, trust: RootCertStore) -> Way {
    let name = name.to_owned();
    let host = Host {
        name,
        port,
        secret: true,
    };
    look(&host, trust, PATIENCE).await
}

fn troubles(way: &Way) -> Vec<Trouble> {
    judge(way, &PathLimits::default()).troubles
}

#[tokio::test]
async fn a_good_host_has_nothing_against_it_and_all_its_figures() {
    let server = server("localhost", 90, 0, 1 << 20).await;
    let way = way("localhost", server.port, server.trust).await;
    assert_eq!(troubles(&way), []);
    let tls = way.tls.unwrap().unwrap();
    assert!((88..=90).contains(&tls.days.unwrap()), "{:?}", tls.days);
    assert_eq!(way.lines.len(), 5);
    assert!(way.clock_ahead.unwrap().abs() <= 1, "{:?}", way.clock_ahead);
    assert!(way.rate.unwrap() > 2500, "{:?}", way.rate);
}

#[tokio::test]
async fn a_clock_that_is_wrong_and_a_certificate_that_ends_are_said() {
    let server = server("localhost", 3, 600, 10).await;
    let way = way("localhost", server.port, server.trust).await;
    let troubles = troubles(&way);
    let [
        Trouble::CertificateEnds(2 | 3),
        Trouble::ClockWrong(599..=603),
    ] = troubles[..]
    else {
        panic!("{troubles:?}");
    };
    assert_eq!(way.rate, None, "ten bytes tell nothing");
}

#[tokio::test]
async fn a_certificate_of_another_name_of_nobody_or_over_is_told_apart() {
    let other = server("other.example", 90, 0, 10).await;
    let nobody = server("localhost", 90, 0, 10).await;
    let over = server("localhost", -2, 0, 10).await;
    let found = [
        way("localhost", other.port, other.trust.clone()).await.tls,
        way("localhost", nobody.port, other.trust).await.tls,
        way("localhost", over.port, over.trust).await.tls,
    ];
    let expected = [NoTls::Untrusted, NoTls::Untrusted, NoTls::Over];
    assert_eq!(found, expected.map(|why| Some(Err(why))));
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_said_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let began = Instant::now();
    let closed = way("127.0.0.1", port, RootCertStore::empty()).await;
    assert_eq!(closed.lines, [Err(NoLine::Closed); 3]);
    assert_eq!(troubles(&closed), [Trouble::PathClosed(port)]);
    assert!(began.elapsed() < Duration::from_secs(2));
    let unknown = way("no-such-host.invalid", port, RootCertStore::empty()).await;
    assert_eq!(troubles(&unknown), [Trouble::NameUnknown]);
}

/// A listener whose queue is full answers no further line, as a firewall that drops everything does.
#[tokio::test]
async fn a_black_hole_is_given_up_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    for _ in 0..4 {
        let line = tokio::net::TcpStream::connect(address);
        queued.push(tokio::time::timeout(Duration::from_millis(200), line).await);
    }
    let began = Instant::now();
    let way = way("127.0.0.1", address.port(), RootCertStore::empty()).await;
    assert_eq!(troubles(&way), [Trouble::PathSilent(address.port())]);
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
}

/// One that takes the line and never says a word more.
#[tokio::test]
async fn a_host_that_falls_silent_after_the_line_is_no_secret_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let began = Instant::now();
    let way = way("127.0.0.1", port, RootCertStore::empty()).await;
    assert_eq!(way.tls, Some(Err(NoTls::Fails)));
    assert!(began.elapsed() < Duration::from_secs(4));
    drop(listener);
}
