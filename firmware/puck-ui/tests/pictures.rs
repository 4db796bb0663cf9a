//! Every screen on both displays in both languages and every pattern of the ring, held against checked-in pictures,
//! pixel by pixel. `UPDATE_PICTURES=1 cargo test -p puck-ui --test pictures` draws them anew; look at each before it is
//! checked in.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{SESSION, Sample, ms, puck, shown};
use drv_panel::{Canvas, decode, png};
use embedded_graphics::Drawable;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565, Rgb888};
use embedded_graphics::prelude::{Primitive, RgbColor};
use embedded_graphics::primitives::{Circle, PrimitiveStyle};
use puck_ui::{Glass, Ink, Key, KeyKind, LIGHTS, Level, Paint, Puck, Tongue};
use std::path::PathBuf;
use std::time::Duration;
use wire::{HostHello, HostToPuck, Ring};

const TONGUES: [(Tongue, &str); 2] = [(Tongue::German, "de"), (Tongue::English, "en")];
const GLASSES: [(Glass, &str); 2] = [(Glass::Ssd1306, "ssd1306"), (Glass::St7789, "st7789")];
const AT: Duration = ms_of(10_000);

const fn ms_of(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn drawn(puck: &Puck, glass: Glass) -> Vec<u8> {
    let picture = match glass {
        Glass::Ssd1306 => {
            let mut canvas = Canvas::new(glass.size(), <BinaryColor as Ink>::of(Paint::Ground));
            let Ok(()) = puck.draw(&mut canvas);
            png(&canvas, false)
        }
        Glass::St7789 => {
            let mut canvas = Canvas::new(glass.size(), <Rgb565 as Ink>::of(Paint::Ground));
            let Ok(()) = puck.draw(&mut canvas);
            png(&canvas, false)
        }
    };
    picture.expect("a screen has few colours")
}

/// What the button says of itself, in situations that no host tells.
fn own(glass: Glass, tongue: Tongue) -> Vec<(&'static str, Puck)> {
    let live = |at| shown(glass, Sample::Live.face(tongue), at);
    let lost = puck(glass, tongue);
    let mut greeted = puck(glass, tongue);
    greeted.heard(HostToPuck::Hello(HostHello::new(SESSION)), AT);
    let mut refused = puck(glass, tongue);
    refused.press(Key::Main, KeyKind::Short, AT).unwrap_err();
    let mut unconfirmed = live(AT - ms(1100));
    unconfirmed
        .press(Key::Mute, KeyKind::Short, AT - ms(1050))
        .unwrap();
    let mut held = live(AT - ms(1000));
    held.edge(Key::Main, Level::Down, AT - ms(1000));
    let mut other = puck(glass, tongue);
    // A hello of version 9.
    let mut plain = vec![0, 9, 1, 0, 1];
    let sum = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740).checksum(&plain);
    plain.extend(sum.to_le_bytes());
    let mut stuffed = vec![0; cobs::max_encoding_length(plain.len()) + 1];
    let used = cobs::encode(&plain, &mut stuffed);
    stuffed.truncate(used + 1);
    other.hear(&stuffed, AT);
    let mut all = vec![
        ("no-connection", lost),
        ("greeted", greeted),
        ("not-sent", refused),
        ("unconfirmed", unconfirmed),
        ("held", held),
        ("other-version", other),
    ];
    all.iter_mut().for_each(|(_, puck)| drop(puck.tick(AT)));
    all
}

fn hold(pictures: Vec<(String, Vec<u8>)>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let update = std::env::var_os("UPDATE_PICTURES").is_some();
    let mut wrong = Vec::new();
    for (name, png) in pictures {
        let file = folder.join(format!("{name}.png"));
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &png).unwrap();
            continue;
        }
        let kept = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if decode(&kept).unwrap() != decode(&png).unwrap() {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "other pictures than checked in: {wrong:?}"
    );
}

