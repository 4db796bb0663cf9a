//! Every address of the faces, with who may use it. The router is built from handlers here and nowhere else;
//! a route that is missing in [`ROUTES`] answers nobody.

use super::gate::{Face, Refusal, guard};
use super::{api, assets, codes, console, pages, proof, setup, stream};
use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use room_api::ErrorCode;

/// Who may use a route; the gate knows what each means at each listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody.
    Open,
    /// Everybody who sees pages: style, script, texts, what codes mean.
    Asset,
    /// A page of the room; a device from the network must be paired.
    Page,
    /// The page to pair on.
    PairPage,
    /// Pairing itself.
    Pair,
    /// Carries subjects: needs cookie or token, or pairing.
    Read,
    /// Numbers and descriptions: anybody on the board, paired devices from the network.
    Local,
    /// Changes something: needs the page's token.
    Press,
    /// For IT at the board's own command line: the control socket only.
    Console,
    /// The picture of a call's page that a person acts on: for those who may press, in the room only.
    Act,
    /// The picture of the main display, which shows the pairing code: the board's own pages only.
    Mirror,
}

/// One route.
pub(super) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
}

const fn route(method: Method, path: &'static str, access: Access) -> Route {
    Route {
        method,
        path,
        access,
    }
}

pub(super) const ROUTES: &[Route] = &[
    route(Method::GET, "/", Access::Page),
    route(Method::GET, "/panel", Access::Page),
    route(Method::GET, "/display", Access::Page),
    route(Method::GET, "/pair", Access::PairPage),
    route(Method::GET, "/codes", Access::Asset),
    route(Method::GET, "/codes/{code}", Access::Asset),
    route(Method::GET, "/codes/{code}/qr.svg", Access::Asset),
    route(Method::GET, "/assets/{name}", Access::Asset),
    route(Method::GET, "/assets/i18n/{name}", Access::Asset),
    route(Method::GET, "/api/v1/state", Access::Read),
    route(Method::GET, "/api/v1/events", Access::Read),
    route(Method::POST, "/api/v1/press", Access::Press),
    route(Method::GET, "/api/v1/page", Access::Act),
    route(Method::GET, "/api/v1/preflight", Access::Read),
    route(Method::GET, "/api/v1/preflight/report", Access::Read),
    route(Method::POST, "/api/v1/pair", Access::Pair),
    route(Method::POST, "/api/v1/look", Access::Console),
    route(Method::POST, "/api/v1/canary", Access::Console),
    route(Method::GET, "/api/v1/canary", Access::Console),
    route(Method::GET, "/api/v1/packs", Access::Console),
    route(Method::GET, "/api/v1/buttons", Access::Console),
    route(Method::GET, "/api/v1/board", Access::Console),
    route(Method::GET, "/api/v1/fleet", Access::Console),
    route(Method::POST, "/api/v1/fleet/enrol", Access::Console),
    route(Method::POST, "/api/v1/setup", Access::Console),
    route(Method::POST, "/api/v1/setup/begin", Access::Press),
    route(Method::POST, "/api/v1/practice-call", Access::Console),
    route(Method::GET, "/api/v1/openapi.json", Access::Local),
    route(Method::GET, "/healthz", Access::Open),
    route(Method::GET, "/metrics", Access::Local),
    route(Method::GET, "/mirror.png", Access::Mirror),
];

/// The access class of a matched path; HEAD counts as GET.
pub(super) fn access(method: &Method, path: &str) -> Option<Access> {
    let method = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let mut routes = ROUTES.iter();
    let found = routes.find(|route| route.path == path && route.method == *method)?;
    Some(found.access)
}

/// The whole router for one listener.
pub(super) fn router(face: Face) -> Router {
    Router::new()
        .route("/", get(pages::start))
        .route("/panel", get(pages::panel))
        .route("/display", get(pages::display))
        .route("/pair", get(pages::pair))
        .route("/codes", get(codes::all))
        .route("/codes/{code}", get(codes::one))
        .route("/codes/{code}/qr.svg", get(codes::picture))
        .route("/assets/{name}", get(assets::file))
        .route("/assets/i18n/{name}", get(assets::strings))
        .route("/api/v1/state", get(api::state))
        .route("/api/v1/events", get(stream::events))
        .route("/api/v1/press", post(api::press))
        .route("/api/v1/page", get(api::page))
        .route("/api/v1/preflight", get(proof::report))
        .route("/api/v1/preflight/report", get(proof::page))
        .route("/api/v1/pair", post(api::pair))
        .route("/api/v1/look", post(console::look))
        .route(
            "/api/v1/canary",
            post(console::canary).get(console::results),
        )
        .route("/api/v1/packs", get(console::packs))
        .route("/api/v1/buttons", get(console::buttons))
        .route("/api/v1/board", get(console::board))
        .route("/api/v1/fleet", get(console::fleet))
        .route("/api/v1/fleet/enrol", post(console::fleet_enrol))
        .route("/api/v1/setup", post(setup::invite))
        .route("/api/v1/setup/begin", post(setup::begin))
        .route("/api/v1/practice-call", post(console::practice_call))
        .route("/api/v1/openapi.json", get(api::openapi))
        .route("/healthz", get(api::healthz))
        .route("/metrics", get(api::metrics))
        .route("/mirror.png", get(api::mirror))
        .fallback(async || Refusal::from(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || Refusal::from(ErrorCode::WrongMethod))
        .layer(from_fn_with_state(face.clone(), guard))
        .with_state(face)
}
