//! Rooms and server over a network that is drawn from a seed, in virtual time: bytes are late, stand still, break; rooms and servers are
//! killed and begun again; meanwhile commands, settings and states go to and fro. Afterwards everything that was promised holds.
//!
//! Agent, TLS, WebSocket, listener and server are the real ones; the network, the clock, and the store beneath are not.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod memory;
mod net;
mod room;

#[path = "../common/mod.rs"]
mod common;
#[path = "../store/conformance.rs"]
mod conformance;

use fleet_agent::{Membership, RoomKey};
use fleet_proto::{CommandId, RoomId, TenantId, Verb};
use fleetd::authority::{Authority, Request};
use fleetd::commands::{Standing, Wish};
use fleetd::fleet::{Fleet, Provision};
use fleetd::rooms::{Light, Place};
use fleetd::serve::serve_on;
use fleetd::store::Store;
use fleetd::twin::{Author, Level};
use http_listen::Listener;
use memory::Memory;
use net::{Dialler, Door, Way, Weather};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use room::Room;
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const NAME: &str = "fleet.test";
const ROOMS: u32 = 3;
/// So long things go wrong.
const STORM: Duration = Duration::from_secs(20 * 60);
/// So long after the last trouble everything is in order again: a silent line is noticed, and the longest pause before the next try.
const CALM: Duration = Duration::from_secs(15 * 60);
/// 2026-11-29, some time in the morning.
const BEGAN_MS: i64 = 1_795_939_200_000;

thread_local! { static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) }; }

/// The wall clock of this world goes with its virtual time.
pub fn now_ms() -> i64 {
    let began = BEGAN.get().unwrap_or_else(Instant::now);
    BEGAN.set(Some(began));
    BEGAN_MS + began.elapsed().as_millis() as i64
}

struct Server {
    fleet: Arc<Fleet>,
    store: Memory,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

struct World {
    folder: TempDir,
    store: Memory,
    door: Arc<Door>,
    server: Option<Server>,
    rooms: Vec<Room>,
    random: StdRng,
    writing: u64,
    told: Vec<(RoomId, CommandId)>,
}

fn tenant() -> TenantId {
    "own".parse().unwrap()
}

impl World {
    async fn new(seed: u64) -> World {
        common::provider();
        BEGAN.set(None);
        let mut world = World {
            folder: tempfile::tempdir().unwrap(),
            store: Memory::default(),
            door: Arc::new(watch::Sender::new(None)),
            server: None,
            rooms: Vec::new(),
            random: StdRng::seed_from_u64(seed),
            writing: 0,
            told: Vec::new(),
        };
        world.serve().await;
        for number in 0..ROOMS {
            let room = world.room(number, seed).await;
            world.rooms.push(room);
        }
        for room in &mut world.rooms {
            room.start().await;
        }
        world
    }

    async fn serve(&mut self) {
        let names = vec![NAME.to_owned()];
        let authority = Authority::open(self.folder.path(), &names, SystemTime::now()).unwrap();
        let store = self.store.handle();
        let kept: Arc<dyn Store> = Arc::new(store.clone());
        let mut fleet = Fleet::begin(kept, authority, tenant(), names)
            .await
            .unwrap();
        fleet.clock = now_ms;
        let (door, comers) = mpsc::channel(64);
        self.door.send_replace(Some(door));
        let (fleet, stop) = (Arc::new(fleet), CancellationToken::new());
        let serving = serve_on(
            vec![Arc::clone(&fleet)],
            (Listener::given(comers), 443),
            stop.clone(),
        );
        self.server = Some(Server {
            fleet,
            store,
            stop,
            served: tokio::spawn(async move { serving.await.unwrap() }),
        });
    }

    fn fleet(&self) -> &Arc<Fleet> {
        &self.server.as_ref().unwrap().fleet
    }

