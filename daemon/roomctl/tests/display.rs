//! `roomctl display` as a facility team meets it: against emulated displays, over a serial line and the network.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use emulators::display::{DisplayServer, Emulator, Lies, serve_pty, serve_tcp};
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

async fn display(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .arg("display")
        .args(words)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output.status.code(),
        said + &String::from_utf8_lossy(&output.stdout),
    )
}

fn serial(folder: &Path) -> (DisplayServer, String) {
    let mut emulator = Emulator::new("samsung-mdc", None).unwrap();
    emulator.body.warm_up = Duration::from_millis(300);
    let path = folder.join("display");
    let server = serve_pty(emulator, &path).unwrap();
    (server, path.display().to_string())
}

#[tokio::test]
async fn a_display_is_switched_on_and_what_was_seen_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (server, port) = serial(folder.path());
    let line = ["--port", &port, "--model", "samsung-signage", "--trace"];
    let (code, said) = display(&[&line[..], &["on"]].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    for part in ["-> AA 11 01 01 01 14", "Power(On)", "power on: seen"] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
    let (code, said) = display(&[&line[..4], &["input", "hdmi2"]].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(server.with(|body, _| body.input().to_owned()), "23");
    let (code, said) = display(&[&line[..4], &["status"]].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "power: on",
        "input: 23",
        "volume: 20 %",
        "sound: to be heard",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[tokio::test]
async fn a_projector_is_asked_with_its_password_and_without() {
    let emulator = Emulator::new("pjlink", Some("Saal2")).unwrap();
    let server = serve_tcp(emulator, "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret").display().to_string();
    std::fs::write(&secret, "Saal2\n").unwrap();
    let port = format!("tcp://{}", server.place);
    let line = ["--port", &port, "--protocol", "pjlink"];
    let (code, said) =
        display(&[&line[..], &["--password-file", &secret, "status"]].concat()).await;
    assert_eq!((code, said.as_str()), (Some(0), "power: standby\n"));
    let (code, said) = display(&[&line[..], &["status"]].concat()).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("display-wrong-password"), "{said}");
    assert!(!said.contains("Saal2"));
}

#[tokio::test]
async fn what_went_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (server, port) = serial(folder.path());
    let model = ["--model", "samsung-signage"];
    let nowhere = folder.path().join("nothing").display().to_string();
    server.lie(Lies {
        mute: true,
        ..Lies::default()
    });
    for (words, part) in [
        (vec!["--port", &nowhere, "on"], "is the adapter plugged in"),
        (
            vec!["--port", &port, "on"],
            "nobody answers; check the cable",
        ),
        (
            vec!["--port", &port, "input", "hdmi7"],
            "has no input `hdmi7`; it has dp1, dvi1, hdmi1",
        ),
    ] {
        let (code, said) = display(&[&model[..], &words].concat()).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
    let (code, said) = display(&["--port", "ttyUSB0", "--model", "x", "on"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`ttyUSB0` is no line"), "{said}");
    let (code, said) = display(&["--port", &port, "--model", "samsung", "on"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("there is no model `samsung`; there are benq-projector"),
        "{said}"
    );
    let (code, said) = display(&["--port", &port, "--protocol", "ascii", "on"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--model NAME"), "{said}");
    let (code, said) = display(&["--models"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("pjlink"), "{said}");
}
