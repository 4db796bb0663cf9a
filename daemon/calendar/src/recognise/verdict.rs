//! Owns the judgement of one link: a conference, a page to refuse, an unknown host, or nothing at all.
//! Every trick with hosts (user names, imitations, foreign letters, plain http) is met here.

use std::borrow::Cow;

use url::Url;

use super::{
    Known,
    catalogue::Role,
    hosts::{ServiceId, is_loopback},
    looks::Look,
    pack::{Inner, Joins, Pack, PlainHttp, Shape},
    why::{CannotJoin, Refusal, Why},
    wrappers::{self, Unwrapped},
};
use crate::private::{ConferenceId, Link, Secret};

/// Most pages of a service inside one another.
const MAX_INNER: usize = 3;

/// What a link turned out to be.
pub(super) enum Verdict {
    Meeting(Box<Meeting>),
    Not(Why),
    /// Not worth a word.
    Nothing,
}

/// A link into a conference.
pub(super) struct Meeting {
    pub pack: &'static Pack,
    pub url: Link,
    pub id: Option<ConferenceId>,
    /// Tells this conference from others of the service.
    pub key: String,
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
    let link = match link.split_once(':') {
        Some((scheme, _)) if !is_web(scheme) => match known.all.of_app(scheme, link) {
            Some(link) => Cow::Owned(link),
            None => return Verdict::Nothing,
        },
        _ => Cow::Borrowed(link),
    };
    match wrappers::unwrap(&link) {
        Unwrapped::Link(link, url) => judge_url(&link, &url, known, MAX_INNER),
        Unwrapped::TooDeep => refused(None, Refusal::TooDeep),
        Unwrapped::Malformed => refused(None, Refusal::Malformed),
        Unwrapped::Sealed(host) => refused(Some(host), Refusal::Sealed),
    }
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

fn judge_url(link: &str, url: &Url, known: Known<'_>, inner: usize) -> Verdict {
    if !is_web(url.scheme()) {
        return Verdict::Nothing;
    }
    let Some(host) = url.host_str().map(str::to_lowercase) else {
        return refused(None, Refusal::Malformed);
    };
    // `zoom.us.` is another origin than `zoom.us`, for policies and permissions.
    if host.ends_with('.') {
        return refused(Some(host), Refusal::Malformed);
    }
    if !url.username().is_empty() || url.password().is_some() || authority(link).contains('@') {
        return refused(Some(host), Refusal::UserInfo);
    }
    if link.contains('\\') || link.chars().any(char::is_control) {
        return refused(Some(host), Refusal::Malformed);
    }
    let default_port = if url.scheme() == "https" { 443 } else { 80 };
    let port = url.port().unwrap_or(default_port);
    match owner(&host, (port, default_port), known) {
        Some((pack, listed, Role::Conferences)) if pack.joins == Joins::Yes => {
            if let Some(link) = pack.inner.iter().find_map(|page| behind(page, url))
                && inner > 0
                && let Ok(url) = Url::parse(&link)
            {
                return judge_url(&link, &url, known, inner - 1);
            }
            let signs = known.hosts.signs(&host, port, default_port);
            of_service(pack, url, &host, (listed, signs))
        }
        Some((pack, _, Role::Pages)) => cannot(pack, CannotJoin::HelpPage),
        Some((pack, ..)) if pack.links.iter().any(|shape| shape.fits(url)) => {
            cannot(pack, CannotJoin::NotSupported)
        }
        _ => unknown(url, &host, known),
    }
}

fn refused(host: Option<String>, reason: Refusal) -> Verdict {
    Verdict::Not(Why::Refused { host, reason })
}

fn cannot(pack: &Pack, reason: CannotJoin) -> Verdict {
    Verdict::Not(Why::CannotJoin {
        service: pack.service.clone(),
        reason,
    })
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
) -> Option<(&'static Pack, bool, Role)> {
    let of_vendor = known.all.of_host(host, port, default_port);
    if let Some((pack, Role::Pages)) = of_vendor {
        return Some((pack, false, Role::Pages));
    }
    if let Some(service) = known.hosts.service(host, port, default_port) {
        return Some((known.all.pack(service)?, true, Role::Conferences));
    }
    of_vendor.map(|(pack, role)| (pack, false, role))
}

/// The link that a page of a service carries inside.
fn behind(page: &Inner, url: &Url) -> Option<String> {
    if !page.path.is_match(url.path()) {
        return None;
    }
    let carried = match &page.query {
        Some(name) => url.query_pairs().find(|(key, _)| key == name)?.1,
        None => Cow::Borrowed(url.fragment()?),
    };
    let path = carried.trim_start_matches("/_#");
    let host = &url[..url::Position::BeforePath];
    path.starts_with('/').then(|| format!("{host}{path}"))
}

fn of_service(
    pack: &'static Pack,
    url: &Url,
    host: &str,
    (listed, signs): (bool, bool),
) -> Verdict {
    let plain = url.scheme() == "http";
    let plain_is_fine = pack.plain_http == PlainHttp::Loopback && listed && is_loopback(host);
    if plain && !plain_is_fine {
        return refused(Some(host.to_owned()), Refusal::PlainHttp);
    }
    let once = if pack.decode_twice {
        decoded(url)
    } else {
        None
    };
    let url = once.as_ref().unwrap_or(url);
    let page = pack
        .refused
        .iter()
        .find(|(path, _)| path.is_match(url.path()));
    if let Some((_, reason)) = page {
        return cannot(pack, *reason);
    }
    // A host of one's own may serve any of the shapes.
    let fits = |shape: &&Shape| {
        (listed || shape.is_on(host)) && (signs || !shape.needs_secret) && shape.fits(url)
    };
    match pack.links.iter().find(fits) {
        Some(shape) => Verdict::Meeting(Box::new(meeting(pack, shape, url, listed))),
        None => cannot(pack, CannotJoin::NotAMeetingPage),
    }
}

/// A link whose path was encoded twice, once decoded.
fn decoded(url: &Url) -> Option<Url> {
    let twice = url.path().contains("%25");
    let text = url.as_str();
    let decode = |text: &str| text.replace("%25", "%");
    twice.then(|| Url::parse(&decode(text)).ok())?
}

fn meeting(pack: &'static Pack, shape: &Shape, url: &Url, listed: bool) -> Meeting {
    let captures = shape.path.captures(url.path());
    let in_path = |name: &str| {
        let text = captures.as_ref()?.name(name)?.as_str();
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        Some(text.into_owned())
    };
    let id = match &shape.id_query {
        Some(name) => shape.query(url, name),
        None => in_path("id"),
    };
    let key = match &shape.key_query {
        Some(name) => shape.query(url, name),
        None => in_path("key").or_else(|| id.clone()),
    };
    let mut clean = url.clone();
    if !shape.keep_fragment {
        clean.set_fragment(None);
    }
    let passcode = shape.passcode_query.iter();
    Meeting {
        pack,
        url: Link::new(clean.as_str()),
        id: id.map(ConferenceId::new),
        key: key.unwrap_or_else(|| clean.as_str().to_owned()),
        passcode: passcode
            .filter_map(|name| shape.query(url, name))
            .map(Secret::new)
            .next(),
        listed,
    }
}

fn unknown(url: &Url, host: &str, known: Known<'_>) -> Verdict {
    let look = Look::of(host);
    let mut others = known.hosts.looks().iter().chain(known.all.looks());
    if let Some(of) = others.find(|other| look.imitates(other)) {
        let of = of.host().to_owned();
        return refused(Some(host.to_owned()), Refusal::LookAlike { of });
    }
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return refused(Some(host.to_owned()), Refusal::ForeignLetters);
    }
    let tells = |shape: &Shape| shape.telling && shape.starts_well(host) && shape.fits(url);
    let looks_like = known
        .all
        .packs()
        .iter()
        .find(|pack| pack.links.iter().any(tells))
        .map(|pack| pack.service.clone());
    Verdict::Not(Why::UnknownHost {
        host: host.to_owned(),
        looks_like,
    })
}
