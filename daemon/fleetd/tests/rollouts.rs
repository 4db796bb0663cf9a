//! Decisions by table, and any order of what may happen with what must hold after each.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use fleet_proto::{RoomId, Stage, Wait};
use fleetd::rollouts::*;
use fleetd::rooms::Slug;
use proptest::prelude::*;

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
        version: 902,
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

/// Something that may happen to a fleet at any moment.
#[derive(Debug, Clone)]
enum Happens {
    Passes(i64),
    Quiet(usize, bool),
    Able(usize, bool),
    Says(usize, u8),
    Looks,
    Pause,
    GoOn,
    Stop,
    Readmit(usize),
    TakeOut(usize),
}

const ROOMS: usize = 24;

fn happens() -> impl Strategy<Value = Happens> {
    let one = 0..ROOMS;
    prop_oneof![
        2 => (1..90_i64).prop_map(|minutes| Happens::Passes(minutes * MINUTE)),
        2 => (one.clone(), any::<bool>()).prop_map(|(room, is)| Happens::Quiet(room, is)),
        1 => (one.clone(), any::<bool>()).prop_map(|(room, is)| Happens::Able(room, is)),
        6 => (one.clone(), 0..12_u8).prop_map(|(room, what)| Happens::Says(room, what)),
        8 => Just(Happens::Looks),
        1 => Just(Happens::Pause),
        2 => Just(Happens::GoOn),
        1 => Just(Happens::Stop),
        1 => one.clone().prop_map(Happens::Readmit),
        1 => one.prop_map(Happens::TakeOut),
    ]
}

struct World {
    rollout: Rollout,
    rooms: Vec<Facts>,
    now: i64,
}

impl World {
    fn new() -> World {
        World {
            rollout: rollout(),
            rooms: (0..ROOMS)
                .map(|n| room(n, usize::from(n > 3) + usize::from(n > 11)))
                .collect(),
            now: 0,
        }
    }

    fn happens(&mut self, what: &Happens) {
        let now = self.now;
        match *what {
            Happens::Passes(ms) => self.now += ms,
            Happens::Quiet(room, is) => self.rooms[room].quiet = is,
            Happens::Able(room, is) => self.rooms[room].able = is,
            Happens::Says(room, what) => {
                let code = || "release-not-proven".parse().unwrap();
                let stage = match what {
                    0 => Stage::Failed { code: code() },
                    1 => Stage::Refused { code: code() },
                    2..=5 => Stage::Begun {},
                    6 => Stage::Waiting { why: Wait::Busy },
                    _ => Stage::Proven {},
                };
                let standing = &mut self.rooms[room].standing;
                // A room says something only of what it was offered.
                if standing.is.is_at_risk() {
                    standing.hear(standing.attempt, &stage, now);
                }
            }
            Happens::Looks => self.looks(),
            Happens::Pause if self.rollout.phase != Phase::Stopped => {
                self.rollout.phase = Phase::Paused
            }
            Happens::Pause => {}
            Happens::GoOn => {
                let failed = Tally::of(self.rollout.open, &self.rooms).failed;
                self.rollout.go_on(failed);
            }
            Happens::Stop => self.rollout.phase = Phase::Stopped,
            Happens::Readmit(room) => drop(self.rooms[room].standing.readmit()),
            Happens::TakeOut(room) => drop(self.rooms[room].standing.take_out()),
        }
    }

    fn looks(&mut self) {
        let before = (self.rollout.clone(), self.rooms.clone());
        let next = step(&self.rollout, &self.rooms, self.now);
        for one in &next {
            self.rollout.take(one, self.now);
            if let Next::Offer(room) | Next::TakeBack(room) | Next::GiveUp(room) = one {
                let facts = self
                    .rooms
                    .iter_mut()
                    .find(|facts| facts.room == *room)
                    .unwrap();
                facts.standing.take(one, self.now);
            }
        }
        self.holds(&before, &next);
    }

