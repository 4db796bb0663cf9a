//! The faces as clients see them: doors, stream, documents, words, and the pages in a real browser.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod axe;
mod browser;
mod chrome;
mod codes;
mod doors;
mod fleet;
mod hand;
mod openapi;
mod screens;
mod setup;
mod stream;
mod support;
mod views;
mod words;
