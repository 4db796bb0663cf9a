//! Tasks that follow the room's view and tell those who cannot look for themselves: table buttons, lamps, a
//! speakerphone, small panels, the line over the conference page, systemd. Know no event and decide nothing.

use crate::faces::{Lang, Metrics, notice};
use crate::panel_face::Subjects;
use crate::puck_face::{Voice, show};
use crate::{cameras, clock, lamp_face, panel_face, story, watchdog};
use call_browser::{Cleaning, CleaningChoice};
use drv_audio::Levels;
use room_core::sound::EchoBy;
use room_core::view::View;
use room_profile::Lamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The faces' way of getting the room.
pub type Views = watch::Receiver<Arc<View>>;

/// A second after this, minutes on a button count down at the latest.
const MINUTES: Duration = Duration::from_secs(30);
/// The line over the conference names minutes too.
const NOTICES: Duration = Duration::from_secs(15);

/// Shows the room at its buttons, at each change and as minutes pass.
pub async fn pucks(mut views: Views, handles: Vec<drv_puck::Handle>, voice: Voice) {
    loop {
        let shown = show(&views.borrow_and_update().clone(), voice, clock::wall());
        handles.iter().for_each(|handle| handle.show(shown));
        if changed(&mut views, MINUTES).await.is_err() {
            return;
        }
    }
}

/// Keeps lamps true, each as the room's file says.
pub async fn lamps(mut views: Views, lamps: Vec<(drv_gpio::Handle, Lamp)>) {
    loop {
        let view = views.borrow_and_update().clone();
        for (handle, lamp) in &lamps {
            handle.show(lamp_face::light(&view, lamp.shows, lamp.brightness));
        }
        if views.changed().await.is_err() {
            return;
        }
    }
}

/// Keeps a speakerphone's lamps true.
pub async fn phone(mut views: Views, handle: drv_hid::Handle) {
    loop {
        handle.show(lamp_face::phone(&views.borrow_and_update().clone()));
        if views.changed().await.is_err() {
            return;
        }
    }
}

/// Shows the room at its small panels, at each change and as time passes.
pub async fn panels(mut views: Views, panels: Vec<(drv_panel::Handle, Subjects)>, voice: Voice) {
    loop {
        let view = views.borrow_and_update().clone();
        for (handle, subjects) in &panels {
            handle.show(panel_face::show(&view, voice, *subjects, clock::wall()));
        }
        if changed(&mut views, MINUTES).await.is_err() {
            return;
        }
    }
}

/// Keeps the line over the conference page true.
pub async fn notices(mut views: Views, say: impl Fn(Option<String>), lang: Lang) {
    let mut said = None;
    loop {
        let line = notice(&views.borrow_and_update().clone(), lang);
        if said.as_ref() != Some(&line) {
            say(line.clone());
            said = Some(line);
        }
        if changed(&mut views, NOTICES).await.is_err() {
            return;
        }
    }
}

/// Tells the cameras' drivers whether a conference has the cameras, or may take them at any moment.
pub async fn cameras(mut views: Views, tell: watch::Sender<drv_camera::Use>) {
    loop {
        let used = cameras::used(&views.borrow_and_update().phase);
        tell.send_if_modified(|told| std::mem::replace(told, used) != used);
        if views.changed().await.is_err() {
            return;
        }
    }
}

/// Tells the browser whether it shall clean what pages capture. Where the room has no sound of its own, pages do as they like.
pub async fn cleaning(mut views: Views, tell: CleaningChoice) {
    loop {
        let echo = views.borrow_and_update().sound.as_ref().map(|s| s.echo.by);
        tell.choose(echo.map(|by| match by {
            EchoBy::Browser => Cleaning::Page,
            EchoBy::Device | EchoBy::Room | EchoBy::Nobody => Cleaning::Elsewhere,
        }));
        if views.changed().await.is_err() {
            return;
        }
    }
}

/// Keeps IT's figures of what is heard; once a second, since they are asked for each few.
pub async fn levels(mut levels: watch::Receiver<Levels>, metrics: Metrics) {
    while levels.changed().await.is_ok() {
        metrics.heard(&levels.borrow_and_update().clone());
        sleep(Duration::from_secs(1)).await;
    }
}

/// Tells systemd in a word what the room is doing.
pub async fn status(mut views: Views) {
    let mut said = "";
    loop {
        let phase = story::name(&views.borrow_and_update().phase);
        if phase != said {
            watchdog::status(phase);
            said = phase;
        }
        if views.changed().await.is_err() {
            return;
        }
    }
}

/// Waits for a change, at most so long; fails when there will be none any more.
async fn changed(views: &mut Views, at_most: Duration) -> Result<(), watch::error::RecvError> {
    timeout(at_most, views.changed()).await.unwrap_or(Ok(()))
}
