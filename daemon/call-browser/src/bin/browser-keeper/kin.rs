//! What the kernel says of all that a Chromium started: which of it plays and captures, how much it has worked. Knows `/proc`, and
//! ends nothing.

use nix::unistd::Pid;
use std::fs;
use std::time::Duration;

/// What Chromium starts it as (seen with 156).
const AUDIO: &[u8] = b"--utility-sub-type=audio.mojom.AudioService";

/// The kernel's ticks in a second as `/proc` counts them (USER_HZ), on every architecture of rooms.
const TICKS: u64 = 100;

/// Processes for sound in a Chromium's process group.
pub fn for_sound(group: u32) -> Vec<Pid> {
    let ours = ids().filter(|id| {
        // Either may be gone by now.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        group_in(&stat) == Some(group) && is_for_sound(&line)
    });
    ours.map(Pid::from_raw).collect()
}

/// How much time of the processor a Chromium's process group has had; what ended and was not waited for is missing.
pub fn worked(group: u32) -> Duration {
    let lines = ids().filter_map(|id| fs::read_to_string(format!("/proc/{id}/stat")).ok());
    let ours = lines.filter(|stat| group_in(stat) == Some(group));
    let ticks: u64 = ours.filter_map(|stat| ticks_in(&stat)).sum();
    Duration::from_millis(ticks.saturating_mul(1000 / TICKS))
}

fn ids() -> impl Iterator<Item = i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A process's own time and that of its children that ended, in the kernel's ticks.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    // The 14th to the 17th field of the line, two of which stand before this part.
    let times = rest.split_whitespace().skip(11).take(4);
    times.map(|time| time.parse::<u64>().ok()).sum()
}

/// The process group in a line of `/proc/PID/stat` (proc(5)). The program's name before it may hold spaces and brackets.
fn group_in(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(2)?.parse().ok()
}

/// Whether a command line, arguments ended by zero bytes or spaces, is that of a process for sound. Chromium's children rewrite
/// theirs with spaces.
fn is_for_sound(line: &[u8]) -> bool {
    let mut arguments = line.split(|byte| matches!(byte, 0 | b' '));
    arguments.any(|argument| argument == AUDIO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_by_its_group_and_by_what_it_was_started_as() {
        assert_eq!(
            group_in("4352 (chro) mium) S 4071 4071 4071 0 -1"),
            Some(4071)
        );
        assert_eq!(group_in("4352 (chromium"), None);
        assert_eq!(group_in(""), None);
        for line in [
            &b"/usr/lib/chromium/chromium\0--type=utility\0--utility-sub-type=audio.mojom.AudioService\0"[..],
            b"/usr/lib/chromium/chromium --type=utility --utility-sub-type=audio.mojom.AudioService --lang=de",
        ] {
            assert!(is_for_sound(line));
        }
        for line in [
            &b"chromium\0--type=utility\0--utility-sub-type=network.mojom.NetworkService\0"[..],
            b"chromium\0https://example.org/--utility-sub-type=audio.mojom.AudioService\0",
            b"",
        ] {
            assert!(!is_for_sound(line));
        }
    }

    #[test]
    fn a_group_works_as_much_as_its_processes_do() {
        let line = "4352 (chro) mium) S 1 4071 4071 0 -1 4194560 9 8 7 6 250 50 20 3 20 0 1 0 99";
        assert_eq!(ticks_in(line), Some(323));
        assert_eq!(ticks_in("4352 (chromium) S 1"), Some(0));
        assert_eq!(ticks_in("4352 (chromium"), None);

        let mine = u32::try_from(nix::unistd::getpgrp().as_raw()).unwrap();
        let before = worked(mine);
        let busy = std::time::Instant::now();
        // Until the kernel has counted it, on a machine with other things to do.
        while worked(mine) < before + Duration::from_millis(50) {
            assert!(busy.elapsed() < Duration::from_secs(60), "{before:?}");
        }
    }
}
