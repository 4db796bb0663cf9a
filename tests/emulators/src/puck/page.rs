//! The button on a page: keys for fingers, the ring as a drawing, and the same as JSON for programs.
//! Shows only what the host said over the line.

use super::model::{Connection, NotSent, Shown};
use super::port::Puck;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::WatchStream;
use wire::{Face, Key, KeyKind, Mic, Ring, Text};

/// What the page and `/state` tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// Whether a host speaks to the button.
    pub connected: bool,
    /// `off`, `breathing`, `sweep`, `red`, `green`, `amber`, `white-double` or `unknown`.
    pub ring: String,
    /// `open`, `closed` or `unknown`.
    pub mic: String,
    /// Minutes that the display counts.
    pub minutes: Option<u16>,
    /// The large words on the display.
    pub headline: String,
    /// The small ones above them.
    pub detail: String,
    /// What a short press of the big key does.
    pub action: String,
    /// What is wrong.
    pub trouble: String,
    /// Number of the picture at `/screen.png`.
    pub screen: u32,
    /// All of it in a sentence.
    pub words: String,
    /// Count of the last key pressed.
    pub count: u16,
    /// Count of the last key that the host took.
    pub heard: Option<u16>,
}

impl From<Shown> for PageState {
    fn from(shown: Shown) -> Self {
        let face = shown.face;
        let text =
            |of: fn(&Face) -> Text| face.map_or(String::new(), |f| of(&f).as_str().to_owned());
        let ring = match (shown.connection, face) {
            (Connection::Host, face) => face.map_or("off", |f| ring_name(f.ring)),
            (Connection::None | Connection::OtherVersion(_), _) => "amber",
        };
        let mic = face.map_or("unknown", |f| mic_name(f.mic));
        PageState {
            connected: shown.connection == Connection::Host,
            ring: ring.to_owned(),
            mic: mic.to_owned(),
            minutes: face.and_then(|f| f.minutes),
            headline: text(|f| f.headline),
            detail: text(|f| f.detail),
            action: text(|f| f.action),
            trouble: text(|f| f.trouble),
            screen: shown.screen,
            words: words(shown, ring, mic),
            count: shown.count,
            heard: shown.heard,
        }
    }
}

fn ring_name(ring: Ring) -> &'static str {
    match ring {
        Ring::Off => "off",
        Ring::Breathing => "breathing",
        Ring::Sweep => "sweep",
        Ring::Red => "red",
        Ring::Green => "green",
        Ring::Amber => "amber",
        Ring::WhiteDouble => "white-double",
        Ring::Other(_) => "unknown",
    }
}

fn mic_name(mic: Mic) -> &'static str {
    match mic {
        Mic::Open => "open",
        Mic::Closed => "closed",
        Mic::Unknown | Mic::Other(_) => "unknown",
    }
}

fn words(shown: Shown, ring: &str, mic: &str) -> String {
    match shown.connection {
        Connection::None => "No connection to the room.".to_owned(),
        Connection::OtherVersion(v) => format!("The room speaks version {v}; update one of us."),
        Connection::Host => format!("Ring {ring}, microphone {mic}."),
    }
}

/// The page at `/`, `/state`, `/screen.png`, `/events` and `/press`.
pub fn router(puck: Arc<Puck>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/state", get(state))
        .route("/screen.png", get(screen))
        .route("/events", get(events))
        .route("/press", post(press))
        .with_state(puck)
}

async fn state(State(puck): State<Arc<Puck>>) -> Json<PageState> {
    Json(puck.shown().into())
}

async fn screen(State(puck): State<Arc<Puck>>) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")];
    (headers, puck.picture().to_vec())
}

async fn events(
    State(puck): State<Arc<Puck>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = WatchStream::new(puck.watch()).map(|shown| {
        let state = PageState::from(shown);
        Ok(Event::default().data(json!(state).to_string()))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// What `/press` is told: which key, and how it is pressed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressed {
    key: KeyName,
    #[serde(default)]
    kind: KindName,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeyName {
    Main,
    Mute,
}

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum KindName {
    #[default]
    Short,
    Long,
}

impl Pressed {
    /// The key.
    pub fn key(&self) -> Key {
        match self.key {
            KeyName::Main => Key::Main,
            KeyName::Mute => Key::Mute,
        }
    }

    /// How it is pressed.
    pub fn kind(&self) -> KeyKind {
        match self.kind {
            KindName::Short => KeyKind::Short,
            KindName::Long => KeyKind::Long,
        }
    }
}

async fn press(State(puck): State<Arc<Puck>>, Json(pressed): Json<Pressed>) -> Response {
    let why = match puck.press(pressed.key(), pressed.kind()).await {
        Ok(count) => return Json(json!({"accepted": true, "count": count})).into_response(),
        Err(NotSent::NoConnection) => "no connection to the room",
        Err(NotSent::TooMany) => "too many presses wait for an answer",
    };
    let refused = json!({"accepted": false, "why": why});
    (StatusCode::CONFLICT, Json(refused)).into_response()
}
