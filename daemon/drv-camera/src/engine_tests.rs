//! The engine as a story: what is plugged, asked and seen, and what it orders and tells.

use super::*;
use crate::frame::Grey;
use crate::health::measure;
use crate::mode::{PixelFormat, Size};

const MINUTE: Duration = Duration::from_secs(60);

struct Story {
    engine: Engine,
    now: Mono,
}

fn node(number: u32, plugged: u64) -> Found {
    Found {
        node: format!("/dev/video{number}").into(),
        name: "webcam".to_owned(),
        label: "webcam (046d:082d)".to_owned(),
        usb: None,
        device: "1-1:1.0".to_owned(),
        index: 0,
        plugged,
        links: Vec::new(),
    }
}

fn opened(number: u32) -> Input {
    let size = Size {
        width: 640,
        height: 360,
    };
    Input::Opened(Ok(Opened {
        node: format!("/dev/video{number}").into(),
        mode: Some(Mode {
            format: PixelFormat::Yuyv,
            size,
        }),
    }))
}

fn picture(seed: u8) -> Input {
    let luma = (0..640 * 360).map(|i| if i % 640 < 320 { 200 } else { 60 } + (i as u8 ^ seed) % 3);
    let seen = measure(&Grey {
        width: 640,
        height: 360,
        luma: luma.collect(),
    });
    Input::Looked(Ok((seen, false)))
}

impl Story {
    fn new(used: Use) -> Story {
        let wanted = Wanted {
            label: Some("webcam".to_owned()),
            ..Wanted::default()
        };
        Story {
            engine: Engine::new(wanted, MINUTE, used),
            now: Mono(0),
        }
    }

    fn after(&mut self, seconds: u64, input: Input) -> Vec<String> {
        self.now = self.now.plus(Duration::from_secs(seconds));
        let orders = self.engine.step(self.now, input);
        orders
            .into_iter()
            .map(|order| match order {
                Order::Do(Job::Open(nodes)) => format!("open {}", nodes.len()),
                Order::Do(Job::AskTaken(_)) => "ask".to_owned(),
                Order::Do(Job::Look(..)) => "look".to_owned(),
                Order::Mind(Some(_)) => "mind".to_owned(),
                Order::Mind(None) => "mind nothing".to_owned(),
                Order::Tell(seen) => format!("{seen:?}"),
                Order::Proven(proof) => format!("proven {:?}", proof.picture),
            })
            .collect()
    }

    /// Plugged, opened, and nobody has it.
    fn begun(used: Use) -> Story {
        let mut story = Story::new(used);
        assert_eq!(story.after(0, Input::Nodes(vec![node(0, 1)])), ["open 1"]);
        story.after(0, opened(0));
        if used == Use::Room {
            assert_eq!(story.after(0, Input::Taken(Ok(Taken::No))), ["Free"]);
        }
        story
    }
}

#[test]
fn whoever_asks_gets_looks_at_once_and_an_answer_in_any_case() {
    let mut story = Story::new(Use::Room);
    assert_eq!(story.after(0, Input::Prove), ["proven None"]);
    let mut story = Story::begun(Use::Room);
    assert_eq!(story.after(1, Input::Prove), ["look"]);
    assert!(story.after(1, picture(1)).contains(&"look".to_owned()));
    assert_eq!(story.after(1, picture(2)), ["look"]);
    assert_eq!(story.after(1, picture(3)), ["proven Some(Good)"]);
    // A picture that stands still is called so by the third look alike.
    story.after(1, Input::Prove);
    story.after(1, picture(3));
    story.after(1, picture(3));
    let told = story.after(1, picture(3));
    assert!(told.contains(&"proven Some(Frozen)".to_owned()), "{told:?}");
    // A conference takes the camera meanwhile.
    story.after(1, Input::Prove);
    let told = story.after(0, Input::Use(Use::Conference));
    assert_eq!(told, ["proven None"]);
    assert_eq!(story.after(0, Input::Reopen), ["mind nothing"]);
}

#[test]
fn a_camera_is_found_opened_and_looked_at_once_a_minute() {
    let mut story = Story::new(Use::Room);
    assert_eq!(story.after(0, Input::Nodes(vec![])), ["Gone(Absent)"]);
    assert_eq!(story.after(1, Input::Nodes(vec![node(0, 1)])), ["open 1"]);
    assert_eq!(story.after(0, opened(0)), ["mind", "Here", "ask"]);
    assert_eq!(story.after(0, Input::Taken(Ok(Taken::No))), ["Free"]);
    assert!(story.after(4, Input::Tick).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["look"]);
    assert_eq!(story.after(1, picture(0)), ["Picture(Good)"]);
    assert!(story.after(58, Input::Tick).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["look"]);
    assert!(story.after(1, picture(1)).is_empty());
}

