//! The contract of every protocol: the driver's conversation against the emulated display, byte by byte, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use drv_display::codec::{Carrier, Login, Place, Protocol};
use drv_display::words::{Answer, Health, InputCode, Muted, Power, Refusal, Request, Turn};
use drv_display::{Action, DisplayModel, Engine, Goal, Kind, Report, Setup, Why, model};
use emulators::display::{Emulator, Lies, PowerState, Request as Told};
use room_core::units::{Mono, Percent};
use std::collections::VecDeque;
use std::time::Duration;

/// On the wire in each direction.
const WIRE: u64 = 20;
const MINUTE: u64 = 60_000;

/// What every protocol is proven with: its emulator, a model that speaks it, an input of that model.
const ALL: [(&str, &str, &str); 12] = [
    ("samsung-mdc", "samsung-signage", "hdmi1"),
    ("lg", "lg-signage", "hdmi1"),
    ("nec", "nec-multisync", "hdmi1"),
    ("sony-serial", "sony-bravia-serial", "hdmi1"),
    ("sony-simple-ip", "sony-bravia-ip", "hdmi1"),
    ("panasonic-display", "panasonic-th", "hdmi1"),
    ("panasonic-projector", "panasonic-projector", "hdmi1"),
    ("philips-sicp", "philips-signage", "hdmi1"),
    ("pjlink", "pjlink", "hdmi1"),
    ("ascii", "sharp-pn", "hdmi1"),
    ("ddc", "ddc", "hdmi1"),
    ("cec", "cec", "room"),
];

enum Under {
    ToDisplay(Vec<u8>),
    ToDriver(Vec<u8>),
    Opened,
    Closed,
}

/// A conversation and a display with a wire between them, and a clock that jumps from one event to the next.
struct Rig {
    engine: Engine,
    display: Emulator,
    model: DisplayModel,
    now: u64,
    wire: VecDeque<(u64, Under)>,
    reports: Vec<Report>,
    /// No line can be opened.
    cut: bool,
    woken: u32,
}

impl Rig {
    fn new(protocol: &str, model: &str) -> Rig {
        Rig::with_password(protocol, model, None, Login::default())
    }

    fn with_password(protocol: &str, name: &str, password: Option<&str>, login: Login) -> Rig {
        let (name, text) = model::BUILT_IN.iter().find(|(n, _)| *n == name).unwrap();
        let model = DisplayModel::read(name, text).unwrap();
        let network = [
            Protocol::Pjlink,
            Protocol::SonySimpleIp,
            Protocol::PanasonicProjector,
        ];
        let carrier = match network.contains(&model.protocol) {
            true => Carrier::Network,
            false => Carrier::Serial,
        };
        let mut engine = Engine::new(Setup {
            speech: model.speech(carrier, 1, login),
            times: model.times,
            silent_in_standby: model.silent_in_standby,
        });
        let place = Place {
            logical: 4,
            physical: 0x1000,
        };
        let first = engine.placed(Mono(0), place);
        let mut rig = Rig {
            engine,
            display: Emulator::new(protocol, password).unwrap(),
            model,
            now: 0,
            wire: VecDeque::new(),
            reports: Vec::new(),
            cut: false,
            woken: 0,
        };
        rig.perform(first);
        rig
    }

    fn time(&self) -> Duration {
        Duration::from_millis(self.now)
    }

