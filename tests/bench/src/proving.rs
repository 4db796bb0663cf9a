//! What a check of the room's sound takes, in a made-up room between null devices of a real server; and how much echo the room's own
//! canceller takes out of such rooms, by what a check plays. Judges nothing.

use crate::sound::rig::{Server, null};
use anyhow::{Context, Result, bail};
use drv_audio::canceller::{Also, Canceller, FRAME};
use drv_audio::ports::Direction;
use preflight::sound::{Ear, Loss, Sweep, echo_loss as loss_of, speech};
use preflight_probe::stage::{Seat, every_way};
use preflight_probe::studio::Studio;
use serde_json::Value;
use std::time::Instant;
use virtual_room::{Devices, Room, Size, VirtualRoom};

const SIZE: Size = Size {
    rate: 48_000,
    loudspeakers: 1,
    microphones: 1,
};
/// So many made-up rooms.
const ROOMS: u64 = 6;

/// Seconds from the first sound to the figures, one loudspeaker and one microphone.
pub async fn pair(rounds: usize) -> Result<Value> {
    let nulls = [
        null("table", Direction::Capture),
        null("wall", Direction::Playback),
    ];
    let server = Server::start("proving", &nulls).context("PipeWire is not installed")?;
    let devices = Devices {
        socket: Some(server.socket()),
        loudspeakers: vec!["wall".to_owned()],
        microphones: vec!["table".to_owned()],
    };
    let _air = VirtualRoom::open(&Room::installed(SIZE, 5), devices)?;
    let runtime = server.socket().parent().context("a folder")?.to_owned();
    let mut studio = Studio::at(runtime);
    let seat = |name: &str| Seat {
        role: name.to_owned(),
        place: name.to_owned(),
    };
    let (wall, table) = ([seat("wall")], [seat("table")]);
    let ear = Ear::of(Sweep::at(SIZE.rate).take());
    let mut took = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let loops = every_way(&mut studio, (&wall, &table), &ear, |_| ()).await?;
        if loops.iter().any(|one| one.heard.sweep.is_err()) {
            bail!("the sweep was not heard");
        }
        took.push(began.elapsed().as_secs_f64());
    }
    Ok(crate::spread(&took))
}

/// Decibels between what the loudspeaker plays and what the far end gets, after two seconds of speech; where noise hides the echo,
/// at least that much.
pub fn echo_loss() -> Result<Value> {
    let take = speech(SIZE.rate);
    let mut losses = Vec::new();
    for seed in 0..ROOMS {
        let heard = Room::installed(SIZE, seed).record(&take.samples, 0, 0);
        let mut canceller = Canceller::new(Also {
            noise: true,
            gain: false,
        });
        let far = take.samples.as_chunks::<FRAME>().0.iter();
        let cleaned = far
            .zip(heard.as_chunks::<FRAME>().0)
            .flat_map(|(far, near)| {
                let mut near = *near;
                canceller.clean(far, &mut near);
                near
            });
        let mut cleaned: Vec<f32> = cleaned.collect();
        cleaned.resize(take.samples.len(), 0.0);
        let (Loss::Of(loss) | Loss::AtLeast(loss)) =
            loss_of(&take, &cleaned).context("a recording")?;
        losses.push(loss.0);
    }
    Ok(crate::spread(&losses))
}
