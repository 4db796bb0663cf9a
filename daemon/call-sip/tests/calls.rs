//! The room's client against another baresip, over the real wire on this machine: what arrives at the far end counts.

mod common;

use call_sip::{Encryption, Transport};
use common::far::Far;
use common::world::{SECOND, inside, microphone_and_camera, silence};
use common::{CALL, PLAIN, Room, RoomClient, SOON, Setting, can_run, request};
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, Private};
use room_core::units::Switch;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn arrive_dark_and_silent_over_tls_and_srtp() {
    if !can_run(&["baresip"]) {
        return;
    }
    let mut far = Far::start("tls", ";mediaenc=srtp-mand");
    let client = RoomClient::start(&Setting {
        transport: Transport::Tls,
        encryption: Encryption::Required,
        ..PLAIN
    });
    let mut room = Room::begin(client.config());
    inside(&mut room, &far.address()).await;
    microphone_and_camera(&mut room, &mut far).await;
    room.tell(CallCommand::Leave);
    room.sees(CALL, &CallSeen::Over(EndReason::Left)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_tcp_with_g722_and_vp8_alone() {
    if !can_run(&["baresip"]) {
        return;
    }
    let mut far = Far::start_with("tcp", "", &["g722", "vp8"]);
    let client = RoomClient::start(&Setting {
        transport: Transport::Tcp,
        ..PLAIN
    });
    let mut room = Room::begin(client.config());
    inside(&mut room, &far.address()).await;
    microphone_and_camera(&mut room, &mut far).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_arrive_and_a_goodbye_ends_the_call() {
    if !can_run(&["baresip"]) {
        return;
    }
    let mut far = Far::start_with("udp", "", &["g711"]);
    let client = RoomClient::start(&PLAIN);
    let mut room = Room::begin(client.config());
    room.tell(CallCommand::Warm(request(&far.address(), Some("4711"))));
    room.sees(CALL, &CallSeen::Warm).await;
    room.tell(CallCommand::Join(request(&far.address(), Some("4711"))));
    room.sees(CALL, &CallSeen::PasscodeAsked { rejected: false })
        .await;
    room.tell(CallCommand::Passcode(Private::new("4711")));
    room.sees(CALL, &CallSeen::Inside).await;
    far.listen(SECOND);
    assert_eq!(far.keys, "4711#");
    // Beyond the time in which a goodbye means that the code was wrong; without any picture the call goes on.
    far.listen(10 * SECOND);
    far.order("hangup");
    room.sees(CALL, &CallSeen::Over(EndReason::EndedByHost))
        .await;
}

/// Numbers are printed and not asserted: a press to the INVITE's first answer, the client killed to inside again.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dies_is_rejoined_and_a_daemon_that_dies_ends_no_call() {
    if !can_run(&["baresip"]) {
        return;
    }
    let mut far = Far::start("udp", "");
    let mut client = RoomClient::start(&PLAIN);
    let mut room = Room::begin(client.config());
    room.tell(CallCommand::Warm(request(&far.address(), None)));
    room.sees(CALL, &CallSeen::Warm).await;
    let pressed = Instant::now();
    room.tell(CallCommand::Join(request(&far.address(), None)));
    let entering = room
        .sees(
            CALL,
            &CallSeen::Entering(room_core::event::JoinStep::Knocking),
        )
        .await;
    room.sees(CALL, &CallSeen::Inside).await;
    println!("press to the far end's ringing: {:?}", entering - pressed);

    // The daemon dies with an open microphone: the call goes on, and the next daemon reads what is open.
    room.tell(CallCommand::Mic(Switch::Open));
    room.sees(CALL, &CallSeen::Mic(Switch::Open)).await;
    room.dies().await;
    let heard = far.hears(2 * SECOND);
    assert!(
        heard.is_some_and(|level| level > -30.0),
        "the call ended with the daemon: {heard:?}"
    );
    let mut room = Room::begin(client.config());
    room.tell(CallCommand::Adopt(request(&far.address(), None)));
    room.sees(CALL, &CallSeen::Mic(Switch::Open)).await;
    room.sees(CALL, &CallSeen::Inside).await;
    room.tell(CallCommand::Mic(Switch::Closed));
    room.sees(CALL, &CallSeen::Mic(Switch::Closed)).await;
    far.listen(3 * SECOND);
    silence(&mut far, "the found call cannot be closed");

    // The client dies: told at once, and a new call is made as soon as it is back, dark and silent.
    let killed = Instant::now();
    client.process.kill();
    room.sees(CALL, &CallSeen::Over(EndReason::PageGone)).await;
    client.start_again();
    let back = rejoin(&mut room, &far).await;
    println!("client killed to inside again: {:?}", back - killed);
}

/// As the room does: a new call, and another when that is lost at once.
async fn rejoin(room: &mut Room, far: &Far) -> Instant {
    for number in 2..5 {
        let call = CallId(number);
        room.handle
            .command(call, CallCommand::Join(request(&far.address(), None)));
        let inside = CallSeen::Inside;
        let ends = [inside.clone(), CallSeen::Over(EndReason::PageGone)];
        let (when, seen) = room.sees_one_of(call, &ends).await;
        if seen == inside {
            return when;
        }
    }
    panic!("not inside again: {:?}", room.facts());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_end_that_vanishes_is_told_and_named() {
    if !can_run(&["baresip"]) {
        return;
    }
    let mut far = Far::start("udp", "");
    let client = RoomClient::start(&PLAIN);
    let mut room = Room::begin(client.config());
    inside(&mut room, &far.address()).await;
    let vanished = Instant::now();
    far.process.kill();
    let trouble = CallSeen::Trouble(room_core::event::Trouble::Network);
    let told = room.sees(CALL, &trouble).await;
    println!("far end killed to trouble told: {:?}", told - vanished);
    let lost = CallSeen::Failed(CallFailure::ConnectionLost);
    let lost = room.sees_within(CALL, &lost, SOON + SOON).await;
    println!("far end killed to the call given up: {:?}", lost - vanished);
}
