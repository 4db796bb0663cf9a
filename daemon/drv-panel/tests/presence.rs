//! A panel that is not there: told once by its reason, waited for, and let go when nobody needs it.

use drv_panel::{Config, Driver, Kind, Place, Sample, Tongue, Wiring, channel, sample, supervise};
use room_core::event::{Event, FittingSeen};
use room_core::failure::FittingFailure;
use room_core::ids::FittingId;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Beyond this nothing is waited for.
const LIMIT: Duration = Duration::from_secs(20);

fn config(kind: Kind, bus: &Path) -> Config {
    Config {
        id: FittingId::new("panel.door"),
        kind,
        wiring: Wiring {
            driver: Driver::Kernel,
            bus: bus.to_owned(),
            address: 0x3C,
            data: None,
            reset: Some(Place::Named("no-such-line".to_owned())),
            busy: None,
            light: None,
        },
    }
}

async fn first_word(kind: Kind, bus: &Path) -> Option<Event> {
    let (handle, inbox) = channel();
    handle.show(sample(Sample::Free, Tongue::German));
    let (out, mut events) = mpsc::channel(8);
    let driver = tokio::spawn(supervise(config(kind, bus), inbox, out));
    let said = timeout(LIMIT, events.recv()).await;
    drop(handle);
    let ended = timeout(LIMIT, driver).await;
    assert!(
        ended.is_ok_and(|ended| ended.is_ok()),
        "without a handle it ends"
    );
    said.expect("it is told in time")
}

fn gone(why: FittingFailure) -> Option<Event> {
    let id = FittingId::new("panel.door");
    Some(Event::Fitting(id, FittingSeen::Gone(why)))
}

#[tokio::test]
async fn a_bus_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("i2c-9");
    assert_eq!(
        first_word(Kind::Ssd1306, &nowhere).await,
        gone(FittingFailure::Absent)
    );
}

#[tokio::test]
async fn what_is_no_bus_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("spidev0.0");
    std::fs::write(&file, "no bus").expect("a file");
    assert_eq!(
        first_word(Kind::St7789, &file).await,
        gone(FittingFailure::Broken)
    );
}
