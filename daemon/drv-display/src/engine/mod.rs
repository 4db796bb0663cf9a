//! The conversation with one display over one line: asks, tells, waits as long as the model takes, and believes what is
//! read back. Pure: bytes and moments in, bytes and reports out. Must not know lines, other links or the room's wishes
//! beyond the goals it is given; what is reached is left alone, so a hand at the remote control is never fought.

mod quantity;

pub use quantity::{Goal, Kind, Why};

use crate::codec::{Codec, Place, Speech};
use crate::model::Times;
use crate::words::{Answer, Heard, Power, Refusal, Request, Turn};
use core::time::Duration;
use quantity::{Due, Outcome, Quantity};
use room_core::units::Mono;

/// So many questions in a row without an answer make a silent display.
const SILENCE: u8 = 3;

/// Between tries to open a line that is gone.
const RETRY: Duration = Duration::from_millis(500);

/// What the conversation must know of the display.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What it speaks.
    pub speech: Speech,
    /// How long it takes.
    pub times: Times,
    /// Silence is how its standby looks.
    pub silent_in_standby: bool,
}

/// What to do for the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The line was closed; open it. Ends with `opened` or `closed`.
    Open,
    /// Put these bytes on the line; they are this request.
    Write(Vec<u8>, Request),
    /// This frame came in and means this; for people who watch.
    Heard(Vec<u8>, Heard),
    /// Answer the display on the line with these bytes.
    Reply(Vec<u8>),
    /// Send a magic packet: the display shall wake and may not listen.
    Wake,
    /// Tell whoever listens.
    Report(Report),
}

/// What the conversation found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The display answers for its power: the link has proven itself.
    Proven,
    /// The display does not answer for its power, so that the link cannot prove itself.
    Unproven,
    /// The display, or its protocol, has no answer to the question for this.
    Unknowable(Kind),
    /// Something about the display that is news.
    Seen(Answer),
    /// What was wanted is seen.
    Reached(Goal),
    /// What was wanted was told and cannot be seen.
    Told(Goal),
    /// What was wanted was given up.
    GivenUp(Goal, Why),
    /// The display has fallen silent.
    Silent,
    /// Bytes come back that make no sense: another speed or another protocol than the line's.
    Garbled,
    /// The display does not accept the password.
    Locked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineState {
    Closed,
    Opening,
    /// Open, and the display has still to speak first.
    Greeting(Mono),
    Ready,
}

#[derive(Debug)]
struct Flight {
    request: Request,
    until: Mono,
}

/// See the file's head.
#[derive(Debug)]
pub struct Engine {
    codec: Box<dyn Codec>,
    times: Times,
    silent_in_standby: bool,
    line: LineState,
    flight: Option<Flight>,
    /// Nothing is said before.
    quiet: Mono,
    quantities: [Quantity; 5],
    silence: u8,
    /// Bytes came back since the last frame that meant something.
    noise: bool,
    /// What was last reported of the link.
    standing: Option<Report>,
}

impl Engine {
    /// A conversation whose line is closed.
    pub fn new(setup: Setup) -> Engine {
        Engine {
            codec: setup.speech.codec(),
            times: setup.times,
            silent_in_standby: setup.silent_in_standby,
            line: LineState::Closed,
            flight: None,
            quiet: Mono(0),
            quantities: Kind::ALL.map(Quantity::new),
            silence: 0,
            noise: false,
            standing: None,
        }
    }

    /// The line is open.
    pub fn opened(&mut self, now: Mono) -> Vec<Action> {
        self.codec.forget();
        self.line = if self.codec.is_greeted() {
            LineState::Greeting(now.plus(self.times.answer))
        } else {
            LineState::Ready
        };
        self.step(now, Vec::new())
    }

    /// The line was closed by its other end, or could not be opened. What was under way is without an answer.
    pub fn closed(&mut self, now: Mono) -> Vec<Action> {
        let mut actions = Vec::new();
        let was_opening = self.line != LineState::Ready;
        self.line = LineState::Closed;
        self.codec.forget();
        if let Some(flight) = self.flight.take() {
            self.unanswered(now, &flight.request, &mut actions);
        } else if was_opening {
            self.quiet = now.plus(self.times.settle);
            self.fell_silent(now, &mut actions);
        }
        self.step(now, actions)
    }

    /// The line is gone, and with it everything that was seen over it.
    pub fn lost(&mut self, now: Mono) -> Vec<Action> {
        let mut actions = Vec::new();
        self.line = LineState::Closed;
        self.codec.forget();
        self.flight = None;
        self.silence = 0;
        self.standing = None;
        self.quiet = now.plus(RETRY);
        for quantity in &mut self.quantities {
            quantity.forget(now);
            let ended = quantity.give_up(Why::Silent);
            report(ended, &mut actions);
        }
        self.step(now, actions)
    }

    /// The line has found its place on the bus.
    pub fn placed(&mut self, now: Mono, place: Place) -> Vec<Action> {
        self.codec.placed(place);
        self.step(now, Vec::new())
    }

