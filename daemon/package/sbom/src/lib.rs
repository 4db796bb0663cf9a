//! The package's bill of materials as CycloneDX 1.6: what it is made from, as plain values, and the text made of them.
//! Knows no cargo and no files; `main.rs` asks those.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// One crate that is linked into a program, named as cargo names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What is known of a crate.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What its makers say of its licence; older crates write `/` for OR.
    pub license: Option<String>,
    /// Where no expression says it, the file of the crate that holds its text.
    pub license_file: Option<String>,
    /// SHA-256 of the crate's file at crates.io, in hexadecimal; none for what is the project's own.
    pub checksum: Option<String>,
    /// One sentence of its makers.
    pub description: Option<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// Which crates it uses, of those that are linked.
    pub uses: BTreeSet<Crate>,
}

/// A program of the package.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file that is in the package, in hexadecimal.
    pub sha256: String,
    /// The crate that it is built from.
    pub of: Crate,
}

/// A package of the distribution whose library the programs load, as `libasound2 (>= 1.0.16)`.
pub type Library = String;

/// Everything that goes into the text.
#[derive(Debug, Clone)]
pub struct Package {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of the processor.
    pub arch: String,
    /// When its sources were last changed, RFC 3339 in UTC.
    pub at: String,
    /// The compiler's version, whose standard library is linked everywhere.
    pub rust: String,
    /// Its programs.
    pub programs: Vec<Program>,
    /// Crates that are linked into any of them.
    pub crates: BTreeMap<Crate, Facts>,
    /// Libraries of the distribution.
    pub libraries: Vec<Library>,
}

/// The text: the same for the same package, byte for byte.
#[must_use]
pub fn bom(package: &Package) -> Value {
    let root = format!(
        "pkg:deb/roomd/{}@{}?arch={}",
        package.name, package.version, package.arch
    );
    let std = format!("pkg:generic/rust-std@{}", package.rust);
    let mut components: Vec<Value> = package.programs.iter().map(program).collect();
    components.extend(package.crates.iter().map(component));
    components.push(json!({
        "type": "library", "bom-ref": std, "name": "rust-std", "version": package.rust, "purl": std,
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
    }));
    components.extend(package.libraries.iter().map(|library| loaded(library)));

    let mut uses: Vec<Value> = vec![json!({
        "ref": root,
        "dependsOn": package.programs.iter().map(|program| file(&program.name)).collect::<Vec<_>>(),
    })];
    let libraries = package
        .libraries
        .iter()
        .map(|library| purl_of_library(library));
    let libraries: Vec<String> = libraries.collect();
    uses.extend(package.programs.iter().map(|program| {
        let mut all = vec![
            reference(&program.of, package.crates.get(&program.of)),
            std.clone(),
        ];
        all.extend(libraries.iter().cloned());
        json!({"ref": file(&program.name), "dependsOn": all})
    }));
    uses.extend(package.crates.iter().map(|(name, facts)| {
        let linked = facts
            .uses
            .iter()
            .filter_map(|used| package.crates.get_key_value(used));
        let all: Vec<String> = linked
            .map(|(used, facts)| reference(used, Some(facts)))
            .collect();
        json!({"ref": reference(name, Some(facts)), "dependsOn": all})
    }));
    let leaves = libraries.iter().chain([&std]);
    uses.extend(leaves.map(|leaf| json!({"ref": leaf, "dependsOn": []})));

    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": package.at,
            "component": {
                "type": "application", "bom-ref": root, "name": package.name, "version": package.version, "purl": root,
                "licenses": [{"expression": "Apache-2.0"}],
            },
        },
        "components": components,
        "dependencies": uses,
    });
    bom["serialNumber"] = json!(serial(&bom.to_string()));
    bom
}

fn program(program: &Program) -> Value {
    json!({
        "type": "application", "bom-ref": file(&program.name), "name": program.name, "version": program.of.version,
        "licenses": [{"expression": "Apache-2.0"}],
        "hashes": [{"alg": "SHA-256", "content": program.sha256}],
    })
}

fn component((name, facts): (&Crate, &Facts)) -> Value {
    let purl = reference(name, Some(facts));
    let mut component = json!({
        "type": "library", "bom-ref": purl, "name": name.name, "version": name.version, "purl": purl, "scope": "required",
    });
    if let Some(license) = &facts.license {
        component["licenses"] = json!([{"expression": expression(license)}]);
    } else if let Some(file) = &facts.license_file {
        component["licenses"] =
            json!([{"license": {"name": format!("as in the crate's file {file}")}}]);
    }
    if let Some(checksum) = &facts.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(description) = &facts.description {
        component["description"] =
            json!(description.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(repository) = &facts.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}

fn loaded(library: &str) -> Value {
    let purl = purl_of_library(library);
    json!({"type": "library", "bom-ref": purl, "name": package_name(library), "purl": purl, "scope": "required"})
}

fn package_name(library: &str) -> &str {
    library.split_whitespace().next().unwrap_or(library)
}

fn purl_of_library(library: &str) -> String {
    format!("pkg:deb/debian/{}", package_name(library))
}

fn file(program: &str) -> String {
    format!("file:/usr/bin/{program}")
}

/// As the package-url specification writes a crate; what has no checksum did not come from crates.io.
fn reference(name: &Crate, facts: Option<&Facts>) -> String {
    let version = name.version.replace('+', "%2B");
    match facts.is_some_and(|facts| facts.checksum.is_some()) {
        true => format!("pkg:cargo/{}@{version}", name.name),
        false => format!("pkg:generic/roomd/{}@{version}", name.name),
    }
}

/// An expression of SPDX: `/` is what crates wrote before there was one.
fn expression(license: &str) -> String {
    let parts: Vec<&str> = license.split('/').map(str::trim).collect();
    parts.join(" OR ")
}

/// A UUID of version 8, out of the text itself: two builds of one commit give themselves the same.
fn serial(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let hex = hex::encode(bytes);
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
