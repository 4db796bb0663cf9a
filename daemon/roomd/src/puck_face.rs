//! What a table button shows: derived from what was seen, in a few short lines and a ring of light.
//! Knows no line and no button; shows no subject of a meeting, since it lies open on a table.

use crate::faces::{Lang, Texts, texts};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use drv_puck::{Face, Light, Mic, Ring, Scene, Text, Tongue};
use room_core::event::WaitingFor;
use room_core::failure::{CallFailure, FaultCode};
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{AfarView, EndedWhy, LeaveWhy, MeetingView, Offer, Phase, SwitchView, View};
use std::time::Duration;

/// A meeting that begins within this lights a button that nobody touches.
const SOON: Duration = Duration::from_secs(15 * 60);

/// How a room speaks at its buttons.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// In which language.
    pub lang: Lang,
    /// With which times.
    pub zone: Tz,
}

impl Voice {
    fn local(self, at: Wall) -> DateTime<Tz> {
        let time = DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default();
        time.with_timezone(&self.zone)
    }

    /// The day, as people in the room count it.
    pub(crate) fn day(self, at: Wall) -> NaiveDate {
        self.local(at).date_naive()
    }
}

/// What every button of the room shows at this time.
pub fn show(view: &View, voice: Voice, now: Wall) -> Face {
    let texts = texts(voice.lang);
    let action = action(view, now);
    // There is one line for both, and what a person can do is worth more.
    let trouble = trouble(view).filter(|_| action.is_none());
    Face {
        ring: ring(view),
        mic: mic(view.mic),
        scene: scene(view),
        tongue: match voice.lang {
            Lang::De => Tongue::German,
            Lang::En => Tongue::English,
        },
        light: light(view, voice, now),
        minutes: minutes(view, now),
        headline: Text::cut(&headline(view, voice, texts, now)),
        detail: Text::cut(&detail(view, voice)),
        action: Text::cut(action.map_or("", |key| texts.get(key))),
        trouble: Text::cut(trouble.map_or("", |key| texts.get(key))),
    }
}

fn scene(view: &View) -> Scene {
    match &view.phase {
        Phase::Standby | Phase::Ended(_) => Scene::Free,
        Phase::Announced { .. } => Scene::Coming,
        Phase::Joining(_) | Phase::Reconnecting { .. } | Phase::Leaving => Scene::Moving,
        Phase::Waiting { .. } => Scene::Waiting,
        Phase::AsksPasscode { .. } | Phase::PersonNeeded(_) => Scene::Question,
        Phase::InCall { .. } => Scene::Call,
        Phase::Failed { .. } => Scene::Trouble,
    }
}

/// Bright while something goes on or comes up soon, dark when nothing more comes up today.
fn light(view: &View, voice: Voice, now: Wall) -> Light {
    if view.phase != Phase::Standby || is_sought(view) {
        return Light::Full;
    }
    let next = coming(view, now).map(|meeting| meeting.start);
    match next {
        Some(start) if start.since(now) <= SOON => Light::Full,
        Some(start) if voice.day(start) == voice.day(now) => Light::Dim,
        Some(_) | None if trouble(view).is_some() => Light::Dim,
        Some(_) | None => Light::Dark,
    }
}

fn coming(view: &View, now: Wall) -> Option<&MeetingView> {
    let coming = |m: &&MeetingView| !m.all_day && m.start > now;
    view.meetings.iter().find(coming)
}

fn mic(mic: SwitchView) -> Mic {
    match mic.seen {
        Seen::Is(Switch::Open) => Mic::Open,
        Seen::Is(Switch::Closed) => Mic::Closed,
        Seen::Unknown => Mic::Unknown,
    }
}

/// IT looks for the room, and nobody is in a call at whose microphone the ring must say the truth.
fn is_sought(view: &View) -> bool {
    let still = matches!(
        view.phase,
        Phase::Standby | Phase::Announced { .. } | Phase::Ended(_)
    );
    view.afar == Some(AfarView::Identify) && still
}

fn ring(view: &View) -> Ring {
    if is_sought(view) {
        return Ring::WhiteDouble;
    }
    match &view.phase {
        Phase::Standby => Ring::Off,
        Phase::Announced { .. } => match view.offers.iter().any(|o| matches!(o, Offer::Join(_))) {
            true => Ring::Breathing,
            false => Ring::Off,
        },
        Phase::Joining(_) | Phase::Leaving => Ring::Sweep,
        Phase::Waiting { .. } => Ring::WhiteDouble,
        Phase::AsksPasscode { .. } | Phase::PersonNeeded(_) | Phase::Reconnecting { .. } => {
            Ring::Amber
        }
        Phase::Failed { .. } => Ring::Amber,
        Phase::InCall { .. } => match view.mic.seen {
            Seen::Is(Switch::Open) => Ring::Green,
            Seen::Is(Switch::Closed) => Ring::Red,
            Seen::Unknown => Ring::Amber,
        },
        Phase::Ended(_) => Ring::Off,
    }
}

