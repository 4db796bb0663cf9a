//! Which file of a board counts: one that somebody has put on this machine, else the higher revision of what came with the daemon and what
//! the room's fleet released. Knows no fleet; whoever hands in a release has held it against its signature.

use crate::own::OWN_BOARDS;
use crate::{
    BOARDS, ConfigError, ETC, Files, Unreadable, came, found, of_the_machine, read, sources,
};
use room_profile::{SourceFile, board_named, board_revision};
use std::path::Path;

/// A board's file that a fleet released.
#[derive(Debug, Clone)]
pub struct Released {
    /// The board.
    pub board: String,
    /// Its file.
    pub file: SourceFile,
}

impl Released {
    /// This text, for this board.
    pub fn new(board: &str, text: &str) -> Released {
        Released {
            board: board.to_owned(),
            file: SourceFile::new(format!("{BOARDS}/{board}.toml as released"), text),
        }
    }

    /// Which version of itself it says to be.
    pub fn revision(&self) -> u32 {
        board_revision(&self.file)
    }
}

/// Where a board's file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardFrom {
    /// Somebody has put it on this machine; it counts before all others.
    Machine,
    /// It came with the daemon.
    Package,
    /// The room's fleet released it.
    Release,
}

/// The file of a board that counts.
#[derive(Debug, Clone)]
pub struct BoardFile {
    /// The board.
    pub board: String,
    /// Where it comes from.
    pub from: BoardFrom,
    /// Its text.
    pub file: SourceFile,
}

impl BoardFile {
    /// Which version of itself it says to be.
    pub fn revision(&self) -> u32 {
        board_revision(&self.file)
    }
}

impl Files {
    /// The file of the board that the room's file names; nothing when it names none, or there is none.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn board_file(&self) -> Result<Option<BoardFile>, Unreadable> {
        self.board_under(&read(&self.room)?)
    }

    fn board_under(&self, room: &SourceFile) -> Result<Option<BoardFile>, Unreadable> {
        let Some(board) = board_named(room) else {
            return Ok(None);
        };
        if let Some(path) = &self.board {
            return Ok(Some(BoardFile {
                board,
                from: BoardFrom::Machine,
                file: read(path)?,
            }));
        }
        look_up(&board, &self.folder()?, self.released.as_ref())
    }

    /// Every board that there is for this room; of one name the first counts. What was released counts for the room's own board, and not
    /// for one that this inherits.
    pub(crate) fn boards_under(
        &self,
        room: &SourceFile,
    ) -> Result<Vec<(String, SourceFile)>, Unreadable> {
        let mut boards = found(&self.folder()?, BOARDS, OWN_BOARDS)?;
        if self.released.is_some()
            && let Some(BoardFile {
                board,
                from: BoardFrom::Release,
                file,
            }) = self.board_under(room)?
        {
            boards.insert(0, (board, file));
        }
        Ok(boards)
    }
}

/// The file of this board on this machine, without what its fleet may have released.
///
/// # Errors
/// When a file cannot be read.
pub fn board_file(name: &str) -> Result<Option<BoardFile>, Unreadable> {
    look_up(name, Path::new(ETC), None)
}

fn look_up(
    name: &str,
    folder: &Path,
    released: Option<&Released>,
) -> Result<Option<BoardFile>, Unreadable> {
    let is = |from| move |(board, file): (String, SourceFile)| BoardFile { board, from, file };
    let mut mine = of_the_machine(folder, BOARDS)?.into_iter();
    if let Some(mine) = mine.find(|(board, _)| board == name) {
        return Ok(Some(is(BoardFrom::Machine)(mine)));
    }
    let Some(package) = came(BOARDS, OWN_BOARDS).find(|(board, _)| board == name) else {
        return Ok(None);
    };
    let package = is(BoardFrom::Package)(package);
    let newer =
        |released: &&Released| released.board == name && released.revision() > package.revision();
    let released = released.filter(newer).map(|released| BoardFile {
        board: released.board.clone(),
        from: BoardFrom::Release,
        file: released.file.clone(),
    });
    Ok(Some(released.unwrap_or(package)))
}

/// Judges a board's file as rooms read it: under a room's file that names it and says nothing else, among the boards and models that
/// this version of the daemon and this machine have.
///
/// # Errors
/// With every problem in it, or when a file beside it cannot be read.
pub fn judge_board(released: &Released) -> Result<(), ConfigError> {
    let Released { board, file } = released;
    let room = format!("board = \"{board}\"\n[room]\nname = \"A room\"\n");
    let mut boards = vec![(board.clone(), file.clone())];
    boards.extend(found(Path::new(ETC), BOARDS, OWN_BOARDS)?);
    let room = SourceFile::new("a room's file", room);
    let sources = sources(room, (None, boards.clone()), Path::new(ETC))?;
    room_profile::check_board(&sources).map_err(ConfigError::Wrong)?;
    let described = room_profile::board(board, file, &boards);
    described.map(drop).map_err(ConfigError::Wrong)
}
