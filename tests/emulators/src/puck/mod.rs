//! A table button that is not there: the wire's other end on a pseudo terminal, pressed by tests and by a page.
//! Knows the wire only; nothing of the room, so what it shows is what was said to it.

mod model;
mod page;
mod port;
mod pty;
mod rom;

pub use model::{Connection, Model, NotSent, Shown};
pub use page::{PageState, Pressed, router};
pub use port::{Fault, Puck};
pub use pty::Pty;
pub use rom::{Rom, UsbTree, speed};
