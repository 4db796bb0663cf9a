//! Packs as text: what is refused, where, and that everything wrong is told at once.

use super::*;

const GOOD: &str = r##"
service = "x"
version = 3
name = { de = "X", en = "X" }
leave = ["out"]
[[rule]]
id = "door"
state = "prejoin"
when.all = ["#door", { css = "#go", enabled = true }]
when.none = [{ css = ".busy", visible = false }]
prepare = ["name"]
enter = ["go"]
dark.none = [".mic-open"]
[[rule]]
id = "call"
state = "inside"
when.text = [{ within = "h1", de = ["Im Gespräch"], en = ["In the call"] }]
when.path = ["/call/"]
[step.name]
do = "fill"
at = "#name"
with = "display-name"
[step.go]
do = "click"
at = "#go"
by = "mouse"
within-ms = 900
[step.out]
do = "key"
at = "body"
key = "Escape"
optional = true
[people]
each = ".person"
own = 1
"##;

#[test]
fn a_good_pack_is_read_whole() {
    let pack = Pack::parse(GOOD).unwrap();
    assert_eq!(
        (pack.service.as_str(), pack.version, pack.rules.len()),
        ("x", 3, 2)
    );
    let go = Sign {
        css: "#go".into(),
        visible: true,
        enabled: true,
    };
    assert_eq!(pack.rules[0].when.all[1], go);
    assert!(!pack.rules[0].when.none[0].visible);
    assert_eq!(pack.steps["go"].within, Duration::from_millis(900));
    assert_eq!(
        pack.steps["go"].act,
        Act::Click {
            at: "#go".into(),
            by: ClickBy::Mouse
        }
    );
    assert_eq!(pack.limits, Limits::default());
}

/// Replaces a piece of the good pack and gives what is then said about it.
#[track_caller]
fn complaint(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Pack::parse(&GOOD.replacen(from, to, 1))
        .expect_err(to)
        .to_string()
}

