//! A Pexip Infinity node for one conference: the client REST API v2 with PINs, tokens that must be refreshed, a list of
//! participants and its events. Judged by the vendor's own client.

use super::Served;
use anyhow::Result;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// The conference's alias.
pub const ALIAS: &str = "rat.haus";
const MAIN: &str = "/api/client/v2/conferences/{alias}";

/// How the conference is set, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Conference {
    /// Makes a host.
    pub pin: Option<String>,
    /// Of guests, who need none otherwise.
    pub guest_pin: Option<String>,
    /// Whether a host is there.
    pub started: bool,
    /// Newcomers must be let in.
    pub locked: bool,
    /// Only people with an account at this provider may enter.
    pub provider: Option<String>,
    /// Refuses everybody with this status and text.
    pub refuses: Option<(u16, &'static str)>,
    /// Seconds that a token lasts.
    pub expires: u32,
    /// Who holds a token.
    pub people: Vec<Participant>,
    /// So many were ever there at once under one name.
    pub twins: usize,
    /// So many tokens were given.
    pub count: u32,
}

/// Who holds a token.
#[derive(Debug, Clone)]
pub struct Participant {
    /// Its name.
    pub name: String,
    /// Whether it waits to be let in.
    pub waits: bool,
    host: bool,
    uuid: String,
    token: String,
}

/// A running node.
#[derive(Debug)]
pub struct Pexip {
    /// Its HTTP.
    pub served: Served,
    node: Arc<Node>,
}

#[derive(Debug)]
struct Node {
    conference: Mutex<Conference>,
    events: broadcast::Sender<(Audience, &'static str, Value)>,
}

/// Whom an event is for.
#[derive(Debug, Clone)]
enum Audience {
    All,
    One(String),
}

type Shared = State<Arc<Node>>;

impl Pexip {
    /// Starts one with this conference.
    ///
    /// # Errors
    /// When it finds no port.
    pub async fn start(mut conference: Conference) -> Result<Self> {
        conference.expires = conference.expires.max(3);
        let (events, _) = broadcast::channel(64);
        let node = Arc::new(Node {
            conference: Mutex::new(conference),
            events,
        });
        let router = Router::new()
            .route("/api/client/v2/status", get(status))
            .route(&format!("{MAIN}/request_token"), post(request_token))
            .route(&format!("{MAIN}/refresh_token"), post(refresh_token))
            .route(&format!("{MAIN}/release_token"), post(release_token))
            .route(&format!("{MAIN}/participants"), get(participants))
            .route(&format!("{MAIN}/conference_status"), get(conference_status))
            .route(&format!("{MAIN}/events"), get(events_of))
            .with_state(Arc::clone(&node));
        let served = Served::start(router).await?;
        Ok(Self { served, node })
    }

    /// The link of the conference.
    pub fn link(&self) -> String {
        self.served.url(&format!("/webapp3/m/{ALIAS}"))
    }

    /// The conference, to look at or change silently.
    pub fn conference(&self) -> MutexGuard<'_, Conference> {
        self.node.conference()
    }

    /// A host comes: whoever waits for one is let in.
    pub fn host_comes(&self) {
        let mut conference = self.node.conference();
        conference.started = true;
        let state = conference.state();
        let mut news = vec![(Audience::All, "conference_update", state)];
        if !conference.locked {
            for participant in &mut conference.people {
                participant.waits = false;
                news.push((Audience::All, "participant_update", participant.json()));
            }
        }
        self.node.tell(news);
    }

    /// Everybody is put out for this reason.
    pub fn disconnects(&self, reason: &str) {
        let mut conference = self.node.conference();
        let news = conference.people.drain(..).map(|participant| {
            let reason = json!({ "reason": reason });
            (Audience::One(participant.uuid), "disconnect", reason)
        });
        let news = news.collect();
        self.node.tell(news);
    }
}

impl Node {
    fn conference(&self) -> MutexGuard<'_, Conference> {
        self.conference
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: Vec<(Audience, &'static str, Value)>) {
        for event in news {
            // Nobody may be listening.
            let _ = self.events.send(event);
        }
    }
}

