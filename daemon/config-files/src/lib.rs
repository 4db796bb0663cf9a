//! Finding and reading a room's files: the room's own, and the boards it may lie over.
//! Knows no key but the names of files; `room-profile` judges their text.

use drv_display::{DisplayModel, ModelError};
use room_profile::{OWN_PTZ_MODELS, Problems, Profile, SourceFile, Sources};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A configuration larger than this is a mistake.
const MAX_BYTES: u64 = 1 << 20;

/// Boards that come with the daemon, so that a room's file alone is enough.
const OWN_BOARDS: &[(&str, &str)] = &[
    ("demo", include_str!("../../../boards/demo.toml")),
    (
        "generic-pc",
        include_str!("../../../boards/generic-pc.toml"),
    ),
];

/// Where models of displays lie; those of the project come with their driver.
const DISPLAY_MODELS: &str = "boards/devices/display";

/// Models of cameras that come with the daemon.
const OWN_CAMERA_MODELS: &[(&str, &str)] = &[(
    "common",
    include_str!("../../../boards/devices/camera/common.toml"),
)];

/// Where the configuration stands.
#[derive(Debug, Clone)]
pub struct Files {
    /// The room's file.
    pub room: PathBuf,
    /// A board's file to use whatever the room's file says.
    pub board: Option<PathBuf>,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The files were read and are wrong.
    #[error("{0}")]
    Wrong(Problems),
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A file in the folder of displays is no model.
    #[error("a model of displays in {DISPLAY_MODELS}")]
    NoModel(#[from] ModelError),
    /// The system does not let us.
    #[error("cannot read {}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody writes a configuration of this size.
    #[error("{} is larger than {} kB: is this the right file?", .0.display(), MAX_BYTES / 1024)]
    TooLarge(PathBuf),
}

impl Files {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// When a file cannot be read, or with every problem in them.
    pub fn profile(&self) -> Result<Profile, ConfigError> {
        let sources = self.sources()?;
        room_profile::check(&sources).map_err(ConfigError::Wrong)
    }

    /// The models of displays, by name; the first of a name counts.
    ///
    /// # Errors
    /// When a file cannot be read, or is no model.
    pub fn display_models(&self) -> Result<Vec<(String, DisplayModel)>, Unreadable> {
        let path = std::path::absolute(&self.room).map_err(|source| refused(&self.room, source))?;
        display_models(path.parent().unwrap_or(Path::new("/")))
    }

    fn sources(&self) -> Result<Sources, Unreadable> {
        let room = read(&self.room)?;
        let path = std::path::absolute(&self.room).map_err(|source| refused(&self.room, source))?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let board = self.board.as_deref().map(read).transpose()?;
        let boards = found(&folder, "boards", OWN_BOARDS)?;
        let camera_models = found(&folder, "boards/devices/camera", OWN_CAMERA_MODELS)?;
        let ptz_models = found(&folder, "boards/devices/ptz", OWN_PTZ_MODELS)?;
        let display_models = display_models(&folder)?;
        let display_models = display_models
            .iter()
            .map(|(name, model)| (name.clone(), model.inputs.keys().cloned().collect()))
            .collect();
        let services = calendar::recognise::service_ids();
        let services = services
            .iter()
            .map(|service| service.as_str().to_owned())
            .collect();
        Ok(Sources {
            room,
            board,
            boards,
            ptz_models,
            display_models,
            services,
            camera_models,
            folder,
        })
    }
}

fn display_models(folder: &Path) -> Result<Vec<(String, DisplayModel)>, Unreadable> {
    let files = found(folder, DISPLAY_MODELS, drv_display::model::BUILT_IN)?;
    let read = |(name, file): (String, SourceFile)| {
        let model = DisplayModel::read(&name, &file.text)?;
        Ok((name, model))
    };
    files.into_iter().map(read).collect()
}

/// Files beside the room's file come before those of the machine, and those before the daemon's own.
fn found(
    folder: &Path,
    below: &str,
    own: &[(&str, &str)],
) -> Result<Vec<(String, SourceFile)>, Unreadable> {
    let mut files = Vec::new();
    for folder in [folder.join(below), Path::new("/etc/roomd").join(below)] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        paths.sort();
        for path in paths
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((name, read(path)?));
        }
    }
    let own = own.iter().map(|(name, text)| {
        let file = SourceFile::new(format!("{below}/{name}.toml"), *text);
        ((*name).to_owned(), file)
    });
    files.extend(own);
    Ok(files)
}

fn refused(path: &Path, source: io::Error) -> Unreadable {
    Unreadable::Refused {
        path: path.to_owned(),
        source,
    }
}

fn read(path: &Path) -> Result<SourceFile, Unreadable> {
    let mut text = String::new();
    let file = File::open(path).map_err(|source| refused(path, source))?;
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|source| refused(path, source))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Unreadable::TooLarge(path.to_owned()));
    }
    Ok(SourceFile::new(path.display().to_string(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(folder);
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| !name.ends_with(".example"))
            .collect();
        there.sort();
        there
    }

    fn names(own: &[(&str, &str)]) -> Vec<String> {
        own.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    #[test]
    fn every_board_and_model_of_the_project_comes_with_the_daemon() {
        assert_eq!(names(OWN_BOARDS), there("boards"));
        assert_eq!(names(OWN_CAMERA_MODELS), there("boards/devices/camera"));
    }

    #[test]
    fn a_board_beside_the_room_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("boards")).unwrap();
        let board = "[room]\nzone = \"Europe/Vienna\"\n";
        std::fs::write(folder.path().join("boards/generic-pc.toml"), board).unwrap();
        let room = folder.path().join("room.toml");
        std::fs::write(&room, "board = \"generic-pc\"\n[room]\nname = \"Saal\"\n").unwrap();
        let profile = Files { room, board: None }.profile().unwrap();
        assert_eq!(profile.zone.name(), "Europe/Vienna");
    }

    #[test]
    fn a_huge_file_and_a_missing_one_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join("room.toml");
        let said = Files {
            room: room.clone(),
            board: None,
        }
        .profile()
        .unwrap_err()
        .to_string();
        assert!(said.contains("room.toml"), "{said}");
        std::fs::write(&room, " ".repeat(2 << 20)).unwrap();
        let said = Files { room, board: None }
            .profile()
            .unwrap_err()
            .to_string();
        assert!(said.contains("larger than 1024 kB"), "{said}");
    }
}
