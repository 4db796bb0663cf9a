//! One call before it has a page: which contract is spoken, how often a silent server is asked, what is reported.
//! Pure; the clock is an argument. Knows contracts by their trait only, and no HTTP.

use crate::contract::{Answer, Contract, Heard, Input, Output, Request, Visitor};
use crate::route::{Door, Kind, candidates};
use room_core::effect::CallRequest;
use room_core::event::{CallSeen, JoinStep};
use room_core::ids::Private;
use room_core::meeting::Way;
use room_core::units::Mono;
use std::time::Duration;
use url::Url;

/// A request without an answer is asked so often in all, with this pause in between.
const TRIES: u8 = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Told {
    /// Enter now, from wherever it stands.
    Join(CallRequest),
    /// A person gave this code.
    Passcode(Private),
    /// The server answered.
    Answered(Answer),
    /// The server did not answer, or not whole.
    Unanswered,
    /// An event of the stream.
    Heard(Heard),
    /// The stream ended, or could not be had.
    Deaf,
    /// A deadline is due.
    Tick,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask the server; a newer request takes the place of an older one.
    Ask(Request),
    /// Listen to a stream; a newer one takes the place of an older one.
    Listen(Request),
    /// Report.
    Say(CallSeen),
    /// The browser goes on with this link; `None`: with the invitation's own, unchanged. The talk is over.
    HandOver(Option<Private>),
}

/// What a call is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// To be ready.
    Warm,
    /// To be in it.
    Inside,
}

/// A call before it has a page.
#[derive(Debug)]
pub struct Talk {
    request: CallRequest,
    door: Door,
    goal: Goal,
    /// Contracts that were not tried yet.
    left: Vec<Kind>,
    kind: Option<Kind>,
    machine: Option<Box<dyn Contract>>,
    asked: Option<Asked>,
    said: Option<CallSeen>,
    over: bool,
}

#[derive(Debug)]
struct Asked {
    request: Request,
    times: u8,
    /// Not answered; asked again then.
    again: Option<Mono>,
}

impl Talk {
    /// A call to be begun with [`Talk::begin`]; `None` when there is nobody to ask and the page is all there is.
    pub fn new(request: CallRequest, door: Door, goal: Goal) -> Option<Self> {
        let left = candidates(&link_of(&request)?, &door);
        (!left.is_empty()).then_some(Self {
            request,
            door,
            goal,
            left,
            kind: None,
            machine: None,
            asked: None,
            said: None,
            over: false,
        })
    }

    /// The first things to do.
    pub fn begin(&mut self, now: Mono) -> Vec<Next> {
        let mut next = Vec::new();
        if self.goal == Goal::Inside {
            self.say(CallSeen::Entering(JoinStep::Asking), &mut next);
        }
        self.next_contract(now, &mut next);
        next
    }

    /// Takes what happened and says what is to be done.
    pub fn step(&mut self, now: Mono, told: Told) -> Vec<Next> {
        if self.over {
            return Vec::new();
        }
        let mut next = Vec::new();
        match told {
            Told::Join(request) => return self.join(now, request),
            Told::Passcode(code) => {
                self.said = None;
                self.feed(now, Input::Passcode(code), &mut next);
            }
            Told::Answered(answer) if is_silence(&answer) => self.silence(now, &mut next),
            Told::Answered(answer) => {
                if self.asked.take().is_some() {
                    self.feed(now, Input::Answered(answer), &mut next);
                }
            }
            Told::Unanswered => self.silence(now, &mut next),
            Told::Heard(heard) => self.feed(now, Input::Heard(heard), &mut next),
            Told::Deaf => self.feed(now, Input::Deaf, &mut next),
            Told::Tick => self.tick(now, &mut next),
        }
        next
    }

    /// When [`Told::Tick`] is to come at the latest.
    pub fn deadline(&self) -> Option<Mono> {
        let again = self.asked.as_ref().and_then(|asked| asked.again);
        let machine = self.machine.as_ref().and_then(|machine| machine.deadline());
        again.into_iter().chain(machine).min()
    }

    /// Whether nothing more will happen.
    pub fn over(&self) -> bool {
        self.over
    }

