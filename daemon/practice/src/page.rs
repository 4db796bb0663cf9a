//! Owns the page and its parts as they go over HTTP: language, headers, caching. Knows of a conference
//! only whether it exists and which codes it takes.

use crate::ids::ConferenceId;
use crate::practice::Practice;
use crate::socket;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use texts::Language;

const INDEX: &str = include_str!("../page/index.html");

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const JS: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        Asset {
            name: $name,
            kind: $kind,
            text: include_str!(concat!("../page/", $name)),
        }
    };
}

const ASSETS: &[Asset] = &[
    asset!("app.js", JS),
    asset!("link.js", JS),
    asset!("mesh.js", JS),
    asset!("devices.js", JS),
    asset!("view.js", JS),
    asset!("words.js", JS),
    asset!("style.css", "text/css; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
];

/// Changes whenever any part does, so that a page never mixes parts of two builds.
static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    ASSETS.iter().for_each(|asset| digest.update(asset.text));
    digest.update(INDEX);
    hex::encode(&digest.finalize()[..6])
});

/// What no part of the page may do: load from elsewhere, be framed, run inline script.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// The pages, their parts, and the WebSockets, under `/practice`. [`crate::serve()`] tells it where each
/// connection comes from; nested into another server, that one has to (axum's
/// `into_make_service_with_connect_info::<SocketAddr>`), or everybody counts as one loopback address.
pub fn router(practice: Practice) -> Router {
    Router::new()
        .route("/practice/{id}", get(conference))
        .route("/practice/{id}/ws", get(socket::upgrade))
        .route("/practice/assets/{build}/{name}", get(part))
        .route("/practice/room-ca.crt", get(room_ca))
        .with_state(practice)
}

#[derive(Deserialize)]
struct Wishes {
    lang: Option<String>,
}

async fn conference(
    State(practice): State<Practice>,
    Path(id): Path<String>,
    Query(wishes): Query<Wishes>,
    headers: HeaderMap,
) -> Response {
    let rules = ConferenceId::new(id)
        .ok()
        .and_then(|id| practice.rules(&id));
    let asked = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let known = if rules.is_some() { "known" } else { "unknown" };
    let takes_host = rules
        .as_ref()
        .is_some_and(|rules| rules.host_code.is_some());
    let html = INDEX
        .replace("{{lang}}", language(wishes.lang.as_deref(), asked))
        .replace("{{build}}", &BUILD)
        .replace("{{conference}}", known)
        .replace("{{host-code}}", if takes_host { "taken" } else { "none" });
    let status = if rules.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    protect(headers, "text/html; charset=utf-8", "no-store");
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CSP),
    );
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "microphone=(self), camera=(self), geolocation=(), payment=(), usb=()",
        ),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

async fn part(Path((build, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = asset.text.into_response();
    let lasting = if build == *BUILD {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    protect(response.headers_mut(), asset.kind, lasting);
    response
}

async fn room_ca(State(practice): State<Practice>) -> Response {
    let Some(der) = practice.ca_der() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = der.to_vec().into_response();
    protect(
        response.headers_mut(),
        "application/x-x509-ca-cert",
        "no-store",
    );
    response
}

fn protect(headers: &mut HeaderMap, kind: &'static str, lasting: &'static str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
}

/// German or English: the person's wish first, then what the browser prefers, then German.
fn language(wish: Option<&str>, accepted: Option<&str>) -> &'static str {
    wish.and_then(Language::of_tag)
        .or_else(|| accepted.and_then(Language::accepted))
        .unwrap_or(Language::De)
        .tag()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_wish_then_the_browsers() {
        for (wish, accepted, spoken) in [
            (None, None, "de"),
            (None, Some("en-US,en;q=0.9"), "en"),
            (None, Some("fr-FR,fr;q=0.9,en;q=0.4,de;q=0.5"), "de"),
            (None, Some("en;q=0, de;q=0.1"), "de"),
            (None, Some("fr"), "de"),
            (None, Some("*;q=x,,;"), "de"),
            (Some("en"), Some("de"), "en"),
            (Some("tlh"), Some("en"), "en"),
        ] {
            assert_eq!(language(wish, accepted), spoken, "{wish:?} {accepted:?}");
        }
    }

    #[test]
    fn every_part_the_page_names_is_served() {
        let named = INDEX.split("/practice/assets/{{build}}/").skip(1);
        let names: Vec<_> = named.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() >= ASSETS.len(), "{names:?}");
        for name in names {
            assert!(ASSETS.iter().any(|asset| asset.name == name), "{name}");
        }
    }

    /// Words in back quotes in the first column of the contract's tables.
    fn promised() -> Vec<&'static str> {
        let contract = include_str!("../PAGE.md");
        let tables = contract.split("| `data-test` |").skip(1);
        let rows = tables.flat_map(|table| table.lines().take_while(|line| !line.starts_with('#')));
        let firsts = rows
            .filter(|line| line.starts_with("| `"))
            .filter_map(|row| row.split('|').nth(1));
        firsts
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    #[test]
    fn the_page_keeps_its_contract() {
        let view = ASSETS
            .iter()
            .find(|asset| asset.name == "view.js")
            .unwrap()
            .text;
        let app = ASSETS
            .iter()
            .find(|asset| asset.name == "app.js")
            .unwrap()
            .text;
        let promised = promised();
        assert!(promised.len() > 50, "{promised:?}");
        for marker in &promised {
            let written = INDEX.contains(&format!("data-test=\"{marker}\""));
            let made = [view, app]
                .iter()
                .any(|text| text.contains(&format!("\"{marker}\"")));
            let over = marker
                .strip_prefix("screen-")
                .is_some_and(|s| app.contains(&format!("\"{s}\"")));
            assert!(
                written || made || over,
                "{marker} is promised and not on the page"
            );
        }
        for rest in INDEX.split("data-test=\"").skip(1) {
            let marker = rest.split('"').next().unwrap();
            assert!(
                promised.contains(&marker),
                "{marker} is on the page and not promised"
            );
        }
    }

    #[test]
    fn no_part_runs_inline_or_loads_from_elsewhere() {
        for text in ASSETS.iter().map(|asset| asset.text).chain([INDEX]) {
            for banned in [
                "https://",
                "onclick=",
                "style=\"",
                "<style",
                "eval(",
                "innerHTML",
            ] {
                assert!(!text.contains(banned), "{banned}");
            }
        }
        assert_eq!(
            INDEX.matches("<script").count(),
            INDEX.matches("<script type=\"module\" src=").count()
        );
    }
}
