//! The Fluent files hold every text in both languages, and nothing else holds any.

use room_core::failure::{
    CallFailure, CameraFailure, DisplayFailure, FaultCode, FirmwareFailure, FittingFailure,
    HeadFailure,
};
use roomd::faces::{Lang, texts};
use std::collections::{BTreeMap, BTreeSet};

const SCRIPTS: [(&str, &str); 11] = [
    ("common.js", include_str!("../../assets/common.js")),
    ("live.js", include_str!("../../assets/live.js")),
    ("panel.js", include_str!("../../assets/panel.js")),
    ("card.js", include_str!("../../assets/card.js")),
    ("keypad.js", include_str!("../../assets/keypad.js")),
    ("head.js", include_str!("../../assets/head.js")),
    ("tone.js", include_str!("../../assets/tone.js")),
    ("page.js", include_str!("../../assets/page.js")),
    ("display.js", include_str!("../../assets/display.js")),
    ("pair.js", include_str!("../../assets/pair.js")),
    ("setup.js", include_str!("../../assets/setup.js")),
];

const SOURCES: [&str; 8] = [
    include_str!("../../src/panel_face.rs"),
    include_str!("../../src/puck_face.rs"),
    include_str!("../../src/faces/pages.rs"),
    include_str!("../../src/faces/codes.rs"),
    include_str!("../../src/faces/notice.rs"),
    include_str!("../../src/faces/setup.rs"),
    include_str!("../../src/wiring/served.rs"),
    include_str!("../../src/faces/gate.rs"),
];

/// The placeholders of a text.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let parts = text.split("{$").skip(1);
    parts.map(|part| part.split('}').next().unwrap()).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let shape = |lang| -> BTreeMap<&str, BTreeSet<&str>> {
        let all = texts(lang).all().iter();
        all.map(|(key, text)| (key.as_str(), placeholders(text)))
            .collect()
    };
    assert_eq!(shape(Lang::De), shape(Lang::En));
    assert!(shape(Lang::De).len() > 300);
}

#[test]
fn no_key_stands_twice_and_no_text_is_empty() {
    for (lang, source) in [
        (Lang::De, include_str!("../../assets/i18n/de.ftl")),
        (Lang::En, include_str!("../../assets/i18n/en.ftl")),
    ] {
        let mut seen = BTreeSet::new();
        for line in source
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_alphabetic()))
        {
            let key = line.split(" = ").next().unwrap();
            assert!(seen.insert(key), "{key} stands twice");
            assert!(texts(lang).all().contains_key(key), "{key} was not read");
        }
        for (key, text) in texts(lang).all() {
            assert!(!text.trim().is_empty(), "{key} is empty");
        }
    }
}

#[test]
fn every_failure_has_a_sentence_what_still_works_and_what_to_do() {
    let codes = CallFailure::ALL.iter().map(|failure| failure.code());
    let codes = codes.chain(HeadFailure::ALL.iter().map(|failure| failure.code()));
    let codes = codes.chain(DisplayFailure::ALL.iter().map(|failure| failure.code()));
    let codes = codes.chain(CameraFailure::ALL.iter().map(|failure| failure.code()));
    let codes = codes.chain(FittingFailure::ALL.iter().map(|failure| failure.code()));
    let codes = codes.chain(FirmwareFailure::ALL.iter().map(|failure| failure.code()));
    let codes = codes.chain(FaultCode::ALL.iter().map(|fault| fault.code()));
    for code in codes {
        for lang in Lang::ALL {
            let mut said = BTreeSet::new();
            for part in ["", ".works", ".do"] {
                let key = format!("{code}{part}");
                let text = texts(lang)
                    .all()
                    .get(&key)
                    .unwrap_or_else(|| panic!("{key} in {lang:?}"));
                assert!(
                    text.ends_with('.'),
                    "{key} in {lang:?} is no sentence: {text}"
                );
                assert!(said.insert(text), "{key} in {lang:?} says the same twice");
            }
        }
    }
}

#[test]
fn every_refusal_has_a_sentence() {
    for code in room_api::ErrorCode::ALL {
        for lang in Lang::ALL {
            let key = format!("error-{}", code.code());
            assert!(texts(lang).all().contains_key(&key), "{key} in {lang:?}");
        }
    }
}

/// Keys that a script or page names in full, such as `t("mic-label")` or `data-t="mic-label"`.
fn named_keys(source: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for call in [
        "t(\"",
        "t(&\"",
        "get(\"",
        "fill(\"",
        "counted(\"",
        "data-label=\"",
        "data-region=\"",
    ] {
        for (at, _) in source.match_indices(call) {
            let before = source[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') && call.starts_with('t') {
                continue;
            }
            let key = source[at + call.len()..].split('"').next().unwrap();
            if key.contains('-') && !key.contains(' ') && !key.contains('=') {
                keys.push(if call == "counted(\"" {
                    format!("{key}-one")
                } else {
                    key.to_owned()
                });
            }
        }
    }
    keys
}

#[test]
fn every_key_that_is_named_exists() {
    let all = texts(Lang::De).all();
    let sources = SCRIPTS.iter().map(|(_, text)| *text).chain(SOURCES);
    let mut count = 0;
    for source in sources {
        for key in named_keys(source) {
            let header = key.starts_with("sec-fetch") || key.starts_with("x-roomd");
            assert!(
                header || all.contains_key(&key),
                "{key} is used and missing"
            );
            count += 1;
        }
    }
    assert!(
        count > 120,
        "only {count} keys were found: the search is broken"
    );
}