fn screens(glass: Glass, called: &str) {
    let mut pictures = Vec::new();
    for (tongue, code) in TONGUES {
        for sample in Sample::ALL {
            let name = format!("{called}-{sample:?}-{code}").to_lowercase();
            let puck = shown(glass, sample.face(tongue), AT);
            pictures.push((name, drawn(&puck, glass)));
        }
        for (name, puck) in own(glass, tongue) {
            pictures.push((format!("{called}-{name}-{code}"), drawn(&puck, glass)));
        }
    }
    hold(pictures);
}

#[test]
fn screens_on_the_small_display() {
    screens(GLASSES[0].0, GLASSES[0].1);
}

#[test]
fn screens_on_the_display_with_colours() {
    screens(GLASSES[1].0, GLASSES[1].1);
}

/// A row of rings, one for each moment, brightened to what an eye sees of a light.
fn rings(moments: &[[Rgb888; LIGHTS]]) -> Vec<u8> {
    const SIDE: u32 = 80;
    let size = Size::new(SIDE * moments.len() as u32, SIDE);
    let mut canvas = Canvas::new(size, Rgb565::new(4, 8, 4));
    for (nth, ring) in moments.iter().enumerate() {
        let middle = Point::new((SIDE * nth as u32 + SIDE / 2) as i32, SIDE as i32 / 2);
        for (light, colour) in ring.iter().enumerate() {
            let angle = light as f64 / LIGHTS as f64 * std::f64::consts::TAU;
            let offset = Point::new(
                (angle.sin() * 31.0).round() as i32,
                (-angle.cos() * 31.0).round() as i32,
            );
            let seen = |part: u8| (f64::from(part) / 180.0).powf(0.6);
            let colour = Rgb565::new(
                (seen(colour.r()) * 31.0) as u8,
                (seen(colour.g()) * 63.0) as u8,
                (seen(colour.b()) * 31.0) as u8,
            );
            let dot = Circle::with_center(middle + offset, 12);
            let Ok(()) = dot
                .into_styled(PrimitiveStyle::with_fill(colour))
                .draw(&mut canvas);
        }
    }
    png(&canvas, false).expect("a ring has few colours")
}

#[test]
fn patterns_of_the_ring() {
    let at = |offset: u64| ms(12_000 + offset);
    let moments = |mut puck: Puck, offsets: &[u64]| {
        let rings: Vec<_> = offsets.iter().map(|o| puck.tick(at(*o)).ring).collect();
        rings
    };
    let asked = |sample: Sample| shown(Glass::Ssd1306, sample.face(Tongue::German), at(0));
    let mut pictures = Vec::new();
    for (sample, ring, offsets) in [
        (Sample::Free, Ring::Off, [0, 300, 600, 900]),
        (Sample::Coming, Ring::Breathing, [500, 1000, 1500, 2000]),
        (Sample::Joining, Ring::Sweep, [0, 300, 600, 900]),
        (
            Sample::WaitingForHost,
            Ring::WhiteDouble,
            [0, 130, 260, 390],
        ),
        (Sample::Muted, Ring::Red, [0, 300, 600, 900]),
        (Sample::Live, Ring::Green, [0, 300, 600, 900]),
        (Sample::MicUnknown, Ring::Amber, [0, 300, 600, 900]),
    ] {
        let name = format!("ring-{ring:?}").to_lowercase();
        pictures.push((name, rings(&moments(asked(sample), &offsets))));
    }
    let mut held = asked(Sample::Muted);
    held.edge(Key::Main, Level::Down, at(0));
    pictures.push((
        "ring-filling".into(),
        rings(&moments(held, &[5, 505, 1005, 1350])),
    ));
    let mut felt = asked(Sample::Live);
    felt.edge(Key::Mute, Level::Down, at(0));
    pictures.push(("ring-felt".into(), rings(&moments(felt, &[0, 5, 100, 160]))));
    let mut lost = puck(Glass::Ssd1306, Tongue::German);
    lost.edge(Key::Main, Level::Down, at(750));
    pictures.push((
        "ring-refused".into(),
        rings(&moments(lost, &[750, 755, 900, 1400])),
    ));
    hold(pictures);
}
