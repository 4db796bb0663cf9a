//! Owns the keeping up to date: reads every source at its interval with back-off, keeps the last good copy, works out
//! the meetings as time goes by and publishes them. Knows what a room wants to see, not what it does with it.
//!
//! Invariant: a source that fails never takes away meetings that were known before.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tracing::{debug, info, warn};

use crate::{
    error::Problem,
    expand::Window,
    meeting::{Meeting, RoomView, meetings, merge},
    model::Calendar,
    source::{Fetched, Fetcher, Source, SourceError, Store},
    zone::{UnixMs, Zone},
};

/// The first wait after a failure; it doubles from there.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// The longest wait after failures.
const LONGEST_RETRY: Duration = Duration::from_secs(30 * 60);
/// How often a file is looked at.
const FILE_LOOK: Duration = Duration::from_secs(2);
/// How often the window is moved along although nothing has changed.
const MOVE_WINDOW: Duration = Duration::from_secs(300);

/// How a source is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Not read yet.
    Waiting,
    /// Read well the last time.
    Fresh,
    /// Failing; the last good copy is in use.
    Stale {
        /// When that copy was read or last known to be current.
        since: UnixMs,
        /// Why it fails.
        error: SourceError,
    },
    /// Failing, and there is no copy.
    Failed {
        /// Why it fails.
        error: SourceError,
    },
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
    /// How it is doing.
    pub health: Health,
    /// When it was last read well.
    pub last_good: Option<UnixMs>,
    /// What is odd about its content.
    pub problems: Vec<Problem>,
    /// How far the server's clock is ahead of ours, in milliseconds, in steps of five seconds. A room whose clock is a minute off
    /// must not join by itself.
    pub clock_offset_ms: Option<i64>,
}

/// Everything a room knows of its calendars at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSnapshot {
    /// From one day ago to two weeks ahead, by start.
    pub meetings: Vec<Meeting>,
    /// The sources in the order in which they were configured.
    pub sources: Vec<SourceHealth>,
    /// When this was worked out.
    pub read_at: UnixMs,
}

/// The clock that calendars are read by.
pub type Clock = Arc<dyn Fn() -> UnixMs + Send + Sync>;

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(|| UnixMs(chrono::Utc::now().timestamp_millis()))
}

/// What a watcher needs.
#[derive(Clone)]
pub struct WatchConfig {
    /// The calendars; of equal meetings the one from the earlier source is shown.
    pub sources: Vec<Source>,
    /// The room's view of them.
    pub view: RoomView,
    /// Where last good copies are kept; none keeps them in memory only.
    pub state_folder: Option<PathBuf>,
    /// The clock.
    pub clock: Clock,
}

impl fmt::Debug for WatchConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchConfig")
            .field("sources", &self.sources)
            .field("state_folder", &self.state_folder)
            .finish_non_exhaustive()
    }
}

/// Keeps the calendars of a room up to date until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    snapshots: watch::Receiver<CalendarSnapshot>,
    wake: Vec<Arc<Notify>>,
    tasks: JoinSet<()>,
}

impl Watcher {
    /// Starts watching. Must be called inside a tokio runtime.
    pub fn start(config: WatchConfig) -> Self {
        let (updates, inbox) = mpsc::channel(16);
        let mut wake = Vec::new();
        let mut tasks = JoinSet::new();
        let sources: Vec<SourceHealth> = config.sources.iter().map(|s| waiting(&s.name)).collect();
        for (index, source) in config.sources.iter().enumerate() {
            let notify = Arc::new(Notify::new());
            wake.push(notify.clone());
            let keeper = Keeper {
                index,
                store: config
                    .state_folder
                    .as_ref()
                    .map(|folder| Store::new(folder, source)),
                source: source.clone(),
                clock: config.clock.clone(),
                updates: updates.clone(),
                wake: notify,
                zone: config.view.zone.clone(),
                calendar: None,
                health: waiting(&source.name),
                failures: 0,
            };
            tasks.spawn(keeper.run());
        }
        let first = CalendarSnapshot {
            meetings: Vec::new(),
            sources: sources.clone(),
            read_at: (config.clock)(),
        };
        let (out, snapshots) = watch::channel(first);
        let publisher = Publisher {
            known: sources.into_iter().map(|health| (health, None)).collect(),
            config,
            out,
        };
        tasks.spawn(publisher.run(inbox));
        Self {
            snapshots,
            wake,
            tasks,
        }
    }

