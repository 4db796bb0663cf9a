//! Finding and reading a room's files: the room's own, and the boards it may lie over.
//! Knows no key but the names of files; `room-profile` judges their text.

mod board;
mod own;

pub use board::{BoardFile, BoardFrom, Released, board_file, judge_board};

use drv_display::{DisplayModel, ModelError};
use own::{OWN_AUDIO_MODELS, OWN_BOARDS, OWN_CAMERA_MODELS};
use room_profile::{OWN_PTZ_MODELS, Problems, Profile, SourceFile, Sources};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A configuration larger than this, in bytes, is a mistake.
pub const MAX_BYTES: u64 = 1 << 20;

/// Where the machine's own files lie.
const ETC: &str = "/etc/roomd";

/// Where boards lie, below the folder of a room's file and below that one.
const BOARDS: &str = "boards";

/// Where models of displays lie; those of the project come with their driver.
const DISPLAY_MODELS: &str = "boards/devices/display";

/// Where the configuration stands.
#[derive(Debug, Clone)]
pub struct Files {
    /// The room's file.
    pub room: PathBuf,
    /// A board's file to use whatever the room's file says.
    pub board: Option<PathBuf>,
    /// A board's file that the room's fleet released. It counts where the room's file names that board, the machine has no file of its
    /// own for it, and it is newer than the one that came with the daemon.
    pub released: Option<Released>,
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
    /// A room's file, and perhaps a board's that is used whatever it says.
    pub fn new(room: PathBuf, board: Option<PathBuf>) -> Files {
        Files {
            room,
            board,
            released: None,
        }
    }

    /// The same without what the room's fleet released.
    #[must_use]
    pub fn without_release(&self) -> Files {
        Files::new(self.room.clone(), self.board.clone())
    }

    /// Reads and checks everything.
    ///
    /// # Errors
    /// When a file cannot be read, or with every problem in them.
    pub fn profile(&self) -> Result<Profile, ConfigError> {
        self.profile_under(None)
    }

    /// The same with what the room's fleet sets, which lies over the room's file.
    ///
    /// # Errors
    /// As [`Files::profile`]; a key that a fleet may not set is a problem, too.
    pub fn profile_under(&self, settings: Option<&SourceFile>) -> Result<Profile, ConfigError> {
        let sources = self.sources()?;
        room_profile::check_under(&sources, settings).map_err(ConfigError::Wrong)
    }

    /// The models of displays, by name; the first of a name counts.
    ///
    /// # Errors
    /// When a file cannot be read, or is no model.
    pub fn display_models(&self) -> Result<Vec<(String, DisplayModel)>, Unreadable> {
        display_models(&self.folder()?)
    }

    /// Whether nobody has described the room yet: there is no file, or one that says nothing.
    pub fn is_unwritten(&self) -> bool {
        match std::fs::read_to_string(&self.room) {
            Ok(text) => text
                .lines()
                .all(|line| line.trim().is_empty() || line.trim().starts_with('#')),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// What a daemon runs until somebody has described the room: an idle display, and nothing else.
    ///
    /// # Errors
    /// As [`Files::profile`], about the board's file.
    pub fn unwritten(&self) -> Result<Profile, ConfigError> {
        let sources = self.around(
            "[room]\nname = \"roomd\"\n[practice]\nenabled = false\n[preflight]\nenabled = false\n",
        )?;
        room_profile::check(&sources).map_err(ConfigError::Wrong)
    }

    /// Boards, models and services around this text, as if it stood in the room's file, which need not be there.
    ///
    /// # Errors
    /// When one of the other files cannot be read, or is no model.
    pub fn around(&self, text: &str) -> Result<Sources, Unreadable> {
        self.sources_of(SourceFile::new(self.room.display().to_string(), text))
    }

    fn sources(&self) -> Result<Sources, Unreadable> {
        self.sources_of(read(&self.room)?)
    }

    fn sources_of(&self, room: SourceFile) -> Result<Sources, Unreadable> {
        let folder = self.folder()?;
        let board = self.board.as_deref().map(read).transpose()?;
        let boards = self.boards_under(&room)?;
        sources(room, (board, boards), &folder)
    }

    /// The folder of the room's file.
    fn folder(&self) -> Result<PathBuf, Unreadable> {
        let path = std::path::absolute(&self.room).map_err(|source| refused(&self.room, source))?;
        Ok(path.parent().unwrap_or(Path::new("/")).to_owned())
    }
}

/// A room and the boards under it, with all models that there are for it.
fn sources(
    room: SourceFile,
    (board, boards): (Option<SourceFile>, Vec<(String, SourceFile)>),
    folder: &Path,
) -> Result<Sources, Unreadable> {
    let camera_models = found(folder, "boards/devices/camera", OWN_CAMERA_MODELS)?;
    let audio_models = found(folder, "boards/devices/audio", OWN_AUDIO_MODELS)?;
    let ptz_models = found(folder, "boards/devices/ptz", OWN_PTZ_MODELS)?;
    let display_models = display_models(folder)?;
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
        audio_models,
        folder: folder.to_owned(),
    })
}

