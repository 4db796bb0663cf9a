//! The sound of the room, from each loudspeaker to each microphone, and whoever cancels echo in its calls: plays, listens, and has
//! the room put its own canceller in the way for that. Judges by `preflight`; decides nothing of the room's sound.

use super::around::RoomSound;
use super::echo::{self, Trial};
use crate::watchers::Views;
use preflight::sound::{
    Decibels, ENOUGH, Ear, Finding, Limits, Loop, Sweep, judge, judge_claim, judge_room,
};
use preflight::{Check, Checked, Figure, Measure, Note, Trouble};
use preflight_probe::stage::every_way;
use preflight_probe::studio::Studio;
use room_core::event::Event;
use room_core::preflight::{Hearing, PreflightSeen, RunId};
use room_core::units::Percent;
use room_core::view::View;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{debug, warn};

/// The graph puts a canceller that runs into the way within a tenth of a second; one that was ended is started again by then.
const IN_THE_WAY: Duration = Duration::from_secs(2);

/// By whom the room is asked to be heard with its own canceller and without. Ends with its run: the room knows which one that is.
pub(super) struct Hearings {
    pub(super) run: RunId,
    pub(super) room: mpsc::Sender<Event>,
    pub(super) views: Views,
}

impl Hearings {
    async fn ask(&self, hearing: Hearing) {
        let asked = Event::Preflight(self.run, PreflightSeen::Hears(hearing));
        // Without a loop there is nobody to ask.
        let _ = self.room.send(asked).await;
    }

    /// Whether the microphone goes through the room's own canceller, once it has had its time.
    async fn through_canceller(&self) -> bool {
        self.ask(Hearing::Cancelled).await;
        let mut views = self.views.clone();
        let seen = views.wait_for(|view| view.sound.as_ref().is_some_and(|sound| sound.cancels));
        matches!(timeout(IN_THE_WAY, seen).await, Ok(Ok(_)))
    }
}

/// The stage at the room's sound server.
pub(super) fn studio(sound: &RoomSound) -> Studio {
    match &sound.runtime {
        Some(runtime) => Studio::at(runtime.clone()),
        None => Studio::here(),
    }
}

/// Every loudspeaker to every microphone, then those who cancel echo.
pub(super) async fn check(
    sound: &RoomSound,
    view: &View,
    volume: Percent,
    hearings: &Hearings,
) -> Checked {
    let baseline = sound.baseline.baseline().unwrap_or_else(|error| {
        let error = format!("{:#}", anyhow::Error::from(error));
        warn!(
            error,
            "the sound at the installation cannot be compared with"
        );
        None
    });
    let mut checked = Checked::of(Check::Sound);
    let heard = |one: &Loop| {
        debug!(
            loudspeaker = one.loudspeaker,
            microphone = one.microphone,
            "heard"
        )
    };
    let seats = (&sound.loudspeakers[..], &sound.microphones[..]);
    let ear = Ear::of(Sweep::at(48_000).take());
    let mut studio = studio(sound);
    let mut loops = match every_way(&mut studio, seats, &ear, heard).await {
        Ok(loops) => loops,
        Err(error) => {
            warn!(%error, "the sound cannot be checked");
            let seats = sound.loudspeakers.iter().chain(&sound.microphones);
            checked.troubles.push(error.trouble(seats));
            return checked;
        }
    };
    let turned = Decibels(20.0 * f64::from(drv_audio::graph::factor(volume)).log10());
    for one in &mut loops {
        one.heard.sweep = one.heard.sweep.clone().map(|m| m.without(turned));
    }
    let mut findings = judge(&loops, baseline.as_deref(), &Limits::default());
    let mut trial = echo::trial(sound, view, volume);
    if let Some(device) = trial.device.take() {
        let loss = echo::listen(sound, &mut studio).await;
        let known = (&loops[..], baseline.as_deref());
        let decided = judge_claim(&device, loss, known, &mut findings);
        // From now on calls are left to the device.
        trial.room &= trial.by_operator || decided.is_none_or(|loss| loss < ENOUGH);
        checked
            .figures
            .extend(figure(Measure::EchoLoss, device, decided));
    }
    rooms_own(
        sound,
        (&mut studio, hearings),
        &trial,
        (&loops, &mut findings, &mut checked),
    )
    .await;
    checked.notes.extend(trial.notes);
    checked.troubles = findings.into_iter().map(Trouble::Sound).collect();
    checked.loops = loops;
    checked
}

/// The room's own canceller, in the way of the microphone as calls have it.
async fn rooms_own(
    sound: &RoomSound,
    (studio, hearings): (&mut Studio, &Hearings),
    trial: &Trial,
    (loops, findings, checked): (&[Loop], &mut Vec<Finding>, &mut Checked),
) {
    if !trial.room {
        return;
    }
    if hearings.through_canceller().await {
        let loss = echo::listen(sound, studio).await;
        let decided = judge_room(loss, loops, findings);
        if decided.is_none() {
            checked.notes.push(Note::EchoUnheard);
        }
        let measure = Measure::EchoLossByRoom;
        checked
            .figures
            .extend(figure(measure, String::new(), decided));
    } else {
        findings.push(Finding::CancellerAway);
    }
    hearings.ask(Hearing::Bare).await;
}

fn figure(measure: Measure, of: String, loss: Option<Decibels>) -> Option<Figure> {
    let value = loss?.0;
    Some(Figure { measure, of, value })
}