#[test]
fn pulled_is_told_at_once_and_plugged_in_again_is_opened_at_once() {
    let mut story = Story::begun(Use::Room);
    assert_eq!(
        story.after(9, Input::Nodes(vec![])),
        ["mind nothing", "Gone(Absent)"]
    );
    assert!(story.after(600, Input::Tick).is_empty());
    assert_eq!(story.after(0, Input::Nodes(vec![node(4, 2)])), ["open 1"]);
    assert_eq!(story.after(0, opened(4)), ["mind", "Here", "ask"]);
}

#[test]
fn one_that_was_pulled_and_plugged_between_two_looks_gets_its_settings_again() {
    let mut story = Story::begun(Use::Room);
    assert_eq!(
        story.after(3, Input::Nodes(vec![node(0, 2)])),
        ["mind nothing", "Gone(Absent)", "open 1"]
    );
}

#[test]
fn another_camera_makes_no_difference() {
    let mut story = Story::begun(Use::Room);
    let mut other = node(1, 5);
    other.name = "document camera".to_owned();
    other.label.clone_from(&other.name);
    assert!(
        story
            .after(1, Input::Nodes(vec![node(0, 1), other]))
            .is_empty()
    );
}

#[test]
fn a_conference_is_never_disturbed() {
    let mut story = Story::begun(Use::Room);
    story.after(0, Input::Use(Use::Conference));
    assert!(story.after(1, Input::Touched).is_empty());
    assert!(story.after(2, Input::Tick).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["ask"]);
    assert_eq!(story.after(0, Input::Taken(Ok(Taken::Yes))), ["InUse"]);
    for _ in 0..100 {
        assert!(story.after(600, Input::Tick).is_empty());
    }
    story.after(0, Input::Touched);
    story.after(0, Input::Use(Use::Room));
    assert_eq!(story.after(3, Input::Tick), ["ask"]);
    assert_eq!(story.after(0, Input::Taken(Ok(Taken::No))), ["Free"]);
    assert_eq!(story.after(2, Input::Tick), ["look"]);
}

#[test]
fn a_stranger_that_has_it_is_told_and_asked_about_again() {
    let mut story = Story::begun(Use::Room);
    assert_eq!(story.after(5, Input::Tick), ["look"]);
    assert_eq!(story.after(0, Input::Looked(Err(Lost::InUse))), ["InUse"]);
    assert!(story.after(59, Input::Tick).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["look"]);
    assert_eq!(story.after(0, picture(0)), ["Free", "Picture(Good)"]);
    assert!(story.after(1, Input::Touched).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["ask"]);
}

#[test]
fn a_bus_without_room_is_named_and_tried_again() {
    let mut story = Story::begun(Use::Room);
    assert_eq!(story.after(5, Input::Tick), ["look"]);
    let narrow = || Input::Looked(Err(Lost::Failed(CameraFailure::NoBandwidth)));
    assert_eq!(story.after(1, narrow()), ["Gone(NoBandwidth)"]);
    assert_eq!(story.after(60, Input::Tick), ["look"]);
    assert!(story.after(1, narrow()).is_empty());
    assert_eq!(story.after(60, Input::Tick), ["look"]);
    assert_eq!(
        story.after(1, picture(0)),
        ["Here", "Free", "Picture(Good)"]
    );
}

#[test]
fn what_may_not_be_opened_is_tried_again_with_growing_pauses_and_at_once_when_rights_change() {
    let mut story = Story::new(Use::Room);
    story.after(0, Input::Nodes(vec![node(0, 1)]));
    let denied = || Input::Opened(Err(CameraFailure::Denied));
    assert_eq!(story.after(0, denied()), ["Gone(Denied)"]);
    assert_eq!(story.after(1, Input::Tick), ["open 1"]);
    assert!(story.after(0, denied()).is_empty());
    assert!(story.after(1, Input::Tick).is_empty());
    assert_eq!(story.after(1, Input::Tick), ["open 1"]);
    story.after(0, denied());
    assert_eq!(story.after(0, Input::Nodes(vec![node(0, 1)])), ["open 1"]);
    assert_eq!(story.after(0, opened(0)), ["mind", "Here", "ask"]);
}

#[test]
fn one_that_goes_while_it_is_looked_at_is_gone() {
    let mut story = Story::begun(Use::Room);
    story.after(5, Input::Tick);
    let gone = Input::Looked(Err(Lost::Failed(CameraFailure::Absent)));
    assert_eq!(story.after(0, gone), ["mind nothing", "Gone(Absent)"]);
}

#[test]
fn a_picture_that_stands_is_told() {
    let mut story = Story::begun(Use::Room);
    story.after(5, Input::Tick);
    assert_eq!(story.after(1, picture(0)), ["Picture(Good)"]);
    for expected in [&[][..], &["Picture(Frozen)".to_owned()]] {
        assert_eq!(story.after(59, Input::Tick), ["look"]);
        assert_eq!(story.after(1, picture(0)), expected);
    }
}
