//! Signing in by a provider in a real Chromium: which cookies it sends where, and whether it ends inside.

use super::*;
use common::provider::{CLIENT, Provider, SECRET};

async fn known(rig: &Rig, provider: &Provider) {
    let said = json!({
        "label": "Stadtkonto", "issuer": provider.issuer, "client_id": CLIENT, "secret": SECRET,
        "mappings": [{ "group": "viewers", "role": "viewer" }],
    });
    let said = serde_json::from_value(said).unwrap();
    rig.fleet
        .oidc
        .write(&rig.fleet.tenant, &said)
        .await
        .unwrap();
}

/// Somebody with a language of their own choice, kept as the server keeps it.
async fn somebody(chrome: &Chrome, rig: &Rig, language: &str) -> Tab {
    let tab = signed_in(chrome, rig, None, language).await;
    let base = rig.fleet.base();
    let cookie = json!({
        "name": "__Host-fleetd-language", "value": language, "url": base, "secure": true, "path": "/",
        "httpOnly": true, "sameSite": "Strict",
    });
    tab.call("Network.setCookie", cookie).await;
    tab.call("Page.navigate", json!({ "url": format!("{base}/sign-in") }))
        .await;
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
    tab
}

async fn over_the_provider(tab: &Tab, provider: &Provider) {
    tab.click("a[href='/sign-in/with']").await;
    let there = format!(
        "location.origin === {} && document.readyState === 'complete'",
        json!(provider.issuer)
    );
    tab.until(&there).await;
    tab.click("button").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_by_a_provider_ends_inside_or_says_why_not() {
    let (Some(rules), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = Rig::start().await;
    let provider = Provider::start().await;
    provider.set().has_page = true;
    known(&rig, &provider).await;
    let admin = rig.person("chief", Role::Admin, None).await;
    for language in ["de", "en"] {
        let tab = signed_in(&chrome, &rig, admin.cookie.as_deref(), language).await;
        judged(
            &tab,
            &rig,
            &["/sign-in", "/people/sign-in", "/people"],
            (rules, &SCHEMES),
        )
        .await;
    }
    for (language, words) in [("de", "keine Ihrer Gruppen"), ("en", "none of your groups")] {
        provider.is("1", "anna", &["viewers"]);
        let tab = somebody(&chrome, &rig, language).await;
        over_the_provider(&tab, &provider).await;
        let inside = format!(
            "location.href === {} && document.querySelector('.me .name') !== null",
            json!(format!("{}/", rig.fleet.base()))
        );
        tab.until(&inside).await;
        assert_eq!(
            tab.eval("document.documentElement.lang").await,
            json!(language)
        );

        provider.is("2", "otto", &["others"]);
        let tab = somebody(&chrome, &rig, language).await;
        over_the_provider(&tab, &provider).await;
        let told = format!(
            "document.querySelector('#trouble')?.innerText.includes({})",
            json!(words)
        );
        tab.until(&told).await;
        tab.eval(&format!("globalThis.axe ?? {rules}; undefined"))
            .await;
        assert_eq!(broken(&tab).await, json!([]));
    }
}
