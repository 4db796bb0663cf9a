//! The room's account at a real registrar: taken, refused by name, renewed when the registrar comes back; the call through it.

mod common;

use call_sip::{Account, Transport};
use common::far::Far;
use common::world::kamailio;
use common::{CALL, PLAIN, Process, Room, RoomClient, SOON, Setting, can_run, clients, request};
use emulators::ports;
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use std::path::Path;

const PASSWORD: &str = "geheim4711";

/// Takes accounts and calls by digest, and sends calls to the far end.
fn registrar(folder: &Path, port: u16, far: u16) -> Process {
    let modules = [
        "tm",
        "sl",
        "rr",
        "pv",
        "textops",
        "siputils",
        "usrloc",
        "registrar",
        "auth",
    ];
    let route = format!(
        "request_route {{\n  if (has_totag()) {{ loose_route(); t_relay(); exit; }}\n  if (is_method(\"CANCEL\")) {{ t_relay(); exit; }}\n\
         \x20 if (is_method(\"REGISTER\")) {{\n    if (!pv_www_authenticate(\"$td\", \"{PASSWORD}\", \"0\")) {{ www_challenge(\"$td\", \"0\"); exit; }}\n\
         \x20   save(\"location\");\n    exit;\n  }}\n\
         \x20 if (!pv_proxy_authenticate(\"$fd\", \"{PASSWORD}\", \"0\")) {{ proxy_challenge(\"$fd\", \"0\"); exit; }}\n\
         \x20 consume_credentials();\n  record_route();\n  $du = \"sip:127.0.0.1:{far};transport=udp\";\n  t_relay();\n}}\n"
    );
    kamailio(folder, port, &modules, &route)
}

fn setting(port: u16, password: &str) -> Setting {
    Setting {
        transport: Transport::Tcp,
        proxy: Some(format!("127.0.0.1:{port}")),
        account: Some(Account {
            address: "saal2@stadt.example".to_owned(),
            password: Private::new(password),
        }),
        ..PLAIN
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_registers_and_calls_and_a_wrong_password_has_its_name() {
    if !can_run(&["baresip", "kamailio"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let far = Far::start("udp", "");
    let port = ports::free();
    let _registrar = registrar(folder.path(), port, far.port);
    for client in clients() {
        let target = request("far@conf.example", None);
        let right = RoomClient::start_as(&client, &setting(port, PASSWORD), "", "");
        let mut room = Room::begin(right.config());
        room.tell(CallCommand::Warm(target.clone()));
        room.sees(CALL, &CallSeen::Warm).await;
        room.tell(CallCommand::Join(target.clone()));
        room.sees(CALL, &CallSeen::Inside).await;
        room.tell(CallCommand::Leave);
        room.sees(CALL, &CallSeen::Over(EndReason::Left)).await;

        let wrong = RoomClient::start_as(&client, &setting(port, "falsch"), "", "");
        let mut room = Room::begin(wrong.config());
        room.tell(CallCommand::Join(target));
        let refused = CallSeen::Failed(CallFailure::KeyRefused);
        room.sees(CALL, &refused).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registrar_that_was_away_is_found_again() {
    if !can_run(&["baresip", "kamailio"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let clients: Vec<_> = clients()
        .iter()
        .map(|client| RoomClient::start_as(client, &setting(port, PASSWORD), "", ""))
        .collect();
    let mut rooms: Vec<_> = clients
        .iter()
        .map(|client| Room::begin(client.config()))
        .collect();
    for (client, room) in clients.iter().zip(&rooms) {
        client.logs("Connection refused");
        room.tell(CallCommand::Warm(request("far@conf.example", None)));
    }
    let _registrar = registrar(folder.path(), port, ports::free());
    // The client tries again by itself, half a minute to a minute later.
    for room in &mut rooms {
        room.sees_within(CALL, &CallSeen::Warm, 4 * SOON).await;
    }
}
