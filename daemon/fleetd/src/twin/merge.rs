//! Texts laid over each other, with where each setting comes from, and what one text has other than another. Pure.
//!
//! Invariant: a setting comes from the narrowest level that has it, and from no other.

use super::Level;
use fleet_proto::MAX_SETTINGS;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A text that is no TOML, or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadText {
    /// Which line, from 1 on; `None` for the whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// Several texts as one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// What the room is given.
    pub text: String,
    /// Each setting, its value, and the level that it comes from.
    pub settings: BTreeMap<String, (String, Level)>,
}

/// A setting that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which, as `table.key`.
    pub setting: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

/// Reads a text.
///
/// # Errors
/// When it is too long or no TOML, with the line.
pub fn read(text: &str) -> Result<Table, BadText> {
    if text.len() > MAX_SETTINGS {
        return Err(BadText {
            line: None,
            message: format!("{} bytes; {MAX_SETTINGS} are the limit", text.len()),
        });
    }
    text.parse::<Table>().map_err(|error| BadText {
        line: error
            .span()
            .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1),
        message: error.message().to_owned(),
    })
}

/// Lays tables over each other, the widest level first. A table is merged with a table; anything else replaces what was there.
///
/// # Errors
/// When the whole is too long for a room.
pub fn merge(levels: &[(Level, Table)]) -> Result<Merged, BadText> {
    let mut whole = Table::new();
    let mut settings = BTreeMap::new();
    for (level, table) in levels {
        lay(&mut whole, table);
        let mut found = BTreeMap::new();
        flatten("", table, &mut found);
        for (setting, value) in found {
            settings.insert(setting, (value, level.clone()));
        }
    }
    // What a later level replaced as a whole is no setting any more.
    let mut there = BTreeMap::new();
    flatten("", &whole, &mut there);
    settings.retain(|setting, _| there.contains_key(setting));
    let text = match whole.is_empty() {
        true => String::new(),
        false => toml::to_string(&whole).map_err(|error| BadText {
            line: None,
            message: error.to_string(),
        })?,
    };
    read(&text)?;
    Ok(Merged { text, settings })
}

/// What `after` has other than `before`; texts that cannot be read count as empty.
#[must_use]
pub fn difference(before: &str, after: &str) -> Vec<Difference> {
    let flat = |text: &str| {
        let mut found = BTreeMap::new();
        flatten("", &read(text).unwrap_or_default(), &mut found);
        found
    };
    let (before, after) = (flat(before), flat(after));
    let settings: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    settings
        .into_iter()
        .filter(|setting| before.get(*setting) != after.get(*setting))
        .map(|setting| Difference {
            setting: setting.clone(),
            before: before.get(setting).cloned(),
            after: after.get(setting).cloned(),
        })
        .collect()
}

fn lay(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => lay(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

fn flatten(path: &str, table: &Table, into: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let key = match !key.is_empty() && key.chars().all(plain) {
            true => key.clone(),
            false => format!("{key:?}"),
        };
        let path = match path {
            "" => key,
            path => format!("{path}.{key}"),
        };
        match value {
            Value::Table(inner) if !inner.is_empty() => flatten(&path, inner, into),
            other => {
                into.insert(path, other.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Slug;
    use proptest::prelude::*;

    fn site() -> Level {
        Level::Site(Slug::of("nord").unwrap())
    }

    fn merged(texts: &[(Level, &str)]) -> Merged {
        let tables: Vec<(Level, Table)> = texts
            .iter()
            .map(|(level, text)| (level.clone(), read(text).unwrap()))
            .collect();
        merge(&tables).unwrap()
    }

    #[test]
    fn the_narrower_level_wins_and_each_setting_knows_its_level() {
        let whole = merged(&[
            (
                Level::All,
                "[join]\nautomatic = true\nlead-s = 60\n[help]\nphone = \"47 11\"",
            ),
            (site(), "[join]\nlead-s = 30"),
        ]);
        let of = |setting: &str| whole.settings[setting].clone();
        assert_eq!(of("join.automatic"), ("true".to_owned(), Level::All));
        assert_eq!(of("join.lead-s"), ("30".to_owned(), site()));
        assert_eq!(of("help.phone"), ("\"47 11\"".to_owned(), Level::All));
        let table = read(&whole.text).unwrap();
        assert_eq!(table["join"]["lead-s"].as_integer(), Some(30));
    }

    #[test]
    fn what_is_replaced_whole_leaves_nothing_of_itself() {
        let whole = merged(&[
            (Level::All, "[a]\nb = 1\nc = [1, 2]"),
            (site(), "a = \"no table\""),
        ]);
        assert_eq!(whole.settings.len(), 1);
        assert_eq!(whole.settings["a"].1, site());
    }

    #[test]
    fn a_difference_names_what_came_went_and_changed() {
        let found = difference("[a]\nb = 1\nc = 2", "[a]\nb = 1\nc = 3\n[d]\ne = 4");
        let shown: Vec<_> = found
            .iter()
            .map(|d| (d.setting.as_str(), d.before.as_deref(), d.after.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [("a.c", Some("2"), Some("3")), ("d.e", None, Some("4"))]
        );
        assert!(difference("x = 1 # a note", "x = 1").is_empty());
    }

    #[test]
    fn a_bad_text_is_refused_with_its_line() {
        let bad = read("a = 1\nb = \n").unwrap_err();
        assert_eq!(bad.line, Some(2), "{bad}");
        let long = read(&format!("a = \"{}\"", "x".repeat(MAX_SETTINGS)));
        assert_eq!(long.unwrap_err().line, None);
    }

    fn table() -> impl Strategy<Value = Table> {
        let leaf = any::<i8>().prop_map(|n| Value::Integer(n.into()));
        let value = leaf.prop_recursive(3, 12, 3, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Table(map.into_iter().collect()))
        });
        proptest::collection::btree_map("[a-c]", value, 0..3)
            .prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn a_setting_comes_from_the_narrowest_level_that_has_it(all in table(), narrow in table()) {
            let whole = merge(&[(Level::All, all.clone()), (site(), narrow.clone())]).unwrap();
            let (mut wide, mut near) = (BTreeMap::new(), BTreeMap::new());
            flatten("", &all, &mut wide);
            flatten("", &narrow, &mut near);
            for (setting, (value, level)) in &whole.settings {
                let from = if *level == Level::All { &wide } else { &near };
                prop_assert_eq!(from.get(setting), Some(value));
            }
            let mut text = BTreeMap::new();
            flatten("", &read(&whole.text).unwrap(), &mut text);
            let given: BTreeMap<_, _> = whole.settings.into_iter().map(|(s, (v, _))| (s, v)).collect();
            prop_assert_eq!(text, given);
        }
    }
}
