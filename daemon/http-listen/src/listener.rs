//! Owns taking connections, from TCP, from a socket file, or from whoever makes them. Knows nothing of what is said on them.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener as StdUnixListener;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Mutex, mpsc};

/// A listener that is open. To be made within a Tokio runtime.
#[derive(Debug)]
pub enum Listener {
    /// An address of the network.
    Tcp(TcpListener),
    /// A socket in the file system.
    Unix(UnixListener),
    /// Connections that somebody else makes.
    Given(Mutex<mpsc::Receiver<Given>>),
}

/// A connection that is no socket, such as one of a simulated network.
pub struct Given {
    stream: Stream,
    peer: Option<SocketAddr>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("peer", &self.peer).finish()
    }
}

impl Given {
    /// From that address, as far as there is one.
    pub fn new(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Option<SocketAddr>,
    ) -> Given {
        Given {
            stream: Box::new(stream),
            peer,
        }
    }
}

/// What a connection is to those who speak on it. One type for all kinds, so that what serves them is compiled once.
pub(crate) type Stream = Box<dyn Bytes>;

pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

impl Listener {
    /// Takes over a listener of the standard library.
    ///
    /// # Errors
    /// When the system refuses it to be waited on.
    pub fn tcp(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener).map(Self::Tcp)
    }

    /// As [`Listener::tcp`], for a socket file.
    ///
    /// # Errors
    /// When the system refuses it to be waited on.
    pub fn unix(listener: StdUnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        UnixListener::from_std(listener).map(Self::Unix)
    }

    /// Takes what comes there; when nobody can give any more, none comes.
    #[must_use]
    pub fn given(from: mpsc::Receiver<Given>) -> Self {
        Self::Given(Mutex::new(from))
    }

    pub(crate) async fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // A view that waits for the next one to fill a packet is a lamp that is late.
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Some(peer)))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), None))
            }
            Self::Given(from) => match from.lock().await.recv().await {
                Some(Given { stream, peer }) => Ok((stream, peer)),
                None => std::future::pending().await,
            },
        }
    }
}
