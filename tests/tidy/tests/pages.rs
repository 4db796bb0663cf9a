//! Pages for people say what the code says: the panel's words, the packs' hosts, the displays' ports. Knows texts only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tidy::{files, root, shown};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn texts(language: &str) -> String {
    read(&format!("daemon/roomd/assets/i18n/{language}.ftl"))
}

/// Keys and their texts, without what hangs below them.
fn entries(ftl: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = ftl
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    lines.filter_map(|line| line.split_once(" = "))
}

/// What stands under a heading of the file.
fn section<'a>(ftl: &'a str, heading: &str) -> &'a str {
    let (_, rest) = ftl
        .split_once(&format!("## {heading}\n"))
        .unwrap_or_else(|| panic!("there is no section {heading}"));
    rest.split("\n## ").next().unwrap_or_default()
}

#[test]
fn the_facility_page_has_each_fault_in_the_panels_words() {
    let page = read("daemon/docs/facility.md");
    let (en, de) = (texts("en"), texts("de"));
    let german: BTreeMap<&str, &str> = entries(&de).collect();
    let faults = section(&en, "Faults");
    let codes = entries(faults).filter(|(code, _)| !code.starts_with("faults-"));
    let rows = codes.map(|(code, text)| format!("| `{code}` | {text}<br>{} |", german[code]));
    let missing: Vec<String> = rows.filter(|row| !page.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "daemon/docs/facility.md has no row\n{}",
        missing.join("\n")
    );
}

/// A list of texts in a file of TOML, as a page writes it.
fn list(toml: &str, key: &str) -> Option<String> {
    let start = format!("{key} = [");
    let line = toml.lines().find(|line| line.starts_with(&start))?;
    let inside = line[start.len()..].trim_end_matches(']');
    Some(inside.replace('"', ""))
}

#[test]
fn the_it_page_has_the_hosts_of_each_pack() {
    let page = read("daemon/docs/it.md");
    for path in files("daemon/call-browser/providers", &[".toml"]) {
        let pack = fs::read_to_string(&path).expect("a pack is readable text");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let row = match (list(&pack, "rooms"), list(&pack, "passage")) {
            (Some(rooms), passage) => {
                let passage = passage.unwrap_or_else(|| "none".to_owned());
                format!("| `{name}` | {rooms} | {passage} |")
            }
            // The room's own conference is no service.
            (None, _) if name == "practice" => continue,
            (None, _) => format!("`{name}`"),
        };
        assert!(page.contains(&row), "{}: no {row}", shown(&path));
    }
}

#[test]
fn the_it_page_has_the_port_of_each_display() {
    let page = read("daemon/docs/it.md");
    for path in files("boards/devices/display", &[".toml"]) {
        let model = fs::read_to_string(&path).expect("a model is readable text");
        let port = model.lines().find_map(|line| line.strip_prefix("tcp = "));
        let named = |port: &str| {
            let mut words = page.split(|c: char| !c.is_ascii_digit());
            words.any(|word| word == port)
        };
        assert!(
            port.is_none_or(named),
            "{}: port {port:?} is missing",
            shown(&path)
        );
    }
}

/// What stands between these two, each time.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(from)
        .skip(1)
        .filter_map(move |rest| rest.split(to).next())
}

#[test]
fn the_card_quotes_the_panel_and_the_button() {
    let card = read("daemon/docs/staff-card.html");
    let button = read("firmware/puck-ui/src/words.rs");
    for language in ["de", "en"] {
        let ftl = texts(language);
        let values = |line: &str| line.split_once(" = ").map(|(_, value)| value.to_owned());
        let panel: Vec<String> = ftl.lines().filter_map(values).collect();
        let side = format!("<section class=\"side\" lang=\"{language}\">");
        let mut sides = between(&card, &side, "</section>");
        let side = sides
            .next()
            .unwrap_or_else(|| panic!("no side in {language}"));
        let quoted: Vec<&str> = between(side, "<b>", "</b>").collect();
        assert!(quoted.len() > 10, "{language}: {quoted:?}");
        for words in quoted {
            let known = panel.iter().any(|text| text == words);
            let own = button.contains(&format!("\"{words}\""));
            assert!(known || own, "nothing in the room says “{words}”");
        }
    }
}

#[test]
fn the_card_needs_nothing_but_itself() {
    let card = read("daemon/docs/staff-card.html");
    for foreign in ["<script", "://", "src=", "@import", "url("] {
        assert!(!card.contains(foreign), "the card has {foreign}");
    }
    let links = between(&card, "href=\"", "\"");
    let outside: Vec<&str> = links.filter(|link| !link.starts_with('#')).collect();
    assert!(outside.is_empty(), "the card leads to {outside:?}");
}

