//! The pages that packs are tried on, found by listing `tests/pages/<service>`: `rules*.html` holds small pages for single
//! rules, `story-*.html` are whole documents. Knows no service.

use std::path::{Path, PathBuf};

/// The folder of a service's pages.
pub fn folder(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pages")
        .join(service)
}

/// The text of every file with pages for single rules, by name.
pub fn rules(service: &str) -> Vec<String> {
    named(service, "rules")
        .into_iter()
        .map(|path| read(&path))
        .collect()
}

/// A whole document: `story("stage", "late")` is `stage/story-late.html`.
pub fn story(service: &str, name: &str) -> String {
    read(&folder(service).join(format!("story-{name}.html")))
}

fn named(service: &str, start: &str) -> Vec<PathBuf> {
    let folder = folder(service);
    let Ok(list) = std::fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.unwrap().path()).collect();
    let fits = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(start) && name.ends_with(".html"))
    };
    paths.retain(|path| fits(path));
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
