//! A plan under a clock of the test's own.

use super::*;
use crate::sound::{Finding, Verdict};

const ALONE: Surroundings = Surroundings {
    call: false,
    occupied: false,
    quiet: false,
};

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn silent() -> Checked {
    let mut checked = Checked::of(Check::Sound);
    checked.troubles.push(Trouble::Sound(Finding::NothingHeard));
    checked
}

fn run(orders: &[Order]) -> &Run {
    match orders.last() {
        Some(Order::Finished(run)) => run,
        other => panic!("not over: {other:?}"),
    }
}

#[test]
fn checks_follow_one_another_with_the_sound_last() {
    let wanted = [(Check::Sound, 1), (Check::Path, 1), (Check::Path, 1)];
    let (mut plan, orders) = Plan::begin(at(0), &wanted, ALONE).expect("the room is empty");
    assert_eq!(orders, [Order::Start(Check::Path)]);
    let orders = plan.step(at(1), Input::Checked(Checked::of(Check::Path)));
    assert_eq!(orders, [Order::Start(Check::Sound)]);
    let orders = plan.step(at(5), Input::Checked(Checked::of(Check::Sound)));
    assert_eq!(run(&orders).verdict(), Some(Verdict::Green));
    assert_eq!(plan.next_deadline(), None);
}

#[test]
fn a_check_that_hangs_is_given_up_at_its_deadline_and_said() {
    let wanted = [(Check::Path, 0), (Check::Picture, 1)];
    let (mut plan, _) = Plan::begin(at(0), &wanted, ALONE).expect("the room is empty");
    let deadline = plan.next_deadline().expect("a check runs");
    assert_eq!(plan.step(deadline - at(1), Input::Tick), []);
    let orders = plan.step(deadline, Input::Tick);
    assert_eq!(
        orders,
        [Order::Abandon(Check::Path), Order::Start(Check::Picture)]
    );
    // What comes after all is of a check that nobody waits for.
    assert_eq!(
        plan.step(deadline, Input::Checked(Checked::of(Check::Path))),
        []
    );
    let orders = plan.step(deadline, Input::Checked(Checked::of(Check::Picture)));
    assert_eq!(run(&orders).troubles(), [&Trouble::Late(Check::Path)]);
}

#[test]
fn any_stop_abandons_what_runs_and_starts_nothing_more() {
    for stop in [Stop::Press, Stop::Occupied, Stop::Call] {
        let wanted = [(Check::Heads, 1), (Check::Sound, 4)];
        let (mut plan, _) = Plan::begin(at(0), &wanted, ALONE).expect("the room is empty");
        let orders = plan.step(at(1), Input::Stop(stop));
        assert_eq!(orders[0], Order::Abandon(Check::Heads));
        assert_eq!(run(&orders).stopped, Some(stop));
        assert_eq!(run(&orders).verdict(), None, "nothing was proven");
        assert_eq!(run(&orders).checks.len(), 2);
        assert_eq!(
            plan.step(at(2), Input::Checked(Checked::of(Check::Heads))),
            []
        );
    }
}

#[test]
fn what_can_be_mended_is_mended_once_and_tried_again() {
    let (mut plan, _) = Plan::begin(at(0), &[(Check::Sound, 1)], ALONE).expect("the room is empty");
    let orders = plan.step(at(4), Input::Checked(silent()));
    assert_eq!(
        orders,
        [Order::Repair(BTreeSet::from([Repair::ResetSound]))]
    );
    assert_eq!(
        plan.step(at(6), Input::Repaired),
        [Order::Start(Check::Sound)]
    );
    let orders = plan.step(at(10), Input::Checked(silent()));
    assert_eq!(run(&orders).verdict(), Some(Verdict::Red));
    assert_eq!(run(&orders).checks[0].tried, [Repair::ResetSound]);
}

#[test]
fn a_repair_that_hangs_leaves_what_was_found() {
    let (mut plan, _) = Plan::begin(at(0), &[(Check::Sound, 1)], ALONE).expect("the room is empty");
    plan.step(at(4), Input::Checked(silent()));
    let deadline = plan.next_deadline().expect("a repair runs");
    let orders = plan.step(deadline, Input::Tick);
    assert_eq!(run(&orders).verdict(), Some(Verdict::Red));
}

#[test]
fn nothing_begins_in_a_call_or_beside_people_and_nothing_is_played_in_quiet_hours() {
    let wanted = [(Check::Path, 1), (Check::Sound, 1)];
    let begin = |around| Plan::begin(at(0), &wanted, around).map(|(_, orders)| orders);
    let call = Surroundings {
        call: true,
        ..ALONE
    };
    let occupied = Surroundings {
        occupied: true,
        ..ALONE
    };
    assert_eq!(begin(call), Err(Stop::Call));
    assert_eq!(begin(occupied), Err(Stop::Occupied));
    let quiet = Surroundings {
        quiet: true,
        ..ALONE
    };
    let (mut plan, orders) = Plan::begin(at(0), &wanted, quiet).expect("the room is empty");
    assert_eq!(orders, [Order::Start(Check::Path)]);
    let orders = plan.step(at(1), Input::Checked(Checked::of(Check::Path)));
    assert_eq!(run(&orders).checks[1].skipped, Some(Skipped::Quiet));
}
