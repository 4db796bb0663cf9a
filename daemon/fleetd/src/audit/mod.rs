//! Who did what: a stream that only grows, each entry holding the hash of the one before, so that nothing in it can be changed or
//! left out without being seen. Knows no acts; they are words to it.

mod chain;
mod ledger;

pub use chain::{Act, Break, Entry, Verified, verify};
pub use ledger::Ledger;
