//! What the browser may do, from the room's file: the operator names a service's host, and the service's pack adds the hosts
//! that it needs, with microphone and camera only where its conferences are.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_browser::{Pack, Packs};
use room_profile::{Profile, SourceFile, Sources};
use roomd::browsing;
use roomd::practice_room::OwnNames;
use serde_json::Value;

fn profile(hosts: &str) -> Profile {
    let text = format!("[room]\nname = \"Saal\"\n[practice]\nenabled = false\n[hosts]\n{hosts}\n");
    room_profile::check(&Sources {
        room: SourceFile::new("room.toml", text),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: vec!["zoom".into(), "teams".into(), "bbb".into()],
        camera_models: Vec::new(),
        audio_models: Vec::new(),
        folder: "/".into(),
    })
    .unwrap()
}

const NOBODY: OwnNames = OwnNames {
    name: None,
    address: None,
};

/// Which hosts may be shown, and which may use microphone and camera.
fn lists(hosts: &str) -> (Vec<String>, Vec<String>) {
    let policy = browsing::policy(&profile(hosts), &NOBODY, None, &Packs::built_in()).unwrap();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let list = |name: &str| serde_json::from_value(policy[name].clone()).unwrap();
    (list("URLAllowlist"), list("AudioCaptureAllowedUrls"))
}

#[test]
fn a_service_brings_the_hosts_that_it_needs_and_no_others() {
    let (shown, devices) = lists("\"stadt.zoom.us\" = \"zoom\"");
    let has = |list: &[String], host: &str| list.iter().any(|entry| entry == host);
    assert!(has(&shown, "https://zoom.us") && has(&devices, "https://[*.]zoom.us"));
    assert!(
        has(&shown, "https://.www.google.com"),
        "the way past a captcha: {shown:?}"
    );
    assert!(
        !devices.iter().any(|entry| entry.contains("google")),
        "{devices:?}"
    );
    assert!(
        !shown.iter().any(|entry| entry.contains("teams.")),
        "{shown:?}"
    );

    let (shown, devices) = lists("\"meet.stadt.example\" = \"bbb\"");
    assert!(
        devices.iter().all(|entry| entry.contains("stadt.example")),
        "{devices:?}"
    );
    assert!(
        !shown.iter().any(|entry| entry.contains("zoom")),
        "{shown:?}"
    );
}

#[test]
fn calls_may_lead_where_the_policy_shows_pages() {
    let profile = profile("\"teams.microsoft.com\" = \"teams\"");
    let allowed = browsing::allowed(&profile, &NOBODY, &Packs::built_in()).unwrap();
    let covers = |address: &str| {
        let address = address.parse().unwrap();
        allowed.iter().any(|allowed| allowed.covers(&address))
    };
    assert!(covers("https://teams.microsoft.com/meet/1?p=x") && covers("https://teams.live.com/"));
    assert!(covers("https://login.microsoftonline.com/common"));
    assert!(
        !covers("https://login.microsoftonline.com.evil.example/")
            && !covers("https://zoom.us/j/1")
    );
}

#[test]
fn a_renewed_pack_brings_the_hosts_that_it_names() {
    let profile = profile("\"teams.microsoft.com\" = \"teams\"");
    let text = include_str!("../../call-browser/providers/teams.toml");
    let renewed = text.replacen("rooms = [", "rooms = [\"teams.neu.example\", ", 1);
    let mut packs = Packs::built_in();
    packs.add(Pack::parse(&renewed).unwrap());
    let new = "https://teams.neu.example/meet/1".parse().unwrap();
    for (packs, expected) in [(Packs::built_in(), false), (packs, true)] {
        let allowed = browsing::allowed(&profile, &NOBODY, &packs).unwrap();
        let leads = allowed.iter().any(|allowed| allowed.covers(&new));
        let policy = browsing::policy(&profile, &NOBODY, None, &packs).unwrap();
        let policy: Value = serde_json::from_str(&policy).unwrap();
        let devices = policy["AudioCaptureAllowedUrls"].to_string();
        assert_eq!(leads, expected);
        assert_eq!(devices.contains("teams.neu.example"), expected, "{devices}");
    }
}
