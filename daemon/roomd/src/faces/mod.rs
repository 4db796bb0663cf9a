//! The room's faces: panel page, main display, control API and metrics over HTTP.
//! Shows the core's view and carries presses to it; decides nothing about the room.
//!
//! Terms: a *door* is a listener (loopback, the building's network, the control socket); the *gate* decides at each
//! door who may use which route; a press's *origin* follows from its door alone.

mod api;
mod assets;
mod codes;
mod config;
mod console;
mod convert;
mod equipment;
mod gate;
mod hub;
mod metrics;
mod notice;
mod pages;
mod proof;
mod routes;
mod serve;
mod setup;
mod sound;
mod stream;
mod texts;

pub use config::{
    Buttons, FacesConfig, FacesError, LanFace, Mirror, PackKnown, PacksKnown, PracticeCalls,
};
pub use console::Console;
pub(crate) use convert::person_need;
pub use metrics::Metrics;
pub use notice::{notice, notice_at};
pub use proof::Proofs;
pub use serve::{Bound, bind, serve};
pub use setup::Setup;
pub use texts::{Lang, Texts, UnknownLang, texts};

/// The control API in OpenAPI 3.1, as served at `/api/v1/openapi.json`.
pub const OPENAPI: &str = include_str!("../../assets/openapi.json");

/// Every route of the faces as method and path, for tests and documents.
pub fn routes() -> Vec<(String, &'static str)> {
    let routes = routes::ROUTES.iter();
    routes
        .map(|route| (route.method.to_string(), route.path))
        .collect()
}
