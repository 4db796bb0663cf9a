//! The checker on packs that are right, on packs that are wrong in one thing each, and on a vendor's package that changed.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_browser::{Pack, Packs};
use pack_check::{Level, Pages, PagesError, Verdict, against, check};
use std::fs;
use std::path::{Path, PathBuf};

fn pages_of(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../call-browser/tests/pages")
        .join(service)
}

#[test]
fn nothing_is_wrong_with_the_packs_that_come_along() {
    for pack in Packs::built_in().iter() {
        let pages = Pages::read(&pages_of(pack.service.as_str())).unwrap();
        let report = check(pack, Some(&pages));
        let wrong: Vec<_> = report
            .findings
            .iter()
            .filter(|f| f.level == Level::Wrong)
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", pack.service);
        assert!(
            report.pages >= Some(4 * pack.rules.len()),
            "{}: {:?}",
            pack.service,
            report.pages
        );
    }
}

const PACK: &str = r##"
service = "x"
version = 1
name = { de = "X", en = "X" }
certainty = "vendor-test-ids"
seen = "2026-07"
sources = ["x"]
leave = ["out"]
[[rule]]
id = "note"
state = "dialog"
when.text = [{ within = ".note", de = ["Hinweis"], en = ["Notice"] }]
prepare = ["away"]
[[rule]]
id = "call"
state = "inside"
when.all = ["#call"]
[step.away]
do = "click"
at = ".note button"
[step.out]
do = "click"
at = "#call .out"
[control.microphone]
open.all = [".mic.on"]
closed.all = [".mic.off"]
to-open = ".mic.off"
to-close = ".mic.on"
[control.camera]
open.all = [".cam.on"]
closed.all = [".cam.off"]
to-open = ".cam.off"
to-close = ".cam.on"
"##;

const PAGES: &str = r#"<!-- pages -->
<template data-rule="note" data-is="yes" lang="de"><div class="note">Ein Hinweis <button>weg</button></div></template>
<template data-rule="note" data-is="yes" lang="en"><div class="note">A notice</div></template>
<template data-rule="note" data-is="no" lang="de"><div class="note" hidden>Hinweis</div></template>
<template data-rule="note" data-is="no" lang="en"><div>Notice</div></template>
<template data-rule="call" data-is="yes" lang="de"><div id="call"><a class="out">x</a><b class="mic on"></b><b class="mic off"></b></div></template>
<template data-rule="call" data-is="yes" lang="en"><div id="call">x</div></template>
<template data-rule="call" data-is="no" lang="de"><div class="call">x</div></template>
<template data-rule="call" data-is="no" lang="en"><div id="call" style="display:none">x</div></template>
<template><b class="cam on"></b><b class="cam off"></b></template>
"#;

fn read(text: &str) -> Result<Pages, PagesError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.html"), text).unwrap();
    fs::write(folder.path().join("notes.txt"), "no page").unwrap();
    Pages::read(folder.path())
}

/// What is found after one replacement in the good pack and one in its good pages, as lines.
#[track_caller]
fn found(pack: (&str, &str), pages: (&str, &str)) -> Vec<String> {
    assert!(
        PACK.contains(pack.0) && PAGES.contains(pages.0),
        "{pack:?} {pages:?}"
    );
    let pack = Pack::parse(&PACK.replacen(pack.0, pack.1, 1)).unwrap();
    let pages = read(&PAGES.replacen(pages.0, pages.1, 1)).unwrap();
    let report = check(&pack, Some(&pages));
    let line = |f: &pack_check::Finding| format!("{:?} {}: {}", f.level, f.at, f.what);
    report.findings.iter().map(line).collect()
}

#[test]
fn a_good_pack_with_good_pages_has_no_findings() {
    assert_eq!(found(("", ""), ("", "")), Vec::<String>::new());
}

#[test]
fn each_thing_that_is_wrong_is_found_and_little_else() {
    let same = ("", "");
    let table = [
        (("seen = \"2026-07\"", ""), same, "Wrong seen"),
        (("sources = [\"x\"]", ""), same, "Wrong sources"),
        (
            ("\"#call\"]", "\"#call\", \".gone\"]"),
            same,
            "\".gone\" matches on no page",
        ),
        (("\"#call\"]", "\"#call:nothing\"]"), same, "is no selector"),
        (
            ("at = \".note button\"", "at = \".note a\""),
            same,
            "no page of it has what step \"away\" needs",
        ),
        (
            same,
            ("<template><b class=\"cam on\">", "<template><b>"),
            "Unproven control camera",
        ),
        (
            same,
            (
                "data-is=\"no\" lang=\"en\"><div>Notice",
                "data-is=\"no\" lang=\"de\"><div>Notice",
            ),
            "lang \"en\"",
        ),
        (
            same,
            (
                "<div class=\"note\">A notice",
                "<div class=\"note\">Ein Hinweis",
            ),
            "other language's text only",
        ),
        (
            same,
            (
                "<div class=\"note\">A notice",
                "<div class=\"note\">Nothing",
            ),
            "does not match on",
        ),
        (
            same,
            ("hidden>Hinweis", ">Hinweis"),
            "Unproven rule \"note\": matches on",
        ),
        (
            same,
            (
                "data-rule=\"note\" data-is=\"no\" lang=\"de\"",
                "data-rule=\"nope\" data-is=\"no\" lang=\"de\"",
            ),
            "there is no such rule",
        ),
    ];
    for (pack, pages, word) in table {
        let lines = found(pack, pages);
        assert!(
            lines.iter().any(|line| line.contains(word)),
            "{pack:?} {pages:?}: {lines:#?}"
        );
        assert!(lines.len() <= 4, "{pack:?} {pages:?}: {lines:#?}");
    }
}

