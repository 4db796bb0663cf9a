//! Random things that may happen to a room, leaning towards what is likely to matter.
//! An op names calls and requests by their role, so that it keeps its meaning while a case is made smaller.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use room_core::effect::{CallCommand, Effect, Screen};
use room_core::event::{
    BrowserSeen, CallSeen, CameraSeen, ClockHealth, DisplayInput, DisplayPower, DisplaySeen, Drive,
    EndReason, EndSeen, Event, FittingSeen, Flow, HeadPress, HeadSeen, JoinStep, Key, KeyPress,
    LensSeen, MediaSeen, Origin, Outcome, PersonNeeded, PictureSeen, Presence, Press, SoundEnd,
    Trouble, WaitingFor,
};
use room_core::failure::{CallFailure, CameraFailure, DisplayFailure, FittingFailure, HeadFailure};
use room_core::failure::{FirmwareFailure, SoundFailure, SoundFinding};
use room_core::hand::{Consent, Hand, PageKey, Spot, Typed};
use room_core::ids::{
    CallId, CameraId, CheckCode, DisplayId, FittingId, HeadId, MeetingId, Private, PuckId,
    RequestId, ServiceId, SoundId,
};
use room_core::meeting::{
    CalendarHealth, CalendarSeen, Conference, Meeting, MeetingStatus, NoTarget, Way,
};
use room_core::plan::{AfterCrash, AtEnd, JoinPolicy, RoomPlan};
use room_core::preflight::{
    EchoProof, Evening, Hearing, Hours, Light, MeetingJudged, PreflightCommand, PreflightSeen,
    RunId,
};
use room_core::pucks::{Firmware, FirmwareSeen};
use room_core::sound::{CancellerSeen, CardSeen, ClientsSeen, MicSeen, SoundRole, SoundSeen};
use room_core::units::{Mono, Percent, Position, PresetNumber, Seen, Speed, Switch, Wall};
use room_sim::story::{camera, display as display_plan, head, right, target, usual};
use room_sim::story::{usual_preflight, usual_sound};
use std::time::Duration;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Op {
    Wait(u64),
    WaitForDeadline,
    Restart,
    Call(Which, CallSeen),
    Answer(Which, Outcome),
    Preflight(Which, PreflightSeen),
    /// Meetings begin and end in minutes from now.
    Calendar(CalendarHealth, Vec<Meeting>),
    /// The clock is off by so many milliseconds.
    Clock(i64, ClockHealth),
    Event(Event),
}

/// Which call or request.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    Current,
    Former,
}

/// The last call and request that were asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Latest {
    call: u64,
    request: u64,
    run: u64,
}

impl Latest {
    /// Looks at what was asked for.
    pub fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Call(
                    call,
                    CallCommand::Warm(_) | CallCommand::Join(_) | CallCommand::Adopt(_),
                ) => self.call = call.0,
                Effect::Head { request, .. } => self.request = request.0,
                Effect::Preflight(
                    PreflightCommand::Start { run, .. } | PreflightCommand::LookAhead { run, .. },
                ) => self.run = run.0,
                _ => {}
            }
        }
    }

    fn number(self, number: u64, which: Which) -> u64 {
        match which {
            Which::Current => number,
            Which::Former => number.saturating_sub(1),
        }
    }

    /// The event of an op at this moment.
    pub fn event(self, op: &Op, now: Mono) -> Event {
        match op {
            Op::Call(which, seen) => {
                Event::Call(CallId(self.number(self.call, *which)), seen.clone())
            }
            Op::Answer(which, outcome) => Event::Done {
                request: RequestId(self.number(self.request, *which)),
                outcome: *outcome,
            },
            Op::Preflight(which, seen) => {
                Event::Preflight(RunId(self.number(self.run, *which)), seen.clone())
            }
            Op::Calendar(health, meetings) => Event::Calendar(CalendarSeen {
                meetings: meetings.iter().map(|m| from(m, right(now))).collect(),
                health: *health,
            }),
            Op::Clock(off, health) => Event::Clock {
                wall: Wall(right(now).0.saturating_add(*off)),
                health: *health,
            },
            Op::Event(event) => event.clone(),
            Op::Wait(_) | Op::WaitForDeadline | Op::Restart => Event::Deadline,
        }
    }
}

fn from(meeting: &Meeting, now: Wall) -> Meeting {
    let at = |minutes: Wall| Wall((now.0 / 60_000 + minutes.0) * 60_000);
    Meeting {
        start: at(meeting.start),
        end: at(meeting.end),
        ..meeting.clone()
    }
}

