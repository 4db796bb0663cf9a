//! The call's decisions as stories under a clock of our own: what is seen, what is done, when.

mod gates;
mod persons;
mod random;

use super::*;
use crate::pack::Packs;
use room_core::event::{Flow, PersonNeeded, Trouble, WaitingFor};
use room_core::ids::{HostName, ServiceId};
use room_core::meeting::{By, Target};

/// A call under test: feeds inputs at its own clock and keeps what comes out.
struct Story {
    call: Call,
    pack: Arc<Pack>,
    now: u64,
    view: View,
    out: Vec<Output>,
}

fn practice() -> Arc<Pack> {
    Packs::built_in().of(&ServiceId::new("practice")).unwrap()
}

fn request(passcode: Option<&str>) -> CallRequest {
    let target = Target::page(
        ServiceId::new("practice"),
        HostName::new("h"),
        Private::new("https://h/practice/x"),
        passcode.map(Private::new),
    );
    CallRequest {
        by: By::Page,
        target: Some(target),
        display_name: "Raum".to_owned(),
    }
}

impl Story {
    fn begin(command: CallCommand) -> Self {
        Self::with(practice(), command)
    }

    /// On the way into a conference whose page joins unmuted and has something to ask.
    fn joining_bbb() -> Self {
        let pack = Packs::built_in().of(&ServiceId::new("bbb")).unwrap();
        let mut story = Self::with(pack, CallCommand::Join(request(None)));
        story.put(Input::Opened);
        story
    }

    fn with(pack: Arc<Pack>, command: CallCommand) -> Self {
        let call = Call::new(Arc::clone(&pack), Mono(0));
        let mut story = Self {
            call,
            pack,
            now: 0,
            view: View {
                ready: true,
                status: 200,
                ..View::default()
            },
            out: Vec::new(),
        };
        story.put(Input::Command(command));
        story
    }

    fn joining() -> Self {
        let mut story = Self::begin(CallCommand::Join(request(None)));
        story.put(Input::Opened);
        story
    }

    /// Inside, with one other person, everything closed, and all that was said so far forgotten.
    fn inside() -> Self {
        let mut story = Self::joining();
        story.view.mic = Some(Switch::Closed);
        story.view.camera = Some(Switch::Closed);
        story.view.others = Some(1);
        story.view.anybody = true;
        story.shows(&["call"]);
        story.media(|sample| sample.up = 1);
        story.out.clear();
        story
    }

    fn put(&mut self, input: Input) -> &mut Self {
        let out = self.call.step(Mono(self.now), input);
        self.out.extend(out);
        self
    }

    fn command(&mut self, command: CallCommand) -> &mut Self {
        self.put(Input::Command(command))
    }

    /// The page shows what these rules know; a prejoin screen is dark unless said otherwise.
    fn shows(&mut self, rules: &[&str]) -> &mut Self {
        self.view.rules = rules.iter().map(|id| self.rule(id)).collect();
        self.view.dark = self.view.rules.clone();
        let view = self.view.clone();
        self.put(Input::Saw(view))
    }

    fn rule(&self, id: &str) -> usize {
        self.pack
            .rules
            .iter()
            .position(|rule| rule.id == id)
            .unwrap_or_else(|| panic!("no rule {id}"))
    }

    fn change(&mut self, change: impl FnOnce(&mut View)) -> &mut Self {
        change(&mut self.view);
        let view = self.view.clone();
        self.put(Input::Saw(view))
    }

    fn media(&mut self, change: impl FnOnce(&mut Sample)) -> &mut Self {
        let stands = MediaSeen {
            audio_in: Flow::Stands,
            video_in: Flow::Stands,
            audio_out: Flow::Stands,
            video_out: Flow::Stands,
        };
        let mut sample = Sample {
            seen: stands,
            links: 1,
            up: 1,
            pulse: true,
        };
        change(&mut sample);
        self.put(Input::Media(sample))
    }

