//! Owns the HTTP of one call: cookies of its own, limits, time-outs, redirects within one server. Knows no contract.

use crate::contract::{Answer, Body, ContentKind, Heard, Request, Verb};
use crate::route::is_loopback;
use crate::sse::Sse;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use room_core::ids::Private;
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// Longest answer in bytes, unpacked.
const MAX_BYTES: usize = 2 << 20;
/// Longest wait for one whole answer.
const WITHIN: Duration = Duration::from_secs(15);
const CONNECTS_WITHIN: Duration = Duration::from_secs(8);
/// A stream without a sign of life for so long is lost.
const LIFE_SIGN: Duration = Duration::from_secs(90);
/// Most redirects in a row, all within one server.
const MAX_REDIRECTS: usize = 3;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No TLS can be had on this machine.
    #[error("no encrypted connection is possible on this machine")]
    Setup,
    /// A header holds what no header can.
    #[error("the request cannot be written")]
    Unwritable,
    /// No whole answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// Name, route, TLS or server.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Longer than any answer of a contract.
    #[error("the answer is too long")]
    TooLong,
    /// Sent elsewhere again and again.
    #[error("too many redirects")]
    Redirected,
}

/// A client for one call.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
}

impl Http {
    /// # Errors
    /// When no TLS set-up is possible on this machine.
    pub fn new(home: &Url) -> Result<Self, HttpError> {
        // A second installation fails and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTS_WITHIN)
            .read_timeout(LIFE_SIGN)
            .pool_max_idle_per_host(2)
            .user_agent(concat!("roomd/", env!("CARGO_PKG_VERSION")));
        if is_loopback(home) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| HttpError::Setup)?;
        Ok(Self { client })
    }

    /// Asks, and follows redirects of a GET within the server.
    ///
    /// # Errors
    /// When no whole answer arrives; a status of any kind is an answer.
    pub async fn ask(&self, request: Request) -> Result<Answer, HttpError> {
        let within = tokio::time::timeout(WITHIN, self.follow(request)).await;
        within.unwrap_or(Err(HttpError::TimedOut))
    }

    async fn follow(&self, mut request: Request) -> Result<Answer, HttpError> {
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.once(&request).await?;
            let to = answer
                .location
                .as_ref()
                .and_then(|to| Url::parse(to.reveal()).ok());
            match to.filter(|to| request.verb == Verb::Get && to.origin() == request.url.origin()) {
                Some(to) => request.url = to,
                None => return Ok(answer),
            }
        }
        Err(HttpError::Redirected)
    }

    async fn once(&self, request: &Request) -> Result<Answer, HttpError> {
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        let kind = content_kind(response.headers());
        let location = location(response.headers(), &request.url);
        let cookies = response
            .cookies()
            .map(|cookie| (cookie.name().to_owned(), Private::new(cookie.value())))
            .collect();
        Ok(Answer {
            status,
            kind,
            location,
            cookies,
            text: body(response).await?,
        })
    }

    /// Listens until the stream ends or nobody wants to hear it any more.
    ///
    /// # Errors
    /// When the stream cannot be had.
    pub async fn listen(
        &self,
        request: Request,
        heard: mpsc::Sender<Heard>,
    ) -> Result<(), HttpError> {
        let opened = tokio::time::timeout(WITHIN, self.send(&request)).await;
        let mut response = opened.unwrap_or(Err(HttpError::TimedOut))?;
        if !response.status().is_success() {
            return Err(HttpError::Unreachable);
        }
        let mut sse = Sse::default();
        while let Some(piece) = response.chunk().await.map_err(|error| fault(&error))? {
            for event in sse.feed(&piece) {
                if heard.send(event).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn send(&self, request: &Request) -> Result<reqwest::Response, HttpError> {
        let mut builder = match request.verb {
            Verb::Get => self.client.get(request.url.clone()),
            Verb::Post => self.client.post(request.url.clone()),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let mut value =
                HeaderValue::from_str(value.reveal()).map_err(|_| HttpError::Unwritable)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        builder = builder.headers(headers);
        builder = match &request.body {
            Body::Nothing => builder,
            Body::Json(text) => builder
                .header(CONTENT_TYPE, crate::contract::JSON)
                .body(text.reveal().to_owned()),
            Body::Form(fields) => {
                let pairs = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.reveal()));
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                builder
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form)
            }
        };
        builder.send().await.map_err(|error| fault(&error))
    }
}

async fn body(mut response: reqwest::Response) -> Result<Private, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Private::new(String::from_utf8_lossy(&body)))
}

fn content_kind(headers: &HeaderMap) -> ContentKind {
    let header = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    ContentKind::of(header.unwrap_or_default())
}

fn location(headers: &HeaderMap, from: &Url) -> Option<Private> {
    let to = headers.get(LOCATION)?.to_str().ok()?;
    from.join(to).ok().map(Private::new)
}

fn fault(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::TimedOut
    } else {
        HttpError::Unreachable
    }
}
