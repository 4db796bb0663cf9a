//! A daemon that somebody else has taken over, or a list that somebody else has made: by name, and that nothing is installed.

use crate::stage::{Stage, custom, text};
use chrono::{Duration as Days, Utc};
use releases::{Custom, Kind, Listed, TargetName};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use upgrade::{ARCHITECTURE, Places};

const OTHER_MACHINE: &str = match cfg!(target_arch = "aarch64") {
    true => "amd64",
    false => "arm64",
};

/// Refuses, changes nothing, and keeps nothing that was brought.
fn refused(stage: &Stage, code: &str) {
    stage.refuses(1, code);
    assert_eq!(stage.installs(), 0, "{code}: {:?}", stage.calls());
    assert_eq!(stage.installed(), "installed ok 1.0", "{code}");
    assert_eq!(stage.packages(), [""; 0], "{code}");
}

fn ready() -> Stage {
    let stage = Stage::new();
    stage.bring("2.0");
    stage
}

/// A list with this package as the one target of version 2.0.
fn listing(package: &[u8], custom: Custom, architecture: &str) -> Stage {
    let stage = ready();
    let name = TargetName::packages("roomd", "2.0").unwrap();
    let name = name.for_machine(architecture).unwrap();
    let targets = [(name, Listed::of(package, Some(custom)))].into();
    let list = stage.signed(targets, Utc::now() + Days::days(30));
    stage.bring_list(&list);
    fs::write(stage.brought(Places::NEW), package).unwrap();
    stage
}

#[test]
fn a_file_that_was_swapped_after_the_daemons_check() {
    let stage = ready();
    let mut other = stage.package("2.0");
    other[0] ^= 1;
    fs::write(stage.brought(Places::NEW), other).unwrap();
    refused(&stage, "release-altered");
}

#[test]
fn a_file_that_is_cut_off_and_one_that_never_ends() {
    let stage = ready();
    let short = &stage.package("2.0")[1..];
    fs::write(stage.brought(Places::NEW), short).unwrap();
    refused(&stage, "release-truncated");
    let stage = ready();
    let giant = fs::File::create(stage.brought(Places::NEW)).unwrap();
    giant.set_len(1 << 40).unwrap();
    refused(&stage, "release-oversized");
}

#[test]
fn a_signed_package_of_another_name() {
    for package in ["bash", "roomd-tools"] {
        let bytes = text(package, "2.0", ARCHITECTURE);
        refused(
            &listing(&bytes, custom("2.0", ARCHITECTURE), ARCHITECTURE),
            "release-other-package",
        );
    }
    // What the list says of it is looked at as well.
    let bytes = text("roomd", "2.0", ARCHITECTURE);
    let of = |of: &str, kind: Kind| Custom {
        of: of.to_owned(),
        kind,
        ..custom("2.0", ARCHITECTURE)
    };
    for custom in [
        of("bash", Kind::Package),
        of("roomd", Kind::JoinPack),
        of("roomd", Kind::Unknown),
    ] {
        refused(
            &listing(&bytes, custom, ARCHITECTURE),
            "release-other-package",
        );
    }
}

#[test]
fn a_signed_package_under_another_versions_name() {
    let bytes = text("roomd", "3.0", ARCHITECTURE);
    refused(
        &listing(&bytes, custom("2.0", ARCHITECTURE), ARCHITECTURE),
        "release-other-package",
    );
    refused(
        &listing(&bytes, custom("3.0", ARCHITECTURE), ARCHITECTURE),
        "release-other-package",
    );
}

#[test]
fn a_signed_package_for_another_machine() {
    let bytes = text("roomd", "2.0", OTHER_MACHINE);
    refused(
        &listing(&bytes, custom("2.0", OTHER_MACHINE), OTHER_MACHINE),
        "release-other-machine",
    );
    refused(
        &listing(&bytes, custom("2.0", OTHER_MACHINE), ARCHITECTURE),
        "release-other-machine",
    );
    refused(
        &listing(&bytes, custom("2.0", ARCHITECTURE), ARCHITECTURE),
        "release-other-machine",
    );
}

