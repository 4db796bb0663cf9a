//! Codes lead to their pages: from the panel by a finger, from the display by a phone's camera, for whoever is not paired, too.

use super::axe::{axe, broken};
use super::browser::shows;
use super::chrome::Chrome;
use super::support::{Rig, client, code};
use super::views;
use reqwest::StatusCode;
use room_core::view::View;
use serde_json::json;
use std::path::PathBuf;

fn troubled() -> View {
    let all = views::all().into_iter().map(|(_, view)| view);
    let mut troubled = all.filter(|view| !view.faults.is_empty());
    troubled.next().expect("a view with a fault")
}

async fn page(rig: &Rig, path: &str) -> String {
    let answer = client().get(rig.lan_url(path)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_phone_that_is_not_paired_reads_what_a_code_means_and_gets_no_token() {
    let rig = Rig::start_with_lan(views::base());
    let german = page(&rig, "/codes/mic-gone?lang=de").await;
    let english = page(&rig, "/codes/mic-gone?lang=en").await;
    for (page, sentence) in [
        (&german, "Kein Mikrofon ist angeschlossen"),
        (&english, "No microphone"),
    ] {
        assert!(page.contains(sentence), "{page}");
        assert!(page.contains("name=\"roomd-token\" content=\"\""), "{page}");
    }
    assert!(
        page(&rig, "/codes?lang=en")
            .await
            .contains("href=\"/codes/doctor-moved\"")
    );
    for path in ["/codes/no-such-code", "/codes/no-such-code/qr.svg"] {
        let answer = client().get(rig.lan_url(path)).send().await.unwrap();
        assert_eq!(code(answer).await, "not-found", "{path}");
    }
    assert!(page(&rig, "/codes/mic-gone/qr.svg").await.contains("<path"));
    let alone = Rig::start(views::base());
    let answer = client()
        .get(alone.url("/codes/mic-gone/qr.svg"))
        .send()
        .await;
    assert_eq!(code(answer.unwrap()).await, "not-found", "it leads nowhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_on_a_code_reads_its_page_and_comes_back() {
    let (Some(axe), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = Rig::start_with_lan(troubled());
    for (lang, scheme, size) in [("de", "light", (1280, 800)), ("en", "dark", (360, 740))] {
        let tab = chrome.tab().await;
        tab.shape(size, 1.0, scheme).await;
        tab.open(&rig.url(&format!("/panel?lang={lang}"))).await;
        shows(&tab, &rig).await;
        tab.click("#faultline").await;
        tab.until("document.querySelector('#pane-faults .code-link')?.checkVisibility()")
            .await;
        tab.click("#pane-faults .code-link").await;
        tab.until("document.querySelector('main.codes ol') && document.documentElement.dataset.ready === ''")
            .await;
        for look in ["one code", "all codes"] {
            tab.eval(&format!("globalThis.axe ?? {axe}; undefined"))
                .await;
            assert_eq!(broken(&tab).await, json!([]), "{look} {lang} {scheme}");
            let wide = tab
                .eval("document.documentElement.scrollWidth <= innerWidth")
                .await;
            assert_eq!(wide, json!(true), "{look} {lang} is wider than the screen");
            let hidden = "[...document.querySelectorAll('.codes .card')].filter((card) => card.scrollHeight > card.clientHeight + 1).length";
            assert_eq!(
                tab.eval(hidden).await,
                json!(0),
                "{look} {lang} hides words"
            );
            tab.eval("document.querySelector('.codes .ways').scrollIntoView(); undefined")
                .await;
            let end = "document.querySelector('.codes .back').getBoundingClientRect().bottom <= innerHeight";
            assert_eq!(
                tab.eval(end).await,
                json!(true),
                "{look} {lang} has an end that nobody reaches"
            );
            if std::env::var("SCREENS").is_ok_and(|list| list == "codes") {
                let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
                std::fs::create_dir_all(&folder).unwrap();
                let name = format!("codes-{}-{lang}-{scheme}.png", look.replace(' ', "-"));
                std::fs::write(folder.join(name), tab.picture().await).unwrap();
            }
            if look == "one code" {
                tab.click("a.back[href='/codes']").await;
                tab.until("document.querySelector('main.codes dl') && document.documentElement.dataset.ready === ''")
                    .await;
            }
        }
        tab.click("a.back[href='/panel']").await;
        tab.until("document.querySelector('#faultline')").await;
        assert_eq!(tab.errors(), Vec::<String>::new());
        tab.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_display_of_a_call_that_failed_shows_the_way_to_its_code() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let failed = |view: &View| matches!(view.phase, room_core::view::Phase::Failed { .. });
    let mut all = views::all().into_iter().map(|(_, view)| view);
    let rig = Rig::start_with_lan(all.find(failed).expect("a view of a failure"));
    let tab = chrome.tab().await;
    tab.shape((1920, 1080), 1.0, "dark").await;
    tab.open(&rig.url("/display")).await;
    tab.until("document.querySelector('.sentence img.qr')?.naturalWidth > 0")
        .await;
    let tall = tab.eval("document.documentElement.scrollHeight").await;
    assert!(
        tall.as_u64().unwrap() <= 1080,
        "{tall} is higher than a display"
    );
    if std::env::var("SCREENS").is_ok_and(|list| list == "codes") {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("codes-display.png"), tab.picture().await).unwrap();
    }
}
