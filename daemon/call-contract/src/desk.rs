//! Sits between the room and its browser with the seam of both: commands come in at one side, facts at the other.
//! Calls whose server has a contract are talked over here first; all others pass through untouched, in order.
//! Owns all I/O of the talks; decides nothing about them.

use crate::contract::{Answer, Heard, Request};
use crate::http::Http;
use crate::route::Door;
use crate::talk::{Goal, Next, Talk, Told};
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{BrowserSeen, CallSeen, EndReason, Event};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, Private};
use room_core::units::{Mono, Switch};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};
use url::Url;

/// The operator's table: what stands at this host (lower case) and port; `None`: nothing that may be opened.
pub type Table = Arc<dyn Fn(&str, u16) -> Option<Door> + Send + Sync>;

/// Asks things of calls. Cheap to clone; never waits.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: mpsc::UnboundedSender<(CallId, CallCommand)>,
}

/// What the desk takes in.
#[derive(Debug)]
pub struct Inbox {
    commands: mpsc::UnboundedReceiver<(CallId, CallCommand)>,
    browser: mpsc::Receiver<Event>,
}

/// The handle for the room, the sender for the browser's facts, and the desk's end of both.
///
/// What waits is bounded by the room, which asks for nothing twice before an answer or a deadline.
pub fn channel() -> (Handle, mpsc::Sender<Event>, Inbox) {
    let (sender, commands) = mpsc::unbounded_channel();
    let (facts, browser) = mpsc::channel(64);
    (
        Handle { commands: sender },
        facts,
        Inbox { commands, browser },
    )
}

impl Handle {
    /// Asks something of a call.
    pub fn command(&self, call: CallId, command: CallCommand) {
        // Without a desk the daemon is ending.
        let _ = self.commands.send((call, command));
    }
}

/// Works until nobody asks or nobody listens any more.
pub async fn run<B>(table: Table, inbox: &mut Inbox, browser: B, out: mpsc::Sender<Event>)
where
    B: FnMut(CallId, CallCommand) + Send,
{
    let (results, mut came) = mpsc::channel(64);
    let mut desk = Desk {
        table,
        browser,
        out,
        results,
        began: Instant::now(),
        seats: BTreeMap::new(),
        theirs: BTreeSet::new(),
        last_serial: 0,
    };
    loop {
        let due = desk.due();
        let heard = tokio::select! {
            command = inbox.commands.recv() => match command {
                Some((call, command)) => desk.command(call, command).await,
                None => return,
            },
            Some(event) = inbox.browser.recv() => desk.seen(event).await,
            Some(result) = came.recv() => desk.came(result).await,
            () = sleep_until(due) => desk.is_due().await,
        };
        if heard.is_err() {
            return;
        }
    }
}

/// Events are not taken any more.
struct NobodyListens;

/// What a task brought.
enum Came {
    Answer(CallId, u64, Option<Answer>),
    Heard(CallId, u64, Option<Heard>),
}

/// A call that is talked over.
struct Seat {
    talk: Talk,
    http: Http,
    asking: Option<Errand>,
    listening: Option<Errand>,
    /// What the page is to be told once it is there.
    held: Vec<CallCommand>,
}

/// A task with a number, ended when it is dropped; what an older one still brings is ignored.
struct Errand {
    serial: u64,
    task: AbortHandle,
}

impl Drop for Errand {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Desk<B> {
    table: Table,
    browser: B,
    out: mpsc::Sender<Event>,
    results: mpsc::Sender<Came>,
    began: Instant,
    seats: BTreeMap<CallId, Seat>,
    /// Calls that the browser has: all that is said of them is for it.
    theirs: BTreeSet<CallId>,
    last_serial: u64,
}

impl<B> fmt::Debug for Desk<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("calls", &self.seats.keys())
            .finish_non_exhaustive()
    }
}

