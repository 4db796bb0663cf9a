//! Reading a table by its description: each key with its type, default and sentence, once.
//! The same description makes the reference. Knows no particular key.

use crate::describe::{Docs, Path};
use crate::problem::{Kind, Problem};
use crate::text::Place;
use crate::tree::{Node, Value};

/// A default as it would stand in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Literal {
    Text(&'static str),
    Whole(i64),
    Flag(bool),
}

impl From<&'static str> for Literal {
    fn from(text: &'static str) -> Self {
        Literal::Text(text)
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Literal::Whole(number)
    }
}

impl From<bool> for Literal {
    fn from(flag: bool) -> Self {
        Literal::Flag(flag)
    }
}

impl Literal {
    /// As it would be written.
    pub fn written(self) -> String {
        match self {
            Literal::Text(text) => format!("\"{text}\""),
            Literal::Whole(number) => number.to_string(),
            Literal::Flag(flag) => flag.to_string(),
        }
    }

    fn node(self, place: Place) -> Node {
        let value = match self {
            Literal::Text(text) => Value::Text(text.to_owned()),
            Literal::Whole(number) => Value::Whole(number),
            Literal::Flag(flag) => Value::Flag(flag),
        };
        Node { place, value }
    }
}

/// Why a value is not taken.
pub(crate) struct Wrong {
    pub message: String,
    pub help: Option<String>,
}

impl Wrong {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A kind of value that a key can have.
pub(crate) trait Scalar: Sized {
    /// What is expected, for people: "a time from 0 s to 2 h".
    fn expected() -> String;
    /// Reads it.
    fn read(value: &Value) -> Result<Self, Wrong>;
    /// Stands in after a problem was reported; never leaves this crate.
    fn fallback() -> Self;
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub value: T,
    pub place: Place,
    /// A problem was reported: nothing that follows from the value may be reported as well.
    pub bad: bool,
}

/// Something that a key of a table holds.
pub(crate) trait Field: Sized {
    /// Takes it from the table, reporting problems.
    fn take(reader: &mut Reader<'_>, key: &'static str, default: Option<Literal>) -> Self;
    /// Describes it.
    fn describe(path: &Path<'_>, docs: &mut Docs);
}

/// Where a table stands: for people, and in the file.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// The keys that lead to it, such as `heads.front`; empty at the top.
    pub path: String,
    /// Its place in the file, or that of the table around it when it is not there.
    pub place: Place,
}

impl Spot {
    fn below(&self, key: &str, place: Place) -> Spot {
        let dot = if self.path.is_empty() { "" } else { "." };
        Spot {
            path: format!("{}{dot}{key}", self.path),
            place,
        }
    }

    fn inside(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!(" in `[{}]`", self.path)
        }
    }
}

/// A table being read: what is not taken in the end is unknown.
pub(crate) struct Reader<'a> {
    node: Option<&'a Node>,
    spot: Spot,
    known: Vec<&'static str>,
    pub problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Reads this node; without one, every key has its default.
    pub fn new(node: Option<&'a Node>, spot: Spot, problems: &'a mut Vec<Problem>) -> Self {
        let node = match node {
            Some(Node {
                value: Value::Table(_),
                ..
            })
            | None => node,
            Some(other) => {
                let message = format!("expected a table, found {}", other.value.kind());
                problems.push(Problem::new(other.place.clone(), message, None));
                None
            }
        };
        Self {
            node,
            spot,
            known: Vec::new(),
            problems,
        }
    }

    fn entries(&self) -> &'a [crate::tree::Entry] {
        match self.node {
            Some(Node {
                value: Value::Table(entries),
                ..
            }) => entries,
            _ => &[],
        }
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries()
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.node)
    }

    /// Reports every key that nothing took.
    pub fn finish(self) {
        for entry in self.entries() {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let help = crate::suggest::among(&entry.key, self.known.iter().copied());
            let message = format!("unknown key `{}`{}", entry.key, self.spot.inside());
            self.problems
                .push(Problem::new(entry.place.clone(), message, Some(help)));
        }
    }
}

