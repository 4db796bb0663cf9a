//! The chip's button on a page: its display, its ring, and two keys for fingers; the same as JSON for programs, in the form
//! of the emulated button's, so that whoever drives one drives both.

use crate::button::{ChipButton, Seen};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use emulators::puck::Pressed;
use serde_json::{Value, json};
use std::sync::Arc;

/// The page at `/`, `/state`, `/screen.png` and `/press`.
pub fn router(button: Arc<ChipButton>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/state", get(state))
        .route("/screen.png", get(screen))
        .route("/press", post(press))
        .with_state(button)
}

async fn state(State(button): State<Arc<ChipButton>>) -> Json<Value> {
    Json(told(&button.seen()))
}

/// What is seen of ring and line. Words on the display are a picture and are not read here.
fn told(seen: &Seen) -> Value {
    let ring = seen.ring_word();
    let mic = match ring {
        "green" => "open",
        "red" => "closed",
        _ => "unknown",
    };
    let lights: Vec<String> = seen.ring.iter().map(hex::encode).collect();
    json!({
        "connected": seen.connected(),
        "ring": ring,
        "mic": mic,
        "minutes": null,
        "headline": "",
        "detail": "",
        "action": "",
        "trouble": "",
        "screen": seen.drawn,
        "words": format!("Ring {ring}, {} host.", if seen.connected() { "with a" } else { "no" }),
        "count": seen.count,
        "heard": seen.heard,
        "lights": lights,
    })
}

async fn screen(State(button): State<Arc<ChipButton>>) -> Response {
    let head = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (head, button.seen().screen).into_response()
}

async fn press(State(button): State<Arc<ChipButton>>, Json(pressed): Json<Pressed>) -> Response {
    match button.press(pressed.key(), pressed.kind()).await {
        Ok(()) => Json(json!({"accepted": true})).into_response(),
        Err(error) => {
            let refused = json!({"accepted": false, "why": format!("{error:#}")});
            (StatusCode::CONFLICT, Json(refused)).into_response()
        }
    }
}