#[test]
fn unknown_keys_are_refused_with_their_place() {
    let table = [
        ("version = 3", "version = 3\ncolour = 1", "colour"),
        ("version = 3", "version = 3\ncertainty = \"sure\"", "sure"),
        ("id = \"call\"", "id = \"call\"\nwehn = 1", "wehn"),
        ("own = 1", "own = 1\nself = 2", "self"),
        ("optional = true", "optinal = true", "optinal"),
        ("state = \"inside\"", "state = \"insight\"", "insight"),
        ("do = \"click\"", "do = \"toggle\"", "toggle"),
        (
            "state = \"inside\"",
            "state = \"consent\"\nconsent = \"everything\"",
            "everything",
        ),
        ("with = \"display-name\"", "with = \"surname\"", "surname"),
    ];
    for (from, to, word) in table {
        let said = complaint(from, to);
        assert!(said.contains("line ") && said.contains(word), "{said}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    let table = [
        ("service = \"x\"", "service = \"X Y\"", "slug"),
        ("version = 3", "version = 3\nseen = \"2026-13\"", "2026-07"),
        (
            "version = 3",
            "version = 3\nseen = \"July 2026\"",
            "2026-07",
        ),
        ("version = 3", "version = 3\nsources = [\" \"]", "sources"),
        (
            "enter = [\"go\"]",
            "enter = [\"goo\"]",
            "there is no step \"goo\"",
        ),
        ("enter = [\"go\"]", "enter = []", "says how to enter"),
        ("dark.none = [\".mic-open\"]", "", "dark and silent"),
        (
            "leave = [\"out\"]",
            "leave = []",
            "step \"out\": nothing uses it",
        ),
        ("id = \"call\"", "id = \"door\"", "two of this name"),
        ("state = \"inside\"", "state = \"left\"", "inside of a call"),
        (
            "state = \"prejoin\"",
            "state = \"dialog\"",
            "only prejoin has enter and dark",
        ),
        (
            "state = \"prejoin\"",
            "state = \"captcha\"",
            "nothing is done in this state",
        ),
        (
            "state = \"inside\"",
            "state = \"consent\"\nagree = [\"out\"]",
            "`agree` needs `consent`",
        ),
        (
            "state = \"inside\"",
            "state = \"login\"\nconsent = \"terms\"\nagree = [\"out\"]",
            "only consent has",
        ),
        ("de = [\"Im Gespräch\"]", "de = []", "both languages"),
        (
            "when.path = [",
            "when.sealed = [{ de = [\"Halt\"], en = [] }]\nwhen.path = [",
            "both languages",
        ),
        (
            "when.path = [",
            "when.host = [\"https://x\"]\nwhen.path = [",
            "is not a host",
        ),
        (
            "by = \"mouse\"",
            "by = \"mouse\"\nunless = \"a[\"",
            "not a CSS selector",
        ),
        (
            "by = \"mouse\"",
            "by = \"mouse\"\nsays = { de = [], en = [\"Go\"] }",
            "both languages",
        ),
        ("each = \".person\"", "", "either each or number"),
        (
            "each = \".person\"",
            "each = \".person\"\nnumber = \"b\"",
            "either each or number",
        ),
        (
            "[people]",
            "[hosts]\nrooms = [\"*.org\"]\n[people]",
            "is not a host",
        ),
        ("en = [\"In the call\"]", "en = [\" \"]", "both languages"),
        (
            "when.path = [\"/call/\"]",
            "when.path = [\"call\"]",
            "starts with /",
        ),
        ("with = \"display-name\"", "", "fill and type"),
        ("by = \"mouse\"", "with = \"passcode\"", "fill and type"),
        ("key = \"Escape\"", "", "belongs to key"),
        ("within-ms = 900", "within-ms = 900000", "within-ms"),
        (
            "at = \"#name\"",
            "at = \"input:contains('x')\"",
            "not a CSS selector",
        ),
        ("at = \"#name\"", "at = \"a[b=(c]\"", "not a CSS selector"),
        ("at = \"#name\"", "at = \"\"", "not a CSS selector"),
        (
            "leave = [\"out\"]",
            "leave = [\"out\"]\nlimits.tries = 9",
            "tries is from 1 to 5",
        ),
        (
            "leave = [\"out\"]",
            "leave = [\"out\"]\nlimits.lost-ms = 1",
            "lost-ms is from",
        ),
    ];
    for (from, to, word) in table {
        let said = complaint(from, to);
        assert!(said.contains(word), "{to}: {said}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = GOOD
        .replacen("#door", "", 1)
        .replacen("[\"go\"]", "[\"a\", \"b\"]", 1)
        .replacen("\"x\"", "\"X\"", 1);
    let Err(PackError::Sense(problems)) = Pack::parse(&text) else {
        panic!("it was taken")
    };
    assert!(problems.len() >= 4, "{problems:?}");
    assert!(problems.iter().any(|problem| problem.at == "rule \"door\""));
}

#[test]
fn no_text_makes_the_reader_fall_over() {
    for text in [
        "",
        "rule = 3",
        "\u{0}",
        "service",
        &"[".repeat(10_000),
        "[[rule]]\nid=1",
    ] {
        assert!(matches!(Pack::parse(text), Err(PackError::Text(_))));
    }
}

#[test]
fn packs_of_a_folder_take_the_place_of_others_and_bad_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), GOOD).unwrap();
    std::fs::write(
        folder.path().join("b.toml"),
        GOOD.replacen("version = 3", "version = 9\nbad = 1", 1),
    )
    .unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a pack").unwrap();
    let mut packs = Packs::built_in();
    let bad = packs.add_folder(folder.path()).unwrap();
    assert_eq!(bad.len(), 1);
    assert!(bad[0].0.ends_with("b.toml"));
    assert_eq!(packs.of(&ServiceId::new("x")).unwrap().version, 3);
    assert!(packs.of(&ServiceId::new("practice")).is_some());
    assert!(packs.add_folder(&folder.path().join("none")).is_err());
}

#[test]
fn every_pack_that_comes_along_is_good_and_says_how_sure_it_is() {
    let packs = Packs::built_in();
    assert_eq!(packs.iter().count(), BUILT_IN.len());
    for pack in packs.iter() {
        let service = pack.service.as_str();
        assert!(
            pack.seen.is_some(),
            "{service} does not say when it was seen"
        );
        assert!(
            !pack.sources.is_empty(),
            "{service} does not say what it was learned from"
        );
    }
}

#[test]
fn a_pack_that_does_not_say_how_sure_it_is_counts_as_unverified() {
    let pack = Pack::parse(GOOD).unwrap();
    assert_eq!((pack.certainty, pack.seen), (Certainty::Unverified, None));
}

