//! Every page in a real Chromium: both languages, light and dark, empty and full, narrow and wide; nothing on the console, no rule
//! of accessibility broken; and a page that follows its room by itself.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../../roomd/tests/faces/axe.rs"]
mod axe;
mod bridge;
#[allow(dead_code, reason = "made for other pages, too")]
#[path = "../../../roomd/tests/faces/chrome.rs"]
mod chrome;
#[path = "../common/mod.rs"]
mod common;
mod oidc;
mod roles;

use axe::{axe, broken};
use chrome::{Chrome, Tab};
use common::release::Publisher;
use common::{Browser, Line, Rig, TestRoom, state};
use fleet_proto::{Answer, FromFleet, FromRoom, Outcome, Verb};
use fleetd::people::Role;
use futures_util::StreamExt as _;
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
        let literal = "document.body.innerText.match(/[a-z]+-[a-z]+-[a-z-]+(?= |$)/g)?.filter((w) => /^(room|settings|refused|people|light|phase|verb|bulk|grant|plot|views|overview|rollout|rollouts|ring|rings|releases|standing|wait|failed|menu|oidc|provider|bridge)-/.test(w)) ?? []";
        assert_eq!(
            tab.eval(literal).await,
            json!([]),
            "{path} says a key instead of a text"
        );
    }
    assert!(tab.errors().is_empty(), "{:?}", tab.errors());
}

const SCHEMES: [&str; 2] = ["light", "dark"];
const VERBS: [&str; 8] = [
    "mute",
    "leave",
    "preflight",
    "tomorrow",
    "identify",
    "log-bundle",
    "screenshot",
    "canary-practice",
];

fn location(answer: &reqwest::Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// A verb for all rooms, to be looked at.
async fn planned(who: &Browser) -> String {
    location(&who.act("/rooms/bulk", &[("verb", "leave")]).await)
}

async fn asked_for_a_grant(who: &Browser, room: &str) -> String {
    let press = [("verb", "screenshot"), ("command", "picture-0001")];
    location(&who.act(&format!("/rooms/{room}/tell"), &press).await)
}

const PAGES: [&str; 17] = [
    "/",
    "/rooms",
    "/rooms/saal-2",
    "/enrolment",
    "/settings",
    "/settings/level?of=all",
    "/settings/level?of=site/nord",
    "/rollouts",
    "/rollouts/join-pack-practice-901",
    "/alerts",
    "/alerts/rule?of=faults",
    "/alerts/target",
    "/alerts/mqtt",
    "/audit",
    "/people",
    "/rooms?q=nothing-like-it",
    "/rooms?light=red",
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
        &["/", "/rooms", "/enrolment", "/rollouts"],
        (rules, &["light"]),
    )
    .await;

    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line_that_knows(&VERBS).await;
    line.say(&state(1, &["mic-gone", "camera-another"])).await;
    let more = [
        planned(&admin).await,
        asked_for_a_grant(&admin, "saal-2").await,
    ];
    admin
        .act("/rooms/views", &[("name", "Rot"), ("light", "red")])
        .await;
    TestRoom::new(rig.at, "saal-3").ask().await;
    admin.sets_help("all").await;
    let first = [
        ("of", "site/nord"),
        ("over", "0"),
        ("do", "try"),
        ("text", "[policy]\nvolume_limit = 70\n"),
        ("first", "saal-2"),
    ];
    admin.act("/settings/level", &first).await;
    admin.act("/rooms/saal-2/tell", &[("verb", "mute")]).await;
    alerted(&rig, &admin).await;
    under_way(&rig, &admin).await;
    judged(&german, &rig, &PAGES, (rules, &SCHEMES)).await;
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    judged(&german, &rig, &more, (rules, &SCHEMES)).await;
    assert_eq!(
        german.eval("document.documentElement.lang").await,
        json!("de")
    );
    let english = signed_in(&chrome, &rig, admin.cookie.as_deref(), "en").await;
    judged(&english, &rig, &PAGES, (rules, &["light"])).await;
    judged(&english, &rig, &more, (rules, &["light"])).await;
    assert_eq!(
        english.eval("document.documentElement.lang").await,
        json!("en")
    );

    follows(&english, &rig, &mut line).await;
    holds_still(&english, &rig, &mut line).await;
    shows_the_effect_first(&english, &rig).await;
}

/// A release on its way, with a room that failed.
async fn under_way(rig: &Rig, admin: &common::Browser) {
    Publisher::new().publish(rig).await;
    admin
        .act("/rollouts", &[("target", Publisher::TARGET)])
        .await;
    let (room, name) = ("saal-2".parse().unwrap(), "join-pack-practice-901");
    let failed = |standing: &mut fleetd::rollouts::Standing| {
        standing.is = fleetd::rollouts::Is::Failed {
            at_ms: 1,
            code: "release-canary".parse().unwrap(),
        };
        true
    };
    let at = (&room, name);
    let stood = rig.fleet.rollouts.stand(&rig.fleet.tenant, at, failed);
    assert!(stood.await.unwrap().is_some());
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
    let well = "document.querySelector('[aria-labelledby=state]').innerText.includes('All well')";
    tab.until(well).await;
    tab.eval("document.querySelector('#place-name').value = 'typing'; undefined")
        .await;
    line.say(&state(3, &["mic-gone"])).await;
    tab.until("performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/rooms/saal-2')).length > 1").await;
    let kept = tab
        .eval("document.querySelector('#place-name').value")
        .await;
    assert_eq!(kept, json!("typing"), "whoever types is not interrupted");
}

