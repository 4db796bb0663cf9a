//! The rules against the mixers of common cards, and their arithmetic against every value.

use super::*;
use proptest::prelude::*;

const SWITCH: Has = Has {
    switch: true,
    volume: false,
};
const VOLUME: Has = Has {
    switch: false,
    volume: true,
};
const BOTH: Has = Has {
    switch: true,
    volume: true,
};
const NONE: Has = Has {
    switch: false,
    volume: false,
};

fn mixer(elements: &[(&str, u32, Has, Has)]) -> Vec<Element> {
    let one = |(name, index, capture, playback): &(&str, u32, Has, Has)| Element {
        name: (*name).to_owned(),
        index: *index,
        capture: *capture,
        playback: *playback,
    };
    elements.iter().map(one).collect()
}

fn names(elements: &[Element], places: &[usize]) -> Vec<String> {
    let name = |place: &usize| format!("{},{}", elements[*place].name, elements[*place].index);
    places.iter().map(name).collect()
}

#[test]
fn the_elements_that_count_are_found_by_name() {
    type Row<'a> = (
        &'a str,
        Vec<Element>,
        [&'a [&'a str]; 2],
        [&'a [&'a str]; 2],
    );
    let table: &[Row] = &[
        (
            "a speakerphone of one element each way",
            mixer(&[("PCM", 0, NONE, BOTH), ("Headset", 0, BOTH, NONE)]),
            [&["Headset,0"], &["Headset,0"]],
            [&["PCM,0"], &["PCM,0"]],
        ),
        (
            "a headset that lets its wearer hear himself",
            mixer(&[("Mic", 0, BOTH, BOTH), ("Speaker", 0, NONE, BOTH)]),
            [&["Mic,0"], &["Mic,0"]],
            [&["Speaker,0"], &["Speaker,0"]],
        ),
        (
            "only what the microphone lets one hear",
            mixer(&[("Mic", 0, BOTH, BOTH)]),
            [&["Mic,0"], &["Mic,0"]],
            [&[], &[]],
        ),
        (
            "a board's sound",
            mixer(&[
                ("Master", 0, NONE, BOTH),
                ("Headphone", 0, NONE, BOTH),
                ("PCM", 0, NONE, VOLUME),
                ("Mic Boost", 0, VOLUME, NONE),
                ("Capture", 0, BOTH, NONE),
            ]),
            [&["Capture,0"], &["Capture,0"]],
            [&["Master,0"], &["Master,0"]],
        ),
        (
            "two inputs of one name are closed together",
            mixer(&[("Mic", 0, BOTH, NONE), ("Mic", 1, BOTH, NONE)]),
            [&["Mic,0", "Mic,1"], &["Mic,0", "Mic,1"]],
            [&[], &[]],
        ),
        (
            "a switch here and an amplification there",
            mixer(&[
                ("Capture", 0, SWITCH, NONE),
                ("Mic", 0, VOLUME, NONE),
                ("EMEET Playback", 0, NONE, VOLUME),
            ]),
            [&["Capture,0"], &["Mic,0"]],
            [&[], &["EMEET Playback,0"]],
        ),
        (
            "a boost is no switch",
            mixer(&[("Mic Boost", 0, BOTH, NONE)]),
            [&[], &[]],
            [&[], &[]],
        ),
        ("nothing at all", Vec::new(), [&[], &[]], [&[], &[]]),
    ];
    for (what, elements, capture, playback) in table {
        for (direction, [switch, volume]) in [
            (Direction::Capture, capture),
            (Direction::Playback, playback),
        ] {
            let chosen = choose(elements, direction);
            assert_eq!(names(elements, &chosen.switch), *switch, "{what}: switch");
            assert_eq!(names(elements, &chosen.volume), *volume, "{what}: volume");
        }
    }
}

#[test]
fn closed_means_every_channel() {
    assert_eq!(joined(&[]), CardSwitch::Unread);
    assert_eq!(joined(&[false, false]), CardSwitch::Is(Switch::Closed));
    assert_eq!(joined(&[false, true]), CardSwitch::Is(Switch::Open));
}

#[test]
fn a_range_of_nothing_and_one_of_everything_are_not_believed() {
    assert!(is_believable((-4_500, 0)));
    assert!(is_believable((-9_999_999, 0)));
    assert!(!is_believable((0, 0)));
    assert!(!is_believable((-100, 20_000)));
    assert!(!is_believable((-9_999_999, -9_999_998)));
}

proptest! {
    #[test]
    fn a_share_grows_with_its_value(low in any::<i32>(), span in 1..i32::MAX, a in any::<i64>(), b in any::<i64>()) {
        let range = (i64::from(low), i64::from(low) + i64::from(span));
        prop_assert_eq!(share(range.0, range).get(), 0);
        prop_assert_eq!(share(range.1, range).get(), 100);
        prop_assert!(share(a.min(b), range).get() <= share(a.max(b), range).get());
    }

    #[test]
    fn whatever_is_chosen_is_there_and_can_do_it(
        list in prop::collection::vec(("[A-Z][a-z]{1,8}|Mic|PCM|Capture|Mic Boost", any::<[bool; 4]>()), 0..12)
    ) {
        let elements: Vec<Element> = list
            .into_iter()
            .enumerate()
            .map(|(index, (name, [a, b, c, d]))| Element {
                name,
                index: index as u32,
                capture: Has { switch: a, volume: b },
                playback: Has { switch: c, volume: d },
            })
            .collect();
        for direction in [Direction::Capture, Direction::Playback] {
            let chosen = choose(&elements, direction);
            prop_assert!(chosen.switch.iter().all(|place| elements[*place].has(direction).switch));
            prop_assert!(chosen.volume.iter().all(|place| elements[*place].has(direction).volume));
        }
    }
}
