//! The control API's handlers: state, presses, pairing, health and numbers.
//! Knows no page; who may call was decided by the gate.

use super::convert;
use super::gate::{Door, Face, LAN_COOKIE, Refusal, now};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pairing::{Attempt, Refused, Shown};
use room_api::{
    ErrorCode, PairAnswer, PairRequest, Pairing, PanelState, PressAnswer, PressRequest,
};
use room_core::hand::Spot;
use room_core::view::{Offer, View};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

const BODY_LIMIT: usize = 4096;
const BODY_TIME: Duration = Duration::from_secs(5);
/// Longer than the browser is given for a picture of the whole display.
const MIRROR_TIME: Duration = Duration::from_secs(30);
const PASSCODE_LIMIT: usize = 128;
const TEXT_LIMIT: usize = 512;

/// The state as this listener's clients may see it.
pub(super) fn panel_state(face: &Face, view: &View, revision: u64) -> PanelState {
    let config = &face.shared.config;
    convert::state(
        view,
        convert::Frame {
            boot: face.shared.hub.boot(),
            revision,
            now: now(),
            zone: config.zone.name(),
            help: config.help.as_deref(),
            practice_url: config.practice_url.as_deref(),
            trial: face.shared.hub.trial(),
            fleet_code: face.shared.hub.fleet_code(),
            pairing: pairing(face),
            packs: &config.packs.now(),
        },
    )
}

/// The code, for the board's own browser only: whoever sees it counts as being in the room.
pub(super) fn pairing(face: &Face) -> Option<Pairing> {
    match *face.door {
        Door::Loopback { .. } => {}
        Door::Lan { .. } | Door::Socket => return None,
    }
    let (pairing, lan) = (
        face.shared.pairing.as_ref()?,
        face.shared.config.lan.as_ref()?,
    );
    let (code, rest) = match pairing.shown() {
        Shown::Code(code, rest) => (Some(room_api::Private::new(code)), rest),
        Shown::Locked(rest) => (None, rest),
    };
    Some(Pairing {
        url: lan.url.clone(),
        code,
        until_ms: now().plus(rest).0,
    })
}

pub(super) async fn state(State(face): State<Face>) -> Json<PanelState> {
    let (view, revision) = face.shared.hub.now();
    Json(panel_state(&face, &view, revision))
}

pub(super) async fn press(State(face): State<Face>, body: Body) -> Result<Response, Refusal> {
    let request: PressRequest = read(body, BODY_LIMIT).await?;
    in_range(&request)?;
    let press = convert::press(request);
    let revision = face.shared.hub.press(press, face.origin()).await?;
    let answer = PressAnswer {
        boot: face.shared.hub.boot().to_owned(),
        revision,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

fn in_range(request: &PressRequest) -> Result<(), ErrorCode> {
    let speed = |value: &i8| (-100..=100).contains(value);
    let on_page = |x, y| x <= Spot::WHOLE && y <= Spot::WHOLE;
    let ok = match request {
        PressRequest::Volume { percent } => *percent <= 100,
        PressRequest::HeadDrive {
            pan, tilt, zoom, ..
        } => [pan, tilt, zoom].into_iter().all(speed),
        PressRequest::Passcode { code } => {
            let length = code.reveal().chars().count();
            (1..=PASSCODE_LIMIT).contains(&length) && !code.reveal().contains(char::is_control)
        }
        PressRequest::PageTap { x, y } => on_page(*x, *y),
        PressRequest::PageScroll { x, y, by } => on_page(*x, *y) && (-300..=300).contains(by),
        PressRequest::PageDrag { x, y, to_x, to_y } => on_page(*x, *y) && on_page(*to_x, *to_y),
        PressRequest::PageType { text } => {
            let length = text.reveal().chars().count();
            (1..=TEXT_LIMIT).contains(&length) && !text.reveal().contains(char::is_control)
        }
        _ => true,
    };
    ok.then_some(()).ok_or(ErrorCode::BadRequest)
}

pub(super) async fn pair(
    State(face): State<Face>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: PairRequest = read(body, BODY_LIMIT).await?;
    let (Some(pairing), Some(peer)) = (&face.shared.pairing, peer) else {
        return Err(ErrorCode::NotFound.into());
    };
    let attempt = Attempt {
        code: request.code.reveal(),
        stays: request.stays,
        from: peer.0.0.ip(),
    };
    let paired = pairing.pair(attempt, now().0).map_err(|refused| Refusal {
        code: match refused {
            Refused::Wrong => ErrorCode::WrongCode,
            Refused::Locked(_) => ErrorCode::SlowDown,
        },
        retry_after: match refused {
            Refused::Wrong => None,
            Refused::Locked(rest) => Some(rest),
        },
    })?;
    tracing::info!(stays = request.stays, "a device was paired as a panel");
    let cookie = format!(
        "{LAN_COOKIE}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Strict",
        paired.cookie,
        paired.lasts.as_secs(),
    );
    let answer = PairAnswer {
        until_ms: paired.until_ms,
    };
    Ok(([(header::SET_COOKIE, cookie)], Json(answer)).into_response())
}

pub(super) async fn openapi() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, super::OPENAPI).into_response()
}

/// 200 while the event loop makes its steps, 503 when it stands still.
pub(super) async fn healthz(State(face): State<Face>) -> Response {
    let stalled = stalled(&face);
    let (status, word) = match stalled {
        false => (StatusCode::OK, "ok"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stalled"),
    };
    (status, Json(json!({ "status": word }))).into_response()
}

/// Whether the event loop stands still, so that nothing shown may be called current.
pub(super) fn stalled(face: &Face) -> bool {
    face.shared.hub.metrics().since_step() >= face.shared.config.stall_after
}

pub(super) async fn metrics(State(face): State<Face>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (
        [(header::CONTENT_TYPE, kind)],
        face.shared.hub.metrics().text(),
    )
        .into_response()
}

pub(super) async fn mirror(
    State(face): State<Face>,
    _headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mirror = face
        .shared
        .config
        .mirror
        .clone()
        .ok_or(ErrorCode::NotFound)?;
    let picture = timeout(MIRROR_TIME, mirror()).await.ok().flatten();
    let picture = picture.ok_or(ErrorCode::NotAnswered)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], picture).into_response())
}

/// The page that a person acts on; the room decides while it is made, too: what came after is nobody's to see.
pub(super) async fn page(State(face): State<Face>) -> Result<Response, Refusal> {
    let offered = || {
        let (view, _) = face.shared.hub.now();
        let now = view.offers.contains(&Offer::OperatePage);
        now.then_some(()).ok_or(ErrorCode::NotOffered)
    };
    let page = face.shared.config.page.clone();
    offered()?;
    let picture = match page {
        Some(page) => timeout(BODY_TIME, page()).await.ok().flatten(),
        None => None,
    };
    offered()?;
    let picture = picture.ok_or(ErrorCode::NotAnswered)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], picture).into_response())
}

pub(super) async fn read<T: DeserializeOwned>(body: Body, limit: usize) -> Result<T, Refusal> {
    let bytes = timeout(BODY_TIME, to_bytes(body, limit)).await;
    let bytes = bytes.map_err(|_| ErrorCode::BadRequest)?;
    let bytes = bytes.map_err(|_| ErrorCode::TooLarge)?;
    // The error names values of the body, which may be private: it goes nowhere.
    serde_json::from_slice(&bytes).map_err(|_| ErrorCode::BadRequest.into())
}
