//! What the faces need to be told, and what can go wrong when they start.
//! Knows no room file; wiring fills this in.

use super::console::Console;
use super::proof::Proofs;
use super::setup::Setup;
use super::texts::Lang;
use call_browser::pack::{Certainty, Month};
use drv_audio::Levels;
use futures_util::future::BoxFuture;
use room_api::{BoardAnswer, ButtonsAnswer, ErrorCode, FleetAnswer, PracticeCallAnswer};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How the room's faces are served.
#[derive(Clone)]
pub struct FacesConfig {
    /// Where the board's own browser finds the pages; must be a loopback address.
    pub loopback: SocketAddr,
    /// For tablets and phones in the building; absent: nobody but the board itself.
    pub lan: Option<LanFace>,
    /// The control socket of `roomctl`; made with mode 0660.
    pub socket: Option<PathBuf>,
    /// The room's language.
    pub lang: Lang,
    /// The room's time zone.
    pub zone: chrono_tz::Tz,
    /// Who helps, as people dial it, such as "4711 (IT-Service)".
    pub help: Option<String>,
    /// The address of the practice conference as people type it.
    pub practice_url: Option<String>,
    /// Where paired devices are remembered over a restart (digests only); absent: they pair anew.
    pub pairings: Option<PathBuf>,
    /// Gives a picture of the main display; only for demo kits, served on loopback only.
    pub mirror: Option<Mirror>,
    /// How well the pages of each service are known, by the service's slug.
    pub packs: PacksKnown,
    /// The room is not set up yet. Pages say that and nothing else.
    pub setup: Option<Setup>,
    /// What may be tried out at the control socket; absent: nothing.
    pub console: Option<Arc<dyn Console>>,
    /// What is known of the table buttons; for the control socket only.
    pub buttons: Option<Buttons>,
    /// Which file of the room's board counts; for the control socket only.
    pub board: Option<Board>,
    /// Holds practice conferences with an installer; absent: none.
    pub practice_call: Option<PracticeCalls>,
    /// Remembers checks of the room; absent: none are run.
    pub proofs: Option<Arc<dyn Proofs>>,
    /// Gives a picture of the call's page while that page needs a person, as JPEG.
    pub page: Option<Mirror>,
    /// What is heard, in figures; absent: nothing is measured here.
    pub levels: Option<watch::Receiver<Levels>>,
    /// How the room stands with its fleet; absent: nobody can say.
    pub fleet: Option<watch::Receiver<FleetAnswer>>,
    /// Told when the room is to be taken in anew, from the control socket alone; absent: it belongs nowhere.
    pub fleet_anew: Option<Arc<Notify>>,
    /// After this long without a step of the event loop the faces call the room stale. The loop steps at least each
    /// minute, for the clock.
    pub stall_after: Duration,
}

impl Default for FacesConfig {
    fn default() -> Self {
        FacesConfig {
            loopback: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            lan: None,
            socket: None,
            lang: Lang::De,
            zone: chrono_tz::Europe::Berlin,
            help: None,
            practice_url: None,
            pairings: None,
            mirror: None,
            packs: PacksKnown::default(),
            setup: None,
            console: None,
            buttons: None,
            board: None,
            practice_call: None,
            proofs: None,
            page: None,
            levels: None,
            fleet: None,
            fleet_anew: None,
            stall_after: Duration::from_secs(90),
        }
    }
}

/// How well a service's pages are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackKnown {
    /// The pack's version.
    pub version: u32,
    /// How sure its signs are.
    pub certainty: Certainty,
    /// When they were last held against their source.
    pub seen: Option<Month>,
}

/// How well the pages of each service are known now, by the service's slug. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct PacksKnown(Arc<RwLock<BTreeMap<String, PackKnown>>>);

impl From<BTreeMap<String, PackKnown>> for PacksKnown {
    fn from(known: BTreeMap<String, PackKnown>) -> Self {
        Self(Arc::new(RwLock::new(known)))
    }
}

impl PacksKnown {
    /// All of them.
    pub fn now(&self) -> BTreeMap<String, PackKnown> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// From now on faces say this.
    pub fn renew(&self, known: BTreeMap<String, PackKnown>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// The listener for the building's network.
#[derive(Clone)]
pub struct LanFace {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Certificate and key.
    pub tls: http_listen::Tls,
    /// Host names by which the room is called; IP addresses are always accepted.
    pub names: Vec<String>,
    /// The address people type, shown on the main display, such as `https://saal2.example:8443`.
    pub url: String,
}

/// Says which file of the room's board counts, where its file names one.
pub type Board = Arc<dyn Fn() -> Option<BoardAnswer> + Send + Sync>;

/// Says what is known of the table buttons now.
pub type Buttons = Arc<dyn Fn() -> ButtonsAnswer + Send + Sync>;

/// Opens and keeps a practice conference of its own, or ends it.
pub type PracticeCalls = Arc<dyn Fn(bool) -> Result<PracticeCallAnswer, ErrorCode> + Send + Sync>;

/// Takes a picture; `None` when there is none now.
pub type Mirror = Arc<dyn Fn() -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

/// Why the faces could not be served.
#[derive(Debug, thiserror::Error)]
pub enum FacesError {
    /// The panel's own address is not local.
    #[error("{0} is not a loopback address; the network gets a listener of its own with pairing")]
    NotLoopback(SocketAddr),
    /// A listener could not be opened.
    #[error("cannot listen on {at}")]
    Listen {
        /// Where.
        at: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Another daemon answers on the control socket.
    #[error("another roomd already answers on {}", .0.display())]
    SocketTaken(PathBuf),
    /// A listener ended.
    #[error("the listener on {at} failed")]
    Serve {
        /// Where.
        at: String,
        /// Why.
        source: std::io::Error,
    },
}
