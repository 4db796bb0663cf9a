//! The file of the room's board as the fleet released it, beside the one that came with the daemon: what was proven, and what is on trial.
//! Of which file counts `config-files` knows. Knows no fleet and opens no device.
//!
//! Invariant: what is on trial is used by one start of the daemon; the next one finds what was before, however that one ended.
//! Invariant: no release counts over which the room's own file is wrong, or that changes more than devices.

use crate::reload::{chain, only_devices, words};
use crate::state_dir::Drawer;
use anyhow::{Context, Result};
use config_files::{BoardFile, BoardFrom, ConfigError, Files, Released};
use room_api::BoardAnswer;
use room_profile::Profile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tokio::sync::watch;
use tracing::{error, info, warn};

const TRIAL: &str = "trial.json";

/// What is on trial.
#[derive(Debug, Serialize, Deserialize)]
struct Trial {
    board: String,
    text: String,
    /// A daemon runs with it, or has.
    used: bool,
}

impl Trial {
    fn released(&self) -> Released {
        Released::new(&self.board, &self.text)
    }
}

/// When a file on trial is used for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// By this start of the daemon.
    Now,
    /// By the next one.
    WithTheNextStart,
}

/// Why a released file cannot count.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The room's own file is wrong over it.
    #[error("{}", words(.0))]
    Wrong(ConfigError),
    /// It changes more than devices that the daemon drives by itself.
    #[error("it changes more than devices")]
    Beyond,
}

impl Unfit {
    /// Its code for the fleet.
    pub fn code(&self) -> &'static str {
        match self {
            Unfit::Wrong(_) => "release-board-unfit",
            Unfit::Beyond => "release-board-beyond",
        }
    }
}

/// The room's files, with what was released of its board. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Boards {
    /// The room's files without any release.
    came: Files,
    kept: Drawer,
    /// What the daemon runs with, where it counts.
    now: watch::Sender<Option<Released>>,
}

impl Boards {
    /// A room that keeps releases in this folder; none is in use yet.
    pub fn open(came: Files, folder: PathBuf) -> Boards {
        Boards {
            came,
            kept: Drawer::new(folder),
            now: watch::Sender::default(),
        }
    }

    /// The profile that the daemon starts with: over the file on trial, once; else over the one that was proven. One that does not count or
    /// does not fit is left out and said: a room starts in any case.
    pub fn start(&self, came: Profile) -> Profile {
        let proven = came.board.as_deref().and_then(|board| self.proven(board));
        for released in [self.first_use(), proven].into_iter().flatten() {
            if !self.counts(&released) {
                continue;
            }
            let (board, revision) = (released.board.clone(), released.revision());
            match self.fitting(&came, &released) {
                Ok(profile) => {
                    info!(
                        board,
                        revision, "the board's file as the fleet released it is in use"
                    );
                    self.now.send_replace(Some(released));
                    return profile;
                }
                Err(problem) => {
                    let problem = problem.to_string();
                    error!(
                        board,
                        revision,
                        problem,
                        "the board's released file does not fit any more; the room starts without it"
                    );
                }
            }
        }
        came
    }

    /// The room's files, with the release that the daemon runs with.
    pub fn files(&self) -> Files {
        self.files_with(self.now.borrow().clone())
    }

    /// The same with this one.
    pub fn files_with(&self, released: Option<Released>) -> Files {
        Files {
            released,
            ..self.came.clone()
        }
    }

    /// The file of the room's board that counts; nothing when the room's file names none that there is.
    pub fn in_use(&self) -> Option<BoardFile> {
        in_use(&self.files())
    }

    /// Whether the room's own file fits over this one.
    ///
    /// # Errors
    /// Why not.
    pub fn fits(&self, released: &Released) -> Result<(), Unfit> {
        let came = self.came.profile().map_err(Unfit::Wrong)?;
        self.fitting(&came, released).map(drop)
    }

    fn fitting(&self, came: &Profile, released: &Released) -> Result<Profile, Unfit> {
        let over = self.files_with(Some(released.clone())).profile();
        let over = over.map_err(Unfit::Wrong)?;
        match only_devices(came, &over) {
            true => Ok(over),
            false => Err(Unfit::Beyond),
        }
    }

