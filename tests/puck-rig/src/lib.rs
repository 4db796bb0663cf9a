//! The table button's real image in an emulated chip: pressed on its pins, heard on its USB port, seen by its bus and ring.
//! For tests and the demo, never for the product. Knows nothing of the room.
//!
//! What is emulated is the chip (rp2040js), by `rig/*.mjs`. What is not: its boot ROM, so an update ends where the loader
//! would begin; what that does with a disk is played by [`Socket`].

mod button;
mod page;
mod place;
mod rig;
mod said;
mod socket;

pub use button::{ChipButton, Seen};
pub use page::router;
pub use place::{Age, Kit, Lacks};
pub use rig::{Build, Pace, Rig};
pub use said::{Colour, Order, Said, Why};
pub use socket::Socket;