    /// Lets time pass; every deadline on the way comes.
    fn wait(&mut self, ms: u64) -> &mut Self {
        let end = self.now + ms;
        for _ in 0..1_000 {
            match self.call.deadline() {
                Some(Mono(at)) if at <= end => {
                    self.now = self.now.max(at);
                    self.put(Input::Tick);
                }
                _ => break,
            }
        }
        self.now = end;
        self.put(Input::Tick)
    }

    /// Answers the last step or turn.
    fn answer(&mut self, did: Did) -> &mut Self {
        let ticket = self.out.iter().rev().find_map(|output| match output {
            Output::Step(order) => Some(order.ticket),
            Output::Turn(ticket, ..) => Some(*ticket),
            _ => None,
        });
        self.put(Input::Did(ticket.expect("nothing is being done"), did))
    }

    /// Carries out everything ordered until nothing more is.
    fn obey(&mut self) -> &mut Self {
        loop {
            let before = self.orders().len();
            self.answer(Did::Done);
            if self.orders().len() == before {
                return self;
            }
        }
    }

    fn orders(&self) -> Vec<String> {
        let name = |output: &Output| match output {
            Output::Step(order) => {
                let insist = if order.insist { " insisting" } else { "" };
                Some(format!("{}{insist}", order.step))
            }
            Output::Turn(_, device, to) => Some(format!("{device:?} {to:?}")),
            _ => None,
        };
        self.out.iter().filter_map(name).collect()
    }

    fn said(&self) -> Vec<CallSeen> {
        let say = |output: &Output| match output {
            Output::Say(seen) => Some(seen.clone()),
            _ => None,
        };
        self.out.iter().filter_map(say).collect()
    }

    fn gates(&self) -> Vec<(Device, Switch)> {
        let gate = |output: &Output| match output {
            Output::Gate(device, to) => Some((*device, *to)),
            _ => None,
        };
        self.out.iter().filter_map(gate).collect()
    }

    fn closes(&self) -> Option<Evidence> {
        self.out.iter().find_map(|output| match output {
            Output::Close(evidence) => Some(*evidence),
            _ => None,
        })
    }

    #[track_caller]
    fn ends_with(&mut self, seen: CallSeen, evidence: Evidence) {
        assert_eq!(self.said().last(), Some(&seen));
        assert_eq!(self.closes(), Some(evidence));
        let before = self.out.len();
        self.wait(300_000);
        self.shows(&["call"])
            .command(CallCommand::Mic(Switch::Open))
            .put(Input::Closed)
            .put(Input::Vanished);
        assert_eq!(
            self.out.len(),
            before,
            "something came after the end: {:?}",
            &self.out[before..]
        );
        assert!(self.call.over());
    }
}

#[test]
fn a_warm_page_is_ready_up_to_the_last_click_and_joining_is_that_click_alone() {
    let mut story = Story::begin(CallCommand::Warm(request(None)));
    assert_eq!(
        story.out,
        [
            Output::Say(CallSeen::Entering(JoinStep::Opening)),
            Output::Open
        ]
    );
    story.put(Input::Opened).shows(&["prejoin"]).obey();
    assert_eq!(story.orders(), ["name", "microphone-off", "camera-off"]);
    assert_eq!(
        story.said()[1..],
        [CallSeen::Entering(JoinStep::FillingIn), CallSeen::Warm]
    );
    story.wait(3_600_000);
    assert_eq!(story.orders().len(), 3, "a warm page must stay still");
    story.out.clear();
    story.command(CallCommand::Join(request(None)));
    assert_eq!(story.orders(), ["join"]);
}

#[test]
fn the_room_is_inside_by_two_signs_or_after_a_while_by_one() {
    let mut story = Story::joining();
    story.shows(&["call"]);
    assert!(
        !story.said().contains(&CallSeen::Inside),
        "the page's word alone is not enough at once"
    );
    story.wait(1_999);
    assert!(!story.said().contains(&CallSeen::Inside));
    story.wait(1);
    assert!(story.said().contains(&CallSeen::Inside));

    let mut story = Story::joining();
    story.shows(&["call"]).media(|_| {});
    assert!(
        story.said().contains(&CallSeen::Inside),
        "media are the second sign"
    );

    let mut story = Story::joining();
    story.change(|view| view.anybody = true).shows(&["call"]);
    assert!(
        story.said().contains(&CallSeen::Inside),
        "a list of people is the second sign"
    );
}

