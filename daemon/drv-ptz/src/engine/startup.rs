//! From a line that just opened to a camera that is known to be there, and back to silence.
//! Sequence on a ring: addresses, IF_CLEAR, version, power; then a stop, because nobody knows what an earlier daemon left running.

use super::watch::Watch;
use super::{Announced, Awaiting, Engine, TRIES, What};
use crate::visca::{Address, Answer, Frame, Inquiry};
use core::time::Duration;
use room_core::event::HeadSeen;
use room_core::failure::HeadFailure;
use room_core::units::{Mono, Switch};

/// Pause before a silent camera is tried again; doubles ..
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// .. up to this.
const LAST_PAUSE: Duration = Duration::from_secs(4);
/// A line that announces new cameras so often without ever answering is broken.
const RESTARTS: u8 = 10;

/// Where the conversation stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// Finding the camera.
    Start {
        step: StartStep,
        pause: Duration,
        restarts: u8,
    },
    /// The camera answers.
    Running,
    /// Nobody answers; tried again at `next`.
    Silent { next: Mono, pause: Duration },
}

/// One frame of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartStep {
    AddressSet,
    Clear,
    Version,
    Power,
}

impl StartStep {
    fn tries(self) -> u8 {
        match self {
            StartStep::AddressSet => 2,
            // Not answered by every camera, and not needed.
            StartStep::Clear | StartStep::Version => 1,
            StartStep::Power => TRIES,
        }
    }

    /// The bytes of this step.
    pub(super) fn frame(self, address: Address) -> Frame {
        match self {
            StartStep::AddressSet => Frame::address_set(),
            StartStep::Clear => Frame::if_clear(),
            StartStep::Version => Inquiry::Version.to(address),
            StartStep::Power => Inquiry::Power.to(address),
        }
    }

    fn is_for_rings(self) -> bool {
        matches!(self, StartStep::AddressSet | StartStep::Clear)
    }

    fn next(self) -> Option<StartStep> {
        match self {
            StartStep::AddressSet => Some(StartStep::Clear),
            StartStep::Clear => Some(StartStep::Version),
            StartStep::Version => Some(StartStep::Power),
            StartStep::Power => None,
        }
    }
}

impl Phase {
    pub(super) fn begin() -> Phase {
        Phase::Start {
            step: StartStep::AddressSet,
            pause: FIRST_PAUSE,
            restarts: 0,
        }
    }
}

impl Engine {
    pub(super) fn begin_start(&mut self, now: Mono) {
        let (pause, restarts) = match self.phase {
            Phase::Silent { pause, .. } => (pause, 0),
            Phase::Start {
                pause, restarts, ..
            } => (pause, restarts.saturating_add(1)),
            Phase::Running => (FIRST_PAUSE, 0),
        };
        self.awaiting = None;
        let step = StartStep::AddressSet;
        self.phase = Phase::Start {
            step,
            pause,
            restarts,
        };
        if restarts > RESTARTS {
            self.go_silent(now);
        } else if !self.is_held(now) {
            self.send_start(now, step);
        }
    }

    pub(super) fn send_start(&mut self, now: Mono, step: StartStep) {
        if step.is_for_rings() && !self.setup.link.is_ring() {
            self.start_goes_on(now, step);
        } else {
            self.send(now, What::Start(step), 1);
        }
    }

    /// This step is over, answered or given up as not needed.
    pub(super) fn start_goes_on(&mut self, now: Mono, step: StartStep) {
        self.awaiting = None;
        let Phase::Start {
            pause, restarts, ..
        } = self.phase
        else {
            return;
        };
        if let Some(step) = step.next() {
            self.phase = Phase::Start {
                step,
                pause,
                restarts,
            };
            if !self.is_held(now) {
                self.send_start(now, step);
            }
        }
    }

    /// A step of the start was not answered in time.
    pub(super) fn start_missed(&mut self, now: Mono, step: StartStep, awaiting: Awaiting) {
        if awaiting.tries < step.tries() {
            self.send(now, What::Start(step), awaiting.tries + 1);
        } else if step == StartStep::Power {
            self.go_silent(now);
        } else {
            self.start_goes_on(now, step);
        }
    }

