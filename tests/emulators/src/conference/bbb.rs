//! BigBlueButton's API for one meeting: checksums over the query as it came, by whichever algorithm is allowed, and XML.

use super::Served;
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the server is set, and how its meeting stands.
#[derive(Debug, Clone, Default)]
pub struct Server {
    /// The shared secret.
    pub secret: String,
    /// Digits of the checksums that are accepted: 40, 64, 96 or 128.
    pub digits: Vec<usize>,
    /// The meeting, once somebody created it.
    pub meeting: Option<Meeting>,
    /// What visitors came with.
    pub joined: Vec<BTreeMap<String, String>>,
}

/// A meeting.
#[derive(Debug, Clone, Default)]
pub struct Meeting {
    /// Its name for the API.
    pub id: String,
    /// When it was created.
    pub create_time: u64,
    /// Somebody ended it.
    pub forcibly_ended: bool,
    /// People in it.
    pub people: u32,
    /// Most people; 0: any number.
    pub most: u32,
}

/// A running server.
#[derive(Debug)]
pub struct Bbb {
    /// Its HTTP.
    pub served: Served,
    server: Arc<Mutex<Server>>,
}

impl Bbb {
    /// Starts one.
    ///
    /// # Errors
    /// When it finds no port.
    pub async fn start(server: Server) -> Result<Self> {
        let server = Arc::new(Mutex::new(server));
        let router = Router::new()
            .route("/bigbluebutton/api/{call}", get(api))
            .with_state(Arc::clone(&server));
        let served = Served::start(router).await?;
        Ok(Self { served, server })
    }

    /// The API's address, with a slash at the end.
    pub fn api(&self) -> String {
        self.served.url("/bigbluebutton/api/")
    }

    /// The server, to look at or change.
    pub fn server(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }
}

fn lock(server: &Mutex<Server>) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

fn xml(inside: &str) -> Response {
    (
        [(CONTENT_TYPE, "text/xml;charset=utf-8")],
        format!("<response>{inside}</response>"),
    )
        .into_response()
}

fn refusal(key: &str) -> Response {
    xml(&format!(
        "<returncode>FAILED</returncode><messageKey>{key}</messageKey><message>no</message>"
    ))
}

impl Server {
    /// Whether the checksum is that of the call and of the query before it.
    fn signed(&self, call: &str, query: &str) -> bool {
        let Some((before, sum)) = query
            .rsplit_once("&checksum=")
            .or(query.strip_prefix("checksum=").map(|sum| ("", sum)))
        else {
            return false;
        };
        let text = format!("{call}{before}{}", self.secret);
        let right = match sum.len() {
            40 => hex::encode(Sha1::digest(&text)),
            64 => hex::encode(Sha256::digest(&text)),
            96 => hex::encode(Sha384::digest(&text)),
            128 => hex::encode(Sha512::digest(&text)),
            _ => return false,
        };
        self.digits.contains(&sum.len()) && right == sum
    }
}

async fn api(
    State(server): State<Arc<Mutex<Server>>>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let mut server = lock(&server);
    if !server.signed(&call, &query) {
        return refusal("checksumError");
    }
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let asked = fields.get("meetingID").cloned().unwrap_or_default();
    let Some(meeting) = server.meeting.clone().filter(|meeting| meeting.id == asked) else {
        return refusal("notFound");
    };
    match call.as_str() {
        "isMeetingRunning" => xml("<returncode>SUCCESS</returncode><running>true</running>"),
        "getMeetingInfo" => xml(&info(&meeting)),
        "join" => {
            let created = meeting.create_time.to_string();
            if fields
                .get("createTime")
                .is_some_and(|time| *time != created)
            {
                return refusal("mismatchCreateTimeParam");
            }
            if meeting.forcibly_ended {
                return refusal("meetingForciblyEnded");
            }
            server.joined.push(fields);
            xml("<returncode>SUCCESS</returncode><messageKey>successfullyJoined</messageKey>")
        }
        _ => refusal("unsupportedRequest"),
    }
}

fn info(meeting: &Meeting) -> String {
    format!(
        "<returncode>SUCCESS</returncode><meetingName>Rat &amp; Verwaltung</meetingName><meetingID>{}</meetingID>\
         <createTime>{}</createTime><running>true</running><hasBeenForciblyEnded>{}</hasBeenForciblyEnded>\
         <participantCount>{}</participantCount><maxUsers>{}</maxUsers>\
         <attendees><attendee><fullName>Geheim</fullName></attendee></attendees>",
        meeting.id.replace('&', "&amp;"),
        meeting.create_time,
        meeting.forcibly_ended,
        meeting.people,
        meeting.most
    )
}
