//! Decisions of a rollout by table; any order of events stands in `random`.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod random;

use fleet_proto::{RoomId, Stage, Wait};
use fleetd::rollouts::*;
use fleetd::rooms::Slug;

const MINUTE: i64 = 60_000;

fn ring(name: &str, at_once: u8, failed: u8, wait_min: u32) -> Ring {
    Ring {
        name: Slug::of(name).unwrap(),
        at_once,
        proven: 90,
        failed,
        wait_min,
    }
}

fn rollout() -> Rollout {
    Rollout {
        target: "service-packs/zoom/902.toml".parse().unwrap(),
        of: "join-pack/zoom".to_owned(),
        version: 902.into(),
        architectures: [].into(),
        rings: vec![
            ring("canary", 50, 0, 60),
            ring("early", 25, 10, 60),
            ring("all", 10, 10, 0),
        ],
        open: 0,
        phase: Phase::Going,
        good_since_ms: None,
        forgiven: 0,
        by: "anna".to_owned(),
        at_ms: 0,
    }
}

fn id(number: usize) -> RoomId {
    format!("room-{number}").parse().unwrap()
}

fn room(number: usize, ring: usize) -> Facts {
    Facts {
        room: id(number),
        ring,
        able: true,
        quiet: true,
        standing: Standing::default(),
    }
}

fn failed() -> Is {
    Is::Failed {
        at_ms: 0,
        code: "release-not-proven".parse().unwrap(),
    }
}

fn with(mut room: Facts, is: Is) -> Facts {
    room.standing.is = is;
    room
}

fn offered() -> Is {
    Is::Offered {
        since_ms: 0,
        why: Some(Wait::InUse),
    }
}

const PROVEN: Is = Is::Proven { at_ms: 0 };
const BEGUN: Is = Is::Begun { since_ms: 0 };

