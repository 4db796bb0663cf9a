//! The driver on the kernel's own devices, in the lab's guest: an SSD1306 behind a USB adapter for I2C, and the framebuffer of a
//! graphics card, read back.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod controller;

use controller::{Controller, lit};
use drv_panel::{
    Config, Driver, Kind, Sample, Tongue, Wiring, channel, decode, picture, sample, supervise,
};
use lab_guest::i2c::{Bus, Chip};
use lab_guest::module::Module;
use lab_guest::udev;
use room_core::event::{Event, FittingSeen};
use room_core::failure::FittingFailure;
use room_core::ids::FittingId;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

const SOON: Duration = Duration::from_secs(20);
const ADDRESS: u8 = 0x3C;

impl Chip for Controller {
    fn written(&mut self, bytes: &[u8]) {
        self.take(bytes);
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        vec![0; count]
    }
}

fn config(kind: Kind, driver: Driver, bus: &Path) -> Config {
    Config {
        id: FittingId::new("panel.door"),
        kind,
        wiring: Wiring {
            driver,
            bus: bus.to_owned(),
            address: ADDRESS,
            data: None,
            reset: None,
            busy: None,
            light: None,
        },
    }
}

async fn told(events: &mut mpsc::Receiver<Event>) -> FittingSeen {
    let event = timeout(SOON, events.recv()).await;
    match event.expect("it is told in time") {
        Some(Event::Fitting(_, seen)) => seen,
        other => panic!("{other:?}"),
    }
}

async fn becomes(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Red, green and blue of each pixel, as the kernel has them.
fn screen() -> Vec<u8> {
    let bytes = std::fs::read("/dev/fb0").unwrap();
    let pixels = bytes.chunks(4);
    pixels
        .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]])
        .collect()
}

fn shows_what_was_drawn(driver: Driver) {
    let bus = Bus::plug(SOON).unwrap();
    let controller = Controller::new();
    // The bus outlives the driver: the kernel lets nobody pull an adapter that is held.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (handle, inbox) = channel();
        let (out, mut events) = mpsc::channel(8);
        handle.show(sample(Sample::Muted, Tongue::German));
        let config = config(Kind::Ssd1306, driver, bus.node());
        let driver = tokio::spawn(supervise(config, inbox, out));
        let nobody = FittingSeen::Gone(FittingFailure::Absent);
        assert_eq!(told(&mut events).await, nobody);
        bus.attach(ADDRESS, controller.clone());
        assert_eq!(told(&mut events).await, FittingSeen::Here);
        let shows = |which| controller.seen() == Some(lit(&sample(which, Tongue::German)));
        assert!(shows(Sample::Muted));
        handle.show(sample(Sample::Live, Tongue::German));
        becomes("the open microphone", || shows(Sample::Live)).await;
        drop(handle);
        timeout(SOON, driver).await.unwrap().unwrap();
        let dark = controller.seen().unwrap().iter().all(|pixel| *pixel == 0);
        assert!(dark, "it goes blank with the daemon");
    });
}

#[test]
fn a_small_panel_on_the_kernels_bus_shows_what_was_drawn() {
    shows_what_was_drawn(Driver::Kernel);
}

/// rppal speaks to the kernel's bus too, and asks for no Raspberry Pi behind it.
#[test]
fn a_small_panel_shows_the_same_by_the_raspberry_pis_hand() {
    shows_what_was_drawn(Driver::RaspberryPi);
}

#[tokio::test]
async fn a_framebuffer_shows_on_its_screen_what_was_drawn() {
    let _screen = Module::load("bochs", &[]).unwrap();
    udev::appears("/dev/fb0", SOON).unwrap();
    // The kernel's console would go on blinking there; a board keeps it away by `fbcon=map:9`.
    lab_guest::write("/sys/class/vtconsole/vtcon1/bind", "0").unwrap();
    let (handle, inbox) = channel();
    let (out, mut events) = mpsc::channel(8);
    let config = config(Kind::Framebuffer, Driver::Kernel, Path::new("/dev/fb0"));
    let driver = tokio::spawn(supervise(config, inbox, out));
    for which in [Sample::Free, Sample::Live, Sample::Failed] {
        handle.show(sample(which, Tongue::German));
        let png = picture(Kind::Framebuffer, &sample(which, Tongue::German)).unwrap();
        let drawn = decode(&png).unwrap().2;
        becomes("the screen as it was drawn", || screen() == drawn).await;
    }
    assert_eq!(told(&mut events).await, FittingSeen::Here);
    drop(handle);
    timeout(SOON, driver).await.unwrap().unwrap();
    let ground = screen();
    assert!(ground.chunks(3).all(|pixel| *pixel == ground[..3]));
}
