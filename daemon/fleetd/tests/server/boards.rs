//! Boards' files as releases: named after their board, judged as a room reads them, offered to rooms that take them, ring by ring.

use crate::common::Rig;
use crate::common::release::Publisher;
use crate::packages::{halted, idle, offered, quick_rings, says, stand};
use fleet_proto::*;
use fleetd::people::Role;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const TARGET: &str = "boards/rock-5b/2.toml";

/// What came with the daemon, as another revision of itself.
fn rock(revision: u32) -> String {
    let text = include_str!("../../../../boards/rock-5b.toml");
    text.replacen(
        "[machine]\n",
        &format!("[machine]\nrevision = {revision}\n"),
        1,
    )
}

fn release(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
    command.current_dir(folder).arg("release").args(words);
    command.output().unwrap()
}

#[test]
fn the_program_signs_a_boards_file_and_shows_everything_that_is_wrong_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let at = ["--keys", "keys", "--list", "list"];
    let made = release(folder.path(), &[&["init"], &at[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let add = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        release(folder.path(), &[&["add"], &at[..], &[name]].concat())
    };
    let own = include_str!("../../../../boards/intel-n100.toml");
    for (name, text, target) in [
        ("rock-5b.toml", rock(2).as_str(), TARGET),
        ("intel-n100.toml", own, "boards/intel-n100/1.toml"),
        (
            "kit-a.toml",
            "inherit = \"rock-5b\"\n",
            "boards/kit-a/1.toml",
        ),
    ] {
        let added = add(name, text);
        assert!(added.status.success(), "{added:?}");
        assert_eq!(String::from_utf8_lossy(&added.stdout).trim(), target);
    }
    let timestamp = || fs::read(folder.path().join("list/timestamp.json")).unwrap();
    let before = timestamp();
    let two = rock(2)
        .replace("\"pin 40\"", "pin40")
        .replace("warm = 75", "warm = 95");
    let both = "inherit = \"rock-5\"\n[machine]\nrevision = \"2\"\n[haeds.front]\n";
    for (name, text, whys) in [
        (
            "rock-5b.toml",
            "[machine\n",
            &["[rock-5b.toml:1:9]", "not TOML"][..],
        ),
        (
            "rock-5b.toml",
            &two,
            &["rock-5b.toml:", "the board slows down before it is warm"],
        ),
        (
            "rock-5b.toml",
            both,
            &[
                "there is no board `rock-5`",
                "rock-5b",
                "without quotes",
                "unknown key `haeds`",
                "[rock-5b.toml:3:12]",
            ],
        ),
        (
            "Rock.toml",
            "",
            &["a board's file is named after its board"],
        ),
        (
            "rock.5b.toml",
            "",
            &["a board's file is named after its board"],
        ),
        // A pack without its seal is no board.
        (
            "zoom.toml",
            "service = \"zoom\"\nversion = 2\n",
            &["zoom.toml.minisig"],
        ),
    ] {
        let refused = add(name, text);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{text}: {said}");
        for why in whys {
            assert!(said.contains(why), "{why} in {said}");
        }
    }
    assert_eq!(timestamp(), before, "nothing is signed then");
}

#[tokio::test]
async fn a_boards_file_goes_through_rings_to_rooms_with_that_board() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let target = publisher.add(publisher.board("rock-5b", &rock(2)));
    assert_eq!(target.unwrap(), TARGET);
    let all = publisher.published(&rig).await;
    assert!(all.iter().any(|one| one.target.as_str() == TARGET));
    let anna = rig.person("anna", Role::Admin, None).await;
    quick_rings(&rig).await;
    let (_one, mut good) = idle(&rig, ("saal-1", "canary"), TAKES_BOARDS).await;
    let (_two, mut other) = idle(&rig, ("saal-2", "canary"), TAKES_BOARDS).await;
    let (_three, mut own) = idle(&rig, ("saal-3", "canary"), TAKES_BOARDS).await;
    let (_four, mut bad) = idle(&rig, ("saal-4", "early"), TAKES_BOARDS).await;
    let _older = idle(&rig, ("saal-5", "canary"), TAKES_PACKS).await;
    let begun = anna.act("/rollouts", &[("target", TARGET)]).await;
    let path = "/rollouts/board-rock-5b-2";
    assert_eq!(begun.headers()["location"], path);

    let offer = offered(&mut good).await;
    assert_eq!(offer.target.as_str(), TARGET);
    says(&mut good, &offer, Stage::Begun {}).await;
    says(&mut good, &offer, Stage::Proven {}).await;
    // Another board, or a file of the operator's: neither says anything against the release.
    for (line, code) in [
        (&mut other, "release-other-board"),
        (&mut own, "release-own-board"),
    ] {
        let offer = offered(line).await;
        let code = code.parse().unwrap();
        says(line, &offer, Stage::Refused { code }).await;
    }
    let offer = offered(&mut bad).await;
    let code = "release-board-unfit".parse().unwrap();
    says(&mut bad, &offer, Stage::Refused { code }).await;
    let said = halted(&rig, &anna, path).await;
    assert_eq!(said["version"], json!(2));
    let says = |room| stand(&said, room);
    let rooms = ["saal-1", "saal-2", "saal-3", "saal-4", "saal-5"];
    let stand = ["proven", "not-for-it", "not-for-it", "failed", "away"];
    assert_eq!(rooms.map(says), stand);
    let tally = &said["rings"][0]["tally"];
    assert_eq!((&tally["rooms"], &tally["away"]), (&json!(1), &json!(3)));
    let page = anna.page(path).await;
    for words in [
        "Platinendatei rock-5b, Revision 2",
        "Der Raum hat eine andere Platine.",
        "Das Gerät hat eine eigene Datei für diese Platine",
        "Die eigene Datei des Raums passt nicht über die neue Platinendatei.",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
}
