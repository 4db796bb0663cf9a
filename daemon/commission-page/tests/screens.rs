//! Every screen of the page in a real Chromium: no rule of accessibility broken, nothing wider than a phone; and, by name,
//! pictures of all of them for people to look at.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../../roomd/tests/faces/axe.rs"]
mod axe;
#[allow(dead_code, reason = "made for other pages, too")]
#[path = "../../roomd/tests/faces/chrome.rs"]
mod chrome;
mod common;

use axe::{axe, broken};
use chrome::{Chrome, Tab};
use commission::{Form, Proof, Topic};
use commission_page::desk::Stop;
use commission_page::{Came, Heard, Screen};
use common::{Rig, asks, choices, question};
use preflight::Language;
use serde_json::{Value, json};
use std::path::PathBuf;

const PHONE: (u32, u32) = (360, 740);
const TABLET: (u32, u32) = (820, 1180);

fn screens() -> Vec<(&'static str, Screen)> {
    let cameras = choices(&[
        ("usb-1", "HD Pro Webcam C920"),
        ("usb-2", "Jabra PanaCast 50"),
    ]);
    let loudspeakers = choices(&[
        ("usb-1", "Jabra SPEAK 750"),
        ("pci-2", "HDA Intel PCH"),
        ("none", "Ich höre keinen."),
    ]);
    let microphones = choices(&[("usb-1", "Jabra SPEAK 750"), ("usb-2", "Jabra SPEAK 750")]);
    let roles = choices(&[
        (
            "camera-front",
            "camera-front: HD Pro Webcam C920 an 0000:00:14.0/1 – ihr Bild ist das größte",
        ),
        (
            "puck-table",
            "puck-table: roomd table button an 0000:00:14.0/3.2 – hat geantwortet",
        ),
    ]);
    let refused = Screen::Ask {
        question: question(Topic::Hosts, Form::MayBeEmpty),
        refused: Some((
            "bbb".to_owned(),
            "„bbb“ ist kein Eintrag; schreiben Sie HOST=DIENST.".to_owned(),
        )),
    };
    vec![
        ("looking", Screen::Looking),
        ("text", asks(Topic::Name, Form::Text)),
        ("refused", refused),
        ("cameras", asks(Topic::Front, Form::Choice(cameras))),
        (
            "loudspeakers",
            asks(Topic::Loudspeaker, Form::Choice(loudspeakers)),
        ),
        (
            "microphones",
            asks(Topic::Microphone, Form::Choice(microphones)),
        ),
        ("roles", asks(Topic::Roles, Form::LeaveOut(roles))),
        (
            "yes-no",
            asks(Topic::LampSeen("door".to_owned()), Form::YesNo),
        ),
        ("secret", Screen::Secret),
        ("prove", Screen::Prove(Proof::Puck("table".to_owned()))),
        (
            "call",
            Screen::Call {
                link: "https://192.0.2.7:8444/practice/trial-0123456789abcdef".to_owned(),
                heard: Heard {
                    inside: true,
                    audio_in: true,
                    ..Heard::default()
                },
            },
        ),
        (
            "finished",
            Screen::Finished {
                room: "Sitzungssaal 2".to_owned(),
                open: 2,
            },
        ),
        (
            "stopped",
            Screen::Stopped {
                stop: Stop::NotKept,
                why: "Die Adresse ist belegt.".to_owned(),
            },
        ),
    ]
}

async fn paired(chrome: &Chrome, rig: &Rig, size: (u32, u32), scheme: &str) -> Tab {
    let tab = chrome.tab().await;
    tab.shape(size, 1.0, scheme).await;
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    tab.call("Page.navigate", json!({ "url": rig.url("/") }))
        .await;
    tab.until("document.documentElement.dataset.ready === '' && code")
        .await;
    let code = rig.desk.code().unwrap();
    tab.eval(&format!("code.value = '{code}'; undefined")).await;
    tab.click("[type=submit]").await;
    tab.until("main.dataset.screen !== 'pair' && main.dataset.step")
        .await;
    tab
}