/// A day of a room.
pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    vec(op(), 1..70)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => select(vec![1, 300, 2_000, 3_000, 10_000, 60_000, 600_000, 3_600_000]).prop_map(Op::Wait),
        6 => Just(Op::WaitForDeadline),
        1 => Just(Op::Restart),
        14 => (which(), call_seen()).prop_map(|(w, s)| Op::Call(w, s)),
        2 => (which(), outcome()).prop_map(|(w, o)| Op::Answer(w, o)),
        2 => (which(), proven()).prop_map(|(w, s)| Op::Preflight(w, s)),
        3 => (health(), vec(meeting(), 0..5)).prop_map(|(h, m)| Op::Calendar(h, m)),
        1 => meeting().prop_map(|m| Op::Calendar(CalendarHealth::Fresh, back_to_back(&m))),
        2 => clock(),
        8 => press().prop_map(Op::Event),
        5 => fact().prop_map(Op::Event),
        7 => sound().prop_map(|seen| Op::Event(Event::Sound(seen))),
        1 => hours().prop_map(Op::Event),
    ]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![6 => Just(Which::Current), 1 => Just(Which::Former)]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    select(vec![
        Outcome::Done,
        Outcome::Sent,
        Outcome::Replaced,
        Outcome::Failed(HeadFailure::NotNow),
    ])
}

fn health() -> impl Strategy<Value = CalendarHealth> {
    prop_oneof![
        6 => Just(CalendarHealth::Fresh),
        1 => Just(CalendarHealth::Never),
        1 => Just(CalendarHealth::StaleSince(Wall(room_sim::story::MIDNIGHT))),
    ]
}

fn clock() -> impl Strategy<Value = Op> {
    let off = prop_oneof![
        4 => Just(0),
        1 => -30_000..30_000i64,
        1 => -7_200_000..7_200_000i64,
    ];
    let health = prop_oneof![5 => Just(ClockHealth::Good), 1 => Just(ClockHealth::Wrong)];
    (off, health).prop_map(|(off, health)| Op::Clock(off, health))
}

fn switch() -> impl Strategy<Value = Switch> {
    select(vec![Switch::Open, Switch::Closed])
}

fn call_seen() -> impl Strategy<Value = CallSeen> {
    let step = select(vec![
        JoinStep::Asking,
        JoinStep::Opening,
        JoinStep::FillingIn,
        JoinStep::Knocking,
    ]);
    let flow = || select(vec![Flow::Runs, Flow::Stands]);
    let trouble = select(vec![
        Trouble::Network,
        Trouble::Frozen,
        Trouble::PageCrashed,
        Trouble::SoundLost,
    ]);
    let end = select(vec![
        EndReason::Left,
        EndReason::EndedByHost,
        EndReason::Removed,
        EndReason::Denied,
        EndReason::TimeLimit,
        EndReason::PageGone,
    ]);
    let need = select(vec![
        PersonNeeded::Captcha,
        PersonNeeded::Consent(None),
        PersonNeeded::Consent(Some(Consent::Transcript)),
        PersonNeeded::BotWall,
        PersonNeeded::Breakout,
    ]);
    prop_oneof![
        2 => Just(CallSeen::Warm),
        2 => step.prop_map(CallSeen::Entering),
        1 => select(vec![WaitingFor::Host, WaitingFor::Lobby, WaitingFor::Hold]).prop_map(CallSeen::Waiting),
        1 => any::<bool>().prop_map(|rejected| CallSeen::PasscodeAsked { rejected }),
        1 => need.prop_map(CallSeen::PersonNeeded),
        1 => select(Consent::ALL.to_vec()).prop_map(CallSeen::ConsentAsked),
        1 => select(Consent::ALL.to_vec()).prop_map(CallSeen::Agreed),
        1 => Just(CallSeen::UnmuteAsked),
        1 => Just(CallSeen::Lens(LensSeen::Another)),
        1 => Just(CallSeen::Lens(LensSeen::TheRooms)),
        1 => Just(CallSeen::Sound(SoundEnd::Microphone, EndSeen::Another)),
        7 => Just(CallSeen::Inside),
        4 => switch().prop_map(CallSeen::Mic),
        3 => switch().prop_map(CallSeen::Camera),
        1 => (0..=100u8).prop_map(|v| CallSeen::Volume(Percent::new(v))),
        2 => (0..3u16).prop_map(CallSeen::People),
        1 => (flow(), flow()).prop_map(|(a, b)| CallSeen::Media(MediaSeen {
            audio_in: a,
            video_in: b,
            audio_out: a,
            video_out: b,
        })),
        2 => trouble.prop_map(CallSeen::Trouble),
        1 => Just(CallSeen::Recovered),
        1 => end.prop_map(CallSeen::Over),
        1 => select(CallFailure::ALL.to_vec()).prop_map(CallSeen::Failed),
    ]
}

