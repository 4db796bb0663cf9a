//! Who has a sound device open. Reads `/proc`; what other accounts hold is seen by root only.

use std::fs;
use std::path::Path;

/// Programs that have this node open, such as `pipewire (812)`, in the order of their numbers.
pub fn holders(proc: &Path, node: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(proc) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let number: u32 = entry.file_name().to_str()?.parse().ok()?;
            let held = fs::read_dir(entry.path().join("fd")).ok()?;
            let is_node = |fd: fs::DirEntry| fs::read_link(fd.path()).is_ok_and(|to| to == node);
            held.flatten().any(is_node).then_some(())?;
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            Some((number, format!("{} ({number})", name.trim())))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_has_a_file_open_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("pcmC0D0c");
        assert_eq!(holders(Path::new("/proc"), &path), Vec::<String>::new());
        let _held = fs::File::create(&path).unwrap();
        let own = format!("({})", std::process::id());
        let found = holders(Path::new("/proc"), &path);
        assert!(
            matches!(&found[..], [one] if one.ends_with(&own)),
            "{found:?}"
        );
    }
}
