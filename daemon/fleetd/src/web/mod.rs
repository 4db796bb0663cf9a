//! Every address of the server: one table, one gate before all of them, one place where acts are carried out. Draws nothing.
//!
//! Invariant: no act is reached but through the table, and none before its door was checked.

mod ask;
mod door;
mod gate;
mod openapi;
mod refused;
mod routes;

pub use ask::{Ask, Who};
pub use door::Door;
pub use gate::{COOKIE, router};
pub(crate) use gate::{LANGUAGE, bearer, cookies, of_own_form};
pub use openapi::description;
pub use refused::Refused;
pub use routes::{Act, ROUTES, Route, Side, Way};
