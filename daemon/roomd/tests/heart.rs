//! The event loop with hands of our own, in virtual time: what comes in, what goes out, what faces get.

use room_core::Room;
use room_core::effect::{CallCommand, HeadCommand, Screen};
use room_core::event::{
    BrowserSeen, CallSeen, Event, HeadPress, HeadSeen, JoinStep, Origin, Press,
};
use room_core::ids::{CallId, HeadId, HostName, MeetingId, Private, RequestId, ServiceId};
use room_core::meeting::{
    CalendarHealth, CalendarSeen, Conference, Meeting, MeetingStatus, Target,
};
use room_core::units::{PresetNumber, Switch, Wall};
use room_core::view::{Phase, View};
use room_profile::{SourceFile, Sources};
use roomd::calls::Calls;
use roomd::clock::{self, Clock, Doubt};
use roomd::event_loop::Loop;
use roomd::faces::Metrics;
use roomd::hands::Hands;
use roomd::inbox::{self, Doors};
use roomd::recorder::Recorder;
use roomd::story::Story;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const ROOM: &str = r#"
[room]
name = "Saal"
[policy]
join = "by-itself"
join_before = "30 s"
[heads.front]
serial = "/dev/null"
presets = [{ number = 3, name = "Pult" }]
"#;

fn plan() -> room_core::plan::RoomPlan {
    let model = include_str!("../../../boards/devices/ptz/common.toml");
    let sources = Sources {
        room: SourceFile::new("room.toml", ROOM),
        board: None,
        boards: Vec::new(),
        ptz_models: vec![("common".into(), SourceFile::new("common.toml", model))],
        display_models: Vec::new(),
        services: Vec::new(),
        camera_models: Vec::new(),
        audio_models: Vec::new(),
        folder: "/".into(),
    };
    room_profile::check(&sources)
        .expect("the room is right")
        .plan
}

/// What was asked of the hands.
#[derive(Debug, PartialEq)]
enum Asked {
    Call(CallId, CallCommand),
    Screen(Screen),
    Head(RequestId, HeadCommand),
}

struct Heart {
    doors: Doors,
    views: watch::Receiver<Arc<View>>,
    asked: mpsc::UnboundedReceiver<Asked>,
    recorder: Recorder,
    task: JoinHandle<()>,
}

fn beat() -> Heart {
    let (ask, asked) = mpsc::unbounded_channel();
    let (calls, screens, heads) = (ask.clone(), ask.clone(), ask);
    let mut hands = Hands {
        calls: Calls::new(
            Some(Box::new(move |id, command| {
                drop(calls.send(Asked::Call(id, command)))
            })),
            None,
        ),
        screen: Some(Box::new(move |screen| {
            drop(screens.send(Asked::Screen(screen)))
        })),
        ..Hands::default()
    };
    let hand = move |request, command| drop(heads.send(Asked::Head(request, command)));
    hands.heads.insert(HeadId::new("front"), Box::new(hand));
    let clock = Clock::start();
    let room = Room::new(plan(), clock.now());
    let (doors, inbox) = inbox::channel();
    let (views_in, views) = watch::channel(Arc::new(room.view()));
    let recorder = Recorder::default();
    let mut heart = Loop {
        room,
        clock,
        doubt: Doubt::default(),
        inbox,
        hands,
        views: views_in,
        metrics: Metrics::new(),
        recorder: recorder.clone(),
        story: Story::default(),
    };
    heart.begin(None);
    let task = tokio::spawn(heart.run());
    Heart {
        doors,
        views,
        asked,
        recorder,
        task,
    }
}

impl Heart {
    async fn tell(&self, event: Event) {
        self.doors
            .events
            .send(event)
            .await
            .expect("the loop listens");
    }

    async fn asked(&mut self) -> Asked {
        let hour = Duration::from_secs(3600);
        timeout(hour, self.asked.recv())
            .await
            .expect("something is asked")
            .expect("the loop lives")
    }

    async fn shows(&mut self, what: impl Fn(&View) -> bool) -> Arc<View> {
        let hour = Duration::from_secs(3600);
        let view = timeout(hour, self.views.wait_for(|view| what(view))).await;
        view.expect("it is shown").expect("the loop lives").clone()
    }
}

fn meeting(start: Wall) -> Meeting {
    Meeting {
        id: MeetingId::new("m1"),
        title: Private::new("Jour fixe"),
        organizer: None,
        start,
        end: start.plus(Duration::from_secs(1800)),
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
    }
}

