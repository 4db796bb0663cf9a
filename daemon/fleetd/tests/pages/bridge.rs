//! The page of the broker with something to say: settings are kept, nobody is there, and what is typed wrongly.

use super::*;
use fleetd::bridge::Standing;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brokers_page_reads_well_when_something_is_wrong() {
    let (Some(rules), Some(chrome)) = (axe(), Chrome::start().await) else {
        return;
    };
    let rig = Rig::start().await;
    let (fleet, tenant) = (&rig.fleet, &rig.fleet.tenant);
    let said = json!({ "broker": "mqtt://127.0.0.1:9", "user": "fleet", "password": "geheim", "takes_verbs": true });
    let set = serde_json::from_value(said).unwrap();
    fleet.bridge.write(tenant, &set).await.unwrap();
    common::until("nobody is there", async || {
        let status = fleet.bridge.status(tenant).await.unwrap();
        status.is_some_and(|status| status.standing != Standing::Connected)
    })
    .await;
    let admin = rig.person("chief", Role::Admin, None).await;
    for (language, words) in [("de", "nicht zu erreichen"), ("en", "cannot be reached")] {
        let tab = signed_in(&chrome, &rig, admin.cookie.as_deref(), language).await;
        judged(&tab, &rig, &["/alerts/mqtt"], (rules, &SCHEMES)).await;
        let told = "document.querySelector('p.trouble').innerText";
        assert!(tab.eval(told).await.as_str().unwrap().contains(words));
        tab.eval("document.querySelector('#bridge-topics').value = 'a/#'")
            .await;
        tab.click("form[action='/alerts/mqtt'] button.primary")
            .await;
        tab.until("document.querySelector('[role=alert]') !== null")
            .await;
        tab.eval(&format!("globalThis.axe ?? {rules}; undefined"))
            .await;
        assert_eq!(broken(&tab).await, json!([]));
    }
}
