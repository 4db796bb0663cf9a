//! A card of the kernel's loop as a microphone that is pulled while somebody speaks: how soon the next one is heard. The driver is
//! taken from the device, as the kernel itself does at a pull; the lab has no microphone on USB.

use super::anew::plugged;
use super::far_end::FarEnd;
use super::in_graph::Room;
use super::rig::Server;
use super::rig::probe::{Probe, now, wait};
use super::{PULL, ROUNDS, TURNS, loaded};
use room_core::sound::{SoundCommand, SoundRole, SoundSeen};
use room_core::units::Switch;
use std::process::{Child, Command};
use std::time::Duration;

const TABLE: &str = "snd_aloop.1:0:capture";
const SPARE: &str = "snd_aloop.0:0:capture";

/// Ends when nobody has anything of the card open any more.
fn driver(order: &str) -> Child {
    let line = format!("echo snd_aloop.1 > /sys/bus/platform/drivers/snd_aloop/{order}");
    Command::new("sh").args(["-c", &line]).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_that_is_pulled_while_somebody_speaks_gives_way_and_returns() {
    let _loops = loaded("snd-aloop", &["enable=1,1"]);
    plugged(2).await;
    let server = Server::start("a pulled microphone", &[]).unwrap();
    let mut room = Room::begin(&server, &[TABLE, SPARE], &[]);
    room.uses(SoundRole::Microphone, TABLE).await;
    room.handle.command(SoundCommand::Microphone(Switch::Open));
    let ear = Probe::ear(&server.socket(), "room-microphone");
    let _spare = FarEnd::speaks(0, 0.4);
    let mut quickest = Duration::MAX;
    for _ in 0..ROUNDS {
        let _voice = FarEnd::speaks(1, 0.1);
        assert!(ear.hears(TURNS).is_some());
        // Else the spare one is there already.
        let name = "snd-aloop-0-0-capture";
        assert!(wait(|| server.node(name).is_none().then_some(())).is_some());
        ear.reset();
        let pulled = now();
        let after = |at: u64| Duration::from_nanos(at - pulled);
        let mut pull = driver("unbind");
        room.sees(|seen| matches!(seen, SoundSeen::Gone(..))).await;
        let gone = after(now());
        room.uses(SoundRole::Microphone, SPARE).await;
        let linked = after(now());
        let heard = wait(|| (ear.peak() > 0.3).then(now)).expect("the spare one is heard");
        let heard = after(heard);
        println!(
            "FIGURE pulled: seen {gone:?}, the spare microphone linked {linked:?}, heard {heard:?}"
        );
        quickest = quickest.min(heard);
        assert!(pull.wait().unwrap().success());

        assert!(driver("bind").wait().unwrap().success());
        room.uses(SoundRole::Microphone, TABLE).await;
        if quickest < PULL {
            return;
        }
    }
    panic!("{quickest:?} at best");
}
