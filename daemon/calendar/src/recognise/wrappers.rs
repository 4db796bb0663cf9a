//! Owns the taking off of wrappers that mail systems put around links. Works on the text alone and never fetches.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use url::Url;

/// Most wrappers inside one another.
const MAX_DEPTH: usize = 8;

/// What is inside all wrappers.
pub(super) enum Unwrapped {
    Link(String, Url),
    /// A wrapper of this host that only its maker's server can open.
    Sealed(String),
    TooDeep,
    Malformed,
}

enum Layer {
    Link(String),
    Sealed,
    None,
}

/// Takes off all wrappers.
pub(super) fn unwrap(link: &str) -> Unwrapped {
    let mut link = link.to_owned();
    for _ in 0..=MAX_DEPTH {
        let Ok(url) = Url::parse(&link) else {
            return Unwrapped::Malformed;
        };
        match layer(&link, &url) {
            Layer::Link(next) => link = decoded_once_more(next),
            Layer::Sealed => return Unwrapped::Sealed(url.host_str().unwrap_or_default().into()),
            Layer::None => return Unwrapped::Link(link, url),
        }
    }
    Unwrapped::TooDeep
}

fn layer(link: &str, url: &Url) -> Layer {
    let Some(host) = url.host_str() else {
        return Layer::None;
    };
    if is_sealed(host, url.path()) {
        return Layer::Sealed;
    }
    inner(link, url, host).map_or(Layer::None, Layer::Link)
}

fn inner(link: &str, url: &Url, host: &str) -> Option<String> {
    let value = |names: &[&str]| {
        url.query_pairs()
            .find(|(name, _)| names.contains(&name.as_ref()))
            .map(|(_, value)| value.into_owned())
    };
    match host {
        "urldefense.proofpoint.com" if url.path().starts_with("/v1/") => value(&["u"]),
        "urldefense.proofpoint.com" if url.path().starts_with("/v2/") => {
            let text = value(&["u"])?.replace('-', "%").replace('_', "/");
            Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
        }
        "urldefense.com" | "urldefense.us" => third_defence(link),
        "linkprotect.cudasvc.com" => value(&["a"]),
        "secure-web.cisco.com" => {
            let carried = url.path().rsplit('/').next()?;
            let text = percent_decode_str(carried).decode_utf8().ok()?;
            text.contains("://").then(|| text.into_owned())
        }
        "clicktime.symantec.com" | "urlsand.esvalabs.com" => value(&["u"]),
        "slack-redir.net" => value(&["url"]),
        _ if is_safelinks(host) => value(&["url"]),
        _ if is_google(host) && url.path() == "/url" => value(&["q", "url"]),
        _ if host.ends_with(".trendmicro.com") && url.path().contains("/clicktime/") => {
            value(&["url"])
        }
        _ if host.starts_with("protect") && host.ends_with(".fireeye.com") => value(&["u"]),
        _ if host.ends_with(".protection.sophos.com") => {
            let text = value(&["u"])?;
            let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
            String::from_utf8(bytes).ok()
        }
        _ => None,
    }
}

/// The third form of Proofpoint's: the link stands between `__` and `__;`, with `*` for characters that are listed
/// behind it in base64; `**` and a letter stand for a run of them.
fn third_defence(link: &str) -> Option<String> {
    let rest = link.split_once("/v3/__")?.1;
    let (text, behind) = rest
        .split_once("__;")
        .unwrap_or((rest.trim_end_matches('_'), ""));
    if !text.contains('*') {
        return Some(text.to_owned());
    }
    let listed = behind.split('!').next().unwrap_or_default();
    let listed = URL_SAFE_NO_PAD.decode(listed.trim_end_matches('=')).ok()?;
    let mut listed = std::str::from_utf8(&listed).ok()?.chars();
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '*' {
            out.push(letter);
        } else if letters.next_if_eq(&'*').is_some() {
            out.extend(listed.by_ref().take(run_length(letters.next()?)?));
        } else {
            out.push(listed.next()?);
        }
    }
    Some(out)
}

/// A run of two is written `A`.
fn run_length(letter: char) -> Option<usize> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    LETTERS.find(letter).map(|at| at + 2)
}

/// Wrappers that hold nothing but a number.
fn is_sealed(host: &str, path: &str) -> bool {
    let mimecast = host.ends_with(".mimecast.com") || host.ends_with(".mimecastprotect.com");
    let hornet = host.ends_with(".hornetsecurity.com") || host == "seclinks.cloud-security.net";
    mimecast && (path.starts_with("/s/") || path.starts_with("/ttpwp") || path.starts_with("/r/"))
        || hornet && path.len() > 1
}

