//! The room's helper for packages: words on the command line, and how fast it goes. Knows no step.

use anyhow::{Result, bail};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;
use upgrade::{Pace, Places, Tool};

const HELP: &str = "\
Installs a version of the room's package that the room's daemon has brought from its fleet, waits until that version has proven itself,
and goes back to the one before when it does not. It is started by roomd-upgrade.path and has nothing to be typed.

It believes nothing of the daemon's: the package and the list that names it are read once, copied into /var/lib/roomd-upgrade and held
against /etc/roomd/release-root.json, which only root may be able to write. It installs the package roomd for this machine's
architecture in a newer version, and nothing else; without a signed package of the version that runs it begins nothing. What it did is
in `journalctl -u roomd-upgrade`, what it remembers in /var/lib/roomd-upgrade/state.json.

A new version has forty minutes. If it does not come up, says nothing, or says that the room does not work as before, the old one is
installed again, without the new one's help. After a power cut the half of an installation is brought to its end first.";

/// Installs what the room's fleet has released, and goes back when it does not prove itself.
#[derive(Parser)]
#[command(version, about, long_about = HELP)]
struct Words {
    /// The system below this folder instead of the one that runs.
    #[arg(long, value_name = "FOLDER", default_value = "/", hide = true)]
    root: PathBuf,
    /// Milliseconds between two looks.
    #[arg(long, value_name = "MS", default_value_t = 5000, hide = true)]
    turn: u64,
    /// How many times faster than the wall's its clock runs.
    #[arg(long, value_name = "TIMES", default_value_t = 1, hide = true)]
    fast: u32,
}

fn main() -> Result<()> {
    let words = Words::parse();
    if !nix::unistd::geteuid().is_root() && words.root == Path::new("/") {
        bail!(
            "only root can install packages; systemd starts this when the room's daemon asks for it"
        );
    }
    let pace = Pace {
        turn: Duration::from_millis(words.turn),
        fast: words.fast,
    };
    upgrade::run(&Places::below(&words.root), &Tool, pace)?;
    Ok(())
}
