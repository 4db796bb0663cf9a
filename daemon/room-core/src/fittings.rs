//! Cameras and the small fittings of a room (lamps, wired buttons, a speakerphone's keys, status panels) as they were seen.
//! Nothing is asked of them by the core: the conference uses the cameras, and the fittings show the view or report presses.

use crate::event::{CameraSeen, FittingSeen, PictureSeen};
use crate::failure::{CameraFailure, FittingFailure};
use crate::ids::FittingId;
use crate::plan::CameraPlan;
use crate::presence::Presence;
use crate::units::Mono;
use crate::view::{CameraState, CameraView};
use serde::{Deserialize, Serialize};

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Camera {
    pub plan: CameraPlan,
    presence: Presence<CameraFailure>,
    in_use: bool,
    picture: Option<(PictureSeen, Mono)>,
}

/// A fitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fitting {
    pub id: FittingId,
    presence: Presence<FittingFailure>,
}

impl Camera {
    pub fn new(plan: CameraPlan) -> Camera {
        Camera {
            plan,
            presence: Presence::Unknown,
            in_use: false,
            picture: None,
        }
    }

    pub fn read(&mut self, seen: CameraSeen, now: Mono) {
        match seen {
            CameraSeen::Here => self.presence = Presence::Here,
            CameraSeen::Gone(why) => {
                self.presence = self.presence.lost(why, now);
                self.in_use = false;
                self.picture = None;
            }
            CameraSeen::InUse => self.in_use = true,
            CameraSeen::Free => self.in_use = false,
            CameraSeen::Picture(picture) => {
                let known = self.picture.filter(|(known, _)| *known == picture);
                self.picture = known.or(Some((picture, now)));
            }
        }
    }

    /// Why it is away and since when.
    pub fn gone(&self) -> Option<(CameraFailure, Mono)> {
        self.presence.gone()
    }

    /// Since when its picture cannot be used. A room in the dark is no fault.
    pub fn useless_since(&self) -> Option<Mono> {
        let (picture, since) = self.picture?;
        match picture {
            PictureSeen::Good | PictureSeen::Dark => None,
            PictureSeen::Black
            | PictureSeen::Frozen
            | PictureSeen::Covered
            | PictureSeen::Blurred => Some(since),
        }
    }

    pub fn view(&self) -> CameraView {
        let state = match self.presence {
            Presence::Unknown => CameraState::Unknown,
            Presence::Gone { why, .. } => CameraState::Gone(why),
            Presence::Here if self.in_use => CameraState::InUse,
            Presence::Here => CameraState::Free,
        };
        CameraView {
            id: self.plan.id.clone(),
            name: self.plan.name.clone(),
            state,
            picture: self.picture.map(|(picture, _)| picture),
        }
    }
}

impl Fitting {
    pub fn new(id: FittingId) -> Fitting {
        Fitting {
            id,
            presence: Presence::Unknown,
        }
    }

    pub fn read(&mut self, seen: FittingSeen, now: Mono) {
        self.presence = match seen {
            FittingSeen::Here => Presence::Here,
            FittingSeen::Gone(why) => self.presence.lost(why, now),
        };
    }

    /// Why it is away and since when.
    pub fn gone(&self) -> Option<(FittingFailure, Mono)> {
        self.presence.gone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CameraId;

    fn camera() -> Camera {
        Camera::new(CameraPlan {
            id: CameraId::new("front"),
            name: "Front".to_owned(),
        })
    }

    #[test]
    fn a_dark_room_is_no_fault_and_a_covered_camera_is_one() {
        let mut camera = camera();
        camera.read(CameraSeen::Here, Mono(0));
        camera.read(CameraSeen::Picture(PictureSeen::Dark), Mono(1));
        assert_eq!(camera.useless_since(), None);
        camera.read(CameraSeen::Picture(PictureSeen::Covered), Mono(2));
        camera.read(CameraSeen::Picture(PictureSeen::Covered), Mono(9));
        assert_eq!(camera.useless_since(), Some(Mono(2)));
    }

    #[test]
    fn one_that_is_gone_has_no_picture_and_keeps_its_moment() {
        let mut camera = camera();
        camera.read(CameraSeen::Picture(PictureSeen::Black), Mono(1));
        camera.read(CameraSeen::Gone(CameraFailure::Absent), Mono(3));
        camera.read(CameraSeen::Gone(CameraFailure::Denied), Mono(5));
        assert_eq!(camera.gone(), Some((CameraFailure::Denied, Mono(3))));
        assert_eq!(camera.useless_since(), None);
        assert_eq!(
            camera.view().state,
            CameraState::Gone(CameraFailure::Denied)
        );
    }

    #[test]
    fn a_fitting_says_why_it_is_away() {
        let mut lamp = Fitting::new(FittingId::new("door"));
        assert_eq!(lamp.gone(), None);
        lamp.read(FittingSeen::Gone(FittingFailure::Denied), Mono(4));
        assert_eq!(lamp.gone(), Some((FittingFailure::Denied, Mono(4))));
        lamp.read(FittingSeen::Here, Mono(5));
        assert_eq!(lamp.gone(), None);
    }
}
