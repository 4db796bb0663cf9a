//! Tries the way to a meeting's host: its name, some lines one after the other, a secret line, its certificate and its clock.
//! Everything is bounded in time; nothing is judged.

use chrono::{DateTime, Utc};
use preflight::path::{NoLine, NoTls, Tls, Way};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// A name or an address, without brackets.
    pub name: String,
    /// 443 for a meeting's page.
    pub port: u16,
    /// Whether a secret line is wanted; a page of this machine alone needs none.
    pub secret: bool,
}

/// How often and how long it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So many lines are opened.
    pub tries: u32,
    /// From one to the next.
    pub apart: Duration,
    /// For the name, for each line, and for each answer.
    pub each: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            tries: 20,
            apart: Duration::from_millis(100),
            each: Duration::from_secs(2),
        }
    }
}

/// After so many silent tries in a row at the beginning, nobody is there.
const NOBODY: usize = 3;
/// Less tells nothing of the rate: a line begins slowly.
const ENOUGH_BYTES: usize = 512 * 1024;
/// So much is read at most, and so long.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const LONGEST_READ: Duration = Duration::from_secs(4);

/// Those whom this machine trusts.
///
/// # Errors
/// When the system has no readable store of them.
pub fn trusted() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(found.certs);
    match (added, found.errors.into_iter().next()) {
        (0, Some(error)) => Err(io::Error::other(error)),
        (0, None) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no certificates are installed; on Debian, install ca-certificates",
        )),
        _ => Ok(store),
    }
}

/// Looks at the way.
pub async fn look(host: &Host, trust: RootCertStore, patience: Patience) -> Way {
    let mut way = Way {
        port: host.port,
        ..Way::default()
    };
    let began = Instant::now();
    let asked = tokio::net::lookup_host((host.name.as_str(), host.port));
    let addresses: Vec<SocketAddr> = match timeout(patience.each * 2, asked).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    if addresses.is_empty() {
        return way;
    }
    way.name = Some(began.elapsed());
    let Some(line) = lines(&mut way, addresses, patience).await else {
        return way;
    };
    if !host.secret {
        return way;
    }
    match secret(host, line, trust, patience.each).await {
        Ok((tls, stream)) => {
            way.tls = Some(Ok(tls));
            answer(&mut way, host, stream, patience.each).await;
        }
        Err(why) => way.tls = Some(Err(why)),
    }
    way
}

/// Opens the lines, and keeps the last that stood.
async fn lines(
    way: &mut Way,
    mut addresses: Vec<SocketAddr>,
    patience: Patience,
) -> Option<TcpStream> {
    let mut kept = None;
    for n in 0..patience.tries {
        if n > 0 {
            sleep(patience.apart).await;
        }
        let mut came = Err(NoLine::Silent);
        for address in addresses.clone() {
            let began = Instant::now();
            came = match timeout(patience.each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    kept = Some(stream);
                    // A host with addresses of both kinds is tried by the one that works.
                    addresses = vec![address];
                    Ok(began.elapsed())
                }
                Ok(Err(_)) => Err(NoLine::Closed),
                Err(_) => Err(NoLine::Silent),
            };
            if came.is_ok() {
                break;
            }
        }
        way.lines.push(came);
        if way.lines.len() >= NOBODY && way.lines.iter().all(Result::is_err) {
            break;
        }
    }
    kept
}

pub(crate) async fn secret(
    host: &Host,
    line: TcpStream,
    trust: RootCertStore,
    patience: Duration,
) -> Result<(Tls, TlsStream<TcpStream>), NoTls> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| NoTls::Fails)?
        .with_root_certificates(trust)
        .with_no_client_auth();
    let name = ServerName::try_from(host.name.clone()).map_err(|_| NoTls::Fails)?;
    let began = Instant::now();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, line);
    let stream = match timeout(patience, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(why(&error)),
        Err(_) => return Err(NoTls::Fails),
    };
    let took = began.elapsed();
    let (_, session) = stream.get_ref();
    let first = session.peer_certificates().and_then(|all| all.first());
    let days = first.and_then(|der| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let left = certificate.validity().not_after.timestamp() - Utc::now().timestamp();
        Some(left.div_euclid(24 * 3600))
    });
    Ok((Tls { took, days }, stream))
}

fn why(error: &io::Error) -> NoTls {
    let inner = error
        .get_ref()
        .and_then(|e| e.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        )) => NoTls::Over,
        Some(rustls::Error::InvalidCertificate(_)) => NoTls::Untrusted,
        Some(_) | None => NoTls::Fails,
    }
}

/// Asks for the host's first page: its date, and, when it is long enough, how fast it came.
async fn answer(way: &mut Way, host: &Host, mut stream: TlsStream<TcpStream>, patience: Duration) {
    let name = match host.name.contains(':') {
        true => format!("[{}]", host.name),
        false => host.name.clone(),
    };
    let asked = format!(
        "GET / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: roomd-preflight\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    let began = Instant::now();
    let written = timeout(patience, stream.write_all(asked.as_bytes())).await;
    if !matches!(written, Ok(Ok(()))) {
        return;
    }
    let (mut head, mut count, mut first) = (Vec::new(), 0, None);
    let mut chunk = vec![0; 16 * 1024];
    let until = began + LONGEST_READ.max(patience);
    while count < MOST_BYTES {
        let left = until.saturating_duration_since(Instant::now());
        let Ok(Ok(n @ 1..)) = timeout(left, stream.read(&mut chunk)).await else {
            break;
        };
        first.get_or_insert_with(Instant::now);
        if head.len() < 64 * 1024 {
            head.extend_from_slice(&chunk[..n]);
        }
        if way.clock_ahead.is_none() {
            way.clock_ahead = date(&head).map(|date| (Utc::now() - date).num_seconds());
        }
        count += n;
    }
    let took = first.map(|first| first.elapsed().as_secs_f64());
    way.rate = took
        .filter(|took| count >= ENOUGH_BYTES && *took > 0.0)
        .map(|took| (count as f64 * 8.0 / 1000.0 / took).min(f64::from(u32::MAX)) as u32);
}

/// The Date of an answer (RFC 9110, 6.6.1).
fn date(head: &[u8]) -> Option<DateTime<Utc>> {
    let text = String::from_utf8_lossy(head);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("date").then_some(value.trim())
    })?;
    Some(DateTime::parse_from_rfc2822(value).ok()?.to_utc())
}
