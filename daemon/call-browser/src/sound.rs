//! Which microphone and loudspeaker pages are given (by their labels, as the camera, because the browser's own ids change with
//! each fresh profile), and who cleans what they capture.

use crate::camera::PageCamera;
use serde::Serialize;
use tokio::sync::watch;

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

/// Who takes echo and noise out of what pages capture and evens its level. One alone does: two in a row cut off people who speak
/// at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cleaning {
    /// The browser.
    Page,
    /// A device or the room, or nobody; the browser leaves it alone, whatever a page asks for.
    Elsewhere,
}

/// Who cleans, as it is now; `None` leaves it to each page. All clones are one.
#[derive(Debug, Clone)]
pub struct CleaningChoice(watch::Sender<Option<Cleaning>>);

impl CleaningChoice {
    /// From now on, also in a call.
    pub fn choose(&self, cleaning: Option<Cleaning>) {
        self.0
            .send_if_modified(|now| std::mem::replace(now, cleaning) != cleaning);
    }

    /// Now, and told of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Cleaning>> {
        self.0.subscribe()
    }
}

impl Default for CleaningChoice {
    fn default() -> CleaningChoice {
        CleaningChoice(watch::Sender::new(None))
    }
}

/// Everything that a page is given of the room's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PageDevices {
    /// `None` leaves the choice to the page.
    pub camera: Option<PageCamera>,
    #[serde(flatten)]
    pub sound: PageSound,
    /// `None`: as the page likes.
    pub cleaning: Option<Cleaning>,
}
