//! What the studio says when a node or the whole sound server is not there.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Room, VirtualRoom, Wiring, can_run, ear};
use preflight_probe::stage::Stage;
use preflight_probe::studio::StudioError;
use std::time::{Duration, Instant};

#[tokio::test]
async fn what_is_not_there_is_said_by_name_and_an_empty_server_in_time() {
    if !can_run() {
        return;
    }
    let server = VirtualRoom::open(&Room::installed(5), Wiring::default());
    let take = ear().take().clone();
    let mut studio = server.studio();
    let no_microphone = studio.record("left", &["foyer"], &take).await;
    assert!(
        matches!(&no_microphone, Err(StudioError::NoNode { what: "microphone", name }) if name == "foyer"),
        "{no_microphone:?}"
    );
    let folder = server.runtime();
    drop(server);
    let began = Instant::now();
    let gone = preflight_probe::studio::Studio::at(folder)
        .record("left", &["table"], &take)
        .await;
    assert!(gone.is_err());
    assert!(began.elapsed() < Duration::from_secs(10));
}
