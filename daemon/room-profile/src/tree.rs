//! TOML text as a tree whose every piece knows its file and place, and the laying of one file over another.
//! Knows no keys.

use crate::problem::{Kind, Problem};
use crate::text::{Place, SourceFile};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub place: Place,
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Whole(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Something that no key wants: a fraction, a date, a number too large.
    Other(&'static str),
}

/// A key, where it stands, and its value; entries are kept in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub place: Place,
    pub node: Node,
}

impl Value {
    /// How people call this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Whole(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(kind) => kind,
        }
    }
}

/// A file with more is not TOML at all, and nobody reads them.
const SYNTAX_ERRORS: usize = 20;

/// Parses a file; what could be read is returned even when there are problems.
pub(crate) fn parse(file: &SourceFile, problems: &mut Vec<Problem>) -> Node {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in errors.into_iter().take(SYNTAX_ERRORS) {
        let place = Place {
            file: file.clone(),
            span: error.span().unwrap_or(0..0),
        };
        let message = format!("not TOML: {}", error.message());
        problems.push(Problem::new(place, message, None).of(Kind::Syntax));
    }
    Node {
        place: Place::start_of(file),
        value: table_of(file, table.into_inner()),
    }
}

fn table_of(file: &SourceFile, table: DeTable<'_>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            place: Place {
                file: file.clone(),
                span: key.span(),
            },
            key: key.into_inner().into_owned(),
            node: node_of(file, value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.place.span.start);
    Value::Table(entries)
}

fn node_of(file: &SourceFile, value: Spanned<DeValue<'_>>) -> Node {
    let place = Place {
        file: file.clone(),
        span: value.span(),
    };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number that is too large"), Value::Whole),
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => Value::List(items.into_iter().map(|v| node_of(file, v)).collect()),
        DeValue::Table(table) => table_of(file, table),
    };
    Node { place, value }
}

/// Lays `over` on `under`: tables key by key, everything else as a whole. Keys of `under` come first.
pub(crate) fn lay(under: Node, over: Node) -> Node {
    let (Value::Table(mut below), place) = (under.value, over.place.clone()) else {
        return over;
    };
    let Value::Table(above) = over.value else {
        return over;
    };
    for entry in above {
        match below.iter_mut().find(|e| e.key == entry.key) {
            Some(old) => {
                let under = old.node.clone();
                *old = Entry {
                    node: lay(under, entry.node),
                    ..entry
                };
            }
            None => below.push(entry),
        }
    }
    Node {
        place,
        value: Value::Table(below),
    }
}