    /// What must be so after each look, told anew and not by the functions that decide.
    fn holds(&self, (rollout, rooms): &(Rollout, Vec<Facts>), next: &[Next]) {
        for one in next {
            if let Next::Offer(room) = one {
                let was = rooms.iter().find(|facts| facts.room == *room).unwrap();
                assert_eq!(
                    rollout.phase,
                    Phase::Going,
                    "offered though it does not go on"
                );
                assert!(was.quiet && was.able, "offered to a room in a meeting");
                assert!(was.ring <= rollout.open, "offered before its ring began");
                assert_eq!(
                    was.standing.is,
                    Is::Free {},
                    "offered in spite of {:?}",
                    was.standing
                );
            }
        }
        let stands = self.rollout.phase != Phase::Going;
        for facts in &self.rooms {
            if let Is::Offered { .. } = facts.standing.is {
                assert!(!stands, "still offered though it does not go on");
                assert!(
                    facts.quiet && facts.able,
                    "still offered to a room in a meeting"
                );
            }
        }
        for (place, rule) in self.rollout.rings.iter().enumerate() {
            let of = |rooms: &[Facts], like: fn(&Facts) -> bool| {
                rooms.iter().filter(|f| f.ring == place && like(f)).count()
            };
            let newly = next.iter().any(|one| matches!(one, Next::Offer(room) if self.rooms.iter().any(|f| f.room == *room && f.ring == place)));
            let risk = of(&self.rooms, |f| f.standing.is.is_at_risk());
            let counts = of(rooms, |f| match f.standing.is {
                Is::TakenOut {} => false,
                Is::Free {} => f.able,
                _ => true,
            });
            let most = (counts * usize::from(rule.at_once) / 100).max(1);
            assert!(
                !newly || risk <= most,
                "{risk} of {counts} at risk in ring {place}"
            );
        }
        if self.rollout.open > rollout.open {
            assert_eq!(self.rollout.open, rollout.open + 1);
            let waited = self.now - rollout.good_since_ms.unwrap();
            let of: Vec<_> = rooms.iter().filter(|f| f.ring == rollout.open).collect();
            let proven = of
                .iter()
                .filter(|f| matches!(f.standing.is, Is::Proven { .. }))
                .count();
            let empty = of
                .iter()
                .all(|f| matches!(f.standing.is, Is::TakenOut {}) || !f.able);
            let rule = &rollout.rings[rollout.open];
            assert!(
                empty || waited >= i64::from(rule.wait_min) * MINUTE,
                "opened too early"
            );
            assert!(
                proven > 0 || rollout.open > 0,
                "nobody of the first ring was proven"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_happens_no_more_than_a_rings_share_is_at_risk_and_nobody_in_a_meeting(
        what in proptest::collection::vec(happens(), 1..200)
    ) {
        let mut world = World::new();
        for one in &what {
            world.happens(one);
        }
        // And when everybody is well and quiet it comes to its end.
        if world.rollout.phase != Phase::Stopped {
            for round in 0..400 {
                let failed = Tally::of(world.rollout.open, &world.rooms).failed;
                if world.rollout.phase != Phase::Going { world.rollout.go_on(failed); }
                world.rollout.forgiven = failed;
                for room in 0..ROOMS {
                    world.rooms[room].able = true;
                    world.rooms[room].quiet = true;
                    world.rooms[room].standing.readmit();
                    let attempt = world.rooms[room].standing.attempt;
                    if world.rooms[room].standing.is.is_at_risk() {
                        world.rooms[room].standing.hear(attempt, &Stage::Proven {}, world.now);
                    }
                }
                world.looks();
                world.now += 10 * MINUTE;
                let done = |f: &Facts| matches!(f.standing.is, Is::Proven { .. });
                prop_assert!(round < 399 || world.rooms.iter().all(done), "it does not come to its end");
            }
        }
    }
}
