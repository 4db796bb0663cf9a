//! What holds for a button and a lamp on any hand: run against a board of air in every test run, against the kernel's own
//! lines in the laboratory.

use drv_gpio::hand::{Hand, Input, Output};
use drv_gpio::{
    Active, Bias, ButtonConfig, Contact, GpioError, Handle, LampConfig, Light, Pattern, Place,
    channel, serve_button, serve_lamp,
};
use room_core::event::{Event, FittingSeen, Key, KeyPress, Origin, Press};
use room_core::failure::FittingFailure;
use room_core::ids::FittingId;
use room_core::units::Percent;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// Beyond this nothing is waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// A board whose other side is in the test's hands.
pub trait Bench {
    fn hand(&self) -> Box<dyn Hand>;
    fn button(&self) -> Place;
    fn lamp(&self) -> Place;
    /// The finger.
    fn press(&mut self, contact: Contact);
    /// The eye: whether the lamp's line is driven.
    fn lit(&self) -> bool;
    fn unplug(&mut self);
    fn plug(&mut self);
}

fn input(line: Place) -> Input {
    Input {
        line,
        active: Active::High,
        bias: Bias::AsIs,
        debounce: Duration::from_millis(5),
    }
}

fn config(bench: &impl Bench, hold: Option<Duration>) -> ButtonConfig {
    ButtonConfig {
        id: FittingId::new("button.wall"),
        input: input(bench.button()),
        key: Key::Mute,
        hold,
        stuck_after: Duration::from_secs(30),
    }
}

fn pressed(kind: KeyPress) -> Event {
    Event::Pressed {
        press: Press::Key(Key::Mute, kind),
        origin: Origin::Button,
    }
}

pub async fn heard(events: &mut mpsc::Receiver<Event>) -> Event {
    let event = timeout(LIMIT, events.recv()).await;
    event.expect("it is told in time").expect("the driver runs")
}

fn seen(role: &str, seen: FittingSeen) -> Event {
    Event::Fitting(FittingId::new(role), seen)
}

async fn becomes(what: &str, mut holds: impl FnMut() -> bool) {
    let watched = async {
        while !holds() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(LIMIT, watched).await.is_ok(), "{what}");
}

/// Nothing more is told: the next press that is made is the next one that is heard.
pub async fn quiet(events: &mut mpsc::Receiver<Event>, for_ms: u64) {
    let more = timeout(Duration::from_millis(for_ms), events.recv()).await;
    assert!(more.is_err(), "{more:?}");
}

/// A button in hand.
async fn begin_button(bench: &impl Bench, hold: Option<Duration>) -> mpsc::Receiver<Event> {
    let (out, mut events) = mpsc::channel(8);
    tokio::spawn(serve_button(config(bench, hold), bench.hand(), out));
    assert_eq!(
        heard(&mut events).await,
        seen("button.wall", FittingSeen::Here)
    );
    events
}

/// A lamp in hand.
async fn begin_lamp(bench: &impl Bench) -> (Handle, mpsc::Receiver<Event>) {
    let (handle, inbox) = channel();
    let config = LampConfig {
        id: FittingId::new("lamp.door"),
        output: Output {
            line: bench.lamp(),
            active: Active::High,
        },
    };
    let (out, mut events) = mpsc::channel(8);
    tokio::spawn(serve_lamp(config, bench.hand(), inbox, out));
    assert_eq!(
        heard(&mut events).await,
        seen("lamp.door", FittingSeen::Here)
    );
    (handle, events)
}

fn light(pattern: Pattern) -> Light {
    Light {
        pattern,
        brightness: Percent::new(100),
    }
}

pub async fn a_finger_is_one_press(bench: &mut impl Bench) {
    let mut events = begin_button(bench, None).await;
    for _ in 0..3 {
        bench.press(Contact::Closed);
        assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
        bench.press(Contact::Open);
        quiet(&mut events, 60).await;
    }
}

pub async fn bounce_is_one_press(bench: &mut impl Bench) {
    let mut events = begin_button(bench, None).await;
    for _ in 0..5 {
        bench.press(Contact::Closed);
        bench.press(Contact::Open);
    }
    bench.press(Contact::Closed);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
    quiet(&mut events, 100).await;
}

