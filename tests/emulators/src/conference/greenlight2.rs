//! Greenlight 2's pages, as far as its forms go: a form for the code, a form for the name, the page that waits, and the
//! front door for people without an account. Written by us, with the names that its forms have.

use super::Served;
use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the one room.
pub const ROOM: &str = "max-abc-def-ghi";
const SESSION: &str = "_greenlight_session";
const TOKEN: &str = "token-2";

/// How the room is set, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// The code of everybody.
    pub code: Option<String>,
    /// Only people with an account may join.
    pub accounts_only: bool,
    /// Anybody starts the meeting by joining.
    pub anyone_starts: bool,
    /// Visitors must agree to a recording.
    pub records: bool,
    /// Whether the meeting runs.
    pub running: bool,
    /// Where a visitor is sent.
    pub join_url: String,
    /// Names of those who were sent there.
    pub joined: Vec<String>,
    /// The code that the one session was given.
    pub given: Option<String>,
}

/// A running Greenlight.
#[derive(Debug)]
pub struct Greenlight2 {
    /// Its server.
    pub served: Served,
    room: Arc<Mutex<Room>>,
}

type Shared = State<Arc<Mutex<Room>>>;

impl Greenlight2 {
    /// Starts one with this room.
    ///
    /// # Errors
    /// When it finds no port.
    pub async fn start(room: Room) -> Result<Self> {
        let room = Arc::new(Mutex::new(room));
        let router = Router::new()
            .route("/b/{id}", get(show).post(join))
            .route("/b/{id}/login", post(login))
            .with_state(Arc::clone(&room));
        let served = Served::start(router).await?;
        Ok(Self { served, room })
    }

    /// The link of the room.
    pub fn link(&self) -> String {
        self.served.url(&format!("/b/{ROOM}"))
    }

    /// The room, to look at or change.
    pub fn room(&self) -> MutexGuard<'_, Room> {
        lock(&self.room)
    }
}

fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

fn html(inside: &str) -> Response {
    let body = format!(
        "<!DOCTYPE html><html><head><meta name=\"csrf-token\" content=\"{TOKEN}\">\
         <script>window.GreenLight = {{}}; var trap = \"<form><input name='x[join_name]'></form>\";</script></head>\
         <body class=\"app-background\" data-controller=\"rooms\" data-action=\"show\">{inside}</body></html>"
    );
    let cookie = format!("{SESSION}=session-2; path=/; HttpOnly");
    (
        [
            (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (SET_COOKIE, cookie),
        ],
        body,
    )
        .into_response()
}

fn redirect(to: &str) -> Response {
    (
        StatusCode::FOUND,
        [
            (LOCATION, to.to_owned()),
            (CONTENT_TYPE, "text/html".to_owned()),
        ],
        "",
    )
        .into_response()
}

fn hidden() -> String {
    format!("<input type=\"hidden\" name=\"authenticity_token\" value=\"{TOKEN}\">")
}

impl Room {
    fn admits(&self) -> bool {
        self.code.is_none() || self.code == self.given
    }
}

async fn show(State(room): Shared, Path(id): Path<String>) -> Response {
    if id != ROOM {
        return StatusCode::NOT_FOUND.into_response();
    }
    let room = lock(&room);
    if room.accounts_only {
        return html("<h2>Bitte melden Sie sich an.</h2>");
    }
    if !room.admits() {
        return html(&format!(
            "<form action=\"/b/{ROOM}/login\" accept-charset=\"UTF-8\" method=\"post\">{}\
             <input required maxlength=\"26\" type=\"text\" value=\"\" name=\"room[access_code]\" id=\"room_access_code\">\
             <button type=\"submit\">Weiter</button></form>",
            hidden()
        ));
    }
    let consent = match room.records {
        true => "<input id=\"joiner-consent\" type=\"checkbox\" required>",
        false => "",
    };
    html(&format!(
        "<form action=\"/b/{ROOM}\" accept-charset=\"UTF-8\" method=\"post\">{}\
         <input type=\"hidden\" name=\"/b/{ROOM}[search]\" id=\"_b_search\">\
         <input required maxlength=\"99\" type=\"text\" value=\"\" name=\"/b/{ROOM}[join_name]\" id=\"_b_{ROOM}_join_name\">\
         <button id=\"room-join\" type=\"submit\">Teilnehmen</button>{consent}</form>",
        hidden()
    ))
}

/// The fields of a form that a browser with our session sent.
fn fields(headers: &HeaderMap, body: &Bytes) -> Option<BTreeMap<String, String>> {
    let cookie = headers.get(COOKIE)?.to_str().ok()?;
    let form = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let fields: BTreeMap<String, String> = serde_urlencoded(body);
    let ours = cookie.contains(&format!("{SESSION}=session-2"))
        && form == "application/x-www-form-urlencoded";
    (ours && fields.get("authenticity_token").map(String::as_str) == Some(TOKEN)).then_some(fields)
}

fn serde_urlencoded(body: &Bytes) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body).into_owned();
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

async fn login(State(room): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let Some(fields) = fields(&headers, &body) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    lock(&room).given = fields.get("room[access_code]").cloned();
    redirect(&format!("/b/{ROOM}"))
}

async fn join(State(room): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let Some(fields) = fields(&headers, &body) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let mut room = lock(&room);
    if room.accounts_only {
        return redirect("/b/");
    }
    let Some(name) = fields
        .get(&format!("/b/{ROOM}[join_name]"))
        .filter(|_| room.admits())
    else {
        return redirect(&format!("/b/{ROOM}"));
    };
    room.running |= room.anyone_starts;
    if !room.running {
        return html("<h3>Die Konferenz hat noch nicht begonnen.</h3>");
    }
    let name = name.clone();
    room.joined.push(name);
    redirect(&room.join_url.clone())
}
