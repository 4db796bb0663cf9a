//! What a driver of a PTZ head owes the room, asked of the real driver with the camera emulator at the line's other end.
//! The line is the rung's: a pty here, a USB adapter on the kernel's driver in `kernel.rs`, which includes this list.
//! Nothing sleeps: every wait is for an event or a frame, with a deadline.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "common/mod.rs"]
mod common;
#[path = "rung/pty.rs"]
#[allow(dead_code, reason = "the kernel's list brings a rung of its own")]
mod rung;

use crate::rung::{BACK_WITHIN, Line};
use common::{Driver, SOON, drive, head, recall, tilting_drive};
use drv_ptz::{HeadModel, LineConfig, channel};
use emulators::visca::{CameraHandle, FrameKind, Quirks, preset_position};
use room_core::effect::HeadCommand;
use room_core::event::{HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use room_core::units::{Position, PresetNumber, Switch};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A camera alone on a line, and its driver.
struct Room {
    line: Line,
    camera: CameraHandle,
    driver: Driver,
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
        let config = LineConfig::serial(line.path(), 9600, head(1, HeadModel::COMMON));
        Room {
            line,
            camera,
            driver: Driver::start(config.clone()),
            config,
        }
    }

    /// A room whose head was found, stopped and looked at.
    async fn ready() -> Room {
        let mut room = Room::new();
        room.driver.online(1).await;
        room.sees("a position", |seen| matches!(seen, HeadSeen::At { .. }))
            .await;
        room
    }

    fn ask(&mut self, command: HeadCommand) -> RequestId {
        self.driver.ask(1, command)
    }

    async fn sees(&mut self, what: &str, is: impl Fn(&HeadSeen) -> bool) {
        self.driver.sees(1, what, is).await;
    }

    async fn is_online(&mut self) {
        self.sees("head", |seen| *seen == HeadSeen::Online).await;
    }

    async fn is_gone(&mut self, why: HeadFailure) {
        self.sees("absence", |seen| *seen == HeadSeen::Gone(why))
            .await;
    }

    async fn outcome(&mut self, request: RequestId) -> Outcome {
        self.driver.outcome(request).await
    }

    async fn done(&mut self, command: HeadCommand) {
        assert_eq!(
            self.driver.does(command).await,
            Outcome::Done,
            "{command:?}"
        );
    }
}

#[tokio::test]
async fn a_head_is_found_numbered_cleared_and_stopped() {
    let mut room = Room::ready().await;
    let frames = room.camera.frames_since(0);
    let mut kinds: Vec<FrameKind> = frames.iter().map(|frame| frame.kind).collect();
    // A stop whose answer is late is sent again at once, and a busy machine is late; here the order counts.
    kinds.dedup_by(|again, first| *first == FrameKind::Stop && again == first);
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
    room.driver.stands_at(preset_position(1).unwrap()).await;
    room.done(HeadCommand::Store(PresetNumber(7))).await;
    let place = Position {
        pan: -1200,
        tilt: 800,
        zoom: 500,
    };
    room.done(HeadCommand::Goto(place)).await;
    room.driver.stands_at(place).await;
    room.done(recall(7)).await;
    room.driver.stands_at(preset_position(1).unwrap()).await;
    room.done(HeadCommand::Home).await;
    room.driver
        .stands_at(Position {
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
        room.driver.moves().await;
    }
    assert_eq!(room.outcome(request).await, Outcome::Done);
}

#[tokio::test]
async fn a_drive_ends_by_itself() {
    let mut room = Room::ready().await;
    let already = room.camera.total();
    room.done(tilting_drive(-40, 20, 600)).await;
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
    room.sees("rest", |seen| matches!(seen, HeadSeen::At { moving: false, position } if position.pan < 0 && position.tilt > 0))
        .await;
}

#[tokio::test]
async fn a_stop_overtakes_what_waits_and_the_drive_on_the_wire() {
    let mut room = Room::ready().await;
    let already = room.camera.total();
    room.camera.hold();
    let first = room.ask(drive(100, 5000));
    assert!(
        room.camera
            .wait(SOON, |camera| !camera.arriving().is_empty())
            .await
    );
    let second = room.ask(recall(2));
    let stop = room.ask(HeadCommand::Stop);
    room.camera.let_go();
    assert_eq!(room.outcome(stop).await, Outcome::Done);
    assert_eq!(room.outcome(second).await, Outcome::Replaced);
    assert!(matches!(
        room.outcome(first).await,
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
    room.driver.moves().await;
    let stop = room.ask(HeadCommand::Stop);
    assert_eq!(room.outcome(stop).await, Outcome::Done);
    assert_eq!(room.outcome(far).await, Outcome::Replaced);
    assert!(!room.camera.is_moving());
}

#[tokio::test]
async fn a_camera_that_ignores_a_stop_is_told_again() {
    let mut room = Room::ready().await;
    room.done(drive(30, 20_000)).await;
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
    room.done(drive(30, 20_000)).await;
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
    room.driver.moves().await;
    room.line.unplug();
    room.is_gone(HeadFailure::LineAbsent).await;
    assert_eq!(
        room.outcome(far).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    let meanwhile = room.ask(recall(2));
    assert_eq!(
        room.outcome(meanwhile).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    room.line.plug();
    let back = Instant::now();
    room.is_online().await;
    assert!(back.elapsed() < BACK_WITHIN, "{:?}", back.elapsed());
    room.done(recall(2)).await;
    room.driver.stands_at(preset_position(2).unwrap()).await;
}

#[tokio::test]
async fn a_line_that_does_not_exist_is_said_once() {
    let mut room = Room::with(None, Quirks::default());
    room.line.unplug();
    room.is_gone(HeadFailure::LineAbsent).await;
    let asked = room.ask(HeadCommand::Stop);
    assert_eq!(
        room.outcome(asked).await,
        Outcome::Failed(HeadFailure::LineAbsent)
    );
    let deadline = Instant::now() + Duration::from_millis(700);
    assert!(!room.driver.next(deadline).await);
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
    let config = LineConfig::serial(path, 9600, head(1, HeadModel::COMMON));
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
    room.is_gone(HeadFailure::NoAnswer).await;
    let asked = room.ask(recall(1));
    assert_eq!(
        room.outcome(asked).await,
        Outcome::Failed(HeadFailure::NoAnswer)
    );
    room.camera.set_quirks(Quirks::default());
    room.camera.power_cycle();
    room.is_online().await;
    room.done(recall(1)).await;
}

#[tokio::test]
async fn a_camera_that_falls_silent_is_noticed_at_rest() {
    let mut room = Room::ready().await;
    room.camera.set_quirks(Quirks {
        deaf: true,
        ..Quirks::default()
    });
    room.is_gone(HeadFailure::NoAnswer).await;
    room.camera.set_quirks(Quirks::default());
    room.is_online().await;
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
        room.is_online().await;
        room.done(recall(2)).await;
        room.driver.stands_at(preset_position(2).unwrap()).await;
        room.done(drive(60, 10_000)).await;
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
        room.outcome(asked).await,
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
        room.outcome(asked).await,
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
        room.outcome(asked).await,
        Outcome::Failed(HeadFailure::NotSupported)
    );
}

#[tokio::test]
async fn a_room_that_does_not_listen_delays_no_stop() {
    let mut room = Room::ready().await;
    for n in 0..40 {
        let speed = if n % 2 == 0 { 50 } else { -50 };
        room.ask(drive(speed, 10_000));
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
