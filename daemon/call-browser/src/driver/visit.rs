//! One call's place at the desk: its pure decisions, its page, and the tasks that carry orders out.

use super::act::{Doing, evaluate};
use super::calls;
use super::desk::{Finished, note_key};
use super::evidence::{self, Scene};
use super::hand::{self, Order};
use super::page::{self, Home, NotLoaded, Page, Scripts};
use super::shell::VisitShell;
use super::sight::{Place, Sight};
use super::trials::Diary;
use crate::allow::AllowList;
use crate::call::{Call, Device, Did, Evidence, Input, Output, StepOrder, Ticket};
use crate::cdp::{Ask, CdpError, FrameId, SessionId};
use crate::pack::{Door, Guest, Pack, PageState, Program};
use crate::sound::Cleaning;
use crate::trial::Sighting;
use room_core::effect::CallRequest;
use room_core::event::CallSeen;
use room_core::hand::Hand;
use room_core::ids::Private;
use room_core::units::{Mono, Percent, Switch};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

/// How often a page is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(4);
/// How long it may take to give one.
const PING_WITHIN: Duration = Duration::from_secs(5);

/// Whether controls that hide are brought out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    Yes,
    No,
}

/// Where a call goes, and how.
pub(super) struct VisitPlan<'a> {
    pub pack: Arc<Pack>,
    /// Without a target for a page of an earlier daemon.
    pub request: &'a CallRequest,
}

pub(super) struct Visit {
    pub page: Option<Page>,
    pub home: Option<Home>,
    pub sight: Sight,
    /// Of a trial only.
    pub diary: Option<Diary>,
    shell: VisitShell,
    machine: Call,
    pack: Arc<Pack>,
    scripts: Scripts,
    door: Option<Door>,
    volume: Option<Percent>,
    /// Devices whose gate the room opened; a fresh document's are shut.
    gates: BTreeSet<Device>,
    /// When to ask for a sign of life; `None` while one is awaited.
    ping_at: Option<Instant>,
    /// The machine wants the page destroyed, and its making is still under way.
    unwanted: bool,
    making: bool,
    /// Takes what hands do to the page, in their order.
    hands: Option<mpsc::Sender<Order>>,
}

impl Visit {
    pub fn new(shell: VisitShell, plan: VisitPlan<'_>, now: Mono) -> Self {
        let VisitPlan { pack, request } = plan;
        let scripts = Scripts::new(&Program::of(&pack).text(), &shell.devices);
        let guest = Guest {
            name: &request.display_name,
            nonce: &nonce(),
        };
        let door = request.way().and_then(|way| pack.door(way.place(), guest));
        Self {
            page: None,
            home: None,
            sight: Sight::default(),
            diary: None,
            machine: Call::new(Arc::clone(&pack), now).giving(shell.guest_mail.clone()),
            shell,
            pack,
            scripts,
            door,
            volume: None,
            gates: BTreeSet::new(),
            ping_at: Some(Instant::now() + PING_EVERY),
            unwanted: false,
            making: false,
            hands: None,
        }
    }

    pub fn over(&self) -> bool {
        self.machine.over()
    }

    /// Whether people in the room may see the page and act on it.
    pub fn needs_a_person(&self) -> bool {
        self.machine.needs_a_person()
    }

    /// When something is due: a deadline of the call, or a sign of life.
    pub fn due(&self, began: Instant) -> Option<Instant> {
        let deadline = self
            .machine
            .deadline()
            .map(|at| began + Duration::from_millis(at.0.saturating_add(1)));
        let ping = self.ping_at.filter(|_| self.machine.watched());
        deadline.into_iter().chain(ping).min()
    }

    /// What the page shows, as an input.
    pub fn view(&self) -> Input {
        Input::Saw(
            self.sight
                .view(self.pack.people.as_ref().map_or(0, |people| people.own)),
        )
    }

