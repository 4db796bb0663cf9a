//! What a driver of a PTZ head owes the room, asked of the real driver with the camera emulator at the line's other end.
//! The line is the rung's: a pty here, a USB adapter on the kernel's driver in `kernel.rs`, which includes this list.
//! Nothing sleeps: every wait is for an event or a frame, with a deadline.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "rung/pty.rs"]
#[allow(dead_code, reason = "the kernel's list brings a rung of its own")]
mod rung;

use crate::rung::{BACK_WITHIN, Line};
use drv_ptz::{Handle, HeadConfig, HeadModel, LineConfig, channel, supervise};
use emulators::visca::{CameraHandle, FrameKind, Quirks, preset_position};
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::{HeadId, RequestId};
use room_core::units::{Position, PresetNumber, Speed, Switch};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const SOON: Duration = Duration::from_secs(5);
const LATER: Duration = Duration::from_secs(20);

/// A camera, a driver, and what the driver said.
struct Room {
    line: Line,
    camera: CameraHandle,
    head: Handle,
    events: mpsc::Receiver<Event>,
    asked: u64,
    ended: BTreeMap<RequestId, Outcome>,
    driver: JoinHandle<()>,
    config: LineConfig,
}

impl Room {
    fn new() -> Room {
        Room::with(Some(9600), Quirks::default())
    }

    fn with(baud: Option<u32>, quirks: Quirks) -> Room {
        let line = Line::new(baud);
        let camera = line.camera();
        camera.set_quirks(quirks);
        let head = HeadConfig {
            id: HeadId::new("front"),
            address: 1,
            model: HeadModel::COMMON,
        };
        let config = LineConfig::serial(line.path(), 9600, head);
        let (head, inbox) = channel();
        let (out, events) = mpsc::channel(8);
        let driver = tokio::spawn(supervise(config.clone(), inbox, out));
        Room {
            line,
            camera,
            head,
            events,
            asked: 0,
            ended: BTreeMap::new(),
            driver,
            config,
        }
    }

    /// A room whose head was found, stopped and looked at.
    async fn ready() -> Room {
        let mut room = Room::new();
        room.until(SOON, "online", |seen| *seen == HeadSeen::Online)
            .await;
        room.until(SOON, "a position", |seen| {
            matches!(seen, HeadSeen::At { .. })
        })
        .await;
        room
    }

    fn ask(&mut self, command: HeadCommand) -> RequestId {
        self.asked += 1;
        let request = RequestId(self.asked);
        self.head.send(request, command);
        request
    }

    /// The next event; outcomes are kept.
    async fn next(&mut self, deadline: Instant) -> Option<Event> {
        let event = tokio::time::timeout_at(deadline, self.events.recv())
            .await
            .ok()??;
        if let Event::Done { request, outcome } = event {
            let before = self.ended.insert(request, outcome);
            assert_eq!(before, None, "request {request:?} ended twice");
        }
        Some(event)
    }

    async fn until(
        &mut self,
        limit: Duration,
        what: &str,
        is: impl Fn(&HeadSeen) -> bool,
    ) -> HeadSeen {
        let deadline = Instant::now() + limit;
        let mut passed = Vec::new();
        while let Some(event) = self.next(deadline).await {
            match event {
                Event::Head(_, seen) if is(&seen) => return seen,
                other => passed.push(other),
            }
        }
        panic!(
            "no {what} within {limit:?}; instead {passed:?}; camera: {:?}",
            self.camera.state()
        );
    }

