//! What a room keeper reads in the log: one line for each turn of the room's story, with the reason.
//! Knows no private text: meetings appear by their opaque names.

use room_core::event::{CallSeen, Event, Origin, Press};
use room_core::failure::CallFailure;
use room_core::hand::Consent;
use room_core::view::{EndedWhy, Fault, Phase, View, WayView};
use tracing::{info, warn};

/// Compares each view with the one before.
#[derive(Debug, Default)]
pub struct Story {
    phase: Option<(&'static str, Option<String>, Option<WayView>)>,
    faults: Vec<(&'static str, Option<String>)>,
    agreed: Vec<Consent>,
}

impl Story {
    /// Says what changed; `cause` is the last event before the view.
    pub fn tell(&mut self, view: &View, cause: &str) {
        let meeting = view.current.as_ref().map(|meeting| meeting.id.to_string());
        let phase = (name(&view.phase), meeting, view.way);
        if self.phase.as_ref() != Some(&phase) {
            let failure = match &view.phase {
                Phase::Failed { failure, .. } => Some(failure.code()),
                _ => None,
            };
            let meeting = phase.1.as_deref();
            let way = view.way.map(|way| way.by.code());
            let instead_of = view.way.and_then(|way| way.instead_of);
            let instead_of = instead_of.map(CallFailure::code);
            info!(
                room = view.room,
                phase = phase.0,
                meeting,
                way,
                instead_of,
                failure,
                cause,
                "the room"
            );
            self.phase = Some(phase);
        }
        self.tell_consents(view);
        self.tell_faults(&view.faults);
    }

    /// Somebody may have to prove later what the room agreed to, and by whose word.
    fn tell_consents(&mut self, view: &View) {
        let meeting = view.current.as_ref().map(|meeting| meeting.id.to_string());
        for kind in view
            .agreed
            .iter()
            .filter(|kind| !self.agreed.contains(kind))
        {
            let (kind, meeting) = (kind.code(), meeting.as_deref());
            info!(
                kind,
                meeting, "the room agreed, as the operator had laid down"
            );
        }
        self.agreed.clone_from(&view.agreed);
    }

    fn tell_faults(&mut self, faults: &[Fault]) {
        let now: Vec<_> = faults
            .iter()
            .map(|f| (f.code.code(), f.subject.clone()))
            .collect();
        for fault in now.iter().filter(|fault| !self.faults.contains(fault)) {
            warn!(
                fault = fault.0,
                subject = fault.1.as_deref(),
                "something is wrong"
            );
        }
        for fault in self.faults.iter().filter(|fault| !now.contains(fault)) {
            info!(
                fault = fault.0,
                subject = fault.1.as_deref(),
                "it is well again"
            );
        }
        self.faults = now;
    }
}

/// How a phase is called in logs and for `systemctl status`.
pub fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Standby => "standby",
        Phase::Announced { .. } => "announced",
        Phase::Joining(_) => "joining",
        Phase::Waiting { .. } => "waiting",
        Phase::AsksPasscode { .. } => "asks for a passcode",
        Phase::PersonNeeded(_) => "a person is needed",
        Phase::InCall { .. } => "in call",
        Phase::Reconnecting { .. } => "reconnecting",
        Phase::Leaving => "leaving",
        Phase::Failed { .. } => "failed",
        Phase::Ended(EndedWhy::ByHost) => "ended by the host",
        Phase::Ended(EndedWhy::Removed) => "removed by the host",
        Phase::Ended(EndedWhy::TimeLimit) => "ended by the service's time limit",
        Phase::Ended(EndedWhy::Alone) => "left, nobody else was there",
        Phase::Ended(EndedWhy::BookedEnd) => "left at the booked end",
        Phase::Ended(EndedWhy::ByFleet) => "left, IT ended the call from afar",
    }
}

/// An event in a few words, without anything private.
pub fn cause(event: &Event) -> String {
    match event {
        Event::Deadline => "time".to_owned(),
        Event::Clock { .. } => "the clock".to_owned(),
        Event::Calendar(_) => "the calendar".to_owned(),
        Event::Pressed { press, origin } => {
            format!("{} {}", press_name(press), origin_name(*origin))
        }
        Event::Browser(seen) => format!("the browser: {seen:?}"),
        Event::Call(call, seen) => format!("{call}: {}", call_seen(seen)),
        Event::Screen(_) => "the main display".to_owned(),
        Event::Head(head, _) => format!("head {head}"),
        Event::Puck(puck, presence) => format!("button {puck}: {presence:?}"),
        Event::Firmware(puck, seen) => format!("firmware of button {puck}: {seen:?}"),
        Event::Display(display, seen) => format!("display {display}: {seen:?}"),
        Event::Camera(camera, seen) => format!("camera {camera}: {seen:?}"),
        Event::Fitting(fitting, seen) => format!("{fitting}: {seen:?}"),
        Event::Sound(seen) => format!("the sound: {seen:?}"),
        Event::Preflight(_, seen) => format!("preflight: {seen:?}"),
        Event::Hours(_) => "the hours of the day".to_owned(),
        Event::Done { .. } => "a command ended".to_owned(),
        Event::PlanChanged(_) => "a new plan".to_owned(),
        Event::Restored(_) => "what was remembered".to_owned(),
        Event::Stopping => "the daemon ends".to_owned(),
    }
}

fn call_seen(seen: &CallSeen) -> String {
    match seen {
        CallSeen::Failed(failure) => failure.code().to_owned(),
        other => format!("{other:?}"),
    }
}

fn press_name(press: &Press) -> &'static str {
    match press {
        Press::Join(_) => "join pressed",
        Press::JoinStanding => "standing call pressed",
        Press::Leave => "leave pressed",
        Press::Extend => "extend pressed",
        Press::Mic(_) => "microphone pressed",
        Press::Camera(_) => "camera pressed",
        Press::Volume(_) => "volume pressed",
        Press::ResetSound => "reset of the sound pressed",
        Press::Preflight => "preflight pressed",
        Press::StopPreflight => "end of preflight pressed",
        Press::LookAhead => "look at the next day asked for",
        Press::Identify(_) => "the room is to be found",
        Press::Picture => "a picture of the room's page asked for",
        Press::PictureTaken => "a picture of the room's page taken",
        Press::RestartBrowser => "start of the browser asked for",
        Press::Passcode(_) => "passcode typed",
        Press::Retry => "retry pressed",
        Press::Dismiss => "dismiss pressed",
        Press::Head(..) => "camera pad pressed",
        Press::Key(..) => "key pressed",
        Press::UpdatePuck(_) => "firmware of a button asked for",
        Press::Hand(_) => "hand on the page",
    }
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Puck => "at the table button",
        Origin::Button => "at a button in the room",
        Origin::Panel => "at the panel",
        Origin::Console => "at the command line",
        Origin::Fleet => "by the fleet",
    }
}