    /// The snapshots; the current one is there at once.
    pub fn subscribe(&self) -> watch::Receiver<CalendarSnapshot> {
        self.snapshots.clone()
    }

    /// Reads every source now instead of at its time.
    pub fn refresh(&self) {
        for notify in &self.wake {
            notify.notify_one();
        }
    }

    /// Stops watching and waits until everything has ended.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

fn waiting(name: &str) -> SourceHealth {
    SourceHealth {
        name: name.to_owned(),
        health: Health::Waiting,
        last_good: None,
        problems: Vec::new(),
        clock_offset_ms: None,
    }
}

/// What a keeper tells the publisher.
struct Update {
    index: usize,
    health: SourceHealth,
    calendar: Option<Arc<Calendar>>,
}

/// Keeps one source up to date.
struct Keeper {
    index: usize,
    source: Source,
    store: Option<Store>,
    clock: Clock,
    updates: mpsc::Sender<Update>,
    wake: Arc<Notify>,
    zone: Zone,
    calendar: Option<Arc<Calendar>>,
    health: SourceHealth,
    failures: u32,
}

impl Keeper {
    async fn run(mut self) {
        let memory = self.load().await;
        let mut fetcher = match Fetcher::new(&self.source.place, memory.as_ref()) {
            Ok(fetcher) => fetcher,
            Err(error) => {
                self.failed(error).await;
                return;
            }
        };
        drop(memory);
        loop {
            let wait = self.read(&mut fetcher).await;
            tokio::select! {
                () = sleep_until(Instant::now() + wait) => {}
                () = self.wake.notified() => debug!(source = self.source.name, "asked to read now"),
            }
        }
    }

    /// Puts the copy from before on show until the source itself answers.
    async fn load(&mut self) -> Option<crate::source::Memory> {
        let (memory, read_at) = self.store.as_ref()?.load().await?;
        let calendar = memory.calendar().await?;
        self.health.last_good = Some(read_at);
        self.health.problems = calendar.problems.clone();
        self.calendar = Some(Arc::new(calendar));
        self.tell().await;
        Some(memory)
    }

    /// Reads once and says how long to wait until the next time.
    async fn read(&mut self, fetcher: &mut Fetcher) -> Duration {
        let outcome = fetcher.fetch((self.clock)()).await;
        // In steps of five seconds, so that the unsteadiness of the network is no news.
        self.health.clock_offset_ms = fetcher.clock_offset_ms().map(|ms| ms / 5000 * 5000);
        match outcome {
            Ok(Fetched::Unchanged) => self.unchanged().await,
            Ok(Fetched::Changed { calendar, memory }) => {
                if self.take(calendar).await {
                    fetcher.accept(&memory);
                    self.save(&memory).await;
                }
            }
            Err(error) => {
                let wait = self.failed(error).await;
                return if fetcher.is_cheap() { FILE_LOOK } else { wait };
            }
        }
        if fetcher.is_cheap() {
            FILE_LOOK
        } else {
            self.source.interval
        }
    }

    async fn unchanged(&mut self) {
        let recovered = self.health.health != Health::Fresh;
        self.good();
        if recovered {
            self.tell().await;
        }
    }

