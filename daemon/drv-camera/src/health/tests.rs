//! Drawn rooms, walls, nights and covers, with seeded noise: what each is called, alone and in a row of looks.

use super::*;
use crate::frame::Grey;

/// A picture as real numbers, drawn large and then seen through lens, light and sensor.
struct Scene {
    width: usize,
    height: usize,
    light: Vec<f32>,
}

/// Small and repeatable: xorshift64*.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1 << 24) as f32
    }

    /// Nearly normal, with a deviation of 1.
    fn noise(&mut self) -> f32 {
        let sum: f32 = (0..6).map(|_| self.next()).sum();
        (sum - 3.0) * 2.0_f32.sqrt()
    }
}

impl Scene {
    fn new(width: usize, height: usize, light: f32) -> Scene {
        Scene {
            width,
            height,
            light: vec![light; width * height],
        }
    }

    /// Parts of the whole: left, top, right, bottom.
    fn put(mut self, [left, top, right, bottom]: [f32; 4], light: f32) -> Scene {
        let (w, h) = (self.width as f32, self.height as f32);
        for y in (top * h) as usize..((bottom * h) as usize).min(self.height) {
            for x in (left * w) as usize..((right * w) as usize).min(self.width) {
                self.light[y * self.width + x] = light;
            }
        }
        self
    }

    fn shade(mut self, by: impl Fn(f32, f32) -> f32) -> Scene {
        for (index, light) in self.light.iter_mut().enumerate() {
            let (x, y) = (index % self.width, index / self.width);
            *light = (*light + by(x as f32 / self.width as f32, y as f32 / self.height as f32))
                .clamp(0.0, 255.0);
        }
        self
    }

    /// A meeting room: a table, chairs, a display, a window, a door frame, two people.
    fn room(width: usize, height: usize) -> Scene {
        Scene::new(width, height, 150.0)
            .put([0.0, 0.75, 1.0, 1.0], 90.0)
            .put([0.05, 0.1, 0.25, 0.6], 235.0)
            .put([0.14, 0.1, 0.15, 0.6], 120.0)
            .put([0.4, 0.15, 0.7, 0.45], 35.0)
            .put([0.85, 0.2, 0.97, 0.8], 110.0)
            .put([0.2, 0.62, 0.8, 0.78], 60.0)
            .put([0.3, 0.45, 0.37, 0.66], 45.0)
            .put([0.31, 0.36, 0.36, 0.45], 190.0)
            .put([0.6, 0.47, 0.67, 0.66], 80.0)
            .put([0.61, 0.38, 0.66, 0.47], 175.0)
            .shade(|x, y| 12.0 * (x - 0.5) - 8.0 * y)
    }

    /// White, brighter towards the window, darker in the corners, a switch and the edge of a door.
    fn wall(width: usize, height: usize) -> Scene {
        Scene::bare_wall(width, height)
            .put([0.7, 0.5, 0.73, 0.55], 150.0)
            .put([0.0, 0.0, 0.03, 1.0], 120.0)
    }

    fn bare_wall(width: usize, height: usize) -> Scene {
        Scene::new(width, height, 185.0)
            .shade(|x, y| 30.0 * x - 40.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2)))
    }

    /// A cloth or a shutter that lets light through.
    fn cover(width: usize, height: usize, light: f32) -> Scene {
        Scene::new(width, height, light)
            .shade(|x, y| -50.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2)))
    }

    /// Shadows with soft borders, such as a lamp throws on a wall.
    fn soft_shadows(width: usize, height: usize) -> Scene {
        Scene::new(width, height, 150.0)
            .shade(|x, y| 40.0 * (6.0 * x).sin() + 25.0 * (5.0 * y).cos())
    }

    /// Lights off: next to nothing, a standby lamp, an emergency sign, a little street light.
    fn night(width: usize, height: usize, light: f32) -> Scene {
        Scene::room(width, height)
            .dimmed(light / 128.0)
            .put([0.46, 0.46, 0.465, 0.468], 200.0)
            .put([0.86, 0.05, 0.92, 0.08], 110.0)
    }

    fn dimmed(mut self, to: f32) -> Scene {
        self.light.iter_mut().for_each(|light| *light *= to);
        self
    }

    /// Out of focus by a radius in thousandths of the width: two passes of a box each way are near to a lens.
    fn blurred(mut self, thousandths: f32) -> Scene {
        let radius = (thousandths * self.width as f32 / 1000.0).round() as usize;
        let across = Lines {
            pixels: (self.width, 1),
            lines: (self.height, self.width),
        };
        let down = Lines {
            pixels: (self.height, self.width),
            lines: (self.width, 1),
        };
        for _ in 0..2 {
            self.light = smooth(&self.light, &across, radius);
            self.light = smooth(&self.light, &down, radius);
        }
        self
    }

    /// What the sensor gives, above a black of 16.
    fn seen(&self, noise: f32, seed: u64) -> Grey {
        let mut dice = Dice(seed | 1);
        let luma = self
            .light
            .iter()
            .map(|light| (16.0 + light * 0.86 + noise * dice.noise()).clamp(0.0, 255.0) as u8);
        Grey {
            width: self.width,
            height: self.height,
            luma: luma.collect(),
        }
    }
}

