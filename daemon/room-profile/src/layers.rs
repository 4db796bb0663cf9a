//! Which files lie under a room's file: its board, and what that inherits. Knows two keys, `board` and `inherit`.

use crate::problem::Problem;
use crate::suggest;
use crate::text::SourceFile;
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
    /// Models of microphones and speakerphones, likewise.
    pub audio_models: Vec<(String, SourceFile)>,
    /// Services that a host can have.
    pub services: Vec<String>,
    /// The folder from which relative paths count: that of the room's file.
    pub folder: std::path::PathBuf,
}

/// All layers as one tree; problems of every layer are reported.
pub(crate) fn flatten(sources: &Sources, problems: &mut Vec<Problem>) -> Node {
    let room = tree::parse(&sources.room, problems);
    let below = match &sources.board {
        Some(board) => Some(("--board".to_owned(), board.clone())),
        None => named(&room, "board").and_then(|key| find(&sources.boards, key, problems)),
    };
    match below {
        Some(board) => tree::lay(with_inherited(board, &sources.boards, problems), room),
        None => room,
    }
}

/// A board's file over all that it inherits.
pub(crate) fn with_inherited(
    (name, file): (String, SourceFile),
    boards: &[(String, SourceFile)],
    problems: &mut Vec<Problem>,
) -> Node {
    let mut whole = tree::parse(&file, problems);
    let mut passed = vec![name];
    while let Some(entry) = take(&mut whole, "inherit") {
        let again = matches!(&entry.node.value, Value::Text(name) if passed.contains(name));
        if again {
            let message = "this board inherits itself".to_owned();
            problems.push(Problem::new(entry.node.place.clone(), message, None));
            break;
        }
        let Some((name, file)) = find(boards, &entry.node, problems) else {
            break;
        };
        passed.push(name);
        whole = tree::lay(tree::parse(&file, problems), whole);
    }
    whole
}

/// What stands under this key.
pub(crate) fn named<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
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
    boards: &[(String, SourceFile)],
    key: &Node,
    problems: &mut Vec<Problem>,
) -> Option<(String, SourceFile)> {
    let Value::Text(name) = &key.value else {
        return None;
    };
    if let Some((name, file)) = boards.iter().find(|(known, _)| known == name) {
        return Some((name.clone(), file.clone()));
    }
    let help = suggest::among(name, boards.iter().map(|(known, _)| known.as_str()));
    let message = format!("there is no board `{name}`");
    problems.push(Problem::new(key.place.clone(), message, Some(help)));
    None
}
