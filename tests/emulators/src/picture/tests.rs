//! The picture by its own rules: the band, the noise, and the file.

use super::*;
use room_core::units::Position;

fn at(pan: i32) -> Position {
    Position {
        pan,
        ..Position::default()
    }
}

/// Studio range back to what a page reads.
fn rgb([y, u, v]: [u8; 3]) -> [u8; 3] {
    let (y, u, v) = (
        1.164 * (f64::from(y) - 16.0),
        f64::from(u) - 128.0,
        f64::from(v) - 128.0,
    );
    [y + 1.596 * v, y - 0.392 * u - 0.813 * v, y + 2.017 * u]
        .map(|c| c.round().clamp(0.0, 255.0) as u8)
}

#[test]
fn the_band_says_which_way_the_head_looks() {
    let camera = Camera::default();
    for pan in (-17_000..=17_000).step_by(1_250) {
        let frame = camera.see(at(pan));
        let seen = hue_of_rgb(rgb(frame.pixel(WIDTH / 2, HEIGHT - 5))).unwrap();
        assert!(hue_distance(seen, pan_hue(at(pan))) < 3.0, "{pan}: {seen}");
    }
}

#[test]
fn another_direction_is_another_picture() {
    let camera = Camera::default();
    let wide = camera.see(Position::default());
    let near = camera.see(Position {
        zoom: 500,
        ..Position::default()
    });
    let up = camera.see(Position {
        tilt: 1000,
        ..Position::default()
    });
    let differing = |other: &Frame| {
        wide.as_bytes()
            .iter()
            .zip(other.as_bytes())
            .filter(|(a, b)| a.abs_diff(**b) > 8)
            .count()
    };
    assert!(differing(&near) > Frame::LEN / 8);
    assert!(differing(&up) > Frame::LEN / 8);
}

#[test]
fn every_end_of_the_range_has_a_picture() {
    let camera = Camera::default();
    for (pan, tilt) in [
        (-17_000, -3_000),
        (17_000, 9_000),
        (-17_000, 9_000),
        (17_000, -3_000),
    ] {
        for zoom in [0, 1000] {
            let frame = camera.see(Position { pan, tilt, zoom });
            assert_eq!(frame.as_bytes().len(), Frame::LEN);
            assert!(frame.pixel(320, 100)[0] > 20, "{pan} {tilt} {zoom}");
        }
    }
}

#[test]
fn noise_moves_but_hides_nothing() {
    let frame = Camera::default().see(Position::default());
    let (a, b) = (frame.noisy(1), frame.noisy(2));
    let differing = a
        .as_bytes()
        .iter()
        .zip(b.as_bytes())
        .filter(|(a, b)| a != b)
        .count();
    assert!(differing > Frame::LEN / 8);
    assert!(
        a.as_bytes()
            .iter()
            .zip(b.as_bytes())
            .all(|(a, b)| a.abs_diff(*b) <= 2)
    );
    assert_eq!(a.pixel(300, HEIGHT - 2), frame.pixel(300, HEIGHT - 2));
}

#[test]
fn greys_have_no_hue() {
    assert_eq!(hue_of_rgb([16, 16, 16]), None);
    assert_eq!(hue_of_rgb([200, 190, 195]), None);
    assert_eq!(hue_of_rgb([200, 20, 20]), Some(0.0));
    assert_eq!(hue_of_rgb([20, 200, 20]), Some(120.0));
}

#[test]
fn the_file_is_rewritten_in_place_and_keeps_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camera.y4m");
    let file = PictureFile::create(&path, &Frame::dark()).unwrap();
    let before = std::fs::read(&path).unwrap();
    let seen = Camera::default().see(at(3000));
    file.write(&seen).unwrap();
    let after = std::fs::read(&path).unwrap();
    assert_eq!(before.len(), after.len());
    let head = b"YUV4MPEG2 W640 H360 F20:1 Ip A1:1 C420jpeg\nFRAME\n";
    assert!(after.starts_with(head));
    assert_eq!(&after[head.len()..], seen.as_bytes());
}
