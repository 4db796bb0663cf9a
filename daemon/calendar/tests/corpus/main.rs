//! Every invitation of the corpus, and of the set that was written before the rules, gives what its file says.

mod cases;
mod mutate;

use std::panic;

use calendar::{Invitation, recognise};
use cases::{Case, cases, table};
use mutate::Mutator;

/// What differs, a line each, for one case; nothing when it is right.
fn differences(case: &Case) -> Option<String> {
    let seen = case.seen(&table());
    let mut keys: Vec<&String> = case.expected.keys().chain(seen.keys()).collect();
    keys.sort();
    keys.dedup();
    let lines: Vec<String> = keys
        .into_iter()
        .filter_map(|key| {
            let (want, got) = (case.expected.get(key), seen.get(key));
            let show = |value: Option<&String>| value.map_or("nothing", |text| text).to_owned();
            (want != got).then(|| format!("    {key}: {} instead of {}", show(got), show(want)))
        })
        .collect();
    (!lines.is_empty()).then(|| format!("{} {}\n{}", case.place, case.name, lines.join("\n")))
}

fn check(folder: &str, least: usize) {
    let all = cases(folder);
    assert!(all.len() >= least, "only {} invitations", all.len());
    let wrong: Vec<String> = all.iter().filter_map(differences).collect();
    let right = all.len() - wrong.len();
    assert!(
        wrong.is_empty(),
        "{right} of {} right\n{}",
        all.len(),
        wrong.join("\n")
    );
}

#[test]
fn invitations_written_before_the_rules_are_recognised() {
    check("blind", 30);
}

#[test]
fn the_corpus_is_recognised() {
    check("", 150);
}

#[test]
fn half_of_the_corpus_is_german() {
    let german = |case: &&Case| {
        let text = format!("{} {}", case.name, case.text).to_lowercase();
        let words = [
            "ä",
            "ö",
            "ü",
            "ß",
            " und ",
            " der ",
            " die ",
            " das ",
            " ist ",
            " mit ",
            " im ",
            " ein",
            "kenncode",
            "passwort",
            "beitreten",
            "teilnehmen",
            "sitzung",
            "treffen",
            "aufzeichnung",
        ];
        words.iter().any(|word| text.contains(word))
    };
    let all = cases("");
    let count = all.iter().filter(german).count();
    assert!(count * 2 >= all.len(), "{count} of {} German", all.len());
}

/// Damaged invitations never make the recogniser panic, and never lead to a host that nobody knows.
#[test]
fn damaged_invitations_give_a_known_host_or_none() {
    let texts: Vec<String> = cases("").into_iter().map(|case| case.text).collect();
    let (mut mutator, table) = (Mutator::new(texts, 26), table());
    for round in 0..3_000 {
        let text = mutator.next_text();
        let outcome = panic::catch_unwind(|| {
            let invitation = Invitation::new()
                .location(Some(text.clone()))
                .html(Some(text.clone()));
            recognise(&invitation, &table)
        });
        let (target, why) = outcome.unwrap_or_else(|_| panic!("round {round} panics: {text:?}"));
        assert!(!why.sentence().de.is_empty());
        let Some(target) = target else { continue };
        assert!(target.url.is_some() || target.sip.is_some(), "{text:?}");
        if let Some(url) = target.url {
            mutate::assert_known(url.reveal(), &text);
        }
        if let Some(sip) = target.sip {
            mutate::assert_known_sip(sip.reveal(), &text);
        }
        if let Some(code) = target.sip_passcode {
            let digits = code.reveal().bytes().all(|byte| byte.is_ascii_digit());
            assert!(digits, "{text:?}");
        }
    }
}
