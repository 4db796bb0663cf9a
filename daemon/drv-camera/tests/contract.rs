//! The list of `common` against a camera made of values, in virtual time; and what no virtual camera of the kernel can do.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use common::{LOOK_EVERY, Patience, Rig, Shows, Watched};
use drv_camera::control::{Control, ControlId, Takes};
use drv_camera::find::{Found, Usb};
use drv_camera::frame::Frame;
use drv_camera::mode::{Offer, PixelFormat, Rate, Size, Sizes};
use drv_camera::{Bell, CameraError, Machine, Probe, Ring, Shot, Taken, Use, Wanted};
use room_core::event::{CameraSeen, PictureSeen};
use room_core::failure::CameraFailure;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// A webcam from America in socket 1-3.2, with a metadata node beside it.
#[derive(Debug)]
struct Webcam(Mutex<State>);

#[derive(Debug)]
struct State {
    there: bool,
    plugged: u64,
    taken: bool,
    shows: Shows,
    /// What each look ends with instead of a picture.
    trouble: Option<fn() -> CameraError>,
    shutter: i64,
    flicker: i64,
    set: Vec<(ControlId, i64)>,
    looks: u64,
}

const SIZE: Size = Size {
    width: 640,
    height: 360,
};

impl Webcam {
    fn new() -> Arc<Webcam> {
        Arc::new(Webcam(Mutex::new(State {
            there: true,
            plugged: 1,
            taken: false,
            shows: Shows::Life,
            trouble: None,
            shutter: 0,
            flicker: 2,
            set: Vec::new(),
            looks: 0,
        })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    fn open(&self, node: &Path) -> Result<(), CameraError> {
        match self.with(|state| state.there) {
            false => Err(CameraError::Gone(node.into())),
            true if node != Path::new("/dev/video1") => Err(CameraError::NoCamera {
                path: node.into(),
                what: "it carries a camera's metadata, not its picture",
            }),
            true => Ok(()),
        }
    }
}

fn control(id: ControlId, name: &str, takes: Takes, value: i64) -> Control {
    Control {
        id,
        name: name.to_owned(),
        takes,
        default: 0,
        value: Some(value),
        writable: true,
        active: true,
    }
}

impl Machine for Webcam {
    fn find(&self) -> Vec<Found> {
        let found = |number: u32, plugged| Found {
            node: format!("/dev/video{number}").into(),
            name: "HD Pro Webcam C920".to_owned(),
            label: "HD Pro Webcam C920 (046d:082d)".to_owned(),
            usb: Some(Usb {
                place: "1-3.2".to_owned(),
                product: None,
                socket: "0000:00:14.0/3.2".to_owned(),
                model: (0x046d, 0x082d),
                serial: None,
                speed: Some(480),
            }),
            device: "1-3.2:1.0".to_owned(),
            index: number,
            plugged,
            links: Vec::new(),
        };
        self.with(|state| match state.there {
            true => vec![found(0, state.plugged), found(1, state.plugged + 1)],
            false => Vec::new(),
        })
    }

    fn probe(&self, node: &Path) -> Result<Probe, CameraError> {
        self.open(node)?;
        let choices = (0..3)
            .map(|value| (value, format!("choice {value}")))
            .collect();
        Ok(self.with(|state| Probe {
            driver: "uvcvideo".to_owned(),
            card: "HD Pro Webcam C920".to_owned(),
            bus: "usb-0000:00:14.0-3.2".to_owned(),
            offers: vec![Offer {
                format: PixelFormat::Grey,
                sizes: Sizes::One(SIZE),
                rates: vec![Rate {
                    pictures: 30,
                    seconds: 1,
                }],
            }],
            controls: vec![
                control(
                    ControlId::POWER_LINE_FREQUENCY,
                    "power_line_frequency",
                    Takes::Choice(choices),
                    state.flicker,
                ),
                control(ControlId::PRIVACY, "privacy", Takes::Switch, state.shutter),
            ],
        }))
    }

    fn set(&self, node: &Path, control: ControlId, value: i64) -> Result<Option<i64>, CameraError> {
        self.open(node)?;
        self.with(|state| {
            state.set.push((control, value));
            state.flicker = value;
        });
        Ok(Some(value))
    }

    fn taken(&self, node: &Path) -> Result<Taken, CameraError> {
        self.open(node)?;
        Ok(match self.with(|state| state.taken) {
            true => Taken::Yes,
            false => Taken::No,
        })
    }

    fn take(&self, node: &Path, shot: Shot) -> Result<Frame, CameraError> {
        self.open(node)?;
        self.with(|state| {
            if state.taken {
                return Err(CameraError::InUse(node.into()));
            }
            if let Some(trouble) = state.trouble {
                return Err(trouble());
            }
            state.looks += 1;
            let life = if state.shows == Shows::Still {
                0
            } else {
                state.looks
            };
            Ok(Frame {
                format: shot.mode.format,
                size: shot.mode.size,
                stride: 0,
                bytes: picture(state.shows, life),
            })
        })
    }
}

/// A chequerboard with a little noise, or black.
fn picture(shows: Shows, life: u64) -> Vec<u8> {
    let pixel = |index: usize| {
        let (x, y) = (index % 640, index / 640);
        let noise = (index as u64).wrapping_mul(life.wrapping_mul(0x9e37_79b9) | 1) >> 7 & 1;
        [60, 180][(x / 80 + y / 60) % 2] + u8::try_from(noise).unwrap_or(0)
    };
    match shows {
        Shows::Black => vec![16; 640 * 360],
        Shows::Life | Shows::Still => (0..640 * 360).map(pixel).collect(),
    }
}

struct Values {
    webcam: Arc<Webcam>,
    rope: Option<mpsc::Sender<Ring>>,
}

impl Values {
    fn new() -> Values {
        Values {
            webcam: Webcam::new(),
            rope: None,
        }
    }

    async fn ring(&self, ring: Ring) {
        if let Some(rope) = &self.rope {
            rope.send(ring).await.unwrap();
        }
    }
}

const PLUGGED: Ring = Ring {
    plugged: true,
    touched: false,
};
const TOUCHED: Ring = Ring {
    plugged: false,
    touched: true,
};

impl Rig for Values {
    fn machine(&self) -> Arc<dyn Machine> {
        Arc::<Webcam>::clone(&self.webcam)
    }

    fn bell(&mut self) -> Bell {
        let (rope, bell) = Bell::by_hand();
        self.rope = Some(rope);
        bell
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            usb: Some("1-3.2".to_owned()),
            ..Wanted::default()
        }
    }

    async fn pull(&mut self) {
        self.webcam.with(|state| state.there = false);
        self.ring(PLUGGED).await;
    }

    async fn plug(&mut self) {
        self.webcam.with(|state| {
            state.there = true;
            state.plugged += 2;
            state.flicker = 2;
        });
        self.ring(PLUGGED).await;
    }

    async fn occupy(&mut self, taken: bool) {
        self.webcam.with(|state| state.taken = taken);
        self.ring(TOUCHED).await;
    }

    async fn show(&mut self, picture: Shows) {
        self.webcam.with(|state| state.shows = picture);
    }

    fn patience(&self) -> Patience {
        Patience {
            unplug: Duration::from_secs(1),
            replug: Duration::from_secs(3),
            patient: Duration::from_secs(30),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pulled_and_plugged_it_is_gone_and_back() {
    common::pulled_and_plugged_it_is_gone_and_back(&mut Values::new()).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_another_program_has_is_in_use_and_not_broken() {
    common::one_that_another_program_has_is_in_use_and_not_broken(&mut Values::new()).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_was_taken_before_is_here_and_in_use() {
    common::one_that_was_taken_before_is_here_and_in_use(&mut Values::new()).await;
}

#[tokio::test(start_paused = true)]
async fn its_picture_is_told_when_it_dies_and_when_it_lives() {
    common::its_picture_is_told_when_it_dies_and_when_it_lives(&mut Values::new()).await;
}

#[tokio::test(start_paused = true)]
async fn while_a_conference_has_it_nothing_is_told_of_its_picture() {
    common::while_a_conference_has_it_nothing_is_told_of_its_picture(&mut Values::new()).await;
}

#[tokio::test(start_paused = true)]
async fn the_rooms_settings_are_made_at_every_plug_and_not_again_in_between() {
    let mut rig = Values::new();
    let mut watched = Watched::start(&mut rig);
    watched.until(CameraSeen::Free, LOOK_EVERY).await;
    let fifty = (ControlId::POWER_LINE_FREQUENCY, 1);
    assert_eq!(
        rig.webcam.with(|state| std::mem::take(&mut state.set)),
        [fifty]
    );
    watched.next(LOOK_EVERY * 10).await;
    assert_eq!(rig.webcam.with(|state| std::mem::take(&mut state.set)), []);
    rig.pull().await;
    rig.plug().await;
    watched.until(CameraSeen::Here, LOOK_EVERY).await;
    assert_eq!(
        rig.webcam.with(|state| std::mem::take(&mut state.set)),
        [fifty]
    );
    watched.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_bus_without_room_is_named() {
    let mut rig = Values::new();
    rig.webcam
        .with(|state| state.trouble = Some(|| CameraError::NoBandwidth("/dev/video1".into())));
    let mut watched = Watched::start(&mut rig);
    let gone = CameraSeen::Gone(CameraFailure::NoBandwidth);
    watched.until(gone, LOOK_EVERY * 10).await;
    rig.webcam.with(|state| state.trouble = None);
    watched.until(CameraSeen::Here, LOOK_EVERY * 10).await;
    watched.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_shut_lens_is_covered() {
    let mut rig = Values::new();
    rig.webcam.with(|state| state.shutter = 1);
    let mut watched = Watched::start(&mut rig);
    let covered = CameraSeen::Picture(PictureSeen::Covered);
    watched.until(covered, LOOK_EVERY * 10).await;
    let proof = watched.prove().await;
    assert_eq!(proof.picture, Some(PictureSeen::Covered));
    watched.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_conference_takes_no_picture_and_an_hour_of_rest_one_for_each_look() {
    let mut rig = Values::new();
    let mut watched = Watched::start(&mut rig);
    watched
        .until(CameraSeen::Picture(PictureSeen::Good), LOOK_EVERY * 10)
        .await;
    watched.used_by(Use::Conference);
    let hour = Duration::from_secs(3600);
    let looks = || rig.webcam.with(|state| state.looks);
    assert_eq!((watched.next(hour).await, looks()), (None, 1));
    watched.used_by(Use::Room);
    assert_eq!(watched.next(hour).await, None);
    let expected = hour.as_secs() / LOOK_EVERY.as_secs();
    assert!(
        (expected - 5..=expected + 1).contains(&looks()),
        "{}",
        looks()
    );
    watched.end().await;
}
