//! The heart: one event after the other, the room's answer, its effects handed on, its view published when it changed.
//! Knows no device, no wire and no face; decides nothing.

use crate::clock::{self, Clock, Doubt, WallTicks};
use crate::faces::Metrics;
use crate::hands::Hands;
use crate::inbox::{Inbox, Round};
use crate::recorder::Recorder;
use crate::story::{self, Story};
use crate::watchdog::Heartbeat;
use room_core::Room;
use room_core::effect::Effect;
use room_core::event::{Event, HeadPress, Origin, Press};
use room_core::ids::RequestId;
use room_core::view::{HeadState, View};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, trace};

/// When a stopping daemon's last commands are not answered by then, it ends all the same.
const LAST_COMMANDS: Duration = Duration::from_millis(500);

/// What the loop is made of.
pub struct Loop {
    /// The room.
    pub room: Room,
    /// The clock that the room counts by.
    pub clock: Clock,
    /// Whether the wall clock can be believed.
    pub doubt: Doubt,
    /// Everything that comes in.
    pub inbox: Inbox,
    /// Everything that goes out to devices.
    pub hands: Hands,
    /// Everything that goes out to faces.
    pub views: watch::Sender<Arc<View>>,
    /// Counts for IT.
    pub metrics: Metrics,
    /// Keeps the last steps.
    pub recorder: Recorder,
    /// Tells the room keeper.
    pub story: Story,
}

impl Loop {
    /// Takes what was remembered, when there is anything, and reads the clock: afterwards there is something to show.
    pub fn begin(&mut self, remembered: Option<Event>) {
        let clock = clock::event(&self.doubt);
        for event in remembered.into_iter().chain([clock]) {
            self.turn(event);
        }
    }

    /// Works until it is told that the daemon stops.
    pub async fn run(mut self) {
        let mut ticks = WallTicks::start();
        let mut heart = Heartbeat::start();
        loop {
            let round = self.next(&mut ticks, &mut heart).await;
            for (index, event) in round.events.into_iter().enumerate() {
                let stopping = matches!(event, Event::Stopping);
                let asked = if stopping {
                    self.stop(event)
                } else {
                    self.turn(event)
                };
                if index < round.at_faces {
                    self.metrics.press_seen();
                }
                if stopping {
                    return self.last_commands(asked).await;
                }
            }
        }
    }

    /// Nobody would end a move once the driver is gone, so heads that move are stopped first, as by a press.
    fn stop(&mut self, stopping: Event) -> BTreeSet<RequestId> {
        let heads = self.views.borrow().heads.clone();
        let moving = heads
            .into_iter()
            .filter(|head| head.state == HeadState::Moving);
        let mut asked = BTreeSet::new();
        for head in moving {
            let press = Press::Head(head.id, HeadPress::Stop);
            asked.extend(self.turn(Event::Pressed {
                press,
                origin: Origin::Console,
            }));
        }
        asked.extend(self.turn(stopping));
        asked
    }

    async fn next(&mut self, ticks: &mut WallTicks, heart: &mut Heartbeat) -> Round {
        let deadline = self.room.next_deadline();
        let wake = deadline.as_ref().map(|(at, _)| self.clock.instant(*at));
        let alone = |event| Round {
            events: vec![event],
            at_faces: 0,
        };
        loop {
            tokio::select! {
                biased;
                () = heart.next() => heart.feed(),
                () = ticks.next() => return alone(clock::event(&self.doubt)),
                () = until(wake) => {
                    debug!(why = ?deadline.map(|(_, why)| why), "a deadline");
                    return alone(Event::Deadline);
                }
                round = self.inbox.next() => return round,
            }
        }
    }

    /// One event, its effects, and the view that followed. Returns the commands that will be answered.
    fn turn(&mut self, event: Event) -> BTreeSet<RequestId> {
        let began = Instant::now();
        let cause = story::cause(&event);
        let mut asked = BTreeSet::new();
        let mut queue = VecDeque::from([event]);
        while let Some(event) = queue.pop_front() {
            for effect in self.step(event) {
                if let Effect::Head { request, .. } = &effect {
                    asked.insert(*request);
                }
                queue.extend(self.hands.start(effect));
            }
        }
        let view = self.room.view();
        self.story.tell(&view, &cause);
        self.views.send_if_modified(|published| {
            let changed = **published != view;
            if changed {
                *published = Arc::new(view);
            }
            changed
        });
        self.metrics.stepped(began.elapsed());
        asked
    }

    fn step(&mut self, event: Event) -> Vec<Effect> {
        let now = self.clock.now();
        trace!(now = now.0, ?event, "seen");
        self.recorder.begin(now, &event, &self.room);
        let effects: Vec<Effect> = self.room.step(now, event).into_iter().collect();
        let wakes = self
            .room
            .next_deadline()
            .map(|(at, why)| (at, format!("{why:?}")));
        self.recorder.end(&effects, wakes);
        effects
    }

    /// Gives the last commands, such as a stop for a head that moves, a moment to be answered.
    async fn last_commands(&mut self, mut asked: BTreeSet<RequestId>) {
        let answered = async {
            while !asked.is_empty() {
                let round = self.inbox.next().await;
                if round.events.is_empty() {
                    return;
                }
                for event in round.events {
                    if let Event::Done { request, .. } = event {
                        asked.remove(&request);
                    }
                }
            }
        };
        if timeout(LAST_COMMANDS, answered).await.is_err() {
            debug!("the last commands were not answered in time");
        }
    }
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