#[test]
fn entering_waits_for_the_signs_of_a_dark_entry() {
    let mut story = Story::joining();
    story
        .shows(&["prejoin"])
        .change(|view| view.dark.clear())
        .obey();
    for _ in 0..3 {
        story.wait(6_000).obey();
    }
    assert!(!story.orders().contains(&"join".to_owned()));
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::Failed(CallFailure::ActionFailed))
    );
}

#[test]
fn a_page_may_take_a_moment_to_show_that_it_is_dark() {
    let mut story = Story::joining();
    story.shows(&["prejoin"]).change(|view| view.dark.clear());
    for step in ["name", "microphone-off", "camera-off"] {
        assert_eq!(story.orders().last().map(String::as_str), Some(step));
        story.answer(Did::Done);
    }
    assert_eq!(
        story.orders().len(),
        3,
        "nothing is pressed again meanwhile"
    );
    story.wait(3_000);
    assert_eq!(
        story.orders().len(),
        3,
        "nothing is pressed again meanwhile"
    );
    story.shows(&["prejoin"]);
    assert_eq!(story.orders().last().map(String::as_str), Some("join"));
}

#[test]
fn a_mail_address_that_the_room_does_not_have_is_asked_of_a_person_once() {
    let text = PERSONS.replace(
        "STATE\"",
        "prejoin\"\nprepare = [\"mail\"]\nenter = [\"go\"]\ndark.none = [\".m\"]",
    ) + "[step.mail]\ndo = \"fill\"\nat = \"#m\"\nwith = \"mail\"\n[step.go]\ndo = \"click\"\nat = \"#go\"\n";
    let pack = Arc::new(Pack::parse(&text).unwrap());
    for (mail, orders, said) in [
        (
            None,
            vec![],
            CallSeen::PersonNeeded(PersonNeeded::Registration),
        ),
        (
            Some(Private::new("room@example.org")),
            vec!["mail", "go"],
            CallSeen::Entering(JoinStep::FillingIn),
        ),
    ] {
        let mut story = Story::begin(CallCommand::Join(request(None)));
        story.call = Call::new(Arc::clone(&pack), Mono(0)).giving(mail);
        story.pack = Arc::clone(&pack);
        story
            .command(CallCommand::Join(request(None)))
            .put(Input::Opened);
        story.out.clear();
        story.shows(&["person"]);
        if !story.orders().is_empty() {
            story.answer(Did::Done);
        }
        story.wait(2_000);
        assert_eq!(story.orders(), orders);
        assert_eq!(story.said().last(), Some(&said));
    }
}

#[test]
fn removed_from_the_lobby_means_not_let_in() {
    for (before, end) in [
        (&["lobby"][..], EndReason::Denied),
        (&["call"], EndReason::Removed),
        (&[], EndReason::Removed),
    ] {
        let mut story = Story::joining();
        story.shows(before).shows(&["removed"]);
        story.ends_with(CallSeen::Over(end), Evidence::Nothing);
    }
}

#[test]
fn every_final_screen_ends_the_call_in_its_own_words() {
    let table = [
        ("removed", CallSeen::Over(EndReason::Removed)),
        ("denied", CallSeen::Over(EndReason::Denied)),
        ("ended", CallSeen::Over(EndReason::EndedByHost)),
        ("left", CallSeen::Over(EndReason::Left)),
        ("full", CallSeen::Failed(CallFailure::Full)),
        ("not-found", CallSeen::Failed(CallFailure::NotFound)),
    ];
    for (rule, seen) in table {
        let mut story = Story::joining();
        story.shows(&[rule, "call", "lobby"]);
        story.put(Input::Closed);
        story.ends_with(seen, Evidence::Nothing);
    }
}

