//! Drives one Chromium for one room: keeps the room's page open, opens a page for each call in a fresh profile, and
//! connects the pure decisions of `call` with the browser. Owns all I/O of a call; decides nothing about it.

mod act;
mod calls;
mod desk;
mod evidence;
mod front;
mod hand;
mod heard;
mod page;
mod room;
mod shell;
mod sight;
mod trials;
mod visit;

use crate::allow::AllowList;
use crate::camera::CameraChoice;
use crate::cdp::{Cdp, Incoming};
use crate::handle::{Inbox, Wish};
use crate::pack::Shelf;
use crate::sound::{CleaningChoice, PageSound};
use desk::Desk;
use room_core::event::{BrowserSeen, CallSeen, EndReason, Event};
use room_core::ids::{CallId, Private};
use room_core::units::Mono;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// What the browser's task needs to know.
#[derive(Debug, Clone)]
pub struct BrowserConfig {
    /// The keeper's socket.
    pub socket: PathBuf,
    /// The address of the main display's page; always kept open.
    pub room_page: String,
    /// How services are joined; renewed from outside.
    pub packs: Shelf,
    /// What is given where a service asks guests for a mail address; `None`: a person is asked to.
    pub guest_mail: Option<Private>,
    /// Which camera a page is given.
    pub camera: CameraChoice,
    /// Which microphone and loudspeaker a page is given.
    pub sound: PageSound,
    /// Who cleans what pages capture; renewed from outside.
    pub cleaning: CleaningChoice,
    /// Where calls may lead; a page that goes elsewhere is closed.
    pub allowed: AllowList,
    /// Where screenshots and outlines of screens that no rule knows are kept, closed to others; `None` to keep none.
    pub outlines_dir: Option<PathBuf>,
    /// Told at each connection to a keeper, of which each start is another.
    pub keeper_met: Arc<Notify>,
}

/// Why the browser's task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    /// Every handle is gone: nobody can ask anything any more.
    #[error("nobody asks any more")]
    NobodyAsks,
    /// Events are not taken any more.
    #[error("nobody listens any more")]
    NobodyListens,
}

/// Why one connection to a browser ended.
enum Lost {
    Browser,
    Everything(BrowserError),
}

/// After its own start the daemon waits so long for the keeper before it calls the browser gone: a call that goes on there
/// must not be given up for a moment's delay.
const PATIENCE_AT_START: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PATIENCE: Duration = Duration::from_millis(500);

/// Runs until nobody asks or listens any more; connects to the keeper as often as needed. Calls that were on when the
/// browser went are reported as gone.
pub async fn run(
    config: BrowserConfig,
    inbox: &mut Inbox,
    out: mpsc::Sender<Event>,
) -> BrowserError {
    let mut driver = Driver {
        config: Arc::new(config),
        out,
        began: Instant::now(),
        seen: None,
    };
    let mut pause = FIRST_PAUSE;
    // A browser that starts with the room is there within a second; one that does not costs the room less and less.
    let mut patience = FIRST_PAUSE;
    loop {
        match driver.connection(inbox, &mut pause).await {
            Lost::Everything(error) => return error,
            Lost::Browser if driver.patient() => {
                tokio::time::sleep(patience).await;
                patience = LONGEST_PATIENCE.min(patience * 3 / 2);
                continue;
            }
            Lost::Browser => {}
        }
        if let Err(error) = driver.report(BrowserSeen::Gone).await {
            return error;
        }
        let until = Instant::now() + pause;
        pause = LONGEST_PAUSE.min(pause * 2);
        if let Err(error) = driver.refuse_until(until, inbox).await {
            return error;
        }
    }
}

struct Driver {
    config: Arc<BrowserConfig>,
    out: mpsc::Sender<Event>,
    began: Instant,
    seen: Option<BrowserSeen>,
}

impl Driver {
    fn patient(&self) -> bool {
        self.seen.is_none() && self.began.elapsed() < PATIENCE_AT_START
    }

