//! What pages say, German and English: the server's own texts, and the sentences of faults as rooms say them. Knows no layout.

use std::sync::LazyLock;
use texts::{FluentArgs, FluentValue, Language, Texts};

const DE: &str = include_str!("../assets/i18n/de.ftl");
const EN: &str = include_str!("../assets/i18n/en.ftl");
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(DE, EN));

/// A fault is said here as it is said in the room.
static ROOM: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(
        include_str!("../../roomd/assets/i18n/de.ftl"),
        include_str!("../../roomd/assets/i18n/en.ftl"),
    )
});

/// The text of a key.
pub(crate) fn say(language: Language, key: &str) -> String {
    TEXTS.say(language, key, &FluentArgs::new())
}

/// The same with its places filled.
pub(crate) fn fill(language: Language, key: &str, values: &[(&'static str, String)]) -> String {
    let values = values
        .iter()
        .map(|(name, value)| (*name, FluentValue::from(value.clone())));
    TEXTS.say(language, key, &values.collect::<FluentArgs<'_>>())
}

/// The same with a number, for which the text may have a plural.
pub(crate) fn count(language: Language, key: &str, number: u64) -> String {
    let values = FluentArgs::from_iter([("count", FluentValue::from(number))]);
    TEXTS.say(language, key, &values)
}

/// The sentence of a fault's code; a code that this version does not know is said as one.
pub(crate) fn fault(language: Language, code: &str) -> String {
    let said = ROOM.say(language, code, &FluentArgs::new());
    match said == code || said.contains("{$") {
        true => fill(language, "fault-unknown", &[("code", code.to_owned())]),
        false => said,
    }
}

/// Why a room did not get through with a command: its own sentence, or a fault's.
pub(crate) fn failure(language: Language, code: &str) -> String {
    let key = format!("failed-{code}");
    let said = say(language, &key);
    match said == key {
        true => fault(language, code),
        false => said,
    }
}

/// What to do about a fault, where the room says something.
pub(crate) fn remedy(language: Language, code: &str) -> Option<String> {
    let key = format!("{code}.do");
    let said = ROOM.say(language, &key, &FluentArgs::new());
    (said != key && !said.contains("{$")).then_some(said)
}

/// How long ago something was, as people say it.
pub(crate) fn ago(language: Language, since_ms: i64, now_ms: i64) -> String {
    let seconds = u64::try_from((now_ms - since_ms) / 1000).unwrap_or_default();
    match seconds {
        0..60 => say(language, "ago-now"),
        60..5400 => count(language, "ago-minutes", seconds / 60),
        5400..129_600 => count(language, "ago-hours", (seconds + 1800) / 3600),
        _ => count(language, "ago-days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::BUTTONS;
    use crate::people::{Right, Role};
    use crate::rooms::Light;
    use std::path::Path;
    use texts::keys;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(keys(DE), keys(EN));
    }

    fn sources(folder: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => sources(&path, into),
                false => into.push(std::fs::read_to_string(&path).unwrap()),
            }
        }
    }

    #[test]
    fn every_key_that_the_code_names_is_there_and_every_key_is_named() {
        let known = keys(EN);
        let mut texts = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut texts,
        );
        let whole = texts.join("\n");
        for start in [
            "say(l, \"",
            "fill(l, \"",
            "count(l, \"",
            "say(language, \"",
            "fill(language, \"",
            "count(language, \"",
            "Wrong(\"",
        ] {
            for part in whole.split(start).skip(1) {
                let key = part.split('"').next().unwrap();
                assert!(known.contains_key(key), "{key}");
            }
        }
        let made = [
            "verb-",
            "light-",
            "trouble-",
            "role-",
            "right-",
            "standing-",
            "act-",
            "phase-",
            "switch-",
            "refused-",
            "refusal-",
            "level-",
            "misdeed-",
            "severity-",
            "on-",
            "cause-",
            "target-",
            "alert-mail-",
            "bridge-failed-",
            "bridge-why-",
            "bridge-bad-",
            "bridge-entity-",
            "failed-",
            "hindrance-",
            "rollout-",
            "wait-",
            "room-readmit",
            "room-take-out",
            "ring-",
            "release-",
        ];
        for key in known.keys() {
            let named = whole.contains(&format!("\"{key}\""));
            assert!(
                named || made.iter().any(|start| key.starts_with(start)),
                "{key} is never said"
            );
        }
    }

    #[test]
    fn what_is_said_by_a_word_has_its_text() {
        let known = keys(EN);
        let words = BUTTONS.iter().map(|word| format!("verb-{word}"));
        let words = words.chain(Light::ALL.map(|light| format!("light-{}", light.word())));
        let words = words.chain(Role::ALL.map(|role| format!("role-{}", role.word())));
        let words = words.chain(Right::ALL.map(|right| format!("right-{}", right.word())));
        let phases = [
            "unwritten",
            "standby",
            "announced",
            "joining",
            "waiting",
            "asks-passcode",
            "person-needed",
            "in-call",
            "reconnecting",
            "leaving",
            "failed",
            "ended",
        ];
        let words = words.chain(phases.map(|phase| format!("phase-{phase}")));
        let refusals = [
            "unknown-verb",
            "expired",
            "no-grant",
            "in-use",
            "nothing-there",
            "not-allowed",
            "busy",
        ];
        let words = words.chain(refusals.map(|why| format!("refusal-{why}")));
        let failures =
            fleet_proto::Failure::ALL.map(|failure| format!("failed-{}", failure.code()));
        let words = words.chain(failures);
        let releases = releases::Refused::CODES.map(|code| format!("failed-{code}"));
        let words = words.chain(releases);
        let kinds = releases::Kind::ALL.map(|kind| format!("release-{}", kind.word()));
        let words = words.chain(kinds);
        let not_for_it = fleet_proto::NOT_FOR_THE_ROOM.map(|code| format!("failed-{code}"));
        let words = words.chain(not_for_it);
        let waits = fleet_proto::Wait::ALL.map(|wait| format!("wait-{}", wait.word()));
        let words = words.chain(waits);
        let phases = ["going", "paused", "halted", "stopped"];
        let phases =
            phases.map(|phase| [format!("rollout-{phase}"), format!("rollout-{phase}-text")]);
        let words = words.chain(phases.into_iter().flatten());
        let changes = crate::rollouts::Change::ALL.map(|(word, _)| format!("rollout-do-{word}"));
        let words = words.chain(changes);
        let stands = [
            "away",
            "in-use",
            "next",
            "offered",
            "begun",
            "proven",
            "failed",
            "not-for-it",
            "taken-out",
        ];
        let words = words.chain(stands.map(|word| format!("standing-room-{word}")));
        let verbs = crate::bulk::VERBS.map(|verb| format!("verb-{verb}"));
        let words = words.chain(verbs);
        let hindrances = [
            "forbidden",
            "unreachable",
            "unknown-verb",
            "in-use",
            "nothing-there",
        ];
        let words = words.chain(hindrances.map(|why| format!("hindrance-{why}")));
        let bad = crate::bridge::BadBridge::ALL.map(|bad| format!("bridge-bad-{}", bad.word()));
        let failed = crate::bridge::LineError::WORDS.map(|why| format!("bridge-failed-{why}"));
        let whys = crate::bridge::Refusal::ALL.map(|why| format!("bridge-why-{}", why.word()));
        let words = words.chain(bad).chain(failed).chain(whys);
        for key in words {
            assert!(known.contains_key(&key), "{key}");
        }
    }

    #[test]
    fn what_the_audit_says_was_done_has_its_text() {
        let known = keys(EN);
        let mut texts = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut texts,
        );
        let whole = texts.join("\n");
        let mut found = 0;
        for start in [
            "(who, \"",
            "(ask.name(), \"",
            "(by, \"",
            "(signing.name, \"",
            "what: \"",
            "invitation.name, \"",
            "true => \"person-",
            "false => \"person-",
            "note(ask, \"",
        ] {
            for part in whole.split(start).skip(1) {
                let act = part.split('"').next().unwrap();
                let act = if start.ends_with("person-") {
                    format!("person-{act}")
                } else {
                    act.to_owned()
                };
                assert!(known.contains_key(&format!("act-{act}")), "{act}");
                found += 1;
            }
        }
        assert!(found > 12, "{found} acts");
    }

    #[test]
    fn a_fault_is_said_as_in_the_room_and_an_unknown_one_by_its_code() {
        let said = fault(Language::De, "mic-gone");
        assert!(said.contains("Mikrofon"), "{said}");
        assert!(remedy(Language::En, "mic-gone").is_some());
        assert!(fault(Language::En, "new-kind").contains("new-kind"));
        assert_eq!(remedy(Language::En, "new-kind"), None);
    }

    #[test]
    fn ages_are_said_in_words() {
        let said = |seconds: i64| ago(Language::En, 0, seconds * 1000);
        assert_eq!(said(5), "just now");
        assert_eq!(said(60), "1 minute ago");
        assert_eq!(said(2 * 3600), "2 hours ago");
        assert_eq!(said(3 * 86_400), "3 days ago");
        assert_eq!(ago(Language::De, 0, 2 * 86_400_000), "vor 2 Tagen");
    }
}