#[test]
fn every_text_is_used() {
    let everything: String = SCRIPTS
        .iter()
        .map(|(_, text)| *text)
        .chain(SOURCES)
        .collect();
    let codes: BTreeSet<&str> = CallFailure::ALL
        .iter()
        .map(|f| f.code())
        .chain(HeadFailure::ALL.iter().map(|f| f.code()))
        .chain(DisplayFailure::ALL.iter().map(|f| f.code()))
        .chain(CameraFailure::ALL.iter().map(|f| f.code()))
        .chain(FittingFailure::ALL.iter().map(|f| f.code()))
        .chain(FirmwareFailure::ALL.iter().map(|f| f.code()))
        .chain(FaultCode::ALL.iter().map(|f| f.code()))
        .collect();
    let mut unused = Vec::new();
    for key in texts(Lang::De).all().keys() {
        let base = key.split('.').next().unwrap();
        let by_code =
            codes.contains(base) || base.starts_with("error-") || base.starts_with("service-");
        // A key is used by its name, or by a template of which it is a case: `mic-${seen}`, `phase-ended-${why}`.
        let mut cut: Vec<usize> = base.match_indices('-').map(|(at, _)| at).collect();
        cut.push(base.len());
        let used = everything.contains(&format!("\"{base}\""))
            || cut.iter().any(|at| {
                let front = &base[..*at];
                ["${", "{"]
                    .iter()
                    .any(|open| everything.contains(&format!("{front}-{open}")))
                    || everything.contains(&format!("counted(\"{front}\""))
            })
            || ["mic", "camera"].iter().any(|what| {
                base.starts_with(&format!("{what}-")) || base.contains(&format!("-{what}-"))
            });
        if !by_code && !used {
            unused.push(key);
        }
    }
    assert!(unused.is_empty(), "never used: {unused:?}");
}

/// A string in a script that a person could read: more than one word, or letters beyond ASCII.
#[test]
fn no_literal_text_stands_in_a_script() {
    for (name, source) in SCRIPTS {
        for (n, line) in source.lines().enumerate() {
            let line = line
                .split("//")
                .next()
                .unwrap()
                .split("/**")
                .next()
                .unwrap();
            // The keypad's keys are letters, not words.
            let keys = name == "keypad.js" && (line.contains("qwert") || line.contains("!?@#"));
            let made = line.contains("console.")
                || line.contains("throw ")
                || line.contains("class")
                || keys;
            if made {
                continue;
            }
            for literal in line.split('"').skip(1).step_by(2) {
                let words = literal
                    .split_whitespace()
                    .filter(|word| word.chars().all(char::is_alphabetic));
                let foreign = literal.chars().count() > 1
                    && !literal.is_ascii()
                    && !literal.starts_with('⟦')
                    && literal.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
                assert!(
                    words.count() < 2 && !foreign,
                    "{name}:{}: {literal:?}",
                    n + 1
                );
            }
        }
    }
}

#[test]
fn the_notice_says_what_people_in_a_call_must_know() {
    use room_core::units::{Switch, Wall};
    use room_core::view::{LeaveWhy, Phase, View};
    use roomd::faces::notice_at;
    let in_call = super::views::in_call;
    let now = Wall(1_000_000);
    let leaving = |seconds: i64| View {
        phase: Phase::InCall {
            since: Wall(0),
            leaves: Some((Wall(now.0 + seconds * 1000), LeaveWhy::BookedEnd)),
        },
        mic: super::views::still(Switch::Open),
        ..in_call()
    };
    let say = |view: &View, lang| notice_at(view, lang, now);
    assert_eq!(
        say(&in_call(), Lang::De).unwrap(),
        "Mikrofon aus · Kamera aus"
    );
    assert_eq!(
        say(&leaving(290), Lang::En).unwrap(),
        "Microphone on · Camera off · The booked time ends in 5 minutes"
    );
    assert_eq!(
        say(&leaving(59), Lang::De).unwrap(),
        "Mikrofon an · Kamera aus · Die gebuchte Zeit endet in 1 Minute"
    );
    assert_eq!(
        say(&leaving(301), Lang::De).unwrap(),
        "Mikrofon an · Kamera aus"
    );
    assert_eq!(say(&super::views::named("standby"), Lang::De), None);
    for (name, view) in super::views::all() {
        for lang in Lang::ALL {
            let line = say(&view, lang).unwrap_or_default();
            assert!(
                !line.contains("notice-") && !line.contains('{'),
                "{name}: {line}"
            );
        }
    }
    let named = |name| say(&super::views::named(name), Lang::De).unwrap();
    assert_eq!(named("person-login"), "Bitte am Bedienpult entscheiden");
    assert_eq!(
        named("person-in-call"),
        "Bitte am Bedienpult entscheiden · Mikrofon an · Kamera aus"
    );
    assert_eq!(
        named("in-call-asked"),
        "Sie werden gebeten zu sprechen · Mikrofon aus · Kamera aus"
    );
    assert_eq!(
        named("in-call-agreed"),
        "Mikrofon aus · Kamera aus · Nutzungsbedingungen: vom Betreiber zugestimmt · Aufzeichnung: vom Betreiber zugestimmt"
    );
    let lost = super::views::named("reconnecting-network");
    assert!(
        say(&lost, Lang::De)
            .unwrap()
            .starts_with("Verbindung unterbrochen")
    );
    let disobeys = super::views::named("faults");
    assert!(
        say(&disobeys, Lang::De)
            .unwrap()
            .contains("kann offen sein")
    );
}
