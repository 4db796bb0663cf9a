//! The engine step by step, and its owner in virtual time over ports that obey at once.

use super::*;
use crate::ports::{Cards, Db, Graph, Place};
use crate::supervise::{Levels, Told, channel, supervise};
use Switch::{Closed, Open};
use room_core::event::Event;
use tokio::sync::{mpsc, watch};

fn device(id: &str) -> SoundDevice {
    SoundDevice {
        id: SoundId::new(id),
        wanted: Wanted {
            link: None,
            label: Some(id.to_owned()),
        },
    }
}

fn config() -> SoundConfig {
    SoundConfig {
        microphones: vec![device("table"), device("spare")],
        loudspeakers: vec![device("front")],
        second: None,
        volume_limit: Percent::new(80),
    }
}

fn found(name: &str, direction: Direction) -> Found {
    Found {
        id: DeviceId::new(format!("usb-{name}")),
        direction,
        name: name.to_owned(),
        usb: None,
        links: Vec::new(),
        place: Place::Pcm { card: 1, device: 0 },
    }
}

fn mics(names: &[&str]) -> Input {
    let all = names.iter().map(|name| found(name, Direction::Capture));
    let front = found("front", Direction::Playback);
    Input::Card(CardFact::Devices(all.chain([front]).collect()))
}

fn usb(name: &str) -> DeviceId {
    DeviceId::new(format!("usb-{name}"))
}

fn switch(name: &str, value: Switch) -> Input {
    Input::Card(CardFact::Switch(usb(name), CardSwitch::Is(value)))
}

fn graph_mic(value: Switch) -> Input {
    Input::Graph(GraphFact::Switch(Role::Microphone, value))
}

fn mic(value: Switch) -> Input {
    Input::Command(SoundCommand::Microphone(value))
}

fn seen(actions: &[Action]) -> Vec<MicSeen> {
    let mic = |action: &Action| match action {
        Action::Tell(SoundSeen::Microphone(seen)) => Some(*seen),
        _ => None,
    };
    actions.iter().filter_map(mic).collect()
}

fn both(value: Switch) -> MicSeen {
    MicSeen {
        card: CardSeen::Is(value),
        graph: Seen::Is(value),
    }
}

fn uses(name: &str) -> Action {
    let found = found(name, Direction::Capture);
    Action::Graph(GraphOrder::Use(Role::Microphone, Some(found)))
}

fn tells(name: &str, value: Switch) -> Action {
    Action::Card(CardOrder::Switch(usb(name), value))
}

/// Both microphones plugged in, everything closed and read back.
fn engine() -> Engine {
    let mut engine = Engine::new(config());
    engine.step(Mono(0), mics(&["table", "spare"]));
    engine.step(Mono(0), Input::Graph(GraphFact::Up));
    engine.step(Mono(0), mic(Closed));
    engine.step(Mono(0), switch("table", Closed));
    let actions = engine.step(Mono(0), graph_mic(Closed));
    assert_eq!(seen(&actions), [both(Closed)]);
    engine
}

#[test]
fn card_and_graph_are_told_together_and_known_when_both_are_read() {
    let mut engine = engine();
    let actions = engine.step(Mono(1), mic(Open));
    let graph = Action::Graph(GraphOrder::Switch(Role::Microphone, Open));
    assert!(actions.contains(&graph) && actions.contains(&tells("table", Open)));
    assert_eq!(seen(&actions)[0].card, CardSeen::Unknown, "while it is set");
    engine.step(Mono(2), graph_mic(Open));
    let actions = engine.step(Mono(3), switch("table", Open));
    assert_eq!(seen(&actions), [both(Open)]);
}

#[test]
fn a_card_that_does_not_obey_is_said_to_be_what_it_is() {
    let mut engine = engine();
    engine.step(Mono(1), mic(Open));
    engine.step(Mono(2), graph_mic(Open));
    assert_eq!(engine.next_deadline(), Some(Mono(501)));
    let actions = engine.step(Mono(501), Input::Tick);
    assert_eq!(seen(&actions)[0].card, CardSeen::Is(Closed));
    assert_eq!(engine.next_deadline(), None);
}

#[test]
fn a_hand_at_the_device_is_seen_at_once() {
    let mut engine = engine();
    let actions = engine.step(Mono(9_000), switch("table", Open));
    assert_eq!(seen(&actions)[0].card, CardSeen::Is(Open));
}

