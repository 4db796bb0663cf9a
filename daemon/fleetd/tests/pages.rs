//! Every page in a real Chromium: both languages, light and dark, empty and full, narrow and wide; nothing on the console, no rule
//! of accessibility broken; and a page that follows its room by itself.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../roomd/tests/faces/axe.rs"]
mod axe;
#[allow(dead_code, reason = "made for other pages, too")]
#[path = "../../roomd/tests/faces/chrome.rs"]
mod chrome;
mod common;

use axe::{axe, broken};
use chrome::{Chrome, Tab};
use common::{Rig, TestRoom, state};
use fleetd::people::Role;
use serde_json::json;

async fn signed_in(chrome: &Chrome, rig: &Rig, cookie: Option<&str>, language: &str) -> Tab {
    let tab = chrome.tab().await;
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    let mut cookies = vec![("__Host-fleetd-language", language)];
    cookies.extend(cookie.map(|cookie| ("__Host-fleetd", cookie)));
    for (name, value) in cookies {
        let cookie =
            json!({ "name": name, "value": value, "url": rig.base(), "secure": true, "path": "/" });
        tab.call("Network.setCookie", cookie).await;
    }
    tab
}

async fn open(tab: &Tab, rig: &Rig, path: &str) {
    let url = format!("{}{path}", rig.base());
    tab.call("Page.navigate", json!({ "url": url })).await;
    tab.until(&format!(
        "document.documentElement.dataset.ready === '' && location.href === {}",
        json!(url)
    ))
    .await;
}

/// Looks at pages in every way that they are looked at.
async fn judged(tab: &Tab, rig: &Rig, paths: &[&str], (rules, schemes): (&str, &[&str])) {
    for path in paths {
        open(tab, rig, path).await;
        tab.eval(&format!("globalThis.axe ?? {rules}; undefined"))
            .await;
        for scheme in schemes {
            tab.shape((1280, 900), 1.0, scheme).await;
            assert_eq!(broken(tab).await, json!([]), "{path} {scheme}");
        }
        tab.shape((360, 740), 1.0, "light").await;
        let wide = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(
            tab.eval(wide).await,
            json!(false),
            "{path} runs over a phone's edge"
        );
        let literal = "document.body.innerText.match(/[a-z]+-[a-z]+-[a-z-]+(?= |$)/g)?.filter((w) => /^(room|settings|refused|people|light|phase|verb)-/.test(w)) ?? []";
        assert_eq!(
            tab.eval(literal).await,
            json!([]),
            "{path} says a key instead of a text"
        );
    }
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
}

