//! The engine by table and story: orders and facts in order, against what baresip 1.0.0 was seen to say.

use super::*;
use crate::message::Happened;
use room_core::effect::CallRequest;
use room_core::event::{Flow, MediaSeen};
use room_core::ids::{HostName, Private, ServiceId};
use room_core::meeting::{By, Target, Way};
use room_core::units::Switch;

const CALL: CallId = CallId(7);

struct Story {
    engine: Engine,
    now: u64,
    out: Vec<Output>,
}

fn request(passcode: Option<&str>) -> CallRequest {
    let target = Target {
        service: ServiceId::new("sip"),
        host: HostName::new("conf.example"),
        best: Way::Sip {
            address: Private::new("4711@conf.example"),
            passcode: passcode.map(Private::new),
        },
        other: None,
    };
    CallRequest {
        by: By::Sip,
        target: Some(target),
        display_name: "Saal".to_owned(),
    }
}

fn report(source: &str, sent: u64, received: u64) -> String {
    format!(
        "source: {source},x S16LE\n RTCP Session:\n IP=1 psent=0 rcvd={received}\n TX: packets={sent}, octets=1\n"
    )
}

impl Story {
    fn new() -> Self {
        let sources = Sources {
            mic: "alsa,default".to_owned(),
            camera: "v4l2,/dev/video0".to_owned(),
            speaker: "alsa,pulse".to_owned(),
        };
        Story {
            engine: Engine::new(Setup {
                sources,
                registers: false,
                transport: Transport::Tls,
            }),
            now: 0,
            out: Vec::new(),
        }
    }

    fn up() -> Self {
        let mut story = Story::new();
        story.line_up("1.1.0");
        story.said();
        story
    }

    fn line_up(&mut self, version: &str) -> &mut Self {
        self.give(Input::LineUp);
        self.answer(&Order::About, version)
    }

    fn give(&mut self, input: Input) -> &mut Self {
        let out = self.engine.step(Mono(self.now), input);
        self.out.extend(out);
        self
    }

    fn tell(&mut self, command: CallCommand) -> &mut Self {
        self.give(Input::Command(CALL, command))
    }

    fn event(&mut self, happened: Happened) -> &mut Self {
        self.give(Input::Said(Said::Event(happened)))
    }

    fn wait(&mut self, ms: u64) -> &mut Self {
        let until = self.now + ms;
        while let Some(at) = self.engine.next_deadline().filter(|at| at.0 <= until) {
            assert!(
                at.0 >= self.now || self.out.is_empty(),
                "a deadline in the past"
            );
            self.now = self.now.max(at.0);
            let before = self.out.len();
            self.give(Input::Deadline);
            if self.out.len() == before && self.engine.next_deadline() == Some(at) {
                panic!("a deadline that nothing comes of at {at:?}");
            }
        }
        self.now = until;
        self
    }

    fn answer_mute(&mut self, text: &str) -> &mut Self {
        self.answer_next(For::Mute(CALL), text)
    }

    /// Answers the oldest order that was given for this.
    fn answer_next(&mut self, wanted: For, text: &str) -> &mut Self {
        let asked = self
            .engine
            .asked
            .iter()
            .filter(|(_, (what, _))| *what == wanted);
        let token = asked.map(|(token, _)| *token).min();
        let token = token.unwrap_or_else(|| panic!("nobody asked"));
        self.give(Input::Said(Said::Answer {
            token,
            done: true,
            text: text.to_owned(),
        }))
    }

    /// Answers the order to call, and the mute that goes with it.
    fn dialled(&mut self) -> &mut Self {
        self.answer(&dial(), "");
        self.answer_mute("\ncall muted\n")
    }

    /// Answers the last order of this kind.
    fn answer(&mut self, wanted: &Order, text: &str) -> &mut Self {
        let token = self.out.iter().rev().find_map(|output| match output {
            Output::Order(token, order) if order == wanted => Some(*token),
            _ => None,
        });
        let token = token.unwrap_or_else(|| panic!("no {wanted:?} in {:?}", self.out));
        self.give(Input::Said(Said::Answer {
            token,
            done: true,
            text: text.to_owned(),
        }))
    }

    fn states(&mut self, sound: &str, picture: &str) -> &mut Self {
        self.answer(&Order::SoundState, sound);
        self.answer(&Order::PictureState, picture)
    }

