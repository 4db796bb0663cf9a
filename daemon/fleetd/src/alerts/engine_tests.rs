//! Alerts by tables and by chance: one cause is one alert, whatever ends is said to have ended, and a restart loses nothing.

use super::super::outbox::due;
use super::super::rule::defaults;
use super::super::{Standing, Target};
use super::*;
use crate::rooms::Place;
use crate::secrets::Hidden;
use proptest::prelude::*;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const LOOK: i64 = 10 * SECOND;
/// 2026-11-30T00:00:00Z, a Monday.
const MIDNIGHT: i64 = 1_795_996_800_000;

fn slug(text: &str) -> Slug {
    Slug::of(text).unwrap()
}

fn room(number: u32, site: &str, building: &str) -> Facts {
    Facts {
        room: format!("saal-{number}").parse().unwrap(),
        name: format!("Saal {number}"),
        place: Place {
            site: slug(site),
            building: slug(building),
            ..Place::default()
        },
        zone: "Europe/Berlin".to_owned(),
        wrong: BTreeMap::new(),
        speaks: true,
        red_tomorrow: 0,
    }
}

fn offline(facts: &Facts, since_ms: i64) -> Facts {
    Facts {
        wrong: [(Cause::Offline, Some(since_ms))].into(),
        speaks: false,
        ..facts.clone()
    }
}

fn faulty(facts: &Facts, code: &str) -> Facts {
    let cause = Cause::Fault(code.parse().unwrap());
    Facts {
        wrong: [(cause, None)].into(),
        ..facts.clone()
    }
}

fn rules() -> Vec<(Slug, Rule)> {
    let mut rules = defaults();
    for (_, rule) in &mut rules {
        rule.to = vec![slug("mail")];
    }
    rules
}

fn open(engine: &Engine) -> Vec<&Alert> {
    engine.alerts().filter(|a| a.ended_ms.is_none()).collect()
}

/// Looks every few seconds, as the clerk does.
fn pass(engine: &mut Engine, from: i64, to: i64, rooms: &[Facts]) {
    let (mut now, rules) = (from, rules());
    while now <= to {
        engine.look(now, &rules, rooms);
        now += LOOK;
    }
}

fn webhook() -> Target {
    Target::Webhook {
        url: Hidden::of("https://chat.example/x"),
        token: Hidden::default(),
    }
}

fn said(engine: &Engine, now: i64) -> Vec<(String, Standing)> {
    let (rules, target) = (rules(), webhook());
    let of = |alert: &Alert| {
        let rule = rules.iter().find(|(name, _)| *name == alert.rule);
        let rule = rule.map(|(_, rule)| rule.clone()).unwrap();
        let due = due(alert, &rule, |_| Some(&target), now);
        due.into_iter()
            .map(|due| (alert.id.clone(), due.standing))
            .collect::<Vec<_>>()
    };
    engine.alerts().flat_map(of).collect()
}

#[test]
fn forty_rooms_behind_one_switch_are_one_alert_and_one_notice() {
    let rooms: Vec<Facts> = (0..40).map(|n| room(n, "rathaus", "haus-a")).collect();
    let mut engine = Engine::default();
    // A dead line is noticed within a minute and a half, in another second for each room.
    let dead: Vec<Facts> = (0..40_i64)
        .map(|n| offline(&rooms[n as usize], MIDNIGHT + n * 2 * SECOND))
        .collect();
    let mut notices = Vec::new();
    for beat in 0..120 {
        let now = MIDNIGHT + beat * 5 * SECOND;
        engine.look(now, &rules(), &dead);
        for (id, standing) in said(&engine, now) {
            let version = engine.alert_mut(&id).unwrap().version;
            let due = super::super::Due {
                target: slug("mail"),
                version,
                standing,
            };
            engine.alert_mut(&id).unwrap().was_told(&due, true, now);
            notices.push((engine.alert_mut(&id).unwrap().members.len(), standing));
        }
    }
    assert_eq!(open(&engine).len(), 1);
    assert_eq!(notices, [(40, Standing::Firing)]);
    let alert = open(&engine)[0];
    assert_eq!(alert.building().map(Slug::as_str), Some("haus-a"));
}