    fn counts(&self, released: &Released) -> bool {
        let counts = in_use(&self.files_with(Some(released.clone())));
        counts.is_some_and(|file| file.from == BoardFrom::Release)
    }

    /// Notes a file as on trial, before it is used.
    ///
    /// # Errors
    /// When it cannot be written; nothing is changed then.
    pub fn try_on(&self, released: &Released, first: Use) -> Result<()> {
        self.note(&Trial {
            board: released.board.clone(),
            text: released.file.text.to_string(),
            used: first == Use::Now,
        })
    }

    fn note(&self, trial: &Trial) -> Result<()> {
        self.kept.put(TRIAL, &serde_json::to_vec(trial)?)
    }

    /// From now on the daemon runs with this release, or with none.
    pub fn use_it(&self, released: Option<Released>) {
        self.now.send_replace(released);
    }

    /// The file that is on trial, where this start of the daemon runs with it.
    pub fn on_trial(&self) -> Option<Released> {
        let tried = self.trial().filter(|trial| trial.used)?.released();
        let now = self.now.borrow();
        let runs = now
            .as_ref()
            .is_some_and(|now| (&now.board, now.revision()) == (&tried.board, tried.revision()));
        runs.then_some(tried)
    }

    /// The file on trial was proven.
    ///
    /// # Errors
    /// When it cannot be written; it is still on trial then.
    pub fn keep(&self) -> Result<()> {
        let released = self.on_trial().context("no board's file is on trial")?;
        let text = released.file.text.as_bytes();
        self.kept.put(&file(&released.board), text)?;
        self.kept.remove(TRIAL);
        Ok(())
    }

    /// The next start finds what was before.
    pub fn give_up(&self) {
        self.kept.remove(TRIAL);
    }

    /// What was proven for this board.
    pub fn proven(&self, board: &str) -> Option<Released> {
        let text = self.kept.get(&file(board))?;
        match String::from_utf8(text) {
            Ok(text) => Some(Released::new(board, &text)),
            Err(_) => {
                warn!(
                    board,
                    "the board's released file is damaged; the room goes on without it"
                );
                None
            }
        }
    }

    /// What is on trial and was never used: it is used now, and not by another start.
    fn first_use(&self) -> Option<Released> {
        let trial = self.trial()?;
        let board = &trial.board;
        if trial.used {
            warn!(
                board,
                "the daemon ended while a file of its board was on trial; that one is gone back from"
            );
            self.give_up();
            return None;
        }
        let released = trial.released();
        match self.note(&Trial {
            used: true,
            ..trial
        }) {
            Ok(()) => Some(released),
            Err(problem) => {
                let problem = format!("{problem:#}");
                warn!(
                    problem,
                    "a board's file cannot be tried: it could not be gone back from"
                );
                self.give_up();
                None
            }
        }
    }

    fn trial(&self) -> Option<Trial> {
        let text = self.kept.get(TRIAL)?;
        let trial = serde_json::from_slice(&text);
        if trial.is_err() {
            warn!("the board's file on trial is damaged; the room goes on without it");
        }
        trial.ok()
    }

    /// What `roomctl board` shows.
    pub fn answer(&self) -> Option<BoardAnswer> {
        let in_use = self.in_use()?;
        let released = in_use.from == BoardFrom::Release;
        let tried = self.on_trial().map(|tried| tried.revision());
        Some(BoardAnswer {
            revision: in_use.revision(),
            from: match in_use.from {
                BoardFrom::Machine => room_api::BoardFrom::Machine,
                BoardFrom::Package => room_api::BoardFrom::Package,
                BoardFrom::Release => room_api::BoardFrom::Release,
            },
            path: (in_use.from == BoardFrom::Machine).then(|| in_use.file.name.to_string()),
            on_trial: released && tried == Some(in_use.revision()),
            text: released.then(|| in_use.file.text.to_string()),
            board: in_use.board,
        })
    }
}

fn in_use(files: &Files) -> Option<BoardFile> {
    match files.board_file() {
        Ok(file) => file,
        Err(problem) => {
            let problem = chain(&problem);
            warn!(problem, "the board's file cannot be read");
            None
        }
    }
}

fn file(board: &str) -> String {
    format!("{board}.toml")
}
