//! The calendar's meetings as the core knows them, converted by hand: two crates that must not know each other.
//! Decides one thing: only hosts of the operator's allow-list become targets.

use calendar::{CannotJoin, Refusal, Status, UnixMs, Why};
use room_core::ids::{HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{Conference, Meeting, MeetingStatus, NoTarget, Page, Target};
use room_core::plan::JoinPolicy;
use room_core::units::Wall;

/// One meeting.
pub fn meeting(from: &calendar::Meeting) -> Meeting {
    Meeting {
        id: MeetingId::new(from.key.as_str()),
        title: Private::new(from.title.reveal()),
        organizer: (!from.organizer.is_empty()).then(|| Private::new(from.organizer.reveal())),
        start: wall(from.start),
        end: wall(from.end),
        all_day: from.all_day,
        private: from.private,
        status: match from.status {
            Status::Confirmed => MeetingStatus::Confirmed,
            Status::Tentative => MeetingStatus::Tentative,
            Status::Cancelled => MeetingStatus::Cancelled,
        },
        exempt: from.exempt,
        // An entry that does not occupy the room is offered, and never joined by itself.
        join: from.free.then_some(JoinPolicy::OnPress),
        conference: conference(from),
    }
}

fn wall(at: UnixMs) -> Wall {
    Wall(at.0)
}

fn conference(from: &calendar::Meeting) -> Conference {
    let Some(target) = &from.target else {
        return Conference::Nowhere(no_target(&from.why));
    };
    let service = ServiceId::new(target.service.as_str());
    let Some(link) = &target.url else {
        return Conference::Nowhere(NoTarget::NotJoinable(service));
    };
    let host = host_of(link.reveal());
    if !target.listed {
        return Conference::Nowhere(NoTarget::UnknownHost(host));
    }
    Conference::At(Target {
        service,
        host,
        link: Private::new(link.reveal()),
        passcode: target
            .passcode
            .as_ref()
            .map(|code| Private::new(code.reveal())),
    })
}

/// The calendar gives only links that have a host.
fn host_of(link: &str) -> HostName {
    let url = url::Url::parse(link).ok();
    HostName::new(
        url.as_ref()
            .and_then(url::Url::host_str)
            .unwrap_or_default(),
    )
}

fn no_target(why: &Why) -> NoTarget {
    match why {
        Why::Recognised { .. } | Why::Cancelled | Why::NoText | Why::NoLink => NoTarget::NoLink,
        Why::RecognisedSip => NoTarget::NotJoinable(ServiceId::new("sip")),
        Why::UnknownHost { host, .. } => NoTarget::UnknownHost(HostName::new(host)),
        Why::Refused { host, reason } => {
            let host = HostName::new(host.as_deref().unwrap_or_default());
            match reason {
                Refusal::Sealed => NoTarget::Sealed(host),
                _ => NoTarget::Refused(host),
            }
        }
        Why::CannotJoin { service, reason } => {
            let service = ServiceId::new(service.as_str());
            match reason {
                CannotJoin::NotSupported => NoTarget::NotJoinable(service),
                CannotJoin::Registration => NoTarget::Page(service, Page::Registration),
                CannotJoin::Recording => NoTarget::Page(service, Page::Recording),
                CannotJoin::SignIn => NoTarget::Page(service, Page::SignIn),
                CannotJoin::HelpPage | CannotJoin::NotAMeetingPage => {
                    NoTarget::Page(service, Page::Other)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calendar::{HostTable, Invitation, recognise};

    #[test]
    fn every_reason_of_the_calendar_has_its_own_on_the_panel() {
        let service = ServiceId::new;
        let host = HostName::new;
        for (text, want) in [
            ("Raum 12", NoTarget::NoLink),
            (
                "https://x.example/j/91234567890",
                NoTarget::UnknownHost(host("x.example")),
            ),
            ("sip:a@x.example", NoTarget::UnknownHost(host("x.example"))),
            (
                "http://zoom.us/j/91234567890",
                NoTarget::Refused(host("zoom.us")),
            ),
            (
                "https://whereby.com/team",
                NoTarget::NotJoinable(service("whereby")),
            ),
            (
                "https://zoom.us/meeting/register/abc",
                NoTarget::Page(service("zoom"), Page::Registration),
            ),
            (
                "https://zoom.us/rec/share/abc",
                NoTarget::Page(service("zoom"), Page::Recording),
            ),
            (
                "https://zoom.us/signin",
                NoTarget::Page(service("zoom"), Page::SignIn),
            ),
            (
                "https://aka.ms/JoinTeamsMeeting",
                NoTarget::Page(service("teams"), Page::Other),
            ),
            (
                "https://protect-de.mimecast.com/s/abc",
                NoTarget::Sealed(host("protect-de.mimecast.com")),
            ),
        ] {
            let invitation = Invitation::new().description(Some(text.to_owned()));
            let (target, why) = recognise(&invitation, &HostTable::new());
            assert_eq!(target, None, "{text}");
            assert_eq!(no_target(&why), want, "{text}");
        }
    }
}
