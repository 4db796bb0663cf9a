//! Pages for people: layout only. What they show is asked of the fleet, what they say stands in the language files.

mod account;
mod alerts;
mod audit;
mod bits;
mod bridge;
mod bulk;
mod enrol;
mod frame;
mod grant;
mod levels;
mod list;
mod overview;
mod people;
mod plot;
mod provider;
mod rollouts;
mod room;

pub(crate) use account::{arrived, sign_in, welcome};
pub(crate) use alerts::{alerts, rule, target};
pub(crate) use audit::audit;
pub(crate) use bridge::{BridgeSheet, bridge};
pub(crate) use bulk::{Told, bulk};
pub(crate) use enrol::enrolment;
pub(crate) use frame::{asset, refused};
pub(crate) use grant::grant;
pub(crate) use levels::{Preview, Sheet, level, settings};
pub(crate) use list::rooms;
pub(crate) use overview::overview;
pub(crate) use people::{Once, people};
pub(crate) use provider::{ProviderSaid, ProviderSheet, provider};
pub(crate) use rollouts::{rollout, rollouts};
pub(crate) use room::room;