    /// Takes an input, starts what is ordered, and gives back what is to be reported to the room: of a trial, nothing.
    pub fn step(&mut self, now: Mono, input: Input) -> Vec<CallSeen> {
        let mut said = Vec::new();
        if let (Some(diary), Input::Did(ticket, did)) = (&mut self.diary, &input) {
            diary.ended(*ticket, *did, &self.pack);
        }
        let outputs = self.machine.step(now, input);
        if let Some(diary) = &mut self.diary {
            diary.shows(self.machine.screen(), &self.pack);
        }
        for output in outputs {
            match output {
                Output::Say(seen) => match &mut self.diary {
                    Some(diary) => diary.said(seen),
                    None => said.push(seen),
                },
                Output::Open => self.open(),
                Output::Find => self.find(),
                Output::Step(order) => {
                    if let Some(diary) = &mut self.diary {
                        diary.began(order.ticket, &order.step, &self.pack);
                    }
                    self.start_step(order);
                }
                Output::Turn(ticket, device, to) => {
                    let place = self.sight.where_device(device);
                    let within = device.control(&self.pack).map(|control| control.within);
                    self.act((ticket, place, Wake::Yes), move |doing| {
                        doing.turn(device, to, within)
                    });
                }
                Output::Gate(device, to) => self.gate(device, to),
                Output::Hand(hand) => self.pass_on(hand),
                Output::Sample => self.ask_probes(&calls::sample()),
                Output::SetVolume(level) => {
                    self.volume = Some(level);
                    self.ask_probes(&calls::volume(level));
                }
                Output::Close(evidence) => self.close(evidence),
            }
        }
        said
    }

    /// What a trial's diary has to say since it was last asked.
    pub fn noted(&mut self) -> Vec<Sighting> {
        self.diary.as_mut().map(Diary::take).unwrap_or_default()
    }

    /// Whether the page is refused microphone and camera.
    pub fn deny_devices(&mut self, deny: bool) {
        self.shell.no_devices = deny;
    }

    // Making and destroying.

    fn open(&mut self) {
        let Some(door) = self.door.clone() else {
            let _ = self.shell.results.send(Finished::NotOpened(
                self.shell.call,
                Some(NotLoaded::Unreachable),
            ));
            return;
        };
        self.making = true;
        let (shell, scripts, service) = (
            self.shell.clone(),
            self.scripts.clone(),
            self.pack.service.to_string(),
        );
        tokio::spawn(async move {
            let result = match shell.open(&scripts, service, &door).await {
                Ok(Ok(())) => Finished::Opened(shell.call),
                Ok(Err(why)) => Finished::NotOpened(shell.call, Some(why)),
                Err(problem) => {
                    tracing::warn!(%problem, call = %shell.call, "the browser did not open a page");
                    Finished::NotOpened(shell.call, None)
                }
            };
            let _ = shell.results.send(result);
        });
    }

    fn find(&mut self) {
        let home = self.home.clone();
        let (shell, scripts) = (self.shell.clone(), self.scripts.clone());
        self.making = true;
        tokio::spawn(async move {
            let result = match shell.find(home, &scripts).await {
                Ok(()) => Finished::Found(shell.call),
                Err(problem) => {
                    tracing::info!(%problem, call = %shell.call, "the page of an earlier call was not found");
                    Finished::NotFound(shell.call)
                }
            };
            let _ = shell.results.send(result);
        });
    }

    /// A profile was made; says whether it is wanted. It is kept in mind either way, so that it will be destroyed.
    pub fn has_home(&mut self, home: Home) -> bool {
        self.home = Some(home);
        if self.unwanted {
            self.destroy(Evidence::Nothing);
        }
        !self.unwanted
    }

    /// A page was made; says whether it is wanted.
    pub fn has_page(&mut self, page: Page) -> bool {
        if !self.unwanted {
            self.page = Some(page);
        }
        !self.unwanted
    }

    fn close(&mut self, evidence: Evidence) {
        self.unwanted = true;
        // A profile that is still being made is destroyed as soon as it is known.
        if self.home.is_some() || !self.making {
            self.destroy(evidence);
        }
    }