    async fn connection(&mut self, inbox: &mut Inbox, pause: &mut Duration) -> Lost {
        let (cdp, mut incoming) = match Cdp::connect(&self.config.socket).await {
            Ok(connection) => connection,
            Err(problem) => {
                tracing::debug!(%problem, "no browser yet");
                return Lost::Browser;
            }
        };
        self.config.keeper_met.notify_one();
        loop {
            let running = tokio::select! {
                said = incoming.recv() => match said {
                    Some(Incoming::Running(running)) => running,
                    Some(Incoming::Closed) | None => return Lost::Browser,
                    Some(Incoming::Gone(_)) if self.patient() => continue,
                    Some(Incoming::Gone(gone)) => {
                        tracing::warn!(why = %gone.why, failures = gone.failures, "the browser is gone");
                        if let Err(error) = self.report(BrowserSeen::Gone).await {
                            return Lost::Everything(error);
                        }
                        continue;
                    }
                    Some(Incoming::Event(..)) => continue,
                },
                wish = inbox.next(), if !self.patient() => match self.refuse(wish).await {
                    Ok(()) => continue,
                    Err(error) => return Lost::Everything(error),
                },
            };
            tracing::info!(product = %running.product, generation = running.generation, "the browser obeys");
            let mut desk = Desk::new(
                Arc::clone(&self.config),
                cdp.clone(),
                self.out.clone(),
                self.began,
            );
            if let Err(problem) = desk.sit_down(&running).await {
                tracing::warn!(%problem, "the browser does not obey");
                // The keeper says only once in a connection that it runs.
                return Lost::Browser;
            }
            *pause = FIRST_PAUSE;
            let lost = match self.report(BrowserSeen::Ready).await {
                Ok(()) => desk.work(inbox, &mut incoming).await,
                Err(error) => Lost::Everything(error),
            };
            let calls = desk.calls();
            if let Lost::Everything(error) = lost {
                return Lost::Everything(error);
            }
            if let Err(error) = self.lose(calls).await {
                return Lost::Everything(error);
            }
            if incoming.is_closed() {
                return Lost::Browser;
            }
        }
    }

    async fn lose(&mut self, calls: BTreeSet<CallId>) -> Result<(), BrowserError> {
        self.report(BrowserSeen::Gone).await?;
        for call in calls {
            self.tell(Event::Call(call, CallSeen::Over(EndReason::PageGone)))
                .await?;
        }
        Ok(())
    }

    async fn report(&mut self, seen: BrowserSeen) -> Result<(), BrowserError> {
        if self.seen.replace(seen) != Some(seen) {
            self.tell(Event::Browser(seen)).await?;
        }
        Ok(())
    }

    async fn tell(&self, event: Event) -> Result<(), BrowserError> {
        self.out
            .send(event)
            .await
            .map_err(|_| BrowserError::NobodyListens)
    }

    /// Without a browser every call that is asked for is gone at once.
    async fn refuse_until(&self, until: Instant, inbox: &mut Inbox) -> Result<(), BrowserError> {
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Ok(()),
                wish = inbox.next() => self.refuse(wish).await?,
            }
        }
    }

    async fn refuse(&self, wish: Option<Wish>) -> Result<(), BrowserError> {
        use room_core::effect::CallCommand as C;
        let answer = match wish {
            None => return Err(BrowserError::NobodyAsks),
            Some(Wish::Call(call, C::Leave)) => Event::Call(call, CallSeen::Over(EndReason::Left)),
            Some(Wish::Call(call, C::Warm(_) | C::Join(_) | C::Adopt(_))) => {
                Event::Call(call, CallSeen::Over(EndReason::PageGone))
            }
            // The trial's watcher is gone with it, and sees that.
            Some(Wish::Try(_) | Wish::Call(..) | Wish::Screen(_) | Wish::Notice(_)) => {
                return Ok(());
            }
            // The next browser does.
            Some(Wish::SoundAnew | Wish::BrowserAnew) => return Ok(()),
            Some(Wish::Mirror(_) | Wish::PageToActOn(_) | Wish::RoomPage(..)) => return Ok(()),
        };
        self.tell(answer).await
    }
}

/// This moment, on the clock that calls are judged by.
fn mono(began: Instant) -> Mono {
    Mono(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
