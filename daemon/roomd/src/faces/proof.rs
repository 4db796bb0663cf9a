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

fn proofs(face: &Face) -> Option<&Arc<dyn Proofs>> {
    face.shared.config.proofs.as_ref()
}

/// Where nothing is checked, nothing was found.
pub(super) async fn report(State(face): State<Face>) -> Json<ProofReport> {
    let nothing = || ProofReport {
        doing: None,
        at_ms: None,
        light: None,
        findings: Vec::new(),
        checks: Vec::new(),
        tomorrow: Vec::new(),
        history: Vec::new(),
    };
    Json(proofs(&face).map_or_else(nothing, |proofs| proofs.report()))
}

pub(super) async fn page(
    State(face): State<Face>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let lang = face.lang(&uri, &headers);
    let page = proofs(&face).and_then(|proofs| proofs.page(lang));
    let page = page.ok_or(ErrorCode::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((kind, page).into_response())
}