/// Some systems encode twice: what was inside still reads `https%3A%2F%2F`.
fn decoded_once_more(link: String) -> String {
    let head = link.get(..9).unwrap_or_default().to_ascii_lowercase();
    if !head.starts_with("https%3a") && !head.starts_with("http%3a") {
        return link;
    }
    percent_decode_str(&link)
        .decode_utf8()
        .map_or(link.clone(), |text| text.into_owned())
}

fn is_safelinks(host: &str) -> bool {
    [
        ".safelinks.protection.outlook.com",
        ".safelinks.protection.office365.us",
        ".safelinks.protection.outlook.us",
        ".safelinks.o365.cn",
    ]
    .iter()
    .any(|suffix| host.ends_with(suffix))
}

fn is_google(host: &str) -> bool {
    let Some(rest) = host.strip_prefix("www.google.") else {
        return false;
    };
    // Country domains only: google.de, google.co.uk; never google.de.example.org.
    matches!(rest, "com" | "cat")
        || rest.len() == 2
        || matches!(rest.split_once('.'), Some(("co" | "com", country)) if country.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN: &str = "https://meet.jit.si/Amt?x=1&y=2";
    const ENCODED: &str = "https%3A%2F%2Fmeet.jit.si%2FAmt%3Fx%3D1%26y%3D2";

    fn wrap(link: &str) -> String {
        let encoded =
            percent_encoding::utf8_percent_encode(link, percent_encoding::NON_ALPHANUMERIC);
        format!(
            "https://eur03.safelinks.protection.outlook.com/?url={encoded}&data=05%7C02&reserved=0"
        )
    }

    fn shown(link: &str) -> String {
        match unwrap(link) {
            Unwrapped::Link(link, _) => link,
            Unwrapped::Sealed(host) => format!("sealed by {host}"),
            Unwrapped::TooDeep => "too deep".into(),
            Unwrapped::Malformed => "malformed".into(),
        }
    }

    #[test]
    fn wrappers_of_mail_systems_come_off() {
        for link in [
            IN.to_owned(),
            wrap(IN),
            wrap(&wrap(IN)),
            format!("https://www.google.com/url?q={ENCODED}&sa=D"),
            "https://www.google.de/url?sa=t&url=https://meet.jit.si/Amt%3Fx%3D1%26y%3D2".to_owned(),
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.jit.si_Amt-3Fx-3D1-26y-3D2&d=Dw".to_owned(),
            format!("https://urldefense.com/v3/__{IN}__;!!abc!def$"),
            "https://urldefense.com/v3/__https://meet.jit.si/Amt?x=1*y=2__;Jg!!abc$".to_owned(),
            "https://urldefense.com/v3/__https://meet.jit.si/Amt**Ax=1&y=2__;Pw!!abc$".replace("**A", "*"),
            format!("https://linkprotect.cudasvc.com/url?a={ENCODED}&c=E,1,abc&typo=1"),
            format!("https://secure-web.cisco.com/1aBcD_ef/{ENCODED}"),
            "https://eu-west-1.protection.sophos.com/?d=jit.si&u=aHR0cHM6Ly9tZWV0LmppdC5zaS9BbXQ_eD0xJnk9Mg==&i=x".to_owned(),
            format!("https://shared.outlook.inky.trendmicro.com/wis/clicktime/v1/query?url={ENCODED}&umid=1"),
            wrap("https%3A%2F%2Fmeet.jit.si%2FAmt%3Fx%3D1%26y%3D2"),
        ] {
            assert_eq!(shown(&link), IN, "{link}");
        }
    }

    #[test]
    fn a_run_of_listed_characters_is_put_back() {
        let link = "https://urldefense.com/v3/__https://a.example/x**Ay__;JiY!!z$";
        assert_eq!(shown(link), "https://a.example/x&&y");
    }

    #[test]
    fn wrappers_without_end_are_given_up() {
        let mut link = IN.to_owned();
        for _ in 0..MAX_DEPTH {
            link = wrap(&link);
        }
        assert_eq!(shown(&link), IN);
        assert_eq!(shown(&wrap(&link)), "too deep");
    }

    #[test]
    fn a_wrapper_that_only_its_maker_can_open_is_named() {
        let link = "https://protect-de.mimecast.com/s/AbCdEfG?domain=zoom.us";
        assert_eq!(shown(link), "sealed by protect-de.mimecast.com");
    }

    #[test]
    fn a_host_that_only_looks_like_a_wrapper_is_left_alone() {
        for link in [
            "https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fmeet.jit.si%2FAmt",
            "https://www.google.evil.example/url?q=https://meet.jit.si/Amt",
            "https://www.google.com/maps?q=https://meet.jit.si/Amt",
            "https://urldefense.com.evil.example/v3/__https://meet.jit.si/Amt__;",
        ] {
            assert_eq!(shown(link), link);
        }
    }
}
