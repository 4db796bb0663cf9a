//! Where the echo is cancelled: in the device, in the browser, by the room, or nowhere; never twice. Data in, a choice with its
//! reason out.

/// Who cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The device itself, as a speakerphone does.
    Device,
    /// The conference's page.
    Browser,
    /// The room's own canceller in the graph.
    Room,
    /// Nobody, because there is nothing to cancel.
    Off,
}

/// What a device's profile says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It cancels by itself.
    Cancels,
    /// It does not.
    Plain,
    /// Nobody knows.
    Unknown,
}

/// What preflight heard last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The loudspeaker did not come back.
    NoEcho,
    /// It came back.
    Echo,
    /// Nothing was tried with this pair of devices yet.
    NotTried,
}

/// Why it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The room's file says so.
    Told,
    /// No loudspeaker is in use, so nothing comes back.
    NoLoudspeaker,
    /// The profile says that the device cancels, and preflight confirmed it.
    DeviceProven,
    /// The profile says that the device cancels; nothing was tried yet.
    DeviceTrusted,
    /// The profile says that the device cancels, and preflight heard an echo all the same.
    DeviceFailed,
    /// The device does not cancel, or nobody knows.
    DevicePlain,
    /// Whoever makes the call has no canceller.
    ClientPlain,
}

/// Who cancels, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Who.
    pub echo: Echo,
    /// Why.
    pub reason: Reason,
}

/// All that the choice depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// What the room's file asks for, if anything.
    pub told: Option<Echo>,
    /// Whether a loudspeaker is in use.
    pub loudspeaker: bool,
    /// What the device's profile says.
    pub device: Ability,
    /// What preflight heard.
    pub heard: Heard,
    /// Whether whoever makes the call has a canceller, as Chromium does and a SIP client does not.
    pub client_cancels: bool,
}

/// Chooses.
pub fn choose(case: Case) -> Choice {
    let choice = |echo, reason| Choice { echo, reason };
    if let Some(echo) = case.told {
        return choice(echo, Reason::Told);
    }
    if !case.loudspeaker {
        return choice(Echo::Off, Reason::NoLoudspeaker);
    }
    let why = match (case.device, case.heard) {
        (Ability::Cancels, Heard::NoEcho) => return choice(Echo::Device, Reason::DeviceProven),
        (Ability::Cancels, Heard::NotTried) => return choice(Echo::Device, Reason::DeviceTrusted),
        (Ability::Cancels, Heard::Echo) => Reason::DeviceFailed,
        (Ability::Plain | Ability::Unknown, _) => Reason::DevicePlain,
    };
    if case.client_cancels {
        choice(Echo::Browser, why)
    } else {
        choice(Echo::Room, Reason::ClientPlain)
    }
}