pub async fn a_long_press_is_told_while_it_lasts(bench: &mut impl Bench) {
    let mut events = begin_button(bench, Some(Duration::from_millis(400))).await;
    bench.press(Contact::Closed);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Long));
    bench.press(Contact::Open);
    quiet(&mut events, 100).await;
    bench.press(Contact::Closed);
    sleep(Duration::from_millis(60)).await;
    bench.press(Contact::Open);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
}

pub async fn a_contact_closed_at_the_start_presses_nothing(bench: &mut impl Bench) {
    bench.press(Contact::Closed);
    let mut events = begin_button(bench, None).await;
    quiet(&mut events, 300).await;
    bench.press(Contact::Open);
    quiet(&mut events, 100).await;
    bench.press(Contact::Closed);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
}

pub async fn a_lamp_follows_blinks_and_ends_dark(bench: &mut impl Bench) {
    let (lamp, _events) = begin_lamp(bench).await;
    lamp.show(light(Pattern::On));
    becomes("the lamp is lit", || bench.lit()).await;
    lamp.show(light(Pattern::BlinkFast));
    for _ in 0..2 {
        becomes("it blinks dark", || !bench.lit()).await;
        becomes("it blinks lit", || bench.lit()).await;
    }
    lamp.show(Light::dark());
    becomes("the lamp is dark", || !bench.lit()).await;
    lamp.show(light(Pattern::On));
    becomes("the lamp is lit again", || bench.lit()).await;
    drop(lamp);
    becomes("a lamp without a master is dark", || !bench.lit()).await;
}

pub async fn lines_that_go_come_back(bench: &mut impl Bench) {
    let mut events = begin_button(bench, None).await;
    let (lamp, mut about_the_lamp) = begin_lamp(bench).await;
    lamp.show(light(Pattern::On));
    becomes("the lamp is lit", || bench.lit()).await;
    bench.unplug();
    let gone = |event: Event, role: &str| match event {
        Event::Fitting(id, FittingSeen::Gone(why)) => {
            assert_eq!(id.as_str(), role);
            why
        }
        other => panic!("{other:?}"),
    };
    gone(heard(&mut events).await, "button.wall");
    gone(heard(&mut about_the_lamp).await, "lamp.door");
    bench.plug();
    let here = |event: &Event| matches!(event, Event::Fitting(_, FittingSeen::Here));
    while !here(&heard(&mut events).await) {}
    while !here(&heard(&mut about_the_lamp).await) {}
    becomes("the lamp is lit again by itself", || bench.lit()).await;
    bench.press(Contact::Closed);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
}

pub async fn a_line_held_down_is_told(bench: &mut impl Bench) {
    let (out, mut events) = mpsc::channel(8);
    let config = ButtonConfig {
        stuck_after: Duration::from_secs(1),
        ..config(bench, None)
    };
    tokio::spawn(serve_button(config, bench.hand(), out));
    assert_eq!(
        heard(&mut events).await,
        seen("button.wall", FittingSeen::Here)
    );
    bench.press(Contact::Closed);
    assert_eq!(heard(&mut events).await, pressed(KeyPress::Short));
    let stuck = FittingSeen::Gone(FittingFailure::Stuck);
    assert_eq!(heard(&mut events).await, seen("button.wall", stuck));
    bench.press(Contact::Open);
    assert_eq!(
        heard(&mut events).await,
        seen("button.wall", FittingSeen::Here)
    );
}

pub async fn a_line_in_use_or_unknown_is_named(bench: &mut impl Bench) {
    let (edges, _kept) = mpsc::channel(8);
    let hand = bench.hand();
    let _first = hand
        .watch(&input(bench.button()), edges.clone())
        .expect("it is free");
    let second = hand
        .watch(&input(bench.button()), edges.clone())
        .map(|_| ());
    assert!(matches!(second, Err(GpioError::Busy { .. })), "{second:?}");
    let nowhere = Place::Named("no-such-line".to_owned());
    let absent = hand.watch(&input(nowhere.clone()), edges).map(|_| ());
    assert_eq!(absent, Err(GpioError::Absent(nowhere)));
}

/// Where something else can get at the lamp's line.
#[allow(
    dead_code,
    reason = "nobody else can turn a line that the kernel gave away"
)]
pub async fn a_lamp_stays<B: Bench>(bench: &mut B, turn: impl Fn(&B)) {
    let (lamp, _events) = begin_lamp(bench).await;
    lamp.show(light(Pattern::On));
    becomes("the lamp is lit", || bench.lit()).await;
    turn(bench);
    becomes("the lamp is lit again", || bench.lit()).await;
}
