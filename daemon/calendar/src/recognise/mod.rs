//! Owns the way from the text of an invitation to the conference a room may join, and the reason when there is none.
//! Services are data (`services/*.toml`); nothing here knows one by name. Never fetches anything.
//!
//! Terms: a *candidate* is a link found in a text, unwrapped; a *pack* is what is known of one service; the *table* is
//! the operator's own list of hosts.

mod hosts;
mod html;
mod links;
mod pack;
mod passcode;
mod verdict;
mod why;
mod wrappers;

use std::fmt;

pub(crate) use hosts::is_loopback;
pub use hosts::{HostTable, HostTableError, ServiceId};
pub use pack::service_ids;
pub use why::{CannotJoin, Origin, Refusal, Why};

use crate::private::{ConferenceId, Link, Secret, SipAddress};
use verdict::{Verdict, judge};

/// Longest plain text of one property that is looked at, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 10;
/// Longest HTML of one property that is looked at, in bytes.
const MAX_HTML_BYTES: usize = 256 << 10;

/// Everything in an event where a conference link may stand. Prints without its text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    conference: Vec<String>,
    url: Option<String>,
    location: Option<String>,
    description: Option<String>,
    html: Option<String>,
}

impl Invitation {
    /// An invitation without any text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Structured properties, best first.
    pub fn conference(mut self, links: impl IntoIterator<Item = String>) -> Self {
        self.conference = links
            .into_iter()
            .take(16)
            .map(|link| clip(link, MAX_TEXT_BYTES))
            .collect();
        self
    }

    /// The URL property.
    pub fn url(mut self, url: Option<String>) -> Self {
        self.url = url.map(|text| clip(text, MAX_TEXT_BYTES));
        self
    }

    /// LOCATION.
    pub fn location(mut self, location: Option<String>) -> Self {
        self.location = location.map(|text| clip(text, MAX_TEXT_BYTES));
        self
    }

    /// DESCRIPTION, which may hold HTML.
    pub fn description(mut self, description: Option<String>) -> Self {
        self.description = description.map(|text| clip(text, MAX_TEXT_BYTES));
        self
    }

    /// The HTML form of the description. It is kept as plain text with its links in place.
    pub fn html(mut self, html: Option<String>) -> Self {
        self.html = html.map(|text| html::flatten(&clip(text, MAX_HTML_BYTES)));
        self
    }

    /// True when there is nothing to look at, as when a room mailbox strips its invitations.
    pub fn is_empty(&self) -> bool {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|t| t.trim().is_empty());
        self.conference.iter().all(|link| link.trim().is_empty())
            && blank(&self.url)
            && blank(&self.description)
            && blank(&self.html)
    }

    /// The texts in the order in which they are trusted.
    fn texts(&self) -> Vec<(Origin, String)> {
        let plain = |text: &String| {
            if html::looks_like_html(text) {
                html::flatten(text)
            } else {
                text.clone()
            }
        };
        let mut texts: Vec<(Origin, String)> = self
            .conference
            .iter()
            .map(|link| (Origin::Conference, link.clone()))
            .collect();
        texts.extend(self.url.iter().map(|text| (Origin::Url, text.clone())));
        texts.extend(
            self.location
                .iter()
                .map(|text| (Origin::Location, plain(text))),
        );
        texts.extend(
            self.description
                .iter()
                .map(|text| (Origin::Description, plain(text))),
        );
        texts.extend(self.html.iter().map(|text| (Origin::Html, text.clone())));
        texts
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long: usize = self.texts().iter().map(|(_, text)| text.len()).sum();
        write!(f, "<invitation, {long} bytes>")
    }
}

fn clip(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let end = (0..=bytes)
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// What a press joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which service.
    pub service: ServiceId,
    /// The link for a browser.
    pub url: Option<Link>,
    /// The address for SIP.
    pub sip: Option<SipAddress>,
    /// What the service calls the conference.
    pub id: Option<ConferenceId>,
    /// The passcode, from the link or from the text around it.
    pub passcode: Option<Secret>,
    /// True when the host is on the operator's table; false for a host that only the service's pack knows.
    pub listed: bool,
}

