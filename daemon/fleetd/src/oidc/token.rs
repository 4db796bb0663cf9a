//! ID tokens: who signed, for whom, for which sign-in, and until when (OpenID Connect Core, 3.1.3.7). Asks nobody; the clock is the
//! machine's, as the library reads it.

use super::crypto;
use crate::secrets::same;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Clocks may differ by so much.
const LEEWAY_S: u64 = 60;
/// OpenID Connect Core, 2: no subject has more.
const LONGEST_SUBJECT: usize = 255;

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now_s: i64,
}

/// What a token says that is believed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    iat: Option<f64>,
    nonce: Option<String>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It is none, or signed in a way that is none.
    #[error("it is no signed token of a known kind")]
    Shape,
    /// It is signed with a key that the provider does not name.
    #[error("it is signed with a key that the provider does not name")]
    Key,
    /// The signature is not the key's.
    #[error("its signature is not right")]
    Signature,
    /// It is another provider's.
    #[error("another provider made it")]
    Issuer,
    /// It is for somebody else's server.
    #[error("it was made for another client")]
    Audience,
    /// It is for another sign-in.
    #[error("it was made for another sign-in")]
    Nonce,
    /// It says of nobody.
    #[error("it does not say about whom it is")]
    Subject,
    /// It ended before it came.
    #[error("it has expired; do the clocks agree?")]
    Expired,
    /// It begins in the future.
    #[error("it is not valid yet; do the clocks agree?")]
    Early,
}

impl BadToken {
    /// As a word, for the log.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            BadToken::Shape => "shape",
            BadToken::Key => "key",
            BadToken::Signature => "signature",
            BadToken::Issuer => "issuer",
            BadToken::Audience => "audience",
            BadToken::Nonce => "nonce",
            BadToken::Subject => "subject",
            BadToken::Expired => "expired",
            BadToken::Early => "early",
        }
    }
}

impl From<Error> for BadToken {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidSignature => BadToken::Signature,
            ErrorKind::InvalidKeyFormat | ErrorKind::InvalidEcdsaKey => BadToken::Key,
            ErrorKind::InvalidRsaKey(_) => BadToken::Key,
            ErrorKind::InvalidIssuer => BadToken::Issuer,
            ErrorKind::InvalidAudience => BadToken::Audience,
            ErrorKind::ExpiredSignature => BadToken::Expired,
            ErrorKind::ImmatureSignature => BadToken::Early,
            _ => BadToken::Shape,
        }
    }
}

/// Believes a token, or not.
pub(super) fn check(
    token: &str,
    keys: &JwkSet,
    expected: Expected<'_>,
) -> Result<Claims, BadToken> {
    crypto::install();
    let header = decode_header(token)?;
    if !crypto::knows(header.alg) {
        return Err(BadToken::Shape);
    }
    let key = key_of(keys, header.kid.as_deref(), header.alg).ok_or(BadToken::Key)?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    agrees(&claims, expected)?;
    Ok(claims)
}

/// What the library leaves to those who know OpenID Connect.
fn agrees(claims: &Claims, expected: Expected<'_>) -> Result<(), BadToken> {
    if claims.iss != expected.issuer {
        return Err(BadToken::Issuer);
    }
    let azp = claims.azp.as_deref();
    let ours = match &claims.aud {
        Audience::One(one) => {
            one == expected.client_id && azp.is_none_or(|azp| azp == expected.client_id)
        }
        Audience::Several(all) if all.len() == 1 => azp.is_none_or(|azp| azp == expected.client_id),
        Audience::Several(_) => azp == Some(expected.client_id),
    };
    if !ours {
        return Err(BadToken::Audience);
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if !same(nonce.as_bytes(), expected.nonce.as_bytes()) {
        return Err(BadToken::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
        return Err(BadToken::Subject);
    }
    let latest = expected.now_s as f64 + LEEWAY_S as f64;
    match claims.iat.is_some_and(|iat| iat > latest) {
        true => Err(BadToken::Early),
        false => Ok(()),
    }
}

/// The key of this name, or the only one that could be meant where the token names none.
fn key_of<'a>(keys: &'a JwkSet, name: Option<&str>, algorithm: Algorithm) -> Option<&'a Jwk> {
    let mut fit = keys.keys.iter().filter(|key| fits(key, algorithm));
    match name {
        Some(name) => fit.find(|key| key.common.key_id.as_deref() == Some(name)),
        None => fit.next().filter(|_| fit.next().is_none()),
    }
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let family = match &key.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
        _ => return false,
    };
    let named = key.common.key_algorithm;
    let signs = !matches!(
        key.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    signs
        && family == algorithm.family()
        && named.is_none_or(|named| named == KeyAlgorithm::from(algorithm))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Keycloak writes them, and Entra ID, which names no algorithms.
    const KEYS: &str = r#"{ "keys": [
        { "kid": "k-enc", "kty": "RSA", "alg": "RSA-OAEP", "use": "enc", "x5c": ["MIIC"], "x5t": "a", "x5t#S256": "b",
          "n": "sXch", "e": "AQAB" },
        { "kid": "k-sig", "kty": "RSA", "alg": "RS256", "use": "sig", "x5c": ["MIIC"], "n": "sXch", "e": "AQAB" },
        { "kid": "e-1", "x5t": "e-1", "kty": "RSA", "use": "sig", "n": "sXch", "e": "AQAB", "x5c": ["MIIC"],
          "cloud_instance_name": "microsoftonline.com", "issuer": "https://login.microsoftonline.com/x/v2.0" },
        { "kid": "o-1", "kty": "OKP", "alg": "EdDSA", "use": "sig", "crv": "Ed25519", "x": "11qY" },
        { "kid": "m-1", "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA" }
    ] }"#;

    #[test]
    fn a_key_is_found_by_its_name_and_for_what_it_is() {
        let keys: JwkSet = serde_json::from_str(KEYS).unwrap();
        let found = |name, algorithm| key_of(&keys, Some(name), algorithm).is_some();
        assert!(found("k-sig", Algorithm::RS256) && !found("k-sig", Algorithm::RS384));
        assert!(found("e-1", Algorithm::RS256) && found("e-1", Algorithm::PS256));
        for name in ["k-enc", "o-1", "m-1", "none"] {
            assert!(
                !found(name, Algorithm::RS256) && !found(name, Algorithm::ES256),
                "{name}"
            );
        }
        assert!(
            key_of(&keys, None, Algorithm::RS256).is_none(),
            "two could be meant"
        );
        assert!(
            key_of(&keys, None, Algorithm::RS384).is_some(),
            "only one could be"
        );
    }
}
