//! The line as a UART, for a button wired to the board's header: 115200 baud, eight bits, no parity.
//! Carries frames; knows none by name.

use crate::{HEARD, TO_SAY};
use embassy_executor::Spawner;
use embassy_rp::peripherals::{PIN_0, PIN_1, UART0};
use embassy_rp::uart::{
    BufferedInterruptHandler, BufferedUart, BufferedUartRx, BufferedUartTx, Config,
};
use embassy_rp::{Peri, bind_interrupts};
use embedded_io_async::{Read, Write};
use static_cell::StaticCell;

bind_interrupts!(struct Irqs {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
});

pub fn start(
    spawner: Spawner,
    uart: Peri<'static, UART0>,
    tx: Peri<'static, PIN_0>,
    rx: Peri<'static, PIN_1>,
) {
    static OUT: StaticCell<[u8; 256]> = StaticCell::new();
    static IN: StaticCell<[u8; 256]> = StaticCell::new();
    let (out, inward) = (OUT.init([0; 256]), IN.init([0; 256]));
    let line = BufferedUart::new(uart, tx, rx, Irqs, out, inward, Config::default());
    let (to, from) = line.split();
    spawner.spawn(say(to).expect("spawned once"));
    spawner.spawn(hear(from).expect("spawned once"));
}

#[embassy_executor::task]
async fn say(mut to: BufferedUartTx) {
    loop {
        let _ = to.write_all(TO_SAY.receive().await.bytes()).await;
    }
}

#[embassy_executor::task]
async fn hear(mut from: BufferedUartRx) {
    let mut bytes = [0; 64];
    loop {
        // A damaged byte (parity, framing, overrun) is an error here; the frame's checksum deals with it.
        if let Ok(len) = from.read(&mut bytes).await {
            HEARD.write_all(&bytes[..len]).await;
        }
    }
}