#[test]
fn a_version_that_is_not_newer() {
    for installed in ["2.0", "2.0.1", "10.0"] {
        let stage = ready();
        stage.install_by_hand(installed);
        stage.refuses(1, "release-not-newer");
        assert_eq!(stage.installs(), 0);
        assert_eq!(stage.installed(), format!("installed ok {installed}"));
    }
}

#[test]
fn a_list_that_was_changed_or_signed_by_somebody_else() {
    let stage = ready();
    let path = stage.brought(Places::LIST);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("2.0", "2.1")).unwrap();
    refused(&stage, "release-mixed");

    let (stage, thief) = (ready(), ready());
    fs::copy(thief.brought(Places::LIST), stage.brought(Places::LIST)).unwrap();
    refused(&stage, "release-unknown-key");

    let stage = ready();
    fs::write(stage.brought(Places::LIST), "{ \"secret\": 1 }").unwrap();
    refused(&stage, "release-unreadable");
}

#[test]
fn a_list_whose_time_is_over() {
    let stage = ready();
    let name = TargetName::packages("roomd", "2.0").unwrap();
    let name = name.for_machine(ARCHITECTURE).unwrap();
    let listed = Listed::of(&stage.package("2.0"), Some(custom("2.0", ARCHITECTURE)));
    let list = stage.signed([(name, listed)].into(), Utc::now() - Days::seconds(1));
    stage.bring_list(&list);
    refused(&stage, "release-expired");
}

#[test]
fn a_list_that_is_older_than_one_that_was_trusted() {
    let stage = ready();
    let before = fs::read(stage.brought(Places::LIST)).unwrap();
    stage.list_only(&["1.0"]);
    refused(&stage, "release-not-listed");
    // Version 2.0 was withdrawn; its list from before must not bring it back.
    fs::write(stage.brought(Places::LIST), before).unwrap();
    stage.refuses(2, "release-rolled-back");
    assert_eq!(stage.installs(), 0);
}

#[test]
fn links_and_pipes_in_the_daemons_folder() {
    for name in [Places::NEW, Places::OLD, Places::LIST] {
        let stage = ready();
        let path = stage.brought(name);
        let elsewhere = stage.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        let code = match name {
            Places::OLD => "release-no-way-back",
            _ => "release-missing",
        };
        refused(&stage, code);
    }
    let stage = ready();
    let elsewhere = stage.path().join("elsewhere");
    fs::rename(stage.places.brought(), &elsewhere).unwrap();
    symlink(&elsewhere, stage.places.brought()).unwrap();
    refused(&stage, "release-missing");

    let stage = ready();
    fs::remove_file(stage.brought(Places::NEW)).unwrap();
    nix::unistd::mkfifo(&stage.brought(Places::NEW), nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(&stage, "release-missing");
}

#[test]
fn a_wish_that_is_a_link_or_no_wish() {
    let stage = ready();
    stage.wish(1);
    let elsewhere = stage.path().join("elsewhere");
    fs::rename(stage.places.wish(), &elsewhere).unwrap();
    symlink(&elsewhere, stage.places.wish()).unwrap();
    stage.start(&[]).ends();
    assert!(stage.places.wish().symlink_metadata().is_err(), "taken");
    assert!(elsewhere.exists(), "what it led to stays");
    fs::write(stage.places.wish(), "x".repeat(1 << 20)).unwrap();
    stage.start(&[]).ends();
    assert_eq!(stage.calls(), [""; 0]);
}

#[test]
fn a_root_that_others_could_have_written() {
    let stage = ready();
    fs::set_permissions(&stage.places.root, Permissions::from_mode(0o664)).unwrap();
    refused(&stage, "release-root-unsafe");

    let stage = ready();
    let folder = stage.places.root.parent().unwrap();
    fs::set_permissions(folder, Permissions::from_mode(0o775)).unwrap();
    refused(&stage, "release-root-unsafe");

    let stage = ready();
    let elsewhere = stage.path().join("elsewhere");
    fs::rename(&stage.places.root, &elsewhere).unwrap();
    symlink(&elsewhere, &stage.places.root).unwrap();
    refused(&stage, "release-root-unsafe");
    fs::remove_file(&stage.places.root).unwrap();
    stage.refuses(2, "release-root-unsafe");
}
