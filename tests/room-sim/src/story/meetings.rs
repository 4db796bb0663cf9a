//! A meeting as a line: `b 10:00 to 11:00 practice self code=1234`.

use super::plans::target;
use super::times::{read_wall, wall};
use super::words::{Doubt, Words};
use room_core::ids::{HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{By, Conference, Meeting, MeetingStatus, NoTarget, Page, Target, Way};
use room_core::plan::JoinPolicy;

/// Reads a line.
pub fn read(line: &str) -> Result<Meeting, Doubt> {
    let mut words = Words::new(line);
    let id = words.next("name")?;
    let start = words.read("begin", read_wall)?;
    if !words.eat("to") {
        return Err("\"to\" is missing".to_owned());
    }
    let end = words.read("end", read_wall)?;
    let mut meeting = Meeting {
        id: MeetingId::new(id),
        title: Private::new(format!("Meeting {id}")),
        organizer: None,
        start,
        end,
        all_day: false,
        private: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: None,
        conference: conference(id, words.next("place")?),
    };
    while let Some(word) = words.peek() {
        words.next("flag")?;
        set(&mut meeting, word).ok_or(format!("{word:?} says nothing about a meeting"))?;
    }
    Ok(meeting)
}

fn conference(id: &str, place: &str) -> Conference {
    match place.split_once(':') {
        Some(("unknown", host)) => Conference::Nowhere(NoTarget::UnknownHost(HostName::new(host))),
        Some(("refused", host)) => Conference::Nowhere(NoTarget::Refused(HostName::new(host))),
        Some(("unjoinable", service)) => {
            Conference::Nowhere(NoTarget::NotJoinable(ServiceId::new(service)))
        }
        Some(("page", service)) => {
            Conference::Nowhere(NoTarget::Page(ServiceId::new(service), Page::Other))
        }
        Some(("sealed", host)) => Conference::Nowhere(NoTarget::Sealed(HostName::new(host))),
        _ if place == "nowhere" => Conference::Nowhere(NoTarget::NoLink),
        _ => Conference::At(target(place, id)),
    }
}

fn set(meeting: &mut Meeting, flag: &str) -> Option<()> {
    match flag {
        "self" => meeting.join = Some(JoinPolicy::ByItself),
        "press" => meeting.join = Some(JoinPolicy::OnPress),
        "tentative" => meeting.status = MeetingStatus::Tentative,
        "cancelled" => meeting.status = MeetingStatus::Cancelled,
        "exempt" => meeting.exempt = true,
        "all-day" => meeting.all_day = true,
        "private" => meeting.private = true,
        _ => {
            let Conference::At(target) = &mut meeting.conference else {
                return None;
            };
            if flag == "sip-first" {
                let other = target.other.take()?;
                target.other = Some(std::mem::replace(&mut target.best, other));
                return Some(());
            }
            let (key, value) = flag.split_once('=')?;
            let text = Private::new(value);
            match (key, &mut target.best, &mut target.other) {
                ("code", Way::Page { passcode, .. }, _) => *passcode = Some(text),
                ("link", Way::Page { link, .. }, _) => *link = text,
                ("pin", _, Some(Way::Sip { passcode, .. })) => *passcode = Some(text),
                ("sip", _, other) => {
                    *other = Some(Way::Sip {
                        address: text,
                        passcode: None,
                    });
                }
                _ => return None,
            }
        }
    }
    Some(())
}

/// What differs from the usual page, as flags.
fn ways(id: &str, found: &Target) -> String {
    let usual = target(found.service.as_str(), id).best;
    let mut line = String::new();
    for way in found.ways() {
        let (place, code) = match way {
            Way::Page { .. } => ("link", "code"),
            Way::Sip { .. } => ("sip", "pin"),
        };
        if way.place() != usual.place() {
            line += &format!(" {place}={}", way.place().reveal());
        }
        if let Some(passcode) = way.passcode() {
            line += &format!(" {code}={}", passcode.reveal());
        }
    }
    if found.best.by() == By::Sip {
        line += " sip-first";
    }
    line
}

/// Prints a line.
pub fn print(meeting: &Meeting) -> String {
    let id = &meeting.id;
    let place = match &meeting.conference {
        Conference::At(target) => target.service.to_string(),
        Conference::Nowhere(NoTarget::NoLink) => "nowhere".to_owned(),
        Conference::Nowhere(NoTarget::UnknownHost(host)) => format!("unknown:{host}"),
        Conference::Nowhere(NoTarget::Refused(host)) => format!("refused:{host}"),
        Conference::Nowhere(NoTarget::NotJoinable(service)) => format!("unjoinable:{service}"),
        Conference::Nowhere(NoTarget::Page(service, _)) => format!("page:{service}"),
        Conference::Nowhere(NoTarget::Sealed(host)) => format!("sealed:{host}"),
    };
    let mut line = format!(
        "{id} {} to {} {place}",
        wall(meeting.start),
        wall(meeting.end)
    );
    let mut flag = |is: bool, word: &str| {
        if is {
            line += " ";
            line += word;
        }
    };
    flag(meeting.join == Some(JoinPolicy::ByItself), "self");
    flag(meeting.join == Some(JoinPolicy::OnPress), "press");
    flag(meeting.status == MeetingStatus::Tentative, "tentative");
    flag(meeting.status == MeetingStatus::Cancelled, "cancelled");
    flag(meeting.exempt, "exempt");
    flag(meeting.all_day, "all-day");
    flag(meeting.private, "private");
    if let Conference::At(found) = &meeting.conference {
        line += &ways(id.as_str(), found);
    }
    line
}
