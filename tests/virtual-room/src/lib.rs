//! A made-up room: loudspeakers, microphones, the air between them and what is wrong with it, all from a seed. Heard in one piece by
//! pure tests, or turn by turn between the devices of a real sound server. Shares no arithmetic with what it judges.

mod air;
mod fault;
mod impulse;
mod private;
mod room;
mod server;
mod settings;

pub use air::Air;
pub use fault::{BadFault, Fault};
pub use impulse::db;
pub use private::PrivateServer;
pub use room::{Microphone, NOMINAL_PEAK, Path, Room, Size};
pub use server::{Devices, OpenError, VirtualRoom};
pub use settings::{BadSettings, Settings};
