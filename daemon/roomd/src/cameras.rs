//! Cameras as the room's file says: what their driver is told, when it may look, and which one conferences get.
//! Knows the shapes of both sides; opens nothing.

use call_browser::{CameraChoice, PageCamera};
use drv_camera::preset::{self, Preset};
use drv_camera::{Bell, CameraConfig, Found, Kernel, Machine, Use, Wanted};
use room_core::view::Phase;
use room_profile::{AntiFlicker, CameraLink, CameraPreset, Profile};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

/// Between two looks at a camera that nobody uses: often enough to be known before the next meeting.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the driver needs to know.
pub fn config(link: &CameraLink) -> CameraConfig {
    CameraConfig {
        id: link.camera.clone(),
        wanted: wanted(link),
        flicker: match link.anti_flicker {
            AntiFlicker::Hz50 => preset::AntiFlicker::Hz50,
            AntiFlicker::Hz60 => preset::AntiFlicker::Hz60,
            AntiFlicker::Auto => preset::AntiFlicker::Auto,
            AntiFlicker::Off => preset::AntiFlicker::Off,
        },
        preset: match link.preset {
            CameraPreset::AsFound => Preset::AsFound,
            CameraPreset::Office => Preset::Office,
            CameraPreset::BrightWindow => Preset::BrightWindow,
            CameraPreset::DimRoom => Preset::DimRoom,
            CameraPreset::SteadyColour => Preset::SteadyColour,
        },
        model: preset::CameraModel {
            window_backlight: link.model.window_backlight.map(i64::from),
            office_kelvin: i64::from(link.model.office_kelvin),
            settle: u32::from(link.model.settle),
        },
        look_every: LOOK_EVERY,
    }
}

fn wanted(link: &CameraLink) -> Wanted {
    Wanted {
        link: link.link.clone(),
        label: link.label.clone(),
        ..Wanted::default()
    }
}

/// The machine with the daemon's own links.
pub fn machine(profile: &Profile) -> Arc<dyn Machine> {
    Arc::new(Kernel::with_links(profile.links.clone()))
}

/// Hears what is plugged and pulled; without it, cameras are looked for now and then.
pub fn bell(links: Option<&Path>) -> Bell {
    match Bell::hang(Path::new("/dev"), links) {
        Ok(bell) => bell,
        Err(problem) => {
            warn!(%problem, "plugged cameras are noticed late");
            Bell::by_hand().1
        }
    }
}

/// Whose the cameras are. A prepared page may have taken them already.
pub fn used(phase: &Phase) -> Use {
    match phase {
        Phase::Standby
        | Phase::Announced { warm: false, .. }
        | Phase::Failed { .. }
        | Phase::Ended(_) => Use::Room,
        Phase::Announced { warm: true, .. }
        | Phase::Joining(_)
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded(_)
        | Phase::InCall { .. }
        | Phase::Reconnecting { .. }
        | Phase::Leaving => Use::Conference,
    }
}

/// The camera that conferences get, asked anew for each page.
pub fn choice(profile: &Profile) -> CameraChoice {
    let Some(link) = profile.cameras.iter().find(|link| link.in_calls).cloned() else {
        return CameraChoice::default();
    };
    let machine = machine(profile);
    CameraChoice::new(move || page_camera(&wanted(&link), &machine.find(), &*machine))
}

/// As a page sees it. One that is not plugged in is asked for by its label nevertheless, so that another one is noticed.
fn page_camera(wanted: &Wanted, all: &[Found], machine: &dyn Machine) -> Option<PageCamera> {
    let Some(found) = all.iter().find(|found| wanted.fits(found)) else {
        let label = wanted.label.clone()?;
        return Some(PageCamera { label, twin: 0 });
    };
    let label = page_label(found, machine);
    // A camera's other nodes carry no picture and are not listed.
    let mut twins: Vec<_> = all
        .iter()
        .filter(|other| other.index == 0 && other.usb.is_some() == found.usb.is_some())
        .filter(|other| page_label(other, machine) == label)
        .map(|other| &other.node)
        .collect();
    twins.sort();
    let twin = twins.iter().position(|node| **node == found.node);
    Some(PageCamera {
        label,
        twin: twin.unwrap_or(0),
    })
}

