//! The list of `common` against the kernel's virtual cameras, and what only a kernel can say: which node is a camera, what it
//! offers, who has it, who may open it.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use common::{Patience, Rig, Shows};
use drv_camera::control::{ControlId, Takes, named};
use drv_camera::find::Found;
use drv_camera::mode::{Mode, PixelFormat, Purpose, Size, choose};
use drv_camera::{Bell, CameraError, Kernel, Machine, Shot, Taken, Wanted, health};
use lab_guest::module::Module;
use lab_guest::{run, udev, write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);
/// In the size that a look takes.
fn shot(format: PixelFormat, settle: u32) -> Shot {
    let size = Size {
        width: 640,
        height: 360,
    };
    Shot {
        mode: Mode { format, size },
        settle,
        within: SOON,
    }
}

const DRIVER: &str = "/sys/bus/platform/drivers/vivid";

/// Cameras alone, or with the metadata, output and metadata output nodes beside them.
const CAMERAS: &str = "node_types=0x1,0x1";
const ALL_KINDS: &str = "node_types=0x60101";

struct Vivid {
    _module: Module,
    viewer: Option<Child>,
}

impl Vivid {
    fn load(parameters: &[&str]) -> Vivid {
        let vivid = Vivid {
            _module: Module::load("vivid", parameters).unwrap(),
            viewer: None,
        };
        udev::settles(SOON).unwrap();
        vivid
    }

    /// The first of two.
    fn two() -> Vivid {
        let vivid = Vivid::load(&["n_devs=2", CAMERAS]);
        assert_eq!(Kernel::default().find().len(), 2);
        vivid
    }