impl Conference {
    fn state(&self) -> Value {
        json!({ "locked": self.locked, "guests_muted": false, "started": self.started })
    }

    fn of(&self, token: Option<&str>) -> Option<&Participant> {
        self.people
            .iter()
            .find(|participant| Some(participant.token.as_str()) == token)
    }

    /// `Err`: what the node answers instead of a token.
    fn admits(&self, pin: Option<&str>) -> Result<bool, (u16, Value)> {
        if let Some((status, text)) = self.refuses {
            return Err((status, text.into()));
        }
        let version = json!({ "version_id": "36", "pseudo_version": "1" });
        if let Some(provider) = &self.provider {
            let idp = json!([{ "name": provider, "uuid": "7d0e9a2c" }]);
            return Err((403, json!({ "idp": idp, "version": version })));
        }
        let host = self.pin.as_deref();
        let guest = self.guest_pin.as_deref();
        match pin {
            _ if host.is_none() && guest.is_none() => Ok(true),
            Some("none") if guest.is_none() => Ok(false),
            Some(given) if Some(given) == host => Ok(true),
            Some(given) if Some(given) == guest => Ok(false),
            Some(_) => Err((403, "Invalid PIN".into())),
            None => {
                let need = |pin: Option<&str>| if pin.is_some() { "required" } else { "none" };
                Err((
                    403,
                    json!({ "pin": need(host), "guest_pin": need(guest), "version": version }),
                ))
            }
        }
    }
}

impl Participant {
    fn service(&self) -> &'static str {
        if self.waits {
            "waiting_room"
        } else {
            "conference"
        }
    }

    fn json(&self) -> Value {
        json!({
            "uuid": self.uuid, "display_name": self.name, "overlay_text": self.name, "local_alias": ALIAS,
            "role": if self.host { "chair" } else { "guest" }, "service_type": self.service(), "protocol": "api",
            "api_url": format!("/participants/{}", self.uuid), "uri": self.name, "vendor": "roomd",
            "buzz_time": 0, "call_direction": "in", "call_tag": "", "disconnect_supported": "YES", "encryption": "On",
            "external_node_uuid": "", "fecc_supported": "NO", "has_media": false, "is_audio_only_call": "NO",
            "is_client_muted": false, "is_conjoined": false, "is_external": false, "is_idp_authenticated": false,
            "is_muted": "NO", "is_presenting": "NO", "is_streaming_conference": false, "is_transferring": false,
            "is_video_call": "NO", "is_video_muted": false, "is_video_silent": false, "mute_supported": "NO",
            "presentation_supported": "NO", "rx_presentation_policy": "ALLOW", "spotlight": 0, "start_time": 1_700_000_000,
            "supports_direct_chat": false, "transfer_supported": "YES", "can_receive_personal_mix": false,
            "receive_from_video_mix": { "mix_name": "main", "timestamp": 0 },
        })
    }
}

fn success(result: Value) -> Response {
    axum::Json(json!({ "status": "success", "result": result })).into_response()
}

fn failure(status: u16, result: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        axum::Json(json!({ "status": "failed", "result": result })),
    )
        .into_response()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn status() -> Response {
    success("OK".into())
}

