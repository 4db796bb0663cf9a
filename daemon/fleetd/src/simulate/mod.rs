//! Many rooms in one process, played at a server: the agent of real rooms, the real protocol, real TLS, and what can go wrong with all
//! of these. Who plays what and when is pure (`cast`, `day`, `squeeze`); the rest drives. Knows no server from inside.

mod api;
pub mod cast;
pub mod day;
mod echo;
mod gauge;
mod hostile;
mod lines;
mod net;
mod numbers;
mod outcome;
mod papers;
mod play;
mod room;
pub mod squeeze;
mod stage;
mod tally;
mod traffic;

pub use cast::Story;
pub use day::OfDay;
pub use echo::{EchoError, echo};
pub use outcome::{Outcome, Spread};
pub use play::simulate;

use fleet_agent::link::LinkError;
use fleet_agent::{PapersError, Server};
use std::path::PathBuf;

/// What to play.
#[derive(Debug, Clone, clap::Args)]
#[command(long_about = "\
Plays many rooms at a server: the agent of real rooms over the real protocol and real TLS, each with a key of its own.

The server takes them in because a token says so (`fleetd token simulator --role installer > token`); it has no other way in.
Stories that tell rooms something (numbers, slow) want a token of an administrator. Everything follows from --seed.

While it runs, it says on standard error how many are connected. At the end it prints one line of JSON; exit code 0 means that
no honest room lost its line or got none, and that the server noticed what it has to notice.")]
pub struct Wanted {
    /// The server.
    #[arg(long, value_name = "URL")]
    pub server: Server,
    /// The server's authority, as `fleetd authority` prints it.
    #[arg(long, value_name = "FILE")]
    pub authority: PathBuf,
    /// A file with a token that may take rooms in.
    #[arg(long, value_name = "FILE")]
    pub token: PathBuf,
    /// How many rooms.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub rooms: u32,
    /// What happens.
    #[arg(long, value_enum, default_value = "day")]
    pub story: Story,
    /// So many simulated seconds in a real one: a day at 60 takes 24 minutes. Figures go at the server's pace all the same.
    #[arg(long, value_name = "TIMES", default_value_t = 1.0)]
    pub speed: f64,
    /// The time of the day at which it begins.
    #[arg(long, value_name = "HH:MM", default_value = "08:55")]
    pub from: OfDay,
    /// For so many seconds; without it a day goes on until it is stopped, and other stories take as long as they take.
    #[arg(long = "for", value_name = "SECONDS")]
    pub lasts: Option<u64>,
    /// Whom everything follows from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How the ids of the rooms begin.
    #[arg(long, default_value = "sim")]
    pub prefix: String,
    /// A file that keeps the rooms' keys, so that they are the same rooms the next time. It is a secret.
    #[arg(long, value_name = "FILE")]
    pub papers: Option<PathBuf>,
    /// Turn the rooms out at the end.
    #[arg(long)]
    pub turn_out: bool,
    /// Commands a second, where a story tells rooms something.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub commands: u32,
    /// Also say how much memory and processor this process takes: the server, on the same machine.
    #[arg(long, value_name = "PID")]
    pub watch: Option<u32>,
    /// A file with the cookie of somebody who is signed in: numbers also say how long the pages take.
    #[arg(long, value_name = "FILE")]
    pub cookie: Option<PathBuf>,
    /// A server of the same authority that says what it hears and does nothing else: numbers also say what lines carry beside it.
    #[arg(long, value_name = "URL")]
    pub echo: Option<Server>,
}

/// Why nothing was played, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A file.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The authority's file.
    #[error("the file of the authority has no certificate: use what `fleetd authority` prints")]
    Authority,
    /// The file of keys.
    #[error("the file of papers cannot be read: delete it, or name another one")]
    Papers,
    /// An id.
    #[error("{0:?} makes no ids of rooms: use small letters, digits and hyphens")]
    Prefix(String),
    /// The speed.
    #[error("a speed is a number above 0 and at most 100000")]
    Speed,
    /// The room is there with another key.
    #[error("the server has a room {0} already: use its file of papers, or another --prefix")]
    Taken(String),
    /// The server does not answer.
    #[error("the server does not answer: {0}")]
    Http(#[from] reqwest::Error),
    /// The server refuses.
    #[error("the server refused {path} with {status}: {said}")]
    Refused {
        /// What was asked.
        path: String,
        /// HTTP's word for it.
        status: u16,
        /// The server's.
        said: String,
    },
    /// The server answered something else.
    #[error("the server answered something else than was asked: are both of one version?")]
    Answer,
    /// A line that is measured.
    #[error("a line cannot be opened: {0}")]
    Line(LinkError),
    /// Keys and certificates.
    #[error(transparent)]
    Rooms(#[from] PapersError),
    /// TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}