fn firmware() -> impl Strategy<Value = FirmwareSeen> {
    let (old, newest) = (Firmware(0, 1, 0), Firmware(0, 2, 0));
    let runs = |version| FirmwareSeen::Runs {
        version,
        newest: Some(newest),
    };
    select(vec![
        runs(old),
        runs(newest),
        FirmwareSeen::Waits { newest },
        FirmwareSeen::Updated(newest),
        FirmwareSeen::Failed(FirmwareFailure::Disk),
    ])
}

fn press() -> impl Strategy<Value = Event> {
    let origin = prop_oneof![
        4 => Just(Origin::Panel),
        2 => Just(Origin::Puck),
        1 => Just(Origin::Console),
        1 => Just(Origin::Fleet),
    ];
    let which = option::of(select(vec!["a", "b", "c"]));
    let press = prop_oneof![
        4 => which.prop_map(|id| Press::Join(id.map(MeetingId::new))),
        1 => Just(Press::JoinStanding),
        2 => Just(Press::Leave),
        2 => Just(Press::Extend),
        4 => switch().prop_map(Press::Mic),
        2 => switch().prop_map(Press::Camera),
        1 => (0..=100u8).prop_map(|v| Press::Volume(Percent::new(v))),
        1 => Just(Press::Passcode(Private::new("4711"))),
        1 => Just(Press::Retry),
        1 => Just(Press::ResetSound),
        1 => Just(Press::Preflight),
        1 => Just(Press::UpdatePuck(PuckId::new("table"))),
        1 => Just(Press::StopPreflight),
        1 => Just(Press::LookAhead),
        1 => (0..400u64).prop_map(|s| Press::Identify(Duration::from_secs(s))),
        1 => Just(Press::Picture),
        1 => Just(Press::PictureTaken),
        1 => Just(Press::RestartBrowser),
        1 => Just(Press::Dismiss),
        1 => hand().prop_map(Press::Hand),
        3 => head_press(),
        2 => (select(vec![Key::Main, Key::Mute]), select(vec![KeyPress::Short, KeyPress::Long]))
            .prop_map(|(key, press)| Press::Key(key, press)),
    ];
    (press, origin).prop_map(|(press, origin)| Event::Pressed { press, origin })
}

fn hand() -> impl Strategy<Value = Hand> {
    let at = Spot::new(5_000, 5_000);
    select(vec![
        Hand::Tap(at),
        Hand::Scroll { at, by: -20 },
        Hand::Drag { from: at, to: at },
        Hand::Type(Typed::new("x")),
        Hand::Key(PageKey::Enter),
    ])
}

fn head_press() -> impl Strategy<Value = Press> {
    let drive = (-1..=1i8).prop_map(|pan| {
        HeadPress::Drive(Drive {
            pan: Speed::new(pan * 40),
            ..Drive::default()
        })
    });
    prop_oneof![
        (1..4u8).prop_map(|n| HeadPress::Preset(PresetNumber(n))),
        drive,
        Just(HeadPress::Stop),
        Just(HeadPress::Home),
    ]
    .prop_map(|press| Press::Head(HeadId::new("front"), press))
}

fn fact() -> impl Strategy<Value = Event> {
    let head = prop_oneof![
        3 => Just(HeadSeen::Online),
        1 => Just(HeadSeen::Gone(HeadFailure::LineAbsent)),
        1 => switch().prop_map(HeadSeen::Power),
        1 => any::<bool>().prop_map(|moving| HeadSeen::At { position: Position::default(), moving }),
    ];
    prop_oneof![
        6 => Just(Event::Browser(BrowserSeen::Ready)),
        1 => Just(Event::Browser(BrowserSeen::Gone)),
        3 => select(vec![Screen::Room, Screen::Call]).prop_map(Event::Screen),
        4 => head.prop_map(|seen| Event::Head(HeadId::new("front"), seen)),
        1 => select(vec![Presence::Here, Presence::Gone, Presence::Foreign])
            .prop_map(|p| Event::Puck(PuckId::new("table"), p)),
        2 => firmware().prop_map(|seen| Event::Firmware(PuckId::new("table"), seen)),
        2 => display().prop_map(|seen| Event::Display(DisplayId::new("main"), seen)),
        1 => select(vec![CameraSeen::Here, CameraSeen::Gone(CameraFailure::Absent), CameraSeen::Picture(PictureSeen::Black)])
            .prop_map(|seen| Event::Camera(CameraId::new("front"), seen)),
        1 => select(vec![FittingSeen::Here, FittingSeen::Gone(FittingFailure::Stuck), FittingSeen::Gone(FittingFailure::Denied)])
            .prop_map(|seen| Event::Fitting(FittingId::new("lamp.door"), seen)),
        1 => plan().prop_map(|plan| Event::PlanChanged(Box::new(plan))),
    ]
}