/// Minutes until the next meeting, or left in this one.
fn minutes(view: &View, now: Wall) -> Option<u16> {
    let until = match &view.phase {
        Phase::InCall {
            leaves: Some((at, _)),
            ..
        } => Some(*at),
        Phase::InCall { leaves: None, .. } | Phase::Reconnecting { .. } => view
            .current
            .as_ref()
            .filter(|meeting| !meeting.all_day)
            .map(|meeting| meeting.end),
        Phase::Announced { .. } => view.current.as_ref().map(|meeting| meeting.start),
        Phase::Standby | Phase::Ended(_) => coming(view, now).map(|meeting| meeting.start),
        Phase::Joining(_)
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded(_)
        | Phase::Leaving
        | Phase::Failed { .. } => None,
    };
    let minutes = until
        .filter(|until| *until > now)?
        .since(now)
        .as_secs()
        .div_ceil(60);
    u16::try_from(minutes)
        .ok()
        .filter(|minutes| *minutes <= 24 * 60)
}

fn headline(view: &View, voice: Voice, texts: &Texts, now: Wall) -> String {
    let key = match &view.phase {
        _ if is_sought(view) => "small-sought",
        Phase::Standby => "small-free",
        Phase::Announced { .. } => return announced(view, voice, texts, now),
        Phase::Joining(_) => "small-joining",
        Phase::Waiting { whom, .. } => match whom {
            WaitingFor::Host => "button-waiting-host",
            WaitingFor::Lobby => "small-waiting",
            WaitingFor::Hold => "button-waiting-hold",
        },
        Phase::AsksPasscode { .. } => "small-passcode",
        Phase::PersonNeeded(_) => "small-person",
        Phase::InCall { leaves, .. } => match leaves {
            Some((_, LeaveWhy::BookedEnd)) => "button-leaves-booked-end",
            Some((_, LeaveWhy::Alone)) => "button-leaves-alone",
            Some((_, LeaveWhy::NextMeeting)) => "button-leaves-next-meeting",
            None => match view.mic.seen {
                Seen::Is(Switch::Open) => "notice-mic-open",
                Seen::Is(Switch::Closed) => "notice-mic-closed",
                Seen::Unknown => "small-mic-unknown",
            },
        },
        Phase::Reconnecting { .. } => "small-reconnecting",
        Phase::Leaving => "small-leaving",
        Phase::Failed { failure, .. } => why(*failure),
        Phase::Ended(EndedWhy::Removed) => "button-removed",
        Phase::Ended(_) => "small-ended",
    };
    texts.get(key).to_owned()
}

fn announced(view: &View, voice: Voice, texts: &Texts, now: Wall) -> String {
    let Some(meeting) = &view.current else {
        return texts.get("small-free").to_owned();
    };
    let key = match meeting.start > now {
        true => "small-begins",
        false => "small-running",
    };
    texts.fill(key, &[("time", &clock(meeting.start, voice))])
}

/// From when to when.
fn detail(view: &View, voice: Voice) -> String {
    let meeting = match &view.phase {
        Phase::Standby | Phase::Ended(_) => view.meetings.iter().find(|m| !m.all_day),
        _ => view.current.as_ref().filter(|m| !m.all_day),
    };
    let times = |m: &MeetingView| format!("{} – {}", clock(m.start, voice), clock(m.end, voice));
    meeting.map(times).unwrap_or_default()
}

/// What a short press of the big key does.
fn action(view: &View, now: Wall) -> Option<&'static str> {
    let offers = |offer: &Offer| view.offers.contains(offer);
    match &view.phase {
        Phase::Failed { .. } => offers(&Offer::Retry).then_some("button-retry"),
        Phase::InCall { leaves, .. } => {
            (leaves.is_some() && offers(&Offer::Extend)).then_some("button-stay")
        }
        // With several that could be meant, the key waits for a choice on the panel.
        Phase::Announced { .. } => joinable(view).next().and(only_one(view)),
        Phase::Standby | Phase::Ended(_) => joinable(view)
            .any(|meeting| meeting.start <= now && now < meeting.end)
            .then_some(())
            .and(only_one(view)),
        _ => None,
    }
}

fn joinable(view: &View) -> impl Iterator<Item = &MeetingView> {
    let offered = |m: &&MeetingView| view.offers.contains(&Offer::Join(m.id.clone()));
    view.meetings.iter().filter(offered)
}

fn only_one(view: &View) -> Option<&'static str> {
    (joinable(view).count() == 1).then_some("button-join")
}

/// What is wrong beside the headline, read at a glance; the panel says it in full.
fn trouble(view: &View) -> Option<&'static str> {
    if let Phase::Failed { .. } = &view.phase {
        return Some("button-see-panel");
    }
    view.faults.iter().find_map(|fault| match fault.code {
        FaultCode::MicDisobeys => Some("button-mic-disobeys"),
        FaultCode::DoubleBooking => Some("button-double-booking"),
        FaultCode::ClockWrong => Some("button-clock-wrong"),
        _ => None,
    })
}

/// In a few words; what they do not cover stands on the panel.
fn why(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::NotFound => "button-failed-not-found",
        CallFailure::Full | CallFailure::Locked | CallFailure::Denied | CallFailure::Declined => {
            "button-failed-not-let-in"
        }
        CallFailure::WrongPasscode | CallFailure::PasscodeTimeout => "button-failed-passcode",
        CallFailure::LobbyTimeout | CallFailure::HostTimeout => "button-failed-nobody",
        CallFailure::Unreachable | CallFailure::ConnectionLost => "button-failed-network",
        _ => "small-failed",
    }
}

/// The time of day, as people in the room read it.
pub(crate) fn clock(at: Wall, voice: Voice) -> String {
    voice.local(at).format("%H:%M").to_string()
}