impl<B: FnMut(CallId, CallCommand) + Send> Desk<B> {
    fn now(&self) -> Mono {
        Mono(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn due(&self) -> Instant {
        let deadlines = self.seats.values().filter_map(|seat| seat.talk.deadline());
        let next = deadlines
            .min()
            .map(|at| self.began + Duration::from_millis(at.0.saturating_add(1)));
        next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    async fn is_due(&mut self) -> Result<(), NobodyListens> {
        let now = self.now();
        let due = |seat: &Seat| seat.talk.deadline().is_some_and(|at| at <= now);
        let calls: Vec<CallId> = self
            .seats
            .iter()
            .filter(|(_, seat)| due(seat))
            .map(|(call, _)| *call)
            .collect();
        for call in calls {
            self.tell(call, Told::Tick).await?;
        }
        Ok(())
    }

    async fn command(&mut self, call: CallId, command: CallCommand) -> Result<(), NobodyListens> {
        if !self.seats.contains_key(&call) {
            return match command {
                CallCommand::Warm(request) if !self.theirs.contains(&call) => {
                    self.begin(call, request, Goal::Warm).await
                }
                CallCommand::Join(request) if !self.theirs.contains(&call) => {
                    self.begin(call, request, Goal::Inside).await
                }
                command => {
                    self.pass_on(call, command);
                    Ok(())
                }
            };
        }
        match command {
            CallCommand::Join(request) => self.tell(call, Told::Join(request)).await,
            CallCommand::Passcode(code) => self.tell(call, Told::Passcode(code)).await,
            CallCommand::Leave => {
                self.leave(call);
                self.say(call, CallSeen::Over(EndReason::Left)).await
            }
            CallCommand::Drop => {
                self.leave(call);
                Ok(())
            }
            CallCommand::Mic(_) | CallCommand::Camera(_) | CallCommand::Volume(_) => {
                if let Some(seat) = self.seats.get_mut(&call) {
                    seat.hold(command);
                }
                Ok(())
            }
            // It is under way already; and there is no page that could be adopted, asked for consent, be touched or be heard.
            CallCommand::Warm(_)
            | CallCommand::Adopt(_)
            | CallCommand::Agree(_)
            | CallCommand::Hand(_)
            | CallCommand::SoundAnew => Ok(()),
        }
    }

    fn pass_on(&mut self, call: CallId, command: CallCommand) {
        match command {
            CallCommand::Drop => self.theirs.remove(&call),
            _ => self.theirs.insert(call),
        };
        (self.browser)(call, command);
    }

    /// Talks it over when its server may have a contract, else leaves it to the browser.
    async fn begin(
        &mut self,
        call: CallId,
        request: CallRequest,
        goal: Goal,
    ) -> Result<(), NobodyListens> {
        let Some((talk, http)) = self.talk(&request, goal) else {
            self.pass_on(call, asked_of_browser(goal, request));
            return Ok(());
        };
        self.seats.insert(
            call,
            Seat {
                talk,
                http,
                asking: None,
                listening: None,
                held: Vec::new(),
            },
        );
        let now = self.now();
        let next = self.seats.get_mut(&call).map(|seat| seat.talk.begin(now));
        self.carry_out(call, next.unwrap_or_default()).await
    }

    fn talk(&self, request: &CallRequest, goal: Goal) -> Option<(Talk, Http)> {
        let link = Url::parse(request.way()?.place().reveal()).ok()?;
        let door = self.door(&link)?;
        let talk = Talk::new(request.clone(), door, goal)?;
        match Http::new(&link) {
            Ok(http) => Some((talk, http)),
            Err(error) => {
                warn!(%error, "conferences are entered by their pages alone");
                None
            }
        }
    }

    fn door(&self, link: &Url) -> Option<Door> {
        (self.table)(link.host_str()?, link.port_or_known_default()?)
    }

    async fn tell(&mut self, call: CallId, told: Told) -> Result<(), NobodyListens> {
        let now = self.now();
        let Some(seat) = self.seats.get_mut(&call) else {
            return Ok(());
        };
        if matches!(told, Told::Join(_)) {
            seat.asking = None;
            seat.listening = None;
        }
        let next = seat.talk.step(now, told);
        self.carry_out(call, next).await
    }

    async fn carry_out(&mut self, call: CallId, next: Vec<Next>) -> Result<(), NobodyListens> {
        for next in next {
            match next {
                Next::Ask(request) => self.ask(call, request),
                Next::Listen(request) => self.listen(call, request),
                Next::Say(seen) => self.say(call, seen).await?,
                Next::HandOver(link) => self.hand_over(call, link).await?,
            }
        }
        if self.seats.get(&call).is_some_and(|seat| seat.talk.over()) {
            self.leave(call);
        }
        Ok(())
    }

    fn serial(&mut self) -> u64 {
        self.last_serial += 1;
        self.last_serial
    }

    fn ask(&mut self, call: CallId, request: Request) {
        let serial = self.serial();
        let results = self.results.clone();
        let Some(seat) = self.seats.get_mut(&call) else {
            return;
        };
        let contract = seat.talk.kind().map_or("", crate::route::Kind::name);
        debug!(%call, contract, ?request, "asks");
        let http = seat.http.clone();
        let task = tokio::spawn(async move {
            let answer = match http.ask(request).await {
                Ok(answer) => Some(answer),
                Err(error) => {
                    debug!(%call, %error, "no answer");
                    None
                }
            };
            let _ = results.send(Came::Answer(call, serial, answer)).await;
        });
        seat.asking = Some(Errand {
            serial,
            task: task.abort_handle(),
        });
    }

    fn listen(&mut self, call: CallId, request: Request) {
        let serial = self.serial();
        let results = self.results.clone();
        let Some(seat) = self.seats.get_mut(&call) else {
            return;
        };
        let http = seat.http.clone();
        let task = tokio::spawn(async move {
            let (events, mut heard) = mpsc::channel(16);
            let listens = async {
                if let Err(error) = http.listen(request, events).await {
                    debug!(%call, %error, "nothing to listen to");
                }
            };
            let hands_on = async {
                while let Some(event) = heard.recv().await {
                    if results
                        .send(Came::Heard(call, serial, Some(event)))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            };
            tokio::join!(listens, hands_on);
            let _ = results.send(Came::Heard(call, serial, None)).await;
        });
        seat.listening = Some(Errand {
            serial,
            task: task.abort_handle(),
        });
    }

    async fn came(&mut self, came: Came) -> Result<(), NobodyListens> {
        let (call, serial, told, heard) = match came {
            Came::Answer(call, serial, Some(answer)) => {
                (call, serial, Told::Answered(answer), false)
            }
            Came::Answer(call, serial, None) => (call, serial, Told::Unanswered, false),
            Came::Heard(call, serial, Some(heard)) => (call, serial, Told::Heard(heard), true),
            Came::Heard(call, serial, None) => (call, serial, Told::Deaf, true),
        };
        let errand = self.seats.get(&call).and_then(|seat| match heard {
            true => seat.listening.as_ref(),
            false => seat.asking.as_ref(),
        });
        if errand.is_none_or(|errand| errand.serial != serial) {
            return Ok(());
        }
        self.tell(call, told).await
    }

    /// The browser takes over: with the link that was found, on a host that the operator allows, or with the invitation's.
    async fn hand_over(
        &mut self,
        call: CallId,
        link: Option<Private>,
    ) -> Result<(), NobodyListens> {
        let Some(seat) = self.seats.remove(&call) else {
            return Ok(());
        };
        let mut request = seat.talk.request().clone();
        if let Some(link) = link
            && let Some(mut target) = request.target.take()
        {
            let url = Url::parse(link.reveal()).ok();
            let Some(door) = url.as_ref().and_then(|url| self.door(url)) else {
                let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
                warn!(%call, host, "the conference is on a host that is not allowed");
                return self
                    .say(call, CallSeen::Failed(CallFailure::StrayHost))
                    .await;
            };
            target.service = door.service;
            request.target = Some(target.at_page(link));
        }
        self.pass_on(call, asked_of_browser(seat.talk.goal(), request));
        for command in &seat.held {
            self.pass_on(call, command.clone());
        }
        Ok(())
    }

    /// Ends the talk, saying to the server what is still to be said.
    fn leave(&mut self, call: CallId) {
        if let Some(seat) = self.seats.remove(&call)
            && let Some(request) = seat.talk.farewell()
        {
            let http = seat.http.clone();
            tokio::spawn(async move {
                let _ = http.ask(request).await;
            });
        }
    }

    /// A fact of the browser passes on. Calls that have no page yet are none of its business, but when it is gone, the
    /// room counts every call as lost and asks for a new one.
    async fn seen(&mut self, event: Event) -> Result<(), NobodyListens> {
        match &event {
            Event::Browser(BrowserSeen::Gone) => {
                self.theirs.clear();
                let calls: Vec<CallId> = self.seats.keys().copied().collect();
                for call in calls {
                    self.leave(call);
                }
            }
            Event::Call(call, CallSeen::Over(_) | CallSeen::Failed(_)) => {
                self.theirs.remove(call);
            }
            _ => {}
        }
        self.out.send(event).await.map_err(|_| NobodyListens)
    }

    async fn say(&mut self, call: CallId, seen: CallSeen) -> Result<(), NobodyListens> {
        self.out
            .send(Event::Call(call, seen))
            .await
            .map_err(|_| NobodyListens)
    }
}

impl Seat {
    /// Keeps the newest of a kind. Nothing that opens is kept: whoever wants that says it to a page that is there.
    fn hold(&mut self, command: CallCommand) {
        self.held
            .retain(|older| discriminant(older) != discriminant(&command));
        let opens = matches!(
            command,
            CallCommand::Mic(Switch::Open) | CallCommand::Camera(Switch::Open)
        );
        if !opens {
            self.held.push(command);
        }
    }
}

fn asked_of_browser(goal: Goal, request: CallRequest) -> CallCommand {
    match goal {
        Goal::Warm => CallCommand::Warm(request),
        Goal::Inside => CallCommand::Join(request),
    }
}
