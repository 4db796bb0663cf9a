//! What stands on a panel: a few short texts, already in the room's language, and what their signs are.
//! Knows no pixel and no state of a room.

/// What a panel shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// The room's name.
    pub room: String,
    /// What the room is doing, as a sign and a colour beside the words.
    pub tone: Tone,
    /// The same in words, such as "Frei bis 14:00".
    pub headline: String,
    /// The next meeting, or the one that runs, in one line.
    pub next: Option<String>,
    /// The microphone as it was seen.
    pub mic: Mic,
    /// The same in words.
    pub mic_text: String,
    /// What is wrong, in one sentence; takes the place of headline and meeting.
    pub trouble: Option<String>,
}

/// What a room is doing, at a glance. Each has a shape of its own: nobody must tell them apart by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nobody needs it: a ring.
    Free,
    /// A meeting comes up: a ring with hands, like a clock.
    Soon,
    /// On its way in, out or back: three dots.
    Working,
    /// In a meeting: a full disc.
    Busy,
    /// A person is needed, or something failed: a triangle.
    Attention,
}

/// The microphone as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mic {
    /// People are heard: waves beside it.
    Open,
    /// Nobody is heard: struck through.
    Closed,
    /// Perhaps they are: a question mark beside it.
    Unknown,
}
