//! A machine without a room: who may have it show an invitation, and how a person at its display wishes for one, with nothing
//! but the keyboard.

use super::axe::{axe, broken};
use super::chrome::Chrome;
use super::support::{Rig, client, press};
use super::views;
use reqwest::{Method, StatusCode};
use roomd::faces::{FacesConfig, Setup};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn unset(folder: &Path) -> (Rig, PathBuf) {
    let wish = folder.join("commission-wanted");
    let setup = Setup {
        code: "654321".to_owned(),
        wish: wish.clone(),
    };
    let config = FacesConfig {
        setup: Some(setup),
        ..FacesConfig::default()
    };
    (Rig::with(views::base(), config), wish)
}

/// Asks at the control socket.
async fn invite(rig: &Rig, code: Option<&str>) -> Value {
    let body = json!({ "url": "https://192.0.2.7:8443/", "code": code });
    let asked = rig.console(Method::POST, "/api/v1/setup");
    let asked = asked.header("content-type", "application/json");
    let answer = asked.body(body.to_string()).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_control_socket_invites_and_only_the_display_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (rig, wish) = unset(folder.path());
    let page = rig.own_page().await;
    let forged = press(
        rig.url("/api/v1/setup"),
        &page,
        r#"{"url":"https://evil.example/","code":null}"#,
    );
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let begin = rig.url("/api/v1/setup/begin");
    let without = client()
        .post(&begin)
        .header("content-type", "application/json")
        .body("{}");
    assert!(without.send().await.unwrap().status().is_client_error());
    assert!(!wish.exists(), "a page without the token wishes nothing");
    let asked = press(begin, &page, "{}").send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::ACCEPTED);
    assert!(wish.exists());

    assert_eq!(invite(&rig, Some("123456")).await, json!({ "shown": true }));
    let shown = client().get(rig.url("/display")).send().await.unwrap();
    assert!(shown.text().await.unwrap().contains("123 456"));
    let room = Rig::start(views::base());
    assert_eq!(
        invite(&room, Some("123456")).await,
        json!({ "shown": false })
    );
    let shown = client().get(room.url("/display")).send().await.unwrap();
    assert!(!shown.text().await.unwrap().contains("123 456"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_display_says_how_to_set_it_up_and_follows() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (rig, wish) = unset(folder.path());
    let tab = chrome.tab().await;
    tab.shape((1920, 1080), 1.0, "dark").await;
    tab.open(&rig.url("/display")).await;
    tab.eval(&format!("{axe}; undefined")).await;
    assert_eq!(broken(&tab).await, json!([]), "nobody asked yet");
    picture(&tab, "setup-nothing").await;
    tab.key("rawKeyDown", "Enter").await;
    tab.key("keyUp", "Enter").await;
    tab.until("document.querySelector('#setup [role=status]')")
        .await;
    assert!(wish.exists());
    invite(&rig, Some("123456")).await;
    tab.until("document.querySelector('.digits')?.textContent === '123 456'")
        .await;
    tab.until("document.querySelector('svg.qr path')").await;
    assert_eq!(broken(&tab).await, json!([]), "invited");
    let tall = tab.eval("document.documentElement.scrollHeight").await;
    assert!(
        tall.as_u64().unwrap() <= 1080,
        "{tall} is higher than a display"
    );
    picture(&tab, "setup-invited").await;
    assert_eq!(tab.errors(), Vec::<String>::new());
}

/// For people to look at, when they ask for it: `SCREENS=setup`.
async fn picture(tab: &super::chrome::Tab, name: &str) {
    if std::env::var("SCREENS").is_ok_and(|list| list == "setup") {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), tab.picture().await).unwrap();
    }
}
