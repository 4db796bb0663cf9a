//! Everything the room asks its hands to do: imperative, absolute, closed.
//! Knows no hand; the shell performs and reports back by events.

use crate::event::Drive;
use crate::hand::{Consent, Hand};
use crate::ids::{CallId, DisplayId, HeadId, Private, PuckId, RequestId};
use crate::meeting::{By, Target, Way};
use crate::memory::Memory;
use crate::preflight::PreflightCommand;
use crate::sound::SoundCommand;
use crate::units::{Percent, Position, PresetNumber, Switch};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A thing to do. Performing never blocks the core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// For the call adapter.
    Call(CallId, CallCommand),
    /// For a PTZ head; answered by `Event::Done`.
    Head {
        /// Which head.
        head: HeadId,
        /// The answer carries it.
        request: RequestId,
        /// What.
        command: HeadCommand,
    },
    /// For a display; it reports what it was seen to do.
    Display {
        /// Which display.
        display: DisplayId,
        /// What.
        command: DisplayCommand,
    },
    /// For the owner of the room's sound; it reports what it was seen to do.
    Sound(SoundCommand),
    /// Have the browser begin its sound anew: what it has keeps to a sound server that is gone. Pages stay; nothing is answered.
    BrowserSound,
    /// End the browser; its keeper starts the next one. It is seen to go and to come.
    BrowserAnew,
    /// For whoever runs the room's checks.
    Preflight(PreflightCommand),
    /// Give this table button the firmware that the room has for it; answered by `FirmwareSeen::Updated` or `Failed`.
    UpdatePuck(PuckId),
    /// Bring this to the front of the main display.
    Screen(Screen),
    /// Keep this over a restart.
    Persist(Memory),
}

/// What a call adapter can be asked. Answers are `Event::Call` with the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CallCommand {
    /// Load the page up to the point before entering, with microphone and camera closed.
    Warm(CallRequest),
    /// Enter, from warm or from nothing; microphone and camera stay closed.
    Join(CallRequest),
    /// Find the page of this call that was left running by an earlier daemon, and report what is seen; `Over(PageGone)` when there is none.
    Adopt(CallRequest),
    /// Give this passcode to the page that asked.
    Passcode(Private),
    /// Agree to what the page asked consent for; answered by `Agreed`, or by `PersonNeeded` when that did not help.
    Agree(Consent),
    /// Do this on the page; nothing is answered, and nothing done once the page needs nobody any more.
    Hand(Hand),
    /// Microphone of the conference page.
    Mic(Switch),
    /// Camera of the conference page.
    Camera(Switch),
    /// Loudness of the conference page.
    Volume(Percent),
    /// Open the room's sound anew, as it was: whatever served it died and is back.
    SoundAnew,
    /// Leave through the page's own way out, then destroy page and profile; ends with `Over(Left)`.
    Leave,
    /// Destroy page and profile at once, without a word; nothing is answered.
    Drop,
}

/// What a call needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRequest {
    /// By which kind of way: says which adapter the call belongs to.
    pub by: By,
    /// Where; `None` only for an adopted call whose target is not known any more.
    pub target: Option<Target>,
    /// The room's name in the conference.
    pub display_name: String,
}

impl CallRequest {
    /// The way to take, when it is known and of the kind that was asked for.
    pub fn way(&self) -> Option<&Way> {
        let way = self.target.as_ref()?.way(self.by);
        (way.by() == self.by).then_some(way)
    }
}

/// What a PTZ head can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeadCommand {
    /// Power on (`Open`) or standby.
    Power(Switch),
    /// Move until told otherwise, at most for `limit`.
    Drive {
        /// How fast in which direction.
        drive: Drive,
        /// The move ends by itself after this.
        limit: Duration,
    },
    /// Stop all motors; overtakes everything.
    Stop,
    /// Go to a stored preset.
    Recall(PresetNumber),
    /// Store the present position.
    Store(PresetNumber),
    /// Go home.
    Home,
    /// Go there.
    Goto(Position),
}

/// What a display can be asked. Its driver knows how, how long that may take, and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisplayCommand {
    /// On, and on the room's own input.
    Show,
    /// Off, as far as the display goes off.
    Standby,
}

/// What stands on the main display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// The room's own page: idle, joining, failures.
    Room,
    /// The conference.
    Call,
}