    fn node(&self, name: &str) -> PathBuf {
        let all = Kernel::default().find();
        let found: Vec<&Found> = all.iter().filter(|found| found.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {all:?}");
        found[0].node.clone()
    }

    fn first(&self) -> PathBuf {
        self.node("vivid-000-vid-cap")
    }

    fn set(&self, controls: &str) {
        let node = self.first();
        run("v4l2-ctl", &["-d", node.to_str().unwrap(), "-c", controls]).unwrap();
    }

    /// Another program streams from it.
    fn take_away(&mut self) {
        let node = self.first();
        let viewer = Command::new("v4l2-ctl")
            .args(["-d", node.to_str().unwrap(), "--stream-mmap"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.viewer = Some(viewer);
        let until = Instant::now() + SOON;
        while Kernel::default().taken(&node).unwrap() != Taken::Yes {
            assert!(Instant::now() < until, "v4l2-ctl does not stream");
            std::thread::yield_now();
        }
    }

    fn let_go(&mut self) {
        if let Some(mut viewer) = self.viewer.take() {
            viewer.kill().unwrap();
            viewer.wait().unwrap();
        }
    }
}

impl Drop for Vivid {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Rig for Vivid {
    fn machine(&self) -> Arc<dyn Machine> {
        Arc::new(Kernel::default())
    }

    fn bell(&mut self) -> Bell {
        Bell::hang(Path::new("/dev"), None).unwrap()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            label: Some("vivid-000-vid-cap".to_owned()),
            ..Wanted::default()
        }
    }

    async fn pull(&mut self) {
        write(format!("{DRIVER}/unbind"), "vivid.0").unwrap();
    }

    async fn plug(&mut self) {
        write(format!("{DRIVER}/bind"), "vivid.0").unwrap();
    }

    async fn occupy(&mut self, taken: bool) {
        match taken {
            true => self.take_away(),
            false => self.let_go(),
        }
    }

    async fn show(&mut self, picture: Shows) {
        // Pattern 0 is colour bars, 5 all black; movement 3 is none, 4 slow; text 2 is none.
        self.set(match picture {
            Shows::Life => "test_pattern=0,horizontal_movement=4,osd_text_mode=0",
            Shows::Black => "test_pattern=5,horizontal_movement=3,osd_text_mode=2",
            Shows::Still => "test_pattern=0,horizontal_movement=3,osd_text_mode=2",
        });
    }

    fn patience(&self) -> Patience {
        // Twice what is promised: an emulated processor on a busy machine. Alone it holds 1 and 3 seconds.
        Patience {
            unplug: Duration::from_secs(2),
            replug: Duration::from_secs(6),
            patient: SOON * 2,
        }
    }
}

#[tokio::test]
async fn pulled_and_plugged_it_is_gone_and_back() {
    common::pulled_and_plugged_it_is_gone_and_back(&mut Vivid::two()).await;
}

#[tokio::test]
async fn one_that_another_program_has_is_in_use_and_not_broken() {
    common::one_that_another_program_has_is_in_use_and_not_broken(&mut Vivid::two()).await;
}

#[tokio::test]
async fn one_that_was_taken_before_is_here_and_in_use() {
    common::one_that_was_taken_before_is_here_and_in_use(&mut Vivid::two()).await;
}

#[tokio::test]
async fn its_picture_is_told_when_it_dies_and_when_it_lives() {
    common::its_picture_is_told_when_it_dies_and_when_it_lives(&mut Vivid::two()).await;
}

#[tokio::test]
async fn while_a_conference_has_it_nothing_is_told_of_its_picture() {
    common::while_a_conference_has_it_nothing_is_told_of_its_picture(&mut Vivid::two()).await;
}

#[test]
fn only_what_gives_pictures_is_a_camera_and_everything_else_says_what_it_is() {
    let _vivid = Vivid::load(&["n_devs=1", ALL_KINDS]);
    let machine = Kernel::default();
    let mut said = Vec::new();
    for found in machine.find() {
        said.push(match machine.probe(&found.node) {
            Ok(_) => format!("{}: a camera", found.name),
            Err(CameraError::NoCamera { what, .. }) => format!("{}: {what}", found.name),
            Err(other) => panic!("{other}"),
        });
    }
    said.sort();
    assert_eq!(
        said,
        [
            "vivid-000-meta-cap: it carries a camera's metadata, not its picture",
            "vivid-000-meta-out: it carries a camera's metadata, not its picture",
            "vivid-000-vid-cap: a camera",
            "vivid-000-vid-out: it takes pictures instead of giving them",
        ]
    );
    let null = machine.probe(Path::new("/dev/null")).unwrap_err();
    assert_eq!(
        null.to_string(),
        "/dev/null is no camera: it is no video device"
    );
    let file = machine.probe(Path::new("/etc/passwd")).unwrap_err();
    assert_eq!(
        file.to_string(),
        "/etc/passwd is no camera: it is no device"
    );
    let none = machine.probe(Path::new("/dev/video99")).unwrap_err();
    assert_eq!(none.to_string(), "/dev/video99 is gone");
}

#[test]
fn a_part_of_a_camera_on_the_boards_own_connector_is_named() {
    let _vivid = Vivid::load(&["n_devs=2", CAMERAS, "multiplanar=1,2"]);
    let machine = Kernel::default();
    let kinds: Vec<bool> = machine
        .find()
        .iter()
        .map(|found| machine.probe(&found.node).is_ok())
        .collect();
    assert_eq!(kinds, [true, false]);
    let said = machine
        .probe(&machine.find()[1].node)
        .unwrap_err()
        .to_string();
    assert!(said.contains("libcamera"), "{said}");
}

#[test]
fn formats_sizes_rates_and_controls_are_asked_within_a_moment() {
    let vivid = Vivid::two();
    let began = Instant::now();
    let probe = Kernel::default().probe(&vivid.first()).unwrap();
    println!(
        "probed in {:?}: {} offers, {} controls",
        began.elapsed(),
        probe.offers.len(),
        probe.controls.len()
    );
    assert_eq!(probe.driver, "vivid");
    let wanted = Mode {
        format: PixelFormat::Yuyv,
        size: Size {
            width: 640,
            height: 360,
        },
    };
    assert_eq!(choose(&probe.offers, Purpose::Look), Some(wanted));
    let offer = probe
        .offers
        .iter()
        .find(|offer| offer.format == PixelFormat::Nv12)
        .unwrap();
    assert!(!offer.rates.is_empty(), "{offer:?}");
    // Names and kinds of every sort, also such as the crate behind this does not know.
    let brightness = named(&probe.controls, "brightness").unwrap();
    assert_eq!((brightness.value, brightness.default), (Some(128), 128));
    let menu = named(&probe.controls, "test_pattern").unwrap();
    assert_eq!(menu.parse("100% Black").unwrap(), 5);
    assert!(
        probe
            .controls
            .iter()
            .any(|control| control.takes == Takes::Other)
    );
}

#[test]
fn a_control_is_set_and_read_back_also_while_another_program_streams() {
    let mut vivid = Vivid::two();
    let node = vivid.first();
    vivid.take_away();
    let machine = Kernel::default();
    let probe = machine.probe(&node).unwrap();
    let brightness = named(&probe.controls, "brightness").unwrap();
    assert_eq!(machine.set(&node, brightness.id, 200).unwrap(), Some(200));
    let pattern = named(&probe.controls, "test_pattern").unwrap();
    assert_eq!(machine.set(&node, pattern.id, 5).unwrap(), Some(5));
    assert!(machine.set(&node, ControlId(0x009a_0910), 1).is_err());
}

#[test]
fn a_picture_comes_in_each_layout_that_is_read_here() {
    let vivid = Vivid::two();
    let (machine, node) = (Kernel::default(), vivid.first());
    for format in [
        PixelFormat::Yuyv,
        PixelFormat::Uyvy,
        PixelFormat::Nv12,
        PixelFormat::Grey,
    ] {
        let frame = machine.take(&node, shot(format, 1)).unwrap();
        let size = shot(format, 1).mode.size;
        assert_eq!((frame.format, frame.size), (format, size));
        let seen = health::measure(&frame.grey().unwrap()).unwrap();
        assert_eq!(
            health::judge(&seen),
            health::Sight::Room,
            "{format}: {seen:?}"
        );
        let colour = frame.colour().unwrap();
        // The first of the colour bars is white, the last black.
        let at = |x: usize| &colour.rgb[(180 * 640 + x) * 3..][..3];
        assert!(
            at(40).iter().all(|part| *part > 150),
            "{format}: {:?}",
            at(40)
        );
        assert!(
            at(620).iter().all(|part| *part < 60),
            "{format}: {:?}",
            at(620)
        );
        assert!(colour.png().unwrap().starts_with(b"\x89PNG"));
    }
}

#[test]
fn a_second_client_is_told_that_the_camera_is_in_use() {
    let mut vivid = Vivid::two();
    let (machine, node) = (Kernel::default(), vivid.first());
    assert_eq!(machine.taken(&node).unwrap(), Taken::No);
    vivid.take_away();
    let refused = machine.take(&node, shot(PixelFormat::Yuyv, 0)).unwrap_err();
    assert!(matches!(refused, CameraError::InUse(_)), "{refused}");
    assert!(
        refused.to_string().contains("usually the conference"),
        "{refused}"
    );
    vivid.let_go();
    assert_eq!(machine.taken(&node).unwrap(), Taken::No);
}

#[test]
fn one_that_is_pulled_while_its_picture_is_taken_is_gone() {
    let vivid = Vivid::two();
    let node = vivid.first();
    let puller = std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(1));
        write(format!("{DRIVER}/unbind"), "vivid.0").unwrap();
    });
    let ended = Kernel::default()
        .take(&node, shot(PixelFormat::Yuyv, u32::MAX))
        .unwrap_err();
    puller.join().unwrap();
    assert!(matches!(ended, CameraError::Gone(_)), "{ended}");
    write(format!("{DRIVER}/bind"), "vivid.0").unwrap();
    udev::settles(SOON).unwrap();
}