    /// What was ordered and told since the last time, one word each.
    fn said(&mut self) -> Vec<String> {
        let out = core::mem::take(&mut self.out);
        out.iter()
            .map(|output| match output {
                Output::Order(_, order) => format!("> {order:?}"),
                Output::Tell(call, seen) => {
                    assert_eq!(*call, CALL);
                    format!("{seen:?}")
                }
            })
            .collect()
    }

    fn inside() -> Self {
        let mut story = Story::up();
        story.tell(CallCommand::Join(request(None)));
        story.dialled();
        story.event(Happened::Established);
        story.states(&report("ausine", 5, 10), &report("none", 0, 0));
        story.engine.asked.clear();
        story.said();
        story
    }
}

fn dial() -> Order {
    Order::Dial(Private::new("sip:4711@conf.example;transport=tls"))
}

#[test]
fn arrive_dark_and_silent() {
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    let silence = format!("> Sound({SILENCE})");
    let dark = format!("> Picture({NO_PICTURE})");
    assert_eq!(
        story.said(),
        [&silence, &dark, "> Dial(<private>)", "Entering(Opening)"]
    );
    story.tell(CallCommand::Join(request(None)));
    assert_eq!(story.said(), [""; 0], "dialled twice");
}

#[test]
fn inside_is_taken_heard_and_read_back() {
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    story.dialled();
    story.said();
    story.event(Happened::Ringing);
    assert_eq!(story.said(), ["Entering(Knocking)"]);
    story.event(Happened::Established);
    story.answer(&Order::SoundState, &report("ausine", 0, 0));
    story.answer(&Order::PictureState, &report("none", 0, 0));
    let facts = story.said();
    assert!(facts.contains(&"Mic(Closed)".to_owned()), "{facts:?}");
    assert!(facts.contains(&"Camera(Closed)".to_owned()), "{facts:?}");
    assert!(!facts.contains(&"Inside".to_owned()), "nothing was heard");
    story.event(Happened::FirstPacket);
    assert_eq!(story.said(), ["Inside"]);
}

#[test]
fn no_sound_is_a_failure_of_its_own() {
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    story.dialled();
    story.event(Happened::Established);
    story.states(&report("ausine", 0, 0), &report("none", 0, 0));
    for _ in 0..60 {
        story.wait(200);
        if story.engine.call.is_some() {
            story.states(&report("ausine", 0, 0), &report("none", 0, 0));
        }
    }
    let said = story.said();
    let end = said.iter().rposition(|s| s == "Failed(NoMedia)");
    assert_eq!(said[end.unwrap() - 1], "> HangUp");
}

#[test]
fn sources_open_by_command_and_are_read_back() {
    let mut story = Story::inside();
    story.tell(CallCommand::Mic(Switch::Open));
    let opened = ["> Sound(alsa,default)", "> TurnMute", "> SoundState"];
    assert_eq!(story.said(), opened);
    let mut story = Story::inside();
    story.tell(CallCommand::Mic(Switch::Open));
    story.answer_mute("\ncall un-muted\n");
    story.answer(
        &Order::Sound("alsa,default".to_owned()),
        "switch audio device",
    );
    story.answer(&Order::SoundState, &report("alsa", 9, 20));
    assert_eq!(story.said().last().unwrap(), "Mic(Open)");
    story.tell(CallCommand::Camera(Switch::Open));
    story.answer(&Order::PictureState, &report("v4l2", 1, 1));
    assert!(story.said().contains(&"Camera(Open)".to_owned()));
    story.tell(CallCommand::Mic(Switch::Closed));
    story.answer(&Order::SoundState, &report("ausine", 11, 22));
    let said = story.said();
    assert_eq!(said[0], format!("> Sound({SILENCE})"));
    assert!(said.contains(&"Mic(Closed)".to_owned()));
}

#[test]
fn sound_that_was_gone_is_opened_anew_as_it_was() {
    let mut story = Story::inside();
    story.tell(CallCommand::SoundAnew);
    assert_eq!(story.said(), ["> Player(alsa,pulse)", "> SoundState"]);

    let mut story = Story::inside();
    story.tell(CallCommand::Mic(Switch::Open));
    story.answer_mute("\ncall un-muted\n");
    story.answer(&Order::SoundState, &report("alsa", 9, 20));
    story.said();
    story.tell(CallCommand::SoundAnew);
    let anew = [
        "> Player(alsa,pulse)",
        "> Sound(alsa,default)",
        "> SoundState",
    ];
    assert_eq!(story.said(), anew, "it was never closed meanwhile");
}

