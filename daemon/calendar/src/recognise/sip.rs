//! Owns the finding of SIP addresses in running text and of the service that each belongs to. Knows no service by name.

use super::{
    Known,
    hosts::best_fit,
    pack::{Joins, Pack, SipShape},
};
use crate::private::SipAddress;

/// Most addresses of one text that are looked at.
const MAX_ADDRESSES: usize = 200;
/// Longest part in front of the @, and longest domain.
const MAX_USER_BYTES: usize = 100;
const MAX_DOMAIN_BYTES: usize = 253;
/// SIP needs its port only to be told apart from nothing.
const SIP_PORT: u16 = 5061;
/// How far in front of an address the words are looked for that make it one of SIP.
const NEAR_BYTES: usize = 120;
/// Such words, in lower case.
const ABOUT_SIP: &[&str] = &[
    "sip",
    "h.323",
    "videosystem",
    "videoger",
    "videokonferenz",
    "video system",
    "video conf",
    "video device",
    "mandantenschl",
    "tenant key",
    "raumsystem",
    "room system",
];

/// A SIP address that belongs to a known service.
pub(super) struct Dial {
    pub pack: &'static Pack,
    shape: &'static SipShape,
    user: String,
    domain: String,
    /// What the service calls the conference, where the address says so.
    pub id: Option<String>,
    /// The passcode that is part of the address.
    pub passcode: Option<String>,
    /// Index of the text, and the place in it.
    pub place: (usize, usize),
    pub listed: bool,
}

impl Dial {
    /// The address to dial; `number` is what the invitation tells video systems to dial or to type.
    pub(super) fn address(&self, number: Option<&str>) -> SipAddress {
        let (user, domain) = (&self.user, &self.domain);
        let dialled = user.bytes().any(|b| b.is_ascii_digit()) && self.id.is_some();
        match (&self.shape.dial, number) {
            (Some(form), Some(number)) if !dialled => SipAddress::new(
                form.replace("{number}", number)
                    .replace("{user}", user)
                    .replace("{domain}", domain),
            ),
            _ => SipAddress::new(format!("{user}@{domain}")),
        }
    }
}

/// What was found in one text.
#[derive(Default)]
pub(super) struct Found {
    pub dials: Vec<Dial>,
    /// The first domain of a SIP address that nobody knows.
    pub unknown: Option<String>,
}

/// The SIP addresses of a text.
pub(super) fn addresses(index: usize, text: &str, known: Known<'_>) -> Found {
    let mut found = Found::default();
    for (at, _) in text.match_indices('@').take(MAX_ADDRESSES) {
        let Some(written) = Written::around(text, at) else {
            continue;
        };
        let domain = written.domain.to_ascii_lowercase();
        match dial(&written, domain, known) {
            Some(mut dial) => {
                dial.place = (index, written.start);
                found.dials.push(dial);
            }
            None if written.scheme && found.unknown.is_none() => {
                found.unknown = Some(written.domain.to_ascii_lowercase());
            }
            None => {}
        }
    }
    found
}

/// An address as it stands in a text.
struct Written<'t> {
    user: &'t str,
    domain: &'t str,
    start: usize,
    /// `sip:` or `sips:` stands in front of it.
    scheme: bool,
    /// Words nearby say that it is for video systems.
    near: bool,
}

impl<'t> Written<'t> {
    fn around(text: &'t str, at: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let of_user = |b: &&u8| b.is_ascii_alphanumeric() || b"._+*#-".contains(b);
        let of_domain = |b: &&u8| b.is_ascii_alphanumeric() || b".-".contains(b);
        let least = at.saturating_sub(MAX_USER_BYTES);
        let user = bytes[least..at].iter().rev().take_while(of_user).count();
        let most = (at + 1 + MAX_DOMAIN_BYTES).min(bytes.len());
        let domain = bytes[at + 1..most].iter().take_while(of_domain).count();
        let start = at - user;
        let domain = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
        let user = text[start..at].trim_start_matches(['.', '-', '*']);
        let start = at - user.len();
        if user.is_empty() || !domain.contains('.') {
            return None;
        }
        let before = &bytes[..start];
        let ends = |scheme: &str| {
            let from = before.len().saturating_sub(scheme.len());
            before[from..].eq_ignore_ascii_case(scheme.as_bytes())
        };
        if ends("/") {
            return None;
        }
        // Skype writes its own sort of address into a calendar's fields: conf:sip:anna@example.de;gruu;opaque=...
        if ends("conf:sip:") {
            return None;
        }
        let scheme = ends("sip:") || ends("sips:");
        Some(Self {
            user,
            domain,
            start,
            scheme,
            near: scheme || is_near(text, start),
        })
    }
}

fn is_near(text: &str, start: usize) -> bool {
    let mut from = start.saturating_sub(NEAR_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // This line and the one above.
    let line = text[from..start].rmatch_indices('\n').nth(1);
    let from = line.map_or(from, |(at, _)| from + at);
    let words = text[from..start].to_lowercase();
    ABOUT_SIP.iter().any(|word| words.contains(word))
}

fn dial(written: &Written<'_>, domain: String, known: Known<'_>) -> Option<Dial> {
    let listed = known.hosts.service(&domain, SIP_PORT, SIP_PORT);
    let shapes = known
        .all
        .packs()
        .iter()
        .filter(|pack| pack.joins == Joins::Yes)
        .flat_map(|pack| pack.sip.iter().map(move |shape| (pack, shape)));
    let of_table = |(pack, shape): &(&'static Pack, &'static SipShape)| {
        listed == Some(&pack.service) && shape.user.is_match(written.user)
    };
    // A mail address of the house is not dialled: words must say that it is for video systems.
    let listed_here = listed.is_some() && written.near;
    let (pack, shape) = if listed_here {
        let mut fitting: Vec<_> = shapes.filter(of_table).collect();
        fitting.sort_by_key(|(_, shape)| !shape.domains.is_empty());
        fitting.into_iter().next()?
    } else {
        vendor(shapes, &domain, written.user)?
    };
    let captures = shape.user.captures(written.user);
    let part = |name: &str| {
        let text = captures.as_ref()?.name(name)?.as_str();
        (!text.is_empty()).then(|| text.to_owned())
    };
    Some(Dial {
        pack,
        shape,
        id: part("id"),
        passcode: part("passcode"),
        user: written.user.to_owned(),
        domain,
        place: (0, 0),
        listed: listed_here,
    })
}

/// The service whose own domain fits best.
fn vendor(
    shapes: impl Iterator<Item = (&'static Pack, &'static SipShape)>,
    domain: &str,
    user: &str,
) -> Option<(&'static Pack, &'static SipShape)> {
    let fitting: Vec<_> = shapes
        .filter(|(_, shape)| !shape.not_domains.iter().any(|other| other.is(domain)))
        .filter(|(_, shape)| shape.domains.iter().any(|own| own.is(domain)))
        .filter(|(_, shape)| shape.user.is_match(user))
        .collect();
    let patterns = fitting.iter().rev().flat_map(|(pack, shape)| {
        let own = shape.domains.iter();
        own.map(move |domain| (domain, (*pack, *shape)))
    });
    best_fit(patterns, domain, SIP_PORT, SIP_PORT)
}
