//! The line as a UART, for a button wired to the board's header: 115200 baud, eight bits, no parity.
//! Carries frames; knows none by name.

use crate::now;
use embassy_futures::join::join;
use embassy_rp::peripherals::{PIN_0, PIN_1, UART0};
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_rp::{Peri, bind_interrupts};
use embedded_io_async::{Read, Write};
use puck_parts::Body;

bind_interrupts!(struct Irqs {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
});

type P<T> = Peri<'static, T>;

pub async fn carry(uart: P<UART0>, tx: P<PIN_0>, rx: P<PIN_1>, body: &Body) {
    let (mut out, mut inward, mut bytes) = ([0; 256], [0; 256], [0; 64]);
    let line = BufferedUart::new(uart, tx, rx, Irqs, &mut out, &mut inward, Config::default());
    let (mut to, mut from) = line.split();
    let say = async {
        loop {
            let _ = to.write_all(body.frame().await.bytes()).await;
        }
    };
    let hear = async {
        loop {
            // A damaged byte (parity, framing, overrun) is an error here; the frame's checksum deals with it.
            if let Ok(len) = from.read(&mut bytes).await {
                body.hear(&bytes[..len], now());
            }
        }
    };
    join(say, hear).await;
}
