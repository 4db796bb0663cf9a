//! The room's sound graph: roles as nodes of the sound server, devices linked to them, mute and loudness at the role.
//! Must not know why a device is preferred, nor what a conference is.
//!
//! One thread owns the connection. Roles and links live in the server and outlast the daemon.

mod cards;
pub mod conf;
mod line;
mod plan;
mod props;
mod pulse;
mod registry;
mod session;
mod taps;
mod workshop;

pub use props::factor;

use crate::ports::{Graph, GraphFact, GraphOrder};
use pipewire::channel;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Why there is no graph at all.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The system gives no thread.
    #[error("cannot start the sound graph's thread")]
    Thread(#[source] std::io::Error),
}

/// The graph of a server, by its socket. Waits for a server that does not run, and finds it again when it was gone.
pub struct PipewireGraph {
    orders: channel::Sender<session::Ask>,
    facts: mpsc::UnboundedReceiver<GraphFact>,
}

impl PipewireGraph {
    /// Begins. `socket`: the server's, such as `/run/roomd-sound/pipewire-0`.
    pub fn open(socket: PathBuf) -> Result<PipewireGraph, GraphError> {
        let (orders, asks) = channel::channel();
        let (told, facts) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name(String::from("sound-graph"));
        thread
            .spawn(move || session::run(&socket, asks, told))
            .map_err(GraphError::Thread)?;
        Ok(PipewireGraph { orders, facts })
    }
}

impl Graph for PipewireGraph {
    fn order(&mut self, order: GraphOrder) {
        // A thread that has ended reports nothing more either: `next` says so.
        let _ = self.orders.send(session::Ask::Order(order));
    }

    async fn next(&mut self) -> Option<GraphFact> {
        self.facts.recv().await
    }
}

impl Drop for PipewireGraph {
    fn drop(&mut self) {
        let _ = self.orders.send(session::Ask::End);
    }
}
