//! One PTZ head: what it shall show, what it was seen to do, and the one command that is under way.
//! Knows no call; `room.rs` says when one begins.
//!
//! Invariant: a stop is emitted in the step of its press, whatever else is under way.
//! Invariant: a drive carries its own limit and is never repeated by the core.

use crate::effect::HeadCommand;
use crate::event::{Drive, HeadPress, HeadSeen, Outcome};
use crate::failure::HeadFailure;
use crate::ids::{HeadId, RequestId};
use crate::limits;
use crate::plan::HeadPlan;
use crate::presence::Presence;
use crate::units::{Mono, Position, PresetNumber, Seen, Switch};
use crate::view::{HeadState, HeadView};
use serde::{Deserialize, Serialize};

/// A head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub plan: HeadPlan,
    presence: Presence<HeadFailure>,
    power: Seen<Switch>,
    power_tries: u8,
    position: Option<Position>,
    moving: bool,
    at_preset: Option<PresetNumber>,
    /// Still to be sent.
    goal: Option<Goal>,
    /// The last one that anybody wanted in this call.
    last: Option<Goal>,
    request: Option<Request>,
    refused: Option<(HeadFailure, Mono)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Goal {
    Preset(PresetNumber),
    Home,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    id: RequestId,
    command: HeadCommand,
    until: Mono,
}

impl Head {
    pub fn new(plan: HeadPlan) -> Head {
        Head {
            plan,
            presence: Presence::Unknown,
            power: Seen::Unknown,
            power_tries: 0,
            position: None,
            moving: false,
            at_preset: None,
            goal: None,
            last: None,
            request: None,
            refused: None,
        }
    }

    pub fn id(&self) -> &HeadId {
        &self.plan.id
    }

    fn here(&self) -> bool {
        self.presence == Presence::Here
    }

    /// A call begins: awake by now, and no wish of an earlier call counts.
    pub fn call_begins(&mut self) {
        self.power_tries = 0;
        self.last = None;
    }

    /// The room is inside for the first time in this call.
    pub fn call_inside(&mut self) {
        if self.last.is_none() {
            self.aim(self.plan.at_start.map(Goal::Preset));
        }
    }

    fn aim(&mut self, goal: Option<Goal>) {
        if goal.is_some() {
            self.goal = goal;
            self.last = goal;
            self.power_tries = 0;
            let waking = |r: &Request| matches!(r.command, HeadCommand::Power(_));
            self.request = self.request.filter(waking);
        }
    }

    /// What must be sent at once. A press of a goal waits for [`Head::due`] in the same step.
    pub fn press(&mut self, press: HeadPress) -> Option<HeadCommand> {
        match press {
            HeadPress::Stop => Some(self.stop()),
            HeadPress::Drive(drive) if drive == Drive::default() => Some(self.stop()),
            HeadPress::Drive(drive) => self.here().then(|| self.drive(drive)),
            HeadPress::Preset(number) => {
                self.aim(Some(Goal::Preset(number)));
                None
            }
            HeadPress::Home => {
                self.aim(Some(Goal::Home));
                None
            }
        }
    }

    fn stop(&mut self) -> HeadCommand {
        self.goal = None;
        HeadCommand::Stop
    }

    fn drive(&mut self, drive: Drive) -> HeadCommand {
        self.goal = None;
        self.at_preset = None;
        HeadCommand::Drive {
            drive,
            limit: limits::DRIVE,
        }
    }

    /// Takes what was seen; `in_call` decides whether a head that returns is aimed again.
    pub fn read(&mut self, seen: HeadSeen, in_call: bool, now: Mono) {
        match seen {
            HeadSeen::Online => {
                let was_gone = matches!(self.presence, Presence::Gone { .. });
                self.presence = Presence::Here;
                if was_gone && in_call && self.goal.is_none() {
                    self.aim(self.last.or(self.plan.at_start.map(Goal::Preset)));
                }
            }
            HeadSeen::Gone(why) => {
                self.presence = self.presence.lost(why, now);
                self.forget();
            }
            HeadSeen::Power(power) => self.power = Seen::Is(power),
            HeadSeen::At { position, moving } => {
                self.position = Some(position);
                self.moving = moving;
                if moving {
                    self.at_preset = None;
                }
            }
        }
    }

