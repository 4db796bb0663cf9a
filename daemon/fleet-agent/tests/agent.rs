//! The agent's decisions, in virtual time and without a connection: the usual day, restarts, and a server that is not to be trusted.

use core::time::Duration;
use fleet_agent::{Agent, Input, Now, Output, Remembered, Terms};
use fleet_proto::*;
use minisign::KeyPair;
use minisign_verify::PublicKey;
use proptest::prelude::*;
use std::collections::BTreeMap;

const ROOM: &str = "rathaus-3-14";
const START_MS: i64 = 1_764_000_000_000;

/// An agent with its clock, what it said, and what it had the daemon do.
struct Desk {
    agent: Agent,
    at: Duration,
    said: Vec<FromRoom>,
    did: Vec<Output>,
    connected: bool,
}

fn terms() -> Terms {
    Terms {
        room: ROOM.parse().expect("a room"),
        software: "0.1.0".into(),
        boot: "b1".parse().expect("a start"),
        verbs: Vec::new(),
        grants: None,
        applied: None,
        refused: None,
        remembered: Remembered::default(),
        seed: 7,
    }
}

impl Desk {
    fn new(terms: Terms) -> Self {
        Self {
            agent: Agent::new(terms),
            at: Duration::ZERO,
            said: Vec::new(),
            did: Vec::new(),
            connected: false,
        }
    }

    fn now(&self) -> Now {
        let passed = i64::try_from(self.at.as_millis()).expect("a short test");
        Now {
            forward: self.at,
            wall_ms: START_MS + passed,
        }
    }

    fn step(&mut self, input: Input) {
        for output in self.agent.step(self.now(), input) {
            match output {
                Output::Send(text) => {
                    assert!(self.connected, "nothing is said without a connection");
                    self.said.push(read(&text).expect("a message"));
                }
                Output::Close => {
                    self.connected = false;
                    self.did.push(Output::Close);
                }
                other => self.did.push(other),
            }
        }
        let deadline = self.agent.deadline();
        assert!(
            deadline.is_none_or(|at| at > self.at),
            "a deadline that has passed: {deadline:?} at {:?}",
            self.at
        );
    }

    /// Goes forward, stopping wherever the agent wants to.
    fn pass(&mut self, time: Duration) {
        let end = self.at + time;
        while let Some(at) = self.agent.deadline().filter(|at| *at <= end) {
            self.at = at;
            self.step(Input::Tick);
        }
        self.at = end;
    }

    fn hear(&mut self, message: &FromFleet) {
        self.step(Input::Heard(write(message).expect("short")));
    }

    /// A connection with a greeting.
    fn up(mut self) -> Self {
        self.connect();
        self.said.clear();
        self.did.clear();
        self
    }

    fn connect(&mut self) {
        while !self.did.contains(&Output::Connect) {
            let at = self.agent.deadline().expect("it tries again");
            self.pass(at - self.at.min(at));
            if self.at == Duration::ZERO {
                self.step(Input::Tick);
            }
        }
        self.did.retain(|did| *did != Output::Connect);
        self.connected = true;
        self.step(Input::Connected);
        self.hear(&FromFleet::Welcome(Welcome {
            epoch: Epoch(1),
            now_ms: START_MS,
            sample_every_s: 60,
            spread_s: 0,
        }));
        assert!(self.agent.is_up());
    }

    fn lose(&mut self) {
        self.connected = false;
        self.step(Input::Lost);
    }

    fn states(&self) -> Vec<&Stamped<RoomState>> {
        let states = self.said.iter().filter_map(|said| match said {
            FromRoom::State(state) => Some(&**state),
            _ => None,
        });
        states.collect()
    }

    fn answers(&self) -> Vec<&Answer> {
        let answers = self.said.iter().filter_map(|said| match said {
            FromRoom::Answer(answer) => Some(answer),
            _ => None,
        });
        answers.collect()
    }

    fn done(&self) -> Vec<&Verb> {
        let done = self.did.iter().filter_map(|did| match did {
            Output::Do(command) => Some(&command.verb),
            _ => None,
        });
        done.collect()
    }