/// What Chromium calls it: by what the driver answers where it hangs on no USB, which may be another text than the node's name (seen with
/// vivid, `vivid` and `vivid-000-vid-cap`).
fn page_label(found: &Found, machine: &dyn Machine) -> String {
    let asked = found.usb.is_none().then(|| machine.probe(&found.node));
    match asked {
        Some(Ok(probe)) => probe.card,
        Some(Err(_)) | None => found.label.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drv_camera::control::ControlId;
    use drv_camera::find::Usb;
    use drv_camera::frame::Frame;
    use drv_camera::{CameraError, Probe, Shot, Taken};

    /// A machine of which nothing is asked but what it answers for a node.
    #[derive(Debug)]
    struct Answers(&'static [(&'static str, &'static str)]);

    impl Machine for Answers {
        fn find(&self) -> Vec<Found> {
            unreachable!()
        }

        fn probe(&self, node: &Path) -> Result<Probe, CameraError> {
            let of = |(path, _): &&(&str, &str)| Path::new(path) == node;
            let (_, card) = self.0.iter().find(of).ok_or_else(|| gone(node))?;
            Ok(Probe {
                driver: String::new(),
                card: (*card).to_owned(),
                bus: String::new(),
                offers: Vec::new(),
                controls: Vec::new(),
            })
        }

        fn set(&self, _: &Path, _: ControlId, _: i64) -> Result<Option<i64>, CameraError> {
            unreachable!()
        }

        fn taken(&self, _: &Path) -> Result<Taken, CameraError> {
            unreachable!()
        }

        fn take(&self, _: &Path, _: Shot) -> Result<Frame, CameraError> {
            unreachable!()
        }
    }

    fn gone(node: &Path) -> CameraError {
        CameraError::Gone(node.to_path_buf())
    }

    const SILENT: Answers = Answers(&[]);

    fn found(node: &str, index: u32, links: &[&str]) -> Found {
        Found {
            node: node.into(),
            name: "C920".to_owned(),
            label: "C920 (046d:082d)".to_owned(),
            usb: Some(Usb {
                place: "1-1".to_owned(),
                socket: "0000:00:14.0/1".to_owned(),
                model: (0x046d, 0x082d),
                product: None,
                serial: None,
                speed: None,
            }),
            device: String::new(),
            links: links.iter().map(|link| (*link).to_owned()).collect(),
            index,
            plugged: 1,
        }
    }

    fn bound(link: &str) -> Wanted {
        Wanted {
            link: Some(link.to_owned()),
            ..Wanted::default()
        }
    }

    #[test]
    fn of_two_equal_cameras_the_page_gets_the_bound_one() {
        let all = [
            found("/dev/video10", 0, &["cam-back"]),
            found("/dev/video11", 1, &[]),
            found("/dev/video2", 0, &["cam-front"]),
        ];
        let twin = |link| page_camera(&bound(link), &all, &SILENT).map(|camera| camera.twin);
        assert_eq!(
            (twin("cam-back"), twin("cam-front"), twin("cam-side")),
            (Some(0), Some(1), None)
        );
    }

    #[test]
    fn one_that_is_not_plugged_in_is_asked_for_by_its_label() {
        let wanted = Wanted {
            label: Some("C930e".to_owned()),
            ..Wanted::default()
        };
        let camera = page_camera(&wanted, &[found("/dev/video0", 0, &[])], &SILENT).unwrap();
        assert_eq!((&*camera.label, camera.twin), ("C930e", 0));
    }

    fn part_of_the_board(node: &str, name: &str, links: &[&str]) -> Found {
        Found {
            name: name.to_owned(),
            label: name.to_owned(),
            usb: None,
            ..found(node, 0, links)
        }
    }

    #[test]
    fn a_page_knows_one_that_hangs_on_no_usb_by_what_its_driver_answers() {
        let all = [
            found("/dev/video0", 0, &[]),
            part_of_the_board("/dev/video1", "vivid-000-vid-cap", &[]),
            part_of_the_board("/dev/video2", "vivid-001-vid-cap", &["cam-front"]),
        ];
        let answers = Answers(&[
            ("/dev/video0", "nobody asks this one"),
            ("/dev/video1", "vivid"),
            ("/dev/video2", "vivid"),
        ]);
        let camera = page_camera(&bound("cam-front"), &all, &answers).unwrap();
        assert_eq!((&*camera.label, camera.twin), ("vivid", 1));
        let camera = page_camera(&bound("cam-front"), &all, &SILENT).unwrap();
        assert_eq!((&*camera.label, camera.twin), ("vivid-001-vid-cap", 0));
    }

    #[test]
    fn a_prepared_page_has_the_cameras() {
        let announced = |warm| {
            used(&Phase::Announced {
                joins_at: None,
                warm,
            })
        };
        assert_eq!(
            (announced(false), announced(true)),
            (Use::Room, Use::Conference)
        );
    }
}