    /// Taken in as a program does it.
    async fn room(&self, number: u32, seed: u64) -> Room {
        let id: RoomId = format!("saal-{number}").parse().unwrap();
        let key = RoomKey::generate().unwrap();
        let wanted = Provision {
            room: id.clone(),
            name: id.as_str().into(),
            place: Place::default(),
            request: Request::read(&key.request().unwrap()).unwrap(),
        };
        let taken = self.fleet().provision(&tenant(), wanted, "test").await;
        let member = Membership {
            server: format!("https://{NAME}").parse().unwrap(),
            room: id.clone(),
            tenant: tenant(),
            certificate_pem: taken.unwrap().1,
            authority_pem: self.fleet().authority.ca_pem(),
        };
        let way = Arc::new(Way::new(seed ^ u64::from(number)));
        let door = Arc::clone(&self.door);
        let dialler = Dialler {
            key,
            member,
            way,
            door,
        };
        Room::new(id, dialler, seed ^ (u64::from(number) << 32))
    }

    fn any(&mut self) -> usize {
        self.random.random_range(0..self.rooms.len())
    }

    async fn one_trouble(&mut self) {
        let at = self.any();
        match self.random.random_range(0..12) {
            0 | 1 => self.rooms[at].dialler.way.cut(),
            2 => self.rooms[at].dialler.way.becomes(Weather::Still),
            3 => self.rooms[at].dialler.way.becomes(Weather::Out),
            4 | 5 => self.rooms[at].dialler.way.becomes(Weather::Fair),
            6 => {
                self.rooms[at].die().await;
                self.rooms[at].start().await;
            }
            7 if self.random.random_bool(0.3) => self.server_anew().await,
            8 => {
                let faults = ["mic-gone", "camera-gone"];
                let count = self.random.random_range(0..=2);
                self.rooms[at].faults = faults[..count].to_vec();
                self.rooms[at].say().await;
            }
            9 => self.set().await,
            _ => self.tell(at).await,
        }
    }

    /// Killed without a goodbye, or told to stop.
    async fn server_anew(&mut self) {
        let server = self.server.take().unwrap();
        self.door.send_replace(None);
        if self.random.random_bool(0.5) {
            server.stop.cancel();
            let _ = server.served.await;
        } else {
            server.store.dies();
            // Its lines end with it, as a dead process' do.
            for room in &self.rooms {
                room.dialler.way.cut();
            }
            server.served.abort();
            let _ = server.served.await;
            server.stop.cancel();
        }
        sleep(Duration::from_millis(self.random.random_range(0..30_000))).await;
        self.serve().await;
    }

    async fn set(&mut self) {
        let fleet = Arc::clone(self.fleet());
        let rooms = fleet.all_rooms(&tenant());
        let author = Author {
            tenant: &tenant(),
            rooms: &rooms,
            by: "test",
            now_ms: now_ms(),
        };
        let text = format!("[help]\nphone = \"{}\"", self.writing);
        let level = Level::of_name("all").unwrap();
        let written = fleet.twin.write(author, (&level, &text, self.writing));
        written.await.unwrap();
        self.writing += 1;
        fleet.settle(&tenant(), &rooms).await.unwrap();
    }

    async fn tell(&mut self, at: usize) {
        let room = self.rooms[at].id.clone();
        let id: CommandId = format!("command-{}", self.told.len()).parse().unwrap();
        let wish = Wish {
            id: id.clone(),
            verb: Verb::ResetSound {},
            lasts: Duration::from_secs(self.random.random_range(1..300)),
            until_ms: None,
            waits: self.random.random_bool(0.5),
            grant: None,
            by: "test".to_owned(),
        };
        let times = self.random.random_range(1..=2);
        for _ in 0..times {
            // The same one said twice is one.
            let told = self.fleet().tell((&tenant(), &room), wish.clone()).await;
            told.unwrap();
        }
        self.told.push((room, id));
    }

    async fn calm(&mut self) {
        for room in &self.rooms {
            room.dialler.way.becomes(Weather::Fair);
        }
        sleep(CALM).await;
    }

