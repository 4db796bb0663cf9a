//! The contract of a PTZ head's driver over a USB adapter on the kernel's own driver. Runs in the lab: `tests/run lab`.

#[path = "rung/adapter.rs"]
mod rung;

#[path = "contract.rs"]
mod contract;
