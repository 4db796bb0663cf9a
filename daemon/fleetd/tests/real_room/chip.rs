//! Firmware from the signing machine through the server and a real daemon to a real image in an emulated chip, whose ROM alone is
//! played; proven by what the chip itself says then.

use crate::LONG;
use crate::common::Rig;
use crate::common::release::Publisher;
use crate::daemon::Daemon;
use crate::firmware::{described, ended, released};
use crate::rings::taken_in;
use emulators::puck::UsbTree;
use fleetd::people::Role;
use puck_image::Image;
use puck_rig::{Age, Build, Kit, Lacks, Socket};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tokio::time::{Duration, Instant, sleep, timeout};

fn or_skipped(found: Result<Kit, Lacks>) -> Option<Kit> {
    found
        .map_err(|lacks| {
            let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
            assert!(!all, "all tests were asked for, but this one {}", lacks.0);
            eprintln!("SKIPPED: the table button's image: {}", lacks.0);
        })
        .ok()
}

fn version(image: &Path) -> String {
    let image = Image::read(&fs::read(image).unwrap()).unwrap();
    image.marker().version.clone()
}

/// A room with one button, and what came with its daemon for it.
fn room(rig: &Rig, (folder, tree): (TempDir, &UsbTree), (link, came): (&Path, &Path)) -> Daemon {
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("images")).unwrap();
    fs::copy(came, at("images/puck-oled-usb.uf2")).unwrap();
    let pucks = format!("[pucks.table]\nserial = \"{}\"\n", link.display());
    described(folder.path(), rig, &pucks);
    let [sys, dev, images] = [tree.sys().to_owned(), tree.dev().to_owned(), at("images")]
        .map(|p| p.display().to_string());
    Daemon::start_with(
        folder,
        &["--sys", &sys, "--dev", &dev, "--button-images", &images],
    )
}

/// Waits until the button is there with this version and nothing is offered to it.
async fn runs(room: &Daemon, version: &str) {
    let end = Instant::now() + LONG;
    loop {
        let said = room.roomctl(&["status", "--json"]).await;
        let button = said.unwrap_or_default();
        let button = &button["buttons"][0];
        let there = button["here"] == json!(true) && button["offered"] == Value::Null;
        if there && button["firmware"] == json!(version) {
            return;
        }
        assert!(Instant::now() < end, "{button}\n{}", room.log());
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_image_comes_by_a_release_into_the_chip_and_is_proven_by_what_the_chip_says() {
    let (Some(today), Some(tomorrow)) = (
        or_skipped(Kit::find(Build::Oled)),
        or_skipped(Kit::aged(Age::Tomorrow)),
    ) else {
        return;
    };
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let anna = rig.person("anna", Role::Admin, None).await;
    publisher.published(&rig).await;
    let folder = tempfile::tempdir().unwrap();
    let tree = UsbTree::new(&folder.path().join("usb")).unwrap();
    fs::copy(
        publisher.list().join("1.root.json"),
        folder.path().join("root.json"),
    )
    .unwrap();
    let mut socket = Socket::plugged(&tree, ("1-1.2", "ttyACM0"), today.clone()).unwrap();
    let mut room = room(&rig, (folder, &tree), (&socket.link(), &today.image));
    taken_in(&rig, &anna, ("saal-1", "canary")).await;
    runs(&room, &version(&today.image)).await;

    let newer = version(&tomorrow.image);
    let by = (&anna, &publisher);
    let name = released(&rig, by, (tomorrow.image.clone(), &newer)).await;
    let (standing, written) = tokio::join!(
        ended(&anna, &room, &name),
        timeout(LONG, socket.written(LONG))
    );
    assert_eq!(
        standing["is"],
        json!("proven"),
        "{standing}\n{}",
        room.log()
    );
    written.expect("the chip was asked for its loader").unwrap();
    runs(&room, &newer).await;

    // It speaks with the room, and is left alone by what came with the daemon, also after a start.
    let speaks = |seen: &puck_rig::Seen| seen.connected() && seen.resets.is_empty();
    socket.button().until(LONG, speaks).await.unwrap();
    room.again();
    runs(&room, &newer).await;
    let log = room.log();
    assert!(!log.contains("panicked"), "{log}");
}
