//! The store that servers share, in a real cluster of NATS: the same promises as those of a file, and what becomes of them when servers
//! are killed, stopped and cut off while others write.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[allow(dead_code, reason = "made for another test, too")]
#[path = "../common/broker.rs"]
mod broker;
mod building;
#[path = "../common/mod.rs"]
mod common;
#[path = "../store/conformance.rs"]
mod conformance;
mod load;
mod moved;
mod refused;
mod rig;
mod servers;
mod storm;
mod together;

use rig::Cluster;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_keeps_every_promise() {
    let Some(cluster) = Cluster::start(3) else {
        return;
    };
    let open = || block_in_place(|| Handle::current().block_on(cluster.store()));
    conformance::run(&open).await;
}
