//! The host's side and the button's own firmware over a line that loses, doubles, damages and delays, in virtual time.

use super::*;
use embedded_graphics::pixelcolor::RgbColor;
use proptest::prelude::*;
use puck_ui::{Config, Glass, Level, Puck};
use std::collections::VecDeque;
use wire::{Light, Line as Cable, Mic, Ring, Scene, Tongue};

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
        line: Cable::Usb,
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

fn face(ring: Ring, mic: Mic) -> Face {
    Face {
        ring,
        mic,
        scene: Scene::Call,
        tongue: Tongue::German,
        light: Light::Full,
        minutes: None,
        headline: Text::cut("Sitzung"),
        detail: Text::EMPTY,
        action: Text::EMPTY,
        trouble: Text::EMPTY,
    }
}

/// Both sides and the line between them, one step at a time.
struct Pair {
    puck: Puck,
    session: Session,
    up: Line,
    down: Line,
    steps: Vec<Step>,
    now: Duration,
    /// What the button was told that arrived whole, and when.
    arrived: Vec<(Duration, HostToPuck)>,
    ear: Decoder<HostToPuck>,
    presses: Vec<Duration>,
    ring: [embedded_graphics::pixelcolor::Rgb888; puck_ui::LIGHTS],
}

impl Pair {
    fn new(to_host: Vec<Fate>, to_puck: Vec<Fate>) -> Pair {
        let mut steps = Vec::new();
        let mut puck = Puck::new(Config {
            firmware: Text::cut("test"),
            serial: Text::cut("1"),
            tongue: Tongue::German,
            glass: Glass::Ssd1306,
            line: Cable::Usb,
            trouble: None,
        });
        Pair {
            ring: puck.tick(Duration::ZERO).ring,
            puck,
            session: Session::begin(41, None, &mut steps),
            up: Line::new(to_host),
            down: Line::new(to_puck),
            steps,
            now: Duration::ZERO,
            arrived: Vec::new(),
            ear: Decoder::new(),
            presses: Vec::new(),
        }
    }

    /// One step of time; a host that is `away` does nothing.
    fn step(&mut self, away: bool) {
        self.now += STEP;
        let now = self.now;
        let bytes = self.down.arrived(now);
        for byte in &bytes {
            if let Some(Ok(Received::Message(message))) = self.ear.push(*byte) {
                self.arrived.push((now, message));
            }
        }
        self.puck.hear(&bytes, now);
        self.ring = self.puck.tick(now).ring;
        while let Some(frame) = self.puck.say(now) {
            self.up.send(now, frame.bytes());
        }
        let bytes = self.up.arrived(now);
        if away {
            return;
        }
        self.session.hear(now, &bytes, &mut self.steps);
        if now >= self.session.due() {
            self.session.tick(now, &mut self.steps);
        }
        self.carry();
    }

    fn carry(&mut self) {
        for step in std::mem::take(&mut self.steps) {
            match step {
                Step::Send(frame) => self.down.send(self.now, frame.bytes()),
                Step::Pressed(..) => self.presses.push(self.now),
                _ => {}
            }
        }
    }

    fn show(&mut self, face: Face) {
        self.session.show(self.now, face, &mut self.steps);
        self.carry();
    }

    fn is_green(&self) -> bool {
        let green = |c: &embedded_graphics::pixelcolor::Rgb888| c.g() > c.r() && c.g() > c.b();
        self.ring.iter().any(green)
    }
}

/// What the room does meanwhile.
#[derive(Debug, Clone, Copy)]
enum Room {
    Live,
    Muted,
    Unknown,
    /// The daemon hangs for so many steps.
    Away(u16),
    Waits(u16),
}

fn room() -> impl Strategy<Value = Room> {
    prop_oneof![
        3 => Just(Room::Live),
        2 => Just(Room::Muted),
        1 => Just(Room::Unknown),
        1 => (1u16..600).prop_map(Room::Away),
        4 => (1u16..300).prop_map(Room::Waits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        rng_seed: prop::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_ring_is_never_green_unless_the_last_seen_state_said_live_within_one_and_a_half_seconds(
        does in proptest::collection::vec(room(), 1..25),
        to_host in fates(),
        to_puck in fates(),
    ) {
        let mut pair = Pair::new(to_host, to_puck);
        // When the room was seen live last, as the host knows it.
        let (mut live, mut is_live) = (None, false);
        let silent = Duration::from_millis(u64::from(wire::SILENT_AFTER_MS));
        let longest_way = STEP * 40;
        for doing in does {
            let (mut steps, mut away) = (1, false);
            match doing {
                Room::Live => pair.show(face(Ring::Green, Mic::Open)),
                Room::Muted => pair.show(face(Ring::Red, Mic::Closed)),
                Room::Unknown => pair.show(face(Ring::Amber, Mic::Unknown)),
                Room::Away(n) => (steps, away) = (n, true),
                Room::Waits(n) => steps = n,
            }
            is_live = match doing {
                Room::Live => true,
                Room::Muted | Room::Unknown => false,
                Room::Away(_) | Room::Waits(_) => is_live,
            };
            for _ in 0..steps {
                pair.step(away);
                // A host that hangs knows nothing.
                live = if is_live && !away { Some(pair.now) } else { live };
                if !pair.is_green() {
                    continue;
                }
                let said = pair.arrived.iter().rev().find_map(|(at, message)| match message {
                    HostToPuck::Face(face) => Some((*at, face.ring)),
                    _ => None,
                });
                let (at, ring) = said.expect("green out of nothing");
                prop_assert_eq!(ring, Ring::Green, "the last that arrived was not live");
                prop_assert!(pair.now <= at + silent, "green {:?} after it was told", pair.now - at);
                let live = live.expect("green before the room was ever live");
                let bound = live + silent + longest_way;
                prop_assert!(pair.now <= bound, "green {:?} after the room was live", pair.now - live);
            }
        }
    }

    #[test]
    fn any_edges_within_five_milliseconds_give_at_most_one_press_at_the_host(
        bursts in proptest::collection::vec(
            (any::<bool>(), proptest::collection::vec((0u64..5000, any::<bool>()), 1..30)),
            1..4,
        ),
        to_host in fates(),
        to_puck in fates(),
    ) {
        let mut pair = Pair::new(to_host, to_puck);
        for _ in 0..400 {
            pair.step(false);
        }
        for (main, mut edges) in bursts {
            let key = if main { wire::Key::Main } else { wire::Key::Mute };
            let before = pair.presses.len();
            edges.sort_by_key(|(at, _)| *at);
            let began = pair.now;
            for (at, down) in edges {
                let level = if down { Level::Down } else { Level::Up };
                pair.puck.edge(key, level, began + Duration::from_micros(at));
            }
            // Let go of, should it have stayed down; then longer than any press may take.
            pair.now += STEP;
            pair.puck.tick(pair.now);
            for _ in 0..20 {
                pair.step(false);
            }
            pair.puck.edge(key, Level::Up, pair.now);
            for _ in 0..500 {
                pair.step(false);
            }
            let came = pair.presses.len() - before;
            prop_assert!(came <= 1, "{came} presses of {key:?}");
        }
    }
}
