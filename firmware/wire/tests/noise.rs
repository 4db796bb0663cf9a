//! Random frames into the decoder: no panic, bounded memory, bounded time.
//! `FRAMES=10000000 cargo test --release -p wire --test noise -- --nocapture` pushes ten million through each direction.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::{Duration, Instant};
use wire::{Decoder, Frame, HostHello, HostToPuck, MAX_FRAME, Message, PuckToHost, Received};

/// Small and good enough: xorshift, seeded.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What came of so many frames.
#[derive(Debug, Default)]
struct Tally {
    messages: u64,
    passed_over: u64,
    refused: u64,
    longest: Duration,
}

/// Frames with a true checksum around random bytes, so that the messages themselves are reached, and every fourth one
/// damaged or of any length.
fn push<M: Message>(frames: u64, seed: u64) -> Tally {
    let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740);
    let mut dice = Dice(seed);
    let mut decoder = Decoder::<M>::new();
    let mut tally = Tally::default();
    let mut plain = [0u8; 2 * MAX_FRAME];
    let mut stuffed = [0u8; 3 * MAX_FRAME];
    for _ in 0..frames {
        let damaged = dice.roll().is_multiple_of(4);
        let most = if damaged { 2 * MAX_FRAME - 2 } else { 64 };
        let len = 1 + dice.roll() as usize % most;
        plain[..len].fill_with(|| dice.roll() as u8);
        plain[0] %= 8;
        let sum = crc.checksum(&plain[..len]).to_le_bytes();
        plain[len..len + 2].copy_from_slice(&sum);
        let mut used = cobs::encode(&plain[..len + 2], &mut stuffed);
        if damaged {
            stuffed[dice.roll() as usize % used] ^= dice.roll() as u8;
        }
        stuffed[used] = 0;
        used += 1;
        let begun = Instant::now();
        for byte in &stuffed[..used] {
            match decoder.push(*byte) {
                None => {}
                Some(Ok(Received::Message(_))) => tally.messages += 1,
                Some(Ok(Received::Unknown(_) | Received::Foreign(_))) => tally.passed_over += 1,
                Some(Err(_)) => tally.refused += 1,
            }
        }
        tally.longest = tally.longest.max(begun.elapsed());
    }
    tally
}

fn survives<M: Message>(frames: u64) {
    let begun = Instant::now();
    let tally = push::<M>(frames, 0x5eed);
    println!("{frames} frames in {:?}: {tally:?}", begun.elapsed());
    assert!(
        tally.messages > 0 && tally.passed_over > 0 && tally.refused > 0,
        "{tally:?}"
    );
    // Only a hint that no frame makes it loop; a busy machine may stop the test itself for long.
    assert!(tally.longest < Duration::from_secs(2), "{tally:?}");
}

#[test]
fn random_frames_are_survived() {
    let asked = std::env::var("FRAMES").ok();
    let frames = asked.map_or(100_000, |frames| {
        frames.parse().expect("FRAMES is a number")
    });
    survives::<HostToPuck>(frames);
    survives::<PuckToHost>(frames);
}

/// Bytes that never end a frame cost no memory, and the next frame arrives.
#[test]
fn a_line_that_never_ends_a_frame_is_survived() {
    let mut decoder = Decoder::<HostToPuck>::new();
    assert!((0..1_000_000).all(|_| decoder.push(0x55).is_none()));
    let hello = HostToPuck::Hello(HostHello::new(1));
    let frame = Frame::of(&hello).unwrap();
    let got: Vec<_> = frame
        .bytes()
        .iter()
        .filter_map(|b| decoder.push(*b))
        .collect();
    assert_eq!(got.last(), Some(&Ok(Received::Message(hello))));
}
