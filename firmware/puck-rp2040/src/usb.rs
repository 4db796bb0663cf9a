//! The line as USB: a serial port that any host has a driver for. Carries frames; knows none by name.
//! A host that sets 1200 baud asks for the ROM's loader, as it is usual for these chips.

use crate::now;
use embassy_futures::join::join3;
use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_rp::{Peri, bind_interrupts, rom_data};
use embassy_usb::class::cdc_acm::{CdcAcmClass, State};
use embassy_usb::{Builder, Config};
use puck_parts::{
    Body, LOADER_BAUD, MAKER, PACKET, PRODUCT, PRODUCT_NAME, VENDOR, packets, release,
};

bind_interrupts!(struct Irqs {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

pub async fn carry(usb: Peri<'static, USB>, serial: &str, body: &Body) {
    let (mut words, mut control, mut state) = ([0; 128], [0; 64], State::new());
    let mut config = Config::new(VENDOR, PRODUCT);
    (config.manufacturer, config.product) = (Some(MAKER), Some(PRODUCT_NAME));
    config.serial_number = Some(serial);
    config.device_release = const { release(env!("PUCK_VERSION")) };
    config.max_power = 200;
    let driver = Driver::new(usb, Irqs);
    let mut builder = Builder::new(driver, config, &mut words, &mut [], &mut [], &mut control);
    let port = CdcAcmClass::new(&mut builder, &mut state, PACKET as u16);
    let (mut to, mut from, changed) = port.split_with_control();
    let mut device = builder.build();
    let say = async {
        loop {
            let frame = body.frame().await;
            to.wait_connection().await;
            for packet in packets(frame.bytes()) {
                // What breaks off is void by its checksum.
                let _ = to.write_packet(packet).await;
            }
        }
    };
    let hear = async {
        let mut packet = [0; PACKET];
        loop {
            match select(from.read_packet(&mut packet), changed.control_changed()).await {
                Either::First(Ok(len)) => body.hear(&packet[..len], now()),
                Either::First(Err(_)) => from.wait_connection().await,
                Either::Second(()) if from.line_coding().data_rate() == LOADER_BAUD => {
                    rom_data::reset_to_usb_boot(0, 0)
                }
                Either::Second(()) => {}
            }
        }
    };
    join3(device.run(), say, hear).await;
}
