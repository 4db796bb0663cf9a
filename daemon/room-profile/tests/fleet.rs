//! The fleet in a room's file, and what a fleet may set from afar.

mod common;

use common::{problems, right, sources};
use expect_test::expect;
use room_core::plan::JoinPolicy;
use room_profile::{Language, SourceFile, check, check_under, fleet_may_set, reference};

const ROOM: &str = "[room]\nname = \"Saal 2\"\n";

fn under(room: &str, settings: &str) -> Result<room_profile::Profile, Vec<String>> {
    let settings = SourceFile::new("the fleet's settings, revision 4", settings);
    check_under(&sources(room), Some(&settings)).map_err(|problems| problems.lines())
}

#[test]
fn a_room_belongs_nowhere_until_its_file_says_so() {
    assert_eq!(right(ROOM).fleet, None);
    let profile = right(&format!(
        "{ROOM}[fleet]\nserver = \"https://fleet.stadt.example:8443/\"\nproxy = \"http://proxy:3128\"\n"
    ));
    let fleet = profile.fleet.expect("it belongs somewhere");
    assert_eq!(fleet.server, "https://fleet.stadt.example:8443");
    assert_eq!(fleet.proxy.expect("a proxy").port(), Some(3128));
    assert_eq!((fleet.grant_key, fleet.release_root), (None, None));
}

#[test]
fn mistakes_about_the_fleet_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal 2"
[fleet]
server = "https://fleet.stadt.example/rooms"
proxy = "http://me:secret@proxy:3128"
grant_key = "none"
"#,
        expect![[r#"
            room.toml:5:10: this is no fleet server's address; write https://, its name, and perhaps a port, without a path
            room.toml:6:9: name and password of a proxy stand in `proxy_account_file`; expected a proxy's address as `http://HOST:PORT`
            room.toml:7:13: not a public key of minisign; expected the second line of a minisign .pub file, which begins with RW"#]],
    );
}

#[test]
fn what_the_fleet_sets_lies_over_the_rooms_file() {
    let room = format!("{ROOM}[policy]\njoin = \"by-itself\"\nvolume_limit = 80\n");
    let settings =
        "[policy]\nvolume_limit = 60\n[room]\nlanguage = \"en\"\n[preflight.path]\nloss = 7\n";
    let profile = under(&room, settings).expect("right");
    let policy = &profile.plan.policy;
    assert_eq!(
        policy.join,
        JoinPolicy::ByItself,
        "the room's own word stays"
    );
    assert_eq!(policy.volume_limit.get(), 60, "the fleet's word counts");
    assert_eq!(profile.language, Language::English);
    assert_eq!(profile.preflight.path.loss, 7);
    let without = under(&room, "").expect("right");
    assert_eq!(without.plan.policy.volume_limit.get(), 80);
}

#[test]
fn what_a_fleet_may_not_set_is_refused_with_every_problem_and_its_place() {
    let settings = r#"
[policy]
after_crash = "restore"
join = "whenever"
volume_limit = 60
[hosts]
"evil.example" = "zoom"
[room]
name = "Saal 3"
[heads.front]
serial = "/dev/ttyS0"
"#;
    let problems = under(ROOM, settings).expect_err("refused");
    expect![[r#"
        the fleet's settings, revision 4:3:1: the fleet may not set `policy.after_crash`; it may set: join, announce_before, warm_before, join_before, join_late_limit, alone_after, leave_after_end, extend_by, join_limit, wait_limit, reconnect_limit, rejoin_tries, display_off_after, update_buttons, volume_at_start, volume_limit
        the fleet's settings, revision 4:4:8: `whenever` is not known here; known here: `on-press`, `by-itself`
        the fleet's settings, revision 4:6:2: the fleet may not set `hosts`; it may set: room, policy, preflight; all else stands in the room's own file
        the fleet's settings, revision 4:9:1: the fleet may not set `room.name`; it may set: language, help
        the fleet's settings, revision 4:10:2: the fleet may not set `heads`; it may set: room, policy, preflight; all else stands in the room's own file"#]].assert_eq(&problems.join("\n"));
}

#[test]
fn a_text_that_is_no_toml_is_refused() {
    let problems = under(ROOM, "[policy").expect_err("refused");
    assert!(problems[0].contains("not TOML"), "{problems:?}");
}

/// Whatever a stolen fleet server sends, it cannot add a place to join, a calendar, a key, a device, or open anything after a crash.
#[test]
fn nothing_that_a_fleet_may_set_leads_a_room_anywhere() {
    let banned = [
        "hosts",
        "calendars",
        "standing",
        "canary",
        "sip",
        "packs",
        "fleet",
        "consent",
        "browser",
        "faces",
        "practice",
        "cameras",
        "microphones",
        "loudspeakers",
        "sound",
        "heads",
        "machine",
        "policy.after_crash",
        "room.state_dir",
        "room.name",
    ];
    for key in fleet_may_set() {
        let table = key.split('.').next().expect("a table");
        assert!(
            !banned.contains(&table) && !banned.contains(&key.as_str()),
            "{key}"
        );
    }
}

/// The list names keys that there are, so that a renamed key does not silently stop being settable.
#[test]
fn every_key_that_a_fleet_may_set_is_in_the_reference() {
    let reference = reference();
    for key in fleet_may_set() {
        let name = key.rsplit('.').next().expect("a name");
        let found =
            reference.contains(&format!("`{name}`")) || reference.contains(&format!("[{name}"));
        assert!(found, "{key} is not in the reference");
    }
}

#[test]
fn a_room_without_settings_is_checked_as_before() {
    assert!(check(&sources(ROOM)).is_ok());
}
