//! Owns the taking off of wrappers that mail systems put around links. Works on the text alone and never fetches.

use percent_encoding::percent_decode_str;
use url::Url;

/// Most wrappers inside one another.
const MAX_DEPTH: usize = 8;

/// The link inside all wrappers; `None` when there are too many of them.
pub(super) fn unwrap(link: &str) -> Option<String> {
    let mut link = link.to_owned();
    for _ in 0..MAX_DEPTH {
        match inner(&link) {
            Some(next) => link = next,
            None => return Some(link),
        }
    }
    inner(&link).is_none().then_some(link)
}

fn inner(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let host = url.host_str()?;
    let value = |names: &[&str]| {
        url.query_pairs()
            .find(|(name, _)| names.contains(&name.as_ref()))
            .map(|(_, value)| value.into_owned())
    };
    let wrapped = if is_safelinks(host) {
        value(&["url"])
    } else if is_google(host) && url.path() == "/url" {
        value(&["q", "url"])
    } else if host == "urldefense.proofpoint.com" && url.path().starts_with("/v2/") {
        let text = value(&["u"])?.replace('-', "%").replace('_', "/");
        Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
    } else if matches!(host, "urldefense.com" | "urldefense.us") {
        let rest = link.split_once("/v3/__")?.1;
        let text = rest.split_once("__;").map_or(rest, |(text, _)| text);
        Some(text.trim_end_matches('_').to_owned())
    } else {
        None
    }?;
    Some(decoded_once_more(wrapped))
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

    fn wrap(link: &str) -> String {
        let encoded =
            percent_encoding::utf8_percent_encode(link, percent_encoding::NON_ALPHANUMERIC);
        format!(
            "https://eur03.safelinks.protection.outlook.com/?url={encoded}&data=05%7C02&reserved=0"
        )
    }

    #[test]
    fn wrappers_of_mail_systems_come_off() {
        for link in [
            IN.to_owned(),
            wrap(IN),
            wrap(&wrap(IN)),
            format!("https://www.google.com/url?q={}&sa=D", "https%3A%2F%2Fmeet.jit.si%2FAmt%3Fx%3D1%26y%3D2"),
            "https://www.google.de/url?sa=t&url=https://meet.jit.si/Amt%3Fx%3D1%26y%3D2".to_owned(),
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.jit.si_Amt-3Fx-3D1-26y-3D2&d=Dw".to_owned(),
            format!("https://urldefense.com/v3/__{IN}__;!!abc!def$"),
            wrap("https%3A%2F%2Fmeet.jit.si%2FAmt%3Fx%3D1%26y%3D2"),
        ] {
            assert_eq!(unwrap(&link).as_deref(), Some(IN), "{link}");
        }
    }

    #[test]
    fn wrappers_without_end_are_given_up() {
        let mut link = IN.to_owned();
        for _ in 0..MAX_DEPTH {
            link = wrap(&link);
        }
        assert_eq!(unwrap(&link).as_deref(), Some(IN));
        assert_eq!(unwrap(&wrap(&link)), None);
    }

    #[test]
    fn a_host_that_only_looks_like_a_wrapper_is_left_alone() {
        for link in [
            "https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fmeet.jit.si%2FAmt",
            "https://www.google.evil.example/url?q=https://meet.jit.si/Amt",
            "https://www.google.com/maps?q=https://meet.jit.si/Amt",
        ] {
            assert_eq!(unwrap(link).as_deref(), Some(link));
        }
    }
}
