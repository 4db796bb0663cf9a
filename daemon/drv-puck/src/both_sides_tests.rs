//! The host's side and the button's own firmware over a line that loses, doubles, damages and delays, in virtual time.

use super::*;
use embedded_graphics::pixelcolor::RgbColor;
use proptest::prelude::*;
use puck_ui::{Config, Glass, Level, Puck};
use std::collections::VecDeque;
use wire::Tongue;

const STEP: Duration = Duration::from_millis(5);
/// A press acts within this or never: a late one would surprise. Given up by the button, and then on the line.
const ACTS_WITHIN: Duration = Duration::from_millis(wire::KEY_GIVEN_UP_MS as u64 + 400);

/// What the line does to a frame.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    Lost,
    Doubled,
    Damaged,
    Late(u8),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Damaged),
        1 => (1u8..40).prop_map(Fate::Late),
    ]
}

/// Troubles come in runs: a single lost frame is only repeated.
fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let run = (fate(), 1usize..25).prop_map(|(fate, len)| vec![fate; len]);
    proptest::collection::vec(run, 0..12).prop_map(|runs| runs.concat())
}

/// One direction of a line; what is late is overtaken by nothing, as on a real one.
struct Line {
    fates: Vec<Fate>,
    sent: usize,
    under_way: VecDeque<(Duration, Vec<u8>)>,
}

impl Line {
    fn new(fates: Vec<Fate>) -> Line {
        Line {
            fates,
            sent: 0,
            under_way: VecDeque::new(),
        }
    }

    fn send(&mut self, now: Duration, bytes: &[u8]) {
        // A line whose fates are used up is sound.
        let fate = self.fates.get(self.sent).copied();
        self.sent += 1;
        let mut damaged = bytes.to_vec();
        damaged[bytes.len() / 2] ^= 0x55;
        let last = self.under_way.back().map_or(now, |(due, _)| *due);
        let mut queue = |delay: Duration, bytes: &[u8]| {
            let due = last.max(now + delay);
            self.under_way.push_back((due, bytes.to_vec()));
        };
        match fate.unwrap_or(Fate::Arrives) {
            Fate::Arrives => queue(Duration::ZERO, bytes),
            Fate::Lost => {}
            Fate::Doubled => queue(Duration::ZERO, &[bytes, bytes].concat()),
            Fate::Damaged => queue(Duration::ZERO, &damaged),
            Fate::Late(steps) => queue(STEP * u32::from(steps), bytes),
        }
    }

    fn arrived(&mut self, now: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        while self.under_way.front().is_some_and(|(due, _)| *due <= now) {
            all.extend(
                self.under_way
                    .pop_front()
                    .map(|(_, bytes)| bytes)
                    .unwrap_or_default(),
            );
        }
        all
    }
}

/// What was seen of one tap of the mute key.
#[derive(Debug, PartialEq)]
struct Outcome {
    touched: Duration,
    acted: Vec<Duration>,
    /// The button said that it was not sent or not confirmed.
    told: bool,
}

/// Taps the mute key at each of these steps while the line plays its tricks.
fn play(taps: &[u16], to_host: Vec<Fate>, to_puck: Vec<Fate>) -> Vec<Outcome> {
    let mut puck = Puck::new(Config {
        firmware: Text::cut("test"),
        serial: Text::cut("1"),
        tongue: Tongue::German,
        glass: Glass::Ssd1306,
        trouble: None,
    });
    let (mut up, mut down) = (Line::new(to_host), Line::new(to_puck));
    let mut steps = Vec::new();
    let mut session = Session::begin(41, None, &mut steps);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let end = taps.last().copied().unwrap_or(0) + 1200;
    for nth in 0..end {
        let now = STEP * u32::from(nth);
        if taps.contains(&nth) {
            puck.edge(wire::Key::Mute, Level::Down, now);
            puck.tick(now + STEP);
            puck.edge(wire::Key::Mute, Level::Up, now + STEP);
            let (touched, acted) = (now, Vec::new());
            outcomes.push(Outcome {
                touched,
                acted,
                told: false,
            });
        }
        // The key takes one step to settle, and so the button's clock is one ahead.
        let puck_now = now + STEP;
        puck.hear(&down.arrived(now), puck_now);
        let ring = puck.tick(puck_now).ring;
        while let Some(frame) = puck.say(puck_now) {
            up.send(now, frame.bytes());
        }
        session.hear(now, &up.arrived(now), &mut steps);
        if now >= session.due() {
            session.tick(now, &mut steps);
        }
        for step in steps.drain(..) {
            match step {
                Step::Send(frame) => down.send(now, frame.bytes()),
                Step::Pressed(..) => {
                    let waiting = outcomes.iter_mut().rev().find(|o| o.touched <= now);
                    waiting
                        .expect("nothing acts before it is pressed")
                        .acted
                        .push(now);
                }
                _ => {}
            }
        }
        // Four steady amber dots: a finger is told that it failed.
        let amber = |n: usize| ring[n].r() > ring[n].g() && ring[n].g() > 0 && ring[n].b() == 0;
        let refused = amber(0) && amber(3) && !amber(1);
        if let Some(last) = outcomes.last_mut() {
            last.told |= refused && now > last.touched;
        }
    }
    outcomes
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: prop::test_runner::RngSeed::Fixed(6),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_press_is_lost_or_doubled_over_a_lost_link(
        gaps in proptest::collection::vec(1000u16..1400, 1..4),
        to_host in fates(),
        to_puck in fates(),
    ) {
        let taps: Vec<u16> = gaps
            .iter()
            .scan(0, |at, gap| { *at += gap; Some(*at) })
            .collect();
        for outcome in play(&taps, to_host, to_puck) {
            prop_assert!(outcome.acted.len() <= 1, "doubled: {outcome:?}");
            prop_assert!(outcome.told || outcome.acted.len() == 1, "lost: {outcome:?}");
            for acted in &outcome.acted {
                prop_assert!(*acted <= outcome.touched + ACTS_WITHIN, "late: {outcome:?}");
            }
        }
    }
}

#[test]
fn a_sound_line_carries_every_press_at_once() {
    for outcome in play(&[400, 900, 1400], Vec::new(), Vec::new()) {
        let Outcome { touched, .. } = outcome;
        let acted = vec![touched];
        assert_eq!(
            outcome,
            Outcome {
                touched,
                acted,
                told: false
            }
        );
    }
}

#[test]
fn a_dead_line_tells_every_finger() {
    let dead = vec![Fate::Lost; 10_000];
    for outcome in play(&[400, 1600], dead.clone(), dead) {
        assert!(outcome.told && outcome.acted.is_empty(), "{outcome:?}");
    }
}