#[test]
fn what_weighs_more_wins_and_people_are_asked_for() {
    let pack = practice();
    let index = |id: &str| pack.rules.iter().position(|rule| rule.id == id).unwrap();
    let all: Vec<usize> = (0..pack.rules.len()).collect();
    assert_eq!(pack.weighs_most(&all, false), Some(index("removed")));
    assert_eq!(
        pack.weighs_most(&[index("call"), index("lobby"), index("prejoin")], false),
        Some(index("lobby"))
    );
    assert_eq!(pack.weighs_most(&[index("reconnecting")], false), None);
    assert_eq!(pack.weighs_most(&[999], false), None);
}

#[test]
fn a_known_passcode_is_tried_once_and_then_a_person_is_asked() {
    let mut story = Story::begin(CallCommand::Join(request(Some("12"))));
    story.put(Input::Opened).shows(&["passcode"]);
    let Some(Output::Step(order)) = story.out.last() else {
        panic!("{:?}", story.out)
    };
    assert_eq!(
        (
            order.step.as_str(),
            order.text.as_ref().map(Private::reveal)
        ),
        ("type-passcode", Some("12"))
    );
    story
        .obey()
        .shows(&["connecting"])
        .shows(&["passcode-rejected"]);
    assert_eq!(story.orders(), ["type-passcode", "submit-passcode"]);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::PasscodeAsked { rejected: true })
    );
    story.wait(600_000);
    assert_eq!(story.orders().len(), 2, "nothing may be tried by itself");
    for _ in 0..5 {
        story.out.clear();
        story
            .command(CallCommand::Passcode(Private::new("34")))
            .obey();
        assert_eq!(story.orders(), ["type-passcode", "submit-passcode"]);
        story.shows(&["connecting"]).shows(&["passcode-rejected"]);
        assert_eq!(
            story.said().last(),
            Some(&CallSeen::PasscodeAsked { rejected: true })
        );
    }
}

#[test]
fn without_a_passcode_a_person_is_asked_at_once_and_a_swallowed_code_counts_as_refused() {
    let mut story = Story::joining();
    story.shows(&["passcode"]);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::PasscodeAsked { rejected: false })
    );
    assert!(story.orders().is_empty());
    story
        .command(CallCommand::Passcode(Private::new("1")))
        .obey();
    story.wait(5_999);
    assert!(
        !story
            .said()
            .contains(&CallSeen::PasscodeAsked { rejected: true })
    );
    story.wait(1);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::PasscodeAsked { rejected: true })
    );
}

#[test]
fn a_click_without_effect_is_tried_again_insisting_and_then_fails() {
    let mut story = Story::joining();
    story.shows(&["prejoin"]).obey();
    assert_eq!(story.orders().last().unwrap(), "join");
    story.wait(6_000);
    assert_eq!(story.orders().last().unwrap(), "join insisting");
    story.answer(Did::Done).wait(6_000);
    assert_eq!(story.orders().last().unwrap(), "join");
    story.answer(Did::Done).wait(6_000);
    story.put(Input::Closed);
    story.ends_with(CallSeen::Failed(CallFailure::ActionFailed), Evidence::Keep);
}

#[test]
fn a_step_that_is_never_answered_does_not_hold_the_call_up() {
    let mut story = Story::joining();
    story.shows(&["prejoin"]).wait(60_000);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::Failed(CallFailure::ActionFailed))
    );
}

#[test]
fn a_screen_that_changes_under_a_step_makes_the_answer_void() {
    let mut story = Story::joining();
    story.shows(&["prejoin"]);
    let Some(Output::Step(StepOrder { ticket, .. })) = story.out.last() else {
        panic!()
    };
    let ticket = *ticket;
    story
        .shows(&["lobby"])
        .put(Input::Did(ticket, Did::Refused));
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::Waiting(WaitingFor::Lobby))
    );
    assert_eq!(story.closes(), None);
}

