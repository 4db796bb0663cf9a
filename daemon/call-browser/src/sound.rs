//! Which microphone and loudspeaker pages are given: by their labels, as the camera, because the browser's own ids change with
//! each fresh profile.

use crate::camera::PageCamera;
use serde::Serialize;

/// The room's microphone and loudspeaker as a page sees them. Where there is none of a label, the browser's default stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageSound {
    /// The microphone's label.
    pub microphone: String,
    /// The loudspeaker's label.
    pub loudspeaker: String,
}

impl Default for PageSound {
    /// The names under which the room's own sound offers them.
    fn default() -> PageSound {
        PageSound {
            microphone: "Room microphone".to_owned(),
            loudspeaker: "Room loudspeaker".to_owned(),
        }
    }
}

/// Everything that a page is given of the room's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PageDevices {
    /// `None` leaves the choice to the page.
    pub camera: Option<PageCamera>,
    #[serde(flatten)]
    pub sound: PageSound,
}
