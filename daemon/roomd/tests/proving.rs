//! The owner of the checks with devices of our own: what a camera says, what is mended, what a stop ends, and when.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use drv_camera::health::Measures;
use drv_camera::{Ask, Proof};
use preflight_probe::shelf::Shelf;
use room_core::Room;
use room_core::event::{CameraSeen, Event, PictureSeen};
use room_core::ids::{CameraId, CheckCode};
use room_core::plan::CameraPlan;
use room_core::preflight::{Light, PreflightCommand, PreflightSeen, RunId};
use room_core::units::Mono;
use room_profile::{SourceFile, Sources};
use roomd::preflight::{Desk, Heads, Limits, Prover, Reach, Told};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

/// A room with one camera that nobody uses.
fn room() -> Room {
    let sources = Sources {
        room: SourceFile::new("room.toml", "[room]\nname = \"Saal\"\n"),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: Vec::new(),
        camera_models: Vec::new(),
        audio_models: Vec::new(),
        folder: "/".into(),
    };
    let mut plan = room_profile::check(&sources)
        .expect("the room is right")
        .plan;
    plan.cameras = vec![CameraPlan {
        id: CameraId::new("front"),
        name: "Saalkamera".to_owned(),
    }];
    let mut room = Room::new(plan, Mono(0));
    for seen in [CameraSeen::Here, CameraSeen::Free] {
        room.step(Mono(0), Event::Camera(CameraId::new("front"), seen));
    }
    room
}

struct Rig {
    desk: Desk,
    told: watch::Receiver<Arc<Told>>,
    room: mpsc::Receiver<Event>,
    reopened: Arc<AtomicU32>,
    _views: watch::Sender<Arc<room_core::view::View>>,
    _folder: tempfile::TempDir,
}

impl Rig {
    /// A camera that shows this, takes so long to say so, and another thing once it was opened anew.
    fn start(shows: PictureSeen, takes: Duration, reopened_shows: PictureSeen) -> Rig {
        let (views_in, views) = watch::channel(Arc::new(room().view()));
        let (asks, mut asked) = mpsc::channel(4);
        let reopened = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&reopened);
        tokio::spawn(async move {
            while let Some(ask) = asked.recv().await {
                match ask {
                    Ask::Reopen => drop(count.fetch_add(1, Ordering::Relaxed)),
                    Ask::Prove(answer) => {
                        tokio::time::sleep(takes).await;
                        let picture = match count.load(Ordering::Relaxed) {
                            0 => shows,
                            _ => reopened_shows,
                        };
                        // Whoever was stopped does not listen any more.
                        let _ = answer.send(Proof {
                            picture: Some(picture),
                            measures: Some(measures()),
                        });
                    }
                }
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let reach = Reach {
            views,
            heads: Heads::default(),
            displays: Default::default(),
            cameras: vec![(CameraId::new("front"), asks)],
            fittings: 0,
            sound: None,
            packs: call_browser::Shelf::default(),
            sip: None,
            limits: Limits::default(),
            own: Vec::new(),
        };
        let (out, room) = mpsc::channel(4);
        let shelf = Shelf::new(folder.path().to_owned());
        let prover = Prover::new(reach, shelf, out);
        let told = prover.told();
        let desk = Desk::new(Heads::default().moves());
        tokio::spawn(prover.run(desk.clone()));
        Rig {
            desk,
            told,
            room,
            reopened,
            _views: views_in,
            _folder: folder,
        }
    }

    fn begin(&self, run: u64) {
        self.desk.command(PreflightCommand::Start {
            run: RunId(run),
            aloud: true,
            meeting: None,
        });
    }

    async fn seen(&mut self) -> (u64, PreflightSeen) {
        match timeout(Duration::from_secs(120), self.room.recv()).await {
            Ok(Some(Event::Preflight(run, seen))) => (run.0, seen),
            other => panic!("no end of a check: {other:?}"),
        }
    }
}

fn measures() -> Measures {
    Measures {
        mean: 90.0,
        span: 120,
        noise: 1.0,
        contrast: 20.0,
        sharpness: Some(0.9),
        digest: 1,
    }
}

const SOON: Duration = Duration::from_secs(2);

#[tokio::test(start_paused = true)]
async fn a_covered_camera_is_named_and_nothing_else() {
    use PictureSeen::{Covered, Good};
    let mut rig = Rig::start(Covered, SOON, Good);
    rig.begin(1);
    let covered = vec![CheckCode::new("picture-covered")];
    let expected = (1, PreflightSeen::Judged(Light::Yellow, covered));
    assert_eq!(rig.seen().await, expected);
    assert_eq!(
        rig.reopened.load(Ordering::Relaxed),
        0,
        "no software lifts a cover"
    );
    let told = rig.told.borrow().clone();
    assert_eq!((told.history.len(), told.doing), (1, None));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_picture_is_mended_once_and_judged_again() {
    use PictureSeen::{Frozen, Good};
    let mut rig = Rig::start(Frozen, SOON, Good);
    rig.begin(1);
    let green = PreflightSeen::Judged(Light::Green, Vec::new());
    assert_eq!(rig.seen().await, (1, green));
    assert_eq!(rig.reopened.load(Ordering::Relaxed), 1);

    let mut rig = Rig::start(Frozen, SOON, Frozen);
    rig.begin(1);
    let (_, seen) = rig.seen().await;
    let frozen = vec![CheckCode::new("picture-frozen")];
    assert_eq!(seen, PreflightSeen::Judged(Light::Yellow, frozen));
    assert_eq!(rig.reopened.load(Ordering::Relaxed), 1, "once");
    let told = rig.told.borrow().clone();
    let checks = told.last.as_ref().map(|kept| kept.run.checks.clone());
    let tried = checks.into_iter().flatten().flat_map(|c| c.tried);
    let tried: Vec<_> = tried.map(preflight::Repair::word).collect();
    assert_eq!(tried, ["reopen-camera"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_it_at_once_and_another_can_begin() {
    let good = PictureSeen::Good;
    let mut rig = Rig::start(good, Duration::from_secs(5), good);
    rig.begin(1);
    let picture = rig
        .told
        .wait_for(|told| told.doing == Some(preflight::Check::Picture));
    timeout(SOON, picture).await.unwrap().unwrap();
    let began = Instant::now();
    rig.desk.command(PreflightCommand::Stop);
    rig.told
        .wait_for(|told| told.doing.is_none())
        .await
        .unwrap();
    assert!(began.elapsed() < Duration::from_millis(100));
    assert!(
        rig.told.borrow().history.is_empty(),
        "nothing is remembered of it"
    );
    rig.begin(2);
    let green = PreflightSeen::Judged(Light::Green, Vec::new());
    assert_eq!(
        rig.seen().await,
        (2, green),
        "and the first one is never heard of"
    );
}
