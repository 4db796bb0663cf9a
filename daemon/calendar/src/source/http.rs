//! Owns one HTTP conversation: log-in, redirects, time and size limits. Knows nothing of calendars.
//!
//! Invariant: user and password go only to the configured host or, over TLS, to one that its answers name; never along
//! a redirect to another host, and never from https to http.

use std::time::Duration;

use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, DATE, HeaderMap, LOCATION, USER_AGENT, WWW_AUTHENTICATE},
};
use tracing::{debug, warn};
use url::Url;

use super::{
    Login,
    fault::SourceError,
    login::{Asked, Session, challenges},
};
use crate::recognise::is_loopback;

/// Most redirects in a row.
const MAX_REDIRECTS: usize = 5;

/// Bounds of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Longest answer in bytes, unpacked.
    pub bytes: usize,
    /// Longest wait for one whole answer.
    pub timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            bytes: crate::parse::MAX_TEXT_BYTES,
            timeout: Duration::from_secs(30),
        }
    }
}

/// A request; headers in order.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub method: &'static str,
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Request {
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: "GET",
            url,
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

/// An answer that arrived whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Where it came from after all redirects.
    pub url: Url,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The server's clock, in milliseconds since 1970.
    pub(super) fn date_ms(&self) -> Option<i64> {
        let date = self.headers.get(DATE)?.to_str().ok()?;
        Some(
            chrono::DateTime::parse_from_rfc2822(date)
                .ok()?
                .timestamp_millis(),
        )
    }

    /// The error that a status stands for.
    pub(super) fn fault(&self) -> SourceError {
        match self.status {
            401 | 403 => SourceError::Denied {
                status: self.status,
            },
            404 | 410 => SourceError::NotFound,
            status => SourceError::Server { status },
        }
    }
}

/// A client for one source.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    login: Option<Login>,
    session: Session,
    limits: HttpLimits,
    home: Url,
}

