//! The whole way over loopback: the desk between a room and a browser of the test's own, against servers that check what
//! they are sent. What the room is told and what the browser is asked are compared with what the servers saw.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_contract::bbb::{Checksum, Key};
use call_contract::{Consent, Door, FrontEnd, Handle};
use emulators::conference::{bbb, greenlight2, greenlight3, pexip, pilos};
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{
    BrowserSeen, CallSeen, EndReason, Event, JoinStep, PersonNeeded, WaitingFor,
};
use room_core::failure::CallFailure;
use room_core::ids::{CallId, HostName, Private, ServiceId};
use room_core::meeting::{By, Target};
use room_core::units::{Percent, Switch};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

const CALL: CallId = CallId(7);
const SOON: Duration = Duration::from_secs(20);
const WAY_IN: &str = "http://127.0.0.1:9/bigbluebutton/api/join?checksum=geheim";

/// A room and a browser with the desk between them.
struct Desk {
    room: Handle,
    told: mpsc::Receiver<Event>,
    asked: mpsc::UnboundedReceiver<(CallId, CallCommand)>,
    browser: mpsc::Sender<Event>,
}

fn door(service: &str) -> Door {
    Door {
        service: ServiceId::new(service),
        front: FrontEnd::Auto,
        key: None,
        consent: Consent::Ask,
    }
}

impl Desk {
    /// Everything on this machine is behind this door; nothing else is allowed.
    fn new(door: Door) -> Self {
        let (room, browser, mut inbox) = call_contract::channel();
        let (out, told) = mpsc::channel(64);
        let (asks, asked) = mpsc::unbounded_channel();
        let table = Arc::new(move |host: &str, _: u16| (host == "127.0.0.1").then(|| door.clone()));
        tokio::spawn(async move {
            let hand = move |call, command| drop(asks.send((call, command)));
            call_contract::run(table, &mut inbox, hand, out).await;
        });
        Self {
            room,
            told,
            asked,
            browser,
        }
    }

    fn join(&self, link: &str, code: Option<&str>) {
        self.room
            .command(CALL, CallCommand::Join(request(link, code)));
    }

    async fn seen(&mut self) -> CallSeen {
        match timeout(SOON, self.told.recv())
            .await
            .expect("a fact in time")
        {
            Some(Event::Call(CALL, seen)) => seen,
            other => panic!("a fact of the call was expected, not {other:?}"),
        }
    }

    async fn sees(&mut self, want: CallSeen) {
        assert_eq!(self.seen().await, want);
    }

    /// What the browser is asked next.
    async fn asked(&mut self) -> CallCommand {
        let (call, command) = timeout(SOON, self.asked.recv())
            .await
            .expect("a command in time")
            .unwrap();
        assert_eq!(call, CALL);
        command
    }

    /// The link that the browser is to join by.
    async fn opened(&mut self) -> String {
        match self.asked().await {
            CallCommand::Join(request) => request.way().unwrap().place().reveal().to_owned(),
            other => panic!("a join was expected, not {other:?}"),
        }
    }
}

fn request(link: &str, code: Option<&str>) -> CallRequest {
    CallRequest {
        by: By::Page,
        target: Some(Target::page(
            ServiceId::new("bbb"),
            HostName::new("127.0.0.1"),
            Private::new(link),
            code.map(Private::new),
        )),
        display_name: "Saal 2".into(),
    }
}

fn asking() -> CallSeen {
    CallSeen::Entering(JoinStep::Asking)
}

#[tokio::test]
async fn greenlight_3_lets_in_with_a_code_and_the_browser_gets_its_link() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room {
        viewer_code: Some("geheim".into()),
        running: true,
        join_url: WAY_IN.into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::PasscodeAsked { rejected: false }).await;
    desk.room
        .command(CALL, CallCommand::Passcode(Private::new("falsch")));
    desk.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    desk.room
        .command(CALL, CallCommand::Volume(Percent::new(40)));
    desk.room.command(CALL, CallCommand::Mic(Switch::Open));
    desk.room
        .command(CALL, CallCommand::Passcode(Private::new("geheim")));
    assert_eq!(desk.opened().await, WAY_IN);
    assert_eq!(desk.asked().await, CallCommand::Volume(Percent::new(40)));
    assert_eq!(greenlight.room().joined, [("Saal 2".to_owned(), "Viewer")]);
    // From here on the call is the browser's, and nothing that opens was kept for it.
    desk.room.command(CALL, CallCommand::Leave);
    assert_eq!(desk.asked().await, CallCommand::Leave);
    desk.browser
        .send(Event::Call(CALL, CallSeen::Inside))
        .await
        .unwrap();
    desk.sees(CallSeen::Inside).await;
}

