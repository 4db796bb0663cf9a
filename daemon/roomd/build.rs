//! Packs the daemon's relocations (RELR, of glibc since 2.36): written out they are 2 MB of file that an idle daemon keeps in memory.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bin=roomd=-Wl,-z,pack-relative-relocs");
    }
}
