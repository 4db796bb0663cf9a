//! Fingers, bounce and bad wires by table and at random, held against a second, simpler account of the same edges.

use super::*;
use proptest::prelude::*;

const FEEL: Feel = Feel {
    debounce: ms(5),
    hold: Some(ms(2000)),
    stuck_after: ms(30_000),
};
const AT_ONCE: Feel = Feel { hold: None, ..FEEL };

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const SHORT: Finding = Finding::Pressed(KeyPress::Short);
const LONG: Finding = Finding::Pressed(KeyPress::Long);

/// Edges in milliseconds, alternating from an open contact; then the time until which it is watched.
fn played(feel: Feel, edges: &[u64], until: u64) -> Vec<(u64, Finding)> {
    let mut button = Button::begin(feel, ms(0), Contact::Open);
    let mut contact = Contact::Open;
    let mut all = Vec::new();
    let mut edges = edges.iter().copied().peekable();
    for now in 0..=until {
        let mut found = Vec::new();
        while edges.next_if_eq(&now).is_some() {
            contact = match contact {
                Contact::Open => Contact::Closed,
                Contact::Closed => Contact::Open,
            };
            button.hear(ms(now), contact, &mut found);
        }
        button.tick(ms(now), &mut found);
        all.extend(found.into_iter().map(|finding| (now, finding)));
    }
    all
}

#[test]
fn fingers_become_presses() {
    type Row = (Feel, &'static [u64], &'static [(u64, Finding)]);
    let table: &[Row] = &[
        (FEEL, &[100, 300], &[(305, SHORT)]),
        (AT_ONCE, &[100, 300], &[(105, SHORT)]),
        (
            FEEL,
            &[100, 101, 102, 103, 104, 400, 402, 403],
            &[(408, SHORT)],
        ),
        (
            AT_ONCE,
            &[100, 101, 102, 103, 104, 400, 402, 403],
            &[(109, SHORT)],
        ),
        (FEEL, &[100, 2500], &[(2100, LONG)]),
        (AT_ONCE, &[100, 2500], &[(105, SHORT)]),
        // A spark on the wire.
        (AT_ONCE, &[100, 103], &[]),
        // Twice.
        (
            AT_ONCE,
            &[100, 150, 200, 250],
            &[(105, SHORT), (205, SHORT)],
        ),
        // Held for nearly long, with a bounce across the very moment: still held when it rests again.
        (FEEL, &[100, 2098, 2101, 2500], &[(2101, LONG)]),
    ];
    for (feel, edges, expected) in table {
        assert_eq!(played(*feel, edges, 5000), *expected, "{edges:?}");
    }
}

#[test]
fn a_line_held_down_is_found_once_and_its_end_told() {
    assert_eq!(
        played(AT_ONCE, &[100, 40_000], 41_000),
        [
            (105, SHORT),
            (30_100, Finding::Stuck),
            (40_005, Finding::Freed)
        ]
    );
    assert_eq!(
        played(FEEL, &[100, 40_000], 41_000),
        [
            (2100, LONG),
            (30_100, Finding::Stuck),
            (40_005, Finding::Freed)
        ]
    );
}

#[test]
fn a_contact_closed_at_the_start_is_no_press() {
    for feel in [FEEL, AT_ONCE] {
        let mut button = Button::begin(feel, ms(0), Contact::Closed);
        let mut found = Vec::new();
        button.tick(ms(29_999), &mut found);
        assert_eq!(found, []);
        button.tick(ms(30_000), &mut found);
        button.hear(ms(31_000), Contact::Open, &mut found);
        button.tick(ms(31_005), &mut found);
        assert_eq!(found, [Finding::Stuck, Finding::Freed]);
        found.clear();
        button.hear(ms(32_000), Contact::Closed, &mut found);
        button.hear(ms(32_100), Contact::Open, &mut found);
        button.tick(ms(33_000), &mut found);
        assert_eq!(found, [SHORT], "from then on it is a button like any other");
    }
}

