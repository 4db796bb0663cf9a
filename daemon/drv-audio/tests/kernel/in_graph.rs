//! Cards of the kernel as nodes of the graph: what is played is heard at the loop's other end, a card that another program has is
//! refused, one that is pulled gives way and returns, and the microphone is closed in card and graph together.

use super::far_end::FarEnd;
use super::rig::Server;
use super::rig::probe::{Probe, now, wait};
use super::{PULL, RESET, ROUNDS, SOON, TURNS, devices, loaded, taken};
use drv_audio::graph::PipewireGraph;
use drv_audio::hardware::{AlsaCards, Roots};
use drv_audio::ports::{Direction, Found, Graph, GraphFact, GraphOrder, Place, Role};
use drv_audio::{Handle, Levels, SoundConfig, SoundDevice, Told, Wanted, channel, supervise};
use lab_guest::host::{Device, plug, unplug};
use room_core::event::Event;
use room_core::failure::SoundFailure;
use room_core::ids::SoundId;
use room_core::sound::{CardSeen, MicSeen, SoundCommand, SoundRole, SoundSeen};
use room_core::units::{Percent, Seen, Switch};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

async fn until(graph: &mut PipewireGraph, wanted: impl Fn(&GraphFact) -> bool) -> GraphFact {
    let seek = async {
        loop {
            let fact = graph.next().await.expect("the thread lives");
            if !matches!(fact, GraphFact::Level(_)) {
                println!("{fact:?}");
            }
            if wanted(&fact) {
                return fact;
            }
            assert!(
                !matches!(fact, GraphFact::Down(_)),
                "the server is there all the time"
            );
        }
    };
    tokio::time::timeout(SOON, seek).await.expect("it comes")
}

/// Waits until each role uses its device, in whichever order.
async fn use_all(graph: &mut PipewireGraph, uses: &[(Role, &Found)]) {
    let mut left: Vec<GraphFact> = Vec::new();
    for (role, found) in uses {
        graph.order(GraphOrder::Use(*role, Some((*found).clone())));
        left.push(GraphFact::Using(*role, Some(found.id.clone())));
    }
    while !left.is_empty() {
        let fact = until(graph, |fact| left.contains(fact)).await;
        left.retain(|other| *other != fact);
    }
}

/// Everything that is plugged in now.
async fn plugged() -> Vec<Found> {
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    devices(&mut owner, |found| !found.is_empty()).await
}

fn one(found: &[Found], direction: Direction, number: u32) -> Found {
    let is = |found: &&Found| {
        matches!(found.place, Place::Pcm { device, .. } if device == number)
            && found.direction == direction
    };
    found.iter().find(is).unwrap().clone()
}

