//! The calendar's meetings as the core knows them, converted by hand: two crates that must not know each other.
//! Decides one thing: only hosts and SIP domains of the operator's allow-list become ways into a conference, in which order.

use calendar::{CannotJoin, Refusal, Status, UnixMs, Why};
use call_browser::Packs;
use call_sip::dial::{self, Known};
use room_core::ids::{HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{Conference, Meeting, MeetingStatus, NoTarget, Page, Target, Way};
use room_core::plan::JoinPolicy;
use room_core::units::Wall;
use room_profile::{FirstWay, Profile, Sip};

/// Which ways into a conference this room may take.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    first: Vec<(ServiceId, FirstWay)>,
    sip: Option<Sip>,
    pages: Packs,
}

impl Ways {
    /// As the room's file says.
    pub fn new(profile: &Profile) -> Self {
        Ways {
            first: profile.ways.clone(),
            sip: profile.sip.clone(),
            pages: Packs::built_in(),
        }
    }

    /// One meeting.
    pub fn meeting(&self, from: &calendar::Meeting) -> Meeting {
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
            conference: match &from.target {
                Some(target) => self.conference(target),
                None => Conference::Nowhere(no_target(&from.why)),
            },
        }
    }

    fn conference(&self, target: &calendar::Target) -> Conference {
        let service = ServiceId::new(target.service.as_str());
        let link = target.url.as_ref().map(|link| link.reveal());
        let host = link.map(host_of);
        let page = link.filter(|_| target.listed).map(|link| Way::Page {
            link: Private::new(link),
            passcode: target
                .passcode
                .as_ref()
                .map(|code| Private::new(code.reveal())),
        });
        let domain = target.sip.as_ref().map(|sip| domain_of(sip.reveal()));
        let sip = self.sip_way(&service, target, host.as_ref());
        let (best, other) = match (page, sip) {
            (Some(page), Some(sip)) if self.sip_first(&service, target) => (sip, Some(page)),
            (Some(page), sip) => (page, sip),
            (None, Some(sip)) => (sip, None),
            (None, None) => {
                let stranger = host.or(domain.filter(|_| self.sip.is_some()));
                return Conference::Nowhere(match stranger {
                    Some(host) => NoTarget::UnknownHost(host),
                    None => NoTarget::NotJoinable(service),
                });
            }
        };
        let host = match &best {
            Way::Page { .. } => host.unwrap_or_else(|| HostName::new("")),
            Way::Sip { address, .. } => domain_of(address.reveal()),
        };
        Conference::At(Target {
            service,
            host,
            best,
            other,
        })
    }

    /// The printed address, else one that is made of the link where the operator wants SIP anyway.
    fn sip_way(
        &self,
        service: &ServiceId,
        target: &calendar::Target,
        host: Option<&HostName>,
    ) -> Option<Way> {
        let allowed = self.sip.as_ref()?;
        let code = pin(target);
        let way = match &target.sip {
            Some(printed) => Way::Sip {
                address: Private::new(printed.reveal()),
                passcode: code,
            },
            None if self.first(service) == FirstWay::Sip && target.listed => {
                let known = Known {
                    id: target.id.as_ref().map(|id| Private::new(id.reveal())),
                    host: host.map(|host| host.as_str().to_owned()),
                    passcode: code.clone(),
                };
                let dial = dial::address(service, &known)?;
                Way::Sip {
                    address: dial.address,
                    passcode: code.filter(|_| !dial.carries_passcode),
                }
            }
            None => return None,
        };
        // The table of hosts is an allow-list too.
        let listed = target.sip_listed && target.sip.is_some();
        let domain = domain_of(way.place().reveal());
        (listed || allowed.allows(domain.as_str())).then_some(way)
    }

    fn sip_first(&self, service: &ServiceId, target: &calendar::Target) -> bool {
        match self.first(service) {
            FirstWay::Browser => false,
            FirstWay::Sip => true,
            FirstWay::SipWhenPrinted => target.sip.is_some(),
        }
    }

    fn first(&self, service: &ServiceId) -> FirstWay {
        let said = self.first.iter().find(|(of, _)| of == service);
        match said {
            Some((_, first)) => *first,
            None if self.pages.of(service).is_some() => FirstWay::Browser,
            None => FirstWay::Sip,
        }
    }
}

/// Keys of a telephone can type digits only; many services print a code of digits beside the other one.
fn pin(target: &calendar::Target) -> Option<Private> {
    let code = target.sip_passcode.as_ref().or(target.passcode.as_ref())?;
    let code = code.reveal();
    let typable = !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit());
    typable.then(|| Private::new(code))
}