#[test]
fn a_microphone_that_cannot_be_opened_gives_way_to_silence() {
    let mut story = Story::inside();
    story.tell(CallCommand::Mic(Switch::Open));
    story.answer(
        &Order::Sound("alsa,default".to_owned()),
        "failed to set audio-source",
    );
    let said = story.said();
    assert!(said.contains(&format!("> Sound({SILENCE})")), "{said:?}");
}

#[test]
fn the_mute_follows_the_source_and_the_meter_corrects_it() {
    let mut story = Story::inside();
    story.now += 3000;
    story.event(Happened::Level(-96));
    assert!(!story.said().contains(&"> TurnMute".to_owned()));
    story.event(Happened::Level(-9));
    assert_eq!(story.said(), ["> TurnMute"], "the generator is heard");
    story.answer_mute("\ncall muted\n");
    assert_eq!(story.said(), [""; 0]);
    story.tell(CallCommand::Mic(Switch::Open));
    assert!(story.said().contains(&"> TurnMute".to_owned()));
    story.answer_mute("\ncall muted\n");
    assert_eq!(story.said(), ["> TurnMute"], "it was turned the wrong way");
    story.answer_mute("\ncall un-muted\n");
    assert_eq!(story.said(), [""; 0]);
}

/// The sound server may stand still for a moment, as when its canceller hangs or a device is pulled.
#[test]
fn a_microphone_that_gives_nothing_is_not_taken_for_a_muted_one() {
    for (sends, taken) in [(0, false), (50, true)] {
        let mut story = Story::inside();
        story.tell(CallCommand::Mic(Switch::Open));
        story.answer_mute("\ncall un-muted\n");
        let second = |story: &mut Story, sent: u64, n: u64| {
            story.wait(1000);
            story.states(&report("alsa", sent, 100 + 50 * n), &report("none", 0, 0));
        };
        for n in 0..3 {
            second(&mut story, 100 + 50 * n, n);
        }
        assert!(story.said().contains(&"Mic(Open)".to_owned()));
        for n in 1..5 {
            story.event(Happened::Level(-96));
            second(&mut story, 200 + sends * n, n + 3);
        }
        // Silence that is sent is a mute that somebody set past the room: it counts as closed, and is turned back.
        let said = story.said();
        let word = |word: &str| said.iter().any(|s| s == word);
        assert_eq!(word("> TurnMute") && word("Mic(Closed)"), taken, "{said:?}");
        assert_eq!(word("> TurnMute") || word("Mic(Closed)"), taken, "{said:?}");
    }
}

#[test]
fn a_microphone_behind_a_mute_is_closed() {
    let mut story = Story::inside();
    story.tell(CallCommand::Mic(Switch::Open));
    story.answer(&Order::SoundState, &report("alsa", 9, 20));
    assert!(
        !story.said().contains(&"Mic(Open)".to_owned()),
        "still muted"
    );
    story.answer_mute("\ncall un-muted\n");
    assert_eq!(story.said(), ["Mic(Open)"]);
}

#[test]
fn the_known_code_is_offered_once_and_a_goodbye_after_it_is_a_wrong_code() {
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(Some("8 15"))));
    story.dialled();
    story.event(Happened::Established);
    story.states(&report("ausine", 5, 10), &report("none", 0, 0));
    assert_eq!(
        story.said().last().map(String::as_str),
        Some(
            "Media(MediaSeen { audio_in: Runs, video_in: Stands, audio_out: Runs, video_out: Stands })"
        )
    );
    story.tell(CallCommand::Passcode(Private::new("8 15")));
    assert_eq!(story.said(), ["> Key(<private>)"; 4]);
    story.now += 2000;
    story.event(Happened::Closed("Connection reset by peer".to_owned()));
    assert_eq!(story.said(), ["Failed(WrongPasscode)"]);
}

#[test]
fn a_code_that_is_not_contradicted_lets_the_room_in() {
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(Some("815"))));
    story.dialled();
    story.event(Happened::Established);
    story.states(&report("ausine", 5, 10), &report("none", 0, 0));
    story.tell(CallCommand::Passcode(Private::new("815")));
    story.wait(3500);
    assert_eq!(story.said().iter().filter(|s| *s == "Inside").count(), 1);
    story.tell(CallCommand::Passcode(Private::new("geheim")));
    let last = story.said().pop();
    assert_eq!(last.as_deref(), Some("PasscodeAsked { rejected: true }"));
}

