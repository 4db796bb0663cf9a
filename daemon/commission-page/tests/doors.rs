//! Who gets in, and whose answer counts: codes and their brake, other sites, other names, old forms. Each by real requests over
//! TLS.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use commission::{Form, Topic};
use commission_page::{Said, Screen};
use common::{Phone, Rig, asks, choices};
use reqwest::StatusCode;

const TRIES: u32 = 3;

fn wrong(code: &str) -> String {
    let code: u32 = code.parse().unwrap();
    format!("{:06}", (code + 1) % 1_000_000)
}

#[tokio::test]
async fn nothing_is_shown_to_or_taken_from_a_device_that_is_not_paired() {
    let rig = Rig::start();
    rig.desk.show(asks(Topic::Name, Form::Text));
    rig.desk.report("<p>private</p>".to_owned());
    let stranger = Phone::new(&rig);
    for path in ["/", "/report"] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.headers()["location"], "/pair");
    }
    for path in ["/events", "/picture/0"] {
        assert_eq!(
            stranger.get(path).await.status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let answer = stranger
        .post("/answer", &[("step", "1"), ("answer", "Saal")])
        .await;
    assert_eq!(answer.headers()["location"], "/pair");
    assert!(rig.desk.heard().is_none());
    let page = stranger.get("/pair").await.text().await.unwrap();
    assert!(!page.contains("name=\"token\"") && !page.contains("Wie heißt"));
}

#[tokio::test]
async fn a_code_pairs_once_and_its_cookie_is_the_browsers_alone() {
    let rig = Rig::start();
    let code = rig.desk.code().unwrap();
    let phone = Phone::new(&rig);
    let answer = phone.pair(&code).await;
    assert_eq!(answer.headers()["location"], "/");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-roomd-commission="), "{cookie}");
    for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert_eq!(phone.get("/").await.status(), StatusCode::OK);
    let second = Phone::new(&rig).pair(&code).await;
    assert_eq!(second.status(), StatusCode::FORBIDDEN, "a code works once");
    assert_ne!(rig.desk.code().unwrap(), code);
}

#[tokio::test]
async fn wrong_codes_lock_pairing_and_the_page_says_for_how_long() {
    let rig = Rig::start();
    let phone = Phone::new(&rig);
    for _ in 0..TRIES {
        let code = wrong(&rig.desk.code().unwrap());
        assert_eq!(phone.pair(&code).await.status(), StatusCode::FORBIDDEN);
    }
    let right = rig.desk.code().unwrap();
    let locked = phone.pair(&right).await;
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = locked.text().await.unwrap();
    assert!(page.contains("Zu viele falsche Codes"), "{page}");
    assert_eq!(phone.get("/").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_sites_page_speaks_to_nobody_here() {
    let rig = Rig::start();
    rig.desk.show(asks(Topic::Name, Form::Text));
    let mut phone = rig.paired().await;
    let (token, step) = phone.form().await;
    let fields = [("token", &*token), ("step", &*step), ("answer", "Saal")];
    let own = std::mem::replace(&mut phone.origin, "https://evil.example".to_owned());
    let answer = phone.post("/answer", &fields).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "another origin");
    phone.origin = own;
    let forged = [("token", "00"), ("step", &*step), ("answer", "Saal")];
    phone.post("/answer", &forged).await;
    assert!(rig.desk.heard().is_none(), "a form without the token");

    let post = |origin: Option<&str>, site: Option<&str>| {
        let mut post = phone.client.post(rig.url("/language"));
        if let Some(origin) = origin {
            post = post.header("origin", origin);
        }
        if let Some(site) = site {
            post = post.header("sec-fetch-site", site);
        }
        post.header("content-type", "application/x-www-form-urlencoded")
            .body("lang=en")
    };
    for (origin, site) in [
        (None, None),
        (Some("null"), None),
        (None, Some("cross-site")),
        (None, Some("same-site")),
    ] {
        let answer = post(origin, site).send().await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::FORBIDDEN,
            "{origin:?} {site:?}"
        );
    }
    let framed = phone
        .client
        .get(rig.url("/"))
        .header("sec-fetch-site", "cross-site");
    let framed = framed
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(framed.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let renamed = phone
        .client
        .get(rig.url("/"))
        .header("host", "evil.example");
    let renamed = renamed.send().await.unwrap().status();
    assert_eq!(renamed, StatusCode::FORBIDDEN, "a name that leads here");
    let named = phone
        .client
        .get(rig.url("/pair"))
        .header("host", "saal2.test");
    assert_ne!(named.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_old_form_sent_again_answers_no_newer_question() {
    let rig = Rig::start();
    rig.desk.show(asks(Topic::Name, Form::Text));
    let phone = rig.paired().await;
    let (token, step) = phone.form().await;
    let fields = [("token", &*token), ("step", &*step), ("answer", "Saal 2")];
    phone.post("/answer", &fields).await;
    assert!(rig.desk.heard() == Some(Said::Words("Saal 2".to_owned())));
    rig.desk.show(asks(Topic::Help, Form::MayBeEmpty));
    let again = phone.post("/answer", &fields).await;
    assert_eq!(
        again.headers()["location"],
        "/",
        "it shows what is asked now"
    );
    assert!(rig.desk.heard().is_none());
}

#[tokio::test]
async fn pictures_are_seen_only_while_a_camera_is_asked_for() {
    let rig = Rig::start();
    let phone = rig.paired().await;
    rig.desk.show(asks(Topic::Name, Form::Text));
    assert_eq!(
        phone.get("/picture/0").await.status(),
        StatusCode::NOT_FOUND
    );
    let cameras = choices(&[("usb-1", "A"), ("usb-2", "B")]);
    rig.desk.show(asks(Topic::Front, Form::Choice(cameras)));
    let seen = phone.get("/picture/1").await;
    assert_eq!(seen.headers()["content-type"], "image/png");
    assert_eq!(
        phone.get("/picture/2").await.status(),
        StatusCode::NOT_FOUND
    );
    rig.desk.show(Screen::Writing);
    assert_eq!(
        phone.get("/picture/0").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn loudspeakers_sound_and_microphones_hear_only_while_they_are_asked_for() {
    let rig = Rig::start();
    let phone = rig.paired().await;
    rig.desk.show(asks(Topic::Name, Form::Text));
    let (token, _) = phone.form().await;
    let play = async |token: &str, number: u8| {
        let fields = [("token", token)];
        phone
            .post(&format!("/play/{number}"), &fields)
            .await
            .status()
    };
    assert_eq!(play(&token, 0).await, StatusCode::NOT_FOUND);
    assert_eq!(phone.get("/level/0").await.status(), StatusCode::NO_CONTENT);

    let both = || Form::Choice(choices(&[("usb-1", "A"), ("usb-2", "B")]));
    rig.desk.show(asks(Topic::Loudspeaker, both()));
    assert_eq!(play(&token, 0).await, StatusCode::NO_CONTENT);
    assert_eq!(play(&token, 1).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(play(&token, 2).await, StatusCode::NOT_FOUND);
    assert_eq!(play("00", 0).await, StatusCode::SEE_OTHER, "a forged form");
    assert_eq!(phone.get("/level/0").await.status(), StatusCode::NO_CONTENT);

    rig.desk.show(asks(Topic::Microphone, both()));
    let heard = phone.get("/level/0").await.text().await.unwrap();
    assert_eq!(heard, "50", "-35 dB is the middle of the bar");
    assert_eq!(phone.get("/level/1").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(play(&token, 0).await, StatusCode::NOT_FOUND);
    let stranger = common::Phone::new(&rig).get("/level/0").await.status();
    assert_eq!(stranger, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let rig = Rig::start();
    let phone = rig.paired().await;
    rig.desk.report("<p>report</p>".to_owned());
    for path in ["/", "/pair", "/assets/page.js", "/nowhere", "/report"] {
        let answer = phone.get(path).await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("script-src 'unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}
