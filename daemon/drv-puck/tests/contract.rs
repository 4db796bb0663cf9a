//! What must hold for a table button on a line, against the emulated one; each wait has an end.
//! The line is the rung's: a pty here, USB on the kernel's own driver in `kernel.rs`, which includes this list.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "rung/pty.rs"]
#[allow(dead_code, reason = "the kernel's list brings a rung of its own")]
mod rung;

use crate::rung::Line;
use drv_puck::{Config, Face, Handle, Light, Mic, Ring, Scene, Text, Tongue, channel, supervise};
use emulators::puck::{Connection, Fault, NotSent, Puck};
use room_core::event::{Event, Key, KeyPress, Origin, Presence, Press};
use room_core::ids::PuckId;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(5);

struct Rig {
    line: Line,
    handle: Handle,
    events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
}

fn rig() -> Rig {
    let line = Line::new();
    let (handle, inbox) = channel();
    let (out, events) = mpsc::channel(64);
    let config = Config {
        id: PuckId::new("table"),
        path: line.path(),
    };
    let driver = tokio::spawn(supervise(config, inbox, out));
    Rig {
        line,
        handle,
        events,
        driver,
    }
}

impl Rig {
    async fn next(&mut self) -> Event {
        timeout(SOON, self.events.recv())
            .await
            .expect("the driver says something in time")
            .expect("the driver runs")
    }

    async fn expect(&mut self, presence: Presence) {
        assert_eq!(
            self.next().await,
            Event::Puck(PuckId::new("table"), presence)
        );
    }

    /// A rig and a button that found each other.
    async fn connected() -> (Rig, Puck) {
        let mut rig = rig();
        rig.expect(Presence::Gone).await;
        let puck = rig.line.button();
        rig.expect(Presence::Here).await;
        (rig, puck)
    }
}

fn pressed(key: Key, kind: KeyPress) -> Event {
    Event::Pressed {
        press: Press::Key(key, kind),
        origin: Origin::Puck,
    }
}

fn green() -> Face {
    Face {
        ring: Ring::Green,
        mic: Mic::Open,
        scene: Scene::Call,
        tongue: Tongue::German,
        light: Light::Full,
        minutes: Some(7),
        headline: Text::cut("Mikrofon an"),
        detail: Text::cut("14:30 – 15:15"),
        action: Text::EMPTY,
        trouble: Text::EMPTY,
    }
}

fn red() -> Face {
    Face {
        ring: Ring::Red,
        mic: Mic::Closed,
        ..green()
    }
}

#[tokio::test]
async fn a_press_arrives_once_with_the_table_as_origin() {
    let (mut rig, puck) = Rig::connected().await;
    puck.press(wire::Key::Mute, wire::KeyKind::Short)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Mute, KeyPress::Short));
    puck.press(wire::Key::Main, wire::KeyKind::Long)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Main, KeyPress::Long));
    puck.until(SOON, |s| s.heard == Some(2)).await.unwrap();
    assert!(rig.events.is_empty());
}

#[tokio::test]
async fn a_press_survives_a_noisy_line_and_still_acts_once() {
    let (mut rig, puck) = Rig::connected().await;
    puck.fault(Fault::Damage(3)).await.unwrap();
    puck.press(wire::Key::Mute, wire::KeyKind::Short)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Mute, KeyPress::Short));
    puck.until(SOON, |s| s.heard == Some(1)).await.unwrap();
    puck.press(wire::Key::Main, wire::KeyKind::Short)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Main, KeyPress::Short));
}

#[tokio::test]
async fn the_newest_is_shown_and_shown_again_to_a_button_that_returns() {
    let (mut rig, puck) = Rig::connected().await;
    for _ in 0..50 {
        rig.handle.show(red());
        rig.handle.show(green());
    }
    puck.until(SOON, |s| s.face == Some(green())).await.unwrap();
    rig.line.unplug(&puck).await;
    rig.expect(Presence::Gone).await;
    rig.handle.show(red());
    rig.line.plug(&puck).await;
    rig.expect(Presence::Here).await;
    puck.until(SOON, |s| s.face == Some(red())).await.unwrap();
}

#[tokio::test]
async fn a_line_that_vanishes_and_returns_goes_on() {
    let (mut rig, puck) = Rig::connected().await;
    for _ in 0..3 {
        rig.line.unplug(&puck).await;
        rig.expect(Presence::Gone).await;
        rig.line.plug(&puck).await;
        rig.expect(Presence::Here).await;
        puck.press(wire::Key::Mute, wire::KeyKind::Short)
            .await
            .unwrap();
        assert_eq!(rig.next().await, pressed(Key::Mute, KeyPress::Short));
    }
}

#[tokio::test]
async fn a_hung_button_is_gone_and_its_late_presses_are_void() {
    let (mut rig, puck) = Rig::connected().await;
    puck.fault(Fault::Hang).await.unwrap();
    puck.press(wire::Key::Mute, wire::KeyKind::Short)
        .await
        .unwrap();
    rig.expect(Presence::Gone).await;
    puck.fault(Fault::Recover).await.unwrap();
    rig.expect(Presence::Here).await;
    puck.press(wire::Key::Main, wire::KeyKind::Short)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Main, KeyPress::Short));
}

#[tokio::test]
async fn a_button_that_restarts_works_on() {
    let (mut rig, puck) = Rig::connected().await;
    rig.handle.show(green());
    puck.until(SOON, |s| s.face == Some(green())).await.unwrap();
    puck.fault(Fault::Reboot).await.unwrap();
    let again = puck.until(SOON, |s| s.face == Some(green())).await.unwrap();
    assert_eq!(again.count, 0);
    puck.press(wire::Key::Mute, wire::KeyKind::Short)
        .await
        .unwrap();
    assert_eq!(rig.next().await, pressed(Key::Mute, KeyPress::Short));
}

#[tokio::test]
async fn the_button_says_so_when_the_daemon_dies_and_takes_no_presses() {
    let (mut rig, puck) = Rig::connected().await;
    rig.handle.show(green());
    puck.until(SOON, |s| s.face == Some(green())).await.unwrap();
    rig.driver.abort();
    let lost = puck
        .until(SOON, |s| s.connection == Connection::None)
        .await
        .unwrap();
    assert_eq!(lost.face, None, "nothing stale stays lit");
    let refused = puck.press(wire::Key::Mute, wire::KeyKind::Short).await;
    assert_eq!(refused, Err(NotSent::NoConnection));
    // The next daemon finds it, and nothing of before.
    let (_handle, inbox) = channel();
    let (out, events) = mpsc::channel(64);
    let config = Config {
        id: PuckId::new("table"),
        path: rig.line.path(),
    };
    tokio::spawn(supervise(config, inbox, out));
    rig.events = events;
    rig.expect(Presence::Here).await;
}

#[tokio::test]
async fn a_path_that_is_no_line_is_waited_out() {
    let mut rig = rig();
    std::fs::write(rig.line.path(), "not a serial line").unwrap();
    rig.expect(Presence::Gone).await;
    std::fs::remove_file(rig.line.path()).unwrap();
    let _puck = rig.line.button();
    rig.expect(Presence::Here).await;
}

#[tokio::test]
async fn the_driver_ends_when_nobody_needs_it() {
    let (rig, _puck) = Rig::connected().await;
    drop(rig.handle);
    timeout(SOON, rig.driver).await.unwrap().unwrap();
}
