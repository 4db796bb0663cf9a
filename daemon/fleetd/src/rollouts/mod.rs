//! Releases on their way to rooms, ring by ring: who is offered what and when, and what became of it. Which code a room runs is not
//! decided here: rooms hold every release against a signed list.
//!
//! Terms: a *ring* is a part of the rooms that come together; a room is *at risk* from the offer until it is proven or back; the
//! *penalty box* is where a room is that failed.

mod candidate;
mod clerk;
mod desk;
mod plan;
mod repository;
mod signing;
mod step;

pub use clerk::{roll_out, word_of};
pub use desk::{Change, RolloutDesk, RolloutError, Standings};
pub use plan::{BadRings, Is, Phase, Ring, Rollout, Standing, check, default_rings};
pub use repository::{Catalogue, PublishError, Release, Repository};
pub use signing::{Signing, SigningError};
pub use step::{Facts, Next, SILENT_MS, Tally, step};
