//! Owns the way from the text of an invitation to the conference a room may join, and the reason when there is none.
//! Services are data (`services/*.toml`); nothing here knows one by name. Never fetches anything.
//!
//! Terms: a *candidate* is a link found in a text, unwrapped; a *pack* is what is known of one service; the *table* is
//! the operator's own list of hosts.

mod catalogue;
mod fields;
mod hosts;
mod html;
mod links;
mod looks;
mod pack;
mod reading;
mod renewal;
mod sip;
mod threads;
mod verdict;
mod vocabulary;
mod why;
mod wrappers;

use std::fmt;

pub use catalogue::{service_ids, service_name, service_names};
pub(crate) use hosts::is_loopback;
pub use hosts::{HostTable, HostTableError, ServiceId};
pub use renewal::{RenewedPack, built_in_pack_versions, pack_versions, renew_packs};
pub use why::{CannotJoin, Chosen, Origin, Refusal, Why};

use crate::private::{ConferenceId, Link, Secret, SipAddress};

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
        self.location = location.map(|text| plain(clip(text, MAX_TEXT_BYTES)));
        self
    }

    /// DESCRIPTION, which may hold HTML. It is kept as plain text with its links in place.
    pub fn description(mut self, description: Option<String>) -> Self {
        self.description = description.map(|text| plain(clip(text, MAX_TEXT_BYTES)));
        self
    }

    /// The HTML form of the description. It is kept as plain text with its links in place.
    pub fn html(mut self, html: Option<String>) -> Self {
        self.html = html.map(|text| html::flatten(&unquoted(clip(text, MAX_HTML_BYTES))));
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
    fn texts(&self) -> Vec<(Origin, &str)> {
        let rest = [
            (Origin::Url, &self.url),
            (Origin::Location, &self.location),
            (Origin::Description, &self.description),
            (Origin::Html, &self.html),
        ];
        let conference = self.conference.iter();
        conference
            .map(|link| (Origin::Conference, link.as_str()))
            .chain(
                rest.into_iter()
                    .filter_map(|(origin, text)| Some((origin, text.as_deref()?))),
            )
            .collect()
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long: usize = self.texts().iter().map(|(_, text)| text.len()).sum();
        write!(f, "<invitation, {long} bytes>")
    }
}

fn plain(text: String) -> String {
    let text = unquoted(text);
    if html::looks_like_html(&text) {
        html::flatten(&text)
    } else {
        text
    }
}

/// Undoes quoted-printable that an exporter left in: `pwd=3Dabc`, lines that end in `=`.
fn unquoted(text: String) -> String {
    if !text.contains("=3D") || !(text.contains("=\n") || text.contains("=\r\n")) {
        return text;
    }
    let joined = text.replace("=\r\n", "").replace("=\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let coded = (*byte == b'=').then(|| behind.get(..2)).flatten();
        let coded = coded.and_then(|two| std::str::from_utf8(two).ok());
        match coded.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(meant) => {
                bytes.push(meant);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
    /// The passcode that a telephone or video system types; digits.
    pub sip_passcode: Option<Secret>,
    /// True when the link's host is on the operator's table; false for a host that only the service's pack knows.
    /// Without a link, the same of the SIP domain.
    pub listed: bool,
    /// True when the SIP address's domain is on the operator's table.
    pub sip_listed: bool,
}

/// Finds the conference of an invitation.
///
/// A conference of the newest message comes before one of a quoted message or of a signature. Of those, structured
/// properties come before URL, LOCATION, DESCRIPTION and HTML; in one text a host of the operator's table comes first,
/// then the topmost link. Of several forms of the same conference the longest is taken, because it carries the
/// passcode.
pub fn recognise(invitation: &Invitation, hosts: &HostTable) -> (Option<Target>, Why) {
    let all = catalogue::catalogue();
    reading::recognise_with(invitation, Known { hosts, all })
}

/// Hosts and services that are known.
#[derive(Clone, Copy)]
struct Known<'h> {
    hosts: &'h HostTable,
    all: &'static catalogue::Catalogue,
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
