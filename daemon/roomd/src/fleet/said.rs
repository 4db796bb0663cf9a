//! The room's view as IT's fleet may see it: pure, and without a subject, a name, a link or a number of a meeting.

use fleet_proto::{
    Boot, BoundedText, CalendarNow, CallNow, ClockNow, Code, Device, Fault, PackNow, Phase,
    ProofNow, RoomState, SwitchNow, Tomorrow, Verdict, Way,
};
use room_core::event::ClockHealth;
use room_core::meeting::{By, CalendarHealth};
use room_core::preflight::Light;
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{self, CameraState, DisplayState, HeadState, View};

/// What stays the same while the daemon runs.
#[derive(Debug, Clone)]
pub struct About {
    /// The daemon's version.
    pub software: BoundedText,
    /// The board's slug.
    pub board: Option<Code>,
    /// The room's time zone.
    pub zone: BoundedText,
    /// This start of the daemon.
    pub boot: Boot,
    /// When that was.
    pub started: Wall,
    /// Whether the room's file names a calendar.
    pub has_calendar: bool,
    /// Nobody has described the room yet.
    pub unwritten: bool,
}

/// Since when the room does what it does.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    phase: Phase,
    at: Wall,
}

impl Since {
    /// From now on.
    pub fn new(about: &About, view: &View, now: Wall) -> Self {
        Self {
            phase: phase(about, view),
            at: now,
        }
    }

    /// Notes a change.
    pub fn note(&mut self, about: &About, view: &View, now: Wall) {
        let new = phase(about, view);
        if self.phase != new {
            *self = Self {
                phase: new,
                at: now,
            };
        }
    }
}

/// The room, whole.
pub fn state(about: &About, view: &View, since: Since, packs: Vec<PackNow>) -> RoomState {
    RoomState {
        name: view.room.as_str().into(),
        software: about.software.clone(),
        board: about.board.clone(),
        zone: about.zone.clone(),
        boot: about.boot.clone(),
        started_ms: about.started.0,
        phase: since.phase,
        phase_since_ms: since.at.0,
        call: call(view),
        microphone: switch(view.mic.seen),
        camera: switch(view.camera.seen),
        next_meeting_ms: next_meeting(view),
        faults: view.faults.iter().filter_map(fault).collect(),
        devices: devices(view),
        proof: proof(view),
        tomorrow: tomorrow(view),
        calendar: calendar(about, view.calendar),
        clock: match view.clock {
            ClockHealth::Good => ClockNow::Right,
            ClockHealth::Wrong => ClockNow::Wrong,
        },
        packs,
    }
}

fn phase(about: &About, view: &View) -> Phase {
    match &view.phase {
        view::Phase::Standby if about.unwritten => Phase::Unwritten,
        view::Phase::Standby => Phase::Standby,
        view::Phase::Announced { .. } => Phase::Announced,
        view::Phase::Joining(_) => Phase::Joining,
        view::Phase::Waiting { .. } => Phase::Waiting,
        view::Phase::AsksPasscode { .. } => Phase::AsksPasscode,
        view::Phase::PersonNeeded(_) => Phase::PersonNeeded,
        view::Phase::InCall { .. } => Phase::InCall,
        view::Phase::Reconnecting { .. } => Phase::Reconnecting,
        view::Phase::Leaving => Phase::Leaving,
        view::Phase::Failed { .. } => Phase::Failed,
        view::Phase::Ended(_) => Phase::Ended,
    }
}

fn call(view: &View) -> Option<CallNow> {
    let since_ms = match view.phase {
        view::Phase::InCall { since, .. } => Some(since.0),
        _ => None,
    };
    let failure = match view.phase {
        view::Phase::Failed { failure, .. } => failure.code().parse().ok(),
        _ => None,
    };
    let way = view.way.map(|way| match way.by {
        By::Page => Way::Page,
        By::Sip => Way::Sip,
    });
    let there = since_ms.is_some() || failure.is_some() || way.is_some();
    there.then_some(CallNow {
        since_ms,
        way,
        failure,
    })
}

fn switch(seen: Seen<Switch>) -> SwitchNow {
    match seen {
        Seen::Is(Switch::Open) => SwitchNow::Open,
        Seen::Is(Switch::Closed) => SwitchNow::Closed,
        Seen::Unknown => SwitchNow::Unknown,
    }
}

