//! The driver on the kernel's own devices, in the lab's guest: HDMI-CEC over vivid's pair of adapters, a USB serial
//! adapter, and DDC/CI over a USB adapter for I2C.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use cec_linux::{
    CecDevice, CecLogAddrType, CecLogAddrs, CecLogicalAddress, CecModeFollower, CecModeInitiator,
    CecOpcode, CecPrimDevType, VendorID, Version,
};
use common::{Room, Set, link, the_list};
use emulators::display::{Body, DisplayServer, Emulator, serve_pty};
use lab_guest::cable::Cable;
use lab_guest::host::{Device, plug, unplug};
use lab_guest::i2c::{Bus, Chip};
use lab_guest::module::Module;
use lab_guest::udev;
use room_core::effect::DisplayCommand;
use room_core::event::{DisplayPower, DisplaySeen};
use room_core::failure::DisplayFailure;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(15);
/// The television's input and the board's output, as vivid makes them.
const TV: &str = "/dev/cec0";
const BOARD: &str = "/dev/cec1";

/// A television on the other adapter: the emulated display behind the kernel's own bus.
struct Television {
    emulator: Arc<Mutex<Emulator>>,
    began: Instant,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Television {
    fn start() -> Television {
        let device = CecDevice::open(TV).unwrap();
        device
            .set_mode(CecModeInitiator::Send, CecModeFollower::Exclusive)
            .unwrap();
        let name = "TV".to_owned().try_into().unwrap();
        let wanted = CecLogAddrs::new(
            VendorID::NONE,
            Version::V1_4,
            name,
            &[CecPrimDevType::TV],
            &[CecLogAddrType::TV],
        );
        device.set_log(wanted).unwrap();
        let emulator = Arc::new(Mutex::new(Emulator::new("cec", None).unwrap()));
        let over = Arc::new(AtomicBool::new(false));
        let began = Instant::now();
        let (set, end) = (Arc::clone(&emulator), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                // Nothing came within this time: look whether it is over.
                let Ok(message) = device.rec_for(200) else {
                    continue;
                };
                let Some(Ok(opcode)) = message.opcode() else {
                    continue;
                };
                let header = u8::from(message.initiator()) << 4 | u8::from(message.destination());
                let mut bytes = vec![header, opcode.into()];
                bytes.extend_from_slice(message.parameters());
                let said = set.lock().unwrap().hear(began.elapsed(), &bytes);
                for (_, bytes) in said {
                    let to = CecLogicalAddress::try_from(bytes[0] & 0x0F).unwrap();
                    let opcode = CecOpcode::try_from(bytes[1]).unwrap();
                    let _ = device.transmit_data(CecLogicalAddress::Tv, to, opcode, &bytes[2..]);
                }
            }
        });
        Television {
            emulator,
            began,
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Television {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Set for Television {
    fn with(&self, what: &mut dyn FnMut(&mut Body, Duration)) {
        let mut emulator = self.emulator.lock().unwrap();
        what(&mut emulator.body, self.began.elapsed());
    }
}

impl Set for DisplayServer {
    fn with(&self, what: &mut dyn FnMut(&mut Body, Duration)) {
        DisplayServer::with(self, |body, now| what(body, now));
    }
}

#[tokio::test]
async fn the_list_holds_over_cec() {
    let _vivid = Module::load("vivid", &[]).unwrap();
    udev::appears(TV, SOON).unwrap();
    udev::appears(BOARD, SOON).unwrap();
    let television = Television::start();
    let mut room = Room::new(vec![link(&format!("cec:{BOARD}"), "cec", "")]);
    the_list(&mut room, &television, false).await;
    // The board calls itself the source once the picture is there.
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Power(DisplayPower::On)).await;
    let deadline = Instant::now() + SOON;
    let mut chosen = String::new();
    while chosen != "1000" {
        assert!(Instant::now() < deadline, "the television shows `{chosen}`");
        tokio::time::sleep(Duration::from_millis(50)).await;
        television.with(&mut |body, _| chosen = body.input().to_owned());
    }
    drop(room);
}

#[tokio::test]
async fn a_cec_device_that_is_not_there_is_named_and_found_later() {
    let mut room = Room::new(vec![link(&format!("cec:{BOARD}"), "cec", "")]);
    room.until(DisplaySeen::Gone(DisplayFailure::LineAbsent))
        .await;
    let vivid = Module::load("vivid", &[]).unwrap();
    udev::appears(BOARD, SOON).unwrap();
    let television = Television::start();
    room.until(DisplaySeen::Here).await;
    drop((room, television));
    drop(vivid);
}

#[tokio::test]
async fn the_list_holds_over_a_usb_adapter_that_is_then_pulled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("display");
    let set = serve_pty(Emulator::new("samsung-mdc", None).unwrap(), &path).unwrap();
    let _cable = Cable::join(&path, Path::new(&Device::FtdiA.wire().unwrap())).unwrap();
    plug(Device::FtdiA).unwrap();
    udev::appears("/dev/ttyUSB0", SOON).unwrap();
    let mut room = Room::new(vec![link("serial:/dev/ttyUSB0", "samsung-signage", "")]);
    the_list(&mut room, &set, true).await;
    unplug(Device::FtdiA).unwrap();
    room.until(DisplaySeen::Gone(DisplayFailure::LineAbsent))
        .await;
    plug(Device::FtdiA).unwrap();
    room.until(DisplaySeen::Here).await;
    room.until(DisplaySeen::Power(DisplayPower::Standby)).await;
}

/// Where a monitor listens for DDC/CI.
const MONITOR: u8 = 0x37;

/// A monitor on the wires of its picture: the emulated display behind the kernel's own I2C.
#[derive(Clone)]
struct Monitor {
    emulator: Arc<Mutex<Emulator>>,
    began: Instant,
    answer: Vec<u8>,
}

impl Monitor {
    fn new() -> Monitor {
        Monitor {
            emulator: Arc::new(Mutex::new(Emulator::new("ddc", None).unwrap())),
            began: Instant::now(),
            answer: Vec::new(),
        }
    }
}

impl Chip for Monitor {
    fn written(&mut self, bytes: &[u8]) {
        let said = self
            .emulator
            .lock()
            .unwrap()
            .hear(self.began.elapsed(), bytes);
        self.answer = said.into_iter().flat_map(|(_, bytes)| bytes).collect();
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        let mut answer = std::mem::take(&mut self.answer);
        answer.resize(count, 0);
        answer
    }
}

impl Set for Monitor {
    fn with(&self, what: &mut dyn FnMut(&mut Body, Duration)) {
        let mut emulator = self.emulator.lock().unwrap();
        what(&mut emulator.body, self.began.elapsed());
    }
}

fn over_ddc(node: &Path) -> Room {
    Room::new(vec![link(&format!("i2c:{}", node.display()), "ddc", "")])
}

/// For tests whose bus must outlive everything that holds it: the kernel lets nobody pull an adapter before.
fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

#[test]
fn the_list_holds_over_ddc() {
    let bus = Bus::plug(SOON).unwrap();
    let monitor = Monitor::new();
    bus.attach(MONITOR, monitor.clone());
    runtime().block_on(async {
        let mut room = over_ddc(bus.node());
        the_list(&mut room, &monitor, true).await;
    });
}

#[test]
fn a_monitor_that_does_not_acknowledge_is_named_and_a_pulled_bus_too() {
    let bus = Bus::plug(SOON).unwrap();
    runtime().block_on(async {
        let mut room = over_ddc(bus.node());
        room.until(DisplaySeen::Gone(DisplayFailure::NoAnswer))
            .await;
        bus.attach(MONITOR, Monitor::new());
        room.until(DisplaySeen::Here).await;
        bus.detach(MONITOR);
        room.until(DisplaySeen::Gone(DisplayFailure::NoAnswer))
            .await;
        let pulled = spawn_blocking(move || drop(bus));
        room.until(DisplaySeen::Gone(DisplayFailure::LineAbsent))
            .await;
        // The driver let go of it; else the kernel would keep whoever pulls it for ever.
        timeout(SOON, pulled).await.unwrap().unwrap();
    });
}
