//! Performs what the room asks for, by handing it to whoever owns the device. Never waits.
//! Knows no reason for anything.

use crate::calls::Calls;
use crate::state_dir::Keeper;
use room_core::effect::{DisplayCommand, Effect, HeadCommand, Screen};
use room_core::event::{Event, HeadSeen, Outcome};
use room_core::failure::{FirmwareFailure, HeadFailure};
use room_core::ids::{DisplayId, HeadId, PuckId, RequestId};
use room_core::preflight::{PreflightCommand, PreflightSeen};
use room_core::pucks::FirmwareSeen;
use room_core::sound::SoundCommand;
use std::collections::BTreeMap;
use std::fmt;
use tracing::trace;

/// Brings something to the front of the main display; must not wait.
pub type ScreenHand = Box<dyn FnMut(Screen) + Send>;
/// Asks something of a head; must not wait.
pub type HeadHand = Box<dyn FnMut(RequestId, HeadCommand) + Send>;

/// Asks something of a display; must not wait.
pub type DisplayHand = Box<dyn FnMut(DisplayCommand) + Send>;

/// Asks something of the owner of the room's sound; must not wait.
pub type SoundHand = Box<dyn FnMut(SoundCommand) + Send>;

/// Has the browser begin its sound anew; must not wait.
pub type BrowserSoundHand = Box<dyn FnMut() + Send>;

/// Has the browser begin anew; must not wait.
pub type BrowserHand = Box<dyn FnMut() + Send>;

/// Asks something of whoever runs the room's checks; must not wait.
pub type PreflightHand = Box<dyn FnMut(PreflightCommand) + Send>;

/// Gives a table button the firmware that came with the daemon; must not wait.
pub type ButtonHand = Box<dyn FnMut(PuckId) + Send>;

/// Everything the room can do.
#[derive(Default)]
pub struct Hands {
    /// Calls, by page and by SIP.
    pub calls: Calls,
    /// The main display.
    pub screen: Option<ScreenHand>,
    /// PTZ heads by role.
    pub heads: BTreeMap<HeadId, HeadHand>,
    /// Displays by role.
    pub displays: BTreeMap<DisplayId, DisplayHand>,
    /// The room's own sound.
    pub sound: Option<SoundHand>,
    /// The browser's sound.
    pub browser_sound: Option<BrowserSoundHand>,
    /// The browser as a whole.
    pub browser: Option<BrowserHand>,
    /// The room's checks.
    pub preflight: Option<PreflightHand>,
    /// The firmware of table buttons.
    pub buttons: Option<ButtonHand>,
    /// Keeps the room's memory.
    pub keeper: Option<Keeper>,
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hands")
            .field("heads", &self.heads.keys())
            .field("displays", &self.displays.keys())
            .finish_non_exhaustive()
    }
}

impl Hands {
    /// Begins to do this. An answer that is known at once is returned: there is nobody to ask.
    pub fn start(&mut self, effect: Effect) -> Option<Event> {
        trace!(?effect, "to do");
        match effect {
            Effect::Call(call, command) => self.calls.command(call, command),
            Effect::Head {
                head,
                request,
                command,
            } => match self.heads.get_mut(&head) {
                Some(hand) => {
                    hand(request, command);
                    None
                }
                None => {
                    let outcome = Outcome::Failed(HeadFailure::LineAbsent);
                    Some(Event::Done { request, outcome })
                }
            },
            Effect::Screen(screen) => match &mut self.screen {
                Some(hand) => {
                    hand(screen);
                    None
                }
                None => None,
            },
            Effect::Display { display, command } => {
                if let Some(hand) = self.displays.get_mut(&display) {
                    hand(command);
                }
                None
            }
            Effect::Sound(command) => {
                if let Some(hand) = &mut self.sound {
                    hand(command);
                }
                None
            }
            Effect::BrowserSound => {
                if let Some(hand) = &mut self.browser_sound {
                    hand();
                }
                None
            }
            Effect::BrowserAnew => {
                if let Some(hand) = &mut self.browser {
                    hand();
                }
                None
            }
            Effect::Preflight(command) => match (&mut self.preflight, command) {
                (Some(hand), command) => {
                    hand(command);
                    None
                }
                (
                    None,
                    PreflightCommand::Start { run, .. } | PreflightCommand::LookAhead { run, .. },
                ) => Some(Event::Preflight(run, PreflightSeen::Unable)),
                (None, PreflightCommand::Stop) => None,
            },
            Effect::UpdatePuck(puck) => match &mut self.buttons {
                Some(hand) => {
                    hand(puck);
                    None
                }
                None => {
                    let failed = FirmwareSeen::Failed(FirmwareFailure::NoLoader);
                    Some(Event::Firmware(puck, failed))
                }
            },
            Effect::Persist(memory) => {
                if let Some(keeper) = &self.keeper {
                    keeper.keep(memory);
                }
                None
            }
        }
    }
}

/// What is told about a head of the plan that nobody drives.
pub fn undriven(head: HeadId) -> Event {
    Event::Head(head, HeadSeen::Gone(HeadFailure::LineAbsent))
}
