//! The line as USB: a serial port that any host has a driver for. Carries frames; knows none by name.
//! A host that sets 1200 baud asks for the ROM's loader, as it is usual for these chips.

use crate::{HEARD, TO_SAY};
use embassy_executor::Spawner;
use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts, rom_data};
use embassy_usb::class::cdc_acm::{CdcAcmClass, ControlChanged, Receiver, Sender, State};
use embassy_usb::driver::EndpointError;
use embassy_usb::{Builder, Config, UsbDevice};
use static_cell::StaticCell;

bind_interrupts!(struct Irqs {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

type Bus = Driver<'static, USB>;

/// Open for tests and private use (pid.codes); a maker of these buttons asks there for one of their own.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;
const PACKET: usize = 64;
const LOADER_BAUD: u32 = 1200;

pub fn start(spawner: Spawner, usb: Peri<'static, USB>, serial: &'static str) {
    static CONFIG: StaticCell<[u8; 128]> = StaticCell::new();
    static CONTROL: StaticCell<[u8; 64]> = StaticCell::new();
    static STATE: StaticCell<State> = StaticCell::new();
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("roomd");
    config.product = Some("Table button");
    config.serial_number = Some(serial);
    config.device_release = release();
    config.max_power = 200;
    let driver = Driver::new(usb, Irqs);
    let descriptors = CONFIG.init([0; 128]);
    let control = CONTROL.init([0; 64]);
    let mut builder = Builder::new(driver, config, descriptors, &mut [], &mut [], control);
    let class = CdcAcmClass::new(&mut builder, STATE.init(State::new()), PACKET as u16);
    let (sender, receiver, changed) = class.split_with_control();
    spawner.spawn(run(builder.build()).expect("spawned once"));
    spawner.spawn(say(sender).expect("spawned once"));
    spawner.spawn(hear(receiver, changed).expect("spawned once"));
}

/// The version, where a host reads it without opening the line: one digit each of major, minor and patch.
const fn release() -> u16 {
    let [major, minor, patch] = [
        digit(env!("CARGO_PKG_VERSION_MAJOR")),
        digit(env!("CARGO_PKG_VERSION_MINOR")),
        digit(env!("CARGO_PKG_VERSION_PATCH")),
    ];
    (major << 8) | (minor << 4) | patch
}

const fn digit(text: &str) -> u16 {
    assert!(text.len() == 1, "each part of the version is below ten");
    (text.as_bytes()[0] - b'0') as u16
}

#[embassy_executor::task]
async fn run(mut device: UsbDevice<'static, Bus>) {
    device.run().await
}

#[embassy_executor::task]
async fn say(mut to: Sender<'static, Bus>) {
    loop {
        let frame = TO_SAY.receive().await;
        to.wait_connection().await;
        // Whole frames or none: what breaks off is void by its checksum.
        let _ = packets(&mut to, frame.bytes()).await;
    }
}

async fn packets(to: &mut Sender<'static, Bus>, bytes: &[u8]) -> Result<(), EndpointError> {
    for packet in bytes.chunks(PACKET) {
        to.write_packet(packet).await?;
    }
    if bytes.len().is_multiple_of(PACKET) {
        to.write_packet(&[]).await?;
    }
    Ok(())
}

#[embassy_executor::task]
async fn hear(mut from: Receiver<'static, Bus>, changed: ControlChanged<'static>) {
    let mut packet = [0; PACKET];
    from.wait_connection().await;
    loop {
        match select(from.read_packet(&mut packet), changed.control_changed()).await {
            Either::First(Ok(len)) => HEARD.write_all(&packet[..len]).await,
            Either::First(Err(_)) => from.wait_connection().await,
            Either::Second(()) if from.line_coding().data_rate() == LOADER_BAUD => {
                rom_data::reset_to_usb_boot(0, 0)
            }
            Either::Second(()) => {}
        }
    }
}