fn booked(start: Wall) -> Event {
    Event::Calendar(CalendarSeen {
        meetings: vec![meeting(start)],
        health: CalendarHealth::Fresh,
    })
}

#[tokio::test(start_paused = true)]
async fn a_room_that_joins_by_itself_does_so_at_its_time_without_any_other_event() {
    let mut heart = beat();
    heart.tell(Event::Browser(BrowserSeen::Ready)).await;
    heart
        .tell(booked(clock::wall().plus(Duration::from_secs(600))))
        .await;
    heart
        .shows(|view| matches!(view.phase, Phase::Announced { .. }))
        .await;
    let began = tokio::time::Instant::now();
    let call = loop {
        match heart.asked().await {
            Asked::Call(call, CallCommand::Warm(_)) => {
                heart.tell(Event::Call(call, CallSeen::Warm)).await;
            }
            Asked::Call(call, CallCommand::Join(_)) => break call,
            _ => {}
        }
    };
    let waited = began.elapsed();
    assert!(
        waited.abs_diff(Duration::from_secs(570)) < Duration::from_secs(5),
        "{waited:?}"
    );
    heart
        .tell(Event::Call(call, CallSeen::Entering(JoinStep::Knocking)))
        .await;
    heart
        .tell(Event::Call(call, CallSeen::Mic(Switch::Closed)))
        .await;
    heart.tell(Event::Call(call, CallSeen::Inside)).await;
    heart
        .shows(|view| matches!(view.phase, Phase::InCall { .. }))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_press_reaches_its_head_and_the_answer_is_shown() {
    let mut heart = beat();
    let head = HeadId::new("front");
    heart
        .tell(Event::Head(head.clone(), HeadSeen::Online))
        .await;
    heart
        .tell(Event::Head(head.clone(), HeadSeen::Power(Switch::Open)))
        .await;
    let press = Press::Head(head, HeadPress::Preset(PresetNumber(3)));
    heart
        .doors
        .presses
        .send((press, Origin::Panel))
        .await
        .expect("the loop listens");
    let request = loop {
        if let Asked::Head(request, HeadCommand::Recall(number)) = heart.asked().await {
            assert_eq!(number, PresetNumber(3));
            break request;
        }
    };
    heart
        .tell(Event::Done {
            request,
            outcome: room_core::event::Outcome::Done,
        })
        .await;
    heart
        .shows(|view| view.heads[0].at_preset == Some(PresetNumber(3)))
        .await;
}

#[tokio::test(start_paused = true)]
async fn ending_waits_for_the_last_command_but_not_for_ever() {
    let mut heart = beat();
    let head = HeadId::new("front");
    heart
        .tell(Event::Head(head.clone(), HeadSeen::Online))
        .await;
    heart
        .tell(Event::Head(head.clone(), HeadSeen::Power(Switch::Open)))
        .await;
    let at = HeadSeen::At {
        position: room_core::units::Position::default(),
        moving: true,
    };
    heart.tell(Event::Head(head, at)).await;
    heart.tell(Event::Stopping).await;
    while !matches!(heart.asked().await, Asked::Head(_, HeadCommand::Stop)) {}
    let began = tokio::time::Instant::now();
    timeout(Duration::from_secs(60), heart.task)
        .await
        .expect("it ends")
        .expect("without a panic");
    assert!(
        began.elapsed() <= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_recorded_plays_the_same_again() {
    let mut heart = beat();
    heart.tell(Event::Browser(BrowserSeen::Ready)).await;
    heart
        .tell(booked(clock::wall().plus(Duration::from_secs(60))))
        .await;
    heart
        .shows(|view| matches!(view.phase, Phase::Announced { .. }))
        .await;
    for pan in 0..3000 {
        let position = room_core::units::Position {
            pan,
            ..Default::default()
        };
        heart
            .tell(Event::Head(
                HeadId::new("front"),
                HeadSeen::At {
                    position,
                    moving: true,
                },
            ))
            .await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = heart
        .recorder
        .dump(folder.path(), "test")
        .expect("it is written");
    let text = std::fs::read_to_string(path).expect("it is there");
    assert!(!text.contains("Jour fixe"), "nothing private is recorded");
    let mut said = Vec::new();
    let outcome = roomd::replay::replay(text.as_bytes(), &mut said).expect("it can be played");
    assert!(outcome.steps > 20, "{outcome:?}");
    assert_eq!(outcome.different, 0, "{}", String::from_utf8_lossy(&said));
}
