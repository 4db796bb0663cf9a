//! Who may ask for what: decided from the connection and the headers before any page is drawn. Knows no question.
//!
//! Invariant: a request that another site sent, or whose host is not this machine's, reaches no handler.

use crate::serve::Shared;
use crate::words::say;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use preflight::Language;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Sent by browsers to this host and port's pages only, and never in the clear: the prefix makes them hold that.
pub(crate) const COOKIE: &str = "__Host-roomd-commission";

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Around every route.
pub(crate) async fn guard(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let mut response =
        match http_listen::known_host(&shared.names, headers) && of_own_pages(&request) {
            true => next.run(request).await,
            false => {
                let language = language(&shared, headers);
                (StatusCode::FORBIDDEN, say(language, "refused-elsewhere")).into_response()
            }
        };
    http_listen::keep_to_itself(response.headers_mut(), CSP);
    response
}

/// Whether this device is paired.
pub(crate) fn paired(shared: &Shared, headers: &HeaderMap) -> bool {
    let now = now_ms();
    let knows = cookies(headers).any(|sent| shared.desk.pairing().knows(sent, now));
    if knows {
        shared.desk.sign_of_life();
    }
    knows
}

/// The language of a page: as the interview speaks, else as the device prefers.
pub(crate) fn language(shared: &Shared, headers: &HeaderMap) -> Language {
    let prefers = || {
        let header = headers.get(header::ACCEPT_LANGUAGE);
        let header = header.and_then(|value| value.to_str().ok());
        header.and_then(Language::accepted).unwrap_or(Language::De)
    };
    shared.desk.language().unwrap_or_else(prefers)
}

/// The language that the address of the pairing page names.
pub(crate) fn named(query: Option<&str>) -> Option<Language> {
    let mut pairs = query.into_iter().flat_map(|query| query.split('&'));
    pairs.find_map(|pair| Language::of_tag(pair.strip_prefix("lang=")?))
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// Opening a page by a link from elsewhere is no harm; whatever changes something comes from a page of this host.
fn of_own_pages(request: &Request) -> bool {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let origin = text(header::ORIGIN);
    let own_origin =
        origin.is_none_or(|origin| origin.strip_prefix("https://").is_some_and(|o| o == host));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let own_site = matches!(site, None | Some("same-origin" | "none"));
    let opens_page = *request.method() == Method::GET
        && text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate")
        && text(HeaderName::from_static("sec-fetch-dest")) == Some("document");
    match *request.method() == Method::POST {
        true => own_site && own_origin && (origin.is_some() || site.is_some()),
        false => own_origin && (own_site || opens_page),
    }
}
