//! Whether a microphone that shall cancel echo by itself does so: speech is played and listened for, and what came of a run is told
//! in the room's words. Judges nothing.

use super::around::RoomSound;
use preflight::sound::{ENOUGH, Loss, echo_loss, speech};
use preflight::{Check, Checked, Measure, Run};
use preflight_probe::stage::Stage as _;
use preflight_probe::studio::Studio;
use room_core::preflight::EchoProof;
use room_core::units::Percent;
use room_core::view::View;
use tracing::warn;

/// In a room that is turned down further than this, echo is low by itself, and a canceller proves nothing.
const LOUD: u8 = 50;

/// What people call the microphone in use, when it shall cancel echo by itself and can be tried now.
pub(super) fn claims(sound: &RoomSound, view: &View, volume: Percent) -> Option<String> {
    let used = view.sound.as_ref()?.microphone.as_ref()?;
    let device = used.device.as_ref()?;
    let tried = volume.get() >= LOUD && sound.cancels.contains(&device.id);
    tried.then(|| device.name.clone())
}

/// Plays speech and listens for its echo. `None`: nothing could be played or heard.
pub(super) async fn listen(sound: &RoomSound, studio: &mut Studio) -> Option<Loss> {
    let (loudspeaker, microphone) = (sound.loudspeakers.first()?, sound.microphones.first()?);
    let take = speech(48_000);
    let places = [microphone.place.as_str()];
    match studio.record(&loudspeaker.place, &places, &take).await {
        Ok(recordings) => echo_loss(&take, recordings.first()?),
        Err(error) => {
            warn!(%error, "echo cannot be listened for");
            None
        }
    }
}

/// What a run says of the canceller of the microphone in use; `None`: it was not tried, or nothing can be said.
pub(super) fn proof(run: &Run) -> Option<EchoProof> {
    let is_sound = |checked: &&Checked| checked.check == Check::Sound;
    let figures = &run.checks.iter().find(is_sound)?.figures;
    let loss = figures
        .iter()
        .find(|figure| figure.measure == Measure::EchoLoss)?;
    Some(match loss.value >= ENOUGH.0 {
        true => EchoProof::Holds,
        false => EchoProof::Fails,
    })
}
