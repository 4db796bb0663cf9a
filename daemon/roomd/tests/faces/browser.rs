//! The pages in a real Chromium: every canned view drawn without an error, presses that arrive, a page that says when
//! it is stale, keyboard only, and the rules of accessibility in both languages, light and dark.

use super::axe::{axe, broken};
use super::chrome::{Chrome, Tab};
use super::support::Rig;
use super::views;
use call_browser::pack::{Certainty, Month};
use room_core::event::{HeadPress, Origin, Press};
use room_core::ids::{HeadId, Private, ServiceId};
use room_core::units::{Seen, Switch};
use room_core::view::{Joinable, Offer, View};
use roomd::faces::{FacesConfig, Lang, PackKnown};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::time::timeout;

/// Waits until the page shows the newest view.
pub(super) async fn shows(tab: &Tab, rig: &Rig) {
    let revision = state_of(rig).await["revision"].clone();
    tab.until(&format!(
        "Number(document.body.dataset.revision) >= {revision}"
    ))
    .await;
}

async fn state_of(rig: &Rig) -> Value {
    let page = rig.own_page().await;
    let get = super::support::client().get(rig.url("/api/v1/state"));
    let get = get
        .header("x-roomd-token", &page.token)
        .send()
        .await
        .unwrap();
    get.json().await.unwrap()
}

/// Marks every text that comes from the Fluent files, before the page's own scripts run.
const MARK: &str = "const plain = window.fetch; window.fetch = async (...a) => { const r = await plain(...a); \
    if (!String(a[0]).includes('/i18n/')) return r; const w = await r.json(); \
    for (const k of Object.keys(w)) w[k] = '⟦' + w[k] + '⟧'; \
    return new Response(JSON.stringify(w), { headers: { 'content-type': 'application/json' } }); };";

/// Letters outside the marks: text nodes and labels that did not come from the Fluent files.
const UNMARKED: &str = "(() => { const out = []; \
    const bare = (s) => { let d = 0, r = ''; for (const c of s) { if (c === '⟦') d += 1; else if (c === '⟧') d -= 1; \
      else if (d === 0) r += c; } return r; }; \
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
    while (walk.nextNode()) { const el = walk.currentNode.parentElement; \
      if (el.closest('script, noscript, #room, #clock, #date, .keys, h1, .clock, .date, .tools .help')) continue; \
      out.push(bare(walk.currentNode.data)); } \
    for (const el of document.querySelectorAll('[aria-label], [title]')) \
      out.push(bare(el.getAttribute('aria-label') ?? ''), bare(el.title ?? '')); \
    return out.filter((s) => /\\p{L}/u.test(s)); })()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_is_drawn_without_an_error_and_without_a_text_of_its_own() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start_with_lan(views::base());
    for page in ["/panel", "/display"] {
        for lang in Lang::ALL {
            let tab = chrome.tab().await;
            tab.shape((1280, 800), 1.0, "light").await;
            tab.call(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": MARK }),
            )
            .await;
            tab.open(&rig.url(&format!("{page}?lang={}", lang.code())))
                .await;
            for (name, view) in views::all() {
                let known = names(&view);
                rig.show(view);
                shows(&tab, &rig).await;
                let bare = tab.eval(UNMARKED).await;
                for text in bare.as_array().unwrap() {
                    let text = text
                        .as_str()
                        .unwrap()
                        .trim_matches(|c: char| !c.is_alphanumeric());
                    assert!(
                        is_a_date(text) || known.iter().any(|known| known.contains(text)),
                        "{page} {name}: {text:?}"
                    );
                }
                assert_eq!(tab.errors(), Vec::<String>::new(), "{page} {name} {lang:?}");
                let wide = tab
                    .eval("document.documentElement.scrollWidth <= innerWidth")
                    .await;
                assert_eq!(
                    wide,
                    json!(true),
                    "{page} {name} {lang:?} is wider than the screen"
                );
            }
        }
    }
}

