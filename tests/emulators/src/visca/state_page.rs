//! The camera's state as JSON on loopback, and the plug in somebody's hand. Knows HTTP and nothing of VISCA.

use super::server::CameraHandle;
use super::state::State;
use anyhow::{Context, Result};
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::net::SocketAddr;

/// Serves `GET /` (the state), `POST /unplug`, `/plug` and `/power-cycle`; gives the address that it got.
///
/// # Errors
/// The address cannot be had.
pub async fn serve_state(camera: CameraHandle, wanted: SocketAddr) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(wanted)
        .await
        .with_context(|| format!("listening on {wanted}"))?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/", get(state))
        .route("/unplug", post(unplug))
        .route("/plug", post(plug))
        .route("/power-cycle", post(power_cycle))
        .with_state(camera);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::warn!(%error, "the state page ended");
        }
    });
    Ok(address)
}

async fn state(Shared(camera): Shared<CameraHandle>) -> Json<State> {
    Json(camera.state())
}

async fn unplug(Shared(camera): Shared<CameraHandle>) -> StatusCode {
    camera.unplug();
    StatusCode::NO_CONTENT
}

async fn plug(Shared(camera): Shared<CameraHandle>) -> StatusCode {
    camera.plug();
    StatusCode::NO_CONTENT
}

async fn power_cycle(Shared(camera): Shared<CameraHandle>) -> StatusCode {
    camera.power_cycle();
    StatusCode::NO_CONTENT
}
