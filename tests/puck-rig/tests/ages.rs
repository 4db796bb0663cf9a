//! Real images of other ages at the daemon's own driver and attendant: each works as far as both sides go, and the older ones
//! are brought level over the chip's loader; its ROM is played.
//!
//! `images/` holds the image of 0.1.0 as it was built before schema 3 of the wire, so that what is in people's rooms stays tested.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{face, or_skipped};
use drv_panel::decode;
use drv_puck::update::{Attendance, Built, Display, Image, Images, Roots, Version, Ward, attend};
use drv_puck::{Handle, channel, supervise};
use emulators::puck::UsbTree;
use puck_rig::{Age, Build, Kit, Seen, Socket};
use room_core::event::{Event, Key, KeyPress, Presence, Press};
use room_core::ids::PuckId;
use room_core::pucks::FirmwareSeen;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use wire::{KeyKind, Mic, Ring};

/// The emulated chip is slower than a real one, and the machine may be busy.
const SOON: Duration = Duration::from_secs(60);
const PORT: &str = "1-1.2";
const LINE: &str = "ttyACM0";

fn id() -> PuckId {
    PuckId::new("table")
}

fn version(image: &Path) -> String {
    let image = Image::read(&std::fs::read(image).unwrap()).unwrap();
    image.marker().version.clone()
}

/// A machine and the chip in its socket.
struct Table {
    tree: UsbTree,
    socket: Socket,
}

impl Table {
    fn laid(folder: &Path, kit: Kit) -> Table {
        let tree = UsbTree::new(folder).unwrap();
        let socket = Socket::plugged(&tree, (PORT, LINE), kit).unwrap();
        Table { tree, socket }
    }

    async fn shows(&self, ring: &str) -> Seen {
        let fits = |seen: &Seen| seen.ring_word() == ring;
        self.socket.button().until(SOON, fits).await.unwrap()
    }
}

/// The daemon's side of one button.
struct Host {
    handle: Handle,
    events: mpsc::Receiver<Event>,
    orders: mpsc::Sender<PuckId>,
}

impl Host {
    fn beside(table: &Table, folder: &Path, newest: &Path) -> Host {
        let link = table.socket.link();
        let (handle, inbox) = channel();
        let (out, events) = mpsc::channel(64);
        let config = drv_puck::Config {
            id: id(),
            path: link.clone(),
        };
        tokio::spawn(supervise(config, inbox, out.clone()));
        let notes = folder.join("notes");
        std::fs::create_dir_all(&notes).unwrap();
        let image = Image::read(&std::fs::read(newest).unwrap()).unwrap();
        let says = handle.clone();
        let attendance = Attendance {
            roots: Roots {
                sys: table.tree.sys().to_owned(),
                dev: table.tree.dev().to_owned(),
            },
            wards: vec![Ward {
                id: id(),
                link,
                display: Display::Oled,
            }],
            images: watch::channel(Images::new(vec![Arc::new(image)])).1,
            says: Box::new(move |_| says.acquaintance().built),
            notes,
            sockets: watch::channel(BTreeMap::new()).0,
        };
        let (orders, inbox) = mpsc::channel(4);
        tokio::spawn(attend(attendance, inbox, out));
        Host {
            handle,
            events,
            orders,
        }
    }

    async fn until(&mut self, what: &str, fits: impl Fn(&Event) -> bool) {
        let found = async {
            while let Some(event) = self.events.recv().await {
                if fits(&event) {
                    return;
                }
            }
            panic!("the driver has ended before {what}");
        };
        timeout(SOON, found)
            .await
            .unwrap_or_else(|_| panic!("{what}: not in time"));
    }

    async fn is(&mut self, presence: Presence) {
        let wanted = Event::Puck(id(), presence);
        self.until("presence", |event| *event == wanted).await;
    }

    async fn runs(&mut self, version: &str, newest: &str) {
        let [version, newest] = [version, newest].map(|text| Version::read(text).unwrap());
        let newest = Some(newest);
        let wanted = Event::Firmware(id(), FirmwareSeen::Runs { version, newest });
        self.until("its version", |event| *event == wanted).await;
    }
}

