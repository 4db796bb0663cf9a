//! How many steps a room makes in a second: `cargo bench -p room-core`.

use divan::counter::ItemsCount;
use room_core::Room;
use room_core::event::{BrowserSeen, CallSeen, ClockHealth, Event, Origin, Press};
use room_core::ids::{CallId, HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{
    CalendarHealth, CalendarSeen, Conference, Meeting, MeetingStatus, Target,
};
use room_core::plan::{AfterCrash, AtEnd, JoinPolicy, Policy, RoomPlan};
use room_core::units::{Mono, Percent, Switch, Wall};
use std::time::Duration;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

fn main() {
    divan::main();
}

fn plan() -> RoomPlan {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    RoomPlan {
        name: "Room".to_owned(),
        display_name: "Room".to_owned(),
        standing: None,
        heads: Vec::new(),
        displays: Vec::new(),
        cameras: Vec::new(),
        fittings: Vec::new(),
        sound: None,
        preflight: None,
        pucks: Vec::new(),
        consents: Vec::new(),
        policy: Policy {
            join: JoinPolicy::ByItself,
            announce_before: minutes(15),
            warm_before: minutes(2),
            join_before: minutes(1),
            join_late_limit: minutes(10),
            alone_after: Some(minutes(10)),
            at_end: AtEnd::Stay,
            extend_by: minutes(15),
            join_limit: minutes(1),
            wait_limit: minutes(15),
            reconnect_limit: Duration::from_secs(30),
            rejoin_tries: 3,
            update_buttons: true,
            after_crash: AfterCrash::DarkAndSilent,
            display_off_after: None,
            volume_at_start: Percent::new(50),
            volume_limit: Percent::new(80),
        },
    }
}

fn meeting(number: usize, start: i64) -> Meeting {
    Meeting {
        id: MeetingId::new(format!("m{number}")),
        title: Private::new("Meeting"),
        organizer: None,
        start: Wall(start),
        end: Wall(start + HOUR),
        all_day: false,
        private: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: None,
        conference: Conference::At(Target::page(
            ServiceId::new("practice"),
            HostName::new("practice.example"),
            Private::new(format!("https://practice.example/{number}")),
            None,
        )),
    }
}

/// In the first of so many meetings, one an hour.
fn in_a_call(meetings: usize) -> Room {
    let mut room = Room::new(plan(), Mono(0));
    let starts = (0..meetings).map(|n| meeting(n, DAY + i64::try_from(n).unwrap_or(0) * HOUR));
    let events = [
        Event::Clock {
            wall: Wall(DAY),
            health: ClockHealth::Good,
        },
        Event::Browser(BrowserSeen::Ready),
        Event::Calendar(CalendarSeen {
            meetings: starts.collect(),
            health: CalendarHealth::Fresh,
        }),
        Event::Call(CallId(1), CallSeen::Mic(Switch::Closed)),
        Event::Call(CallId(1), CallSeen::Camera(Switch::Closed)),
        Event::Call(CallId(1), CallSeen::Inside),
        Event::Call(CallId(1), CallSeen::People(3)),
    ];
    for event in events {
        room.step(Mono(0), event);
    }
    room
}

/// Open and closed in turn, each seen.
#[divan::bench(args = [10, 100, 10_000])]
fn press_and_seen(bencher: divan::Bencher, meetings: usize) {
    let room = in_a_call(meetings);
    let press = |value| Event::Pressed {
        press: Press::Mic(value),
        origin: Origin::Panel,
    };
    let seen = |value| Event::Call(CallId(1), CallSeen::Mic(value));
    let turn = [Switch::Open, Switch::Closed].map(|value| [press(value), seen(value)]);
    let turn = turn.concat();
    bencher
        .counter(ItemsCount::new(turn.len()))
        .with_inputs(|| (room.clone(), turn.clone()))
        .bench_local_values(|(mut room, turn)| {
            for event in turn {
                divan::black_box(room.step(Mono(1), event));
            }
            room
        });
}

/// What the shell does after each step: the faces and the next deadline.
#[divan::bench(args = [10, 100, 10_000])]
fn view_and_deadline(bencher: divan::Bencher, meetings: usize) {
    let room = in_a_call(meetings);
    bencher
        .counter(ItemsCount::new(1usize))
        .bench_local(|| divan::black_box((room.view(), room.next_deadline())));
}
