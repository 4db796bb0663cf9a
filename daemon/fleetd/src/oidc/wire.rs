//! The line to the provider: what it says of itself, its keys, and the redeeming of codes. Asks it seldom, waits for it shortly, and
//! reads no more than such answers have. Believes no token.

use super::provider::{Provider, is_safe};
use core::time::Duration;
use jsonwebtoken::jwk::JwkSet;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

const ASKING: Duration = Duration::from_secs(10);
const LONGEST: usize = 512 << 10;
/// What the provider says of itself is asked for again after this.
const STAYS: Duration = Duration::from_secs(3600);
/// A token with an unknown key makes us ask for keys so often and no more.
const BETWEEN_KEYS: Duration = Duration::from_secs(60);
/// A provider that did not answer is not asked again at once by the next one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const DISCOVERY: &str = ".well-known/openid-configuration";

/// What a provider says of itself (OpenID Connect Discovery, 3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    #[serde(deserialize_with = "address")]
    pub authorization_endpoint: Url,
    #[serde(deserialize_with = "address")]
    token_endpoint: Url,
    #[serde(deserialize_with = "address")]
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    let text = String::deserialize(from)?;
    Url::parse(&text).map_err(D::Error::custom)
}

/// Why the provider gave no answer that can be used. Holds neither code nor secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WireError {
    /// There is no way there.
    #[error("{at} cannot be reached: {why}")]
    Unreachable {
        /// Which host.
        at: String,
        /// What the network said.
        why: String,
    },
    /// It answered something else.
    #[error("{at} answered {what}")]
    Answer {
        /// Which address.
        at: String,
        /// What came.
        what: String,
    },
    /// It calls itself something else.
    #[error("the provider calls itself {0:?}; the issuer must be written exactly so")]
    Issuer(String),
    /// It names an address without TLS.
    #[error("the provider names {0}, which is not https")]
    Unsafe(Url),
    /// It does not accept this server.
    #[error("the provider does not accept the client ID or its secret ({0})")]
    Client(String),
    /// It does not accept the code.
    #[error("the provider does not accept the code: it is too old, used, or somebody else's")]
    Code,
}

/// What is known of the provider.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub discovery: Arc<Discovery>,
    pub keys: Arc<JwkSet>,
    /// How far its clock is ahead of ours, where it says.
    pub ahead_ms: Option<i64>,
    since: Instant,
    keys_again: Option<Instant>,
}

enum Memory {
    Nothing,
    Known(String, Known),
    Failed(String, WireError, Instant),
}

/// The line.
pub(super) struct Wire {
    client: Client,
    memory: Mutex<Memory>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Wire {
    pub fn new() -> Result<Wire, WireError> {
        // The client asks the process for its cryptography; a second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(ASKING)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let client = client.map_err(|error| unreachable_at("TLS", error))?;
        Ok(Wire {
            client,
            memory: Mutex::new(Memory::Nothing),
        })
    }

    /// What is known of the provider, asked for if need be. Those who come meanwhile wait for the one answer.
    pub async fn known(&self, provider: &Provider) -> Result<Known, WireError> {
        let issuer = &provider.issuer;
        let mut memory = self.memory.lock().await;
        match &*memory {
            Memory::Known(of, known) if of == issuer && known.since.elapsed() < STAYS => {
                return Ok(known.clone());
            }
            Memory::Failed(of, error, at) if of == issuer && at.elapsed() < AFTER_FAILURE => {
                return Err(error.clone());
            }
            _ => {}
        }
        let asked = self.ask(issuer).await;
        *memory = match &asked {
            Ok(known) => Memory::Known(issuer.clone(), known.clone()),
            Err(error) => Memory::Failed(issuer.clone(), error.clone(), Instant::now()),
        };
        asked
    }

    /// The keys again, because one was not among them; the same as before when they were asked for a moment ago.
    pub async fn keys_again(&self, provider: &Provider) -> Result<Arc<JwkSet>, WireError> {
        let known = self.known(provider).await?;
        let mut memory = self.memory.lock().await;
        let now = match &mut *memory {
            Memory::Known(of, now) if *of == provider.issuer => now,
            _ => return Ok(known.keys),
        };
        if now.keys_again.is_none_or(|at| at.elapsed() >= BETWEEN_KEYS) {
            now.keys_again = Some(Instant::now());
            let keys = self.keys(&now.discovery).await?;
            now.keys = keys;
        }
        Ok(Arc::clone(&now.keys))
    }

    /// Forgets what is known, so that it is asked for anew.
    pub async fn forget(&self) {
        *self.memory.lock().await = Memory::Nothing;
    }

    async fn ask(&self, issuer: &str) -> Result<Known, WireError> {
        let at = format!("{}/{DISCOVERY}", issuer.trim_end_matches('/'));
        let at = Url::parse(&at).map_err(|error| answer(issuer, error))?;
        let response = self.get(&at).await?;
        let ahead_ms = ahead(&response);
        let discovery: Discovery = read(&at, response).await?;
        if discovery.issuer != issuer {
            return Err(WireError::Issuer(
                discovery.issuer.chars().take(200).collect(),
            ));
        }
        let named = [
            &discovery.authorization_endpoint,
            &discovery.token_endpoint,
            &discovery.jwks_uri,
        ];
        if let Some(unsafe_one) = named.into_iter().find(|url| !is_safe(url)) {
            return Err(WireError::Unsafe(unsafe_one.clone()));
        }
        let keys = self.keys(&discovery).await?;
        Ok(Known {
            discovery: Arc::new(discovery),
            keys,
            ahead_ms,
            since: Instant::now(),
            keys_again: None,
        })
    }

    async fn keys(&self, discovery: &Discovery) -> Result<Arc<JwkSet>, WireError> {
        let at = &discovery.jwks_uri;
        let keys = read(at, self.get(at).await?).await?;
        Ok(Arc::new(keys))
    }

    async fn get(&self, at: &Url) -> Result<Response, WireError> {
        let response = self.send(at, self.client.get(at.clone())).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(answer(at, status)),
        }
    }

