//! The graph against a real PipeWire server of the test's own: roles, a device that changes in mid-tone, mute, rebuilding, a server
//! that dies, the canceller that comes and goes. Counts a skip where PipeWire is not installed.

#[path = "rig/mod.rs"]
mod rig;

use drv_audio::graph::PipewireGraph;
use drv_audio::ports::{
    Canceller, CardFact, CardOrder, Cards, Direction, Found, Graph, GraphFact, GraphOrder, Level,
    Role,
};
use drv_audio::{Levels, SoundConfig, SoundDevice, Told, Wanted, channel, supervise};
use rig::probe::{Probe, now};
use rig::{Server, null};
use room_core::event::Event;
use room_core::failure::{SoundFailure, SoundFinding};
use room_core::ids::SoundId;
use room_core::sound::{SoundRole, SoundSeen};
use room_core::units::{Percent, Switch};
use std::process::Child;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Facts until one is as wanted; what came instead, when none did in time.
async fn until(graph: &mut PipewireGraph, wanted: impl Fn(&GraphFact) -> bool) -> GraphFact {
    let mut seen = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_secs(20), graph.next()).await {
            Ok(Some(fact)) if wanted(&fact) => return fact,
            Ok(Some(GraphFact::Down(why))) => {
                panic!("{why:?} while the server is there: {seen:#?}")
            }
            Ok(Some(fact)) => seen.push(fact),
            other => panic!("{other:?} after {seen:#?}"),
        }
    }
}

async fn devices(graph: &mut PipewireGraph) -> impl Fn(&str) -> Option<Found> + use<> {
    let all = |fact: &GraphFact| matches!(fact, GraphFact::Nodes(nodes) if nodes.len() == 3);
    let GraphFact::Nodes(nodes) = until(graph, all).await else {
        panic!("nodes")
    };
    move |name| {
        Some(
            nodes
                .iter()
                .find(|found| found.id.as_str() == name)
                .expect("is there")
                .clone(),
        )
    }
}

fn using(role: Role, name: &str) -> impl Fn(&GraphFact) -> bool {
    move |fact| matches!(fact, GraphFact::Using(r, Some(id)) if *r == role && id.as_str() == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_follow_their_devices_and_outlive_server_and_daemon() {
    let nulls = [
        null("table", Direction::Capture),
        null("ceiling", Direction::Capture),
        null("wall", Direction::Playback),
    ];
    let Some(mut server) = Server::start("graph", &nulls) else {
        return;
    };
    // A daemon whose own streams listened would be woken in each turn.
    settled("the server listens by itself", || {
        server.node("room-tap-loudspeaker").is_some()
            && server.node("room-tap-microphone").is_some()
    });
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;

    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    until(&mut graph, using(Role::Loudspeaker, "wall")).await;
    assert!(server.linked("table:monitor_MONO", "room-microphone:input_MONO"));
    assert!(server.linked("room-loudspeaker:monitor_FR", "wall:input_FR"));

    let begin = Instant::now();
    graph.order(GraphOrder::Use(Role::Microphone, device("ceiling")));
    until(&mut graph, using(Role::Microphone, "ceiling")).await;
    let took = begin.elapsed();
    println!("another device after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");

    for switch in [Switch::Closed, Switch::Open] {
        graph.order(GraphOrder::Switch(Role::Microphone, switch));
        until(&mut graph, |fact| {
            *fact == GraphFact::Switch(Role::Microphone, switch)
        })
        .await;
    }
    let half = Percent::new(50);
    graph.order(GraphOrder::Volume(Role::Loudspeaker, half));
    until(&mut graph, |fact| {
        *fact == GraphFact::Volume(Role::Loudspeaker, half)
    })
    .await;

    let begin = Instant::now();
    graph.order(GraphOrder::Rebuild);
    until(&mut graph, |fact| *fact == GraphFact::Rebuilt).await;
    let took = begin.elapsed();
    println!("rebuilt after {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");

    server.kill();
    until(&mut graph, |fact| {
        *fact == GraphFact::Down(SoundFailure::ServerGone)
    })
    .await;
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Closed));
    server.run();
    until(&mut graph, |fact| *fact == GraphFact::Up).await;
    let (mut muted, mut back) = (false, false);
    while !(muted && back) {
        let fact = until(&mut graph, |fact| {
            matches!(fact, GraphFact::Using(..) | GraphFact::Switch(..))
        })
        .await;
        muted |= fact == GraphFact::Switch(Role::Microphone, Switch::Closed);
        back |= using(Role::Microphone, "ceiling")(&fact);
    }

    let listened = || server.linked(LISTENED.0, LISTENED.1);
    settled("it is listened to", listened);
    drop(graph);
    // A client that stays connected and answers nothing holds up the whole server (0.3.65, src/pipewire/work-queue.c).
    settled("nobody listens any more", || !listened());
    assert!(
        server.linked("ceiling:monitor_MONO", "room-microphone:input_MONO"),
        "a dead daemon takes no other link along"
    );
}

