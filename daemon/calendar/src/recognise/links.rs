//! Owns the finding of links and SIP addresses in running text: where one starts, where it ends, what surrounds it.
//! Knows no service but through the packs' SIP domains.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    Known, Target,
    hosts::{ServiceId, best_fit},
    html,
};
use crate::private::{ConferenceId, SipAddress};

/// Most links of one text that are looked at.
const MAX_CANDIDATES: usize = 200;
/// Longest link; nested wrappers make them long.
const MAX_LINK_BYTES: usize = 8 << 10;
/// SIP needs its port only to be told apart from nothing.
const SIP_PORT: u16 = 5061;

/// A link as it stands in a text.
pub(super) struct Candidate {
    pub text: String,
    /// Place in the text behind the link.
    pub end: usize,
}

static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)https?:[/\\]").expect("a valid pattern"));
static SIP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bsips?:(?P<user>[^\s<>"';,@:/]{1,64})@(?P<domain>[a-z0-9.-]{1,253})"#)
        .expect("a valid pattern")
});

/// All links of a text, in order.
pub(super) fn candidates(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < MAX_CANDIDATES
        && let Some(start) = SCHEME.find_at(text, at)
    {
        let start = start.start();
        let end = text[start..]
            .find(ends_link)
            .map_or(text.len(), |n| start + n);
        at = end.max(start + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let link = trimmed(&text[start..end]);
        if link.len() <= MAX_LINK_BYTES {
            found.push(Candidate {
                text: html::decode_entities(link),
                end: start + link.len(),
            });
        }
    }
    found
}

fn ends_link(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>\"'`|{}^„“”»«‘’…\u{ad}\u{200b}\u{feff}".contains(c)
}

/// Takes off what belongs to the sentence around the link.
fn trimmed(link: &str) -> &str {
    let mut link = link;
    loop {
        let before = link.len();
        link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
        for (open, close) in [('(', ')'), ('[', ']')] {
            if link.ends_with(close) && link.matches(close).count() > link.matches(open).count() {
                link = &link[..link.len() - 1];
            }
        }
        for bracket in ["%3E", "%3e", "&gt", "&quot"] {
            link = link.strip_suffix(bracket).unwrap_or(link);
        }
        if link.len() == before {
            return link;
        }
    }
}

/// A SIP address that belongs to a known service.
pub(super) struct Dial {
    pub service: ServiceId,
    pub address: SipAddress,
    pub id: String,
    pub listed: bool,
}

impl Dial {
    pub(super) fn into_target(self) -> Target {
        Target {
            service: self.service,
            url: None,
            sip: Some(self.address),
            id: Some(ConferenceId::new(self.id)),
            passcode: None,
            listed: self.listed,
        }
    }
}

/// The SIP addresses of known services in some texts.
pub(super) fn sip_addresses<'t>(
    texts: impl Iterator<Item = &'t str>,
    known: Known<'_>,
) -> Vec<Dial> {
    if known.packs.iter().all(|pack| pack.sip.is_none()) {
        return Vec::new();
    }
    texts
        .flat_map(|text| SIP.captures_iter(text))
        .take(MAX_CANDIDATES)
        .filter_map(|found| dial(&found["user"], &found["domain"].to_lowercase(), known))
        .collect()
}

fn dial(user: &str, domain: &str, known: Known<'_>) -> Option<Dial> {
    let listed = known.hosts.service(domain, SIP_PORT, SIP_PORT);
    known.packs.iter().find_map(|pack| {
        let shape = pack.sip.as_ref()?;
        let own = shape.domains.iter().map(|pattern| (pattern, ()));
        let known =
            listed == Some(&pack.service) || best_fit(own, domain, SIP_PORT, SIP_PORT).is_some();
        (known && shape.user.is_match(user)).then(|| Dial {
            service: pack.service.clone(),
            address: SipAddress::new(format!("{user}@{domain}")),
            id: user.to_owned(),
            listed: listed.is_some(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_where_the_sentence_goes_on() {
        for (text, want) in [
            ("Join <https://a.de/x> now", "https://a.de/x"),
            ("(https://a.de/x)", "https://a.de/x"),
            ("(https://a.de/x(y))", "https://a.de/x(y)"),
            ("[Raum](https://a.de/x).", "https://a.de/x"),
            ("https://a.de/x.,;", "https://a.de/x"),
            ("„https://a.de/x“", "https://a.de/x"),
            ("https://a.de/x%3E", "https://a.de/x"),
            ("**https://a.de/x**", "https://a.de/x"),
            ("https://a.de/?a=1&amp;b=2", "https://a.de/?a=1&b=2"),
            ("HTTPS://A.de/x\nnext", "HTTPS://A.de/x"),
            ("https://a.de/x\u{a0}und", "https://a.de/x"),
            ("klicken<https://a.de/x>", "https://a.de/x"),
        ] {
            let found: Vec<String> = candidates(text).into_iter().map(|c| c.text).collect();
            assert_eq!(found, [want], "{text}");
        }
    }

    #[test]
    fn the_place_of_a_link_is_behind_it() {
        let text = "ä https://a.de/x, b https://b.de/y";
        let ends: Vec<&str> = candidates(text).iter().map(|c| &text[c.end..]).collect();
        assert_eq!(ends, [", b https://b.de/y", ""]);
    }

    #[test]
    fn thousands_of_links_are_cut_off() {
        let text = "https://a.de/ ".repeat(50_000);
        assert_eq!(candidates(&text).len(), MAX_CANDIDATES);
    }
}