#[test]
fn another_site_another_cause_and_another_hour_are_other_alerts() {
    let rooms = [
        offline(&room(1, "rathaus", "haus-a"), MIDNIGHT),
        offline(&room(2, "bauamt", "haus-a"), MIDNIGHT),
        faulty(&room(3, "rathaus", "haus-a"), "mic-gone"),
        faulty(&room(4, "rathaus", "haus-a"), "browser-gone"),
        faulty(&room(5, "rathaus", "haus-b"), "browser-gone"),
    ];
    let mut engine = Engine::default();
    pass(&mut engine, MIDNIGHT, MIDNIGHT + 10 * MINUTE, &rooms);
    assert_eq!(open(&engine).len(), 4, "{:#?}", open(&engine));
    let later = MIDNIGHT + 60 * MINUTE;
    let mut more = rooms.to_vec();
    more.push(offline(&room(6, "rathaus", "haus-a"), later));
    pass(&mut engine, later, later + 10 * MINUTE, &more);
    assert_eq!(open(&engine).len(), 5);
}

#[test]
fn what_passes_soon_is_nothing_and_what_ends_is_over_after_a_while() {
    let good = room(1, "rathaus", "haus-a");
    let bad = faulty(&good, "mic-gone");
    let mut engine = Engine::default();
    pass(&mut engine, 0, MINUTE, std::slice::from_ref(&bad));
    pass(
        &mut engine,
        MINUTE,
        10 * MINUTE,
        std::slice::from_ref(&good),
    );
    assert_eq!(engine.alerts().count(), 0, "two minutes are the rule's");
    pass(
        &mut engine,
        10 * MINUTE,
        13 * MINUTE,
        std::slice::from_ref(&bad),
    );
    assert_eq!(open(&engine).len(), 1);
    pass(
        &mut engine,
        13 * MINUTE,
        13 * MINUTE + 30 * SECOND,
        std::slice::from_ref(&good),
    );
    pass(
        &mut engine,
        14 * MINUTE,
        16 * MINUTE,
        std::slice::from_ref(&bad),
    );
    assert_eq!(open(&engine).len(), 1, "a moment of health is none");
    pass(
        &mut engine,
        16 * MINUTE,
        18 * MINUTE,
        std::slice::from_ref(&good),
    );
    assert_eq!((open(&engine).len(), engine.alerts().count()), (0, 1));
}

#[test]
fn a_room_that_cannot_be_asked_is_not_said_to_be_well() {
    let good = room(1, "rathaus", "haus-a");
    let mut engine = Engine::default();
    pass(&mut engine, 0, 5 * MINUTE, &[faulty(&good, "mic-gone")]);
    let fault = open(&engine)[0].id.clone();
    pass(
        &mut engine,
        5 * MINUTE,
        60 * MINUTE,
        &[offline(&good, 5 * MINUTE)],
    );
    assert_eq!(engine.alert_mut(&fault).unwrap().ended_ms, None);
    pass(&mut engine, 60 * MINUTE, 62 * MINUTE, &[good]);
    assert!(open(&engine).is_empty(), "both are over");
}

#[test]
fn a_room_that_was_turned_out_and_a_rule_that_is_gone_keep_no_alert_open() {
    let good = room(1, "rathaus", "haus-a");
    let mut engine = Engine::default();
    pass(&mut engine, 0, 5 * MINUTE, &[faulty(&good, "mic-gone")]);
    assert_eq!(open(&engine).len(), 1);
    engine.look(6 * MINUTE, &rules(), &[]);
    assert!(open(&engine).is_empty());
    pass(
        &mut engine,
        7 * MINUTE,
        12 * MINUTE,
        &[faulty(&good, "mic-gone")],
    );
    assert_eq!(open(&engine).len(), 1);
    engine.look(13 * MINUTE, &[], &[faulty(&good, "mic-gone")]);
    assert!(open(&engine).is_empty());
}

