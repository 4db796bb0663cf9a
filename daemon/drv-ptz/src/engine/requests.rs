//! From what the room asks to steps on the wire: the newest motion wins, and the older one ends as replaced.

use super::startup::Phase;
use super::{Announced, Awaiting, Driving, Engine, Kind, Step, Ticket, What};
use crate::model::zoom_move;
use crate::visca::Command;
use core::time::Duration;
use room_core::effect::HeadCommand;
use room_core::event::{Drive, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use room_core::units::{Mono, Speed, Switch};

/// More steps than this wait only when somebody stores presets faster than the camera can.
const QUEUED: usize = 16;
/// A repeated drive is not sent again within this time: the head runs already.
const REFRESH: Duration = Duration::from_millis(1000);
/// A head that was told something may take so long to begin or end its motion.
pub(super) const LIVELY: Duration = Duration::from_millis(600);

impl Engine {
    /// Takes a request; it will end with one `Event::Done`, perhaps at once.
    pub fn submit(
        &mut self,
        now: Mono,
        request: RequestId,
        command: HeadCommand,
    ) -> Vec<super::Action> {
        if matches!(self.phase, Phase::Silent { .. }) || self.announced == Announced::Gone {
            self.refuse_in_silence(request, command);
        } else {
            self.accept(now, request, command);
        }
        self.on_tick(now)
    }

    /// Nobody answers: no request may wait. A stop is sent all the same, for the camera may still hear.
    fn refuse_in_silence(&mut self, request: RequestId, command: HeadCommand) {
        if command == HeadCommand::Stop {
            self.stop_unheard();
        }
        self.finish(Some(request), Outcome::Failed(HeadFailure::NoAnswer));
    }

    fn accept(&mut self, now: Mono, request: RequestId, command: HeadCommand) {
        match command {
            HeadCommand::Stop => self.stop_requested(now, request),
            HeadCommand::Drive { drive, .. } if drive == Drive::default() => {
                self.stop_requested(now, request);
            }
            HeadCommand::Drive { drive, limit } => self.drive(now, request, (drive, limit)),
            HeadCommand::Power(wanted) => self.power(request, wanted),
            HeadCommand::Store(preset) => match self.setup.model.presets.on_wire(preset) {
                Some(number) => {
                    self.enqueue(request, Kind::Store, &[Command::PresetStore(number)]);
                }
                None => self.finish(Some(request), Outcome::Failed(HeadFailure::NoPreset)),
            },
            HeadCommand::Recall(preset) => match self.setup.model.presets.on_wire(preset) {
                Some(number) => self.turn(now, request, &[Command::PresetRecall(number)]),
                None => self.finish(Some(request), Outcome::Failed(HeadFailure::NoPreset)),
            },
            HeadCommand::Home => self.turn(now, request, &[Command::Home]),
            HeadCommand::Goto(place) => {
                let (pan, tilt, zoom) = self.setup.model.steps(place);
                let speed = self.setup.model.move_speed();
                let turn = Command::PanTiltTo {
                    speed,
                    layout: self.setup.model.layout,
                    pan,
                    tilt,
                };
                self.turn(now, request, &[turn, Command::ZoomTo(zoom)]);
            }
        }
    }

    fn stop_requested(&mut self, now: Mono, request: RequestId) {
        self.replace_motion();
        self.stop.repeats_left = super::stop::TRIES;
        let older = self.stop.request.replace(request);
        self.finish(older, Outcome::Replaced);
        self.begin_stop(now, &[]);
    }

    fn drive(&mut self, now: Mono, request: RequestId, (drive, limit): (Drive, Duration)) {
        let until = now.plus(limit);
        if let Some(driving) = self.driving.as_mut()
            && driving.drive == drive
            && driving.accepted.is_some_and(|at| now.since(at) < REFRESH)
        {
            driving.until = until;
            return self.finish(Some(request), Outcome::Done);
        }
        self.replace_motion();
        let was = self.driving;
        let mut commands = Vec::with_capacity(2);
        let turns = drive.pan != Speed::STILL || drive.tilt != Speed::STILL;
        if turns || was.is_some_and(|was| was.turns) || self.runs(Step::turns) {
            commands.push(Command::PanTilt {
                pan: self.setup.model.pan_motor(drive.pan),
                tilt: self.setup.model.tilt_motor(drive.tilt),
            });
        }
        let zooms = drive.zoom != Speed::STILL;
        if zooms || was.is_some_and(|was| was.zooms) || self.runs(Step::zooms) {
            commands.push(Command::Zoom(zoom_move(drive.zoom)));
        }
        let ticket = self.enqueue(request, Kind::Drive, &commands);
        self.driving = Some(Driving {
            drive,
            until,
            turns,
            zooms,
            accepted: None,
            ticket,
        });
    }

    /// A move to a place. After a continuous move the head is stopped first: whether a move ends a drive differs between cameras.
    fn turn(&mut self, now: Mono, request: RequestId, commands: &[Command]) {
        self.replace_motion();
        if self.driving.is_some() {
            self.begin_stop(now, &[]);
        }
        self.enqueue(request, Kind::Move, commands);
    }

    fn power(&mut self, request: RequestId, wanted: Switch) {
        let queued = self.queue.iter().filter(|step| step.kind == Kind::Power);
        let older: Vec<Ticket> = queued
            .map(|step| step.ticket)
            .chain(self.power_wait.take().map(|wait| wait.ticket))
            .chain(self.awaited(|step| step.kind == Kind::Power))
            .collect();
        for ticket in older {
            self.replace(ticket);
        }
        let command = match wanted {
            Switch::Open => Command::PowerOn,
            Switch::Closed => Command::Standby,
        };
        self.enqueue(request, Kind::Power, &[command]);
    }

    fn enqueue(&mut self, request: RequestId, kind: Kind, commands: &[Command]) -> Ticket {
        if self.queue.len() + commands.len() > QUEUED {
            self.finish(Some(request), Outcome::Failed(HeadFailure::NotNow));
            return Ticket::NONE;
        }
        let ticket = self.tickets.open(request, commands.len());
        let steps = commands.iter().map(|command| Step {
            ticket,
            kind,
            command: *command,
            was_full: false,
        });
        self.queue.extend(steps);
        ticket
    }

    /// Ends every request that turns the head, sent or not. What was sent goes on until the camera ends it.
    pub(super) fn replace_motion(&mut self) {
        self.held_until = None;
        let queued = self.queue.iter().filter(|step| step.kind.is_motion());
        let running = self.sockets.iter().map(|running| &running.step);
        let older: Vec<Ticket> = queued
            .chain(running.filter(|step| step.kind.is_motion()))
            .map(|step| step.ticket)
            .chain(self.awaited(|step| step.kind.is_motion()))
            .collect();
        for ticket in older {
            self.replace(ticket);
        }
    }

    fn replace(&mut self, ticket: Ticket) {
        let request = self.tickets.close(ticket);
        self.queue.retain(|step| step.ticket != ticket);
        self.finish(request, Outcome::Replaced);
    }

    fn awaited(&self, which: impl Fn(&Step) -> bool) -> Option<Ticket> {
        match self.awaiting {
            Some(Awaiting {
                what: What::Step(step),
                ..
            }) if which(&step) => Some(step.ticket),
            _ => None,
        }
    }

    /// Whether something of this sort is with the camera and may still move the head.
    fn runs(&self, which: impl Fn(&Step) -> bool) -> bool {
        let awaiting = match self.awaiting {
            Some(Awaiting {
                what: What::Step(step),
                ..
            }) => which(&step) && step.kind.is_motion(),
            _ => false,
        };
        awaiting
            || self
                .sockets
                .iter()
                .any(|running| running.step.kind == Kind::Move && which(&running.step))
    }
}
