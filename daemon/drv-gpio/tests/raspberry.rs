//! The Raspberry Pi's own hand on an emulated Raspberry Pi 3: rppal behind this crate's trait, on the registers themselves.
//! QEMU's chip notices no edges and nothing can press its lines from outside, so buttons are taken here and pressed elsewhere.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use drv_gpio::hand::{Input, Output, of};
use drv_gpio::{
    Active, Bias, ButtonConfig, Contact, Driver, GpioError, LampConfig, Light, Pattern, Place,
    channel, serve_button, serve_lamp,
};
use gpiocdev::Request;
use gpiocdev::line::Value;
use room_core::event::{Event, FittingSeen, Key};
use room_core::ids::FittingId;
use room_core::units::Percent;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(20);

fn line(name: &str) -> Place {
    Place::Named(name.to_owned())
}

fn output(name: &str, active: Active) -> Output {
    Output {
        line: line(name),
        active,
    }
}

fn input(name: &str) -> Input {
    Input {
        line: line(name),
        active: Active::Low,
        bias: Bias::PullUp,
        debounce: Duration::from_millis(10),
    }
}

/// The pin as the kernel reads it, which knows nothing of rppal and takes nothing from it.
fn is_high(pin: u32) -> bool {
    let mut asked = Request::builder();
    asked.on_chip("/dev/gpiochip0").with_line(pin).as_is();
    asked.request().unwrap().lone_value().unwrap() == Value::Active
}

#[test]
fn a_lamp_is_driven_and_read_back() {
    let hand = of(Driver::RaspberryPi);
    for (pin, active) in [(17, Active::High), (22, Active::Low)] {
        let mut lamp = hand.lamp(&output(&format!("GPIO{pin}"), active)).unwrap();
        assert!(!lamp.seen().unwrap(), "a lamp begins dark");
        for lit in [true, false, true] {
            lamp.set(Percent::new(if lit { 100 } else { 0 })).unwrap();
            assert_eq!(lamp.seen().unwrap(), lit);
            assert_eq!(is_high(pin), lit == (active == Active::High));
        }
    }
}

async fn becomes(pin: u32, high: bool) {
    let watched = async {
        while is_high(pin) != high {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        timeout(LIMIT, watched).await.is_ok(),
        "pin {pin} high: {high}"
    );
}

#[tokio::test]
async fn a_lamp_follows_what_it_is_told() {
    let (handle, inbox) = channel();
    let (out, mut events) = mpsc::channel(8);
    let config = LampConfig {
        id: FittingId::new("lamp.door"),
        output: output("GPIO5", Active::High),
    };
    let driver = tokio::spawn(serve_lamp(config, of(Driver::RaspberryPi), inbox, out));
    let here = timeout(LIMIT, events.recv()).await.unwrap();
    assert_eq!(
        here,
        Some(Event::Fitting(
            FittingId::new("lamp.door"),
            FittingSeen::Here
        ))
    );
    for pattern in [Pattern::On, Pattern::Off, Pattern::BlinkFast] {
        let brightness = Percent::new(100);
        handle.show(Light {
            pattern,
            brightness,
        });
        becomes(5, pattern != Pattern::Off).await;
    }
    becomes(5, false).await;
    drop(handle);
    timeout(LIMIT, driver).await.unwrap().unwrap();
}

#[test]
fn a_line_in_use_or_unknown_is_named() {
    let hand = of(Driver::RaspberryPi);
    let (edges, _kept) = mpsc::channel(8);
    let _first = hand.watch(&input("GPIO27"), edges.clone()).unwrap();
    let second = hand.watch(&input("GPIO27"), edges.clone()).map(|_| ());
    assert!(matches!(second, Err(GpioError::Busy { .. })), "{second:?}");
    let nowhere = hand.watch(&input("GPIO99"), edges).map(|_| ());
    assert_eq!(nowhere, Err(GpioError::NoPin(line("GPIO99"))));
}

#[tokio::test]
async fn a_button_is_taken_with_its_edges() {
    let hand = of(Driver::RaspberryPi);
    let (edges, _kept) = mpsc::channel(8);
    let mut contact = hand.watch(&input("GPIO27"), edges).unwrap();
    assert!(matches!(
        contact.contact().unwrap(),
        Contact::Open | Contact::Closed
    ));
    drop(contact);
    let (out, mut events) = mpsc::channel(8);
    let config = ButtonConfig {
        id: FittingId::new("button.wall"),
        input: input("GPIO27"),
        key: Key::Mute,
        hold: None,
        stuck_after: Duration::from_secs(30),
    };
    tokio::spawn(serve_button(config, hand, out));
    let here = timeout(LIMIT, events.recv()).await.unwrap();
    assert_eq!(
        here,
        Some(Event::Fitting(
            FittingId::new("button.wall"),
            FittingSeen::Here
        ))
    );
}
