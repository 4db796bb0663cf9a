//! Greenlight 3 by the JSON interface that its own pages use. Pure; knows no HTTP.
//!
//! Invariant: `status` is asked on [`Input::Enter`] only, because it starts the meeting where anybody may start it;
//! before that `public` says what is needed and starts nothing.

use crate::contract::{
    ASK_AGAIN, Answer, Contract, HTML, Input, JSON, Output, Request, Visitor, opens, person,
};
use crate::forms::Page;
use crate::route::Consent;
use room_core::event::{CallSeen, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::units::Mono;
use serde_json::{Value, json};
use url::Url;

/// While waiting for the host the server may be silent so often in a row.
const MAY_MISS: u8 = 4;

/// A conversation.
#[derive(Debug)]
pub(crate) struct Greenlight3 {
    visitor: Visitor,
    /// The room's endpoints, with a slash at the end of each.
    rooms: Url,
    meetings: Url,
    enters: bool,
    stage: Stage,
    code: Option<Private>,
    needs: Needs,
    token: Option<Private>,
    /// The token was fetched anew since the last good answer.
    renewed: bool,
    /// The meeting was seen not to have started.
    waited: bool,
    /// It records, and the operator agreed to that beforehand.
    agreed: bool,
    missed: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// What the room asks of visitors is being read.
    Looking,
    /// The page is being fetched for its token and cookies.
    Fetching,
    /// Status was asked.
    Asking,
    /// Not started; asked again then.
    Resting(Mono),
    NeedsCode,
    Over,
}

/// Which code the room asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// The moderators' code may be given and need not.
    MayHaveCode,
    Code,
}

impl Greenlight3 {
    /// `None` when the link names no room.
    pub fn new(visitor: Visitor) -> Option<Self> {
        let (base, id) = room_of(&visitor.link)?;
        let rooms = base.join(&format!("api/v1/rooms/{id}/")).ok()?;
        let meetings = base.join(&format!("api/v1/meetings/{id}/")).ok()?;
        let in_link = ["viewerCode", "moderatorCode"]
            .into_iter()
            .find_map(|name| visitor.parameter(name));
        let code = visitor.code.clone().or(in_link.map(Private::new));
        Some(Self {
            visitor,
            rooms,
            meetings,
            enters: false,
            stage: Stage::Idle,
            code,
            needs: Needs::Nothing,
            token: None,
            renewed: false,
            waited: false,
            agreed: false,
            missed: 0,
        })
    }

    fn look(&mut self, enters: bool) -> Vec<Output> {
        self.enters = enters;
        self.stage = Stage::Looking;
        let url = below(&self.rooms, "public.json");
        vec![Output::Ask(Request::get(url, JSON))]
    }