fn card(found: &Found) -> u32 {
    match found.place {
        Place::Pcm { card, .. } => card,
        Place::Node(_) => panic!("no card"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_played_through_a_card_is_heard_through_a_card() {
    let _loop = loaded("snd-aloop", &[]);
    let found = plugged().await;
    let (bar, table) = (
        one(&found, Direction::Playback, 1),
        one(&found, Direction::Capture, 0),
    );
    let server = Server::start("cards in the graph", &[]).unwrap();
    let mut graph = PipewireGraph::open(server.socket()).unwrap();
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Open));
    let uses = [(Role::Loudspeaker, &bar), (Role::Microphone, &table)];
    use_all(&mut graph, &uses).await;
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    let ear = Probe::ear(&server.socket(), "room-microphone");
    mouth.tone(0.1);
    assert!(ear.first().is_some());
    // Two channels of the card meet in one, as loud as either.
    let near = |fact: &GraphFact| match fact {
        GraphFact::Level(level) => {
            level.role == Role::Microphone && (level.peak.0 + 2_000).abs() <= 100
        }
        _ => false,
    };
    until(&mut graph, near).await;

    mouth.tone(0.0);
    let mut both = Vec::new();
    // An emulated machine loses some of them.
    for _ in 0..5 {
        assert!(ear.beats(20));
        ear.reset();
        let clicked = mouth.click().unwrap();
        let heard = ear.first_within(Duration::from_secs(1));
        both.extend(heard.map(|heard| (heard - clicked) as f64 / 1e6));
    }
    assert!(!both.is_empty(), "no click is heard");
    both.sort_by(f64::total_cmp);
    println!("FIGURE loudspeaker, loop and microphone together: {both:?} ms");

    // A daemon that ends takes nothing along, and the next one finds it.
    let names = [&bar, &table].map(|found| {
        let strange = |c: char| !c.is_ascii_alphanumeric();
        found.id.as_str().replace(strange, "-")
    });
    let nodes = names.clone().map(|name| server.nodes(&name));
    assert!(nodes.iter().all(|all| all.len() == 1), "{nodes:?}");
    drop(graph);
    mouth.tone(0.1);
    let mut graph = PipewireGraph::open(server.socket()).unwrap();
    use_all(&mut graph, &uses).await;
    ear.reset();
    assert!(ear.first().is_some());
    assert_eq!(
        names.map(|name| server.nodes(&name)),
        nodes,
        "the cards' nodes are other ones"
    );

    // Nor does a daemon that has ended hold up what another one makes anew.
    let mut quickest = Duration::MAX;
    for _ in 0..ROUNDS {
        let told = now();
        graph.order(GraphOrder::Rebuild);
        until(&mut graph, |fact| *fact == GraphFact::Rebuilt).await;
        let heard = ear.hears(TURNS).expect("nothing is heard again");
        let took = Duration::from_nanos(heard - told);
        println!("FIGURE anew by another daemon: heard for {TURNS} turns after {took:?}");
        quickest = quickest.min(took);
    }
    assert!(quickest < RESET, "{quickest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_another_program_has_is_refused_and_taken_when_it_is_free() {
    let _loop = loaded("snd-aloop", &["pcm_substreams=1"]);
    let table = one(&plugged().await, Direction::Capture, 1);
    let server = Server::start("a busy card", &[]).unwrap();
    let mut graph = PipewireGraph::open(server.socket()).unwrap();
    until(&mut graph, |fact| *fact == GraphFact::Up).await;
    let from = format!("hw:{},1", card(&table));
    let words = [
        "-q",
        "-t",
        "raw",
        "-f",
        "S16_LE",
        "-r",
        "48000",
        "-c",
        "2",
        "-D",
        &from,
        "/dev/null",
    ];
    let mut other = Command::new("arecord").args(words).spawn().unwrap();
    taken(card(&table), "pcm1c");
    let start = Instant::now();
    graph.order(GraphOrder::Use(Role::Microphone, Some(table.clone())));
    let busy = GraphFact::Failed(Role::Microphone, table.id.clone(), SoundFailure::Busy);
    until(&mut graph, |fact| *fact == busy).await;
    let took = start.elapsed();
    println!("FIGURE a busy card is refused after {took:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    other.kill().unwrap();
    other.wait().unwrap();
    use_all(&mut graph, &[(Role::Microphone, &table)]).await;

    // Of a card that is not there.
    let gone = Found {
        place: Place::Pcm { card: 9, device: 0 },
        ..table
    };
    graph.order(GraphOrder::Use(Role::Microphone, Some(gone.clone())));
    let absent = GraphFact::Failed(Role::Microphone, gone.id, SoundFailure::Absent);
    until(&mut graph, |fact| *fact == absent).await;
}

/// The room's whole sound, with real cards and a real server.
pub(super) struct Room {
    pub(super) handle: Handle,
    told: mpsc::Receiver<Event>,
}

impl Room {
    pub(super) fn begin(server: &Server, microphones: &[&str], loudspeakers: &[&str]) -> Room {
        let device = |name: &&str| SoundDevice {
            id: SoundId::new(*name),
            wanted: Wanted {
                link: None,
                label: Some((*name).to_owned()),
            },
        };
        let config = SoundConfig {
            microphones: microphones.iter().map(device).collect(),
            loudspeakers: loudspeakers.iter().map(device).collect(),
            second: None,
            volume_limit: Percent::new(100),
        };
        let cards = AlsaCards::begin(Roots::default()).unwrap();
        let graph = PipewireGraph::open(server.socket()).unwrap();
        let (handle, mut inbox) = channel();
        let (events, told) = mpsc::channel(64);
        let (levels, heard) = watch::channel(Levels::default());
        tokio::spawn(async move {
            let _heard = heard;
            supervise(config, (cards, graph), &mut inbox, Told { events, levels }).await;
        });
        Room { handle, told }
    }

    pub(super) async fn sees(&mut self, wanted: impl Fn(&SoundSeen) -> bool) {
        let seek = async {
            while let Some(event) = self.told.recv().await {
                println!("{event:?}");
                if matches!(&event, Event::Sound(seen) if wanted(seen)) {
                    return;
                }
            }
            panic!("the owner has ended");
        };
        tokio::time::timeout(SOON, seek).await.expect("it comes");
    }

    pub(super) async fn uses(&mut self, role: SoundRole, name: &str) {
        let used = SoundSeen::Using(role, Some(SoundId::new(name)));
        self.sees(|seen| *seen == used).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usb_loudspeaker_that_is_pulled_while_it_plays_gives_way_and_returns() {
    let _loop = loaded("snd-aloop", &[]);
    let other = plugged().await;
    let (spare, number) = (other[0].name.clone(), card(&other[0]));
    plug(Device::Speaker).unwrap();
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    let found = devices(&mut owner, |found| {
        found.iter().any(|one| one.usb.is_some())
    })
    .await;
    drop(owner);
    let bar = found
        .iter()
        .find(|found| found.usb.is_some())
        .unwrap()
        .name
        .clone();
    let server = Server::start("a pulled card", &[]).unwrap();
    let mut room = Room::begin(&server, &[], &[&bar, &spare]);
    room.uses(SoundRole::Loudspeaker, &bar).await;
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    mouth.tone(0.1);
    assert!(mouth.beats(50), "nothing is played");

    let far = FarEnd::hears(number, 0);
    let name = other[0].id.as_str().replace([':', '_', '.'], "-");
    let mut quickest = Duration::MAX;
    for _ in 0..ROUNDS {
        // Else the spare one is there already.
        assert!(wait(|| server.node(&name).is_none().then_some(())).is_some());
        let pulled = now();
        let after = |at: u64| Duration::from_nanos(at - pulled);
        unplug(Device::Speaker).unwrap();
        let out = after(now());
        room.sees(|seen| matches!(seen, SoundSeen::Gone(..))).await;
        let gone = after(now());
        room.uses(SoundRole::Loudspeaker, &spare).await;
        let linked = after(now());
        let heard = after(far.heard(1).expect("the spare one plays"));
        println!(
            "FIGURE pulled: out {out:?}, seen {gone:?}, the spare one linked {linked:?}, heard {heard:?}"
        );
        quickest = quickest.min(heard);
        assert!(far.heard(TURNS).is_some(), "it does not go on");

        plug(Device::Speaker).unwrap();
        let back = now();
        room.uses(SoundRole::Loudspeaker, &bar).await;
        let took = Duration::from_nanos(now() - back);
        println!("FIGURE back: used again after {took:?}");
        assert!(mouth.beats(50), "nothing is played after the return");
        if quickest < PULL {
            return;
        }
    }
    panic!("{quickest:?} at best");
}

#[tokio::test(flavor = "multi_thread")]
async fn card_and_graph_close_the_microphone_together() {
    let _dummy = loaded("snd-dummy", &[]);
    let name = plugged().await[0].name.clone();
    let server = Server::start("mute", &[]).unwrap();
    let mut room = Room::begin(&server, &[&name], &[]);
    room.uses(SoundRole::Microphone, &name).await;
    for value in [Switch::Open, Switch::Closed, Switch::Open] {
        room.handle.command(SoundCommand::Microphone(value));
        let both = MicSeen {
            card: CardSeen::Is(value),
            graph: Seen::Is(value),
        };
        room.sees(|seen| *seen == SoundSeen::Microphone(both)).await;
    }
}
