//! The bell, as far as it can be rung without plugging anything: the kernel can be asked to speak of a device again.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use identity::Bell;
use std::time::{Duration, Instant};

#[test]
fn it_hangs_without_rights_and_waits_no_longer_than_it_is_told() {
    let bell = Bell::hang().unwrap();
    let began = Instant::now();
    // Something may be plugged in on this machine meanwhile; then it rings early.
    let rang = bell.heard(Duration::from_millis(200)).unwrap();
    let waited = began.elapsed();
    assert!(rang || waited >= Duration::from_millis(190), "{waited:?}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

#[test]
#[ignore = "needs root, to have the kernel speak"]
fn it_rings_when_the_kernel_speaks_of_a_device() {
    let bell = Bell::hang().unwrap();
    while bell.heard(Duration::ZERO).unwrap() {}
    let asked = std::fs::write("/sys/devices/virtual/mem/null/uevent", "change");
    if let Err(error) = asked {
        assert!(
            std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
            "all tests were asked for, but /sys is closed: {error}"
        );
        eprintln!("SKIPPED: the bell: /sys may not be written: {error}");
        return;
    }
    assert!(bell.heard(Duration::from_secs(5)).unwrap());
    assert!(bell.settled(Duration::ZERO).is_ok());
}
