//! Owns the judgement of one link: a conference, a page to refuse, an unknown host, or nothing at all.
//! Every trick with hosts (user names, imitations, foreign letters, plain http) is met here.

use url::Url;

use super::{
    Known,
    hosts::{ServiceId, best_fit, is_loopback},
    pack::{Pack, PlainHttp, Shape},
    why::{CannotJoin, Refusal, Why},
    wrappers,
};
use crate::private::{ConferenceId, Link, Secret};

/// What a link turned out to be.
pub(super) enum Verdict {
    Meeting(Meeting),
    Not(Why),
    /// Not worth a word.
    Nothing,
}

/// A link into a conference.
pub(super) struct Meeting {
    pub pack: &'static Pack,
    pub url: Link,
    pub id: Option<ConferenceId>,
    pub passcode: Option<Secret>,
    pub listed: bool,
}

impl Meeting {
    pub(super) fn service(&self) -> &ServiceId {
        &self.pack.service
    }
}

/// Judges a link as it stands in a text.
pub(super) fn judge(link: &str, known: Known<'_>) -> Verdict {
    let Some(link) = wrappers::unwrap(link) else {
        return refused(None, Refusal::TooDeep);
    };
    let Ok(url) = Url::parse(&link) else {
        return refused(None, Refusal::Malformed);
    };
    if !matches!(url.scheme(), "https" | "http") {
        return Verdict::Nothing;
    }
    let Some(host) = url
        .host_str()
        .map(|host| host.trim_end_matches('.').to_lowercase())
    else {
        return refused(None, Refusal::Malformed);
    };
    if !url.username().is_empty() || url.password().is_some() || authority(&link).contains('@') {
        return refused(Some(host), Refusal::UserInfo);
    }
    if link.contains('\\') || link.chars().any(char::is_control) {
        return refused(Some(host), Refusal::Malformed);
    }
    let default_port = if url.scheme() == "https" { 443 } else { 80 };
    let port = url.port().unwrap_or(default_port);
    match owner(&host, (port, default_port), known) {
        Some((pack, listed)) => of_service(pack, &url, &host, listed),
        None => unknown(&url, &host, known),
    }
}

fn refused(host: Option<String>, reason: Refusal) -> Verdict {
    Verdict::Not(Why::Refused { host, reason })
}

fn authority(link: &str) -> &str {
    let rest = link.split_once(':').map_or(link, |(_, rest)| rest);
    let rest = rest.trim_start_matches(['/', '\\']);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest)
}

/// The pack that a host belongs to, and whether the operator said so.
fn owner(
    host: &str,
    (port, default_port): (u16, u16),
    known: Known<'_>,
) -> Option<(&'static Pack, bool)> {
    if let Some(service) = known.hosts.service(host, port, default_port) {
        let pack = known.packs.iter().find(|pack| pack.service == *service);
        return pack.map(|pack| (pack, true));
    }
    let vendors = known
        .packs
        .iter()
        .flat_map(|pack| pack.hosts.iter().map(move |pattern| (pattern, pack)));
    best_fit(vendors, host, port, default_port).map(|pack| (pack, false))
}

fn of_service(pack: &'static Pack, url: &Url, host: &str, listed: bool) -> Verdict {
    let plain = url.scheme() == "http";
    let plain_is_fine = pack.plain_http == PlainHttp::Loopback && listed && is_loopback(host);
    if plain && !plain_is_fine {
        return refused(Some(host.to_owned()), Refusal::PlainHttp);
    }
    let cannot = |reason| {
        Verdict::Not(Why::CannotJoin {
            service: pack.service.clone(),
            reason,
        })
    };
    if let Some((_, reason)) = pack
        .refused
        .iter()
        .find(|(path, _)| path.is_match(url.path()))
    {
        return cannot(*reason);
    }
    match pack.links.iter().find(|shape| fits(shape, url)) {
        Some(shape) => Verdict::Meeting(meeting(pack, shape, url, listed)),
        None => cannot(CannotJoin::NotAMeetingPage),
    }
}

fn fits(shape: &Shape, url: &Url) -> bool {
    shape.path.is_match(url.path())
        && shape
            .needs_query
            .iter()
            .all(|name| query(url, name).is_some())
}

fn meeting(pack: &'static Pack, shape: &Shape, url: &Url, listed: bool) -> Meeting {
    let in_path = shape
        .path
        .captures(url.path())
        .and_then(|found| Some(found.name("id")?.as_str().to_owned()))
        .map(|id| {
            percent_encoding::percent_decode_str(&id)
                .decode_utf8_lossy()
                .into_owned()
        });
    let id = match &shape.id_query {
        Some(name) => query(url, name),
        None => in_path,
    };
    let mut clean = url.clone();
    if !shape.keep_fragment {
        clean.set_fragment(None);
    }
    Meeting {
        pack,
        url: Link::new(clean.as_str()),
        id: id.map(ConferenceId::new),
        passcode: shape
            .passcode_query
            .iter()
            .find_map(|name| query(url, name))
            .map(Secret::new),
        listed,
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

fn unknown(url: &Url, host: &str, known: Known<'_>) -> Verdict {
    let vendors = known
        .packs
        .iter()
        .flat_map(|pack| &pack.hosts)
        .map(|pattern| pattern.host());
    if let Some(of) = known
        .hosts
        .hosts()
        .chain(vendors)
        .find(|other| imitates(host, other))
    {
        let of = of.to_owned();
        return refused(Some(host.to_owned()), Refusal::LookAlike { of });
    }
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return refused(Some(host.to_owned()), Refusal::ForeignLetters);
    }
    let looks_like = known
        .packs
        .iter()
        .find(|pack| {
            pack.links
                .iter()
                .any(|shape| shape.telling && fits(shape, url))
        })
        .map(|pack| pack.service.clone());
    Verdict::Not(Why::UnknownHost {
        host: host.to_owned(),
        looks_like,
    })
}

/// True when a host is made to be taken for a known one. Hosts of the same domain belong to the same people.
fn imitates(host: &str, known: &str) -> bool {
    let domain = |host: &str| {
        let mut labels = host.rsplit('.');
        let (top, second) = (labels.next(), labels.next());
        format!("{}.{}", second.unwrap_or_default(), top.unwrap_or_default())
    };
    if known.len() < 6 || !known.contains('.') || domain(host) == domain(known) {
        return false;
    }
    let inside = format!(".{host}.").contains(&format!(".{known}."));
    let dashed = host.replace('-', ".").contains(known);
    inside || dashed || skeleton(host) == skeleton(known) || one_letter_apart(host, known)
}

/// A host with letters that are easily mistaken put on one.
fn skeleton(host: &str) -> String {
    host.replace("rn", "m")
        .replace("vv", "w")
        .replace('0', "o")
        .replace(['1', 'i', 'j'], "l")
        .replace('5', "s")
}

fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    if short.len() < 8 || long.len() - short.len() > 1 {
        return false;
    }
    let head = short
        .iter()
        .zip(long.iter())
        .take_while(|(x, y)| x == y)
        .count();
    let tail = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    // raum12 and raum13 are neighbours; a digit for a letter is the skeleton's business.
    let numbered = |letters: &[char]| letters.get(head).is_some_and(char::is_ascii_digit);
    head + tail + 1 >= long.len() && !numbered(long)
}
