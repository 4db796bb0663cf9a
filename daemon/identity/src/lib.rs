//! Which device is which: what is plugged in, where it sits, what makes it one of its kind, and which role of a room it has.
//!
//! Layers, each knowing only those before it: `place` and `model` (as people write them), `binding` (a role and what holds it),
//! `machine` (what there is), `scan` (reads it from sysfs), `seating` (which device has which role, pure), `witness` (what
//! changed, pure), `rules` (the same as text for udev, pure), `bell` (rings when something is plugged or pulled).
//! Beside them: `board` (which board all this is plugged into).
//! Must not know rooms, drivers, the daemon, or files that people write.
//!
//! Invariant: two devices of one model keep their places, because a place comes before a serial number.
//! Invariant: no role ever has another role's device; where it cannot be told which of two is meant, the role has neither.

mod bell;
mod binding;
mod board;
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
pub use board::{Marks, Sign, Signs, kit_code};
pub use finding::Finding;
pub use machine::{Address, Device, Machine, Node, NodeKind, UsbAddress};
pub use model::{NotAModel, UsbModel};
pub use place::{NotAPlace, Ports, Side, UsbPlace, UsbSpot};
pub use rules::{LINKS, rules};
pub use scan::scan;
pub use seating::{Seat, Seating, Taken, seat};
pub use witness::{News, Witness};
