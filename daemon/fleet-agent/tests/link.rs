//! The real connection over loopback: mutual TLS, WebSocket, proxy; and enrolment, also with somebody between.

mod common;

use common::{Authority, Listening, ROOM};
use fleet_agent::enrol::{Applicant, EnrolError, Enrolment, Standing};
use fleet_agent::link::{Dial, Dialler, LinkError, Proxy, small};
use fleet_agent::{
    Agent, Clocks, Ends, Input, LinkSeen, Output, Remembered, RoomKey, Terms, drive,
};
use fleet_proto::*;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

const SOON: Duration = Duration::from_secs(20);

fn dialler(authority: &Authority, listening: &Listening, proxy: Option<Proxy>) -> Dialler {
    let key = RoomKey::generate().expect("a key");
    let member = authority.member(&key, listening.server());
    Dialler {
        key,
        member: watch::channel(member).1,
        proxy,
    }
}

/// The server's side of a WebSocket's greeting, and which path and protocol the room named.
#[expect(
    clippy::result_large_err,
    reason = "the callback's type is the library's"
)]
async fn greeted(stream: TlsStream<TcpStream>) -> (WebSocketStream<TlsStream<TcpStream>>, String) {
    let mut asked = String::new();
    let look = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let protocol = request.headers().get("sec-websocket-protocol");
        let protocol = protocol.expect("a protocol").clone();
        asked = format!(
            "{} {}",
            request.uri().path(),
            protocol.to_str().expect("text")
        );
        response
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, look, Some(small()));
    let socket = socket.await.expect("a greeting");
    (socket, asked)
}

async fn heard(socket: &mut WebSocketStream<TlsStream<TcpStream>>) -> FromRoom {
    loop {
        let message = timeout(SOON, socket.next()).await.expect("in time");
        if let Message::Text(text) = message.expect("a message").expect("whole") {
            return read(&text).expect("understood");
        }
    }
}

async fn say(socket: &mut WebSocketStream<TlsStream<TcpStream>>, message: &FromFleet) {
    let text = write(message).expect("short");
    socket.send(Message::text(text)).await.expect("sent");
}

fn terms() -> Terms {
    Terms {
        room: ROOM.parse().expect("a room"),
        software: "0.1.0".into(),
        boot: "b1".parse().expect("a start"),
        verbs: Vec::new(),
        grants: None,
        applied: None,
        refused: None,
        remembered: Remembered::default(),
        seed: 3,
    }
}

