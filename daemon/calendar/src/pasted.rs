//! What somebody pasted (a link, an invitation's text, a calendar entry) as a conference. Owns which of several meetings is
//! meant; decides nothing about links.

use crate::{HostTable, Invitation, Meeting, RoomView, Target, UnixMs, Why, Window, Zone};

/// Recognises a pasted text. Of a calendar the first meeting to come that has a conference counts, else the first one.
pub fn pasted(text: &str, hosts: &HostTable, now: UnixMs) -> (Option<Target>, Why) {
    let text = text.trim();
    if text.starts_with("BEGIN:VCALENDAR") {
        return of_calendar(text, hosts, now);
    }
    let invitation = match text.contains(char::is_whitespace) {
        false => Invitation::new().url(Some(text.to_owned())),
        true => Invitation::new().description(Some(text.to_owned())),
    };
    crate::recognise(&invitation, hosts)
}

fn of_calendar(text: &str, hosts: &HostTable, now: UnixMs) -> (Option<Target>, Why) {
    let Ok(calendar) = crate::parse(text) else {
        return (None, Why::NoText);
    };
    let view = RoomView {
        hosts: hosts.clone(),
        addresses: Vec::new(),
        zone: Zone::UTC,
    };
    let window = Window {
        from: now.plus(-UnixMs::DAY),
        to: now.plus(366 * UnixMs::DAY),
    };
    let found = crate::meetings(&calendar, "pasted", &view, window).meetings;
    let still: Vec<Meeting> = found.into_iter().filter(|m| m.end > now).collect();
    let best = still.iter().find(|m| m.target.is_some()).or(still.first());
    match best {
        Some(meeting) => (meeting.target.clone(), meeting.why.clone()),
        None => (None, Why::NoText),
    }
}
