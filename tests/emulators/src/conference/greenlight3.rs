//! Greenlight 3's JSON interface as its own client uses it (3.8): forgery protection by cookie and token, the page
//! instead of JSON for whoever does not ask for JSON, codes, accounts, and a status that starts the meeting.

use super::Served;
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the one room.
pub const ROOM: &str = "abc-def-ghi-jkl";
const SESSION: &str = "_greenlight-3_0_session";

/// How the room is set, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// `glViewerAccessCode`.
    pub viewer_code: Option<String>,
    /// `glModeratorAccessCode`.
    pub moderator_code: Option<String>,
    /// `glAnyoneJoinAsModerator`.
    pub anyone_moderates: bool,
    /// `glRequireAuthentication`.
    pub accounts_only: bool,
    /// `glAnyoneCanStart`.
    pub anyone_starts: bool,
    /// `record`.
    pub records: bool,
    /// Whether the meeting runs.
    pub running: bool,
    /// Where a visitor is sent.
    pub join_url: String,
    /// Names and roles of those who were sent there.
    pub joined: Vec<(String, &'static str)>,
}

/// A running Greenlight.
#[derive(Debug)]
pub struct Greenlight3 {
    /// Its server.
    pub served: Served,
    room: Arc<Mutex<Room>>,
}

type Shared = State<Arc<Mutex<Room>>>;

impl Greenlight3 {
    /// Starts one with this room.
    ///
    /// # Errors
    /// When it finds no port.
    pub async fn start(room: Room) -> Result<Self> {
        let room = Arc::new(Mutex::new(room));
        let router = Router::new()
            .route("/api/v1/rooms/{id}/public.json", get(public))
            .route("/api/v1/meetings/{id}/status.json", post(status))
            .fallback(page)
            .with_state(Arc::clone(&room));
        let served = Served::start(router).await?;
        Ok(Self { served, room })
    }

    /// The link of the room.
    pub fn link(&self) -> String {
        self.served.url(&format!("/rooms/{ROOM}/join"))
    }

    /// The room, to look at or change.
    pub fn room(&self) -> MutexGuard<'_, Room> {
        lock(&self.room)
    }
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The application that draws everything itself; also what comes where JSON was not asked for.
async fn page() -> Response {
    let body = "<!DOCTYPE html><html><head><title>BigBlueButton</title>\
        <meta name=\"csrf-param\" content=\"authenticity_token\">\
        <meta name=\"csrf-token\" content=\"token-of-session-1\"></head><body><div id=\"root\"></div></body></html>";
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (
            SET_COOKIE,
            format!("{SESSION}=session-1; path=/; HttpOnly; SameSite=Lax"),
        ),
    ];
    (headers, body).into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn error(status: StatusCode, errors: Value) -> Response {
    (status, axum::Json(json!({ "errors": errors }))).into_response()
}

fn said(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

async fn public(State(room): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !wants_json(&headers) {
        return page().await;
    }
    if id != ROOM {
        return error(StatusCode::NOT_FOUND, json!(["RecordNotFound"]));
    }
    let room = lock(&room);
    let data = json!({
        "id": "0b9c5a5e", "name": "Rat der Stadt", "friendly_id": ROOM,
        "recording_consent": said(room.records), "require_authentication": said(room.accounts_only),
        "viewer_access_code": room.viewer_code.is_some(), "moderator_access_code": room.moderator_code.is_some(),
        "anyone_join_as_moderator": said(room.anyone_moderates), "owner_name": "Ratsbüro", "owner_id": "1",
        "owner_avatar": "/a.png", "shared_user_ids": [],
    });
    axum::Json(json!({ "data": data, "meta": {} })).into_response()
}

async fn status(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    if !wants_json(&headers) {
        return page().await;
    }
    let cookie = headers
        .get(COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok());
    if !cookie.contains(&format!("{SESSION}=session-1")) || token != Some("token-of-session-1") {
        return error(StatusCode::INTERNAL_SERVER_ERROR, json!(["ServerError"]));
    }
    if id != ROOM {
        return error(StatusCode::NOT_FOUND, json!(["RecordNotFound"]));
    }
    let sent: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |key: &str| sent[key].as_str().unwrap_or_default().to_owned();
    let (name, code) = (text("name"), text("access_code"));
    let mut room = lock(&room);
    if room.accounts_only {
        return error(StatusCode::UNAUTHORIZED, json!([]));
    }
    let Some(role) = room.role(&code) else {
        return error(StatusCode::FORBIDDEN, json!([]));
    };
    if room.anyone_starts || fits(&room.moderator_code, &code) {
        room.running = true;
    }
    let mut data = json!({ "status": room.running });
    if room.running {
        data["joinUrl"] = room.join_url.clone().into();
        room.joined.push((name, role));
    }
    axum::Json(json!({ "data": data })).into_response()
}

fn fits(set: &Option<String>, given: &str) -> bool {
    set.as_deref()
        .is_some_and(|set| !given.is_empty() && set == given)
}

impl Room {
    /// As Greenlight infers it.
    fn role(&self, code: &str) -> Option<&'static str> {
        let (viewer, moderator) = (
            fits(&self.viewer_code, code),
            fits(&self.moderator_code, code),
        );
        let open = self.viewer_code.is_none() && self.moderator_code.is_none();
        if moderator || (self.anyone_moderates && (open || viewer)) {
            return Some("Moderator");
        }
        let as_viewer = viewer || (self.viewer_code.is_none() && code.is_empty());
        (as_viewer && !self.anyone_moderates).then_some("Viewer")
    }
}
