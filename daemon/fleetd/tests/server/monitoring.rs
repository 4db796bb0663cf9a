//! What is shipped for Prometheus and Grafana speaks of figures that the server really says.

use crate::common::{Browser, Rig, state, until};
use fleet_proto::{FromRoom, Settled, Tomorrow};
use fleetd::people::Role;
use serde_json::Value;
use std::collections::BTreeSet;

const DASHBOARD: &str = include_str!("../../monitoring/grafana-dashboard.json");
const RULES: &str = include_str!("../../monitoring/prometheus-rules.yml");

/// Names of the server's figures that a text speaks of.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.starts_with("fleetd_"))
        .map(str::to_owned)
        .collect()
}

/// Names of the figures that the server says, with the labels that it says with them.
fn said(metrics: &str) -> BTreeSet<(String, String)> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let name = line.split([' ', '{']).next().unwrap();
            let label = line.split_once('{').and_then(|(_, l)| l.split_once('='));
            (name.to_owned(), label.map_or("", |(l, _)| l).to_owned())
        })
        .collect()
}

async fn metrics(who: &Browser) -> String {
    who.page("/metrics").await
}

/// A server on which everything that is counted is there at least once.
async fn busy() -> (Rig, Browser, crate::common::Line) {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line().await;
    let FromRoom::State(mut said) = state(1, &["mic-gone"]) else {
        unreachable!("it is one");
    };
    said.of.tomorrow = Some(Tomorrow {
        at_ms: 0,
        meetings: 1,
        red: 1,
        yellow: 0,
    });
    line.say(&FromRoom::State(said)).await;
    let refused = fleet_proto::Reported {
        revision: fleet_proto::Revision(1),
        settled: Settled::Refused {
            problems: Vec::new(),
        },
    };
    line.say(&FromRoom::Reported(refused)).await;
    until("the room's words are counted", async || {
        let said = metrics(&anna).await;
        said.contains("fleetd_rooms_with_fault") && said.contains("rooms_settings_refused 1")
    })
    .await;
    (rig, anna, line)
}

#[tokio::test]
async fn every_figure_that_dashboard_and_rules_name_is_said_by_the_server() {
    let (_rig, anna, _line) = busy().await;
    let said = said(&metrics(&anna).await);
    for (file, text) in [("dashboard", DASHBOARD), ("rules", RULES)] {
        let named = named(text);
        assert!(named.len() >= 5, "{file} names {} figures", named.len());
        for name in &named {
            assert!(
                said.iter().any(|(known, _)| known == name),
                "{file}: {name}"
            );
        }
        for (name, label) in [
            ("fleetd_rooms", "light"),
            ("fleetd_rooms_with_fault", "code"),
            ("fleetd_rooms_software", "version"),
        ] {
            let pair = (name.to_owned(), label.to_owned());
            assert!(said.contains(&pair), "{name} by {label}");
        }
    }
}

#[tokio::test]
async fn the_figures_are_those_of_the_rooms_that_the_asker_may_see() {
    let (rig, anna, _line) = busy().await;
    rig.room("west-1", "west").await;
    let line = |text: &str, name: &str| {
        let mut found = text.lines().filter(|line| line.starts_with(name));
        found.next().map(str::to_owned)
    };
    let all = metrics(&anna).await;
    for expected in [
        "fleetd_rooms{light=\"red\"} 1",
        "fleetd_rooms{light=\"unknown\"} 1",
        "fleetd_rooms_connected 1",
        "fleetd_rooms_red_tomorrow 1",
        "fleetd_rooms_with_fault{code=\"mic-gone\"} 1",
        "fleetd_enrolment_waiting 0",
    ] {
        assert!(all.lines().any(|l| l == expected), "{expected} in {all}");
    }
    let bert = rig.person("bert", Role::Viewer, Some("west")).await;
    let his = metrics(&bert).await;
    assert_eq!(
        line(&his, "fleetd_faults").as_deref(),
        Some("fleetd_faults 0")
    );
    assert_eq!(
        line(&his, "fleetd_enrolment_waiting"),
        None,
        "not his to see"
    );
}

#[test]
fn the_dashboard_is_one_and_each_of_its_panels_has_its_place() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let place = &panel["gridPos"];
        let number = |key: &str| place[key].as_u64().unwrap();
        assert!(number("x") + number("w") <= 24, "{panel}");
        for x in number("x")..number("x") + number("w") {
            for y in number("y")..number("y") + number("h") {
                assert!(taken.insert((x, y)), "two panels at {x},{y}: {panel}");
            }
        }
        for target in panel["targets"].as_array().unwrap() {
            assert!(target["expr"].as_str().unwrap().contains("fleetd_"));
        }
    }
    assert!(!taken.is_empty());
}

#[test]
fn each_rule_says_for_how_long_how_bad_and_what_to_do() {
    let rules: Vec<&str> = RULES.split("- alert: ").skip(1).collect();
    assert!(rules.len() >= 8, "{} rules", rules.len());
    for rule in rules {
        for part in [
            "expr: ",
            "for: ",
            "severity: ",
            "summary: \"",
            "description: \"",
        ] {
            assert_eq!(rule.matches(part).count(), 1, "{part} in {rule}");
        }
    }
}
