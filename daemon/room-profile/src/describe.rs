//! The reference while it grows: tables, their keys, and a sentence for each. Knows no particular key.

use crate::section::Literal;

/// One key of the reference.
pub(crate) struct KeyDoc {
    pub key: String,
    pub expected: String,
    /// As written; `None`: must be given.
    pub default: Option<String>,
    pub doc: String,
}

/// One table of the reference.
pub(crate) struct TableDoc {
    pub path: String,
    pub doc: String,
    pub keys: Vec<KeyDoc>,
}

/// What a description says about a key.
pub(crate) struct Path<'a> {
    pub table: &'a str,
    pub key: &'static str,
    pub default: Option<Literal>,
    pub doc: String,
}

impl Path<'_> {
    /// The path of the table under this key.
    pub fn inner(&self) -> String {
        if self.table.is_empty() {
            self.key.to_owned()
        } else {
            format!("{}.{}", self.table, self.key)
        }
    }
}

/// The reference while it grows.
#[derive(Default)]
pub(crate) struct Docs {
    pub tables: Vec<TableDoc>,
}

impl Docs {
    /// Adds a key to its table.
    pub fn key(&mut self, path: &Path<'_>, expected: String, default: Option<String>) {
        let doc = path.doc.clone();
        let key = KeyDoc {
            key: path.key.to_owned(),
            expected,
            default,
            doc,
        };
        if let Some(table) = self.tables.iter_mut().find(|t| t.path == path.table) {
            table.keys.push(key);
        }
    }
}

/// The sentence of a doc comment's lines.
pub(crate) fn sentence(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|l| l.trim())
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}