/// A candidate that is a conference, and where it stood.
struct Hit {
    origin: Origin,
    /// Index of the text, and the place in it behind the link.
    place: (usize, usize),
    found: verdict::Meeting,
}

/// Finds the conference of an invitation.
///
/// Structured properties come before URL, LOCATION, DESCRIPTION and HTML; in one text the topmost link wins, because
/// the newest block of a mail stands on top; of several forms of the same conference the longest is taken, because it
/// carries the passcode.
pub fn recognise(invitation: &Invitation, hosts: &HostTable) -> (Option<Target>, Why) {
    let packs = pack::packs();
    recognise_with(invitation, Known { hosts, packs })
}

/// Hosts and services that are known.
#[derive(Clone, Copy)]
struct Known<'h> {
    hosts: &'h HostTable,
    packs: &'static [pack::Pack],
}

fn recognise_with(invitation: &Invitation, known: Known<'_>) -> (Option<Target>, Why) {
    let texts = invitation.texts();
    let mut hits: Vec<Hit> = Vec::new();
    let mut worst = if invitation.is_empty() {
        Why::NoText
    } else {
        Why::NoLink
    };
    for (index, (origin, text)) in texts.iter().enumerate() {
        for candidate in links::candidates(text) {
            match judge(&candidate.text, known) {
                Verdict::Meeting(found) => hits.push(Hit {
                    origin: *origin,
                    place: (index, candidate.end),
                    found,
                }),
                Verdict::Not(why) if why.rank() > worst.rank() => worst = why,
                Verdict::Not(_) | Verdict::Nothing => {}
            }
        }
    }
    let dial = links::sip_addresses(texts.iter().map(|(_, text)| text.as_str()), known);
    match hits.first() {
        Some(first) => {
            let (target, others) = best(first, &hits, &texts, dial);
            let from = first.origin;
            (Some(target), Why::Recognised { from, others })
        }
        None => match dial.into_iter().next() {
            Some(dial) => (Some(dial.into_target()), Why::RecognisedSip),
            None => (None, worst),
        },
    }
}

fn best(
    first: &Hit,
    hits: &[Hit],
    texts: &[(Origin, String)],
    dial: Vec<links::Dial>,
) -> (Target, u8) {
    let same =
        |hit: &&Hit| hit.found.service() == first.found.service() && hit.found.id == first.found.id;
    let longest = hits
        .iter()
        .filter(same)
        .max_by_key(|hit| (hit.found.url.reveal().len(), std::cmp::Reverse(hit.place)))
        .unwrap_or(first);
    let mut others: Vec<_> = hits
        .iter()
        .filter(|hit| !same(hit))
        .map(|hit| (hit.found.service(), &hit.found.id))
        .collect();
    others.sort();
    others.dedup();
    let passcode = hits
        .iter()
        .filter(same)
        .find_map(|hit| hit.found.passcode.clone())
        .or_else(|| {
            let place = hits
                .iter()
                .rev()
                .filter(same)
                .map(|hit| hit.place)
                .next_back()?;
            passcode_in_prose(first, place, texts)
        });
    let sip = dial
        .into_iter()
        .find(|dial| dial.service == *first.found.service())
        .map(|dial| dial.address);
    let target = Target {
        service: first.found.service().clone(),
        url: Some(longest.found.url.clone()),
        sip,
        id: first.found.id.clone(),
        passcode,
        listed: first.found.listed,
    };
    (target, u8::try_from(others.len()).unwrap_or(u8::MAX))
}

fn passcode_in_prose(
    hit: &Hit,
    (index, behind): (usize, usize),
    texts: &[(Origin, String)],
) -> Option<Secret> {
    let pattern = hit.found.pack.passcode.as_ref()?;
    let here = texts
        .get(index)
        .and_then(|(_, text)| passcode::find(pattern, text, behind));
    here.or_else(|| {
        texts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .find_map(|(_, (_, text))| passcode::find(pattern, text, 0))
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
