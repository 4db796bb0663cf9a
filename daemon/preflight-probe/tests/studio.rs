//! The loop over a real sound server, through a virtual room: what is wrong is named, and nothing else. For a quiet machine: on a busy
//! one the server misses turns in the middle of a sweep, which the studio does not notice yet, so no test run includes it.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::rooms::Fault;
use common::{LOUDSPEAKERS, MICROPHONES, Room, VirtualRoom, Wiring, can_run, ear};
use preflight::sound::{Finding, Limits, Loop, Part, judge};
use preflight_probe::stage::{Seat, Stage, every_way};
use preflight_probe::studio::StudioError;
use std::time::{Duration, Instant};

fn seats(names: [&str; 2]) -> Vec<Seat> {
    let seat = |name: &str| Seat {
        role: name.to_owned(),
        place: name.to_owned(),
    };
    names.map(seat).to_vec()
}

async fn hear(room: &Room, wiring: Wiring) -> Vec<Loop> {
    let server = VirtualRoom::open(room, wiring);
    let mut studio = server.studio();
    let (loudspeakers, microphones) = (seats(LOUDSPEAKERS), seats(MICROPHONES));
    every_way(&mut studio, (&loudspeakers, &microphones), &ear(), |_| {})
        .await
        .unwrap()
}

async fn found(room: Room, wiring: Wiring) -> Vec<Finding> {
    let installed = Room::installed(5);
    let (baseline, now) = tokio::join!(hear(&installed, Wiring::default()), hear(&room, wiring));
    judge(&now, Some(&baseline), &Limits::default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_room_is_heard_as_it_is_and_nothing_is_said() {
    if !can_run() {
        return;
    }
    let room = Room::installed(5);
    let began = Instant::now();
    let now = hear(&room, Wiring::default()).await;
    println!("{:?} for four ways, two at a time", began.elapsed());
    assert_eq!(judge(&now, None, &Limits::default()), []);
    let measured = |n: usize| now[n].heard.sweep.as_ref().unwrap();
    for (n, (l, m)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        let more = (room.paths[l][m].delay as f64 - room.paths[0][0].delay as f64) * 1000.0
            / f64::from(common::RATE);
        let is = measured(n).delay.0 - measured(0).delay.0;
        assert!(
            (is - more).abs() < 1.0,
            "way {n}: {is} ms later, should be {more}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amplifier_that_was_turned_down_is_named_through_the_server() {
    if !can_run() {
        return;
    }
    let found = found(
        Room::broken(5, Fault::AmplifierDown(8.0)),
        Wiring::default(),
    )
    .await;
    let [Finding::Quieter(Part::Room, by)] = found[..] else {
        panic!("{found:?}");
    };
    assert!((7.0..9.0).contains(&by.0), "{by:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_microphone_and_a_silent_loudspeaker_are_named_through_the_server() {
    if !can_run() {
        return;
    }
    let dead = Wiring {
        dead: Some(1),
        ..Wiring::default()
    };
    let room = Room::broken(5, Fault::SilentLoudspeaker(0));
    let found = found(room, dead).await;
    let expected = [
        Finding::DeadMicrophone(MICROPHONES[1].to_owned()),
        Finding::SilentLoudspeaker(LOUDSPEAKERS[0].to_owned()),
    ];
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swapped_loudspeakers_and_hum_are_named_through_the_server() {
    if !can_run() {
        return;
    }
    let hum = Wiring {
        hum: Some((0, -40.0)),
        ..Wiring::default()
    };
    let found = found(Room::broken(5, Fault::LoudspeakersSwapped), hum).await;
    let codes: Vec<&str> = found.iter().map(Finding::code).collect();
    assert_eq!(
        codes,
        ["sound-hum", "sound-loudspeakers-swapped"],
        "{found:?}"
    );
}