/// When the next meeting begins that is not the one that the room is in.
fn next_meeting(view: &View) -> Option<i64> {
    let current = view.current.as_ref().map(|meeting| &meeting.id);
    let inside = matches!(view.phase, view::Phase::InCall { .. });
    let mut starts = view
        .meetings
        .iter()
        .filter(|meeting| !meeting.all_day)
        .filter(|meeting| !inside || current != Some(&meeting.id))
        .map(|meeting| meeting.start.0);
    starts.next()
}

fn fault(fault: &view::Fault) -> Option<Fault> {
    Some(Fault {
        code: fault.code.code().parse().ok()?,
        about: fault.subject.as_deref().map(BoundedText::new),
        since_ms: fault.since.0,
        cause: fault.cause.and_then(|cause| cause.code().parse().ok()),
    })
}

fn devices(view: &View) -> Vec<Device> {
    let one = |kind: &str, role: &str, here, firmware| {
        Some(Device {
            kind: kind.parse().ok()?,
            role: role.into(),
            here,
            model: None,
            firmware,
        })
    };
    let cameras = view.cameras.iter().map(|camera| {
        let here = match camera.state {
            CameraState::Unknown => None,
            CameraState::Gone(_) => Some(false),
            CameraState::InUse | CameraState::Free => Some(true),
        };
        one("camera", camera.id.as_str(), here, None)
    });
    let heads = view.heads.iter().map(|head| {
        let here = match head.state {
            HeadState::Unknown => None,
            HeadState::Gone(_) => Some(false),
            HeadState::Asleep | HeadState::Still | HeadState::Moving => Some(true),
        };
        one("head", head.id.as_str(), here, None)
    });
    let displays = view.displays.iter().map(|display| {
        let here = match display.state {
            DisplayState::Unknown => None,
            DisplayState::Gone(_) => Some(false),
            DisplayState::Asleep
            | DisplayState::Warming
            | DisplayState::On
            | DisplayState::OtherInput
            | DisplayState::Cooling => Some(true),
        };
        one("display", display.id.as_str(), here, None)
    });
    let buttons = view.pucks.iter().map(|puck| {
        let firmware = puck.firmware.map(|f| BoundedText::new(&f.to_string()));
        one("button", puck.id.as_str(), Some(puck.here), firmware)
    });
    let sound = view.sound.iter().flat_map(|sound| {
        let uses = [
            ("microphone", &sound.microphone),
            ("loudspeaker", &sound.loudspeaker),
        ];
        uses.map(|(kind, used)| {
            let used = used.as_ref()?;
            let best = used.instead_of.as_ref().or(used.device.as_ref())?;
            let here = used.known.then_some(used.instead_of.is_none());
            one(kind, best.id.as_str(), here, None)
        })
    });
    cameras
        .chain(heads)
        .chain(displays)
        .chain(buttons)
        .chain(sound)
        .flatten()
        .collect()
}

fn verdict(light: Light) -> Verdict {
    match light {
        Light::Green => Verdict::Green,
        Light::Yellow => Verdict::Yellow,
        Light::Red => Verdict::Red,
    }
}

fn proof(view: &View) -> Option<ProofNow> {
    let last = view.preflight.as_ref()?.last.as_ref()?;
    let codes = last.codes.iter();
    Some(ProofNow {
        at_ms: last.at.0,
        verdict: verdict(last.light),
        findings: codes
            .filter_map(|code| code.as_str().parse().ok())
            .collect(),
    })
}

fn tomorrow(view: &View) -> Option<Tomorrow> {
    let seen = view.preflight.as_ref()?.tomorrow.as_ref()?;
    let count = |light| {
        let such = seen.meetings.iter().filter(|m| m.light == light);
        u32::try_from(such.count()).unwrap_or(u32::MAX)
    };
    Some(Tomorrow {
        at_ms: seen.at.0,
        meetings: u32::try_from(seen.meetings.len()).unwrap_or(u32::MAX),
        red: count(Light::Red),
        yellow: count(Light::Yellow),
    })
}

fn calendar(about: &About, health: CalendarHealth) -> CalendarNow {
    match health {
        _ if !about.has_calendar => CalendarNow::None {},
        CalendarHealth::Never => CalendarNow::Unknown {},
        CalendarHealth::Fresh => CalendarNow::Fresh {},
        CalendarHealth::StaleSince(since) => CalendarNow::Stale { since_ms: since.0 },
    }
}