#[test]
fn every_end_has_its_name() {
    for (text, expected) in [
        ("486 Busy Here", "Failed(Busy)"),
        ("603 Decline", "Failed(Declined)"),
        ("Connection refused", "Failed(Unreachable)"),
    ] {
        let mut story = Story::up();
        story.tell(CallCommand::Join(request(None)));
        story.dialled();
        story.said();
        story.event(Happened::Closed(text.to_owned()));
        assert_eq!(story.said(), [expected]);
        assert_eq!(story.engine.next_deadline(), None);
    }
    let mut story = Story::inside();
    story.event(Happened::Closed("rtp stream error".to_owned()));
    assert_eq!(story.said(), ["Failed(ConnectionLost)"]);
    let mut story = Story::inside();
    story.event(Happened::Closed("Connection reset by peer".to_owned()));
    assert_eq!(story.said(), ["Over(EndedByHost)"]);
}

#[test]
fn what_is_said_of_an_earlier_call_does_not_end_the_next() {
    let mut story = Story::inside();
    story.tell(CallCommand::Drop);
    story.tell(CallCommand::Join(request(None)));
    story.event(Happened::Closed("Connection reset by user".to_owned()));
    story.dialled();
    assert!(story.engine.call.is_some());
    let said = story.said();
    assert_eq!(said[0], "> HangUp");
    assert!(
        !said
            .iter()
            .any(|s| s.starts_with("Over") || s.starts_with("Failed")),
        "{said:?}"
    );
}

#[test]
fn leaving_ends_with_left() {
    let mut story = Story::inside();
    story.tell(CallCommand::Leave);
    assert_eq!(story.said(), ["> HangUp"]);
    story.event(Happened::Closed("Connection reset by user".to_owned()));
    assert_eq!(story.said(), ["Over(Left)"]);
    story.tell(CallCommand::Leave);
    assert_eq!(story.said(), ["Over(Left)"]);
}

#[test]
fn a_client_that_dies_loses_its_call_and_one_that_never_comes_is_named() {
    let mut story = Story::inside();
    story.give(Input::LineDown);
    assert_eq!(story.said(), ["Over(PageGone)"]);
    story.tell(CallCommand::Join(request(None)));
    story.wait(9_000);
    assert_eq!(story.said(), [""; 0], "it may still come");
    story.line_up("1.1.0");
    assert!(story.said().contains(&"> Dial(<private>)".to_owned()));
    let mut story = Story::new();
    story.tell(CallCommand::Join(request(None)));
    story.wait(11_000);
    assert_eq!(story.said(), ["Failed(SipBroken)"]);
}

#[test]
fn a_call_of_an_earlier_daemon_is_found_with_what_is_open_in_it() {
    let mut story = Story::new();
    let mut known_nothing = request(None);
    known_nothing.target = None;
    story.tell(CallCommand::Adopt(known_nothing));
    story.line_up("1.1.0");
    story.answer(
        &Order::Calls,
        "> [line 1]  0:00:08  ESTABLISHED  sip:4711@conf.example",
    );
    story.states(&report("alsa", 100, 100), &report("none", 0, 100));
    let said = story.said();
    let facts: Vec<_> = said
        .iter()
        .filter(|s| !s.starts_with('>') && !s.starts_with("Media"))
        .collect();
    assert_eq!(facts, ["Mic(Open)", "Camera(Closed)", "Inside"]);
    let mut story = Story::up();
    story.tell(CallCommand::Adopt(request(Some("815"))));
    story.answer(&Order::Calls, "--- Active calls (0) ---");
    assert_eq!(story.said().last().unwrap(), "Over(PageGone)");
}

#[test]
fn ready_puts_nothing_on_the_wire() {
    let mut story = Story::up();
    story.tell(CallCommand::Warm(request(None)));
    assert_eq!(story.said(), ["Warm"]);
    let mut story = Story::up();
    story.engine.setup.registers = true;
    story.tell(CallCommand::Warm(request(None)));
    story.answer(&Order::Registrations, "> sip:saal@x   \u{1b}[31mERR");
    assert_eq!(story.said(), ["> Registrations"]);
    story.wait(1000);
    story.answer(&Order::Registrations, "> sip:saal@x   \u{1b}[32mOK");
    assert_eq!(story.said().last().unwrap(), "Warm");
}