#[test]
fn an_unknown_screen_is_named_and_kept_and_an_empty_page_is_no_answer() {
    let mut story = Story::joining();
    story.change(|_| {}).wait(14_999);
    assert_eq!(story.closes(), None);
    story.wait(1).put(Input::Closed);
    story.ends_with(CallSeen::Failed(CallFailure::UnknownScreen), Evidence::Keep);

    let mut story = Story::joining();
    story
        .change(|view| view.ready = false)
        .wait(15_000)
        .put(Input::Closed);
    story.ends_with(CallSeen::Failed(CallFailure::NoAnswer), Evidence::Keep);

    for (status, failure) in [
        (404, CallFailure::NotFound),
        (503, CallFailure::Unreachable),
    ] {
        let mut story = Story::joining();
        story
            .change(|view| view.status = status)
            .wait(1_500)
            .put(Input::Closed);
        story.ends_with(CallSeen::Failed(failure), Evidence::Keep);
    }
}

#[test]
fn a_known_screen_on_an_error_status_counts_as_what_it_shows() {
    let mut story = Story::joining();
    story
        .change(|view| view.status = 404)
        .shows(&["prejoin"])
        .wait(2_000);
    assert_eq!(story.closes(), None);
}

#[test]
fn a_screen_that_no_rule_knows_in_the_call_is_borne_as_long_as_media_live() {
    let mut story = Story::inside();
    story.shows(&[]);
    for _ in 0..60 {
        story.wait(1_000).media(|_| {});
    }
    assert_eq!(story.closes(), None);
    story.wait(20_000);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::Failed(CallFailure::UnknownScreen))
    );
}

#[test]
fn the_microphone_is_open_when_either_the_page_or_the_statistics_say_so() {
    let mut story = Story::inside();
    story.media(|sample| sample.seen.audio_out = Flow::Runs);
    assert!(
        story.said().contains(&CallSeen::Mic(Switch::Open)),
        "sound flows while the page says closed"
    );
    story.media(|_| {});
    assert_eq!(
        story
            .said()
            .iter()
            .rev()
            .find(|s| matches!(s, CallSeen::Mic(_))),
        Some(&CallSeen::Mic(Switch::Closed))
    );
    story.change(|view| view.mic = Some(Switch::Open));
    assert_eq!(story.said().last(), Some(&CallSeen::Mic(Switch::Open)));
}

#[test]
fn a_close_that_the_page_shows_is_measured_at_once() {
    let mut story = Story::inside();
    story
        .change(|view| view.mic = Some(Switch::Open))
        .media(|sample| sample.seen.audio_out = Flow::Runs);
    story.out.clear();
    story.change(|view| view.mic = Some(Switch::Closed));
    assert_eq!(story.out, [Output::Sample]);
    story.media(|_| {});
    assert!(story.said().contains(&CallSeen::Mic(Switch::Closed)));
}

#[test]
fn a_page_that_opens_the_microphone_on_arrival_is_closed_at_once() {
    let mut story = Story::joining();
    story.view.mic = Some(Switch::Open);
    story.view.camera = Some(Switch::Open);
    story.shows(&["call"]);
    assert_eq!(story.orders(), ["Mic Closed", "Camera Closed"]);
}

#[test]
fn an_adopted_call_is_not_closed_but_reported_as_it_is() {
    let mut story = Story::begin(CallCommand::Adopt(request(None)));
    assert_eq!(story.out, [Output::Find]);
    story.view.mic = Some(Switch::Open);
    story.view.camera = Some(Switch::Closed);
    story.view.anybody = true;
    story.put(Input::Found).shows(&["call"]);
    assert_eq!(story.orders(), [""; 0]);
    for seen in [
        CallSeen::Inside,
        CallSeen::Mic(Switch::Open),
        CallSeen::Camera(Switch::Closed),
    ] {
        assert!(story.said().contains(&seen), "{seen:?}");
    }
    let mut story = Story::begin(CallCommand::Adopt(request(None)));
    story.put(Input::Vanished).put(Input::Closed);
    story.ends_with(CallSeen::Over(EndReason::PageGone), Evidence::Nothing);
}