#[test]
fn a_pulled_microphone_gives_way_to_the_next_and_returns() {
    let mut engine = engine();
    let actions = engine.step(Mono(10), mics(&["spare"]));
    let closes = actions.iter().position(|a| *a == tells("spare", Closed));
    let using = actions.iter().position(|a| *a == uses("spare"));
    assert!(
        closes.is_some() && closes < using,
        "closed before it is heard: {actions:?}"
    );
    let gone = SoundSeen::Gone(SoundId::new("table"), SoundFailure::Absent);
    assert!(actions.contains(&Action::Tell(gone)));
    let now = Input::Graph(GraphFact::Using(Role::Microphone, Some(usb("spare"))));
    let told = SoundSeen::Using(SoundRole::Microphone, Some(SoundId::new("spare")));
    assert!(engine.step(Mono(11), now).contains(&Action::Tell(told)));
    let actions = engine.step(Mono(20), mics(&["table", "spare"]));
    assert!(actions.contains(&uses("table")) && actions.contains(&tells("table", Closed)));
    let actions = engine.step(Mono(30), mics(&[]));
    assert!(actions.contains(&Action::Graph(GraphOrder::Use(Role::Microphone, None))));
}

#[test]
fn changing_devices_never_reads_as_closed_by_somebody() {
    let mut engine = engine();
    engine.step(Mono(1), mic(Open));
    engine.step(Mono(1), graph_mic(Open));
    engine.step(Mono(1), switch("table", Open));
    engine.step(Mono(2), switch("spare", Closed));
    let actions = engine.step(Mono(10), mics(&["spare"]));
    assert_eq!(seen(&actions)[0].card, CardSeen::Unknown);
    let actions = engine.step(Mono(12), switch("spare", Open));
    assert_eq!(seen(&actions), [both(Open)]);
}

#[test]
fn one_that_cannot_be_used_is_passed_over_until_it_is_plugged_anew() {
    let mut engine = engine();
    let busy = GraphFact::Failed(Role::Microphone, usb("table"), SoundFailure::Busy);
    let actions = engine.step(Mono(1), Input::Graph(busy));
    let gone = SoundSeen::Gone(SoundId::new("table"), SoundFailure::Busy);
    assert!(actions.contains(&uses("spare")) && actions.contains(&Action::Tell(gone)));
    assert!(
        !engine
            .step(Mono(2), mics(&["table", "spare"]))
            .contains(&uses("table"))
    );
    engine.step(Mono(3), mics(&["spare"]));
    assert!(
        engine
            .step(Mono(4), mics(&["table", "spare"]))
            .contains(&uses("table"))
    );
}

#[test]
fn a_device_that_comes_back_at_another_number_is_used_there() {
    let mut engine = Engine::new(config());
    engine.step(Mono(0), mics(&["table"]));
    let moved = Found {
        place: Place::Pcm { card: 4, device: 0 },
        ..found("table", Direction::Capture)
    };
    let devices = CardFact::Devices(vec![moved.clone(), found("front", Direction::Playback)]);
    let actions = engine.step(Mono(1), Input::Card(devices.clone()));
    let order = GraphOrder::Use(Role::Microphone, Some(moved));
    assert!(
        actions.contains(&Action::Graph(order.clone())),
        "{actions:?}"
    );
    let again = engine.step(Mono(2), Input::Card(devices));
    assert!(!again.contains(&Action::Graph(order)), "{again:?}");
}

#[test]
fn an_echo_counts_where_it_should_be_gone_and_the_far_ends_faults_are_its_own() {
    let finding = |role, finding, holds| {
        Input::Graph(GraphFact::Finding {
            role,
            finding,
            holds,
        })
    };
    let told = |engine: &mut Engine, input| -> Vec<Action> {
        let actions = engine.step(Mono(0), input).into_iter();
        let is = |action: &Action| matches!(action, Action::Tell(SoundSeen::Finding { .. }));
        actions.filter(is).collect()
    };
    let tell = |finding, holds| vec![Action::Tell(SoundSeen::Finding { finding, holds })];
    let (echo, hum) = (SoundFinding::Echo, SoundFinding::Hum);
    for (by, counts) in [
        (EchoBy::Browser, false),
        (EchoBy::Nobody, false),
        (EchoBy::Device, true),
        (EchoBy::Room, true),
    ] {
        let mut engine = Engine::new(config());
        engine.step(Mono(0), Input::Command(SoundCommand::Echo(by)));
        let wanted = if counts { tell(echo, true) } else { vec![] };
        assert_eq!(
            told(&mut engine, finding(Role::Microphone, echo, true)),
            wanted,
            "{by:?}"
        );
        assert_eq!(
            told(&mut engine, finding(Role::Microphone, echo, false)),
            tell(echo, false)
        );
        assert_eq!(
            told(&mut engine, finding(Role::Microphone, hum, true)),
            tell(hum, true)
        );
        assert_eq!(told(&mut engine, finding(Role::Loudspeaker, hum, true)), []);
    }
}

