//! When a card's node is made, kept, taken away and given up.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use super::*;

fn spec(card: u32) -> CardSpec {
    CardSpec {
        id: DeviceId::new("0000:00:14.0/3.2#A 1:0:playback"),
        title: "Bar".to_owned(),
        card,
        pcm: Pcm {
            device: 0,
            direction: Direction::Playback,
        },
    }
}

fn node(id: u32, card: u32, plug: u64) -> CardNode {
    CardNode {
        id,
        name: spec(card).node(),
        path: Some(spec(card).path()),
        plug: Some(plug),
        broken: false,
    }
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_name_is_of_letters_digits_and_hyphens_and_knows_no_number() {
    assert_eq!(spec(1).node(), "room-card-0000-00-14-0-3-2-A-1-0-playback");
    assert_eq!(spec(1).node(), spec(7).node());
}

#[test]
fn what_is_wanted_is_made_once_and_then_kept() {
    let mut cards = Cards::default();
    let wanted = [spec(1)];
    assert_eq!(
        cards.steps(at(0), (&wanted, &[]), |_| Some(5)),
        [Step::Make(spec(1), 5)]
    );
    cards.asked(at(0), &wanted[0]);
    assert_eq!(cards.steps(at(1), (&wanted, &[]), |_| Some(5)), []);
    let early = CardNode {
        path: None,
        plug: None,
        ..node(9, 1, 5)
    };
    for there in [early, node(9, 1, 5)] {
        assert_eq!(cards.steps(at(5_000), (&wanted, &[there]), |_| Some(5)), []);
    }
    // And by the next daemon, which finds it there.
    assert_eq!(
        Cards::default().steps(at(0), (&wanted, &[node(9, 1, 5)]), |_| Some(5)),
        []
    );
}

#[test]
fn what_nobody_wants_any_more_is_taken_away_once_and_not_before_what_takes_its_place() {
    let mut cards = Cards::default();
    let there = [node(9, 1, 5)];
    assert_eq!(cards.steps(at(0), (&[], &there), |_| Some(5)), []);
    assert_eq!(cards.steps(at(1_999), (&[], &there), |_| Some(5)), []);
    assert_eq!(
        cards.steps(at(2_000), (&[], &there), |_| Some(5)),
        [Step::Take(9)]
    );
    assert_eq!(cards.steps(at(2_001), (&[], &there), |_| Some(5)), []);
}

#[test]
fn what_is_wanted_again_in_time_stays() {
    let mut cards = Cards::default();
    let there = [node(9, 1, 5)];
    let mut steps = |now, wanted: &[CardSpec]| cards.steps(at(now), (wanted, &there), |_| Some(5));
    assert_eq!(steps(0, &[]), []);
    assert_eq!(steps(1_000, &[spec(1)]), []);
    assert_eq!(steps(2_500, &[]), []);
    assert_eq!(steps(4_499, &[]), []);
    assert_eq!(steps(4_500, &[]), [Step::Take(9)]);
}

#[test]
fn another_plug_or_number_is_another_node_and_waits_until_the_first_is_gone() {
    for old in [node(9, 1, 4), node(9, 2, 5)] {
        let mut cards = Cards::default();
        let wanted = [spec(1)];
        let there = [old];
        assert_eq!(
            cards.steps(at(0), (&wanted, &there), |_| Some(5)),
            [Step::Take(9)]
        );
        assert_eq!(cards.steps(at(1), (&wanted, &[]), |_| Some(5)), []);
        cards.gone(9);
        assert_eq!(
            cards.steps(at(2), (&wanted, &[]), |_| Some(5)),
            [Step::Make(spec(1), 5)]
        );
    }
}

#[test]
fn a_pulled_card_goes_after_what_takes_its_place_came_and_comes_back_by_itself() {
    let mut cards = Cards::default();
    let wanted = [spec(1)];
    let there = [node(9, 1, 5)];
    assert_eq!(cards.steps(at(0), (&wanted, &there), |_| None), []);
    let spare = [CardSpec {
        id: DeviceId::new("spare:0:playback"),
        ..spec(2)
    }];
    let plug = |card| (card == 2).then_some(7);
    let made = [Step::Make(spare[0].clone(), 7)];
    assert_eq!(cards.steps(at(10), (&spare, &there), plug), made);
    cards.asked(at(10), &spare[0]);
    assert_eq!(
        cards.steps(at(2_000), (&spare, &there), plug),
        [Step::Take(9)]
    );
    cards.gone(9);
    assert_eq!(cards.steps(at(2_001), (&wanted, &[]), |_| None), []);
    assert_eq!(
        cards.steps(at(2_002), (&wanted, &[]), |_| Some(6)),
        [Step::Make(spec(1), 6)]
    );
}

#[test]
fn a_card_that_is_back_before_its_node_was_taken_away_has_it_made_anew_at_once() {
    let mut cards = Cards::default();
    let wanted = [spec(1)];
    let there = [node(9, 1, 5)];
    assert_eq!(cards.steps(at(0), (&wanted, &there), |_| None), []);
    assert_eq!(
        cards.steps(at(300), (&wanted, &there), |_| Some(6)),
        [Step::Take(9)]
    );
}

#[test]
fn a_busy_card_is_given_up_within_half_a_second_and_every_other_refusal_at_once() {
    let mut cards = Cards::default();
    let wanted = [spec(1)];
    let mut given_up = None;
    for millis in (0..1_000).step_by(20) {
        for step in cards.steps(at(millis), (&wanted, &[]), |_| Some(5)) {
            assert_eq!(step, Step::Make(spec(1), 5));
            let why = cards.refused(at(millis), &wanted[0], SoundFailure::Busy);
            given_up = given_up.or(why.map(|_| millis));
        }
        if given_up.is_some() {
            break;
        }
    }
    assert!((400..500).contains(&given_up.unwrap()), "{given_up:?}");
    let denied = cards.refused(at(2_000), &wanted[0], SoundFailure::Denied);
    assert_eq!(denied, Some(SoundFailure::Denied));
}

#[test]
fn a_server_that_refuses_or_says_nothing_is_not_waited_for_for_ever() {
    let wanted = [spec(1)];
    let give_up = |why| [Step::GiveUp(spec(1), why)];
    let mut cards = Cards::default();
    cards.asked(at(0), &wanted[0]);
    assert_eq!(cards.steps(at(4_999), (&wanted, &[]), |_| Some(5)), []);
    let late = cards.steps(at(5_000), (&wanted, &[]), |_| Some(5));
    assert_eq!(late, give_up(SoundFailure::Broken));
    cards.asked(at(6_000), &wanted[0]);
    cards.failed(&spec(1).node(), SoundFailure::Busy);
    let refused = cards.steps(at(6_001), (&wanted, &[]), |_| Some(5));
    assert_eq!(refused, give_up(SoundFailure::Busy));
}

#[test]
fn a_node_that_does_not_work_is_given_up_and_taken_away() {
    let mut cards = Cards::default();
    let broken = CardNode {
        broken: true,
        ..node(9, 1, 5)
    };
    let steps = cards.steps(at(0), (&[spec(1)], &[broken]), |_| Some(5));
    assert_eq!(
        steps,
        [Step::GiveUp(spec(1), SoundFailure::Broken), Step::Take(9)]
    );
}

#[test]
fn everything_is_made_anew() {
    let mut cards = Cards::default();
    assert_eq!(cards.all_anew(&[node(9, 1, 5)]), [9]);
    assert_eq!(cards.steps(at(0), (&[spec(1)], &[]), |_| Some(5)), []);
    cards.gone(9);
    assert_eq!(
        cards.steps(at(1), (&[spec(1)], &[]), |_| Some(5)),
        [Step::Make(spec(1), 5)]
    );
}

#[test]
fn channels_that_meet_in_one_are_halved() {
    let capture = CardSpec {
        pcm: Pcm {
            device: 0,
            direction: Direction::Capture,
        },
        ..spec(1)
    };
    let of = |spec: &CardSpec, channels| spec.factors(Offer { channels });
    assert_eq!(of(&capture, 2), Some(vec![0.5, 0.5]));
    assert_eq!(of(&spec(1), 1), Some(vec![0.5]));
    assert_eq!(
        [
            of(&capture, 1),
            of(&capture, 6),
            of(&spec(1), 2),
            of(&spec(1), 4)
        ],
        [const { None }; 4]
    );
    let six = capture.properties(Offer { channels: 6 }, 1);
    assert!(six.contains(&("audio.position", "AUX0,AUX1,AUX2,AUX3,AUX4,AUX5".to_owned())));
}
