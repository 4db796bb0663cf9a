//! The helper as a process, in a folder that it takes for the machine: what it calls, to the byte; what it refuses; how it goes back.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod attacks;
mod machine;
mod real;
mod stage;

use fleet_proto::Code;
use machine::Mood;
use serde_json::json;
use stage::{Stage, offer};
use std::os::unix::fs::PermissionsExt;
use upgrade::{Is, Outcome, Places};

fn failed(word: &str) -> Outcome {
    Outcome::Failed { code: code(word) }
}

fn code(word: &str) -> Code {
    word.parse().unwrap()
}

#[test]
fn a_package_is_installed_proven_and_kept_with_exactly_these_calls() {
    let (stage, helper) = Stage::on_trial();
    assert!(!stage.places.wish().exists(), "taken");
    stage.says(1, "2.0", Is::Proven {});
    helper.ends();
    assert_eq!(stage.outcome(1), Some(Outcome::Proven {}));
    let own = stage.places.own.display().to_string();
    let (new, old) = (stage.file("2.0"), stage.file("1.0"));
    let query = "dpkg-query [--show] [--showformat=${db:Status-Status} ${db:Status-Eflag} ${Version}] [roomd]";
    let field = |file: &str| {
        format!("dpkg-deb [--field] [{own}/{file}] [Package] [Version] [Architecture]")
    };
    let install = format!("dpkg [--force-confold] [--force-downgrade] [--install] [{own}/{new}]");
    let mut calls = stage.calls();
    calls.dedup();
    let proving = calls.split_off(8);
    assert_eq!(
        calls,
        [
            query.to_owned(),
            field(&new),
            "dpkg [--compare-versions] [2.0] [gt] [1.0]".to_owned(),
            field(&old),
            query.to_owned(),
            install,
            query.to_owned(),
            "systemctl [--no-block] [try-restart] [roomd-browser.service] [roomd-second.service] [roomd-canceller.service]".to_owned(),
        ]
    );
    assert_eq!(proving, [query], "from then on it only looks");
    assert_eq!(stage.installed(), "installed ok 2.0");
    let state: serde_json::Value = stage.state_json();
    assert_eq!(state["kept"]["version"], json!("2.0"));
    assert_eq!(
        stage.packages(),
        [new],
        "the way back of the next one, and nothing else"
    );
    let mode = std::fs::metadata(stage.places.state())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644, "the daemon reads it");
}

#[test]
fn the_next_package_goes_back_to_the_kept_file_without_the_list() {
    let (stage, helper) = Stage::on_trial();
    stage.says(1, "2.0", Is::Proven {});
    helper.ends();

    // The list holds neither the running version nor the one before; the daemon brings no old package.
    stage.list_only(&["3.0"]);
    stage.bring_only("3.0");
    stage.wish_for("3.0", 1);
    let helper = stage.start(&[]);
    stage.until_step("proving");
    let code = code("release-new-fault");
    stage.says_about(&offer("3.0", 1), "3.0", Is::Failed { code });
    helper.ends();
    assert_eq!(
        stage.outcome_of("3.0", 1),
        Some(failed("release-new-fault"))
    );
    assert_eq!(stage.installed(), "installed ok 2.0");
    let calls = stage.calls();
    let installs: Vec<_> = calls
        .iter()
        .filter(|call| call.contains("--install"))
        .collect();
    assert!(installs[2].contains(&stage.file("2.0")), "{installs:?}");
    assert_eq!(installs.len(), 3);
    assert_eq!(stage.packages(), [stage.file("2.0")]);
}

#[test]
fn without_a_way_back_nothing_is_begun() {
    let stage = Stage::new();
    stage.list_only(&["2.0"]);
    stage.bring_only("2.0");
    stage.refuses(1, "release-no-way-back");
    assert_eq!(stage.installs(), 0);
}

#[test]
fn a_new_version_that_never_says_anything_is_gone_back_from_by_the_helper_alone() {
    for (words, said) in [
        (&[][..], "nothing"),
        (&["1.0"], "the old version's word"),
        (&["9"], "a word of another version"),
    ] {
        let stage = Stage::new();
        stage.bring("2.0");
        stage.wish(1);
        let helper = stage.start(&["--fast", "20000"]);
        for software in words {
            stage.until_step("proving");
            stage.says(1, software, Is::Proven {});
        }
        helper.ends();
        assert_eq!(
            stage.outcome(1),
            Some(failed("release-not-proven")),
            "{said}"
        );
        assert_eq!(stage.installed(), "installed ok 1.0");
        // It does not try again, whoever asks.
        stage.refuses_still(1, failed("release-not-proven"));
        assert_eq!(stage.installs(), 2, "there and back");
        assert_eq!(stage.packages(), [stage.file("1.0")]);
    }
}