async fn request_token(
    State(node): Shared,
    Path(alias): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    if alias != ALIAS {
        return failure(404, "Neither conference nor gateway found");
    }
    let sent: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(name) = sent["display_name"].as_str().map(str::to_owned) else {
        return failure(415, "Invalid request");
    };
    let mut conference = node.conference();
    let host = match conference.admits(header(&headers, "pin")) {
        Ok(host) => host,
        Err((status, Value::String(text))) => return failure(status, &text),
        Err((status, result)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            return (
                status,
                axum::Json(json!({ "status": "success", "result": result })),
            )
                .into_response();
        }
    };
    conference.count += 1;
    let asks_for_pin = conference.pin.is_some();
    let participant = Participant {
        waits: (asks_for_pin && !host && !conference.started) || (conference.locked && !host),
        host,
        uuid: format!("50b956c8-9a63-4711-8630-{:012}", conference.count),
        token: format!("token-{}", conference.count),
        name,
    };
    let result = json!({
        "token": participant.token, "expires": conference.expires.to_string(), "participant_uuid": participant.uuid,
        "display_name": participant.name, "role": if host { "HOST" } else { "GUEST" }, "conference_name": ALIAS,
        "service_type": "conference", "current_service_type": participant.service(), "call_type": "video",
        "version": { "version_id": "36", "pseudo_version": "1" }, "chat_enabled": true, "fecc_enabled": false,
        "guests_can_present": true, "rtmp_enabled": false, "rtsp_enabled": false, "analytics_enabled": false,
        "route_via_registrar": false, "stun": [{ "url": "stun:127.0.0.1:3478" }],
    });
    node.tell(vec![(
        Audience::All,
        "participant_create",
        participant.json(),
    )]);
    conference.people.push(participant);
    let twins = |one: &Participant| {
        conference
            .people
            .iter()
            .filter(|other| other.name == one.name)
            .count()
    };
    let most = conference.people.iter().map(twins).max().unwrap_or(0);
    conference.twins = conference.twins.max(most);
    success(result)
}

async fn refresh_token(State(node): Shared, headers: HeaderMap) -> Response {
    let mut conference = node.conference();
    let (count, expires) = (conference.count + 1, conference.expires);
    let token = header(&headers, "token");
    let Some(participant) = conference
        .people
        .iter_mut()
        .find(|p| Some(p.token.as_str()) == token)
    else {
        return failure(403, "Invalid token");
    };
    participant.token = format!("token-{count}");
    let result =
        json!({ "token": participant.token, "expires": expires.to_string(), "role": "GUEST" });
    conference.count = count;
    success(result)
}

async fn release_token(State(node): Shared, headers: HeaderMap) -> Response {
    let mut conference = node.conference();
    let token = header(&headers, "token");
    let Some(at) = conference
        .people
        .iter()
        .position(|p| Some(p.token.as_str()) == token)
    else {
        return failure(403, "Invalid token");
    };
    let gone = conference.people.remove(at);
    node.tell(vec![(
        Audience::All,
        "participant_delete",
        json!({ "uuid": gone.uuid }),
    )]);
    success(true.into())
}

async fn participants(State(node): Shared, headers: HeaderMap) -> Response {
    let conference = node.conference();
    match conference.of(header(&headers, "token")) {
        Some(_) => success(conference.people.iter().map(Participant::json).collect()),
        None => failure(403, "Invalid token"),
    }
}

async fn conference_status(State(node): Shared, headers: HeaderMap) -> Response {
    let conference = node.conference();
    match conference.of(header(&headers, "token")) {
        Some(_) => success(conference.state()),
        None => failure(403, "Invalid token"),
    }
}

async fn events_of(State(node): Shared, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let in_query = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .find(|(key, _)| key == "token");
    let token = header(&headers, "token")
        .map(str::to_owned)
        .or(in_query.map(|(_, token)| token));
    let conference = node.conference();
    let Some(me) = conference
        .of(token.as_deref())
        .map(|participant| participant.uuid.clone())
    else {
        return failure(403, "Invalid token");
    };
    let mut first = vec![("participant_sync_begin", Value::Null)];
    first.extend(
        conference
            .people
            .iter()
            .map(|p| ("participant_create", p.json())),
    );
    first.push(("participant_sync_end", Value::Null));
    first.push(("conference_update", conference.state()));
    let news = BroadcastStream::new(node.events.subscribe());
    drop(conference);
    let later = news.filter_map(move |event| {
        let mine = event.ok().filter(|(audience, ..)| match audience {
            Audience::All => true,
            Audience::One(uuid) => *uuid == me,
        });
        async move { mine.map(|(_, name, data)| (name, data)) }
    });
    let all = futures_util::stream::iter(first).chain(later);
    let events = all.map(|(name, data)| {
        Ok::<_, Infallible>(Event::default().event(name).data(data.to_string()))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}
