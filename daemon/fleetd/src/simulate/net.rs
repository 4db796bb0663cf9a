//! The network between simulated rooms and the server: real TCP and TLS, counted, cut where a story cuts it, slow where it is slow.
//! Knows no message.

use super::tally::Tally;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use fleet_agent::link::{Dial, LinkError, greet};
use fleet_agent::{Membership, RoomKey};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// As a room's own agent.
const CONNECTING: Duration = Duration::from_secs(20);

/// One room's cable.
#[derive(Debug, Default)]
pub struct Cable {
    unplugged: AtomicBool,
    cuts: AtomicU64,
    now: Mutex<CancellationToken>,
}

impl Cable {
    /// Breaks what is connected; what connects from now on holds.
    pub fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *now).cancel();
    }

    /// Out, or in again; nothing connects while it is out.
    pub fn unplug(&self, out: bool) {
        self.unplugged.store(out, Ordering::SeqCst);
        if out {
            self.cut();
        }
    }

    /// Whether it is out.
    pub fn is_out(&self) -> bool {
        self.unplugged.load(Ordering::SeqCst)
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }

    fn broken(&self) -> WaitForCancellationFutureOwned {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.clone().cancelled_owned()
    }
}

/// Connects one room.
#[derive(Debug, Clone)]
pub struct Dialler {
    /// Its key.
    pub key: RoomKey,
    /// Its papers.
    pub member: Membership,
    /// Its cable.
    pub cable: Arc<Cable>,
    /// How many bytes a second go over it each way; `None`: as many as come.
    pub slow: Option<u32>,
    /// Where bytes and failures are counted.
    pub tally: Arc<Tally>,
    /// Whether failures count.
    pub honest: bool,
    /// So many connect at the same time at the beginning, so that what is measured later is not the beginning.
    pub ramp: Option<Arc<Semaphore>>,
}

impl Dialler {
    async fn straight(&self) -> Result<WebSocketStream<TlsStream<Wire>>, LinkError> {
        let server = &self.member.server;
        let host = server.host().to_owned();
        let unreachable = |source| LinkError::Unreachable {
            host: host.clone(),
            source,
        };
        if self.cable.unplugged.load(Ordering::SeqCst) {
            return Err(unreachable(io::ErrorKind::NetworkUnreachable.into()));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tcp = TcpStream::connect((bare, server.port()));
        let tcp = tcp.await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let wire = Wire::new(tcp, self);
        let tls = TlsConnector::from(Arc::new(self.key.tls(&self.member)?));
        let stream = tls.connect(server.name(), wire).await;
        let stream = stream.map_err(|source| LinkError::Tls {
            host: host.clone(),
            source,
        })?;
        greet(stream, server).await
    }
}

impl Dial for Dialler {
    type Stream = TlsStream<Wire>;

    async fn dial(&self) -> Result<WebSocketStream<Self::Stream>, LinkError> {
        let cuts = self.cable.cuts();
        let turn = match &self.ramp {
            Some(ramp) => ramp.acquire().await.ok(),
            None => None,
        };
        let dialled = timeout(CONNECTING, self.straight()).await;
        drop(turn);
        let dialled =
            dialled.unwrap_or_else(|_| Err(LinkError::TimedOut(self.member.server.to_string())));
        let unplugged = self.cable.unplugged.load(Ordering::SeqCst);
        if let Err(error) = &dialled
            && self.honest
            && !unplugged
            && cuts == self.cable.cuts()
        {
            self.tally.undialled(&error.to_string());
        }
        dialled
    }
}

/// TCP whose bytes are counted.
pub struct Wire {
    tcp: TcpStream,
    tally: Arc<Tally>,
    broken: Pin<Box<WaitForCancellationFutureOwned>>,
    slow: Option<(Throttle, Throttle)>,
}

impl Wire {
    fn new(tcp: TcpStream, dialler: &Dialler) -> Wire {
        let throttle = |rate| Throttle {
            rate,
            free: Instant::now(),
            wait: None,
        };
        Wire {
            tcp,
            tally: Arc::clone(&dialler.tally),
            broken: Box::pin(dialler.cable.broken()),
            slow: dialler.slow.map(|rate| (throttle(rate), throttle(rate))),
        }
    }

    fn whole(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.broken.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

/// Lets so many bytes a second through.
struct Throttle {
    rate: u32,
    free: Instant,
    wait: Option<Pin<Box<Sleep>>>,
}

impl Throttle {
    /// At most so many at once: what a tenth of a second carries.
    fn most(&self) -> usize {
        (self.rate as usize / 10).max(1)
    }

    fn may(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.free <= Instant::now() {
            self.wait = None;
            return Poll::Ready(());
        }
        let free = self.free;
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep_until(free)));
        match wait.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.wait = None;
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn went(&mut self, bytes: usize) {
        let takes = Duration::from_secs_f64(bytes as f64 / f64::from(self.rate));
        self.free = self.free.max(Instant::now()) + takes;
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if let Err(error) = wire.whole(context) {
            return Poll::Ready(Err(error));
        }
        let before = into.filled().len();
        let read = match &mut wire.slow {
            Some((reads, _)) => {
                if reads.may(context).is_pending() {
                    return Poll::Pending;
                }
                let mut own = [0; 4096];
                let most = reads.most().min(into.remaining()).min(own.len());
                let mut part = ReadBuf::new(&mut own[..most]);
                let read = Pin::new(&mut wire.tcp).poll_read(context, &mut part);
                reads.went(part.filled().len());
                into.put_slice(part.filled());
                read
            }
            None => Pin::new(&mut wire.tcp).poll_read(context, into),
        };
        let bytes = (into.filled().len() - before) as u64;
        wire.tally.bytes_in.fetch_add(bytes, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = &mut *self;
        if let Err(error) = wire.whole(context) {
            return Poll::Ready(Err(error));
        }
        let part = match &mut wire.slow {
            Some((_, writes)) => {
                if writes.may(context).is_pending() {
                    return Poll::Pending;
                }
                &bytes[..bytes.len().min(writes.most())]
            }
            None => bytes,
        };
        let wrote = Pin::new(&mut wire.tcp).poll_write(context, part);
        if let Poll::Ready(Ok(count)) = &wrote {
            wire.tally
                .bytes_out
                .fetch_add(*count as u64, Ordering::Relaxed);
            if let Some((_, writes)) = &mut wire.slow {
                writes.went(*count);
            }
        }
        wrote
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
