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
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware/puck-ui/tests/pictures");
    let kept = std::fs::read(folder.join(format!("{name}.png"))).unwrap();
    let (kept, shown) = (decode(&kept).unwrap(), decode(png).unwrap());
    let near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= 2;
    (kept.0, kept.1) == (shown.0, shown.1) && kept.2.iter().zip(&shown.2).all(near)
}

/// Through a day, in one language and then in the other.
async fn shows_every_screen(build: Build, called: &str) {
    let Some(kit) = kit(build) else {
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
            host.run(110 * MS).await;
            let name = format!("{called}-{sample:?}-{code}").to_lowercase();
            if !is_on_the_glass(&name, &host.rig.screen().await.unwrap()) {
                wrong.push(name);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "other pictures than checked in: {wrong:?}"
    );
}

#[tokio::test]
async fn every_screen_is_on_the_small_display() {
    shows_every_screen(Build::Oled, "ssd1306").await;
}

#[tokio::test]
async fn every_screen_is_on_the_display_with_colours() {
    shows_every_screen(Build::Tft, "st7789").await;
}

/// From the first byte of a picture on the bus to the last, and how many there were; and from when the host told it.
#[derive(Debug, Default)]
struct Redraw {
    on_the_bus: Duration,
    since_told: Duration,
    bytes: u32,
}

async fn redraw(host: &mut Host, face: Face) -> Redraw {
    host.forget();
    let told = host.now;
    host.show(face).await;
    host.run(150 * MS).await;
    let drawn = host.said.iter().filter_map(|(_, said)| match said {
        Said::Drawn(from, to, bytes) => Some((*from, *to, *bytes)),
        _ => None,
    });
    let begun = drawn.clone().map(|(from, ..)| from).min();
    let ended = drawn.clone().map(|(_, to, _)| to).max();
    let (begun, ended) = begun.zip(ended).expect("something was drawn");
    Redraw {
        on_the_bus: ended - begun,
        since_told: ended - told,
        bytes: drawn.map(|(.., bytes)| bytes).sum(),
    }
}

/// Lets only the line under the room's state change, then everything.
async fn redraws(build: Build, longest_line: Duration, longest_screen: Duration) {
    let Some(kit) = kit(build) else {
        return;
    };
    let mut host = Host::open(&kit, build).await;
    let before = Sample::Live.face(Tongue::German);
    redraw(&mut host, before).await;
    let detail = Text::cut("09:00 – 11:00");
    let line = redraw(&mut host, Face { detail, ..before }).await;
    let screen = redraw(&mut host, Sample::Question.face(Tongue::English)).await;
    println!("{build:?}: {line:?}, everything {screen:?}");
    assert!(line.on_the_bus <= longest_line, "{line:?}");
    assert!(screen.since_told <= longest_screen, "{screen:?}");
    assert!(screen.bytes > 3 * line.bytes, "{screen:?}");
}

#[tokio::test]
async fn a_changed_line_is_on_the_small_display_in_fifteen_milliseconds() {
    redraws(Build::Oled, 15 * MS, 70 * MS).await;
}

#[tokio::test]
async fn a_changed_line_is_on_the_display_with_colours_in_fifteen_milliseconds() {
    redraws(Build::Tft, 15 * MS, 90 * MS).await;
}

async fn dims(build: Build) {
    let Some(kit) = kit(build) else {
        return;
    };
    let mut host = Host::start(&kit, build).await;
    host.run(250 * MS).await;
    host.greet(SESSION).await;
    let mut shone = Vec::new();
    for light in [Light::Full, Light::Dim, Light::Dark, Light::Full] {
        let face = Sample::Free.face(Tongue::German);
        host.show(Face { light, ..face }).await;
        host.run(110 * MS).await;
        let last = host.said.iter().rev().find_map(|(_, said)| match said {
            Said::Shine(percent) => Some(*percent),
            _ => None,
        });
        shone.push(last.expect("it shines"));
    }
    let [full, dim, dark, again] = shone[..] else {
        panic!("{shone:?}")
    };
    assert!(
        0 < dim && dim < full && dark == 0 && again == full,
        "{shone:?}"
    );
}

#[tokio::test]
async fn a_policy_dims_the_small_display() {
    dims(Build::Oled).await;
}

#[tokio::test]
async fn a_policy_dims_the_display_with_colours() {
    dims(Build::Tft).await;
}
