//! The real daemon of a room and this server, over real TLS. Each side's own tests use a made-up other side; these hold that both mean
//! the same.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod alone;
mod boards;
mod browser;
mod chip;
#[path = "../common/mod.rs"]
mod common;
mod daemon;
mod firmware;
mod moved;
mod packages;
mod rings;
mod told;

use common::Rig;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A browser that begins anew or a test meeting takes a while on a busy machine; a room gives up before.
const LONG: Duration = Duration::from_secs(200);

/// A program of the workspace, beside the tests; `cargo build --workspace --bins` makes it.
fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap().join(name);
    assert!(
        built.exists(),
        "{} is not built: cargo build -p {name}",
        built.display()
    );
    built
}

/// What a person told the room, at its end.
async fn pressed(rig: &Rig, who: &common::Browser, button: &str) -> Value {
    let id = format!("press-{button}");
    let fields = [("verb", button), ("command", id.as_str())];
    who.act("/rooms/saal-2/tell", &fields).await;
    let room = "saal-2".parse().unwrap();
    let at = (&rig.fleet.tenant, &room);
    let id = id.parse().unwrap();
    let over = rig.fleet.commands.over(at, &id, LONG).await;
    serde_json::to_value(over.unwrap().unwrap().standing).unwrap()
}
