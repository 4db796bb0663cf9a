//! One sitting at one Chromium: takes wishes, events and results in one order, and hands each call what concerns it.
//! Long things run in tasks of their own and come back as results; this loop never waits for the browser.

use super::page::{Home, NotLoaded, Page};
use super::room::RoomPage;
use super::shell::VisitShell;
use super::visit::{Visit, VisitPlan};
use super::{BrowserConfig, BrowserError, Lost, mono, page};
use crate::call::{Did, Input, Ticket};
use crate::cdp::{Ask, Cdp, CdpError, Incoming, Nothing, SessionId};
use crate::handle::{Inbox, Wish};
use crate::sound::{Cleaning, PageDevices};
use crate::trial::{Sighting, is_trial};
use crate::wire::Running;
use room_core::effect::{CallCommand, CallRequest, Screen};
use room_core::event::{CallSeen, EndReason, Event};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, ServiceId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Pages of calls that nobody claimed by then are destroyed: they may have an open microphone.
const CLAIM_WITHIN: Duration = Duration::from_secs(15);

/// What a task has to say when it is done.
#[derive(Debug)]
pub(super) enum Finished {
    /// A profile was made; whether to go on.
    Home(CallId, Home, oneshot::Sender<bool>),
    /// A page was made and attached to; whether to go on.
    Page(CallId, Page, oneshot::Sender<bool>),
    Opened(CallId),
    Found(CallId),
    NotOpened(CallId, Option<NotLoaded>),
    NotFound(CallId),
    Did(CallId, Ticket, Did),
    Answers(CallId, bool),
    /// A picture and an outline were kept.
    Kept(CallId, PathBuf),
    Closed(CallId),
    /// Nobody watches a trial any more.
    Unwatched(CallId),
    Front(Screen),
}

pub(super) struct Desk {
    pub(super) config: Arc<BrowserConfig>,
    pub(super) cdp: Cdp,
    pub(super) out: mpsc::Sender<Event>,
    pub(super) began: Instant,
    pub(super) room: Option<RoomPage>,
    pub(super) visits: BTreeMap<CallId, Visit>,
    /// Who watches a trial.
    pub(super) watchers: BTreeMap<CallId, mpsc::Sender<Sighting>>,
    pub(super) owners: BTreeMap<SessionId, CallId>,
    /// Pages of an earlier daemon that nobody claimed yet.
    pub(super) unclaimed: BTreeMap<CallId, Home>,
    pub(super) claim_until: Option<Instant>,
    pub(super) front: Screen,
    pub(super) on_stage: Option<CallId>,
    pub(super) notice: Option<String>,
    pub(super) cleaning: watch::Receiver<Option<Cleaning>>,
    pub(super) results: mpsc::UnboundedSender<Finished>,
    pub(super) done: mpsc::UnboundedReceiver<Finished>,
}

pub(super) fn note_key(call: CallId) -> String {
    call.to_string()
}

fn noted(key: &str, value: &str) -> Option<(CallId, Home)> {
    let number = key.strip_prefix("call-")?.parse().ok()?;
    Some((CallId(number), serde_json::from_str(value).ok()?))
}

impl Desk {
    pub fn new(
        config: Arc<BrowserConfig>,
        cdp: Cdp,
        out: mpsc::Sender<Event>,
        began: Instant,
    ) -> Self {
        let (results, done) = mpsc::unbounded_channel();
        Self {
            cleaning: config.cleaning.subscribe(),
            config,
            cdp,
            out,
            began,
            room: None,
            visits: BTreeMap::new(),
            watchers: BTreeMap::new(),
            owners: BTreeMap::new(),
            unclaimed: BTreeMap::new(),
            claim_until: None,
            front: Screen::Room,
            on_stage: None,
            notice: None,
            results,
            done,
        }
    }

