//! The room's sound made anew on cards of the kernel, as a hand at the panel asks for it: how soon both ways are heard again.

use super::far_end::FarEnd;
use super::in_graph::Room;
use super::rig::Server;
use super::rig::probe::{Probe, now};
use super::{RESET, ROUNDS, TURNS, devices, loaded};
use drv_audio::hardware::{AlsaCards, Roots};
use room_core::sound::{SoundCommand, SoundRole, SoundSeen};
use room_core::units::Switch;
use std::time::Duration;

const BAR: &str = "snd_aloop.0:1:playback";

/// So many cards of the kernel's loop.
pub(super) async fn plugged(count: usize) {
    let mut owner = AlsaCards::begin(Roots::default()).unwrap();
    // Two devices each, both ways.
    devices(&mut owner, |found| found.len() == 4 * count).await;
}

/// Makes the sound anew until each of these hears again. The quickest round counts.
async fn reset(room: &mut Room, heard: &[&dyn Fn() -> Option<u64>]) {
    let mut quickest = Duration::MAX;
    for _ in 0..ROUNDS {
        let told = now();
        room.handle.command(SoundCommand::Reset);
        room.sees(|seen| *seen == SoundSeen::Rebuilt).await;
        let after = |at: u64| Duration::from_nanos(at - told);
        let rebuilt = after(now());
        let heard = heard
            .iter()
            .map(|hears| after(hears().expect("nothing is heard again")));
        let took = heard.max().expect("somebody hears");
        println!("FIGURE anew: told after {rebuilt:?}, heard for {TURNS} turns after {took:?}");
        quickest = quickest.min(took);
    }
    assert!(quickest < RESET, "{quickest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_made_anew_is_heard_again_within_two_seconds() {
    let _loop = loaded("snd-aloop", &[]);
    plugged(1).await;
    let server = Server::start("one card anew", &[]).unwrap();
    let mut room = Room::begin(&server, &[], &[BAR]);
    room.uses(SoundRole::Loudspeaker, BAR).await;
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    mouth.tone(0.1);
    let far = FarEnd::hears(0, 1);
    assert!(far.heard(TURNS).is_some());
    reset(&mut room, &[&|| far.heard(TURNS)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cards_made_anew_are_heard_again_within_two_seconds() {
    const TABLE: &str = "snd_aloop.1:0:capture";
    let _loops = loaded("snd-aloop", &["enable=1,1"]);
    plugged(2).await;
    let server = Server::start("two cards anew", &[]).unwrap();
    let mut room = Room::begin(&server, &[TABLE], &[BAR]);
    room.uses(SoundRole::Microphone, TABLE).await;
    room.uses(SoundRole::Loudspeaker, BAR).await;
    room.handle.command(SoundCommand::Microphone(Switch::Open));
    let mouth = Probe::mouth(&server.socket(), "room-loudspeaker");
    let ear = Probe::ear(&server.socket(), "room-microphone");
    mouth.tone(0.1);
    let (_voice, far) = (FarEnd::speaks(1, 0.1), FarEnd::hears(0, 1));
    assert!(far.heard(TURNS).is_some() && ear.hears(TURNS).is_some());
    reset(&mut room, &[&|| ear.hears(TURNS), &|| far.heard(TURNS)]).await;
}
