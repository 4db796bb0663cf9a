//! Where the image and the emulator are, and what to say when they are not.

use crate::rig::Build;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the rig needs.
#[derive(Debug, Clone)]
pub struct Kit {
    /// The image, packed for the chip's loader.
    pub image: PathBuf,
    /// The linked image, with the names of its functions.
    pub program: PathBuf,
    /// Holds `node_modules/rp2040js`.
    pub emulator: PathBuf,
}

/// What a build claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Of a wire before this one.
    Yesterday,
    /// Of this wire, with more to say.
    Tomorrow,
}

/// What is missing, and how it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacks(pub String);

impl Kit {
    /// The image for this display and line, as `firmware/build` made it.
    ///
    /// # Errors
    /// What is missing.
    pub fn find(build: Build) -> Result<Kit, Lacks> {
        Kit::of(build, "", "")
    }

    /// The small display's image on USB that claims to be of another age.
    ///
    /// # Errors
    /// What is missing.
    pub fn aged(age: Age) -> Result<Kit, Lacks> {
        let word = match age {
            Age::Yesterday => "yesterday",
            Age::Tomorrow => "tomorrow",
        };
        Kit::of(Build::Oled, &format!("-{word}"), &format!(" --age {word}"))
    }

    /// The same emulator with this image, of which no function can be named.
    pub fn with(&self, image: &Path) -> Kit {
        Kit {
            image: image.to_owned(),
            program: image.to_owned(),
            emulator: self.emulator.clone(),
        }
    }

    fn of(build: Build, suffix: &str, option: &str) -> Result<Kit, Lacks> {
        let (display, line) = build.names();
        let target = target();
        let kit = Kit {
            image: target.join(format!("firmware/puck-{display}-{line}{suffix}.uf2")),
            program: target.join(format!("firmware/puck-{display}-{line}{suffix}.elf")),
            emulator: target.join("puck-rig"),
        };
        if !kit.image.is_file() || !kit.program.is_file() {
            return Err(Lacks(format!(
                "needs the image: firmware/build --display {display} --line {line}{option}"
            )));
        }
        if !kit.emulator.join("node_modules/rp2040js").is_dir() {
            return Err(Lacks(
                "needs rp2040js, which tests/setup installs".to_owned(),
            ));
        }
        if !node_runs() {
            return Err(Lacks("needs node".to_owned()));
        }
        Ok(kit)
    }
}

fn node_runs() -> bool {
    let asked = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
    }
}