    /// Finds what is there and opens the room's page.
    pub async fn sit_down(&mut self, running: &Running) -> Result<(), CdpError> {
        self.unclaimed = running
            .notes
            .iter()
            .filter_map(|(key, value)| noted(key, value))
            .collect();
        self.claim_until = Some(Instant::now() + CLAIM_WITHIN);
        let calls: BTreeSet<&str> = self
            .unclaimed
            .values()
            .map(|home| home.context.as_str())
            .collect();
        self.cdp
            .ask::<Nothing>(Ask::browser(
                "Target.setDiscoverTargets",
                json!({ "discover": true }),
            ))
            .await?;
        self.room = Some(RoomPage::open(&self.cdp, &self.config.room_page, &calls).await?);
        // Whoever watched a trial is gone with the earlier daemon.
        let trials: Vec<CallId> = self
            .unclaimed
            .keys()
            .copied()
            .filter(|call| is_trial(*call))
            .collect();
        for trial in trials {
            self.destroy_unclaimed(trial);
        }
        self.read_front();
        Ok(())
    }

    /// The calls that are on, trials apart.
    pub fn calls(&self) -> BTreeSet<CallId> {
        self.visits
            .iter()
            .filter(|(call, visit)| !visit.over() && !is_trial(**call))
            .map(|(call, _)| *call)
            .collect()
    }

    /// Works until the browser or everything else is gone.
    pub async fn work(
        &mut self,
        inbox: &mut Inbox,
        incoming: &mut mpsc::Receiver<Incoming>,
    ) -> Lost {
        loop {
            let due = self.due();
            let went_well = tokio::select! {
                said = incoming.recv() => match said {
                    Some(Incoming::Event(session, event)) => self.happened(session, event).await,
                    Some(Incoming::Gone(gone)) => {
                        tracing::warn!(why = %gone.why, failures = gone.failures, "the browser is gone");
                        return Lost::Browser;
                    }
                    Some(Incoming::Running(_) | Incoming::Closed) | None => return Lost::Browser,
                },
                wish = inbox.next() => match wish {
                    Some(wish) => self.wished(wish).await,
                    None => return Lost::Everything(BrowserError::NobodyAsks),
                },
                Ok(()) = self.cleaning.changed() => {
                    let now = *self.cleaning.borrow();
                    self.visits.values_mut().for_each(|visit| visit.clean(now));
                    Ok(())
                },
                Some(result) = self.done.recv() => self.finished(result).await,
                () = sleep_until(due) => self.is_due().await,
            };
            if let Err(error) = went_well {
                return Lost::Everything(error);
            }
        }
    }