    fn put(&mut self, after: u64, what: Under) {
        let at = self.now + after;
        let place = self.wire.iter().position(|(other, _)| *other > at);
        self.wire
            .insert(place.unwrap_or(self.wire.len()), (at, what));
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Open => {
                    let opened = if self.cut {
                        Under::Closed
                    } else {
                        Under::Opened
                    };
                    self.put(WIRE, opened);
                }
                Action::Write(bytes, _) | Action::Reply(bytes) => {
                    self.put(WIRE, Under::ToDisplay(bytes));
                }
                Action::Wake => self.woken += 1,
                Action::Heard(..) => {}
                Action::Report(report) => self.reports.push(report),
            }
        }
    }

    /// The next thing that happens, unless it is later than this.
    fn step(&mut self, end: u64) -> bool {
        let wire = self.wire.front().map(|(at, _)| *at);
        let engine = self
            .engine
            .next_deadline()
            .map(|moment| moment.0.max(self.now));
        let Some(next) = wire.into_iter().chain(engine).min().filter(|at| *at <= end) else {
            self.now = self.now.max(end);
            return false;
        };
        self.now = next;
        let now = Mono(self.now);
        if wire == Some(next)
            && let Some((_, what)) = self.wire.pop_front()
        {
            let actions = match what {
                Under::ToDisplay(bytes) => {
                    let said = self.display.hear(self.time(), &bytes);
                    let closes = self.display.body.lies.closes && !said.is_empty();
                    for (late, bytes) in said {
                        let late = u64::try_from(late.as_millis()).unwrap();
                        self.put(WIRE + late, Under::ToDriver(bytes));
                    }
                    if closes {
                        self.put(WIRE + 1, Under::Closed);
                    }
                    Vec::new()
                }
                Under::ToDriver(bytes) => self.engine.heard(now, &bytes),
                Under::Opened => {
                    if let Some(greeting) = self.display.greeting() {
                        self.put(WIRE, Under::ToDriver(greeting));
                    }
                    self.engine.opened(now)
                }
                Under::Closed => self.engine.closed(now),
            };
            self.perform(actions);
        } else {
            let actions = self.engine.tick(now);
            self.perform(actions);
        }
        true
    }

    fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.step(end) {}
    }

    /// Waits for a report; fails the test when it does not come in time.
    fn until(&mut self, ms: u64, what: &str, is: impl Fn(&Report) -> bool) -> Report {
        let end = self.now + ms;
        let mut looked = 0;
        loop {
            while looked < self.reports.len() {
                if is(&self.reports[looked]) {
                    return self.reports.drain(..=looked).next_back().unwrap();
                }
                looked += 1;
            }
            if !self.step(end) {
                let (body, now) = (&mut self.display.body, Duration::from_millis(self.now));
                let power = body.power(now);
                panic!(
                    "{}: no {what} in {ms} ms; instead {:?}; the display is {power:?} and heard {:?}",
                    self.model.title,
                    self.reports,
                    body.heard()
                );
            }
        }
    }

    fn want(&mut self, request: Request) -> Goal {
        let goal = Goal::new(request).unwrap();
        let actions = self.engine.want(Mono(self.now), goal.clone());
        self.perform(actions);
        goal
    }

    /// Wants it and waits until it is seen, or told where nothing can be seen.
    fn done(&mut self, request: Request) {
        let goal = self.want(request);
        let over = |report: &Report| match report {
            Report::Reached(reached) | Report::Told(reached) => *reached == goal,
            Report::GivenUp(given, _) => *given == goal,
            _ => false,
        };
        let report = self.until(5 * MINUTE, "end", over);
        let good = matches!(report, Report::Reached(_) | Report::Told(_));
        assert!(good, "{}: {report:?}", self.model.title);
    }

    fn found(&mut self) {
        self.until(MINUTE, "proof", |report| *report == Report::Proven);
    }

    fn power(&mut self) -> PowerState {
        let now = self.time();
        self.display.body.power(now)
    }

    fn on(&mut self) {
        self.done(Request::Power(Turn::On));
        assert_eq!(self.power(), PowerState::On, "{}", self.model.title);
    }

    fn told(&self, like: impl Fn(&Told) -> bool) -> usize {
        self.display.body.count(like)
    }

    fn commands(&self) -> usize {
        self.told(|told| !told.is_question())
    }

    fn input(&self, name: &str) -> Option<Request> {
        let code = match self.model.protocol {
            Protocol::Cec => InputCode::new("room"),
            _ => self.model.inputs.get(name)?.clone(),
        };
        Some(Request::Input(code))
    }
}

