//! The helper's steps, without a machine: what follows from what is seen, as a table; and whatever is cut off, by a made-up machine.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod random;

use fleet_proto::Offer;
use std::time::Duration;
use upgrade::{
    Back, Build, Deed, Installed, MOST_ENDED, Outcome, PROVING, STARTS, Seen, State, Step, TRIES,
    next,
};

fn offer(attempt: u32) -> Offer {
    Offer {
        target: "packages/roomd/2".parse().unwrap(),
        attempt,
    }
}

fn build(version: &str) -> Build {
    Build {
        version: version.to_owned(),
        sha256: format!("file-{version}"),
    }
}

fn code(word: &str) -> fleet_proto::Code {
    word.parse().unwrap()
}

fn failed(word: &str) -> Outcome {
    Outcome::Failed { code: code(word) }
}

fn back(word: &str) -> Step {
    let why = Back::Failed { code: code(word) };
    Step::GoingBack { why }
}

fn begun() -> State {
    let state = State::default();
    state.begin(&offer(1), (build("2"), build("1"))).unwrap()
}

fn at(step: Step) -> State {
    let mut state = begun();
    state.trial.as_mut().unwrap().step = step;
    state
}

fn starts(mut state: State, starts: u32) -> State {
    state.trial.as_mut().unwrap().starts = starts;
    state
}

fn seen(version: &str) -> Seen {
    Seen {
        installed: match version {
            "" => Installed::Broken,
            version => Installed::Whole(version.to_owned()),
        },
        word: None,
        passed: Duration::ZERO,
        tried: 0,
        repaired: false,
    }
}

fn tried(version: &str, tried: u32) -> Seen {
    Seen {
        tried,
        ..seen(version)
    }
}

fn repaired() -> Seen {
    Seen {
        repaired: true,
        ..seen("")
    }
}

fn word(version: &str, word: Outcome) -> Seen {
    Seen {
        word: Some(word),
        ..seen(version)
    }
}

fn late(version: &str) -> Seen {
    Seen {
        passed: PROVING,
        ..seen(version)
    }
}

/// What follows, in few words.
fn follows(state: &State, seen: &Seen) -> String {
    match next(state, seen) {
        Deed::Rest => "rest".to_owned(),
        Deed::Repair => "repair".to_owned(),
        Deed::Wait => "wait".to_owned(),
        Deed::Install(build) => format!("install {}", build.version),
        Deed::Keep(State {
            trial: Some(trial), ..
        }) => match trial.step {
            Step::Installing {} => "installing".to_owned(),
            Step::Proving {} => "proving".to_owned(),
            Step::GoingBack {
                why: Back::Later {},
            } => "back: later".to_owned(),
            Step::GoingBack {
                why: Back::Failed { code },
            } => format!("back: {code}"),
        },
        Deed::Keep(State { kept, ended, .. }) => {
            let outcome = match &ended.last().unwrap().outcome {
                Outcome::Proven {} => "proven".to_owned(),
                Outcome::Later {} => "later".to_owned(),
                Outcome::Failed { code } | Outcome::Refused { code } => code.to_string(),
            };
            format!("{outcome}, {} kept", kept.unwrap().version)
        }
    }
}

