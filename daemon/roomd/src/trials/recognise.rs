//! From what IT pasted to a conference, by the room's own packs and allow-list. Opens nothing.

use super::Parts;
use crate::meetings;
use crate::renewal::certainty;
use calendar::{Invitation, Meeting, RoomView, UnixMs, Why, Window, Zone};
use room_api::{By, LookLine};
use room_core::ids::ServiceId;
use room_core::meeting::Target;

/// What was recognised.
pub(super) struct Found {
    /// To be opened in the browser; `None`: nothing is.
    pub target: Option<Target>,
    /// For the one who asked.
    pub line: LookLine,
}

pub(super) fn recognise(text: &str, parts: &Parts) -> Found {
    let (target, why) = if text.trim_start().starts_with("BEGIN:VCALENDAR") {
        of_calendar(text, parts)
    } else {
        calendar::recognise(&invitation(text), &parts.hosts)
    };
    let to_open = target.as_ref().and_then(meetings::target);
    let service = target
        .as_ref()
        .map(|target| ServiceId::new(target.service.as_str()));
    let pack = service.and_then(|service| parts.renewal.shelf().of(&service));
    let has_link = target.as_ref().is_some_and(|target| target.url.is_some());
    let has_sip = target.as_ref().is_some_and(|target| target.sip.is_some());
    let way = match (has_link, has_sip) {
        (true, _) => Some(By::Page),
        (false, true) => Some(By::Sip),
        (false, false) => None,
    };
    let line = LookLine::Recognised {
        service: target
            .as_ref()
            .map(|target| target.service.as_str().to_owned()),
        host: to_open
            .as_ref()
            .map(|target| target.host.as_str().to_owned()),
        way,
        allowed: target.as_ref().is_some_and(|target| target.listed),
        passcode: target
            .as_ref()
            .is_some_and(|target| target.passcode.is_some()),
        why: why.sentence().en,
        code: why.code().to_owned(),
        version: pack.as_ref().map(|pack| pack.version),
        certainty: pack.as_ref().map(|pack| certainty(pack.certainty)),
    };
    let listed = target.as_ref().is_some_and(|target| target.listed);
    Found {
        target: to_open.filter(|_| listed && pack.is_some()),
        line,
    }
}

fn invitation(text: &str) -> Invitation {
    let text = text.trim();
    let alone = !text.contains(char::is_whitespace);
    if alone {
        Invitation::new().url(Some(text.to_owned()))
    } else {
        Invitation::new().description(Some(text.to_owned()))
    }
}

/// Of the meetings to come the first with a conference, else the first.
fn of_calendar(text: &str, parts: &Parts) -> (Option<calendar::Target>, Why) {
    let Ok(calendar) = calendar::parse(text) else {
        return (None, Why::NoText);
    };
    let view = RoomView {
        hosts: parts.hosts.clone(),
        addresses: Vec::new(),
        zone: Zone::UTC,
    };
    let now = UnixMs(crate::clock::wall().0);
    let window = Window {
        from: now.plus(-UnixMs::DAY),
        to: now.plus(366 * UnixMs::DAY),
    };
    let found = calendar::meetings(&calendar, "look", &view, window).meetings;
    let still: Vec<Meeting> = found.into_iter().filter(|m| m.end > now).collect();
    let best = still.iter().find(|m| m.target.is_some()).or(still.first());
    match best {
        Some(meeting) => (meeting.target.clone(), meeting.why.clone()),
        None => (None, Why::NoText),
    }
}