    fn remembered(&self) -> Remembered {
        let kept = self.did.iter().rev().find_map(|did| match did {
            Output::Remember(kept) => Some(kept.as_ref().clone()),
            _ => None,
        });
        kept.expect("something was kept")
    }

    fn command(&self, id: &str, verb: Verb) -> Command {
        Command {
            id: id.parse().expect("an id"),
            verb,
            issued_ms: self.now().wall_ms,
            expires_ms: self.now().wall_ms + 10_000,
            grant: None,
        }
    }
}

fn state(minute: i64) -> Box<RoomState> {
    Box::new(RoomState {
        name: "Sitzungssaal".into(),
        software: "0.1.0".into(),
        board: None,
        zone: "Europe/Berlin".into(),
        boot: "b1".parse().expect("a start"),
        started_ms: START_MS,
        phase: Phase::Standby,
        phase_since_ms: START_MS + minute * 60_000,
        call: None,
        microphone: SwitchNow::Closed,
        camera: SwitchNow::Closed,
        next_meeting_ms: None,
        faults: Vec::new(),
        devices: Vec::new(),
        proof: None,
        tomorrow: None,
        calendar: CalendarNow::Fresh {},
        clock: ClockNow::Right,
        packs: Vec::new(),
    })
}

fn number(said: &FromRoom) -> Option<Sequence> {
    match said {
        FromRoom::State(state) => Some(state.seq),
        FromRoom::Sample(sample) => Some(sample.seq),
        FromRoom::Hello(_) | FromRoom::Reported(_) | FromRoom::Answer(_) | FromRoom::Release(_) => {
            None
        }
    }
}

fn refused(why: Refusal) -> Outcome {
    Outcome::Refused { why }
}

#[test]
fn a_room_says_hello_and_nothing_else_before_the_welcome() {
    let mut desk = Desk::new(terms());
    desk.step(Input::State(state(0)));
    assert_eq!(desk.did, [Output::Connect]);
    desk.connected = true;
    desk.step(Input::Connected);
    desk.step(Input::State(state(1)));
    desk.step(Input::Figures(Sample::default()));
    assert!(
        matches!(desk.said[..], [FromRoom::Hello(_)]),
        "{:?}",
        desk.said
    );
    desk.hear(&FromFleet::Welcome(Welcome {
        epoch: Epoch(1),
        now_ms: 0,
        sample_every_s: 60,
        spread_s: 0,
    }));
    assert_eq!(desk.states().len(), 1);
    assert_eq!(desk.states()[0].of, *state(1), "as it is now, whole");
}

#[test]
fn without_a_welcome_the_connection_is_given_up() {
    let mut desk = Desk::new(terms());
    desk.step(Input::Tick);
    desk.connected = true;
    desk.step(Input::Connected);
    desk.pass(Agent::GREETING);
    assert!(desk.did.contains(&Output::Close));
    assert!(!desk.agent.is_up());
}

