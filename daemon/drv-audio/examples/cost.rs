//! What meter and canceller cost: `cargo run --release -p drv-audio --example cost` prints the share of one core for each.

use drv_audio::canceller::{Also, Canceller, FRAME};
use drv_audio::meter::{Ear, Meter};
use std::hint::black_box;
use std::time::Instant;

const SECONDS: usize = 60;

fn main() {
    let frames: Vec<[f32; FRAME]> = (0..SECONDS * 100)
        .map(|k| {
            core::array::from_fn(|n| {
                ((k * FRAME + n) as f32 * 0.37).sin() * 0.1 + ((n * 7919) % 113) as f32 * 1e-4
            })
        })
        .collect();
    let mut meter = Meter::new(Ear::Microphone, 1);
    let mut canceller = Canceller::new(Also {
        noise: true,
        gain: true,
    });
    share("meter, one channel", || {
        for frame in &frames {
            black_box(meter.hear(frame));
        }
    });
    share("canceller", || {
        for (k, frame) in frames.iter().enumerate() {
            let mut near = *frame;
            canceller.clean(&frames[k / 2], &mut near);
            black_box(near);
        }
    });
}

fn share(what: &str, work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    println!(
        "{what}: {:.2} % of a core",
        begin.elapsed().as_secs_f64() / SECONDS as f64 * 100.0
    );
}
