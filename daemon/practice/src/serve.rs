//! Owns listening: an address, with or without TLS, until told to stop. Knows only the router.

use crate::error::PracticeError;
use axum::Router;
use http_listen::{Listener, Terms, Tls};
use std::net::{SocketAddr, TcpListener};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Connections at once: phones and laptops of a course, each with one for the page and one for what it hears.
const SEATS: usize = 128;

/// How pages reach the server.
#[derive(Debug, Clone)]
pub enum Transport {
    /// In the clear. Browsers open microphones and cameras only on loopback then.
    Plain,
    /// With a certificate; the room's own is [`crate::tls::OwnCertificate::listener_config`].
    Tls(Tls),
}

/// A listener at work. Dropping it stops it.
#[derive(Debug)]
pub struct Serving {
    addr: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Serving {
    /// Where it listens, with the port the system gave if zero was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops taking connections. Open WebSockets live on until [`crate::Practice::hang_up`] or the
    /// process's end.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}

/// Listens and serves. To be called within a Tokio runtime.
///
/// # Errors
/// When the address cannot be listened on.
pub fn serve(
    addr: SocketAddr,
    transport: Transport,
    router: Router,
) -> Result<Serving, PracticeError> {
    let failed = |source| PracticeError::Listen { addr, source };
    let listener = TcpListener::bind(addr).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let listener = Listener::tcp(listener).map_err(failed)?;
    let tls = match transport {
        Transport::Plain => None,
        Transport::Tls(tls) => Some(tls),
    };
    let stop = CancellationToken::new();
    let terms = Terms { seats: SEATS, tls };
    let served = http_listen::serve(listener, router, terms, stop.clone());
    Ok(Serving {
        addr: bound,
        stop,
        task: tokio::spawn(async move { report(served.await) }),
    })
}

fn report(ended: std::io::Result<()>) {
    if let Err(error) = ended {
        warn!(%error, "practice listener ended");
    }
}