fn display() -> impl Strategy<Value = DisplaySeen> {
    select(vec![
        DisplaySeen::Here,
        DisplaySeen::Here,
        DisplaySeen::Gone(DisplayFailure::NoAnswer),
        DisplaySeen::Power(DisplayPower::On),
        DisplaySeen::Power(DisplayPower::Standby),
        DisplaySeen::Power(DisplayPower::Warming),
        DisplaySeen::Input(DisplayInput::Room),
        DisplaySeen::Input(DisplayInput::Other),
        DisplaySeen::Refused(DisplayFailure::Disobeys),
    ])
}

fn proven() -> impl Strategy<Value = PreflightSeen> {
    let judged = |light| PreflightSeen::Judged(light, vec![CheckCode::new("sound-hum")]);
    select(vec![
        PreflightSeen::Occupied,
        PreflightSeen::Unable,
        PreflightSeen::Echo(EchoProof::Holds),
        PreflightSeen::Echo(EchoProof::Fails),
        PreflightSeen::Hears(Hearing::Cancelled),
        PreflightSeen::Hears(Hearing::Bare),
        PreflightSeen::Ahead(vec![MeetingJudged {
            start: right(Mono(0)),
            light: Light::Red,
            codes: Vec::new(),
        }]),
        judged(Light::Green),
        judged(Light::Yellow),
        judged(Light::Red),
    ])
}

/// Quiet until, and a night, in minutes from the story's begin.
fn hours() -> impl Strategy<Value = Event> {
    (0..120i64, 0..120i64).prop_map(|(night, quiet)| {
        let at = |minutes: i64| Wall(right(Mono(0)).0 / 60_000 * 60_000 + minutes * 60_000);
        Event::Hours(Hours {
            nights: vec![at(night + 480)],
            quiet: vec![(at(480), at(quiet + 480))],
            evenings: vec![Evening {
                at: at(night + 480),
                from: at(720),
                until: at(2160),
            }],
        })
    })
}

fn sound() -> impl Strategy<Value = SoundSeen> {
    let id = SoundId::new;
    let using = select(vec![
        (SoundRole::Microphone, Some("table")),
        (SoundRole::Microphone, Some("spare")),
        (SoundRole::Microphone, None),
        (SoundRole::Loudspeaker, Some("front")),
        (SoundRole::Loudspeaker, Some("screen")),
        (SoundRole::Loudspeaker, None),
        (SoundRole::Second, Some("foyer")),
        (SoundRole::Second, None),
    ]);
    let card = select(vec![
        CardSeen::Absent,
        CardSeen::Unknown,
        CardSeen::Is(Switch::Open),
        CardSeen::Is(Switch::Closed),
    ]);
    let graph = select(vec![
        Seen::Unknown,
        Seen::Is(Switch::Open),
        Seen::Is(Switch::Closed),
        Seen::Is(Switch::Closed),
    ]);
    let finding = (
        select(SoundFinding::ALL.to_vec()),
        prop::bool::weighted(0.8),
    );
    prop_oneof![
        6 => Just(SoundSeen::Up),
        1 => Just(SoundSeen::Down(SoundFailure::ServerGone)),
        1 => Just(SoundSeen::Here(id("table"))),
        1 => select(SoundFailure::ALL.to_vec())
            .prop_map(move |why| SoundSeen::Gone(id("table"), why)),
        4 => using.prop_map(move |(role, device)| SoundSeen::Using(role, device.map(id))),
        6 => (card, graph).prop_map(|(card, graph)| SoundSeen::Microphone(MicSeen { card, graph })),
        1 => (0..=100u8).prop_map(|v| SoundSeen::Volume(Percent::new(v))),
        3 => finding.prop_map(|(finding, holds)| SoundSeen::Finding { finding, holds }),
        3 => select(vec![CancellerSeen::InTheWay, CancellerSeen::Aside])
            .prop_map(SoundSeen::Canceller),
        2 => select(vec![ClientsSeen::Served, ClientsSeen::Served, ClientsSeen::Cut])
            .prop_map(SoundSeen::Clients),
        1 => Just(SoundSeen::Rebuilt),
    ]
}

