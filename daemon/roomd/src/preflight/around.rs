//! What the checks can reach of the room: its view, its heads, displays and cameras, its sound, its packs. Wiring fills it in.

use super::heads::Heads;
use super::sip::SipServer;
use crate::watchers::Views;
use call_browser::Shelf;
use drv_audio::ports::Role;
use drv_camera::Ask;
use preflight::path::PathLimits;
use preflight_probe::stage::Seat;
use room_core::ids::{CameraId, DisplayId, SoundId};
use rustls::pki_types::CertificateDer;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// From where on the way to a host counts as bad.
pub type Limits = PathLimits;

/// Everything that the checks can reach.
pub struct Reach {
    /// What the room has seen.
    pub views: Views,
    /// PTZ heads.
    pub heads: Heads,
    /// Displays by role.
    pub displays: BTreeMap<DisplayId, drv_display::Handle>,
    /// Cameras by role.
    pub cameras: Vec<(CameraId, mpsc::Sender<Ask>)>,
    /// How many lamps, buttons, speakerphones and status panels there are.
    pub fittings: usize,
    /// The room's own sound; `None`: none is driven.
    pub sound: Option<RoomSound>,
    /// Which services' pages are known.
    pub packs: Shelf,
    /// The server that calls by SIP go through.
    pub sip: Option<SipServer>,
    /// How the way to a host is judged.
    pub limits: Limits,
    /// Whom the room trusts beside the machine's own list: itself.
    pub own: Vec<CertificateDer<'static>>,
}

/// Devices that checks ask, as wiring comes upon them.
#[derive(Default)]
pub struct Devices {
    /// PTZ heads.
    pub heads: Heads,
    /// Displays by role.
    pub displays: BTreeMap<DisplayId, drv_display::Handle>,
    /// Cameras by role.
    pub cameras: Vec<(CameraId, mpsc::Sender<Ask>)>,
    /// The room's own sound.
    pub sound: Option<RoomSound>,
}

/// The room's own sound, as far as it can be proven.
#[derive(Clone)]
pub struct RoomSound {
    /// The folder of the sound server's socket; `None`: this machine's usual one.
    pub runtime: Option<PathBuf>,
    /// Loudspeakers by role.
    pub loudspeakers: Vec<Seat>,
    /// Microphones by role.
    pub microphones: Vec<Seat>,
    /// Microphones in the room that shall cancel echo by themselves, as their models say.
    pub cancels: BTreeSet<SoundId>,
    /// Whether the room calls by SIP, too.
    pub by_sip: bool,
    /// Makes the sound anew; must not wait.
    pub reset: Arc<dyn Fn() + Send + Sync>,
    /// The sound at the installation is kept here.
    pub baseline: preflight_probe::shelf::Shelf,
}

impl RoomSound {
    /// The room's loudspeaker and microphone as conferences have them, at the server whose socket is in `runtime`.
    pub fn of_conferences(
        runtime: PathBuf,
        (cancels, by_sip): (BTreeSet<SoundId>, bool),
        baseline: preflight_probe::shelf::Shelf,
        reset: impl Fn() + Send + Sync + 'static,
    ) -> RoomSound {
        let seat = |role, name: &str| Seat {
            role: name.to_owned(),
            place: drv_audio::graph::conf::node(role).to_owned(),
        };
        RoomSound {
            runtime: Some(runtime),
            loudspeakers: vec![seat(Role::Loudspeaker, "loudspeaker")],
            microphones: vec![seat(Role::Microphone, "microphone")],
            cancels,
            by_sip,
            reset: Arc::new(reset),
            baseline,
        }
    }
}
