//! Cameras of a room and what is known about their models. Knows no driver.

use crate::assemble::Build;
use crate::problem::{Kind, Problem};
use crate::profile::{CameraLink, CameraModel};
use crate::scalars::Slug;
use crate::section::{At, Section, Spot};
use crate::sections::{CameraModelSection, CameraSection};
use crate::suggest;
use crate::text::Place;
use crate::tree;
use crate::usb::Bindings;
use room_core::ids::CameraId;
use room_core::plan::CameraPlan;

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
