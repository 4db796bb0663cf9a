//! The room's fleet: what it has set lies over the room's file from the beginning, and its part of the daemon runs beside all others.

use super::Wiring;
use crate::buttons::Buttons;
use crate::fleet::{self, About, Ask, Hands, Kept, Parts, Upgrades};
use crate::trials::Trials;
use crate::{clock, reload};
use config_files::Files;
use rand::random;
use room_api::{FleetAnswer, FleetStanding};
use room_profile::{Profile, SourceFile};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, watch};
use tracing::{error, info};

/// So many settings or starts may wait; the agent sends one after the other.
const ASKS: usize = 4;

/// The profile under what the fleet has set before. Settings that do not fit any more are left out and said: a room starts in any case.
pub(super) fn under_settings(
    files: &Files,
    profile: Profile,
    state: &Path,
) -> (Profile, Option<SourceFile>) {
    let layer = profile
        .fleet
        .as_ref()
        .and_then(|_| Kept::new(state).settings().layer());
    let Some(layer) = layer else {
        return (profile, None);
    };
    match files.profile_under(Some(&layer)) {
        Ok(under) => {
            info!(settings = &*layer.name, "lie over the room's file");
            (under, Some(layer))
        }
        Err(problem) => {
            let problem = reload::chain(&problem);
            error!(
                problem,
                "the fleet's settings do not fit the room's file any more; the room starts without them"
            );
            (profile, None)
        }
    }
}

/// How the room stands before anybody was asked.
pub(super) fn standing(
    profile: &Profile,
    state: &Path,
) -> (watch::Sender<FleetAnswer>, watch::Receiver<FleetAnswer>) {
    let server = profile.fleet.as_ref().map(|link| link.server.clone());
    let applied = Kept::new(state).settings().applied;
    watch::channel(FleetAnswer {
        standing: match server {
            Some(_) => FleetStanding::Asking { problem: None },
            None => FleetStanding::Nowhere {},
        },
        settings: server.as_ref().and_then(|_| Some(applied?.revision.0)),
        server,
    })
}

impl Wiring {
    /// Begins the fleet's part, where the room's file names a server. Returns what it will ask.
    pub(super) fn fleet(
        &mut self,
        (standing, anew): (watch::Sender<FleetAnswer>, Arc<Notify>),
        (browser, trials, buttons): (call_browser::Handle, Trials, Buttons),
    ) -> mpsc::Receiver<Ask> {
        let (asks, asked) = mpsc::channel(ASKS);
        let Some(link) = self.profile.fleet.clone() else {
            return asked;
        };
        let Ok(boot) = format!("{:016x}", random::<u64>()).parse() else {
            return asked;
        };
        let board = self.profile.board.as_ref();
        let about = About {
            software: self.machine.software.as_str().into(),
            board: board.and_then(|board| board.parse().ok()),
            zone: self.profile.zone.name().into(),
            boot,
            started: clock::wall(),
            has_calendar: !self.profile.calendars.is_empty(),
            unwritten: self.unwritten,
        };
        let machine = &self.machine;
        let root = link.release_root.as_ref();
        let upgrades = Upgrades::of(&machine.system, root);
        // A room whose buttons get firmware only when somebody asks for it takes none from afar.
        let updates = self.profile.plan.policy.update_buttons && !buttons.lines.is_empty();
        let parts = Arc::new(Parts {
            link,
            upgrades,
            buttons: updates.then_some(buttons),
            boards: self.boards.clone(),
            patience: machine.patience,
            kept: Kept::new(self.state.path()),
            about,
            hands: Hands {
                views: self.views.clone(),
                presses: self.doors.presses.clone(),
                asks: asks.clone(),
                browser,
                trials,
                metrics: self.metrics.clone(),
            },
            renewal: self.renewal.clone(),
            asks,
            standing,
            anew,
        });
        self.tasks.keep("fleet", move || {
            let parts = Arc::clone(&parts);
            async move {
                let ended = fleet::run(&parts).await;
                ended.map_err(|error| format!("{error:#}"))
            }
        });
        asked
    }
}
