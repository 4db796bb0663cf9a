//! The served conference as a page meets it: HTTP and WebSocket over a loopback socket, no browser.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod line;

use futures_util::SinkExt as _;
use line::{BY_WHEN, ID, Page, Room, guarded};
use practice::{
    ConferenceConfig, ConferenceId, Config, Notice, OnDemand, Practice, ResumeKey, Rules, Transport,
};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

async fn get(addr: SocketAddr, path: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(BY_WHEN, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn two_pages_see_each_other_and_pass_signals() {
    let room = Room::open(&ResumeKey::random(), guarded());
    let mut notices = room.practice.notices();
    let mut anna = room.joined("Anna").await;
    let mut ben = room.joined("Ben").await;
    let people = anna.hear_roster_of(2).await["people"].clone();
    assert_eq!(
        (people[0]["name"].clone(), people[1]["name"].clone()),
        (json!("Anna"), json!("Ben"))
    );
    assert_eq!(
        (people[1]["mic"].clone(), people[1]["camera"].clone()),
        (json!("closed"), json!("closed"))
    );
    let signal = json!({ "kind": "offer", "pc": "abc", "sdp": "v=0" });
    anna.say(json!({ "type": "signal", "to": people[1]["id"], "signal": signal }))
        .await;
    let heard = ben.hear("signal").await;
    assert_eq!(
        (heard["from"].clone(), heard["signal"].clone()),
        (people[0]["id"].clone(), signal)
    );
    ben.say(json!({ "type": "media", "media": { "mic": "open", "camera": "closed" } }))
        .await;
    assert_eq!(anna.hear("roster").await["people"][1]["mic"], "open");
    ben.say(json!({ "type": "leave" })).await;
    assert_eq!(ben.hear("over").await["why"], "left");
    assert_eq!(anna.hear("gone").await["why"], "left");
    assert!(matches!(
        notices.recv().await.unwrap().notice,
        Notice::Joined { in_call: 1, .. }
    ));
    assert_eq!(room.practice.in_call(&ConferenceId::new(ID).unwrap()), 1);
}

#[tokio::test]
async fn a_hidden_address_gets_a_plain_one_beside_it() {
    let room = Room::open(&ResumeKey::random(), Rules::default());
    let mut anna = room.joined("Anna").await;
    let mut ben = room.joined("Ben").await;
    let to = anna.hear_roster_of(2).await["people"][1]["id"].clone();
    let line = |address| format!("candidate:1 1 udp 2113937151 {address} 5000 typ host");
    for address in ["192.168.1.2", "0f-1.local"] {
        let signal = json!({
            "kind": "candidate", "pc": "abc", "candidate": line(address), "mid": "0", "line": 0,
        });
        anna.say(json!({ "type": "signal", "to": to, "signal": signal }))
            .await;
        assert_eq!(
            ben.hear("signal").await["signal"],
            signal,
            "passed on unchanged"
        );
    }
    anna.say(json!({ "type": "signal", "to": to, "signal": { "kind": "ready" } }))
        .await;
    let next = ben.hear("signal").await["signal"].clone();
    if next["kind"] == "ready" {
        // This machine has no address but loopback; there is nothing plain to offer.
        return;
    }
    let words = next["candidate"].as_str().unwrap().to_owned();
    let address: std::net::IpAddr = words.split(' ').nth(4).unwrap().parse().unwrap();
    assert!(!address.is_loopback(), "{words}");
    assert_eq!(
        ben.hear("signal").await["signal"]["kind"],
        "ready",
        "one, not more"
    );
}

#[tokio::test]
async fn a_token_is_good_after_a_restart_and_only_with_the_same_key() {
    let key = ResumeKey::random();
    let room = Room::open(&key, guarded());
    let mut anna = room.joined("Anna").await;
    let token = anna.hear("token").await["token"].clone();
    let media = json!({ "mic": "open", "camera": "closed" });
    let resume = json!({ "type": "resume", "token": token, "media": media });
    let Room { practice, serving } = room;
    serving.stop().await;
    practice.hang_up();
    assert_eq!(
        anna.next().await.map(|message| message["type"].clone()),
        Some(json!("roster"))
    );
    assert_eq!(anna.next().await, None, "hung up without a word");
    let again = Room::open(&key, guarded());
    let mut back = again.page().await;
    back.say(resume.clone()).await;
    back.hear("joined").await;
    let seat = back.hear("roster").await["people"][0].clone();
    assert_eq!(
        (seat["name"].clone(), seat["mic"].clone()),
        (json!("Anna"), json!("open"))
    );
    let stranger = Room::open(&ResumeKey::random(), guarded());
    let mut refused = stranger.page().await;
    refused.say(resume).await;
    assert_eq!(refused.hear("over").await["why"], "expired");
    assert_eq!(refused.next().await, None);
}

#[tokio::test]
async fn what_is_not_understood_or_too_much_ends_the_connection() {
    let room = Room::open(&ResumeKey::random(), Rules::default());
    let odd = [
        Message::Text("nonsense".into()),
        Message::Text(r#"{"type":"unknown"}"#.into()),
        Message::Text(r#"{"type":"join","name":""}"#.into()),
        Message::Text(r#"{"type":"join","name":"N","more":1}"#.into()),
        Message::Text(r#"{"type":"unmute","who":"0000000000000000"}"#.into()),
        Message::Binary(vec![0; 16].into()),
    ];
    for message in odd {
        let mut page = room.page().await;
        page.raw(message.clone()).await;
        assert_eq!(page.hear("over").await["why"], "misbehaved", "{message:?}");
        assert_eq!(page.next().await, None);
    }
    let mut page = room.page().await;
    let _ = page
        .socket
        .send(Message::Text("x".repeat(70_000).into()))
        .await;
    assert_eq!(page.next().await, None, "too long is not even read");
    let mut page = room.joined("Flut").await;
    for _ in 0..1_000 {
        if page
            .socket
            .feed(Message::Text(r#"{"type":"pulse"}"#.into()))
            .await
            .is_err()
        {
            break;
        }
    }
    let _ = page.socket.flush().await;
    assert_eq!(page.hear("over").await["why"], "misbehaved");
}

#[tokio::test]
async fn other_peoples_pages_and_unknown_conferences_do_not_get_a_line() {
    let room = Room::open(&ResumeKey::random(), Rules::default());
    let status = async |url: String, origin: Option<&'static str>| {
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().unwrap());
        }
        match timeout(BY_WHEN, connect_async(request)).await.unwrap() {
            Ok(_) => 101,
            Err(Error::Http(answer)) => answer.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    let url = |id: &str| format!("ws://{}/practice/{id}/ws", room.addr());
    assert_eq!(status(url(ID), None).await, 101);
    assert_eq!(status(url(ID), Some("https://evil.example")).await, 403);
    assert_eq!(status(url("nowhere"), None).await, 404);
    assert_eq!(status(url("a%20b"), None).await, 404);
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let room = Room::open(&ResumeKey::random(), Rules::default());
    let mut pages = Vec::new();
    for _ in 0..24 {
        pages.push(room.page().await);
    }
    let url = format!("ws://{}/practice/{ID}/ws", room.addr());
    let refused = timeout(BY_WHEN, connect_async(url)).await.unwrap();
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 503));
}

#[tokio::test]
async fn on_demand_opens_what_nobody_configured() {
    let mut config = Config::new(ResumeKey::random());
    config.on_demand = OnDemand::Yes(Rules::default());
    config.newcomers_wait = Duration::ZERO;
    let router = practice::router(Practice::new(config).unwrap());
    let serving = practice::serve(([127, 0, 0, 1], 0).into(), Transport::Plain, router).unwrap();
    let url = format!("ws://{}/practice/neu-7/ws", serving.addr());
    let (socket, _) = connect_async(url).await.unwrap();
    let mut page = Page { socket };
    page.say(json!({ "type": "join", "name": "Anna" })).await;
    page.hear("joined").await;
}

#[tokio::test]
async fn a_configuration_nobody_could_enter_is_refused() {
    let id = || ConferenceId::new("raum").unwrap();
    let with = |conferences: Vec<Rules>| {
        let mut config = Config::new(ResumeKey::random());
        config.conferences = conferences
            .into_iter()
            .map(|rules| ConferenceConfig { id: id(), rules })
            .collect();
        Practice::new(config)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let lobby = Rules {
        lobby: true,
        ..Rules::default()
    };
    assert!(with(vec![lobby]).unwrap_err().contains("no host code"));
    assert!(
        with(vec![Rules::default(), Rules::default()])
            .unwrap_err()
            .contains("twice")
    );
    assert_eq!(with(vec![guarded()]), Ok(()));
}

#[tokio::test]
async fn the_page_is_locked_down_and_speaks_the_right_language() {
    let room = Room::open(&ResumeKey::random(), guarded());
    let page = get(
        room.addr(),
        &format!("/practice/{ID}"),
        "Accept-Language: en-GB\r\n",
    )
    .await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("<html lang=\"en\" data-conference=\"known\" data-host-code=\"taken\">"));
    let policy = page
        .lines()
        .find(|line| line.starts_with("content-security-policy:"))
        .unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let script = page.split("<script type=\"module\" src=\"").nth(1).unwrap();
    let script = get(room.addr(), script.split('"').next().unwrap(), "").await;
    assert!(script.contains("content-type: text/javascript") && script.contains("immutable"));
    let unknown = get(room.addr(), "/practice/nowhere?lang=de", "").await;
    assert!(unknown.starts_with("HTTP/1.1 404"));
    assert!(unknown.contains("<html lang=\"de\" data-conference=\"unknown\""));
    assert!(
        get(room.addr(), "/practice/room-ca.crt", "")
            .await
            .starts_with("HTTP/1.1 404")
    );
    assert!(
        get(room.addr(), "/practice/assets/x/../../etc", "")
            .await
            .starts_with("HTTP/1.1 404")
    );
}
