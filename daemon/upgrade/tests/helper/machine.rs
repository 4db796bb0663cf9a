//! Debian's programs, made up: each writes down how it was called, and what it "installs" is a line in a file. Packages are texts.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What installing a version comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mood {
    /// Nothing happens, and an error.
    Nothing,
    /// Half of it, which cannot be brought to its end.
    Half,
    /// The first times somebody else is installing something.
    Locked(u32),
    /// The helper dies before anything happens.
    CutBefore,
    /// It dies with half of it there, which can be brought to its end.
    CutHalf,
    /// It dies with half of it there, which cannot.
    CutBroken,
    /// It dies when all is there.
    CutAfter,
}

impl Mood {
    pub fn word(self) -> String {
        match self {
            Mood::Locked(times) => format!("locked {times}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

/// How each was called, an argument in brackets.
const LOG: &str = r#"#!/bin/sh
set -eu
line="${0##*/}"
for word; do line="$line [$word]"; done
echo "$line" >>"$MACHINE/calls"
"#;

const DPKG: &str = r#"
say() { echo "$1" >"$MACHINE/installed.new" && mv "$MACHINE/installed.new" "$MACHINE/installed"; }
case "$*" in
*--compare-versions*) exec /usr/bin/dpkg "$@" ;;
*--pending)
	read -r _ _ version <"$MACHINE/installed"
	[ "$(cat "$MACHINE/half" 2>/dev/null)" = mends ] || exit 1
	say "installed ok $version"
	exit ;;
esac
for file; do :; done
version=$(sed -n 's/^Version: //p' "$file")
mood=$(cat "$MACHINE/mood-$version" 2>/dev/null || echo good)
cut() { kill -9 $PPID; exit 1; }
case $mood in
good) say "installed ok $version" ;;
nothing) exit 1 ;;
half) say "half-configured ok $version"; exit 1 ;;
"locked 0") say "installed ok $version" ;;
locked*) echo "locked $((${mood#locked } - 1))" >"$MACHINE/mood-$version"; exit 2 ;;
cutbefore) cut ;;
cuthalf) say "unpacked ok $version"; echo mends >"$MACHINE/half"; cut ;;
cutbroken) say "half-installed reinstreq $version"; cut ;;
cutafter) say "installed ok $version"; cut ;;
esac
"#;

const DPKG_QUERY: &str = "read -r line <\"$MACHINE/installed\"\nprintf '%s' \"$line\"\n";
const DPKG_DEB: &str = "grep -E '^(Package|Version|Architecture): ' \"$2\"\n";

/// Puts them into a folder for `PATH`.
pub fn put(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in [
        ("dpkg", DPKG),
        ("dpkg-query", DPKG_QUERY),
        ("dpkg-deb", DPKG_DEB),
        ("systemctl", ""),
    ] {
        let path = folder.join(name);
        fs::write(&path, format!("{LOG}{text}")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
}
