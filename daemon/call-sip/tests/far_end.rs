//! What only the far end decides: hold and resume, its own mute, and a silence that is none of the line's.

mod common;

use common::far::Far;
use common::world::{SECOND, inside};
use common::{CALL, PLAIN, Room, RoomClient, clients, request};
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, Flow, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::units::Switch;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_told_lasts_as_long_as_it_likes_and_ends_dark_and_silent() {
    for client in clients() {
        let mut far = Far::start("udp", "");
        let client = RoomClient::start_as(&client, &PLAIN, "", "");
        let mut room = Room::begin(client.config());
        inside(&mut room, &far.address()).await;
        room.tell(CallCommand::Mic(Switch::Open));
        room.sees(CALL, &CallSeen::Mic(Switch::Open)).await;
        let loud = far.hears(2 * SECOND);
        assert!(loud.is_some_and(|level| level > -30.0), "{loud:?}");

        far.order("hold");
        room.sees(CALL, &CallSeen::Waiting(WaitingFor::Hold)).await;
        // As the room does whenever it is put before a door.
        room.tell(CallCommand::Mic(Switch::Closed));
        room.sees(CALL, &CallSeen::Mic(Switch::Closed)).await;
        // Longer than a line on which nothing arrives is kept.
        far.listen(12 * SECOND);
        let facts = room.facts();
        let bad = |seen: &&&CallSeen| {
            matches!(
                seen,
                CallSeen::Failed(_) | CallSeen::Trouble(_) | CallSeen::Over(_)
            )
        };
        assert_eq!(facts.iter().find(bad), None);

        far.order("resume");
        room.sees(CALL, &CallSeen::Inside).await;
        // The far end's meter is gone with the hold: what is open is read from the room's own sources.
        far.listen(3 * SECOND);
        assert!(!room.facts().contains(&&CallSeen::Mic(Switch::Open)));
        assert!(
            far.sees_nothing(),
            "a picture came after the hold: {:?}",
            far.received()
        );
        room.tell(CallCommand::Mic(Switch::Open));
        room.sees(CALL, &CallSeen::Mic(Switch::Open)).await;
    }
}

/// Without pictures, so that nothing but sound says that the far end is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_far_end_that_falls_silent_is_neither_trouble_nor_an_end() {
    let Some(client) = clients().pop() else {
        return;
    };
    let mut far = Far::start_with("udp", "", &["g711"]);
    let client = RoomClient::start_as(&client, &PLAIN, "", "");
    let mut room = Room::begin(client.config());
    inside(&mut room, &far.address()).await;
    // Muted as most far ends do it: silence goes on arriving, and cannot be told from people who say nothing.
    far.order("mute");
    far.listen(5 * SECOND);
    assert!(!room.facts().contains(&&CallSeen::Trouble(Trouble::Network)));
    // Muted as some do it: nothing is sent but reports. Asked whether it still knows the call, this far end begins to send
    // again, so it is muted twice; it is asked once a minute at most.
    for _ in 0..2 {
        far.order_with("ausrc", "aufile,/nonexistent");
        far.listen(5 * SECOND);
    }
    // Longer than a line on which nothing arrives is kept.
    far.listen(12 * SECOND);
    let facts = room.facts();
    let flows = facts.iter().rev().find_map(|seen| match seen {
        CallSeen::Media(media) => Some(media.audio_in),
        _ => None,
    });
    assert_eq!(flows, Some(Flow::Stands), "the far end is not silent");
    let ended = |seen: &&&CallSeen| matches!(seen, CallSeen::Failed(_) | CallSeen::Over(_));
    assert_eq!(facts.iter().find(ended), None);
    // When the first report comes late there is trouble until then.
    let count = |wanted: &CallSeen| facts.iter().filter(|seen| **seen == wanted).count();
    let trouble = CallSeen::Trouble(Trouble::Network);
    assert_eq!(count(&trouble), count(&CallSeen::Recovered));
}

/// So that the room is back within seconds where the far end is, and waits only where nobody answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_far_end_that_was_begun_anew_is_called_anew() {
    for client in clients() {
        let mut far = Far::start("udp", "");
        let client = RoomClient::start_as(&client, &PLAIN, "", "");
        let mut room = Room::begin(client.config());
        inside(&mut room, &far.address()).await;
        let lost = Instant::now();
        far.start_again();
        let told = room
            .sees(CALL, &CallSeen::Failed(CallFailure::ConnectionLost))
            .await;
        println!("far end begun anew to the call lost: {:?}", told - lost);
        assert!(told - lost < 8 * SECOND, "nobody asked the far end");
        let next = CallId(2);
        room.handle
            .command(next, CallCommand::Join(request(&far.address(), None)));
        room.sees(next, &CallSeen::Inside).await;
    }
}

/// The room asks for its own end before the far end has said anything: nothing may go on ringing there.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_left_at_once_rings_nowhere() {
    for client in clients() {
        let far = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        far.set_read_timeout(Some(8 * SECOND)).unwrap();
        let client = RoomClient::start_as(&client, &PLAIN, "", "");
        let mut room = Room::begin(client.config());
        let address = format!("far@{}", far.local_addr().unwrap());
        room.tell(CallCommand::Warm(request(&address, None)));
        room.sees(CALL, &CallSeen::Warm).await;
        room.tell(CallCommand::Join(request(&address, None)));
        let mut bytes = [0; 4096];
        let (_, asker) = far.recv_from(&mut bytes).unwrap();
        room.tell(CallCommand::Leave);
        let invite = String::from_utf8_lossy(&bytes).into_owned();
        let line = |name: &str| {
            let found = invite.lines().find(|line| line.starts_with(name));
            found
                .unwrap_or_else(|| panic!("no {name} in {invite}"))
                .to_owned()
        };
        let trying = ["SIP/2.0 100 Trying".to_owned()]
            .into_iter()
            .chain(["Via:", "From:", "To:", "Call-ID:", "CSeq:"].map(line))
            .chain(["Content-Length: 0".to_owned(), String::new(), String::new()])
            .collect::<Vec<_>>()
            .join("\r\n");
        far.send_to(trying.as_bytes(), asker).unwrap();
        loop {
            let count = far.recv_from(&mut bytes).expect("no CANCEL came").0;
            if bytes[..count].starts_with(b"CANCEL ") {
                break;
            }
        }
    }
}