#[test]
fn a_package_that_cannot_be_installed_leaves_the_room_on_what_it_had() {
    for (mood, outcome, installs) in [
        (Mood::Nothing, "release-not-installed", 3),
        (Mood::Half, "release-not-installed", 2),
    ] {
        let stage = Stage::new();
        stage.bring("2.0");
        stage.mood("2.0", mood);
        stage.wish(1);
        stage.start(&[]).ends();
        assert_eq!(stage.outcome(1), Some(failed(outcome)), "{mood:?}");
        assert_eq!(stage.installed(), "installed ok 1.0");
        assert_eq!(stage.installs(), installs, "{:?}", stage.calls());
    }
}

#[test]
fn the_helper_goes_back_as_often_as_it_takes() {
    let (stage, helper) = Stage::on_trial();
    stage.mood("1.0", Mood::Locked(3));
    stage.says(1, "2.0", Is::Later {});
    helper.ends();
    assert_eq!(stage.outcome(1), Some(Outcome::Later {}));
    assert_eq!(stage.installed(), "installed ok 1.0");
    let anew = stage
        .calls()
        .iter()
        .filter(|call| call.starts_with("systemctl"))
        .count();
    assert_eq!(anew, 1, "people came: their call stays as it is");
}

#[test]
fn a_cut_anywhere_ends_with_one_version_whole_and_a_reason() {
    for (mood, then, outcome) in [
        // Cut before anything of the package was there, in the middle of it, and behind it.
        (Mood::CutBefore, "1.0", failed("interrupted")),
        (Mood::CutHalf, "2.0", Outcome::Proven {}),
        (Mood::CutBroken, "1.0", failed("interrupted")),
        (Mood::CutAfter, "2.0", Outcome::Proven {}),
    ] {
        let stage = Stage::new();
        stage.bring("2.0");
        stage.mood("2.0", mood);
        stage.wish(1);
        stage.start(&[]).dies();
        let helper = stage.start(&[]);
        if then == "2.0" {
            stage.until_step("proving");
            stage.says(1, "2.0", Is::Proven {});
        }
        helper.ends();
        assert_eq!(
            stage.installed(),
            format!("installed ok {then}"),
            "{mood:?}"
        );
        assert_eq!(
            stage.outcome(1),
            Some(outcome),
            "{mood:?} {:?}",
            stage.calls()
        );
        assert_eq!(stage.packages(), [stage.file(then)]);
    }
}

#[test]
fn a_machine_that_starts_again_and_again_during_a_trial_goes_back() {
    let (stage, mut helper) = Stage::on_trial();
    for starts in 1..=upgrade::STARTS {
        stage.until_starts(starts);
        helper.kill();
        helper = stage.start(&[]);
    }
    helper.ends();
    assert_eq!(stage.outcome(1), Some(failed("release-not-proven")));
    assert_eq!(stage.installed(), "installed ok 1.0");
}

#[test]
fn what_somebody_installs_by_hand_meanwhile_stays() {
    let (stage, helper) = Stage::on_trial();
    stage.install_by_hand("2.5");
    helper.ends();
    assert_eq!(stage.outcome(1), Some(failed("release-overtaken")));
    assert_eq!(stage.installed(), "installed ok 2.5");
}

#[test]
fn what_it_remembers_and_cannot_read_is_not_forgotten() {
    for paper in ["state.json", Places::LIST] {
        let (stage, helper) = Stage::on_trial();
        let whole = std::fs::read(stage.places.own.join(paper)).unwrap();
        helper.kill();
        std::fs::write(stage.places.own.join(paper), &whole[..whole.len() / 2]).unwrap();
        match paper {
            "state.json" => {
                let said = stage.start(&[]).fails();
                assert!(said.contains("state.json: "), "{said}");
            }
            _ => {
                let helper = stage.start(&[]);
                let code = code("release-canary");
                stage.says(1, "2.0", Is::Failed { code });
                helper.ends();
                stage.bring("2.0");
                stage.refuses(2, "release-no-place");
            }
        }
        let now = std::fs::read(stage.places.own.join(paper)).unwrap();
        assert_eq!(now, whole[..whole.len() / 2], "{paper}");
    }
}

#[test]
fn two_helpers_do_not_work_at_the_same_time() {
    let (stage, helper) = Stage::on_trial();
    let said = stage.start(&[]).fails();
    assert!(said.contains("another helper"), "{said}");
    stage.says(1, "2.0", Is::Proven {});
    helper.ends();
    assert_eq!(stage.outcome(1), Some(Outcome::Proven {}));
}