#[test]
fn a_device_command_is_pressed_until_seen_or_given_up_and_newest_wins() {
    let mut story = Story::inside();
    story.command(CallCommand::Mic(Switch::Open));
    assert_eq!(story.orders(), ["Mic Open"]);
    story
        .answer(Did::Done)
        .change(|view| view.mic = Some(Switch::Open))
        .wait(60_000);
    assert_eq!(story.orders(), ["Mic Open"]);

    let mut story = Story::inside();
    story
        .command(CallCommand::Mic(Switch::Open))
        .answer(Did::Done);
    for _ in 0..10 {
        story.wait(2_500);
        if story.orders().len() < 3 {
            story.answer(Did::Done);
        }
    }
    assert_eq!(
        story.orders(),
        ["Mic Open"; 3],
        "tried three times, then left to the room"
    );

    let mut story = Story::inside();
    story
        .command(CallCommand::Mic(Switch::Open))
        .command(CallCommand::Mic(Switch::Closed))
        .answer(Did::Done)
        .wait(60_000);
    assert_eq!(story.orders(), ["Mic Open"]);
    story.change(|view| view.mic = Some(Switch::Open));
    assert_eq!(
        story.orders(),
        ["Mic Open"],
        "the wish to close was fulfilled before; the room sees it open and decides"
    );
    assert_eq!(story.said().last(), Some(&CallSeen::Mic(Switch::Open)));
}

#[test]
fn a_command_given_before_the_door_is_carried_out_inside() {
    let mut story = Story::joining();
    story
        .command(CallCommand::Camera(Switch::Open))
        .shows(&["lobby"]);
    assert!(story.orders().is_empty());
    story.view.camera = Some(Switch::Closed);
    story.shows(&["call"]);
    assert_eq!(story.orders(), ["Camera Open"]);
}

#[test]
fn silence_of_everybody_is_trouble_and_a_sign_of_life_ends_it() {
    let mut story = Story::inside();
    story.wait(5_999);
    assert!(story.said().is_empty(), "{:?}", story.said());
    story.wait(1);
    assert_eq!(story.said(), [CallSeen::Trouble(Trouble::Network)]);
    story.media(|_| {});
    assert_eq!(story.said().last(), Some(&CallSeen::Recovered));
}

#[test]
fn a_closed_microphone_of_the_others_or_an_empty_call_is_no_trouble() {
    let mut story = Story::inside();
    for _ in 0..100 {
        story.wait(1_000).media(|_| {});
    }
    assert!(
        story
            .said()
            .iter()
            .all(|seen| !matches!(seen, CallSeen::Trouble(_))),
        "signs of life without media"
    );
    story.change(|view| view.others = Some(0)).wait(600_000);
    assert!(
        story
            .said()
            .iter()
            .all(|seen| !matches!(seen, CallSeen::Trouble(_))),
        "nobody is there to give one"
    );
}

#[test]
fn the_pages_own_banner_is_trouble() {
    let mut story = Story::inside();
    story.shows(&["call", "reconnecting"]);
    assert_eq!(story.said(), [CallSeen::Trouble(Trouble::Network)]);
    story.shows(&["call"]);
    assert_eq!(story.said().last(), Some(&CallSeen::Recovered));
}

#[test]
fn a_frozen_page_is_told_of_and_given_up_in_the_end() {
    let mut story = Story::inside();
    story.put(Input::Froze);
    assert_eq!(story.said(), [CallSeen::Trouble(Trouble::Frozen)]);
    story.put(Input::Thawed);
    assert_eq!(story.said().last(), Some(&CallSeen::Recovered));
    story.put(Input::Froze).wait(20_000).put(Input::Closed);
    story.ends_with(CallSeen::Over(EndReason::PageGone), Evidence::Nothing);
}

#[test]
fn after_a_frozen_page_microphone_and_camera_are_told_anew() {
    let mut story = Story::inside();
    story.put(Input::Froze).put(Input::Thawed);
    assert_eq!(
        story.said(),
        [
            CallSeen::Trouble(Trouble::Frozen),
            CallSeen::Mic(Switch::Closed),
            CallSeen::Camera(Switch::Closed),
            CallSeen::Recovered,
        ],
        "the room knew neither while the page stood still"
    );
}