    /// The display shall be this; what it shall be of the same kind is forgotten.
    pub fn want(&mut self, now: Mono, goal: Goal) -> Vec<Action> {
        let kind = goal.kind();
        self.of(kind).want(now, goal);
        self.step(now, Vec::new())
    }

    /// It need not be anything of this kind any more.
    pub fn forget(&mut self, kind: Kind) {
        self.of(kind).drop_want();
    }

    /// Looks at this soon, and from then on regularly.
    pub fn look(&mut self, now: Mono, kind: Kind) -> Vec<Action> {
        self.of(kind).look(now);
        self.step(now, Vec::new())
    }

    /// Bytes, or a whole message, came in.
    pub fn heard(&mut self, now: Mono, bytes: &[u8]) -> Vec<Action> {
        let mut actions = Vec::new();
        self.noise |= self.flight.is_some();
        for frame in self.codec.take(bytes) {
            let under_way = self.flight.as_ref().map(|flight| &flight.request);
            let heard = self.codec.hear(&frame, under_way);
            self.noise &= heard == Heard::Nothing;
            actions.push(Action::Heard(frame, heard.clone()));
            match heard {
                Heard::Answer(answer) => self.answered(now, answer, &mut actions),
                Heard::Notice(answer) => self.saw(now, answer, &mut actions),
                Heard::Ready => self.line = LineState::Ready,
                Heard::Reply(bytes) => actions.push(Action::Reply(bytes)),
                Heard::Nothing => {}
            }
        }
        self.step(now, actions)
    }

