//! The room's state as text for a terminal. Knows no daemon.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use room_api::{
    ButtonUpdate, Calendar, Camera, CameraState, Certainty, Clock, Display, DisplayState, Fault,
    Head, HeadState, Joinable, Meeting, MeetingStatus, Page, PanelState, Phase, Picture,
    Recognition, Switch, SwitchState, TableButton,
};
use std::fmt::Write;

/// One line: what the room is doing.
pub fn line(state: &PanelState) -> String {
    format!("{}: {}", state.room, phase(state))
}

/// Everything worth knowing, a line for each thing.
pub fn text(state: &PanelState) -> String {
    let mut text = line(state) + "\n";
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<11} {value}");
    };
    row("microphone", switch(state.mic));
    row("camera", switch(state.camera));
    row(
        "volume",
        state
            .volume
            .seen
            .map_or_else(|| "unknown".to_owned(), |v| format!("{v} %")),
    );
    if let Some(people) = state.people {
        row("others", people.to_string());
    }
    for head in &state.heads {
        row(&head.id, format!("camera {}", head_state(head)));
    }
    for button in &state.buttons {
        let foreign = |fault: &Fault| {
            fault.code == "puck-foreign" && fault.subject.as_ref() == Some(&button.id)
        };
        let heard = match state.faults.iter().any(foreign) {
            true => Heard::Foreign,
            false => Heard::Understood,
        };
        row(&button.id, button_line(button, heard));
    }
    for display in &state.displays {
        row(&display.id, display_line(display));
    }
    for camera in &state.cameras {
        row(&camera.id, camera_line(camera));
    }
    for meeting in &state.meetings {
        row("meeting", meeting_line(state, meeting));
    }
    match state.calendar {
        Calendar::Never {} => row("calendar", "not read yet".to_owned()),
        Calendar::Fresh {} => {}
        Calendar::Stale { since_ms } => {
            row(
                "calendar",
                format!("cannot be read, as of {}", time(state, since_ms)),
            );
        }
    }
    if state.clock == Clock::Wrong {
        row("clock", "wrong: nothing is joined by itself".to_owned());
    }
    for fault in &state.faults {
        let subject = fault
            .subject
            .as_deref()
            .map(|s| format!(" ({s})"))
            .unwrap_or_default();
        row(
            "FAULT",
            format!(
                "{}{subject}{} since {}",
                fault.code,
                fault
                    .cause
                    .as_deref()
                    .map(|cause| format!(": {cause}"))
                    .unwrap_or_default(),
                time(state, fault.since_ms)
            ),
        );
    }
    if !state.faults.is_empty() {
        row("", crate::explain::HINT.to_owned());
    }
    text
}

/// Whether the daemon understands a table button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It does, or the button is away.
    Understood,
    /// The button is there and speaks another version.
    Foreign,
}

/// What the room knows of a table button.
pub fn button_line(button: &TableButton, heard: Heard) -> String {
    let mut line = match (button.update, button.here) {
        (ButtonUpdate::Runs, _) => "table button is given new firmware".to_owned(),
        (ButtonUpdate::Waits, _) => "table button waits for firmware".to_owned(),
        (ButtonUpdate::None | ButtonUpdate::Failed, true) => "table button here".to_owned(),
        (ButtonUpdate::None | ButtonUpdate::Failed, false) => match heard {
            Heard::Foreign => "table button not understood, its firmware is of another version",
            Heard::Understood => "table button missing",
        }
        .to_owned(),
    };
    if let Some(runs) = &button.firmware {
        line += &format!(", firmware {runs}");
    }
    if let Some(newer) = &button.offered {
        line += &format!(", {newer} is offered");
    }
    if let Some(why) = &button.failure {
        line += &format!(", the last update failed ({why})");
    }
    line
}

fn display_line(display: &Display) -> String {
    let state = match display.state {
        DisplayState::Unknown => "not read yet",
        DisplayState::Gone => "away",
        DisplayState::Asleep => "in standby",
        DisplayState::Warming => "warming up",
        DisplayState::On => "on",
        DisplayState::OtherInput => "shows somebody's own device",
        DisplayState::Cooling => "cooling down",
    };
    let why = display.failure.as_deref();
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    let by_hand = if display.by_hand {
        ", left so because somebody switched it"
    } else {
        ""
    };
    format!("display {state}{why}{by_hand}")
}

fn camera_line(camera: &Camera) -> String {
    let state = match camera.state {
        CameraState::Unknown => "not seen yet",
        CameraState::Gone => "cannot be used",
        CameraState::InUse => "in use",
        CameraState::Free => "free",
    };
    let why = camera.failure.as_deref();
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    let picture = match camera.picture {
        None => "",
        Some(Picture::Good) => ", picture good",
        Some(Picture::Dark) => ", the room is dark",
        Some(Picture::Black) => ", picture black",
        Some(Picture::Frozen) => ", picture frozen",
        Some(Picture::Covered) => ", lens covered",
        Some(Picture::Blurred) => ", out of focus",
    };
    format!("camera {state}{why}{picture}")
}

