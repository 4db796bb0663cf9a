//! Where a commissioning finds and leaves things, as words of the command line. Opens nothing.

use super::find::{self, Named};
use crate::preflight::seat;
use anyhow::Result;
use clap::Args;
use commission::facts::DisplayLine;
use config_files::Files;
use preflight_probe::stage::Seat;
use std::path::PathBuf;

/// Where things are and what is named by hand.
#[derive(Args)]
pub struct Place {
    /// The room's file.
    #[arg(long, value_name = "FILE", default_value = "/etc/roomd/room.toml")]
    pub room: PathBuf,
    /// Where state, pictures and record are kept.
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/var/lib/roomd/commission"
    )]
    pub state: PathBuf,
    /// Lay the room over this board, whatever this machine is.
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// Also look for a camera or a table button here: a path, or tcp://, udp://, sony:// and a host. May be repeated.
    #[arg(long = "try", value_name = "LINE")]
    lines: Vec<String>,
    /// A display by its line and model; `roomctl display --models` lists them. May be repeated.
    #[arg(long = "display", value_name = "LINE=MODEL", value_parser = find::display)]
    displays: Vec<DisplayLine>,
    /// A microphone of the sound server, as for `roomctl preflight`.
    #[arg(long, value_name = "ROLE=NODE", value_parser = seat)]
    pub microphone: Vec<Seat>,
    /// A loudspeaker of the sound server.
    #[arg(long, value_name = "ROLE=NODE", value_parser = seat)]
    pub loudspeaker: Vec<Seat>,
}

impl Place {
    /// What a person adds to what is found; lines count from where the command was given.
    pub fn named(&self) -> Result<Named> {
        let whole = |line: &String| match line.contains("://") {
            true => Ok(line.clone()),
            false => Ok(std::path::absolute(line)?.display().to_string()),
        };
        Ok(Named {
            board: self.board.clone(),
            lines: self.lines.iter().map(whole).collect::<Result<_>>()?,
            displays: self.displays.clone(),
            microphones: self.microphone.clone(),
            loudspeakers: self.loudspeaker.clone(),
        })
    }

    /// The room's files.
    pub fn files(&self) -> Files {
        Files::new(self.room.clone(), None)
    }
}
