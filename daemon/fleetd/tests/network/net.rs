//! A network in virtual time: connections whose bytes take their time, stand still, or break, as it is told. Knows no message.

use core::time::Duration;
use fleet_agent::link::{Dial, LinkError, greet};
use fleet_agent::{Membership, RoomKey};
use http_listen::Given;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;

/// As a room's own agent.
const CONNECTING: Duration = Duration::from_secs(20);
/// Bytes that are on their way at most.
const WINDOW: usize = 16 << 10;

/// How the way between one room and the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Bytes arrive.
    Fair,
    /// Nothing arrives, and nobody is told.
    Still,
    /// Nothing connects, and whoever tries is told so.
    Out,
}

/// One room's way.
#[derive(Debug)]
pub struct Way {
    weather: watch::Sender<Weather>,
    /// Counts breaks: a connection of an earlier number is broken.
    cuts: watch::Sender<u64>,
    random: Mutex<StdRng>,
}

/// Where the server takes what connects; changed with each of its starts.
pub type Door = watch::Sender<Option<mpsc::Sender<Given>>>;

impl Way {
    pub fn new(seed: u64) -> Way {
        Way {
            weather: watch::Sender::new(Weather::Fair),
            cuts: watch::Sender::new(0),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    pub fn becomes(&self, weather: Weather) {
        self.weather.send_replace(weather);
        if weather == Weather::Out {
            self.cut();
        }
    }

    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    fn delay(&self) -> Duration {
        let mut random = self.random.lock().unwrap();
        // Most bytes are quick, some are late by much.
        let most = if random.random_bool(0.05) { 3_000 } else { 60 };
        Duration::from_millis(random.random_range(1..most))
    }
}

/// Carries bytes one way until it breaks.
async fn carry(way: Arc<Way>, mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>) {
    let mut cuts = way.cuts.subscribe();
    cuts.mark_unchanged();
    let carrying = async {
        let mut weather = way.weather.subscribe();
        let mut bytes = [0; 2048];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            sleep(way.delay()).await;
            if weather
                .wait_for(|now| *now != Weather::Still)
                .await
                .is_err()
                || to.write_all(&bytes[..count]).await.is_err()
            {
                break;
            }
        }
    };
    tokio::select! {
        () = carrying => {}
        _ = cuts.changed() => {}
    }
}

/// Connects one room.
#[derive(Clone)]
pub struct Dialler {
    pub key: RoomKey,
    pub member: Membership,
    pub way: Arc<Way>,
    pub door: Arc<Door>,
}

impl Dialler {
    async fn straight(&self) -> Result<WebSocketStream<TlsStream<DuplexStream>>, LinkError> {
        let server = &self.member.server;
        let host = server.host().to_owned();
        let unreachable = |kind: io::ErrorKind| LinkError::Unreachable {
            host: host.clone(),
            source: kind.into(),
        };
        sleep(self.way.delay()).await;
        if *self.way.weather.borrow() == Weather::Out {
            return Err(unreachable(io::ErrorKind::NetworkUnreachable));
        }
        let door = self.door.borrow().clone();
        let refused = || unreachable(io::ErrorKind::ConnectionRefused);
        let door = door.ok_or_else(refused)?;
        let ((own, near), (far, theirs)) = (duplex(WINDOW), duplex(WINDOW));
        let ((near_in, near_out), (far_in, far_out)) = (split(near), split(far));
        tokio::spawn(carry(Arc::clone(&self.way), near_in, far_out));
        tokio::spawn(carry(Arc::clone(&self.way), far_in, near_out));
        let given = Given::new(theirs, Some(([192, 0, 2, 1], 1).into()));
        door.send(given).await.map_err(|_| refused())?;
        let tls = TlsConnector::from(Arc::new(self.key.tls(&self.member)?));
        let stream = tls.connect(server.name(), own).await;
        let stream = stream.map_err(|source| LinkError::Tls { host, source })?;
        greet(stream, server).await
    }
}

impl Dial for Dialler {
    type Stream = TlsStream<DuplexStream>;

    async fn dial(&self) -> Result<WebSocketStream<Self::Stream>, LinkError> {
        let host = self.member.server.host().to_owned();
        timeout(CONNECTING, self.straight())
            .await
            .map_err(|_| LinkError::TimedOut(host))?
    }
}
