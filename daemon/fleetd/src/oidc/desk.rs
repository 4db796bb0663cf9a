//! A sign-in from its beginning here, over the provider, to who came back. Keeps the provider's settings; knows no accounts.

use super::groups::{NoGroups, groups, shown};
use super::provider::{BadProvider, Provider};
use super::token::{BadToken, Claims, Expected, check};
use super::waiting::{NotWaiting, Places, Start, Waiting};
use super::wire::{Known, Wire, WireError};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::OnceCell;
use url::Url;

const PROVIDER: &str = "provider";

/// Where settings and sign-ins under way stand.
pub struct OidcDesk {
    providers: Shelf<Provider>,
    places: Places,
    wire: OnceCell<Wire>,
}

/// Where a browser goes to begin.
#[derive(Debug)]
pub struct Beginning {
    /// The provider's page.
    pub url: Url,
    /// What the browser keeps until it comes back.
    pub cookie: String,
}

/// What a browser brings back.
#[derive(Debug, Clone, Copy)]
pub struct Returned<'a> {
    /// The sign-in that it says it is.
    pub state: &'a str,
    /// The provider's code, if it gave one.
    pub code: &'a str,
    /// The provider's refusal, if it refused.
    pub error: &'a str,
    /// Which provider it says it is; empty where it does not say.
    pub issuer: &'a str,
    /// What the browser kept.
    pub cookies: &'a [&'a str],
}

/// Who somebody is, by the provider's word.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Which provider says so.
    pub issuer: String,
    /// Its own name for them, which never becomes another's.
    pub subject: String,
    /// What people call them.
    pub shown: String,
    /// Their groups.
    pub groups: Result<Vec<String>, NoGroups>,
}

/// What came of asking a provider without signing anybody in.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The page that people are sent to.
    pub page: Url,
    /// How many keys it signs with.
    pub keys: usize,
    /// How far its clock is ahead of ours, where it says.
    pub ahead_ms: Option<i64>,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// No provider is set up.
    #[error("no provider is set up")]
    Off,
    /// Too many sign-ins are under way.
    #[error("too many sign-ins are under way")]
    Full,
    /// It was never begun here.
    #[error("the sign-in was never begun here")]
    Unknown,
    /// It came back before, or too late.
    #[error("the sign-in is used or too old")]
    Spent,
    /// It was begun in another browser.
    #[error("the sign-in was begun in another browser")]
    OtherBrowser,
    /// The provider, or the person there, refused.
    #[error("the provider refused: {0}")]
    Denied(String),
    /// The line to the provider.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The token.
    #[error("the ID token is not believed: {0}")]
    Token(#[from] BadToken),
    /// The settings.
    #[error(transparent)]
    Provider(#[from] BadProvider),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotWaiting> for OidcError {
    fn from(error: NotWaiting) -> Self {
        match error {
            NotWaiting::Full => OidcError::Full,
            NotWaiting::Unknown => OidcError::Unknown,
            NotWaiting::Spent => OidcError::Spent,
            NotWaiting::OtherBrowser => OidcError::OtherBrowser,
            NotWaiting::Store(error) => OidcError::Store(error),
        }
    }
}

/// A sign-in that came back and is this browser's; it has not been redeemed.
#[derive(Debug)]
pub struct Come(Kept<Waiting>);

impl Come {
    /// In which language it was begun.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.0.value.language
    }
}

