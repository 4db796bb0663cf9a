//! `rppal`, which the users asked for, on the registers and the kernel of an emulated Raspberry Pi 3.
//! Runs on the board that is not there: `tests/run lab`.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use rppal::gpio::{Gpio, Trigger};
use rppal::system::{DeviceInfo, Model};
use std::time::Duration;

#[test]
fn the_board_is_known() {
    assert_eq!(DeviceInfo::new().unwrap().model(), Model::RaspberryPi3B);
}

#[test]
fn a_line_is_driven_and_read_back() {
    let mut line = Gpio::new().unwrap().get(17).unwrap().into_output_low();
    assert!(line.is_set_low());
    line.set_high();
    assert!(line.is_set_high());
    line.set_low();
    assert!(line.is_set_low());
}

/// QEMU's chip notices no edges, so that one comes is not to be seen here; that the kernel takes the wish is.
#[test]
fn the_kernel_takes_the_wish_to_hear_of_edges() {
    let mut line = Gpio::new().unwrap().get(27).unwrap().into_input_pullup();
    line.set_interrupt(Trigger::Both, None).unwrap();
    let heard = line.poll_interrupt(false, Some(Duration::from_millis(100)));
    assert!(heard.unwrap().is_none());
}