    async fn send(&self, at: &Url, request: RequestBuilder) -> Result<Response, WireError> {
        let host = at.host_str().unwrap_or_default();
        let sent = request.header("accept", "application/json").send().await;
        sent.map_err(|error| unreachable_at(host, error))
    }

    fn redeeming(
        &self,
        (provider, discovery): (&Provider, &Discovery),
        (code, verifier): (&str, &str),
        redirect: &str,
    ) -> RequestBuilder {
        let secret = provider.secret.shown();
        let mut request = self.client.post(discovery.token_endpoint.clone());
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect)
            .append_pair("code_verifier", verifier);
        if secret.is_empty() {
            form.append_pair("client_id", &provider.client_id);
        } else if discovery.wants_post() {
            form.append_pair("client_id", &provider.client_id)
                .append_pair("client_secret", secret);
        } else {
            request = request.header(AUTHORIZATION, basic(&provider.client_id, secret));
        }
        request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// Redeems a code and its verifier for an ID token.
    pub async fn redeem(
        &self,
        (provider, discovery): (&Provider, &Discovery),
        with: (&str, &str),
        redirect: &str,
    ) -> Result<String, WireError> {
        let at = &discovery.token_endpoint;
        let request = self.redeeming((provider, discovery), with, redirect);
        let response = self.send(at, request).await?;
        let status = response.status();
        if status != StatusCode::OK {
            let refusal = read::<Refusal>(at, response).await;
            return Err(refused(at, status, refusal.ok()));
        }
        let tokens: Tokens = read(at, response).await?;
        tokens
            .id_token
            .ok_or_else(|| answer(at, "no ID token: is openid among the scopes?"))
    }
}

impl Discovery {
    /// Without a word about it the secret goes in the header (OpenID Connect Discovery, 3).
    fn wants_post(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        let has = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one == method));
        !has("client_secret_basic") && has("client_secret_post")
    }
}

/// RFC 6749, 2.3.1: both are encoded as in a form before.
fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let form = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", form(id), form(secret));
    let both = base64::engine::general_purpose::STANDARD.encode(both);
    format!("Basic {both}")
}

fn refused(at: &Url, status: StatusCode, refusal: Option<Refusal>) -> WireError {
    let Some(Refusal { error }) = refusal else {
        return answer(at, status);
    };
    let word = |c: char| c.is_ascii_lowercase() || c == '_';
    let error: String = error.chars().filter(|&c| word(c)).take(40).collect();
    match &*error {
        "invalid_client" | "unauthorized_client" => WireError::Client(error),
        "invalid_grant" => WireError::Code,
        _ => answer(at, format!("{status} ({error})")),
    }
}

fn unreachable_at(host: &str, error: reqwest::Error) -> WireError {
    let error = error.without_url();
    let mut why = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        why = format!("{why}: {cause}");
        source = cause.source();
    }
    WireError::Unreachable {
        at: host.to_owned(),
        why,
    }
}

fn answer(at: impl ToString, what: impl ToString) -> WireError {
    WireError::Answer {
        at: at.to_string(),
        what: what.to_string(),
    }
}

/// An answer as JSON; it may be so long and no longer.
async fn read<T: DeserializeOwned>(at: &Url, mut response: Response) -> Result<T, WireError> {
    let host = at.host_str().unwrap_or_default();
    let mut bytes = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| unreachable_at(host, error))?
    {
        if bytes.len() + part.len() > LONGEST {
            return Err(answer(at, "more than such an answer has"));
        }
        bytes.extend_from_slice(&part);
    }
    // What serde quotes of a wrong answer could be private: only where it went wrong is said.
    let parsed = serde_json::from_slice(&bytes);
    parsed.map_err(|error| {
        answer(
            at,
            format!(
                "something else than expected (line {}, column {})",
                error.line(),
                error.column()
            ),
        )
    })
}

fn ahead(response: &Response) -> Option<i64> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let theirs = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    Some(theirs.timestamp_millis() - crate::fleet::now_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_are_encoded_before_they_are_joined() {
        // "a:b" and "c d+e" as RFC 6749 writes them: a%3Ab:c+d%2Be
        assert_eq!(basic("a:b", "c d+e"), "Basic YSUzQWI6YytkJTJCZQ==");
    }
}
