//! The last check of the room in full: for the panel and IT as data, for the installer's folder as a page.
//! Knows no check; whoever remembers them stands behind [`Proofs`].

use super::gate::{Face, Refusal};
use super::texts::Lang;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use room_api::{ErrorCode, ProofReport};
use std::sync::Arc;

/// Remembers checks.
pub trait Proofs: Send + Sync {
    /// The last one, and what was before.
    fn report(&self) -> ProofReport;

    /// The last one as a page that needs nothing else; `None`: there was none.
    fn page(&self, lang: Lang) -> Option<String>;
}

fn proofs(face: &Face) -> Result<&Arc<dyn Proofs>, ErrorCode> {
    face.shared
        .config
        .proofs
        .as_ref()
        .ok_or(ErrorCode::NotFound)
}

pub(super) async fn report(State(face): State<Face>) -> Result<Json<ProofReport>, Refusal> {
    Ok(Json(proofs(&face)?.report()))
}

pub(super) async fn page(
    State(face): State<Face>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let lang = face.lang(&uri, &headers);
    let page = proofs(&face)?.page(lang).ok_or(ErrorCode::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((kind, page).into_response())
}
