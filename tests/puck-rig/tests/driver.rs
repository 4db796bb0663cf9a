//! The real image and the real driver over a pseudo terminal, in everybody's time.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::kit;
use drv_puck::{Config, Handle, channel, supervise};
use puck_rig::{Build, ChipButton, Order, Pace, Rig};
use room_core::event::{Event, Key, KeyPress, Origin, Presence, Press};
use room_core::ids::PuckId;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use wire::{KeyKind, Mic, Ring};

/// The emulated chip is slower than a real one while it draws, and the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

struct Room {
    handle: Handle,
    events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
}

fn room(folder: &tempfile::TempDir) -> Room {
    let (handle, inbox) = channel();
    let (out, events) = mpsc::channel(64);
    let config = Config {
        id: PuckId::new("table"),
        path: folder.path().join("puck"),
    };
    Room {
        handle,
        events,
        driver: tokio::spawn(supervise(config, inbox, out)),
    }
}

impl Room {
    async fn next(&mut self) -> Event {
        timeout(SOON, self.events.recv())
            .await
            .expect("the driver says something in time")
            .expect("the driver runs")
    }

    async fn expect(&mut self, presence: Presence) {
        self.until(Event::Puck(PuckId::new("table"), presence))
            .await;
    }

    /// On a busy machine an emulated button may fall silent for a moment, which is told, too.
    async fn until(&mut self, wanted: Event) {
        loop {
            match self.next().await {
                event if event == wanted => return,
                Event::Puck(..) => {}
                event => panic!("{event:?} instead of {wanted:?}"),
            }
        }
    }
}

fn pressed(key: Key, kind: KeyPress) -> Event {
    Event::Pressed {
        press: Press::Key(key, kind),
        origin: Origin::Puck,
    }
}

#[tokio::test]
async fn fingers_on_pins_become_the_rooms_events_and_what_was_seen_becomes_light() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let button = ChipButton::start(&kit, &folder.path().join("puck")).unwrap();
    let mut room = room(&folder);
    room.expect(Presence::Here).await;
    room.handle.show(shown(Ring::Red, Mic::Closed));
    let red = |seen: &puck_rig::Seen| seen.ring_word() == "red";
    button.until(SOON, red).await.unwrap();
    button.press(wire::Key::Mute, KeyKind::Short).await.unwrap();
    room.until(pressed(Key::Mute, KeyPress::Short)).await;
    // What was pressed lights nothing green: only what the room has seen does.
    let still = button
        .until(SOON, |seen| seen.heard == Some(1))
        .await
        .unwrap();
    assert_ne!(still.ring_word(), "green");
    room.handle.show(shown(Ring::Green, Mic::Open));
    button
        .until(SOON, |seen| seen.ring_word() == "green")
        .await
        .unwrap();
    button.press(wire::Key::Main, KeyKind::Long).await.unwrap();
    room.until(pressed(Key::Main, KeyPress::Long)).await;
}

#[tokio::test]
async fn a_dead_daemon_is_named_and_the_next_one_is_in_step_at_once() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let button = ChipButton::start(&kit, &folder.path().join("puck")).unwrap();
    let mut first = room(&folder);
    first.expect(Presence::Here).await;
    first.handle.show(shown(Ring::Green, Mic::Open));
    button
        .until(SOON, |seen| seen.ring_word() == "green")
        .await
        .unwrap();
    first.driver.abort();
    button
        .until(SOON, |seen| seen.ring_word() == "amber")
        .await
        .unwrap();
    let (back, chips) = (Instant::now(), button.seen().time);
    let mut second = room(&folder);
    second.handle.show(shown(Ring::Red, Mic::Closed));
    second.expect(Presence::Here).await;
    let red = button.until(SOON, |seen| seen.ring_word() == "red").await;
    let chips = red.unwrap().time - chips;
    println!(
        "in step {:?} after the next one began, {chips:?} of the chip's",
        back.elapsed()
    );
    // At the clock of the chip, since that of a busy machine says nothing of the button. Half of it may have passed when it
    // was last heard of.
    assert!(chips <= Duration::from_secs(1), "{chips:?}");
}

#[tokio::test]
async fn a_pulled_plug_and_a_stuck_image_are_gone_and_come_back() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let button = ChipButton::start(&kit, &folder.path().join("puck")).unwrap();
    let mut room = room(&folder);
    room.expect(Presence::Here).await;
    room.handle.show(shown(Ring::Red, Mic::Closed));
    button.order(Order::Plug(false)).await.unwrap();
    room.expect(Presence::Gone).await;
    button.order(Order::Plug(true)).await.unwrap();
    room.expect(Presence::Here).await;
    button.order(Order::Stall).await.unwrap();
    let bitten = |seen: &puck_rig::Seen| seen.resets == [puck_rig::Why::Timer];
    button.until(SOON, bitten).await.unwrap();
    let in_step = |seen: &puck_rig::Seen| seen.ring_word() == "red";
    button.until(SOON, in_step).await.unwrap();
    button.press(wire::Key::Mute, KeyKind::Short).await.unwrap();
    room.until(pressed(Key::Mute, KeyPress::Short)).await;
}

/// What a room and its button do with each other, whatever lies between them.
async fn a_press_and_its_answer(kit: &puck_rig::Kit, build: Build, rate: f64) {
    let folder = tempfile::tempdir().unwrap();
    let button = ChipButton::built(kit, build, rate, &folder.path().join("puck")).unwrap();
    let mut room = room(&folder);
    room.expect(Presence::Here).await;
    room.handle.show(shown(Ring::Red, Mic::Closed));
    let red = |seen: &puck_rig::Seen| seen.ring_word() == "red";
    button.until(SOON, red).await.unwrap();
    button.press(wire::Key::Mute, KeyKind::Short).await.unwrap();
    room.until(pressed(Key::Mute, KeyPress::Short)).await;
    room.handle.show(shown(Ring::Green, Mic::Open));
    let green = |seen: &puck_rig::Seen| seen.ring_word() == "green" && seen.heard == Some(1);
    button.until(SOON, green).await.unwrap();
}

#[tokio::test]
async fn a_button_on_two_wires_is_the_same_to_the_driver() {
    if let Some(kit) = kit(Build::OledUart) {
        a_press_and_its_answer(&kit, Build::OledUart, 1.0).await;
    }
}

#[tokio::test]
async fn clocks_that_differ_are_nothing_to_the_driver() {
    if let Some(kit) = kit(Build::Oled) {
        let (slow, fast) = (0.96, 1.04);
        tokio::join!(
            a_press_and_its_answer(&kit, Build::Oled, slow),
            a_press_and_its_answer(&kit, Build::Oled, fast),
        );
    }
}

/// A host that waits longer than its patience for a slow button greets it anew. What it shows in between must be taken before
/// that, however far the chip lags behind; else the button is dark for as long as the machine is busy.
#[tokio::test]
async fn a_machine_that_is_too_slow_for_the_chip_leaves_no_ring_dark() {
    let Some(kit) = kit(Build::Oled) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::start(&kit, Build::Oled, Pace::Laboured(12)).unwrap();
    let button = ChipButton::around(rig, &folder.path().join("puck")).unwrap();
    let mut room = room(&folder);
    room.handle.show(shown(Ring::Red, Mic::Closed));
    room.expect(Presence::Here).await;
    let red = |seen: &puck_rig::Seen| seen.ring_word() == "red";
    button.until(SOON, red).await.unwrap();
}

fn shown(ring: Ring, mic: Mic) -> wire::Face {
    common::face(ring, mic)
}
