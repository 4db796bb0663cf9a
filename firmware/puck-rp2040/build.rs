//! Puts the chip's memory map where the linker finds it, and tells the image what it was built for.

use std::{env, fs, path::PathBuf};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    fs::write(out.join("memory.x"), include_bytes!("memory.x"))
        .expect("cargo's folder takes files");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rerun-if-changed=memory.x");
    for argument in ["--nmagic", "-Tlink.x", "-Tlink-rp.x"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    let (display, line) = (either("oled", "tft"), either("usb", "uart"));
    let version = match (on("yesterday"), on("tomorrow")) {
        (true, _) => "0.1.9",
        (false, true) => "0.9.9",
        (false, false) => env!("CARGO_PKG_VERSION"),
    };
    println!("cargo:rustc-env=PUCK_VERSION={version}");
    println!("cargo:rustc-env=PUCK_MARKER=roomd-table-button/1 rp2040 {display} {line} {version}");
}

fn either(one: &'static str, other: &'static str) -> &'static str {
    match (on(one), on(other)) {
        (true, false) => one,
        (false, true) => other,
        (true, true) | (false, false) => panic!("build either for {one} or for {other}"),
    }
}

fn on(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some()
}
