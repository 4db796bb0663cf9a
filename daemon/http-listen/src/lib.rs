//! Serves a router behind a listener, with TLS or without, to so many at once, until told to stop.
//! Speaks HTTP/1.1 and WebSockets only: what a second protocol weighs in memory, no page of a room gets back.
//! Knows no route.

mod connection;
mod headers;
mod house;
mod listener;
mod seats;
mod tls;
mod turns;

pub use headers::{keep_to_itself, known_host};
pub use house::House;
pub use listener::{Given, Listener};
pub use tls::{PeerCertificate, Tls};

use crate::connection::{Comer, attend};
use crate::house::Behind;
use crate::seats::Seats;
use axum::Router;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// How long the listener rests when the system has no connection left to give, so that those that end can make room.
const OUT_OF_CONNECTIONS: Duration = Duration::from_millis(200);

/// How connections of one listener are treated.
#[derive(Debug, Clone)]
pub struct Terms {
    /// How many connections are served at once; as many again wait for a seat. A page holds one, and six while it loads.
    pub seats: usize,
    /// The certificate to serve with, or none to serve in the clear.
    pub tls: Option<Tls>,
}

/// Serves `router` to whoever comes to `listener`, and returns when `stop` was said and what was open has ended; answers have a
/// second for that. Upgraded connections (WebSockets) are their handlers' to end. The address of a TCP peer is with each request as
/// [`axum::extract::ConnectInfo`], a certificate that it showed as [`PeerCertificate`].
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    listener: Listener,
    router: Router,
    terms: Terms,
    stop: CancellationToken,
) -> io::Result<()> {
    let behind = match terms.tls {
        None => Behind::Clear(router),
        Some(tls) => Behind::houses(vec![House {
            names: Vec::new(),
            tls,
            router,
        }]),
    };
    serve_behind(listener, behind, terms.seats, stop).await
}

/// As [`serve`], for several that share the listener and nothing else: a peer's first words name whom it comes to, and nobody else's
/// certificate, verifier or router has to do with it.
///
/// # Errors
/// When the listener breaks.
pub async fn serve_houses(
    listener: Listener,
    houses: Vec<House>,
    seats: usize,
    stop: CancellationToken,
) -> io::Result<()> {
    serve_behind(listener, Behind::houses(houses), seats, stop).await
}

async fn serve_behind(
    listener: Listener,
    behind: Behind,
    seats: usize,
    stop: CancellationToken,
) -> io::Result<()> {
    let (seats, behind) = (Seats::new(seats), Arc::new(behind));
    let connections = TaskTracker::new();
    let broken = loop {
        let came = tokio::select! {
            () = stop.cancelled() => break None,
            came = listener.accept() => came,
        };
        let (stream, peer) = match came {
            Ok(came) => came,
            Err(error) if is_of_the_peer(&error) => continue,
            Err(error) if is_for_a_while(&error) => {
                warn!(%error, "no connection can be taken for a moment");
                tokio::time::sleep(OUT_OF_CONNECTIONS).await;
                continue;
            }
            Err(error) => break Some(error),
        };
        // A crowd that is not even let in to wait is closed at once.
        let Some(place) = seats.place() else { continue };
        let comer = Comer {
            stream,
            place,
            peer,
        };
        connections.spawn(attend(comer, Arc::clone(&behind), stop.clone()));
    };
    connections.close();
    match broken {
        Some(error) => Err(error),
        None => {
            connections.wait().await;
            Ok(())
        }
    }
}

/// Somebody came and was gone before being let in.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Too many open files, in the process (`EMFILE`) or the system (`ENFILE`), or no memory for one more: accept(2).
fn is_for_a_while(error: &io::Error) -> bool {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;
    matches!(
        error.raw_os_error(),
        Some(ENOMEM | ENFILE | EMFILE | ENOBUFS)
    )
}
