//! A room that lives: the core with a browser of its own, and one meeting that it joins by itself. What the core decides
//! is carried out, and what was seen is told to it, as the daemon does; only the browser is there.

use call_browser::{
    Allowed, BrowserConfig, CameraChoice, CleaningChoice, Handle, Packs, PageSound, channel, run,
};
use room_core::Room;
use room_core::effect::Effect;
use room_core::event::{CallSeen, ClockHealth, Event, Origin, Press};
use room_core::ids::{CallId, HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{
    CalendarHealth, CalendarSeen, Conference, Meeting, MeetingStatus, Target,
};
use room_core::plan::{AfterCrash, AtEnd, JoinPolicy, Policy, RoomPlan};
use room_core::units::{Mono, Percent, Wall};
use room_core::view::{Phase, View};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

const MINUTE: i64 = 60_000;
/// Any moment will do: nothing here asks a calendar.
const NOW: i64 = 1_900_000_000_000;

/// The room and everything that was seen in its calls.
pub struct LivingRoom {
    room: Room,
    handle: Handle,
    events: mpsc::Receiver<Event>,
    began: Instant,
    /// What was seen, with its time.
    pub seen: Vec<(Instant, CallId, CallSeen)>,
    task: JoinHandle<()>,
}

impl Drop for LivingRoom {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl LivingRoom {
    /// A room whose meeting begins now, at this link.
    pub async fn start(socket: &Path, room_page: &str, link: &str, origin: &str) -> Self {
        let (handle, mut inbox) = channel();
        let (out, events) = mpsc::channel(1024);
        let config = BrowserConfig {
            socket: socket.to_owned(),
            room_page: room_page.to_owned(),
            packs: Packs::built_in().into(),
            allowed: vec![Allowed::parse(origin).unwrap()].into(),
            guest_mail: None,
            camera: CameraChoice::default(),
            sound: PageSound::default(),
            cleaning: CleaningChoice::default(),
            outlines_dir: None,
            keeper_met: Arc::default(),
        };
        let task = tokio::spawn(async move {
            let _ = run(config, &mut inbox, out).await;
        });
        let began = Instant::now();
        let mut living = Self {
            room: Room::new(plan(), Mono(0)),
            handle,
            events,
            began,
            seen: Vec::new(),
            task,
        };
        living.take(Event::Clock {
            wall: Wall(NOW),
            health: ClockHealth::Good,
        });
        let meetings = vec![meeting(link)];
        living.take(Event::Calendar(CalendarSeen {
            meetings,
            health: CalendarHealth::Fresh,
        }));
        living
    }

    fn now(&self) -> Mono {
        Mono(u64::try_from(self.began.elapsed().as_millis()).unwrap())
    }

    fn take(&mut self, event: Event) {
        if let Event::Call(call, seen) = &event {
            self.seen.push((Instant::now(), *call, seen.clone()));
        }
        for effect in self.room.step(self.now(), event) {
            match effect {
                Effect::Call(call, command) => self.handle.command(call, command),
                Effect::Screen(screen) => self.handle.screen(screen),
                Effect::Head { .. } | Effect::Display { .. } | Effect::Persist(_) => {}
                Effect::BrowserSound => self.handle.sound_anew(),
                Effect::BrowserAnew => self.handle.begin_anew(),
                Effect::Sound(_) | Effect::Preflight(_) | Effect::UpdatePuck(_) => {}
            }
        }
    }

    /// A finger on the panel.
    pub fn press(&mut self, press: Press) {
        let origin = Origin::Panel;
        self.take(Event::Pressed { press, origin });
    }

    /// Takes the next thing that happens; says whether that was the end.
    async fn next(&mut self, end: Instant) -> bool {
        let due = self.room.next_deadline().map(|(at, _)| at);
        let due = due.map(|at| self.began + Duration::from_millis(at.0 + 1));
        match timeout_at(due.unwrap_or(end).min(end), self.events.recv()).await {
            Ok(Some(event)) => self.take(event),
            Ok(None) => panic!("the browser's task ended; {}", self.story()),
            Err(_) => self.take(Event::Deadline),
        }
        Instant::now() >= end
    }

    /// Lives on until the faces show this.
    pub async fn until(&mut self, what: &str, shows: impl Fn(&View) -> bool, limit: Duration) {
        let end = Instant::now() + limit;
        while !shows(&self.room.view()) {
            let late = self.next(end).await;
            assert!(!late, "{what}: not within {limit:?}; {}", self.story());
        }
    }

    /// Lives on for a while.
    pub async fn live(&mut self, how_long: Duration) {
        let end = Instant::now() + how_long;
        while !self.next(end).await {}
    }

    /// Lives on until the room is in the call, and untroubled.
    pub async fn inside(&mut self, limit: Duration) {
        let in_call = |view: &View| matches!(view.phase, Phase::InCall { .. });
        self.until("in the call", in_call, limit).await;
    }

    /// What the faces show.
    pub fn view(&self) -> View {
        self.room.view()
    }

    /// When its life began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        let calls: BTreeSet<CallId> = self.seen.iter().map(|(_, call, _)| *call).collect();
        calls.len()
    }

    /// Whether this was seen since then.
    pub fn saw_since(&self, since: Instant, wanted: &CallSeen) -> bool {
        let mut late = self.seen.iter().filter(|(at, ..)| *at >= since);
        late.any(|(_, _, seen)| seen == wanted)
    }

    /// What was seen, and when, for people who read a failure.
    pub fn story(&self) -> String {
        let line = |(at, call, seen): &(Instant, CallId, CallSeen)| {
            let at = at.duration_since(self.began).as_millis();
            format!("\n{at:>7} {call} {seen:?}")
        };
        let lines: String = self.seen.iter().map(line).collect();
        format!("shows {:?} after{lines}", self.room.view().phase)
    }
}

fn plan() -> RoomPlan {
    RoomPlan {
        consents: Vec::new(),
        name: "Raum 2.07".to_owned(),
        display_name: "Raum 2.07".to_owned(),
        standing: None,
        heads: Vec::new(),
        displays: Vec::new(),
        cameras: Vec::new(),
        fittings: Vec::new(),
        sound: None,
        preflight: None,
        pucks: Vec::new(),
        policy: Policy {
            join: JoinPolicy::ByItself,
            announce_before: Duration::from_secs(900),
            warm_before: Duration::from_secs(120),
            join_before: Duration::from_secs(30),
            join_late_limit: Duration::from_secs(600),
            alone_after: Some(Duration::from_secs(600)),
            at_end: AtEnd::Stay,
            extend_by: Duration::from_secs(900),
            join_limit: Duration::from_secs(90),
            wait_limit: Duration::from_secs(900),
            reconnect_limit: Duration::from_secs(20),
            rejoin_tries: 3,
            update_buttons: true,
            after_crash: AfterCrash::DarkAndSilent,
            display_off_after: None,
            volume_at_start: Percent::new(50),
            volume_limit: Percent::new(100),
        },
    }
}

fn meeting(link: &str) -> Meeting {
    Meeting {
        id: MeetingId::new("budget"),
        title: Private::new("Haushalt"),
        organizer: None,
        start: Wall(NOW),
        end: Wall(NOW + 60 * MINUTE),
        all_day: false,
        private: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: None,
        conference: Conference::At(Target::page(
            ServiceId::new("bbb"),
            HostName::new("bbb.example"),
            Private::new(link),
            None,
        )),
    }
}
