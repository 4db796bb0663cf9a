//! Who gets in at which door: loopback with and without the page's token, wrong hosts, other sites, the network
//! unpaired and paired, and the control socket.

use super::support::{LIMIT, Page, Rig, client, code, press, view};
use super::views;
use call_browser::pack::{Certainty, Month};
use reqwest::{Method, StatusCode};
use room_core::event::{Drive, HeadPress, Origin, Press};
use room_core::hand::{Hand, PageKey, Spot, Typed};
use room_core::ids::{HeadId, MeetingId, Private, ServiceId};
use room_core::units::{Percent, PresetNumber, Speed, Switch};
use room_core::view::{Joinable, View};
use roomd::faces::{self, FacesConfig, FacesError, Metrics, PackKnown, PacksKnown};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const MUTE: &str = r#"{"press":"mic","to":"closed"}"#;
const UNMUTE: &str = r#"{"press":"mic","to":"open"}"#;

#[tokio::test]
async fn a_press_from_the_panel_page_arrives_with_the_origin_panel() {
    let mut rig = Rig::start(view());
    let page = rig.own_page().await;
    let answer = press(rig.url("/api/v1/press"), &page, UNMUTE)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let answer: room_api::PressAnswer = answer.json().await.unwrap();
    assert_eq!(answer.revision, 1);
    assert_eq!(
        rig.pressed().await,
        (Press::Mic(Switch::Open), Origin::Panel)
    );
}

#[tokio::test]
async fn what_it_tries_out_is_asked_at_the_control_socket_alone() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    let refused = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let failure: room_api::Failure = answer.json().await.unwrap();
        assert_eq!(failure.code, room_api::ErrorCode::OnlyConsole);
    };
    let ask = r#"{"invitation":"https://meet.example.org/x"}"#;
    refused(press(rig.url("/api/v1/look"), &page, ask)).await;
    refused(press(rig.url("/api/v1/canary"), &page, "{}")).await;
    for path in ["/api/v1/canary", "/api/v1/packs"] {
        refused(
            client()
                .get(rig.url(path))
                .header("x-roomd-token", &page.token),
        )
        .await;
    }
}