/// Reads one value, reporting what is wrong with it.
pub(crate) fn scalar<T: Scalar>(node: &Node, problems: &mut Vec<Problem>) -> At<T> {
    let place = node.place.clone();
    match T::read(&node.value) {
        Ok(value) => At {
            value,
            place,
            bad: false,
        },
        Err(wrong) => {
            problems.push(Problem::new(place.clone(), wrong.message, wrong.help));
            At {
                value: T::fallback(),
                place,
                bad: true,
            }
        }
    }
}

impl<T: Scalar> Field for At<T> {
    fn take(reader: &mut Reader<'_>, key: &'static str, default: Option<Literal>) -> Self {
        if let Some(node) = reader.take(key) {
            return scalar(node, reader.problems);
        }
        let place = reader.spot.place.clone();
        if let Some(default) = default {
            return scalar(&default.node(place), reader.problems);
        }
        let message = format!("`{key}` is missing{}", reader.spot.inside());
        let help = format!("add `{key} = …`: {}", T::expected());
        let problem = Problem::new(place.clone(), message, Some(help)).of(Kind::Missing);
        reader.problems.push(problem);
        At {
            value: T::fallback(),
            place,
            bad: true,
        }
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        docs.key(path, T::expected(), path.default.map(Literal::written));
    }
}

impl<T: Scalar> Field for Option<At<T>> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        reader.take(key).map(|node| scalar(node, reader.problems))
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        docs.key(path, T::expected(), Some("nothing".to_owned()));
    }
}

/// A table whose keys are described.
pub(crate) trait Section: Sized {
    /// Reads it.
    fn read(node: Option<&Node>, spot: Spot, problems: &mut Vec<Problem>) -> Self;
    /// Describes it and what is in it.
    fn describe(path: String, docs: &mut Docs);
}

/// A table in a table; absent means all defaults.
#[derive(Debug)]
pub(crate) struct Sub<S>(pub S);

impl<S: Section> Field for Sub<S> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        let node = reader.take(key);
        let place = node.map_or_else(|| reader.spot.place.clone(), |n| n.place.clone());
        let spot = reader.spot.below(key, place);
        Sub(S::read(node, spot, reader.problems))
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        S::describe(path.inner(), docs);
    }
}

/// A table in a table that may be left out.
impl<S: Section> Field for Option<Sub<S>> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        let node = reader.take(key)?;
        let spot = reader.spot.below(key, node.place.clone());
        Some(Sub(S::read(Some(node), spot, reader.problems)))
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        S::describe(path.inner(), docs);
    }
}

/// What a table with keys of people's choice holds under each.
pub(crate) trait Item: Sized {
    /// How the key is called in the reference.
    const KEY: &'static str;
    /// Reads one.
    fn item(node: &Node, spot: Spot, problems: &mut Vec<Problem>) -> Self;
    /// Describes one.
    fn describe_item(path: &Path<'_>, docs: &mut Docs);
}

/// A table whose keys people choose; in the order of the file.
#[derive(Debug)]
pub(crate) struct Each<T>(pub Vec<(At<String>, T)>);

impl<T: Item> Field for Each<T> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        let Some(node) = reader.take(key) else {
            return Each(Vec::new());
        };
        let spot = reader.spot.below(key, node.place.clone());
        let inner = Reader::new(Some(node), spot, reader.problems);
        let entries = inner.entries();
        let items = entries.iter().map(|entry| {
            let name = At {
                value: entry.key.clone(),
                place: entry.place.clone(),
                bad: false,
            };
            let spot = inner.spot.below(&entry.key, entry.place.clone());
            (name, T::item(&entry.node, spot, inner.problems))
        });
        Each(items.collect())
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        T::describe_item(path, docs);
    }
}

/// A list of tables.
#[derive(Debug)]
pub(crate) struct List<S>(pub Vec<S>);