#[tokio::test]
async fn greenlight_3_is_not_started_before_the_press() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room {
        anyone_starts: true,
        join_url: WAY_IN.into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.room
        .command(CALL, CallCommand::Warm(request(&greenlight.link(), None)));
    desk.sees(CallSeen::Warm).await;
    assert!(
        !greenlight.room().running,
        "asking in advance started the meeting"
    );
    assert_eq!(greenlight.served.diary.all().len(), 1);
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    assert_eq!(desk.opened().await, WAY_IN);
    assert!(greenlight.room().running);
}

#[tokio::test]
async fn greenlight_3_leaves_sign_in_and_consent_to_a_person_at_its_page() {
    let cases = [
        (
            greenlight3::Room {
                accounts_only: true,
                ..Default::default()
            },
            PersonNeeded::Login,
        ),
        (
            greenlight3::Room {
                records: true,
                ..Default::default()
            },
            PersonNeeded::Consent(Some(room_core::hand::Consent::Recording)),
        ),
    ];
    for (room, needed) in cases {
        let greenlight = greenlight3::Greenlight3::start(room).await.unwrap();
        let mut desk = Desk::new(door("bbb"));
        desk.join(&greenlight.link(), None);
        desk.sees(asking()).await;
        desk.sees(CallSeen::PersonNeeded(needed)).await;
        assert_eq!(desk.opened().await, greenlight.link());
    }
}

#[tokio::test]
async fn greenlight_3_can_be_left_while_the_host_is_waited_for() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room::default())
        .await
        .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    desk.room.command(CALL, CallCommand::Leave);
    desk.sees(CallSeen::Over(EndReason::Left)).await;
    assert!(
        desk.asked.try_recv().is_err(),
        "the browser had nothing to do with it"
    );
}

#[tokio::test]
async fn a_call_that_waits_ends_with_the_browser() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room::default())
        .await
        .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    desk.browser
        .send(Event::Browser(BrowserSeen::Gone))
        .await
        .unwrap();
    assert_eq!(
        desk.told.recv().await,
        Some(Event::Browser(BrowserSeen::Gone))
    );
    // A command for it now is the browser's business again.
    desk.room.command(CALL, CallCommand::Drop);
    assert_eq!(desk.asked().await, CallCommand::Drop);
}

#[tokio::test]
async fn greenlight_2_is_entered_by_its_forms() {
    let greenlight = greenlight2::Greenlight2::start(greenlight2::Room {
        code: Some("123456".into()),
        running: true,
        join_url: WAY_IN.into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), Some("654321"));
    desk.sees(asking()).await;
    desk.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    desk.room
        .command(CALL, CallCommand::Passcode(Private::new("123456")));
    assert_eq!(desk.opened().await, WAY_IN);
    assert_eq!(greenlight.room().joined, ["Saal 2"]);
}

#[tokio::test]
async fn greenlight_2_waits_and_names_what_a_person_must_do() {
    let greenlight = greenlight2::Greenlight2::start(greenlight2::Room::default())
        .await
        .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    greenlight.room().accounts_only = true;
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::PersonNeeded(PersonNeeded::Login)).await;
    assert_eq!(desk.opened().await, greenlight.link());
}