#[test]
fn a_change_is_said_whole_and_twice_a_second_at_most() {
    let mut desk = Desk::new(terms()).up();
    for minute in 0..40 {
        desk.step(Input::State(state(minute)));
        desk.pass(Duration::from_millis(50));
    }
    desk.pass(Duration::from_secs(1));
    let said = desk.states();
    assert!(
        (4..=6).contains(&said.len()),
        "{} in two seconds",
        said.len()
    );
    assert_eq!(
        said.last().expect("one").of,
        *state(39),
        "the last word is said"
    );
    assert!(said.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let before = desk.states().len();
    desk.step(Input::State(state(39)));
    desk.pass(Duration::from_secs(5));
    assert_eq!(desk.states().len(), before, "nothing changed");
}

#[test]
fn a_pull_is_answered_with_the_whole_state() {
    let mut desk = Desk::new(terms()).up();
    desk.step(Input::State(state(0)));
    desk.pass(Duration::from_secs(1));
    desk.said.clear();
    desk.hear(&FromFleet::Pull {});
    assert_eq!(desk.states().len(), 1);
}

#[test]
fn figures_come_at_the_servers_pace_and_wait_for_it_when_it_is_away() {
    let mut desk = Desk::new(terms()).up();
    let measured = |desk: &Desk| desk.did.iter().filter(|d| **d == Output::Measure).count();
    let before = measured(&desk);
    for _ in 0..20 {
        desk.pass(Duration::from_secs(15));
        desk.step(Input::Alive);
    }
    assert_eq!(measured(&desk) - before, 5, "each minute for five minutes");
    desk.lose();
    for minute in 0..(Agent::KEPT as i32 + 10) {
        let figures = BTreeMap::from([("minute".parse().expect("a code"), f64::from(minute))]);
        desk.step(Input::Figures(Sample { figures }));
        desk.pass(Duration::from_secs(60));
    }
    desk.said.clear();
    desk.connect();
    let mut busiest = 0;
    for _ in 0..70 {
        let before = desk.said.len();
        desk.pass(Duration::from_secs(1));
        desk.step(Input::Alive);
        busiest = busiest.max(desk.said.len() - before);
    }
    assert!(busiest <= 8, "{busiest} messages in a second");
    let kept: Vec<f64> = desk
        .said
        .iter()
        .filter_map(|said| match said {
            FromRoom::Sample(sample) => sample.of.figures.values().next().copied(),
            _ => None,
        })
        .collect();
    assert_eq!(kept.len(), Agent::KEPT);
    assert_eq!(kept.first(), Some(&10.0), "the oldest are gone");
    let numbers: Vec<Sequence> = desk.said.iter().filter_map(number).collect();
    assert!(
        numbers.is_sorted(),
        "a server takes nothing that comes late"
    );
}

#[test]
fn figures_that_are_none_are_not_said() {
    let mut desk = Desk::new(terms()).up();
    let mut figures: BTreeMap<Code, f64> = (0..100)
        .map(|n| (format!("f{n}").parse().expect("a code"), f64::from(n)))
        .collect();
    figures.insert("f0".parse().expect("a code"), f64::NAN);
    desk.step(Input::Figures(Sample { figures }));
    let FromRoom::Sample(sample) = desk.said.last().expect("said") else {
        panic!("a sample");
    };
    assert!(sample.of.figures.len() <= Sample::MOST);
    assert!(sample.of.figures.values().all(|figure| figure.is_finite()));
}

#[test]
fn a_state_that_is_too_long_keeps_its_first_faults() {
    let mut desk = Desk::new(terms()).up();
    let mut long = state(0);
    let text: BoundedText = BoundedText::new(&"ä\"".repeat(400));
    let fault = |n: usize| Fault {
        code: format!("fault-{n}").parse().expect("a code"),
        about: Some(text.clone()),
        since_ms: 0,
        cause: None,
    };
    let device = Device {
        kind: "camera".parse().expect("a code"),
        role: text.clone(),
        here: Some(true),
        model: Some(text.clone()),
        firmware: Some(text.clone()),
    };
    long.faults = (0..40).map(fault).collect();
    long.devices = vec![device; 60];
    desk.step(Input::State(long));
    let said = desk.states();
    let said = said.last().expect("it is said");
    assert_eq!(said.of.faults.first(), Some(&fault(0)));
}

#[test]
fn a_command_is_done_once_however_often_it_is_said() {
    let mut desk = Desk::new(terms()).up();
    let command = desk.command("mute-0001", Verb::Mute {});
    for _ in 0..3 {
        desk.hear(&FromFleet::Command(Box::new(command.clone())));
    }
    assert_eq!(desk.done(), [&Verb::Mute {}]);
    assert_eq!(desk.answers().len(), 3, "each is answered");
    desk.step(Input::Ended(command.id.clone(), Outcome::Done {}));
    desk.step(Input::Ended(command.id.clone(), Outcome::Done {}));
    desk.hear(&FromFleet::Command(Box::new(command)));
    assert_eq!(desk.done().len(), 1);
    let last = desk.answers().last().map(|answer| answer.outcome.clone());
    assert_eq!(last, Some(Outcome::Done {}), "how it ended is said again");
}

#[test]
fn a_command_is_kept_before_it_is_done() {
    let mut desk = Desk::new(terms()).up();
    desk.hear(&FromFleet::Command(Box::new(
        desk.command("mute-0001", Verb::Mute {}),
    )));
    let keeps = desk
        .did
        .iter()
        .position(|d| matches!(d, Output::Remember(_)));
    let does = desk.did.iter().position(|d| matches!(d, Output::Do(_)));
    assert!(keeps.expect("kept") < does.expect("done"));
}

#[test]
fn a_restart_ends_what_was_begun_and_says_so_once() {
    let mut desk = Desk::new(terms()).up();
    let restart = desk.command("restart-1", Verb::Restart { part: Part::Daemon });
    let proof = desk.command("preflight-1", Verb::Preflight {});
    desk.hear(&FromFleet::Command(Box::new(proof)));
    desk.hear(&FromFleet::Command(Box::new(restart.clone())));
    let kept = serde_json::to_string(&desk.remembered()).expect("kept as text");
    let again = Terms {
        remembered: serde_json::from_str(&kept).expect("read again"),
        boot: "b2".parse().expect("a start"),
        ..terms()
    };
    let mut desk = Desk::new(again);
    desk.connect();
    desk.pass(Duration::from_secs(1));
    let ends: Vec<_> = desk.answers().iter().map(|a| a.outcome.clone()).collect();
    let code = "interrupted".parse().expect("a code");
    assert_eq!(ends, [Outcome::Failed { code }, Outcome::Done {}]);
    desk.hear(&FromFleet::Command(Box::new(restart)));
    assert!(desk.done().is_empty(), "a restart is not begun again");
}

#[test]
fn what_came_late_or_is_meant_for_never_is_not_begun() {
    let mut desk = Desk::new(terms()).up();
    let mut late = desk.command("late-0001", Verb::Mute {});
    late.issued_ms -= 1_000_000;
    late.expires_ms -= 1_000_000;
    let mut never = desk.command("never-001", Verb::Mute {});
    never.expires_ms = i64::MAX;
    for command in [late, never] {
        desk.hear(&FromFleet::Command(Box::new(command)));
        let last = desk.answers().last().map(|a| a.outcome.clone());
        assert_eq!(last, Some(refused(Refusal::Expired)));
    }
    assert!(desk.done().is_empty());
}

#[test]
fn a_verb_that_nobody_knows_is_answered_as_one() {
    let mut desk = Desk::new(terms()).up();
    let text = format!(
        r#"{{"kind":"command","id":"open-0001","verb":{{"do":"unmute"}},"issued_ms":{0},"expires_ms":{0}}}"#,
        desk.now().wall_ms
    );
    desk.step(Input::Heard(text));
    assert_eq!(desk.answers()[0].outcome, refused(Refusal::UnknownVerb));
    assert!(desk.done().is_empty());
    assert!(desk.agent.is_up());
}

#[test]
fn no_more_than_a_few_are_done_side_by_side() {
    let mut desk = Desk::new(terms()).up();
    for n in 0..=Remembered::AT_ONCE {
        let command = desk.command(&format!("mute-{n:04}"), Verb::Mute {});
        desk.hear(&FromFleet::Command(Box::new(command)));
    }
    assert_eq!(desk.done().len(), Remembered::AT_ONCE);
    let last = desk.answers().last().map(|a| a.outcome.clone());
    assert_eq!(last, Some(refused(Refusal::Busy)));
}

fn grant(pair: &KeyPair, text: &str) -> Grant {
    let seal = minisign::sign(None, &pair.sk, text.as_bytes(), None, None);
    Grant {
        signature: seal.expect("signed").to_string(),
    }
}

#[test]
fn what_shows_the_room_needs_a_grant_that_no_server_can_make_up() {
    let pair = KeyPair::generate_unencrypted_keypair().expect("a key");
    let stranger = KeyPair::generate_unencrypted_keypair().expect("a key");
    let key = PublicKey::from_base64(&pair.pk.to_base64()).expect("read");
    let mut desk = Desk::new(Terms {
        grants: Some(key),
        ..terms()
    })
    .up();
    let room: RoomId = ROOM.parse().expect("a room");
    let other: RoomId = "rathaus-3-15".parse().expect("a room");
    let to = Upload {
        token: "abcdefgh12345678".parse().expect("a token"),
        most: 1_000_000,
    };
    let plain = desk.command("screen-01", Verb::Screenshot { to: to.clone() });
    let with = |grant| Command {
        grant: Some(grant),
        ..plain.clone()
    };
    let later = Command {
        expires_ms: plain.expires_ms + 1,
        ..plain.clone()
    };
    let bad = [
        plain.clone(),
        with(grant(&stranger, &plain.granted_text(&room))),
        with(grant(&pair, &plain.granted_text(&other))),
        with(grant(&pair, &later.granted_text(&room))),
        with(Grant {
            signature: "none".to_owned(),
        }),
    ];
    for command in bad {
        desk.hear(&FromFleet::Command(Box::new(command)));
        let last = desk.answers().last().map(|a| a.outcome.clone());
        assert_eq!(last, Some(refused(Refusal::NoGrant)));
    }
    assert!(desk.done().is_empty());
    let good = with(grant(&pair, &plain.granted_text(&room)));
    desk.hear(&FromFleet::Command(Box::new(good.clone())));
    assert_eq!(desk.done(), [&Verb::Screenshot { to }]);
    desk.hear(&FromFleet::Command(Box::new(good)));
    assert_eq!(desk.done().len(), 1, "a grant counts once");
}

#[test]
fn without_a_key_of_its_own_a_room_believes_no_grant() {
    let pair = KeyPair::generate_unencrypted_keypair().expect("a key");
    let mut desk = Desk::new(terms()).up();
    let to = Upload {
        token: "0123456789abcdef".parse().expect("a token"),
        most: 1,
    };
    let mut command = desk.command("picture-1", Verb::Screenshot { to });
    command.grant = Some(grant(
        &pair,
        &command.granted_text(&ROOM.parse().expect("a room")),
    ));
    desk.hear(&FromFleet::Command(Box::new(command)));
    assert_eq!(desk.answers()[0].outcome, refused(Refusal::NoGrant));
}

fn desired(revision: u64) -> Desired {
    Desired {
        revision: Revision(revision),
        settings: format!("# {revision}\n"),
    }
}

fn applies(desk: &Desk) -> Vec<u64> {
    let applies = desk.did.iter().filter_map(|did| match did {
        Output::Apply(desired) => Some(desired.revision.0),
        _ => None,
    });
    applies.collect()
}

const APPLIED: Settled = Settled::Applied { later: Vec::new() };

#[test]
fn desired_documents_are_applied_one_after_the_other_and_the_newest_wins() {
    let mut desk = Desk::new(terms()).up();
    for revision in [1, 2, 3, 2] {
        desk.hear(&FromFleet::Desired(desired(revision)));
    }
    assert_eq!(applies(&desk), [1]);
    desk.step(Input::Settled(Revision(1), APPLIED));
    assert_eq!(
        applies(&desk),
        [1, 3],
        "what lies between nobody wants any more"
    );
    desk.step(Input::Settled(
        Revision(3),
        Settled::Refused {
            problems: Vec::new(),
        },
    ));
    desk.hear(&FromFleet::Desired(desired(3)));
    desk.hear(&FromFleet::Desired(desired(2)));
    assert_eq!(applies(&desk), [1, 3], "nothing older, nothing twice");
    let reported = desk
        .said
        .iter()
        .filter(|s| matches!(s, FromRoom::Reported(_)));
    assert_eq!(reported.count(), 2);
}

#[test]
fn a_room_says_which_documents_it_knows_and_what_it_could_not_say() {
    let mut desk = Desk::new(terms()).up();
    desk.hear(&FromFleet::Desired(desired(4)));
    desk.lose();
    desk.step(Input::Settled(Revision(4), APPLIED));
    desk.said.clear();
    desk.connect();
    let FromRoom::Hello(hello) = &desk.said[0] else {
        panic!("a hello");
    };
    assert_eq!((hello.applied, hello.refused), (Some(Revision(4)), None));
    assert!(matches!(
        desk.said[1],
        FromRoom::Reported(Reported {
            revision: Revision(4),
            ..
        })
    ));
}

#[test]
fn a_goodbye_says_when_to_come_back_and_is_heeded() {
    let mut desk = Desk::new(terms()).up();
    desk.hear(&FromFleet::Goodbye(Goodbye {
        why: GoodbyeWhy::Restart,
        after_s: 30,
        spread_s: 10,
    }));
    assert_eq!(desk.did, [Output::Close]);
    desk.pass(Duration::from_secs(29));
    assert!(!desk.did.contains(&Output::Connect));
    desk.pass(Duration::from_secs(14));
    assert!(desk.did.contains(&Output::Connect));
}

#[test]
fn a_server_can_send_a_room_away_for_hours_and_not_for_days() {
    let mut desk = Desk::new(terms()).up();
    desk.hear(&FromFleet::Goodbye(Goodbye {
        why: GoodbyeWhy::Full,
        after_s: u32::MAX,
        spread_s: u32::MAX,
    }));
    desk.pass(Duration::from_secs(3 * 3600));
    assert!(desk.did.contains(&Output::Connect));
}

#[test]
fn pauses_grow_to_five_minutes_and_begin_anew_after_a_connection_that_lasted() {
    let mut desk = Desk::new(terms());
    desk.step(Input::Tick);
    let mut pauses = Vec::new();
    for _ in 0..40 {
        desk.did.clear();
        desk.lose();
        let from = desk.at;
        while !desk.did.contains(&Output::Connect) {
            let at = desk.agent.deadline().expect("it tries again");
            desk.pass(at - desk.at);
        }
        pauses.push(desk.at - from);
    }
    let longest = pauses.iter().max().expect("pauses");
    assert!(*longest <= Duration::from_secs(300), "{longest:?}");
    assert!(*longest > Duration::from_secs(150), "{longest:?}");
    assert!(pauses[0] <= Duration::from_secs(2));
    assert!(
        pauses
            .iter()
            .all(|pause| *pause >= Duration::from_millis(500))
    );
    desk.connect();
    for _ in 0..10 {
        desk.pass(Duration::from_secs(10));
        desk.step(Input::Alive);
    }
    let from = desk.at;
    desk.lose();
    let at = desk.agent.deadline().expect("it tries again");
    assert!(at - from <= Duration::from_secs(2), "begins anew");
}

/// How long a room of this seed stays away that lost its line, where the server had said how rooms spread.
fn away(seed: u64, spread_s: u32) -> Duration {
    let mut desk = Desk::new(Terms { seed, ..terms() });
    desk.step(Input::Tick);
    desk.connected = true;
    desk.step(Input::Connected);
    desk.hear(&FromFleet::Welcome(Welcome {
        epoch: Epoch(1),
        now_ms: START_MS,
        sample_every_s: 60,
        spread_s,
    }));
    desk.lose();
    desk.agent.deadline().expect("it tries again") - desk.at
}

#[test]
fn rooms_of_a_large_fleet_come_back_spread_as_it_said_and_within_a_minute_whatever_it_said() {
    let all = |spread_s| (0..400).map(move |seed| away(seed, spread_s));
    let later = |all: &mut dyn Iterator<Item = Duration>, than: u64| {
        all.filter(|away| *away > Duration::from_secs(than)).count()
    };
    assert_eq!(later(&mut all(0), 2), 0, "a small fleet waits for nobody");
    assert_eq!(later(&mut all(20), 20), 0);
    let half = later(&mut all(20), 10);
    assert!(
        (150..250).contains(&half),
        "{half} of 400 in the second half"
    );
    assert_eq!(later(&mut all(u32::MAX), 60), 0, "kept away");
}

#[test]
fn a_silent_server_is_asked_and_then_given_up() {
    let mut desk = Desk::new(terms()).up();
    desk.pass(Agent::QUIET);
    assert!(desk.did.contains(&Output::Ping));
    desk.step(Input::Alive);
    desk.pass(Agent::DEAD - Duration::from_secs(1));
    assert!(desk.agent.is_up());
    desk.pass(Duration::from_secs(1));
    assert!(!desk.agent.is_up());
}

#[test]
fn a_server_that_talks_too_much_or_nonsense_is_left() {
    let mut desk = Desk::new(terms()).up();
    for _ in 0..300 {
        if desk.agent.is_up() {
            desk.hear(&FromFleet::Look {});
        }
    }
    assert!(!desk.agent.is_up());
    for nonsense in [
        r#"{"kind":"command"}"#,
        "",
        "[1]",
        r#"{"kind":"welcome","epoch":1,"now_ms":1,"sample_every_s":60}"#,
    ] {
        let mut desk = Desk::new(terms()).up();
        desk.step(Input::Heard(nonsense.to_owned()));
        assert!(!desk.agent.is_up(), "{nonsense}");
    }
    let mut desk = Desk::new(terms()).up();
    desk.step(Input::Heard(r#"{"kind":"sing"}"#.to_owned()));
    assert!(desk.agent.is_up(), "a newer server may say more");
}

#[test]
fn what_is_offered_counts_on_its_connection_alone() {
    let mut desk = Desk::new(terms()).up();
    let offer = Offer {
        target: "service-packs/zoom/902.toml".parse().expect("a release"),
        attempt: 1,
    };
    let offers = vec![offer.clone()];
    desk.hear(&FromFleet::Offers(Offers {
        offers: offers.clone(),
    }));
    assert_eq!(desk.did, [Output::Offered(offers)]);
    let now = ReleaseNow {
        offer,
        stage: Stage::Begun {},
    };
    desk.step(Input::Release(now.clone()));
    assert_eq!(desk.said.last(), Some(&FromRoom::Release(now.clone())));
    desk.did.clear();
    desk.said.clear();
    desk.lose();
    assert_eq!(
        desk.did.first(),
        Some(&Output::Offered(Vec::new())),
        "an emergency stop may not arrive any more"
    );
    desk.step(Input::Release(now));
    assert_eq!(desk.said, [], "whoever offers it again is told");
}

fn anything() -> impl Strategy<Value = (u8, u8, u16)> {
    (any::<u8>(), any::<u8>(), any::<u16>())
}

proptest! {
    /// Whatever happens in whatever order: a command is begun once, nothing is said without a greeting but a hello, and the agent
    /// never waits for a moment that has passed (checked in every step).
    #[test]
    fn invariants_hold_under_random_events(events in prop::collection::vec(anything(), 1..200)) {
        let mut desk = Desk::new(terms());
        desk.step(Input::Tick);
        for (kind, which, time) in events {
            let greeted = desk.agent.is_up();
            let before = desk.said.len();
            match kind % 12 {
                0 if !desk.connected && desk.did.contains(&Output::Connect) => {
                    desk.did.retain(|did| *did != Output::Connect);
                    desk.connected = true;
                    desk.step(Input::Connected);
                }
                1 if desk.connected => desk.lose(),
                2 if desk.connected => desk.hear(&FromFleet::Welcome(Welcome {
                    epoch: Epoch(u64::from(which)), now_ms: 0, sample_every_s: u32::from(time), spread_s: u32::from(which),
                })),
                3 if desk.connected => {
                    let command = desk.command(&format!("cmd-{:05}", which % 8), Verb::Mute {});
                    desk.hear(&FromFleet::Command(Box::new(command)));
                }
                4 => {
                    let id = format!("cmd-{:05}", which % 8).parse().expect("an id");
                    desk.step(Input::Ended(id, Outcome::Done {}));
                }
                5 => desk.step(Input::State(state(i64::from(which)))),
                6 => desk.step(Input::Figures(Sample::default())),
                7 if desk.connected => desk.hear(&FromFleet::Desired(desired(u64::from(which)))),
                8 => desk.step(Input::Settled(Revision(u64::from(which)), APPLIED)),
                9 if desk.connected => desk.hear(&FromFleet::Goodbye(Goodbye {
                    why: GoodbyeWhy::Full, after_s: u32::from(which), spread_s: 5,
                })),
                10 if desk.connected => desk.step(Input::Heard("{".to_owned())),
                _ => desk.pass(Duration::from_millis(u64::from(time) * 10)),
            }
            if !greeted && !desk.agent.is_up() {
                let hellos = desk.said[before..].iter().all(|s| matches!(s, FromRoom::Hello(_)));
                prop_assert!(hellos, "{:?}", &desk.said[before..]);
            }
        }
        let mut ids: Vec<_> = desk.did.iter().filter_map(|did| match did {
            Output::Do(command) => Some(command.id.clone()),
            _ => None,
        }).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), all, "a command was begun twice");
        let revisions = applies(&desk);
        prop_assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", revisions);
    }
}
