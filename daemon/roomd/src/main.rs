//! The daemon: not written yet.

fn main() {}