fn seen(answer: Answer) -> impl Fn(&Report) -> bool {
    move |report| *report == Report::Seen(answer.clone())
}

fn each(test: impl Fn(&mut Rig, &str)) {
    for (protocol, model, input) in ALL {
        let mut rig = Rig::new(protocol, model);
        test(&mut rig, input);
    }
}

#[test]
fn a_display_is_found_and_its_power_is_read() {
    each(|rig, _| {
        rig.found();
        rig.until(MINUTE, "standby", seen(Answer::Power(Power::Standby)));
        assert_eq!(
            rig.commands(),
            0,
            "a display that is only looked at is told nothing"
        );
    });
}

#[test]
fn it_is_woken_once_and_waited_for() {
    each(|rig, _| {
        rig.found();
        rig.display.body.warm_up = Duration::from_millis(4500);
        rig.on();
        assert_eq!(
            rig.told(|told| *told == Told::Power(true)),
            1,
            "{}",
            rig.model.title
        );
    });
}

#[test]
fn an_input_is_chosen_and_read_back() {
    each(|rig, name| {
        rig.found();
        rig.on();
        let request = rig.input(name).unwrap();
        rig.done(request.clone());
        let Request::Input(code) = request else {
            unreachable!()
        };
        let shown = InputCode::new(rig.display.body.input());
        let is_room = code == shown || rig.model.protocol == Protocol::Cec;
        assert!(is_room, "{}: {shown:?}", rig.model.title);
    });
}

#[test]
fn an_input_waits_for_the_picture() {
    each(|rig, name| {
        rig.found();
        let input = rig.input(name).unwrap();
        rig.want(Request::Power(Turn::On));
        rig.done(input);
        assert_eq!(rig.power(), PowerState::On);
    });
}

#[test]
fn loudness_and_silence_are_set_and_read_back() {
    each(|rig, _| {
        rig.found();
        rig.on();
        for request in [
            Request::Volume(Percent::new(30)),
            Request::Muted(Muted::Yes),
            Request::Muted(Muted::No),
        ] {
            let goal = rig.want(request.clone());
            let over = |report: &Report| match report {
                Report::Reached(reached) => *reached == goal,
                Report::GivenUp(given, _) => *given == goal,
                _ => false,
            };
            let report = rig.until(MINUTE, "end", over);
            // PJLink steps its loudness, CEC has keys only: neither is absolute, so neither is used.
            let dumb = match rig.model.protocol {
                Protocol::Cec => true,
                Protocol::Pjlink => matches!(request, Request::Volume(_)),
                _ => false,
            };
            let expected = match dumb {
                true => Report::GivenUp(goal, Why::Refused(Refusal::NotSupported)),
                false => Report::Reached(goal),
            };
            assert_eq!(report, expected, "{}", rig.model.title);
            if let (Request::Volume(_), false) = (&request, dumb) {
                let (loudness, _) = rig.display.body.sound();
                assert!(
                    loudness.abs_diff(30) <= 1,
                    "{}: {loudness}",
                    rig.model.title
                );
            }
        }
    });
}

#[test]
fn it_is_sent_to_sleep() {
    each(|rig, _| {
        rig.found();
        rig.on();
        rig.done(Request::Power(Turn::Standby));
        rig.run(5000);
        assert_eq!(rig.power(), PowerState::Standby);
    });
}

#[test]
fn a_hand_at_the_remote_control_is_seen_and_not_fought() {
    each(|rig, _| {
        rig.found();
        rig.on();
        rig.run(10_000);
        let before = rig.commands();
        rig.reports.clear();
        let now = rig.time();
        rig.display.body.by_hand(now, &Told::Power(false));
        rig.until(MINUTE, "standby", seen(Answer::Power(Power::Standby)));
        rig.run(10 * MINUTE);
        assert_eq!(rig.commands(), before, "{}", rig.model.title);
        assert_eq!(rig.power(), PowerState::Standby);
    });
}

