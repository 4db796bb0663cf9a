//! Table buttons: whether they are there, which firmware they run, and when one is given what came with the daemon.
//! Knows no wire, no file and no loader; whoever writes says how it ended.
//!
//! Invariants:
//! - An update never begins in a call, on the way to one, or while a page is prepared; by itself it begins only while no meeting
//!   is near. One that runs is finished: half an update would leave the table without its button for longer.
//! - One button at a time, and never one that runs the same firmware or a newer one; but for one that was tried and gone back from.

use crate::effect::Effect;
use crate::event::Presence;
use crate::failure::FirmwareFailure;
use crate::ids::PuckId;
use crate::limits;
use crate::room::Room;
use crate::units::Mono;
use crate::view::{PuckState, PuckView};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Version of a table button's firmware: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Firmware(pub u8, pub u8, pub u8);

impl Firmware {
    /// Of "1.2.3"; each part below ten, as a USB descriptor carries them.
    pub fn read(text: &str) -> Option<Firmware> {
        let parts: Vec<u8> = text
            .split('.')
            .map(|part| part.parse().ok().filter(|n| *n < 10))
            .collect::<Option<_>>()?;
        match parts[..] {
            [major, minor, patch] => Some(Firmware(major, minor, patch)),
            _ => None,
        }
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Firmware(major, minor, patch) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// What was seen of a button's firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirmwareSeen {
    /// It runs this; `newest` is what the room has for it, when it has anything.
    Runs {
        /// As the button says it.
        version: Firmware,
        /// As the image says it.
        newest: Option<Firmware>,
    },
    /// It runs what was tried and gone back from; this takes its place, though it be older.
    Reverts {
        /// As the button says it.
        version: Firmware,
        /// As the image says it.
        to: Firmware,
    },
    /// It waits in its loader: an update was cut off. Said each time it comes up there.
    Waits {
        /// What may be written.
        newest: Firmware,
    },
    /// The update ended, and the button says the new version.
    Updated(Firmware),
    /// The update ended otherwise.
    Failed(FirmwareFailure),
}

/// A table button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Puck {
    pub id: PuckId,
    here: bool,
    gone_since: Option<Mono>,
    foreign_since: Option<Mono>,
    runs: Option<Firmware>,
    newest: Option<Firmware>,
    waits: bool,
    /// It runs what was gone back from.
    #[serde(default)]
    reverts: bool,
    /// Since when it is being written.
    updating: Option<Mono>,
    failed: Option<(FirmwareFailure, Mono)>,
    tries: u8,
}

impl Puck {
    pub fn new(id: PuckId) -> Puck {
        Puck {
            id,
            here: false,
            gone_since: None,
            foreign_since: None,
            runs: None,
            newest: None,
            waits: false,
            reverts: false,
            updating: None,
            failed: None,
            tries: 0,
        }
    }

    fn read(&mut self, presence: Presence, now: Mono) {
        self.here = presence == Presence::Here;
        self.gone_since = match presence {
            Presence::Here | Presence::Foreign => None,
            Presence::Gone => Some(self.gone_since.unwrap_or(now)),
        };
        self.foreign_since = match presence {
            Presence::Here | Presence::Gone => None,
            Presence::Foreign => Some(self.foreign_since.unwrap_or(now)),
        };
    }

    fn read_firmware(&mut self, seen: FirmwareSeen, now: Mono) {
        match seen {
            FirmwareSeen::Runs { version, newest } => {
                self.take_newest(newest);
                self.runs = Some(version);
                self.waits = false;
                self.reverts = false;
            }
            FirmwareSeen::Reverts { version, to } => {
                self.take_newest(Some(to));
                self.runs = Some(version);
                self.waits = false;
                self.reverts = true;
            }
            FirmwareSeen::Waits { newest } => {
                self.take_newest(Some(newest));
                self.waits = true;
                if self.updating.is_none() {
                    // Somebody plugged it in again.
                    self.failed = None;
                    self.tries = 0;
                }
            }
            FirmwareSeen::Updated(version) => {
                // It may have been gone back from while it was written, and that is told before.
                self.reverts &= self.runs == Some(version);
                self.runs = Some(version);
                self.waits = false;
                self.updating = None;
                self.failed = None;
                self.tries = 0;
            }
            FirmwareSeen::Failed(why) => {
                let asked = self.updating.take().is_some();
                self.failed = asked.then_some((why, now)).or(self.failed);
            }
        }
    }

    /// Other firmware has all tries again.
    fn take_newest(&mut self, newest: Option<Firmware>) {
        if self.newest != newest {
            self.newest = newest;
            self.failed = None;
            self.tries = 0;
        }
    }

    /// What an update would bring, when it would bring anything.
    fn offered(&self) -> Option<Firmware> {
        let newest = self.newest?;
        let older = self.waits || self.reverts || self.runs.is_some_and(|runs| runs < newest);
        older.then_some(newest)
    }

    /// When the next try by itself may begin; `None`: not before somebody asks.
    fn again_at(&self) -> Option<Mono> {
        match self.failed {
            None => Some(Mono(0)),
            Some((_, since)) => {
                (self.tries < limits::FIRMWARE_TRIES).then(|| since.plus(limits::FIRMWARE_PAUSE))
            }
        }
    }

    /// Why the last update failed, and since when.
    pub fn failed(&self) -> Option<(FirmwareFailure, Mono)> {
        self.failed.filter(|_| self.offered().is_some())
    }

