//! Two packages of one content, told apart in every file: the one that was built, and the same as if a version later.
//! Knows Debian's packages, nothing of what roomd does.

use super::look::Version;
use crate::shell::run;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// At the end of a program, a unit, a picture or a packed page it changes nothing but which of two files it is.
const MARK: &[u8] = b"\n# as if a version later\n";

/// The old package and the new one.
#[derive(Debug)]
pub struct Packages {
    /// As it was built.
    pub old: PathBuf,
    /// The same as if a version later.
    pub new: PathBuf,
    /// What stands in the old one, by its path in a room. In the new one it has the mark behind it.
    content: BTreeMap<String, Vec<u8>>,
}

impl Packages {
    /// For a life without any.
    pub fn none() -> Packages {
        Packages {
            old: PathBuf::new(),
            new: PathBuf::new(),
            content: BTreeMap::new(),
        }
    }

    /// From this package, in this folder.
    ///
    /// # Errors
    /// It is none, or there is no room for another.
    pub fn from(old: &Path, folder: &Path) -> Result<Packages> {
        let root = folder.join("later");
        run("dpkg-deb", &["--raw-extract".as_ref(), old, &root])?;
        let mut content = BTreeMap::new();
        later(&root.join("usr"), &root, &mut content)?;
        let control = root.join("DEBIAN/control");
        let text = fs::read_to_string(&control)?;
        let version = text.lines().find(|line| line.starts_with("Version: "));
        let version = version.with_context(|| format!("{} has no version", old.display()))?;
        fs::write(&control, text.replace(version, &format!("{version}+later")))?;
        // The sums are no longer true; dpkg makes its own.
        let _ = fs::remove_file(root.join("DEBIAN/md5sums"));
        let new = folder.join("later.deb");
        let words = ["--root-owner-group", "-Znone", "--build"];
        let words: Vec<&Path> = words.iter().map(Path::new).collect();
        run("dpkg-deb", &[&words[..], &[&root, &new]].concat())?;
        fs::remove_dir_all(&root)?;
        let old = old.to_path_buf();
        Ok(Packages { old, new, content })
    }

    /// The files in both.
    pub fn files(&self) -> impl Iterator<Item = &String> {
        self.content.keys()
    }

    /// What stands in a file of the old one.
    pub fn old_file(&self, name: &str) -> Option<&[u8]> {
        self.content.get(name).map(Vec::as_slice)
    }

    /// Of which package a file of this name and content is.
    pub fn version(&self, name: &str, content: Option<&[u8]>) -> Version {
        let (Some(seen), Some(old)) = (content, self.content.get(name)) else {
            return Version::Missing;
        };
        match seen.strip_prefix(old.as_slice()) {
            Some(b"") => Version::Old,
            Some(rest) if rest == MARK => Version::New,
            _ => Version::Half,
        }
    }
}

fn later(folder: &Path, root: &Path, content: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.map(|entry| (entry.path(), entry.file_type()))?;
        let kind = kind?;
        if kind.is_dir() {
            later(&path, root, content)?;
        } else if kind.is_file() {
            let name = format!("/{}", path.strip_prefix(root)?.display());
            if name.contains(' ') {
                bail!("a file of the package has a blank in its name: {name}");
            }
            content.insert(name, fs::read(&path)?);
            fs::OpenOptions::new()
                .append(true)
                .open(&path)?
                .write_all(MARK)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_old_or_new_or_half() {
        let name = "/usr/bin/roomd";
        let packages = Packages {
            content: BTreeMap::from([(name.to_owned(), b"ELF".to_vec())]),
            ..Packages::none()
        };
        let version = |content| packages.version(name, content);
        let new = [b"ELF".as_slice(), MARK].concat();
        assert_eq!(version(Some(b"ELF")), Version::Old);
        assert_eq!(version(Some(&new)), Version::New);
        assert_eq!(version(None), Version::Missing);
        for half in [&b""[..], b"EL", b"\0\0\0", &new[..new.len() - 1]] {
            assert_eq!(version(Some(half)), Version::Half, "{half:?}");
        }
    }
}