/// Reads an address, taking `webcal:` for `https:`.
///
/// # Errors
/// When it is no address, holds a user name, or is no link at all.
pub(super) fn address(text: &str) -> Result<Url, SourceError> {
    let bad = |detail: &str| SourceError::BadAddress {
        detail: detail.to_owned(),
    };
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let text = ["webcal://", "webcals://"]
        .iter()
        .find(|scheme| lower.starts_with(**scheme))
        .map_or_else(
            || text.to_owned(),
            |scheme| format!("https://{}", &text[scheme.len()..]),
        );
    let url = Url::parse(&text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("it must begin with https:// or webcal://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("user and password belong into their own fields"));
    }
    Ok(url)
}

impl Http {
    /// A client whose first and trusted address is `home`.
    ///
    /// # Errors
    /// When no TLS set-up is possible on this machine.
    pub(super) fn new(
        home: &Url,
        login: Option<Login>,
        limits: HttpLimits,
    ) -> Result<Self, SourceError> {
        // A second installation fails and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let host = home.host_str().unwrap_or_default();
        if home.scheme() == "http" && !is_loopback(host) {
            warn!(host, "calendar is read without encryption, as configured");
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.timeout.min(Duration::from_secs(10)))
            .timeout(limits.timeout)
            .pool_max_idle_per_host(1);
        if is_loopback(host) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| SourceError::BadAddress {
            detail: error.to_string(),
        })?;
        Ok(Self {
            client,
            login,
            session: Session::Open,
            limits,
            home: home.clone(),
        })
    }

    /// Makes the log-in go out unasked from now on: some servers answer strangers politely instead of asking.
    /// `false` when there is nothing to say or it is said already.
    pub(super) fn insist(&mut self) -> bool {
        let can = self.login.is_some()
            && matches!(self.session, Session::Open)
            && self.is_confidential(&self.home);
        if can {
            self.session = Session::Basic;
        }
        can
    }

    /// Sends a request, logs in when asked and follows redirects.
    ///
    /// # Errors
    /// When no answer arrives; a status of any kind is an answer, but 401 after a log-in.
    pub(super) async fn send(&mut self, request: &Request) -> Result<Answer, SourceError> {
        let asked = request.url.clone();
        let mut request = request.clone();
        for _ in 0..=MAX_REDIRECTS {
            let own = same_origin(&request.url, &asked) || self.is_home(&request.url);
            let answer = if own {
                self.send_logged_in(&request).await?
            } else {
                self.send_once(&request, None).await?
            };
            let Some(next) = redirect(&answer, request.method)? else {
                return Ok(answer);
            };
            self.check_redirect(&answer.url, &next)?;
            request.url = next;
        }
        Err(SourceError::Redirected {
            host: request.url.host_str().unwrap_or_default().to_owned(),
            detail: "too many redirects",
        })
    }

    async fn send_logged_in(&mut self, request: &Request) -> Result<Answer, SourceError> {
        let mut tried = false;
        // Once without, once with what was asked for, once more for a nonce gone stale.
        for _ in 0..3 {
            let header = self.authorization(request);
            tried |= header.is_some();
            let answer = self.send_once(request, header).await?;
            if answer.status != StatusCode::UNAUTHORIZED.as_u16() || !self.may_log_in(&request.url)
            {
                return Ok(answer);
            }
            let offered: Vec<String> = answer
                .headers
                .get_all(WWW_AUTHENTICATE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(challenges)
                .collect();
            let confidential = self.is_confidential(&request.url);
            self.session.challenged(&offered, tried, confidential)?;
        }
        Err(SourceError::Denied { status: 401 })
    }

    fn authorization(&mut self, request: &Request) -> Option<crate::private::Secret> {
        if !self.may_log_in(&request.url) {
            return None;
        }
        let path = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let asked = Asked {
            method: request.method,
            path: &path,
            body: request.body.as_bytes(),
        };
        self.session.header(self.login.as_ref()?, &asked)
    }

    fn is_home(&self, url: &Url) -> bool {
        same_origin(url, &self.home)
    }

    fn may_log_in(&self, url: &Url) -> bool {
        self.login.is_some() && (self.is_home(url) || url.scheme() == "https")
    }

    /// Over TLS, on this machine, or where the operator wrote `http:` in so many words.
    fn is_confidential(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.is_home(url)
    }

    fn check_redirect(&self, from: &Url, to: &Url) -> Result<(), SourceError> {
        let host = to.host_str().unwrap_or_default();
        let detail = if !matches!(to.scheme(), "https" | "http") {
            "it is no web address"
        } else if to.scheme() == "http" && from.scheme() == "https" {
            "it is not encrypted"
        } else if to.scheme() == "http" && !self.is_home(to) && !is_loopback(host) {
            "it is another server without encryption"
        } else {
            debug!(host, "following a redirect");
            return Ok(());
        };
        Err(SourceError::Redirected {
            host: host.to_owned(),
            detail,
        })
    }

    async fn send_once(
        &self,
        request: &Request,
        authorization: Option<crate::private::Secret>,
    ) -> Result<Answer, SourceError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut builder = self
            .client
            .request(method, request.url.clone())
            .header(USER_AGENT, concat!("roomd/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(authorization) = authorization {
            builder = builder.header(AUTHORIZATION, authorization.reveal());
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        let response = builder.send().await.map_err(|error| fault(&error, &host))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        debug!(
            host,
            method = request.method,
            status,
            "calendar server answered"
        );
        let body = self.body(response, &host).await?;
        Ok(Answer {
            status,
            headers,
            body,
            url: request.url.clone(),
        })
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        host: &str,
    ) -> Result<Vec<u8>, SourceError> {
        let limit = self.limits.bytes;
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).is_ok_and(|bytes| bytes > limit) {
            return Err(SourceError::TooLarge { limit });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| fault(&error, host))?
        {
            if body.len() + chunk.len() > limit {
                return Err(SourceError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    (a.scheme(), a.host_str(), a.port_or_known_default())
        == (b.scheme(), b.host_str(), b.port_or_known_default())
}

fn redirect(answer: &Answer, method: &str) -> Result<Option<Url>, SourceError> {
    let followed = match answer.status {
        307 | 308 => true,
        // Clients of old turned these into GET; WebDAV servers mean them for every method.
        301 | 302 => true,
        303 => method == "GET",
        _ => false,
    };
    let location = answer
        .headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    match location {
        Some(location) if followed => {
            let next = answer
                .url
                .join(location)
                .map_err(|error| SourceError::Protocol {
                    detail: error.to_string(),
                })?;
            Ok(Some(next))
        }
        _ => Ok(None),
    }
}

fn fault(error: &reqwest::Error, host: &str) -> SourceError {
    let host = host.to_owned();
    if is_about_trust(error) {
        SourceError::Untrusted { host }
    } else if error.is_timeout() {
        SourceError::TimedOut { host }
    } else if error.is_decode() {
        let detail = "its compression is broken".into();
        SourceError::Protocol { detail }
    } else {
        SourceError::Unreachable { host }
    }
}

fn is_about_trust(error: &dyn std::error::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let inner = cause
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref())
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let tls = cause.downcast_ref::<rustls::Error>().or(inner);
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        next = cause.source();
    }
    false
}
