//! The loop over a real sound server, through made-up rooms: what is wrong is named, and nothing else; and a machine that misses turns
//! says that it was busy, never that the room has a fault.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::rooms::{self, Fault};
use common::{House, RATE, Room, SIZE, ear};
use preflight::sound::{Limits, Loop, judge};
use preflight_probe::studio::StudioError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use virtual_room::PrivateServer;

/// A dozen kinds of fault; see `fault` of the rooms.
const SEEDS: [u64; 12] = [0, 2, 3, 5, 8, 9, 11, 12, 13, 14, 17, 18];

/// More rooms than this two processors cannot have sound at once.
const AT_ONCE: usize = 3;

/// What is heard in a room; `None` when the machine says that it was busy, or the room was not itself: a made-up loudspeaker that misses
/// a turn is silent in it, as no real one is.
async fn once(house: &House, room: usize) -> Option<Vec<Loop>> {
    let before = house.rooms[room].torn();
    match house.hear(room).await {
        Ok(_) if house.rooms[room].torn() != before => None,
        Ok(loops) => Some(loops),
        Err(StudioError::Busy(_) | StudioError::Overdue(_)) => None,
        Err(error) => panic!("room {room}: {error}"),
    }
}

/// A machine that was too busy with several rooms at once is asked again with one, and nothing else sounds.
async fn alone(room: &Room) -> Vec<Loop> {
    for _ in 0..4 {
        if let Some(loops) = once(&House::of(std::slice::from_ref(room)), 0).await {
            return loops;
        }
    }
    panic!("the machine is too busy for one room alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dozen_rooms_are_named_right_and_figures_are_true_through_the_server() {
    if !PrivateServer::can_run("the sound loop through a server") {
        return;
    }
    let all = SEEDS.map(|seed| Room::broken(SIZE, seed, rooms::fault(seed)));
    let began = Instant::now();
    let mut together = Vec::new();
    for some in all.chunks(AT_ONCE) {
        let house = Arc::new(House::of(some));
        let mut hearing = JoinSet::new();
        for room in 0..some.len() {
            let (house, first) = (house.clone(), together.len());
            hearing.spawn(async move { (first + room, once(&house, room).await) });
        }
        together.extend(hearing.join_all().await);
    }
    let mut heard = Vec::new();
    for (room, loops) in together {
        let loops = match loops {
            Some(loops) => loops,
            None => alone(&all[room]).await,
        };
        heard.push((room, loops));
    }
    println!(
        "{:?} for {} rooms of four ways at a time",
        began.elapsed(),
        all.len()
    );
    for (n, now) in heard {
        let seed = SEEDS[n];
        let baseline = rooms::hear(&mut Room::installed(SIZE, seed), &ear());
        let found = judge(&now, Some(&baseline), &Limits::default());
        let said: Vec<String> = found.iter().map(rooms::name).collect();
        let fault = rooms::fault(seed);
        assert_eq!(
            said,
            rooms::expected(fault),
            "room {seed}, {fault:?}: {found:?}"
        );
        if fault == Fault::None {
            true_figures(&all[n], &now, &baseline);
        }
    }
}

/// Delay against the truth; what else is measured against the same room heard in one piece, whose figures are held against the truth.
fn true_figures(room: &Room, now: &[Loop], baseline: &[Loop]) {
    let paths = room.paths.iter().flatten();
    for ((path, is), should) in paths.zip(now).zip(baseline) {
        let (noise, quiet) = (is.heard.noise.0, should.heard.noise.0);
        assert!((noise - quiet).abs() < 1.0, "{noise} and {quiet}");
        let (is, should) = (
            is.heard.sweep.as_ref().unwrap(),
            should.heard.sweep.as_ref().unwrap(),
        );
        let planted = path.delay as f64 * 1000.0 / f64::from(RATE);
        assert!(
            (is.delay.0 - planted).abs() < 0.1,
            "{} and {planted}",
            is.delay
        );
        assert!(
            (is.gain.0 - should.gain.0).abs() < 0.2,
            "{} and {}",
            is.gain,
            should.gain
        );
        for (a, b) in is.response.iter().zip(&should.response) {
            assert!((a.gain.0 - b.gain.0).abs() < 0.5, "{a:?} and {b:?}");
        }
        if let (Some(a), Some(b)) = (is.reverberation, should.reverberation) {
            assert!((a / b - 1.0).abs() < 0.05, "{a} and {b}");
        }
    }
}

/// The room's own process stands still again and again, as on a machine that has other things to do. The loudspeaker's monitor knows
/// nothing of it; only the microphones are torn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_stumbles_is_called_busy_or_heard_right_and_never_faulty() {
    if !PrivateServer::can_run("missed turns") {
        return;
    }
    let all = [Room::installed(SIZE, 5), Room::installed(SIZE, 6)];
    let house = House::of(&all);
    let over = AtomicBool::new(false);
    // One stumbles all the time, the other in its first take only.
    let stumble = |room: usize, times: u32| {
        let (house, over) = (&house, &over);
        async move {
            for n in 0..times {
                tokio::time::sleep(Duration::from_millis(170 + u64::from(n % 5) * 30)).await;
                if over.load(Ordering::Relaxed) {
                    break;
                }
                house.rooms[room].stall(Duration::from_millis(45));
            }
        }
    };
    let hear = async {
        let heard = tokio::join!(house.hear(0), house.hear(1));
        over.store(true, Ordering::Relaxed);
        heard
    };
    let ((always, once), ..) = tokio::join!(hear, stumble(0, 1000), stumble(1, 14));
    assert!(
        house.rooms[0].missed() > 5,
        "{} turns missed",
        house.rooms[0].missed()
    );
    for (n, heard) in [always, once].into_iter().enumerate() {
        let baseline = rooms::hear(&mut Room::installed(SIZE, 5 + n as u64), &ear());
        match heard {
            Ok(now) => assert_eq!(
                judge(&now, Some(&baseline), &Limits::default()),
                [],
                "room {n}"
            ),
            Err(StudioError::Busy(_)) => println!("room {n} was called busy"),
            Err(error) => panic!("room {n}: {error}"),
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_by_name_and_an_empty_server_in_time() {
    use preflight_probe::stage::Stage;
    if !PrivateServer::can_run("absent nodes") {
        return;
    }
    let house = House::of(&[Room::installed(SIZE, 5)]);
    let take = ear().take().clone();
    let mut studio = house.studio();
    for (loudspeaker, microphone, absent) in [
        ("left-0", "foyer", "microphone"),
        ("foyer", "table-0", "loudspeaker"),
    ] {
        let said = studio.record(loudspeaker, &[microphone], &take).await;
        assert!(
            matches!(&said, Err(StudioError::NoNode { what, name }) if *what == absent && name == "foyer"),
            "{said:?}"
        );
    }
    drop(house);
    let began = Instant::now();
    let gone = studio.record("left-0", &["table-0"], &take).await;
    assert!(matches!(gone, Err(StudioError::NoServer(_))), "{gone:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
