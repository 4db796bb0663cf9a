//! Images for table buttons as releases: signed by what they say of themselves, offered to rooms that have buttons, ring by ring.

use crate::common::Rig;
use crate::common::release::{Publisher, image};
use crate::packages::{halted, idle, offered, quick_rings, says, stand};
use fleet_proto::*;
use fleetd::people::Role;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const TARGET: &str = "table-buttons/rp2040-oled/0.2.0.uf2";

fn release(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
    command.current_dir(folder).arg("release").args(words);
    command.output().unwrap()
}

#[test]
fn the_program_signs_an_image_by_what_it_says_of_itself_and_refuses_others_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = ["--keys", "keys", "--list", "list"];
    let made = release(folder.path(), &[&["init"], &at[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let add = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        release(folder.path(), &[&["add"], &at[..], &[name]].concat())
    };
    for (name, says, target) in [
        ("a.uf2", "rp2040 oled usb 0.2.0", TARGET),
        (
            "b.uf2",
            "rp2040 tft usb 0.3.1",
            "table-buttons/rp2040-tft/0.3.1.uf2",
        ),
    ] {
        let added = add(name, &image(says));
        assert!(added.status.success(), "{added:?}");
        assert_eq!(String::from_utf8_lossy(&added.stdout).trim(), target);
    }
    let timestamp = || fs::read(folder.path().join("list/timestamp.json")).unwrap();
    let (before, good) = (timestamp(), image("rp2040 oled usb 0.2.0"));
    let mut changed = good.clone();
    changed[600] ^= 1;
    let mut other_chip = good.clone();
    for block in other_chip.chunks_mut(512) {
        block[28..32].copy_from_slice(&0xe48b_ff59_u32.to_le_bytes());
    }
    for (bytes, why) in [
        (b"Not an image".to_vec(), "this is no UF2 file"),
        (changed, "checksum differs"),
        (good[..1024].to_vec(), "damaged or incomplete"),
        (other_chip, "for another chip"),
        (image("rp2350 oled usb 0.2.0"), "does not know"),
        (image("rp2040 oled uart 0.2.0"), "a button on two wires"),
        (image("rp2040 oled usb 0.20.0"), "three numbers below ten"),
        (image("rp2040 oled usb next"), "three numbers below ten"),
    ] {
        let refused = add("c.uf2", &bytes);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(why), "{said}");
    }
    assert_eq!(timestamp(), before, "nothing is signed then");
}

#[tokio::test]
async fn an_image_goes_through_rings_to_rooms_with_such_buttons() {
    let (rig, publisher) = (Rig::start().await, Publisher::new());
    let target = publisher.add(publisher.image("rp2040 oled usb 0.2.0"));
    assert_eq!(target.unwrap(), TARGET);
    let all = publisher.published(&rig).await;
    assert!(all.iter().any(|one| one.target.as_str() == TARGET));
    let anna = rig.person("anna", Role::Admin, None).await;
    quick_rings(&rig).await;
    let (_one, mut good) = idle(&rig, ("saal-1", "canary"), TAKES_FIRMWARE).await;
    let (_two, mut other) = idle(&rig, ("saal-2", "canary"), TAKES_FIRMWARE).await;
    let (_three, mut bad) = idle(&rig, ("saal-3", "early"), TAKES_FIRMWARE).await;
    let _packs_alone = idle(&rig, ("saal-4", "canary"), TAKES_PACKS).await;
    let _first_by_name = idle(&rig, ("saal-0", "canary"), TAKES_PACKS).await;
    let _package_alone = idle(&rig, ("saal-5", "canary"), "take-package-arm64").await;
    let begun = anna.act("/rollouts", &[("target", TARGET)]).await;
    let path = "/rollouts/firmware-rp2040-oled-0-2-0";
    assert_eq!(begun.headers()["location"], path);

    let offer = offered(&mut good).await;
    assert_eq!(offer.target.as_str(), TARGET);
    says(&mut good, &offer, Stage::Begun {}).await;
    says(&mut good, &offer, Stage::Proven {}).await;
    // Its buttons have the other display: it says nothing against the release.
    let offer = offered(&mut other).await;
    let code = "release-no-button".parse().unwrap();
    says(&mut other, &offer, Stage::Refused { code }).await;
    let offer = offered(&mut bad).await;
    says(&mut bad, &offer, Stage::Begun {}).await;
    let code = "release-button-not-back".parse().unwrap();
    says(&mut bad, &offer, Stage::Failed { code }).await;
    let said = halted(&rig, &anna, path).await;
    assert_eq!(said["version"], json!("0.2.0"));
    let says = |room| stand(&said, room);
    let rooms = ["saal-1", "saal-2", "saal-3", "saal-4", "saal-5"];
    let stand = ["proven", "not-for-it", "failed", "away", "away"];
    assert_eq!(rooms.map(says), stand);
    let tally = &said["rings"][0]["tally"];
    assert_eq!((&tally["rooms"], &tally["away"]), (&json!(1), &json!(4)));
    let page = anna.page(path).await;
    let place = |room: &str| page.find(&format!("\"/rooms/{room}\"")).unwrap();
    assert!(
        place("saal-1") < place("saal-2") && place("saal-2") < place("saal-0"),
        "whoever has something to say of it stands before whoever has nothing to do with it"
    );
    for words in [
        "Firmware 0.2.0 für Tischtasten (rp2040-oled)",
        "nichts für diesen Raum",
        "Eine Tischtaste meldet sich nicht mit der neuen Version",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
}
