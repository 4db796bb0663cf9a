//! Who may know whom, held against `cargo metadata`. The table below is the drawing of `daemon/ARCHITECTURE.md`.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

/// Crate, and the workspace crates it may use outside its tests.
const MAY_USE: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("puck-ui", &["wire"]),
    ("puck-parts", &["puck-ui", "wire"]),
    ("puck-image", &[]),
    ("room-api", &[]),
    ("fleet-proto", &[]),
    ("fleet-agent", &["fleet-proto", "releases"]),
    ("texts", &[]),
    ("codes", &[]),
    ("usb-place", &[]),
    ("http-listen", &[]),
    ("pairing", &[]),
    (
        "fleetd",
        &[
            "config-files",
            "fleet-agent",
            "fleet-proto",
            "http-listen",
            "puck-image",
            "releases",
            "room-profile",
            "service-packs",
            "texts",
        ],
    ),
    ("room-core", &[]),
    ("calendar", &[]),
    ("practice", &["http-listen", "texts"]),
    ("transforms", &[]),
    ("preflight", &["codes", "texts", "transforms"]),
    ("sound-line", &[]),
    ("preflight-probe", &["preflight", "sound-line"]),
    ("service-packs", &[]),
    ("releases", &[]),
    ("upgrade", &["fleet-proto", "releases"]),
    ("identity", &[]),
    ("room-profile", &["identity", "room-core"]),
    (
        "commission",
        &["codes", "preflight", "room-core", "room-profile", "texts"],
    ),
    (
        "commission-page",
        &[
            "codes",
            "commission",
            "http-listen",
            "pairing",
            "preflight",
            "texts",
        ],
    ),
    (
        "config-files",
        &["calendar", "drv-display", "identity", "room-profile"],
    ),
    ("drv-audio", &["room-core", "transforms", "usb-place"]),
    ("drv-display", &["room-core"]),
    ("drv-gpio", &["room-core"]),
    ("drv-hid", &["room-core"]),
    ("drv-panel", &["room-core"]),
    ("drv-camera", &["room-core", "usb-place"]),
    ("drv-ptz", &["room-core"]),
    ("drv-puck", &["puck-image", "room-core", "wire"]),
    ("ptz-setup", &["drv-ptz", "room-core", "room-profile"]),
    ("call-browser", &["room-core"]),
    ("pack-check", &["call-browser"]),
    ("package-sbom", &[]),
    (
        "roomctl",
        &[
            "calendar",
            "call-browser",
            "codes",
            "commission",
            "commission-page",
            "config-files",
            "drv-audio",
            "drv-camera",
            "identity",
            "drv-display",
            "drv-ptz",
            "drv-puck",
            "http-listen",
            "pack-check",
            "practice",
            "preflight",
            "preflight-probe",
            "ptz-setup",
            "room-api",
            "room-core",
            "room-profile",
            "drv-gpio",
            "drv-hid",
            "drv-panel",
            "service-packs",
        ],
    ),
    ("call-contract", &["room-core"]),
    ("call-sip", &["room-core"]),
    (
        "roomd",
        &[
            "calendar",
            "call-browser",
            "call-contract",
            "call-sip",
            "codes",
            "config-files",
            "drv-audio",
            "drv-display",
            "drv-gpio",
            "drv-hid",
            "drv-panel",
            "drv-camera",
            "drv-ptz",
            "drv-puck",
            "fleet-agent",
            "fleet-proto",
            "http-listen",
            "identity",
            "pairing",
            "practice",
            "preflight",
            "preflight-probe",
            "ptz-setup",
            "releases",
            "room-api",
            "room-core",
            "room-profile",
            "service-packs",
            "texts",
            "upgrade",
            "wire",
        ],
    ),
];

/// Crates that decide without I/O: what they may pull in from outside, all told.
const PURE: &[(&str, &[&str])] = &[
    ("room-core", &["serde"]),
    ("codes", &["maud"]),
    (
        "preflight",
        &["codes", "maud", "serde", "texts", "transforms"],
    ),
    ("texts", &["fluent-bundle", "fluent-syntax", "unic-langid"]),
    (
        "puck-parts",
        &[
            "display-interface",
            "embassy-futures",
            "embassy-sync",
            "embedded-graphics",
            "embedded-hal",
            "embedded-hal-async",
            "heapless",
            "mipidsi",
            "puck-ui",
            "ssd1306",
            "wire",
        ],
    ),
    (
        "commission",
        &[
            "codes",
            "maud",
            "preflight",
            "room-core",
            "room-profile",
            "serde",
            "serde_json",
            "texts",
            "thiserror",
            "toml",
        ],
    ),
    (
        "puck-ui",
        &["embedded-graphics", "heapless", "u8g2-fonts", "wire"],
    ),
    ("room-api", &["serde"]),
    (
        "releases",
        &[
            "base64",
            "chrono",
            "hex",
            "ring",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
        ],
    ),
    ("service-packs", &["base64", "minisign-verify", "thiserror"]),
    (
        "wire",
        &["cobs", "crc", "postcard", "postcard-schema", "serde"],
    ),
];

fn dependencies() -> BTreeMap<String, (bool, Vec<String>)> {
    let metadata = MetadataCommand::new()
        .manifest_path(tidy::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata reads the workspace");
    metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let below_tests = package
                .manifest_path
                .strip_prefix(tidy::root().to_string_lossy().as_ref())
                .is_ok_and(|path| path.starts_with("tests"));
            let used = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), (below_tests, used))
        })
        .collect()
}

#[test]
fn every_product_crate_uses_only_the_layers_below_it() {
    let all = dependencies();
    let mut wrong = Vec::new();
    for (name, (below_tests, used)) in &all {
        if *below_tests {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(crate_name, _)| crate_name == name) else {
            wrong.push(format!("{name}: not in the table of layers"));
            continue;
        };
        for dependency in used
            .iter()
            .filter(|dependency| all.contains_key(*dependency))
        {
            if !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("{name} must not know {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_layers_names_no_crate_that_is_gone() {
    let all = dependencies();
    for (name, _) in MAY_USE {
        assert!(
            all.contains_key(*name),
            "{name} is in the table but not in the workspace"
        );
    }
}

#[test]
fn pure_crates_stay_pure() {
    let all = dependencies();
    for (name, allowed) in PURE {
        let (_, used) = &all[*name];
        for dependency in used {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} is pure and must not pull in {dependency}"
            );
        }
    }
}
