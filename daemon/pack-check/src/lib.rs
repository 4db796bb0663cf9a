//! pack-check: proves about service packs what can be proven without a browser, and holds them against what a vendor
//! publishes.
//!
//! - [`Pages`] are a pack's pages: small ones for single rules, and whole documents.
//! - [`check`] asks whether each selector can match, each rule has its pages in both languages, and each state its way out.
//! - [`against`] looks for each marker of a pack in an unpacked package or a checkout of the vendor.
//!
//! What is visible is judged by attributes and inline styles only; the tests of `call-browser` ask the real browser.
//! Knows packs; knows no room, no network and no service.

mod check;
mod drift;
mod look;
mod markers;
mod pages;

pub use check::{Finding, Level, Report, check};
pub use drift::{Drift, MarkerSeen, PartDrift, Verdict, against};
pub use markers::Kind;
pub use pages::{Case, Lang, Pages, PagesError};
