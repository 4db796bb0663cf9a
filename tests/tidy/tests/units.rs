//! What IT reads of the units' hardening is what systemd says of them, and no unit is laxer than it may be.

use std::path::Path;
use std::process::Command;

/// The version whose figures the page gives; another one weighs otherwise.
const VERSION: &str = "252";
/// As lax as a unit may be.
const LAXEST: f64 = 2.0;
/// Root, once in a room's life.
const COMMISSIONING: f64 = 3.0;
/// Chromium's sandbox needs namespaces, and its pages code that is written as it runs.
const BROWSERS: f64 = 4.5;

fn units() -> Vec<String> {
    let folder = tidy::root().join("daemon/roomd/dist");
    let entries = std::fs::read_dir(folder).expect("the units");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let services = names.filter_map(|name| name.strip_suffix(".service").map(str::to_owned));
    let mut units: Vec<String> = services.collect();
    units.sort();
    units
}

/// Rows of the page's table: units, and the figure of each.
fn told() -> Vec<(String, f64)> {
    let page = std::fs::read_to_string(tidy::root().join("daemon/docs/it.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| `roomd"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let mut told = Vec::new();
    for cells in cells {
        let names = cells[1].split(", ").map(|name| name.trim_matches('`'));
        let figures: Vec<f64> = cells[3]
            .split(", ")
            .filter_map(|text| text.parse().ok())
            .collect();
        let Some(last) = figures.last() else { continue };
        let figure = |n: usize| *figures.get(n).unwrap_or(last);
        told.extend(
            names
                .enumerate()
                .map(|(n, name)| (name.to_owned(), figure(n))),
        );
    }
    told
}

/// The overall figure; `None` where this machine's systemd is another one.
fn judged(unit: &str) -> Option<f64> {
    let version = Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .ok()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if version.split_whitespace().nth(1) != Some(VERSION) {
        return None;
    }
    let file = Path::new("daemon/roomd/dist").join(format!("{unit}.service"));
    let said = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(tidy::root().join(file))
        .output()
        .expect("systemd-analyze runs");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let (_, figure) = said
        .rsplit_once(".service: ")
        .unwrap_or_else(|| panic!("{unit}: {said}"));
    figure.split_whitespace().next()?.parse().ok()
}

#[test]
fn the_page_for_it_tells_of_each_unit_what_systemd_says() {
    let told = told();
    for unit in units() {
        let Some(figure) = judged(&unit) else {
            let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
            assert!(!all, "systemd {VERSION} is not here");
            eprintln!("SKIPPED: systemd {VERSION}, whose figures the page gives, is not here");
            return;
        };
        let row = told.iter().find(|(name, _)| *name == unit);
        let (_, written) = row.unwrap_or_else(|| panic!("the page does not tell of {unit}"));
        assert!(
            (written - figure).abs() < 0.05,
            "{unit}: {figure}, the page says {written}"
        );
        let most = match unit.as_str() {
            "roomd-browser" | "roomd-second" => BROWSERS,
            "roomd-commission" => COMMISSIONING,
            _ => LAXEST,
        };
        assert!(figure <= most, "{unit}: {figure} of at most {most}");
    }
}
