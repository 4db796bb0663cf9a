//! What no page of a room lets a browser do with it, whoever serves it, and under which names it is asked for. Knows no page.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::net::IpAddr;

const ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), display-capture=()",
    ),
];

/// Has browsers keep an answer to itself: not framed, not kept, not guessed at, with no device of theirs, and with this content
/// security policy. What the answer says of itself stays.
pub fn keep_to_itself(headers: &mut HeaderMap, policy: &'static str) {
    let policy = (header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in ALWAYS.into_iter().chain([policy]) {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// Whether a request asks for one of these names, or for an address.
/// A name that leads here by somebody else's name service is nobody's: then another site's page would speak to this one.
pub fn known_host(names: &[String], headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.parse::<IpAddr>().is_ok() || names.iter().any(|name| name.eq_ignore_ascii_case(bare))
}
