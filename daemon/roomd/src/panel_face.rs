//! What a small panel shows: derived from what was seen, in a few short lines.
//! Knows no pixel and no bus. Subjects of meetings stay away from it unless the room's file allows them.

use crate::faces::{Texts, texts};
use crate::puck_face::{Voice, clock};
use drv_panel::{Mic, Show, Tone};
use room_core::failure::FaultCode;
use room_core::meeting::MeetingStatus;
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{AfarView, MeetingView, Phase, View};

/// Whether subjects of meetings may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subjects {
    /// For everybody who passes by.
    Shown,
    /// Only times.
    Hidden,
}

/// What the panel shows at this time.
pub fn show(view: &View, voice: Voice, subjects: Subjects, now: Wall) -> Show {
    let face = Face {
        view,
        voice,
        subjects,
        now,
        texts: texts(voice.lang),
    };
    Show {
        room: view.room.clone(),
        tone: face.tone(),
        headline: face.headline(),
        next: face.next(),
        mic: face.mic(),
        mic_text: face.mic_text(),
        trouble: face.trouble(),
    }
}

struct Face<'a> {
    view: &'a View,
    voice: Voice,
    subjects: Subjects,
    now: Wall,
    texts: &'static Texts,
}

impl Face<'_> {
    fn tone(&self) -> Tone {
        if self.trouble().is_some() {
            return Tone::Attention;
        }
        match self.view.phase {
            Phase::Standby | Phase::Ended(_) => Tone::Free,
            Phase::Announced { .. } => Tone::Soon,
            Phase::Joining(_)
            | Phase::Waiting { .. }
            | Phase::Reconnecting { .. }
            | Phase::Leaving => Tone::Working,
            Phase::InCall { .. } => Tone::Busy,
            Phase::AsksPasscode { .. } | Phase::PersonNeeded(_) | Phase::Failed { .. } => {
                Tone::Attention
            }
        }
    }

    fn headline(&self) -> String {
        let say = |key: &'static str| self.texts.get(key).to_owned();
        match &self.view.phase {
            Phase::Standby | Phase::Announced { .. } | Phase::Ended(_)
                if self.view.afar == Some(AfarView::Identify) =>
            {
                say("small-sought")
            }
            Phase::Standby => match self.coming() {
                Some(meeting) => self.timed("small-free-until", meeting.start),
                None => say("small-free"),
            },
            Phase::Announced { .. } => match &self.view.current {
                Some(meeting) if meeting.start > self.now => {
                    self.timed("small-begins", meeting.start)
                }
                Some(meeting) => self.timed("small-running", meeting.start),
                None => say("small-free"),
            },
            Phase::Joining(_) => say("small-joining"),
            Phase::Waiting { .. } => say("small-waiting"),
            Phase::AsksPasscode { .. } => say("small-passcode"),
            Phase::PersonNeeded(_) => say("small-person"),
            Phase::InCall { .. } => say("small-in-call"),
            Phase::Reconnecting { .. } => say("small-reconnecting"),
            Phase::Leaving => say("small-leaving"),
            Phase::Failed { .. } => say("small-failed"),
            Phase::Ended(_) => say("small-ended"),
        }
    }

    /// The meeting that it is about, or the next one of today.
    fn next(&self) -> Option<String> {
        match &self.view.phase {
            Phase::Standby | Phase::Ended(_) | Phase::Failed { .. } => {
                self.coming().map(|m| self.line(m))
            }
            Phase::InCall { .. } | Phase::Reconnecting { .. } => {
                let current = self.view.current.as_ref().filter(|m| !m.all_day);
                current.map(|meeting| self.timed("small-until", meeting.end))
            }
            _ => self
                .view
                .current
                .as_ref()
                .filter(|m| !m.all_day)
                .map(|m| self.line(m)),
        }
    }

    fn coming(&self) -> Option<&MeetingView> {
        let today = self.voice.day(self.now);
        let coming = |m: &&MeetingView| {
            let takes_place = !m.all_day && m.status != MeetingStatus::Cancelled;
            takes_place && m.start > self.now && self.voice.day(m.start) == today
        };
        self.view.meetings.iter().find(coming)
    }

    fn line(&self, meeting: &MeetingView) -> String {
        let times = format!(
            "{} – {}",
            clock(meeting.start, self.voice),
            clock(meeting.end, self.voice)
        );
        let title = meeting
            .title
            .as_ref()
            .filter(|_| self.subjects == Subjects::Shown);
        title.map_or(times.clone(), |title| format!("{times} {}", title.reveal()))
    }

    fn timed(&self, key: &'static str, at: Wall) -> String {
        self.texts.fill(key, &[("time", &clock(at, self.voice))])
    }

    fn mic(&self) -> Mic {
        match self.view.mic.seen {
            Seen::Is(Switch::Open) => Mic::Open,
            Seen::Is(Switch::Closed) => Mic::Closed,
            Seen::Unknown => Mic::Unknown,
        }
    }

    fn mic_text(&self) -> String {
        let key = match self.mic() {
            Mic::Open => "notice-mic-open",
            Mic::Closed => "notice-mic-closed",
            Mic::Unknown => "small-mic-unknown",
        };
        self.texts.get(key).to_owned()
    }

    /// One sentence, and only what people before the panel can do something about.
    fn trouble(&self) -> Option<String> {
        let code = match &self.view.phase {
            Phase::Failed { failure, .. } => failure.code(),
            _ => {
                let mut faults = self.view.faults.iter().map(|fault| fault.code);
                faults.find(|code| MATTERS_HERE.contains(code))?.code()
            }
        };
        Some(self.texts.get(code).to_owned())
    }
}

/// Other faults stand on the panel page, where there is more room and something can be done.
const MATTERS_HERE: [FaultCode; 3] = [
    FaultCode::MicDisobeys,
    FaultCode::DoubleBooking,
    FaultCode::ClockWrong,
];
