//! What a table button shows: derived from what was seen, in two short lines and a ring of light.
//! Knows no line and no button; shows no subject of a meeting, since it lies open on a table.

use crate::faces::Lang;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use drv_puck::{Mic, Ring, Show, Text};
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{EndedWhy, Offer, Phase, SwitchView, View};

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
pub fn show(view: &View, voice: Voice, now: Wall) -> Show {
    let (one, two) = lines(view, voice);
    Show {
        ring: ring(view),
        mic: mic(view.mic),
        minutes: minutes(view, now),
        line_one: Text::cut(&one),
        line_two: Text::cut(&two),
    }
}

fn mic(mic: SwitchView) -> Mic {
    match mic.seen {
        Seen::Is(Switch::Open) => Mic::Open,
        Seen::Is(Switch::Closed) => Mic::Closed,
        Seen::Unknown => Mic::Unknown,
    }
}

fn ring(view: &View) -> Ring {
    match &view.phase {
        Phase::Standby => Ring::Off,
        Phase::Announced { .. } => match view.offers.iter().any(|o| matches!(o, Offer::Join(_))) {
            true => Ring::Breathing,
            false => Ring::Off,
        },
        Phase::Joining(_) | Phase::Waiting { .. } | Phase::Leaving => Ring::Sweep,
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
        Phase::Standby | Phase::Ended(_) => {
            let coming = |m: &&room_core::view::MeetingView| !m.all_day && m.start > now;
            view.meetings
                .iter()
                .find(coming)
                .map(|meeting| meeting.start)
        }
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

fn lines(view: &View, voice: Voice) -> (String, String) {
    let say = |de: &str, en: &str| pick(voice, de, en).to_owned();
    let one = match &view.phase {
        Phase::Standby => view.room.clone(),
        Phase::Announced { .. } => say("Besprechung beginnt", "Meeting coming up"),
        Phase::Joining(_) => say("Wird verbunden …", "Connecting …"),
        Phase::Waiting { .. } => say("Warten auf Einlass", "Waiting to be let in"),
        Phase::AsksPasscode { .. } => say("Kenncode am Panel eingeben", "Type passcode at panel"),
        Phase::PersonNeeded(_) => say("Bitte am Panel weiter", "Please go on at panel"),
        Phase::InCall { .. } => call_line(view.mic, say),
        Phase::Reconnecting { .. } => say("Verbindung wird erneuert", "Reconnecting"),
        Phase::Leaving => say("Wird beendet …", "Leaving …"),
        Phase::Failed { .. } => say("Es hat nicht geklappt", "It did not work"),
        Phase::Ended(EndedWhy::Removed) => say("Aus Besprechung entfernt", "Removed from meeting"),
        Phase::Ended(_) => say("Besprechung beendet", "Meeting ended"),
    };
    (one, second_line(view, voice))
}

fn call_line(mic: SwitchView, say: impl Fn(&str, &str) -> String) -> String {
    match mic.seen {
        Seen::Is(Switch::Open) => say("Mikrofon ist an", "Microphone is on"),
        Seen::Is(Switch::Closed) => say("Mikrofon ist aus", "Microphone is off"),
        Seen::Unknown => say("Mikrofon unbekannt", "Microphone unknown"),
    }
}

fn second_line(view: &View, voice: Voice) -> String {
    let times = |m: &room_core::view::MeetingView| {
        format!("{} – {}", clock(m.start, voice), clock(m.end, voice))
    };
    match &view.phase {
        Phase::Failed { .. } => {
            pick(voice, "Hilfe steht am Panel", "Help is on the panel").to_owned()
        }
        Phase::Standby | Phase::Ended(_) => view
            .meetings
            .iter()
            .find(|m| !m.all_day)
            .map(times)
            .unwrap_or_default(),
        _ => view
            .current
            .as_ref()
            .filter(|m| !m.all_day)
            .map(times)
            .unwrap_or_default(),
    }
}

fn pick<'a>(voice: Voice, de: &'a str, en: &'a str) -> &'a str {
    match voice.lang {
        Lang::De => de,
        Lang::En => en,
    }
}

/// The time of day, as people in the room read it.
pub(crate) fn clock(at: Wall, voice: Voice) -> String {
    voice.local(at).format("%H:%M").to_string()
}
