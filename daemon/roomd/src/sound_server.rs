//! The room's sound server as the room's file says: writes its files, becomes it or its face for pages and the SIP client.
//! Knows the programs' options and surroundings; the text of the files is the driver's.

use crate::files::write_whole;
use crate::sound::stand_in;
use anyhow::{Context, Result};
use drv_audio::graph::conf::{self, NullDevice};
use drv_audio::ports::Direction;
use room_core::sound::SoundPlan;
use room_profile::{Profile, SoundLink, SoundLinks, SoundPlace};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use tracing::info;

/// The two programs of a sound server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The graph itself.
    Graph,
    /// What speaks PulseAudio to pages and the SIP client.
    Clients,
}

/// What is done with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Its file is written.
    Write,
    /// Its file is written, and this program becomes it.
    Become,
}

/// Writes the part's file and becomes the part, as far as asked. `false`: the room's file names no sound, and nothing was done.
///
/// # Errors
/// When the file cannot be written, or the program cannot be started.
pub fn serve(profile: &Profile, part: Part, deed: Deed) -> Result<bool> {
    let Some(sound) = &profile.sound else {
        info!("the room's file names no microphone and no loudspeaker: no sound server is needed");
        return Ok(false);
    };
    let (program, folder, text) = match part {
        Part::Graph => (
            "pipewire",
            &sound.server,
            conf::server(&stand_ins(sound), &sound.server),
        ),
        Part::Clients => ("pipewire-pulse", &sound.clients, conf::pulse()),
    };
    let file = folder.join(format!("{program}.conf"));
    write_whole(folder, &file, &text)?;
    if deed == Deed::Write {
        return Ok(true);
    }
    let error = Command::new(program)
        .arg("-c")
        .arg(&file)
        .env("PIPEWIRE_RUNTIME_DIR", &sound.server)
        .env("PULSE_RUNTIME_PATH", &sound.clients)
        .env("XDG_RUNTIME_DIR", folder)
        .exec();
    Err(error).with_context(|| {
        format!("cannot start {program}: apt install pipewire pipewire-pulse brings it")
    })
}

fn stand_ins(sound: &SoundLinks) -> Vec<NullDevice> {
    let invented = |link: &&SoundLink| link.place == SoundPlace::StandIn;
    let device = |link: &SoundLink| NullDevice {
        name: stand_in(&link.id),
        title: title(&sound.plan, link),
        direction: match link.hears {
            true => Direction::Capture,
            false => Direction::Playback,
        },
    };
    sound.devices.iter().filter(invented).map(device).collect()
}

fn title(plan: &SoundPlan, link: &SoundLink) -> String {
    let all = plan
        .microphones
        .iter()
        .chain(&plan.loudspeakers)
        .chain(&plan.second);
    let found = all.into_iter().find(|device| device.id == link.id);
    found.map_or_else(|| link.id.to_string(), |device| device.name.clone())
}
