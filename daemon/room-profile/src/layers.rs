//! Which files lie under a room's file: its board, and what that inherits. Knows two keys, `board` and `inherit`.

use crate::problem::Problem;
use crate::suggest;
use crate::text::{Place, SourceFile};
use crate::tree::{self, Entry, Node, Value};

/// A room's file and every board's file that there is.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The room's file.
    pub room: SourceFile,
    /// A board's file to lie under the room, whatever the room's `board` says.
    pub board: Option<SourceFile>,
    /// Boards by the name that `board` and `inherit` use.
    pub boards: Vec<(String, SourceFile)>,
    /// Models of PTZ heads by the name that `model` uses.
    pub ptz_models: Vec<(String, SourceFile)>,
    /// Models of displays by the name that `model` uses, each with the names of its inputs; none: whichever.
    pub display_models: Vec<(String, Vec<String>)>,
    /// Models of cameras, likewise.
    pub camera_models: Vec<(String, SourceFile)>,
    /// Services that a host can have.
    pub services: Vec<String>,
    /// The folder from which relative paths count: that of the room's file.
    pub folder: std::path::PathBuf,
}

/// All layers as one tree; problems of every layer are reported.
pub(crate) fn flatten(sources: &Sources, problems: &mut Vec<Problem>) -> Node {
    let mut layers = vec![tree::parse(&sources.room, problems)];
    let mut below = match &sources.board {
        Some(board) => Some(("--board".to_owned(), board.clone())),
        None => named(&layers[0], "board").and_then(|key| find(sources, key, problems)),
    };
    let mut passed: Vec<String> = Vec::new();
    while let Some((name, file)) = below {
        passed.push(name);
        let mut layer = tree::parse(&file, problems);
        below = take(&mut layer, "inherit").and_then(|entry| {
            let again = matches!(&entry.node.value, Value::Text(name) if passed.contains(name));
            if again {
                let message = "this board inherits itself".to_owned();
                problems.push(Problem::new(entry.node.place.clone(), message, None));
                return None;
            }
            find(sources, &entry.node, problems)
        });
        layers.push(layer);
    }
    let mut whole = layers.pop().unwrap_or(Node {
        place: Place::start_of(&sources.room),
        value: Value::Table(Vec::new()),
    });
    while let Some(over) = layers.pop() {
        whole = tree::lay(whole, over);
    }
    whole
}

fn named<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
        _ => None,
    }
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    let Value::Table(entries) = &mut node.value else {
        return None;
    };
    let index = entries.iter().position(|e| e.key == key)?;
    Some(entries.remove(index))
}

/// A name that is no text is reported by the reader of the key.
fn find(
    sources: &Sources,
    key: &Node,
    problems: &mut Vec<Problem>,
) -> Option<(String, SourceFile)> {
    let Value::Text(name) = &key.value else {
        return None;
    };
    if let Some((name, file)) = sources.boards.iter().find(|(known, _)| known == name) {
        return Some((name.clone(), file.clone()));
    }
    let help = suggest::among(name, sources.boards.iter().map(|(known, _)| known.as_str()));
    let message = format!("there is no board `{name}`");
    problems.push(Problem::new(key.place.clone(), message, Some(help)));
    None
}