/// A room of any policy.
pub fn plan() -> impl Strategy<Value = RoomPlan> {
    let policies = (
        select(vec![
            JoinPolicy::ByItself,
            JoinPolicy::ByItself,
            JoinPolicy::OnPress,
        ]),
        select(vec![
            AfterCrash::DarkAndSilent,
            AfterCrash::RestoreWhatTheRoomOpened,
        ]),
        select(vec![
            AtEnd::Stay,
            AtEnd::LeaveAfter(Duration::ZERO),
            AtEnd::LeaveAfter(Duration::from_secs(300)),
        ]),
        option::of(select(vec![0, 120, 600]).prop_map(Duration::from_secs)),
    );
    let rest = (
        0..4u8,
        0..=100u8,
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.7),
    );
    (policies, rest).prop_map(
        |((join, crash, end, alone), (tries, loudest, standing, heads, sound))| {
            let mut plan = usual();
            plan.consents = vec![(ServiceId::new("practice"), Consent::Terms)];
            plan.policy.join = join;
            plan.policy.after_crash = crash;
            plan.policy.at_end = end;
            plan.policy.alone_after = alone;
            plan.policy.rejoin_tries = tries;
            plan.policy.volume_limit = Percent::new(loudest);
            plan.standing = standing.then(|| target("practice", "standing"));
            plan.heads = if heads {
                vec![head("front")]
            } else {
                Vec::new()
            };
            plan.sound = sound.then(usual_sound);
            plan.preflight = sound.then(usual_preflight);
            plan.pucks = vec![PuckId::new("table")];
            plan.displays = vec![display_plan("main")];
            plan.cameras = vec![camera("front")];
            plan.fittings = vec![FittingId::new("lamp.door")];
            plan
        },
    )
}

/// Two that the room joins by itself, one after the other: a change-over is too rare otherwise.
fn back_to_back(meeting: &Meeting) -> Vec<Meeting> {
    let one = |id: &str, start: i64, end: i64| Meeting {
        id: MeetingId::new(id),
        start: Wall(start),
        end: Wall(end),
        all_day: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: Some(JoinPolicy::ByItself),
        conference: Conference::At(target("practice", id)),
        ..meeting.clone()
    };
    vec![one("a", 0, 10), one("b", 10, 60)]
}

fn meeting() -> impl Strategy<Value = Meeting> {
    let flag = || prop::bool::weighted(0.08);
    let times = (-60..90i64, select(vec![0, 15, 30, 60, 600]));
    let join = option::weighted(0.3, select(vec![JoinPolicy::ByItself, JoinPolicy::OnPress]));
    let code = option::weighted(0.2, Just(Private::new("1234")));
    (
        select(vec!["a", "b", "c"]),
        times,
        (flag(), flag(), flag(), flag()),
        join,
        code,
        prop::bool::weighted(0.25),
        option::weighted(0.4, any::<bool>()),
    )
        .prop_map(
            |(
                id,
                (start, length),
                (all_day, exempt, cancelled, nowhere),
                join,
                code,
                moved,
                sip,
            )| {
                let mut target = target("practice", if moved { "elsewhere" } else { id });
                target.best = Way::Page {
                    link: target.best.place().clone(),
                    passcode: code,
                };
                if let Some(first) = sip {
                    let other = Way::Sip {
                        address: Private::new(format!("{id}@sip.example")),
                        passcode: Some(Private::new("4711")),
                    };
                    target.other = Some(match first {
                        true => std::mem::replace(&mut target.best, other),
                        false => other,
                    });
                }
                Meeting {
                    id: MeetingId::new(id),
                    title: Private::new(format!("Meeting {id}")),
                    organizer: None,
                    start: Wall(start),
                    end: Wall(start + length),
                    all_day,
                    private: false,
                    status: if cancelled {
                        MeetingStatus::Cancelled
                    } else {
                        MeetingStatus::Confirmed
                    },
                    exempt,
                    join,
                    conference: if nowhere {
                        Conference::Nowhere(NoTarget::NoLink)
                    } else {
                        Conference::At(target)
                    },
                }
            },
        )
}