#[test]
fn a_rule_may_be_less_or_more_sure_than_its_pack() {
    let text = GOOD
        .replacen(
            "version = 3",
            "version = 3\ncertainty = \"vendor-test-ids\"\nseen = \"2026-07\"",
            1,
        )
        .replacen(
            "id = \"call\"",
            "id = \"call\"\ncertainty = \"unverified\"",
            1,
        );
    let pack = Pack::parse(&text).unwrap();
    let sure: Vec<_> = pack.rules.iter().map(|rule| rule.certainty).collect();
    assert_eq!(sure, [Certainty::VendorTestIds, Certainty::Unverified]);
    assert_eq!(pack.seen.unwrap().to_string(), "2026-07");
}

const OPENINGS: &str = r##"
[hosts]
rooms = ["*.meet.example"]
[[open]]
host = "*.meet.example"
path = '^/j/(?P<id>[0-9]{3,9})$'
to = "https://app.meet.example/web/{id}/join"
keep = ["pwd"]
add = { from = "room" }
[[open]]
host = "old.example.org"
path = '^/(?P<name>[a-z]+)$'
to = "/in-browser/{name}"
"##;

#[test]
fn links_are_opened_where_the_pack_says() {
    let pack = Pack::parse(&format!("{GOOD}{OPENINGS}")).unwrap();
    let table = [
        (
            "https://eu.meet.example/j/123?pwd=a%26b&uname=x#ok",
            "https://app.meet.example/web/123/join?pwd=a%26b&from=room",
        ),
        (
            "https://meet.example:8443/j/123",
            "https://app.meet.example:8443/web/123/join?from=room",
        ),
        (
            "https://old.example.org/anna?x=1",
            "https://old.example.org/in-browser/anna",
        ),
        (
            "https://eu.meet.example/j/12",
            "https://eu.meet.example/j/12",
        ),
        (
            "https://eu.meet.example/j/123/../../x",
            "https://eu.meet.example/x",
        ),
        (
            "https://meet.example.evil.org/j/123?pwd=a",
            "https://meet.example.evil.org/j/123?pwd=a",
        ),
        (
            "https://evilmeet.example/j/123",
            "https://evilmeet.example/j/123",
        ),
    ];
    for (link, address) in table {
        let opened = pack.address(&Url::parse(link).unwrap());
        assert_eq!(opened.as_str(), address, "{link}");
    }
}

#[test]
fn a_link_cannot_be_opened_at_a_host_that_the_pack_does_not_name() {
    let table = [
        (
            "https://app.meet.example/web/{id}/join",
            "https://app.other.example/{id}",
            "not among the pack's rooms",
        ),
        (
            "https://app.meet.example/web/{id}/join",
            "/web/{number}",
            "a group that the path does not have",
        ),
        (
            "https://app.meet.example/web/{id}/join",
            "http://app.meet.example/{id}",
            "begins with https",
        ),
        (
            "[0-9]{3,9})$",
            "[0-9]{3,9})",
            "begins with ^ and ends with $",
        ),
        ("(?P<id>", "(?P<id", "regex parse error"),
        (
            "host = \"old.example.org\"",
            "host = \"org\"",
            "is not a host",
        ),
        ("keep = [\"pwd\"]", "kept = [\"pwd\"]", "kept"),
    ];
    for (from, to, word) in table {
        assert!(OPENINGS.contains(from), "{from}");
        let text = format!("{GOOD}{}", OPENINGS.replacen(from, to, 1));
        let said = Pack::parse(&text).expect_err(to).to_string();
        assert!(said.contains(word), "{to}: {said}");
    }
}

#[test]
fn names_mean_a_host_or_a_domain_with_all_below_it() {
    let covers = |pattern: &str, host: &str| NamePattern::parse(pattern).unwrap().covers(host);
    assert!(covers("*.a.example", "a.example") && covers("*.a.example", "b.c.a.example"));
    assert!(covers("a.example", "a.example") && !covers("a.example", "b.a.example"));
    assert!(!covers("*.a.example", "evil-a.example") && !covers("*.a.example", "a.example.evil"));
    for bad in [
        "",
        "*",
        "*.org",
        "org",
        "a.*.example",
        "A.example",
        "1.2.3.4",
        "a b.example",
    ] {
        assert_eq!(NamePattern::parse(bad), None, "{bad}");
    }
}