#[tokio::test]
async fn a_room_connects_with_its_certificate_says_hello_and_does_what_it_is_told() {
    let authority = Authority::new();
    let listening = Listening::with(&authority, true).await;
    let dialler = dialler(&authority, &listening, None);
    let (inputs, rooms) = mpsc::channel(8);
    let (deeds, mut done) = mpsc::channel(8);
    let (seen, mut link) = watch::channel(LinkSeen::Down(None));
    let ends = Ends {
        inputs: rooms,
        deeds,
        seen,
    };
    let driven = tokio::spawn(drive(Agent::new(terms()), dialler, Clocks::default(), ends));

    let stream = listening.next().await.expect("TLS");
    let peer = stream.get_ref().1.peer_certificates().expect("the room's");
    assert_eq!(peer.len(), 1);
    let (mut socket, asked) = greeted(stream).await;
    assert_eq!(asked, "/room/v1/socket roomd-fleet.1");
    assert!(matches!(heard(&mut socket).await, FromRoom::Hello(_)));
    let welcome = Welcome {
        epoch: Epoch(1),
        now_ms: 0,
        sample_every_s: 60,
        spread_s: 0,
    };
    say(&mut socket, &FromFleet::Welcome(welcome)).await;
    let up = timeout(SOON, link.wait_for(|seen| *seen == LinkSeen::Up)).await;
    up.expect("in time").expect("it runs");
    let now_ms = fleet_agent::Clock::now(&Clocks::default()).wall_ms;
    let command = Command {
        id: "mute-0001".parse().expect("an id"),
        verb: Verb::Mute {},
        issued_ms: now_ms,
        expires_ms: now_ms + 10_000,
        grant: None,
    };
    say(&mut socket, &FromFleet::Command(Box::new(command.clone()))).await;
    assert!(
        matches!(heard(&mut socket).await, FromRoom::Answer(_)),
        "begun"
    );
    let told = loop {
        match timeout(SOON, done.recv()).await.expect("in time") {
            Some(Output::Do(told)) => break told,
            Some(_) => {}
            None => panic!("the agent ended"),
        }
    };
    assert_eq!(*told, command);
    let ended = Input::Ended(command.id.clone(), Outcome::Done {});
    inputs.send(ended).await.expect("the agent runs");
    let FromRoom::Answer(answer) = heard(&mut socket).await else {
        panic!("an answer");
    };
    assert_eq!(answer.outcome, Outcome::Done {});

    // The connection is lost: the room comes back by itself and says hello again.
    drop(socket);
    let stream = timeout(SOON, listening.next()).await.expect("in time");
    let (mut socket, _) = greeted(stream.expect("TLS")).await;
    assert!(matches!(heard(&mut socket).await, FromRoom::Hello(_)));
    drop(inputs);
    timeout(SOON, driven)
        .await
        .expect("in time")
        .expect("it ends");
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_believed() {
    let (ours, other) = (Authority::new(), Authority::new());
    let listening = Listening::with(&other, false).await;
    let dialler = dialler(&ours, &listening, None);
    let (dialled, _) = tokio::join!(dialler.dial(), listening.next());
    let error = dialled.expect_err("another authority");
    assert!(matches!(error, LinkError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn a_room_of_another_authority_is_not_let_in() {
    let (ours, other) = (Authority::new(), Authority::new());
    let listening = Listening::with(&ours, true).await;
    let key = RoomKey::generate().expect("a key");
    let mut member = other.member(&key, listening.server());
    member.authority_pem = ours.member(&key, listening.server()).authority_pem;
    let dialler = Dialler {
        key,
        member: watch::channel(member).1,
        proxy: None,
    };
    let (dialled, accepted) = tokio::join!(dialler.dial(), listening.next());
    accepted.expect_err("refused");
    dialled.expect_err("refused");
}

#[tokio::test]
async fn nobody_there_is_said_with_the_hosts_name() {
    let authority = Authority::new();
    let listening = Listening::with(&authority, true).await;
    let dialler = dialler(&authority, &listening, None);
    drop(listening);
    let error = dialler.dial().await.expect_err("nobody");
    assert!(
        error.to_string().contains("127.0.0.1 cannot be reached"),
        "{error}"
    );
}

/// A proxy that wants a name, for one connection; ends with the first lines that it was sent.
async fn proxy(listener: TcpListener, to: std::net::SocketAddr) -> String {
    let (mut from, _) = listener.accept().await.expect("a room");
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(from.read_u8().await.expect("a request"));
    }
    let asked = String::from_utf8(asked).expect("text");
    if !asked.contains("roxy-") {
        from.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .await
            .expect("answered");
        return asked;
    }
    from.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await
        .expect("answered");
    let mut to = TcpStream::connect(to).await.expect("the server");
    // Either side may end it.
    let _ = copy_bidirectional(&mut from, &mut to).await;
    asked
}

#[tokio::test]
async fn a_proxy_tunnels_and_sees_nothing_but_the_servers_name() {
    let authority = Authority::new();
    let listening = Listening::with(&authority, true).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let tunnelled = tokio::spawn(proxy(listener, listening.address()));
    let way = format!("http://r%C3%A4um:geheim@{address}")
        .parse()
        .expect("an address");
    let dialler = dialler(&authority, &listening, Some(Proxy(way)));
    let (dialled, _) = tokio::join!(dialler.dial(), async {
        greeted(listening.next().await.expect("TLS")).await
    });
    drop(dialled.expect("through the proxy"));
    let asked = timeout(SOON, tunnelled)
        .await
        .expect("in time")
        .expect("it ends");
    assert!(
        asked.starts_with(&format!("CONNECT {}", listening.address())),
        "{asked}"
    );
    assert!(asked.contains("Basic csOkdW06Z2VoZWlt"), "{asked}");
    assert!(!format!("{:?}", dialler.proxy).contains("geheim"));
}

#[tokio::test]
async fn a_proxy_that_wants_a_name_is_said_to() {
    let authority = Authority::new();
    let listening = Listening::with(&authority, true).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(proxy(listener, listening.address()));
    let way = format!("http://{address}").parse().expect("an address");
    let dialler = dialler(&authority, &listening, Some(Proxy(way)));
    let error = dialler.dial().await.expect_err("it wants a name");
    assert!(matches!(error, LinkError::Proxy { .. }), "{error}");
}

/// One HTTP request, and an answer to it.
async fn http(stream: &mut TlsStream<TcpStream>, answer: &str, body: &str) -> (String, String) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(stream.read_u8().await.expect("a request"));
    }
    let head = String::from_utf8(asked).expect("text").to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |n| n.trim().parse().expect("a length"));
    let mut sent = vec![0; length];
    stream.read_exact(&mut sent).await.expect("a body");
    let text = format!(
        "HTTP/1.1 {answer}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.expect("answered");
    stream.shutdown().await.expect("ended");
    (head, String::from_utf8(sent).expect("text"))
}

fn applicant() -> Applicant {
    Applicant {
        name: "Sitzungssaal".into(),
        software: "0.1.0".into(),
        board: None,
    }
}

fn ticket() -> String {
    serde_json::to_string(&EnrolTicket {
        request: "r-1".to_owned(),
        secret: "s3cret".to_owned(),
        poll_s: 1,
        lasts_s: 1800,
    })
    .expect("text")
}

/// Asks this server; returns the request that it saw as well.
async fn begun(listening: &Listening) -> (Enrolment, EnrolRequest) {
    let server = async {
        let mut stream = listening.next().await.expect("TLS");
        http(&mut stream, "201 Created", &ticket()).await
    };
    let begin = Enrolment::begin(listening.server(), applicant(), None);
    let (enrolment, (head, body)) = tokio::join!(begin, server);
    assert!(head.starts_with("post /enrol/v1/requests "), "{head}");
    let request = serde_json::from_str(&body).expect("a request");
    (enrolment.expect("taken"), request)
}

async fn asked(
    listening: &Listening,
    enrolment: &Enrolment,
    answer: &EnrolAnswer,
) -> Result<Standing, EnrolError> {
    let body = serde_json::to_string(answer).expect("text");
    let server = async {
        let mut stream = listening.next().await.expect("TLS");
        http(&mut stream, "200 OK", &body).await
    };
    let (standing, (head, _)) = tokio::join!(enrolment.ask(None), server);
    assert!(head.starts_with("get /enrol/v1/requests/r-1 "), "{head}");
    assert!(head.contains("authorization: bearer s3cret"), "{head}");
    standing
}

#[tokio::test]
async fn a_room_is_taken_in_by_a_code_and_then_connects() {
    let authority = Authority::new();
    let listening = Listening::with(&authority, false).await;
    let (enrolment, request) = begun(&listening).await;
    let key = enrolment.key.clone();
    let servers_code = code(&key.public_key().expect("public"), &authority.shown());
    assert_eq!(enrolment.code, servers_code, "both sides show the same");
    assert!(!request.csr_pem.contains("PRIVATE"));

    let kept = serde_json::to_string(&enrolment).expect("kept over a restart");
    let enrolment: Enrolment = serde_json::from_str(&kept).expect("read again");
    let waiting = asked(&listening, &enrolment, &EnrolAnswer::Waiting {}).await;
    assert!(matches!(waiting, Ok(Standing::Waiting(_))), "{waiting:?}");
    let approved = Box::new(authority.approve(&request.csr_pem, ROOM));
    let standing = asked(&listening, &enrolment, &EnrolAnswer::Approved(approved)).await;
    let Ok(Standing::Member(member)) = standing else {
        panic!("a member: {standing:?}");
    };
    let (again, _) = begun(&listening).await;
    assert_ne!(
        again.code, servers_code,
        "each request has a key of its own"
    );
    let text = serde_json::to_string(&member).expect("kept");
    assert!(!text.contains("PRIVATE"), "the key is not among its papers");

    let rooms = Listening::with(&authority, true).await;
    let mut member = *member;
    member.server = rooms.server();
    let dialler = Dialler {
        key,
        member: watch::channel(member).1,
        proxy: None,
    };
    let (dialled, _) = tokio::join!(dialler.dial(), async {
        greeted(rooms.next().await.expect("TLS")).await
    });
    dialled.expect("welcome");
}

#[tokio::test]
async fn somebody_between_shows_another_code() {
    let (server, between) = (Authority::new(), Authority::new());
    let listening = Listening::with(&between, false).await;
    let (enrolment, _) = begun(&listening).await;
    let servers_code = code(
        &enrolment.key.public_key().expect("public"),
        &server.shown(),
    );
    assert_ne!(enrolment.code, servers_code);
}

#[tokio::test]
async fn the_server_that_was_asked_first_must_be_the_one_that_answers() {
    let (server, other) = (Authority::new(), Authority::new());
    let listening = Listening::with(&server, false).await;
    let (mut enrolment, _) = begun(&listening).await;
    let later = Listening::with(&other, false).await;
    enrolment.server = later.server();
    let (asked, _) = tokio::join!(enrolment.ask(None), later.next());
    let error = asked.expect_err("another certificate");
    assert!(matches!(error, EnrolError::Unreached { .. }), "{error}");
}

#[tokio::test]
async fn what_the_server_gives_must_be_for_this_rooms_key_and_its_own_authority() {
    let (server, other) = (Authority::new(), Authority::new());
    let listening = Listening::with(&server, false).await;
    let stranger = RoomKey::generate().expect("a key");
    let (enrolment, request) = begun(&listening).await;
    let mut for_another_name = server.approve(&request.csr_pem, "somebody-else");
    for_another_name.room = ROOM.parse().expect("a room");
    let bad = [
        server.approve(&stranger.request().expect("a request"), ROOM),
        other.approve(&request.csr_pem, ROOM),
        for_another_name,
    ];
    for approved in bad {
        let answer = EnrolAnswer::Approved(Box::new(approved));
        let standing = asked(&listening, &enrolment, &answer).await;
        assert!(
            matches!(standing, Err(EnrolError::Papers(_))),
            "{standing:?}"
        );
    }
}
