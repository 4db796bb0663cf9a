//! The order in which newcomers shake hands, so that a crowd is let in one after the other and not all of them at the end: what all of
//! them wait for together is the processor, and a handshake that is computed and comes too late was computed for nothing.
//! Knows no protocol.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Handshakes at once: enough to keep every core busy while each waits for its peer a few times, few enough to be over soon.
const AT_ONCE: usize = 64;
/// Whoever waits longer for a turn has given up, or will before it is over.
const PATIENCE: Duration = Duration::from_secs(12);
/// A handshake that is longer than this waits for its peer: it goes on, and its turn is the next one's. Short, since whoever greets and
/// falls silent holds up others for so long.
const TURN: Duration = Duration::from_millis(250);

/// The turns of one listener. Clones are the same ones.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub fn new() -> Self {
        Turns(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Does this when its turn has come, first come, first served.
    ///
    /// # Errors
    /// When the turn does not come in time; nothing was done then.
    pub async fn wait_for<T>(&self, handshake: impl Future<Output = T>) -> io::Result<T> {
        let turn = timeout(PATIENCE, self.0.acquire())
            .await?
            .map_err(io::Error::other)?;
        let mut handshake = pin!(handshake);
        if let Ok(done) = timeout(TURN, handshake.as_mut()).await {
            return Ok(done);
        }
        drop(turn);
        Ok(handshake.await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::task::JoinSet;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn a_crowd_is_let_in_part_by_part_and_in_its_order() {
        let (turns, at_once) = (Turns::new(), Arc::new(AtomicUsize::new(0)));
        let mut crowd = JoinSet::new();
        for number in 0..4 * AT_ONCE {
            let (turns, at_once) = (turns.clone(), Arc::clone(&at_once));
            crowd.spawn(async move {
                let handshake = async {
                    assert!(at_once.fetch_add(1, Ordering::SeqCst) < AT_ONCE);
                    sleep(TURN / 2).await;
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    number / AT_ONCE
                };
                turns.wait_for(handshake).await
            });
        }
        let began = Instant::now();
        let mut parts = Vec::new();
        while let Some(done) = crowd.join_next().await {
            let part = done.expect("no panic").expect("in time");
            assert_eq!(
                began.elapsed().div_duration_f64(TURN / 2).round(),
                part as f64 + 1.0
            );
            parts.push(part);
        }
        assert!(parts.is_sorted() && parts.len() == 4 * AT_ONCE);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_fall_silent_in_their_turn_hold_up_nobody_for_long() {
        let (turns, mut silent) = (Turns::new(), JoinSet::new());
        for _ in 0..AT_ONCE {
            let turns = turns.clone();
            silent.spawn(async move { turns.wait_for(pending::<()>()).await });
        }
        // They are first.
        sleep(Duration::from_millis(1)).await;
        let began = Instant::now();
        turns.wait_for(async {}).await.expect("in time");
        assert!(began.elapsed() <= TURN && silent.try_join_next().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_does_not_come_in_time_is_none() {
        let (turns, mut silent) = (Turns::new(), JoinSet::new());
        let mut crowd = |count| {
            for _ in 0..count {
                let turns = turns.clone();
                silent.spawn(async move { turns.wait_for(pending::<()>()).await });
            }
        };
        // These are half through their turns when the others come, so that none becomes free as patience ends.
        crowd(AT_ONCE);
        sleep(TURN / 2).await;
        let parts = PATIENCE.div_duration_f64(TURN).ceil() as usize + 1;
        crowd(parts * AT_ONCE);
        sleep(Duration::from_millis(1)).await;
        let error = turns.wait_for(async {}).await.expect_err("too many before");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