impl OidcDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> OidcDesk {
        OidcDesk {
            providers: Shelf::new(store, "oidc"),
            places: Places::new(store),
            wire: OnceCell::new(),
        }
    }

    /// The provider, if one is set up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn provider(&self, tenant: &TenantId) -> Result<Option<Provider>, StoreError> {
        let kept = self.providers.get(tenant, PROVIDER).await?;
        Ok(kept.map(|kept| kept.value))
    }

    /// Writes the provider in place of the one before.
    ///
    /// # Errors
    /// When it is none, or the store fails.
    pub async fn write(&self, tenant: &TenantId, provider: &Provider) -> Result<(), OidcError> {
        provider.check()?;
        let before = self.providers.get(tenant, PROVIDER).await?;
        let expected = before.map_or(Revision::ABSENT, |kept| kept.revision);
        let at = (tenant, PROVIDER);
        self.providers.put(at, expected, provider).await?;
        self.wire().await?.forget().await;
        Ok(())
    }

    /// Takes the provider away: nobody signs in by it any more.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn drop_provider(&self, tenant: &TenantId) -> Result<(), OidcError> {
        let kept = self.providers.get(tenant, PROVIDER).await?;
        let kept = kept.ok_or(OidcError::Off)?;
        Ok(self
            .providers
            .take((tenant, PROVIDER), kept.revision)
            .await?)
    }

    /// Asks the provider what it says of itself.
    ///
    /// # Errors
    /// When there is none, or it says nothing that can be used.
    pub async fn try_provider(&self, tenant: &TenantId) -> Result<Tried, OidcError> {
        let provider = self.provider(tenant).await?.ok_or(OidcError::Off)?;
        let wire = self.wire().await?;
        wire.forget().await;
        let known = wire.known(&provider).await?;
        Ok(Tried {
            page: known.discovery.authorization_endpoint.clone(),
            keys: known.keys.keys.len(),
            ahead_ms: known.ahead_ms,
        })
    }

    async fn wire(&self) -> Result<&Wire, WireError> {
        self.wire.get_or_try_init(|| async { Wire::new() }).await
    }

    /// Begins a sign-in that comes back to `redirect`.
    ///
    /// # Errors
    /// When there is no provider, it cannot be reached, or too many are under way.
    pub async fn begin(
        &self,
        tenant: &TenantId,
        start: Start<'_>,
        redirect: &str,
    ) -> Result<Beginning, OidcError> {
        let provider = self.provider(tenant).await?.ok_or(OidcError::Off)?;
        let known = self.wire().await?.known(&provider).await?;
        let begun = self.places.begin(tenant, start, &provider.issuer).await?;
        let mut url = known.discovery.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &provider.scopes)
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &challenge(&begun.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(Beginning {
            url,
            cookie: begun.cookie,
        })
    }

    /// Whose sign-in comes back. It counts no more from here on, whatever becomes of it.
    ///
    /// # Errors
    /// When it was not begun here, not in this browser, or too long ago.
    pub async fn come(
        &self,
        tenant: &TenantId,
        returned: Returned<'_>,
        now_ms: i64,
    ) -> Result<Come, OidcError> {
        let brought = (returned.state, returned.cookies);
        Ok(Come(self.places.take(tenant, brought, now_ms).await?))
    }

    /// Who it is.
    ///
    /// # Errors
    /// When the provider refused, cannot be reached, or its token is not believed.
    pub async fn redeem(
        &self,
        tenant: &TenantId,
        (come, returned): (Come, Returned<'_>),
        (redirect, now_ms): (&str, i64),
    ) -> Result<(Identity, Provider), OidcError> {
        let provider = self.provider(tenant).await?.ok_or(OidcError::Off)?;
        // It was begun with another one.
        if come.0.value.issuer != provider.issuer {
            return Err(OidcError::Spent);
        }
        if returned.code.is_empty() {
            return Err(OidcError::Denied(word(returned.error)));
        }
        let wire = self.wire().await?;
        let known = wire.known(&provider).await?;
        names_itself(&provider, &known, returned)?;
        let with = (returned.code, come.0.value.verifier.as_str());
        let token = wire
            .redeem((&provider, &known.discovery), with, redirect)
            .await?;
        let expected = Expected {
            issuer: &provider.issuer,
            client_id: &provider.client_id,
            nonce: &come.0.value.nonce,
            now_s: now_ms / 1000,
        };
        let claims = match check(&token, &known.keys, expected) {
            // The provider may have a new key since we asked.
            Err(BadToken::Key) => check(&token, &*wire.keys_again(&provider).await?, expected)?,
            other => other?,
        };
        self.places.ended_well(tenant, come.0).await?;
        Ok((identity(&provider, claims), provider))
    }
}

/// RFC 9207: an answer that names its provider names this one.
fn names_itself(
    provider: &Provider,
    known: &Known,
    returned: Returned<'_>,
) -> Result<(), BadToken> {
    let must = known
        .discovery
        .authorization_response_iss_parameter_supported;
    match returned.issuer {
        "" if !must => Ok(()),
        issuer if issuer == provider.issuer => Ok(()),
        _ => Err(BadToken::Issuer),
    }
}

fn identity(provider: &Provider, claims: Claims) -> Identity {
    Identity {
        issuer: provider.issuer.clone(),
        shown: shown(&claims.rest, &claims.sub),
        groups: groups(&claims.rest, &provider.claim),
        subject: claims.sub,
    }
}

/// RFC 7636, 4.2.
fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// What a provider calls its refusal, as a word that may stand in a log.
fn word(error: &str) -> String {
    let fits = |c: &char| c.is_ascii_lowercase() || *c == '_';
    let word: String = error.chars().filter(fits).take(40).collect();
    match word.is_empty() {
        true => "no-code".to_owned(),
        false => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let made = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge(verifier), made);
    }

    #[test]
    fn what_a_provider_says_is_a_word_before_it_is_written_down() {
        assert_eq!(word("access_denied"), "access_denied");
        assert_eq!(word("\n<script>\u{202e}"), "script");
        assert_eq!(word(""), "no-code");
    }
}
