//! The connection: TCP, or a proxy's tunnel, TLS with the room's certificate, a WebSocket of small buffers. Knows no message's meaning.

use crate::papers::{Membership, PapersError, RoomKey};
use crate::repository::Fetch;
use crate::server::Server;
use base64::Engine;
use core::fmt;
use core::time::Duration;
use fleet_proto::{
    MAX_MESSAGE, RELEASES_PATH, RENEW_PATH, Renewal, SOCKET_PATH, SUBPROTOCOL, UPLOAD_PATH, Upload,
};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use reqwest::Client;
use rustls::ClientConfig;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tower_service::Service;
use url::Url;

/// Name, route, TLS and greeting of the WebSocket take no longer.
const CONNECTING: Duration = Duration::from_secs(20);
/// Putting something takes no longer.
const PUTTING: Duration = Duration::from_secs(300);

/// The way out of the building's network, where it has one: an HTTP proxy that tunnels (`CONNECT`).
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(pub Url);

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may carry a password.
        f.write_str("<proxy>")
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No name, no route, nobody there.
    #[error("the fleet server at {host} cannot be reached: {source}")]
    Unreachable {
        /// Whom.
        host: String,
        /// What happened.
        source: io::Error,
    },
    /// The proxy does not tunnel.
    #[error("the proxy does not lead to {host}: {why}")]
    Proxy {
        /// Whom.
        host: String,
        /// What it said.
        why: String,
    },
    /// Not within the time.
    #[error("the fleet server at {0} did not answer in {time} s", time = CONNECTING.as_secs())]
    TimedOut(String),
    /// TLS: another authority's certificate, or ours is not taken.
    #[error("TLS with the fleet server at {host}: {source}")]
    Tls {
        /// Whom.
        host: String,
        /// What happened.
        source: io::Error,
    },
    /// The server did not greet the WebSocket.
    #[error("the fleet server at {host} answered {status}")]
    Declined {
        /// Whom.
        host: String,
        /// What it answered.
        status: StatusCode,
    },
    /// The WebSocket.
    #[error("the connection to the fleet server at {host}: {source}")]
    Socket {
        /// Whom.
        host: String,
        /// What happened.
        source: Box<SocketError>,
    },
    /// The room's own papers.
    #[error(transparent)]
    Papers(#[from] PapersError),
    /// HTTP beside the connection.
    #[error("the fleet server cannot be asked: {0}")]
    Http(#[from] reqwest::Error),
}

/// Makes a connection.
pub trait Dial: Send + Sync + 'static {
    /// What carries it.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Tries once.
    fn dial(&self)
    -> impl Future<Output = Result<WebSocketStream<Self::Stream>, LinkError>> + Send;
}

/// Connects as a member.
#[derive(Debug, Clone)]
pub struct Dialler {
    /// The room's key.
    pub key: RoomKey,
    /// Whose the room is; a renewed certificate counts from the next connection on.
    pub member: watch::Receiver<Membership>,
    /// The way out.
    pub proxy: Option<Proxy>,
}

impl Dial for Dialler {
    type Stream = TlsStream<TcpStream>;

    async fn dial(&self) -> Result<WebSocketStream<Self::Stream>, LinkError> {
        let member = self.member.borrow().clone();
        let host = member.server.host().to_owned();
        let connecting = connect(&self.key, &member, self.proxy.as_ref());
        timeout(CONNECTING, connecting)
            .await
            .map_err(|_| LinkError::TimedOut(host))?
    }
}

async fn connect(
    key: &RoomKey,
    member: &Membership,
    proxy: Option<&Proxy>,
) -> Result<WebSocketStream<TlsStream<TcpStream>>, LinkError> {
    let host = member.server.host().to_owned();
    let tcp = match proxy {
        None => straight(&member.server).await?,
        Some(proxy) => through(proxy, &member.server).await?,
    };
    let in_tls = |source| LinkError::Tls {
        host: host.clone(),
        source,
    };
    tcp.set_nodelay(true).map_err(in_tls)?;
    let tls = TlsConnector::from(Arc::new(key.tls(member)?));
    let stream = tls
        .connect(member.server.name(), tcp)
        .await
        .map_err(in_tls)?;
    greet(stream, &member.server).await
}

