//! The emulated camera from outside: where its head looks, and every byte it was told.
//! Knows nothing of the wire beyond frames as text.

use crate::wait::{Unseen, until};
use anyhow::{Context, Result};
use emulators::picture::pan_hue;
use reqwest::Client;
use room_core::units::Position;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A frame that the camera heard.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Frame {
    /// Its bytes in hexadecimal, such as `81 01 04 3F 02 01 FF`.
    pub bytes: String,
    /// When its last byte came, in milliseconds of the camera's own clock.
    pub last_ms: f64,
}

/// What the camera tells of itself.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where it looks.
    pub at: Position,
    /// Whether a motor runs.
    pub moving: bool,
    /// Everything heard since this program looks, oldest first.
    pub frames: Vec<Frame>,
}

impl Seen {
    /// The colour of what it looks at, in degrees.
    pub fn hue(&self) -> f64 {
        pan_hue(self.at)
    }
}

#[derive(Deserialize)]
struct State {
    position: Position,
    moving: bool,
    recent: Vec<Frame>,
}

/// The camera.
#[derive(Debug)]
pub struct Camera {
    client: Client,
    base: String,
    /// The camera tells only of the newest frames; here they are kept.
    heard: Mutex<Vec<Frame>>,
}

impl Camera {
    /// The one whose page is there.
    pub fn new(client: Client, at: SocketAddr) -> Camera {
        Camera {
            client,
            base: format!("http://{at}"),
            heard: Mutex::default(),
        }
    }

    /// How it is.
    ///
    /// # Errors
    /// The page does not answer.
    pub async fn state(&self) -> Result<Seen> {
        let answer = self
            .client
            .get(&self.base)
            .send()
            .await
            .context("asking the camera")?;
        let state: State = answer
            .error_for_status()?
            .json()
            .await
            .context("reading the camera's state")?;
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let known = heard.last().map_or(f64::MIN, |frame| frame.last_ms);
        heard.extend(
            state
                .recent
                .into_iter()
                .filter(|frame| frame.last_ms > known),
        );
        Ok(Seen {
            at: state.position,
            moving: state.moving,
            frames: heard.clone(),
        })
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
                let from = seen.frames.len().saturating_sub(8);
                let last: Vec<&str> = seen.frames[from..]
                    .iter()
                    .map(|frame| frame.bytes.as_str())
                    .collect();
                Err(format!(
                    "{:?}, moving {}, last heard {last:?}",
                    seen.at, seen.moving
                ))
            }
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }
}
