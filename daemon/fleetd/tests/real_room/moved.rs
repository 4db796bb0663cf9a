//! A real room whose file names another server: it asks there, and what the first one had set ends.

use crate::common::{Browser, Rig, until};
use crate::daemon::{Daemon, QUIET};
use crate::rings::taken_in;
use fleetd::people::Role;
use serde_json::json;
use std::fs;

fn file(rig: &Rig) -> String {
    format!(
        "[room]\nname = \"saal-2\"\nstate_dir = \"state\"\n{QUIET}[practice]\nenabled = false\n[fleet]\nserver = \"{}\"\n",
        rig.base()
    )
}

async fn sets(who: &Browser, over: &str, limit: u8) {
    let text = format!("[policy]\nvolume_limit = {limit}\n");
    let fields = [
        ("of", "all"),
        ("over", over),
        ("do", "write"),
        ("text", &text),
    ];
    who.act("/settings/level", &fields).await;
}

/// Which writing of its fleet's the room has.
async fn has(room: &Daemon, settings: u64) {
    until("the room has these settings", async || {
        let said = room.roomctl(&["fleet", "--json"]).await.unwrap_or_default();
        said["standing"]["connected"] == json!(true) && said["settings"] == json!(settings)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_goes_to_another_server_has_that_ones_settings_and_no_longer_the_first_ones() {
    let (first, second) = (Rig::start().await, Rig::start().await);
    let anna = first.person("anna", Role::Admin, None).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("room.toml"), file(&first)).unwrap();
    let mut room = Daemon::start(folder);
    taken_in(&first, &anna, ("saal-2", "canary")).await;
    for (over, limit, writing) in [("0", 60, 1), ("1", 65, 2)] {
        sets(&anna, over, limit).await;
        has(&room, writing).await;
    }

    let otto = second.person("otto", Role::Admin, None).await;
    fs::write(room.folder.path().join("room.toml"), file(&second)).unwrap();
    room.again();
    taken_in(&second, &otto, ("saal-2", "canary")).await;
    let said = room.roomctl(&["fleet", "--json"]).await.unwrap();
    assert_eq!(said["settings"], json!(null), "{said}");
    // It counts from the start again.
    sets(&otto, "0", 70).await;
    has(&room, 1).await;
    let log = room.log();
    assert!(!log.contains("panicked"), "{log}");
}