fn phase(state: &PanelState) -> String {
    let word = |text: &str| text.to_owned();
    match &state.phase {
        Phase::Standby {} => word("standby"),
        Phase::Announced {
            joins_at_ms: Some(at),
            ..
        } => {
            format!(
                "a meeting comes up; joins by itself at {}",
                time(state, *at)
            )
        }
        Phase::Announced {
            joins_at_ms: None, ..
        } => word("a meeting comes up; joins on press"),
        Phase::Joining { .. } => word("joining"),
        Phase::Waiting { since_ms, .. } => {
            format!("waiting to be let in since {}", time(state, *since_ms))
        }
        Phase::AsksPasscode { rejected: false } => word("asks for a passcode at the panel"),
        Phase::AsksPasscode { rejected: true } => word("passcode refused; asks again at the panel"),
        Phase::PersonNeeded { .. } => word("a person must go on at the panel"),
        Phase::InCall { since_ms, leaves } => {
            let leaves = leaves.map(|l| format!(", leaves at {}", time(state, l.at_ms)));
            format!(
                "in call since {}{}",
                time(state, *since_ms),
                leaves.unwrap_or_default()
            )
        }
        Phase::Reconnecting { attempt, .. } => format!("reconnecting, try {attempt}"),
        Phase::Leaving {} => word("leaving"),
        Phase::Failed {
            failure,
            recognition,
            ..
        } => match recognition {
            Some(known) => format!("failed: {failure}; {}", known_by(known)),
            None => format!("failed: {failure}"),
        },
        Phase::Ended { .. } => word("the call was ended"),
    }
}

fn known_by(known: &Recognition) -> String {
    let how = match known.certainty {
        Certainty::Contract => "recognised by contract",
        Certainty::VendorTestIds => "recognised by the vendor's own marks",
        Certainty::SeenInPublicCode => "recognised by signs from public code",
        Certainty::Unverified => "recognised by unverified signs",
    };
    let seen = known.seen.as_deref().unwrap_or("unknown");
    format!("the pages of {} are {how}, as of {seen}", known.service)
}

fn switch(switch: SwitchState) -> String {
    let word = |switch| match switch {
        Switch::Open => "open",
        Switch::Closed => "closed",
    };
    let seen = switch.seen.map_or("unknown", word);
    match switch.becoming {
        Some(becoming) => format!("{seen}, becoming {}", word(becoming)),
        None => seen.to_owned(),
    }
}

fn head_state(head: &Head) -> String {
    match (head.state, &head.failure) {
        (HeadState::Unknown, _) => "not seen yet".to_owned(),
        (HeadState::Gone, Some(failure)) => format!("missing ({failure})"),
        (HeadState::Gone, None) => "missing".to_owned(),
        (HeadState::Asleep, _) => "asleep".to_owned(),
        (HeadState::Still, _) => "still".to_owned(),
        (HeadState::Moving, _) => "moving".to_owned(),
    }
}

fn meeting_line(state: &PanelState, meeting: &Meeting) -> String {
    let title = meeting
        .title
        .as_ref()
        .map_or("(private)", |title| title.reveal());
    let span = match meeting.all_day {
        true => "all day".to_owned(),
        false => format!(
            "{}–{}",
            time(state, meeting.start_ms),
            time(state, meeting.end_ms)
        ),
    };
    let status = match meeting.status {
        MeetingStatus::Confirmed => "",
        MeetingStatus::Tentative => ", tentative",
        MeetingStatus::Cancelled => ", cancelled",
    };
    let why = match &meeting.joinable {
        Joinable::Yes { service } => format!("joins with {service}"),
        Joinable::Cancelled {} => "cancelled".to_owned(),
        Joinable::Exempt {} => "exempt".to_owned(),
        Joinable::NoLink {} => "no link".to_owned(),
        Joinable::UnknownHost { host } => format!("host {host} is not allowed"),
        Joinable::Refused { host } => format!("link to {host} is refused"),
        Joinable::NotJoinable { service } => format!("this room cannot join {service}"),
        Joinable::Page { service, page } => {
            let page = match page {
                Page::Registration => "a registration",
                Page::Recording => "a recording",
                Page::SignIn => "a log-in page",
                Page::Other => "a page of information",
            };
            format!("link of {service} leads to {page}")
        }
        Joinable::Sealed { host } => format!("mail filter {host} hides the link"),
    };
    format!("{span}  {title}{status}  [{why}]  {}", meeting.id)
}

fn time(state: &PanelState, ms: i64) -> String {
    let zone: Tz = state.zone.parse().unwrap_or(Tz::UTC);
    let at = DateTime::<Utc>::from_timestamp_millis(ms)
        .unwrap_or_default()
        .with_timezone(&zone);
    let now = DateTime::<Utc>::from_timestamp_millis(state.now_ms)
        .unwrap_or_default()
        .with_timezone(&zone);
    match at.date_naive() == now.date_naive() {
        true => at.format("%H:%M").to_string(),
        false => at.format("%Y-%m-%d %H:%M").to_string(),
    }
}