#[test]
fn a_late_word_of_the_registrar_takes_no_call_back() {
    let mut story = Story::up();
    story.engine.setup.registers = true;
    story.tell(CallCommand::Warm(request(None))).wait(1500);
    assert_eq!(
        story.said(),
        ["> Registrations"; 2],
        "asked again each second"
    );
    let ok = "> sip:saal@x   \u{1b}[32mOK";
    story.answer_next(For::Registered(CALL), ok);
    assert_eq!(story.said().last().unwrap(), "Warm");
    story.tell(CallCommand::Join(request(None)));
    story.said();
    story.answer_next(For::Registered(CALL), ok);
    assert_eq!(story.said(), [""; 0], "warm again");
    story.answer_next(For::Dialled(CALL), "call id: 1");
    assert_eq!(story.said(), ["> Select", "> TurnMute"]);
}

#[test]
fn a_silent_line_and_a_client_that_hangs_are_told_and_untold() {
    let mut story = Story::inside();
    for _ in 0..5 {
        story.wait(1000);
        story.states(&report("ausine", 9, 10), &report("none", 0, 0));
    }
    assert!(story.said().contains(&"Trouble(Network)".to_owned()));
    story.wait(1000);
    story.states(&report("ausine", 9, 20), &report("none", 0, 0));
    assert!(story.said().contains(&"Recovered".to_owned()));
    story.wait(7000);
    let said = story.said();
    assert_eq!(said.iter().filter(|s| *s == "Trouble(Frozen)").count(), 1);
}

#[test]
fn nobody_may_call_the_room() {
    let mut story = Story::up();
    story.event(Happened::Incoming);
    assert_eq!(story.said(), ["> HangUp"]);
    let mut story = Story::inside();
    story.event(Happened::Incoming);
    assert_eq!(
        story.said(),
        [""; 0],
        "the client itself refuses a second call"
    );
}

#[test]
fn flows_are_counted_between_two_reports() {
    let mut story = Story::inside();
    story.wait(1000);
    story.states(&report("ausine", 6, 10), &report("none", 0, 30));
    let flows = MediaSeen {
        audio_in: Flow::Stands,
        video_in: Flow::Runs,
        audio_out: Flow::Runs,
        video_out: Flow::Stands,
    };
    assert!(
        story
            .said()
            .contains(&format!("{:?}", CallSeen::Media(flows)))
    );
}

fn directed(direction: &str, received: u64) -> String {
    let report = report("ausine", received, received);
    format!("{report} audio dir={direction} pt_enc=0\n")
}

#[test]
fn a_hold_is_told_and_ends_no_call() {
    let mut story = Story::inside();
    story.wait(1000);
    story.states(&directed("sendrecv", 20), &report("none", 0, 0));
    story.said();
    story.event(Happened::Renegotiated);
    story.states(&directed("recvonly", 20), &report("none", 0, 0));
    assert!(story.said().contains(&"Waiting(Hold)".to_owned()));
    for _ in 0..60 {
        story.wait(1000);
        story.states(&directed("recvonly", 20), &report("none", 0, 0));
    }
    let said = story.said();
    let quiet = |s: &String| s.starts_with('>') || s.starts_with("Media");
    assert!(said.iter().all(quiet), "{said:?}");
    story.tell(CallCommand::Mic(Switch::Closed));
    assert!(story.said().contains(&format!("> Sound({SILENCE})")));
    story.wait(1000);
    story.states(&directed("sendrecv", 21), &report("none", 0, 0));
    assert!(story.said().contains(&"Inside".to_owned()));
}

#[test]
fn a_far_end_that_only_sends_from_the_begin_holds_nobody() {
    let mut story = Story::inside();
    for count in 20..30 {
        story.wait(1000);
        story.states(&directed("recvonly", count), &report("none", 0, 0));
    }
    let said = story.said();
    assert!(!said.contains(&"Waiting(Hold)".to_owned()), "{said:?}");
}

#[test]
fn a_far_end_that_vanishes_while_it_holds_is_given_up_when_its_reports_stay_away() {
    let mut story = Story::inside();
    story.wait(1000);
    story.states(&directed("sendrecv", 20), &report("none", 0, 0));
    let held = |story: &mut Story| {
        story.wait(1000);
        if story.engine.call.is_some() {
            story.states(&directed("inactive", 20), &report("none", 0, 0));
        }
    };
    for _ in 0..4 {
        for _ in 0..5 {
            held(&mut story);
        }
        story.event(Happened::Reported);
    }
    assert!(story.engine.call.is_some());
    for _ in 0..21 {
        held(&mut story);
    }
    assert_eq!(story.said().last().unwrap(), "Failed(ConnectionLost)");
}