    /// What was written did not reach the display: nobody acknowledged it on the bus.
    pub fn unsent(&mut self, now: Mono) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(flight) = self.flight.take() {
            self.unanswered(now, &flight.request, &mut actions);
        } else {
            // A command that nobody answers was acknowledged by nobody: the read-back judges it.
            self.quiet = self.quiet.max(now.plus(self.times.gap));
        }
        self.step(now, actions)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Mono) -> Vec<Action> {
        self.step(now, Vec::new())
    }

    /// When `tick` is next needed.
    pub fn next_deadline(&self) -> Option<Mono> {
        if let Some(flight) = &self.flight {
            return Some(flight.until);
        }
        match self.line {
            LineState::Opening => None,
            LineState::Greeting(until) => Some(until),
            LineState::Closed | LineState::Ready => {
                // Whatever is due already is due at the end of the quiet.
                let due = self.due(Mono(0));
                match due {
                    Due::Say(_) => Some(self.quiet),
                    Due::At(moment) => Some(moment.max(self.quiet)),
                    Due::Never => None,
                }
            }
        }
    }

    fn of(&mut self, kind: Kind) -> &mut Quantity {
        &mut self.quantities[kind as usize]
    }

    /// Power first; the rest only while the display is on, for most refuse or lose it otherwise.
    fn due(&self, now: Mono) -> Due {
        let power = &self.quantities[Kind::Power as usize];
        let first = power.due(now);
        if matches!(first, Due::Say(_)) {
            return first;
        }
        let is_on = power.seen() == Some(&Answer::Power(Power::On));
        let unseen_power = power.seen().is_none() && self.standing == Some(Report::Unproven);
        if power.is_wanted() || !(is_on || unseen_power) {
            return first;
        }
        let mut next = first;
        for quantity in &self.quantities[1..] {
            match (quantity.due(now), &next) {
                (Due::Say(request), _) => return Due::Say(request),
                (Due::At(moment), Due::At(earlier)) if moment >= *earlier => {}
                (Due::At(moment), _) => next = Due::At(moment),
                (Due::Never, _) => {}
            }
        }
        next
    }

    fn step(&mut self, now: Mono, mut actions: Vec<Action>) -> Vec<Action> {
        if self
            .flight
            .as_ref()
            .is_some_and(|flight| now >= flight.until)
            && let Some(flight) = self.flight.take()
        {
            self.unanswered(now, &flight.request, &mut actions);
        }
        if matches!(self.line, LineState::Greeting(until) if now >= until) {
            // Asked anyway: a greeting may have come before anybody listened.
            self.line = LineState::Ready;
        }
        while self.flight.is_none() && now >= self.quiet {
            let Due::Say(request) = self.due(now) else {
                break;
            };
            match self.line {
                LineState::Ready => self.say(now, request, &mut actions),
                LineState::Closed => {
                    self.line = LineState::Opening;
                    if request == Request::Power(Turn::On) || self.wakes() {
                        actions.push(Action::Wake);
                    }
                    actions.push(Action::Open);
                    break;
                }
                LineState::Opening | LineState::Greeting(_) => break,
            }
        }
        actions
    }

    /// Whether somebody wants the display on while it does not listen.
    fn wakes(&self) -> bool {
        let power = &self.quantities[Kind::Power as usize];
        power.is_wanted() && (power.sleeps() || power.seen().is_none())
    }

    fn say(&mut self, now: Mono, request: Request, actions: &mut Vec<Action>) {
        let kind = Kind::of_request(&request);
        let times = self.times;
        self.codec.forget();
        let Some(bytes) = self.codec.say(&request) else {
            if request.is_question() {
                self.cannot_be_asked(kind, actions);
            } else {
                let ended = self.of(kind).give_up(Why::Refused(Refusal::NotSupported));
                report(ended, actions);
            }
            return;
        };
        if request == Request::Power(Turn::On) {
            actions.push(Action::Wake);
        }
        actions.push(Action::Write(bytes, request.clone()));
        if self.codec.is_answered(&request) {
            self.flight = Some(Flight {
                request,
                until: now.plus(times.answer),
            });
        } else {
            self.quiet = now.plus(times.gap);
            let ended = self.of(kind).told(now, &times);
            report(ended, actions);
        }
    }

    fn answered(&mut self, now: Mono, answer: Answer, actions: &mut Vec<Action>) {
        let times = self.times;
        if answer == Answer::Refused(Refusal::WrongPassword) {
            self.stand(Report::Locked, actions);
        }
        let Some(flight) = self.flight.take() else {
            return;
        };
        self.quiet = now.plus(times.gap);
        let kind = Kind::of_request(&flight.request);
        let ended = match (flight.request.is_question(), answer) {
            (true, Answer::Refused(Refusal::NotSupported)) => {
                self.cannot_be_asked(kind, actions);
                None
            }
            (true, Answer::Refused(_)) => {
                let hurry = self.standing.is_none();
                self.of(kind).was_not_answered(now, &times, hurry);
                if kind == Kind::Power {
                    self.fell_silent(now, actions);
                }
                None
            }
            (true, answer) => return self.saw(now, answer, actions),
            (false, Answer::Refused(refusal)) => self.of(kind).refused(now, &times, refusal),
            (false, _) => self.of(kind).told(now, &times),
        };
        report(ended, actions);
    }

    fn saw(&mut self, now: Mono, answer: Answer, actions: &mut Vec<Action>) {
        let Some(kind) = Kind::of_answer(&answer) else {
            return;
        };
        self.silence = 0;
        if kind == Kind::Power {
            self.stand(Report::Proven, actions);
        }
        let times = self.times;
        let (news, ended) = self.of(kind).saw(now, &times, &answer);
        if news {
            actions.push(Action::Report(Report::Seen(answer)));
        }
        report(ended, actions);
    }

    fn unanswered(&mut self, now: Mono, request: &Request, actions: &mut Vec<Action>) {
        let times = self.times;
        self.quiet = now.plus(times.gap);
        let hurry = self.standing.is_none();
        let quantity = self.of(Kind::of_request(request));
        if request.is_question() {
            quantity.was_not_answered(now, &times, hurry);
            let in_vain = quantity.is_in_vain();
            match Kind::of_request(request) {
                // Only power is asked of every display: silence to anything else is perhaps its way to say no.
                Kind::Power => self.fell_silent(now, actions),
                kind if in_vain => self.cannot_be_asked(kind, actions),
                _ => {}
            }
        } else {
            // Perhaps it was heard all the same: the read-back judges.
            let ended = quantity.told(now, &times);
            report(ended, actions);
        }
    }

    fn fell_silent(&mut self, now: Mono, actions: &mut Vec<Action>) {
        self.silence = self.silence.saturating_add(1);
        if self.silence < SILENCE {
            return;
        }
        let times = self.times;
        let power = &self.quantities[Kind::Power as usize];
        let may_sleep = self.standing == Some(Report::Proven) || power.is_wanted();
        if self.silent_in_standby && may_sleep {
            let asleep = Answer::Power(Power::Standby);
            let (news, ended) = self.of(Kind::Power).saw(now, &times, &asleep);
            if news {
                actions.push(Action::Report(Report::Seen(asleep)));
            }
            report(ended, actions);
            return;
        }
        let how = match core::mem::take(&mut self.noise) {
            true => Report::Garbled,
            false => Report::Silent,
        };
        self.stand(how, actions);
        for quantity in &mut self.quantities {
            quantity.forget(now.plus(times.poll));
            let ended = quantity.give_up(Why::Silent);
            report(ended, actions);
        }
    }

    fn cannot_be_asked(&mut self, kind: Kind, actions: &mut Vec<Action>) {
        self.of(kind).is_not_askable();
        actions.push(Action::Report(Report::Unknowable(kind)));
        if kind == Kind::Power {
            self.stand(Report::Unproven, actions);
        }
    }

    /// How the link stands is told once, and again when it changes.
    fn stand(&mut self, how: Report, actions: &mut Vec<Action>) {
        if self.standing.as_ref() != Some(&how) {
            self.standing = Some(how.clone());
            actions.push(Action::Report(how));
        }
    }
}

fn report(ended: Option<Outcome>, actions: &mut Vec<Action>) {
    let reports = ended.into_iter().map(|outcome| match outcome {
        Outcome::Reached(goal) => Report::Reached(goal),
        Outcome::Told(goal) => Report::Told(goal),
        Outcome::GivenUp(goal, why) => Report::GivenUp(goal, why),
    });
    actions.extend(reports.map(Action::Report));
}