/// A press, and what was seen of the microphone before and after it.
async fn works(table: &Table, host: &mut Host) {
    host.handle.show(face(Ring::Red, Mic::Closed));
    table.shows("red").await;
    table
        .socket
        .button()
        .press(wire::Key::Mute, KeyKind::Short)
        .await
        .unwrap();
    let press = Press::Key(Key::Mute, KeyPress::Short);
    let pressed =
        |event: &Event| matches!(event, Event::Pressed { press: seen, .. } if *seen == press);
    host.until("the press", pressed).await;
    host.handle.show(face(Ring::Green, Mic::Open));
    table.shows("green").await;
}

async fn brought_level(table: &mut Table, host: &mut Host, newest: &str) {
    host.orders.send(id()).await.unwrap();
    let written = timeout(SOON, table.socket.written(SOON)).await;
    written.expect("the loader in time").unwrap();
    let updated = FirmwareSeen::Updated(Version::read(newest).unwrap());
    let wanted = Event::Firmware(id(), updated);
    host.until("the update", |event| *event == wanted).await;
    works(table, host).await;
    let known = host.handle.acquaintance();
    assert_eq!(known.firmware, Some(format!("roomd-puck {newest}")));
    assert_eq!(
        (known.foreign, known.built),
        (None, Built::For(drv_puck::Display::Oled))
    );
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

#[tokio::test]
async fn firmware_that_is_out_there_works_as_far_as_it_goes_and_is_brought_level() {
    let Some(today) = common::kit(Build::Oled) else {
        return;
    };
    let (_kept, folder) = place();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("images/puck-oled-usb-0.1.0.uf2");
    let newest = version(&today.image);
    let mut table = Table::laid(&folder, today.with(&old));
    let mut host = Host::beside(&table, &folder, &today.image);
    // It cannot say what it has: what the room's file says counts.
    host.runs("0.1.0", &newest).await;
    works(&table, &mut host).await;
    assert_eq!(host.handle.acquaintance().built, Built::Unsaid);
    brought_level(&mut table, &mut host, &newest).await;
}

/// Which version the host speaks stands below, and differs from the one in the kept picture.
fn says_so(seen: &Seen) -> bool {
    let pictures =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware/puck-ui/tests/pictures");
    let kept = std::fs::read(pictures.join("ssd1306-other-version-de.png")).unwrap();
    let words = |png: &[u8]| {
        let (width, _, mut pixels) = decode(png).ok()?;
        pixels.truncate(3 * width as usize * 48);
        Some(pixels)
    };
    words(&seen.screen) == words(&kept)
}

#[tokio::test]
async fn firmware_of_another_wire_says_that_it_wants_an_update_and_gets_it() {
    let (Some(today), Some(old)) = (
        common::kit(Build::Oled),
        or_skipped(Kit::aged(Age::Yesterday)),
    ) else {
        return;
    };
    let (_kept, folder) = place();
    let newest = version(&today.image);
    let mut table = Table::laid(&folder, old);
    let mut host = Host::beside(&table, &folder, &today.image);
    host.is(Presence::Foreign).await;
    assert_eq!(host.handle.acquaintance().foreign, Some(1));
    host.handle.show(face(Ring::Green, Mic::Open));
    let seen = table.socket.button().until(SOON, says_so).await.unwrap();
    assert_ne!(
        seen.ring_word(),
        "green",
        "nothing that it does not understand"
    );
    host.runs("0.1.9", &newest).await;
    brought_level(&mut table, &mut host, &newest).await;
}

#[tokio::test]
async fn firmware_of_tomorrow_works_as_far_as_both_go_and_is_left_alone() {
    let (Some(today), Some(new)) = (
        common::kit(Build::Oled),
        or_skipped(Kit::aged(Age::Tomorrow)),
    ) else {
        return;
    };
    let (_kept, folder) = place();
    let newest = version(&today.image);
    let table = Table::laid(&folder, new);
    let mut host = Host::beside(&table, &folder, &today.image);
    host.is(Presence::Here).await;
    // The newer version is told with what is there for it; the room offers nothing older.
    host.runs("0.9.9", &newest).await;
    works(&table, &mut host).await;
    let known = host.handle.acquaintance();
    assert_eq!(known.firmware.as_deref(), Some("roomd-puck 0.9.9"));
    assert_eq!(known.built, Built::For(drv_puck::Display::Oled));
}
