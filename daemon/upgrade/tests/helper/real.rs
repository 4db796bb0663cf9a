//! The helper with Debian's own programs and real packages, in a system of their own below a folder.

use crate::stage::Stage;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use upgrade::{ARCHITECTURE, Is, Outcome};

/// A real package with one file and, where wanted, something that the system does not have.
fn package(version: &str, depends: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("DEBIAN")).unwrap();
    fs::create_dir_all(root.join("usr/bin")).unwrap();
    fs::write(root.join("usr/bin/roomd"), format!("version {version}")).unwrap();
    let control = format!(
        "Package: roomd\nVersion: {version}\nArchitecture: {ARCHITECTURE}\nMaintainer: Test <test@example.org>\n{depends}Description: test\n"
    );
    fs::write(root.join("DEBIAN/control"), control).unwrap();
    let file = folder.path().join("made.deb");
    let built = Command::new("dpkg-deb")
        .args(["--root-owner-group", "-Zgzip", "--build"])
        .args([&root, &file])
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    fs::read(file).unwrap()
}

/// A system in which 1.0 is installed, with 2.0 as it is said.
fn system(depends: &str) -> Stage {
    let stage = Stage::new();
    stage.made("1.0", package("1.0", ""));
    stage.made("2.0", package("2.0", depends));
    stage.list_only(&["1.0", "2.0"]);
    stage.bring("2.0");
    let dpkg = stage.path().join("var/lib/dpkg");
    for folder in ["updates", "info", "triggers"] {
        fs::create_dir_all(dpkg.join(folder)).unwrap();
    }
    fs::write(dpkg.join("status"), "").unwrap();
    programs(&stage, "");
    let file = stage.path().join("first.deb");
    fs::write(&file, stage.package("1.0")).unwrap();
    let dpkg = stage.path().join("programs/dpkg");
    let done = Command::new(dpkg)
        .arg("--install")
        .arg(file)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(version(&stage), "version 1.0");
    stage
}

/// Debian's programs, told where the system is; `first` is what dpkg does before.
fn programs(stage: &Stage, first: &str) {
    let root = stage.path().display().to_string();
    // Whoever is not root is taken for root by the programs that they call.
    let as_root = match nix::unistd::geteuid().is_root() {
        true => "",
        false => "/usr/bin/fakeroot ",
    };
    let words = format!("--root={root} --force-not-root --force-bad-path --log=/dev/null");
    for (name, text) in [
        (
            "dpkg",
            format!("{first}exec {as_root}/usr/bin/dpkg {words} \"$@\"\n"),
        ),
        (
            "dpkg-query",
            format!("exec /usr/bin/dpkg-query --root={root} \"$@\"\n"),
        ),
        ("dpkg-deb", "exec /usr/bin/dpkg-deb \"$@\"\n".to_owned()),
        ("systemctl", String::new()),
    ] {
        let path = stage.path().join("programs").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
}

fn version(stage: &Stage) -> String {
    fs::read_to_string(stage.path().join("usr/bin/roomd")).unwrap()
}

fn status(stage: &Stage) -> String {
    let text = fs::read_to_string(stage.path().join("var/lib/dpkg/status")).unwrap();
    let line = |start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap()
            .to_owned()
    };
    format!("{} {}", line("Status"), line("Version"))
}

#[test]
fn a_real_package_is_installed_and_one_that_does_not_prove_itself_is_gone_back_from() {
    let stage = system("");
    stage.wish(1);
    let helper = stage.start(&[]);
    stage.until_step("proving");
    assert_eq!(version(&stage), "version 2.0");
    let code = "release-canary".parse().unwrap();
    stage.says(1, "2.0", Is::Failed { code });
    helper.ends();
    assert_eq!(version(&stage), "version 1.0");
    assert_eq!(status(&stage), "Status: install ok installed Version: 1.0");

    stage.wish(2);
    let helper = stage.start(&[]);
    stage.until_step("proving");
    stage.says(2, "2.0", Is::Proven {});
    helper.ends();
    assert_eq!(stage.outcome(2), Some(Outcome::Proven {}));
    assert_eq!(version(&stage), "version 2.0");
}

#[test]
fn a_real_package_that_needs_what_the_system_does_not_have_leaves_the_old_one_whole() {
    let stage = system("Depends: what-nobody-has\n");
    stage.wish(1);
    stage.start(&[]).ends();
    let code = "release-not-installed".parse().unwrap();
    assert_eq!(stage.outcome(1), Some(Outcome::Failed { code }));
    assert_eq!(version(&stage), "version 1.0");
    assert_eq!(status(&stage), "Status: install ok installed Version: 1.0");
}

#[test]
fn a_real_package_that_a_power_cut_left_unpacked_is_brought_to_its_end() {
    let stage = system("");
    // Unpacked, and then the power goes.
    let cut = format!(
        "case \"$*\" in *--install*) for file; do :; done; /usr/bin/dpkg --root={} --force-not-root --force-bad-path --log=/dev/null --unpack \"$file\" && kill -9 $PPID; exit 1;; esac\n",
        stage.path().display()
    );
    programs(&stage, &cut);
    stage.wish(1);
    stage.start(&[]).dies();
    assert_eq!(status(&stage), "Status: install ok unpacked Version: 2.0");
    programs(&stage, "");
    let helper = stage.start(&[]);
    stage.until_step("proving");
    stage.says(1, "2.0", Is::Proven {});
    helper.ends();
    assert_eq!(stage.outcome(1), Some(Outcome::Proven {}));
    assert_eq!(status(&stage), "Status: install ok installed Version: 2.0");
}
