//! roomctl: not written yet.

fn main() {}
