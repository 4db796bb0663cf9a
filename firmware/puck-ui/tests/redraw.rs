//! Only what changed is drawn again, and a changed line is on the small display in time.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Sample, ms, shown};
use drv_panel::Canvas;
use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::geometry::OriginDimensions;
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565};
use embedded_graphics::primitives::Rectangle;
use puck_ui::{Glass, Ink, Paint, Puck, Tongue};
use wire::{Face, HostToPuck};

/// Of the I2C line to the small display.
const BITS_PER_SECOND: u32 = 400_000;
/// Eight bits and the answer.
const BITS_PER_BYTE: u32 = 9;
/// Address, control byte, and the two commands with two parameters each that choose columns and pages; then address and
/// control byte of the data. SSD1306 manual (Solomon Systech, rev. 1.1), 8.1.5.2, 10.1.4 and 10.1.5.
const BYTES_TO_AIM: u32 = 8 + 2;

fn micros_on_the_line(area: &Rectangle) -> u32 {
    assert!(
        area.top_left.y % 8 == 0 && area.size.height.is_multiple_of(8),
        "not on pages: {area:?}"
    );
    let bytes = area.size.width * area.size.height / 8 + BYTES_TO_AIM;
    bytes * BITS_PER_BYTE * 1000 / (BITS_PER_SECOND / 1000)
}

fn faces() -> Vec<Face> {
    let tongues = [Tongue::German, Tongue::English];
    let faces = |tongue| Sample::ALL.map(|sample| sample.face(tongue));
    tongues.into_iter().flat_map(faces).collect()
}

#[test]
fn a_changed_line_is_on_the_small_display_within_fifteen_milliseconds() {
    let mut longest = 0;
    for before in faces() {
        for after in faces() {
            let mut puck = shown(Glass::Ssd1306, before, ms(1000));
            puck.heard(HostToPuck::Face(after), ms(1100));
            let dirty = puck.tick(ms(1100)).dirty;
            assert_eq!(
                dirty.is_empty(),
                before == after || same_words(&before, &after)
            );
            longest = dirty.iter().map(micros_on_the_line).fold(longest, u32::max);
        }
    }
    assert!((8_000..15_000).contains(&longest), "{longest} us");
    println!("the longest line takes {longest} us");
}

/// Two faces that differ only in the ring look alike.
fn same_words(a: &Face, b: &Face) -> bool {
    let words = |face: &Face| {
        (
            face.headline,
            face.detail,
            face.action,
            face.trouble,
            face.minutes,
        )
    };
    words(a) == words(b) && (a.scene, a.mic) == (b.scene, b.mic)
}

#[test]
fn what_did_not_change_is_not_drawn() {
    let face = Sample::Live.face(Tongue::German);
    let mut puck = shown(Glass::St7789, face, ms(1000));
    assert!(puck.tick(ms(1500)).dirty.is_empty());
    let minutes = Some(39);
    puck.heard(HostToPuck::Face(Face { minutes, ..face }), ms(1600));
    assert_eq!(puck.tick(ms(1600)).dirty.len(), 1);
    puck.redraw();
    assert_eq!(puck.tick(ms(1700)).dirty.len(), 5);
}

fn canvas<C: Ink>(glass: Glass) -> Canvas<C> {
    Canvas::new(glass.size(), C::of(Paint::Ground))
}

/// Drawing only the dirty parts leaves the same picture as drawing everything.
fn parts_make_the_whole<C: Ink>(glass: Glass) {
    let mut kept = canvas::<C>(glass);
    let mut puck: Option<Puck> = None;
    for (nth, face) in faces().into_iter().enumerate() {
        let at = ms(1000 + nth as u64 * 100);
        let puck = puck.get_or_insert_with(|| {
            let mut puck = shown(glass, face, at);
            puck.redraw();
            puck
        });
        puck.heard(HostToPuck::Face(face), at);
        for area in puck.tick(at).dirty {
            let Ok(()) = puck.draw(&mut kept.clipped(&area));
        }
        let mut fresh = canvas::<C>(glass);
        let Ok(()) = puck.draw(&mut fresh);
        assert!(kept == fresh, "{:?}: {face:?}", kept.size());
    }
}

#[test]
fn drawn_parts_make_the_whole() {
    parts_make_the_whole::<BinaryColor>(Glass::Ssd1306);
    parts_make_the_whole::<Rgb565>(Glass::St7789);
}
