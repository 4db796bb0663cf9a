//! call-browser: joins conferences in a kiosk Chromium and says what is seen there.
//!
//! ```text
//!  room ──Handle──► driver ──► call (pure: what to do next) ──► driver ──CDP──► keeper ──pipe──► Chromium
//!  room ◄──Event─── driver ◄── call ◄── sight ◄── watcher and probe in the page ◄────────────────┘
//! ```
//!
//! - `bin/browser-keeper` owns Chromium and its debugging pipe and outlives the daemon.
//! - [`run`] connects to it, keeps the room's page open and a page for each call.
//! - [`pack`] holds how services are joined, as data; [`call`] decides; `driver` carries out.
//! - [`policy`] writes what the browser is allowed to do at all.
//!
//! Knows room-core's types; knows no other driver and not the daemon.

pub mod allow;
pub mod call;
mod camera;
pub mod cdp;
mod driver;
pub mod flags;
pub mod frames;
mod handle;
pub mod pack;
pub mod policy;
mod sound;
pub mod trial;
pub mod wire;

pub use allow::{AllowList, Allowed};
pub use camera::{CameraChoice, PageCamera};
pub use driver::{BrowserConfig, BrowserError, run};
pub use handle::{Handle, Inbox, Picture, channel};
pub use pack::{Pack, Packs, Shelf};
pub use sound::{Cleaning, CleaningChoice, PageSound};
pub use trial::{Sighting, Watch};