    /// What the call is wanted for.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// The request as it came.
    pub fn request(&self) -> &CallRequest {
        &self.request
    }

    /// Which contract is spoken, for logs.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// What is still to be said to the server when the room goes away now.
    pub fn farewell(&self) -> Option<Request> {
        self.machine.as_ref().and_then(|machine| machine.farewell())
    }

    /// From ready, or from anywhere: begins anew with the contract that was found to be spoken.
    fn join(&mut self, now: Mono, request: CallRequest) -> Vec<Next> {
        let door = self.door.clone();
        let spoken = self.kind.filter(|_| self.said == Some(CallSeen::Warm));
        let Some(mut anew) = Talk::new(request.clone(), door, Goal::Inside) else {
            self.goal = Goal::Inside;
            self.request = request;
            self.over = true;
            return vec![Next::HandOver(None)];
        };
        if let Some(kind) = spoken.filter(|kind| anew.left.contains(kind)) {
            anew.left = vec![kind];
        }
        *self = anew;
        self.begin(now)
    }

    fn next_contract(&mut self, now: Mono, next: &mut Vec<Next>) {
        let Some(link) = link_of(&self.request) else {
            return self.hand_over(None, next);
        };
        while !self.left.is_empty() {
            let kind = self.left.remove(0);
            let visitor = Visitor {
                link: link.clone(),
                name: self.request.display_name.clone(),
                code: self.request.way().and_then(Way::passcode).cloned(),
                consent: self.door.consent,
            };
            if let Some(machine) = kind.begin(visitor, &self.door) {
                self.kind = Some(kind);
                self.machine = Some(machine);
                let first = match self.goal {
                    Goal::Warm => Input::Prepare,
                    Goal::Inside => Input::Enter,
                };
                return self.feed(now, first, next);
            }
        }
        self.hand_over(None, next);
    }

    fn feed(&mut self, now: Mono, input: Input, next: &mut Vec<Next>) {
        let Some(machine) = self.machine.as_mut() else {
            return;
        };
        for output in machine.step(now, input) {
            match output {
                Output::Ask(request) => {
                    self.asked = Some(Asked {
                        request: request.clone(),
                        times: 1,
                        again: None,
                    });
                    next.push(Next::Ask(request));
                }
                Output::Listen(request) => next.push(Next::Listen(request)),
                Output::Say(seen) => self.say(seen, next),
                Output::Open(link) => self.hand_over(Some(link), next),
                Output::Page => self.hand_over(None, next),
                Output::NotSpoken => return self.next_contract(now, next),
            }
        }
    }

    fn say(&mut self, seen: CallSeen, next: &mut Vec<Next>) {
        self.over |= matches!(seen, CallSeen::Over(_) | CallSeen::Failed(_));
        if self.said.as_ref() != Some(&seen) {
            self.said = Some(seen.clone());
            next.push(Next::Say(seen));
        }
    }

    fn hand_over(&mut self, link: Option<Private>, next: &mut Vec<Next>) {
        self.over = true;
        next.push(Next::HandOver(link));
    }

    fn silence(&mut self, now: Mono, next: &mut Vec<Next>) {
        match self.asked.as_mut() {
            None => {}
            Some(asked) if asked.request.insist && asked.times < TRIES => {
                asked.again = Some(now.plus(PAUSE));
            }
            Some(_) => {
                self.asked = None;
                self.feed(now, Input::Unanswered, next);
            }
        }
    }

    fn tick(&mut self, now: Mono, next: &mut Vec<Next>) {
        if let Some(asked) = self.asked.as_mut()
            && asked.again.is_some_and(|again| now >= again)
        {
            asked.again = None;
            asked.times += 1;
            next.push(Next::Ask(asked.request.clone()));
        }
        self.feed(now, Input::Tick, next);
    }
}

/// A proxy says that the server behind it does not answer.
fn is_silence(answer: &Answer) -> bool {
    matches!(answer.status, 502..=504) && answer.json().is_none()
}

fn link_of(request: &CallRequest) -> Option<Url> {
    Url::parse(request.way()?.place().reveal()).ok()
}

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;