/// What it is about; a rollout, its rooms and the time; and what follows.
type Case = (&'static str, Rollout, Vec<Facts>, i64, Vec<Next>);

#[test]
fn the_next_step_follows_from_what_is_seen() {
    use Next::{GiveUp, Good, Halt, NotGood, Offer, Open, TakeBack};
    let quiet_no = |mut room: Facts| {
        room.quiet = false;
        room
    };
    let away = |mut room: Facts| {
        room.able = false;
        room
    };
    let going = rollout();
    let good = Rollout {
        good_since_ms: Some(0),
        ..rollout()
    };
    let second = Rollout {
        open: 1,
        ..rollout()
    };
    let paused = Rollout {
        phase: Phase::Paused,
        ..rollout()
    };
    let forgiving = Rollout {
        forgiven: 1,
        ..rollout()
    };
    let cases: Vec<Case> = vec![
        (
            "half of the first ring begins, the second not at all",
            going.clone(),
            vec![room(1, 0), room(2, 0), room(3, 0), room(4, 0), room(5, 1)],
            1,
            vec![Offer(id(1)), Offer(id(2))],
        ),
        (
            "of a small ring one at least",
            going.clone(),
            vec![room(1, 0)],
            1,
            vec![Offer(id(1))],
        ),
        (
            "whoever is at risk takes the place of others",
            going.clone(),
            vec![
                with(room(1, 0), BEGUN),
                with(room(2, 0), offered()),
                room(3, 0),
                room(4, 0),
            ],
            1,
            vec![],
        ),
        (
            "a room in a meeting or away waits",
            going.clone(),
            vec![quiet_no(room(1, 0)), away(room(2, 0))],
            1,
            vec![],
        ),
        (
            "an offer to a room whose meeting has begun is taken back",
            going.clone(),
            vec![quiet_no(with(room(1, 0), offered()))],
            1,
            vec![TakeBack(id(1))],
        ),
        (
            "an offer to a room that has gone is taken back",
            going.clone(),
            vec![away(with(room(1, 0), offered()))],
            1,
            vec![TakeBack(id(1))],
        ),
        (
            "one failure in a ring that allows none halts everything",
            going.clone(),
            vec![
                with(room(1, 0), failed()),
                with(room(2, 0), offered()),
                room(3, 0),
            ],
            1,
            vec![Halt, TakeBack(id(2))],
        ),
        (
            "seen and forgiven it goes on",
            forgiving,
            vec![with(room(1, 0), failed()), room(2, 0)],
            1,
            vec![Offer(id(2))],
        ),
        (
            "a room that has begun and says nothing has failed",
            going.clone(),
            vec![with(room(1, 0), BEGUN), room(2, 0)],
            SILENT_MS,
            vec![GiveUp(id(1)), Halt],
        ),
        (
            "an administrator's pause takes back and offers nothing",
            paused,
            vec![
                with(room(1, 0), offered()),
                with(room(2, 0), BEGUN),
                room(3, 0),
            ],
            1,
            vec![TakeBack(id(1))],
        ),
        (
            "the ring is good",
            going.clone(),
            vec![with(room(1, 0), PROVEN)],
            1,
            vec![Good],
        ),
        (
            "and waits",
            good.clone(),
            vec![with(room(1, 0), PROVEN), room(2, 1)],
            59 * MINUTE,
            vec![],
        ),
        (
            "until its time is over",
            good.clone(),
            vec![with(room(1, 0), PROVEN), room(2, 1)],
            60 * MINUTE,
            vec![Open],
        ),
        (
            "a newcomer that is not proven makes it less good",
            good.clone(),
            vec![with(room(1, 0), PROVEN), room(2, 0)],
            1,
            vec![NotGood, Offer(id(2))],
        ),
        (
            "an empty first ring lets nobody through",
            good,
            vec![room(2, 1)],
            600 * MINUTE,
            vec![NotGood],
        ),
        (
            "an empty later ring holds nobody up",
            Rollout {
                good_since_ms: Some(1),
                ..second.clone()
            },
            vec![with(room(1, 0), PROVEN), room(3, 2)],
            1,
            vec![Open],
        ),
        (
            "in the second ring a quarter, and late ones of the first",
            second,
            (2..10).map(|n| room(n, 1)).chain([room(1, 0)]).collect(),
            1,
            vec![Offer(id(1)), Offer(id(2)), Offer(id(3))],
        ),
    ];
    for (what, rollout, rooms, now, expected) in cases {
        assert_eq!(step(&rollout, &rooms, now), expected, "{what}");
    }
}

#[test]
fn what_a_room_says_late_changes_nothing() {
    let proven = Stage::Proven {};
    let mut standing = Standing::default();
    assert!(!standing.hear(2, &proven, 5), "another attempt");
    assert!(
        standing.hear(1, &Stage::Begun {}, 5),
        "begun before it was taken back"
    );
    let people = Stage::Waiting { why: Wait::InUse };
    assert!(
        standing.hear(1, &people, 5),
        "people came, and it went back"
    );
    assert!(matches!(
        standing.is,
        Is::Offered {
            why: Some(Wait::InUse),
            ..
        }
    ));
    assert!(standing.hear(1, &proven, 6));
    let code = "release-not-proven".parse().unwrap();
    assert!(!standing.hear(1, &Stage::Failed { code }, 7));
    assert_eq!(standing.is, Is::Proven { at_ms: 6 });
}

#[test]
fn the_penalty_box_opens_by_an_administrator_and_with_another_attempt() {
    let mut standing = Standing {
        attempt: 1,
        is: failed(),
    };
    let only = vec![Facts {
        standing: standing.clone(),
        ..room(1, 0)
    }];
    assert_eq!(
        step(
            &Rollout {
                forgiven: 1,
                ..rollout()
            },
            &only,
            1
        ),
        []
    );
    assert!(standing.readmit());
    assert_eq!((standing.attempt, &standing.is), (2, &Is::Free {}));
    assert!(!standing.readmit());
}

#[test]
fn a_room_that_has_not_what_a_release_is_for_counts_neither_way() {
    for code in fleet_proto::NOT_FOR_THE_ROOM {
        let mut standing = Standing::default();
        let code: fleet_proto::Code = code.parse().unwrap();
        assert!(standing.hear(1, &Stage::Refused { code }, 5));
        assert!(matches!(standing.is, Is::NotForIt { at_ms: 5, .. }));
        assert!(!standing.hear(1, &Stage::Proven {}, 6), "said too late");
        let rooms = [
            with(room(1, 0), standing.is.clone()),
            with(room(2, 0), PROVEN),
        ];
        let tally = Tally::of(0, &rooms);
        assert_eq!((tally.rooms, tally.proven, tally.away), (1, 1, 1));
        assert_eq!(step(&rollout(), &rooms, 1), [Next::Good]);
        assert!(standing.readmit(), "it may have one by now");
    }
    // The same word about what had begun is a failure.
    let mut standing = Standing {
        attempt: 1,
        is: BEGUN,
    };
    let code = "release-no-button".parse().unwrap();
    assert!(standing.hear(1, &Stage::Failed { code }, 5));
    assert!(matches!(standing.is, Is::Failed { .. }));
}

#[test]
fn a_rollouts_kind_is_read_from_what_it_is_of() {
    for kind in releases::Kind::ALL {
        let of = format!("{}/x", kind.word());
        assert_eq!(Rollout { of, ..rollout() }.kind(), kind);
    }
    for of in ["", "image/x", "unknown/x"] {
        let of = of.to_owned();
        assert_eq!(Rollout { of, ..rollout() }.kind(), releases::Kind::Unknown);
    }
}

#[test]
fn rings_are_held_to_their_limits() {
    assert_eq!(check(&default_rings()), Ok(()));
    let bad = |change: fn(&mut Vec<Ring>)| {
        let mut rings = default_rings();
        change(&mut rings);
        check(&rings)
    };
    for change in [
        (|r| r.clear()) as fn(&mut Vec<Ring>),
        |r| r[0].at_once = 0,
        |r| r[0].at_once = 101,
        |r| r[1].proven = 0,
        |r| r[1].failed = 100,
        |r| r[2].wait_min = 43_201,
        |r| r[1].name = r[0].name.clone(),
        |r| r[1].name = Slug::default(),
    ] {
        assert_eq!(bad(change), Err(BadRings));
    }
}
