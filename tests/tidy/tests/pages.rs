//! Pages for people say what the code says: the panel's words, the packs' hosts, the displays' ports. Knows texts only.

use std::collections::BTreeMap;
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