#[test]
fn a_reset_tries_everything_anew() {
    let mut engine = engine();
    let busy = GraphFact::Failed(Role::Microphone, usb("table"), SoundFailure::Busy);
    engine.step(Mono(1), Input::Graph(busy));
    let actions = engine.step(Mono(2), Input::Command(SoundCommand::Reset));
    let expected = [
        Action::Card(CardOrder::Look),
        uses("table"),
        Action::Graph(GraphOrder::Rebuild),
    ];
    assert!(expected.iter().all(|e| actions.contains(e)), "{actions:?}");
    assert!(actions.contains(&tells("table", Closed)), "{actions:?}");
}

#[test]
fn louder_than_the_limit_is_never_told() {
    let mut engine = engine();
    let loud = Input::Command(SoundCommand::Volume(Percent::new(100)));
    let limit = GraphOrder::Volume(Role::Loudspeaker, Percent::new(80));
    assert_eq!(engine.step(Mono(1), loud), [Action::Graph(limit)]);
}

#[test]
fn a_card_without_a_switch_leaves_it_to_the_graph() {
    let mut engine = engine();
    engine.step(
        Mono(1),
        Input::Card(CardFact::Switch(usb("table"), CardSwitch::Absent)),
    );
    let actions = engine.step(Mono(2), mic(Open));
    assert!(
        !actions.iter().any(|a| matches!(a, Action::Card(_))),
        "{actions:?}"
    );
    let actions = engine.step(Mono(3), graph_mic(Open));
    let expected = MicSeen {
        card: CardSeen::Absent,
        graph: Seen::Is(Open),
    };
    assert_eq!(seen(&actions), [expected]);
}

#[test]
fn after_a_server_that_was_gone_everything_is_told_again() {
    let mut engine = engine();
    let using = |name| Input::Graph(GraphFact::Using(Role::Microphone, Some(usb(name))));
    engine.step(Mono(1), using("table"));
    let down = Input::Graph(GraphFact::Down(SoundFailure::ServerGone));
    let actions = engine.step(Mono(2), down);
    assert!(actions.contains(&Action::Tell(SoundSeen::Down(SoundFailure::ServerGone))));
    engine.step(Mono(3), Input::Graph(GraphFact::Up));
    let told = SoundSeen::Using(SoundRole::Microphone, Some(SoundId::new("table")));
    assert!(
        engine
            .step(Mono(4), using("table"))
            .contains(&Action::Tell(told))
    );
    assert_eq!(
        seen(&engine.step(Mono(5), graph_mic(Closed))),
        [both(Closed)]
    );
}

// ---- the owner, over ports that obey at once ----

struct FakeCards(
    mpsc::UnboundedReceiver<CardFact>,
    mpsc::UnboundedSender<CardFact>,
);

impl Cards for FakeCards {
    fn order(&mut self, order: CardOrder) {
        if let CardOrder::Switch(device, value) = order {
            let _ = self.1.send(CardFact::Switch(device, CardSwitch::Is(value)));
        }
    }

    async fn next(&mut self) -> Option<CardFact> {
        self.0.recv().await
    }
}

struct FakeGraph(
    mpsc::UnboundedReceiver<GraphFact>,
    mpsc::UnboundedSender<GraphFact>,
);

impl Graph for FakeGraph {
    fn order(&mut self, order: GraphOrder) {
        let fact = match order {
            GraphOrder::Use(role, found) => GraphFact::Using(role, found.map(|f| f.id)),
            GraphOrder::Switch(role, value) => GraphFact::Switch(role, value),
            GraphOrder::Volume(role, value) => GraphFact::Volume(role, value),
            GraphOrder::Cancel(canceller) => GraphFact::Cancels(canceller),
            GraphOrder::Rebuild => GraphFact::Rebuilt,
        };
        let _ = self.1.send(fact);
    }

    async fn next(&mut self) -> Option<GraphFact> {
        self.0.recv().await
    }
}

