//! Pexip Infinity's client REST API v2, for what a room needs to know before its page is there: PIN, role, whether the
//! host has started, why it is refused. Pure; knows no HTTP.
//!
//! The token that the API gives makes a participant in everybody's list. So it is asked for on [`Input::Enter`] only,
//! kept no longer than the room waits for a host, and given back before the page is opened: a token kept beside the
//! page would show the room twice, and a conference with the room alone in it would never look empty.
//! What happens in the call is then seen in the page.
//!
//! Invariant: the token is given back before the page is opened.

mod codes;
mod link;

pub use codes::{Meaning, Reason};
pub use link::{Guest, PexipLink};

use crate::contract::{Answer, Contract, Heard, Input, JSON, Output, Request, Visitor, person};
use room_core::event::{CallSeen, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::units::Mono;
use serde_json::{Value, json};
use std::time::Duration;

/// The stream of events is asked for again after pauses that double between these, so often in a row at most: what the
/// vendor's client does.
const DEAF_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
const DEAF_TRIES: u32 = 8;
/// Giving the token back may take so long; then the page is opened all the same.
const RELEASE: Duration = Duration::from_secs(2);
/// A token that the node does not know is asked for anew so often.
const MAY_RENEW: u8 = 2;

/// A conversation.
#[derive(Debug)]
pub(crate) struct Pexip {
    visitor: Visitor,
    link: PexipLink,
    stage: Stage,
    code: Option<Private>,
    /// The PIN of the last request.
    given: Given,
    token: Option<Token>,
    deaf: u32,
    renewed: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    /// The node is asked whether it is at work.
    Probing,
    Requesting,
    /// Held until the host starts; the token is refreshed then.
    Waiting {
        refresh: Mono,
        listen: Option<Mono>,
    },
    Releasing(Mono),
    NeedsCode,
    Over,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Nothing,
    /// As a guest, who needs no PIN.
    AsGuest,
    Pin(Private),
}

#[derive(Debug, Clone)]
struct Token {
    token: Private,
    me: String,
    lasts: Duration,
}

impl Pexip {
    /// `None` when the link names no conference.
    pub fn new(visitor: Visitor) -> Option<Self> {
        let link = PexipLink::parse(&visitor.link)?;
        let known = visitor.code.as_ref().or(link.pin());
        let code = known.and_then(pin_of);
        Some(Self {
            visitor,
            link,
            stage: Stage::Idle,
            code,
            given: Given::Nothing,
            token: None,
            deaf: 0,
            renewed: 0,
        })
    }

    fn probe(&mut self) -> Vec<Output> {
        self.stage = Stage::Probing;
        vec![Output::Ask(Request::get(self.link.node_status(), JSON))]
    }

    /// A node in maintenance may be back by the time of the meeting.
    fn probed(&mut self, answer: &Answer) -> Vec<Output> {
        let ours = matches!(answer.status, 200 | 503) && answer.json().is_some();
        if ours {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        self.over(vec![Output::NotSpoken])
    }

    fn request(&mut self, given: Given) -> Vec<Output> {
        self.stage = Stage::Requesting;
        let body = json!({ "display_name": self.visitor.name });
        let request = Request::post(self.link.endpoint("request_token"), &body);
        let request = match &given {
            Given::Nothing => request,
            Given::AsGuest => request.with("pin", "none"),
            Given::Pin(pin) => request.with("pin", pin.reveal()),
        };
        self.given = given;
        vec![Output::Ask(request)]
    }

    fn requested(&mut self, now: Mono, answer: &Answer) -> Vec<Output> {
        let Some(body) = answer.json() else {
            return self.over(vec![Output::NotSpoken]);
        };
        let result = &body["result"];
        match (answer.status, result) {
            (200, Value::Object(_)) => self.token(now, result),
            (403, Value::Object(_)) => self.asks(result),
            (_, Value::String(text)) => self.refused(Reason::of(text)),
            (529, _) => self.over(vec![failed(CallFailure::Full)]),
            (404, _) if body["status"] == "failed" => {
                self.over(vec![failed(CallFailure::NotFound)])
            }
            (500.., _) => self.over(vec![failed(CallFailure::Unreachable)]),
            _ => self.over(vec![Output::NotSpoken]),
        }
    }

    /// What the node wants before it gives a token.
    fn asks(&mut self, result: &Value) -> Vec<Output> {
        let required = |key: &str| result[key] == "required";
        if result["idp"].is_array() || result["redirect_url"].is_string() {
            return self.over(person(PersonNeeded::Login));
        }
        if required("conference_extension") {
            // A virtual reception: where to go on from there is for a person to say.
            return self.over(vec![Output::Page]);
        }
        match (self.code.take(), self.given.clone()) {
            (Some(code), Given::Nothing) => self.request(Given::Pin(code)),
            (None, Given::Nothing) if required("pin") && !required("guest_pin") => {
                self.request(Given::AsGuest)
            }
            (_, Given::Pin(_)) => self.ask_for_code(true),
            (_, Given::Nothing | Given::AsGuest) => self.ask_for_code(false),
        }
    }

    fn refused(&mut self, reason: Reason) -> Vec<Output> {
        match reason.meaning() {
            Meaning::WrongPin => self.ask_for_code(matches!(self.given, Given::Pin(_))),
            Meaning::Renew if self.renewed < MAY_RENEW => {
                self.renewed += 1;
                self.token = None;
                let given = self.given.clone();
                self.request(given)
            }
            Meaning::Renew => self.over(vec![failed(CallFailure::ConnectionLost)]),
            Meaning::Person(needed) => self.over(person(needed)),
            Meaning::Page => self.over(vec![Output::Page]),
            Meaning::Over(reason) => self.over(vec![Output::Say(CallSeen::Over(reason))]),
            Meaning::Failed(failure) => self.over(vec![failed(failure)]),
        }
    }

    fn ask_for_code(&mut self, rejected: bool) -> Vec<Output> {
        self.stage = Stage::NeedsCode;
        vec![Output::Say(CallSeen::PasscodeAsked { rejected })]
    }

    fn token(&mut self, now: Mono, result: &Value) -> Vec<Output> {
        let text = |key: &str| result[key].as_str().unwrap_or_default().to_owned();
        let lasts = text("expires").parse().unwrap_or(120).clamp(3, 3600);
        self.token = Some(Token {
            token: Private::new(text("token")),
            me: text("participant_uuid"),
            lasts: Duration::from_secs(lasts),
        });
        if result["current_service_type"] != "waiting_room" {
            return self.release(now);
        }
        // Either the host is not there yet, or the conference is locked: the first event tells, and the page knocks.
        let refresh = now.plus(Duration::from_secs(lasts) / 3);
        self.stage = Stage::Waiting {
            refresh,
            listen: None,
        };
        let mut outputs = vec![Output::Say(CallSeen::Waiting(WaitingFor::Host))];
        outputs.extend(self.listen());
        outputs
    }

    fn listen(&mut self) -> Vec<Output> {
        let request = Request::get(self.link.endpoint("events"), "text/event-stream");
        self.tokened(request)
            .map(Output::Listen)
            .into_iter()
            .collect()
    }

    fn tokened(&self, request: Request) -> Option<Request> {
        let token = self.token.as_ref()?;
        Some(request.with("token", token.token.reveal()))
    }

    fn heard(&mut self, now: Mono, heard: &Heard) -> Vec<Output> {
        self.deaf = 0;
        let data: Value = serde_json::from_str(heard.data.reveal()).unwrap_or_default();
        match heard.name.as_str() {
            "conference_update" if data["started"] == true => self.release(now),
            "participant_create" | "participant_update" if self.is_inside(&data) => {
                self.release(now)
            }
            "disconnect" => {
                self.token = None;
                self.refused(Reason::of(data["reason"].as_str().unwrap_or_default()))
            }
            _ => Vec::new(),
        }
    }

    fn is_inside(&self, participant: &Value) -> bool {
        let me = self
            .token
            .as_ref()
            .is_some_and(|token| participant["uuid"] == *token.me);
        let service = participant["service_type"].as_str().unwrap_or_default();
        me && matches!(service, "conference" | "lecture" | "gateway")
    }

    fn deaf(&mut self, now: Mono, refresh: Mono) -> Vec<Output> {
        if self.deaf >= DEAF_TRIES {
            return self.release(now);
        }
        let pause = DEAF_PAUSES
            .0
            .saturating_mul(1 << self.deaf)
            .min(DEAF_PAUSES.1);
        self.deaf += 1;
        let listen = Some(now.plus(pause));
        self.stage = Stage::Waiting { refresh, listen };
        Vec::new()
    }

    fn waited(&mut self, now: Mono, refresh: Mono, listen: Option<Mono>) -> Vec<Output> {
        if listen.is_some_and(|at| now >= at) {
            self.stage = Stage::Waiting {
                refresh,
                listen: None,
            };
            return self.listen();
        }
        if now < refresh {
            return Vec::new();
        }
        let third = self.token.as_ref().map_or(RELEASE, |token| token.lasts / 3);
        let refresh = now.plus(third);
        self.stage = Stage::Waiting { refresh, listen };
        let request = Request::post(self.link.endpoint("refresh_token"), &json!({}));
        self.tokened(request).map(Output::Ask).into_iter().collect()
    }

    fn refreshed(&mut self, answer: &Answer) -> Vec<Output> {
        let body = answer.json().unwrap_or_default();
        match (
            answer.status,
            body["result"]["token"].as_str(),
            &mut self.token,
        ) {
            (200, Some(fresh), Some(token)) => {
                token.token = Private::new(fresh);
                Vec::new()
            }
            (403, _, _) => self.refused(Reason::InvalidToken),
            // The next third of its time gives it another chance.
            _ => Vec::new(),
        }
    }

    fn release(&mut self, now: Mono) -> Vec<Output> {
        self.stage = Stage::Releasing(now.plus(RELEASE));
        self.farewell().map(Output::Ask).into_iter().collect()
    }

    fn open(&mut self) -> Vec<Output> {
        self.token = None;
        let pin = match &self.given {
            Given::Pin(pin) => Some(pin.clone()),
            Given::Nothing | Given::AsGuest => None,
        };
        let guest = Guest {
            name: self.visitor.name.clone(),
            as_guest: self.given == Given::AsGuest,
            pin,
        };
        let link = self.link.dressed(&guest);
        self.over(vec![Output::Open(link)])
    }

    fn over(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        self.stage = Stage::Over;
        outputs
    }
}

impl Contract for Pexip {
    fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        match (self.stage, input) {
            (Stage::Over, _) => Vec::new(),
            (_, Input::Prepare) => self.probe(),
            (_, Input::Enter) => self.request(Given::Nothing),
            (Stage::NeedsCode, Input::Passcode(code)) => match pin_of(&code) {
                Some(pin) => self.request(Given::Pin(pin)),
                None => self.ask_for_code(true),
            },
            (Stage::Probing, Input::Answered(answer)) => self.probed(&answer),
            (Stage::Requesting, Input::Answered(answer)) => self.requested(now, &answer),
            (Stage::Waiting { .. }, Input::Answered(answer)) => self.refreshed(&answer),
            (Stage::Waiting { .. }, Input::Heard(heard)) => self.heard(now, &heard),
            (Stage::Waiting { refresh, .. }, Input::Deaf) => self.deaf(now, refresh),
            (Stage::Waiting { refresh, listen }, Input::Tick) => self.waited(now, refresh, listen),
            (Stage::Waiting { .. }, Input::Unanswered) => Vec::new(),
            (Stage::Releasing(_), Input::Answered(_) | Input::Unanswered) => self.open(),
            (Stage::Releasing(by), Input::Tick) if now >= by => self.open(),
            (_, Input::Unanswered) => self.over(vec![failed(CallFailure::Unreachable)]),
            _ => Vec::new(),
        }
    }

    fn deadline(&self) -> Option<Mono> {
        match self.stage {
            Stage::Waiting { refresh, listen } => listen.into_iter().chain([refresh]).min(),
            Stage::Releasing(by) => Some(by),
            _ => None,
        }
    }

    fn farewell(&self) -> Option<Request> {
        let request = Request::post(self.link.endpoint("release_token"), &json!({}));
        self.tokened(request).map(Request::once)
    }
}

/// PINs are digits, with a hash at the end where the operator wants it so; people write them in groups.
fn pin_of(code: &Private) -> Option<Private> {
    let plain: String = code
        .reveal()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    let digits = plain.strip_suffix('#').unwrap_or(&plain);
    let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Private::new(plain))
}

fn failed(failure: CallFailure) -> Output {
    Output::Say(CallSeen::Failed(failure))
}

#[cfg(test)]
mod tests;
