//! A connection to a broker: TCP, TLS, and a task that always listens, however slow the rest is. Decides nothing.

use super::book::Message;
use super::settings::{Bridge, Broker};
use super::verbs::Incoming;
use super::wire::{Login, News, Wire};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsConnector;

/// Messages that the broker has not acknowledged. More than brokers allow at once by themselves would wait here.
pub const WINDOW: usize = 16;
/// Commands that wait; more are lost and counted.
const WAITING: usize = 64;
/// A broker that does not let us in within this is not there.
const GREETING: Duration = Duration::from_secs(10);
/// A goodbye is written within this.
const FAREWELL: Duration = Duration::from_secs(2);
const CHUNK: usize = 8 << 10;

/// Why there is no connection (any more).
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Nobody is there.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// TLS: most often the certificate.
    #[error("TLS: {0}")]
    Tls(String),
    /// It did not answer in time.
    #[error("it did not answer in time")]
    Silent,
    /// The user or the password.
    #[error("it does not take the user and the password")]
    Login,
    /// It refused, or ended the connection, and said why.
    #[error("it refused: {0}")]
    Refused(String),
    /// It, or something between, ended the connection.
    #[error("it ended the connection")]
    Closed,
    /// It takes less than it makes us answer.
    #[error("it takes nothing")]
    Slow,
    /// It does not speak MQTT 5.
    #[error("it breaks the protocol: {0}")]
    Protocol(String),
}

impl LineError {
    /// As a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            LineError::Unreachable(_) => "unreachable",
            LineError::Tls(_) => "tls",
            LineError::Silent => "silent",
            LineError::Login => "login",
            LineError::Refused(_) => "refused",
            LineError::Closed => "closed",
            LineError::Slow => "slow",
            LineError::Protocol(_) => "protocol",
        }
    }

    /// All of these words.
    pub const WORDS: [&str; 8] = [
        "unreachable",
        "tls",
        "silent",
        "login",
        "refused",
        "closed",
        "slow",
        "protocol",
    ];
}

impl From<io::Error> for LineError {
    fn from(error: io::Error) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match (tls, error.kind()) {
            (Some(tls), _) => LineError::Tls(tls.to_string()),
            (
                None,
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe,
            ) => LineError::Closed,
            _ => LineError::Unreachable(error),
        }
    }
}