#[tokio::test]
async fn pilos_takes_codes_personal_links_and_starts_only_at_the_press() {
    let server = pilos::Pilos::start(pilos::Room {
        code: Some("123456789".into()),
        anyone_starts: true,
        join_url: WAY_IN.into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.room.command(
        CALL,
        CallCommand::Warm(request(&server.link(), Some("123-456-789"))),
    );
    desk.sees(CallSeen::Warm).await;
    assert!(!server.room().running);
    desk.join(&server.link(), Some("123-456-789"));
    desk.sees(asking()).await;
    assert_eq!(desk.opened().await, WAY_IN);
    let personal = format!("{}/{}", server.link(), pilos::TOKEN);
    let mut desk = Desk::new(door("bbb"));
    desk.join(&personal, None);
    desk.sees(asking()).await;
    assert_eq!(desk.opened().await, WAY_IN);
    assert_eq!(server.room().joined, [Some("Saal 2".to_owned()), None]);
}

#[tokio::test]
async fn pilos_says_who_may_not_enter() {
    let server = pilos::Pilos::start(pilos::Room {
        code: Some("123456789".into()),
        running: true,
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&server.link(), Some("987654321"));
    desk.sees(asking()).await;
    desk.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    server.room().accounts_only = true;
    let mut desk = Desk::new(door("bbb"));
    desk.join(&server.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::PersonNeeded(PersonNeeded::Login)).await;
}

#[tokio::test]
async fn a_link_of_greenlight_3_without_its_end_is_understood_after_pilos_was_tried() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room {
        running: true,
        join_url: WAY_IN.into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let link = greenlight.link();
    let mut desk = Desk::new(door("bbb"));
    desk.join(link.strip_suffix("/join").unwrap(), None);
    desk.sees(asking()).await;
    assert_eq!(desk.opened().await, WAY_IN);
}

#[tokio::test]
async fn a_server_without_a_contract_leaves_the_link_to_the_page() {
    let other = bbb::Bbb::start(bbb::Server::default()).await.unwrap();
    let link = other.served.url("/rooms/abc-def-ghi-jkl/join?viewerCode=1");
    let mut desk = Desk::new(door("bbb"));
    desk.join(&link, Some("1"));
    desk.sees(asking()).await;
    let want = CallCommand::Join(request(&link, Some("1")));
    assert_eq!(desk.asked().await, want, "unchanged, with its code");
}

#[tokio::test]
async fn a_page_that_was_prepared_for_want_of_a_contract_is_the_one_that_enters() {
    let other = bbb::Bbb::start(bbb::Server::default()).await.unwrap();
    let link = other.served.url("/rooms/abc-def-ghi-jkl/join");
    let mut desk = Desk::new(door("bbb"));
    desk.room
        .command(CALL, CallCommand::Warm(request(&link, None)));
    assert_eq!(desk.asked().await, CallCommand::Warm(request(&link, None)));
    desk.browser
        .send(Event::Call(CALL, CallSeen::Warm))
        .await
        .unwrap();
    desk.sees(CallSeen::Warm).await;
    let asked = other.served.diary.all().len();
    desk.join(&link, None);
    assert_eq!(desk.asked().await, CallCommand::Join(request(&link, None)));
    assert_eq!(
        other.served.diary.all().len(),
        asked,
        "the server is not asked again"
    );
}

#[tokio::test]
async fn a_way_in_on_a_foreign_host_is_not_opened() {
    let greenlight = greenlight3::Greenlight3::start(greenlight3::Room {
        running: true,
        join_url: "https://elsewhere.example/bigbluebutton/api/join?checksum=1".into(),
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("bbb"));
    desk.join(&greenlight.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Failed(CallFailure::StrayHost)).await;
    assert!(desk.asked.try_recv().is_err());
}

#[tokio::test]
async fn every_algorithm_is_accepted_by_a_server_that_checks_it() {
    let secrets = [(40, "a"), (64, "b"), (96, "c"), (128, "d")];
    for (digits, letter) in secrets {
        let secret = letter.repeat(digits);
        let server = bbb::Bbb::start(bbb::Server {
            secret: secret.clone(),
            digits: vec![digits],
            meeting: Some(bbb::Meeting {
                id: "rat haus & mehr".into(),
                create_time: 1_700_000_000_123,
                ..Default::default()
            }),
            ..Default::default()
        })
        .await
        .unwrap();
        let door = Door {
            key: Some(Key::new(Private::new(secret), None)),
            front: FrontEnd::BbbApi,
            ..door("bbb")
        };
        let mut desk = Desk::new(door);
        desk.join(
            &format!("{}join?meetingID=rat%20haus%20%26%20mehr", server.api()),
            None,
        );
        desk.sees(asking()).await;
        let link = desk.opened().await;
        assert!(server.server().joined.is_empty(), "only the page joins");
        reqwest_get(&link).await;
        let joined = server.server().joined.clone();
        assert_eq!(joined.len(), 1, "{digits} digits were refused");
        assert_eq!(joined[0]["fullName"], "Saal 2");
        assert_eq!(joined[0]["userdata-bbb_skip_check_audio"], "false");
    }
}

#[tokio::test]
async fn a_wrong_secret_has_a_name() {
    let server = bbb::Bbb::start(bbb::Server {
        secret: "right".into(),
        digits: vec![40],
        ..Default::default()
    })
    .await
    .unwrap();
    let door = Door {
        key: Some(Key::new(Private::new("wrong"), Some(Checksum::Sha1))),
        ..door("bbb")
    };
    let mut desk = Desk::new(door);
    desk.join(&format!("{}join?meetingID=a", server.api()), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Failed(CallFailure::KeyRefused)).await;
}

async fn reqwest_get(link: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(link).send().await.unwrap();
}

#[tokio::test]
async fn pexip_asks_for_a_pin_and_the_room_is_never_there_twice() {
    let node = pexip::Pexip::start(pexip::Conference {
        pin: Some("4711".into()),
        guest_pin: Some("0815".into()),
        started: true,
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("pexip"));
    desk.join(&node.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::PasscodeAsked { rejected: false }).await;
    desk.room
        .command(CALL, CallCommand::Passcode(Private::new("1")));
    desk.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    desk.room
        .command(CALL, CallCommand::Passcode(Private::new("0815")));
    let link = desk.opened().await;
    assert!(
        link.ends_with("/express?name=Saal%202&muteMicrophone=true&muteCamera=true&pin=0815"),
        "{link}"
    );
    assert!(
        node.conference().people.is_empty(),
        "the token was given back"
    );
    assert_eq!(node.conference().twins, 1);
}

#[tokio::test]
async fn pexip_waits_for_the_host_by_events_with_a_token_that_lasts() {
    let node = pexip::Pexip::start(pexip::Conference {
        pin: Some("4711".into()),
        expires: 3,
        ..Default::default()
    })
    .await
    .unwrap();
    let mut desk = Desk::new(door("pexip"));
    desk.join(&node.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    let refreshed = async {
        while node.served.diary.count("/refresh_token") < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, refreshed)
        .await
        .expect("the token is refreshed in time");
    assert_eq!(node.conference().people.len(), 1);
    node.host_comes();
    let link = desk.opened().await;
    assert!(link.ends_with("&role=guest"), "{link}");
    assert!(node.conference().people.is_empty());
}

#[tokio::test]
async fn pexip_names_why_it_refuses_and_forgets_a_room_that_leaves() {
    let node = pexip::Pexip::start(pexip::Conference {
        pin: Some("4711".into()),
        ..Default::default()
    })
    .await
    .unwrap();
    let waits = async |node: &pexip::Pexip| {
        let mut desk = Desk::new(door("pexip"));
        desk.join(&node.link(), None);
        desk.sees(asking()).await;
        desk.sees(CallSeen::Waiting(WaitingFor::Host)).await;
        let listens = async {
            while node.served.diary.count("/events") == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, listens).await.expect("the room listens");
        desk
    };
    let mut desk = waits(&node).await;
    // Whoever is told must be listening: the answer's head comes a moment after the request was noted.
    let ends = async {
        loop {
            node.disconnects(
                "Timeout waiting for conference host to join or permit access to locked conference",
            );
            if let Ok(seen) = timeout(Duration::from_millis(100), desk.seen()).await {
                return seen;
            }
        }
    };
    let seen = timeout(SOON, ends).await.expect("the end is told");
    assert_eq!(seen, CallSeen::Failed(CallFailure::HostTimeout));
    let desk = waits(&node).await;
    assert_eq!(node.conference().people.len(), 1);
    desk.room.command(CALL, CallCommand::Drop);
    let forgotten = async {
        while !node.conference().people.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, forgotten)
        .await
        .expect("the token is given back");
    node.conference().refuses = Some((529, "Participant limit reached"));
    let mut desk = Desk::new(door("pexip"));
    desk.join(&node.link(), None);
    desk.sees(asking()).await;
    desk.sees(CallSeen::Failed(CallFailure::Full)).await;
}
