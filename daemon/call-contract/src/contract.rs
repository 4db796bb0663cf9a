//! The words between a contract's machine and its shell: what is asked of a server, what it answered, what follows.
//! Knows no contract and opens no connection.

use crate::route::Consent;
use room_core::event::{CallSeen, PersonNeeded};
use room_core::ids::Private;
use room_core::units::Mono;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How long after "not started" a front end is asked again: what Greenlight's and PILOS's own pages do.
pub const ASK_AGAIN: Duration = Duration::from_secs(30);

/// One conversation with one kind of server. Pure and total.
pub trait Contract: Send + fmt::Debug {
    /// Takes what happened and says what is to be done.
    fn step(&mut self, now: Mono, input: Input) -> Vec<Output>;

    /// When [`Input::Tick`] is to come at the latest.
    fn deadline(&self) -> Option<Mono> {
        None
    }

    /// What is to be said to the server when the room goes away in the middle; the answer does not matter.
    fn farewell(&self) -> Option<Request> {
        None
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// Find out what is harmless to find out.
    Prepare,
    /// Enter.
    Enter,
    /// A person gave this code.
    Passcode(Private),
    /// The server answered the last request.
    Answered(Answer),
    /// It did not, however often it was asked.
    Unanswered,
    /// An event of the stream that is listened to.
    Heard(Heard),
    /// The stream ended or could not be had.
    Deaf,
    /// A deadline is due.
    Tick,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Ask the server; a newer request takes the place of one that is not answered yet.
    Ask(Request),
    /// Listen to a stream of events; a newer one takes the place of an older one.
    Listen(Request),
    /// Report.
    Say(CallSeen),
    /// Done: this link leads into the conference.
    Open(Private),
    /// Done: the page of the invitation goes on, with its link unchanged.
    Page,
    /// The server does not speak this contract.
    NotSpoken,
}

/// A request to a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub verb: Verb,
    /// Where.
    pub url: Url,
    /// Headers beside those that every request has; names in lower case.
    pub headers: Vec<(&'static str, Private)>,
    /// What is sent.
    pub body: Body,
    /// Whether it is asked again when no answer comes.
    pub insist: bool,
}

/// Methods that contracts use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// What is sent with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(Private),
    /// Fields of a form, in order.
    Form(Vec<(String, Private)>),
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "Request({:?} {host})", self.verb)
    }
}

impl Request {
    /// A GET that wants this type of content.
    pub fn get(url: Url, accept: &str) -> Self {
        Self {
            verb: Verb::Get,
            url,
            headers: vec![("accept", Private::new(accept))],
            body: Body::Nothing,
            insist: true,
        }
    }

    /// A POST of JSON that wants JSON.
    pub fn post(url: Url, value: &Value) -> Self {
        Self {
            verb: Verb::Post,
            body: Body::Json(Private::new(value.to_string())),
            ..Self::get(url, JSON)
        }
    }

    /// With one more header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Private::new(value)));
        self
    }

    /// Asked once only.
    pub fn once(mut self) -> Self {
        self.insist = false;
        self
    }
}

/// The content type of JSON, which also has to stand in `Accept` where a server would answer with a page otherwise.
pub const JSON: &str = "application/json";
/// What a browser says that it wants.
pub const HTML: &str = "text/html,application/xhtml+xml";
/// BigBlueButton's API answers with this.
pub const XML: &str = "text/xml";

/// An answer that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// By its content type: a status of 200 says nothing when a page comes instead of JSON.
    pub kind: ContentKind,
    /// Where it redirects to, made absolute.
    pub location: Option<Private>,
    /// Cookies that it sets, by name.
    pub cookies: Vec<(String, Private)>,
    /// The text.
    pub text: Private,
}

/// Types of content that contracts tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    /// JSON.
    Json,
    /// A page.
    Html,
    /// XML.
    Xml,
    /// Anything else, or nothing.
    Other,
}

impl ContentKind {
    /// Reads a `Content-Type`.
    pub fn of(header: &str) -> Self {
        let essence = header.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => Self::Json,
            "text/html" | "application/xhtml+xml" => Self::Html,
            "text/xml" | "application/xml" => Self::Xml,
            _ => Self::Other,
        }
    }
}

impl Answer {
    /// The JSON in it, when it says that it is JSON and is.
    pub fn json(&self) -> Option<Value> {
        match self.kind {
            ContentKind::Json => serde_json::from_str(self.text.reveal()).ok(),
            ContentKind::Html | ContentKind::Xml | ContentKind::Other => None,
        }
    }

    /// Whether it is a page.
    pub fn is_page(&self) -> bool {
        self.kind == ContentKind::Html
    }
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub data: Private,
}

/// Who wants to enter where.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The link of the invitation.
    pub link: Url,
    /// The room's name in the conference.
    pub name: String,
    /// The code of the invitation.
    pub code: Option<Private>,
    /// Whether the operator agreed to recordings beforehand.
    pub consent: Consent,
}

impl Visitor {
    /// The value of a parameter of the link; an empty one is none.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let found = self.link.query_pairs().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    }
}

/// The way in; what the operator agreed to beforehand counts from here on, and is told.
pub(crate) fn opens(link: Private, agreed: bool) -> Vec<Output> {
    let told = agreed.then_some(Output::Say(CallSeen::Agreed(
        room_core::hand::Consent::Recording,
    )));
    told.into_iter().chain([Output::Open(link)]).collect()
}

/// A person has to go on, and finds the page of the invitation to do so.
pub(crate) fn person(needed: PersonNeeded) -> Vec<Output> {
    vec![Output::Say(CallSeen::PersonNeeded(needed)), Output::Page]
}

#[cfg(test)]
pub(crate) mod testing {
    //! Answers for the machines' tests.

    use super::*;

    pub fn json(status: u16, value: Value) -> Input {
        Input::Answered(Answer {
            status,
            kind: ContentKind::Json,
            location: None,
            cookies: Vec::new(),
            text: Private::new(value.to_string()),
        })
    }

    pub fn page(status: u16, text: &str) -> Input {
        Input::Answered(Answer {
            status,
            kind: ContentKind::Html,
            location: None,
            cookies: Vec::new(),
            text: Private::new(text),
        })
    }

    pub fn xml(text: &str) -> Input {
        Input::Answered(Answer {
            status: 200,
            kind: ContentKind::Xml,
            location: None,
            cookies: Vec::new(),
            text: Private::new(text),
        })
    }

    pub fn redirect(to: &str) -> Input {
        Input::Answered(Answer {
            status: 302,
            kind: ContentKind::Html,
            location: Some(Private::new(to)),
            cookies: Vec::new(),
            text: Private::new(""),
        })
    }

    pub fn visitor(link: &str) -> Visitor {
        Visitor {
            link: Url::parse(link).unwrap(),
            name: "Saal 2".into(),
            code: None,
            consent: Consent::Ask,
        }
    }

    /// The one request among the outputs.
    pub fn asked(outputs: &[Output]) -> &Request {
        match outputs {
            [Output::Ask(request)] => request,
            [_, Output::Ask(request)] => request,
            other => panic!("one request was expected, not {other:?}"),
        }
    }

    pub fn sent(request: &Request) -> Value {
        match &request.body {
            Body::Json(text) => serde_json::from_str(text.reveal()).unwrap(),
            other => panic!("JSON was expected, not {other:?}"),
        }
    }

    pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        let found = request.headers.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.reveal())
    }
}