    fn destroy(&mut self, evidence: Evidence) {
        let (shell, home, page) = (self.shell.clone(), self.home.take(), self.page.take());
        let top = page
            .as_ref()
            .and_then(|page| self.sight.watcher_of(page.target.as_str()));
        let about = json!({ "service": self.pack.service.as_str(), "pack": self.pack.version, "status": self.sight.view(0).status });
        tokio::spawn(async move {
            if let (Evidence::Keep, Some(folder), Some(page)) = (evidence, &shell.outlines, &page) {
                let (cdp, session) = (&shell.cdp, &page.session);
                let kept = evidence::keep(
                    folder,
                    Scene {
                        cdp,
                        session,
                        place: top,
                        about,
                    },
                )
                .await;
                if let Some(path) = kept {
                    let _ = shell.results.send(Finished::Kept(shell.call, path));
                }
            }
            if let Some(home) = home {
                page::dispose(&shell.cdp, &home.context).await;
                shell.cdp.note(&note_key(shell.call), None);
            }
            let _ = shell.results.send(Finished::Closed(shell.call));
        });
    }

    // The page's life.

    /// The top frame shows another document.
    pub fn navigated(
        &self,
        url: &Private,
        unreachable: Option<&Private>,
        allowed: &AllowList,
    ) -> Option<Input> {
        let address = Url::parse(unreachable.unwrap_or(url).reveal()).ok()?;
        let fine = address.as_str() == "about:blank" || allowed.covers(&address);
        match (fine, unreachable) {
            (false, _) => Some(Input::Strayed),
            (true, Some(_)) => Some(Input::Unreachable),
            (true, None) => None,
        }
    }

    /// A world came to life; it is told what the room wants of every world.
    pub fn world_born(
        &mut self,
        place: Place,
        (name, frame): (&str, Option<FrameId>),
        notice: Option<&str>,
    ) {
        let top = self.page.as_ref().is_some_and(|page| {
            frame
                .as_ref()
                .is_some_and(|f| f.as_str() == page.target.as_str())
        });
        self.sight.born(place.clone(), name, frame);
        if name.is_empty() {
            let cleaning = self.shell.devices.cleaning;
            self.run_quietly(place.clone(), calls::cleaning(cleaning));
            if let Some(level) = self.volume {
                self.run_quietly(place.clone(), calls::volume(level));
            }
            for device in &self.gates {
                self.run_quietly(place.clone(), calls::gate(*device, Switch::Open));
            }
        } else if top && notice.is_some() {
            self.run_quietly(place, calls::notice(notice));
        }
    }

    /// Who cleans what the page captures, from now on.
    pub fn clean(&mut self, cleaning: Option<Cleaning>) {
        self.shell.devices.cleaning = cleaning;
        self.ask_probes(&calls::cleaning(cleaning));
    }

    /// A frame from another site is watched too.
    pub fn equip_child(&self, session: SessionId, waiting: bool) {
        let (shell, scripts) = (self.shell.clone(), self.scripts.clone());
        tokio::spawn(async move {
            if let Err(problem) = page::equip(&shell.cdp, &session, &scripts).await {
                tracing::debug!(%problem, "a frame cannot be watched");
            }
            if waiting {
                let go = Ask::page(&session, "Runtime.runIfWaitingForDebugger", json!({}));
                let _ = shell.cdp.ask::<Value>(go).await;
            }
        });
    }

    /// Shows the notice over the page, or takes it away.
    pub fn show_notice(&self, notice: Option<&str>) {
        let top = self
            .page
            .as_ref()
            .and_then(|page| self.sight.watcher_of(page.target.as_str()));
        if let Some(place) = top {
            self.run_quietly(place, calls::notice(notice));
        }
    }

