//! Which contracts may be spoken with the server of a link: by what the operator says of its host, else by the link's shape.
//! The one place that names conference services; opens no connection.

use crate::bbb::{BbbApi, Key};
use crate::contract::{Contract, Visitor};
use crate::greenlight2::Greenlight2;
use crate::greenlight3::Greenlight3;
use crate::pexip::Pexip;
use crate::pilos::Pilos;
use room_core::ids::ServiceId;
use url::Url;

/// What the operator's table says of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The service that runs there.
    pub service: ServiceId,
    /// What stands before it.
    pub front: FrontEnd,
    /// The shared secret of its BigBlueButton server.
    pub key: Option<Key>,
    /// Whether the operator agreed to recordings beforehand.
    pub consent: Consent,
}

/// What stands before a conference server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrontEnd {
    /// Found out by the link's shape and by asking.
    #[default]
    Auto,
    /// Greenlight 3.
    Greenlight3,
    /// Greenlight 2.
    Greenlight2,
    /// PILOS.
    Pilos,
    /// None: joined with the shared secret.
    BbbApi,
    /// Nothing is asked: the page is opened.
    Page,
}

/// Whether the operator agreed beforehand to recordings and lists of attendance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// A person in the room is asked each time.
    #[default]
    Ask,
    /// Given for this host.
    Given,
}

/// The contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Greenlight 3: JSON.
    Greenlight3,
    /// Greenlight 2: forms.
    Greenlight2,
    /// PILOS: JSON.
    Pilos,
    /// BigBlueButton's own API, signed by us.
    BbbApi,
    /// Pexip Infinity's client REST API v2.
    Pexip,
}

impl Kind {
    /// For logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Greenlight3 => "greenlight-3",
            Self::Greenlight2 => "greenlight-2",
            Self::Pilos => "pilos",
            Self::BbbApi => "bbb-api",
            Self::Pexip => "pexip",
        }
    }

    /// A conversation that has not begun.
    pub(crate) fn begin(self, visitor: Visitor, door: &Door) -> Option<Box<dyn Contract>> {
        Some(match self {
            Self::Greenlight3 => Box::new(Greenlight3::new(visitor)?),
            Self::Greenlight2 => Box::new(Greenlight2::new(visitor)),
            Self::Pilos => Box::new(Pilos::new(visitor)?),
            Self::BbbApi => Box::new(BbbApi::new(visitor, door.key.clone())?),
            Self::Pexip => Box::new(Pexip::new(visitor)?),
        })
    }
}

/// Contracts to try for a link, in order; empty: there is only the page.
pub fn candidates(link: &Url, door: &Door) -> Vec<Kind> {
    let open = link.scheme() == "https" || is_loopback(link);
    match door.service.as_str() {
        _ if !open || door.front == FrontEnd::Page => Vec::new(),
        "bbb" => bbb(link, door),
        "pexip" => vec![Kind::Pexip],
        _ => Vec::new(),
    }
}

fn bbb(link: &Url, door: &Door) -> Vec<Kind> {
    let steps: Vec<&str> = link
        .path()
        .split('/')
        .filter(|step| !step.is_empty())
        .collect();
    if let ["bigbluebutton", "api", "join"] = steps[..] {
        // The checksum covers every parameter: a link that somebody signed is used as it stands.
        let signed = link.query_pairs().any(|(name, _)| name == "checksum");
        let ours = !signed && (door.key.is_some() || door.front == FrontEnd::BbbApi);
        return if ours { vec![Kind::BbbApi] } else { Vec::new() };
    }
    if steps.first() == Some(&"html5client") {
        return Vec::new();
    }
    match door.front {
        FrontEnd::Greenlight3 => vec![Kind::Greenlight3],
        FrontEnd::Greenlight2 => vec![Kind::Greenlight2],
        FrontEnd::Pilos => vec![Kind::Pilos],
        FrontEnd::BbbApi | FrontEnd::Page => Vec::new(),
        FrontEnd::Auto => match steps[..] {
            [.., "rooms", _, "join" | "public"] => vec![Kind::Greenlight3],
            // A personal token stands behind the room's name in PILOS only.
            ["rooms", _, _] => vec![Kind::Pilos],
            [.., "rooms", _] => vec![Kind::Pilos, Kind::Greenlight3],
            ["b", _] => vec![Kind::Greenlight2],
            [_] => vec![Kind::Greenlight3, Kind::Greenlight2],
            [_, _] => vec![Kind::Greenlight2],
            _ => Vec::new(),
        },
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bbb::Checksum;
    use room_core::ids::Private;

    fn door(service: &str, front: FrontEnd) -> Door {
        Door {
            service: ServiceId::new(service),
            front,
            key: None,
            consent: Consent::Ask,
        }
    }

    fn names(link: &str, door: &Door) -> Vec<&'static str> {
        let found = candidates(&Url::parse(link).unwrap(), door);
        found.into_iter().map(Kind::name).collect()
    }

    #[test]
    fn the_shape_of_a_link_says_what_to_try() {
        let bbb = door("bbb", FrontEnd::Auto);
        let table: [(&str, &[&str]); 10] = [
            ("rooms/abc-def-ghi-jkl/join", &["greenlight-3"]),
            ("gl/rooms/abc-def-ghi-jkl/join", &["greenlight-3"]),
            ("rooms/abc-def-ghi", &["pilos", "greenlight-3"]),
            ("rooms/abc-def-ghi/tokentokentoken", &["pilos"]),
            ("b/max-abc-def-ghi", &["greenlight-2"]),
            ("konferenz/max-abc-def-ghi", &["greenlight-2"]),
            ("abc-def-ghi", &["greenlight-3", "greenlight-2"]),
            ("bigbluebutton/api/join?meetingID=a&checksum=b", &[]),
            ("html5client/join?sessionToken=a", &[]),
            ("", &[]),
        ];
        for (path, want) in table {
            let link = format!("https://bbb.stadt.example/{path}");
            assert_eq!(names(&link, &bbb), want, "{path}");
        }
    }

    #[test]
    fn the_operator_decides_and_other_services_have_only_their_page() {
        let link = "https://bbb.stadt.example/rooms/abc-def-ghi";
        assert_eq!(
            names(link, &door("bbb", FrontEnd::Greenlight3)),
            ["greenlight-3"]
        );
        assert!(names(link, &door("bbb", FrontEnd::Page)).is_empty());
        assert!(names(link, &door("jitsi", FrontEnd::Auto)).is_empty());
        let clear = "http://bbb.stadt.example/rooms/abc-def-ghi";
        assert!(names(clear, &door("bbb", FrontEnd::Auto)).is_empty());
        let own = "http://127.0.0.1:8080/rooms/abc-def-ghi/join";
        assert_eq!(names(own, &door("bbb", FrontEnd::Auto)), ["greenlight-3"]);
    }

    #[test]
    fn only_a_link_that_nobody_signed_is_signed_by_us() {
        let mut door = door("bbb", FrontEnd::Auto);
        let bare = "https://bbb.stadt.example/bigbluebutton/api/join?meetingID=rat";
        assert!(names(bare, &door).is_empty());
        door.key = Some(Key::new(Private::new("secret"), Some(Checksum::Sha256)));
        assert_eq!(names(bare, &door), ["bbb-api"]);
        assert!(names(&format!("{bare}&checksum=1"), &door).is_empty());
    }
}
