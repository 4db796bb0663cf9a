//! The simulated kit around the real daemon, and the story that is played with it.
//! Starts programs and looks at what they show; holds no part of the daemon.

pub mod button;
pub mod camera;
pub mod fleet;
pub mod folder;
pub mod guide;
pub mod kit;
pub mod media;
pub mod page;
pub mod panel;
pub mod policy;
pub mod ports;
pub mod process;
pub mod remote;
pub mod report;
pub mod server;
pub mod side;
pub mod story;
pub mod wait;
