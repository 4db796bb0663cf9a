//! Opens the listeners and serves the router behind each until told to stop.
//! Knows no route.

use super::config::{FacesConfig, FacesError};
use super::gate::{Door, Face, Shared};
use super::hub::{Ends, Hub};
use super::metrics::Metrics;
use super::routes::router;
use super::setup::Invitations;
use http_listen::{Listener, Terms, Tls};
use pairing::{Pairing, secret};
use room_core::event::{Origin, Press};
use room_core::view::View;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Connections at once; a page holds one, and six while it loads.
const LOCAL: Terms = Terms {
    seats: 64,
    tls: None,
};
const LAN_SEATS: usize = 128;

/// Listeners that are open and not yet served.
pub struct Bound {
    shared: Arc<Shared>,
    loopback: (TcpListener, SocketAddr),
    lan: Option<(TcpListener, SocketAddr)>,
    socket: Option<(UnixListener, PathBuf)>,
}

/// Opens the listeners and serves them until `stop`.
///
/// Each press goes into `presses` with the origin of its listener; call [`Metrics::press_seen`] after each one was
/// stepped and the view that followed was sent, and [`Metrics::stepped`] after each step.
///
/// # Errors
/// When an address or the socket is taken or may not be opened, or a listener breaks.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one end of the event loop, named by the contract with it"
)]
pub async fn serve(
    config: FacesConfig,
    views: watch::Receiver<Arc<View>>,
    presses: mpsc::Sender<(Press, Origin)>,
    metrics: Metrics,
    stop: CancellationToken,
) -> Result<(), FacesError> {
    bind(config, views, presses, metrics, stop)?.run().await
}

/// Opens the listeners; nothing is answered before [`Bound::run`].
///
/// # Errors
/// As [`serve`].
#[expect(
    clippy::too_many_arguments,
    reason = "each is one end of the event loop, named by the contract with it"
)]
pub fn bind(
    config: FacesConfig,
    views: watch::Receiver<Arc<View>>,
    presses: mpsc::Sender<(Press, Origin)>,
    metrics: Metrics,
    stop: CancellationToken,
) -> Result<Bound, FacesError> {
    if !config.loopback.ip().is_loopback() {
        return Err(FacesError::NotLoopback(config.loopback));
    }
    let loopback = listen(config.loopback)?;
    let lan = config
        .lan
        .as_ref()
        .map(|lan| listen(lan.addr))
        .transpose()?;
    let socket = config.socket.as_deref().map(listen_socket).transpose()?;
    metrics.know_packs(&config.packs.now());
    let boot = secret()[..16].to_owned();
    let ends = Ends {
        views,
        presses,
        trial: config.console.as_ref().map(|console| console.running()),
        fleet: config.fleet.clone(),
    };
    let shared = Shared {
        hub: Hub::new(ends, metrics, boot),
        token: secret(),
        cookie: secret(),
        pairing: config
            .lan
            .as_ref()
            .map(|_| Pairing::open(config.pairings.clone())),
        invitations: Invitations::default(),
        config,
        stop,
    };
    Ok(Bound {
        shared: Arc::new(shared),
        loopback,
        lan,
        socket,
    })
}

impl Bound {
    /// Where the board's own browser finds the pages.
    pub fn loopback_addr(&self) -> SocketAddr {
        self.loopback.1
    }

    /// Where the building's network finds them.
    pub fn lan_addr(&self) -> Option<SocketAddr> {
        self.lan.as_ref().map(|(_, addr)| *addr)
    }

    /// Serves until the caller's token is cancelled.
    ///
    /// # Errors
    /// When a listener breaks.
    pub async fn run(self) -> Result<(), FacesError> {
        let shared = self.shared;
        let stop = shared.stop.clone();
        let (listener, addr) = self.loopback;
        let door = Door::Loopback { port: addr.port() };
        let loopback = serve_loopback(listener, face(&shared, door), &stop);
        let lan = async {
            let (Some((listener, _)), Some(lan)) = (self.lan, &shared.config.lan) else {
                return Ok(());
            };
            let door = Door::Lan {
                names: lan.names.clone(),
            };
            let tls = lan.tls.clone();
            serve_lan(listener, tls, face(&shared, door), &stop).await
        };
        let socket = async {
            let Some((listener, path)) = self.socket else {
                return Ok(());
            };
            let ended = serve_socket(listener, face(&shared, Door::Socket), &stop).await;
            // A socket that is gone already is what was wanted.
            let _ = std::fs::remove_file(&path);
            ended
        };
        let watched = async {
            observe(&shared).await;
            Ok(())
        };
        tokio::try_join!(loopback, lan, socket, watched).map(|_| ())
    }
}

fn face(shared: &Arc<Shared>, door: Door) -> Face {
    Face {
        shared: Arc::clone(shared),
        door: Arc::new(door),
    }
}

/// Keeps the numbers in step with the views.
async fn observe(shared: &Shared) {
    let mut views = shared.hub.subscribe();
    views.mark_changed();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            changed = views.changed() => {
                if changed.is_err() {
                    return shared.stop.cancelled().await;
                }
            }
        }
        let view = views.borrow_and_update().clone();
        shared.hub.metrics().observe(&view);
    }
}

async fn serve_loopback(
    listener: TcpListener,
    face: Face,
    stop: &CancellationToken,
) -> Result<(), FacesError> {
    let at = name(&listener);
    let listener = Listener::tcp(listener).map_err(|source| listen_error(&at, source))?;
    let served = http_listen::serve(listener, router(face), LOCAL, stop.clone());
    ended(at, served.await)
}

async fn serve_lan(
    listener: TcpListener,
    tls: Tls,
    face: Face,
    stop: &CancellationToken,
) -> Result<(), FacesError> {
    let at = name(&listener);
    let listener = Listener::tcp(listener).map_err(|source| listen_error(&at, source))?;
    let terms = Terms {
        seats: LAN_SEATS,
        tls: Some(tls),
    };
    let served = http_listen::serve(listener, router(face), terms, stop.clone());
    ended(at, served.await)
}

async fn serve_socket(
    listener: UnixListener,
    face: Face,
    stop: &CancellationToken,
) -> Result<(), FacesError> {
    let at = "the control socket".to_owned();
    let listener = Listener::unix(listener).map_err(|source| listen_error(&at, source))?;
    let served = http_listen::serve(listener, router(face), LOCAL, stop.clone());
    ended(at, served.await)
}

fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), FacesError> {
    let open = || -> io::Result<_> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    };
    open().map_err(|source| listen_error(&addr.to_string(), source))
}

/// A socket file that nobody answers on is the rest of a killed daemon and is replaced.
fn listen_socket(path: &Path) -> Result<(UnixListener, PathBuf), FacesError> {
    if UnixStream::connect(path).is_ok() {
        return Err(FacesError::SocketTaken(path.to_owned()));
    }
    let open = || -> io::Result<_> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok((listener, path.to_owned()))
    };
    open().map_err(|source| listen_error(&path.display().to_string(), source))
}

fn name(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map_or_else(|_| "a closed listener".to_owned(), |addr| addr.to_string())
}

fn listen_error(at: &str, source: io::Error) -> FacesError {
    FacesError::Listen {
        at: at.to_owned(),
        source,
    }
}

fn ended(at: String, result: io::Result<()>) -> Result<(), FacesError> {
    result.map_err(|source| FacesError::Serve { at, source })
}