impl<S: Section> Field for List<S> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        let items: &[Node] = match reader.take(key) {
            None => &[],
            Some(Node {
                value: Value::List(items),
                ..
            }) => items,
            Some(other) => {
                let message = format!("expected a list of tables, found {}", other.value.kind());
                reader
                    .problems
                    .push(Problem::new(other.place.clone(), message, None));
                &[]
            }
        };
        let read = |(index, node): (usize, &Node)| {
            let spot = reader
                .spot
                .below(&format!("{key}[{index}]"), node.place.clone());
            S::read(Some(node), spot, reader.problems)
        };
        List(items.iter().enumerate().map(read).collect())
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        docs.key(
            path,
            "a list of tables, see below".to_owned(),
            Some("empty".to_owned()),
        );
        S::describe(format!("{}[]", path.inner()), docs);
    }
}

/// A list of values.
#[derive(Debug)]
pub(crate) struct Many<T>(pub Vec<At<T>>);

impl<T: Scalar> Field for Many<T> {
    fn take(reader: &mut Reader<'_>, key: &'static str, _: Option<Literal>) -> Self {
        match reader.take(key) {
            None => Many(Vec::new()),
            Some(Node {
                value: Value::List(items),
                ..
            }) => Many(
                items
                    .iter()
                    .map(|node| scalar(node, reader.problems))
                    .collect(),
            ),
            Some(other) => {
                let message = format!("expected a list, found {}", other.value.kind());
                let help = Some(format!("write it in brackets: each is {}", T::expected()));
                let problem = Problem::new(other.place.clone(), message, help);
                reader.problems.push(problem);
                Many(Vec::new())
            }
        }
    }

    fn describe(path: &Path<'_>, docs: &mut Docs) {
        let expected = format!("a list, each {}", T::expected());
        docs.key(path, expected, Some("empty".to_owned()));
    }
}

/// Declares tables: doc comment, key, type and default make struct, reader and reference at once.
macro_rules! section {
    ($(
        $(#[doc = $doc:literal])*
        struct $name:ident $(as $key_name:literal)? {
            $(
                $(#[doc = $fdoc:literal])*
                $field:ident: $ty:ty $(= $default:expr)?,
            )*
        }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[doc = $fdoc])* pub $field: $ty,)*
        }

        impl $crate::section::Section for $name {
            fn read(
                node: Option<&$crate::tree::Node>,
                spot: $crate::section::Spot,
                problems: &mut Vec<$crate::problem::Problem>,
            ) -> Self {
                let mut reader = $crate::section::Reader::new(node, spot, problems);
                let section = $name {
                    $($field: $crate::section::Field::take(
                        &mut reader,
                        stringify!($field),
                        $crate::section::section!(@default $($default)?),
                    ),)*
                };
                reader.finish();
                section
            }

            fn describe(path: String, docs: &mut $crate::describe::Docs) {
                docs.tables.push($crate::describe::TableDoc {
                    path: path.clone(),
                    doc: $crate::describe::sentence(&[$($doc),*]),
                    keys: Vec::new(),
                });
                $(<$ty as $crate::section::Field>::describe(
                    &$crate::describe::Path {
                        table: &path,
                        key: stringify!($field),
                        default: $crate::section::section!(@default $($default)?),
                        doc: $crate::describe::sentence(&[$($fdoc),*]),
                    },
                    docs,
                );)*
            }
        }

        $(impl $crate::section::Item for $name {
            const KEY: &'static str = $key_name;

            fn item(
                node: &$crate::tree::Node,
                spot: $crate::section::Spot,
                problems: &mut Vec<$crate::problem::Problem>,
            ) -> Self {
                <Self as $crate::section::Section>::read(Some(node), spot, problems)
            }

            fn describe_item(path: &$crate::describe::Path<'_>, docs: &mut $crate::describe::Docs) {
                let inner = format!("{}.{}", path.inner(), <Self as $crate::section::Item>::KEY);
                <Self as $crate::section::Section>::describe(inner, docs);
            }
        })?
    )*};
    (@default) => { None };
    (@default $default:expr) => { Some($crate::section::Literal::from($default)) };
}
pub(crate) use section;