#[test]
fn one_that_says_yes_and_does_nothing_is_named() {
    each(|rig, _| {
        rig.found();
        rig.display.body.lies.idle = true;
        let goal = rig.want(Request::Power(Turn::On));
        let given_up = |report: &Report| matches!(report, Report::GivenUp(..));
        let report = rig.until(15 * MINUTE, "verdict", given_up);
        assert_eq!(report, Report::GivenUp(goal, Why::Disobeys));
        assert_eq!(
            rig.told(|told| *told == Told::Power(true)),
            3,
            "{}",
            rig.model.title
        );
        rig.run(10 * MINUTE);
        assert_eq!(
            rig.told(|told| *told == Told::Power(true)),
            3,
            "bounded tries"
        );
    });
}

#[test]
fn late_doubled_and_noisy_answers_change_nothing() {
    let lies = [
        Lies {
            late: Duration::from_millis(300),
            ..Lies::default()
        },
        Lies {
            doubled: true,
            ..Lies::default()
        },
        Lies {
            noise: true,
            ..Lies::default()
        },
    ];
    for lies in lies {
        each(|rig, name| {
            // Buses carry whole messages: there is no room for noise between them.
            let bus = matches!(rig.model.protocol, Protocol::Cec | Protocol::Ddc);
            rig.display.body.lies = Lies {
                noise: lies.noise && !bus,
                ..lies
            };
            rig.found();
            rig.on();
            let request = rig.input(name).unwrap();
            rig.done(request);
            rig.done(Request::Power(Turn::Standby));
        });
    }
}

#[test]
fn lost_requests_are_made_up_for() {
    each(|rig, _| {
        rig.found();
        rig.display.body.lies.losses = 1;
        rig.on();
        rig.display.body.lies.losses = 2;
        rig.done(Request::Power(Turn::Standby));
    });
}

#[test]
fn silence_is_named_and_its_end_is_noticed() {
    each(|rig, _| {
        rig.found();
        rig.display.body.lies.deaf = true;
        let goal = rig.want(Request::Power(Turn::On));
        rig.until(5 * MINUTE, "silence", |report| *report == Report::Silent);
        assert!(
            rig.reports.is_empty() || rig.reports.contains(&Report::GivenUp(goal, Why::Silent))
        );
        rig.run(5 * MINUTE);
        rig.display.body.lies.deaf = false;
        rig.found();
        rig.on();
    });
}

#[test]
fn what_is_refused_while_it_warms_up_is_asked_again() {
    each(|rig, _| {
        rig.display.body.lies.refuses_between = true;
        rig.display.body.warm_up = Duration::from_secs(8);
        rig.display.body.cool_down = Duration::from_secs(6);
        rig.found();
        let now = rig.time();
        rig.display.body.by_hand(now, &Told::Power(true));
        rig.done(Request::Power(Turn::Standby));
        let now = rig.time();
        rig.display.body.by_hand(now, &Told::Power(false));
        rig.on();
    });
}

#[test]
fn a_connection_that_is_closed_is_opened_again_when_it_is_needed() {
    for (protocol, model, name) in ALL {
        let mut rig = Rig::new(protocol, model);
        if !["pjlink", "panasonic-projector", "sony-simple-ip"].contains(&protocol) {
            continue;
        }
        rig.display.body.lies.closes = true;
        rig.found();
        rig.on();
        let request = rig.input(name).unwrap();
        rig.done(request);
        rig.done(Request::Power(Turn::Standby));
        assert!(!rig.reports.contains(&Report::Silent), "{protocol}");
    }
}

