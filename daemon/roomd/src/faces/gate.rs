//! Who may ask for what: decided before any handler, from the connection, the route's access class and the headers.
//!
//! Invariant: the origin of a press follows from the listener alone; nothing in a request can change it.
//! The board's own browser also shows conference pages, so a connection from loopback proves nothing by itself.

use super::config::FacesConfig;
use super::hub::Hub;
use super::routes::{self, Access};
use super::setup::Invitations;
use super::texts::{Lang, texts};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use pairing::{Pairing, same};
use room_api::{ErrorCode, Failure, TOKEN_HEADER};
use room_core::event::Origin;
use room_core::units::Wall;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// One listener's handle to everything the handlers need.
#[derive(Clone)]
pub(super) struct Face {
    pub shared: Arc<Shared>,
    pub door: Arc<Door>,
}

/// What all listeners share.
pub(super) struct Shared {
    pub config: FacesConfig,
    pub hub: Hub,
    /// In the panel page; proves that a request comes from that page.
    pub token: String,
    /// In a cookie of the board's own browser; lets its pages read.
    pub cookie: String,
    pub pairing: Option<Pairing>,
    pub invitations: Invitations,
    pub stop: CancellationToken,
}

/// Through which listener a request came.
pub(super) enum Door {
    /// The board's own browser.
    Loopback { port: u16 },
    /// The building's network.
    Lan { names: Vec<String> },
    /// The control socket.
    Socket,
}

pub(super) const LOOPBACK_COOKIE: &str = "roomd-face";
pub(super) const LAN_COOKIE: &str = "__Host-roomd-panel";

/// A refusal on its way to the client; the gate adds the sentence in the client's language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub code: ErrorCode,
    pub retry_after: Option<Duration>,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Refusal {
            code,
            retry_after: None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Face {
    /// Where the finger is, for presses through this listener.
    pub fn origin(&self) -> Origin {
        match *self.door {
            Door::Loopback { .. } | Door::Lan { .. } => Origin::Panel,
            Door::Socket => Origin::Console,
        }
    }

    /// Whether this client still is who it was; asked again and again while a stream is open.
    pub fn may_read(&self, headers: &HeaderMap) -> bool {
        match *self.door {
            Door::Socket => true,
            Door::Loopback { .. } => self.has_token(headers) || self.has_cookie(headers),
            Door::Lan { .. } => self.is_paired(headers),
        }
    }

    /// The language this client wants.
    pub fn lang(&self, uri: &Uri, headers: &HeaderMap) -> Lang {
        let asked = uri.query().into_iter().flat_map(|q| q.split('&'));
        let asked = asked.filter_map(|pair| pair.strip_prefix("lang="));
        let accepted = || {
            let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Lang::accepted(header)
        };
        asked
            .chain(cookie(headers, "lang"))
            .find_map(|code| code.parse().ok())
            .or_else(|| match *self.door {
                Door::Loopback { .. } => None,
                Door::Lan { .. } | Door::Socket => accepted(),
            })
            .unwrap_or(self.shared.config.lang)
    }

    fn admit(&self, request: &Request) -> Result<(), Denied> {
        let headers = request.headers();
        self.known_host(request.uri(), headers)?;
        self.same_origin(request.uri(), headers)?;
        let matched = request.extensions().get::<MatchedPath>();
        let Some(access) = matched.and_then(|path| routes::access(request.method(), path.as_str()))
        else {
            return Ok(()); // No route: the fallback says so.
        };
        let page = matches!(access, Access::Page | Access::PairPage);
        from_own_pages(headers, page && *request.method() == Method::GET)?;
        if *request.method() == Method::POST {
            is_json(headers)?;
        }
        self.allowed(access, headers)
    }

    fn allowed(&self, access: Access, headers: &HeaderMap) -> Result<(), Denied> {
        let paired = || {
            self.is_paired(headers)
                .then_some(())
                .ok_or(ErrorCode::PairingNeeded)
        };
        let token = || {
            self.has_token(headers)
                .then_some(())
                .ok_or(ErrorCode::TokenNeeded)
        };
        match (&*self.door, access) {
            (_, Access::Open) => Ok(()),
            (Door::Socket, Access::Console) => Ok(()),
            (Door::Loopback { .. }, Access::Console) => Err(ErrorCode::OnlyConsole.into()),
            (Door::Lan { .. }, Access::Console) => Ok(paired().and(Err(ErrorCode::OnlyConsole))?),
            (Door::Socket, Access::Read | Access::Local | Access::Press) => Ok(()),
            (Door::Socket, _) => Err(ErrorCode::NotFound.into()),
            (Door::Loopback { .. }, Access::Asset | Access::Page | Access::Local) => Ok(()),
            (Door::Loopback { .. }, Access::Read | Access::Mirror) => {
                let ok = self.may_read(headers).then_some(());
                ok.ok_or(ErrorCode::TokenNeeded.into())
            }
            (Door::Loopback { .. }, Access::Press | Access::Act) => Ok(token()?),
            (Door::Loopback { .. }, Access::PairPage | Access::Pair) => {
                Err(ErrorCode::NotFound.into())
            }
            (Door::Lan { .. }, Access::Asset | Access::PairPage | Access::Pair) => Ok(()),
            (Door::Lan { .. }, Access::Page) => paired().map_err(|_| Denied::Pair),
            (Door::Lan { .. }, Access::Read | Access::Local) => Ok(paired()?),
            (Door::Lan { .. }, Access::Press | Access::Act) => Ok(paired().and_then(|()| token())?),
            (Door::Lan { .. }, Access::Mirror) => Err(ErrorCode::NotFound.into()),
        }
    }

    fn known_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ErrorCode> {
        let authority = authority(uri, headers);
        let known = match &*self.door {
            Door::Socket => true,
            Door::Loopback { port } => authority.is_some_and(|(host, said)| {
                let local = host.eq_ignore_ascii_case("localhost")
                    || literal(host).is_some_and(|ip| ip.is_loopback());
                local && said.unwrap_or(80) == *port
            }),
            Door::Lan { names } => authority.is_some_and(|(host, _)| {
                literal(host).is_some() || names.iter().any(|name| name.eq_ignore_ascii_case(host))
            }),
        };
        known.then_some(()).ok_or(ErrorCode::WrongHost)
    }

    fn same_origin(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ErrorCode> {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        let scheme = match *self.door {
            Door::Loopback { .. } => "http://",
            Door::Lan { .. } => "https://",
            Door::Socket => return Err(ErrorCode::CrossOrigin),
        };
        let own = origin
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix(scheme));
        let same = own.is_some_and(|host| raw_authority(uri, headers) == Some(host));
        same.then_some(()).ok_or(ErrorCode::CrossOrigin)
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(TOKEN_HEADER).map(HeaderValue::as_bytes);
        sent.is_some_and(|sent| same(sent, self.shared.token.as_bytes()))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        cookie(headers, LOOPBACK_COOKIE)
            .any(|sent| same(sent.as_bytes(), self.shared.cookie.as_bytes()))
    }

    fn is_paired(&self, headers: &HeaderMap) -> bool {
        let Some(pairing) = &self.shared.pairing else {
            return false;
        };
        let now = now().0;
        cookie(headers, LAN_COOKIE).any(|sent| pairing.knows(sent, now))
    }
}

enum Denied {
    Code(ErrorCode),
    Pair,
}

impl From<ErrorCode> for Denied {
    fn from(code: ErrorCode) -> Self {
        Denied::Code(code)
    }
}

/// The gate itself, around every route and the fallback.
pub(super) async fn guard(State(face): State<Face>, request: Request, next: Next) -> Response {
    let lang = face.lang(request.uri(), request.headers());
    let mut response = match face.admit(&request) {
        Ok(()) => next.run(request).await,
        Err(Denied::Pair) => Redirect::to("/pair").into_response(),
        Err(Denied::Code(code)) => {
            tracing::debug!(code = code.code(), path = request.uri().path(), "refused");
            Refusal::from(code).into_response()
        }
    };
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = sentence(refusal, lang);
    }
    http_listen::keep_to_itself(response.headers_mut(), CSP);
    response
}

