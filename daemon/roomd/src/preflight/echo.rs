//! Who cancels echo in the room's calls and can be tried here: speech is played and listened for, and what came of a run is told in
//! the room's words. Judges nothing.

use super::around::RoomSound;
use preflight::sound::{ENOUGH, Loss, echo_loss, speech};
use preflight::{Check, Checked, Measure, Note, Run};
use preflight_probe::stage::Stage as _;
use preflight_probe::studio::Studio;
use room_core::preflight::EchoProof;
use room_core::sound::{EchoBy, EchoWhy};
use room_core::units::Percent;
use room_core::view::View;
use tracing::warn;

/// In a room that is turned down further than this, echo is low by itself, and a canceller proves nothing.
const LOUD: u8 = 50;

/// Who is tried of those who may cancel echo in the room's calls, and what is said of the others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trial {
    /// What people call the microphone in use, when it shall cancel echo by itself.
    pub(super) device: Option<String>,
    /// The room's own canceller, which calls by SIP have unless the device cancels, and pages where the room's file says so.
    pub(super) room: bool,
    /// The room's file leaves it to nobody else.
    pub(super) by_operator: bool,
    pub(super) notes: Vec<Note>,
}

/// What can be tried now.
pub(super) fn trial(sound: &RoomSound, view: &View, volume: Percent) -> Trial {
    let Some(seen) = view.sound.as_ref() else {
        return Trial::default();
    };
    let used = seen.microphone.as_ref().and_then(|m| m.device.as_ref());
    let mut trial = Trial {
        device: used
            .filter(|device| sound.cancels.contains(&device.id))
            .map(|device| device.name.clone()),
        room: seen.echo.by == EchoBy::Room || sound.by_sip && seen.echo.by_sip() == EchoBy::Room,
        by_operator: seen.echo.why == EchoWhy::Operator,
        notes: Vec::new(),
    };
    match seen.echo.by {
        EchoBy::Browser => trial.notes.push(Note::EchoByConference),
        EchoBy::Nobody => trial.notes.push(Note::EchoByNobody),
        EchoBy::Device | EchoBy::Room => {}
    }
    if volume.get() < LOUD && (trial.room || trial.device.is_some()) {
        trial.notes.push(Note::EchoTurnedDown);
        (trial.room, trial.device) = (false, None);
    }
    trial
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
