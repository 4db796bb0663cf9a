//! What must hold of a room whose power went in the middle of something: it is the room from before or the one from after, never
//! half of either. Pure.

use super::look::{Seen, Version};
use std::collections::BTreeSet;

/// What is wrong with what is seen, between these two rooms; nothing if it is a room.
pub fn faults(before: &Seen, after: &Seen, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, version) in &seen.files {
        let known = [before.files.get(name), after.files.get(name)];
        if !known.contains(&Some(version)) {
            faults.push(format!("{name} is {version:?}, between {known:?}"));
        }
    }
    if seen.room != before.room && seen.room != after.room {
        let half = seen
            .room
            .as_deref()
            .map_or("gone".to_owned(), |text| format!("{text:?}"));
        faults.push(format!(
            "the room's file is neither the old nor the new one, but {half}"
        ));
    }
    for (name, text) in &seen.notes {
        if serde_json::from_str::<serde_json::Value>(text).is_err() {
            faults.push(format!("{name} is half: {} bytes", text.len()));
        }
    }
    for name in before.notes.keys() {
        if after.notes.contains_key(name) && !seen.notes.contains_key(name) {
            faults.push(format!("{name} is gone"));
        }
    }
    for account in &before.accounts {
        if after.accounts.contains(account) && !seen.accounts.contains(account) {
            faults.push(format!("the account {account} is gone"));
        }
    }
    if before.enabled && after.enabled && !seen.enabled {
        faults.push("nothing starts the daemon any more".to_owned());
    }
    faults
}

/// In which state this cut found things, in a few words for the summary.
pub fn state(before: &Seen, after: &Seen, seen: &Seen) -> String {
    // What a machine leaves out of every package is missing before and after.
    let versions = seen.files.values().copied();
    let versions: BTreeSet<Version> = versions.filter(|one| *one != Version::Missing).collect();
    let files = match versions.into_iter().collect::<Vec<_>>()[..] {
        [Version::Old] => "old files",
        [Version::New] => "new files",
        _ => "files of both, each whole",
    };
    if before.files != after.files {
        return format!("{files}, {}", seen.package);
    }
    match seen.room == before.room {
        true if before.room == after.room => "the same room file".to_owned(),
        true => "the old room file".to_owned(),
        false => "the new room file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::ACCOUNTS;
    use super::*;
    use std::collections::BTreeMap;

    fn room(version: Version, text: Option<&str>) -> Seen {
        Seen {
            files: BTreeMap::from([("/usr/bin/roomd".to_owned(), version)]),
            room: text.map(str::to_owned),
            notes: BTreeMap::from([("/var/lib/roomd/memory.json", "{}".to_owned())]),
            accounts: ACCOUNTS.to_vec(),
            enabled: true,
            package: "installed".to_owned(),
        }
    }

    #[test]
    fn the_old_room_and_the_new_one_are_rooms() {
        let (before, after) = (room(Version::Old, None), room(Version::New, Some("b")));
        for version in [Version::Old, Version::New] {
            for text in [None, Some("b")] {
                assert_eq!(faults(&before, &after, &room(version, text)), [""; 0]);
            }
        }
    }

    #[test]
    fn each_way_to_lose_a_room_is_a_fault() {
        let (before, after) = (room(Version::Old, Some("a")), room(Version::New, Some("b")));
        let whole = room(Version::New, Some("b"));
        let mut notes = BTreeMap::from([("/var/lib/roomd/memory.json", String::new())]);
        let lost = [
            room(Version::Half, Some("b")),
            room(Version::Missing, Some("b")),
            room(Version::New, None),
            room(Version::New, Some("")),
            Seen {
                notes: std::mem::take(&mut notes),
                ..whole.clone()
            },
            Seen {
                notes,
                ..whole.clone()
            },
            Seen {
                accounts: vec!["roomd"; 3],
                ..room(Version::New, Some("b"))
            },
            Seen {
                enabled: false,
                ..whole
            },
        ];
        for seen in lost {
            assert!(!faults(&before, &after, &seen).is_empty(), "{seen:?}");
        }
    }
}