/// So many of them, so far from each other; the first number is of pixels in a line, the second of lines.
struct Lines {
    pixels: (usize, usize),
    lines: (usize, usize),
}

/// A running mean along lines.
fn smooth(light: &[f32], along: &Lines, radius: usize) -> Vec<f32> {
    let mut out = vec![0.0; light.len()];
    let ((length, step), (lines, apart)) = (along.pixels, along.lines);
    for line in 0..lines {
        let at = |i: isize| light[line * apart + i.clamp(0, length as isize - 1) as usize * step];
        let r = radius as isize;
        let mut sum: f32 = (-r..=r).map(at).sum();
        for i in 0..length as isize {
            out[line * apart + i as usize * step] = sum / (2 * r + 1) as f32;
            sum += at(i + r + 1) - at(i - r);
        }
    }
    out
}

const SIZES: [(usize, usize); 4] = [(320, 180), (640, 360), (800, 600), (1280, 720)];
const NOISES: [f32; 5] = [0.0, 0.5, 2.0, 5.0, 10.0];

fn all(name: &str, draw: impl Fn(usize, usize) -> Scene, fine: impl Fn(Sight) -> bool) {
    for (width, height) in SIZES {
        let scene = draw(width, height);
        for (seed, noise) in NOISES.into_iter().enumerate() {
            let seen = measure(&scene.seen(noise, seed as u64 + 7)).unwrap();
            let sight = judge(&seen);
            assert!(
                fine(sight),
                "{name} of {width}x{height} with noise {noise} is {sight:?}: {seen:?}"
            );
        }
    }
}

#[test]
fn rooms_are_rooms_in_every_light() {
    for light in [1.0, 0.6, 0.35, 0.25] {
        all(
            "a room",
            |w, h| Scene::room(w, h).dimmed(light),
            |sight| sight == Sight::Room,
        );
        all(
            "a soft lens",
            |w, h| Scene::room(w, h).dimmed(light).blurred(1.6),
            |sight| sight == Sight::Room,
        );
    }
}

#[test]
fn an_empty_room_at_night_is_dark_and_never_wrong() {
    for light in [0.0, 1.0, 3.0, 8.0, 16.0] {
        for (width, height) in SIZES {
            for noise in [0.3, 1.0, 3.0, 8.0] {
                let seen = measure(&Scene::night(width, height, light).seen(noise, 3)).unwrap();
                assert_eq!(
                    judge(&seen),
                    Sight::Dark,
                    "{light} {width}x{height} {noise}: {seen:?}"
                );
            }
        }
    }
    // Twilight may be called either, and nothing else.
    let either = |sight| matches!(sight, Sight::Dark | Sight::Room);
    for light in [20.0, 24.0, 28.0, 34.0] {
        all("twilight", |w, h| Scene::night(w, h, light), either);
    }
}

#[test]
fn a_wall_is_no_fault() {
    all("a wall", Scene::wall, |sight| sight == Sight::Room);
    all("shadows", Scene::soft_shadows, |sight| sight != Sight::Soft);
    all(
        "dim shadows",
        |w, h| Scene::soft_shadows(w, h).dimmed(0.4),
        |sight| sight != Sight::Soft,
    );
}

#[test]
fn what_lies_before_the_lens_leaves_nothing_to_see() {
    for light in [60.0, 110.0, 200.0] {
        all(
            "a cover",
            |w, h| Scene::cover(w, h, light),
            |sight| sight == Sight::Flat,
        );
    }
}

