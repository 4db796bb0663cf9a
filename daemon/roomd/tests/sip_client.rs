//! `roomd sip-client` as a program: what it writes for the client, for whom, and that it becomes it.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

const ROOM: &str = r#"
[room]
name = "Saal 2"
state_dir = "state"
[sip]
domains = ["sip.stadt.example"]
account = "saal2@sip.stadt.example"
password_file = "password"
screen = "fakevideo,"
"#;

#[test]
fn the_clients_files_are_written_for_it_alone_and_it_is_started_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let room = folder.path().join("room.toml");
    fs::write(&room, ROOM).unwrap();
    fs::write(folder.path().join("password"), "geheim4711\n").unwrap();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_roomd"))
            .args(["sip-client", "--program", "echo", "--room"])
            .arg(&room)
            .output()
            .unwrap()
    };
    let started = run();
    let said = String::from_utf8(started.stdout).unwrap();
    let errors = String::from_utf8(started.stderr).unwrap();
    assert_eq!(
        said.trim_end().rsplit('/').next(),
        Some("sip"),
        "{said} {errors}"
    );
    assert!(said.starts_with("-f "), "{said}");
    assert!(!errors.contains("geheim4711"), "{errors}");
    let sip = folder.path().join("state/sip");
    for (path, mode) in [(sip.clone(), 0o700), (sip.join("accounts"), 0o600)] {
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    let accounts = fs::read_to_string(sip.join("accounts")).unwrap();
    assert!(accounts.contains("saal2@sip.stadt.example") && accounts.contains("geheim4711"));

    fs::write(folder.path().join("password"), "ge heim\n").unwrap();
    let refused = run();
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && errors.contains("password"),
        "{errors}"
    );
    assert!(!errors.contains("ge heim"), "{errors}");
}