#[test]
fn a_call_that_cannot_be_left_or_muted_is_wrong() {
    let without = PACK.replacen("leave = [\"out\"]\n", "", 1).replacen(
        "[step.out]\ndo = \"click\"\nat = \"#call .out\"\n",
        "",
        1,
    );
    let start = without.find("[control.camera]").unwrap();
    let report = check(&Pack::parse(&without[..start]).unwrap(), None);
    let at: Vec<&str> = report.findings.iter().map(|f| f.at.as_str()).collect();
    assert_eq!(at, ["rule \"call\"", "control camera"]);
    assert_eq!(report.count(Level::Wrong), 2);
    assert_eq!(report.pages, None);
}

#[test]
fn pages_that_do_not_say_what_they_are_are_refused_with_their_place() {
    for (from, to) in [
        ("data-is=\"no\" lang=\"en\"", "lang=\"en\""),
        ("lang=\"de\"", "lang=\"fr\""),
    ] {
        let problem = read(&PAGES.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(problem.contains("rules.html: template"), "{problem}");
    }
    assert!(Pages::read(Path::new("/nowhere/at/all")).is_err());
}

#[test]
fn a_marker_that_left_the_vendors_package_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("dist/js");
    fs::create_dir_all(&deep).unwrap();
    let all = r#"c="note"; t("A NOTICE"); u="Ein Hinweis"; id="call"; "out" "mic" "on" "off""#;
    fs::write(deep.join("app.js"), all).unwrap();
    let pack = Pack::parse(PACK).unwrap();
    let drift = against(&pack, folder.path()).unwrap();
    let verdict = |drift: &pack_check::Drift, name: &str| {
        drift
            .parts
            .iter()
            .find(|part| part.part == name)
            .unwrap()
            .verdict
    };
    assert_eq!(drift.files, 1);
    assert_eq!(verdict(&drift, "rule \"note\""), Verdict::Found);
    assert_eq!(verdict(&drift, "rule \"call\""), Verdict::Found);
    assert_eq!(verdict(&drift, "control microphone"), Verdict::Found);
    assert_eq!(
        verdict(&drift, "control camera"),
        Verdict::Missing,
        "on and off are there, cam is not"
    );
    let lost: Vec<&str> = drift.lost().map(|part| part.part.as_str()).collect();
    assert_eq!(lost, ["control camera"]);

    // A longer name is another one, a text may stand in a sentence, and escapes of scripts are understood.
    fs::write(
        deep.join("app.js"),
        r#"c="notes" id="call-x" t("f\u00fcr alle") "mic-on""#,
    )
    .unwrap();
    let text = PACK.replacen("[\"Hinweis\"]", "[\"für alle\"]", 1);
    let drift = against(&Pack::parse(&text).unwrap(), folder.path()).unwrap();
    assert_eq!(verdict(&drift, "rule \"call\""), Verdict::OnlyInPack);
    let note = &drift.parts[0];
    let files = |text: &str| {
        note.markers
            .iter()
            .find(|marker| marker.text == text)
            .unwrap()
            .files
    };
    assert_eq!((files("für alle"), files("Notice")), (1, 0));
}

#[test]
fn of_a_page_of_our_own_only_its_words_are_looked_for() {
    let packs = Packs::built_in();
    let jitsi = packs.iter().find(|pack| pack.own_page.is_some()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = jitsi.own_page.as_ref().unwrap().speaks.clone();
    assert!(words.len() > 20);
    fs::write(folder.path().join("api.js"), words.join(" ")).unwrap();
    let drift = against(jitsi, folder.path()).unwrap();
    let lost: Vec<&str> = drift.lost().map(|part| part.part.as_str()).collect();
    assert_eq!(
        lost,
        ["rule \"lobby-in-the-client\""],
        "the mark of the client itself is not there"
    );
    fs::write(folder.path().join("api.js"), words[1..].join(" ")).unwrap();
    assert_eq!(against(jitsi, folder.path()).unwrap().lost().count(), 2);
}