/// Data of a view that a page shows as it stands, so that only these may stand outside the Fluent files.
fn names(view: &View) -> Vec<String> {
    let mut names = vec![
        view.room.clone(),
        "4711".to_owned(),
        "https://saal2.test:8443".to_owned(),
    ];
    for meeting in view.meetings.iter().chain(&view.current) {
        names.extend(meeting.title.iter().map(|title| title.reveal().to_owned()));
    }
    for head in &view.heads {
        names.push(head.name.clone());
        names.extend(head.presets.iter().map(|preset| preset.name.clone()));
    }
    names
}

/// The day of a meeting that is neither today nor tomorrow, as late in the evening the one of the next night is.
fn is_a_date(text: &str) -> bool {
    const NAMES: &str = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag \
        Januar Februar März April Mai Juni Juli August September Oktober November Dezember \
        Monday Tuesday Wednesday Thursday Friday Saturday Sunday \
        January February March May June July October December";
    let mut words = text.split([' ', ',', '.']).filter(|word| !word.is_empty());
    words
        .all(|word| word.parse::<u8>().is_ok() || NAMES.split_whitespace().any(|name| name == word))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_on_a_button_becomes_a_press() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = Rig::start(views::named("in-call-closed"));
    let tab = chrome.tab().await;
    tab.shape((1280, 800), 1.0, "light").await;
    tab.open(&rig.url("/panel")).await;
    let front = || HeadId::new("front");
    let cases = [
        ("#mic", Press::Mic(Switch::Open)),
        ("#camera", Press::Camera(Switch::Open)),
        ("[data-key=leave]", Press::Leave),
        ("[data-key=extend]", Press::Extend),
        (
            "[data-key='preset 2']",
            Press::Head(
                front(),
                HeadPress::Preset(room_core::units::PresetNumber(2)),
            ),
        ),
        (".move.home", Press::Head(front(), HeadPress::Home)),
    ];
    for (selector, expected) in cases {
        tab.click(selector).await;
        assert_eq!(rig.pressed().await, (expected, Origin::Panel), "{selector}");
    }
    rig.show(views::named("announced-itself"));
    shows(&tab, &rig).await;
    tab.click(".actions .primary").await;
    let join = Press::Join(Some(views::budget().id));
    assert_eq!(rig.pressed().await, (join, Origin::Panel));
    tab.click("#louder").await;
    let louder = Press::Volume(room_core::units::Percent::new(50));
    assert_eq!(rig.pressed().await, (louder, Origin::Panel));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_microphone_that_is_not_surely_closed_can_only_be_closed() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = Rig::start(views::named("in-call"));
    let tab = chrome.tab().await;
    tab.open(&rig.url("/panel")).await;
    for (name, state) in [
        ("in-call", "open"),
        ("in-call-unknown", "unknown"),
        ("in-call-opening", "closed"),
    ] {
        rig.show(views::named(name));
        tab.until(&format!(
            "document.querySelector('#mic').dataset.state === '{state}' && \
            document.querySelector('#mic').hasAttribute('data-becoming') === {}",
            name.ends_with("opening")
        ))
        .await;
        tab.click("#mic").await;
        assert_eq!(rig.pressed().await.0, Press::Mic(Switch::Closed), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_arrow_repeats_and_stops_at_release_and_when_the_page_is_left() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = Rig::start(views::named("in-call"));
    let tab = chrome.tab().await;
    tab.shape((1280, 800), 1.0, "light").await;
    tab.open(&rig.url("/panel")).await;
    // The page's own clock tells: how late its messages come is this machine's affair.
    tab.eval(
        "{ globalThis.repeats = []; const real = setInterval; \
         globalThis.setInterval = (f, ms, ...rest) => { repeats.push(ms); return real(f, ms, ...rest); }; }",
    )
    .await;
    let left = tab.middle(".move.left").await;
    tab.mouse("mouseMoved", left).await;
    tab.mouse("mousePressed", left).await;
    for _ in 0..6 {
        let (press, _) = rig.pressed().await;
        let Press::Head(_, HeadPress::Drive(drive)) = press else {
            panic!("{press:?}")
        };
        assert!(drive.pan.get() < 0 && drive.tilt.get() == 0 && drive.zoom.get() == 0);
    }
    tab.mouse("mouseReleased", left).await;
    stopped(&mut rig).await;
    let repeats = tab.eval("JSON.stringify(repeats)").await;
    let repeats: Vec<u64> = serde_json::from_str(repeats.as_str().unwrap()).unwrap();
    assert!(
        repeats.len() == 1 && repeats[0] <= 300,
        "the core's patience with a finger is 300 ms: {repeats:?}"
    );

    tab.mouse("mousePressed", left).await;
    assert!(matches!(
        rig.pressed().await.0,
        Press::Head(_, HeadPress::Drive(_))
    ));
    tab.eval("window.dispatchEvent(new Event('blur'))").await;
    stopped(&mut rig).await;
    tab.mouse("mouseReleased", left).await;

    tab.eval("document.querySelector('.move.up').focus()").await;
    tab.key("rawKeyDown", " ").await;
    assert!(
        matches!(rig.pressed().await.0, Press::Head(_, HeadPress::Drive(d)) if d.tilt.get() > 0)
    );
    tab.key("keyUp", " ").await;
    stopped(&mut rig).await;

    // A screen reader clicks without holding.
    tab.eval("document.querySelector('.move.zoom-in').click()")
        .await;
    assert!(
        matches!(rig.pressed().await.0, Press::Head(_, HeadPress::Drive(d)) if d.zoom.get() > 0)
    );
    stopped(&mut rig).await;
}

/// A stop arrives and has the last word: a drive that was under way may overtake it, so the page says it once more.
async fn stopped(rig: &mut Rig) {
    while !matches!(rig.pressed().await.0, Press::Head(_, HeadPress::Stop)) {}
    let quiet = std::time::Duration::from_millis(450);
    let mut last = None;
    while let Ok(Some((press, _))) = timeout(quiet, rig.presses.recv()).await {
        last = Some(press);
    }
    assert!(
        matches!(last, None | Some(Press::Head(_, HeadPress::Stop))),
        "{last:?} after the stop"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_room_is_gone_says_so_and_comes_back_by_itself() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut closed = views::named("in-call-closed");
    let rig = Rig::start(closed.clone());
    let loopback = rig.loopback;
    let tab = chrome.tab().await;
    tab.open(&rig.url("/panel?lang=en")).await;
    tab.until("document.querySelector('#mic').dataset.state === 'closed'")
        .await;
    rig.end().await;
    tab.until("!document.querySelector('#stale').hidden").await;
    let mic = tab
        .eval("[mic.dataset.state, mic.disabled, mic.innerText]")
        .await;
    assert_eq!(
        mic[0],
        json!("unknown"),
        "an old \"off\" must not stand there as current"
    );
    assert_eq!(mic[1], json!(true));
    assert!(mic[2].as_str().unwrap().contains("Unknown"), "{mic}");
    let enabled = tab
        .eval(
            "[...document.querySelectorAll('main button:not(:disabled)')]\
        .filter((b) => !b.closest('[inert]') && b.role !== 'tab').length",
        )
        .await;
    assert_eq!(enabled, json!(0), "nothing can be pressed");

    closed.mic.seen = Seen::Is(Switch::Open);
    let mut rig = Rig::with(
        closed,
        FacesConfig {
            loopback,
            ..FacesConfig::default()
        },
    );
    tab.until("document.querySelector('#stale').hidden").await;
    tab.until("document.querySelector('#mic').dataset.state === 'open'")
        .await;
    tab.click("#mic").await;
    assert_eq!(
        rig.pressed().await.0,
        Press::Mic(Switch::Closed),
        "the new start's token was learnt"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_room_stands_still_says_so() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let stall_after = std::time::Duration::from_secs(1);
    let rig = Rig::with(
        views::in_call(),
        FacesConfig {
            stall_after,
            ..FacesConfig::default()
        },
    );
    let tab = chrome.tab().await;
    tab.open(&rig.url("/panel")).await;
    tab.until("!document.querySelector('#stale').hidden").await;
    let display = chrome.tab().await;
    display.open(&rig.url("/display")).await;
    display
        .until("!document.querySelector('#stale').hidden")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passcode_can_be_typed_with_the_finger_and_is_forgotten() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = Rig::start(views::named("passcode"));
    let tab = chrome.tab().await;
    tab.shape((1280, 800), 1.0, "light").await;
    tab.open(&rig.url("/panel?lang=en")).await;
    for key in ["4", "0", "other", "shift", "A", "b"] {
        tab.click(&format!("[data-key='key {key}']")).await;
    }
    tab.click("[data-key='key enter']").await;
    let code = Private::new("40Ab");
    assert_eq!(rig.pressed().await, (Press::Passcode(code), Origin::Panel));
    assert_eq!(
        tab.eval("document.querySelector('#passcode').value").await,
        json!("")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_alone_reaches_and_presses_everything() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut rig = Rig::start(views::named("in-call-closed"));
    let tab = chrome.tab().await;
    tab.shape((1280, 800), 1.0, "light").await;
    tab.open(&rig.url("/panel")).await;
    let mut reached = Vec::new();
    for _ in 0..60 {
        tab.key("rawKeyDown", "Tab").await;
        tab.key("keyUp", "Tab").await;
        let at = tab
            .eval(
                "(() => { const el = document.activeElement; const s = getComputedStyle(el); \
            return [el.id || el.dataset.key || el.className, s.outlineStyle]; })()",
            )
            .await;
        let name = at[0].as_str().unwrap().to_owned();
        if name.is_empty() {
            break; // Past the last control.
        }
        assert_ne!(at[1], json!("none"), "{name} does not show the focus");
        if name == "mic" {
            tab.key("rawKeyDown", "Enter").await;
            tab.key("keyUp", "Enter").await;
            assert_eq!(rig.pressed().await.0, Press::Mic(Switch::Open));
        }
        reached.push(name);
    }
    for wanted in [
        "leave",
        "extend",
        "mic",
        "camera",
        "volume",
        "tab-camera",
        "preset 0",
        "move left",
        "move zoom-in",
    ] {
        assert!(
            reached.iter().any(|name| name == wanted),
            "{wanted} is not reached: {reached:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_are_large_enough_for_a_finger() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start(views::base());
    let tab = chrome.tab().await;
    for (width, height) in [(360, 740), (1280, 800)] {
        tab.shape((width, height), 1.0, "light").await;
        tab.open(&rig.url("/panel")).await;
        for name in [
            "in-call",
            "standby",
            "passcode",
            "faults",
            "failed-call-denied",
        ] {
            rig.show(views::named(name));
            shows(&tab, &rig).await;
            let small = tab.eval("[...document.querySelectorAll('button, input')].filter((el) => { \
                const r = el.getBoundingClientRect(); \
                return r.width > 0 && (r.height < 63.5 || (r.width < 63.5 && !el.closest('.letters'))); }) \
                .map((el) => el.outerHTML.slice(0, 90))").await;
            assert_eq!(small, json!([]), "{name} at {width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_the_room_does_not_know_says_how_well_it_knows_the_service() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let known = |certainty, seen| PackKnown {
        version: 1,
        certainty,
        seen: Month::parse(seen),
    };
    let packs = [
        ("pexip".to_owned(), known(Certainty::Unverified, "2026-05")),
        ("jitsi".to_owned(), known(Certainty::Contract, "")),
    ];
    let config = FacesConfig {
        packs: BTreeMap::from(packs).into(),
        ..FacesConfig::default()
    };
    let mut view = views::named("failed-call-unknown-screen");
    let rig = Rig::with(view.clone(), config);
    let tab = chrome.tab().await;
    for (service, face, sentence) in [
        (
            "pexip",
            "panel?lang=de",
            "Die Erkennung der Seiten von Pexip ist ungeprüft (Stand: Mai 2026).",
        ),
        (
            "pexip",
            "display?lang=en",
            "The signs of the pages of Pexip have not been verified (as of May 2026).",
        ),
        (
            "jitsi",
            "panel?lang=de",
            "Die Erkennung der Seiten von Jitsi folgt der Schnittstelle des Anbieters (Stand: unbekannt).",
        ),
    ] {
        view.current.as_mut().unwrap().joinable = Joinable::Yes(ServiceId::new(service));
        rig.show(view.clone());
        tab.open(&rig.url(&format!("/{face}"))).await;
        tab.until(&format!("document.body.innerText.includes({sentence:?})"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_paired_on_its_page() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start_with_lan(views::base());
    let tab = chrome.tab().await;
    tab.call(
        "Security.setIgnoreCertificateErrors",
        json!({ "ignore": true }),
    )
    .await;
    tab.shape((360, 740), 1.0, "light").await;
    tab.open(&rig.lan_url("/panel?lang=en")).await;
    assert_eq!(tab.eval("location.pathname").await, json!("/pair"));
    let state = state_of(&rig).await;
    let code = state["pairing"]["code"].as_str().unwrap().to_owned();
    let wrong = if code == "123456" { "654321" } else { "123456" };
    tab.eval(&format!("code.value = '{wrong}'; undefined"))
        .await;
    tab.click("[type=submit]").await;
    tab.until(
        "said.textContent.includes('not right') || said.textContent.includes('stimmt nicht')",
    )
    .await;
    tab.eval(&format!("code.value = '{code}'; undefined")).await;
    tab.click("[type=submit]").await;
    tab.until("location.pathname === '/panel' && document.body.dataset.phase === 'standby'")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rule_of_accessibility_is_broken() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = Rig::start_with_lan(views::base());
    let picked = [
        "standby",
        "announced-itself",
        "waiting-lobby",
        "passcode",
        "in-call",
        "in-call-unknown",
        "faults",
        "failed-call-denied",
        "long",
    ];
    for lang in Lang::ALL {
        for scheme in ["light", "dark"] {
            for (page, width, height) in [
                ("/panel", 1280, 800),
                ("/panel", 360, 740),
                ("/display", 1920, 1080),
            ] {
                let tab = chrome.tab().await;
                tab.shape((width, height), 1.0, scheme).await;
                tab.open(&rig.url(&format!("{page}?theme={scheme}&lang={}", lang.code())))
                    .await;
                tab.eval(&format!("{axe}; undefined")).await;
                for name in picked {
                    rig.show(views::named(name));
                    shows(&tab, &rig).await;
                    let broken = broken(&tab).await;
                    assert_eq!(broken, json!([]), "{page} {name} {lang:?} {scheme} {width}");
                }
            }
        }
    }
    let pair = chrome.tab().await;
    pair.call(
        "Security.setIgnoreCertificateErrors",
        json!({ "ignore": true }),
    )
    .await;
    pair.open(&rig.lan_url("/pair")).await;
    pair.eval(&format!("{axe}; undefined")).await;
    assert_eq!(broken(&pair).await, json!([]), "/pair");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_changes_on_the_page_and_stays() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let mut view = views::named("in-call-closed");
    view.offers = vec![Offer::MicAndCamera, Offer::Leave];
    let rig = Rig::start(view);
    let tab = chrome.tab().await;
    tab.open(&rig.url("/panel")).await;
    tab.until("document.querySelector('#mic .act').textContent === 'Einschalten'")
        .await;
    tab.click("#lang").await;
    tab.until("document.querySelector('#mic .act').textContent === 'Switch on'")
        .await;
    assert_eq!(tab.eval("document.documentElement.lang").await, json!("en"));
    tab.open(&rig.url("/panel")).await;
    tab.until("document.querySelector('#mic .act').textContent === 'Switch on'")
        .await;
}
