//! The view as phrases. A story asks for some of them: `panel in call / mic closed / offers leave`.

use super::equipment;
use super::pucks;
use super::sound;
use super::times::wall;
use super::words::{NEED, STEP, SWITCH, TROUBLE, WHOM, word_of};
use room_core::units::{Seen, Switch};
use room_core::view::{
    AfarView, BrowserView, EndedWhy, HeadState, HeadView, LeaveWhy, MicNote, Offer, Phase,
    SwitchView, View,
};

/// Every phrase that is true of a view; each begins with what it is about.
pub fn phrases(view: &View) -> Vec<String> {
    let mut all = vec![phase(&view.phase)];
    if let Phase::InCall { since, leaves } = &view.phase {
        all.push(format!("since {}", wall(*since)));
        all.push(match leaves {
            Some((at, why)) => format!("leaves {} {}", wall(*at), leave_why(*why)),
            None => "leaves not".to_owned(),
        });
    }
    if let Phase::Announced { joins_at, warm } = &view.phase {
        all.push(match joins_at {
            Some(at) => format!("joins {}", wall(*at)),
            None => "joins on press".to_owned(),
        });
        all.push(if *warm { "page warm" } else { "page cold" }.to_owned());
    }
    if let Some(way) = view.way {
        all.push(match way.instead_of {
            Some(failure) => format!("by {} instead of {}", way.by.code(), failure.code()),
            None => format!("by {}", way.by.code()),
        });
    }
    all.push(match &view.current {
        Some(meeting) => format!("about {} until {}", meeting.id, wall(meeting.end)),
        None => "about nothing".to_owned(),
    });
    let ids: Vec<&str> = view.meetings.iter().map(|m| m.id.as_str()).collect();
    all.push(list("meetings", &ids));
    all.push(format!("mic {}", switch(view.mic)));
    all.push(format!("camera {}", switch(view.camera)));
    all.push(match view.volume.seen {
        Seen::Is(volume) => format!("volume {}", volume.get()),
        Seen::Unknown => "volume unknown".to_owned(),
    });
    all.push(
        view.people
            .map_or("people unknown".to_owned(), |n| format!("people {n}")),
    );
    all.push(match view.afar {
        None => "afar none".to_owned(),
        Some(AfarView::Identify) => "afar looks for the room".to_owned(),
        Some(AfarView::Picture) => "afar takes a picture".to_owned(),
    });
    all.push(match view.browser {
        BrowserView::Unknown => "browser unknown".to_owned(),
        BrowserView::Here => "browser here".to_owned(),
        BrowserView::Gone => "browser gone".to_owned(),
        BrowserView::BeginsAnew => "browser begins anew".to_owned(),
    });
    all.push(match view.mic_note {
        None => "note none".to_owned(),
        Some(MicNote::Muted) => "note muted".to_owned(),
        Some(MicNote::AskedToUnmute) => "note asked to unmute".to_owned(),
    });
    let agreed: Vec<&str> = view.agreed.iter().map(|kind| kind.code()).collect();
    all.push(list("agreed", &agreed));
    all.extend(view.heads.iter().map(head));
    all.extend(view.pucks.iter().flat_map(pucks::phrases));
    all.extend(view.displays.iter().map(equipment::print_view));
    all.extend(view.sound.iter().flat_map(sound::phrases));
    all.extend(view.preflight.as_ref().map(sound::preflight_phrase));
    let faults: Vec<String> = view.faults.iter().map(fault).collect();
    all.push(list("faults", &faults));
    let offers: Vec<String> = view.offers.iter().map(offer).collect();
    all.push(list("offers", &offers));
    all
}

fn list<T: AsRef<str>>(what: &str, items: &[T]) -> String {
    if items.is_empty() {
        return format!("{what} none");
    }
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    format!("{what} {}", items.join(", "))
}

fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Standby => "standby".to_owned(),
        Phase::Announced { .. } => "announced".to_owned(),
        Phase::Joining(step) => format!("joining {}", word_of(STEP, step)),
        Phase::Waiting { whom, since } => {
            format!("waiting for {} since {}", word_of(WHOM, whom), wall(*since))
        }
        Phase::AsksPasscode { rejected: false } => "asks passcode".to_owned(),
        Phase::AsksPasscode { rejected: true } => "asks passcode again".to_owned(),
        Phase::PersonNeeded(need) => format!("needs {}", word_of(NEED, need)),
        Phase::InCall { .. } => "in call".to_owned(),
        Phase::Reconnecting { trouble, attempt } => {
            format!("reconnecting {} try {attempt}", word_of(TROUBLE, trouble))
        }
        Phase::Leaving => "leaving".to_owned(),
        Phase::Failed {
            failure,
            retry: true,
        } => format!("failed {} may retry", failure.code()),
        Phase::Failed {
            failure,
            retry: false,
        } => format!("failed {} for good", failure.code()),
        Phase::Ended(why) => format!(
            "ended {}",
            match why {
                EndedWhy::ByHost => "by host",
                EndedWhy::Removed => "removed",
                EndedWhy::TimeLimit => "time limit",
                EndedWhy::Alone => "alone",
                EndedWhy::BookedEnd => "booked end",
                EndedWhy::ByFleet => "by the fleet",
            }
        ),
    }
}

fn leave_why(why: LeaveWhy) -> &'static str {
    match why {
        LeaveWhy::BookedEnd => "booked end",
        LeaveWhy::Alone => "alone",
        LeaveWhy::NextMeeting => "next meeting",
    }
}

fn switch(view: SwitchView) -> String {
    let seen = match view.seen {
        Seen::Is(value) => word_of(SWITCH, &value),
        Seen::Unknown => "unknown",
    };
    match view.becoming {
        Some(Switch::Open) => format!("{seen} opening"),
        Some(Switch::Closed) => format!("{seen} closing"),
        None => seen.to_owned(),
    }
}

fn head(view: &HeadView) -> String {
    let state = match view.state {
        HeadState::Unknown => "unknown".to_owned(),
        HeadState::Gone(why) => format!("gone {}", why.code()),
        HeadState::Asleep => "asleep".to_owned(),
        HeadState::Still => "still".to_owned(),
        HeadState::Moving => "moving".to_owned(),
    };
    match view.at_preset {
        Some(number) => format!("head {} {state} at {}", view.id, number.0),
        None => format!("head {} {state}", view.id),
    }
}

fn fault(fault: &room_core::view::Fault) -> String {
    match &fault.subject {
        Some(subject) => format!("{} {subject}", fault.code.code()),
        None => fault.code.code().to_owned(),
    }
}

fn offer(offer: &Offer) -> String {
    match offer {
        Offer::Join(id) => format!("join {id}"),
        Offer::JoinStanding => "standing".to_owned(),
        Offer::Leave => "leave".to_owned(),
        Offer::Extend => "extend".to_owned(),
        Offer::MicAndCamera => "mic".to_owned(),
        Offer::Passcode => "passcode".to_owned(),
        Offer::Retry => "retry".to_owned(),
        Offer::Dismiss => "dismiss".to_owned(),
        Offer::OperatePage => "operate-page".to_owned(),
        Offer::ResetSound => "reset-sound".to_owned(),
        Offer::Preflight => "preflight".to_owned(),
        Offer::StopPreflight => "stop-preflight".to_owned(),
    }
}
