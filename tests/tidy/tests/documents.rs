//! Documents stay true: links lead somewhere, every dependency has its line, every folder is on the map.

use std::fs;
use tidy::{files, root, shown};

fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        if let Some(end) = rest.find(')') {
            found.push(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(".", &[".md"]) {
        let text = fs::read_to_string(&path).expect("a document is readable text");
        for link in links(&text) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            let target = path.parent().unwrap_or(&path).join(file);
            if !target.exists() {
                broken.push(format!("{}: {link}", shown(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_dependency_has_its_reason_in_the_architecture() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace manifest");
    let architecture =
        fs::read_to_string(root().join("daemon/ARCHITECTURE.md")).expect("the architecture page");
    let table = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .expect("the table of dependencies");
    let missing: Vec<&str> = table
        .lines()
        .filter(|line| line.contains('=') && !line.contains("path ="))
        .filter_map(|line| line.split('=').next())
        .map(str::trim)
        .filter(|name| !architecture.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "no line in daemon/ARCHITECTURE.md for: {}",
        missing.join(", ")
    );
}

#[test]
fn the_readme_maps_every_crate() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    for folder in ["daemon", "firmware", "tests"] {
        for entry in fs::read_dir(root().join(folder))
            .expect("a folder of crates")
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().join("Cargo.toml").exists() {
                assert!(
                    readme.contains(&name),
                    "README.md does not say what {folder}/{name} is"
                );
            }
        }
    }
}

#[test]
fn the_top_level_is_as_agreed() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "boards",
        "daemon",
        "firmware",
        "tests",
        "udev",
    ];
    for entry in fs::read_dir(root()).expect("the repository").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let known = allowed.contains(&name.as_str()) || name.starts_with('.') || name == "target";
        assert!(known, "{name} does not belong at the top level");
    }
}
