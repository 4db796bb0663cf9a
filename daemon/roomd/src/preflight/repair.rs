//! What may be mended without people, tried once by whoever owns the thing. Judges nothing: the check is run again.

use super::checks::Kit;
use drv_camera::Ask;
use preflight::{Repair, Trouble};
use room_core::effect::DisplayCommand;
use room_core::view::{CameraState, DisplayState, HeadState};
use std::collections::BTreeSet;
use std::time::Duration;

/// Opening a camera or a head's line anew takes less.
const REOPENED: Duration = Duration::from_secs(6);
/// Most displays show a picture by then; a projector may take longer and is judged by what it says.
const WOKEN: Duration = Duration::from_secs(15);
/// The graph is made anew within two seconds. The room did not ask for it, so nothing of it is shown that could be waited for.
const REBUILT: Duration = Duration::from_millis(2500);

impl Kit {
    /// Tries it all, for the things that were found.
    pub(super) async fn repair(&self, repairs: &BTreeSet<Repair>, found: &[Trouble]) {
        for repair in repairs {
            match repair {
                Repair::ResetSound => self.reset_sound().await,
                Repair::ReopenCamera => self.reopen_cameras(found).await,
                // A head's driver looks for its line again and again by itself: it is given the time.
                Repair::ReopenHead => {
                    let gone = |state| matches!(state, HeadState::Gone(_));
                    self.until(REOPENED, |view| !view.heads.iter().any(|h| gone(h.state)))
                        .await;
                }
                Repair::WakeDisplay => self.wake_displays(found).await,
            }
        }
    }

    async fn reset_sound(&self) {
        let Some(sound) = &self.reach.sound else {
            return;
        };
        (sound.reset)();
        tokio::time::sleep(REBUILT).await;
    }

    async fn reopen_cameras(&self, found: &[Trouble]) {
        for trouble in found {
            let (Trouble::CameraSilent(role) | Trouble::PictureFrozen(role)) = trouble else {
                continue;
            };
            let camera = self
                .reach
                .cameras
                .iter()
                .find(|(id, _)| id.as_str() == role);
            if let Some((camera, asks)) = camera {
                // Without a driver there is nothing to open.
                let _ = asks.send(Ask::Reopen).await;
                self.until(REOPENED, |view| {
                    let seen = view.cameras.iter().find(|seen| seen.id == *camera);
                    seen.is_some_and(|seen| seen.state == CameraState::Free)
                })
                .await;
            }
        }
    }

    async fn wake_displays(&self, found: &[Trouble]) {
        for trouble in found {
            let Trouble::DisplayDark(role) = trouble else {
                continue;
            };
            let displays = &self.reach.displays;
            if let Some((display, handle)) = displays.iter().find(|(id, _)| id.as_str() == role) {
                handle.send(DisplayCommand::Show);
                self.until(WOKEN, |view| {
                    let seen = view.displays.iter().find(|seen| seen.id == *display);
                    seen.is_some_and(|seen| seen.state != DisplayState::Asleep)
                })
                .await;
            }
        }
    }
}