#[test]
fn each_step_follows_from_what_is_installed() {
    let (installing, proving) = (begun(), at(Step::Proving {}));
    let (failing, later) = (
        back("release-new-fault"),
        Step::GoingBack {
            why: Back::Later {},
        },
    );
    let (failing, later) = (at(failing), at(later));
    let again = |state: &State| starts(state.clone(), 2);
    let proven = Outcome::Proven {};
    for (state, seen, wanted) in [
        (&State::default(), seen("1"), "rest"),
        (&State::default(), seen(""), "rest"),
        // Installing.
        (&installing, seen("1"), "install 2"),
        (&installing, tried("1", TRIES - 1), "install 2"),
        (
            &installing,
            tried("1", TRIES),
            "release-not-installed, 1 kept",
        ),
        (&installing, seen("2"), "proving"),
        (&installing, seen(""), "repair"),
        (&installing, repaired(), "back: release-not-installed"),
        (&installing, seen("3"), "release-overtaken, 1 kept"),
        // After the power was cut in it.
        (&again(&installing), seen("1"), "interrupted, 1 kept"),
        (&again(&installing), seen("2"), "proving"),
        (&again(&installing), seen(""), "repair"),
        (&again(&installing), repaired(), "back: interrupted"),
        // Proving.
        (&proving, seen("2"), "wait"),
        (&proving, word("2", proven.clone()), "proven, 2 kept"),
        (
            &proving,
            word("2", failed("release-canary")),
            "back: release-canary",
        ),
        (&proving, word("2", Outcome::Later {}), "back: later"),
        (&proving, late("2"), "back: release-not-proven"),
        (&proving, word("", proven.clone()), "repair"),
        (&proving, repaired(), "back: release-not-installed"),
        (&proving, seen("1"), "release-overtaken, 1 kept"),
        (
            &proving,
            word("3", proven.clone()),
            "release-overtaken, 1 kept",
        ),
        (&starts(proving.clone(), STARTS), seen("2"), "wait"),
        (
            &starts(proving.clone(), STARTS + 1),
            seen("2"),
            "back: release-not-proven",
        ),
        (
            &starts(proving.clone(), STARTS + 1),
            word("2", proven.clone()),
            "proven, 2 kept",
        ),
        // Going back: nothing that is said leads forward again.
        (&failing, seen("2"), "install 1"),
        (&failing, word("2", proven), "install 1"),
        (&failing, tried("2", 1000), "install 1"),
        (&failing, seen(""), "install 1"),
        (&again(&failing), repaired(), "install 1"),
        (&failing, seen("1"), "release-new-fault, 1 kept"),
        (&failing, seen("3"), "release-overtaken, 1 kept"),
        (&later, seen("2"), "install 1"),
        (&later, seen("1"), "later, 1 kept"),
    ] {
        assert_eq!(follows(state, &seen), wanted, "{state:?}\n{seen:?}");
    }
}

#[test]
fn what_ended_is_begun_again_under_a_greater_number_only_but_for_what_people_stopped() {
    let builds = || (build("2"), build("1"));
    let ended = |outcome: Outcome| {
        let mut state = State::default();
        let offer = offer(2);
        state.ended.push(upgrade::Ended { offer, outcome });
        state
    };
    let refused = Outcome::Refused {
        code: code("release-not-newer"),
    };
    for outcome in [Outcome::Proven {}, failed("release-canary"), refused] {
        let state = ended(outcome.clone());
        for (attempt, may) in [(1, false), (2, false), (3, true)] {
            let begun = state.begin(&offer(attempt), builds());
            assert_eq!(begun.is_ok(), may, "{outcome:?} {attempt}");
        }
        let again = state.refuse(&offer(2), "release-expired");
        assert_eq!(again, state, "how it ended stays said");
    }
    assert!(ended(Outcome::Later {}).begin(&offer(2), builds()).is_ok());
    assert!(begun().begin(&offer(9), builds()).is_err(), "one at a time");
}

#[test]
fn files_of_a_trial_and_of_the_kept_version_stay_and_memory_has_an_end() {
    let mut state = begun();
    state.kept = Some(build("0"));
    let files: Vec<&str> = state.files().map(|build| build.version.as_str()).collect();
    assert_eq!(files, ["2", "1", "0"]);
    assert_eq!(state.kept("0"), Some(&build("0")));
    assert_eq!(state.kept("1"), None, "another version is no way back");
    let mut state = State::default();
    for attempt in 1..=60 {
        state = state.refuse(&offer(attempt), "release-expired");
    }
    assert_eq!(state.ended.len(), MOST_ENDED);
    assert_eq!(
        state.ended(&offer(60)).is_some(),
        state.ended(&offer(1)).is_none()
    );
}

#[test]
fn the_state_is_read_as_it_was_written() {
    for state in [begun(), at(Step::Proving {}), at(back("interrupted"))] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