#[test]
fn out_of_focus_is_seen_where_the_picture_is_large_enough() {
    for thousandths in [10.0, 14.0, 20.0] {
        for (width, height) in &SIZES[1..] {
            let scene = Scene::room(*width, *height).blurred(thousandths);
            for noise in &NOISES[..4] {
                let seen = measure(&scene.seen(*noise, 11)).unwrap();
                assert_eq!(
                    judge(&seen),
                    Sight::Soft,
                    "{thousandths} {width} {noise}: {seen:?}"
                );
            }
        }
    }
    let small = Scene::room(320, 180).blurred(14.0);
    assert_eq!(judge(&measure(&small.seen(2.0, 1)).unwrap()), Sight::Room);
}

#[test]
fn black_is_without_noise() {
    for (width, height) in SIZES {
        let seen = measure(&Scene::new(width, height, 0.0).seen(0.0, 1)).unwrap();
        assert_eq!(judge(&seen), Sight::Black);
        let seen = measure(&Scene::new(width, height, 0.0).seen(1.0, 1)).unwrap();
        assert_eq!(judge(&seen), Sight::Dark);
    }
}

fn looks(
    health: &mut Health,
    scene: &Scene,
    noise: f32,
    seeds: core::ops::Range<u64>,
) -> Vec<Option<PictureSeen>> {
    let seen = |seed| measure(&scene.seen(noise, seed * 2 + 1)).unwrap();
    seeds.map(|seed| health.look(seen(seed), false)).collect()
}

#[test]
fn an_alarm_needs_three_looks_and_a_good_one_ends_it() {
    let mut health = Health::default();
    let (room, soft) = (Scene::room(640, 360), Scene::room(640, 360).blurred(14.0));
    assert_eq!(
        looks(&mut health, &room, 2.0, 0..2),
        [Some(PictureSeen::Good), None]
    );
    assert_eq!(looks(&mut health, &soft, 2.0, 2..4), [None, None]);
    assert_eq!(looks(&mut health, &room, 2.0, 4..5), [None]);
    assert_eq!(
        looks(&mut health, &soft, 2.0, 5..9),
        [None, None, Some(PictureSeen::Blurred), None]
    );
    assert_eq!(
        looks(&mut health, &room, 2.0, 9..10),
        [Some(PictureSeen::Good)]
    );
}

#[test]
fn a_picture_that_stands_is_frozen_and_a_dark_one_is_dark() {
    let mut health = Health::default();
    let same = measure(&Scene::room(640, 360).seen(2.0, 5)).unwrap();
    let said: Vec<_> = (0..4).map(|_| health.look(same, false)).collect();
    assert_eq!(
        said,
        [
            Some(PictureSeen::Good),
            None,
            Some(PictureSeen::Frozen),
            None
        ]
    );
    let dark = measure(&Scene::night(640, 360, 3.0).seen(0.3, 5)).unwrap();
    let said: Vec<_> = (0..4).map(|_| health.look(dark, false)).collect();
    assert_eq!(said, [Some(PictureSeen::Dark), None, None, None]);
}

#[test]
fn a_camera_that_never_saw_more_than_a_wall_is_not_covered() {
    let wall = Scene::bare_wall(640, 360);
    let mut health = Health::default();
    let said = looks(&mut health, &wall, 2.0, 0..5);
    assert_eq!(said, [Some(PictureSeen::Good), None, None, None, None]);
    looks(&mut health, &Scene::room(640, 360), 2.0, 5..6);
    let cloth = Scene::cover(640, 360, 110.0);
    assert_eq!(
        looks(&mut health, &cloth, 2.0, 6..9),
        [None, None, Some(PictureSeen::Covered)]
    );
}

#[test]
fn a_shutter_that_the_camera_knows_is_believed_at_once() {
    let mut health = Health::default();
    let black = measure(&Scene::new(640, 360, 0.0).seen(0.0, 1)).unwrap();
    assert_eq!(health.look(black, true), Some(PictureSeen::Covered));
    let room = measure(&Scene::room(640, 360).seen(2.0, 1)).unwrap();
    assert_eq!(health.look(room, false), Some(PictureSeen::Good));
}

#[test]
fn what_is_too_small_or_torn_is_not_judged() {
    for (width, height, bytes) in [
        (0, 0, 0),
        (63, 36, 63 * 36),
        (640, 10, 6400),
        (640, 360, 12),
    ] {
        let grey = Grey {
            width,
            height,
            luma: vec![9; bytes],
        };
        assert_eq!(measure(&grey), None);
    }
}