#[tokio::test]
async fn every_kind_of_press_means_what_it_says() {
    let mut view = view();
    view.offers = super::views::all()
        .iter()
        .flat_map(|(_, v)| v.offers.clone())
        .collect();
    let mut rig = Rig::start(view);
    let page = rig.own_page().await;
    let front = || HeadId::new("front");
    let drive = Drive {
        pan: Speed::new(-40),
        tilt: Speed::STILL,
        zoom: Speed::new(100),
    };
    let cases = [
        (
            json!({"press":"join","meeting":"budget"}),
            Press::Join(Some(MeetingId::new("budget"))),
        ),
        (json!({"press":"join"}), Press::Join(None)),
        (json!({"press":"join-standing"}), Press::JoinStanding),
        (json!({"press":"leave"}), Press::Leave),
        (json!({"press":"extend"}), Press::Extend),
        (
            json!({"press":"mic","to":"closed"}),
            Press::Mic(Switch::Closed),
        ),
        (
            json!({"press":"camera","to":"open"}),
            Press::Camera(Switch::Open),
        ),
        (
            json!({"press":"volume","percent":30}),
            Press::Volume(Percent::new(30)),
        ),
        (
            json!({"press":"passcode","code":"12ab"}),
            Press::Passcode(Private::new("12ab")),
        ),
        (json!({"press":"retry"}), Press::Retry),
        (json!({"press":"dismiss"}), Press::Dismiss),
        (
            json!({"press":"head-preset","head":"front","number":2}),
            Press::Head(front(), HeadPress::Preset(PresetNumber(2))),
        ),
        (
            json!({"press":"head-drive","head":"front","pan":-40,"zoom":100}),
            Press::Head(front(), HeadPress::Drive(drive)),
        ),
        (
            json!({"press":"head-stop","head":"front"}),
            Press::Head(front(), HeadPress::Stop),
        ),
        (
            json!({"press":"page-tap","x":4000,"y":10000}),
            Press::Hand(Hand::Tap(Spot::new(4000, 10000))),
        ),
        (
            json!({"press":"page-drag","x":1,"y":2,"to_x":3,"to_y":4}),
            Press::Hand(Hand::Drag {
                from: Spot::new(1, 2),
                to: Spot::new(3, 4),
            }),
        ),
        (
            json!({"press":"page-scroll","x":1,"y":2,"by":-30}),
            Press::Hand(Hand::Scroll {
                at: Spot::new(1, 2),
                by: -30,
            }),
        ),
        (
            json!({"press":"page-type","text":"Erika M. "}),
            Press::Hand(Hand::Type(Typed::new("Erika M. "))),
        ),
        (
            json!({"press":"page-key","key":"back-tab"}),
            Press::Hand(Hand::Key(PageKey::BackTab)),
        ),
        (
            json!({"press":"head-home","head":"front"}),
            Press::Head(front(), HeadPress::Home),
        ),
    ];
    for (body, expected) in cases {
        let url = rig.url("/api/v1/press");
        let answer = press(url, &page, &body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{body}");
        assert_eq!(rig.pressed().await, (expected, Origin::Panel));
    }
}

#[tokio::test]
async fn a_press_that_makes_no_sense_is_refused_and_never_arrives() {
    let mut rig = Rig::start(views::named("standby"));
    let page = rig.own_page().await;
    let long = json!({"press":"passcode","code":"x".repeat(129)}).to_string();
    let cases = [
        ("", "bad-request"),
        ("{", "bad-request"),
        ("[]", "bad-request"),
        (r#"{"press":"explode"}"#, "bad-request"),
        (r#"{"press":"mic","to":"toggle"}"#, "bad-request"),
        (r#"{"press":"leave","origin":"puck"}"#, "bad-request"),
        (
            r#"{"press":"mic","to":"closed","origin":"Puck"}"#,
            "bad-request",
        ),
        (r#"{"press":"volume","percent":101}"#, "bad-request"),
        (
            r#"{"press":"head-drive","head":"front","pan":-128}"#,
            "bad-request",
        ),
        (r#"{"press":"passcode","code":""}"#, "bad-request"),
        (r#"{"press":"passcode","code":"a\nb"}"#, "bad-request"),
        (long.as_str(), "bad-request"),
        (r#"{"press":"head-stop","head":"none"}"#, "unknown-name"),
        (
            r#"{"press":"head-preset","head":"front","number":99}"#,
            "unknown-name",
        ),
        (r#"{"press":"join","meeting":"none"}"#, "unknown-name"),
        (r#"{"press":"join","meeting":"local"}"#, "not-offered"),
        (r#"{"press":"leave"}"#, "not-offered"),
        (UNMUTE, "not-offered"),
        (r#"{"press":"passcode","code":"1"}"#, "not-offered"),
    ];
    for (body, expected) in cases {
        let answer = press(rig.url("/api/v1/press"), &page, body)
            .send()
            .await
            .unwrap();
        assert_eq!(code(answer).await, expected, "{body}");
    }
    let huge = " ".repeat(5000);
    let answer = press(rig.url("/api/v1/press"), &page, &huge)
        .send()
        .await
        .unwrap();
    assert_eq!(code(answer).await, "too-large");
    rig.nothing_pressed();
}

#[tokio::test]
async fn loopback_alone_proves_nothing() {
    let mut rig = Rig::start(view());
    let page = rig.own_page().await;
    let url = rig.url("/api/v1/press");
    let json = |token: &str| {
        client()
            .post(&url)
            .header("content-type", "application/json")
            .header("x-roomd-token", token)
            .body(MUTE)
    };
    let cookie = page.cookie.clone().unwrap();
    let own = format!("http://{}", rig.loopback);
    let cases = [
        (
            client()
                .post(&url)
                .header("content-type", "application/json")
                .body(MUTE),
            "token-needed",
        ),
        (json("").header("cookie", &cookie), "token-needed"),
        (json(&"0".repeat(64)), "token-needed"),
        (
            client()
                .post(&url)
                .header("x-roomd-token", &page.token)
                .body(MUTE),
            "not-json",
        ),
        (
            client()
                .post(&url)
                .header("x-roomd-token", &page.token)
                .header("content-type", "text/plain")
                .body(MUTE),
            "not-json",
        ),
        (
            json(&page.token).header("host", "evil.example"),
            "wrong-host",
        ),
        (
            json(&page.token).header("host", "127.0.0.1:1"),
            "wrong-host",
        ),
        (
            json(&page.token).header("host", "127.0.0.1.evil.example"),
            "wrong-host",
        ),
        (
            json(&page.token).header("origin", "https://conference.example"),
            "cross-origin",
        ),
        (json(&page.token).header("origin", "null"), "cross-origin"),
        (
            json(&page.token).header("origin", "http://127.0.0.1:1"),
            "cross-origin",
        ),
        (
            json(&page.token).header("sec-fetch-site", "cross-site"),
            "cross-origin",
        ),
        (
            json(&page.token).header("sec-fetch-site", "same-site"),
            "cross-origin",
        ),
    ];
    for (request, expected) in cases {
        let answer = request.send().await.unwrap();
        assert_eq!(code(answer).await, expected);
    }
    rig.nothing_pressed();
    let fine = json(&page.token)
        .header("origin", own)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(fine.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let localhost = format!("localhost:{}", rig.loopback.port());
    let fine = json(&page.token).header("host", localhost);
    assert_eq!(fine.send().await.unwrap().status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn the_state_needs_the_pages_cookie_or_token() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    for path in ["/api/v1/state", "/api/v1/events"] {
        let get = || client().get(rig.url(path));
        assert_eq!(code(get().send().await.unwrap()).await, "token-needed");
        let cookie = get().header("cookie", page.cookie.clone().unwrap());
        assert_eq!(cookie.send().await.unwrap().status(), StatusCode::OK);
        let token = get().header("x-roomd-token", &page.token);
        assert_eq!(token.send().await.unwrap().status(), StatusCode::OK);
        let wrong = get().header("cookie", "roomd-face=0");
        assert_eq!(code(wrong.send().await.unwrap()).await, "token-needed");
    }
}

#[tokio::test]
async fn another_site_can_neither_frame_nor_read_a_page() {
    let rig = Rig::start(view());
    for path in [
        "/panel",
        "/display",
        "/healthz",
        "/assets/panel.js",
        "/nowhere",
    ] {
        let answer = client().get(rig.url(path)).send().await.unwrap();
        let headers = answer.headers();
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(
            headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control"))
        );
    }
    let framed = client()
        .get(rig.url("/panel"))
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(code(framed.send().await.unwrap()).await, "cross-origin");
    let link = client()
        .get(rig.url("/panel"))
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    assert_eq!(link.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_network_sees_nothing_before_it_is_paired() {
    let rig = Rig::start_with_lan(view());
    for (method, path) in faces::routes() {
        let path = path
            .replace("{name}", "panel.css")
            .replace("{code}", "mic-gone");
        let method: Method = method.parse().unwrap();
        let mut request = client().request(method.clone(), rig.lan_url(&path));
        if method == Method::POST {
            request = request
                .header("content-type", "application/json")
                .body(MUTE);
        }
        let answer = request.send().await.unwrap();
        match path.as_str() {
            "/" | "/panel" | "/display" => {
                assert_eq!(answer.status(), StatusCode::SEE_OTHER);
                assert_eq!(answer.headers()["location"], "/pair");
            }
            "/pair"
            | "/assets/panel.css"
            | "/healthz"
            | "/codes"
            | "/codes/mic-gone"
            | "/codes/mic-gone/qr.svg" => {
                assert_eq!(answer.status(), StatusCode::OK)
            }
            "/assets/i18n/panel.css" | "/mirror.png" => assert_eq!(code(answer).await, "not-found"),
            "/api/v1/pair" => assert_eq!(code(answer).await, "bad-request"),
            _ => assert_eq!(code(answer).await, "pairing-needed", "{path}"),
        }
    }
}

#[tokio::test]
async fn the_boards_own_token_opens_nothing_from_the_network() {
    let mut rig = Rig::start_with_lan(view());
    let page = rig.own_page().await;
    let request = press(rig.lan_url("/api/v1/press"), &page, MUTE);
    let request = request.header("cookie", page.cookie.clone().unwrap());
    assert_eq!(code(request.send().await.unwrap()).await, "pairing-needed");
    let text = client()
        .get(rig.lan_url("/pair"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        !text.contains(&page.token),
        "the token must not be given to unpaired devices"
    );
    rig.nothing_pressed();
}

/// The pairing code as the board's own display gets it.
pub(super) async fn shown_code(rig: &Rig) -> String {
    let page = rig.own_page().await;
    let state = client()
        .get(rig.url("/api/v1/state"))
        .header("x-roomd-token", &page.token);
    let state: room_api::PanelState = state.send().await.unwrap().json().await.unwrap();
    state.pairing.unwrap().code.unwrap().reveal().to_owned()
}

pub(super) async fn try_pair(rig: &Rig, code: &str) -> reqwest::Response {
    let body = json!({ "code": code, "stays": false }).to_string();
    let request = client().post(rig.lan_url("/api/v1/pair"));
    let request = request
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_code_on_the_display_makes_a_phone_a_panel() {
    let mut rig = Rig::start_with_lan(view());
    let paired = try_pair(&rig, &shown_code(&rig).await).await;
    assert_eq!(paired.status(), StatusCode::OK);
    let line = paired.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(line.contains(part), "{line}");
    }
    let cookie = line.split(';').next().unwrap().to_owned();
    let lan = rig.lan_url("");
    let get = |path: &str| {
        client()
            .get(format!("{lan}{path}"))
            .header("cookie", &cookie)
    };
    let page = Page::of(get("/panel").send().await.unwrap()).await;
    assert!(page.cookie.is_none());

    let url = rig.lan_url("/api/v1/press");
    let tokenless = client()
        .post(&url)
        .header("content-type", "application/json")
        .body(UNMUTE);
    let tokenless = tokenless.header("cookie", &cookie).send().await.unwrap();
    assert_eq!(code(tokenless).await, "token-needed");
    let request = press(url, &page, UNMUTE).header("cookie", &cookie);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(
        rig.pressed().await,
        (Press::Mic(Switch::Open), Origin::Panel)
    );

    let state: Value = get("/api/v1/state")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        state["pairing"],
        Value::Null,
        "a paired device must not see the next code"
    );
    assert_eq!(
        code(get("/mirror.png").send().await.unwrap()).await,
        "not-found"
    );
    let foreign = get("/api/v1/state")
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(code(foreign).await, "wrong-host");
    let named = get("/api/v1/state")
        .header("host", "saal2.test")
        .send()
        .await
        .unwrap();
    assert_eq!(named.status(), StatusCode::OK);
}

#[tokio::test]
async fn guessing_the_code_is_braked() {
    let rig = Rig::start_with_lan(view());
    let right = shown_code(&rig).await;
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..3 {
        assert_eq!(code(try_pair(&rig, wrong).await).await, "wrong-code");
    }
    let answer = try_pair(&rig, &right).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(code(answer).await, "slow-down");
}

#[tokio::test]
async fn the_console_may_mute_and_never_open() {
    let mut rig = Rig::start_with_lan(view());
    let send = |body: &'static str| {
        let request = rig.console(Method::POST, "/api/v1/press");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    let open_camera = r#"{"press":"camera","to":"open"}"#;
    for body in [UNMUTE, open_camera] {
        let answer = send(body)
            .header("accept-language", "en")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let failure: room_api::Failure = answer.json().await.unwrap();
        assert_eq!(failure.code, room_api::ErrorCode::OnlyInRoom);
        assert_eq!(
            failure.sentence,
            "Microphone and camera are opened, and the conference page is operated, by people in the room only."
        );
    }
    assert_eq!(
        send(MUTE).send().await.unwrap().status(),
        StatusCode::ACCEPTED
    );
    assert_eq!(
        rig.pressed().await,
        (Press::Mic(Switch::Closed), Origin::Console)
    );
    rig.nothing_pressed();
}

#[tokio::test]
async fn the_console_sees_the_state_but_no_page_and_no_code() {
    let rig = Rig::start_with_lan(view());
    let state: Value = rig
        .console(Method::GET, "/api/v1/state")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state["room"], "Sitzungssaal 2");
    assert_eq!(
        state["pairing"],
        Value::Null,
        "whoever sees the code counts as being in the room"
    );
    for path in ["/panel", "/display", "/pair", "/mirror.png"] {
        let answer = rig.console(Method::GET, path).send().await.unwrap();
        assert_eq!(code(answer).await, "not-found", "{path}");
    }
}

#[tokio::test]
async fn the_control_socket_is_for_its_group_only_and_taken_once() {
    use std::os::unix::fs::PermissionsExt;
    let rig = Rig::start(view());
    let mode = std::fs::metadata(&rig.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let second = bind_again(FacesConfig {
        socket: Some(rig.socket.clone()),
        loopback: ([127, 0, 0, 1], 0).into(),
        ..FacesConfig::default()
    });
    assert!(matches!(second, Some(FacesError::SocketTaken(_))));
}

#[tokio::test]
async fn a_dead_daemons_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let config = FacesConfig {
        socket: Some(path),
        loopback: ([127, 0, 0, 1], 0).into(),
        ..FacesConfig::default()
    };
    assert!(bind_again(config).is_none());
}

#[tokio::test]
async fn addresses_that_cannot_be_served_are_named() {
    let rig = Rig::start(view());
    let taken = bind_again(FacesConfig {
        loopback: rig.loopback,
        ..FacesConfig::default()
    });
    assert_eq!(
        taken.unwrap().to_string(),
        format!("cannot listen on {}", rig.loopback)
    );
    let open = bind_again(FacesConfig {
        loopback: ([0, 0, 0, 0], 0).into(),
        ..FacesConfig::default()
    });
    assert!(matches!(open, Some(FacesError::NotLoopback(_))));
}

fn bind_again(config: FacesConfig) -> Option<FacesError> {
    let (_views, seen) = watch::channel(Arc::new(view()));
    let (press, _pressed) = mpsc::channel(1);
    faces::bind(
        config,
        seen,
        press,
        Metrics::new(),
        CancellationToken::new(),
    )
    .err()
}

#[tokio::test]
async fn health_and_numbers_carry_no_personal_data() {
    let rig = Rig::start(views::named("failed-call-denied"));
    let healthy = client().get(rig.url("/healthz")).send().await.unwrap();
    assert_eq!(
        healthy.json::<Value>().await.unwrap(),
        json!({ "status": "ok" })
    );
    let scrape = || async {
        let answer = client().get(rig.url("/metrics")).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let text = timeout(LIMIT, async {
        loop {
            let text = scrape().await;
            if text.contains("roomd_phase{phase=\"failed\"} 1") {
                return text;
            }
        }
    });
    let text = text.await.unwrap();
    assert!(
        text.contains("roomd_failures_total{code=\"call-denied\"} 1"),
        "{text}"
    );
    for private in ["Haushalt", "Yılmaz", "Sitzungssaal", "budget"] {
        assert!(!text.contains(private), "{private}");
    }
}

#[tokio::test]
async fn an_unknown_screen_is_told_with_how_well_the_pages_of_the_service_are_known() {
    let known = PackKnown {
        version: 7,
        certainty: Certainty::Unverified,
        seen: Month::parse("2026-05"),
    };
    let packs = PacksKnown::from(BTreeMap::from([("zoom".to_owned(), known)]));
    let config = FacesConfig {
        packs: packs.clone(),
        ..FacesConfig::default()
    };
    let mut view = views::named("failed-call-unknown-screen");
    let meeting = view.current.as_mut().unwrap();
    meeting.joinable = Joinable::Yes(ServiceId::new("zoom"));
    let rig = Rig::with(view.clone(), config);
    let page = rig.own_page().await;
    let phase = async || -> Value {
        let state = client()
            .get(rig.url("/api/v1/state"))
            .header("x-roomd-token", &page.token);
        state.send().await.unwrap().json::<Value>().await.unwrap()["phase"].take()
    };
    let expected = json!({ "service": "zoom", "certainty": "unverified", "seen": "2026-05" });
    assert_eq!(phase().await["recognition"], expected);
    // A renewed pack is told of without a restart.
    let renewed = PackKnown {
        certainty: Certainty::VendorTestIds,
        seen: Month::parse("2026-11"),
        ..known
    };
    packs.renew(BTreeMap::from([("zoom".to_owned(), renewed)]));
    let expected = json!({ "service": "zoom", "certainty": "vendor-test-ids", "seen": "2026-11" });
    assert_eq!(phase().await["recognition"], expected);
    // A door that stays shut says nothing about how well pages are known.
    view.phase = views::named("failed-call-denied").phase;
    rig.show(view);
    assert_eq!(phase().await["recognition"], Value::Null);
    let numbers = client().get(rig.url("/metrics")).send().await.unwrap();
    let line = "roomd_pack{service=\"zoom\",certainty=\"unverified\",seen=\"2026-05\"} 7";
    assert!(numbers.text().await.unwrap().contains(line));
}

#[tokio::test]
async fn a_room_whose_event_loop_stands_is_not_healthy() {
    let config = FacesConfig {
        stall_after: std::time::Duration::from_secs(1),
        ..FacesConfig::default()
    };
    let rig = Rig::with(view(), config);
    let until = |wanted| {
        let url = rig.url("/healthz");
        let ask =
            async move { while client().get(&url).send().await.unwrap().status() != wanted {} };
        timeout(LIMIT, ask)
    };
    until(StatusCode::SERVICE_UNAVAILABLE).await.unwrap();
    rig.metrics.stepped(std::time::Duration::ZERO);
    until(StatusCode::OK).await.unwrap();
}

#[tokio::test]
async fn the_mirror_is_served_to_the_boards_own_pages_only_when_there_is_one() {
    let rig = Rig::start(view());
    let page = rig.own_page().await;
    let get = |rig: &Rig| client().get(rig.url("/mirror.png"));
    let none = get(&rig)
        .header("x-roomd-token", &page.token)
        .send()
        .await
        .unwrap();
    assert_eq!(code(none).await, "not-found");
    let rig = Rig::with(
        view(),
        FacesConfig {
            mirror: Some(Arc::new(|| Box::pin(async { Some(b"\x89PNG".to_vec()) }))),
            ..FacesConfig::default()
        },
    );
    let page = rig.own_page().await;
    assert_eq!(code(get(&rig).send().await.unwrap()).await, "token-needed");
    let picture = get(&rig)
        .header("x-roomd-token", &page.token)
        .send()
        .await
        .unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn a_press_that_the_room_does_not_take_in_is_said_to_be_unanswered() {
    let (_views, seen) = watch::channel(Arc::new(View::clone(&view())));
    let (presses, _nobody_reads) = mpsc::channel(4);
    let config = FacesConfig {
        loopback: ([127, 0, 0, 1], 0).into(),
        ..FacesConfig::default()
    };
    let bound = faces::bind(
        config,
        seen,
        presses,
        Metrics::new(),
        CancellationToken::new(),
    )
    .unwrap();
    let at = bound.loopback_addr();
    tokio::spawn(bound.run());
    let url = |path: &str| format!("http://{at}{path}");
    let page = Page::of(client().get(url("/panel")).send().await.unwrap()).await;
    let answer = press(url("/api/v1/press"), &page, MUTE)
        .send()
        .await
        .unwrap();
    assert_eq!(code(answer).await, "not-answered");
}