#[test]
fn a_host_that_takes_no_connection_is_silent_until_it_does() {
    let mut rig = Rig::new("pjlink", "pjlink");
    rig.cut = true;
    rig.wire.clear();
    rig.put(WIRE, Under::Closed);
    rig.until(MINUTE, "silence", |report| *report == Report::Silent);
    rig.cut = false;
    rig.found();
}

#[test]
fn a_password_is_used_and_a_wrong_one_is_named() {
    let login = |password: &str| Login {
        user: "admin1".into(),
        password: password.into(),
    };
    for (protocol, model) in [
        ("pjlink", "pjlink"),
        ("panasonic-projector", "panasonic-projector"),
    ] {
        let mut rig = Rig::with_password(protocol, model, Some("Saal2"), login("Saal2"));
        rig.found();
        rig.on();
        let mut rig = Rig::with_password(protocol, model, Some("Saal2"), login("falsch"));
        rig.until(MINUTE, "locked door", |report| *report == Report::Locked);
        assert_eq!(rig.commands(), rig.told(|told| *told == Told::Stranger));
    }
}

#[test]
fn a_projector_says_what_is_wrong_with_it() {
    let mut rig = Rig::new("pjlink", "pjlink");
    rig.display.body.set_troubles([0, 1, 2, 0, 0, 0]);
    rig.found();
    rig.on();
    let actions = rig.engine.look(Mono(rig.now), Kind::Troubles);
    rig.perform(actions);
    use Health::{Error, Good, Warning};
    let wrong = Answer::Troubles([Good, Warning, Error, Good, Good, Good]);
    rig.until(MINUTE, "troubles", seen(wrong));
}

#[test]
fn warming_and_cooling_are_seen_where_the_protocol_has_words_for_them() {
    for (protocol, model) in [("pjlink", "pjlink"), ("cec", "cec")] {
        let mut rig = Rig::new(protocol, model);
        rig.display.body.warm_up = Duration::from_secs(15);
        rig.display.body.cool_down = Duration::from_secs(12);
        rig.found();
        rig.want(Request::Power(Turn::On));
        rig.until(MINUTE, "warming", seen(Answer::Power(Power::Warming)));
        rig.until(MINUTE, "on", seen(Answer::Power(Power::On)));
        rig.want(Request::Power(Turn::Standby));
        rig.until(MINUTE, "cooling", seen(Answer::Power(Power::Cooling)));
        rig.until(MINUTE, "standby", seen(Answer::Power(Power::Standby)));
    }
}

#[test]
fn a_display_that_is_silent_in_standby_counts_as_asleep_and_is_woken() {
    let mut rig = Rig::new("samsung-mdc", "samsung-signage");
    rig.found();
    let model = rig.model.clone();
    rig.engine = Engine::new(Setup {
        speech: model.speech(Carrier::Network, 1, Login::default()),
        times: model.times,
        silent_in_standby: true,
    });
    rig.display.body.lies.deaf_asleep = true;
    rig.reports.clear();
    rig.on();
    assert!(rig.woken > 0, "a magic packet goes before the command");
    rig.done(Request::Power(Turn::Standby));
    rig.run(MINUTE);
    assert!(!rig.reports.contains(&Report::Silent), "{:?}", rig.reports);
    rig.on();
}

#[test]
fn bytes_without_sense_are_told_from_silence() {
    let mut rig = Rig::new("samsung-mdc", "samsung-signage");
    // Another speed than the line's: every answer is rubbish.
    rig.display.body.lies.mute = true;
    rig.display.body.lies.noise = true;
    let mut garbled = false;
    let end = MINUTE;
    while rig.step(end) {
        if rig.told(|told| *told == Told::AskPower) > 0 && rig.wire.is_empty() {
            let actions = rig.engine.heard(Mono(rig.now), &[0xF0, 0x13, 0x80]);
            rig.perform(actions);
        }
        garbled |= rig.reports.contains(&Report::Garbled);
    }
    assert!(garbled, "{:?}", rig.reports);
}

