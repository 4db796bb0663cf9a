//! The room's packages: what the daemon and its helper say to each other, and the helper itself, which runs as root, installs what is in
//! the signed list, waits for the new daemon to prove itself and goes back when it does not.
//!
//! Terms: a *trial* lasts from the first change of the machine until the new version is proven or the old one is back; the *word* is
//! what the daemon on trial says of itself; *brought* is what the daemon has fetched, which the helper believes nothing of.
//!
//! Invariant: nothing is installed that the helper has not itself held against the root that only root can write.
//! Invariant: nothing is begun before the package of the version that runs lies in the helper's own folder.

mod brought;
mod dpkg;
mod machine;
mod papers;
mod run;

pub use brought::{Refusal, prepare};
pub use dpkg::{Dpkg, Tool};
pub use machine::{
    Back, Build, Deed, Ended, Installed, MOST_ENDED, Outcome, PROVING, STARTS, Seen, State, Step,
    TRIES, Trial, next,
};
pub use papers::{ARCHITECTURE, Is, LARGEST, PACKAGE, Places, Wish, Word, write};
pub use run::{Pace, Stopped, run};
