//! The whole driver over real lines of this machine, ptys and TCP, against emulated displays.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Room, SOON, Set, link, the_list};
use drv_display::LinkConfig;
use emulators::display::{Body, DisplayServer, Emulator, Lies, PowerState, serve_pty, serve_tcp};
use room_core::effect::DisplayCommand;
use room_core::event::{DisplayInput, DisplayPower, DisplaySeen};
use room_core::failure::DisplayFailure;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

impl Set for DisplayServer {
    fn with(&self, what: &mut dyn FnMut(&mut Body, Duration)) {
        DisplayServer::with(self, |body, now| what(body, now));
    }
}

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn quick(protocol: &str, password: Option<&str>) -> Emulator {
    let mut emulator = Emulator::new(protocol, password).unwrap();
    emulator.body.warm_up = Duration::from_millis(300);
    emulator.body.cool_down = Duration::from_millis(300);
    emulator
}

fn serial(folder: &Path) -> (DisplayServer, LinkConfig, PathBuf) {
    let path = folder.join("display");
    let server = serve_pty(quick("samsung-mdc", None), &path).unwrap();
    let link = link(&path.display().to_string(), "samsung-signage", "");
    (server, link, path)
}

async fn network(password: &str) -> (DisplayServer, LinkConfig) {
    let server = serve_tcp(quick("pjlink", Some("Saal2")), LOOPBACK)
        .await
        .unwrap();
    let link = link(&format!("tcp://{}", server.place), "pjlink", password);
    (server, link)
}

#[tokio::test]
async fn the_list_holds_on_a_serial_line() {
    let folder = tempfile::tempdir().unwrap();
    let (server, link, _) = serial(folder.path());
    the_list(&mut Room::new(vec![link]), &server, true).await;
}

#[tokio::test]
async fn the_list_holds_over_the_network_with_a_password() {
    let (server, link) = network("Saal2").await;
    the_list(&mut Room::new(vec![link]), &server, true).await;
}

#[tokio::test]
async fn a_line_that_is_pulled_is_noticed_and_its_return_too() {
    let folder = tempfile::tempdir().unwrap();
    let (server, link, _) = serial(folder.path());
    let mut room = Room::new(vec![link]);
    room.until(DisplaySeen::Power(DisplayPower::Standby)).await;
    server.unplug();
    room.until(DisplaySeen::Gone(DisplayFailure::LineAbsent))
        .await;
    server.plug();
    room.until(DisplaySeen::Here).await;
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Power(DisplayPower::On)).await;
}

#[tokio::test]
async fn the_next_line_takes_over_and_the_better_one_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (first, serial, _) = serial(folder.path());
    let (second, network) = network("Saal2").await;
    let mut room = Room::new(vec![serial, network]);
    room.until(DisplaySeen::Here).await;
    first.unplug();
    room.display.send(DisplayCommand::Show);
    let on = |body: &mut Body, now| body.power(now) == PowerState::On;
    assert!(second.wait(SOON, on).await, "the network did not take over");
    first.plug();
    // The better line is proven again once it answers; then it is the one that is told.
    let asked = first.with(|body, _| body.heard().len());
    let answers = move |body: &mut Body, _| body.heard().len() > asked + 1;
    assert!(first.wait(SOON, answers).await);
    room.display.send(DisplayCommand::Show);
    assert!(
        first.wait(SOON, on).await,
        "the serial line did not come back"
    );
}

#[tokio::test]
async fn a_line_whose_display_says_yes_and_does_nothing_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (first, serial, _) = serial(folder.path());
    let (second, network) = network("Saal2").await;
    first.lie(Lies {
        idle: true,
        ..Lies::default()
    });
    let mut room = Room::new(vec![serial, network]);
    room.until(DisplaySeen::Here).await;
    room.display.send(DisplayCommand::Show);
    let on = |body: &mut Body, now| body.power(now) == PowerState::On;
    assert!(second.wait(SOON, on).await);
    room.until(DisplaySeen::Power(DisplayPower::On)).await;
}

#[tokio::test]
async fn an_input_that_somebody_chose_is_seen_as_another() {
    let folder = tempfile::tempdir().unwrap();
    let (server, link, _) = serial(folder.path());
    let own = link.room_input.clone().unwrap();
    let mut room = Room::new(vec![link]);
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Input(DisplayInput::Room)).await;
    assert!(server.with(|body, _| body.input() == own.as_str()));
    server.by_hand(&emulators::display::Request::Input("23".into()));
    room.until(DisplaySeen::Input(DisplayInput::Other)).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let gone = |why| DisplaySeen::Gone(why);
    let nowhere = folder.path().join("nothing").display().to_string();
    let mut room = Room::new(vec![link(&nowhere, "lg-signage", "")]);
    room.until(gone(DisplayFailure::LineAbsent)).await;

    // A port that nobody listens at.
    let free = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let address = format!("tcp://{}", free.local_addr().unwrap());
    drop(free);
    let mut room = Room::new(vec![link(&address, "pjlink", "")]);
    room.until(gone(DisplayFailure::NoAnswer)).await;

    let (_server, wrong) = network("falsch").await;
    let mut room = Room::new(vec![wrong]);
    room.until(gone(DisplayFailure::WrongPassword)).await;

    let (server, serial, _) = serial(folder.path());
    server.lie(Lies {
        mute: true,
        ..Lies::default()
    });
    let mut room = Room::new(vec![serial]);
    room.until(gone(DisplayFailure::NoAnswer)).await;
}
