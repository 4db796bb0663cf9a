//! Names of targets, checked where they are read: they become paths of the server and files of the room.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A target: parts of `a-z 0-9 - .` between slashes, such as `service-packs/zoom/902.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetName(String);

/// A text that is no target's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a target's name is 1 to 120 of a-z, 0-9, -, . in parts between slashes, none of which begins with a dot"
)]
pub struct BadName;

impl TargetName {
    /// The release of one version of a package, for machines of every architecture: no target itself, but the folder of those.
    ///
    /// # Errors
    /// When the version has letters that no target's name may have.
    pub fn packages(of: &str, version: &str) -> Result<TargetName, BadName> {
        let begins = version.starts_with(|c: char| c.is_ascii_digit());
        match begins && !version.contains('/') {
            true => format!("packages/{of}/{version}").parse(),
            false => Err(BadName),
        }
    }

    /// The package of this release for machines of one architecture.
    ///
    /// # Errors
    /// When that is no architecture's name.
    pub fn for_machine(&self, architecture: &str) -> Result<TargetName, BadName> {
        format!("{self}/{architecture}.deb").parse()
    }

    /// An image for table buttons of this chip and display.
    ///
    /// # Errors
    /// When a word has letters that no target's name may have.
    pub fn firmware(of: &str, version: &str) -> Result<TargetName, BadName> {
        let whole = |word: &str| !word.contains('/');
        match whole(of) && whole(version) {
            true => format!("table-buttons/{of}/{version}.uf2").parse(),
            false => Err(BadName),
        }
    }

    /// A board's file of this revision.
    ///
    /// # Errors
    /// When that is no board's name.
    pub fn board(of: &str, revision: &str) -> Result<TargetName, BadName> {
        let whole = |word: &str| !word.contains(['/', '.']);
        match whole(of) && whole(revision) {
            true => format!("boards/{of}/{revision}.toml").parse(),
            false => Err(BadName),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TargetName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let letter =
            |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'.');
        let part =
            |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter);
        match text.len() <= 120 && text.split('/').all(part) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadName),
        }
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TargetName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TargetName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_one_target_for_each_architecture() {
        let release = TargetName::packages("roomd", "0.2.0").unwrap();
        let target = release.for_machine("arm64").unwrap();
        assert_eq!(target.as_str(), "packages/roomd/0.2.0/arm64.deb");
        for version in ["", "-1", "1.0~rc1", "1/2", ".."] {
            assert_eq!(TargetName::packages("roomd", version), Err(BadName));
        }
        assert_eq!(release.for_machine("../amd64"), Err(BadName));
    }

    #[test]
    fn an_image_is_named_by_chip_display_and_version() {
        let name = TargetName::firmware("rp2040-oled", "0.2.0").unwrap();
        assert_eq!(name.as_str(), "table-buttons/rp2040-oled/0.2.0.uf2");
        for (of, version) in [("rp2040/oled", "1"), ("rp2040", "../1"), ("RP2040", "1")] {
            assert_eq!(TargetName::firmware(of, version), Err(BadName));
        }
    }

    #[test]
    fn a_board_is_named_by_itself_and_its_revision() {
        let name = TargetName::board("rock-5b", "2").unwrap();
        assert_eq!(name.as_str(), "boards/rock-5b/2.toml");
        for (of, revision) in [
            ("a/b", "1"),
            ("..", "1"),
            ("a.b", "1"),
            ("A", "1"),
            ("", "1"),
            ("a", "../1"),
        ] {
            assert_eq!(
                TargetName::board(of, revision),
                Err(BadName),
                "{of} {revision}"
            );
        }
    }

    #[test]
    fn no_name_leaves_its_folder() {
        assert!("service-packs/zoom/902.toml".parse::<TargetName>().is_ok());
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/../b",
            "a/.b",
            "A",
            "a b",
            "ä",
            &"x".repeat(121),
        ] {
            assert_eq!(bad.parse::<TargetName>(), Err(BadName), "{bad:?}");
        }
    }
}
