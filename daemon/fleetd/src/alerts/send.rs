//! Carries a notice to its target: HTTP or mail. Decides nothing and remembers nothing.

use super::{Notice, Target};
use core::time::Duration;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Client;
use serde_json::Value;
use url::Url;

/// A target that does not take a notice within this is tried again later.
const SENDING: Duration = Duration::from_secs(20);
/// Where an Alertmanager takes alerts.
const API: &str = "api/v2/alerts";

/// Why a notice did not go out. Names no address: those are secrets.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// HTTP.
    #[error("no answer: {0}")]
    Http(String),
    /// It refused.
    #[error("it answered {0}")]
    Refused(u16),
    /// The mail server.
    #[error("the mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The mail.
    #[error("the mail cannot be written: {0}")]
    Mail(#[from] lettre::error::Error),
    /// An address.
    #[error("the address of the target is none")]
    Address,
    /// Not within its time.
    #[error("not within {time} s", time = SENDING.as_secs())]
    TimedOut,
}

impl From<reqwest::Error> for Unsent {
    fn from(error: reqwest::Error) -> Self {
        Unsent::Http(error.without_url().to_string())
    }
}

/// Sends.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
}

impl Sender {
    /// Over HTTP with the certificates that the system believes.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Sender, Unsent> {
        // The client asks the process for its cryptography; a second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(SENDING)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Sender { client })
    }

    /// Sends one notice to one target of this name.
    ///
    /// # Errors
    /// When it did not go out, or it is not known whether it did.
    pub async fn send(&self, name: &str, target: &Target, notice: &Notice) -> Result<(), Unsent> {
        match target {
            Target::Webhook { url, token } => {
                let url = Url::parse(url.shown()).map_err(|_| Unsent::Address)?;
                let body = notice.for_webhook(name);
                self.post(url, token.shown(), &body).await
            }
            Target::Alertmanager { url, token } => {
                // A path that does not end with a slash would lose its last part.
                let base = format!("{}/", url.shown().trim_end_matches('/'));
                let base = Url::parse(&base).map_err(|_| Unsent::Address)?;
                let url = base.join(API).map_err(|_| Unsent::Address)?;
                let body = notice.for_alertmanager();
                self.post(url, token.shown(), &body).await
            }
            Target::Mail {
                server, from, to, ..
            } => {
                let mailing = mail(server.shown(), (from, to), (target, notice));
                let mailed = tokio::time::timeout(SENDING, mailing).await;
                mailed.map_err(|_| Unsent::TimedOut)?
            }
        }
    }

    async fn post(&self, url: Url, token: &str, body: &Value) -> Result<(), Unsent> {
        let mut post = self.client.post(url).json(body);
        if !token.is_empty() {
            post = post.bearer_auth(token);
        }
        let answer = post.send().await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(Unsent::Refused(answer.status().as_u16())),
        }
    }
}

async fn mail(
    server: &str,
    (from, to): (&str, &[String]),
    (target, notice): (&Target, &Notice),
) -> Result<(), Unsent> {
    let language = target.language();
    let address = |text: &str| text.parse().map_err(|_| Unsent::Address);
    let mut message = Message::builder()
        .from(address(from)?)
        .subject(notice.subject(language))
        .header(ContentType::TEXT_PLAIN);
    for one in to {
        message = message.to(address(one)?);
    }
    let message = message.body(notice.body(language))?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server)?;
    let transport = transport.timeout(Some(SENDING)).build();
    transport.send(message).await?;
    Ok(())
}
