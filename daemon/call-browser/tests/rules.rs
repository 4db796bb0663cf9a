//! Every rule of every pack, in the real browser: pages on which it must match and near misses on which it must not.
//! A rule without such pages fails, and so does a selector that the browser does not understand.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use call_browser::pack::{Pack, Packs, Program};
use call_browser::policy::{Table, managed};
use common::far::{Browser, Page};
use common::{Keeper, can_run, fixtures};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A page on which a rule must match, or must not.
#[derive(serde::Deserialize)]
struct Case {
    rule: String,
    yes: bool,
    lang: String,
    /// Where it is; none: nowhere in particular.
    address: Option<String>,
    body: String,
}

/// What the watcher says of a page with this body.
async fn look(page: &Page, pack: &Pack, body: &str, lang: &str) -> Value {
    look_at(page, pack, (body, lang, None)).await
}

/// What the watcher says of a page that stands at an address. What is marked as sealed is put behind a closed shadow root.
async fn look_at(
    page: &Page,
    pack: &Pack,
    (body, lang, address): (&str, &str, Option<&str>),
) -> Value {
    let probe = script(include_str!("../src/page/probe.js"));
    let watcher = script(include_str!("../src/page/watcher.js"));
    let program = Program::of(pack).text();
    let seal = "for (const e of document.querySelectorAll('[data-sealed]')) { const all = [...e.childNodes]; \
                e.attachShadow({ mode: 'closed' }).append(...all); }";
    let text = format!(
        "(async () => {{ let said = null; globalThis.roomdSaw = (text) => {{ said = JSON.parse(text); }}; \
         document.documentElement.lang = {lang:?}; document.body.innerHTML = {body}; ({probe})(); \
         ((location) => {{ ({watcher})({program}); }})(new URL({address})); \
         if (!document.querySelector('[data-sealed]')) return said; \
         {seal} \
         await new Promise((done) => document.addEventListener('roomd:sealed', done, {{ once: true }})); \
         await new Promise((done) => setTimeout(done, 100)); return said; }})()",
        body = json!(body),
        address = json!(address.unwrap_or("about:blank")),
    );
    page.eval(&text).await
}

/// A script of the product without the comment at its head.
fn script(file: &str) -> String {
    let lines: Vec<&str> = file.lines().skip_while(|l| l.starts_with("//")).collect();
    lines.join("\n")
}

async fn cases(page: &Page, pages: &str) -> Vec<Case> {
    let list = page
        .eval(&format!(
            "(() => {{ const t = document.createElement('template'); t.innerHTML = {}; return [...t.content.querySelectorAll('[data-rule]')].map((c) => \
             ({{ rule: c.dataset.rule, yes: c.dataset.is === 'yes', lang: c.lang, address: c.dataset.address ?? null, body: c.innerHTML }})) }})()",
            json!(pages)
        ))
        .await;
    serde_json::from_value(list).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_knows_its_pages_and_no_near_miss() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start(&managed(&Table::default())).await;
    let browser = Browser::at(&keeper).await;
    let page = browser.open("about:blank").await;
    for pack in Packs::built_in().iter() {
        let service = pack.service.as_str();
        let mut all = Vec::new();
        for pages in fixtures::rules(service) {
            all.extend(cases(&page, &pages).await);
        }
        let mut told: BTreeMap<(String, bool, String), u32> = BTreeMap::new();
        for Case {
            rule: id,
            yes,
            lang,
            address,
            body,
        } in all
        {
            let rule = pack
                .rules
                .iter()
                .position(|rule| rule.id == id)
                .unwrap_or_else(|| panic!("{service} has no rule {id}"));
            let seen = look_at(&page, pack, (&body, &lang, address.as_deref())).await;
            assert_eq!(
                seen["broken"],
                json!([]),
                "{service}: selectors that are none"
            );
            let matches = seen["rules"].as_array().unwrap().contains(&json!(rule));
            assert_eq!(matches, yes, "{service}, rule {id}, {lang}: {body}");
            *told.entry((id, yes, lang)).or_default() += 1;
        }
        for rule in &pack.rules {
            for (yes, lang) in [(true, "de"), (true, "en"), (false, "de"), (false, "en")] {
                assert!(
                    told.contains_key(&(rule.id.clone(), yes, lang.to_owned())),
                    "{service}, rule {}: no page {yes} {lang}",
                    rule.id
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watcher_tells_visible_enabled_and_text_as_people_see_them() {
    if !can_run() {
        return;
    }
    let pack = Pack::parse(SIGNS).unwrap();
    let keeper = Keeper::start(&managed(&Table::default())).await;
    let browser = Browser::at(&keeper).await;
    let page = browser.open("about:blank").await;
    for (body, expected) in [
        ("<b class=x>x</b>", true),
        ("<b class=x style='display:none'>x</b>", false),
        ("<div style='display:none'><b class=x>x</b></div>", false),
        ("<b class=x style='visibility:hidden'>x</b>", false),
        (
            "<div style='visibility:hidden'><b class=x style='visibility:visible'>x</b></div>",
            true,
        ),
        ("<b class=x style='opacity:0'>x</b>", false),
        ("<b class=x hidden>x</b>", false),
        (
            "<details><summary>s</summary><b class=x>x</b></details>",
            false,
        ),
        (
            "<details open><summary>s</summary><b class=x>x</b></details>",
            true,
        ),
    ] {
        assert_eq!(
            look(&page, &pack, body, "en").await["rules"] == json!([0]),
            expected,
            "visible: {body}"
        );
    }
    for (body, expected) in [
        ("<button class=e>x</button>", true),
        ("<button class=e disabled>x</button>", false),
        (
            "<fieldset disabled><button class=e>x</button></fieldset>",
            false,
        ),
        ("<div inert><button class=e>x</button></div>", false),
        ("<button class=e aria-disabled=true>x</button>", false),
        ("<button class=e aria-disabled=false>x</button>", true),
        ("<x-button class=e disabled>x</x-button>", false),
        ("<x-button class=e>x</x-button>", true),
    ] {
        assert_eq!(
            look(&page, &pack, body, "en").await["rules"] == json!([1]),
            expected,
            "enabled: {body}"
        );
    }
    for (body, expected) in [
        ("<p class=t>Bitte WARTEN, der Gastgeber kommt.</p>", true),
        ("<p class=t>please\n   wait</p>", true),
        ("<p class=t><i>please</i> <b>wait</b></p>", true),
        ("<p class=t hidden>please wait</p>", false),
        ("<p>please wait</p>", false),
        ("<div class=t>please <b>wait</b></div>", true),
        ("<div class=t>please <b hidden>wait</b></div>", false),
        (
            "<div class=t>welcome <main style='display:none'>please wait</main></div>",
            false,
        ),
        ("<p class=t>pleased waiter</p>", false),
    ] {
        assert_eq!(
            look(&page, &pack, body, "en").await["rules"] == json!([2]),
            expected,
            "text: {body}"
        );
    }
}

const SIGNS: &str = r#"
service = "signs"
version = 1
name = { de = "Zeichen", en = "Signs" }
[[rule]]
id = "visible"
state = "inside"
when.all = [".x"]
[[rule]]
id = "enabled"
state = "inside"
when.all = [{ css = ".e", enabled = true }]
[[rule]]
id = "text"
state = "waiting-host"
when.text = [{ within = ".t", de = ["Bitte warten"], en = ["please wait"] }]
"#;