#[test]
fn tomorrows_red_rooms_are_told_once_before_six_by_the_sites_own_clock() {
    let red = |mut facts: Facts, zone: &str| {
        facts.red_tomorrow = 1;
        facts.zone = zone.to_owned();
        facts
    };
    let rooms = [
        red(room(1, "rathaus", "haus-a"), "Europe/Berlin"),
        room(2, "rathaus", "haus-a"),
        red(room(3, "lissabon", "haus-a"), "Europe/Lisbon"),
        room(4, "bauamt", "haus-a"),
    ];
    let mut engine = Engine::default();
    let at = |hour: i64, minute: i64| MIDNIGHT + hour * 60 * MINUTE + minute * MINUTE;
    engine.look(at(16, 40), &rules(), &rooms);
    assert_eq!(open(&engine).len(), 0, "17:40 in Berlin");
    engine.look(at(16, 46), &rules(), &rooms);
    assert_eq!(open(&engine).len(), 1, "17:46 in Berlin, and told by 18:00");
    let alert = open(&engine)[0].clone();
    assert_eq!((alert.members.len(), alert.site.as_str()), (1, "rathaus"));
    assert_eq!(due_at(&engine, at(16, 49)).len(), 1);
    engine.look(at(17, 46), &rules(), &rooms);
    engine.look(at(22, 0), &rules(), &rooms);
    assert_eq!(open(&engine).len(), 2, "and once in Lisbon");
    let mut again = Engine::with(engine.alerts().cloned().collect(), engine.days().clone());
    again.look(at(22, 30), &rules(), &rooms);
    assert_eq!(open(&again).len(), 2, "a restart says it no second time");
    again.look(at(24 + 17, 0), &rules(), &rooms);
    assert_eq!(
        open(&again).len(),
        1,
        "yesterday's is over, today's is there"
    );
}

fn due_at(engine: &Engine, now: i64) -> Vec<(String, Standing)> {
    said(engine, now)
}

#[test]
fn in_quiet_hours_nobody_is_told_but_an_alertmanager_that_knows_of_it() {
    let mut engine = Engine::default();
    let late = MIDNIGHT + 21 * 60 * MINUTE;
    pass(
        &mut engine,
        late,
        late + 5 * MINUTE,
        &[faulty(&room(1, "rathaus", "haus-a"), "mic-gone")],
    );
    let mut alert = open(&engine)[0].clone();
    let mut rule = rules()
        .into_iter()
        .find(|(name, _)| *name == alert.rule)
        .unwrap()
        .1;
    rule.quiet = Some(super::super::Quiet {
        from: "22:00".parse().unwrap(),
        to: "06:00".parse().unwrap(),
        weekends: false,
        zone: Zone::UTC,
    });
    let (mail, manager) = (
        webhook(),
        Target::Alertmanager {
            url: Hidden::of("https://am.example"),
            token: Hidden::default(),
        },
    );
    let night = MIDNIGHT + 23 * 60 * MINUTE;
    let evening = late + 10 * MINUTE;
    assert_eq!(due(&alert, &rule, |_| Some(&mail), evening).len(), 1);
    assert!(due(&alert, &rule, |_| Some(&mail), night).is_empty());
    assert!(due(&alert, &rule, |_| Some(&manager), night).is_empty());
    let first = due(&alert, &rule, |_| Some(&manager), evening).remove(0);
    alert.was_told(&first, true, evening);
    assert_eq!(
        due(&alert, &rule, |_| Some(&manager), night).len(),
        1,
        "else it would be over there"
    );
    let morning = MIDNIGHT + 30 * 60 * MINUTE;
    alert.told.clear();
    assert_eq!(due(&alert, &rule, |_| Some(&mail), morning).len(), 1);
    alert.ended_ms = Some(morning);
    assert!(
        due(&alert, &rule, |_| Some(&mail), morning).is_empty(),
        "over before it was told"
    );
}

#[test]
fn a_target_that_takes_nothing_is_tried_again_with_growing_pauses_and_not_for_ever() {
    let mut engine = Engine::default();
    pass(
        &mut engine,
        0,
        5 * MINUTE,
        &[faulty(&room(1, "rathaus", "haus-a"), "mic-gone")],
    );
    let mut alert = open(&engine)[0].clone();
    let rule = rules()
        .into_iter()
        .find(|(name, _)| *name == alert.rule)
        .unwrap()
        .1;
    let target = webhook();
    let (mut now, mut tries) = (10 * MINUTE, 0);
    while now < 4 * 24 * 60 * MINUTE {
        for due in due(&alert, &rule, |_| Some(&target), now) {
            alert.was_told(&due, false, now);
            tries += 1;
        }
        now += 5 * SECOND;
    }
    assert_eq!(tries, super::super::outbox::TRIES);
}

