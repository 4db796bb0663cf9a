//! What a token says of somebody's groups and names. Pure.

use serde_json::{Map, Value};

/// More groups than this are no list that somebody keeps.
const MOST: usize = 2_000;
/// Letters of a name that is shown.
const LONGEST_NAME: usize = 80;

/// Why a token names no groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoGroups {
    /// The claim is not there, or is no list of words.
    #[error("the token has no such claim, or it is no list of words")]
    Missing,
    /// The provider left them out because there are too many.
    #[error("the provider left the groups out of the token because there are too many")]
    TooMany,
}

/// The groups of a claim: its name, or a path with dots as in `realm_access.roles`.
pub(super) fn groups(claims: &Map<String, Value>, claim: &str) -> Result<Vec<String>, NoGroups> {
    let found = claims.get(claim).or_else(|| at_path(claims, claim));
    let Some(found) = found else {
        // Entra ID's way to say that somebody has more groups than a token holds (OpenID Connect Core, 5.6.2).
        let elsewhere = claims
            .get("_claim_names")
            .and_then(|names| names.get(claim));
        return Err(match elsewhere {
            Some(_) => NoGroups::TooMany,
            None => NoGroups::Missing,
        });
    };
    match found {
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(all) if all.len() > MOST => Err(NoGroups::TooMany),
        Value::Array(all) => {
            let words = all.iter().map(|one| one.as_str().map(str::to_owned));
            words.collect::<Option<_>>().ok_or(NoGroups::Missing)
        }
        _ => Err(NoGroups::Missing),
    }
}

fn at_path<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// What somebody is called by the provider: for people to read, and for nothing else.
pub(super) fn shown(claims: &Map<String, Value>, subject: &str) -> String {
    let names = ["preferred_username", "upn", "email", "name"];
    let said = names.into_iter().find_map(|name| {
        let said = clean(claims.get(name)?.as_str()?);
        (!said.is_empty()).then_some(said)
    });
    said.unwrap_or_else(|| clean(subject))
}

/// Without what would not be seen, or would turn a line around.
fn clean(text: &str) -> String {
    let unseen = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let seen = text.trim().chars().filter(|c| !unseen(c));
    seen.take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(claims: Value, claim: &str) -> Result<Vec<String>, NoGroups> {
        groups(claims.as_object().unwrap(), claim)
    }

    #[test]
    fn groups_are_a_list_a_word_or_a_list_below_others() {
        let words = |words: &[&str]| Ok(words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(
            of(json!({"groups": ["a", "b"]}), "groups"),
            words(&["a", "b"])
        );
        assert_eq!(of(json!({"roles": "a"}), "roles"), words(&["a"]));
        let keycloak = json!({"realm_access": {"roles": ["r"]}});
        assert_eq!(of(keycloak, "realm_access.roles"), words(&["r"]));
        let url = json!({"https://stadt.example/groups": ["u"]});
        assert_eq!(of(url, "https://stadt.example/groups"), words(&["u"]));
        assert_eq!(of(json!({"groups": []}), "groups"), words(&[]));
    }

    #[test]
    fn what_is_no_list_of_words_names_no_group() {
        for claims in [
            json!({}),
            json!({"groups": 1}),
            json!({"groups": {"a": true}}),
            json!({"groups": ["a", 1]}),
            json!({"groups": null}),
        ] {
            assert_eq!(of(claims, "groups"), Err(NoGroups::Missing));
        }
        let left_out = json!({"_claim_names": {"groups": "src1"}});
        assert_eq!(of(left_out, "groups"), Err(NoGroups::TooMany));
        assert_eq!(
            of(json!({"groups": vec!["a"; MOST + 1]}), "groups"),
            Err(NoGroups::TooMany)
        );
    }

    #[test]
    fn a_name_is_what_can_be_read() {
        let named = |claims: Value| shown(claims.as_object().unwrap(), "0815");
        let both = json!({"preferred_username": "anna", "name": "Anna Beispiel"});
        assert_eq!(named(both), "anna");
        assert_eq!(named(json!({"preferred_username": " "})), "0815");
        assert_eq!(named(json!({"name": "An\u{202e}na\n"})), "Anna");
        assert_eq!(
            named(json!({"name": "ä".repeat(200)})).chars().count(),
            LONGEST_NAME
        );
    }
}
