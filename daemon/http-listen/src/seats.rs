//! A limit to how many connections a listener holds at once, so that a crowd outside cannot starve the room.
//! Knows no protocol.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection waits for a seat. Quiet ones lose theirs sooner, see `HEAD_TIME`.
const PATIENCE: Duration = Duration::from_secs(15);

/// The seats of one listener. Beyond the limit as many again wait for one: a page whose script is refused would stand half there
/// for ever. Whatever comes on top is closed at once.
pub(crate) struct Seats {
    places: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl Seats {
    pub fn new(limit: usize) -> Self {
        Seats {
            places: Arc::new(Semaphore::new(2 * limit)),
            seats: Arc::new(Semaphore::new(limit)),
        }
    }

    /// Lets somebody in, who may have to wait for a seat; nobody is let in beyond the crowd that may.
    pub fn place(&self) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place {
            place,
            seats: Arc::clone(&self.seats),
        })
    }
}

/// A right to wait for a seat.
pub(crate) struct Place {
    place: OwnedSemaphorePermit,
    seats: Arc<Semaphore>,
}

impl Place {
    /// Waits for a seat, and gives it to `stream`.
    pub async fn seat<T>(self, stream: T) -> io::Result<Seated<T>> {
        let seat = tokio::time::timeout(PATIENCE, self.seats.acquire_owned())
            .await?
            .map_err(io::Error::other)?;
        Ok(Seated {
            stream,
            _held: (self.place, seat),
        })
    }
}

/// A connection that frees its seat, and its place in the room, when it ends.
pub(crate) struct Seated<T> {
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
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use tokio::io::{DuplexStream, duplex};

    fn come(seats: &Seats) -> BoxFuture<'static, io::Result<Seated<DuplexStream>>> {
        let place = seats.place().expect("not crowded");
        Box::pin(place.seat(duplex(1).0))
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_limit_one_waits_for_a_seat_and_then_has_it() {
        let seats = Seats::new(1);
        let first = come(&seats).await.expect("a seat is free");
        let mut second = come(&seats);
        assert!((&mut second).now_or_never().is_none(), "nobody has left");
        drop(first);
        second.await.expect("a seat came free");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_let_go_and_leaves_the_place_to_others() {
        let seats = Seats::new(1);
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
        let seats = Seats::new(1);
        let _first = come(&seats).await.expect("a seat is free");
        let _waits = come(&seats);
        assert!(seats.place().is_none());
    }
}
