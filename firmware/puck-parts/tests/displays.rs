//! Both displays as their buses see them: what is sent is read as the controller reads it, and the picture that comes of it
//! is held against what `puck-ui` draws.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod buses;
#[path = "../../puck-ui/tests/common/mod.rs"]
mod common;

use buses::{I2cBus, Nothing, Pwm, SpiBus};
use common::{SESSION, Sample, ms};
use drv_panel::Canvas;
use embassy_futures::block_on;
use embassy_futures::select::select;
use embassy_futures::yield_now;
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565};
use puck_parts::{Body, Config, Glass, Oled, Panel, Text, Tft, Tongue, Writes};
use puck_ui::{Ink, Paint, Puck};
use std::cell::Cell;
use std::rc::Rc;
use wire::{Face, Frame, HostHello, HostToPuck, Light, Line};

fn config(glass: Glass) -> Config {
    Config {
        firmware: Text::cut("puck 0.1.0"),
        serial: Text::cut("E66038B713"),
        tongue: Tongue::German,
        glass,
        line: Line::Usb,
        trouble: None,
    }
}

fn faces() -> Vec<Face> {
    let tongues = [Tongue::German, Tongue::English];
    let of = |tongue| Sample::ALL.map(|sample| sample.face(tongue));
    tongues.into_iter().flat_map(of).collect()
}

fn meant<C: Ink>(puck: &Puck, glass: Glass) -> Canvas<C> {
    let mut canvas = Canvas::new(glass.size(), C::of(Paint::Ground));
    let Ok(()) = puck.draw(&mut canvas);
    canvas
}

/// Shows each situation one after the other on a button with this panel; `check` is asked after each.
fn shown(glass: Glass, panel: impl Panel, mut check: impl FnMut(&Puck, Option<Face>)) {
    let body = Body::new(config(glass));
    let mut twin = Puck::new(config(glass));
    let mut at = ms(0);
    let play = async {
        let hello = HostToPuck::Hello(HostHello::new(SESSION));
        let faces = faces().into_iter().map(Some);
        for face in [None, None].into_iter().chain(faces) {
            at += ms(100);
            let message = face.map_or(hello, HostToPuck::Face);
            body.hear(Frame::of(&message).unwrap().bytes(), at);
            twin.heard(message, at);
            body.turn(at);
            twin.tick(at);
            // More often than there are bands to draw and bytes to wait for.
            for _ in 0..200 {
                yield_now().await;
            }
            check(&twin, face);
        }
    };
    block_on(select(body.paint(panel), play));
}

#[test]
fn each_screen_is_on_the_small_display() {
    let (bus, seen) = I2cBus::new();
    let writes = Writes::default();
    let mut longest = 0;
    shown(Glass::Ssd1306, Oled::new(bus, &writes), |twin, face| {
        let mut seen = seen.borrow_mut();
        assert!(
            seen.canvas() == meant::<BinaryColor>(twin, Glass::Ssd1306),
            "{face:?}"
        );
        let bits = std::mem::take(&mut seen.bits);
        println!("{bits} bits, {} us at 400 kHz", bits * 5 / 2);
        longest = longest.max(bits);
    });
    assert!(
        seen.borrow().strange.is_empty(),
        "{:x?}",
        seen.borrow().strange
    );
    assert!(
        (20_000..120_000).contains(&(longest * 5 / 2)),
        "{longest} bits"
    );
}

#[test]
fn each_screen_is_on_the_display_with_colours() {
    let (bus, pins, seen) = SpiBus::new();
    let mut buffer = [0; 512];
    let light = Rc::new(Cell::new(None));
    let tft = Tft::new((bus, &mut buffer), pins, Pwm(light.clone()), &mut Nothing);
    assert_eq!(light.get(), None, "dark until there is a picture");
    shown(Glass::St7789, tft, |twin, face| {
        let seen = seen.borrow();
        assert!(
            seen.canvas() == meant::<Rgb565>(twin, Glass::St7789),
            "{face:?}"
        );
        assert_eq!(light.get(), Some(100));
    });
    assert!(
        seen.borrow().strange.is_empty(),
        "{:x?}",
        seen.borrow().strange
    );
}

#[test]
fn a_policy_dims_both_displays_and_darkens_them() {
    let (bus, small) = I2cBus::new();
    let writes = Writes::default();
    let mut oled = Oled::new(bus, &writes);
    let (bus, pins, _) = SpiBus::new();
    let (mut buffer, light) = ([0; 512], Rc::new(Cell::new(None)));
    let mut tft = Tft::new((bus, &mut buffer), pins, Pwm(light.clone()), &mut Nothing);
    block_on(async {
        oled.begin().await;
        let mut seen = Vec::new();
        for wanted in [Light::Full, Light::Dim, Light::Dark, Light::Full] {
            oled.shine(wanted).await;
            tft.shine(wanted).await;
            let small = small.borrow();
            seen.push((small.lit, small.contrast, light.get()));
        }
        let [full, dim, dark, again] = seen[..] else {
            panic!("{seen:?}")
        };
        assert!(full.0 && dim.0 && !dark.0, "{seen:?}");
        assert!(dim.1 < full.1, "{seen:?}");
        assert_eq!((full.2, dim.2, dark.2), (Some(100), Some(25), Some(0)));
        assert_eq!(full, again);
    });
}

/// A display that came off its wires is no reason to stop.
#[test]
fn a_bus_that_fails_ends_nothing() {
    let (bus, seen) = I2cBus::new();
    seen.borrow_mut().broken = true;
    let writes = Writes::default();
    let mut checked = 0;
    shown(Glass::Ssd1306, Oled::new(bus, &writes), |_, _| checked += 1);
    assert_eq!(checked, 2 + faces().len());
    assert!(writes.borrow().is_empty(), "nothing waits for it");
}

#[test]
fn a_dirty_line_is_on_the_small_display_within_fifteen_milliseconds() {
    let (bus, seen) = I2cBus::new();
    let writes = Writes::default();
    let mut oled = Oled::new(bus, &writes);
    let mut longest = 0;
    let mut puck = Puck::new(config(Glass::Ssd1306));
    puck.heard(HostToPuck::Hello(HostHello::new(SESSION)), ms(0));
    for (nth, face) in faces().into_iter().enumerate() {
        let at = ms(100 * nth as u64);
        puck.heard(HostToPuck::Face(face), at);
        for area in puck.tick(at).dirty {
            seen.borrow_mut().bits = 0;
            block_on(async {
                oled.draw(&puck, &area);
                oled.show().await;
            });
            longest = longest.max(seen.borrow().bits);
        }
    }
    let micros = longest * 5 / 2;
    println!("the longest line takes {micros} us at 400 kHz");
    assert!((8_000..15_000).contains(&micros), "{micros} us");
}
