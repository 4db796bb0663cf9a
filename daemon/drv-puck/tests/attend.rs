//! Firmware of a room's buttons from the order to the version, against the emulated loader; each wait has an end.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use drv_puck::update::{
    Attendance, Built, Chosen, Display, Image, Images, Roots, Version, Ward, attend,
};
use emulators::puck::{Pty, Rom, UsbTree};
use puck_image::{Segment, pack};
use room_core::event::Event;
use room_core::failure::FirmwareFailure;
use room_core::ids::PuckId;
use room_core::pucks::FirmwareSeen;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const SOON: Duration = Duration::from_secs(20);
const OLD: Version = Version(0, 1, 0);
const NEW: Version = Version(0, 2, 0);

fn image() -> Arc<Image> {
    image_for("oled usb 0.2.0")
}

fn image_for(what: &str) -> Arc<Image> {
    let marker = format!("roomd-table-button/1 rp2040 {what}\0");
    let mut bytes = vec![0x5a; 60_000];
    bytes[900..900 + marker.len()].copy_from_slice(marker.as_bytes());
    let place = 0x1000_0000;
    Arc::new(Image::read(&pack(&[Segment { place, bytes }])).unwrap())
}

/// A room with two buttons in their sockets, both of an older version.
struct Room {
    folder: TempDir,
    roms: [Rom; 2],
    _lines: [Pty; 2],
    tree: UsbTree,
}

struct Nurse {
    orders: mpsc::Sender<PuckId>,
    events: mpsc::Receiver<Event>,
    sockets: watch::Receiver<BTreeMap<PuckId, String>>,
    task: JoinHandle<()>,
}

const NAMES: [(&str, &str, &str); 2] =
    [("table", "1-1.2", "ttyACM0"), ("door", "1-1.3", "ttyACM1")];

impl Room {
    fn new() -> Room {
        let folder = tempfile::tempdir().unwrap();
        let tree = UsbTree::new(folder.path()).unwrap();
        fs::create_dir_all(folder.path().join("notes")).unwrap();
        let line = |(_, _, line)| Pty::open(&tree.dev().join(line)).unwrap();
        let lines = NAMES.map(line);
        let rom = |(_, port, line)| Rom::start(&tree, port, "0.1.0", line).unwrap();
        Room {
            roms: NAMES.map(rom),
            _lines: lines,
            tree,
            folder,
        }
    }

    fn notes(&self) -> usize {
        fs::read_dir(self.folder.path().join("notes"))
            .unwrap()
            .count()
    }

    fn attend(&self, image: Option<Arc<Image>>) -> Nurse {
        self.attend_what_says(image.into_iter().collect(), |_| Built::Unsaid)
    }

    fn attend_what_says(
        &self,
        images: Vec<Arc<Image>>,
        says: impl Fn(&PuckId) -> Built + Send + Sync + 'static,
    ) -> Nurse {
        self.attend_with(watch::channel(Images::new(images)).1, says)
    }

    fn attend_with(
        &self,
        images: watch::Receiver<Images>,
        says: impl Fn(&PuckId) -> Built + Send + Sync + 'static,
    ) -> Nurse {
        let ward = |(name, _, line): (&str, &str, &str)| Ward {
            id: PuckId::new(name),
            link: self.tree.dev().join(line),
            display: Display::Oled,
        };
        let (tell, sockets) = watch::channel(BTreeMap::new());
        let attendance = Attendance {
            roots: Roots {
                sys: self.tree.sys().to_owned(),
                dev: self.tree.dev().to_owned(),
            },
            wards: NAMES.map(ward).to_vec(),
            images,
            says: Box::new(says),
            notes: self.folder.path().join("notes"),
            sockets: tell,
        };
        let (orders, inbox) = mpsc::channel(4);
        let (out, events) = mpsc::channel(64);
        Nurse {
            orders,
            events,
            sockets,
            task: tokio::spawn(attend(attendance, inbox, out)),
        }
    }
}

impl Nurse {
    async fn next(&mut self) -> (String, FirmwareSeen) {
        match timeout(SOON, self.events.recv()).await.expect("in time") {
            Some(Event::Firmware(id, seen)) => (id.as_str().to_owned(), seen),
            other => panic!("{other:?}"),
        }
    }

    async fn expect(&mut self, name: &str, seen: FirmwareSeen) {
        assert_eq!(self.next().await, (name.to_owned(), seen));
    }

    async fn both_run(&mut self, version: Version, newest: Option<Version>) {
        self.expect("table", FirmwareSeen::Runs { version, newest })
            .await;
        self.expect("door", FirmwareSeen::Runs { version, newest })
            .await;
    }