#[test]
fn a_crash_is_told_of_and_the_page_is_gone() {
    let mut story = Story::inside();
    story.put(Input::Crashed);
    assert_eq!(
        story.said(),
        [
            CallSeen::Trouble(Trouble::PageCrashed),
            CallSeen::Over(EndReason::PageGone)
        ]
    );
    story.put(Input::Closed);
    story.ends_with(CallSeen::Over(EndReason::PageGone), Evidence::Nothing);
}

#[test]
fn loading_failures_have_names() {
    let table = [
        (Input::Unreachable, CallFailure::Unreachable),
        (Input::Strayed, CallFailure::StrayHost),
        (Input::BrowserRefused, CallFailure::BrowserBroken),
    ];
    for (input, failure) in table {
        let mut story = Story::begin(CallCommand::Join(request(None)));
        story.put(input).put(Input::Closed);
        story.ends_with(CallSeen::Failed(failure), Evidence::Nothing);
    }
    let mut story = Story::inside();
    story.put(Input::Unreachable).put(Input::Closed);
    story.ends_with(
        CallSeen::Failed(CallFailure::ConnectionLost),
        Evidence::Nothing,
    );
}

#[test]
fn leaving_goes_through_the_pages_own_way_out_and_is_said_when_the_page_is_destroyed() {
    let mut story = Story::inside();
    story.command(CallCommand::Leave);
    assert_eq!(story.orders(), ["leave"]);
    assert_eq!(story.closes(), None);
    story.answer(Did::Done).shows(&["left"]);
    assert_eq!(story.closes(), Some(Evidence::Nothing));
    assert!(story.said().is_empty());
    story.put(Input::Closed);
    story.ends_with(CallSeen::Over(EndReason::Left), Evidence::Nothing);
}

#[test]
fn leaving_never_takes_longer_than_its_limit_whatever_the_page_does() {
    let mut story = Story::inside();
    story.command(CallCommand::Leave).wait(3_999);
    assert_eq!(story.closes(), None);
    story.wait(1);
    assert_eq!(story.closes(), Some(Evidence::Nothing));

    let mut story = Story::inside();
    story.command(CallCommand::Leave).answer(Did::Absent);
    assert_eq!(story.closes(), Some(Evidence::Nothing));

    let mut story = Story::inside();
    story
        .command(CallCommand::Leave)
        .put(Input::Crashed)
        .put(Input::Closed);
    story.ends_with(CallSeen::Over(EndReason::Left), Evidence::Nothing);

    for input in [Input::Tick, Input::Opened] {
        let mut story = Story::begin(CallCommand::Join(request(None)));
        story
            .command(CallCommand::Leave)
            .put(input)
            .put(Input::Closed);
        story.ends_with(CallSeen::Over(EndReason::Left), Evidence::Nothing);
    }
}

#[test]
fn a_dropped_call_says_nothing_more() {
    let mut story = Story::inside();
    story
        .command(CallCommand::Drop)
        .shows(&["ended"])
        .put(Input::Crashed)
        .put(Input::Closed)
        .wait(60_000);
    assert_eq!(story.said(), []);
    assert!(story.call.over());
}

#[test]
fn a_page_that_is_before_the_door_again_is_never_entered_again_by_itself() {
    let mut story = Story::inside();
    story.shows(&["prejoin"]).put(Input::Closed);
    assert!(story.orders().is_empty());
    story.ends_with(CallSeen::Over(EndReason::EndedByHost), Evidence::Nothing);
}

#[test]
fn the_volume_asked_for_before_the_page_is_there_is_set_when_it_is() {
    let mut story = Story::begin(CallCommand::Join(request(None)));
    story.command(CallCommand::Volume(Percent::new(30)));
    assert!(!story.out.contains(&Output::SetVolume(Percent::new(30))));
    story.put(Input::Opened);
    assert!(story.out.contains(&Output::SetVolume(Percent::new(30))));
    story
        .put(Input::Volume(Percent::new(30)))
        .put(Input::Volume(Percent::new(30)));
    assert_eq!(
        story
            .said()
            .iter()
            .filter(|s| matches!(s, CallSeen::Volume(_)))
            .count(),
        1
    );
}