#[test]
fn a_lost_edge_costs_no_later_press() {
    let mut button = Button::begin(AT_ONCE, ms(0), Contact::Open);
    let mut found = Vec::new();
    button.hear(ms(100), Contact::Closed, &mut found);
    button.tick(ms(200), &mut found);
    // The opening was never heard.
    button.hear(ms(300), Contact::Closed, &mut found);
    button.hear(ms(400), Contact::Open, &mut found);
    button.hear(ms(500), Contact::Closed, &mut found);
    button.tick(ms(600), &mut found);
    assert_eq!(found, [SHORT, SHORT]);
}

#[test]
fn edges_that_arrive_late_are_judged_by_their_own_time() {
    let mut button = Button::begin(FEEL, ms(0), Contact::Open);
    let mut found = Vec::new();
    // A whole press, read long after it ended: short, not long.
    button.hear(ms(100), Contact::Closed, &mut found);
    button.hear(ms(250), Contact::Open, &mut found);
    button.tick(ms(9000), &mut found);
    assert_eq!(found, [SHORT]);
}

/// The same edges told in another way: rests longer than the bounce, from left to right.
fn expected_presses(edges: &[u64], debounce: u64) -> usize {
    let mut presses = 0;
    let mut pressed = false;
    for (index, at) in edges.iter().enumerate() {
        let closed = index % 2 == 0;
        let rests = edges
            .get(index + 1)
            .is_none_or(|next| next - at >= debounce);
        if rests {
            presses += usize::from(closed && !pressed);
            pressed = closed;
        }
    }
    presses
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Invariant: edges within the time of bouncing give at most one press, and a contact that rests closed for longer gives one.
    #[test]
    fn no_press_is_lost_and_none_invented(gaps in prop::collection::vec(prop_oneof![1..5_u64, 5..60_u64], 0..60)) {
        let mut at = 10;
        let edges: Vec<u64> = gaps.iter().map(|gap| { at += gap; at }).collect();
        let found = played(AT_ONCE, &edges, at + 100);
        let presses = found.iter().filter(|(_, f)| matches!(f, Finding::Pressed(_))).count();
        prop_assert_eq!(presses, expected_presses(&edges, 5));
    }

    #[test]
    fn any_edges_within_five_milliseconds_give_at_most_one_press(
        offsets in prop::collection::vec(0..5_u64, 0..40),
        hold in prop::option::of(Just(ms(2000))),
    ) {
        let mut edges: Vec<u64> = offsets.iter().map(|o| 100 + o).collect();
        edges.sort_unstable();
        let feel = Feel { hold, ..FEEL };
        let found = played(feel, &edges, 1000);
        let presses = found.iter().filter(|(_, f)| matches!(f, Finding::Pressed(_))).count();
        prop_assert!(presses <= 1, "{:?}", found);
    }

    #[test]
    fn how_often_it_is_looked_at_changes_nothing(
        gaps in prop::collection::vec(1..4000_u64, 0..20),
        looks in prop::collection::vec(1..700_u64, 1..200),
    ) {
        let mut at = 10;
        let edges: Vec<u64> = gaps.iter().map(|gap| { at += gap; at }).collect();
        let until = at + 40_000;
        let often: Vec<Finding> = played(FEEL, &edges, until).into_iter().map(|(_, f)| f).collect();
        let mut button = Button::begin(FEEL, ms(0), Contact::Open);
        let mut seldom = Vec::new();
        let mut next = looks.iter().cycle();
        let mut look = 0;
        for (index, edge) in edges.iter().enumerate() {
            while look < *edge {
                button.tick(ms(look), &mut seldom);
                look += next.next().unwrap();
            }
            let contact = if index % 2 == 0 { Contact::Closed } else { Contact::Open };
            button.hear(ms(*edge), contact, &mut seldom);
        }
        button.tick(ms(until), &mut seldom);
        prop_assert_eq!(seldom, often);
    }
}
