//! Looks at every screen: German and English, light and dark, phone and large. Checks what a machine can:
//! one screen at a time, nothing wider than the window, every control named and large enough, contrast.
//! With `PRACTICE_SCREENS=folder` a person can look too.

use crate::cdp::{Chromium, Look, Page};
use crate::room::{HOST_CODE, PASSCODE, Room, alone, connected, join};
use serde_json::json;
use std::path::PathBuf;

const LOOKS: [(&str, Look); 4] = [
    (
        "de-light-large",
        Look {
            language: "de",
            dark: false,
            size: (1600, 900),
        },
    ),
    (
        "en-dark-large",
        Look {
            language: "en",
            dark: true,
            size: (1600, 900),
        },
    ),
    (
        "de-dark-phone",
        Look {
            language: "de",
            dark: true,
            size: (390, 844),
        },
    ),
    (
        "en-light-phone",
        Look {
            language: "en",
            dark: false,
            size: (390, 844),
        },
    ),
];

/// What a machine can see of a screen; an empty text is good.
const LOOK_OVER: &str = r#"((wide) => {
    const faults = [];
    const name = (e) => e.dataset?.test ?? e.id ?? e.tagName;
    if (document.documentElement.scrollWidth > wide) faults.push('wider than the window');
    if (document.querySelectorAll('main > *').length !== 1) faults.push('not one screen');
    if (!document.title || !document.querySelector('h1')?.textContent) faults.push('no head');
    const rgb = (text) => {
        const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
        return { c: [r, g, b], a };
    };
    const ground = (e) => {
        for (let at = e; at; at = at.parentElement) {
            const { c, a } = rgb(getComputedStyle(at).backgroundColor);
            if (a > 0.7) return c;
        }
        return rgb(getComputedStyle(document.body).backgroundColor).c;
    };
    const light = ([...c]) => {
        const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const e of document.querySelectorAll('body *')) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || e.closest('template, svg, noscript') || !e.getClientRects().length) continue;
        if (e.classList.contains('unseen') || e.disabled) continue;
        if (getComputedStyle(e).opacity === '0') continue;
        const [a, b] = [light(rgb(getComputedStyle(e).color).c), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(1)} of ${name(e)} "${e.textContent.trim()}"`);
    }
    for (const e of document.querySelectorAll('button, input, select, summary')) {
        const [box] = e.getClientRects();
        if (!box) continue;
        const named = e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length;
        if (!named) faults.push(`no name: ${name(e)}`);
        const area = e.closest('label')?.getBoundingClientRect() ?? box;
        if (area.height < 43.5) faults.push(`${area.height} high: ${name(e)}`);
        if (box.right > wide + 0.5 || box.left < -0.5) faults.push(`outside: ${name(e)}`);
    }
    return faults.join('; ');
})"#;

struct Album {
    folder: Option<PathBuf>,
    look: &'static str,
    wide: u32,
}

impl Album {
    async fn look_at(&self, page: &Page, screen: &str) {
        if let Some(folder) = &self.folder {
            page.screenshot(&folder.join(format!("{screen}-{}.png", self.look)))
                .await;
        }
        let faults = page.eval(&format!("{LOOK_OVER}({})", self.wide)).await;
        assert_eq!(faults, json!(""), "{screen} in {}", self.look);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_readable_in_every_look() {
    let _alone = alone().await;
    let folder = std::env::var_os("PRACTICE_SCREENS").map(PathBuf::from);
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).unwrap();
    }
    let browser = Chromium::start().await;
    for (name, look) in LOOKS {
        let album = Album {
            folder: folder.clone(),
            look: name,
            wide: look.size.0,
        };
        before_the_call(&album, &browser, look).await;
        in_the_call(&album, &browser, look).await;
    }
}

async fn before_the_call(album: &Album, browser: &std::sync::Arc<Chromium>, look: Look) {
    let room = Room::open();
    let guest = room.page_as(browser, "guarded", look).await;
    album.look_at(&guest, "prejoin").await;
    guest.press("submit-join").await;
    guest
        .eval("document.querySelector('details').open = true")
        .await;
    album.look_at(&guest, "prejoin-no-name").await;
    guest.fill("input-name", "Gerda Gast").await;
    guest.press("submit-join").await;
    guest.see("screen-passcode").await;
    guest.fill("input-passcode", "falsch").await;
    guest.press("submit-passcode").await;
    guest.see("passcode-error").await;
    album.look_at(&guest, "passcode-wrong").await;
    guest.fill("input-passcode", PASSCODE).await;
    guest.press("submit-passcode").await;
    guest.see("screen-waiting-host").await;
    album.look_at(&guest, "waiting-host").await;
    let host = room
        .page(browser, &format!("guarded?name=Leitung&host={HOST_CODE}"))
        .await;
    host.press("submit-join").await;
    guest.see("screen-lobby").await;
    album.look_at(&guest, "lobby").await;
    host.see("deny").await;
    host.press("deny").await;
    guest.see("screen-denied").await;
    album.look_at(&guest, "denied").await;
    let unknown = room.page_as(browser, "nowhere", look).await;
    album.look_at(&unknown, "unknown").await;
}

async fn in_the_call(album: &Album, browser: &std::sync::Arc<Chromium>, look: Look) {
    let mut room = Room::open();
    let host = room
        .page_as(browser, &format!("guarded?host={HOST_CODE}"), look)
        .await;
    join(&host, "Sitzungssaal Rathaus 2.07").await;
    album.look_at(&host, "call-alone").await;
    let guarded = format!("guarded?code={PASSCODE}");
    let ben = room
        .page(browser, &format!("{guarded}&name=Ben%20Becker"))
        .await;
    ben.press("submit-join").await;
    host.press("admit").await;
    ben.see("screen-call").await;
    for page in [&host, &ben] {
        page.press("mic-open").await;
        page.press("camera-open").await;
        page.until(
            10_000,
            "document.querySelector('[data-test=camera][data-state=open]')",
        )
        .await;
    }
    connected(&host, 1).await;
    host.until(
        15_000,
        "practiceStats().then((s) => s.peers[0].inbound.video?.frames > 10)",
    )
    .await;
    album.look_at(&host, "call-two").await;
    let cleo = room
        .page(
            browser,
            &format!("{guarded}&name=Cleo%20mit%20einem%20recht%20langen%20Namen"),
        )
        .await;
    cleo.press("submit-join").await;
    host.see("lobby-person").await;
    album.look_at(&host, "call-knock").await;
    host.press("admit").await;
    cleo.see("screen-call").await;
    let dana = room.page(browser, &format!("{guarded}&name=Dana")).await;
    dana.press("submit-join").await;
    host.press("admit").await;
    dana.see("screen-call").await;
    connected(&host, 3).await;
    host.press("camera-closed").await;
    album.look_at(&host, "call-four").await;
    room.die().await;
    host.see("banner-reconnecting").await;
    album.look_at(&host, "call-reconnecting").await;
    room.start();
    host.until(
        5_000,
        "!document.querySelector('[data-test=banner-reconnecting]')",
    )
    .await;
    host.press("end-for-all").await;
    host.see("screen-ended").await;
    album.look_at(&host, "ended").await;
}
