//! demo-kit: not written yet.

fn main() {}