    /// Everything that was promised.
    async fn judge(&self, seed: u64) {
        let fleet = self.fleet();
        for room in &self.rooms {
            let card = fleet.roster.card(&tenant(), &room.id).unwrap();
            assert!(room.is_up(), "seed {seed}: {} came back", room.id);
            assert_ne!(card.light().0, Light::Unknown, "seed {seed}: {}", room.id);
            let state = card.seen.state.as_ref().unwrap();
            let seen: Vec<&str> = state.faults.iter().map(|f| f.code.as_str()).collect();
            assert_eq!(seen, room.faults, "seed {seed}: {} as it is", room.id);
            self.judge_settings(room, seed).await;
        }
        for (room, id) in &self.told {
            self.judge_command(room, id, seed).await;
        }
        let log = fleet.ledger.read(&tenant(), 0, usize::MAX).await.unwrap();
        let lines: Vec<String> = log.iter().map(|entry| entry.line()).collect();
        let whole = fleetd::audit::verify(lines.iter().map(String::as_str));
        assert!(whole.is_ok(), "seed {seed}: the log's chain");
    }

    async fn judge_settings(&self, room: &Room, seed: u64) {
        let desired = self
            .fleet()
            .twin
            .desired(&tenant(), &room.id)
            .await
            .unwrap();
        let disk = room.disk.lock().unwrap();
        let wanted = desired.map(|doc| doc.desired.revision);
        assert_eq!(disk.applied, wanted, "seed {seed}: {} is set", room.id);
        let forwards = disk.revisions.is_sorted();
        assert!(
            forwards,
            "seed {seed}: {} never went back: {:?}",
            room.id, disk.revisions
        );
    }

    async fn judge_command(&self, room: &RoomId, id: &CommandId, seed: u64) {
        let of_room = self.rooms.iter().find(|one| one.id == *room).unwrap();
        let (begun, done) = {
            let disk = of_room.disk.lock().unwrap();
            let done = disk.done.iter().filter(|one| *one == id).count();
            (disk.begun.get(id).copied().unwrap_or(0), done)
        };
        let order = self.fleet().commands.get((&tenant(), room), id).await;
        let order = order.unwrap().unwrap();
        let what = format!(
            "seed {seed}: {id} for {room} is {:?}, begun {begun}, done {done}",
            order.standing
        );
        assert!(order.standing.is_over(), "{what}");
        assert!(begun <= 1, "{what}");
        match order.standing {
            Standing::Done => assert_eq!(done, 1, "{what}"),
            Standing::Offline | Standing::Expired | Standing::Refused { .. } => {
                assert_eq!(begun, 0, "{what}")
            }
            _ => {}
        }
    }
}

fn play(seed: u64) -> [usize; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed).await;
        sleep(Duration::from_secs(20)).await;
        let end = Instant::now() + STORM;
        while Instant::now() < end {
            world.one_trouble().await;
            let pause = world.random.random_range(0..20_000);
            sleep(Duration::from_millis(pause)).await;
        }
        world.calm().await;
        world.judge(seed).await;
        let mut done = 0;
        for (room, id) in &world.told {
            let order = world.fleet().commands.get((&tenant(), room), id).await;
            let standing = order.unwrap().unwrap().standing;
            done += usize::from(standing == Standing::Done);
        }
        [world.told.len(), done]
    })
}

#[test]
fn whatever_the_network_does_commands_are_done_once_settings_arrive_and_rooms_are_seen_as_they_are()
{
    let seeds = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seeds = seeds.map_or(0..16, |seed: u64| seed..seed + 1);
    let (mut told, mut done) = (0, 0);
    for seed in seeds {
        let [of_seed, done_of_seed] = play(seed);
        told += of_seed;
        done += done_of_seed;
    }
    assert!(
        done * 4 > told,
        "of {told} commands only {done} were done: the weather is too bad to see anything"
    );
}

#[tokio::test]
async fn the_store_of_this_world_keeps_what_every_store_promises() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    conformance::run(&|| Arc::clone(&store)).await;
}
