//! Every kind of entry in the generated policy, against the real Chromium that reads it.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use call_browser::policy::{Authority, Table, managed};
use call_browser::{Allowed, flags};
use common::far::{Browser, Page};
use common::rig::{SOON, serve};
use common::{Keeper, can_run, within};
use serde_json::json;

const BLOCKED: &str = "net::ERR_BLOCKED_BY_ADMINISTRATOR";

fn allowed(texts: &[&str]) -> Vec<Allowed> {
    texts
        .iter()
        .map(|text| Allowed::parse(text).unwrap())
        .collect()
}

async fn site() -> u16 {
    let page = "<!doctype html><title>site</title><a id=out href='msteams:/l/x'>out</a><iframe id=inner></iframe>";
    let address = serve(Router::new().route("/", get(async move || Html(page)))).await;
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// What the navigation to an address said: empty when it went well.
async fn opens(browser: &Browser, url: &str) -> String {
    browser.open(url).await.outcome["errorText"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// What asking for a device gives: a label, or the error's name.
async fn device(page: &Page, kind: &str) -> String {
    let ask = format!(
        "navigator.mediaDevices.getUserMedia({{ {kind}: true }}).then(() => 'granted', e => e.name)"
    );
    page.eval(&ask)
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_devices_are_allowed_by_origin_and_nothing_else_is() {
    if !can_run() {
        return;
    }
    let (service, own, passage, other) = tokio::join!(site(), site(), site(), site());
    let table = Table {
        own: allowed(&[&format!("http://127.0.0.1:{own}")]),
        services: allowed(&[
            &format!("http://127.0.0.1:{service}"),
            "http://*.meet.localhost",
        ]),
        passage: allowed(&[
            &format!("http://127.0.0.1:{passage}"),
            "http://exact.localhost",
        ]),
        authorities: Vec::new(),
    };
    let keeper = Keeper::start(&managed(&table)).await;
    let browser = Browser::at(&keeper).await;

    let open = |host: &str, port: u16| format!("http://{host}:{port}/");
    for url in [
        open("127.0.0.1", own),
        open("127.0.0.1", service),
        open("127.0.0.1", passage),
        open("meet.localhost", other),
        open("a.b.meet.localhost", service),
        open("exact.localhost", other),
        "about:blank".to_owned(),
    ] {
        assert_eq!(opens(&browser, &url).await, "", "{url}");
    }
    for url in [
        open("127.0.0.1", other),
        open("evilmeet.localhost", other),
        open("below.exact.localhost", other),
        open("localhost", service),
        "file:///etc/passwd".to_owned(),
        "data:text/html,x".to_owned(),
        format!("view-source:{}", open("127.0.0.1", own)),
        "chrome://version".to_owned(),
        "chrome-untrusted://terminal".to_owned(),
    ] {
        assert_eq!(opens(&browser, &url).await, BLOCKED, "{url}");
    }

    for (host, port, outcome) in [
        ("127.0.0.1", service, "granted"),
        ("meet.localhost", other, "granted"),
        ("a.meet.localhost", other, "granted"),
        ("127.0.0.1", own, "NotAllowedError"),
        ("127.0.0.1", passage, "NotAllowedError"),
        ("exact.localhost", other, "NotAllowedError"),
    ] {
        let page = browser.open(&open(host, port)).await;
        for kind in ["audio", "video"] {
            assert_eq!(
                device(&page, kind).await,
                outcome,
                "{kind} at {host}:{port}"
            );
        }
    }
}

/// What a frame of another site gets when it asks for a microphone.
async fn framed(page: &Page, url: &str, allow: &str) -> String {
    let ask = format!(
        "new Promise((done) => {{ onmessage = ({{ data }}) => done(data); const f = document.createElement('iframe'); \
         f.allow = {allow:?}; f.src = {url:?}; document.body.append(f); }})"
    );
    page.eval(&ask)
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

// A page of our own in front of a service would need the grant for itself, and could then hand it to any frame. That is
// why such a page has the service's own origin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_gets_what_the_page_around_it_was_granted_and_hands_down() {
    if !can_run() {
        return;
    }
    let asks = "<!doctype html><script>navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'granted', \
                (e) => e.name).then((said) => parent.postMessage(said, '*'))</script>";
    let inner = serve(Router::new().route("/", get(async move || Html(asks)))).await;
    let port = inner.rsplit(':').next().unwrap().to_owned();
    let (granted, plain) = tokio::join!(site(), site());
    let table = Table {
        services: allowed(&[&format!("http://127.0.0.1:{granted}"), "http://b.localhost"]),
        passage: allowed(&[&format!("http://127.0.0.1:{plain}"), "http://a.localhost"]),
        ..Table::default()
    };
    let keeper = Keeper::start(&managed(&table)).await;
    let browser = Browser::at(&keeper).await;
    for (top, frame, allow, outcome) in [
        (granted, "a.localhost", "microphone", "granted"),
        (granted, "a.localhost", "", "NotAllowedError"),
        (plain, "b.localhost", "microphone", "NotAllowedError"),
    ] {
        let page = browser.open(&format!("http://127.0.0.1:{top}/")).await;
        let said = framed(&page, &format!("http://{frame}:{port}/"), allow).await;
        assert_eq!(said, outcome, "{frame} with {allow:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_neither_downloads_nor_opens_windows_nor_starts_other_programs() {
    if !can_run() {
        return;
    }
    let port = site().await;
    let origin = format!("http://127.0.0.1:{port}");
    let table = Table {
        services: allowed(&[&origin]),
        ..Table::default()
    };
    let keeper = Keeper::start(&managed(&table)).await;
    let browser = Browser::at(&keeper).await;
    let page = browser.open(&origin).await;

    // Chromium adds pages of its own to each window, under an address of its own as soon as they are loaded.
    let alone = async |what: &str| {
        let others = async || {
            let targets = browser.ask("Target.getTargets", json!({})).await;
            let all = targets["targetInfos"].as_array().unwrap();
            let own = |t: &&serde_json::Value| t["targetId"] == page.target.as_str();
            let profile = &all.iter().find(own).expect("the page is there")["browserContextId"];
            all.iter()
                .filter(|t| !own(t) && t["type"] == "page" && t["browserContextId"] == *profile)
                .all(|t| t["url"].as_str().unwrap().starts_with("chrome://"))
                .then_some(())
        };
        within(what, SOON, others).await;
    };
    assert_eq!(
        page.eval_without_hand("String(window.open('/'))").await,
        "null"
    );
    alone("no window was opened").await;

    page.eval("document.getElementById('out').click()").await;
    // The page is blocked like any other; in a call the watcher stops the attempt before it costs the page.
    page.until("location.protocol === 'chrome-error:'").await;
    alone("no other program was asked for").await;
    page.ask("Page.navigate", json!({ "url": origin })).await;

    for (name, ask) in [
        ("usb", "navigator.usb.requestDevice({ filters: [] })"),
        ("serial", "navigator.serial.requestPort()"),
        ("hid", "navigator.hid.requestDevice({ filters: [] })"),
        ("files", "showOpenFilePicker()"),
        (
            "location",
            "new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, () => no(new Error('x'))))",
        ),
        ("screen", "navigator.mediaDevices.getDisplayMedia()"),
    ] {
        let text = format!(
            "(async () => {ask})().then(r => JSON.stringify(r) === '[]' ? 'refused' : 'granted', () => 'refused')"
        );
        let outcome =
            tokio::time::timeout(std::time::Duration::from_secs(5), page.eval(&text)).await;
        assert_eq!(outcome.expect("no prompt stays open"), "refused", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_of_the_room_is_trusted_for_its_names_only() {
    if !can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let own = practice::tls::own_certificate(folder.path(), &["localhost", "127.0.0.1"]).unwrap();
    let practice =
        practice::Practice::new(practice::Config::new(practice::ResumeKey::random())).unwrap();
    let transport = practice::Transport::Tls(own.listener_config());
    let serving = practice::serve(
        "127.0.0.1:0".parse().unwrap(),
        transport,
        practice::router(practice),
    )
    .unwrap();
    let url = format!("https://127.0.0.1:{}/practice/x", serving.addr().port());
    let authority = |names: &[&str], networks: &[&str]| Authority {
        der: own.ca_der().to_vec(),
        names: names.iter().map(ToString::to_string).collect(),
        networks: networks.iter().map(ToString::to_string).collect(),
    };
    let services = allowed(&["https://127.0.0.1"]);
    for (authorities, outcome) in [
        (vec![], "net::ERR_CERT_AUTHORITY_INVALID"),
        (vec![authority(&[], &[])], ""),
        (vec![authority(&["localhost"], &["127.0.0.0/8"])], ""),
        (
            vec![authority(&["room.example"], &["10.0.0.0/8"])],
            "net::ERR_CERT_INVALID",
        ),
    ] {
        let limits: Vec<_> = authorities
            .iter()
            .map(|a| (a.names.clone(), a.networks.clone()))
            .collect();
        let keeper = Keeper::start(&managed(&Table {
            services: services.clone(),
            authorities,
            ..Table::default()
        }))
        .await;
        let browser = Browser::at(&keeper).await;
        assert_eq!(
            opens(&browser, &url).await,
            outcome,
            "with an authority for {limits:?}"
        );
    }
}

/// Nothing in the product may bring a banned flag back: neither our sources nor the line we build.
#[test]
fn no_source_names_a_banned_flag() {
    let daemon = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    let list = daemon.join("call-browser/src/flags.rs");
    let mut folders = vec![daemon.to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            // Tests may start other browsers beside the product's; those are in nobody's room.
            if kind.is_dir()
                && !["target", "node_modules", "tests"]
                    .contains(&&*entry.file_name().to_string_lossy())
            {
                folders.push(path);
            } else if kind.is_file()
                && path != list
                && path.extension().is_none_or(|end| end != "md")
            {
                looked_at += 1;
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                for banned in flags::BANNED {
                    let whole = |rest: &str| {
                        !rest.starts_with(|c: char| c == '-' || c.is_ascii_alphanumeric())
                    };
                    let named = text
                        .match_indices(banned)
                        .any(|(at, _)| whole(&text[at + banned.len()..]));
                    assert!(!named, "{} names {banned}", path.display());
                }
            }
        }
    }
    assert!(looked_at > 50, "only {looked_at} files were looked at");
}