/// The loudspeaker on its way to the meter.
const LISTENED: (&str, &str) = (
    "room-loudspeaker:monitor_FL",
    "room-tap-loudspeaker:input_FL",
);

fn settled(what: &str, is: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what}: no");
    }
}

fn level(role: Role, near: i32) -> impl Fn(&GraphFact) -> bool {
    let fits = move |level: &Level| level.role == role && (level.rms.0 - near).abs() <= 100;
    move |fact| matches!(fact, GraphFact::Level(level) if fits(level))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_output_plays_what_the_loudspeaker_plays_and_the_far_end_is_metered() {
    let nulls = [
        null("table", Direction::Capture),
        null("wall", Direction::Playback),
        null("hall", Direction::Playback),
    ];
    let Some(server) = Server::start("second output", &nulls) else {
        return;
    };
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    graph.order(GraphOrder::Use(Role::Second, device("hall")));
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    let ears = ["wall", "hall"].map(|name| Probe::ear(&server.socket(), name));
    mouth.tone(0.1);
    for ear in &ears {
        assert!(ear.first().is_some() && ear.beats(5));
        assert!((ear.peak() - 0.1).abs() < 0.002, "{}", ear.peak());
    }
    until(&mut graph, level(Role::Loudspeaker, -2_000)).await;
    // Half is an eighth; what the far end sends is as loud as before.
    let half = Percent::new(50);
    graph.order(GraphOrder::Volume(Role::Loudspeaker, half));
    until(&mut graph, |fact| {
        *fact == GraphFact::Volume(Role::Loudspeaker, half)
    })
    .await;
    assert!(ears[1].beats(5));
    ears[1].reset();
    assert!(ears[1].beats(5));
    assert!(
        (ears[1].peak() - 0.012_5).abs() < 0.001,
        "{}",
        ears[1].peak()
    );
    for _ in 0..3 {
        let heard = |fact: &GraphFact| matches!(fact, GraphFact::Level(_));
        until(&mut graph, heard).await;
    }
    until(&mut graph, level(Role::Loudspeaker, -2_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_microphone_is_neither_sent_nor_listened_to() {
    let nulls = [
        null("table", Direction::Capture),
        null("spare", Direction::Capture),
        null("wall", Direction::Playback),
    ];
    let Some(server) = Server::start("microphone", &nulls) else {
        return;
    };
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;
    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Open));
    let voice = Probe::mouth(&server.socket(), "table");
    let conference = Probe::ear(&server.socket(), "room-microphone");
    voice.tone(0.1);
    assert!(conference.first().is_some());
    // Both of the tone's channels meet in one.
    until(&mut graph, level(Role::Microphone, -1_400)).await;

    let told = now();
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Closed));
    until(&mut graph, |fact| {
        *fact == GraphFact::Switch(Role::Microphone, Switch::Closed)
    })
    .await;
    assert!(conference.beats(3));
    let after = Duration::from_nanos(conference.last().saturating_sub(told));
    println!("the last sample left {after:?} after the order");
    assert!(after < Duration::from_millis(300), "{after:?}");
    conference.reset();
    assert!(conference.beats(20));
    assert!(!conference.has_heard());
    assert!(!server.linked(
        "room-microphone:capture_MONO",
        "room-tap-microphone:input_MONO"
    ));

    // A device that gives nothing at all is dead; one without a client is, too.
    voice.tone(0.0);
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Open));
    let dead = |holds| GraphFact::Finding {
        role: Role::Microphone,
        finding: SoundFinding::Dead,
        holds,
    };
    until(&mut graph, |fact| *fact == dead(true)).await;
    graph.order(GraphOrder::Use(Role::Microphone, device("spare")));
    until(&mut graph, |fact| *fact == dead(false)).await;
}