#[test]
fn a_far_end_that_sends_nothing_but_reports_is_there() {
    let mut story = Story::inside();
    story.wait(1000);
    story.states(&directed("sendrecv", 20), &report("none", 0, 0));
    let silent = |story: &mut Story| {
        story.wait(1000);
        if story.engine.call.is_some() {
            story.states(&directed("sendrecv", 20), &report("none", 0, 0));
        }
    };
    story.said();
    for _ in 0..12 {
        for _ in 0..5 {
            silent(&mut story);
        }
        story.event(Happened::Reported);
    }
    let said = story.said();
    let count = |what: &str| said.iter().filter(|s| *s == what).count();
    assert!(story.engine.call.is_some(), "{said:?}");
    assert_eq!(count("Trouble(Network)"), 1, "until the first report");
    assert_eq!(count("Recovered"), 1);
    assert_eq!(count("> Renew"), 1, "the far end is asked once");
    for _ in 0..20 {
        silent(&mut story);
    }
    assert_eq!(story.said().last().unwrap(), "Failed(ConnectionLost)");
}

#[test]
fn an_account_that_is_refused_is_named() {
    let with_account = || {
        let mut story = Story::up();
        story.engine.setup.registers = true;
        story
    };
    let failed = |text: &str| Happened::NotRegistered(text.to_owned());
    let mut story = with_account();
    story.tell(CallCommand::Warm(request(None)));
    story.event(failed("401 Unauthorized"));
    assert_eq!(story.said().last().unwrap(), "Failed(KeyRefused)");

    let mut story = with_account();
    story.tell(CallCommand::Warm(request(None)));
    story.event(failed("Connection refused"));
    story.wait(2000);
    assert!(
        !story.said().iter().any(|s| s.starts_with("Failed")),
        "it may come back"
    );
    story.event(Happened::Registered);
    assert_eq!(story.said().last().unwrap(), "Warm");

    let mut story = with_account();
    story.tell(CallCommand::Warm(request(None)));
    story.event(failed("Connection refused"));
    let token = |story: &Story| *story.engine.asked.keys().next_back().unwrap();
    for _ in 0..69 {
        story.wait(1000);
        let (token, text) = (token(&story), "> sip:saal@x   ERR".to_owned());
        story.give(Input::Said(Said::Answer {
            token,
            done: true,
            text,
        }));
    }
    assert!(story.engine.call.is_some(), "it may still come back");
    story.wait(2000);
    assert_eq!(story.said().last().unwrap(), "Failed(Unreachable)");

    // Calls need no registration; a server that asks for the password again does not take it.
    let mut story = with_account();
    story.event(failed("Connection refused"));
    story.tell(CallCommand::Join(request(None)));
    story.dialled();
    story.event(Happened::Closed(
        "407 Proxy Authentication Required".to_owned(),
    ));
    assert_eq!(story.said().last().unwrap(), "Failed(KeyRefused)");
}

#[test]
fn a_newer_client_is_told_which_call_is_meant() {
    let number = "call id: e9d0ba5a4f46953a\n";
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    story.answer(&dial(), number);
    assert_eq!(story.said()[4..], ["> Select", "> TurnMute"]);

    // Left before the client answered: what it then calls is hung up.
    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    story.tell(CallCommand::Leave);
    story.answer(&dial(), number);
    assert_eq!(story.said()[4..], ["> HangUp", "> Select", "> HangUp"]);
    story.event(Happened::Closed("Connection reset by user".to_owned()));
    assert_eq!(story.said(), ["Over(Left)"]);

    let mut story = Story::up();
    story.tell(CallCommand::Join(request(None)));
    story.tell(CallCommand::Drop);
    story.answer(&dial(), number);
    assert_eq!(story.said()[4..], ["> HangUp", "> Select", "> HangUp"]);
}

#[test]
fn the_transport_is_named_once() {
    for (version, address) in [
        ("1.0.0", "sip:4711@conf.example"),
        ("1.1.0", "sip:4711@conf.example;transport=tls"),
    ] {
        let mut story = Story::new();
        story.tell(CallCommand::Join(request(None)));
        story.give(Input::LineUp);
        assert_eq!(story.said(), ["> About"], "nothing is known of the client");
        story.give(Input::LineDown);
        story.line_up(version);
        story.answer(&Order::Dial(Private::new(address)), "");
    }
}
