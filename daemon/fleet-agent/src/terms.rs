//! What an agent starts with, hears and has done: types only.

use crate::commands::Remembered;
use core::time::Duration;
use fleet_proto::{
    Boot, BoundedText, Code, Command, CommandId, Desired, Offer, Outcome, ReleaseNow, Revision,
    RoomId, RoomState, Sample, Settled,
};
use minisign_verify::PublicKey;

/// Both clocks: one that only goes forward, and the room's wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Since any fixed moment.
    pub forward: Duration,
    /// Milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
}

/// What an agent starts with.
#[derive(Debug)]
pub struct Terms {
    /// Which room this is, as its certificate says.
    pub room: RoomId,
    /// The daemon's version.
    pub software: BoundedText,
    /// This start of the daemon.
    pub boot: Boot,
    /// What the room can be told.
    pub verbs: Vec<Code>,
    /// Whose grants the room believes; `None`: nobody's, so what needs one is never done.
    pub grants: Option<PublicKey>,
    /// The desired document that the room runs with.
    pub applied: Option<Revision>,
    /// The newest one that it refused.
    pub refused: Option<Revision>,
    /// What is remembered of commands.
    pub remembered: Remembered,
    /// Anything: spreads the pauses.
    pub seed: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The connection stands.
    Connected,
    /// There is none, or no more.
    Lost,
    /// The server said this.
    Heard(String),
    /// The server answered a ping.
    Alive,
    /// The room as it is now.
    State(Box<RoomState>),
    /// Figures since the last ones.
    Figures(Sample),
    /// What became of a desired document.
    Settled(Revision, Settled),
    /// How a command ended.
    Ended(CommandId, Outcome),
    /// How far the room got with an offer.
    Release(ReleaseNow),
    /// [`Agent::deadline`](crate::Agent::deadline) passed.
    Tick,
}

/// What is to be done, in this order.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Try to connect.
    Connect,
    /// Say this.
    Send(String),
    /// Ping the server.
    Ping,
    /// End the connection.
    Close,
    /// Keep this over restarts, before anything after it is done.
    Remember(Box<Remembered>),
    /// Do this; say [`Input::Ended`] when it has ended.
    Do(Box<Command>),
    /// Lay this over the room's file; say [`Input::Settled`].
    Apply(Desired),
    /// Look for new releases.
    Look,
    /// What the room is offered now, whole. What is not in it any more is not begun; without a connection it is nothing.
    Offered(Vec<Offer>),
    /// Ask for figures: say [`Input::Figures`].
    Measure,
}
