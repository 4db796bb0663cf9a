//! The one line over the conference page on the main display: what people in the room must know during a call.
//! Knows no pixel; the line is short, and the most important part stands first.

use super::gate::now;
use super::texts::{Lang, Texts, texts};
use room_core::hand::Consent;
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{AfarView, LeaveWhy, MicNote, Offer, Phase, SwitchView, View};
use std::time::Duration;

/// The leaving is announced this long before.
const ANNOUNCE: Duration = Duration::from_secs(5 * 60);
const BETWEEN: &str = " · ";

/// The line for now; `None` when there is no call to say something about.
/// Depends on the wall clock by the minute: ask again at least each 15 s while a call runs.
pub fn notice(view: &View, lang: Lang) -> Option<String> {
    notice_at(view, lang, now())
}

/// The line for a given time.
pub fn notice_at(view: &View, lang: Lang, now: Wall) -> Option<String> {
    let texts = texts(lang);
    let mut parts = Vec::new();
    match &view.phase {
        Phase::Reconnecting { .. } => parts.push(texts.get("notice-reconnecting").to_owned()),
        Phase::PersonNeeded(_) => {
            parts.push(texts.get("notice-person").to_owned());
            if view.offers.contains(&Offer::MicAndCamera) {
                parts.extend(switches(texts, view));
            }
        }
        Phase::InCall { leaves, .. } => {
            let leaving = leaves.and_then(|(at, why)| leaving(texts, at.since(now), why));
            parts.extend(view.mic_note.map(|note| mic_note(texts, note)));
            parts.extend(switches(texts, view));
            parts.extend(view.agreed.iter().map(|kind| agreed(texts, *kind)));
            parts.extend(leaving);
        }
        _ => return None,
    }
    if view.afar == Some(AfarView::Identify) {
        parts.push(texts.get("notice-sought").to_owned());
    }
    let mut said = Vec::new();
    for fault in &view.faults {
        if FAULTS_IN_CALL.contains(&fault.code) && !said.contains(&fault.code) {
            parts.push(texts.get(fault.code.code()).to_owned());
            said.push(fault.code);
        }
    }
    Some(parts.join(BETWEEN))
}

use room_core::failure::FaultCode;

/// Faults that matter to people who sit in a call and look at the display.
const FAULTS_IN_CALL: [FaultCode; 6] = [
    FaultCode::MicDisobeys,
    FaultCode::SoundServerGone,
    FaultCode::CallWithoutSound,
    FaultCode::CameraDisobeys,
    FaultCode::BrowserGone,
    FaultCode::HeadGone,
];

fn switches(texts: &Texts, view: &View) -> [String; 2] {
    [
        switch(texts, "mic", view.mic),
        switch(texts, "camera", view.camera),
    ]
}

fn mic_note(texts: &Texts, note: MicNote) -> String {
    let key = match note {
        MicNote::Muted => "notice-mic-note-muted",
        MicNote::AskedToUnmute => "notice-mic-note-asked-to-unmute",
    };
    texts.get(key).to_owned()
}

fn agreed(texts: &Texts, kind: Consent) -> String {
    texts.get(&format!("agreed-{}", kind.code())).to_owned()
}

fn switch(texts: &Texts, what: &str, view: SwitchView) -> String {
    let word = match (view.becoming, view.seen) {
        (Some(Switch::Open), _) => "becoming-open",
        (Some(Switch::Closed), _) => "becoming-closed",
        (None, Seen::Is(Switch::Open)) => "open",
        (None, Seen::Is(Switch::Closed)) => "closed",
        (None, Seen::Unknown) => "unknown",
    };
    texts.get(&format!("notice-{what}-{word}")).to_owned()
}

fn leaving(texts: &Texts, rest: Duration, why: LeaveWhy) -> Option<String> {
    if rest > ANNOUNCE {
        return None;
    }
    let minutes = rest.as_secs().div_ceil(60);
    let why = match why {
        LeaveWhy::BookedEnd => "booked-end",
        LeaveWhy::Alone => "alone",
        LeaveWhy::NextMeeting => "next-meeting",
    };
    let text = match minutes {
        0 => texts.get("notice-leaves-now").to_owned(),
        1 => texts.get(&format!("notice-leaves-one-{why}")).to_owned(),
        n => {
            let count = n.to_string();
            texts.fill(&format!("notice-leaves-other-{why}"), &[("count", &count)])
        }
    };
    Some(text)
}