    async fn order(&self, name: &str) {
        self.orders.send(PuckId::new(name)).await.unwrap();
    }
}

async fn until(fits: impl Fn() -> bool) {
    let end = Instant::now() + SOON;
    while !fits() {
        assert!(Instant::now() < end, "not in time");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_ordered_update_ends_at_the_new_version_and_the_other_button_stays_as_it_is() {
    let room = Room::new();
    let mut nurse = room.attend(Some(image()));
    nurse.both_run(OLD, Some(NEW)).await;
    nurse.order("table").await;
    nurse
        .expect("table", FirmwareSeen::Waits { newest: NEW })
        .await;
    let newest = Some(NEW);
    let runs = FirmwareSeen::Runs {
        version: NEW,
        newest,
    };
    nurse.expect("table", runs).await;
    nurse.expect("table", FirmwareSeen::Updated(NEW)).await;
    assert_eq!((room.roms[0].images(), room.roms[1].images()), (1, 0));
    assert_eq!(room.notes(), 0, "nothing is left to be continued");
    let sockets = nurse.sockets.borrow().clone();
    let (id, port) = (PuckId::new("door"), "1-1.3".to_owned());
    assert_eq!(sockets.get(&id), Some(&port));
}

#[tokio::test]
async fn a_pulled_plug_and_a_killed_daemon_are_both_survived() {
    let room = Room::new();
    let mut nurse = room.attend(Some(image()));
    nurse.both_run(OLD, Some(NEW)).await;
    room.roms[0].cut_after(30_000);
    nurse.order("table").await;
    nurse
        .expect("table", FirmwareSeen::Waits { newest: NEW })
        .await;
    until(|| !room.roms[0].plugged()).await;
    nurse.task.abort();
    drop(nurse);
    // The next daemon has never seen that button run, and its loader says of itself neither whose nor which it is.
    room.roms[0].plug().unwrap();
    let mut nurse = room.attend(Some(image()));
    nurse
        .expect("table", FirmwareSeen::Waits { newest: NEW })
        .await;
    let newest = Some(NEW);
    nurse
        .expect(
            "door",
            FirmwareSeen::Runs {
                version: OLD,
                newest,
            },
        )
        .await;
    nurse.order("table").await;
    nurse
        .expect(
            "table",
            FirmwareSeen::Runs {
                version: NEW,
                newest,
            },
        )
        .await;
    nurse.expect("table", FirmwareSeen::Updated(NEW)).await;
}

#[tokio::test]
async fn a_plug_that_is_put_back_in_time_is_continued_by_itself() {
    let room = Room::new();
    let mut nurse = room.attend(Some(image()));
    nurse.both_run(OLD, Some(NEW)).await;
    room.roms[1].cut_after(1);
    nurse.order("door").await;
    nurse
        .expect("door", FirmwareSeen::Waits { newest: NEW })
        .await;
    until(|| !room.roms[1].plugged()).await;
    // Longer than between two looks, so that it was seen to be away.
    sleep(Duration::from_millis(800)).await;
    room.roms[1].plug().unwrap();
    loop {
        match nurse.next().await.1 {
            FirmwareSeen::Waits { .. } | FirmwareSeen::Runs { .. } => {}
            seen => break assert_eq!(seen, FirmwareSeen::Updated(NEW)),
        }
    }
    assert_eq!(room.roms[1].images(), 1);
}

#[tokio::test]
async fn an_image_that_starts_as_another_version_is_named() {
    let room = Room::new();
    let mut nurse = room.attend(Some(image()));
    nurse.both_run(OLD, Some(NEW)).await;
    room.roms[0].starts_as("0.1.5");
    nurse.order("table").await;
    loop {
        match nurse.next().await.1 {
            FirmwareSeen::Waits { .. } | FirmwareSeen::Runs { .. } => {}
            seen => {
                let failed = FirmwareSeen::Failed(FirmwareFailure::OtherVersion);
                break assert_eq!(seen, failed);
            }
        }
    }
}

#[tokio::test]
async fn without_an_image_versions_are_told_and_nothing_is_touched() {
    let room = Room::new();
    let mut nurse = room.attend(None);
    nurse.both_run(OLD, None).await;
    nurse.order("table").await;
    let failed = FirmwareSeen::Failed(FirmwareFailure::NoLoader);
    nurse.expect("table", failed).await;
    assert!(
        room.roms
            .iter()
            .all(|rom| rom.images() == 0 && rom.plugged())
    );
}

#[tokio::test]
async fn a_loader_in_a_socket_of_nobodys_is_left_alone() {
    let room = Room::new();
    room.tree.loader("1-1.4", "sdz").unwrap();
    let disk = room.tree.dev().join("sdz");
    fs::create_dir_all(&disk).unwrap();
    let mut nurse = room.attend(Some(image()));
    nurse.both_run(OLD, Some(NEW)).await;
    nurse.order("door").await;
    loop {
        if let (_, FirmwareSeen::Updated(_)) = nurse.next().await {
            break;
        }
    }
    assert!(is_empty(&disk));
}

/// The room's file says the small display of both; one says of itself that it has the other.
#[tokio::test]
async fn a_button_gets_the_image_for_the_display_that_it_says_it_has() {
    let room = Room::new();
    let images = vec![image(), image_for("tft usb 0.3.0")];
    let said = Arc::new(Mutex::new(Built::NotYet));
    let table = Arc::clone(&said);
    let says = move |id: &PuckId| match id.as_str() {
        "table" => *table.lock().unwrap(),
        _ => Built::Unsaid,
    };
    let mut nurse = room.attend_what_says(images.clone(), says);
    let runs = |newest| FirmwareSeen::Runs {
        version: OLD,
        newest,
    };
    nurse.expect("table", runs(None)).await;
    nurse.expect("door", runs(Some(NEW))).await;
    *said.lock().unwrap() = Built::For(drv_puck::Display::Tft);
    let coloured = Version(0, 3, 0);
    nurse.expect("table", runs(Some(coloured))).await;
    // Cut off in the middle, the note still knows which display it was.
    room.roms[0].cut_after(60_000);
    nurse.order("table").await;
    until(|| !room.roms[0].plugged()).await;
    nurse.task.abort();
    room.roms[0].plug().unwrap();
    let mut nurse = room.attend_what_says(images, |_| Built::NotYet);
    let waits = FirmwareSeen::Waits { newest: coloured };
    loop {
        let (name, seen) = nurse.next().await;
        if name == "table" {
            assert_eq!(seen, waits);
            break;
        }
    }
    nurse.order("table").await;
    loop {
        match nurse.next().await {
            (_, FirmwareSeen::Updated(version)) => break assert_eq!(version, coloured),
            (_, FirmwareSeen::Failed(why)) => panic!("{why:?}"),
            _ => {}
        }
    }
}

/// What no image here draws on is left alone, whatever the room's file says of it.
#[tokio::test]
async fn a_button_with_a_display_of_tomorrow_gets_nothing() {
    let room = Room::new();
    let says = |_: &PuckId| Built::For(drv_puck::Display::Other(7));
    let mut nurse = room.attend_what_says(vec![image()], says);
    nurse.both_run(OLD, None).await;
    nurse.order("table").await;
    let why = FirmwareFailure::NoLoader;
    nurse.expect("table", FirmwareSeen::Failed(why)).await;
    assert_eq!(room.roms[0].images(), 0);
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// A release on trial, and the way back from it: by another image in the same hands, though it be older.
#[tokio::test]
async fn an_image_that_is_gone_back_from_is_written_over_by_the_one_before() {
    let room = Room::new();
    let chosen = |image: Arc<Image>, instead_of: Option<Version>| {
        let one = Chosen { image, instead_of };
        [one].into_iter().collect::<Images>()
    };
    let old = image_for("oled usb 0.1.0");
    let (tell, images) = watch::channel(chosen(Arc::clone(&old), None));
    let mut nurse = room.attend_with(images, |_| Built::Unsaid);
    nurse.both_run(OLD, Some(OLD)).await;
    tell.send_replace(chosen(image(), None));
    nurse.both_run(OLD, Some(NEW)).await;
    nurse.order("table").await;
    loop {
        if let (_, FirmwareSeen::Updated(version)) = nurse.next().await {
            break assert_eq!(version, NEW);
        }
    }
    tell.send_replace(chosen(old, Some(NEW)));
    let (version, to) = (NEW, OLD);
    nurse
        .expect("table", FirmwareSeen::Reverts { version, to })
        .await;
    let (version, newest) = (OLD, Some(OLD));
    nurse
        .expect("door", FirmwareSeen::Runs { version, newest })
        .await;
    // The plug is pulled on the way back; its loader takes what is gone back to.
    room.roms[0].cut_after(30_000);
    nurse.order("table").await;
    until(|| !room.roms[0].plugged()).await;
    // Longer than between two looks, so that it was seen to be away.
    sleep(Duration::from_millis(800)).await;
    room.roms[0].plug().unwrap();
    loop {
        match nurse.next().await {
            (_, FirmwareSeen::Updated(version)) => break assert_eq!(version, OLD),
            (_, FirmwareSeen::Failed(why)) => panic!("{why:?}"),
            _ => {}
        }
    }
    assert_eq!((room.roms[0].images(), room.roms[1].images()), (2, 0));
}
