//! What a room keeps about its fleet, each file whole, in a folder of the state folder that is closed to others.
//! A file that cannot be read counts as absent and is said: a room starts in any case.

use super::releases::Releases;
use crate::reload::chain;
use crate::state_dir::Drawer;
use anyhow::{Context, Result};
use config_files::ConfigError;
use fleet_agent::enrol::Enrolment;
use fleet_agent::{Membership, Remembered, Remembering, RoomKey};
use fleet_proto::{Desired, Problem, Revision};
use room_profile::SourceFile;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tracing::warn;

const KEY: &str = "key.json";
const MEMBERSHIP: &str = "membership.json";
const ENROLMENT: &str = "enrolment.json";
const SETTINGS: &str = "settings.json";
const REMEMBERED: &str = "commands.json";
const LIST: &str = "releases-list.json";
const RELEASES: &str = "releases.json";
const VERDICT: &str = "releases-verdict.json";

/// How people know the layer.
const LAYER: &str = "the fleet's settings";

/// The folder.
#[derive(Debug, Clone)]
pub struct Kept(Drawer);

/// The fleet's settings, as far as they got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What the room runs with.
    pub applied: Option<Desired>,
    /// The newest that it refused.
    pub refused: Option<Revision>,
}

impl Settings {
    /// What lies over the room's file.
    pub fn layer(&self) -> Option<SourceFile> {
        self.applied.as_ref().map(layer)
    }
}

/// A desired document as a layer, with a name that people find in messages.
pub fn layer(desired: &Desired) -> SourceFile {
    let name = format!("{LAYER}, revision {}", desired.revision);
    SourceFile::new(name.as_str(), desired.settings.as_str())
}

/// Everything that is wrong with settings, for the server.
pub fn problems(error: &ConfigError) -> Vec<Problem> {
    match error {
        ConfigError::Unreadable(error) => vec![Problem {
            line: None,
            message: chain(error).as_str().into(),
            help: None,
        }],
        ConfigError::Wrong(problems) => problems.iter().map(problem).collect(),
    }
}

fn problem(problem: &room_profile::Problem) -> Problem {
    let (line, _) = problem.place.line_column();
    let ours = problem.place.file.name.starts_with(LAYER);
    Problem {
        line: ours.then(|| u32::try_from(line).unwrap_or(u32::MAX)),
        message: match ours {
            true => problem.message.as_str().into(),
            false => format!("in {}: {}", problem.place.file.name, problem.message)
                .as_str()
                .into(),
        },
        help: problem.help.as_deref().map(Into::into),
    }
}

impl Kept {
    /// In this state folder.
    pub fn new(state: &Path) -> Self {
        Self(Drawer::new(state.join("fleet")))
    }

    /// The room's key.
    ///
    /// # Errors
    /// When there is none.
    pub fn key(&self) -> Result<RoomKey> {
        let key = self.read(KEY);
        key.context("the room's key for its fleet is gone; the room has to be taken in anew")
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_key(&self, key: &RoomKey) -> Result<()> {
        self.write(KEY, key)
    }

    /// Whose the room is.
    pub fn membership(&self) -> Option<Membership> {
        self.read(MEMBERSHIP)
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_membership(&self, member: &Membership) -> Result<()> {
        self.write(MEMBERSHIP, member)?;
        self.0.remove(ENROLMENT);
        Ok(())
    }

    /// Whose the room was, its key and what it asked for are over.
    pub fn forget_membership(&self) {
        for name in [MEMBERSHIP, KEY, ENROLMENT] {
            self.0.remove(name);
        }
    }

    /// A request that the server holds.
    pub fn enrolment(&self) -> Option<Enrolment> {
        self.read(ENROLMENT)
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_enrolment(&self, enrolment: &Enrolment) -> Result<()> {
        self.write(ENROLMENT, enrolment)
    }

    /// The request is over.
    pub fn forget_enrolment(&self) {
        self.0.remove(ENROLMENT);
    }

    /// The fleet's settings.
    pub fn settings(&self) -> Settings {
        self.read(SETTINGS).unwrap_or_default()
    }

    /// From now on.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep_settings(&self, settings: &Settings) -> Result<()> {
        self.write(SETTINGS, settings)
    }

    /// What is remembered of commands.
    pub fn remembered(&self) -> Remembered {
        self.read(REMEMBERED).unwrap_or_default()
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_remembered(&self, remembered: &Remembered) -> Result<()> {
        self.write(REMEMBERED, remembered)
    }

    /// What was trusted of the signed list of releases.
    pub fn list(&self) -> Remembering {
        self.read(LIST).unwrap_or_default()
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_list(&self, list: &Remembering) -> Result<()> {
        self.write(LIST, list)
    }

    /// How far releases got.
    pub fn releases(&self) -> Releases {
        self.read(RELEASES).unwrap_or_default()
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_releases(&self, releases: &Releases) -> Result<()> {
        self.write(RELEASES, releases)
    }

    /// How a release on trial ended, while the room is on its way back from it.
    pub fn verdict<T: DeserializeOwned>(&self) -> Option<T> {
        self.read(VERDICT)
    }

    /// From now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_verdict<T: Serialize>(&self, verdict: &T) -> Result<()> {
        self.write(VERDICT, verdict)
    }

    /// It was said.
    pub fn forget_verdict(&self) {
        self.0.remove(VERDICT);
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let text = self.0.get(name)?;
        let read = serde_json::from_slice(&text);
        if read.is_err() {
            warn!(file = %self.0.path(name).display(), "is damaged; the room goes on without it");
        }
        read.ok()
    }

    fn write<T: Serialize>(&self, name: &str, what: &T) -> Result<()> {
        self.0.put(name, &serde_json::to_vec(what)?)
    }
}
