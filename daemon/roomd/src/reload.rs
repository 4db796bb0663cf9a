//! A new configuration while the room runs: refused whole or taken whole. Knows no room; only the plan goes to the core.

use config_files::{ConfigError, Files};
use room_core::event::Event;
use room_core::ids::DisplayId;
use room_core::plan::RoomPlan;
use room_profile::{Profile, SourceFile};
use std::path::Path;
use tracing::{error, info, warn};

/// A new configuration that is right.
#[derive(Debug)]
pub struct Taken {
    /// For the room.
    pub event: Event,
    /// What of it comes into force with the daemon's next start only.
    pub later: Vec<&'static str>,
}

/// Reads the files anew, under the fleet's settings. `profile` is then the new one; of a bad file nothing changes.
///
/// # Errors
/// As [`Files::profile_under`].
pub fn reload(
    files: &Files,
    settings: Option<&SourceFile>,
    profile: &mut Profile,
) -> Result<Taken, ConfigError> {
    if files.released.is_some() {
        // Other programs of the room read its file over what came with the package, and so does the next start.
        files.without_release().profile_under(settings)?;
    }
    let new = files.profile_under(settings)?;
    let later = needs_restart(profile, &new);
    let mut plan = Box::new(new.plan.clone());
    // Sound that comes or goes as a whole does so at the next start.
    if profile.sound.is_some() != new.sound.is_some() {
        plan.sound.clone_from(&profile.plan.sound);
    }
    *profile = new;
    profile.plan = (*plan).clone();
    Ok(Taken {
        event: Event::PlanChanged(plan),
        later,
    })
}

/// Says in the log what became of it.
pub fn tell(files: &Files, taken: Result<&Taken, &ConfigError>) {
    match taken {
        Ok(taken) => {
            if !taken.later.is_empty() {
                warn!(
                    parts = taken.later.join(", "),
                    "changed, and taken up at the next start: systemctl restart roomd"
                );
            }
            info!(file = %files.room.display(), "the new configuration is in force");
        }
        Err(ConfigError::Unreadable(problem)) => {
            let problem = chain(problem);
            error!(
                problem,
                "the new configuration is refused; the one before stays in force"
            );
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
        }
    }
}

/// Everything that is wrong, on one line.
pub fn words(error: &ConfigError) -> String {
    match error {
        ConfigError::Unreadable(error) => chain(error),
        ConfigError::Wrong(problems) => problems.lines().join("; "),
    }
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

fn servers(profile: &Profile) -> Option<(&Path, &Path)> {
    let sound = profile.sound.as_ref()?;
    Some((&sound.server, &sound.clients))
}

/// Whether two profiles differ in devices that the daemon drives by itself and in nothing else: nothing that other programs of the room
/// read, that calls may lead to, that is kept, or that says whose the room is.
pub fn only_devices(old: &Profile, new: &Profile) -> bool {
    let plan = RoomPlan {
        heads: old.plan.heads.clone(),
        pucks: old.plan.pucks.clone(),
        displays: old.plan.displays.clone(),
        cameras: old.plan.cameras.clone(),
        fittings: old.plan.fittings.clone(),
        ..new.plan.clone()
    };
    let but_for_devices = Profile {
        plan,
        places: old.places.clone(),
        roles: old.roles.clone(),
        heads: old.heads.clone(),
        pucks: old.pucks.clone(),
        displays: old.displays.clone(),
        cameras: old.cameras.clone(),
        fittings: old.fittings.clone(),
        ..new.clone()
    };
    but_for_devices == *old && outputs(old).eq(outputs(new))
}

/// Which display hangs on which output: the compositor's file says so, too.
fn outputs(profile: &Profile) -> impl Iterator<Item = (&DisplayId, &String)> {
    let links = profile.displays.iter();
    links.filter_map(|link| Some((&link.display, link.output.as_ref()?)))
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
        ("fleet", old.fleet != new.fleet),
    ];
    parts
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name)
        .collect()
}