    fn due(&self) -> Instant {
        let calls = self
            .visits
            .values()
            .filter_map(|visit| visit.due(self.began));
        let room = self.room.as_ref().and_then(|room| room.again);
        let all = calls.chain(room).chain(self.claim_until);
        all.min()
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    async fn is_due(&mut self) -> Result<(), BrowserError> {
        let now = Instant::now();
        if self.claim_until.is_some_and(|until| until <= now) {
            self.claim_until = None;
            for call in self.unclaimed.keys().copied().collect::<Vec<_>>() {
                tracing::warn!(%call, "a call that nobody claimed is destroyed");
                self.destroy_unclaimed(call);
            }
        }
        if let Some(room) = self.room.as_mut()
            && room.again.is_some_and(|again| again <= now)
        {
            room.load(&self.cdp);
        }
        let due: Vec<CallId> = self
            .visits
            .iter()
            .filter(|(_, v)| v.due(self.began).is_some_and(|due| due <= now))
            .map(|(c, _)| *c)
            .collect();
        for call in due {
            if let Some(visit) = self.visits.get_mut(&call) {
                visit.ping_if_due();
            }
            self.feed(call, Input::Tick).await?;
        }
        Ok(())
    }

    // What the room asks.

    async fn wished(&mut self, wish: Wish) -> Result<(), BrowserError> {
        match wish {
            Wish::Call(call, command) => self.command(call, command).await,
            Wish::Screen(screen) => {
                self.front = screen;
                self.show_front();
                Ok(())
            }
            Wish::Notice(text) => {
                self.notice = text;
                for visit in self.visits.values() {
                    visit.show_notice(self.notice.as_deref());
                }
                Ok(())
            }
            Wish::SoundAnew => {
                self.cdp.sound_anew();
                Ok(())
            }
            Wish::BrowserAnew => {
                self.cdp.browser_anew();
                Ok(())
            }
            Wish::RoomPage(shows, answer) => {
                self.room_page(shows, answer);
                Ok(())
            }
            Wish::Mirror(answer) => {
                self.mirror(answer);
                Ok(())
            }
            Wish::Try(trial) => self.try_out(trial).await,
            Wish::PageToActOn(answer) => {
                self.page_to_act_on(answer);
                Ok(())
            }
        }
    }

    async fn command(&mut self, call: CallId, command: CallCommand) -> Result<(), BrowserError> {
        if Self::beyond_a_trial(call, &command) {
            return Ok(());
        }
        if !self.visits.contains_key(&call) {
            match &command {
                CallCommand::Warm(request) | CallCommand::Join(request) => {
                    let service = request.target.as_ref().map(|target| target.service.clone());
                    if !self.begin(call, service.as_ref(), request).await? {
                        return Ok(());
                    }
                }
                CallCommand::Adopt(request) => {
                    let home = self.unclaimed.remove(&call);
                    let Some(home) = home.filter(|home| home.target.is_some()) else {
                        return self.tell(call, CallSeen::Over(EndReason::PageGone)).await;
                    };
                    if !self
                        .begin(call, Some(&ServiceId::new(home.service.clone())), request)
                        .await?
                    {
                        return Ok(());
                    }
                    if let Some(visit) = self.visits.get_mut(&call) {
                        visit.home = Some(home);
                    }
                }
                CallCommand::Leave | CallCommand::Drop => {
                    return self.not_mine(call, &command).await;
                }
                CallCommand::Passcode(_)
                | CallCommand::Agree(_)
                | CallCommand::Hand(_)
                | CallCommand::Mic(_)
                | CallCommand::Camera(_)
                | CallCommand::Volume(_)
                | CallCommand::SoundAnew => return Ok(()),
            }
        }
        if matches!(command, CallCommand::Join(_) | CallCommand::Adopt(_)) {
            self.on_stage = Some(call);
        }
        self.feed(call, Input::Command(command)).await
    }

    /// Leaving a call of an earlier daemon, or one that is over already.
    async fn not_mine(&mut self, call: CallId, command: &CallCommand) -> Result<(), BrowserError> {
        self.destroy_unclaimed(call);
        match command {
            CallCommand::Leave => self.tell(call, CallSeen::Over(EndReason::Left)).await,
            _ => Ok(()),
        }
    }

    /// Makes a place for a call; says whether there is one.
    pub(super) async fn begin(
        &mut self,
        call: CallId,
        service: Option<&ServiceId>,
        request: &CallRequest,
    ) -> Result<bool, BrowserError> {
        let Some(pack) = service.and_then(|service| self.config.packs.of(service)) else {
            self.tell(call, CallSeen::Failed(CallFailure::NoPack))
                .await?;
            return Ok(false);
        };
        let plan = VisitPlan { pack, request };
        let shell = VisitShell {
            call,
            cdp: self.cdp.clone(),
            results: self.results.clone(),
            model: self.room.as_ref().map(|room| room.page.target.clone()),
            outlines: self.config.outlines_dir.clone(),
            guest_mail: self.config.guest_mail.clone(),
            devices: PageDevices {
                camera: self.config.camera.now(),
                sound: self.config.sound.clone(),
                cleaning: *self.cleaning.borrow(),
            },
            no_devices: false,
        };
        self.visits
            .insert(call, Visit::new(shell, plan, mono(self.began)));
        Ok(true)
    }

    fn destroy_unclaimed(&mut self, call: CallId) {
        if let Some(home) = self.unclaimed.remove(&call) {
            let cdp = self.cdp.clone();
            tokio::spawn(async move {
                page::dispose(&cdp, &home.context).await;
                cdp.note(&note_key(call), None);
            });
        }
    }

    /// Hands a call an input and does what it answers.
    pub(super) async fn feed(&mut self, call: CallId, input: Input) -> Result<(), BrowserError> {
        let now = mono(self.began);
        let Some(visit) = self.visits.get_mut(&call) else {
            return Ok(());
        };
        let said = visit.step(now, input);
        let noted = visit.noted();
        self.tell_watcher(call, noted);
        for seen in said {
            self.tell(call, seen).await?;
        }
        Ok(())
    }

    pub(super) async fn tell(&self, call: CallId, seen: CallSeen) -> Result<(), BrowserError> {
        tracing::debug!(%call, ?seen, "seen");
        if is_trial(call) {
            self.tell_watcher(call, vec![Sighting::Call(seen)]);
            return Ok(());
        }
        self.out
            .send(Event::Call(call, seen))
            .await
            .map_err(|_| BrowserError::NobodyListens)
    }

    // What tasks bring back.

    async fn finished(&mut self, result: Finished) -> Result<(), BrowserError> {
        match result {
            Finished::Home(call, home, go_on) => {
                let wanted = self
                    .visits
                    .get_mut(&call)
                    .is_some_and(|visit| visit.has_home(home));
                let _ = go_on.send(wanted);
                Ok(())
            }
            Finished::Page(call, page, go_on) => {
                self.owners.insert(page.session.clone(), call);
                let wanted = self
                    .visits
                    .get_mut(&call)
                    .is_some_and(|visit| visit.has_page(page));
                let _ = go_on.send(wanted);
                Ok(())
            }
            Finished::Opened(call) => self.there(call, Input::Opened).await,
            Finished::Found(call) => {
                self.read_front();
                self.feed(call, Input::Found).await
            }
            Finished::NotFound(call) => self.feed(call, Input::Vanished).await,
            Finished::NotOpened(call, why) => {
                let input = match why {
                    Some(NotLoaded::Unreachable) => Input::Unreachable,
                    Some(NotLoaded::Blocked) => Input::Strayed,
                    None => Input::BrowserRefused,
                };
                self.feed(call, input).await?;
                self.close_if_over(call).await
            }
            Finished::Did(call, ticket, did) => self.feed(call, Input::Did(ticket, did)).await,
            Finished::Answers(call, answers) => {
                let Some(visit) = self.visits.get_mut(&call) else {
                    return Ok(());
                };
                visit.ping_answered();
                self.feed(call, if answers { Input::Thawed } else { Input::Froze })
                    .await
            }
            Finished::Closed(call) => {
                self.feed(call, Input::Closed).await?;
                self.close_if_over(call).await
            }
            Finished::Kept(call, path) => {
                self.kept(call, path);
                Ok(())
            }
            Finished::Unwatched(call) => self.unwatched(call).await,
            Finished::Front(screen) => self
                .out
                .send(Event::Screen(screen))
                .await
                .map_err(|_| BrowserError::NobodyListens),
        }
    }

    /// The page of a call is there; it comes to the front when that is what was asked for.
    async fn there(&mut self, call: CallId, input: Input) -> Result<(), BrowserError> {
        if self.on_stage == Some(call) && self.front == Screen::Call {
            self.show_front();
        }
        self.feed(call, input).await
    }

    async fn close_if_over(&mut self, call: CallId) -> Result<(), BrowserError> {
        if !self.visits.get(&call).is_some_and(Visit::over) {
            return Ok(());
        }
        self.visits.remove(&call);
        self.watchers.remove(&call);
        self.owners.retain(|_, owner| *owner != call);
        if self.on_stage == Some(call) {
            self.on_stage = None;
            self.show_front();
        }
        Ok(())
    }
}
