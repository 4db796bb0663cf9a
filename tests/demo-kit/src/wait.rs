//! Waiting for something to be seen, never longer than said, and never blindly.
//! Knows nothing of what is waited for.

use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Between two looks, where nothing pushes.
const LOOK_EVERY: Duration = Duration::from_millis(60);

/// What was waited for in vain, and what was there instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unseen {
    /// What should have been seen.
    pub wanted: String,
    /// How long it was waited for.
    pub limit: Duration,
    /// What was seen instead at the last look.
    pub instead: String,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unseen {
            wanted,
            limit,
            instead,
        } = self;
        write!(
            f,
            "{wanted}: not seen within {:.1} s; instead: {instead}",
            limit.as_secs_f32()
        )
    }
}

/// Looks until `look` answers `Ok`, at most for `limit`. A look that fails says what it saw instead.
///
/// # Errors
/// Not seen in time; carries the last look's words.
pub async fn until<T>(
    wanted: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, Unseen> {
    let end = Instant::now() + limit;
    let mut instead = "no answer to the first look".to_owned();
    loop {
        match timeout_at(end, look()).await {
            Ok(Ok(seen)) => return Ok(seen),
            Ok(Err(other)) => instead = other,
            Err(_) => instead = format!("a look without an answer, before it: {instead}"),
        }
        if Instant::now() + LOOK_EVERY >= end {
            return Err(Unseen {
                wanted: wanted.to_owned(),
                limit,
                instead,
            });
        }
        sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_seen() {
        let mut looks = 0;
        let seen = until("three", Duration::from_secs(1), async || {
            looks += 1;
            if looks == 3 {
                Ok(looks)
            } else {
                Err(format!("{looks}"))
            }
        });
        assert_eq!(seen.await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_is_told_with_what_was_there() {
        let start = Instant::now();
        let unseen = until("sun", Duration::from_secs(2), async || {
            Err::<(), _>("rain".to_owned())
        });
        let unseen = unseen.await.unwrap_err();
        assert_eq!(
            unseen.to_string(),
            "sun: not seen within 2.0 s; instead: rain"
        );
        assert!(start.elapsed() <= Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_ends_in_time() {
        let start = Instant::now();
        let unseen = until("anything", Duration::from_secs(2), async || {
            std::future::pending::<Result<(), String>>().await
        });
        assert!(
            unseen
                .await
                .unwrap_err()
                .instead
                .contains("without an answer")
        );
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
