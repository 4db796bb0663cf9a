//! What must hold for a camera of any kind: one list, for the kernel's virtual cameras and for one made of values.
//! Says by when, never after how long; a rig's clock may be virtual.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]
#![allow(dead_code, reason = "each test binary uses its part")]

use drv_camera::preset::{AntiFlicker, CameraModel, Preset};
use drv_camera::{Ask, Bell, CameraConfig, Machine, Proof, Surroundings, Use, Wanted, supervise};
use room_core::event::{CameraSeen, Event, PictureSeen};
use room_core::failure::CameraFailure;
use room_core::ids::CameraId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// A camera, and the hands that pull it, cover it and take it.
pub trait Rig {
    /// The machine that it is plugged into.
    fn machine(&self) -> Arc<dyn Machine>;
    /// Rings when something is plugged or pulled.
    fn bell(&mut self) -> Bell;
    /// Which one it is.
    fn wanted(&self) -> Wanted;
    /// Pulls it.
    async fn pull(&mut self);
    /// Plugs it in again.
    async fn plug(&mut self);
    /// Another program takes its picture, or lets it go.
    async fn occupy(&mut self, taken: bool);
    /// What it shows from now on.
    async fn show(&mut self, picture: Shows);
    /// How long things may take that a person waits for, on a machine of this speed.
    fn patience(&self) -> Patience;
}

/// What a camera shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Something that lives.
    Life,
    /// Black, and nothing else.
    Black,
    /// The same for ever.
    Still,
}

/// Limits.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the plug to the news that it is gone.
    pub unplug: Duration,
    /// From the plug to the news that it is here.
    pub replug: Duration,
    /// For everything else.
    pub patient: Duration,
}

/// Between two looks.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A supervised camera and what it told.
pub struct Watched {
    events: mpsc::Receiver<Event>,
    uses: watch::Sender<Use>,
    asks: mpsc::Sender<Ask>,
    task: tokio::task::JoinHandle<()>,
}

impl Watched {
    pub fn start(rig: &mut impl Rig) -> Watched {
        let (out, events) = mpsc::channel(64);
        let (uses, used) = watch::channel(Use::Room);
        let (asks, asked) = mpsc::channel(4);
        let config = CameraConfig {
            id: CameraId::new("front"),
            wanted: rig.wanted(),
            flicker: AntiFlicker::Hz50,
            preset: Preset::Office,
            model: CameraModel {
                settle: 1,
                ..CameraModel::default()
            },
            look_every: LOOK_EVERY,
        };
        let around = Surroundings {
            machine: rig.machine(),
            bell: rig.bell(),
            uses: used,
            asks: asked,
        };
        let task = tokio::spawn(supervise(config, around, out));
        Watched {
            events,
            uses,
            asks,
            task,
        }
    }

    /// The next news.
    pub async fn next(&mut self, within: Duration) -> Option<CameraSeen> {
        match tokio::time::timeout(within, self.events.recv()).await {
            Ok(Some(Event::Camera(_, seen))) => Some(seen),
            Ok(other) => panic!("not a camera's news: {other:?}"),
            Err(_) => None,
        }
    }

    /// Waits for this news; how long it took. Anything before it is passed over.
    pub async fn until(&mut self, wanted: CameraSeen, within: Duration) -> Duration {
        let began = Instant::now();
        let mut before = Vec::new();
        while let Some(left) = within.checked_sub(began.elapsed()) {
            match self.next(left).await {
                Some(seen) if seen == wanted => return began.elapsed(),
                Some(seen) => before.push(seen),
                None => break,
            }
        }
        panic!("no {wanted:?} within {within:?}, but {before:?}");
    }

    /// What the picture is good for now.
    pub async fn prove(&self) -> Proof {
        let (answer, proof) = tokio::sync::oneshot::channel();
        self.asks.send(Ask::Prove(answer)).await.unwrap();
        proof.await.unwrap()
    }

    /// Ends the watching.
    pub async fn end(self) {
        drop(self.events);
        self.task.await.unwrap();
    }

    pub fn used_by(&self, used: Use) {
        self.uses.send(used).unwrap();
    }
}

pub async fn pulled_and_plugged_it_is_gone_and_back(rig: &mut impl Rig) {
    let patience = rig.patience();
    let mut watched = Watched::start(rig);
    watched.until(CameraSeen::Here, patience.patient).await;
    watched.until(CameraSeen::Free, patience.patient).await;
    for round in 0..3 {
        rig.pull().await;
        let gone = watched
            .until(CameraSeen::Gone(CameraFailure::Absent), patience.unplug)
            .await;
        rig.plug().await;
        let here = watched.until(CameraSeen::Here, patience.replug).await;
        println!("round {round}: gone after {gone:?}, here after {here:?}");
    }
    watched.until(CameraSeen::Free, patience.patient).await;
    watched.end().await;
}

pub async fn one_that_another_program_has_is_in_use_and_not_broken(rig: &mut impl Rig) {
    let patience = rig.patience();
    let mut watched = Watched::start(rig);
    watched.until(CameraSeen::Free, patience.patient).await;
    rig.occupy(true).await;
    watched.until(CameraSeen::InUse, patience.patient).await;
    rig.occupy(false).await;
    watched.until(CameraSeen::Free, patience.patient).await;
    watched.end().await;
}

pub async fn one_that_was_taken_before_is_here_and_in_use(rig: &mut impl Rig) {
    let patience = rig.patience();
    rig.occupy(true).await;
    let mut watched = Watched::start(rig);
    assert_eq!(watched.next(patience.patient).await, Some(CameraSeen::Here));
    assert_eq!(
        watched.next(patience.patient).await,
        Some(CameraSeen::InUse)
    );
    rig.occupy(false).await;
    watched.until(CameraSeen::Free, patience.patient).await;
    watched.end().await;
}

pub async fn its_picture_is_told_when_it_dies_and_when_it_lives(rig: &mut impl Rig) {
    let patience = rig.patience();
    rig.show(Shows::Life).await;
    let mut watched = Watched::start(rig);
    watched
        .until(CameraSeen::Picture(PictureSeen::Good), patience.patient)
        .await;
    rig.show(Shows::Black).await;
    watched
        .until(CameraSeen::Picture(PictureSeen::Black), patience.patient)
        .await;
    rig.show(Shows::Life).await;
    watched
        .until(CameraSeen::Picture(PictureSeen::Good), patience.patient)
        .await;
    rig.show(Shows::Still).await;
    watched
        .until(CameraSeen::Picture(PictureSeen::Frozen), patience.patient)
        .await;
    watched.end().await;
}

pub async fn while_a_conference_has_it_nothing_is_told_of_its_picture(rig: &mut impl Rig) {
    let patience = rig.patience();
    rig.show(Shows::Black).await;
    let mut watched = Watched::start(rig);
    watched.until(CameraSeen::Free, patience.patient).await;
    watched.used_by(Use::Conference);
    // What is told once the conference has it is who has it, and then nothing.
    while let Some(seen) = watched.next(LOOK_EVERY * 5).await {
        assert!(!matches!(seen, CameraSeen::Picture(_)), "{seen:?}");
    }
    watched.used_by(Use::Room);
    watched
        .until(CameraSeen::Picture(PictureSeen::Black), patience.patient)
        .await;
    watched.end().await;
}
