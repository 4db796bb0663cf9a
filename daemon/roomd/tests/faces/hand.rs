//! The call's page under a person's hand: who may see it and act on it and when, what a finger on the picture becomes, and that
//! the picture goes with the question.

use super::axe::{axe, broken};
use super::browser::shows;
use super::chrome::Chrome;
use super::doors::{shown_code, try_pair};
use super::support::{LIMIT, Rig, client, code, press, view};
use super::views;
use reqwest::{Method, StatusCode};
use room_core::event::{Origin, Press};
use room_core::hand::{Hand, PageKey, Spot, Typed};
use room_core::view::View;
use roomd::faces::{FacesConfig, Lang, Mirror};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::timeout;

const TAP: &str = r#"{"press":"page-tap","x":1,"y":2}"#;

fn showing(picture: Vec<u8>) -> Mirror {
    Arc::new(move || {
        let picture = picture.clone();
        Box::pin(async move { Some(picture) })
    })
}

fn rig(view: View, page: Mirror) -> Rig {
    rig_and(view, page, FacesConfig::default())
}

fn rig_and(view: View, page: Mirror, config: FacesConfig) -> Rig {
    let page = Some(page);
    Rig::with_lan(view, FacesConfig { page, ..config })
}

/// A room whose call shows a consent screen, when it is asked for.
pub async fn rig_with_page(chrome: &Chrome, view: View) -> Rig {
    rig_with_page_and(chrome, view, FacesConfig::default()).await
}

/// The same with this configuration.
pub async fn rig_with_page_and(chrome: &Chrome, view: View, config: FacesConfig) -> Rig {
    let tab = chrome.tab().await;
    tab.shape((1280, 720), 1.0, "light").await;
    let picture = tab.sample_page().await;
    tab.close().await;
    rig_and(view, showing(picture), config)
}

#[tokio::test]
async fn a_hand_passes_from_the_room_and_only_while_the_room_offers_it() {
    let mut rig = Rig::start(views::named("person-login"));
    let page = rig.own_page().await;
    let url = rig.url("/api/v1/press");
    let answer = press(url.clone(), &page, TAP).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let tap = Press::Hand(Hand::Tap(Spot::new(1, 2)));
    assert_eq!(rig.pressed().await, (tap, Origin::Panel));
    let from_afar = rig.console(Method::POST, "/api/v1/press");
    let from_afar = from_afar
        .header("content-type", "application/json")
        .body(TAP);
    assert_eq!(code(from_afar.send().await.unwrap()).await, "only-in-room");
    let long = json!({"press":"page-type","text":"x".repeat(513)}).to_string();
    for body in [
        r#"{"press":"page-tap","x":10001,"y":2}"#,
        r#"{"press":"page-tap","x":-1,"y":2}"#,
        r#"{"press":"page-scroll","x":1,"y":2,"by":301}"#,
        r#"{"press":"page-drag","x":1,"y":2,"to_x":3,"to_y":10001}"#,
        r#"{"press":"page-type","text":""}"#,
        r#"{"press":"page-type","text":"a\nb"}"#,
        r#"{"press":"page-key","key":" "}"#,
        r#"{"press":"page-key","key":"m"}"#,
        &long,
    ] {
        let answer = press(url.clone(), &page, body).send().await.unwrap();
        assert_eq!(code(answer).await, "bad-request", "{body}");
    }
    for name in [
        "in-call",
        "waiting-lobby",
        "passcode",
        "standby",
        "joining-opening",
    ] {
        rig.show(views::named(name));
        let answer = press(url.clone(), &page, TAP).send().await.unwrap();
        assert_eq!(code(answer).await, "not-offered", "{name}");
    }
    rig.nothing_pressed();
}

