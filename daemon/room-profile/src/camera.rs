//! Cameras of a room and what is known about their models: their keys, their values, and how the two fit. Knows no driver.

use crate::assemble::Build;
use crate::problem::{Kind, Problem};
use crate::scalars::{Line, Slug, Whole, choice};
use crate::section::{At, Section, Spot, section};
use crate::suggest;
use crate::text::Place;
use crate::tree;
use crate::usb::{Bindings, UsbKeys};
use room_core::ids::CameraId;
use room_core::plan::CameraPlan;

/// A camera's picture: which device, and how it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraLink {
    /// Which camera.
    pub camera: CameraId,
    /// The link in `Profile::links` that leads to it, when it is bound to USB.
    pub link: Option<String>,
    /// Its name, when that has to fit.
    pub label: Option<String>,
    /// Against the flicker of lamps.
    pub anti_flicker: AntiFlicker,
    /// What it looks at.
    pub preset: CameraPreset,
    /// What is known about its model.
    pub model: CameraModel,
    /// Whether conferences may have it.
    pub in_calls: bool,
}

/// What is known about a model of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraModel {
    /// Backlight compensation for people before a window, as the camera counts.
    pub window_backlight: Option<u16>,
    /// Colour temperature of an office's lamps, in kelvin.
    pub office_kelvin: u16,
    /// So many first pictures are thrown away.
    pub settle: u8,
}

/// The mains frequency that lamps flicker with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AntiFlicker {
    /// 50 Hz.
    Hz50,
    /// 60 Hz.
    Hz60,
    /// The camera finds out.
    Auto,
    /// Not at all.
    Off,
}

/// What a camera looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraPreset {
    /// Nothing is set.
    AsFound,
    /// An office.
    Office,
    /// People before a window.
    BrightWindow,
    /// A room that is never bright.
    DimRoom,
    /// Lamps of one kind: colours that do not drift.
    SteadyColour,
}

choice! {
    /// The mains frequency that lamps flicker with.
    enum FlickerWord: AntiFlicker {
        "50-hz" => AntiFlicker::Hz50,
        "60-hz" => AntiFlicker::Hz60,
        "auto" => AntiFlicker::Auto,
        "off" => AntiFlicker::Off,
    }

    /// What a camera looks at.
    enum ScenePresetWord: CameraPreset {
        "as-found" => CameraPreset::AsFound,
        "office" => CameraPreset::Office,
        "bright-window" => CameraPreset::BrightWindow,
        "dim-room" => CameraPreset::DimRoom,
        "steady-colour" => CameraPreset::SteadyColour,
    }
}

section! {
    /// A camera under the name of its role: found by its USB socket or serial number, or by its label where nothing else tells it
    /// apart. The first one with `in_calls` is the camera that conferences get.
    struct CameraSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// Its USB device.
        usb: UsbKeys,
        /// Its name as `roomctl camera list` shows it, such as "HD Pro Webcam C920 (046d:082d)". Of two with the same name the
        /// first is taken, so give those their `usb`.
        label: Option<At<Line<120>>>,
        /// The mains frequency, so that lamps do not flicker: 50 Hz in Europe.
        anti_flicker: At<FlickerWord> = "50-hz",
        /// What exposure and colour are made for. With "as-found" nothing but `anti_flicker` is set.
        preset: At<ScenePresetWord> = "office",
        /// Its model: the name of a file in `boards/devices/camera/`, without `.toml`.
        model: At<Slug> = "common",
        /// Whether conferences may have it.
        in_calls: At<bool> = true,
    }

    /// What is known about a model of a camera beyond what it says itself: a file in `boards/devices/camera/`.
    struct CameraModelSection {
        /// Backlight compensation for people before a window, as the camera counts; without it, the most that it has.
        window_backlight: Option<At<Whole<0, 65535>>>,
        /// Colour temperature of an office's lamps, in kelvin.
        office_kelvin: At<Whole<2000, 10000>> = 4000,
        /// So many first pictures of a look are thrown away, until the exposure has settled.
        settle: At<Whole<0, 60>> = 8,
    }
}

impl Build<'_> {
    /// Cameras as the core plans with them.
    pub(crate) fn cameras(&mut self, cameras: &[(At<String>, CameraSection)]) -> Vec<CameraPlan> {
        let mut plans = Vec::new();
        for (role, camera) in cameras {
            let id = self.role(role);
            let name = camera
                .name
                .as_ref()
                .map_or_else(|| id.clone(), |name| name.value.0.clone());
            plans.push(CameraPlan {
                id: CameraId::new(id),
                name,
            });
        }
        plans
    }

    /// Where each is found, and how it is set.
    pub(crate) fn camera_links(
        &mut self,
        bindings: &mut Bindings<'_>,
        cameras: &[(At<String>, CameraSection)],
    ) -> Vec<CameraLink> {
        let mut links: Vec<CameraLink> = Vec::new();
        for (role, camera) in cameras {
            let label = camera.label.as_ref().map(|label| label.value.0.clone());
            if label.is_none() && !Bindings::says(&camera.usb) {
                let message = format!("nothing says which camera `{}` is", role.value);
                let help = "add `usb = \"…\"` with the socket that `roomctl camera list` shows, or `label = \"…\"` with its name";
                let problem = Problem::new(role.place.clone(), message, Some(help.to_owned()));
                self.problems.push(problem.of(Kind::Missing));
            }
            let link = CameraLink {
                camera: CameraId::new(&*role.value),
                link: bindings.camera(self, role, &camera.usb),
                label,
                anti_flicker: camera.anti_flicker.value.0,
                preset: camera.preset.value.0,
                model: self.camera_model(&camera.model),
                in_calls: camera.in_calls.value,
            };
            let twin = |other: &&CameraLink| {
                other.link.is_none() && link.link.is_none() && other.label == link.label
            };
            if let (Some(label), Some(other)) = (&camera.label, links.iter().find(twin)) {
                let message = format!("camera `{}` has the same label", other.camera);
                self.wrong(
                    label,
                    message,
                    "bind both by `usb`, so that they never change places",
                );
            }
            links.push(link);
        }
        links
    }

    fn camera_model(&mut self, name: &At<Slug>) -> CameraModel {
        let models = &self.sources.camera_models;
        match models.iter().find(|(known, _)| *known == name.value.0) {
            Some((_, file)) => {
                let tree = tree::parse(file, self.problems);
                let spot = Spot {
                    path: String::new(),
                    place: Place::start_of(file),
                };
                let section = CameraModelSection::read(Some(&tree), spot, self.problems);
                CameraModel {
                    window_backlight: section.window_backlight.map(|most| narrow(most.value.0)),
                    office_kelvin: narrow(section.office_kelvin.value.0),
                    settle: narrow(section.settle.value.0),
                }
            }
            None => {
                let message = format!("there is no camera model `{}`", name.value.0);
                let known = models.iter().map(|(known, _)| known.as_str());
                self.wrong(name, message, suggest::among(&name.value.0, known));
                CameraModel {
                    window_backlight: None,
                    office_kelvin: 0,
                    settle: 0,
                }
            }
        }
    }
}

/// Bounds were checked by the reader, so nothing is ever cut here.
fn narrow<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}
