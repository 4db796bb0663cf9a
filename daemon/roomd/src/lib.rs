//! The daemon's parts, as a library so that tests can wire them. Only this crate knows both the core and the wire formats.
//!
//! `wiring` builds everything and reads top to bottom; `event_loop` is the heart; every other file is one hand, eye or memory.

pub mod boards;
pub mod browsing;
pub mod buttons;
pub mod calendars;
pub mod calls;
mod cameras;
pub mod clock;
pub mod contracts;
pub mod event_loop;
pub mod faces;
mod files;
pub mod fleet;
pub mod hands;
pub mod inbox;
pub mod keeper;
pub mod lamp_face;
pub mod links;
pub mod logs;
pub mod meetings;
pub mod panel_face;
pub mod panics;
mod practice_call;
pub mod practice_room;
pub mod preflight;
pub mod puck_face;
pub mod recorder;
pub mod reload;
pub mod renewal;
pub mod replay;
pub mod screens;
pub mod signals;
pub mod sip;
pub mod sound;
pub mod sound_clients;
pub mod sound_server;
pub mod state_dir;
pub mod story;
pub mod supervisor;
pub mod trials;
pub mod watchdog;
pub mod watchers;
pub mod wiring;
