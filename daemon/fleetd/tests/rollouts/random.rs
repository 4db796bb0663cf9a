//! Any order of what may happen to a rollout, with what must hold after each event.

use super::*;
use proptest::prelude::*;

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
                    7 => Stage::Refused {
                        code: "release-no-button".parse().unwrap(),
                    },
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
                Is::TakenOut {} | Is::NotForIt { .. } => false,
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
            let empty = of.iter().all(|f| {
                let counts_not = Is::TakenOut {} == f.standing.is
                    || matches!(f.standing.is, Is::NotForIt { .. });
                counts_not || !f.able
            });
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