/// Sections of the panel's texts whose keys are codes.
const CODES: [&str; 7] = [
    "Faults",
    "Why a call did not work",
    "Why a camera does not move",
    "Why a display does not do what it should",
    "Why a camera cannot be used",
    "Why a lamp, a button or a panel fails",
    "Why a table button does not get its new software",
];

/// Each code that anybody is shown: the panel's, the check's, commissioning's, the doctor's.
fn codes() -> BTreeSet<String> {
    let panel = texts("en");
    let mut codes: BTreeSet<String> = CODES
        .iter()
        .flat_map(|heading| entries(section(&panel, heading)))
        .map(|(code, _)| code.to_owned())
        .filter(|code| !code.starts_with("faults-"))
        .collect();
    for file in [
        "preflight/src/trouble.rs",
        "preflight/src/sound/finding.rs",
        "commission/src/proof.rs",
    ] {
        let source = read(&format!("daemon/{file}"));
        // The one function that names them, and no other match of the file.
        let after = source.split("pub fn code(&self)").nth(1);
        let body = after.unwrap_or_else(|| panic!("{file} names no code"));
        let body = body.split("\n    }\n").next().unwrap_or(body);
        codes.extend(between(body, "=> \"", "\"").map(str::to_owned));
        codes.extend(between(body, "            \"", "\"").map(str::to_owned));
    }
    let doctor = read("daemon/commission/src/doctor.rs");
    let words = doctor.split("pub fn word(&self)").nth(1);
    let words = words.and_then(|rest| rest.split("\n    }\n").next());
    let words = between(words.expect("the doctor's words"), "=> \"", "\"");
    codes.extend(words.map(|word| format!("doctor-{word}")));
    codes
}

/// Anchors of a page with how many steps stand below each.
fn anchors(page: &str) -> BTreeMap<&str, usize> {
    let entry = |rest: &'_ str| rest.lines().filter(|line| is_step(line)).count();
    let entries = page.split("<a id=\"").skip(1);
    entries
        .filter_map(|rest| {
            let (code, rest) = rest.split_once("\"></a>\n")?;
            assert!(
                rest.starts_with(&format!("### `{code}`\n")),
                "{code} has no heading of its own"
            );
            Some((code, entry(rest)))
        })
        .collect()
}

fn is_step(line: &str) -> bool {
    line.split_once(". ")
        .is_some_and(|(number, _)| number.parse::<u8>().is_ok())
}

#[test]
fn every_code_has_its_place_on_the_pages_of_codes_and_no_place_is_without_a_code() {
    let codes = codes();
    assert!(codes.len() > 150, "only {} codes were found", codes.len());
    let pages = ["de", "en"].map(|language| read(&format!("daemon/docs/codes.{language}.md")));
    let [german, english] = [anchors(&pages[0]), anchors(&pages[1])];
    assert_eq!(german, english, "both pages say as much");
    let known: BTreeSet<String> = english.keys().map(|code| (*code).to_owned()).collect();
    let missing: Vec<&String> = codes.difference(&known).collect();
    let strange: Vec<&String> = known.difference(&codes).collect();
    assert!(missing.is_empty(), "no place for {missing:?}");
    assert!(strange.is_empty(), "nothing is called {strange:?}");
    let empty: Vec<&&str> = english
        .iter()
        .filter(|(_, steps)| **steps == 0)
        .map(|(code, _)| code)
        .collect();
    assert!(empty.is_empty(), "nothing to check for {empty:?}");
}

#[test]
fn the_pages_of_codes_begin_with_the_panels_sentence() {
    for language in ["de", "en"] {
        let page = read(&format!("daemon/docs/codes.{language}.md"));
        let panel = texts(language);
        let english = texts("en");
        let keys = CODES
            .iter()
            .flat_map(|heading| entries(section(&english, heading)));
        let keys: Vec<&str> = keys
            .map(|(code, _)| code)
            .filter(|code| !code.starts_with("faults-"))
            .collect();
        let told = entries(&panel).filter(|(code, _)| keys.contains(code));
        let other: Vec<&str> = told
            .filter(|(code, text)| !page.contains(&format!("### `{code}`\n\n{text}\n")))
            .map(|(code, _)| code)
            .collect();
        assert!(other.is_empty(), "{language}: other words for {other:?}");
    }
}
