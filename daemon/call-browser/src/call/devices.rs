//! Microphone, camera and loudness of the page: wanted by the room, seen by the page and by the media statistics.
//!
//! Invariant: a device counts as open when either the page or the statistics say so.
//! Invariant: the gate of a device is open only after the room asked for it, until it is closed by anybody.

use super::{Call, Output, Stage, Ticket};
use crate::pack::{Control, Pack, PageState};
use room_core::event::{CallSeen, Flow};
use room_core::units::{Mono, Percent, Switch};
use std::time::Duration;

/// How long a turn itself may take before it counts as lost.
const TURN_PATIENCE: Duration = Duration::from_secs(10);

/// A device of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// The microphone.
    Mic,
    /// The camera.
    Camera,
}

impl Device {
    /// How a pack operates it.
    pub fn control(self, pack: &Pack) -> Option<&Control> {
        match self {
            Device::Mic => pack.microphone.as_ref(),
            Device::Camera => pack.camera.as_ref(),
        }
    }
}

/// The page's devices.
#[derive(Debug, Default)]
pub(super) struct Devices {
    mic: One,
    camera: One,
    /// The loudness that was asked for.
    pub(super) volume: Option<Percent>,
}

#[derive(Debug)]
struct One {
    wanted: Option<Wanted>,
    /// Somebody asked for a state in this call.
    asked: bool,
    /// What the page showed last.
    page: Option<Switch>,
    /// What the gate was last told; `None` when only an earlier daemon knows.
    gate: Option<Switch>,
}

impl Default for One {
    fn default() -> Self {
        Self {
            wanted: None,
            asked: false,
            page: None,
            gate: Some(Switch::Closed),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wanted {
    to: Switch,
    tries: u8,
    /// A turn that was not answered yet.
    ticket: Option<Ticket>,
    /// The next try is not before this.
    until: Mono,
}

impl Devices {
    /// A state is wanted; an older wish is forgotten.
    pub(super) fn want(&mut self, device: Device, to: Switch) {
        let one = self.of(device);
        one.asked = true;
        one.wanted = Some(Wanted {
            to,
            tries: 0,
            ticket: None,
            until: Mono(0),
        });
    }

    /// The page is an earlier daemon's: its gates are as that one left them.
    pub(super) fn adopt(&mut self) {
        self.mic.gate = None;
        self.camera.gate = None;
    }

    /// A turn was answered; says whether the ticket was one of ours.
    pub(super) fn answered(&mut self, ticket: Ticket) -> bool {
        for one in [&mut self.mic, &mut self.camera] {
            if let Some(wanted) = &mut one.wanted
                && wanted.ticket == Some(ticket)
            {
                wanted.ticket = None;
                return true;
            }
        }
        false
    }

    fn of(&mut self, device: Device) -> &mut One {
        match device {
            Device::Mic => &mut self.mic,
            Device::Camera => &mut self.camera,
        }
    }
}

impl Call {
    pub(super) fn settle_devices(&mut self) {
        // Before the door a page that a person acts on can open something too.
        if self.stage != Stage::Open || self.inside_since.is_none() && !self.needs_a_person() {
            return;
        }
        self.report_unmute_request();
        for device in [Device::Mic, Device::Camera] {
            self.report_device(device);
            self.turn_device(device);
        }
    }

    /// The room asks. Closing needs nothing of the page: the gate is shut at once.
    pub(super) fn want_device(&mut self, device: Device, to: Switch) {
        self.devices.want(device, to);
        if to == Switch::Closed {
            self.gate(device, to);
        }
    }

    fn gate(&mut self, device: Device, to: Switch) {
        if self.devices.of(device).gate.replace(to) != Some(to) {
            self.out.push(Output::Gate(device, to));
        }
    }

    /// Told once for each request; nothing is done about it.
    fn report_unmute_request(&mut self) {
        let asks = |rule: &usize| {
            let rule = self.pack.rules.get(*rule);
            rule.is_some_and(|rule| rule.state == PageState::AskedToUnmute)
        };
        let asked = self.view.rules.iter().any(asks);
        if !std::mem::replace(&mut self.said.unmute, asked) && asked {
            self.say(CallSeen::UnmuteAsked);
        }
    }

    fn page_shows(&self, device: Device) -> Option<Switch> {
        match device {
            Device::Mic => self.view.mic,
            Device::Camera => self.view.camera,
        }
    }

    fn report_device(&mut self, device: Device) {
        let page = self.page_shows(device);
        let flows = self.health.sends(device) == Flow::Runs;
        let before = std::mem::replace(&mut self.devices.of(device).page, page);
        let changed = before != page;
        if changed && before == Some(Switch::Open) && page == Some(Switch::Closed) {
            // Closed by whomever: if somebody else opens it again, nothing of the room is to be heard or seen.
            self.shut_unless_asked(device);
        }
        let seen = match (page, flows) {
            (Some(Switch::Open), _) | (_, true) => Switch::Open,
            (Some(Switch::Closed), false) => Switch::Closed,
            (None, false) => return,
        };
        if changed && page == Some(Switch::Closed) && flows {
            // The statistics are of a moment before: ask again instead of waiting for the next second.
            self.out.push(Output::Sample);
        }
        let said = match device {
            Device::Mic => &mut self.said.mic,
            Device::Camera => &mut self.said.camera,
        };
        if said.replace(seen) != Some(seen) {
            self.say(match device {
                Device::Mic => CallSeen::Mic(seen),
                Device::Camera => CallSeen::Camera(seen),
            });
        }
    }

    fn shut_unless_asked(&mut self, device: Device) {
        let asked = self.devices.of(device).wanted;
        if asked.is_none_or(|wanted| wanted.to == Switch::Closed) {
            self.gate(device, Switch::Closed);
        }
    }

    fn turn_device(&mut self, device: Device) {
        let page = self.page_shows(device);
        if page.is_none() {
            return;
        }
        let adopted = self.adopted;
        let one = self.devices.of(device);
        if !one.asked && !adopted && page == Some(Switch::Open) {
            // Arrive dark and silent, whatever the page did on its own.
            self.devices.want(device, Switch::Closed);
        }
        let now = self.now;
        let limit = self.pack.limits.tries;
        let Some(wanted) = self.devices.of(device).wanted else {
            return;
        };
        if wanted.to == Switch::Open {
            self.gate(device, Switch::Open);
        }
        if page == Some(wanted.to) {
            self.devices.of(device).wanted = None;
        } else if now < wanted.until {
            self.due(wanted.until);
        } else if wanted.tries >= limit {
            self.devices.of(device).wanted = None;
            self.shut_unless_asked(device);
        } else {
            self.turn(device, wanted);
        }
    }

    fn turn(&mut self, device: Device, wanted: Wanted) {
        let ticket = self.ticket();
        let patience = match device.control(&self.pack) {
            Some(control) if wanted.ticket.is_none() => control.within,
            Some(_) | None => TURN_PATIENCE,
        };
        let until = self.now.plus(patience);
        let next = Wanted {
            tries: wanted.tries + 1,
            ticket: Some(ticket),
            until,
            ..wanted
        };
        self.devices.of(device).wanted = Some(next);
        self.out.push(Output::Turn(ticket, device, wanted.to));
        self.due(until);
    }
}