/// Cards of a machine that has none.
struct NoCards(mpsc::UnboundedReceiver<()>);

impl Cards for NoCards {
    fn order(&mut self, _: CardOrder) {}

    async fn next(&mut self) -> Option<CardFact> {
        self.0.recv().await.map(|()| CardFact::Devices(Vec::new()))
    }
}

fn wish(name: &str) -> SoundDevice {
    SoundDevice {
        id: SoundId::new(name),
        wanted: Wanted {
            link: None,
            label: Some(name.to_owned()),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loudspeaker_that_goes_is_replaced_while_it_plays() {
    let nulls = [
        null("wall", Direction::Playback),
        null("spare", Direction::Playback),
    ];
    let Some(server) = Server::start("fallback", &nulls) else {
        return;
    };
    let graph = PipewireGraph::open(server.socket()).expect("a thread");
    let config = SoundConfig {
        microphones: Vec::new(),
        loudspeakers: vec![wish("wall"), wish("spare")],
        second: None,
        volume_limit: Percent::new(100),
    };
    let (_handle, mut inbox) = channel();
    let (events, mut told) = mpsc::channel(64);
    let (levels, _levels) = watch::channel(Levels::default());
    let (_cards, facts) = mpsc::unbounded_channel();
    let ports = (NoCards(facts), graph);
    tokio::spawn(
        async move { supervise(config, ports, &mut inbox, Told { events, levels }).await },
    );
    let mut uses = async |name: &str| {
        let id = Some(SoundId::new(name));
        let is = |event: &Event| matches!(event, Event::Sound(SoundSeen::Using(SoundRole::Loudspeaker, used)) if *used == id);
        loop {
            let event = tokio::time::timeout(Duration::from_secs(20), told.recv()).await;
            if is(&event.expect("in time").expect("the owner lives")) {
                return;
            }
        }
    };
    uses("wall").await;
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    let [wall, spare] = ["wall", "spare"].map(|name| Probe::ear(&server.socket(), name));
    mouth.tone(0.1);
    assert!(wall.first().is_some() && !spare.has_heard());

    let pulled = now();
    server.destroy("wall");
    let heard = spare.first().expect("the spare one plays");
    println!(
        "the spare one plays {:?} after",
        Duration::from_nanos(heard - pulled)
    );
    assert!(heard - pulled < 1_000_000_000);
    uses("spare").await;
}

/// The canceller's own process, as its unit runs it.
fn filter(server: &Server) -> Child {
    let mut command = server.command(env!("CARGO_BIN_EXE_room-canceller"));
    let child = command.arg("--socket").arg(server.socket()).spawn();
    child.expect("the canceller starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_microphone_goes_through_the_canceller_while_there_is_one() {
    let nulls = [
        null("table", Direction::Capture),
        null("spare", Direction::Capture),
        null("wall", Direction::Playback),
    ];
    let Some(server) = Server::start("canceller", &nulls) else {
        return;
    };
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    graph.order(GraphOrder::Cancel(Canceller::On));
    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    until(&mut graph, using(Role::Microphone, "table")).await;
    let straight = ("table:monitor_MONO", "room-microphone:input_MONO");
    assert!(server.linked(straight.0, straight.1), "nobody cancels yet");

    let is = |seen| move |fact: &GraphFact| *fact == GraphFact::Cancels(seen);
    let mut child = filter(&server);
    until(&mut graph, is(Canceller::On)).await;
    let through = [
        ("table:monitor_MONO", "room-canceller-ear:input_AUX0"),
        (
            "room-loudspeaker:monitor_FL",
            "room-canceller-ear:input_AUX1",
        ),
        (
            "room-loudspeaker:monitor_FR",
            "room-canceller-ear:input_AUX1",
        ),
        ("room-canceller:output_MONO", "room-microphone:input_MONO"),
    ];
    for (out, into) in through {
        assert!(server.linked(out, into), "{out} to {into}");
    }
    gone(&server, straight).await;
    assert!(
        !server.linked(through[0].0, through[1].1),
        "the microphone is no far end"
    );

    let begin = Instant::now();
    child.kill().expect("it ran");
    until(&mut graph, is(Canceller::Off)).await;
    while !server.linked(straight.0, straight.1) {
        assert!(
            begin.elapsed() < Duration::from_secs(1),
            "{:?}",
            begin.elapsed()
        );
    }
    println!("straight {:?} after the canceller's end", begin.elapsed());
    child.wait().expect("it ended");

    let mut child = filter(&server);
    until(&mut graph, is(Canceller::On)).await;
    graph.order(GraphOrder::Cancel(Canceller::Off));
    until(&mut graph, is(Canceller::Off)).await;
    for (out, into) in through {
        gone(&server, (out, into)).await;
    }
    assert!(server.linked(straight.0, straight.1));
    drop(server);
    let ended = tokio::task::spawn_blocking(move || child.wait().expect("it ends"));
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    assert!(
        !ended.expect("in time").expect("waited").success(),
        "a unit that failed is started again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceller_that_hangs_is_gone_around_and_ended() {
    let nulls = [
        null("table", Direction::Capture),
        null("spare", Direction::Capture),
        null("wall", Direction::Playback),
    ];
    let Some(server) = Server::start("canceller-hangs", &nulls) else {
        return;
    };
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Open));
    graph.order(GraphOrder::Cancel(Canceller::On));
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    let is = |seen| move |fact: &GraphFact| *fact == GraphFact::Cancels(seen);
    let mut child = filter(&server);
    until(&mut graph, is(Canceller::On)).await;
    let (mouth, ear) = (
        Probe::mouth(&server.socket(), "table"),
        Probe::ear(&server.socket(), "room-microphone"),
    );
    mouth.tone(0.1);
    assert!(ear.first().is_some(), "heard through the canceller");
    until(
        &mut graph,
        |fact| matches!(fact, GraphFact::Level(level) if level.role == Role::Microphone),
    )
    .await;

    let signal = |which| {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        nix::sys::signal::kill(pid, which).expect("it is there");
    };
    signal(nix::sys::signal::Signal::SIGSTOP);
    let stopped = Instant::now();
    until(&mut graph, is(Canceller::Off)).await;
    let heard_from = ear.beats(5).then(|| {
        ear.reset();
        ear.first()
    });
    let took = stopped.elapsed();
    println!("heard again {took:?} after the canceller hung");
    assert!(heard_from.flatten().is_some(), "the person is heard again");
    assert!(took < Duration::from_secs(6), "{took:?}");

    // When it wakes it finds that its connection was taken away, and ends: its unit starts another one.
    signal(nix::sys::signal::Signal::SIGCONT);
    let ended = tokio::task::spawn_blocking(move || child.wait().expect("it ends"));
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    assert!(!ended.expect("in time").expect("waited").success());
    let mut another = filter(&server);
    until(&mut graph, is(Canceller::On)).await;
    another.kill().expect("it ran");
    another.wait().expect("it ended");
}

/// Waits until a link is gone: the facts of what is new come before what is old is cut.
async fn gone(server: &Server, (out, into): (&str, &str)) {
    let until = Instant::now() + Duration::from_secs(20);
    while server.linked(out, into) {
        assert!(Instant::now() < until, "{out} to {into} stays");
        tokio::task::yield_now().await;
    }
}
