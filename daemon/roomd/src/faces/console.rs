//! What only the control socket is asked: trying conferences out, test meetings, packs, table buttons,
//! practice conferences with an installer. Answers that take long come line by
//! line as they happen, and what they are about ends when the asker is gone.
//! Knows no browser; whoever can try things out stands behind [`Console`].

use super::api::read;
use super::gate::{Face, Refusal};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use room_api::{
    BoardAnswer, ButtonsAnswer, CanaryAnswer, CanaryRequest, CanaryResult, ErrorCode, FleetAnswer,
    LookLine, LookRequest, PacksAnswer, PracticeCallAnswer, PracticeCallRequest,
};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

/// An invitation with its texts is not longer.
const INVITATION_LIMIT: usize = 256 << 10;
const BODY_LIMIT: usize = 4096;

/// Tries things out. When a receiver is dropped, what it is about ends.
pub trait Console: Send + Sync {
    /// Looks at a conference without entering.
    ///
    /// # Errors
    /// Why not now.
    fn look(&self, request: LookRequest) -> Result<mpsc::Receiver<LookLine>, ErrorCode>;

    /// Joins the operator's test meetings.
    ///
    /// # Errors
    /// Why not now.
    fn canary(&self, request: CanaryRequest) -> Result<mpsc::Receiver<CanaryResult>, ErrorCode>;

    /// The last result of each test meeting.
    fn results(&self) -> CanaryAnswer;

    /// The packs in use.
    fn packs(&self) -> PacksAnswer;

    /// Whether something is being tried out now.
    fn running(&self) -> watch::Receiver<bool>;
}

fn console(face: &Face) -> Result<&Arc<dyn Console>, ErrorCode> {
    let console = face.shared.config.console.as_ref();
    console.ok_or(ErrorCode::NotFound)
}

pub(super) async fn look(State(face): State<Face>, body: Body) -> Result<Response, Refusal> {
    let request = read(body, INVITATION_LIMIT).await?;
    Ok(lines(console(&face)?.look(request)?))
}

pub(super) async fn canary(State(face): State<Face>, body: Body) -> Result<Response, Refusal> {
    let request = read(body, BODY_LIMIT).await?;
    Ok(lines(console(&face)?.canary(request)?))
}

pub(super) async fn results(State(face): State<Face>) -> Result<Json<CanaryAnswer>, Refusal> {
    Ok(Json(console(&face)?.results()))
}

pub(super) async fn packs(State(face): State<Face>) -> Result<Json<PacksAnswer>, Refusal> {
    Ok(Json(console(&face)?.packs()))
}

pub(super) async fn buttons(State(face): State<Face>) -> Result<Json<ButtonsAnswer>, Refusal> {
    let buttons = face.shared.config.buttons.as_ref();
    Ok(Json(buttons.ok_or(ErrorCode::NotFound)?()))
}

pub(super) async fn board(State(face): State<Face>) -> Result<Json<BoardAnswer>, Refusal> {
    let board = face.shared.config.board.as_ref();
    let answer = board.and_then(|board| board());
    Ok(Json(answer.ok_or(ErrorCode::NotFound)?))
}

pub(super) async fn fleet(State(face): State<Face>) -> Result<Json<FleetAnswer>, Refusal> {
    let fleet = face.shared.config.fleet.as_ref();
    let fleet = fleet.ok_or(ErrorCode::NotFound)?;
    Ok(Json(fleet.borrow().clone()))
}

/// The answer is how the room stood before.
pub(super) async fn fleet_enrol(
    State(face): State<Face>,
) -> Result<(StatusCode, Json<FleetAnswer>), Refusal> {
    let anew = face.shared.config.fleet_anew.as_ref();
    let anew = anew.ok_or(ErrorCode::NotFound)?;
    let before = fleet(State(face.clone())).await?;
    anew.notify_one();
    Ok((StatusCode::ACCEPTED, before))
}

pub(super) async fn practice_call(
    State(face): State<Face>,
    body: Body,
) -> Result<Json<PracticeCallAnswer>, Refusal> {
    let request: PracticeCallRequest = read(body, BODY_LIMIT).await?;
    let calls = face.shared.config.practice_call.as_ref();
    Ok(Json(calls.ok_or(ErrorCode::NotFound)?(request.open)?))
}

/// One JSON text a line.
fn lines<T: Serialize + Send + 'static>(out: mpsc::Receiver<T>) -> Response {
    let lines = ReceiverStream::new(out).map(|line| {
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        Ok::<_, Infallible>(Bytes::from(text))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (kind, Body::from_stream(lines)).into_response()
}
