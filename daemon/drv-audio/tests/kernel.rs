//! Cards of the kernel: its loop, its dummy, and a USB loudspeaker that is pulled; by themselves and in the graph. Needs root, in
//! a machine of its own: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "kernel/anew.rs"]
mod anew;
#[path = "kernel/far_end.rs"]
mod far_end;
#[path = "kernel/in_graph.rs"]
mod in_graph;
#[path = "kernel/pulled.rs"]
mod pulled;
mod rig;

use drv_audio::hardware::mixer::CardMixer;
use drv_audio::hardware::{AlsaCards, Card, HardwareError, Roots, cards, listen::listen};
use drv_audio::ports::{
    CardFact, CardOrder, CardSwitch, Cards, Db, DeviceId, Direction, Found, Place,
};
use lab_guest::host::{Device, plug, unplug};
use lab_guest::module::Module;
use lab_guest::{run, udev};
use room_core::units::Switch;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);
/// So long it must be heard, of ten milliseconds each: then it is neither the last of an old sound nor a card that stumbles.
const TURNS: u64 = 20;
/// The quickest of so many counts: an emulated machine stands still at times, and longer beside others.
const ROUNDS: usize = 3;
/// A reset is heard again before that.
const RESET: Duration = Duration::from_secs(2);
/// What takes a pulled card's place is heard before that.
const PULL: Duration = Duration::from_secs(1);

/// Takes facts until one is the wanted one.
async fn until<T>(cards: &mut AlsaCards, mut wanted: impl FnMut(CardFact) -> Option<T>) -> T {
    let seek = async {
        loop {
            let fact = cards.next().await.expect("the owner lives");
            println!("{fact:?}");
            if let Some(found) = wanted(fact) {
                return found;
            }
        }
    };
    tokio::time::timeout(SOON, seek).await.expect("it comes")
}

async fn devices(cards: &mut AlsaCards, fits: impl Fn(&[Found]) -> bool) -> Vec<Found> {
    until(cards, |fact| match fact {
        CardFact::Devices(found) if fits(&found) => Some(found),
        _ => None,
    })
    .await
}

async fn switch(cards: &mut AlsaCards, id: &DeviceId, to: CardSwitch) {
    let is = |fact| (fact == CardFact::Switch(id.clone(), to)).then_some(());
    until(cards, is).await;
}

fn card(id: &str) -> Card {
    let all = cards(&Roots::default());
    let found = all.iter().find(|card| card.id == id);
    found
        .unwrap_or_else(|| panic!("{id} among {all:?}"))
        .clone()
}

fn loaded(module: &'static str, parameters: &[&str]) -> Module {
    let module = Module::load(module, parameters).unwrap();
    udev::appears("/dev/snd/controlC0", SOON).unwrap();
    module
}

/// Waits until a program has a device of the card open.
fn taken(card: u32, pcm: &str) {
    let status = format!("/proc/asound/card{card}/{pcm}/sub0/status");
    let start = Instant::now();
    while !std::fs::read_to_string(&status).is_ok_and(|text| text.contains("RUNNING")) {
        assert!(start.elapsed() < SOON, "nobody opens {pcm}");
        std::thread::yield_now();
    }
}

