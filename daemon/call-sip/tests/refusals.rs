//! Every refusal that SIP knows, sent by sipp; and a call through a real proxy.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use call_sip::{Encryption, Transport};
use common::far::Far;
use common::world::kamailio;
use common::{CALL, PLAIN, Process, Room, RoomClient, Setting, can_run, request};
use emulators::ports;
use room_core::effect::CallCommand;
use room_core::event::CallSeen;
use room_core::failure::CallFailure;
use room_core::ids::CallId;
use room_core::units::Switch;
use std::path::Path;

/// A far end that answers every INVITE with this.
fn refuses(folder: &Path, port: u16, status: u16, words: &str) -> Process {
    let challenge = match status {
        401 => "\nWWW-Authenticate: Digest realm=\"far\", nonce=\"n[call_number]\", algorithm=MD5",
        407 => {
            "\nProxy-Authenticate: Digest realm=\"far\", nonce=\"n[call_number]\", algorithm=MD5"
        }
        _ => "",
    };
    let answer = format!(
        "<recv request=\"INVITE\"/>\n<send><![CDATA[\nSIP/2.0 {status} {words}\n[last_Via:]\n[last_From:]\n\
         [last_To:];tag=[pid]t[call_number]\n[last_Call-ID:]\n[last_CSeq:]{challenge}\nContent-Length: 0\n\n]]></send>\n\
         <recv request=\"ACK\"/>\n"
    );
    // Who is challenged tries once more with what it has.
    let times = if challenge.is_empty() { 1 } else { 2 };
    let scenario = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"refuses\">\n{}</scenario>\n",
        answer.repeat(times)
    );
    let file = folder.join(format!("{status}.xml"));
    std::fs::write(&file, scenario).unwrap();
    let port = port.to_string();
    let arguments = [
        "-sf",
        file.to_str().unwrap(),
        "-i",
        "127.0.0.1",
        "-p",
        &port,
        "-m",
        "1",
        "-nostdin",
    ];
    Process::start("sipp", &arguments, &folder.join(format!("{status}.log")))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_name() {
    use CallFailure as F;
    if !can_run(&["baresip", "sipp"]) {
        return;
    }
    let table = [
        (486, "Busy Here", F::Busy),
        (600, "Busy Everywhere", F::Busy),
        (603, "Decline", F::Declined),
        (404, "Not Found", F::NotFound),
        (408, "Request Timeout", F::NoAnswer),
        (480, "Temporarily Unavailable", F::NotThere),
        (488, "Not Acceptable Here", F::MediaRefused),
        (503, "Service Unavailable", F::ServiceDown),
        (403, "Forbidden", F::NotAllowed),
        (401, "Unauthorized", F::LoginNeeded),
        (407, "Proxy Authentication Required", F::LoginNeeded),
    ];
    let client = RoomClient::start(&PLAIN);
    let mut room = Room::begin(client.config());
    for (number, (status, words, failure)) in (1..).zip(table) {
        let port = ports::free();
        let _far = refuses(client.folder.path(), port, status, words);
        let call = CallId(number);
        let address = format!("room@127.0.0.1:{port}");
        room.handle
            .command(call, CallCommand::Join(request(&address, None)));
        room.sees(call, &CallSeen::Failed(failure)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_apart() {
    if !can_run(&["baresip"]) {
        return;
    }
    let client = RoomClient::start(&Setting {
        transport: Transport::Tls,
        encryption: Encryption::Required,
        ..PLAIN
    });
    let mut room = Room::begin(client.config());
    // A web server that speaks no TLS at all.
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for line in plain.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut &line, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let table = [
        (
            format!("far@127.0.0.1:{}", ports::free()),
            CallFailure::Unreachable,
        ),
        ("far@nowhere.invalid".to_owned(), CallFailure::Unreachable),
        (format!("far@127.0.0.1:{no_tls}"), CallFailure::TlsRefused),
    ];
    for (number, (address, failure)) in (1..).zip(table) {
        let call = CallId(number);
        room.handle
            .command(call, CallCommand::Join(request(&address, None)));
        room.sees(call, &CallSeen::Failed(failure)).await;
    }
    // A far end that wants no encryption where the room requires it.
    let far = Far::start("tls", "");
    let call = CallId(9);
    room.handle
        .command(call, CallCommand::Join(request(&far.address(), None)));
    room.sees(call, &CallSeen::Failed(CallFailure::MediaRefused))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_through_a_proxy() {
    if !can_run(&["baresip", "kamailio"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut far = Far::start("udp", "");
    let port = ports::free();
    let modules = ["tm", "sl", "rr", "pv", "textops", "siputils"];
    let _proxy = kamailio(folder.path(), port, &modules, &proxy(far.port));
    let client = RoomClient::start(&Setting {
        proxy: Some(format!("127.0.0.1:{port}")),
        ..PLAIN
    });
    let mut room = Room::begin(client.config());
    // Only the proxy knows where this conference is.
    room.tell(CallCommand::Join(request("far@conf.example", None)));
    room.sees(CALL, &CallSeen::Mic(Switch::Closed)).await;
    room.sees(CALL, &CallSeen::Inside).await;
    far.listen(std::time::Duration::from_millis(500));
    assert!(far.received().0 > 0, "no sound arrives");
    room.tell(CallCommand::Leave);
    room.sees(CALL, &CallSeen::Over(room_core::event::EndReason::Left))
        .await;
}

/// Sends everything to the far end and stays in the path, as a proxy in front of a conference does.
fn proxy(far: u16) -> String {
    format!(
        "request_route {{\n  if (has_totag()) {{ loose_route(); t_relay(); exit; }}\n\
         if (is_method(\"CANCEL\")) {{ t_relay(); exit; }}\n  record_route();\n  \
         $du = \"sip:127.0.0.1:{far}\";\n  t_relay();\n}}\n"
    )
}