fn wall(at: UnixMs) -> Wall {
    Wall(at.0)
}

fn domain_of(address: &str) -> HostName {
    let behind = address.rsplit('@').next().unwrap_or_default();
    let end = behind.find([';', ':', '?', '>']).unwrap_or(behind.len());
    HostName::new(behind[..end].to_lowercase())
}

/// Where a browser would go; `None` when there is no link. Whether it may go there is another question.
pub(crate) fn target(from: &calendar::Target) -> Option<Target> {
    let link = from.url.as_ref()?.reveal();
    let code = from.passcode.as_ref();
    Some(Target::page(
        ServiceId::new(from.service.as_str()),
        host_of(link),
        Private::new(link),
        code.map(|code| Private::new(code.reveal())),
    ))
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
    use calendar::{ConferenceId, HostTable, Invitation, Link, Secret, SipAddress, recognise};

    fn ways(first: Option<FirstWay>, domains: &[&str]) -> Ways {
        let sip = |domain: &&str| room_profile::AllowedHost::parse(domain, ServiceId::new("sip"));
        Ways {
            first: first
                .map(|first| (ServiceId::new("zoom"), first))
                .into_iter()
                .collect(),
            sip: (!domains.is_empty()).then(|| Sip {
                domains: domains.iter().filter_map(sip).collect(),
                transport: room_profile::SipTransport::Tls,
                encryption: room_profile::SipEncryption::Required,
                proxy: None,
                account: None,
                authorities: "".into(),
                control: ([127, 0, 0, 1], 1).into(),
                listen: None,
                microphone: String::new(),
                camera: String::new(),
                speaker: String::new(),
                screen: String::new(),
            }),
            pages: Packs::built_in(),
        }
    }

    fn target(url: Option<&str>, sip: Option<&str>) -> calendar::Target {
        calendar::Target {
            service: serde_json::from_str("\"zoom\"").unwrap(),
            url: url.map(Link::new),
            sip: sip.map(SipAddress::new),
            id: Some(ConferenceId::new("85012345678")),
            passcode: Some(Secret::new("4711")),
            sip_passcode: None,
            listed: true,
            sip_listed: false,
        }
    }

    fn shown(conference: &Conference) -> String {
        match conference {
            Conference::At(target) => {
                let way = |way: &Way| format!("{} {}", way.by().code(), way.place().reveal());
                target.ways().map(way).collect::<Vec<_>>().join(", ")
            }
            Conference::Nowhere(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn ways_come_in_the_operators_order_and_only_to_allowed_domains() {
        use FirstWay as F;
        let link = Some("https://zoom.us/j/85012345678");
        let printed = Some("85012345678@zoomcrc.com");
        let (page, sip) = (
            "page https://zoom.us/j/85012345678",
            "sip 85012345678@zoomcrc.com",
        );
        let made = "sip 85012345678.4711@zoomcrc.com";
        let allowed = ["zoomcrc.com"];
        let table = [
            (
                Some(F::Browser),
                &allowed[..],
                link,
                printed,
                format!("{page}, {sip}"),
            ),
            (
                Some(F::Sip),
                &allowed,
                link,
                printed,
                format!("{sip}, {page}"),
            ),
            (
                Some(F::Sip),
                &allowed,
                link,
                None,
                format!("{made}, {page}"),
            ),
            (
                Some(F::SipWhenPrinted),
                &allowed,
                link,
                printed,
                format!("{sip}, {page}"),
            ),
            (
                Some(F::SipWhenPrinted),
                &allowed,
                link,
                None,
                page.to_owned(),
            ),
            (
                Some(F::Sip),
                &["conf.example"],
                link,
                printed,
                page.to_owned(),
            ),
            (Some(F::Sip), &[], link, printed, page.to_owned()),
            (None, &allowed, None, printed, sip.to_owned()),
            (
                None,
                &["conf.example"],
                None,
                printed,
                "UnknownHost(HostName(\"zoomcrc.com\"))".to_owned(),
            ),
            (
                None,
                &[],
                None,
                printed,
                "NotJoinable(ServiceId(\"zoom\"))".to_owned(),
            ),
        ];
        for (first, domains, url, sip, expected) in table {
            let found = ways(first, domains).conference(&target(url, sip));
            assert_eq!(shown(&found), expected, "{first:?} {domains:?}");
        }
    }

    #[test]
    fn a_domain_is_read_from_every_form_of_an_address() {
        for address in [
            "4711@Conf.example",
            "4711@conf.example:5061",
            "a@b@conf.example;transport=tls",
        ] {
            assert_eq!(domain_of(address).as_str(), "conf.example");
        }
    }

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