    fn seen_room(&mut self, answer: &Answer) -> Vec<Output> {
        let body = answer.json();
        let room = body.as_ref().map(|body| &body["data"]);
        let Some(room) = room.filter(|room| room["friendly_id"].is_string()) else {
            return self.over(not_a_room(answer.status, body.as_ref()));
        };
        let set = |key: &str| match &room[key] {
            Value::Bool(set) => *set,
            Value::String(text) => text == "true",
            _ => false,
        };
        if set("require_authentication") {
            return self.over(person(PersonNeeded::Login));
        }
        if set("recording_consent") && self.visitor.consent == Consent::Ask {
            return self.over(person(PersonNeeded::Consent(Some(
                room_core::hand::Consent::Recording,
            ))));
        }
        self.agreed = set("recording_consent");
        let (viewer, moderator) = (set("viewer_access_code"), set("moderator_access_code"));
        self.needs = match (viewer, moderator, set("anyone_join_as_moderator")) {
            (true, _, _) | (false, true, true) => Needs::Code,
            (false, true, false) => Needs::MayHaveCode,
            (false, false, _) => Needs::Nothing,
        };
        if !self.enters {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        if self.needs == Needs::Code && self.code.is_none() {
            return self.ask_for_code(false);
        }
        self.ask()
    }

    fn ask_for_code(&mut self, rejected: bool) -> Vec<Output> {
        self.stage = Stage::NeedsCode;
        vec![Output::Say(CallSeen::PasscodeAsked { rejected })]
    }

    /// Asks for the way in; first for the page, whose token and cookies Rails wants to see again.
    fn ask(&mut self) -> Vec<Output> {
        let Some(token) = &self.token else {
            self.stage = Stage::Fetching;
            let page = self.visitor.link.clone();
            return vec![Output::Ask(Request::get(page, HTML))];
        };
        // A code where none is set is refused like a wrong one.
        let code = match self.needs {
            Needs::Nothing => "",
            Needs::MayHaveCode | Needs::Code => self.code.as_ref().map_or("", Private::reveal),
        };
        let body = json!({ "name": self.visitor.name, "access_code": code });
        let request = Request::post(below(&self.meetings, "status.json"), &body)
            .with("x-csrf-token", token.reveal());
        self.stage = Stage::Asking;
        vec![Output::Ask(request)]
    }

    fn fetched(&mut self, answer: &Answer) -> Vec<Output> {
        let page = Page::read(answer.text.reveal());
        match page.csrf {
            Some(token) if answer.status == 200 => {
                self.token = Some(token);
                self.ask()
            }
            _ => self.over(vec![Output::Page]),
        }
    }

    fn seen_status(&mut self, now: Mono, answer: &Answer) -> Vec<Output> {
        self.missed = 0;
        let body = answer.json();
        match answer.status {
            200 => match body.as_ref().map(|body| &body["data"]) {
                Some(data) => self.started_or_not(now, data),
                None => self.over(vec![Output::Page]),
            },
            401 => self.over(person(PersonNeeded::Login)),
            403 => self.refused(),
            404 => self.over(not_a_room(404, body.as_ref())),
            // What Rails answers, through Greenlight, when it does not know the token any more.
            422 | 500 if !self.renewed => {
                self.renewed = true;
                self.token = None;
                self.ask()
            }
            _ => self.over(vec![failed(CallFailure::Unreachable)]),
        }
    }

    fn started_or_not(&mut self, now: Mono, data: &Value) -> Vec<Output> {
        self.renewed = false;
        match (data["status"].as_bool(), data["joinUrl"].as_str()) {
            (Some(true), Some(link)) => {
                let link = Private::new(link);
                self.over(opens(link, self.agreed))
            }
            (Some(false), _) => {
                self.waited = true;
                self.stage = Stage::Resting(now.plus(ASK_AGAIN));
                vec![Output::Say(CallSeen::Waiting(WaitingFor::Host))]
            }
            (Some(true), None) | (None, _) => self.over(vec![Output::Page]),
        }
    }

    fn refused(&mut self) -> Vec<Output> {
        let gave = self.code.take().is_some() && self.needs != Needs::Nothing;
        match self.needs {
            // The code of the invitation is not the moderators' one: enter as everybody does.
            Needs::MayHaveCode if gave => self.ask(),
            // Settings changed meanwhile.
            Needs::Nothing | Needs::MayHaveCode => {
                self.needs = Needs::Code;
                self.ask_for_code(false)
            }
            Needs::Code => self.ask_for_code(gave),
        }
    }

    fn unanswered(&mut self, now: Mono) -> Vec<Output> {
        self.missed += 1;
        // The host may still come: a short silence of the server does not end the waiting.
        if self.waited && self.missed < MAY_MISS {
            self.stage = Stage::Resting(now.plus(ASK_AGAIN));
            return Vec::new();
        }
        self.over(vec![failed(CallFailure::Unreachable)])
    }

    fn over(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        self.stage = Stage::Over;
        outputs
    }
}

impl Contract for Greenlight3 {
    fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        match (self.stage, input) {
            (Stage::Over, _) => Vec::new(),
            (_, Input::Prepare) => self.look(false),
            (_, Input::Enter) => self.look(true),
            (Stage::NeedsCode, Input::Passcode(code)) => {
                self.code = Some(code);
                self.ask()
            }
            (Stage::Looking, Input::Answered(answer)) => self.seen_room(&answer),
            (Stage::Fetching, Input::Answered(answer)) => self.fetched(&answer),
            (Stage::Asking, Input::Answered(answer)) => self.seen_status(now, &answer),
            (_, Input::Unanswered) => self.unanswered(now),
            (Stage::Resting(at), Input::Tick) if now >= at => self.ask(),
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

/// A JSON error of Greenlight's own, or another server's answer.
fn not_a_room(status: u16, body: Option<&Value>) -> Vec<Output> {
    match body {
        Some(body) if status == 404 && body["errors"].is_array() => {
            vec![failed(CallFailure::NotFound)]
        }
        _ => vec![Output::NotSpoken],
    }
}

fn failed(failure: CallFailure) -> Output {
    Output::Say(CallSeen::Failed(failure))
}

/// The application's root and the room's name. Greenlight may live below a path; short links name the room alone.
fn room_of(link: &Url) -> Option<(Url, String)> {
    let steps: Vec<&str> = link
        .path()
        .split('/')
        .filter(|step| !step.is_empty())
        .collect();
    let (before, id) = match steps.iter().position(|step| *step == "rooms") {
        Some(at) => (&steps[..at], steps.get(at + 1)?),
        None => (&steps[..0], steps.first()?),
    };
    let mut base = link.clone();
    base.set_query(None);
    base.set_fragment(None);
    let slash = if before.is_empty() { "" } else { "/" };
    base.set_path(&format!("/{}{slash}", before.join("/")));
    Some((base, (*id).to_owned()))
}

fn below(base: &Url, name: &str) -> Url {
    base.join(name).unwrap_or_else(|_| base.clone())
}

#[cfg(test)]
#[path = "greenlight3_tests.rs"]
mod tests;
