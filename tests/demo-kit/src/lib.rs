//! The simulated kit around the real daemon, and the story that is played with it.
//! Starts programs and looks at what they show; holds no part of the daemon.

pub mod media;
pub mod policy;
pub mod ports;
pub mod process;
pub mod report;
pub mod wait;
