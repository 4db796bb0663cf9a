//! Front ends and nodes of conference services, as far as their documented interfaces go: they check what they are sent
//! as the real ones do, and remember it for the test.

pub mod bbb;
pub mod greenlight2;
pub mod greenlight3;
pub mod pexip;
pub mod pilos;
mod serve;

pub use serve::{Diary, Served};
