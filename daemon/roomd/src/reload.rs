//! A new configuration while the room runs: refused whole or taken whole. Knows no room; only the plan goes to the core.

use config_files::{ConfigError, Files};
use room_core::event::Event;
use room_profile::Profile;
use std::path::Path;
use tracing::{error, info, warn};

/// Reads the files anew. `Some` with the event for the room when they are right; `profile` is then the new one.
/// Of a bad file every problem is logged, and nothing changes.
pub fn reload(files: &Files, profile: &mut Profile) -> Option<Event> {
    match files.profile() {
        Ok(new) => {
            let later = needs_restart(profile, &new);
            if !later.is_empty() {
                warn!(
                    parts = later.join(", "),
                    "changed, and taken up at the next start: systemctl restart roomd"
                );
            }
            info!(file = %files.room.display(), "the new configuration is in force");
            let mut plan = Box::new(new.plan.clone());
            // Sound that comes or goes as a whole does so at the next start.
            if profile.sound.is_some() != new.sound.is_some() {
                plan.sound.clone_from(&profile.plan.sound);
            }
            *profile = new;
            profile.plan = (*plan).clone();
            Some(Event::PlanChanged(plan))
        }
        Err(ConfigError::Unreadable(problem)) => {
            let problem = format!("{:#}", anyhow::Error::from(problem));
            error!(
                problem,
                "the new configuration is refused; the one before stays in force"
            );
            None
        }
        Err(ConfigError::Wrong(problems)) => {
            for line in problems.lines() {
                error!(problem = line, "wrong in the new configuration");
            }
            let count = problems.iter().count();
            error!(
                count,
                "the new configuration is refused; the one before stays in force"
            );
            None
        }
    }
}

fn servers(profile: &Profile) -> Option<(&Path, &Path)> {
    let sound = profile.sound.as_ref()?;
    Some((&sound.server, &sound.clients))
}

/// What a running daemon cannot change. Heads and buttons without a line of their own are in the plan.
fn needs_restart(old: &Profile, new: &Profile) -> Vec<&'static str> {
    let parts = [
        ("usb sockets and serial numbers", old.roles != new.roles),
        ("heads", old.heads != new.heads),
        ("displays", old.displays != new.displays),
        ("pucks", old.pucks != new.pucks),
        (
            "gpio, lamps, buttons, speakerphone or panels",
            old.fittings != new.fittings,
        ),
        ("cameras", old.cameras != new.cameras),
        (
            "the room's sound as a whole, or its server",
            servers(old) != servers(new),
        ),
        ("calendars", old.calendars != new.calendars),
        ("hosts", old.hosts != new.hosts),
        ("ways", old.ways != new.ways),
        ("sip", old.sip != new.sip),
        ("browser", old.browser != new.browser),
        ("faces", old.faces != new.faces),
        ("practice", old.practice != new.practice),
        (
            "room.language, room.zone or room.help",
            (old.language, old.zone, &old.help) != (new.language, new.zone, &new.help),
        ),
        ("canary", old.canaries != new.canaries),
        (
            "preflight: night, tomorrow, quiet or path",
            old.preflight != new.preflight,
        ),
        ("room.state_dir", old.state_dir != new.state_dir),
    ];
    parts
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name)
        .collect()
}
