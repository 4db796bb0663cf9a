//! The emulated camera from outside: where its head looks, and every byte it was told.
//! Knows nothing of the wire beyond frames as text.

use crate::wait::{Unseen, until};
use anyhow::Result;
use reqwest::Client;
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;

/// What the camera tells of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    /// Where it looks, in the camera's own steps.
    pub pan: i32,
    /// Whether a motor runs.
    pub moving: bool,
    /// The colour of what it looks at, in degrees.
    pub hue: f32,
    /// Frames from the daemon, oldest first, in hexadecimal.
    pub frames: Vec<String>,
}

/// The camera.
#[derive(Debug)]
pub struct Camera {
    client: Client,
    base: String,
}

impl Camera {
    /// The one whose page is there.
    pub fn new(client: Client, at: SocketAddr) -> Camera {
        Camera {
            client,
            base: format!("http://{at}"),
        }
    }

    /// How it is.
    ///
    /// # Errors
    /// The page does not answer.
    pub async fn state(&self) -> Result<Seen> {
        let answer = self
            .client
            .get(format!("{}/state", self.base))
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Waits until it is as wanted.
    ///
    /// # Errors
    /// Not seen in time.
    pub async fn until(
        &self,
        wanted: &str,
        limit: Duration,
        fits: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, Unseen> {
        until(wanted, limit, async || match self.state().await {
            Ok(seen) if fits(&seen) => Ok(seen),
            Ok(seen) => {
                let last = seen.frames.iter().rev().take(6).rev().collect::<Vec<_>>();
                Err(format!(
                    "pan {}, moving {}, last frames {last:?}",
                    seen.pan, seen.moving
                ))
            }
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }
}
