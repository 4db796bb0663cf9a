//! A limit to how many connections a listener holds at once, so that a crowd outside cannot starve the room.
//! Knows no protocol.

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection waits for a seat. Quiet ones lose theirs sooner, see `HEAD_TIME`.
const PATIENCE: Duration = Duration::from_secs(15);

/// Wraps an acceptor. Beyond the limit as many again wait for a seat: a page whose script is refused would stand half there for
/// ever. Whatever comes on top is closed at once.
#[derive(Clone)]
pub(super) struct Seats<A> {
    inner: A,
    places: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl<A> Seats<A> {
    pub fn new(inner: A, limit: usize) -> Self {
        Seats {
            inner,
            places: Arc::new(Semaphore::new(2 * limit)),
            seats: Arc::new(Semaphore::new(limit)),
        }
    }
}

impl<A, I, S> Accept<I, S> for Seats<A>
where
    A: Accept<I, S> + Clone + Send + Sync + 'static,
    I: Send + 'static,
    S: Send + 'static,
    A::Stream: Send,
    A::Service: Send,
    A::Future: Send + 'static,
{
    type Stream = Seated<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Box::pin(async { Err(io::Error::other("too many connections")) });
        };
        let (inner, seats) = (self.inner.clone(), Arc::clone(&self.seats));
        Box::pin(async move {
            let seat = tokio::time::timeout(PATIENCE, seats.acquire_owned())
                .await?
                .map_err(io::Error::other)?;
            let (stream, service) = inner.accept(stream, service).await?;
            let held = (place, seat);
            Ok((
                Seated {
                    stream,
                    _held: held,
                },
                service,
            ))
        })
    }
}

/// A connection that frees its seat, and its place in the room, when it ends.
pub(super) struct Seated<T> {
    stream: T,
    _held: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl<T: AsyncRead + Unpin> AsyncRead for Seated<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Seated<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum_server::accept::DefaultAcceptor;
    use futures_util::FutureExt;
    use tokio::io::{DuplexStream, duplex};

    fn come(
        seats: &Seats<DefaultAcceptor>,
    ) -> BoxFuture<'static, io::Result<(Seated<DuplexStream>, ())>> {
        seats.accept(duplex(1).0, ())
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_limit_one_waits_for_a_seat_and_then_has_it() {
        let seats = Seats::new(DefaultAcceptor::new(), 1);
        let first = come(&seats).await.expect("a seat is free");
        let mut second = come(&seats);
        assert!((&mut second).now_or_never().is_none(), "nobody has left");
        drop(first);
        second.await.expect("a seat came free");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_let_go_and_leaves_the_place_to_others() {
        let seats = Seats::new(DefaultAcceptor::new(), 1);
        let _first = come(&seats).await.expect("a seat is free");
        let error = come(&seats).await.err().expect("nobody has left");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(
            come(&seats).now_or_never().is_none(),
            "waits, and is not refused"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_is_refused_at_once() {
        let seats = Seats::new(DefaultAcceptor::new(), 1);
        let _first = come(&seats).await.expect("a seat is free");
        let _waits = come(&seats);
        let crowd = come(&seats).now_or_never().expect("an answer at once");
        assert!(crowd.is_err());
    }
}
