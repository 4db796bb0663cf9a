//! A clock that goes slower: for an emulated board whose processor is so slow that no wait of a program under it is what it was meant
//! for. Seen from within, the same processor does more in a second. Knows the board's description; boots nothing.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;

/// How often QEMU's counter for boards turns in a second (its `GTIMER_SCALE`, 16 ns).
const COUNTS: u32 = 62_500_000;
/// One second there is so many here. Chromium's first answer takes 2 s on a board and 100 s where both processors are emulated.
pub const SLOWER: u32 = 10;

/// Writes the description of the machine that `qemu` starts, with a counter that is said to turn [`SLOWER`] times as fast as it does:
/// a kernel believes its description more than the counter (`clock-frequency` in Linux' `arm,arch_timer.yaml`).
///
/// # Errors
/// QEMU or `fdtput` is missing, or they cannot write there.
pub fn slower(qemu: &str, board: &[&str], memory: &str, tree: &Path) -> Result<()> {
    let [machine, kind, more @ ..] = board else {
        anyhow::bail!("a board without a kind");
    };
    let mut dump = Command::new(qemu);
    dump.args([machine, &&*format!("{kind},dumpdtb={}", tree.display())])
        .args(more)
        .args(["-m", memory, "-nodefaults", "-display", "none"]);
    let rate = (COUNTS * SLOWER).to_string();
    let mut say = Command::new("fdtput");
    say.args(["-t", "u"])
        .arg(tree)
        .args(["/timer", "clock-frequency", &rate]);
    for command in [&mut dump, &mut say] {
        let ended = command.output();
        let program = command.get_program().to_string_lossy().into_owned();
        let ended =
            ended.with_context(|| format!("starting {program} (tests/setup installs it)"))?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "{program} says: {said}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: [&str; 6] = ["-M", "virt", "-cpu", "cortex-a72", "-smp", "2"];

    #[test]
    fn a_board_is_told_of_a_faster_counter_than_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("slow.dtb");
        // At each boot, over the one of the boot before.
        for _ in 0..2 {
            slower("qemu-system-aarch64", &BOARD, "64", &tree).unwrap();
        }
        let asked = Command::new("fdtget")
            .args(["-t", "u"])
            .arg(&tree)
            .args(["/timer", "clock-frequency"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&asked.stdout).trim(), "625000000");
    }

    #[test]
    fn a_board_that_qemu_does_not_know_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("slow.dtb");
        let said = slower("qemu-system-aarch64", &["-M", "abacus"], "64", &tree).unwrap_err();
        assert!(
            said.to_string().contains("unsupported machine type"),
            "{said:#}"
        );
    }
}
