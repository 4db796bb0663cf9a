//! Takes may be torn; what is said of the room is not. On a stage without a server.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../preflight/tests/common/mod.rs"]
mod rooms;

use preflight::sound::{Limits, Take, judge};
use preflight_probe::stage::{Seat, Stage, every_way};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rooms::{LOUDSPEAKERS, MICROPHONES, Room, SIZE, ear, hear};

/// A room heard in one piece, of which so many takes are torn, each at another place.
struct Torn {
    room: Room,
    torn: u32,
    dice: StdRng,
    takes: u32,
}

impl Stage for Torn {
    type Error = String;

    async fn record(
        &mut self,
        loudspeaker: &str,
        microphones: &[&str],
        take: &Take,
    ) -> Result<Vec<Vec<f32>>, String> {
        self.takes += 1;
        let l = LOUDSPEAKERS
            .iter()
            .position(|name| *name == loudspeaker)
            .unwrap();
        let at = take.lead + self.room.paths[l][0].delay + self.dice.random_range(16_200..26_000);
        let turn = [128, 240, 480][self.dice.random_range(0..3)];
        let ears = 0..microphones.len();
        let mut all: Vec<Vec<f32>> = ears
            .map(|m| self.room.record(&take.samples, l, m))
            .collect();
        if self.torn > 0 {
            self.torn -= 1;
            for recording in &mut all {
                recording.drain(at..at + turn);
                recording.resize(take.samples.len(), 0.0);
            }
        }
        Ok(all)
    }

    fn unsteady(loudspeaker: &str) -> String {
        format!("{loudspeaker} is unsteady")
    }
}

#[tokio::test]
async fn torn_takes_are_heard_again_and_never_become_a_fault() {
    let ear = ear();
    let seats = |names: [&str; 2]| {
        let seat = |name: &str| Seat {
            role: name.to_owned(),
            place: name.to_owned(),
        };
        names.map(seat).to_vec()
    };
    let (loudspeakers, microphones) = (seats(LOUDSPEAKERS), seats(MICROPHONES));
    for seed in 0..4 {
        let baseline = hear(&mut Room::installed(SIZE, seed), &ear);
        for torn in [1, 2, 6] {
            let mut stage = Torn {
                room: Room::installed(SIZE, seed),
                torn,
                dice: StdRng::seed_from_u64(seed * 7 + u64::from(torn)),
                takes: 0,
            };
            let ways = (&loudspeakers[..], &microphones[..]);
            match every_way(&mut stage, ways, &ear, |_| {}).await {
                Ok(now) => {
                    assert!(torn < 3, "room {seed}: six torn takes were believed");
                    assert!(stage.takes > 2, "room {seed}");
                    assert_eq!(judge(&now, Some(&baseline), &Limits::default()), []);
                }
                Err(said) => {
                    assert_eq!(
                        (torn, said.as_str()),
                        (6, "left is unsteady"),
                        "room {seed}"
                    );
                    assert_eq!(stage.takes, 3);
                }
            }
        }
    }
}
