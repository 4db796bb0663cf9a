//! What a room keeper reads of one meeting. Alone in its process: a log has one reader.

use room_core::Room;
use room_core::effect::{CallCommand, Effect};
use room_core::event::{BrowserSeen, CallSeen, ClockHealth, EndReason, Event, JoinStep};
use room_core::hand::Consent;
use room_core::ids::{CallId, HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{
    CalendarHealth, CalendarSeen, Conference, Meeting, MeetingStatus, Target,
};
use room_core::units::{Mono, Wall};
use room_profile::{SourceFile, Sources};
use roomd::story::{Story, cause};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

const START: Wall = Wall(1_800_000_600_000);

fn room() -> Room {
    let text = "[room]\nname = \"Saal\"\n[policy]\njoin = \"by-itself\"\njoin_before = \"30 s\"\n\
        [consent]\npractice = [\"terms\"]\n";
    let sources = Sources {
        room: SourceFile::new("room.toml", text),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: vec!["practice".to_owned()],
        camera_models: Vec::new(),
        audio_models: Vec::new(),
        folder: "/".into(),
    };
    Room::new(
        room_profile::check(&sources)
            .expect("the room is right")
            .plan,
        Mono(0),
    )
}

fn booked() -> Event {
    let meeting = Meeting {
        id: MeetingId::new("m1"),
        title: Private::new("Jour fixe"),
        organizer: None,
        start: START,
        end: Wall(START.0 + 1_800_000),
        all_day: false,
        private: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: None,
        conference: Conference::At(Target::page(
            ServiceId::new("practice"),
            HostName::new("127.0.0.1"),
            Private::new("http://127.0.0.1/practice/a"),
            None,
        )),
    };
    Event::Calendar(CalendarSeen {
        meetings: vec![meeting],
        health: CalendarHealth::Fresh,
    })
}

/// A room whose devices obey at once.
struct Told {
    room: Room,
    story: Story,
    now: u64,
    call: Option<CallId>,
}

impl Told {
    fn tell(&mut self, after: u64, event: Event) {
        self.now += after;
        let mut queue = VecDeque::from([event]);
        while let Some(event) = queue.pop_front() {
            let why = cause(&event);
            let effects = self.room.step(Mono(self.now), event);
            self.story.tell(&self.room.view(), &why);
            queue.extend(effects.into_iter().filter_map(|effect| self.obey(effect)));
        }
    }

    fn obey(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Screen(screen) => Some(Event::Screen(screen)),
            Effect::Call(call, command) => {
                self.call = Some(call);
                let seen = match command {
                    CallCommand::Warm(_) => CallSeen::Warm,
                    CallCommand::Mic(to) => CallSeen::Mic(to),
                    CallCommand::Camera(to) => CallSeen::Camera(to),
                    CallCommand::Volume(to) => CallSeen::Volume(to),
                    _ => return None,
                };
                Some(Event::Call(call, seen))
            }
            Effect::Head { .. } | Effect::Display { .. } | Effect::Persist(_) => None,
            Effect::Sound(_) | Effect::BrowserSound | Effect::BrowserAnew => None,
            Effect::Preflight(_) | Effect::UpdatePuck(_) => None,
        }
    }

    fn seen(&mut self, after: u64, seen: CallSeen) {
        let call = self.call.expect("there is a call");
        self.tell(after, Event::Call(call, seen));
    }
}

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_meeting_takes_fewer_than_ten_lines_of_log() {
    let page = Page::default();
    let writer = page.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mut told = Told {
        room: room(),
        story: Story::default(),
        now: 0,
        call: None,
    };
    told.tell(
        0,
        Event::Clock {
            wall: Wall(START.0 - 600_000),
            health: ClockHealth::Good,
        },
    );
    told.tell(10, Event::Browser(BrowserSeen::Ready));
    told.tell(10, booked());
    told.tell(485_000, Event::Deadline);
    told.tell(90_000, Event::Deadline);
    for step in [JoinStep::Opening, JoinStep::FillingIn, JoinStep::Knocking] {
        told.seen(300, CallSeen::Entering(step));
    }
    told.seen(100, CallSeen::ConsentAsked(Consent::Terms));
    told.seen(100, CallSeen::Agreed(Consent::Terms));
    told.seen(100, CallSeen::Inside);
    for people in 1..50 {
        told.seen(20_000, CallSeen::People(people));
    }
    told.seen(100, CallSeen::Over(EndReason::EndedByHost));
    told.tell(600_000, Event::Deadline);

    let text = String::from_utf8(page.0.lock().expect("not poisoned").clone()).expect("text");
    assert!((4..10).contains(&text.lines().count()), "{text}");
    for part in [
        "announced",
        "joining",
        "the room agreed, as the operator had laid down kind=\"terms\"",
        "in call",
        "ended by the host",
        "standby",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(
        !text.contains("Jour fixe") && !text.contains("/practice/a"),
        "{text}"
    );
}