    fn forget(&mut self) {
        self.power = Seen::Unknown;
        self.power_tries = 0;
        self.position = None;
        self.moving = false;
        self.at_preset = None;
        self.request = None;
    }

    /// Takes the answer to a request; `false` when it is not ours.
    pub fn done(&mut self, id: RequestId, outcome: Outcome, now: Mono) -> bool {
        let Some(request) = self.request.filter(|r| r.id == id) else {
            return false;
        };
        self.request = None;
        match outcome {
            Outcome::Done => self.succeeded(request.command),
            Outcome::Sent => self.refused = None,
            Outcome::Replaced => {}
            Outcome::Failed(why) => self.refused = Some((why, now)),
        }
        true
    }

    fn succeeded(&mut self, command: HeadCommand) {
        self.refused = None;
        match command {
            HeadCommand::Recall(number) | HeadCommand::Store(number) => {
                self.at_preset = Some(number);
            }
            HeadCommand::Power(_) => self.power = Seen::Unknown,
            HeadCommand::Drive { .. } | HeadCommand::Stop => {}
            HeadCommand::Home | HeadCommand::Goto(_) => {}
        }
    }

    /// An answer that is overdue counts as refused.
    pub fn expire(&mut self, now: Mono) {
        if self.request.is_some_and(|r| now >= r.until) {
            self.request = None;
            self.refused = Some((HeadFailure::Timeout, now));
        }
    }

    /// What must be sent to come nearer to the goal; `awake` while a call is on.
    pub fn due(&mut self, awake: bool) -> Option<HeadCommand> {
        if !self.here() || self.request.is_some() {
            return None;
        }
        if self.power == Seen::Is(Switch::Closed) {
            let wake =
                (awake || self.goal.is_some()) && self.power_tries < limits::HEAD_POWER_TRIES;
            if wake {
                self.power_tries += 1;
                return Some(HeadCommand::Power(Switch::Open));
            }
            return None;
        }
        let command = match self.goal.take()? {
            Goal::Preset(number) => HeadCommand::Recall(number),
            Goal::Home => HeadCommand::Home,
        };
        self.at_preset = None;
        Some(command)
    }

    /// The command goes out under this id; an older one is not waited for any more.
    pub fn sent(&mut self, id: RequestId, command: HeadCommand, now: Mono) {
        let limit = match command {
            HeadCommand::Stop | HeadCommand::Drive { .. } | HeadCommand::Store(_) => {
                limits::HEAD_ANSWER
            }
            HeadCommand::Recall(_) | HeadCommand::Home | HeadCommand::Goto(_) => {
                limits::HEAD_ARRIVE
            }
            HeadCommand::Power(_) => limits::HEAD_POWER,
        };
        self.request = self.here().then(|| Request {
            id,
            command,
            until: now.plus(limit),
        });
    }

    pub fn deadline(&self) -> Option<Mono> {
        self.request.map(|r| r.until)
    }

    /// Why it is away and since when.
    pub fn gone(&self) -> Option<(HeadFailure, Mono)> {
        self.presence.gone()
    }

    /// Why and since when it does not do what was asked, while it is there.
    pub fn refused(&self) -> Option<(HeadFailure, Mono)> {
        self.refused.filter(|_| self.here())
    }

    pub fn view(&self) -> HeadView {
        // A head that tells nothing is there, and that is all that is known.
        let is_read = self.position.is_some() || self.at_preset.is_some();
        let state = match (self.presence, self.power, self.moving) {
            (Presence::Unknown, _, _) => HeadState::Unknown,
            (Presence::Gone { why, .. }, _, _) => HeadState::Gone(why),
            (Presence::Here, Seen::Is(Switch::Closed), _) => HeadState::Asleep,
            (Presence::Here, _, true) => HeadState::Moving,
            (Presence::Here, _, false) if is_read => HeadState::Still,
            (Presence::Here, _, false) => HeadState::Unknown,
        };
        HeadView {
            id: self.plan.id.clone(),
            name: self.plan.name.clone(),
            presets: self.plan.presets.clone(),
            state,
            position: self.position,
            at_preset: self.at_preset,
        }
    }
}
