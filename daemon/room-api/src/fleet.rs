//! How a room stands with IT's fleet server: for the control socket, and the code for the room's faces.

use serde::{Deserialize, Serialize};

/// How the room stands with its fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetAnswer {
    /// The server's address; `null`: the room's file names none.
    pub server: Option<String>,
    /// How it stands.
    pub standing: FleetStanding,
    /// Which of the fleet's settings the room runs with; `null`: its own file alone.
    pub settings: Option<u64>,
}

/// How the room stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FleetStanding {
    /// The room's file names no fleet server.
    Nowhere {},
    /// The server is being asked.
    Asking {
        /// Why that did not work so far.
        problem: Option<String>,
    },
    /// An administrator has to compare the code and agree.
    Waiting {
        /// What the server shows as well.
        code: String,
        /// Why the server cannot be asked just now.
        problem: Option<String>,
    },
    /// The room belongs to the fleet.
    Member {
        /// Its id there.
        room: String,
        /// Whose it is.
        tenant: String,
        /// Whether the server has greeted it.
        connected: bool,
        /// Since when that is so.
        since_ms: i64,
        /// Why there is no connection.
        problem: Option<String>,
    },
}