#[tokio::test(start_paused = true)]
async fn the_owner_serves_the_room_from_both_ports() {
    let (card_in, card_out) = mpsc::unbounded_channel();
    let (graph_in, graph_out) = mpsc::unbounded_channel();
    let (events, mut heard) = mpsc::channel(64);
    let (levels, mut shown) = watch::channel(Levels::default());
    let (handle, mut inbox) = channel();
    let cards = FakeCards(card_out, card_in.clone());
    let graph = FakeGraph(graph_out, graph_in.clone());
    let told = Told { events, levels };
    let owner = tokio::spawn(async move {
        supervise(config(), (cards, graph), &mut inbox, told).await;
    });
    let Input::Card(devices) = mics(&["table", "spare"]) else {
        unreachable!("these are cards")
    };
    card_in.send(devices).unwrap();
    graph_in.send(GraphFact::Up).unwrap();
    handle.command(SoundCommand::Microphone(Open));
    let level = Level {
        role: Role::Microphone,
        rms: Db(-3000),
        peak: Db(-1200),
        loudness: None,
    };
    graph_in.send(GraphFact::Level(level)).unwrap();
    until(&mut heard, &SoundSeen::Microphone(both(Open))).await;
    handle.command(SoundCommand::Reset);
    until(&mut heard, &SoundSeen::Rebuilt).await;
    let is = |shown: &Levels| shown.microphone == Some(level);
    shown.wait_for(is).await.unwrap();
    drop(heard);
    owner.await.unwrap();
}

async fn until(heard: &mut mpsc::Receiver<Event>, wanted: &SoundSeen) {
    loop {
        let event = heard.recv().await.expect("the owner lives");
        if event == Event::Sound(wanted.clone()) {
            return;
        }
    }
}

#[test]
fn other_devices_for_the_roles_are_taken_up_and_what_stays_in_use_is_not_touched() {
    let mut engine = Engine::new(config());
    let now = Mono(0);
    engine.step(now, Input::Graph(GraphFact::Up));
    engine.step(now, mics(&["table", "spare"]));
    let used = GraphFact::Using(Role::Microphone, Some(usb("table")));
    engine.step(now, Input::Graph(used));

    let mut same_device = config();
    same_device.microphones = vec![SoundDevice {
        id: SoundId::new("desk"),
        ..device("table")
    }];
    let actions = engine.step(now, Input::Config(same_device));
    assert!(
        !actions.iter().any(|a| matches!(a, Action::Graph(_))),
        "{actions:?}"
    );
    let desk = Some(SoundId::new("desk"));
    let told = Action::Tell(SoundSeen::Using(SoundRole::Microphone, desk));
    assert!(actions.contains(&told), "{actions:?}");

    let mut other = config();
    other.microphones.remove(0);
    let actions = engine.step(now, Input::Config(other));
    assert!(actions.contains(&uses("spare")), "{actions:?}");

    let mut none = config();
    none.microphones.clear();
    let actions = engine.step(now, Input::Config(none));
    let silence = Action::Graph(GraphOrder::Use(Role::Microphone, None));
    assert!(actions.contains(&silence), "{actions:?}");
}

#[test]
fn a_graph_that_has_just_come_up_is_not_called_one_without_microphone() {
    let nothing = Action::Tell(SoundSeen::Using(SoundRole::Microphone, None));
    let none = || Input::Graph(GraphFact::Using(Role::Microphone, None));
    let mut engine = Engine::new(config());
    engine.step(Mono(0), Input::Graph(GraphFact::Up));
    assert!(
        engine.step(Mono(0), none()).contains(&nothing),
        "there is none"
    );

    let mut engine = Engine::new(config());
    engine.step(Mono(0), Input::Graph(GraphFact::Up));
    engine.step(Mono(0), mics(&["table"]));
    assert!(!engine.step(Mono(0), none()).contains(&nothing));
    let used = GraphFact::Using(Role::Microphone, Some(usb("table")));
    engine.step(Mono(0), Input::Graph(used));
    assert!(engine.step(Mono(0), none()).contains(&nothing), "cut off");
}

#[test]
fn a_server_that_never_comes_is_named_and_one_that_comes_late_is_not() {
    let down = Action::Tell(SoundSeen::Down(SoundFailure::ServerGone));
    let mut engine = Engine::new(config());
    let due = engine.next_deadline().unwrap();
    assert_eq!(due, Mono(0).plus(PATIENCE));
    assert!(engine.step(due, Input::Tick).contains(&down));
    assert_eq!(engine.next_deadline(), None);

    let mut engine = Engine::new(config());
    engine.step(Mono(1000), Input::Graph(GraphFact::Up));
    assert!(!engine.step(due, Input::Tick).contains(&down));
}