#[tokio::test]
async fn the_page_is_pictured_for_people_in_the_room_and_only_while_they_are_needed() {
    let rig = rig(views::named("person-captcha"), showing(b"jpeg".to_vec()));
    let page = rig.own_page().await;
    let get = || client().get(rig.url("/api/v1/page"));
    let own = || get().header("x-roomd-token", &page.token);
    let answer = own().send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.bytes().await.unwrap(), "jpeg");
    let cookie = page.cookie.clone().unwrap();
    let by_cookie = get().header("cookie", cookie).send().await.unwrap();
    assert_eq!(
        code(by_cookie).await,
        "token-needed",
        "a page that only reads sees nothing"
    );
    let framed = own()
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(code(framed).await, "cross-origin");
    let console = rig
        .console(Method::GET, "/api/v1/page")
        .send()
        .await
        .unwrap();
    assert_eq!(code(console).await, "not-found");

    let over_there = || client().get(rig.lan_url("/api/v1/page"));
    let with_token = || over_there().header("x-roomd-token", &page.token);
    let unpaired = with_token().send().await.unwrap();
    assert_eq!(code(unpaired).await, "pairing-needed");
    let paired = try_pair(&rig, &shown_code(&rig).await).await;
    let paired = paired.headers()["set-cookie"].to_str().unwrap().to_owned();
    let paired = paired.split(';').next().unwrap();
    let tokenless = over_there().header("cookie", paired).send().await.unwrap();
    assert_eq!(code(tokenless).await, "token-needed");
    let seen = with_token().header("cookie", paired).send().await.unwrap();
    assert_eq!(seen.status(), StatusCode::OK);

    for name in ["in-call", "waiting-lobby", "passcode", "standby"] {
        rig.show(views::named(name));
        assert_eq!(
            code(own().send().await.unwrap()).await,
            "not-offered",
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_picture_that_is_late_is_of_a_page_that_went_on_and_is_not_shown() {
    let asked = Arc::new(Notify::new());
    let made = Arc::new(Notify::new());
    let page: Mirror = {
        let (asked, made) = (Arc::clone(&asked), Arc::clone(&made));
        Arc::new(move || {
            let (asked, made) = (Arc::clone(&asked), Arc::clone(&made));
            Box::pin(async move {
                asked.notify_one();
                made.notified().await;
                Some(b"jpeg".to_vec())
            })
        })
    };
    let rig = rig(views::named("person-captcha"), page);
    let own = rig.own_page().await;
    let get = client()
        .get(rig.url("/api/v1/page"))
        .header("x-roomd-token", &own.token);
    let answer = tokio::spawn(get.send());
    timeout(LIMIT, asked.notified()).await.unwrap();
    rig.show(view());
    made.notify_one();
    assert_eq!(code(answer.await.unwrap().unwrap()).await, "not-offered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fingers_keys_and_text_reach_the_page_which_closes_by_itself() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = rig_with_page(&chrome, views::named("person-login")).await;
    let tab = chrome.tab().await;
    tab.shape((1280, 800), 1.0, "light").await;
    tab.open(&rig.url("/panel?lang=en")).await;
    tab.click("[data-key=operate]").await;
    tab.until("document.querySelector('#page canvas[data-shown]')")
        .await;
    tab.click("#page canvas").await;
    let (Press::Hand(Hand::Tap(spot)), Origin::Panel) = rig.pressed().await else {
        panic!("no tap")
    };
    assert!(spot.x().abs_diff(5_000) < 50 && spot.y().abs_diff(5_000) < 50);
    let (x, y) = tab.middle("#page canvas").await;
    let wheel = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": 200 });
    tab.call("Input.dispatchMouseEvent", wheel).await;
    assert!(matches!(rig.pressed().await.0, Press::Hand(Hand::Scroll { by, .. }) if by > 0));
    tab.mouse("mousePressed", (x, y)).await;
    let moved =
        json!({ "type": "mouseMoved", "x": x, "y": y + 150.0, "button": "left", "buttons": 1 });
    tab.call("Input.dispatchMouseEvent", moved).await;
    tab.mouse("mouseReleased", (x, y + 150.0)).await;
    assert!(matches!(rig.pressed().await.0, Press::Hand(Hand::Scroll { by, .. }) if by < 0));
    while let Ok(Some(left)) =
        timeout(std::time::Duration::from_millis(300), rig.presses.recv()).await
    {
        assert!(
            matches!(left.0, Press::Hand(Hand::Scroll { .. })),
            "a drag is no tap"
        );
    }
    // A finger that rests first takes what lies there along.
    tab.mouse("mousePressed", (x, y)).await;
    tab.until("document.querySelector('#page canvas[data-held]')")
        .await;
    let moved =
        json!({ "type": "mouseMoved", "x": x + 90.0, "y": y, "button": "left", "buttons": 1 });
    tab.call("Input.dispatchMouseEvent", moved).await;
    tab.mouse("mouseReleased", (x + 90.0, y)).await;
    let Press::Hand(Hand::Drag { from, to }) = rig.pressed().await.0 else {
        panic!("no drag")
    };
    assert!(from.x().abs_diff(5_000) < 50 && to.x() > 5_200 && to.y().abs_diff(from.y()) < 50);
    // By the keyboard alone: nobody is trapped, since keys for the page are buttons.
    let keys = [
        PageKey::BackTab,
        PageKey::Tab,
        PageKey::Enter,
        PageKey::Space,
        PageKey::Left,
        PageKey::Right,
    ];
    for (n, key) in keys.into_iter().enumerate() {
        tab.eval(&format!(
            "document.querySelectorAll('.page-keys button')[{n}].focus()"
        ))
        .await;
        tab.key("rawKeyDown", "Enter").await;
        tab.key("keyUp", "Enter").await;
        assert_eq!(rig.pressed().await.0, Press::Hand(Hand::Key(key)));
    }
    tab.eval("document.querySelector('#page-text').focus()")
        .await;
    tab.call("Input.insertText", json!({ "text": "Erika M." }))
        .await;
    tab.click("#page .enter").await;
    assert_eq!(
        rig.pressed().await.0,
        Press::Hand(Hand::Type(Typed::new("Erika M.")))
    );
    assert_eq!(
        tab.eval("document.querySelector('#page-text').value").await,
        json!("")
    );
    assert_eq!(tab.errors(), Vec::<String>::new());

    rig.show(views::named("in-call-closed"));
    tab.until("!document.querySelector('#page').open").await;
    // Nothing of it is kept.
    tab.until("document.querySelector('#page').childElementCount === 0")
        .await;
    rig.nothing_pressed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rule_of_accessibility_is_broken_over_the_page() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = rig_with_page(&chrome, views::named("person-consent")).await;
    for (lang, scheme) in [(Lang::De, "light"), (Lang::En, "dark")] {
        for (width, height) in [(1280, 800), (360, 740)] {
            let tab = chrome.tab().await;
            tab.shape((width, height), 1.0, scheme).await;
            tab.open(&rig.url(&format!("/panel?theme={scheme}&lang={}", lang.code())))
                .await;
            tab.eval(&format!("{axe}; undefined")).await;
            shows(&tab, &rig).await;
            tab.click("[data-key=operate]").await;
            tab.until("document.querySelector('#page canvas[data-shown]')")
                .await;
            assert_eq!(broken(&tab).await, json!([]), "{lang:?} {scheme} {width}");
            let wide = "document.querySelector('#page').scrollWidth <= innerWidth";
            assert_eq!(
                tab.eval(wide).await,
                json!(true),
                "{lang:?} {width} is wider than the screen"
            );
            let small = "[...document.querySelectorAll('#page button')].filter((b) => { \
                const r = b.getBoundingClientRect(); return r.height < 44 || r.width < 24 }).length";
            assert_eq!(tab.eval(small).await, json!(0), "too small for a finger");
        }
    }
}
