//! Both displays, read from their buses, held against the checked-in screens of `puck-ui`; and how long a change takes.

use crate::common::{Host, MS, SESSION, kit};
use crate::situations::Sample;
use drv_panel::decode;
use puck_rig::{Build, Said};
use std::path::Path;
use std::time::Duration;
use wire::{Face, Light, Text, Tongue};

/// What is seen on the glass lies beside the other results of the build, for people.
fn seen(name: &str, png: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("puck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
}

/// Whether the glass shows what is checked in under this name. A display of 65536 colours has fewer than a picture file.
fn is_on_the_glass(name: &str, png: &[u8]) -> bool {
    seen(name, png);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware/puck-ui/tests/pictures");
    let kept = std::fs::read(folder.join(format!("{name}.png"))).unwrap();
    let (kept, shown) = (decode(&kept).unwrap(), decode(png).unwrap());
    let near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= 2;
    (kept.0, kept.1) == (shown.0, shown.1) && kept.2.iter().zip(&shown.2).all(near)
}

/// Through a day, in one language and then in the other.
async fn shows_every_screen(build: Build, called: &str) {
    let (display, line) = build.names();
    let Some(kit) = kit(display, line) else {
        return;
    };
    let mut host = Host::start(&kit, build).await;
    host.run(500 * MS).await;
    let mut wrong = Vec::new();
    let name = format!("{called}-no-connection-de");
    if !is_on_the_glass(&name, &host.rig.screen().await.unwrap()) {
        wrong.push(name);
    }
    host.greet(SESSION).await;
    for (tongue, code) in [(Tongue::German, "de"), (Tongue::English, "en")] {
        for sample in Sample::ALL {
            host.show(sample.face(tongue)).await;
            host.run(130 * MS).await;
            let name = format!("{called}-{sample:?}-{code}").to_lowercase();
            if !is_on_the_glass(&name, &host.rig.screen().await.unwrap()) {
                wrong.push(name);
            }
        }
    }
    assert!(wrong.is_empty(), "other pictures than checked in: {wrong:?}");
}

#[tokio::test]
async fn every_screen_is_on_the_small_display() {
    shows_every_screen(Build::Oled, "ssd1306").await;
}

#[tokio::test]
async fn every_screen_is_on_the_display_with_colours() {
    shows_every_screen(Build::Tft, "st7789").await;
}

fn bursts(host: &Host) -> Vec<(Duration, u32)> {
    let drawn = host.said.iter().filter_map(|(_, said)| match said {
        Said::Drawn(from, to, bytes) => Some((*to - *from, *bytes)),
        _ => None,
    });
    drawn.collect()
}

/// Lets only the line under the room's state change, then everything.
async fn redraws(build: Build, longest_line: Duration, longest_screen: Duration) {
    let (display, line) = build.names();
    let Some(kit) = kit(display, line) else {
        return;
    };
    let mut host = Host::open(&kit, build).await;
    let before = Sample::Live.face(Tongue::German);
    host.show(before).await;
    host.run(200 * MS).await;
    host.forget();
    let detail = Text::cut("09:00 – 11:00");
    host.show(Face { detail, ..before }).await;
    host.run(100 * MS).await;
    let line = bursts(&host);
    host.forget();
    let other = Face {
        headline: Text::cut("Besprechung"),
        action: Text::cut("Beitreten"),
        minutes: Some(4),
        ..Sample::Coming.face(Tongue::English)
    };
    host.show(other).await;
    host.run(300 * MS).await;
    let screen = bursts(&host);
    println!("{display}: a line {line:?}, a screen {screen:?}");
    let [(took, _)] = line[..] else {
        panic!("one line changed, but the bus saw {line:?}");
    };
    assert!(took <= longest_line, "{took:?}");
    let whole: Duration = screen.iter().map(|(took, _)| *took).sum();
    assert!(!screen.is_empty() && whole <= longest_screen, "{whole:?}");
}

#[tokio::test]
async fn a_changed_line_is_on_the_small_display_in_fifteen_milliseconds() {
    redraws(Build::Oled, 15 * MS, 60 * MS).await;
}

#[tokio::test]
async fn a_changed_line_is_on_the_display_with_colours_in_fifteen_milliseconds() {
    redraws(Build::Tft, 15 * MS, 150 * MS).await;
}

async fn dims(build: Build) {
    let (display, line) = build.names();
    let Some(kit) = kit(display, line) else {
        return;
    };
    let mut host = Host::open(&kit, build).await;
    let mut shone = Vec::new();
    for light in [Light::Full, Light::Dim, Light::Dark, Light::Full] {
        host.forget();
        let face = Sample::Free.face(Tongue::German);
        host.show(Face { light, ..face }).await;
        host.run(150 * MS).await;
        let last = host.said.iter().rev().find_map(|(_, said)| match said {
            Said::Shine(percent) => Some(*percent),
            _ => None,
        });
        shone.push(last.or(shone.last().copied()).unwrap_or(100));
    }
    let [full, dim, dark, again] = shone[..] else {
        panic!("{shone:?}")
    };
    assert!(0 < dim && dim < full && dark == 0 && again == full, "{shone:?}");
}

#[tokio::test]
async fn a_policy_dims_the_small_display() {
    dims(Build::Oled).await;
}

#[tokio::test]
async fn a_policy_dims_the_display_with_colours() {
    dims(Build::Tft).await;
}
