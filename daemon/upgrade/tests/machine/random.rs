//! A made-up machine: packages that install, half install or fail, power that is cut anywhere, a new version that says something or
//! nothing, an administrator's hand. Whatever happens, the room ends with the old version or the new one, and knows why.

use super::{build, code, offer};
use proptest::prelude::*;
use std::time::Duration;
use upgrade::{Deed, Installed, Outcome, Seen, State, Step, next};

/// What may happen in a turn.
#[derive(Debug, Clone)]
enum Turn {
    /// The deed does what it should.
    Works,
    /// It is begun, and its end is not seen: half of it is there.
    Breaks,
    /// It does nothing.
    Fails,
    /// The power is cut before it.
    CutBefore,
    /// The power is cut after it, before its end is remembered.
    CutAfter,
    /// The new version says something.
    Says(Outcome),
    /// Time passes.
    Late,
    /// An administrator installs something else.
    Hand,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let failed = Outcome::Failed {
        code: code("release-canary"),
    };
    let turn = prop_oneof![
        8 => Just(Turn::Works),
        3 => Just(Turn::Breaks),
        3 => Just(Turn::Fails),
        3 => Just(Turn::CutBefore),
        3 => Just(Turn::CutAfter),
        1 => Just(Turn::Says(Outcome::Proven {})),
        1 => Just(Turn::Says(failed)),
        1 => Just(Turn::Says(Outcome::Later {})),
        1 => Just(Turn::Late),
        1 => Just(Turn::Hand),
    ];
    prop::collection::vec(turn, 0..60)
}

struct Machine {
    installed: Installed,
    /// On the disk.
    state: State,
    /// Of the process alone.
    seen: Seen,
    /// By hand.
    third: bool,
    /// Each version that was asked to be installed.
    asked: Vec<String>,
}

impl Machine {
    fn new() -> Machine {
        let state = State::default();
        let state = state.begin(&offer(1), (build("2"), build("1"))).unwrap();
        let installed = Installed::Whole("1".to_owned());
        Machine {
            seen: fresh(&installed),
            installed,
            state,
            third: false,
            asked: Vec::new(),
        }
    }

    fn start_again(&mut self) {
        self.state = self.state.started();
        self.seen = fresh(&self.installed);
    }

    fn turn(&mut self, turn: &Turn) {
        match turn {
            Turn::CutBefore => return self.start_again(),
            Turn::Hand => {
                self.third = true;
                self.installed = Installed::Whole("3".to_owned());
            }
            Turn::Late => self.seen.passed = upgrade::PROVING,
            Turn::Says(word) => self.seen.word = self.on_trial().then(|| word.clone()),
            Turn::Works | Turn::Breaks | Turn::Fails | Turn::CutAfter => {}
        }
        self.seen.installed = self.installed.clone();
        match next(&self.state, &self.seen) {
            Deed::Rest | Deed::Wait => {}
            Deed::Keep(state) if matches!(turn, Turn::Fails) => {
                // It could not be written: the helper ends and is started again.
                drop(state);
                self.start_again();
            }
            Deed::Keep(state) => {
                self.state = state;
                self.seen = fresh(&self.installed);
            }
            Deed::Repair => {
                self.seen.repaired = true;
                if let (Turn::Works | Turn::CutAfter, Some(last)) = (turn, self.asked.last()) {
                    self.installed = Installed::Whole(last.clone());
                }
            }
            Deed::Install(build) => {
                self.seen.tried += 1;
                self.asked.push(build.version.clone());
                match turn {
                    Turn::Fails => {}
                    Turn::Breaks => self.installed = Installed::Broken,
                    _ => self.installed = Installed::Whole(build.version),
                }
            }
        }
        if let Turn::CutAfter = turn {
            self.start_again();
        }
    }

    /// Only the new version, whole, has a word.
    fn on_trial(&self) -> bool {
        self.installed == Installed::Whole("2".to_owned())
    }
}

fn fresh(installed: &Installed) -> Seen {
    Seen {
        installed: installed.clone(),
        word: None,
        passed: Duration::ZERO,
        tried: 0,
        repaired: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn whatever_happens_the_room_ends_with_the_old_version_or_a_proven_new_one(turns in turns()) {
        let mut machine = Machine::new();
        let mut ended = None;
        for turn in &turns {
            machine.turn(turn);
            let going_back = machine.state.trial.as_ref().is_some_and(|t| matches!(t.step, Step::GoingBack { .. }));
            prop_assert!(!going_back || machine.state.trial.as_ref().unwrap().old == build("1"));
            // What has ended stays so, whatever comes.
            if let Some(before) = &ended {
                prop_assert_eq!(before, &machine.state);
            }
            if machine.state.trial.is_none() {
                ended = Some(machine.state.clone());
            }
        }
        // In the end, with a machine that works and a new version that says nothing, there is an end.
        let calm = [Turn::Works, Turn::Works, Turn::Works, Turn::Late, Turn::Works, Turn::Works, Turn::Works, Turn::Works];
        for turn in &calm {
            machine.turn(turn);
        }
        let state = &machine.state;
        prop_assert_eq!(&state.trial, &None, "no end: {:?}", turns);
        prop_assert_eq!(state.ended.len(), 1, "ended once");
        prop_assert!(machine.asked.iter().all(|version| version == "1" || version == "2"));
        let outcome = &state.ended[0].outcome;
        if !machine.third {
            let wanted = match outcome {
                Outcome::Proven {} => "2",
                _ => "1",
            };
            prop_assert_eq!(&machine.installed, &Installed::Whole(wanted.to_owned()), "{:?}", outcome);
            prop_assert_eq!(state.kept.as_ref().unwrap().version.as_str(), wanted);
        }
        // Forward before back, and never forward again.
        let first_back = machine.asked.iter().position(|version| version == "1");
        let last_forward = machine.asked.iter().rposition(|version| version == "2");
        if let (Some(back), Some(forward)) = (first_back, last_forward) {
            prop_assert!(forward < back, "{:?}", machine.asked);
        }
        // What failed is not begun again by itself.
        let again = state.begin(&offer(1), (build("2"), build("1")));
        prop_assert_eq!(again.is_ok(), *outcome == Outcome::Later {});
    }
}
