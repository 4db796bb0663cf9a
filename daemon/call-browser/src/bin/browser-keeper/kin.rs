//! Finds the process that plays and captures for a Chromium, among all that Chromium started. Knows the kernel's `/proc`, and ends
//! nothing.

use nix::unistd::Pid;
use std::fs;

/// What Chromium starts it as (seen with 156).
const AUDIO: &[u8] = b"--utility-sub-type=audio.mojom.AudioService";

/// Processes for sound in a Chromium's process group.
pub fn for_sound(group: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let ours = ids.filter(|id| {
        // Either may be gone by now.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        group_in(&stat) == Some(group) && is_for_sound(&line)
    });
    ours.map(Pid::from_raw).collect()
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
}
