//! The bill of this workspace's own programs, held against what CycloneDX 1.6 demands and against Cargo.lock.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn printed() -> Vec<u8> {
    let own = env!("CARGO_BIN_EXE_package-sbom");
    let mut command = Command::new(own);
    command.args([
        "--arch",
        "amd64",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--at",
        "1764381600",
    ]);
    command.args(["--libraries", "libasound2 (>= 1.0.16), libc6 (>= 2.34)"]);
    // What stands in for the file matters to its checksum alone.
    let folder = tempfile::tempdir().unwrap();
    for (of, name) in [
        ("roomd", "roomd"),
        ("roomctl", "roomctl"),
        ("call-browser", "browser-keeper"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, name).unwrap();
        command
            .arg("--program")
            .arg(format!("{of}={}", file.display()));
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn the_bill_has_what_the_format_demands() {
    let bytes = printed();
    assert_eq!(bytes, printed(), "the same twice");
    let bom: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(text(&bom, "bomFormat"), "CycloneDX");
    assert_eq!(text(&bom, "specVersion"), "1.6");
    assert_eq!(bom["version"], 1);
    let serial = text(&bom, "serialNumber")
        .strip_prefix("urn:uuid:")
        .unwrap();
    let parts: Vec<usize> = serial.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert!(is_hex(&serial.replace('-', ""), 32));
    assert_eq!(text(&bom["metadata"], "timestamp"), "2025-11-29T02:00:00Z");

    let components = bom["components"].as_array().unwrap();
    let mut references = BTreeSet::from([text(&bom["metadata"]["component"], "bom-ref")]);
    for component in components {
        assert!(["application", "library"].contains(&text(component, "type")));
        assert!(!text(component, "name").is_empty());
        assert!(
            references.insert(text(component, "bom-ref")),
            "twice: {component}"
        );
        for hash in component["hashes"].as_array().into_iter().flatten() {
            assert_eq!(text(hash, "alg"), "SHA-256");
            assert!(is_hex(text(hash, "content"), 64), "{hash}");
        }
        for license in component["licenses"].as_array().into_iter().flatten() {
            match license.get("license") {
                Some(named) => assert!(!text(named, "name").is_empty()),
                None => assert!(!text(license, "expression").contains('/'), "{license}"),
            }
        }
    }
    let mut told = BTreeSet::new();
    for uses in bom["dependencies"].as_array().unwrap() {
        assert!(told.insert(text(uses, "ref")));
        for used in uses["dependsOn"].as_array().unwrap() {
            assert!(
                references.contains(used.as_str().unwrap()),
                "{used} is no component"
            );
        }
    }
    assert_eq!(told, references, "each component says what it uses");
}

#[test]
fn the_bill_names_what_is_linked_and_nothing_else() {
    let bom: Value = serde_json::from_slice(&printed()).unwrap();
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let components = bom["components"].as_array().unwrap();
    let named = |name: &str| {
        components
            .iter()
            .filter(|component| component["name"] == name)
            .count()
    };
    for name in [
        "tokio",
        "rustls",
        "room-core",
        "rust-std",
        "libasound2",
        "browser-keeper",
    ] {
        assert!(named(name) > 0, "{name} is missing");
    }
    // Tests, the compiler's helpers, another system.
    for name in [
        "room-sim",
        "expect-test",
        "serde_derive",
        "windows-sys",
        "package-sbom",
    ] {
        assert_eq!(named(name), 0, "{name} is linked nowhere");
    }
    let crates = components.iter().filter(|one| {
        one["purl"]
            .as_str()
            .is_some_and(|purl| purl.starts_with("pkg:cargo/"))
    });
    let mut count = 0;
    for one in crates {
        let locked = format!(
            "name = \"{}\"\nversion = \"{}\"\n",
            text(one, "name"),
            text(one, "version")
        );
        let rest = lock
            .split_once(&locked)
            .unwrap_or_else(|| panic!("not locked: {one}"))
            .1;
        let sum = rest
            .split_once("checksum = \"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap();
        assert_eq!(text(&one["hashes"][0], "content"), sum);
        assert_eq!(one["licenses"].as_array().map(Vec::len), Some(1), "{one}");
        count += 1;
    }
    assert!(count > 100, "only {count} crates");
}
