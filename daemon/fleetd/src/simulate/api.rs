//! The server's API as a program asks it. Knows no room.

use super::SimulateError;
use core::time::Duration;
use fleet_agent::Server;
use reqwest::{Client, Method};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::sync::Arc;

/// Longer than a server may wait for a command's end.
const ASKING: Duration = Duration::from_secs(120);

/// Asks one server, with a token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    server: Server,
    token: String,
}

impl Api {
    /// Believes this authority (PEM) and no other.
    ///
    /// # Errors
    /// When it is no certificate.
    pub fn new(server: Server, authority: &str, token: &str) -> Result<Api, SimulateError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            let certificate = certificate.map_err(|_| SimulateError::Authority)?;
            roots.add(certificate)?;
        }
        if roots.is_empty() {
            return Err(SimulateError::Authority);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ASKING)
            .no_proxy()
            .build()?;
        Ok(Api {
            client,
            server,
            token: token.trim().to_owned(),
        })
    }

    /// Asks.
    ///
    /// # Errors
    /// When there is no answer, or the server refuses.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, SimulateError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut address = self.server.at(path);
        address.set_query((!query.is_empty()).then_some(query));
        let mut request = self
            .client
            .request(method, address)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        if !status.is_success() {
            let said = answer.text().await.unwrap_or_default();
            return Err(SimulateError::Refused {
                path: path.to_owned(),
                status: status.as_u16(),
                said: said.chars().take(200).collect(),
            });
        }
        Ok(answer.json().await?)
    }

    /// Looks at a page, as a browser does that has this cookie.
    ///
    /// # Errors
    /// When there is no answer, or another one than the page.
    pub async fn page(&self, path: &str, cookie: &str) -> Result<String, SimulateError> {
        let address = self.server.at(path);
        let cookie = format!("{}={cookie}", crate::web::COOKIE);
        let answer = self.client.get(address).header("cookie", cookie);
        let answer = answer.send().await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(SimulateError::Refused {
                path: path.to_owned(),
                status: status.as_u16(),
                said: "the cookie leads to no page".to_owned(),
            });
        }
        Ok(answer.text().await?)
    }

    /// Looks.
    ///
    /// # Errors
    /// As [`Api::ask`].
    pub async fn get(&self, path: &str) -> Result<Value, SimulateError> {
        self.ask(Method::GET, path, None).await
    }
}
