//! Bytes of a stream or whole datagrams, behind one face. Knows no protocol.

use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;

/// Both directions of an open line.
pub(super) struct Wire {
    pub reader: Reader,
    pub writer: Writer,
    /// What was read last.
    pub buffer: [u8; 512],
}

pub(super) enum Reader {
    Stream(Box<dyn AsyncRead + Unpin + Send>),
    Datagrams(Arc<UdpSocket>),
}

pub(super) enum Writer {
    Stream(Box<dyn AsyncWrite + Unpin + Send>),
    Datagrams(Arc<UdpSocket>),
}

impl Wire {
    pub fn stream(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Wire {
        let (reader, writer) = tokio::io::split(stream);
        Wire {
            reader: Reader::Stream(Box::new(reader)),
            writer: Writer::Stream(Box::new(writer)),
            buffer: [0; 512],
        }
    }

    /// Whether each read is a whole.
    pub fn is_datagrams(&self) -> bool {
        matches!(self.reader, Reader::Datagrams(_))
    }

    pub fn datagrams(socket: UdpSocket) -> Wire {
        let socket = Arc::new(socket);
        Wire {
            reader: Reader::Datagrams(Arc::clone(&socket)),
            writer: Writer::Datagrams(socket),
            buffer: [0; 512],
        }
    }
}

impl Reader {
    /// May be dropped while it waits.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Reader::Stream(stream) => stream.read(buffer).await,
            Reader::Datagrams(socket) => socket.recv(buffer).await,
        }
    }
}

impl Writer {
    /// Of a stream perhaps a part, of a datagram the whole. May be dropped while it waits.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Writer::Stream(stream) => stream.write(bytes).await,
            Writer::Datagrams(socket) => socket.send(bytes).await,
        }
    }
}