/// A connection. Dropped, it breaks, and the broker publishes the last will.
pub struct Line {
    /// What shall be retained; at most [`WINDOW`] that are not acknowledged.
    pub out: Sender<Message>,
    /// For each of them whether the broker holds it.
    pub acks: Receiver<Result<(), String>>,
    /// What came.
    pub came: Receiver<Incoming>,
    /// How many more came than anybody had time for.
    pub missed: Arc<AtomicU64>,
    /// Whether it ends with a goodbye, and without the last will.
    pub polite: Arc<AtomicBool>,
    /// Ends with the connection.
    pub task: JoinHandle<LineError>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The ends of a line inside its task.
struct Ends {
    out: Receiver<Message>,
    acks: Sender<Result<(), String>>,
    came: Sender<Incoming>,
    missed: Arc<AtomicU64>,
    polite: Arc<AtomicBool>,
}

impl Line {
    /// Connects and is let in.
    ///
    /// # Errors
    /// When not, and why.
    pub async fn connect(bridge: &Bridge, login: &Login) -> Result<Line, LineError> {
        let broker = bridge.address().ok_or(LineError::Closed)?;
        let greeting = async {
            let mut stream = dial(bridge, &broker).await?;
            let wire = greet(&mut *stream, login).await?;
            Ok::<_, LineError>((stream, wire))
        };
        let greeted = timeout(GREETING, greeting).await;
        let (stream, wire) = greeted.map_err(|_| LineError::Silent)??;
        let (out, to_send) = mpsc::channel(WINDOW);
        let (acked, acks) = mpsc::channel(2 * WINDOW);
        let (heard, came) = mpsc::channel(WAITING);
        let missed = Arc::new(AtomicU64::new(0));
        let polite = Arc::new(AtomicBool::new(false));
        let ends = Ends {
            out: to_send,
            acks: acked,
            came: heard,
            missed: Arc::clone(&missed),
            polite: Arc::clone(&polite),
        };
        let task = tokio::spawn(async move {
            match speak(stream, wire, ends).await {
                Ok(()) => LineError::Closed,
                Err(error) => error,
            }
        });
        Ok(Line {
            out,
            acks,
            came,
            missed,
            polite,
            task,
        })
    }
}

async fn dial(bridge: &Bridge, broker: &Broker) -> Result<Box<dyn Stream>, LineError> {
    let tcp = TcpStream::connect((broker.host.as_str(), broker.port)).await;
    let tcp = tcp.map_err(LineError::Unreachable)?;
    // Small messages and their acknowledgements would wait for each other.
    tcp.set_nodelay(true)?;
    if !broker.tls {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(broker.host.clone());
    let name = name.map_err(|error| LineError::Tls(error.to_string()))?;
    let config = Arc::new(tls(bridge)?);
    Ok(Box::new(
        TlsConnector::from(config).connect(name, tcp).await?,
    ))
}

fn tls(bridge: &Bridge) -> Result<ClientConfig, LineError> {
    let mut roots = RootCertStore::empty();
    let given = bridge.authorities().unwrap_or_default();
    if given.is_empty() {
        let machine = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(machine.certs);
    } else {
        roots.add_parsable_certificates(given);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| LineError::Tls(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

async fn greet(stream: &mut dyn Stream, login: &Login) -> Result<Wire, LineError> {
    let mut wire = Wire::begin(login, Instant::now())?;
    stream.write_all(&std::mem::take(&mut wire.pending)).await?;
    stream.flush().await?;
    let mut chunk = [0; CHUNK];
    loop {
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            return Err(LineError::Closed);
        }
        let now = Instant::now();
        let news = wire.hear(&chunk[..count], now)?;
        if news.contains(&News::Welcome) {
            if let Some(commands) = &login.commands {
                wire.subscribe(commands, now)?;
            }
            return Ok(wire);
        }
    }
}

/// Until the connection ends, or nobody wants it any more.
async fn speak(stream: Box<dyn Stream>, mut wire: Wire, mut ends: Ends) -> Result<(), LineError> {
    let (mut from, mut to) = tokio::io::split(stream);
    let mut chunk = [0; CHUNK];
    let mut flushed = true;
    loop {
        let due = wire.due();
        let pending = !wire.pending.is_empty();
        tokio::select! {
            read = from.read(&mut chunk) => {
                let count = read?;
                if count == 0 {
                    return Err(LineError::Closed);
                }
                for news in wire.hear(&chunk[..count], Instant::now())? {
                    ends.tell(news);
                }
            }
            put = put(&mut to, &wire.pending), if pending || !flushed => {
                let count = put?;
                wire.pending.drain(..count);
                flushed = count == 0;
            }
            message = ends.out.recv(), if wire.has_room() => match message {
                Some(message) => wire.publish(message, Instant::now())?,
                None => break,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                wire.tick(Instant::now())?;
            }
        }
    }
    if ends.polite.load(Ordering::Relaxed) {
        wire.bye(Instant::now());
    }
    let goodbye = async {
        to.write_all(&wire.pending).await?;
        to.shutdown().await
    };
    // Whoever does not take the goodbye is left all the same.
    let _ = timeout(FAREWELL, goodbye).await;
    Ok(())
}

/// Writes some of what is pending; where nothing is, sees to it that all has gone.
async fn put(to: &mut WriteHalf<Box<dyn Stream>>, pending: &[u8]) -> io::Result<usize> {
    if pending.is_empty() {
        return to.flush().await.map(|()| 0);
    }
    match to.write(pending).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => Ok(count),
    }
}

impl Ends {
    fn tell(&self, news: News) {
        match news {
            // There are never more than the window, for which there is room.
            News::Held => drop(self.acks.try_send(Ok(()))),
            News::Denied(topic) => drop(self.acks.try_send(Err(topic))),
            News::Came(incoming) => {
                if self.came.try_send(incoming).is_err() {
                    self.missed.fetch_add(1, Ordering::Relaxed);
                }
            }
            News::Welcome => {}
        }
    }
}
