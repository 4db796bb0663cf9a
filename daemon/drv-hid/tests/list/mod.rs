//! What holds for a speakerphone on any node: run against one made of a pseudo-terminal in every test run, against the kernel's
//! own HID in the laboratory.

use drv_hid::{Config, Handle, HookKey, Roots, Shows, Which, channel, supervise};
use room_core::event::{Event, FittingSeen, Key, KeyPress, Origin, Press};
use room_core::ids::FittingId;
use room_core::units::{Seen, Switch};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// Input report 1: hook switch, mute key. Output report 2: off-hook, mute, ring.
pub const DESCRIPTOR: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x01, 0x05, 0x0B, 0x15, 0x00, 0x25, 0x01, 0x09, 0x20,
    0x75, 0x01, 0x95, 0x01, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x75, 0x06, 0x95, 0x01, 0x81, 0x01,
    0x85, 0x02, 0x05, 0x08, 0x09, 0x17, 0x09, 0x09, 0x09, 0x18, 0x75, 0x01, 0x95, 0x03, 0x91, 0x22,
    0x75, 0x05, 0x95, 0x01, 0x91, 0x01, 0xC0,
];

/// Beyond this nothing is waited for.
const LIMIT: Duration = Duration::from_secs(10);
/// Longer than an echo counts.
const AFTER_ECHO: Duration = Duration::from_millis(250);

const MUTED: Shows = Shows {
    in_call: true,
    mic: Seen::Is(Switch::Closed),
};
const LIVE: Shows = Shows {
    in_call: true,
    mic: Seen::Is(Switch::Open),
};

/// A speakerphone whose inside is in the test's hands.
pub trait Bench {
    fn roots(&self) -> Roots;
    fn which(&self) -> Which;
    /// The device says this.
    fn say(&mut self, report: &[u8]);
    /// The last report that it was told.
    fn told(&self) -> Option<Vec<u8>>;
    fn unplug(&mut self);
    fn plug(&mut self);
}

async fn heard(events: &mut mpsc::Receiver<Event>) -> Event {
    let event = timeout(LIMIT, events.recv()).await;
    event.expect("it is told in time").expect("the driver runs")
}

fn is_here(event: &Event) -> bool {
    matches!(event, Event::Fitting(_, FittingSeen::Here))
}

async fn begin(bench: &impl Bench) -> (Handle, mpsc::Receiver<Event>) {
    let (handle, inbox) = channel();
    let (out, mut events) = mpsc::channel(8);
    let config = Config {
        id: FittingId::new("speakerphone"),
        which: bench.which(),
        hook_key: HookKey::Calls,
        roots: bench.roots(),
    };
    tokio::spawn(supervise(config, inbox, out));
    while !is_here(&heard(&mut events).await) {}
    (handle, events)
}

async fn lamps_become(bench: &impl Bench, bits: u8) {
    let watched = async {
        while bench.told() != Some(vec![2, bits]) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let seen = timeout(LIMIT, watched).await;
    assert!(seen.is_ok(), "lamps {bits:03b}, but {:?}", bench.told());
}

fn pressed(press: Press) -> Event {
    Event::Pressed {
        press,
        origin: Origin::Button,
    }
}

pub async fn lamps_show_what_the_room_saw(bench: &mut impl Bench) {
    let (phone, _events) = begin(bench).await;
    lamps_become(bench, 0b000).await;
    phone.show(MUTED);
    lamps_become(bench, 0b011).await;
    phone.show(LIVE);
    lamps_become(bench, 0b001).await;
    phone.show(Shows::IDLE);
    lamps_become(bench, 0b000).await;
}

pub async fn the_mute_key_is_a_request(bench: &mut impl Bench) {
    let (phone, mut events) = begin(bench).await;
    phone.show(MUTED);
    lamps_become(bench, 0b011).await;
    sleep(AFTER_ECHO).await;
    bench.say(&[1, 0b10]);
    bench.say(&[1, 0b00]);
    let key = pressed(Press::Key(Key::Mute, KeyPress::Short));
    assert_eq!(heard(&mut events).await, key);
    assert_eq!(
        bench.told(),
        Some(vec![2, 0b011]),
        "the lamp waits for the room"
    );
    phone.show(LIVE);
    lamps_become(bench, 0b001).await;
    // What the device says at once about its own lamp.
    bench.say(&[1, 0b10]);
    bench.say(&[1, 0b00]);
    sleep(AFTER_ECHO).await;
    bench.say(&[1, 0b10]);
    assert_eq!(heard(&mut events).await, key);
    assert!(events.try_recv().is_err(), "the echo was no key");
}

pub async fn one_that_returns_is_told_everything_anew(bench: &mut impl Bench) {
    let (phone, mut events) = begin(bench).await;
    phone.show(MUTED);
    lamps_become(bench, 0b011).await;
    bench.unplug();
    let gone = heard(&mut events).await;
    assert!(
        matches!(gone, Event::Fitting(_, FittingSeen::Gone(_))),
        "{gone:?}"
    );
    phone.show(LIVE);
    bench.plug();
    while !is_here(&heard(&mut events).await) {}
    lamps_become(bench, 0b001).await;
    sleep(AFTER_ECHO).await;
    bench.say(&[1, 0b10]);
    assert_eq!(
        heard(&mut events).await,
        pressed(Press::Key(Key::Mute, KeyPress::Short))
    );
}

pub async fn lamps_without_a_master_are_dark(bench: &mut impl Bench) {
    let (phone, _events) = begin(bench).await;
    phone.show(MUTED);
    lamps_become(bench, 0b011).await;
    drop(phone);
    lamps_become(bench, 0b000).await;
}