/// The screen is drawn, by itself.
async fn shows(tab: &Tab, screen: &Screen, rig: &Rig) {
    rig.desk.show(screen.clone());
    let name = match screen {
        Screen::Looking => "looking",
        Screen::Ask { .. } => "ask",
        Screen::Secret => "secret",
        Screen::Prove(_) => "prove",
        Screen::Call { .. } => "call",
        Screen::Writing => "writing",
        Screen::Finished { .. } => "finished",
        Screen::Stopped { .. } => "stopped",
    };
    tab.until(&format!("main.dataset.screen === '{name}'"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_screen_breaks_a_rule_or_is_wider_than_a_phone() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    for (language, size, scheme) in [
        (Language::De, PHONE, "dark"),
        (Language::En, PHONE, "light"),
    ] {
        let rig = Rig::start();
        rig.desk.report(String::new());
        let pairing = chrome.tab().await;
        pairing.shape(size, 1.0, scheme).await;
        let ignore = json!({ "ignore": true });
        pairing
            .call("Security.setIgnoreCertificateErrors", ignore)
            .await;
        pairing
            .call("Page.navigate", json!({ "url": rig.url("/pair") }))
            .await;
        pairing
            .until("document.documentElement.dataset.ready === ''")
            .await;
        pairing.eval(&format!("{axe}; undefined")).await;
        assert_eq!(broken(&pairing).await, json!([]), "pairing");
        let tab = paired(&chrome, &rig, size, scheme).await;
        rig.desk.speak(language);
        tab.eval(&format!("{axe}; undefined")).await;
        rig.desk
            .knows(choices(&[("pjlink", "Any projector with PJLink")]));
        rig.desk.tried("tcp://192.0.2.20=pjlink", Came::Taken);
        rig.desk.tried("tcp://192.0.2.7", Came::Silent);
        for (name, screen) in screens() {
            // Colours are the same on all of them; a second look at each would cost a run seconds and find nothing.
            if language == Language::En
                && !["refused", "cameras", "roles", "call", "finished"].contains(&name)
            {
                continue;
            }
            shows(&tab, &screen, &rig).await;
            assert_eq!(
                broken(&tab).await,
                json!([]),
                "{name} {language:?} {scheme}"
            );
            let wide = tab.eval("document.documentElement.scrollWidth").await;
            assert!(wide.as_u64().unwrap() <= 360, "{name} is {wide} wide");
        }
        // A picture that was asked for when its question was answered already.
        let mut errors = tab.errors();
        errors.retain(|error| !error.contains("/picture/"));
        assert_eq!(errors, Vec::<String>::new());
    }
}

/// Keeps the page's streams where the test can listen behind the page, and answers back while `holds`.
const LATE: &str = "globalThis.streams = []; globalThis.gate = []; globalThis.holds = false; \
    globalThis.EventSource = class extends EventSource { constructor(at) { super(at); streams.push(this); } }; \
    const real = fetch; globalThis.fetch = async (...asked) => { const answer = await real(...asked); \
    if (holds) await new Promise((go) => gate.push(go)); return answer; };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_comes_while_another_is_fetched_is_not_missed() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start();
    let tab = paired(&chrome, &rig, PHONE, "light").await;
    tab.call(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": LATE }),
    )
    .await;
    tab.call("Page.navigate", json!({ "url": rig.url("/") }))
        .await;
    tab.until("document.documentElement.dataset.ready === '' && streams.at(-1).readyState === 1")
        .await;
    shows(&tab, &Screen::Looking, &rig).await;
    // Behind the page's own listener: what this hears, the page has heard.
    tab.eval("streams.at(-1).addEventListener('message', (event) => { globalThis.heard = event.data; }); holds = true; undefined")
        .await;
    rig.desk.show(Screen::Secret);
    tab.until("gate.length === 1").await;
    rig.desk.show(Screen::Writing);
    tab.until("Number(heard) >= Number(main.dataset.step) + 2")
        .await;
    assert_eq!(tab.eval("main.dataset.screen").await, json!("looking"));
    tab.eval("holds = false; gate.forEach((go) => go()); undefined")
        .await;
    tab.until("main.dataset.screen === 'writing'").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_types_is_not_lost_when_the_room_draws_the_question_anew() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start();
    let tab = paired(&chrome, &rig, PHONE, "light").await;
    let names = ["camera-front", "camera-table", "puck-table", "display-main"];
    let roles = choices(&names.map(|name| (name, "HD Pro Webcam C920")));
    shows(&tab, &asks(Topic::Roles, Form::LeaveOut(roles)), &rig).await;
    tab.eval("document.querySelector('details.network').open = true; address.focus(); undefined")
        .await;
    tab.call("Input.insertText", json!({ "text": "192.0.2" }))
        .await;
    tab.eval("keep = document.querySelector('[name=keep]'); keep.checked = false; step = main.dataset.step; undefined")
        .await;
    rig.desk.redraw();
    tab.until("main.dataset.step !== step").await;
    tab.call("Input.insertText", json!({ "text": ".7" })).await;
    let left = "[address.value, document.querySelector('[name=keep]').checked, address.checkVisibility(), \
                document.activeElement === address, scrollY > 0]";
    assert_eq!(
        tab.eval(left).await,
        json!(["192.0.2.7", false, true, true, true])
    );

    // Whoever looked up an address elsewhere comes back to what stands there.
    tab.eval("globalThis.field = address; asks = 0; const real = fetch; \
              globalThis.fetch = async (...asked) => { const answer = await real(...asked); asks += 1; return answer; }; \
              document.dispatchEvent(new Event('visibilitychange')); undefined")
        .await;
    tab.until("asks === 1").await;
    tab.until("new Promise((done) => setTimeout(() => done(true)))")
        .await;
    assert_eq!(tab.eval("field === address").await, json!(true));

    // What was said to the room does not stand there a second time.
    tab.click("details.network button").await;
    tab.until("address.value === ''").await;
    assert!(rig.desk.heard().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_late_takes_nothing_from_whoever_answers_the_next_question() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start();
    let tab = paired(&chrome, &rig, PHONE, "light").await;
    shows(&tab, &asks(Topic::Name, Form::Text), &rig).await;
    tab.eval("globalThis.gate = null; const real = fetch; globalThis.fetch = async (...asked) => { \
              const answer = await real(...asked); if (asked[1]?.body) await new Promise((go) => { gate = go; }); \
              return answer; }; answer.value = 'Saal'; undefined")
        .await;
    tab.click("[data-topic] button").await;
    tab.until("gate").await;
    rig.desk.show(asks(Topic::Help, Form::MayBeEmpty));
    tab.until("document.querySelector('[data-topic=help]') && document.activeElement === answer")
        .await;
    tab.call("Input.insertText", json!({ "text": "2 47" }))
        .await;
    tab.eval("globalThis.field = answer; globalThis.step = main.dataset.step; gate(); undefined")
        .await;
    // What the room shows next is drawn after what came late.
    rig.desk.redraw();
    tab.until("main.dataset.step !== step && field !== answer")
        .await;
    tab.call("Input.insertText", json!({ "text": " 11" })).await;
    assert_eq!(tab.eval("answer.value").await, json!("2 47 11"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_device_stands_before_the_eyes_of_whoever_named_it() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    // The page hears of the next step by the room's word of it, or by the answer to what was sent; the other never comes.
    for lost in ["asked[1]?.body", "!asked[1]?.body"] {
        let rig = Rig::start();
        let tab = paired(&chrome, &rig, PHONE, "light").await;
        let names = ["camera-front", "camera-table", "puck-table", "display-main"];
        let roles = choices(&names.map(|name| (name, "HD Pro Webcam C920 an 0000:00:14.0/1")));
        shows(&tab, &asks(Topic::Roles, Form::LeaveOut(roles)), &rig).await;
        tab.eval(&format!(
            "const real = fetch; globalThis.fetch = async (...asked) => {{ const answer = await real(...asked); \
             return {lost} ? new Promise(() => {{}}) : answer; }}; \
             document.querySelector('details.network').open = true; address.value = 'der Beamer'; undefined"
        ))
        .await;
        tab.click("details.network button").await;
        tab.until("document.querySelector('#network-trouble:not(:empty)')")
            .await;
        let seen = "(() => { const at = document.querySelector('#network-trouble').getBoundingClientRect(); \
                    return [at.top >= 0 && at.bottom <= innerHeight, document.activeElement === address]; })()";
        assert_eq!(tab.eval(seen).await, json!([true, true]), "{lost}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_turns_the_language_while_something_goes_on_reads_that_alone() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start();
    let tab = paired(&chrome, &rig, PHONE, "light").await;
    rig.desk.speak(Language::De);
    let call = Screen::Call {
        link: "https://192.0.2.7:8444/practice/trial-0123456789abcdef".to_owned(),
        heard: Heard::default(),
    };
    for (screen, german, english) in [
        (
            Screen::Prove(Proof::Puck("table".to_owned())),
            "Bitte drücken Sie",
            "Please press",
        ),
        (call, "Konferenz öffnen", "Open the conference"),
    ] {
        shows(&tab, &screen, &rig).await;
        let turns = [("de", german, "English"), ("en", english, "Deutsch")];
        for (language, text, other) in turns.into_iter().chain([turns[0]]) {
            if main_language(&tab).await != language {
                tab.click(".bar form button").await;
            }
            tab.until(&format!(
                "document.documentElement.lang === '{language}' && main.innerText.includes('{text}') && \
                 document.querySelector('.bar').innerText.includes('{other}')"
            ))
            .await;
        }
    }
}

async fn main_language(tab: &Tab) -> Value {
    tab.eval("document.documentElement.lang").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "draws pictures of every screen into target/screens: run it by name to look at them"]
async fn pictures_of_every_screen() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
    std::fs::create_dir_all(&folder).unwrap();
    for language in [Language::De, Language::En] {
        for (scheme, device, size) in [("light", "phone", PHONE), ("dark", "tablet", TABLET)] {
            let rig = Rig::start();
            rig.desk.report(String::new());
            let tab = paired(&chrome, &rig, size, scheme).await;
            rig.desk.speak(language);
            for (name, screen) in screens() {
                shows(&tab, &screen, &rig).await;
                tab.until("[...document.images].every((image) => image.complete)")
                    .await;
                let file = format!("commission-{name}-{}-{scheme}-{device}.png", language.tag());
                std::fs::write(folder.join(file), tab.picture().await).unwrap();
            }
        }
    }
}
