//! The clock that the kernel stamps edges with, as the runtime sees it: virtual where a test's time is.

use nix::time::{ClockId, clock_gettime};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static ORIGIN: LazyLock<(Instant, Duration)> = LazyLock::new(|| {
    let monotonic = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
    (Instant::now(), monotonic)
});

/// Time since the machine started (CLOCK_MONOTONIC), as edges of lines carry it.
pub fn now() -> Duration {
    let (instant, monotonic) = *ORIGIN;
    let now = tokio::time::Instant::now().into_std();
    monotonic + now.saturating_duration_since(instant)
}
