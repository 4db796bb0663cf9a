//! `roomctl ptz` as a person at a rack meets it, against the emulated heads.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use emulators::line::Site;
use emulators::pelco::{Dialect, PelcoHead, PelcoLine};
use emulators::visca::{CameraServer, FrameKind, Options, Quirks, preset_position};
use std::path::PathBuf;
use std::process::{Command, Output};

fn ptz(words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roomctl"))
        .arg("ptz")
        .args(words.split(' '))
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A camera on a fresh pty, its link, and the folder to be kept.
fn serial() -> (CameraServer, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ptz");
    let options = Options {
        link: link.clone(),
        baud: Some(9600),
    };
    (CameraServer::start(options).unwrap(), link, folder)
}

#[test]
fn a_preset_is_recalled_and_every_frame_is_told() {
    let (camera, link, _folder) = serial();
    let done = ptz(&format!(
        "--port {} --trace preset recall 2",
        link.display()
    ));
    assert!(done.status.success(), "{}", err(&done));
    assert!(
        out(&done).starts_with("done; last seen at pan "),
        "{}",
        out(&done)
    );
    let (wanted, is) = (preset_position(2).unwrap(), camera.position());
    assert!(wanted.pan.abs_diff(is.pan) <= 8, "{is:?}");
    let trace = err(&done);
    for part in [
        "-> 88 30 01 FF",
        "all cameras: take numbers from 1",
        "-> 81 01 04 3F 02 02 FF",
        "camera 1: turn to preset 2",
        "<- 90 41 FF",
        "accepted (socket 1)",
    ] {
        assert!(trace.contains(part), "{part} is missing in:\n{trace}");
    }
}

#[test]
fn a_drive_is_over_when_the_command_is() {
    let (camera, link, _folder) = serial();
    let port = format!("--port {}", link.display());
    let done = ptz(&format!("{port} drive --pan -60 --for 0.4"));
    assert!(done.status.success(), "{}", err(&done));
    assert!(camera.position().pan < 0);
    assert!(!camera.is_moving());
    let looked = ptz(&format!("{port} inquire"));
    assert!(
        out(&looked).contains(": on; looks at pan -"),
        "{}",
        out(&looked)
    );
    let zoomed = ptz(&format!("{port} zoom 40"));
    assert!(zoomed.status.success(), "{}", err(&zoomed));
    assert_eq!(camera.position().zoom, 400);
    assert!(camera.position().pan < 0, "a zoom turns nothing");
    let slept = ptz(&format!("{port} power off"));
    assert!(slept.status.success(), "{}", err(&slept));
    let refused = ptz(&format!("{port} home"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        err(&refused).contains("`power on` wakes it"),
        "{}",
        err(&refused)
    );
}

#[test]
fn heads_on_the_network_are_reached_as_those_on_a_line() {
    let sites = [
        ("tcp", Site::Tcp { port: 0 }),
        ("udp", Site::Udp { port: 0 }),
        ("sony", Site::Sony { port: 0 }),
    ];
    for (scheme, site) in sites {
        let camera = CameraServer::on_network(site).unwrap();
        let address = camera.address().unwrap();
        let done = ptz(&format!(
            "--port {scheme}://{address} goto --pan 10 --tilt 5 --zoom 20"
        ));
        assert!(done.status.success(), "{scheme}: {}", err(&done));
        let is = camera.position();
        assert!(
            is.pan.abs_diff(1000) <= 8 && is.tilt.abs_diff(500) <= 8,
            "{scheme}: {is:?}"
        );
        let stored = ptz(&format!("--port {scheme}://{address} preset store 9"));
        assert!(stored.status.success(), "{scheme}: {}", err(&stored));
        assert_eq!(camera.count(FrameKind::PresetStore), 1);
    }
}

#[test]
fn a_head_that_says_nothing_is_said_to_have_been_told() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("dome");
    let site = Site::Pty {
        link: link.clone(),
        baud: Some(2400),
    };
    let line = PelcoLine::new(vec![PelcoHead::new(Dialect::P, 3, false)]);
    let line = line.start(site).unwrap();
    let head = format!("--port {} --protocol pelco-p --address 3", link.display());
    let sent = ptz(&format!("{head} --trace preset recall 1"));
    assert!(sent.status.success(), "{}", err(&sent));
    assert_eq!(out(&sent), "sent; this head never says what it did");
    assert!(
        err(&sent).contains("head 3: turn to preset 1"),
        "{}",
        err(&sent)
    );
    let now = line.elapsed();
    assert!(line.look(|line| line.head(0).is_moving(now)));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let (camera, link, _folder) = serial();
    let port = format!("--port {}", link.display());
    camera.set_quirks(Quirks {
        deaf: true,
        ..Quirks::default()
    });
    let silent = ptz(&format!("{port} home"));
    assert_eq!(silent.status.code(), Some(1));
    assert!(
        err(&silent).contains("at 9600 baud; check power and cable"),
        "{}",
        err(&silent)
    );
    camera.set_quirks(Quirks {
        garbage: true,
        ..Quirks::default()
    });
    let noise = ptz(&format!("{port} home"));
    assert!(err(&noise).contains("noise seen on"), "{}", err(&noise));
    let absent = ptz("--port /dev/no-such-line home");
    assert!(
        err(&absent).contains("there is no /dev/no-such-line"),
        "{}",
        err(&absent)
    );
    let usage = ptz("--port /dev/a drive --pan 500");
    assert_eq!(usage.status.code(), Some(2));
    let help = ptz("--help");
    assert!(
        out(&help).contains("roomctl ptz --port tcp://10.0.0.7"),
        "{}",
        out(&help)
    );
}
