//! What lamps and a speakerphone show: derived from what was seen, never from what was wanted.
//! Knows no line and no device.
//!
//! Invariant: a lamp of the open microphone burns steadily only while it was seen open.
//! Invariant: a lamp of the closed microphone burns only while it was seen closed in a call.

use drv_gpio::{Light, Pattern};
use drv_hid::Shows;
use room_core::failure::FaultCode;
use room_core::units::{Percent, Seen, Switch};
use room_core::view::{AfarView, Offer, Phase, View};
use room_profile::LampShows;

/// What this lamp does now.
pub fn light(view: &View, shows: LampShows, brightness: Percent) -> Light {
    // Lamps that say nothing of the microphone make the room findable, the one at the door only while nobody has to know about a call.
    let sought = view.afar == Some(AfarView::Identify);
    let pattern = match shows {
        LampShows::Attention if sought => Pattern::BlinkFast,
        LampShows::Busy if sought && busy(&view.phase) == Pattern::Off => Pattern::BlinkFast,
        LampShows::Busy => busy(&view.phase),
        LampShows::MicOpen => match view.mic.seen {
            Seen::Is(Switch::Open) => Pattern::On,
            Seen::Is(Switch::Closed) => Pattern::Off,
            // Perhaps people are heard: that must not look like silence.
            Seen::Unknown => Pattern::BlinkFast,
        },
        LampShows::MicClosed => match (in_call(view), view.mic.seen) {
            (true, Seen::Is(Switch::Closed)) => Pattern::On,
            _ => Pattern::Off,
        },
        LampShows::Attention => attention(view),
    };
    Light {
        pattern,
        brightness,
    }
}

fn busy(phase: &Phase) -> Pattern {
    match phase {
        Phase::InCall { .. } => Pattern::On,
        Phase::Joining(_)
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded(_)
        | Phase::Reconnecting { .. }
        | Phase::Leaving => Pattern::BlinkSlow,
        Phase::Standby | Phase::Announced { .. } | Phase::Failed { .. } | Phase::Ended(_) => {
            Pattern::Off
        }
    }
}

fn attention(view: &View) -> Pattern {
    let disobeys = view
        .faults
        .iter()
        .any(|fault| fault.code == FaultCode::MicDisobeys);
    match &view.phase {
        _ if disobeys => Pattern::BlinkFast,
        Phase::Failed { .. } | Phase::PersonNeeded(_) | Phase::AsksPasscode { .. } => {
            Pattern::BlinkSlow
        }
        _ => Pattern::Off,
    }
}

/// In a call, as people in the room understand it.
fn in_call(view: &View) -> bool {
    match &view.phase {
        Phase::InCall { .. } | Phase::Reconnecting { .. } => true,
        Phase::PersonNeeded(_) => view.offers.contains(&Offer::MicAndCamera),
        _ => false,
    }
}

/// What a speakerphone shows now.
pub fn phone(view: &View) -> Shows {
    Shows {
        in_call: in_call(view),
        mic: view.mic.seen,
    }
}
