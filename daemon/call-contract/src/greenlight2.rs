//! Greenlight 2 by the forms of its pages, sent as a browser would send them. Pure; knows no HTTP.
//!
//! Invariant: the form that joins is sent on [`Input::Enter`] only, because it starts the meeting where anybody may.

use crate::contract::{
    ASK_AGAIN, Answer, Body, Contract, HTML, Input, Output, Request, Verb, Visitor, opens, person,
};
use crate::forms::{Form, Page};
use crate::route::Consent;
use room_core::event::{CallSeen, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::units::Mono;
use url::Url;

/// While waiting for the host the server may be silent so often in a row.
const MAY_MISS: u8 = 4;
/// The form takes no longer code.
const LONGEST_CODE: usize = 26;
/// The form takes no longer name.
const LONGEST_NAME: usize = 99;
/// What Greenlight 2 calls the part that serves its rooms, in the body of every page of it.
const ROOMS: &str = "rooms";

/// A conversation.
#[derive(Debug)]
pub(crate) struct Greenlight2 {
    visitor: Visitor,
    enters: bool,
    stage: Stage,
    code: Option<Private>,
    /// The code was sent and the page not seen since.
    gave: bool,
    /// The form that takes the code, while it is asked for.
    login: Form,
    waited: bool,
    /// It records, and the operator agreed to that beforehand.
    agreed: bool,
    missed: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// The room's page is being fetched.
    Looking,
    /// The code was sent.
    LoggingIn,
    /// The name was sent.
    Joining,
    Resting(Mono),
    NeedsCode,
    Over,
}

impl Greenlight2 {
    pub fn new(visitor: Visitor) -> Self {
        let code = visitor.code.clone();
        Self {
            visitor,
            enters: false,
            stage: Stage::Idle,
            code,
            gave: false,
            login: Form::default(),
            waited: false,
            agreed: false,
            missed: 0,
        }
    }

    fn look(&mut self) -> Vec<Output> {
        self.stage = Stage::Looking;
        let page = self.visitor.link.clone();
        vec![Output::Ask(Request::get(page, HTML))]
    }

    fn seen_page(&mut self, answer: &Answer) -> Vec<Output> {
        self.missed = 0;
        let page = Page::read(answer.text.reveal());
        let ours = answer.is_page() && page.controller.as_deref() == Some(ROOMS);
        if !ours {
            return self.over(vec![Output::NotSpoken]);
        }
        if let Some(join) = page
            .forms
            .iter()
            .find(|form| form.field("[join_name]").is_some())
        {
            return self.may_join(join);
        }
        match page
            .forms
            .into_iter()
            .find(|form| form.field("[access_code]").is_some())
        {
            Some(login) => self.code_needed(login),
            // Greenlight leaves out both forms when it lets nobody in without an account.
            None => self.over(person(PersonNeeded::Login)),
        }
    }

    fn may_join(&mut self, form: &Form) -> Vec<Output> {
        self.gave = false;
        if form.has_id("joiner-consent") && self.visitor.consent == Consent::Ask {
            return self.over(person(PersonNeeded::Consent(Some(
                room_core::hand::Consent::Recording,
            ))));
        }
        if !self.enters {
            return self.warm();
        }
        self.agreed = form.has_id("joiner-consent");
        let name: String = self.visitor.name.chars().take(LONGEST_NAME).collect();
        self.stage = Stage::Joining;
        vec![self.send(form, "[join_name]", &name)]
    }

    fn code_needed(&mut self, login: Form) -> Vec<Output> {
        if !self.enters {
            return self.warm();
        }
        self.login = login;
        let rejected = std::mem::take(&mut self.gave);
        if rejected {
            self.code = None;
        }
        self.give_code(rejected)
    }

    fn give_code(&mut self, rejected: bool) -> Vec<Output> {
        let fits = |code: &&Private| code.reveal().chars().count() <= LONGEST_CODE;
        match self.code.clone() {
            Some(code) if fits(&&code) => {
                self.gave = true;
                self.stage = Stage::LoggingIn;
                let login = std::mem::take(&mut self.login);
                let send = self.send(&login, "[access_code]", code.reveal());
                self.login = login;
                vec![send]
            }
            code => {
                let rejected = rejected || code.is_some();
                self.stage = Stage::NeedsCode;
                vec![Output::Say(CallSeen::PasscodeAsked { rejected })]
            }
        }
    }

    /// The form with this field filled in, as a browser sends it.
    fn send(&self, form: &Form, field: &str, value: &str) -> Output {
        let link = &self.visitor.link;
        let target = form
            .action
            .as_ref()
            .and_then(|action| link.join(action).ok());
        let target = target.filter(|url| url.origin() == link.origin());
        let mut fields = form.hidden();
        if let Some(field) = form.field(field) {
            fields.push((field.name.clone(), Private::new(value)));
        }
        let request = Request {
            verb: Verb::Post,
            body: Body::Form(fields),
            ..Request::get(target.unwrap_or_else(|| link.clone()), HTML)
        };
        Output::Ask(request)
    }

    /// Either a way into the conference, or back to where the room still wants something.
    fn joined(&mut self, now: Mono, answer: &Answer) -> Vec<Output> {
        self.missed = 0;
        match (&answer.location, answer.status) {
            (Some(to), _) => self.sent_to(&to.clone()),
            (None, 200) => {
                self.waited = true;
                self.stage = Stage::Resting(now.plus(ASK_AGAIN));
                vec![Output::Say(CallSeen::Waiting(WaitingFor::Host))]
            }
            (None, 404) => self.over(vec![failed(CallFailure::NotFound)]),
            (None, _) => self.over(vec![failed(CallFailure::Unreachable)]),
        }
    }

    fn sent_to(&mut self, to: &Private) -> Vec<Output> {
        let Ok(url) = Url::parse(to.reveal()) else {
            return self.over(vec![Output::Page]);
        };
        let own = url.origin() == self.visitor.link.origin();
        if own && url.path() == self.visitor.link.path() {
            // The code is asked for again: it was changed, or the session is over.
            return self.look();
        }
        let into = ["/bigbluebutton/", "/html5client/"];
        match own && !into.iter().any(|start| url.path().starts_with(start)) {
            // Sent away to the front door: only people with an account may join.
            true => self.over(person(PersonNeeded::Login)),
            false => self.over(opens(to.clone(), self.agreed)),
        }
    }

    fn unanswered(&mut self, now: Mono) -> Vec<Output> {
        self.missed += 1;
        if self.waited && self.missed < MAY_MISS {
            self.stage = Stage::Resting(now.plus(ASK_AGAIN));
            return Vec::new();
        }
        self.over(vec![failed(CallFailure::Unreachable)])
    }

    fn warm(&mut self) -> Vec<Output> {
        self.stage = Stage::Idle;
        vec![Output::Say(CallSeen::Warm)]
    }

    fn over(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        self.stage = Stage::Over;
        outputs
    }
}

impl Contract for Greenlight2 {
    fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        match (self.stage, input) {
            (Stage::Over, _) => Vec::new(),
            (_, Input::Prepare) => self.look(),
            (_, Input::Enter) => {
                self.enters = true;
                self.look()
            }
            (Stage::NeedsCode, Input::Passcode(code)) => {
                self.code = Some(code);
                self.give_code(false)
            }
            (Stage::Looking, Input::Answered(answer)) => self.seen_page(&answer),
            (Stage::LoggingIn, Input::Answered(_)) => self.look(),
            (Stage::Joining, Input::Answered(answer)) => self.joined(now, &answer),
            (_, Input::Unanswered) => self.unanswered(now),
            // The page is fetched anew, for a fresh token of its form.
            (Stage::Resting(at), Input::Tick) if now >= at => self.look(),
            _ => Vec::new(),
        }
    }

    fn deadline(&self) -> Option<Mono> {
        match self.stage {
            Stage::Resting(at) => Some(at),
            _ => None,
        }
    }
}

fn failed(failure: CallFailure) -> Output {
    Output::Say(CallSeen::Failed(failure))
}

#[cfg(test)]
#[path = "greenlight2_tests.rs"]
mod tests;
