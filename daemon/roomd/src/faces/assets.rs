//! Style, scripts, icons and texts, built into the program. Knows no state of the room.

use super::gate::Refusal;
use super::texts::{Lang, texts};
use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use room_api::ErrorCode;

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// Name, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("face.css", CSS, include_str!("../../assets/face.css")),
    ("panel.css", CSS, include_str!("../../assets/panel.css")),
    ("display.css", CSS, include_str!("../../assets/display.css")),
    ("common.js", JS, include_str!("../../assets/common.js")),
    ("live.js", JS, include_str!("../../assets/live.js")),
    ("panel.js", JS, include_str!("../../assets/panel.js")),
    ("card.js", JS, include_str!("../../assets/card.js")),
    ("keypad.js", JS, include_str!("../../assets/keypad.js")),
    ("head.js", JS, include_str!("../../assets/head.js")),
    ("tone.js", JS, include_str!("../../assets/tone.js")),
    ("findings.js", JS, include_str!("../../assets/findings.js")),
    ("page.js", JS, include_str!("../../assets/page.js")),
    ("display.js", JS, include_str!("../../assets/display.js")),
    ("codes.js", JS, include_str!("../../assets/codes.js")),
    ("pair.js", JS, include_str!("../../assets/pair.js")),
    ("setup.js", JS, include_str!("../../assets/setup.js")),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../../assets/icon.svg"),
    ),
];

/// The sprite that pages carry inline.
pub(super) const ICONS: &str = include_str!("../../assets/icons.svg");

pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Refusal> {
    let found = FILES.iter().find(|(file, ..)| *file == name);
    let (_, kind, content) = found.ok_or(ErrorCode::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, *kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, *content).into_response())
}

/// All texts of a language, for the page's script.
pub(super) async fn strings(Path(name): Path<String>) -> Result<Response, Refusal> {
    let code = name.strip_suffix(".json").ok_or(ErrorCode::NotFound)?;
    let lang: Lang = code.parse().map_err(|_| ErrorCode::NotFound)?;
    Ok(Json(texts(lang).all()).into_response())
}
