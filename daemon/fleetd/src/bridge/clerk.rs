//! Keeps one connection to the broker while there are settings and the lease is ours; after a failure it lets others try, and comes back
//! later each time. Knows no topic.

use super::desk::{Standing, Status};
use super::session::{Broken, End, Session};
use super::settings::Bridge;
use crate::fleet::Fleet;
use crate::secrets::secret;
use crate::store::{Lease, LeaseWish, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Lease and settings are looked at this often.
pub(super) const LOOK: Duration = Duration::from_secs(3);
/// Another server goes on after this, when this one has died.
const LEASE: Duration = Duration::from_secs(20);
/// A store that does not answer is waited for this long: the lease is still ours.
const PATIENCE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// What one connection after the other goes on with.
pub(super) struct Clerk {
    pub fleet: Arc<Fleet>,
    holder: String,
    /// When the lease was ours last.
    ours: Option<Instant>,
    failed: u32,
}

/// Until told to stop.
pub async fn bridge_rooms(fleet: Arc<Fleet>, stop: CancellationToken) {
    let mut clerk = Clerk {
        fleet,
        holder: secret()[..16].to_owned(),
        ours: None,
        failed: 0,
    };
    let mut tried = None;
    while !stop.is_cancelled() {
        let pause = clerk.turn(&mut tried, &stop).await;
        clerk.rest(pause, (&tried, &stop)).await;
    }
    clerk.let_go().await;
}

impl Clerk {
    /// One look, and a whole connection where there is one to be had. The answer is how long to wait for the next.
    async fn turn(&mut self, tried: &mut Option<Bridge>, stop: &CancellationToken) -> Duration {
        let settings = match self.settings().await {
            Ok(settings) => settings,
            Err(error) => {
                tracing::warn!(%error, "the broker's settings cannot be read");
                return LOOK;
            }
        };
        if *tried != settings {
            self.failed = 0;
            tried.clone_from(&settings);
        }
        let Some(bridge) = settings else {
            self.forget().await;
            return LOOK;
        };
        if !self.holds().await {
            return LOOK;
        }
        let begun = Instant::now();
        match self.connect(&bridge, stop).await {
            Ok(End::Stopped) => Duration::ZERO,
            Ok(End::Changed) => {
                self.failed = 0;
                Duration::ZERO
            }
            Ok(End::Lost) => LOOK,
            Err(broken) => {
                // One that held for a while is tried again soon.
                if begun.elapsed() > LONGEST_PAUSE {
                    self.failed = 0;
                }
                self.failed = self.failed.saturating_add(1);
                self.fail(&broken).await;
                pause(self.failed, rand::random())
            }
        }
    }

    async fn connect(&mut self, bridge: &Bridge, stop: &CancellationToken) -> Result<End, Broken> {
        let session = tokio::select! {
            begun = Session::begin(self, bridge) => begun?,
            () = stop.cancelled() => return Ok(End::Stopped),
        };
        tracing::info!("rooms are shown to the MQTT broker");
        session.run(stop).await
    }

    /// Nothing is set: how it stood is of no interest any more.
    async fn forget(&mut self) {
        if self.ours.is_some() {
            self.let_go().await;
        }
        let desk = &self.fleet.bridge;
        if let Ok(Some(_)) = desk.status(&self.fleet.tenant).await {
            let _ = desk.keep_status(&self.fleet.tenant, None).await;
        }
    }

    async fn fail(&mut self, broken: &Broken) {
        tracing::warn!(%broken, "rooms are not shown to the MQTT broker");
        if let Broken::Line(error) = broken {
            let standing = Standing::Failed {
                why: error.word().to_owned(),
                detail: error.to_string(),
            };
            self.note(standing).await;
        }
        // Another server may have a way that this one has not.
        self.let_go().await;
    }

    async fn note(&self, standing: Standing) {
        let (desk, tenant) = (&self.fleet.bridge, &self.fleet.tenant);
        let before = desk.status(tenant).await.ok().flatten();
        if before.is_some_and(|before| before.standing == standing) {
            return;
        }
        let status = Status::since(standing, self.fleet.now_ms());
        if let Err(error) = desk.keep_status(tenant, Some(&status)).await {
            tracing::warn!(%error, "how the broker stands cannot be kept");
        }
    }

    /// The settings as they are now.
    pub async fn settings(&self) -> Result<Option<Bridge>, StoreError> {
        self.fleet.bridge.bridge(&self.fleet.tenant).await
    }

    /// Whether this server may be on the broker.
    pub async fn holds(&mut self) -> bool {
        match self.fleet.store.lease(self.wish(LEASE)).await {
            Ok(Lease::Ours(_)) => {
                self.ours = Some(Instant::now());
                true
            }
            Ok(Lease::Theirs { .. }) => {
                self.ours = None;
                false
            }
            Err(error) => {
                tracing::warn!(%error, "the store does not say who is on the broker");
                self.ours.is_some_and(|ours| ours.elapsed() < PATIENCE)
            }
        }
    }

    async fn let_go(&mut self) {
        if self.ours.take().is_some() {
            // A lease that lasts no time is nobody's.
            let _ = self.fleet.store.lease(self.wish(Duration::ZERO)).await;
        }
    }

    fn wish(&self, lasts: Duration) -> LeaseWish {
        LeaseWish {
            name: format!("mqtt.{}", self.fleet.tenant),
            holder: self.holder.clone(),
            lasts,
            now_ms: self.fleet.now_ms(),
        }
    }

    /// Waits, but not for settings that are others meanwhile.
    async fn rest(&self, pause: Duration, (tried, stop): (&Option<Bridge>, &CancellationToken)) {
        let end = Instant::now() + pause;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(left.min(LOOK)) => {}
            }
            let over = Instant::now() >= end;
            if over || self.settings().await.is_ok_and(|now| now != *tried) {
                return;
            }
        }
    }
}

/// The pause after so many failures: twice as long each time, and never the same for two.
fn pause(failed: u32, drawn: f64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << failed.min(10));
    doubled.min(LONGEST_PAUSE).mul_f64(0.5 + drawn / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_never_short_of_half_of_it() {
        assert_eq!(pause(1, 0.0), Duration::from_secs(1));
        assert_eq!(pause(1, 1.0), Duration::from_secs(2));
        assert_eq!(pause(4, 0.0), Duration::from_secs(8));
        for failed in [7, 50, u32::MAX] {
            assert_eq!(pause(failed, 0.0), LONGEST_PAUSE / 2);
            assert_eq!(pause(failed, 1.0), LONGEST_PAUSE);
        }
    }
}