fn sentence(refusal: Refusal, lang: Lang) -> Response {
    let code = refusal.code;
    let seconds = refusal.retry_after.map_or(0, |rest| rest.as_secs() + 1);
    let key = format!("error-{}", code.code());
    let failure = Failure {
        code,
        sentence: texts(lang).fill(&key, &[("seconds", &seconds.to_string())]),
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(failure)).into_response();
    if refusal.retry_after.is_some() {
        let value = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses what browsers mark as sent by other sites; opening a page by a link is no harm and stays possible.
fn from_own_pages(headers: &HeaderMap, page: bool) -> Result<(), ErrorCode> {
    let fetch = |name| headers.get(name).map(HeaderValue::as_bytes);
    let opens_page = page
        && fetch("sec-fetch-mode") == Some(b"navigate")
        && fetch("sec-fetch-dest") == Some(b"document");
    match fetch("sec-fetch-site") {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) if opens_page => Ok(()),
        Some(_) => Err(ErrorCode::CrossOrigin),
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), ErrorCode> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    let json = essence.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json.then_some(()).ok_or(ErrorCode::NotJson)
}

fn raw_authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    match headers.get(header::HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(|authority| authority.as_str()),
    }
}

/// Host without brackets, and the port when one is named.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<(&'a str, Option<u16>)> {
    let raw = raw_authority(uri, headers)?;
    let bracket = raw.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match raw[bracket..].rfind(':') {
        Some(colon) => {
            let (host, port) = raw.split_at(bracket + colon);
            (host, Some(port[1..].parse().ok()?))
        }
        None => (raw, None),
    };
    Some((host, port))
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

/// Every value of this cookie; a browser sends the most specific first.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The board's wall clock.
pub(super) fn now() -> Wall {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
