//! The virtual table button from outside: its page's JSON.
//! Knows nothing of the wire behind it.

use crate::wait::{Unseen, until};
use anyhow::{Context, Result, bail};
use emulators::puck::PageState;
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// A real image in an emulated chip takes its time on a busy machine.
const SENT_WITHIN: Duration = Duration::from_secs(4);
const TIMES: u8 = 3;

/// A key of the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The big one.
    Main,
    /// Microphone.
    Mute,
}

#[derive(Deserialize)]
struct Lights {
    #[serde(default)]
    lights: Vec<String>,
}

/// The button.
#[derive(Debug)]
pub struct Button {
    client: Client,
    base: String,
}

impl Button {
    /// The one whose page is there.
    pub fn new(client: Client, at: SocketAddr) -> Button {
        Button {
            client,
            base: format!("http://{at}"),
        }
    }

    /// What it shows.
    ///
    /// # Errors
    /// The page does not answer.
    pub async fn state(&self) -> Result<PageState> {
        let answer = self
            .client
            .get(format!("{}/state", self.base))
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Its display as PNG.
    ///
    /// # Errors
    /// The page does not answer.
    pub async fn screen(&self) -> Result<Vec<u8>> {
        let address = format!("{}/screen.png", self.base);
        let answer = self.client.get(address).send().await?;
        Ok(answer.error_for_status()?.bytes().await?.to_vec())
    }

    /// Its ring, light by light clockwise from the top, as six digits each; none where they cannot be told apart.
    ///
    /// # Errors
    /// The page does not answer.
    pub async fn lights(&self) -> Result<Vec<String>> {
        let address = format!("{}/state", self.base);
        let answer = self.client.get(address).send().await?;
        let lights: Lights = answer.error_for_status()?.json().await?;
        Ok(lights.lights)
    }

    /// A finger on a key, whatever comes of it.
    ///
    /// # Errors
    /// The button says that it did not send it.
    pub async fn touch(&self, key: Key) -> Result<()> {
        self.finger(key, "short").await
    }

    /// Taps a key.
    ///
    /// # Errors
    /// The button did not send it, for example because it has no connection to the room.
    pub async fn tap(&self, key: Key) -> Result<()> {
        self.press(key, "short").await
    }

    /// Holds a key until it is a long press.
    ///
    /// # Errors
    /// As for a tap.
    pub async fn hold(&self, key: Key) -> Result<()> {
        self.press(key, "long").await
    }

    /// A press that was not sent, because the host was not there for a moment, is pressed again, as a person does.
    async fn press(&self, key: Key, kind: &str) -> Result<()> {
        for _ in 0..TIMES {
            let before = self.state().await?.count;
            self.finger(key, kind).await?;
            let sent = self.until("the press sent", SENT_WITHIN, |now| now.count != before);
            if sent.await.is_ok() {
                return Ok(());
            }
        }
        bail!("the table button did not send a press, {TIMES} times")
    }

    async fn finger(&self, key: Key, kind: &str) -> Result<()> {
        let key = match key {
            Key::Main => "main",
            Key::Mute => "mute",
        };
        let press = self
            .client
            .post(format!("{}/press", self.base))
            .json(&json!({"key": key, "kind": kind}));
        let answer = press.send().await.context("pressing the table button")?;
        if !answer.status().is_success() {
            bail!(
                "the table button did not send the press: {}",
                answer.text().await?
            );
        }
        Ok(())
    }

    /// Waits until it shows what `fits`.
    ///
    /// # Errors
    /// Not seen in time.
    pub async fn until(
        &self,
        wanted: &str,
        limit: Duration,
        fits: impl Fn(&PageState) -> bool,
    ) -> Result<PageState, Unseen> {
        until(wanted, limit, async || match self.state().await {
            Ok(state) if fits(&state) => Ok(state),
            Ok(state) => Err(state.words),
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }
}
