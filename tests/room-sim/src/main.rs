//! `room-sim [--seed N] [--days N] [--seeds N] [--calm]`: runs simulated rooms and says how it went.

use room_sim::sim::{Course, run};
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "room-sim [--seed N] [--seeds N] [--days N] [--calm]";

fn main() -> ExitCode {
    let mut course = Course {
        seed: 1,
        days: 365,
        calm: false,
    };
    let mut seeds = 1;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|w| w.parse::<u64>().ok());
        let known = match word.as_str() {
            "--seed" => number().map(|n| course.seed = n),
            "--seeds" => number().map(|n| seeds = n),
            "--days" => number().map(|n| course.days = n),
            "--calm" => {
                course.calm = true;
                Some(())
            }
            _ => None,
        };
        if known.is_none() {
            eprintln!("{word:?} is not understood: {USAGE}");
            return ExitCode::from(2);
        }
    }
    for seed in course.seed..course.seed.saturating_add(seeds) {
        let began = Instant::now();
        match run(Course { seed, ..course }) {
            Ok(report) => println!("seed {seed}: {report:?} in {:.1?}", began.elapsed()),
            Err(wrong) => {
                println!("{wrong}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