    /// Takes in a calendar; false when it is only half and must not replace the copy.
    async fn take(&mut self, calendar: Arc<Calendar>) -> bool {
        let half = calendar
            .problems
            .iter()
            .any(|p| matches!(p, Problem::HalfFile { .. }));
        let mut calendar = Arc::unwrap_or_clone(calendar);
        if half && let Some(known) = &self.calendar {
            calendar.fill_from(known);
        }
        let first_or_whole = !half || self.calendar.is_none();
        calendar.forget_before((self.clock)().plus(-2 * UnixMs::DAY), &self.zone);
        self.health.problems = calendar.problems.clone();
        self.calendar = Some(Arc::new(calendar));
        self.good();
        debug!(source = self.source.name, half, "calendar read");
        self.tell().await;
        first_or_whole
    }

    fn good(&mut self) {
        if matches!(
            self.health.health,
            Health::Stale { .. } | Health::Failed { .. }
        ) {
            info!(source = self.source.name, "calendar is readable again");
        }
        self.failures = 0;
        self.health.health = Health::Fresh;
        self.health.last_good = Some((self.clock)());
    }

    async fn failed(&mut self, error: SourceError) -> Duration {
        if self.failures == 0 {
            warn!(
                source = self.source.name,
                code = error.code(),
                "calendar cannot be read"
            );
        }
        let wait = retry_after(self.failures, error.needs_people());
        self.failures = self.failures.saturating_add(1);
        let health = match self.health.last_good {
            Some(since) => Health::Stale { since, error },
            None => Health::Failed { error },
        };
        if self.health.health != health {
            self.health.health = health;
            self.tell().await;
        }
        wait
    }

    async fn save(&self, memory: &crate::source::Memory) {
        if let Some(store) = &self.store
            && let Err(error) = store.save(memory, (self.clock)()).await
        {
            warn!(source = self.source.name, %error, "the last good calendar could not be kept on disk");
        }
    }

    async fn tell(&self) {
        let update = Update {
            index: self.index,
            health: self.health.clone(),
            calendar: self.calendar.clone(),
        };
        // The publisher only ends with the watcher, and then this task ends too.
        let _ = self.updates.send(update).await;
    }
}

/// The wait after so many failures in a row. Wrong passwords wait longest at once: accounts are locked after a few.
fn retry_after(failures: u32, needs_people: bool) -> Duration {
    if needs_people {
        return LONGEST_RETRY;
    }
    FIRST_RETRY
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_RETRY)
}

/// Puts the sources together.
struct Publisher {
    config: WatchConfig,
    known: Vec<(SourceHealth, Option<Arc<Calendar>>)>,
    out: watch::Sender<CalendarSnapshot>,
}

impl Publisher {
    async fn run(mut self, mut inbox: mpsc::Receiver<Update>) {
        loop {
            tokio::select! {
                update = inbox.recv() => match update {
                    Some(update) => self.take(update),
                    None => return,
                },
                () = sleep_until(Instant::now() + MOVE_WINDOW) => {}
            }
            while let Ok(update) = inbox.try_recv() {
                self.take(update);
            }
            self.publish().await;
        }
    }

    fn take(&mut self, update: Update) {
        if let Some(known) = self.known.get_mut(update.index) {
            *known = (update.health, update.calendar);
        }
    }

    async fn publish(&self) {
        let now = (self.config.clock)();
        let view = self.config.view.clone();
        let known = self.known.clone();
        let worked_out = tokio::task::spawn_blocking(move || compose(&known, &view, now)).await;
        let Ok(snapshot) = worked_out else {
            return;
        };
        self.out.send_if_modified(|old| {
            let news = old.meetings != snapshot.meetings || old.sources != snapshot.sources;
            *old = snapshot;
            news
        });
    }
}

fn compose(
    known: &[(SourceHealth, Option<Arc<Calendar>>)],
    view: &RoomView,
    now: UnixMs,
) -> CalendarSnapshot {
    let mut sources = Vec::new();
    let mut calendars = Vec::new();
    for (health, calendar) in known {
        let mut health = health.clone();
        if let Some(calendar) = calendar {
            let found = meetings(calendar, &health.name, view, Window::around(now));
            health.problems = found.problems;
            calendars.push(found.meetings);
        }
        sources.push(health);
    }
    CalendarSnapshot {
        meetings: merge(calendars),
        sources,
        read_at: now,
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