#[test]
fn what_is_played_into_the_loop_is_heard_at_its_other_end() {
    struct Playing(Child);
    impl Drop for Playing {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let _loop = loaded("snd-aloop", &[]);
    let sound = card("Loopback");
    let sine = (0..48_000 * 10).flat_map(|n| {
        let value = (f64::from(n) * core::f64::consts::TAU / 48.0).sin() * 0.1;
        ((value * 32_767.0) as i16).to_le_bytes()
    });
    std::fs::write("/tmp/sine.raw", sine.collect::<Vec<_>>()).unwrap();
    let to = format!("hw:{},0", sound.number);
    let mut aplay = Command::new("aplay");
    aplay.args([
        "-q",
        "-t",
        "raw",
        "-f",
        "S16_LE",
        "-r",
        "48000",
        "-c",
        "1",
        "-D",
        &to,
        "/tmp/sine.raw",
    ]);
    let _playing = Playing(aplay.stdout(Stdio::null()).spawn().unwrap());
    taken(sound.number, "pcm0p");
    let start = Instant::now();
    let heard = loop {
        let heard = listen(&Roots::default(), sound.number, 1).unwrap();
        let steady = |db: Option<Db>| db.is_some_and(|db| (db.0 + 2_000).abs() <= 100);
        if heard.iter().all(|one| steady(one.rms) && steady(one.peak)) || start.elapsed() > SOON {
            break heard;
        }
    };
    println!("{heard:?}");
    for one in &heard {
        let (rms, peak) = (one.rms.unwrap().0, one.peak.unwrap().0);
        assert!(
            (rms + 2_000).abs() <= 100 && (peak + 2_000).abs() <= 100,
            "{heard:?}"
        );
    }
}

#[test]
fn a_device_that_another_program_has_is_said_with_its_name() {
    let _loop = loaded("snd-aloop", &["pcm_substreams=1"]);
    let sound = card("Loopback");
    let from = format!("hw:{},1", sound.number);
    let mut arecord = Command::new("arecord");
    arecord.args([
        "-q",
        "-t",
        "raw",
        "-f",
        "S16_LE",
        "-r",
        "48000",
        "-c",
        "2",
        "-D",
        &from,
        "/dev/null",
    ]);
    let mut other = arecord.spawn().unwrap();
    taken(sound.number, "pcm1c");
    let said = listen(&Roots::default(), sound.number, 1).unwrap_err();
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(matches!(said, HardwareError::Busy { .. }), "{said}");
    let said = said.to_string();
    assert!(
        said.contains(&format!("arecord ({})", other.id())),
        "{said}"
    );
}

#[tokio::test]
async fn a_card_without_a_switch_says_so() {
    let _loop = loaded("snd-aloop", &[]);
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    let found = devices(&mut owner, |found| !found.is_empty()).await;
    let capture = found
        .iter()
        .find(|found| found.direction == Direction::Capture);
    let id = capture.unwrap().id.clone();
    switch(&mut owner, &id, CardSwitch::Absent).await;
    owner.order(CardOrder::Switch(id.clone(), Switch::Closed));
    until(&mut owner, |fact| {
        matches!(fact, CardFact::Failed(of, _) if of == id).then_some(())
    })
    .await;
    drop(owner);
}

#[test]
fn a_dummys_switch_and_amplification_are_read_back() {
    let _dummy = loaded("snd-dummy", &[]);
    let card = card("Dummy");
    let node = Roots::default().control(card.number);
    let mut mixer = CardMixer::open(card.number, &node).unwrap();
    println!("{:?}", mixer.elements());
    for to in [Switch::Open, Switch::Closed, Switch::Open] {
        mixer.switch(Direction::Capture, to).unwrap();
        assert_eq!(mixer.state(Direction::Capture).switch, CardSwitch::Is(to));
    }
    // Its steps are 0.3 dB from -45 dB (sound/drivers/dummy.c).
    for (asked, got) in [
        (-1_200, -1_200),
        (-1_210, -1_230),
        (-9_000, -4_500),
        (-4_490, -4_500),
    ] {
        mixer.gain(Direction::Playback, Db(asked)).unwrap();
        let gain = mixer.state(Direction::Playback).gain.unwrap();
        assert_eq!(gain.db, Some(Db(got)), "{asked}");
    }
}

#[tokio::test]
async fn a_hand_at_the_switch_is_seen_at_once() {
    let _dummy = loaded("snd-dummy", &[]);
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    let found = devices(&mut owner, |found| !found.is_empty()).await;
    let capture = found
        .iter()
        .find(|found| found.direction == Direction::Capture);
    let id = capture.unwrap().id.clone();
    for to in [Switch::Open, Switch::Closed, Switch::Open] {
        owner.order(CardOrder::Switch(id.clone(), to));
        switch(&mut owner, &id, CardSwitch::Is(to)).await;
    }
    let Place::Pcm { card, .. } = capture.unwrap().place.clone() else {
        panic!("a card");
    };
    // The kernel's dummy tells of a change only when both channels change at once (sound/drivers/dummy.c).
    let control = "name='Mic Capture Switch'";
    run(
        "amixer",
        &["-q", "-c", &card.to_string(), "cset", control, "off,off"],
    )
    .unwrap();
    let start = Instant::now();
    switch(&mut owner, &id, CardSwitch::Is(Switch::Closed)).await;
    let took = start.elapsed();
    println!("a hand at the switch was seen {took:?} after amixer ended");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn a_usb_loudspeaker_that_is_pulled_goes_and_comes_back_as_itself() {
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    assert_eq!(owner.next().await, Some(CardFact::Devices(Vec::new())));
    plug(Device::Speaker).unwrap();
    let first = devices(&mut owner, |found| !found.is_empty()).await;
    let usb = first[0].usb.clone().unwrap();
    assert!(usb.socket.ends_with("/3"), "{usb:?}");
    let id = first[0].id.clone();
    let gain = |cards: CardFact| match cards {
        CardFact::Gain(of, gain) => Some((of, gain)),
        _ => None,
    };
    let (of, gain) = until(&mut owner, gain).await;
    assert_eq!(of, id);
    println!("{gain:?}");
    for to in [Switch::Closed, Switch::Open, Switch::Closed] {
        owner.order(CardOrder::Switch(id.clone(), to));
        switch(&mut owner, &id, CardSwitch::Is(to)).await;
    }
    unplug(Device::Speaker).unwrap();
    let start = Instant::now();
    devices(&mut owner, <[Found]>::is_empty).await;
    let gone = start.elapsed();
    plug(Device::Speaker).unwrap();
    let start = Instant::now();
    let again = devices(&mut owner, |found| !found.is_empty()).await;
    let back = start.elapsed();
    println!("pulled: seen after {gone:?}; back: seen after {back:?}");
    assert_eq!(again[0].id, id);
    // A returned device begins with its own settings, and they are told.
    until(&mut owner, |fact| {
        matches!(fact, CardFact::Switch(of, _) if of == id).then_some(())
    })
    .await;
    assert!(
        gone < Duration::from_secs(1) && back < Duration::from_secs(3),
        "{gone:?} {back:?}"
    );
}
