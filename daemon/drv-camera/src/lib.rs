//! Cameras: which is which, what they can do, whether somebody has them, and whether their picture is worth having.
//!
//! Layers, each knowing only those before it: `find` (what is plugged in, by place), `mode` (formats and rates), `control`
//! and `preset` (what can be set), `frame` (bytes to grey and colour), `health` (what a picture is good for), `machine` (our
//! own trait of what a camera can be asked) with `kernel` behind it, `engine` (what to do next, pure), `bell` (plugged, pulled,
//! opened), `supervise` (gone and back).
//! Must not know the daemon, other devices, or files that people write.
//!
//! Invariant: while a conference has the cameras, no picture is taken: one program at a time gets a USB camera's picture.

mod bell;
pub mod control;
mod engine;
mod error;
pub mod find;
pub mod frame;
pub mod health;
mod kernel;
mod machine;
pub mod mode;
pub mod preset;
mod supervise;

pub use bell::{Bell, Ring};
pub use engine::{Engine, Input, Job, Lost, Opened, Order, Proof, Use};
pub use error::CameraError;
pub use find::{Found, Wanted};
pub use kernel::Kernel;
pub use machine::{Machine, Probe, Shot, Taken};
pub use supervise::{Ask, CameraConfig, Surroundings, supervise};
