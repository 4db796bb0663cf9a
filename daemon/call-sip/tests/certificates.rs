//! A server's certificate is checked before anything private goes over the line, by clients that can; the same call dark
//! and silent with them as with older ones.

mod common;

use call_sip::{Encryption, Transport};
use common::far::Far;
use common::world::{Authority, LONG_AGO, NOW, inside, microphone_and_camera, names};
use common::{CALL, PLAIN, Room, RoomClient, Setting, can_run, newer, request};
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;
use room_core::ids::CallId;

const NAME: &str = "conf.example";
const ENCRYPTED: Setting = Setting {
    transport: Transport::Tls,
    encryption: Encryption::Required,
    ..PLAIN
};

fn far_with(pem: &str) -> (Far, String) {
    let far = Far::start_as("tls", ";mediaenc=srtp-mand", &[], pem);
    let address = format!("far@{NAME}:{}", far.port);
    (far, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_the_conferences_own_is_refused() {
    let Some(client) = newer().filter(|_| can_run(&["baresip"])) else {
        return;
    };
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let client = RoomClient::start_as(&client, &ENCRYPTED, &trusted.pem, &names());
    let mut room = Room::begin(client.config());
    let table = [
        ("another name", trusted.signs("other.example", NOW)),
        ("an unknown authority", stranger.signs(NAME, NOW)),
        ("expired", trusted.signs(NAME, LONG_AGO)),
    ];
    for (number, (what, pem)) in (2..).zip(table) {
        println!("{what}");
        let (_far, address) = far_with(&pem);
        let call = CallId(number);
        room.handle
            .command(call, CallCommand::Join(request(&address, None)));
        room.sees(call, &CallSeen::Failed(CallFailure::TlsRefused))
            .await;
    }
    let (mut far, address) = far_with(&trusted.signs(NAME, NOW));
    inside(&mut room, &address).await;
    microphone_and_camera(&mut room, &mut far).await;
    room.tell(CallCommand::Leave);
    room.sees(CALL, &CallSeen::Over(EndReason::Left)).await;
}

/// What older clients do, so that nobody takes the warning for overcautious.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_told_to_check_and_cannot_is_known() {
    if !can_run(&["baresip"]) {
        return;
    }
    let stranger = Authority::new();
    let client = RoomClient::start_as(
        &common::Baresip::packaged(),
        &ENCRYPTED,
        &Authority::new().pem,
        &names(),
    );
    let mut room = Room::begin(client.config());
    let (_far, address) = far_with(&stranger.signs(NAME, NOW));
    room.tell(CallCommand::Join(request(&address, None)));
    let ends = [CallSeen::Inside, CallSeen::Failed(CallFailure::TlsRefused)];
    let (_, seen) = room.sees_one_of(CALL, &ends).await;
    let checks = common::Baresip::packaged().checks_certificates();
    assert_eq!(seen != CallSeen::Inside, checks);
}
