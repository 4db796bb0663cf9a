//! The room that sounds turn by turn is the room that is heard in one piece; and through a real sound server a planted delay and gain
//! are there as they were planted.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use sound_line::{Line, Next, Ports, Strand, Tie, Turn, Way, hold};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use virtual_room::{Air, Devices, Fault, PrivateServer, Room, Size, VirtualRoom};

const SIZE: Size = Size {
    rate: 24_000,
    loudspeakers: 2,
    microphones: 2,
};

/// A second of noise.
fn noise(seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 * 0.2 - 0.1
    };
    (0..24_000).map(|_| next()).collect()
}

#[test]
fn turn_by_turn_it_sounds_as_in_one_piece() {
    for (seed, turn) in [(1u64, 128usize), (2, 480), (3, 97)] {
        let mut room = Room::broken(SIZE, seed, Fault::TornCone(0, 0.3));
        room.noisy(-140.0);
        let played = [noise(1), noise(2)];
        let mut should = vec![vec![0.0f32; 24_000]; 2];
        for (l, played) in played.iter().enumerate() {
            for (m, should) in should.iter_mut().enumerate() {
                let heard = room.record(played, l, m);
                should.iter_mut().zip(heard).for_each(|(a, b)| *a += b);
            }
        }
        let mut air = Air::of(&room, 120);
        air.begin_at(1_000_000);
        let mut is = [Vec::new(), Vec::new()];
        let mut at = 0;
        while at < 24_000 {
            let until = (at + turn).min(24_000);
            // The microphones' turn comes before that of the loudspeakers, which is the harder order.
            for (m, is) in is.iter_mut().enumerate() {
                let mut samples = vec![0.0; until - at];
                air.record(1_000_000 + at as u64, m, &mut samples);
                is.extend(samples);
            }
            air.hear(&[played[0][at..until].to_vec(), played[1][at..until].to_vec()]);
            at = until;
        }
        assert_eq!(air.short(), 0);
        for (is, should) in is.iter().zip(&should) {
            let apart = is.iter().zip(should).map(|(a, b)| (a - b).abs());
            let most = apart.fold(0.0, f32::max);
            assert!(most < 2e-5, "seed {seed}, turns of {turn}: {most} apart");
        }
    }
}

/// A click at a loudspeaker, and what a microphone and the loudspeaker's own monitor give of it.
fn click(server: &PrivateServer, rate: u32) -> [Vec<f32>; 2] {
    let done = Arc::new(AtomicBool::new(false));
    let heard = Arc::new(Mutex::new([Vec::<f32>::new(), Vec::new()]));
    let (ready, full) = (done.clone(), heard.clone());
    let went = Arc::new(AtomicBool::new(false));
    let (go, going, begun) = (went.clone(), went.clone(), went);
    let hears = move |turn: Turn<'_>| {
        if !begun.load(Ordering::Relaxed) {
            return;
        }
        let mut heard = full.lock().unwrap();
        for (all, samples) in heard.iter_mut().zip(turn.samples.iter()) {
            all.extend_from_slice(samples);
        }
        ready.store(heard[0].len() > rate as usize, Ordering::Relaxed);
    };
    let mut clicked = false;
    let plays = move |turn: Turn<'_>| {
        if going.load(Ordering::Relaxed) && !clicked {
            clicked = true;
            turn.samples[0][0] = 0.5;
        }
    };
    let strand = |name: &str, way, channels, takt| Strand {
        name: name.to_owned(),
        way,
        channels,
        takt,
    };
    let strands = vec![
        strand("ear", Way::Hears, 2, Box::new(hears)),
        strand("mouth", Way::Plays, 1, Box::new(plays)),
    ];
    let tie = |strand, channel, node: &str| Tie {
        strand,
        channel,
        node: node.to_owned(),
        ports: Ports::First,
    };
    let line = Line {
        socket: Some(server.socket()),
        rate,
        latency: 256,
        nodes: Duration::from_secs(10),
        links: Duration::from_secs(10),
    };
    let ties = [tie(0, 0, "wall"), tie(0, 1, "table"), tie(1, 0, "wall")];
    let until = Instant::now() + Duration::from_secs(30);
    let over = move || Instant::now() > until;
    let watch = move || {
        go.store(true, Ordering::Relaxed);
        match done.load(Ordering::Relaxed) {
            true => Next::End,
            false => Next::On,
        }
    };
    hold(&line, strands, &ties, (over, watch)).unwrap();
    let mut heard = heard.lock().unwrap();
    [std::mem::take(&mut heard[0]), std::mem::take(&mut heard[1])]
}

/// What came of a click when the room missed no turn beside; a busy machine gets some tries. The turn in which its nodes join may be
/// missed, and is over before it clicks.
fn undisturbed(open: &VirtualRoom, server: &PrivateServer) -> [Vec<f32>; 2] {
    let mut heard = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        let before = open.missed();
        heard = click(server, 48_000);
        if open.missed() <= before + 1 {
            break;
        }
    }
    heard
}

#[test]
fn planted_delay_and_gain_are_true_through_a_server() {
    if !PrivateServer::can_run("planted delay") {
        return;
    }
    let size = Size {
        rate: 48_000,
        loudspeakers: 1,
        microphones: 1,
    };
    for (turn, millis) in [(480, 40.0), (256, 73.5)] {
        let server = PrivateServer::start((48_000, turn), &["wall"], &["table"]);
        let server = server.unwrap();
        let mut room = Room::installed(size, 3);
        room.delay(millis / 1000.0);
        room.noisy(-120.0);
        let devices = Devices {
            socket: Some(server.socket()),
            loudspeakers: vec!["wall".to_owned()],
            microphones: vec!["table".to_owned()],
        };
        let open = VirtualRoom::open(&room, devices).unwrap();
        let [monitor, microphone] = undisturbed(&open, &server);
        let first = |samples: &[f32], least: f32| samples.iter().position(|s| s.abs() > least);
        let (sent, direct) = (first(&monitor, 0.4).unwrap(), room.paths[0][0].impulse[0]);
        let came = first(&microphone, direct as f32 * 0.45).unwrap();
        assert_eq!(came - sent, (millis * 48.0) as usize, "turns of {turn}");
        let gain = f64::from(microphone[came]) / 0.5 / direct;
        assert!((gain - 1.0).abs() < 0.01, "{gain}");
        assert_eq!(open.short(), 0);
    }
}
