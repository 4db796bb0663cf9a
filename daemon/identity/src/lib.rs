//! Which device is which: what is plugged in, where it sits, what makes it one of its kind, and which role of a room it has.
//!
//! Layers, each knowing only those before it: `place` and `model` (as people write them), `binding` (a role and what holds it),
//! `machine` (what there is), `scan` (reads it from sysfs), `seating` (which device has which role, pure), `witness` (what
//! changed, pure), `rules` (the same as text for udev, pure), `bell` (rings when something is plugged or pulled).
//! Must not know rooms, drivers, the daemon, or files that people write.
//!
//! Invariant: a place comes before a serial number, so two devices of one model never change roles.
//! Invariant: a node has at most one role of its kind, and a device that answers to two roles' names is given to neither.

mod bell;
mod binding;
mod finding;
mod machine;
mod model;
mod place;
mod rules;
mod scan;
mod seating;
mod witness;

pub use bell::Bell;
pub use binding::{Binding, Kind, Mistake, Role, Unit};
pub use finding::Finding;
pub use machine::{Address, Device, Machine, Node, NodeKind, UsbAddress};
pub use model::{NotAModel, UsbModel};
pub use place::{NotAPlace, Ports, Side, UsbPlace, UsbSpot};
pub use rules::{LINKS, rules};
pub use scan::scan;
pub use seating::{Seat, Seating, Taken, seat};
pub use witness::{News, Witness};
