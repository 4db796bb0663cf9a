//! Canned views of every state a face can show, for tests, screenshots and the example.
//! Holds no assertion and no server.

use room_core::event::{ClockHealth, Flow, JoinStep, MediaSeen, PersonNeeded, Trouble, WaitingFor};
use room_core::failure::{
    CallFailure, CameraFailure, Cause, DisplayFailure, FaultCode, FirmwareFailure, FittingFailure,
    HeadFailure,
};
use room_core::hand::Consent;
use room_core::ids::{CheckCode, SoundId};
use room_core::ids::{HeadId, HostName, MeetingId, Private, PuckId, ServiceId};
use room_core::meeting::{CalendarHealth, MeetingStatus, Page};
use room_core::plan::PresetPlan;
use room_core::preflight::{Foreseen, Judged, Light, MeetingJudged};
use room_core::pucks::Firmware;
use room_core::sound::{CardSeen, EchoPolicy, EchoProof, MicSeen, OwnCanceller, choose_echo};
use room_core::units::{Percent, Position, PresetNumber, Seen, Switch, Wall};
use room_core::view::{
    AfarView, Ahead, BrowserView, EndedWhy, Fault, HeadState, HeadView, Joinable, LeaveWhy,
    MeetingView, MicNote, Offer, Phase, SwitchView, View, VolumeView,
};
use room_core::view::{
    PreflightView, PuckState, PuckView, SoundDeviceView, SoundUseView, SoundView,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Every view with its name, as used in `/example/<name>` and in the names of pictures.
pub fn all() -> Vec<(String, View)> {
    let mut views = idle();
    views.extend(entering());
    views.extend(calls());
    views.extend(ends());
    views.extend(troubles());
    views.extend(sounds());
    views.extend(afar());
    views
        .into_iter()
        .map(|(name, view)| (name.to_owned(), view))
        .collect()
}

/// The view of this name.
pub fn named(name: &str) -> View {
    let found = all().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no view {name}")).1
}

type Named = Vec<(String, View)>;

/// What IT does from afar.
fn afar() -> Named {
    let beside = |afar, view: View| View {
        afar: Some(afar),
        ..view
    };
    let mut nameless = booked();
    for meeting in nameless.meetings.iter_mut().chain(&mut nameless.current) {
        (meeting.title, meeting.organizer) = (None, None);
    }
    vec![
        ("sought".to_owned(), beside(AfarView::Identify, booked())),
        (
            "sought-in-call".to_owned(),
            beside(AfarView::Identify, in_call()),
        ),
        ("pictured".to_owned(), beside(AfarView::Picture, nameless)),
    ]
}

/// Nothing goes on, and there is a meeting later.
fn booked() -> View {
    View {
        meetings: vec![budget()],
        ..base()
    }
}

/// Rooms with sound of their own that were proven.
fn sounds() -> Named {
    let device = |name: &str| SoundDeviceView {
        id: SoundId::new(name),
        name: name.to_owned(),
    };
    let used = |name: Option<&str>, best: Option<&str>| {
        Some(SoundUseView {
            known: true,
            device: name.map(device),
            instead_of: best.map(device),
        })
    };
    let sound = SoundView {
        server: None,
        microphone: used(Some("Tischmikrofon"), None),
        loudspeaker: used(Some("Saallautsprecher"), None),
        second: used(Some("Höranlage"), None),
        mic: MicSeen {
            card: CardSeen::Is(Switch::Closed),
            graph: Seen::Is(Switch::Closed),
        },
        echo: choose_echo(
            EchoPolicy::Auto,
            (OwnCanceller::Yes, Some(EchoProof::Holds)),
            false,
            true,
        ),
        cancels: false,
        resetting: false,
    };
    let proven = View {
        sound: Some(sound.clone()),
        preflight: Some(PreflightView {
            runs: false,
            aloud: false,
            last: Some(Judged {
                light: Light::Yellow,
                codes: vec![CheckCode::new("sound-hum")],
                at: at(-12),
            }),
            tomorrow: Some(Foreseen {
                at: at(-60),
                until: at(2880),
                meetings: vec![MeetingJudged {
                    start: at(1200),
                    light: Light::Red,
                    codes: vec![CheckCode::new("meeting-not-allowed")],
                }],
            }),
            ahead: Ahead::MayBeAsked,
        }),
        offers: vec![Offer::ResetSound, Offer::JoinStanding, Offer::Preflight],
        ..day()
    };
    let mut offers = in_call().offers;
    offers.push(Offer::ResetSound);
    let fallen_back = View {
        sound: Some(SoundView {
            microphone: used(Some("Deckenmikrofon"), Some("Tischmikrofon")),
            second: used(None, Some("Höranlage")),
            resetting: true,
            ..sound
        }),
        faults: vec![
            fault(FaultCode::MicUnclear, None),
            fault(FaultCode::MicFallback, Some("table")),
            fault(FaultCode::SecondOutputGone, Some("loop")),
        ],
        offers,
        mic: SwitchView {
            seen: Seen::Is(Switch::Open),
            becoming: Some(Switch::Closed),
        },
        ..in_call()
    };
    list([("sound-proven", proven), ("sound-fallen-back", fallen_back)])
}

fn idle() -> Named {
    let never = View {
        calendar: CalendarHealth::Never,
        ..base()
    };
    let stale = View {
        calendar: CalendarHealth::StaleSince(at(-95)),
        faults: vec![fault(FaultCode::CalendarStale, None)],
        ..day()
    };
    let announced = |joins_at| View {
        phase: Phase::Announced {
            joins_at,
            warm: true,
        },
        current: Some(budget()),
        offers: vec![Offer::Join(budget().id), Offer::JoinStanding],
        ..day()
    };
    list([
        ("standby-empty", base()),
        ("standby", day()),
        ("standby-never", never),
        ("standby-stale", stale),
        ("announced-itself", announced(Some(at(4)))),
        ("announced-press", announced(None)),
        ("double-booking", double()),
        ("no-buttons", no_buttons()),
        ("long", long()),
    ])
}

/// A day on which no meeting has a button, each for another reason.
fn no_buttons() -> View {
    let service = || ServiceId::new("zoom");
    let reasons = [
        Joinable::UnknownHost(HostName::new("konferenz.landkreis-musterstadt.example.org")),
        Joinable::Refused(HostName::new("zoom.us.evil.example")),
        Joinable::NotJoinable(ServiceId::new("teams")),
        Joinable::Page(service(), Page::Registration),
        Joinable::Page(service(), Page::Recording),
        Joinable::Page(service(), Page::SignIn),
        Joinable::Page(service(), Page::Other),
        Joinable::Sealed(HostName::new("eu-west.mailschutz.example")),
        Joinable::NoLink,
        Joinable::Exempt,
        Joinable::Cancelled,
    ];
    let meetings = reasons.into_iter().zip(0i64..).map(|(why, n)| {
        let id = format!("reason-{n}");
        meeting(&id, "Abstimmung", (5 + 40 * n, 35 + 40 * n), why)
    });
    View {
        meetings: meetings.collect(),
        ..base()
    }
}

fn double() -> View {
    let rival = MeetingView {
        id: MeetingId::new("rival"),
        title: Some(Private::new("Vorstellungsgespräche")),
        ..budget()
    };
    let mut view = day();
    view.meetings.insert(1, rival.clone());
    View {
        phase: Phase::Announced {
            joins_at: None,
            warm: false,
        },
        current: Some(budget()),
        offers: vec![Offer::Join(budget().id), Offer::Join(rival.id)],
        faults: vec![fault(FaultCode::DoubleBooking, None)],
        ..view
    }
}

fn long() -> View {
    let title = "Gemeinsame Sitzung des Haushalts- und Finanzausschusses mit dem Rechnungsprüfungsausschuss, \
        2. Lesung der Nachtragshaushaltssatzung und Beteiligungsbericht";
    let meeting = MeetingView {
        title: Some(Private::new(title)),
        organizer: Some(Private::new(
            "Dr. Anneliese Müller-Lüdenscheidt-Hohenstein (Kämmerei)",
        )),
        ..budget()
    };
    View {
        room: "Besprechungsraum Freiherr-vom-Stein, Verwaltungsgebäude Nord, 3. Obergeschoss"
            .to_owned(),
        phase: Phase::Announced {
            joins_at: Some(at(4)),
            warm: false,
        },
        current: Some(meeting.clone()),
        meetings: vec![meeting],
        offers: vec![Offer::Join(budget().id), Offer::JoinStanding],
        ..day()
    }
}

fn entering() -> Named {
    let view = |phase, offers: &[Offer]| View {
        phase,
        current: Some(budget()),
        offers: offers.to_vec(),
        ..day()
    };
    let leave = &[Offer::Leave];
    let joining = |step| view(Phase::Joining(step), leave);
    let waiting = |whom| {
        view(
            Phase::Waiting {
                whom,
                since: at(-3),
            },
            leave,
        )
    };
    let code = &[Offer::Passcode, Offer::Leave];
    let asks = |rejected| view(Phase::AsksPasscode { rejected }, code);
    let by_hand = &[Offer::OperatePage, Offer::Leave];
    let person = |need| view(Phase::PersonNeeded(need), by_hand);
    let consent = |kind| person(PersonNeeded::Consent(Some(kind)));
    let in_call = &[Offer::OperatePage, Offer::MicAndCamera, Offer::Leave];
    let asked = |need| view(Phase::PersonNeeded(need), in_call);
    list([
        ("joining-opening", joining(JoinStep::Opening)),
        ("joining-filling-in", joining(JoinStep::FillingIn)),
        ("joining-knocking", joining(JoinStep::Knocking)),
        ("waiting-host", waiting(WaitingFor::Host)),
        ("waiting-lobby", waiting(WaitingFor::Lobby)),
        ("waiting-hold", waiting(WaitingFor::Hold)),
        ("passcode", asks(false)),
        ("passcode-rejected", asks(true)),
        ("person-captcha", person(PersonNeeded::Captcha)),
        ("person-login", person(PersonNeeded::Login)),
        ("person-registration", person(PersonNeeded::Registration)),
        ("person-consent", person(PersonNeeded::Consent(None))),
        ("person-consent-recording", consent(Consent::Recording)),
        ("person-consent-transcript", consent(Consent::Transcript)),
        ("person-consent-terms", consent(Consent::Terms)),
        ("person-bot-wall", person(PersonNeeded::BotWall)),
        ("person-breakout", asked(PersonNeeded::Breakout)),
        ("person-presence", asked(PersonNeeded::Presence)),
    ])
}

fn calls() -> Named {
    let with = |mic, camera| View {
        mic,
        camera,
        ..in_call()
    };
    let (open, closed) = (still(Switch::Open), still(Switch::Closed));
    let unknown = SwitchView {
        seen: Seen::Unknown,
        becoming: None,
    };
    let opening = SwitchView {
        seen: Seen::Is(Switch::Closed),
        becoming: Some(Switch::Open),
    };
    let leaves = |why| View {
        phase: Phase::InCall {
            since: at(-48),
            leaves: Some((at(4), why)),
        },
        ..with(open, closed)
    };
    let no_media = View {
        media: Some(MediaSeen {
            audio_in: Flow::Stands,
            video_in: Flow::Runs,
            audio_out: Flow::Stands,
            video_out: Flow::Stands,
        }),
        ..with(open, open)
    };
    let noted = |note| View {
        mic_note: Some(note),
        ..with(closed, closed)
    };
    let agreed = View {
        agreed: vec![Consent::Terms, Consent::Recording],
        ..with(closed, closed)
    };
    let person = View {
        phase: Phase::PersonNeeded(PersonNeeded::Consent(Some(Consent::Recording))),
        offers: vec![
            Offer::OperatePage,
            Offer::MicAndCamera,
            Offer::Leave,
            Offer::Extend,
        ],
        ..with(open, closed)
    };
    let standing = View {
        current: None,
        people: Some(1),
        ..with(closed, closed)
    };
    let again = |trouble, attempt| View {
        phase: Phase::Reconnecting { trouble, attempt },
        media: None,
        people: None,
        ..with(unknown, unknown)
    };
    list([
        ("in-call", with(open, open)),
        ("in-call-closed", with(closed, closed)),
        ("in-call-opening", with(opening, closed)),
        ("in-call-unknown", with(unknown, unknown)),
        ("in-call-booked-end", leaves(LeaveWhy::BookedEnd)),
        (
            "in-call-alone",
            View {
                people: Some(0),
                ..leaves(LeaveWhy::Alone)
            },
        ),
        ("in-call-next-meeting", leaves(LeaveWhy::NextMeeting)),
        ("in-call-no-media", no_media),
        ("in-call-muted", noted(MicNote::Muted)),
        ("in-call-asked", noted(MicNote::AskedToUnmute)),
        ("in-call-agreed", agreed),
        ("person-in-call", person),
        ("in-call-standing", standing),
        ("reconnecting-network", again(Trouble::Network, 0)),
        ("reconnecting-frozen", again(Trouble::Frozen, 1)),
        ("reconnecting-page-crashed", again(Trouble::PageCrashed, 2)),
        ("reconnecting-sound-lost", again(Trouble::SoundLost, 1)),
    ])
}

fn ends() -> Named {
    let view = |phase, offers: &[Offer]| View {
        phase,
        current: Some(budget()),
        offers: offers.to_vec(),
        ..day()
    };
    let again = [Offer::Join(budget().id), Offer::Dismiss];
    let ended = |why| view(Phase::Ended(why), &again);
    let mut views = list([
        ("leaving", view(Phase::Leaving, &[])),
        ("ended-by-host", ended(EndedWhy::ByHost)),
        ("ended-removed", ended(EndedWhy::Removed)),
        ("ended-time-limit", ended(EndedWhy::TimeLimit)),
        ("ended-alone", ended(EndedWhy::Alone)),
        ("ended-booked-end", ended(EndedWhy::BookedEnd)),
        ("ended-by-fleet", ended(EndedWhy::ByFleet)),
    ]);
    for failure in CallFailure::ALL {
        let phase = Phase::Failed {
            failure: *failure,
            retry: true,
        };
        let view = view(phase, &[Offer::Retry, Offer::Dismiss]);
        views.push((format!("failed-{}", failure.code()), view));
    }
    views
}

fn puck(here: bool) -> PuckView {
    PuckView {
        id: PuckId::new("table"),
        here,
        firmware: Some(Firmware(0, 1, 0)),
        offered: Some(Firmware(0, 2, 0)),
        state: match here {
            true => PuckState::Usual,
            false => PuckState::Failed(FirmwareFailure::Disk),
        },
        may_update: here,
    }
}

fn troubles() -> Named {
    let every = FaultCode::ALL.iter().map(|code| {
        let (subject, cause) = match code {
            FaultCode::HeadGone => ("front", Cause::Head(HeadFailure::NoAnswer)),
            FaultCode::HeadRefused => ("front", Cause::Head(HeadFailure::Timeout)),
            FaultCode::DisplayGone => ("main", Cause::Display(DisplayFailure::LineAbsent)),
            FaultCode::DisplayRefused => ("main", Cause::Display(DisplayFailure::Disobeys)),
            FaultCode::CameraGone => ("front", Cause::Camera(CameraFailure::Absent)),
            FaultCode::PuckUpdateFailed => ("table", Cause::Firmware(FirmwareFailure::Disk)),
            FaultCode::FittingGone => ("lamp.door", Cause::Fitting(FittingFailure::Denied)),
            FaultCode::KeyStuck => ("button.wall", Cause::Fitting(FittingFailure::Stuck)),
            _ => return fault(*code, None),
        };
        Fault {
            cause: Some(cause),
            ..fault(*code, Some(subject))
        }
    });
    let faults = View {
        faults: every.collect(),
        clock: ClockHealth::Wrong,
        pucks: vec![puck(false)],
        ..in_call()
    };
    let mut views = list([
        ("faults", faults),
        (
            "no-heads",
            View {
                heads: Vec::new(),
                ..in_call()
            },
        ),
    ]);
    for failure in HeadFailure::ALL {
        let mut view = in_call();
        view.heads[0].state = HeadState::Gone(*failure);
        view.heads[0].at_preset = None;
        view.faults = vec![Fault {
            cause: Some(Cause::Head(*failure)),
            ..fault(FaultCode::HeadGone, Some("front"))
        }];
        views.push((format!("head-{}", failure.code()), view));
    }
    for (name, state) in [
        ("head-unknown", HeadState::Unknown),
        ("head-asleep", HeadState::Asleep),
        ("head-moving", HeadState::Moving),
    ] {
        let mut view = in_call();
        view.heads[0].state = state;
        views.push((name.to_owned(), view));
    }
    views
}

fn list<const N: usize>(views: [(&str, View); N]) -> Named {
    views
        .into_iter()
        .map(|(name, view)| (name.to_owned(), view))
        .collect()
}

/// In a call about the budget with both heads, everything fine.
pub fn in_call() -> View {
    View {
        phase: Phase::InCall {
            since: at(-12),
            leaves: None,
        },
        current: Some(MeetingView {
            start: at(-12),
            end: at(48),
            ..budget()
        }),
        mic: still(Switch::Closed),
        camera: still(Switch::Closed),
        people: Some(3),
        media: Some(MediaSeen {
            audio_in: Flow::Runs,
            video_in: Flow::Runs,
            audio_out: Flow::Runs,
            video_out: Flow::Runs,
        }),
        offers: vec![Offer::MicAndCamera, Offer::Leave, Offer::Extend],
        ..day()
    }
}

/// A day with a meeting of every kind.
pub fn day() -> View {
    View {
        meetings: meetings(),
        offers: vec![Offer::Join(budget().id), Offer::JoinStanding],
        ..base()
    }
}

/// A room with nothing booked.
pub fn base() -> View {
    View {
        room: "Sitzungssaal 2".to_owned(),
        phase: Phase::Standby,
        way: None,
        current: None,
        meetings: Vec::new(),
        mic: still(Switch::Closed),
        camera: still(Switch::Closed),
        volume: VolumeView {
            seen: Seen::Is(Percent::new(45)),
            limit: Percent::new(80),
        },
        sound: None,
        preflight: None,
        afar: None,
        browser: BrowserView::Here,
        people: None,
        media: None,
        mic_note: None,
        agreed: Vec::new(),
        heads: vec![
            head(
                "front",
                "Saalkamera",
                &["Übersicht", "Sitzungsleitung", "Rednerpult", "Leinwand"],
            ),
            head("back", "Podium", &["Podium"]),
        ],
        displays: Vec::new(),
        cameras: Vec::new(),
        pucks: vec![puck(true)],
        faults: Vec::new(),
        offers: vec![Offer::JoinStanding],
        calendar: CalendarHealth::Fresh,
        clock: ClockHealth::Good,
    }
}

/// The meeting most views are about.
pub fn budget() -> MeetingView {
    meeting("budget", "Haushaltsausschuss", (5, 65), service("bbb"))
}

fn meetings() -> Vec<MeetingView> {
    let host = |name| HostName::new(name);
    vec![
        budget(),
        MeetingView {
            title: None,
            organizer: None,
            ..meeting("secret", "", (90, 120), service("jitsi"))
        },
        MeetingView {
            status: MeetingStatus::Tentative,
            ..meeting(
                "press",
                "Pressegespräch",
                (150, 180),
                Joinable::UnknownHost(host("meet.example.net")),
            )
        },
        MeetingView {
            status: MeetingStatus::Cancelled,
            ..meeting("gone", "Vergabe Los 3", (190, 220), Joinable::Cancelled)
        },
        meeting("local", "Teamrunde", (230, 260), Joinable::NoLink),
        meeting(
            "council",
            "Stadtrat, nichtöffentlicher Teil",
            (270, 360),
            Joinable::Exempt,
        ),
        meeting(
            "odd",
            "Webinar",
            (400, 430),
            Joinable::Refused(host("zoom.example")),
        ),
        meeting(
            "teams",
            "Abstimmung Land",
            (1500, 1560),
            Joinable::NotJoinable(ServiceId::new("teams")),
        ),
        MeetingView {
            all_day: true,
            ..meeting(
                "fair",
                "Ausbildungsmesse im Foyer",
                (1440, 2880),
                Joinable::NoLink,
            )
        },
    ]
}

fn meeting(id: &str, title: &str, (from, to): (i64, i64), joinable: Joinable) -> MeetingView {
    MeetingView {
        id: MeetingId::new(id),
        title: Some(Private::new(title)),
        organizer: Some(Private::new("A. Yılmaz")),
        start: at(from),
        end: at(to),
        all_day: false,
        status: MeetingStatus::Confirmed,
        joinable,
    }
}

fn service(slug: &str) -> Joinable {
    Joinable::Yes(ServiceId::new(slug))
}

fn head(id: &str, name: &str, presets: &[&str]) -> HeadView {
    let presets = presets.iter().zip(0..).map(|(name, number)| PresetPlan {
        number: PresetNumber(number),
        name: (*name).to_owned(),
    });
    HeadView {
        id: HeadId::new(id),
        name: name.to_owned(),
        presets: presets.collect(),
        state: HeadState::Still,
        position: Some(Position {
            pan: -1250,
            tilt: 300,
            zoom: 120,
        }),
        at_preset: Some(PresetNumber(0)),
    }
}

fn fault(code: FaultCode, subject: Option<&str>) -> Fault {
    Fault {
        code,
        subject: subject.map(str::to_owned),
        cause: None,
        since: at(-20),
    }
}

/// Seen, and nothing under way.
pub fn still(switch: Switch) -> SwitchView {
    SwitchView {
        seen: Seen::Is(switch),
        becoming: None,
    }
}

/// The full five minutes nearest to now, and `minutes` more.
fn at(minutes: i64) -> Wall {
    const STEP: i64 = 5 * 60_000;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(since.unwrap_or(Duration::ZERO).as_millis()).unwrap_or(0);
    Wall((now + STEP / 2) / STEP * STEP + minutes * 60_000)
}
