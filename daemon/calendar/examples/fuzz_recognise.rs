//! Gives the recogniser a number of damaged invitations, by seed:
//! `cargo run --release -p calendar --example fuzz_recognise -- 1000000 7`. Ends with an error at the first one that
//! leads to a host that nobody knows; a panic ends it too.

#[path = "../tests/corpus/cases.rs"]
mod cases;
#[path = "../tests/corpus/mutate.rs"]
mod mutate;

use std::time::{Duration, Instant};

use calendar::{Invitation, recognise};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| {
        let given = arguments.next().and_then(|text| text.parse().ok());
        given.unwrap_or(otherwise)
    };
    let (count, seed) = (number(1_000_000), number(1));
    let texts = cases::cases("").into_iter().map(|case| case.text);
    let mut mutator = mutate::Mutator::new(texts.collect(), seed);
    let table = cases::table();
    let begun = Instant::now();
    let (mut recognised, mut slowest) = (0u64, Duration::ZERO);
    for _ in 0..count {
        let text = mutator.next_text();
        let started = Instant::now();
        let invitation = Invitation::new()
            .description(Some(text.clone()))
            .html(Some(text.clone()));
        let (target, why) = recognise(&invitation, &table);
        slowest = slowest.max(started.elapsed());
        assert!(!why.sentence().en.is_empty());
        if let Some(target) = target {
            recognised += 1;
            if let Some(url) = target.url {
                mutate::assert_known(url.reveal(), &text);
            }
            if let Some(sip) = target.sip {
                mutate::assert_known_sip(sip.reveal(), &text);
            }
        }
    }
    let took = begun.elapsed();
    println!(
        "{count} damaged invitations, seed {seed}: {recognised} recognised, no panic, \
         {took:.1?} in all, {slowest:.1?} the slowest"
    );
}