/// The WebSocket's own greeting over any stream.
///
/// # Errors
/// When the server does not greet.
pub async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    server: &Server,
) -> Result<WebSocketStream<S>, LinkError> {
    let host = server.host().to_owned();
    let in_socket = |source| match source {
        SocketError::Http(answer) => LinkError::Declined {
            host: host.clone(),
            status: answer.status(),
        },
        source => LinkError::Socket {
            host: host.clone(),
            source: Box::new(source),
        },
    };
    let address = server.at(SOCKET_PATH);
    // The scheme serves the request's form alone; TLS was spoken before.
    let uri = address.as_str().replacen("https://", "wss://", 1);
    let mut request = uri.into_client_request().map_err(in_socket)?;
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let (socket, _) = client_async_with_config(request, stream, Some(small()))
        .await
        .map_err(in_socket)?;
    Ok(socket)
}

/// Buffers for one room: the usual ones take 15 times the memory.
pub fn small() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_write_buffer_size(4 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

async fn straight(server: &Server) -> Result<TcpStream, LinkError> {
    let host = server.host().to_owned();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    TcpStream::connect((bare, server.port()))
        .await
        .map_err(|source| LinkError::Unreachable { host, source })
}

async fn through(Proxy(proxy): &Proxy, server: &Server) -> Result<TcpStream, LinkError> {
    let host = server.host().to_owned();
    let failed = |why: String| LinkError::Proxy {
        host: host.clone(),
        why,
    };
    let mut bare = proxy.clone();
    // Without a name in it, an address is taken as it is.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    let uri = |text: &str| text.parse::<Uri>().map_err(|e| failed(e.to_string()));
    let mut tunnel = Tunnel::new(uri(bare.as_str())?, HttpConnector::new());
    if let Some(word) = basic(proxy) {
        tunnel = tunnel.with_auth(word);
    }
    let stream = tunnel.call(uri(server.at("/").as_str())?).await;
    Ok(stream.map_err(|e| failed(e.to_string()))?.into_inner())
}

/// Name and password of a proxy's address, as its header wants them.
fn basic(proxy: &Url) -> Option<HeaderValue> {
    let password = proxy.password().unwrap_or_default();
    (!proxy.username().is_empty()).then_some(())?;
    let plain = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let pair = format!("{}:{}", plain(proxy.username()), plain(password));
    let word = base64::engine::general_purpose::STANDARD.encode(pair);
    HeaderValue::try_from(format!("Basic {word}")).ok()
}

/// HTTP with this TLS and no redirects; a room goes nowhere else than where it was told.
pub(crate) fn http(tls: ClientConfig, proxy: Option<&Proxy>) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECTING)
        .timeout(CONNECTING)
        .no_proxy();
    if let Some(Proxy(proxy)) = proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy.clone())?);
    }
    builder.build()
}

impl Fetch for Dialler {
    type Error = LinkError;

    async fn fetch(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, LinkError> {
        self.release(name, most).await
    }
}

impl Dialler {
    /// Asks for the next certificate.
    ///
    /// # Errors
    /// When the server does not give one, or gives one that does not fit.
    pub async fn renew(&self) -> Result<Membership, LinkError> {
        let member = self.member.borrow().clone();
        let renewal = Renewal {
            csr_pem: self.key.request()?,
        };
        let answer = http(self.key.tls(&member)?, self.proxy.as_ref())?
            .post(member.server.at(RENEW_PATH))
            .json(&renewal)
            .send()
            .await?
            .error_for_status()?;
        Ok(member.renewed(answer.text().await?, &self.key)?)
    }

    /// Puts what was asked for, on the same server and nowhere else.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn put(&self, to: &Upload, body: Vec<u8>) -> Result<(), LinkError> {
        let member = self.member.borrow().clone();
        let path = format!("{UPLOAD_PATH}{}", to.token);
        http(self.key.tls(&member)?, self.proxy.as_ref())?
            .put(member.server.at(&path))
            .timeout(PUTTING)
            .body(body)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// A file of the server's releases, and nothing elsewhere: its first `most` bytes and one more, so that what is too long shows;
    /// `None` when there is none.
    ///
    /// # Errors
    /// When the server does not give it.
    pub async fn release(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, LinkError> {
        let member = self.member.borrow().clone();
        let path = format!("{RELEASES_PATH}{name}");
        let answer = http(self.key.tls(&member)?, self.proxy.as_ref())?
            .get(member.server.at(&path))
            .timeout(PUTTING)
            .send()
            .await?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut answer = answer.error_for_status()?;
        let enough = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await? {
            let rest = enough - bytes.len();
            bytes.extend_from_slice(&part[..part.len().min(rest)]);
            if bytes.len() == enough {
                break;
            }
        }
        Ok(Some(bytes))
    }
}
