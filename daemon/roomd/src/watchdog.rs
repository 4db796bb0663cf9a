//! What systemd is told: ready, reloading, stopping, and life signs that only a turning event loop gives.
//! Knows nothing about rooms. Without systemd every call does nothing.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::{debug, warn};

/// The daemon does its work.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read anew; [`ready`] follows.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// One line about the room for `systemctl status`; never anything private.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The daemon ends on purpose.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd cannot be told");
    }
}

/// Beats inside the event loop: whoever awaits it there and is heard has made a round.
#[derive(Debug)]
pub struct Heartbeat {
    beat: Option<Interval>,
}

impl Heartbeat {
    /// Beats three times within systemd's patience; never without systemd.
    pub fn start() -> Self {
        let beat = sd_notify::watchdog_enabled().map(|patience| {
            debug!(?patience, "systemd watches the event loop");
            let mut beat = interval((patience / 3).max(Duration::from_millis(10)));
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            beat
        });
        Self { beat }
    }

    /// Waits for the next beat.
    pub async fn next(&mut self) {
        match &mut self.beat {
            Some(beat) => {
                beat.tick().await;
            }
            None => std::future::pending().await,
        }
    }

    /// Tells systemd that the loop turns.
    pub fn feed(&self) {
        tell(&[NotifyState::Watchdog]);
    }
}