/// A page that gets another state between a press and its release: what was pressed is done, and then the state is shown.
async fn holds_still(tab: &Tab, rig: &Rig, line: &mut common::Line) {
    let all_well =
        "document.querySelector('[aria-labelledby=state]').innerText.includes('All well')";
    let answers = "performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/rooms/saal-2') && r.responseEnd > 0).length";
    for (number, key) in [(4, false), (6, true)] {
        open(tab, rig, "/rooms/saal-2").await;
        tab.until("document.documentElement.dataset.live === ''")
            .await;
        let button = "form[action='/rooms/saal-2/tell'] button";
        tab.eval(&format!("globalThis.told = 0; document.querySelector({}).focus(); \
            addEventListener('submit', (event) => {{ event.preventDefault(); told += 1; }}); undefined", json!(button))).await;
        let at = tab.middle(button).await;
        if key {
            tab.key("rawKeyDown", " ").await;
        } else {
            tab.mouse("mousePressed", at).await;
        }
        line.say(&state(number, &[])).await;
        tab.until(&format!("{answers} >= 1")).await;
        let well = tab.eval(all_well).await;
        assert_eq!(well, json!(false), "what is pressed stays");
        if key {
            tab.key("keyUp", " ").await;
        } else {
            tab.mouse("mouseReleased", at).await;
        }
        tab.until(all_well).await;
        assert_eq!(
            tab.eval("told").await,
            json!(1),
            "a press is a press, by the keys: {key}"
        );
        line.say(&state(number + 1, &["mic-gone"])).await;
        tab.until(&format!("!({all_well})")).await;
    }
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
    tab.until("main.innerText.includes('Version 2 by chief')")
        .await;
    let errors = tab.errors();
    assert!(errors.is_empty(), "{errors:?}");
}

/// A week and some hours in calls, as if the room had been there for long.
async fn past(rig: &Rig, room: &str) {
    let (tenant, now_ms) = (&rig.fleet.tenant, rig.fleet.now_ms());
    let key = fleetd::store::Key::of(tenant, "history", room).unwrap();
    let hour = 3_600_000;
    for (hours, light) in [
        (150, "green"),
        (100, "yellow"),
        (80, "green"),
        (60, "offline"),
        (40, "green"),
        (20, "red"),
        (12, "green"),
    ] {
        let turn = json!({ "at_ms": now_ms - hours * hour, "light": light, "faults": [] });
        let turn = serde_json::to_vec(&turn).unwrap();
        rig.fleet.store.append(&key, None, turn).await.unwrap();
    }
    let figures = |call: f64, failed: f64| {
        let all = [
            ("call-seconds", call),
            ("entering-seconds", 0.0),
            ("failed-seconds", failed),
        ];
        all.map(|(name, figure)| (name.to_owned(), figure)).into()
    };
    let id = room.parse().unwrap();
    rig.fleet.roster.see(tenant, &id, |seen| {
        let (mut call, mut failed) = (0.0, 0.0);
        seen.usage
            .note(&figures(call, failed), 0, now_ms - 30 * 24 * hour);
        for day in 0..27_i64 {
            call += f64::from(u32::try_from(day % 7).unwrap()) * 4000.0;
            failed += if day % 9 == 4 { 3000.0 } else { 0.0 };
            let at_ms = now_ms - (26 - day) * 24 * hour;
            seen.usage.note(&figures(call, failed), at_ms, at_ms);
        }
    });
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
        let mut line = room.line_that_knows(&VERBS).await;
        let faults: &[&str] = if number == 1 {
            &["mic-gone", "camera-another"]
        } else {
            &[]
        };
        line.say(&state(1, faults)).await;
        lines.push(line);
    }
    lines.pop();
    past(&rig, "saal-1").await;
    for (id, site, building) in [
        ("saal-1", "nord", "rathaus"),
        ("saal-0", "nord", "schule"),
        ("saal-2", "sued", "bibliothek"),
    ] {
        let slug = |name| fleetd::rooms::Slug::of(name).unwrap();
        let place = fleetd::rooms::Place {
            site: slug(site),
            building: slug(building),
            ..Default::default()
        };
        let at = (&id.parse().unwrap(), id.into(), place);
        rig.fleet
            .place(&rig.fleet.tenant, at, "test")
            .await
            .unwrap();
    }
    admin
        .act(
            "/rooms/views",
            &[
                ("name", "Rot im Norden"),
                ("light", "red"),
                ("site", "nord"),
            ],
        )
        .await;
    let more = [
        planned(&admin).await,
        asked_for_a_grant(&admin, "saal-1").await,
    ];
    TestRoom::new(rig.at, "trauzimmer").ask().await;
    admin.sets_help("site/nord").await;
    admin.act("/rooms/saal-1/tell", &[("verb", "mute")]).await;
    alerted(&rig, &admin).await;
    under_way(&rig, &admin).await;
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
        "/rollouts",
        "/rollouts/join-pack-practice-901",
        "/alerts",
        "/alerts/rule?of=faults",
        "/alerts/target",
        "/alerts/mqtt",
        "/audit",
        "/people",
        "/people/sign-in",
    ];
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        for path in pages.into_iter().chain(more.iter().map(String::as_str)) {
            open(&tab, &rig, path).await;
            tab.shape((width, 2600), 1.0, scheme).await;
            let name = path.replace(['/', '?', '='], "-");
            let name = if name.starts_with("-bulk") {
                "-bulk"
            } else {
                &name
            };
            let file = folder.join(format!("fleet{name}-{scheme}-{width}.png"));
            std::fs::write(file, tab.picture().await).unwrap();
        }
    }
}