    /// Asks the page for a sign of life when it is time.
    pub fn ping_if_due(&mut self) {
        let (Some(page), true) = (&self.page, self.machine.watched()) else {
            return;
        };
        if self.ping_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.ping_at = None;
        let (shell, session) = (self.shell.clone(), page.session.clone());
        tokio::spawn(async move {
            let ping = Ask::page(&session, "Runtime.evaluate", json!({ "expression": "1" }))
                .within(PING_WITHIN);
            let answers = !matches!(
                shell.cdp.ask::<Value>(ping).await,
                Err(CdpError::Timeout { .. })
            );
            let _ = shell.results.send(Finished::Answers(shell.call, answers));
        });
    }

    /// The sign of life came, or did not.
    pub fn ping_answered(&mut self) {
        self.ping_at = Some(Instant::now() + PING_EVERY);
    }

    /// Serves the page of our own that the browser asks for.
    pub fn serve(&self, request: String) {
        let own = self.door.as_ref().and_then(|door| door.own.clone());
        let (Some(page), Some(own)) = (self.page.clone(), own) else {
            return;
        };
        let cdp = self.shell.cdp.clone();
        tokio::spawn(async move {
            if let Err(problem) = page::serve(&cdp, &page.session, request, &own).await {
                tracing::warn!(%problem, "a page of our own could not be served");
            }
        });
    }

    // Orders.

    fn start_step(&self, order: StepOrder) {
        let place = self.sight.where_rule(order.rule);
        let Some(step) = self.pack.steps.get(&order.step).cloned() else {
            return;
        };
        let state = order.rule.map(|rule| self.pack.rules[rule].state);
        // Only the bar of a call hides, and entering must not wait for a mouse.
        let wake = if state == Some(PageState::Inside) {
            Wake::Yes
        } else {
            Wake::No
        };
        self.act((order.ticket, place, wake), move |doing| async move {
            doing.step(&step, order.text, order.insist).await
        });
    }

    fn act<F, D>(&self, (ticket, place, wake): (Ticket, Option<Place>, Wake), act: F)
    where
        F: FnOnce(Doing) -> D,
        D: Future<Output = Did> + Send + 'static,
    {
        let shell = self.shell.clone();
        let (Some(place), Some(page)) = (place, &self.page) else {
            let _ = shell
                .results
                .send(Finished::Did(shell.call, ticket, Did::Absent));
            return;
        };
        let doing = Doing {
            cdp: shell.cdp.clone(),
            page: page.session.clone(),
            place,
        };
        let mouse = (self.pack.controls_hide && wake == Wake::Yes).then(|| doing.clone());
        let done = act(doing);
        tokio::spawn(async move {
            if let Some(mouse) = mouse {
                mouse.wake().await;
            }
            let did = done.await;
            let _ = shell.results.send(Finished::Did(shell.call, ticket, did));
        });
    }

    fn gate(&mut self, device: Device, to: Switch) {
        match to {
            Switch::Open => self.gates.insert(device),
            Switch::Closed => self.gates.remove(&device),
        };
        self.ask_probes(&calls::gate(device, to));
    }

    /// One after the other; what a page that hangs cannot take in time is let go.
    fn pass_on(&mut self, hand: Hand) {
        let Some(page) = &self.page else {
            return;
        };
        let (cdp, session) = (&self.shell.cdp, &page.session);
        let hands = self
            .hands
            .get_or_insert_with(|| hand::task(cdp.clone(), session.clone()));
        let devices = [Device::Mic, Device::Camera];
        let guards = devices
            .iter()
            .filter_map(|one| self.sight.where_device(*one));
        let _ = hands.try_send(Order {
            hand,
            guards: guards.collect(),
            watchers: self.sight.watchers(),
        });
    }

    fn ask_probes(&self, call: &str) {
        for place in self.sight.probes() {
            self.run_quietly(place, call.to_owned());
        }
    }

    fn run_quietly(&self, place: Place, text: String) {
        let cdp = self.shell.cdp.clone();
        tokio::spawn(async move {
            let _ = evaluate::<Value>(&cdp, &place, text, Duration::from_secs(3)).await;
        });
    }
}

/// What a page of our own is allowed to run is known by this; nobody can guess it.
fn nonce() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}
