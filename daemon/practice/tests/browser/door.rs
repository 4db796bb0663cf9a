//! At the door and out of it: codes, lobby, host's acts, every end.

use crate::cdp::{Chromium, Page};
use crate::room::{HOST_CODE, PASSCODE, Room, alone, connected, join, listed};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn passcode_waiting_for_the_host_lobby_and_admission() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let guest = room.page(&browser, "guarded?name=Gast").await;
    guest.see("screen-prejoin").await;
    assert_eq!(
        guest
            .eval("document.querySelector('[data-test=input-name]').value")
            .await,
        json!("Gast")
    );
    guest.press("submit-join").await;
    guest.see("screen-passcode").await;
    assert!(!guest.has("screen-prejoin").await, "one screen at a time");
    guest.fill("input-passcode", "0000").await;
    guest.press("submit-passcode").await;
    guest.see("passcode-error").await;
    guest.fill("input-passcode", PASSCODE).await;
    guest.key("Enter", "\r").await;
    guest.see("screen-waiting-host").await;
    let host = room
        .page(&browser, &format!("guarded?name=Leitung&host={HOST_CODE}"))
        .await;
    host.press("submit-join").await;
    host.see("screen-call").await;
    guest.see("screen-lobby").await;
    host.see("lobby-person").await;
    host.press("admit").await;
    guest.see("screen-call").await;
    tokio::join!(connected(&host, 1), connected(&guest, 1));
    assert!(!guest.has("admit").await);
    assert_eq!(
        guest
            .eval("document.querySelector('[data-test=end-for-all]').hidden")
            .await,
        json!(true)
    );
    let denied = room
        .page(&browser, &format!("guarded?name=Zweite&code={PASSCODE}"))
        .await;
    denied.press("submit-join").await;
    denied.see("screen-lobby").await;
    host.press("deny").await;
    denied.see("screen-denied").await;
    let wrong = room.page(&browser, "guarded?name=Dritte&host=falsch").await;
    wrong.press("submit-join").await;
    wrong.see("host-code-error").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_mutes_removes_and_ends_and_everybody_sees_their_own_end() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let host = room
        .page(&browser, &format!("open?name=Leitung&host={HOST_CODE}"))
        .await;
    host.press("submit-join").await;
    host.see("screen-call").await;
    let ben = room.joined(&browser, "open", "Ben").await;
    ben.press("mic-open").await;
    host.until(5_000, &listed("Ben", "open", "closed")).await;
    act_on(&host, "Ben", "mute").await;
    ben.until(
        5_000,
        "document.querySelector('[data-test=mic][data-state=closed]')",
    )
    .await;
    host.until(5_000, &listed("Ben", "closed", "closed")).await;
    act_on(&host, "Ben", "remove").await;
    ben.see("screen-removed").await;
    assert!(
        !ben.has("again").await
            || ben
                .eval("document.querySelector('[data-test=again]').hidden")
                .await
                == json!(true)
    );
    let cleo = room.joined(&browser, "open", "Cleo").await;
    cleo.press("leave").await;
    cleo.see("screen-left").await;
    host.until(
        5_000,
        "document.querySelectorAll('[data-test=participant]').length === 1",
    )
    .await;
    let dana = room.joined(&browser, "open", "Dana").await;
    host.press("end-for-all").await;
    dana.see("screen-ended").await;
    host.see("screen-ended").await;
    assert_eq!(
        dana.attribute("screen-ended", "data-reason").await,
        json!("ended")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifth_is_told_that_it_is_full() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let mut pages = Vec::new();
    for name in ["Anna", "Ben", "Cleo", "Dana"] {
        pages.push(room.joined(&browser, "open", name).await);
    }
    connected(&pages[0], 3).await;
    let fifth = room.page(&browser, "open?name=Emil").await;
    fifth.press("submit-join").await;
    fifth.see("screen-full").await;
    pages[3].eval("location.href = 'about:blank'").await;
    let three = "document.querySelectorAll('[data-test=participant]').length === 3";
    pages[0].until(5_000, three).await;
    fifth.press("again").await;
    fifth
        .until(5_000, "document.body?.dataset.screen === 'prejoin'")
        .await;
    join(&fifth, "Emil").await;
    connected(&fifth, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_conference_and_a_missing_name_are_said() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let unknown = room.page(&browser, "nowhere").await;
    unknown.see("screen-unknown").await;
    let page = room.page(&browser, "open?name=%20%E2%80%8B").await;
    page.press("submit-join").await;
    page.see("name-error").await;
    page.see("screen-prejoin").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_joins_by_itself_and_nothing_is_asked_before_it_is_opened() {
    let _alone = alone().await;
    let room = Room::open();
    let browser = Chromium::start().await;
    let page = room.page(&browser, "open").await;
    let spy =
        "window.asked = 0; const m = navigator.mediaDevices; const f = m.getUserMedia.bind(m);
        m.getUserMedia = (w) => { asked += 1; return f(w); };";
    page.call("Page.enable", json!({})).await;
    page.call(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": spy }),
    )
    .await;
    page.go(&format!(
        "{}/practice/open?name=Raum&code=1&lang=en",
        room.origin()
    ))
    .await;
    page.until(5_000, "document.body?.dataset.screen === 'prejoin'")
        .await;
    page.eval("new Promise((go) => setTimeout(go, 700))").await;
    page.see("screen-prejoin").await;
    page.press("submit-join").await;
    page.see("screen-call").await;
    let other = room.joined(&browser, "open", "Anna").await;
    tokio::join!(connected(&page, 1), connected(&other, 1));
    assert_eq!(page.eval("asked").await, json!(0));
    page.press("mic-open").await;
    other.until(5_000, &listed("Raum", "open", "closed")).await;
    assert_eq!(page.eval("asked").await, json!(1));
    assert_eq!(
        page.eval("window.practiceStats = 1, typeof practiceStats")
            .await,
        json!("function")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_joins_while_the_server_is_away_gets_in_when_it_is_back() {
    let _alone = alone().await;
    let mut room = Room::open();
    let browser = Chromium::start().await;
    let page = room.page(&browser, "open?name=Anna").await;
    room.die().await;
    page.press("submit-join").await;
    page.see("screen-connecting").await;
    page.see("banner-reconnecting").await;
    room.start();
    page.see("screen-call").await;
    assert!(!page.has("banner-reconnecting").await);
}

/// Presses a host's button in that person's line.
async fn act_on(page: &Page, name: &str, act: &str) {
    let mark = format!(
        "document.querySelector('[data-test=participant][data-name=\"{name}\"] [data-test={act}]').dataset.test = 'meant'"
    );
    page.eval(&mark).await;
    page.press("meant").await;
    let unmark =
        format!("document.querySelector('[data-test=meant]')?.setAttribute('data-test', '{act}')");
    page.eval(&unmark).await;
}
