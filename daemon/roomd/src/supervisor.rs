//! Named tasks: a task that ends is noticed, said, and begun again after a pause that grows.
//! Knows no task by name. A panic is not handled here: it ends the daemon (see `panics`), and calls go on without it.

use std::fmt;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// The first pause, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// A task that ran this long is sound: its next pause is the first one again.
const SOUND_AFTER: Duration = Duration::from_secs(300);

/// How long tasks may take to end by themselves.
const GRACE: Duration = Duration::from_millis(1200);

/// Tasks that live as long as this.
#[derive(Debug)]
pub struct Supervisor {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Supervisor {
    /// Nothing runs yet. After `stop` is cancelled, a task that ends is none of our business.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            tasks: JoinSet::new(),
            stop,
        }
    }

    /// Runs what `begin` makes, again and again. What ends is logged with its reason.
    pub fn keep<F, Fut, E>(&mut self, name: &'static str, mut begin: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let mut pause = PAUSES.0;
            loop {
                let began = Instant::now();
                let reason = match begin().await {
                    Ok(()) => "it ended".to_owned(),
                    Err(error) => error.to_string(),
                };
                if stop.is_cancelled() {
                    return;
                }
                if began.elapsed() >= SOUND_AFTER {
                    pause = PAUSES.0;
                }
                warn!(
                    task = name,
                    reason,
                    again_in_s = pause.as_secs(),
                    "a task ended"
                );
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        });
    }

    /// Runs something that looks after itself and ends only when the daemon does.
    pub fn run<Fut>(&mut self, name: &'static str, task: Fut)
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => debug!(task = name, "a task ended"),
            }
        });
    }

    /// Gives every task a moment to end by itself, then ends it.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(GRACE, ended).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_is_begun_again_with_growing_pauses() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        let mut supervisor = Supervisor::new(CancellationToken::new());
        supervisor.keep("flaky", move || {
            count.fetch_add(1, Ordering::Relaxed);
            async { Err::<(), _>("no luck") }
        });
        let after = |seconds: u64| {
            let begun = Arc::clone(&begun);
            async move {
                sleep(Duration::from_millis(seconds * 1000 + 500)).await;
                begun.load(Ordering::Relaxed)
            }
        };
        // Begun at 0, 1, 3, 7, 15, 31, 63 s and then each minute.
        assert_eq!(after(15).await, 5);
        assert_eq!(after(600).await, 16);
        supervisor.stop().await;
        let ended = begun.load(Ordering::Relaxed);
        assert_eq!(after(600).await, ended);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sound_task_is_begun_again_soon() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        let mut supervisor = Supervisor::new(CancellationToken::new());
        supervisor.keep("sound", move || {
            count.fetch_add(1, Ordering::Relaxed);
            async {
                sleep(Duration::from_secs(400)).await;
                Err::<(), _>("unplugged")
            }
        });
        sleep(Duration::from_secs(401 * 10 - 1)).await;
        assert_eq!(begun.load(Ordering::Relaxed), 10);
    }
}
