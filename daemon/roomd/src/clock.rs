//! The daemon's two clocks: one that only runs forward for the core, and the wall clock with its jumps.
//! Knows nothing about rooms.

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use room_core::event::{ClockHealth, Event};
use room_core::units::{Mono, Wall};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;
use tracing::warn;

/// Milliseconds since the daemon's start.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins now.
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Now.
    pub fn now(&self) -> Mono {
        Mono(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The runtime's moment for one of the core's.
    pub fn instant(&self, at: Mono) -> Instant {
        self.start + Duration::from_millis(at.0)
    }
}

/// The wall clock as read now.
pub fn wall() -> Wall {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// 2026-01-01 UTC in milliseconds: this program did not exist before, so an earlier clock was never set.
const BEFORE_THIS_PROGRAM: Wall = Wall(1_767_225_600_000);
/// 2100-01-01 UTC in milliseconds: later than this is a clock chip's garbage.
const AFTER_THIS_PROGRAM: Wall = Wall(4_102_444_800_000);

/// Whether a wall clock is plausible. A board without a battery starts in 1970, or where it was switched off.
pub fn health(wall: Wall) -> ClockHealth {
    if (BEFORE_THIS_PROGRAM..AFTER_THIS_PROGRAM).contains(&wall) {
        ClockHealth::Good
    } else {
        ClockHealth::Wrong
    }
}

/// Whether somebody else's clock says that ours is wrong. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Whether our clock is in doubt.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Says whether it is; `true` when that is news.
    pub fn set(&self, doubt: bool) -> bool {
        self.0.swap(doubt, Ordering::Relaxed) != doubt
    }
}

/// The wall clock as the core is told of it.
pub fn event(doubt: &Doubt) -> Event {
    let wall = wall();
    let health = if doubt.get() {
        ClockHealth::Wrong
    } else {
        health(wall)
    };
    Event::Clock { wall, health }
}

/// Tells when the wall clock should be read again: at each full minute, and at once after it was set.
/// The kernel wakes us for both, so that nothing has to be polled.
#[derive(Debug)]
pub struct WallTicks {
    timer: Option<AsyncFd<Timer>>,
    /// Without the timer: when the next minute is over.
    otherwise: Instant,
}

#[derive(Debug)]
struct Timer(TimerFd);

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

const MINUTE: i64 = 60;
const A_MINUTE: Duration = Duration::from_secs(60);

impl WallTicks {
    /// Begins; on a kernel that refuses, every minute must do.
    pub fn start() -> Self {
        let timer = timer()
            .inspect_err(
                |error| warn!(%error, "jumps of the clock are noticed within a minute only"),
            )
            .ok();
        Self {
            timer,
            otherwise: Instant::now() + A_MINUTE,
        }
    }

    /// Waits for the next full minute or for a jump. May be dropped and called again.
    pub async fn next(&mut self) {
        if let Some(timer) = &self.timer {
            match ticked(timer).await {
                Ok(()) => return,
                Err(error) => warn!(%error, "jumps of the clock are noticed within a minute only"),
            }
            self.timer = None;
        }
        tokio::time::sleep_until(self.otherwise).await;
        self.otherwise = Instant::now() + A_MINUTE;
    }
}

fn timer() -> io::Result<AsyncFd<Timer>> {
    let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
    let timer = Timer(TimerFd::new(ClockId::CLOCK_REALTIME, flags)?);
    arm(&timer.0)?;
    // Safe code cannot call the successor; what it asks for holds: `Timer` owns its one descriptor and always names that one.
    #[expect(
        deprecated,
        reason = "the successor is an unsafe function, and unsafe is forbidden here"
    )]
    AsyncFd::with_interest(timer, Interest::READABLE)
}

fn arm(timer: &TimerFd) -> io::Result<()> {
    let next = (wall().0 / 1000).div_euclid(MINUTE) * MINUTE + MINUTE;
    let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
    timer.set(Expiration::OneShot(TimeSpec::new(next, 0)), flags)?;
    Ok(())
}

async fn ticked(timer: &AsyncFd<Timer>) -> io::Result<()> {
    let mut ready = timer.readable().await?;
    // `wait` returns for an expiry and for a clock that was set; both mean the same here.
    match ready.get_inner().0.wait() {
        Ok(()) | Err(nix::errno::Errno::EAGAIN) => {}
        Err(error) => return Err(error.into()),
    }
    ready.clear_ready();
    arm(&ready.get_inner().0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_wrong() {
        assert_eq!(health(Wall(0)), ClockHealth::Wrong);
        assert_eq!(health(Wall(1_577_836_800_000)), ClockHealth::Wrong);
        assert_eq!(health(Wall(1_800_000_000_000)), ClockHealth::Good);
        assert_eq!(health(Wall(i64::MAX)), ClockHealth::Wrong);
    }

    #[tokio::test(start_paused = true)]
    async fn the_core_clock_counts_from_the_start() {
        let clock = Clock::start();
        assert_eq!(clock.now(), Mono(0));
        tokio::time::advance(Duration::from_millis(1234)).await;
        assert_eq!(clock.now(), Mono(1234));
        assert_eq!(clock.instant(Mono(1234)), Instant::now());
    }
}