    /// A number was given to each camera of the ring.
    pub(super) fn addresses_set(&mut self, now: Mono, next: u8) {
        // 1 is our own broadcast come back on a line without a camera.
        if next < 2 {
            return;
        }
        self.alone = next == 2 && !self.setup.link.is_shared();
        if self.setup.address.get() >= next {
            tracing::warn!(head = %self.setup.id, address = self.setup.address.get(), cameras = next - 1,
                "the line has fewer cameras than this one's number");
        }
        if let Some(Awaiting {
            what: What::Start(step @ StartStep::AddressSet),
            ..
        }) = self.awaiting
        {
            self.start_goes_on(now, step);
        }
    }

    pub(super) fn start_answered(&mut self, now: Mono, step: StartStep, data: &[u8]) {
        match step {
            StartStep::AddressSet | StartStep::Clear => {}
            StartStep::Version => {
                if let Some(Answer::Version { vendor, model }) = Inquiry::Version.read(data) {
                    tracing::info!(head = %self.setup.id, vendor = format!("{vendor:04X}"), model = format!("{model:04X}"),
                        "camera found");
                    self.start_goes_on(now, step);
                }
            }
            StartStep::Power => match Inquiry::Power.read(data) {
                Some(answer) => {
                    self.awaiting = None;
                    self.go_online(now);
                    self.power_seen(now, answer);
                    self.begin_stop(now, &[]);
                }
                None => self.garbled = true,
            },
        }
    }

    /// A refusal is a sign of life too: a camera that does not know this inquiry is there.
    pub(super) fn start_refused(&mut self, now: Mono, step: StartStep) {
        self.awaiting = None;
        if step == StartStep::Power {
            self.go_online(now);
            self.power_seen(now, Answer::On);
            self.begin_stop(now, &[]);
        } else {
            self.start_goes_on(now, step);
        }
    }

    fn go_online(&mut self, now: Mono) {
        self.phase = Phase::Running;
        self.garbled = false;
        if self.announced != Announced::Online {
            self.announced = Announced::Online;
            self.watch = Watch::default();
            self.saw(HeadSeen::Online);
        }
        self.watch.hurry(now);
    }

    /// Nobody answers any more.
    pub(super) fn go_silent(&mut self, now: Mono) {
        let failure = match (self.garbled, self.setup.link.baud()) {
            (true, Some(baud)) if !self.understood => {
                tracing::warn!(head = %self.setup.id, baud, "only noise on the line; the camera may speak at another speed");
                HeadFailure::WrongBaud
            }
            (true, _) => HeadFailure::Garbled,
            (false, _) => HeadFailure::NoAnswer,
        };
        let pause = match self.phase {
            Phase::Start { pause, .. } | Phase::Silent { pause, .. } => pause,
            Phase::Running => FIRST_PAUSE,
        };
        if self.unstopped || self.stop.is_busy() {
            self.stop_unheard();
        }
        self.fail_all(failure);
        self.garbled = false;
        self.phase = Phase::Silent {
            next: now.plus(pause),
            pause: (pause * 2).min(LAST_PAUSE),
        };
        if self.announced != Announced::Gone {
            self.announced = Announced::Gone;
            self.saw(HeadSeen::Gone(failure));
        }
    }

    /// A camera was attached or powered: what it was told is forgotten, its number too.
    pub(super) fn network_changed(&mut self, now: Mono) {
        tracing::debug!(head = %self.setup.id, "network change");
        if let Some(Awaiting {
            what: What::Step(step),
            ..
        }) = self.awaiting
            && self.tickets.is_open(step.ticket)
        {
            self.queue.push_front(step);
        }
        for running in self.sockets.clear() {
            self.fail(running.step.ticket, HeadFailure::NoAnswer);
        }
        self.stop.steps.clear();
        self.stop.sent = None;
        self.begin_start(now);
    }

    pub(super) fn power_seen(&mut self, now: Mono, answer: Answer) {
        let power = match answer {
            Answer::On => Switch::Open,
            Answer::Asleep => Switch::Closed,
            Answer::PowerFault => {
                tracing::warn!(head = %self.setup.id, "the camera reports a fault of its power circuit");
                Switch::Closed
            }
            Answer::Version { .. } | Answer::PanTilt { .. } | Answer::Zoom(_) => return,
        };
        if self.watch.power != Some(power) {
            self.watch.power = Some(power);
            self.watch.hurry(now);
            self.saw(HeadSeen::Power(power));
        }
        if let Some(wait) = self.power_wait.filter(|wait| wait.wanted == power) {
            self.power_wait = None;
            let request = self.tickets.close(wait.ticket);
            self.finish(request, room_core::event::Outcome::Done);
        }
    }
}