const SCHEMES: [&str; 2] = ["light", "dark"];
const PAGES: [&str; 12] = [
    "/",
    "/rooms",
    "/rooms/saal-2",
    "/enrolment",
    "/settings",
    "/settings/level?of=all",
    "/alerts",
    "/alerts/rule?of=faults",
    "/alerts/target",
    "/audit",
    "/people",
    "/rooms?q=nothing-like-it",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_reads_well_for_everybody() {
    let (Some(rules), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    let nobody = signed_in(&chrome, &rig, None, "de").await;
    judged(&nobody, &rig, &["/sign-in"], (rules, &SCHEMES)).await;
    let german = signed_in(&chrome, &rig, admin.cookie.as_deref(), "de").await;
    judged(
        &german,
        &rig,
        &["/", "/rooms", "/enrolment"],
        (rules, &["light"]),
    )
    .await;

    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone", "camera-another"])).await;
    TestRoom::new(rig.at, "saal-3").ask().await;
    let text = [
        ("of", "all"),
        ("over", "0"),
        ("do", "write"),
        ("text", "[help]\nphone = \"47 11\""),
    ];
    admin.act("/settings/level", &text).await;
    admin.act("/rooms/saal-2/tell", &[("verb", "mute")]).await;
    alerted(&rig, &admin).await;
    judged(&german, &rig, &PAGES, (rules, &SCHEMES)).await;
    assert_eq!(
        german.eval("document.documentElement.lang").await,
        json!("de")
    );
    let english = signed_in(&chrome, &rig, admin.cookie.as_deref(), "en").await;
    judged(&english, &rig, &PAGES, (rules, &["light"])).await;
    assert_eq!(
        english.eval("document.documentElement.lang").await,
        json!("en")
    );

    follows(&english, &rig, &mut line).await;
    shows_the_effect_first(&english, &rig).await;
}

/// A recipient that is nobody, a rule that waits for nothing, and the alert that it makes.
async fn alerted(rig: &Rig, admin: &common::Browser) {
    let address = "http://127.0.0.1:9/nobody";
    let target = [("name", "chat"), ("kind", "webhook"), ("address", address)];
    admin.act("/alerts/target", &target).await;
    let rule = [
        ("name", "faults"),
        ("on", "fault"),
        ("after", "0"),
        ("severity", "warning"),
        ("to", "chat"),
        ("active", "yes"),
    ];
    admin.act("/alerts/rule", &rule).await;
    common::until("the alert", async || {
        let alerts = rig.fleet.alerts.alerts(&rig.fleet.tenant).await;
        !alerts.unwrap().is_empty()
    })
    .await;
}

async fn follows(tab: &Tab, rig: &Rig, line: &mut common::Line) {
    open(tab, rig, "/rooms/saal-2").await;
    tab.until("document.documentElement.dataset.live === ''")
        .await;
    tab.eval("document.querySelector('a[href=\"/rooms\"]').focus(); undefined")
        .await;
    line.say(&state(2, &[])).await;
    tab.until("main.innerText.includes('All well')").await;
    tab.eval("document.querySelector('#place-name').value = 'typing'; undefined")
        .await;
    line.say(&state(3, &["mic-gone"])).await;
    tab.until("performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/rooms/saal-2')).length > 1").await;
    let kept = tab
        .eval("document.querySelector('#place-name').value")
        .await;
    assert_eq!(kept, json!("typing"), "whoever types is not interrupted");
}

async fn shows_the_effect_first(tab: &Tab, rig: &Rig) {
    open(tab, rig, "/settings/level?of=site/nord").await;
    tab.eval("text.value = '[help]\\nphone = \"0815\"'; undefined")
        .await;
    tab.click("button[value=preview]").await;
    tab.until("document.querySelector('#effects')?.textContent === 'Changes 1 room'")
        .await;
    let change = tab
        .eval("document.querySelector('section[role=status] li').innerText")
        .await;
    assert!(change.as_str().unwrap().contains("help.phone"), "{change}");
    tab.click("button[value=write]").await;
    tab.until("main.innerText.includes('Version 1 by chief')")
        .await;
    let errors = tab.errors();
    assert!(errors.is_empty(), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "draws pictures of every page into target/screens: run it by name to look at them"]
async fn pictures_of_every_screen() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    let mut lines = Vec::new();
    for (number, site) in ["nord", "nord", "sued", "west"].into_iter().enumerate() {
        let room = rig.room(&format!("saal-{number}"), site).await;
        let mut line = room.line().await;
        let faults: &[&str] = if number == 1 {
            &["mic-gone", "camera-another"]
        } else {
            &[]
        };
        line.say(&state(1, faults)).await;
        lines.push(line);
    }
    lines.pop();
    TestRoom::new(rig.at, "trauzimmer").ask().await;
    let text = [
        ("of", "site/nord"),
        ("over", "0"),
        ("do", "write"),
        ("text", "[help]\nphone = \"47 11\""),
    ];
    admin.act("/settings/level", &text).await;
    admin.act("/rooms/saal-1/tell", &[("verb", "mute")]).await;
    alerted(&rig, &admin).await;
    let twin = "saal-1".parse().unwrap();
    let whose = (rig.fleet.tenant.clone(), twin);
    rig.fleet
        .misdone(&whose, fleetd::rooms::Misdeed::TwoBoards)
        .await;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    let tab = signed_in(&chrome, &rig, admin.cookie.as_deref(), "de").await;
    let pages = [
        "/",
        "/rooms",
        "/rooms/saal-1",
        "/enrolment",
        "/settings",
        "/settings/level?of=site/nord",
        "/alerts",
        "/alerts/rule?of=faults",
        "/alerts/target",
        "/audit",
        "/people",
    ];
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        for path in pages {
            open(&tab, &rig, path).await;
            tab.shape((width, 1600), 1.0, scheme).await;
            let name = path.replace(['/', '?', '='], "-");
            let file = folder.join(format!("fleet{name}-{scheme}-{width}.png"));
            std::fs::write(file, tab.picture().await).unwrap();
        }
    }
}
