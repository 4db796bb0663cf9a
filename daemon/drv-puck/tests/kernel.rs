//! The contract of the table button's driver over USB on the kernel's own driver. Runs in the lab: `tests/run lab`.

#[path = "rung/usb.rs"]
mod rung;

#[path = "contract.rs"]
mod contract;