    /// Since when it is being written.
    pub fn updating(&self) -> Option<Mono> {
        self.updating
    }

    /// Since when it is missing. While it is written nobody misses it.
    pub fn gone_since(&self) -> Option<Mono> {
        self.gone_since.filter(|_| self.updating.is_none())
    }

    /// Since when it is there and not understood. While it is written nobody speaks to it.
    pub fn foreign_since(&self) -> Option<Mono> {
        self.foreign_since.filter(|_| self.updating.is_none())
    }

    /// Whether an update would bring anything.
    pub fn is_behind(&self) -> bool {
        self.offered().is_some()
    }

    /// Whether it waits in its loader.
    pub fn waits(&self) -> bool {
        self.waits
    }

    fn view(&self, may_update: bool) -> PuckView {
        PuckView {
            id: self.id.clone(),
            here: self.here,
            firmware: self.runs,
            offered: self.offered(),
            state: match (self.updating, self.waits, self.failed()) {
                (Some(_), _, _) => PuckState::Updating,
                (None, _, Some((why, _))) => PuckState::Failed(why),
                (None, true, None) => PuckState::Waits,
                (None, false, None) => PuckState::Usual,
            },
            may_update: may_update && self.offered().is_some(),
        }
    }
}

impl Room {
    pub(crate) fn read_puck(&mut self, id: &PuckId, presence: Presence) {
        let now = self.now;
        if let Some(puck) = self.pucks.iter_mut().find(|p| p.id == *id) {
            puck.read(presence, now);
        }
    }

    pub(crate) fn read_firmware(&mut self, id: &PuckId, seen: FirmwareSeen) {
        let now = self.now;
        if let Some(puck) = self.pucks.iter_mut().find(|p| p.id == *id) {
            puck.read_firmware(seen, now);
        }
    }

    /// Buttons as planned; what was seen of them stays.
    pub(crate) fn fit_pucks(&mut self) {
        let mut known = core::mem::take(&mut self.pucks);
        for id in &self.plan.pucks {
            let at = known.iter().position(|p| p.id == *id);
            let new = || Puck::new(id.clone());
            self.pucks
                .push(at.map_or_else(new, |at| known.swap_remove(at)));
        }
    }

    /// Nothing is on that an update could disturb, and no other runs.
    fn may_update(&self) -> bool {
        let updating = self.pucks.iter().any(|p| p.updating.is_some());
        self.idle() && !self.preflight.runs() && !updating
    }

    /// Whether a meeting is on or near, or may be: before the calendar was read nobody knows.
    fn meeting_near(&self) -> bool {
        let unread = self.calendar.told.is_none() && self.now < self.settles_at();
        let known = self.agenda().filter(|agenda| agenda.trusted && !unread);
        known.is_none_or(|agenda| agenda.occupied(limits::FIRMWARE_CLEAR))
    }

    pub(crate) fn press_update(&mut self, id: &PuckId) {
        if !self.may_update() {
            return;
        }
        let at = self.pucks.iter().position(|p| p.id == *id);
        if let Some(at) = at.filter(|at| self.pucks[*at].offered().is_some()) {
            self.begin_update(at);
        }
    }

    /// Begins an update that is due by itself.
    pub(crate) fn follow_firmware(&mut self) {
        self.give_up_updates();
        if !self.plan.policy.update_buttons || !self.may_update() || self.aftermath.is_some() {
            return;
        }
        let near = self.meeting_near();
        let due = |puck: &Puck| {
            // A button that waits in its loader is of no use to a meeting either.
            let free = !near || puck.waits;
            let time = puck.again_at().is_some_and(|at| at <= self.now);
            let there = puck.here || puck.waits || puck.foreign_since.is_some();
            free && time && puck.offered().is_some() && there
        };
        if let Some(at) = self.pucks.iter().position(due) {
            self.begin_update(at);
        }
    }

    fn begin_update(&mut self, at: usize) {
        let puck = &mut self.pucks[at];
        puck.updating = Some(self.now);
        puck.tries = puck.tries.saturating_add(1);
        self.out.push(Effect::UpdatePuck(puck.id.clone()));
    }

    /// Whoever writes has limits of its own; this one is for when it is heard of no more.
    fn give_up_updates(&mut self) {
        let now = self.now;
        for puck in &mut self.pucks {
            if puck
                .updating
                .is_some_and(|since| now >= since.plus(limits::FIRMWARE))
            {
                puck.read_firmware(FirmwareSeen::Failed(FirmwareFailure::NoAnswer), now);
            }
        }
    }

    // ---- deadlines ----

    /// When an update lasts too long, or one is due by itself.
    pub(crate) fn firmware_at(&self) -> Option<Mono> {
        let given_up = self.pucks.iter().filter_map(|p| p.updating);
        let given_up = given_up.map(|since| since.plus(limits::FIRMWARE));
        let again = self.pucks.iter().filter(|p| p.offered().is_some());
        let again = again.filter_map(Puck::again_at);
        given_up.chain(again).filter(|at| *at > self.now).min()
    }

    // ---- what is shown ----

    pub(crate) fn puck_views(&self) -> Vec<PuckView> {
        let may = self.may_update();
        self.pucks.iter().map(|p| p.view(may)).collect()
    }
}

#[cfg(test)]
#[path = "pucks_tests.rs"]
mod tests;
