//! The server from its listener to its end: pages, API and lines on one port, and what happens by the clock. Draws nothing.

use crate::alerts::watch_rooms;
use crate::bridge::bridge_rooms;
use crate::fleet::Fleet;
use crate::people::{Account, Grant, Invite, PeopleError, Role};
use crate::rollouts::roll_out;
use crate::web::router;
use fleet_proto::GoodbyeWhy;
use futures_util::future::join_all;
use http_listen::{House, Listener};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// After a restart every room comes at once.
const BACKLOG: u32 = 4096;
/// Lines, and people with a few connections each.
const SEATS: usize = 20_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Takes as many open files as the system gives: each line is one, and shells and systemd begin with 1024. The answer is how many.
///
/// # Errors
/// When the system does not say.
pub fn raise_open_files() -> io::Result<u64> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(most)
}

/// Opens the port.
///
/// # Errors
/// When the system does not give it.
pub fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves until told to stop; lines are told so before. Of several fleets each is another tenant's: they share the listener, and a peer
/// reaches the one whose name it calls. One alone is reached by any name and address.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    fleets: Vec<Arc<Fleet>>,
    listener: std::net::TcpListener,
    stop: CancellationToken,
) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    serve_on(fleets, (Listener::tcp(listener)?, port), stop).await
}

/// As [`serve`], on a listener of any kind that peers reach at this port.
///
/// # Errors
/// When the listener breaks.
pub async fn serve_on(
    fleets: Vec<Arc<Fleet>>,
    (listener, port): (Listener, u16),
    stop: CancellationToken,
) -> io::Result<()> {
    let alone = fleets.len() == 1;
    let mut houses = Vec::new();
    let mut works = Vec::new();
    for fleet in &fleets {
        fleet.listens(port);
        houses.push(House {
            names: if alone {
                Vec::new()
            } else {
                fleet.names.clone()
            },
            tls: fleet.tls.clone(),
            router: router(Arc::clone(fleet)),
        });
        works.push(Work::begin(fleet, &stop));
    }
    let served = http_listen::serve_houses(listener, houses, SEATS, stop.clone()).await;
    stop.cancel();
    join_all(works.into_iter().map(Work::end)).await;
    served
}

/// What goes on by itself for one fleet.
struct Work {
    fleet: Arc<Fleet>,
    tasks: JoinSet<()>,
    /// Ends after the last line, so that the other servers hear where rooms have gone.
    along: JoinHandle<()>,
    parted: CancellationToken,
}

impl Work {
    fn begin(fleet: &Arc<Fleet>, stop: &CancellationToken) -> Work {
        let own = || (Arc::clone(fleet), stop.clone());
        let mut tasks = JoinSet::new();
        let (of_alerts, stopped) = own();
        tasks.spawn(watch_rooms(of_alerts, stopped));
        let (of_bridge, stopped) = own();
        tasks.spawn(bridge_rooms(of_bridge, stopped));
        let (of_rollouts, stopped) = own();
        tasks.spawn(roll_out(of_rollouts, stopped));
        let (of_clock, stopped) = own();
        tasks.spawn(by_the_clock(of_clock, stopped));
        let (parting, stopped) = own();
        tasks.spawn(async move {
            stopped.cancelled().await;
            parting.hub.end_all(GoodbyeWhy::Restart);
        });
        let parted = CancellationToken::new();
        Work {
            fleet: Arc::clone(fleet),
            tasks,
            along: tokio::spawn(Arc::clone(fleet).go_along(parted.clone())),
            parted,
        }
    }

    async fn end(mut self) {
        while self.tasks.join_next().await.is_some() {}
        settled(&self.fleet).await;
        self.parted.cancel();
        let _ = self.along.await;
    }
}

/// Until the last line has said goodbye and is written down.
async fn settled(fleet: &Fleet) {
    for _ in 0..60 {
        if fleet.hub.count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn by_the_clock(fleet: Arc<Fleet>, stop: CancellationToken) {
    let mut seconds = interval(SECOND);
    let mut days = interval(DAY);
    let mut minutes = interval(MINUTE);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    days.tick().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = seconds.tick() => {
                if let Err(error) = fleet.commands.tick(fleet.now_ms()).await {
                    tracing::warn!(%error, "commands cannot be looked through");
                }
            }
            _ = minutes.tick() => fleet.forgive(&fleet.tenant, fleet.now_ms()),
            _ = days.tick() => {
                if let Err(error) = fleet.renew_own().await {
                    tracing::error!(%error, "the server's certificate cannot be renewed");
                }
            }
        }
    }
}

/// The path of a link that makes the first administrator, while there is nobody.
///
/// # Errors
/// When the store fails.
pub async fn first_link(fleet: &Fleet) -> Result<Option<String>, PeopleError> {
    let tenant = &fleet.tenant;
    let accounts = fleet.people.accounts(tenant).await?;
    if accounts.iter().any(Account::rules) {
        return Ok(None);
    }
    let invite = Invite {
        name: "admin".to_owned(),
        grants: vec![Grant {
            role: Role::Admin,
            site: None,
        }],
    };
    let link = fleet.people.invite(tenant, invite, fleet.now_ms()).await?;
    Ok(Some(format!("/welcome?link={link}")))
}
