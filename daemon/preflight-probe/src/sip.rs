//! Asks the server that calls by SIP go through whether it is there: OPTIONS, which every server answers (RFC 3261, 11). What it
//! answers is not judged: one that wants a password, or has no such person, is there too. Everything is bounded in time.

use crate::path::{Host, secret};
use chrono::Utc;
use preflight::path::NoTls;
use rustls::RootCertStore;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout};

/// What carries the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// In the clear; asked again while nothing comes.
    Udp,
    /// In the clear.
    Tcp,
    /// Encrypted, and held against authorities.
    Tls,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an address, without brackets.
    pub name: String,
    /// 5060 in the clear and 5061 encrypted, as a rule.
    pub port: u16,
    /// As the room's client does it.
    pub transport: Transport,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// No name, no line, or no word.
    Silent,
    /// It is there, but the line cannot be made secret.
    Tls(NoTls),
}

/// UDP loses: the first wait for an answer; each further one is twice as long (RFC 3261, T1).
const T1: Duration = Duration::from_millis(500);
/// An answer's head is shorter.
const LONGEST: usize = 64 * 1024;

/// Asks, and says how long the answer took from a standing line.
///
/// # Errors
/// Why none came; `each` bounds the name, the line, and the answer.
pub async fn ask(
    server: &Server,
    trust: RootCertStore,
    each: Duration,
) -> Result<Duration, Unanswered> {
    let found = tokio::net::lookup_host((server.name.as_str(), server.port));
    let Ok(Ok(addresses)) = timeout(each, found).await else {
        return Err(Unanswered::Silent);
    };
    let mut why = Unanswered::Silent;
    for address in addresses {
        match at(server, address, trust.clone(), each).await {
            Ok(took) => return Ok(took),
            Err(now) => why = now,
        }
    }
    Err(why)
}

async fn at(
    server: &Server,
    address: SocketAddr,
    trust: RootCertStore,
    each: Duration,
) -> Result<Duration, Unanswered> {
    if server.transport == Transport::Udp {
        let answered = timeout(each, over_udp(server, address)).await;
        return answered
            .map_err(io::Error::from)
            .flatten()
            .map_err(|_| Unanswered::Silent);
    }
    let Ok(Ok(line)) = timeout(each, TcpStream::connect(address)).await else {
        return Err(Unanswered::Silent);
    };
    let question = line.local_addr().map(|own| Question::new(server, own));
    let question = question.map_err(|_| Unanswered::Silent)?;
    let answered = match server.transport {
        Transport::Tls => {
            let host = Host {
                name: server.name.clone(),
                port: server.port,
                secret: true,
            };
            let (_, stream) = secret(&host, line, trust, each)
                .await
                .map_err(Unanswered::Tls)?;
            timeout(each, over_stream(&question, stream)).await
        }
        Transport::Tcp | Transport::Udp => timeout(each, over_stream(&question, line)).await,
    };
    answered
        .map_err(io::Error::from)
        .flatten()
        .map_err(|_| Unanswered::Silent)
}

async fn over_udp(server: &Server, address: SocketAddr) -> io::Result<Duration> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    let question = Question::new(server, socket.local_addr()?);
    let began = Instant::now();
    let (mut wait, mut bytes) = (T1, vec![0; LONGEST]);
    // Whoever calls ends it.
    loop {
        socket.send(question.text.as_bytes()).await?;
        let until = Instant::now() + wait;
        while let Ok(count) = tokio::time::timeout_at(until, socket.recv(&mut bytes)).await {
            if question.is_answered(&bytes[..count?]) {
                return Ok(began.elapsed());
            }
        }
        wait *= 2;
    }
}

async fn over_stream(
    question: &Question,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<Duration> {
    let began = Instant::now();
    stream.write_all(question.text.as_bytes()).await?;
    let (mut head, mut chunk) = (Vec::new(), vec![0; 4096]);
    while head.len() < LONGEST {
        match stream.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
        if question.is_answered(&head) {
            return Ok(began.elapsed());
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// One OPTIONS, and what tells its answer from others.
struct Question {
    text: String,
    call: String,
}

impl Question {
    fn new(server: &Server, own: SocketAddr) -> Question {
        let (word, scheme) = match server.transport {
            Transport::Udp => ("UDP", "udp"),
            Transport::Tcp => ("TCP", "tcp"),
            Transport::Tls => ("TLS", "tls"),
        };
        let host = match server.name.contains(':') {
            true => format!("[{}]", server.name),
            false => server.name.clone(),
        };
        let number = Utc::now().timestamp_micros();
        let call = format!("roomd-{number}-{}", own.port());
        let text = format!(
            "OPTIONS sip:{host}:{port};transport={scheme} SIP/2.0\r\n\
             Via: SIP/2.0/{word} {own};rport;branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\n\
             To: <sip:{host}>\r\n\
             From: <sip:roomd@{ip}>;tag={number}\r\n\
             Call-ID: {call}\r\n\
             CSeq: 1 OPTIONS\r\n\
             Contact: <sip:roomd@{own};transport={scheme}>\r\n\
             Accept: application/sdp\r\n\
             User-Agent: roomd-preflight\r\n\
             Content-Length: 0\r\n\r\n",
            port = server.port,
            ip = match own.is_ipv6() {
                true => format!("[{}]", own.ip()),
                false => own.ip().to_string(),
            },
        );
        Question { text, call }
    }

    /// Whether these bytes hold the last word on it; "I am trying" (1xx) is none.
    fn is_answered(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let mut answers = text
            .split("\r\n\r\n")
            .filter(|one| one.contains(&self.call));
        answers.any(|one| {
            let status = one.trim_start().strip_prefix("SIP/2.0 ");
            status.is_some_and(|status| status.starts_with(['2', '3', '4', '5', '6']))
        })
    }
}