#[test]
fn a_stream_that_breaks_is_an_error_and_the_next_one_runs() {
    let vivid = Vivid::two();
    let (machine, node) = (Kernel::default(), vivid.first());
    let breaker = std::thread::spawn({
        let node = node.clone();
        move || {
            std::thread::sleep(Duration::from_secs(1));
            let node = node.to_str().unwrap();
            run(
                "v4l2-ctl",
                &["-d", node, "-c", "inject_fatal_streaming_error=1"],
            )
            .unwrap();
        }
    });
    let ended = machine
        .take(&node, shot(PixelFormat::Yuyv, u32::MAX))
        .unwrap_err();
    breaker.join().unwrap();
    assert!(matches!(ended, CameraError::Broken { .. }), "{ended}");
    assert!(machine.take(&node, shot(PixelFormat::Yuyv, 0)).is_ok());
}

#[test]
fn one_that_may_not_be_opened_says_which_group_may() {
    let vivid = Vivid::two();
    let node = vivid.first();
    let root = nix::unistd::Uid::from_raw(0);
    // Of this thread alone, and with it go root's rights over files.
    nix::unistd::setfsuid(nix::unistd::Uid::from_raw(65534));
    nix::unistd::setfsgid(nix::unistd::Gid::from_raw(65534));
    let refused = Kernel::default().probe(&node).unwrap_err();
    nix::unistd::setfsuid(root);
    assert!(matches!(refused, CameraError::Denied(_)), "{refused}");
    assert!(refused.to_string().contains("`video`"), "{refused}");
}