/// What happens to one of a few rooms.
#[derive(Debug, Clone)]
enum Happens {
    Offline(usize),
    Fault(usize, bool),
    Well(usize),
    Restart,
    Pass(i64),
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        (0..8_usize).prop_map(Happens::Offline),
        (0..8_usize, any::<bool>()).prop_map(|(room, which)| Happens::Fault(room, which)),
        (0..8_usize).prop_map(Happens::Well),
        Just(Happens::Restart),
        (5..400_i64).prop_map(|seconds| Happens::Pass(seconds * SECOND)),
    ];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_alerts_agree_with_the_rooms(happenings in happenings()) {
        let good: Vec<Facts> = (0..8).map(|n| room(n, if n < 6 { "rathaus" } else { "bauamt" }, "haus-a")).collect();
        let mut rooms = good.clone();
        let mut engine = Engine::default();
        let mut now = MIDNIGHT;
        for happens in happenings.into_iter().chain([Happens::Pass(20 * MINUTE)]) {
            match happens {
                Happens::Offline(n) => rooms[n] = offline(&good[n], now),
                Happens::Fault(n, true) => rooms[n] = faulty(&good[n], "mic-gone"),
                Happens::Fault(n, false) => rooms[n] = faulty(&good[n], "browser-gone"),
                Happens::Well(n) => rooms[n] = good[n].clone(),
                Happens::Restart => {
                    // What is kept went through the store as text.
                    let kept = serde_json::to_string(&engine.alerts().collect::<Vec<_>>()).unwrap();
                    let alerts: Vec<Alert> = serde_json::from_str(&kept).unwrap();
                    prop_assert_eq!(&alerts, &engine.alerts().cloned().collect::<Vec<_>>());
                    engine = Engine::with(alerts, engine.days().clone());
                }
                Happens::Pass(lasts) => {
                    let end = now + lasts;
                    pass(&mut engine, now, end, &rooms);
                    now = end;
                }
            }
            // Invariant: a room's trouble is in one open alert of a rule at most.
            let mut seen = std::collections::BTreeSet::new();
            for alert in open(&engine) {
                for (room, _) in alert.still() {
                    prop_assert!(seen.insert((alert.rule.clone(), alert.cause.clone(), room.clone())));
                }
            }
        }
        // After a quiet while each trouble is in an open alert, and each open alert has a trouble or somebody who cannot be asked.
        for facts in &rooms {
            for cause in facts.wrong.keys() {
                let said = open(&engine).iter().any(|alert| {
                    alert.cause == *cause && alert.still().any(|(room, _)| *room == facts.room)
                });
                prop_assert!(said, "{:?} of {} is not said", cause, facts.room);
            }
        }
        for alert in open(&engine) {
            let goes_on = alert.still().any(|(room, _)| {
                let facts = rooms.iter().find(|facts| facts.room == *room).unwrap();
                facts.known(&alert.cause) != Known::No
            });
            prop_assert!(goes_on, "{} goes on without a reason", alert.id);
        }
    }

    #[test]
    fn troubles_that_begin_together_are_one_alert(onsets in prop::collection::vec(0..85_i64, 2..30)) {
        let rooms: Vec<Facts> = onsets.iter().enumerate()
            .map(|(n, at)| offline(&room(n as u32, "rathaus", "haus-a"), MIDNIGHT + at * SECOND))
            .collect();
        let mut engine = Engine::default();
        pass(&mut engine, MIDNIGHT, MIDNIGHT + 10 * MINUTE, &rooms);
        prop_assert_eq!(engine.alerts().count(), 1);
        prop_assert_eq!(engine.alerts().next().unwrap().members.len(), onsets.len());
    }

    #[test]
    fn whoever_was_told_is_told_of_the_end(restarts in any::<bool>(), went in any::<bool>(), wait in 0..600_i64) {
        let good = room(1, "rathaus", "haus-a");
        let mut engine = Engine::default();
        pass(&mut engine, 0, 6 * MINUTE, &[faulty(&good, "mic-gone")]);
        let first = said(&engine, 6 * MINUTE);
        prop_assert_eq!(first.len(), 1);
        let due = super::super::Due { target: slug("mail"), version: 1, standing: Standing::Firing };
        engine.alert_mut(&first[0].0).unwrap().was_told(&due, went, 6 * MINUTE);
        if restarts {
            engine = Engine::with(engine.alerts().cloned().collect(), Days::new());
        }
        pass(&mut engine, 7 * MINUTE, 10 * MINUTE, &[good]);
        let last = said(&engine, 10 * MINUTE + wait * SECOND);
        let expected = if went { vec![(first[0].0.clone(), Standing::Resolved)] } else { Vec::new() };
        prop_assert_eq!(last, expected);
    }
}