#[test]
fn what_is_not_wanted_any_more_is_not_told_later() {
    let mut rig = Rig::new("samsung-mdc", "samsung-signage");
    rig.found();
    let input = rig.input("hdmi1").unwrap();
    rig.want(input);
    rig.engine.forget(Kind::Input);
    let now = rig.time();
    rig.display.body.by_hand(now, &Told::Power(true));
    rig.run(10 * MINUTE);
    assert_eq!(rig.commands(), 0);
}

#[test]
fn a_line_that_is_gone_takes_with_it_what_was_seen() {
    let mut rig = Rig::new("lg", "lg-signage");
    rig.found();
    rig.run(MINUTE);
    rig.reports.clear();
    rig.wire.clear();
    let actions = rig.engine.lost(Mono(rig.now));
    rig.perform(actions);
    rig.found();
    rig.until(MINUTE, "standby", seen(Answer::Power(Power::Standby)));
}

#[test]
fn one_that_has_no_answer_for_its_input_is_not_silent_and_is_told_all_the_same() {
    each(|rig, name| {
        rig.display.body.lies.ignores_input = true;
        rig.found();
        rig.on();
        rig.run(MINUTE);
        let request = rig.input(name).unwrap();
        let goal = rig.want(request.clone());
        let over = |report: &Report| *report == Report::Told(goal.clone());
        rig.until(MINUTE, "word", over);
        rig.run(MINUTE);
        assert!(
            !rig.reports.contains(&Report::Silent),
            "{}",
            rig.model.title
        );
        assert_eq!(rig.told(|told| matches!(told, Told::Input(_))), 1);
    });
}

/// xorshift64*: the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    fn often(&mut self, in_ten: u64) -> bool {
        self.below(10) < in_ten
    }

    fn lies(&mut self) -> Lies {
        Lies {
            late: Duration::from_millis(self.below(2) * self.below(3000)),
            mute: self.often(1),
            deaf: self.often(2),
            doubled: self.often(3),
            idle: self.often(2),
            refuses_between: self.often(5),
            losses: u32::try_from(self.below(3)).unwrap(),
            ignores_input: self.often(1),
            ..Lies::default()
        }
    }
}

/// Whatever a display does: tries are bounded, the driver never spins, and once the display behaves what is wanted comes true.
#[test]
fn whatever_a_display_does_the_driver_stays_polite_and_comes_through() {
    for seed in 1..=20 {
        for (protocol, model, _) in ALL {
            let mut dice = Dice(seed * 7919);
            let mut rig = Rig::new(protocol, model);
            let mut wants = 0;
            for _ in 0..30 {
                rig.display.body.lies = dice.lies();
                let turn = if dice.often(5) {
                    Turn::On
                } else {
                    Turn::Standby
                };
                if dice.often(4) {
                    rig.want(Request::Power(turn));
                    wants += 1;
                }
                if dice.often(2) {
                    let now = rig.time();
                    let on = dice.often(5);
                    rig.display.body.by_hand(now, &Told::Power(on));
                }
                let end = rig.now + dice.below(3 * MINUTE);
                let mut steps = 0;
                while rig.step(end) {
                    steps += 1;
                    assert!(steps < 10_000, "{protocol} spins, seed {seed}");
                }
            }
            // "Not now" may be asked again once a settle time for as long as warming up and cooling down may take.
            let times = rig.model.times;
            let patience = (times.warm_up + times.cool_down).as_millis() / times.settle.as_millis();
            let most = wants * (3 + usize::try_from(patience).unwrap() + 2);
            let told = rig.told(|told| matches!(told, Told::Power(_)));
            assert!(
                told <= most,
                "{protocol}, seed {seed}: told {told} times for {wants} wishes"
            );

            rig.display.body.lies = Lies::default();
            rig.run(20 * MINUTE);
            rig.reports.clear();
            rig.on();
            rig.done(Request::Power(Turn::Standby));
        }
    }
}
