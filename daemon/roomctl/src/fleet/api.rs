//! The fleet server's API: one server, one token, TLS always. Knows no command's meaning.

use super::ServerArgs;
use crate::client::Refused;
use anyhow::{Context, Result, bail};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, Url};
use serde_json::Value;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The server waits for a room for less than a minute.
const LIMIT: Duration = Duration::from_secs(90);

/// The way to the server.
pub(super) struct Api {
    client: Client,
    base: Url,
    token: String,
}

fn named(given: Option<PathBuf>, variable: &str) -> Option<PathBuf> {
    given.or_else(|| env::var_os(variable).map(PathBuf::from))
}

impl Api {
    pub fn open(args: ServerArgs) -> Result<Api> {
        let ServerArgs {
            server,
            token_file,
            authority,
        } = args;
        let server = server.or_else(|| env::var("FLEETD_SERVER").ok());
        let server = server.context("no fleet server is named: give --server, or FLEETD_SERVER")?;
        let base: Url = server
            .parse()
            .with_context(|| format!("{server} is no address"))?;
        if base.scheme() != "https" {
            bail!("{server}: a fleet server's address begins with https://");
        }
        let token = named(token_file, "FLEETD_TOKEN_FILE");
        let token = token.context("no token is named: give --token-file, or FLEETD_TOKEN_FILE")?;
        // Several crates speak TLS; a second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder().https_only(true).timeout(LIMIT);
        if let Some(file) = named(authority, "FLEETD_AUTHORITY") {
            let pem = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let only = Certificate::from_pem_bundle(&pem)
                .with_context(|| format!("{} is no authority", file.display()))?;
            client = client.tls_certs_only(only);
        }
        Ok(Api {
            client: client.build().context("cannot speak TLS")?,
            base,
            token: secret(&token)?,
        })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let url = self.base.join(path).context("cannot make an address")?;
        Ok(self.client.request(method, url).bearer_auth(&self.token))
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        let answer = said(self.request(Method::GET, path)?).await?;
        answer.json().await.context("cannot read the answer")
    }

    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let answer = said(self.request(Method::GET, path)?).await?;
        Ok(answer
            .bytes()
            .await
            .context("cannot read the answer")?
            .into())
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let answer = said(self.request(method, path)?.json(body)).await?;
        answer.json().await.context("cannot read the answer")
    }
}

async fn said(request: RequestBuilder) -> Result<Response> {
    let answer = request
        .send()
        .await
        .context("the fleet server cannot be asked")?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let said: Value = answer.json().await.unwrap_or_default();
    let code = said["error"].as_str().unwrap_or(status.as_str()).to_owned();
    let more = said["more"].as_str();
    let sentence = more.unwrap_or("the fleet server refused").to_owned();
    Err(Refused { code, sentence }.into())
}

/// A token that others may read is none.
fn secret(file: &Path) -> Result<String> {
    let shown = file.display();
    let read = || format!("cannot read {shown}");
    let mode = fs::metadata(file).with_context(read)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{shown} can be read by others: chmod 600 {shown}");
    }
    let text = fs::read_to_string(file).with_context(read)?;
    let token = text.lines().next().unwrap_or_default().trim();
    if token.is_empty() {
        bail!("{shown} holds no token");
    }
    Ok(token.to_owned())
}
