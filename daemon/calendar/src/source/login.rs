//! Owns the answering of log-in challenges: Basic and Digest (RFC 7616), chosen from what the server offers.
//! Knows no connection; never says a password but in the header it returns.

use base64::Engine as _;
use digest_auth::{AuthContext, HttpMethod, WwwAuthenticateHeader};

use super::{Login, fault::SourceError};
use crate::private::Secret;

/// Where a log-in stands with one server.
#[derive(Debug, Default)]
pub(super) enum Session {
    /// Nothing was asked for yet.
    #[default]
    Open,
    /// Basic.
    Basic,
    /// Digest with its nonce and the count of its uses.
    Digest(Box<WwwAuthenticateHeader>),
}

/// What a request must say for Digest.
pub(super) struct Asked<'r> {
    pub method: &'r str,
    /// Path and query as they go over the wire.
    pub path: &'r str,
    pub body: &'r [u8],
}

impl Session {
    /// The Authorization header for a request.
    pub(super) fn header(&mut self, login: &Login, asked: &Asked<'_>) -> Option<Secret> {
        match self {
            Session::Open => None,
            Session::Basic => {
                let pair = format!("{}:{}", login.user, login.password.reveal());
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                Some(Secret::new(format!("Basic {pair}")))
            }
            Session::Digest(challenge) => {
                let context = AuthContext::new_with_method(
                    login.user.as_str(),
                    login.password.reveal(),
                    asked.path,
                    Some(asked.body),
                    HttpMethod::from(asked.method),
                );
                let answer = challenge.respond(&context).ok()?;
                Some(Secret::new(answer.to_header_string()))
            }
        }
    }

    /// Takes in the challenges of a 401. The caller tries once more.
    ///
    /// # Errors
    /// When the same log-in has just been refused, or nothing that is offered can be answered.
    pub(super) fn challenged(
        &mut self,
        challenges: &[String],
        tried: bool,
        confidential: bool,
    ) -> Result<(), SourceError> {
        let digest = challenges
            .iter()
            .filter(|challenge| starts_with_scheme(challenge, "digest"))
            .find_map(|challenge| digest_auth::parse(challenge).ok());
        if let Some(digest) = digest {
            if tried && matches!(self, Session::Digest(_)) && !digest.stale {
                return Err(SourceError::Denied { status: 401 });
            }
            *self = Session::Digest(Box::new(digest));
            return Ok(());
        }
        if !challenges
            .iter()
            .any(|challenge| starts_with_scheme(challenge, "basic"))
        {
            let detail = challenges
                .iter()
                .filter_map(|challenge| challenge.split_whitespace().next())
                .take(4)
                .map(|scheme| scheme.chars().take(16).collect::<String>())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(SourceError::NoLogin { detail });
        }
        if tried && matches!(self, Session::Basic) {
            return Err(SourceError::Denied { status: 401 });
        }
        if !confidential {
            let detail = "a password in the clear over http".into();
            return Err(SourceError::NoLogin { detail });
        }
        *self = Session::Basic;
        Ok(())
    }
}

fn starts_with_scheme(challenge: &str, scheme: &str) -> bool {
    challenge
        .split_whitespace()
        .next()
        .is_some_and(|first| first.eq_ignore_ascii_case(scheme))
}

/// Cuts a header that holds several challenges, as `Basic realm="a, b", Digest realm=...`.
pub(super) fn challenges(header: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut quoted = false;
    let mut part = String::new();
    for c in header.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    let mut found: Vec<String> = Vec::new();
    for part in parts {
        let part = part.trim();
        let first = part.split_whitespace().next().unwrap_or_default();
        let opens = !first.contains('=') && !first.is_empty();
        match found.last_mut() {
            Some(open) if !opens => {
                open.push_str(", ");
                open.push_str(part);
            }
            _ if !part.is_empty() => found.push(part.to_owned()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_one_header_are_told_apart() {
        let header = r#"Negotiate, Basic realm="Amt, 50", charset="UTF-8", Digest realm="x", qop="auth,auth-int", nonce="n""#;
        assert_eq!(
            challenges(header),
            [
                "Negotiate",
                r#"Basic realm="Amt, 50", charset="UTF-8""#,
                r#"Digest realm="x", qop="auth,auth-int", nonce="n""#
            ]
        );
    }

    #[test]
    fn digest_is_taken_before_basic_and_a_refused_password_is_not_tried_twice() {
        let offered = challenges(r#"Basic realm="x", Digest realm="x", qop="auth", nonce="n""#);
        let mut session = Session::default();
        assert_eq!(session.challenged(&offered, false, false), Ok(()));
        assert!(matches!(session, Session::Digest(_)));
        assert_eq!(
            session.challenged(&offered, true, false),
            Err(SourceError::Denied { status: 401 })
        );
        let stale = challenges(r#"Digest realm="x", qop="auth", nonce="m", stale=true"#);
        assert_eq!(session.challenged(&stale, true, false), Ok(()));
    }

    #[test]
    fn a_password_never_goes_over_the_network_in_the_clear() {
        let mut session = Session::default();
        let refused = session.challenged(&["Basic realm=\"x\"".into()], false, false);
        assert!(matches!(refused, Err(SourceError::NoLogin { .. })));
        assert_eq!(
            session.challenged(&["Basic realm=\"x\"".into()], false, true),
            Ok(())
        );
        assert_eq!(
            session.challenged(&["Negotiate".into(), "NTLM".into()], false, true),
            Err(SourceError::NoLogin {
                detail: "Negotiate, NTLM".into()
            })
        );
    }
}