/// The boards that there are, by name: the machine's own and the project's; the first of a name counts.
///
/// # Errors
/// When a file cannot be read.
pub fn boards() -> Result<Vec<(String, SourceFile)>, Unreadable> {
    found(Path::new(ETC), BOARDS, OWN_BOARDS)
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
    let mut files = of_the_machine(folder, below)?;
    files.extend(came(below, own));
    Ok(files)
}

/// Files that somebody has put on this machine.
fn of_the_machine(folder: &Path, below: &str) -> Result<Vec<(String, SourceFile)>, Unreadable> {
    let mut files = Vec::new();
    let mut folders = vec![folder, Path::new(ETC)];
    folders.dedup();
    for folder in folders.into_iter().map(|folder| folder.join(below)) {
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
    Ok(files)
}

/// Files that came with the daemon.
fn came(below: &str, own: &[(&str, &str)]) -> impl Iterator<Item = (String, SourceFile)> {
    own.iter().map(move |(name, text)| {
        let file = SourceFile::new(format!("{below}/{name}.toml"), *text);
        ((*name).to_owned(), file)
    })
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
    use identity::Signs;
    use room_profile::{Board, LinePlace};
    use std::collections::BTreeSet;

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
        assert_eq!(names(OWN_AUDIO_MODELS), there("boards/devices/audio"));
    }

    fn own(name: &str) -> Board {
        let boards = boards().unwrap();
        let (_, file) = boards.iter().find(|(known, _)| known == name).unwrap();
        room_profile::board(name, file, &boards).unwrap().unwrap()
    }

    #[test]
    fn every_board_is_described_and_carries_a_room() {
        for (name, _) in OWN_BOARDS {
            let board = own(name);
            let own_parts = ["lines", "buses", "outputs", "heat", "watchdog", "codecs"];
            for key in &board.unverified {
                let part = key.split('.').next().unwrap();
                assert!(
                    own_parts.contains(&part),
                    "{name}: {key} is no part of a board"
                );
            }
            let sourced = board.sources.is_empty() == board.lines.is_empty();
            assert!(
                sourced || *name == "intel-n100",
                "{name}: lines without a source"
            );
            let places: BTreeSet<String> = board
                .lines
                .iter()
                .map(|line| format!("{:?}", line.1))
                .collect();
            assert_eq!(
                places.len(),
                board.lines.len(),
                "{name}: two pins with one line"
            );

            let folder = tempfile::tempdir().unwrap();
            let room = folder.path().join("room.toml");
            std::fs::write(&room, format!("board = \"{name}\"\n[room]\nname = \"A\"\n")).unwrap();
            let files = Files::new(room, None);
            files
                .profile()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn each_machine_is_recognised_as_its_board() {
        let tree = |names: &str| Signs {
            compatible: names.split(' ').map(str::to_owned).collect(),
            architecture: "aarch64".to_owned(),
            ..Signs::default()
        };
        let pc = |processor: &str| Signs {
            processor: Some(processor.to_owned()),
            architecture: "x86_64".to_owned(),
            ..Signs::default()
        };
        let machines = [
            (
                tree("raspberrypi,4-model-b brcm,bcm2711"),
                Some("raspberry-pi-4"),
            ),
            (
                tree("raspberrypi,5-model-b brcm,bcm2712"),
                Some("raspberry-pi-5"),
            ),
            (
                tree("raspberrypi,4-compute-module brcm,bcm2711"),
                Some("raspberry-pi-cm4"),
            ),
            (
                tree("raspberrypi,5-compute-module brcm,bcm2712"),
                Some("raspberry-pi-cm5"),
            ),
            (tree("radxa,rock-5b rockchip,rk3588"), Some("rock-5b")),
            (tree("pine64,quartz64-b rockchip,rk3566"), None),
            (pc("Intel(R) N100"), Some("intel-n100")),
            (
                pc("AMD Ryzen 7 5700G with Radeon Graphics"),
                Some("generic-pc"),
            ),
        ];
        let boards: Vec<(&str, Board)> = OWN_BOARDS
            .iter()
            .map(|(name, _)| (*name, own(name)))
            .collect();
        for (signs, wanted) in machines {
            let marks = boards.iter().map(|(name, board)| (*name, &board.marks));
            let found = signs.recognise(marks).map(|(name, _)| name);
            assert_eq!(found, wanted, "{signs:?}");
        }
    }

    #[test]
    fn a_microphone_cancels_as_its_model_says_unless_the_room_says_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join("room.toml");
        let cancels = |keys: &str| {
            let text =
                format!("[room]\nname = \"A\"\n[microphones.table]\nusb = \"1-3\"\n{keys}\n");
            std::fs::write(&room, text).unwrap();
            let files = Files::new(room.clone(), None);
            let sound = files.profile().unwrap().sound.unwrap();
            format!("{:?}", sound.plan.microphones[0].cancels)
        };
        let by_usb = "usb_model = \"0b0e:0422\"";
        let cases = [
            ("", "Unknown"),
            ("model = \"plain\"", "No"),
            (by_usb, "Yes"),
            ("usb_model = \"0b0e:ffff\"", "Unknown"),
        ];
        for (keys, wanted) in cases {
            assert_eq!(cancels(keys), wanted, "{keys}");
        }
        assert_eq!(cancels(&format!("{by_usb}\ncancels_echo = \"no\"")), "No");
    }

    #[test]
    fn every_audio_model_says_what_is_doubtful_and_no_two_are_one_device() {
        let mut seen = BTreeSet::new();
        for (name, text) in OWN_AUDIO_MODELS {
            let model = room_profile::sound_model(&SourceFile::new(*name, *text));
            let model = model.unwrap_or_else(|problems| panic!("{name}: {problems}"));
            for usb in model.usb {
                assert!(seen.insert(usb.to_string()), "{name}: {usb} stands twice");
            }
            for key in &model.unverified {
                assert!(
                    text.contains(&format!("\n{key} = ")),
                    "{name} doubts `{key}`, which it does not say"
                );
            }
        }
    }

    #[test]
    fn a_pin_is_the_line_that_the_board_has_there() {
        let folder = tempfile::tempdir().unwrap();
        let lamp = |board: &str, line: &str| {
            let room = folder.path().join("room.toml");
            let lamp = format!("[lamps.door]\nline = \"{line}\"\nshows = \"busy\"\n");
            std::fs::write(
                &room,
                format!("board = \"{board}\"\n[room]\nname = \"A\"\n{lamp}"),
            )
            .unwrap();
            let profile = Files::new(room, None).profile();
            profile
                .map(|profile| profile.fittings.lamps[0].line.clone())
                .map_err(|error| format!("{error:?}"))
        };
        assert_eq!(
            lamp("raspberry-pi-5", "pin 11"),
            Ok(LinePlace::Named("GPIO17".to_owned()))
        );
        let chip = PathBuf::from("/dev/gpiochip3");
        assert_eq!(
            lamp("rock-5b", "pin 11"),
            Ok(LinePlace::At { chip, offset: 17 })
        );
        let wrong = lamp("raspberry-pi-5", "pin 9").unwrap_err();
        assert!(
            wrong.contains("the board's header has no line on `pin 9`"),
            "{wrong}"
        );
        assert_eq!(
            lamp("intel-n100", "GPIO3"),
            Ok(LinePlace::Named("GPIO3".to_owned()))
        );
    }

    #[test]
    fn a_board_beside_the_room_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("boards")).unwrap();
        let board = "[room]\nzone = \"Europe/Vienna\"\n";
        std::fs::write(folder.path().join("boards/generic-pc.toml"), board).unwrap();
        let room = folder.path().join("room.toml");
        std::fs::write(&room, "board = \"generic-pc\"\n[room]\nname = \"Saal\"\n").unwrap();
        let profile = Files::new(room, None).profile().unwrap();
        assert_eq!(profile.zone.name(), "Europe/Vienna");
    }

    #[test]
    fn a_room_that_nobody_described_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().join("room.toml"), None);
        for text in [None, Some(""), Some("# Nothing yet.\n\n  # [room]\n")] {
            if let Some(text) = text {
                std::fs::write(&files.room, text).unwrap();
            }
            assert!(files.is_unwritten(), "{text:?}");
        }
        let profile = files.unwritten().unwrap();
        assert!(profile.hosts.is_empty() && profile.calendars.is_empty());
        assert!(profile.practice.is_none() && profile.sip.is_none());
        assert!(profile.faces.lan.is_none() && profile.faces.listen.ip().is_loopback());
        assert!(profile.roles.is_empty() && profile.heads.is_empty() && profile.pucks.is_empty());
        std::fs::write(&files.room, "[room]\nname = \"A\"\n").unwrap();
        assert!(!files.is_unwritten());
    }

    #[test]
    fn a_huge_file_and_a_missing_one_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join("room.toml");
        let said = Files::new(room.clone(), None)
            .profile()
            .unwrap_err()
            .to_string();
        assert!(said.contains("room.toml"), "{said}");
        std::fs::write(&room, " ".repeat(2 << 20)).unwrap();
        let said = Files::new(room, None).profile().unwrap_err().to_string();
        assert!(said.contains("larger than 1024 kB"), "{said}");
    }
}
