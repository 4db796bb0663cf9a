//! The kit's own page: panel and table button, main display, the far end's view and its counters side by side, and what to press
//! next.
//! Shows what others made; presses nothing.

use crate::folder::Language;
use crate::panel::Panel;
use crate::ports::Ports;
use crate::remote::{FromRoom, Remote};
use crate::side::Looker;
use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the page is made of.
#[derive(Debug, Clone)]
pub struct Shows {
    /// Where everything is.
    pub ports: Ports,
    /// The page's language.
    pub language: Language,
    /// For the picture of the main display.
    pub panel: Arc<Panel>,
    /// For the far end's view.
    pub remote: Arc<Remote>,
    /// For the picture of the panel.
    pub looker: Arc<Looker>,
    /// What to press next.
    pub hint: watch::Receiver<String>,
}

/// Serves the page for ever.
///
/// # Errors
/// The port is taken, or serving ended.
pub async fn serve(shows: Shows) -> Result<()> {
    let at = shows.ports.kit();
    let listener = TcpListener::bind(at)
        .await
        .with_context(|| format!("listening on {at}"))?;
    let router = Router::new()
        .route("/", get(page))
        .route("/remote.jpg", get(remote_picture))
        .route("/display.png", get(display))
        .route("/panel.jpg", get(panel))
        .route("/now.json", get(now))
        .with_state(shows);
    axum::serve(listener, router)
        .await
        .context("serving the kit's page")
}

async fn page(State(shows): State<Shows>) -> Html<String> {
    let ports = shows.ports;
    let page = match shows.language {
        Language::De => include_str!("kit.de.html"),
        Language::En => include_str!("kit.en.html"),
    };
    let page = page
        .replace("{{panel}}", &ports.panel().to_string())
        .replace("{{button}}", &ports.button().to_string())
        .replace("{{camera}}", &ports.camera().to_string());
    Html(page)
}

async fn remote_picture(State(shows): State<Shows>) -> Response {
    picture("image/jpeg", shows.remote.picture().await)
}

async fn display(State(shows): State<Shows>) -> Response {
    picture("image/png", shows.panel.display().await)
}

async fn panel(State(shows): State<Shows>) -> Response {
    picture("image/jpeg", shows.looker.picture().await)
}

fn picture(kind: &'static str, picture: Result<Vec<u8>>) -> Response {
    match picture {
        Ok(bytes) => (
            [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "no-store"),
            ],
            bytes,
        )
            .into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error:#}")).into_response(),
    }
}

#[derive(Serialize)]
struct Now {
    hint: String,
    from_room: Option<FromRoom>,
}

async fn now(State(shows): State<Shows>) -> Json<Now> {
    let hint = shows.hint.borrow().clone();
    let from_room = shows.remote.counts().await.ok();
    Json(Now { hint, from_room })
}