    async fn outcome(&mut self, request: RequestId, limit: Duration) -> Outcome {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(outcome) = self.ended.get(&request) {
                return *outcome;
            }
            let event = self.next(deadline).await;
            assert!(
                event.is_some(),
                "{request:?} did not end; camera: {:?}",
                self.camera.state()
            );
        }
    }

    async fn done(&mut self, command: HeadCommand) {
        let request = self.ask(command);
        assert_eq!(
            self.outcome(request, LATER).await,
            Outcome::Done,
            "{command:?}"
        );
    }

    async fn stands_at(&mut self, wanted: Position) {
        self.until(LATER, "rest at the wanted place", |seen| match seen {
            HeadSeen::At {
                position,
                moving: false,
            } => near(*position, wanted),
            _ => false,
        })
        .await;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Within a step of the encoder.
fn near(a: Position, b: Position) -> bool {
    a.pan.abs_diff(b.pan) <= 8 && a.tilt.abs_diff(b.tilt) <= 8 && a.zoom.abs_diff(b.zoom) <= 1
}

fn drive(pan: i8, tilt: i8, zoom: i8, limit: u64) -> HeadCommand {
    HeadCommand::Drive {
        drive: Drive {
            pan: Speed::new(pan),
            tilt: Speed::new(tilt),
            zoom: Speed::new(zoom),
        },
        limit: Duration::from_millis(limit),
    }
}

fn recall(number: u8) -> HeadCommand {
    HeadCommand::Recall(PresetNumber(number))
}

#[tokio::test]
async fn a_head_is_found_numbered_cleared_and_stopped() {
    let mut room = Room::ready().await;
    let kinds: Vec<FrameKind> = room
        .camera
        .frames_since(0)
        .iter()
        .map(|frame| frame.kind)
        .collect();
    assert_eq!(
        kinds[..6],
        [
            FrameKind::AddressSet,
            FrameKind::IfClear,
            FrameKind::AskVersion,
            FrameKind::AskPower,
            FrameKind::Stop,
            FrameKind::ZoomStop
        ]
    );
    room.done(recall(1)).await;
    assert_eq!(room.camera.look(|camera| camera.overruns()), 0);
}

#[tokio::test]
async fn presets_homes_and_places_are_reached_and_read_back() {
    let mut room = Room::ready().await;
    room.done(recall(1)).await;
    room.stands_at(preset_position(1).unwrap()).await;
    room.done(HeadCommand::Store(PresetNumber(7))).await;
    let place = Position {
        pan: -1200,
        tilt: 800,
        zoom: 500,
    };
    room.done(HeadCommand::Goto(place)).await;
    room.stands_at(place).await;
    room.done(recall(7)).await;
    room.stands_at(preset_position(1).unwrap()).await;
    room.done(HeadCommand::Home).await;
    room.stands_at(Position {
        zoom: preset_position(1).unwrap().zoom,
        ..Position::default()
    })
    .await;
    assert_eq!(room.camera.look(|camera| camera.overruns()), 0);
}

#[tokio::test]
async fn a_motion_is_seen_while_it_goes_on() {
    let mut room = Room::ready().await;
    // Far enough for three looks also where a round on the line takes long.
    let request = room.ask(HeadCommand::Goto(Position {
        pan: 17000,
        tilt: 9000,
        zoom: 1000,
    }));
    for _ in 0..3 {
        room.until(SOON, "motion", |seen| {
            matches!(seen, HeadSeen::At { moving: true, .. })
        })
        .await;
    }
    assert_eq!(room.outcome(request, LATER).await, Outcome::Done);
}

#[tokio::test]
async fn a_drive_ends_by_itself() {
    let mut room = Room::ready().await;
    let already = room.camera.total();
    room.done(drive(-40, 20, 0, 600)).await;
    let stopped = room.camera.wait(SOON, |camera| {
        camera
            .frames_since(already)
            .iter()
            .any(|frame| frame.kind == FrameKind::Stop)
    });
    assert!(stopped.await);
    let frames = room.camera.frames_since(already);
    let at = |kind| {
        frames
            .iter()
            .find(|frame| frame.kind == kind)
            .unwrap()
            .first
    };
    let ran = at(FrameKind::Stop) - at(FrameKind::Drive);
    assert!(
        (Duration::from_millis(580)..Duration::from_millis(1200)).contains(&ran),
        "{ran:?}"
    );
    room.until(SOON, "rest", |seen| matches!(seen, HeadSeen::At { moving: false, position } if position.pan < 0 && position.tilt > 0))
        .await;
}

#[tokio::test]
async fn a_stop_overtakes_what_waits_and_the_drive_on_the_wire() {
    let mut room = Room::ready().await;
    let already = room.camera.total();
    let first = room.ask(drive(100, 0, 0, 5000));
    assert!(
        room.camera
            .wait(SOON, |camera| !camera.arriving().is_empty())
            .await
    );
    let second = room.ask(recall(2));
    let stop = room.ask(HeadCommand::Stop);
    assert_eq!(room.outcome(stop, SOON).await, Outcome::Done);
    assert_eq!(room.outcome(second, SOON).await, Outcome::Replaced);
    assert!(matches!(
        room.outcome(first, SOON).await,
        Outcome::Replaced | Outcome::Done
    ));
    assert!(!room.camera.is_moving());
    let frames = room.camera.frames_since(already);
    assert!(
        frames
            .iter()
            .all(|frame| frame.kind != FrameKind::PresetRecall),
        "{frames:?}"
    );
}

#[tokio::test]
async fn a_stop_comes_through_full_sockets() {
    let mut room = Room::ready().await;
    let far = room.ask(HeadCommand::Goto(Position {
        pan: 17000,
        tilt: 9000,
        zoom: 1000,
    }));
    assert!(
        room.camera
            .wait(SOON, |camera| camera.count(FrameKind::ZoomTo) > 0
                && camera.is_moving())
            .await
    );
    room.until(SOON, "motion", |seen| {
        matches!(seen, HeadSeen::At { moving: true, .. })
    })
    .await;
    let stop = room.ask(HeadCommand::Stop);
    assert_eq!(room.outcome(stop, SOON).await, Outcome::Done);
    assert_eq!(room.outcome(far, SOON).await, Outcome::Replaced);
    assert!(!room.camera.is_moving());
}

#[tokio::test]
async fn a_camera_that_ignores_a_stop_is_told_again() {
    let mut room = Room::ready().await;
    room.done(drive(30, 0, 0, 20_000)).await;
    room.camera.set_quirks(Quirks {
        ignores_stop: 1,
        ..Quirks::default()
    });
    let already = room.camera.count(FrameKind::Stop);
    room.done(HeadCommand::Stop).await;
    assert!(room.camera.wait(SOON, |camera| !camera.is_moving()).await);
    assert!(room.camera.count(FrameKind::Stop) >= already + 2);
}

#[tokio::test]
async fn a_lost_stop_is_sent_again() {
    let mut room = Room::ready().await;
    room.done(drive(30, 0, 0, 20_000)).await;
    room.camera.set_quirks(Quirks {
        losses: 2,
        ..Quirks::default()
    });
    room.done(HeadCommand::Stop).await;
    assert!(room.camera.wait(SOON, |camera| !camera.is_moving()).await);
}

#[tokio::test]
async fn a_line_that_vanishes_is_said_and_works_again_soon_after_its_return() {
    let mut room = Room::ready().await;
    let far = room.ask(recall(1));
    room.until(SOON, "motion", |seen| {
        matches!(seen, HeadSeen::At { moving: true, .. })
    })
    .await;
    room.line.unplug();
    room.until(SOON, "absence", |seen| {
        *seen == HeadSeen::Gone(HeadFailure::LineAbsent)
    })
    .await;
    assert_eq!(
        room.outcome(far, SOON).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    let meanwhile = room.ask(recall(2));
    assert_eq!(
        room.outcome(meanwhile, SOON).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    room.line.plug();
    let back = Instant::now();
    room.until(SOON, "online", |seen| *seen == HeadSeen::Online)
        .await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
    room.done(recall(2)).await;
    room.stands_at(preset_position(2).unwrap()).await;
}

#[tokio::test]
async fn a_line_that_does_not_exist_is_said_once() {
    let mut room = Room::with(None, Quirks::default());
    room.line.unplug();
    room.until(SOON, "absence", |seen| {
        *seen == HeadSeen::Gone(HeadFailure::LineAbsent)
    })
    .await;
    let asked = room.ask(HeadCommand::Stop);
    assert_eq!(
        room.outcome(asked, SOON).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    let deadline = Instant::now() + Duration::from_millis(700);
    assert_eq!(room.next(deadline).await, None);
}

#[tokio::test]
async fn a_line_that_another_program_has_is_named() {
    let room = Room::ready().await;
    let (_, mut inbox) = channel();
    let (out, _events) = mpsc::channel(8);
    let error = drv_ptz::run(&room.config, &mut inbox, out).await;
    assert_eq!(error.failure(), HeadFailure::LineBusy, "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "not a line").unwrap();
    let head = HeadConfig {
        id: HeadId::new("front"),
        address: 1,
        model: HeadModel::COMMON,
    };
    let config = LineConfig::serial(path, 9600, head);
    let (_, mut inbox) = channel();
    let (out, _events) = mpsc::channel(8);
    let error = drv_ptz::run(&config, &mut inbox, out).await;
    assert!(
        error
            .to_string()
            .ends_with("does not work as a serial line"),
        "{error}"
    );
}

#[tokio::test]
async fn a_camera_that_never_answers_is_said_to_be_gone_and_found_when_it_speaks() {
    let mut room = Room::with(
        Some(9600),
        Quirks {
            deaf: true,
            ..Quirks::default()
        },
    );
    room.until(SOON, "silence", |seen| {
        *seen == HeadSeen::Gone(HeadFailure::NoAnswer)
    })
    .await;
    let asked = room.ask(recall(1));
    assert_eq!(
        room.outcome(asked, SOON).await,
        Outcome::Failed(HeadFailure::NoAnswer)
    );
    room.camera.set_quirks(Quirks::default());
    room.camera.power_cycle();
    room.until(SOON, "online", |seen| *seen == HeadSeen::Online)
        .await;
    room.done(recall(1)).await;
}

#[tokio::test]
async fn a_camera_that_falls_silent_is_noticed_at_rest() {
    let mut room = Room::ready().await;
    room.camera.set_quirks(Quirks {
        deaf: true,
        ..Quirks::default()
    });
    room.until(SOON, "silence", |seen| {
        *seen == HeadSeen::Gone(HeadFailure::NoAnswer)
    })
    .await;
    room.camera.set_quirks(Quirks::default());
    room.until(SOON, "online", |seen| *seen == HeadSeen::Online)
        .await;
}

#[tokio::test]
async fn cameras_that_say_all_twice_late_without_accepting_or_through_noise_still_obey() {
    let bad = [
        Quirks {
            doubled: true,
            ..Quirks::default()
        },
        Quirks {
            noise: true,
            ..Quirks::default()
        },
        Quirks {
            no_ack: true,
            ..Quirks::default()
        },
        Quirks {
            answers_as: Some(3),
            ..Quirks::default()
        },
        Quirks {
            late: Duration::from_millis(180),
            ..Quirks::default()
        },
    ];
    for quirks in bad {
        let mut room = Room::with(Some(9600), quirks);
        room.until(SOON, "online", |seen| *seen == HeadSeen::Online)
            .await;
        room.done(recall(2)).await;
        room.stands_at(preset_position(2).unwrap()).await;
        room.done(drive(60, 0, 0, 10_000)).await;
        room.done(HeadCommand::Stop).await;
        assert!(
            room.camera.wait(SOON, |camera| !camera.is_moving()).await,
            "{quirks:?}"
        );
    }
}

#[tokio::test]
async fn a_camera_that_lost_its_number_gets_a_new_one_without_a_word_to_the_room() {
    let mut room = Room::ready().await;
    room.camera.power_cycle();
    assert!(
        room.camera
            .wait(SOON, |camera| camera.count(FrameKind::AddressSet) == 2)
            .await
    );
    room.done(recall(1)).await;
    assert!(
        room.camera
            .look(|camera| camera.log().count(FrameKind::IfClear))
            >= 2
    );
}

#[tokio::test]
async fn full_sockets_are_tried_once_more_and_then_refused() {
    let mut room = Room::ready().await;
    room.camera.set_quirks(Quirks {
        full: 1,
        ..Quirks::default()
    });
    room.done(recall(1)).await;
    room.camera.set_quirks(Quirks {
        full: 2,
        ..Quirks::default()
    });
    let asked = room.ask(recall(2));
    assert_eq!(
        room.outcome(asked, SOON).await,
        Outcome::Failed(HeadFailure::NotNow)
    );
}

#[tokio::test]
async fn a_camera_asleep_says_not_now_and_is_woken() {
    let mut room = Room::ready().await;
    room.done(HeadCommand::Power(Switch::Closed)).await;
    assert_eq!(room.camera.state().power, "standby");
    let asked = room.ask(recall(1));
    assert_eq!(
        room.outcome(asked, SOON).await,
        Outcome::Failed(HeadFailure::NotNow)
    );
    room.done(HeadCommand::Power(Switch::Open)).await;
    assert_eq!(room.camera.state().power, "on");
    room.done(recall(1)).await;
}

#[tokio::test]
async fn a_preset_that_the_camera_does_not_have_is_not_supported() {
    let mut room = Room::ready().await;
    let asked = room.ask(recall(99));
    assert_eq!(
        room.outcome(asked, SOON).await,
        Outcome::Failed(HeadFailure::NotSupported)
    );
}

#[tokio::test]
async fn a_room_that_does_not_listen_delays_no_stop() {
    let mut room = Room::ready().await;
    for n in 0..40 {
        let speed = if n % 2 == 0 { 50 } else { -50 };
        room.ask(drive(speed, 0, 0, 10_000));
    }
    assert!(room.camera.wait(SOON, |camera| camera.is_moving()).await);
    let already = room.camera.count(FrameKind::Stop);
    room.ask(HeadCommand::Stop);
    assert!(
        room.camera
            .wait(SOON, |camera| camera.count(FrameKind::Stop) > already)
            .await
    );
    assert!(room.camera.wait(SOON, |camera| !camera.is_moving()).await);
}
