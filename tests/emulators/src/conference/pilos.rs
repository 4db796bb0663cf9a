//! PILOS's JSON interface for visitors (version 4): codes of digits, personal tokens, guests, its own status numbers, and
//! Laravel's protection against forgery for whoever comes with a referrer.

use super::Served;
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{COOKIE, REFERER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the one room.
pub const ROOM: &str = "abc-def-123";
/// A personal token of it.
pub const TOKEN: &str = "tokentokentokentokentoken";

/// How the room is set, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// Nine digits.
    pub code: Option<String>,
    /// Only people with an account may enter.
    pub accounts_only: bool,
    /// Anybody may start the meeting.
    pub anyone_starts: bool,
    /// It is recorded.
    pub records: bool,
    /// Whether the meeting runs.
    pub running: bool,
    /// Where a visitor is sent.
    pub join_url: String,
    /// Names of those who were sent there; `None` by a personal token.
    pub joined: Vec<Option<String>>,
}

/// A running PILOS.
#[derive(Debug)]
pub struct Pilos {
    /// Its server.
    pub served: Served,
    room: Arc<Mutex<Room>>,
}

type Shared = State<Arc<Mutex<Room>>>;

impl Pilos {
    /// Starts one with this room.
    ///
    /// # Errors
    /// When it finds no port.
    pub async fn start(room: Room) -> Result<Self> {
        let room = Arc::new(Mutex::new(room));
        let router = Router::new()
            .route("/api/v1/rooms/{id}", get(show))
            .route("/api/v1/rooms/{id}/join", post(join))
            .route("/api/v1/rooms/{id}/start", post(start))
            .fallback(|| async { refusal(404, "The route could not be found.") })
            .with_state(Arc::clone(&room));
        let served = Served::start(router).await?;
        Ok(Self { served, room })
    }

    /// The link of the room.
    pub fn link(&self) -> String {
        self.served.url(&format!("/rooms/{ROOM}"))
    }

    /// The room, to look at or change.
    pub fn room(&self) -> MutexGuard<'_, Room> {
        lock(&self.room)
    }
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(json!({ "message": message }))).into_response()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Status and message.
type Refusal = (u16, &'static str);

/// Who is it? `Ok(false)`: nobody that was let in, where that may be.
fn authenticated(room: &Room, id: &str, headers: &HeaderMap) -> Result<bool, Refusal> {
    if id != ROOM {
        return Err((404, "No query results for model [App\\Models\\Room]."));
    }
    if let Some(token) = header(headers, "token") {
        return if token == TOKEN {
            Ok(true)
        } else {
            Err((401, "invalid_token"))
        };
    }
    if room.accounts_only {
        return Err((403, "guests_not_allowed"));
    }
    match (header(headers, "access-code"), &room.code) {
        (Some(given), Some(code)) if given == code => Ok(true),
        (Some(_), _) => Err((401, "invalid_code")),
        (None, code) => Ok(code.is_none()),
    }
}

async fn show(State(room): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let room = lock(&room);
    let authenticated = match authenticated(&room, &id, &headers) {
        Ok(authenticated) => authenticated,
        Err((status, message)) => return refusal(status, message),
    };
    let meeting = room
        .running
        .then(|| json!({ "start": "2026-01-01T10:00:00Z", "end": null, "detached": null }));
    let data = json!({
        "id": ROOM, "name": "Rat der Stadt", "owner": { "id": 1, "name": "Ratsbüro" }, "last_meeting": meeting,
        "authenticated": authenticated, "allow_membership": false, "can_start": room.anyone_starts,
        "record_attendance": false, "record": room.records, "current_user": null,
    });
    let cookies = [
        (SET_COOKIE, "XSRF-TOKEN=xsrf%3D; path=/; SameSite=lax"),
        (SET_COOKIE, "pilos_session=session-4; path=/; HttpOnly"),
    ];
    let mut answer = axum::Json(json!({ "data": data })).into_response();
    for (name, value) in cookies {
        answer
            .headers_mut()
            .append(name, axum::http::HeaderValue::from_static(value));
    }
    answer
}

/// Who wants to enter, and how.
struct Visit {
    id: String,
    headers: HeaderMap,
    body: String,
    starts: bool,
}

async fn join(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let visit = Visit {
        id,
        headers,
        body,
        starts: false,
    };
    enter(&room, &visit)
}

async fn start(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let visit = Visit {
        id,
        headers,
        body,
        starts: true,
    };
    enter(&room, &visit)
}

fn enter(room: &Mutex<Room>, visit: &Visit) -> Response {
    let Visit {
        id,
        headers,
        body,
        starts,
    } = visit;
    let session = header(headers, COOKIE.as_str())
        .is_some_and(|cookie| cookie.contains("pilos_session=session-4"));
    let forged = header(headers, "x-xsrf-token") != Some("xsrf=") || !session;
    if header(headers, REFERER.as_str()).is_some() && forged {
        return refusal(419, "CSRF token mismatch.");
    }
    let mut room = lock(room);
    match authenticated(&room, id, headers) {
        Ok(true) => {}
        Ok(false) => return refusal(403, "require_code"),
        Err((status, message)) => return refusal(status, message),
    }
    let sent: Value = serde_json::from_str(body).unwrap_or_default();
    let name = sent["name"].as_str().map(str::to_owned);
    let personal = header(headers, "token").is_some();
    if !personal
        && name
            .as_ref()
            .is_none_or(|name| name.chars().count() < 2 || name.chars().count() > 50)
    {
        return invalid("name");
    }
    if sent["consent_record_attendance"].is_null() || sent["consent_record_video"].is_null() {
        return invalid("consent_record_attendance");
    }
    if room.records && sent["consent_record"] != true {
        return invalid("consent_record");
    }
    match (starts, room.running) {
        (true, true) => return refusal(474, "The room is running already."),
        (true, false) if !room.anyone_starts => {
            return refusal(403, "This action is unauthorized.");
        }
        (true, false) => room.running = true,
        (false, false) => return refusal(460, "Joining has failed as it is currently closed."),
        (false, true) => {}
    }
    room.joined.push(name.filter(|_| !personal));
    axum::Json(json!({ "url": room.join_url })).into_response()
}

fn invalid(key: &str) -> Response {
    let errors = json!({ key: ["no"] });
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        axum::Json(json!({ "message": "no", "errors": errors })),
    )
        .into_response()
}
