//! Why a call ended, from baresip's prose: the SIP status that a far end sent, or the words of the operating system.
//! Each becomes one of the room's own names; knows no call.

use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;

/// How far the call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Was {
    /// Never taken by the far end.
    Calling,
    /// The same, over TLS.
    CallingOverTls,
    /// Taken.
    Established,
}

/// What the room is told about a call that the far end, the line or baresip ended.
pub fn of(text: &str, was: Was) -> CallSeen {
    match (status(text), was) {
        (Some(status), Was::Calling | Was::CallingOverTls) => CallSeen::Failed(refusal(status)),
        // Whoever speaks no TLS hangs up in the middle of the handshake.
        (None, Was::CallingOverTls) if hung_up(text) => CallSeen::Failed(CallFailure::TlsRefused),
        (None, Was::Calling | Was::CallingOverTls) => CallSeen::Failed(unreached(text)),
        (_, Was::Established) if lost(text) => CallSeen::Failed(CallFailure::ConnectionLost),
        // SIP's goodbye does not say whether the host ended it for all or for the room alone: neither is rejoined.
        (_, Was::Established) => CallSeen::Over(EndReason::EndedByHost),
    }
}

/// The SIP status at the begin of a line such as `486 Busy Here`.
fn status(text: &str) -> Option<u16> {
    let word = text.split_whitespace().next()?;
    let status = word.parse().ok()?;
    (300..700).contains(&status).then_some(status)
}

/// What a refusal means for people (RFC 3261 section 21).
pub fn refusal(status: u16) -> CallFailure {
    match status {
        401 | 407 => CallFailure::LoginNeeded,
        403 | 402 | 405 => CallFailure::NotAllowed,
        404 | 410 | 484 | 485 | 604 => CallFailure::NotFound,
        408 | 504 => CallFailure::NoAnswer,
        480 => CallFailure::NotThere,
        486 | 600 => CallFailure::Busy,
        415 | 488 | 606 | 493 | 494 => CallFailure::MediaRefused,
        603 | 607 | 608 => CallFailure::Declined,
        500..=699 => CallFailure::ServiceDown,
        _ => CallFailure::NotAllowed,
    }
}

/// Why an account is not registered.
pub fn unregistered(text: &str) -> CallFailure {
    match status(text) {
        Some(401 | 403 | 407) => CallFailure::KeyRefused,
        Some(status) => refusal(status),
        None if hung_up(text) => CallFailure::TlsRefused,
        None => unreached(text),
    }
}

/// The call never reached anybody.
fn unreached(text: &str) -> CallFailure {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["Protocol error", "TLS", "certificate"]) {
        CallFailure::TlsRefused
    } else if says(&["Local timeout", "timed out"]) {
        CallFailure::NoAnswer
    } else if says(&["mediaenc", "No audio codecs", "Wrong address family"]) {
        CallFailure::MediaRefused
    } else {
        CallFailure::Unreachable
    }
}

fn hung_up(text: &str) -> bool {
    ["Broken pipe", "Connection reset by peer"]
        .iter()
        .any(|word| text.contains(word))
}

/// The line was lost, rather than the call ended by somebody.
fn lost(text: &str) -> bool {
    [
        "rtp stream error",
        // The far end knows nothing of the call any more, or does not answer (RFC 3261 section 12.2.1.2).
        "481 ",
        "408 ",
        "timed out",
        "unreachable",
        "No route",
        "refused",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_that_baresip_gives_has_a_name() {
        use CallFailure as F;
        let calling = [
            ("486 Busy Here", F::Busy),
            ("600 Busy Everywhere", F::Busy),
            ("603 Decline", F::Declined),
            ("404 Not Found", F::NotFound),
            ("408 Request Timeout", F::NoAnswer),
            ("480 Temporarily Unavailable", F::NotThere),
            ("488 Not Acceptable Here", F::MediaRefused),
            ("503 Service Unavailable", F::ServiceDown),
            ("403 Forbidden", F::NotAllowed),
            ("401 Unauthorized", F::LoginNeeded),
            ("407 Proxy Authentication Required", F::LoginNeeded),
            ("Connection refused", F::Unreachable),
            ("Destination address required", F::Unreachable),
            ("No route to host", F::Unreachable),
            ("Network is unreachable", F::Unreachable),
            ("Connection timed out", F::NoAnswer),
            ("Local timeout", F::NoAnswer),
            ("Protocol error", F::TlsRefused),
            ("mediaenc failed", F::MediaRefused),
            ("", F::Unreachable),
        ];
        for (text, failure) in calling {
            assert_eq!(of(text, Was::Calling), CallSeen::Failed(failure), "{text}");
        }
        for text in ["Broken pipe", "Connection reset by peer"] {
            let refused = CallSeen::Failed(F::TlsRefused);
            assert_eq!(of(text, Was::CallingOverTls), refused, "{text}");
            let unreached = CallSeen::Failed(F::Unreachable);
            assert_eq!(of(text, Was::Calling), unreached, "{text}");
        }
        for text in [
            "rtp stream error",
            "Connection timed out",
            "481 Call/Transaction Does Not Exist",
        ] {
            let lost = CallSeen::Failed(F::ConnectionLost);
            assert_eq!(of(text, Was::Established), lost, "{text}");
        }
        for text in ["Connection reset by peer", "", "200 OK"] {
            let ended = CallSeen::Over(EndReason::EndedByHost);
            assert_eq!(of(text, Was::Established), ended, "{text}");
        }
    }

    #[test]
    fn every_status_is_some_failure() {
        for status in 300..700 {
            assert!(CallFailure::ALL.contains(&refusal(status)));
        }
    }
}
