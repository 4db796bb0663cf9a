//! The room's sound as its file says: what the driver needs, and one run of the owner. Knows the shapes of both sides; decides nothing.

use drv_audio::graph::{GraphError, PipewireGraph};
use drv_audio::hardware::{AlsaCards, HardwareError, Roots};
use drv_audio::{Inbox, SoundConfig, SoundDevice, Told, Wanted};
use room_core::event::Event;
use room_core::failure::SoundFailure;
use room_core::ids::SoundId;
use room_core::sound::{SoundDevicePlan, SoundSeen};
use room_core::units::Percent;
use room_profile::{Profile, SoundLink, SoundLinks, SoundPlace};
use std::path::{Path, PathBuf};

/// The socket of the sound server, in its folder.
const SOCKET: &str = "pipewire-0";

/// The name of the node that the sound server invents for a role.
pub fn stand_in(role: &SoundId) -> String {
    format!("stand-in-{role}")
}

/// The socket that the driver uses.
pub fn socket(sound: &SoundLinks) -> PathBuf {
    sound.server.join(SOCKET)
}

/// What pages and the SIP client find the sound server by, as PulseAudio's `PULSE_SERVER`.
pub fn for_clients(sound: &SoundLinks) -> String {
    format!("unix:{}", sound.clients.join("native").display())
}

/// What the driver needs.
pub fn config(sound: &SoundLinks, volume_limit: Percent) -> SoundConfig {
    let device = |plan: &SoundDevicePlan| {
        let link = sound.devices.iter().find(|link| link.id == plan.id);
        SoundDevice {
            id: plan.id.clone(),
            wanted: link.map(wanted).unwrap_or_default(),
        }
    };
    SoundConfig {
        microphones: sound.plan.microphones.iter().map(device).collect(),
        loudspeakers: sound.plan.loudspeakers.iter().map(device).collect(),
        second: sound.plan.second.as_ref().map(device),
        volume_limit,
    }
}

fn wanted(link: &SoundLink) -> Wanted {
    match &link.place {
        SoundPlace::Card { link, called } => Wanted {
            link: link.clone(),
            label: called.clone(),
        },
        SoundPlace::StandIn => Wanted {
            link: None,
            label: Some(stand_in(&link.id)),
        },
    }
}

/// Where the driver looks for cards. A folder of links that nobody lays is not watched.
pub fn roots(profile: &Profile) -> Roots {
    Roots {
        links: (!profile.roles.is_empty()).then(|| profile.links.clone()),
        ..Roots::default()
    }
}

/// Why there is no owner.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The cards cannot be looked after.
    #[error("the sound cards: {0}")]
    Cards(#[from] HardwareError),
    /// The graph cannot be looked after.
    #[error("the sound graph: {0}")]
    Graph(#[from] GraphError),
}

/// Owns the sound for as long as both of its ends last; afterwards the room knows that nobody does.
///
/// # Errors
/// When the machine has no thread for one of them, or nothing to watch with.
pub async fn own(
    config: SoundConfig,
    (roots, socket): (Roots, &Path),
    inbox: &mut Inbox,
    told: Told,
) -> Result<(), OwnerError> {
    let ports = begin(roots, socket);
    let events = told.events.clone();
    let ended = match ports {
        Ok(ports) => {
            drv_audio::supervise(config, ports, inbox, told).await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    // Without a loop there is nobody to tell.
    let down = SoundSeen::Down(SoundFailure::Broken);
    let _ = events.send(Event::Sound(down)).await;
    ended
}

fn begin(roots: Roots, socket: &Path) -> Result<(AlsaCards, PipewireGraph), OwnerError> {
    let cards = AlsaCards::begin(roots)?;
    let graph = PipewireGraph::open(socket.to_owned())?;
    Ok((cards, graph))
}
