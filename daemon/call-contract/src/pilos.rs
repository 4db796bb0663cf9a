//! PILOS by the JSON interface that its own pages use. Pure; knows no HTTP.
//!
//! Invariant: `start` and `join` are asked on [`Input::Enter`] only; whether the meeting runs is read from the room.

use crate::contract::{
    ASK_AGAIN, Answer, Contract, Input, JSON, Output, Request, Visitor, opens, person,
};
use crate::route::Consent;
use percent_encoding::percent_decode_str;
use room_core::event::{CallSeen, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::units::Mono;
use serde_json::{Value, json};
use url::Url;

/// While waiting for the host the server may be silent so often in a row.
const MAY_MISS: u8 = 4;
/// Names of guests: at least, and at most so many characters.
const NAME: (usize, usize) = (2, 50);
/// The server changed its mind between two questions: not more often than this in a row.
const MAY_TURN: u8 = 3;

/// A conversation.
#[derive(Debug)]
pub(crate) struct Pilos {
    visitor: Visitor,
    room: Url,
    /// A personal link's token takes the place of name and code.
    token: Option<Private>,
    enters: bool,
    stage: Stage,
    code: Option<Private>,
    /// Laravel's token for requests of scripts, from its cookie.
    xsrf: Option<Private>,
    waited: bool,
    /// It records, and the operator agreed to that beforehand.
    agreed: bool,
    missed: u8,
    turns: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Looking,
    Joining,
    Resting(Mono),
    NeedsCode,
    Over,
}

impl Pilos {
    /// `None` when the link names no room.
    pub fn new(visitor: Visitor) -> Option<Self> {
        let steps: Vec<&str> = visitor
            .link
            .path()
            .split('/')
            .filter(|s| !s.is_empty())
            .collect();
        let at = steps.iter().position(|step| *step == "rooms")?;
        let id = steps.get(at + 1)?;
        let room = visitor.link.join(&format!("/api/v1/rooms/{id}")).ok()?;
        let token = steps.get(at + 2).map(|token| Private::new(*token));
        let code = visitor.code.clone();
        Some(Self {
            visitor,
            room,
            token,
            enters: false,
            stage: Stage::Idle,
            code,
            xsrf: None,
            waited: false,
            agreed: false,
            missed: 0,
            turns: 0,
        })
    }

    fn look(&mut self) -> Vec<Output> {
        // The server takes digits only and would refuse anything else like a wrong code.
        let unusable = self
            .code
            .as_ref()
            .is_some_and(|code| digits(code).is_none());
        if unusable && self.token.is_none() {
            self.code = None;
            if self.enters {
                return self.ask_for_code(true);
            }
        }
        self.stage = Stage::Looking;
        vec![Output::Ask(
            self.dressed(Request::get(self.room.clone(), JSON)),
        )]
    }

    /// With what shows who asks. The referrer makes the server keep a session, as it does for its own pages.
    fn dressed(&self, request: Request) -> Request {
        let mut page = self.visitor.link.clone();
        page.set_path("/");
        page.set_query(None);
        page.set_fragment(None);
        let mut request = request
            .with("referer", page.as_str())
            .with("x-requested-with", "XMLHttpRequest");
        if let Some(xsrf) = &self.xsrf {
            request = request.with("x-xsrf-token", xsrf.reveal());
        }
        match (&self.token, self.code.as_ref().and_then(digits)) {
            (Some(token), _) => request.with("token", token.reveal()),
            (None, Some(code)) => request.with("access-code", code),
            (None, None) => request,
        }
    }

    fn answered(&mut self, now: Mono, answer: &Answer) -> Vec<Output> {
        self.missed = 0;
        let cookie = answer.cookies.iter().find(|(name, _)| name == "XSRF-TOKEN");
        if let Some((_, value)) = cookie {
            let value = percent_decode_str(value.reveal()).decode_utf8_lossy();
            self.xsrf = Some(Private::new(value));
        }
        let Some(body) = answer.json() else {
            let outputs = if self.stage == Stage::Joining {
                Output::Page
            } else {
                Output::NotSpoken
            };
            return self.over(vec![outputs]);
        };
        let message = body["message"].as_str().unwrap_or_default();
        match (answer.status, message) {
            (200, _) if self.stage == Stage::Joining => self.joined(&body),
            (200, _) => self.seen_room(now, &body["data"]),
            (401, "invalid_code") => {
                self.code = None;
                self.ask_for_code(true)
            }
            (403, "require_code") => {
                let gave = self.code.take().is_some();
                self.ask_for_code(gave)
            }
            (401, "invalid_token") => self.over(vec![failed(CallFailure::NotFound)]),
            (403, "guests_not_allowed") => self.over(person(PersonNeeded::Login)),
            // Nobody of those who may start it is there yet.
            (403, _) if self.stage == Stage::Joining => self.rest(now),
            (404, _) if !message.is_empty() => self.not_found(message),
            (422, _) if wants_consent(&body) => self.over(person(PersonNeeded::Consent(Some(
                room_core::hand::Consent::Recording,
            )))),
            (419, _) if self.turns < MAY_TURN => self.turn(),
            // Not running any more, or running already.
            (460, _) => self.rest(now),
            (474, _) if self.turns < MAY_TURN => self.turn(),
            (461 | 462 | 472 | 429 | 500.., _) => self.unanswered(now),
            _ if self.stage == Stage::Looking => self.over(vec![Output::NotSpoken]),
            _ => self.over(vec![Output::Page]),
        }
    }

    /// Laravel says in JSON, too, that it has no such address: then this is no PILOS.
    fn not_found(&mut self, message: &str) -> Vec<Output> {
        let no_route = message.starts_with("The route");
        self.over(vec![if no_route {
            Output::NotSpoken
        } else {
            failed(CallFailure::NotFound)
        }])
    }

    fn turn(&mut self) -> Vec<Output> {
        self.turns += 1;
        self.look()
    }

    fn seen_room(&mut self, now: Mono, room: &Value) -> Vec<Output> {
        if !room["id"].is_string() || !room["authenticated"].is_boolean() {
            return self.over(vec![Output::NotSpoken]);
        }
        if !self.enters {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        if room["authenticated"] == false {
            return self.ask_for_code(false);
        }
        let records = room["record"] == true || room["record_attendance"] == true;
        if records && self.visitor.consent == Consent::Ask {
            return self.over(person(PersonNeeded::Consent(Some(
                room_core::hand::Consent::Recording,
            ))));
        }
        let meeting = &room["last_meeting"];
        let runs = meeting.is_object() && meeting["end"].is_null() && meeting["detached"].is_null();
        match (runs, room["can_start"].as_bool().unwrap_or(false)) {
            (true, _) => self.join("join", records),
            (false, true) => self.join("start", records),
            (false, false) => self.rest(now),
        }
    }

    fn join(&mut self, how: &str, records: bool) -> Vec<Output> {
        self.stage = Stage::Joining;
        let (least, most) = NAME;
        let mut name: String = self.visitor.name.chars().take(most).collect();
        if name.chars().count() < least {
            name.push_str(" .");
        }
        self.agreed = records && self.visitor.consent == Consent::Given;
        let name = if self.token.is_some() {
            Value::Null
        } else {
            name.into()
        };
        // The room's own camera is not recorded by our consent: that is for the people in it to say.
        let body = json!({
            "name": name,
            "consent_record_attendance": self.agreed,
            "consent_record": self.agreed,
            "consent_record_video": false,
        });
        let mut url = self.room.clone();
        url.set_path(&format!("{}/{how}", self.room.path()));
        vec![Output::Ask(self.dressed(Request::post(url, &body)))]
    }

    fn joined(&mut self, body: &Value) -> Vec<Output> {
        let next = match body["url"].as_str() {
            Some(link) => opens(Private::new(link), self.agreed),
            None => vec![Output::Page],
        };
        self.over(next)
    }

    fn rest(&mut self, now: Mono) -> Vec<Output> {
        self.waited = true;
        self.turns = 0;
        self.stage = Stage::Resting(now.plus(ASK_AGAIN));
        vec![Output::Say(CallSeen::Waiting(WaitingFor::Host))]
    }

    fn ask_for_code(&mut self, rejected: bool) -> Vec<Output> {
        if !self.enters {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        self.stage = Stage::NeedsCode;
        vec![Output::Say(CallSeen::PasscodeAsked { rejected })]
    }

    fn unanswered(&mut self, now: Mono) -> Vec<Output> {
        self.missed += 1;
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

impl Contract for Pilos {
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
                self.look()
            }
            (Stage::Looking | Stage::Joining, Input::Answered(answer)) => {
                self.answered(now, &answer)
            }
            (_, Input::Unanswered) => self.unanswered(now),
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

/// A recording was switched on between the two questions.
fn wants_consent(body: &Value) -> bool {
    let errors = body["errors"].as_object();
    errors.is_some_and(|errors| errors.keys().any(|key| key.starts_with("consent_")))
}

/// PILOS prints codes in groups of three with hyphens, and takes them without.
fn digits(code: &Private) -> Option<String> {
    let plain: String = code
        .reveal()
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .collect();
    (!plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
}

fn failed(failure: CallFailure) -> Output {
    Output::Say(CallSeen::Failed(failure))
}

#[cfg(test)]
#[path = "pilos_tests.rs"]
mod tests;