#[test]
fn a_dialog_in_the_call_that_cannot_be_cleared_away_does_not_end_it() {
    let text = PERSONS.replace("STATE\"", "dialog\"\nprepare = [\"ok\"]")
        + "[step.ok]\ndo = \"click\"\nat = \"#ok\"\n";
    let pack = Arc::new(Pack::parse(&text).unwrap());
    let mut story = Story {
        call: Call::new(Arc::clone(&pack), Mono(0)),
        pack,
        now: 0,
        view: View {
            ready: true,
            anybody: true,
            ..View::default()
        },
        out: Vec::new(),
    };
    story
        .command(CallCommand::Join(request(None)))
        .put(Input::Opened)
        .shows(&["call"]);
    story.shows(&["person", "call"]);
    for _ in 0..20 {
        story.answer(Did::Absent).wait(60_000);
    }
    assert_eq!(story.orders().len(), 3, "{:?}", story.orders());
    assert_eq!(story.closes(), None);
    story.shows(&["call"]).shows(&["person", "call"]);
    assert_eq!(
        story.orders().len(),
        4,
        "when it comes again it is tried again"
    );
}

#[test]
fn a_passcode_field_that_need_not_be_there_is_only_asked_for_when_it_is() {
    let text = PERSONS.replace(
        "STATE\"",
        "prejoin\"\nprepare = [\"code\"]\nenter = [\"go\"]\ndark.none = [\".m\"]",
    ) + "[step.code]\ndo = \"type\"\nat = \"#c\"\nwith = \"passcode\"\noptional = true\n[step.go]\ndo = \"click\"\nat = \"#go\"\n";
    let pack = Arc::new(Pack::parse(&text).unwrap());
    for (there, said, orders) in [
        (
            Did::Absent,
            CallSeen::Entering(JoinStep::FillingIn),
            vec!["code", "go"],
        ),
        (
            Did::Done,
            CallSeen::PasscodeAsked { rejected: false },
            vec!["code"],
        ),
    ] {
        let call = Call::new(Arc::clone(&pack), Mono(0));
        let view = View {
            ready: true,
            ..View::default()
        };
        let mut story = Story {
            call,
            pack: Arc::clone(&pack),
            now: 0,
            view,
            out: Vec::new(),
        };
        story
            .command(CallCommand::Join(request(None)))
            .put(Input::Opened)
            .shows(&["person"])
            .answer(there);
        assert_eq!(story.said().last(), Some(&said));
        assert_eq!(story.orders(), orders);
        if there == Did::Done {
            story
                .command(CallCommand::Passcode(Private::new("9")))
                .obey();
            assert_eq!(story.orders(), ["code", "code", "go"]);
        }
    }
}

#[test]
fn only_a_person_may_go_on_where_one_is_needed() {
    let text = PERSONS.replace("STATE", "captcha");
    let pack = Arc::new(Pack::parse(&text).unwrap());
    let mut call = Call::new(pack, Mono(0));
    call.step(Mono(0), Input::Command(CallCommand::Join(request(None))));
    call.step(Mono(0), Input::Opened);
    let view = View {
        rules: vec![0, 1],
        ready: true,
        ..View::default()
    };
    let out = call.step(Mono(0), Input::Saw(view));
    assert_eq!(
        out,
        [Output::Say(CallSeen::PersonNeeded(PersonNeeded::Captcha))]
    );
    assert_eq!(call.step(Mono(10_000_000), Input::Tick), []);
}

const PERSONS: &str = r##"
service = "x"
version = 1
name = { de = "X", en = "X" }
[[rule]]
id = "person"
state = "STATE"
when.all = ["#a"]
[[rule]]
id = "call"
state = "inside"
when.all = ["#b"]
"##;
